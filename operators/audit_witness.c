/* operators/audit_witness.c - a witness: `hitotsu audit witness`, and `hitotsu audit cosign`, which
 * takes a log's checkpoint to one. Without it an operator would have to trust that the log it is
 * shown is the log that others see.
 *
 *   witness/<first 16 bytes of SHA-256(origin), hex>   struct witness_state
 */
#include "operators/audit_inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/http.h"
#include "core/log.h"
#include "core/store.h"

enum {
	WITNESS_FLOW_COUNT = 16,
	WITNESS_MAP_MIB = 64,
	KEY_FILE_SIZE = 512,
	STATE_KEY_SIZE = 8 + HEX32_SIZE,
};
#define PRIVATE "PRIVATE+KEY+"

struct witness_house {
	struct loop *loop;
	struct store *store;
	struct flows *flows;
	struct http *http;
	struct metrics metrics;
	struct config config;
	struct clock clock;
	struct note_key logs[WITNESS_LOG_COUNT_MAX];
	size_t log_count;
	struct note_key key;
	struct sign_key sign;
};

/* ---- The key. ---- */

/* As golang.org/x/mod/sumdb/note writes one: PRIVATE+KEY+<name>+<id>+<base64 of type and seed>. */
static bool read_private(struct witness_house *h, struct slice text, const char *name)
{
	struct slice start = SLICE(PRIVATE), rest = text;
	uint8_t typed[1 + SIGN_SEED_SIZE];
	char id[2 * NOTE_ID_SIZE + 1];
	size_t used, size = text_size(name);

	if (!slice_starts(text, start) || text.size < start.size + size + sizeof(id) + 1)
		return false;
	rest = slice_of(text.data + text.size - 44, 44); /* 33 bytes in base64. */
	if (!base64_decode(typed, &used, sizeof(typed), rest) || used != sizeof(typed) ||
	    typed[0] != NOTE_COSIGNATURE)
		return false;
	sign_key_from_seed(&h->sign, typed + 1);
	crypto_wipe(typed, sizeof(typed));
	if (!note_key_make(&h->key, name, NOTE_COSIGNATURE, h->sign.public_key))
		return false;
	hex_encode(id, sizeof(id), slice_of(h->key.id, NOTE_ID_SIZE));
	rest = slice_of(text.data + start.size, text.size - start.size);
	return slice_starts(rest, slice_text(name)) && rest.data[size] == '+' &&
	       mem_equal(rest.data + size + 1, id, sizeof(id) - 1) &&
	       rest.size == size + 1 + sizeof(id) - 1 + 1 + 44;
}

static bool write_private(const char *path, const char *name)
{
	uint8_t typed[1 + SIGN_SEED_SIZE] = { NOTE_COSIGNATURE };
	char base64[64], id[2 * NOTE_ID_SIZE + 1], text[KEY_FILE_SIZE];
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), size;
	struct sign_key sign;
	struct note_key key;
	bool written;

	if (file < 0)
		return audit_say(path, "cannot be made");
	crypto_random(typed + 1, SIGN_SEED_SIZE);
	sign_key_from_seed(&sign, typed + 1);
	MUST(note_key_make(&key, name, NOTE_COSIGNATURE, sign.public_key));
	hex_encode(id, sizeof(id), slice_of(key.id, NOTE_ID_SIZE));
	base64_encode(base64, sizeof(base64), slice_of(typed, sizeof(typed)));
	size = snprintf(text, sizeof(text), PRIVATE "%s+%s+%s\n", name, id, base64);
	written = write(file, text, (size_t)size) == size && fsync(file) == 0;
	crypto_wipe(text, sizeof(text));
	crypto_wipe(typed, sizeof(typed));
	crypto_wipe(&sign, sizeof(sign));
	return (close(file) == 0 && written) || audit_say(path, "cannot be written");
}

static bool open_key(struct witness_house *h, const struct audit_options *o)
{
	char text[KEY_FILE_SIZE], vkey[NOTE_VKEY_SIZE];
	size_t used;
	FILE *file;
	bool read;

	if (!note_name_is_valid(slice_text(o->name)) || text_size(o->name) > NOTE_NAME_SIZE - 1)
		return audit_say("--name", "a name as witness.example/w1, no space and no '+'");
	if (access(o->key, F_OK) != 0 && !write_private(o->key, o->name))
		return false;
	file = fopen(o->key, "rb");
	if (file == NULL)
		return audit_say(o->key, "cannot be opened");
	used = fread(text, 1, sizeof(text), file);
	fclose(file);
	while (used > 0 && text[used - 1] == '\n')
		used--;
	read = used > 44 && read_private(h, slice_of(text, used), o->name);
	crypto_wipe(text, sizeof(text));
	if (!read)
		return audit_say(o->key, "holds no witness's key of that name");
	note_key_write(vkey, &h->key);
	fprintf(stderr, "hitotsu: audit: this witness is %s\n", vkey);
	return true;
}

