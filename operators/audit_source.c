/* operators/audit_source.c - the log read from outside: a server's routes, or the same routes over
 * a store's folder without a server. Without it an auditor with a backup could check nothing.
 */
#include "operators/audit_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/http_route.h"
#include "core/log_op.h"
#include "qr/qr_api.h"

enum { LOCAL_FLOW_COUNT = 16, LOCAL_MAP_MIB = 1 << 20, PATH_KEPT = 256 };

struct audit_store {
	struct loop *loop;
	struct store *store;
	struct flows *flows;
	struct clock clock;
	struct keyring keys;
	struct qr_room qr;
	bool answered;
	struct client_answer *answer;
	struct arena *arena;
};

bool audit_say(const char *what, const char *why)
{
	fprintf(stderr, "hitotsu: audit: %s: %s\n", what, why);
	return false;
}

/* The public half of the ring: its secrets stay sealed. */
static bool load_keys(struct audit_store *local)
{
	struct store_page page = { .from = SLICE(KEY_RECORD_FIRST),
				   .until = SLICE(KEY_RECORD_UNTIL),
				   .item_count = KEYRING_COUNT_MAX,
				   .arena = local->arena };

	if (store_scan_wait(local->store, &page) != STORE_OK)
		return false;
	for (uint32_t i = 0; i < page.item_count; i++) {
		struct key_record record;
		struct keyring_key key;

		if (!shape_from_cbor(&record, &key_record_shape, page.items[i].value) ||
		    !keyring_unseal(&key, &record, NULL) || !keyring_add(&local->keys, &key))
			return false;
	}
	return true;
}

static bool open_store(struct audit_store *local, const char *data)
{
	char url[4096], error[STORE_ERROR_SIZE];

	clock_init(&local->clock, false, 0);
	snprintf(url, sizeof(url), "lmdb:%s", data);
	if (!loop_open(&local->loop))
		return audit_say("loop", "the system gives no event loop");
	if (!store_open(&local->store, local->loop, url, (uint64_t)LOCAL_MAP_MIB << 20, error))
		return audit_say("store", error);
	local->qr.keys = &local->keys;
	if (!load_keys(local) || !flows_open(&local->flows, local->loop, local->store,
					     &local->clock, NULL, LOCAL_FLOW_COUNT))
		return audit_say("store", "its keys cannot be read");
	return true;
}

static void on_done(struct flow_start *start, const struct reply *reply)
{
	struct audit_store *local = start->to;

	local->answer->status = reply->status;
	local->answer->body =
	    arena_copy(local->arena, slice_of(reply->body.data, reply->body.used));
	local->answered = true;
}

/* As a server would route it: questions of the log and of the keys. */
static void ask_store(struct client_answer *out, struct audit_store *local, const char *path)
{
	static const struct http_routes *const tables[] = { &log_routes, &qr_routes };

	*out = (struct client_answer){ .status = 404 };
	for (size_t t = 0; t < COUNT_OF(tables); t++) {
		struct request request = { .path = slice_text(path) };
		struct route_match match = { 0 };
		const struct http_route *routes[8];
		struct flow_start start;

		MUST(tables[t]->count <= COUNT_OF(routes));
		for (size_t i = 0; i < tables[t]->count; i++)
			routes[i] = &tables[t]->routes[i];
		if (route_find(&match, routes, tables[t]->count, HTTP_GET, request.path) !=
		    ROUTE_FOUND)
			continue;
		for (size_t i = 0; i < match.param_count; i++)
			request.params[i] = slice_of(match.param[i], match.param_size[i]);
		start = (struct flow_start){ .op = routes[match.index]->op,
					     .room = t == 1 ? &local->qr : NULL,
					     .request = &request,
					     .done = on_done,
					     .to = local };
		local->answer = out;
		local->answered = false;
		MUST(flow_begin(local->flows, &start));
		while (!local->answered)
			loop_turn(local->loop);
		return;
	}
}

bool audit_open(struct audit_source *source, const struct audit_options *options,
		struct arena *arena)
{
	*source = (struct audit_source){ .arena = arena };
	if ((options->server == NULL) == (options->data == NULL))
		return audit_say("where", "say either --server URL or --data DIR");
	if (options->server != NULL)
		return client_open(&source->client, options->server) ||
		       audit_say(options->server, "no address that can be asked");
	source->store = calloc(1, sizeof(*source->store));
	if (source->store == NULL)
		return audit_say("store", "no memory");
	source->store->arena = arena;
	return open_store(source->store, options->data);
}

void audit_close(struct audit_source *source)
{
	struct audit_store *local = source->store;

	client_close(source->client);
	source->client = NULL;
	source->store = NULL;
	if (local == NULL)
		return;
	if (local->flows != NULL) {
		while (flows_active(local->flows) > 0)
			loop_turn(local->loop);
		flows_close(local->flows);
	}
	if (local->store != NULL)
		store_close(local->store);
	if (local->loop != NULL)
		loop_close(local->loop);
	free(local);
}