/* ---- One request. ---- */

struct asked {
	struct witness_house *house;
	struct http_job *job;
	struct witness_request request;
	struct witness_state state;
	char key[STATE_KEY_SIZE];
	struct store_req req;
	struct store_item item;
};

static void refuse(struct http_job *job, uint16_t status, const char *code, const char *detail)
{
	struct problem problem = { .status = status, .code = code };

	MUST(text_set(problem.detail, sizeof(problem.detail), slice_text(detail)));
	reply_problem(&job->reply, &problem, job->route->path);
	http_job_done(job);
}

/* c2sp.org/tlog-witness: the body is the size and nothing more. */
static void answer_size(struct asked *asked)
{
	struct http_job *job = asked->job;

	job->reply.status = 409;
	job->reply.content_type = "text/x.tlog.size";
	write_decimal(&job->reply.body, asked->state.size, 1);
	write_text(&job->reply.body, "\n");
	http_job_done(job);
}

static void answer_cosigned(struct asked *asked)
{
	struct witness_house *h = asked->house;
	struct http_job *job = asked->job;

	job->reply.status = 200;
	job->reply.content_type = "text/plain; charset=utf-8";
	note_sign(&job->reply.body, &h->key, &h->sign, asked->request.note.text,
		  clock_now(&h->clock) / 1000);
	LOG(LOG_INFO, "cosigned", LOG_TEXT("origin", asked->state.origin),
	    LOG_INT("size", (int64_t)asked->state.size));
	http_job_done(job);
}

static void fetch_state(struct asked *);

static void stored(struct store_req *req, enum store_status status)
{
	struct asked *asked = (struct asked *)((char *)req - offsetof(struct asked, req));

	if (status == STORE_OK)
		answer_cosigned(asked);
	else if (status == STORE_RETRY) /* Another request came first. */
		fetch_state(asked);
	else
		refuse(asked->job, 503, "STORE_DOWN", "The witness cannot write its state.");
}

/* It is on the disk before it is signed. */
static void store_state(struct asked *asked)
{
	struct writer to = { .data = arena_alloc(asked->job->arena, 1024), .size = 1024 };

	shape_to_cbor(&to, &witness_state_shape, &asked->state);
	MUST(!to.failed);
	asked->item.value = slice_of(to.data, to.used);
	asked->item.intent = STORE_WRITE;
	asked->req.done = stored;
	store_commit(asked->house->store, &asked->req);
}

static void judged(struct asked *asked, uint16_t status)
{
	if (status == 409 || status == 422)
		LOG(LOG_WARN, "refused", LOG_TEXT("origin", asked->request.checkpoint.origin),
		    LOG_INT("status", status), LOG_INT("old", (int64_t)asked->request.old),
		    LOG_INT("size", (int64_t)asked->request.checkpoint.size));
	switch (status) {
	case 200:
		store_state(asked);
		break;
	case 400:
		refuse(asked->job, 400, "OLD_TOO_LARGE", "The old size is past the checkpoint's.");
		break;
	case 403:
		refuse(asked->job, 403, "UNSIGNED", "No key of this log signed the checkpoint.");
		break;
	case 404:
		refuse(asked->job, 404, "LOG_UNKNOWN", "This witness does not watch that log.");
		break;
	case 409:
		answer_size(asked);
		break;
	default:
		refuse(asked->job, 422, "NOT_CONSISTENT",
		       "The proof does not show that this log begins with what was cosigned.");
		break;
	}
}

static void fetched(struct store_req *req, enum store_status status)
{
	struct asked *asked = (struct asked *)((char *)req - offsetof(struct asked, req));
	struct witness_house *h = asked->house;

	if (status != STORE_OK) {
		refuse(asked->job, 503, "STORE_DOWN", "The witness cannot read its state.");
		return;
	}
	asked->state = (struct witness_state){ 0 };
	if (asked->item.version > 0)
		MUST(shape_from_cbor(&asked->state, &witness_state_shape, asked->item.value));
	judged(asked, witness_judge(&asked->state, &asked->request, h->logs, h->log_count));
}

static void fetch_state(struct asked *asked)
{
	asked->item = (struct store_item){ .key = slice_text(asked->key) };
	asked->req = (struct store_req){
		.items = &asked->item, .item_count = 1, .arena = asked->job->arena, .done = fetched
	};
	store_fetch(asked->house->store, &asked->req);
}

static void add_checkpoint(struct http_job *job)
{
	struct asked *asked = arena_alloc(job->arena, sizeof(*asked));
	uint8_t digest[SHA256_SIZE];
	char hex[HEX32_SIZE];

	asked->house = job->room;
	asked->job = job;
	if (!witness_read(&asked->request, job->request.body)) {
		refuse(job, 400, "MALFORMED",
		       "The body must be as c2sp.org/tlog-witness has it: old N, proof, an empty "
		       "line, checkpoint.");
		return;
	}
	sha256(digest, slice_text(asked->request.checkpoint.origin));
	hex_encode(hex, sizeof(hex), slice_of(digest, 16));
	snprintf(asked->key, sizeof(asked->key), "witness/%s", hex);
	fetch_state(asked);
}

static const struct http_route routes[] = {
	{ .method = HTTP_POST,
	  .path = "/add-checkpoint",
	  .body_type = "text/plain",
	  .answer_type = "text/plain; charset=utf-8",
	  .status = 200,
	  .summary = "Cosign a checkpoint (c2sp.org/tlog-witness)",
	  .job = add_checkpoint },
};
static const struct http_routes witness_routes = { "witness", routes, COUNT_OF(routes) };

/* ---- The program. ---- */

static void end(void *to)
{
	loop_stop(((struct witness_house *)to)->loop);
}

static void closed(void *to)
{
	struct witness_house *h = to;

	flows_drain(h->flows, end, h);
}

static void stop(void *to)
{
	struct witness_house *h = to;

	http_close(h->http, closed, h);
}

static bool open_house(struct witness_house *h, const struct audit_options *o)
{
	char url[4096], error[STORE_ERROR_SIZE], host[HTTP_HOST_SIZE], why[HTTP_ERROR_SIZE];
	uint16_t port;
	struct http_start start = { .metrics = &h->metrics,
				    .config = &h->config,
				    .clock = &h->clock };

	if (!http_address(host, &port, o->listen))
		return audit_say("--listen", "say HOST:PORT with a numeric IPv4 address");
	config_default(&h->config);
	clock_init(&h->clock, false, 0);
	snprintf(url, sizeof(url), "lmdb:%s", o->data);
	if (!loop_open(&h->loop))
		return audit_say("loop", "the system gives no event loop");
	if (!store_open(&h->store, h->loop, url, (uint64_t)WITNESS_MAP_MIB << 20, error))
		return audit_say("store", error);
	if (!flows_open(&h->flows, h->loop, h->store, &h->clock, &h->metrics, WITNESS_FLOW_COUNT))
		return audit_say("flows", "no memory");
	start.loop = h->loop;
	start.flows = h->flows;
	start.store = h->store;
	start.host = host;
	start.port = port;
	if (!http_open(&h->http, &start, why))
		return audit_say("http", why);
	http_add(h->http, &witness_routes, h);
	return http_listen(h->http, why) || audit_say("listen", why);
}

int audit_witness(const struct audit_options *o, struct arena *arena)
{
	static struct witness_house house; /* Until the program ends, as its loop does. */
	struct witness_house *h = &house;

	(void)arena;
	if (o->name == NULL || o->key == NULL || o->data == NULL || o->listen == NULL ||
	    o->log_count == 0 || o->rest_count > 0)
		return audit_say("witness",
				 "say --name, --key, --data, --listen and one --log or more"),
		       AUDIT_ASKED_WRONGLY;
	for (; h->log_count < o->log_count; h->log_count++)
		if (!note_key_read(&h->logs[h->log_count], slice_text(o->logs[h->log_count])))
			return audit_say("--log", "not a key as NAME+ID+BASE64"),
			       AUDIT_ASKED_WRONGLY;
	if (!open_key(h, o) || !open_house(h, o))
		return AUDIT_ASKED_WRONGLY;
	loop_on_signal(h->loop, stop, h);
	http_announce(h->http, o->ready_file);
	loop_run(h->loop);
	flows_close(h->flows);
	store_close(h->store);
	crypto_wipe(&h->sign, sizeof(h->sign));
	return AUDIT_KEPT;
}