bool audit_get(struct audit_source *source, struct slice *out, const char *path)
{
	struct client_ask ask = { .method = "GET", .path = path, .arena = source->arena };
	struct client_answer answer;
	char why[PATH_KEPT];

	if (source->client != NULL)
		client_ask(&answer, source->client, &ask);
	else
		ask_store(&answer, source->store, path);
	*out = answer.body;
	if (answer.status == 200)
		return true;
	snprintf(why, sizeof(why), "%u %.*s", answer.status,
		 (int)(answer.body.size < PATH_KEPT / 2 ? answer.body.size : PATH_KEPT / 2),
		 (const char *)answer.body.data);
	return audit_say(path, why);
}

/* ---- The log. ---- */

static bool fetch_tile(struct tile_source *tiles, struct seal_hash *out,
		       const struct tile_path *path)
{
	struct audit_log *log =
	    (struct audit_log *)((char *)tiles - offsetof(struct audit_log, tiles));
	char text[TILE_PATH_SIZE];
	struct slice body;

	tile_path_write(text, path);
	if (!audit_get(log->source, &body, text))
		return false;
	if (body.size != (size_t)path->width * SHA256_SIZE)
		return audit_say(text, "not the size of such a tile");
	mem_copy(out, body.data, body.size);
	return true;
}

/* "x" of a JWK whose use is the log. */
static bool take_key(struct audit_log *log, const struct json *jwk)
{
	const struct json *use = json_get(jwk, "hitotsu_use"), *x = json_get(jwk, "x");
	uint8_t raw[SIGN_PUBLIC_SIZE];
	size_t used;

	if (use == NULL || json_type(use) != JSON_TEXT || !slice_is(json_text(use), "log"))
		return true;
	return x != NULL && json_type(x) == JSON_TEXT && log->key_count < AUDIT_KEY_COUNT_MAX &&
	       base64url_decode(raw, &used, sizeof(raw), json_text(x)) && used == sizeof(raw) &&
	       note_key_make(&log->keys[log->key_count++], log->checkpoint.origin, NOTE_ED25519,
			     raw);
}

static bool ask_keys(struct audit_log *log)
{
	const struct json *keys;
	struct json *root = NULL;
	struct slice body;
	bool taken = false;
	size_t at;

	if (!audit_get(log->source, &body, "/v1/keys"))
		return false;
	if (json_parse(&root, &at, body) == JSON_OK && json_type(root) == JSON_OBJECT &&
	    (keys = json_get(root, "keys")) != NULL && json_type(keys) == JSON_ARRAY) {
		taken = true;
		for (const struct json *jwk = json_first(keys); jwk != NULL; jwk = json_next(jwk))
			taken = taken && json_type(jwk) == JSON_OBJECT && take_key(log, jwk);
	}
	json_free(root);
	return (taken && log->key_count > 0) || audit_say("/v1/keys", "no key of the log in it");
}

static bool read_keys(struct audit_log *log, const struct audit_options *options)
{
	for (size_t i = 0; i < options->log_count; i++)
		if (!note_key_read(&log->keys[log->key_count++], slice_text(options->logs[i])))
			return audit_say("--log", "not a key as NAME+ID+BASE64");
	return log->key_count > 0 || ask_keys(log);
}

bool audit_log_read(struct audit_log *log, struct audit_source *source,
		    const struct audit_options *options)
{
	enum note_status status = NOTE_UNSIGNED;
	struct note note;
	int64_t at_s;

	*log = (struct audit_log){ .source = source };
	if (!audit_get(source, &log->note, "/checkpoint"))
		return false;
	if (!note_parse(&note, log->note) || !checkpoint_read(&log->checkpoint, note.text))
		return audit_say("/checkpoint", "no checkpoint as c2sp.org/tlog-checkpoint has it");
	if (!read_keys(log, options))
		return false;
	for (size_t i = 0; i < log->key_count && status == NOTE_UNSIGNED; i++)
		if (text_equal(log->keys[i].name, log->checkpoint.origin))
			status = note_verify(&note, &log->keys[i], &at_s);
	if (status != NOTE_VERIFIED)
		return audit_say("/checkpoint", "the log's key did not sign it");
	log->tiles.size = log->checkpoint.size;
	log->tiles.fetch = fetch_tile;
	tile_source_begin(&log->tiles);
	return true;
}

bool audit_log_data(struct audit_log *log, struct seal_hash *out, uint64_t index)
{
	struct tile_path path = { .entries = true, .number = index / TILE_WIDTH };
	char text[TILE_PATH_SIZE];
	struct slice body;

	path.width = tile_width_at(log->checkpoint.size, 0, path.number);
	if (index % TILE_WIDTH >= path.width)
		return audit_say("the log", "a leaf is asked for that its tree does not have");
	tile_path_write(text, &path);
	if (!audit_get(log->source, &body, text))
		return false;
	if (body.size != (size_t)path.width * (2 + SHA256_SIZE))
		return audit_say(text, "not the size of such a bundle");
	mem_copy(out->bytes, body.data + index % TILE_WIDTH * (2 + SHA256_SIZE) + 2, SHA256_SIZE);
	return true;
}

bool audit_log_path(struct audit_log *log, struct tree_path *path, const struct seal_hash *leaf,
		    uint64_t index)
{
	uint64_t size = log->checkpoint.size;

	if (index >= size || !tree_inclusion(path, &log->tiles.reader, index, size))
		return audit_say("the log", "a proof cannot be made of its tiles");
	return tree_includes(&log->checkpoint.root, size, leaf, index, path) ||
	       audit_say("the log", "its tiles do not lead to its checkpoint: tampered with");
}
