/* main.c - the one file that sees every room: it introduces them to each other, and the program to its
 * user.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/child.h"
#include "core/daily.h"
#include "core/fold.h"
#include "core/http.h"
#include "core/log.h"
#include "core/token.h"
#include "fares/fares_api.h"
#include "fares/gtfs_load.h"
#include "operators/bookkeeper.h"
#include "operators/demo.h"
#include "operators/operators_api.h"
#include "qr/qr_api.h"

enum { PASSPHRASE_SIZE_MAX = 1024, MAIN_ARENA_SIZE = 64 * 1024 * 1024, SEED_COUNT_MAX = 32 };

struct options {
	const char *data, *store, *listen, *config, *passphrase_file, *role, *subject, *sample, *ready_file;
	bool insecure_key, manual_clock, keep, real_feeds;
	time_ms clock_start;
	char **rest;
	size_t rest_count;
};

struct house { /* Everything a running server is made of. */
	struct config config;
	struct clock clock;
	struct loop *loop;
	struct store *store;
	struct seal *seal;
	struct fold *fold;
	struct flows *flows;
	struct http *http;
	struct daily *daily;
	struct metrics metrics;
	struct keyring keys;
	struct qr_room qr;
	struct fares_room fares;
	struct operators_room operators;
	struct bookkeeper_room books;
	const struct options *options;
	bool open;
};

static struct house house;

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "hitotsu: %s: %s\n", what, why);
	return 1;
}

static const char *store_url(const struct options *o, char *out, size_t size)
{
	if (o->store != NULL)
		return o->store;
	snprintf(out, size, "lmdb:%s", o->data);
	return out;
}

static bool house_store(struct house *h, const struct options *o)
{
	char url[4096], error[STORE_ERROR_SIZE], why[CONFIG_ERROR_SIZE];

	if (o->data == NULL && o->store == NULL)
		return fail("where", "say --data DIR"), false;
	config_default(&h->config);
	if (o->config != NULL && !config_read(&h->config, o->config, why))
		return fail("config", why), false;
	clock_init(&h->clock, o->manual_clock, o->clock_start);
	h->clock.day_boundary_min = (uint16_t)h->config.day_boundary_min;
	if (!loop_open(&h->loop))
		return fail("loop", "the system gives no event loop"), false;
	if (!store_open(&h->store, h->loop, store_url(o, url, sizeof(url)),
			(uint64_t)h->config.store_map_mib << 20, error))
		return fail("store", error), false;
	return true;
}

/* The passphrase of the key ring: the file's first line. */
static bool read_passphrase(const struct options *o, char out[PASSPHRASE_SIZE_MAX], struct slice *text)
{
	FILE *file;

	*text = slice_of(out, 0);
	if (o->passphrase_file == NULL)
		return true;
	file = fopen(o->passphrase_file, "r");
	if (file == NULL || fgets(out, PASSPHRASE_SIZE_MAX, file) == NULL) {
		fail(o->passphrase_file, file == NULL ? strerror(errno) : "it is empty");
		if (file != NULL)
			fclose(file);
		return false;
	}
	fclose(file);
	*text = slice_of(out, strcspn(out, "\r\n"));
	return true;
}

static bool put_shape(struct arena *arena, struct store_item *item, const char *key,
		      const struct shape *shape, const void *value)
{
	struct writer to = { .data = arena_alloc(arena, STORE_VALUE_SIZE_MAX), .size = STORE_VALUE_SIZE_MAX };

	shape_to_cbor(&to, shape, value);
	*item = (struct store_item){ .key = arena_copy(arena, slice_text(key)),
				     .value = slice_of(to.data, to.used),
				     .intent = STORE_WRITE };
	return !to.failed;
}

static int by_key(const void *a, const void *b)
{
	return slice_compare(((const struct store_item *)a)->key, ((const struct store_item *)b)->key);
}

static bool put_token(struct arena *arena, struct store_item *item, time_ms now, uint8_t role,
		      const char *subject, char text[TOKEN_TEXT_SIZE])
{
	struct token token = { .role = role, .made_at = now };
	char key[TOKEN_KEY_SIZE];
	uint8_t random[32];

	if (!text_set(token.subject, sizeof(token.subject), slice_text(subject)))
		return false;
	crypto_random(random, sizeof(random));
	token_make(text, random);
	token_key(key, slice_text(text));
	return put_shape(arena, item, key, &token_shape, &token);
}

static int init_commit(struct house *h, struct arena *arena, struct slice passphrase, bool insecure)
{
	struct store_item items[SEED_COUNT_MAX];
	char token[TOKEN_TEXT_SIZE], record_key[KEY_RECORD_KEY_SIZE];
	uint8_t salt[PASS_SALT_SIZE], seed[SIGN_SEED_SIZE], unlock[SEAL_KEY_SIZE];
	struct key_meta meta;
	struct keyring_key key;
	struct key_record record;
	time_ms now = clock_now(&h->clock);
	size_t count = 0;
	struct store_req req = { .items = items, .arena = arena };

	crypto_random(salt, sizeof(salt));
	crypto_random(seed, sizeof(seed));
	if (keyring_guard(&meta, unlock, insecure ? KEY_GUARD_INSECURE : KEY_GUARD_PASSPHRASE,
			  passphrase, salt) != KEY_UNLOCKED)
		return fail("init", "no memory for Argon2id (64 MiB are needed)");
	keyring_make(&key, KEY_TICKET, h->clock.manual ? 0 : now / SECOND_MS, 0, seed);
	keyring_seal(&record, &key, unlock);
	keyring_record_key(record_key, key.kid);
	MUST(put_shape(arena, &items[count++], KEY_META_KEY, &key_meta_shape, &meta));
	MUST(put_shape(arena, &items[count++], record_key, &key_record_shape, &record));
	MUST(put_token(arena, &items[count++], now, ROLE_council, "", token));
	count += fares_seed(items + count, SEED_COUNT_MAX - count, arena);
	count += operators_seed(items + count, SEED_COUNT_MAX - count, arena);
	qsort(items, count, sizeof(items[0]), by_key);
	req.item_count = (uint32_t)count;
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(unlock, sizeof(unlock));
	crypto_wipe(&key, sizeof(key));
	if (store_commit_wait(h->store, &req) != STORE_OK)
		return fail("init", "the store already holds data; choose another --data, or go on with `hitotsu serve`");
	printf("%s\n", token);
	fprintf(stderr, "hitotsu: made. The line above is the council's first token; it is shown this once.\n");
	return 0;
}

static int command_init(const struct options *o)
{
	char buffer[PASSPHRASE_SIZE_MAX];
	struct slice passphrase;
	struct arena arena;
	int code;

	if (o->insecure_key == (o->passphrase_file != NULL))
		return fail("init", "say either --passphrase-file FILE or, for a demo, --insecure-key");
	if (!read_passphrase(o, buffer, &passphrase) || !arena_open(&arena, MAIN_ARENA_SIZE) ||
	    !house_store(&house, o))
		return 1;
	if (!o->insecure_key && passphrase.size < 12)
		code = fail("init", "the passphrase needs at least 12 characters");
	else
		code = init_commit(&house, &arena, passphrase, o->insecure_key);
	store_close(house.store);
	return code;
}

static bool unlock_keys(struct house *h, struct arena *arena, struct slice passphrase, uint8_t unlock[SEAL_KEY_SIZE])
{
	struct store_item item = { .key = SLICE(KEY_META_KEY) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };
	struct key_meta meta;

	if (store_fetch_wait(h->store, &req) != STORE_OK)
		return fail("store", "it cannot be read"), false;
	if (item.version == 0)
		return fail("store", "nothing here yet; run `hitotsu init` first"), false;
	MUST(shape_from_cbor(&meta, &key_meta_shape, item.value));
	if (meta.guard == KEY_GUARD_PASSPHRASE && passphrase.size == 0)
		return fail("keys", "they are under a passphrase; say --passphrase-file FILE"), false;
	if (keyring_unlock(unlock, &meta, passphrase) != KEY_UNLOCKED)
		return fail("keys", "the passphrase is not theirs"), false;
	if (meta.guard == KEY_GUARD_INSECURE)
		LOG(LOG_WARN, "insecure_keys", LOG_TEXT("why", "signing keys are stored readable: for demos only"));
	return true;
}

static bool house_keys(struct house *h, const struct options *o)
{
	char buffer[PASSPHRASE_SIZE_MAX];
	uint8_t unlock[SEAL_KEY_SIZE];
	struct slice passphrase;
	struct arena arena;
	struct store_page page = { .from = SLICE(KEY_RECORD_FIRST), .until = SLICE(KEY_RECORD_UNTIL),
				   .item_count = KEYRING_COUNT_MAX, .arena = &arena };

	if (!arena_open(&arena, MAIN_ARENA_SIZE) || !read_passphrase(o, buffer, &passphrase) ||
	    !unlock_keys(h, &arena, passphrase, unlock))
		return false;
	if (store_scan_wait(h->store, &page) != STORE_OK)
		return fail("keys", "they cannot be read"), false;
	for (uint32_t i = 0; i < page.item_count; i++) {
		struct key_record record;
		struct keyring_key key;

		MUST(shape_from_cbor(&record, &key_record_shape, page.items[i].value));
		if (!keyring_unseal(&key, &record, unlock) || !keyring_add(&h->keys, &key))
			return fail("keys", "a record is damaged, or there are too many"), false;
	}
	crypto_wipe(unlock, sizeof(unlock));
	arena_close(&arena);
	return true;
}

static bool is_ready(void *to, const char **why_not)
{
	struct house *h = to;
	int64_t lag = clock_now(&h->clock) / SECOND_MS - seal_closed_second(h->seal);

	*why_not = !h->open ? "starting" : lag > 30 ? "the log is more than 30 s behind" : NULL;
	return *why_not == NULL;
}

static void metrics_look(void *to, struct metrics_now *now)
{
	struct house *h = to;
	struct store_stats stats;
	int64_t second = clock_now(&h->clock) / SECOND_MS;

	store_stats(&stats, h->store);
	*now = (struct metrics_now){
		.store_commits = stats.commits,
		.store_batches = stats.batches,
		.store_retries = stats.retries,
		.store_used_bytes = stats.used_bytes,
		.store_limit_bytes = stats.limit_bytes,
		.log_leaves = seal_leaf_count(h->seal),
		.flows_active = flows_active(h->flows),
		.seal_lag_s = (uint64_t)(second - seal_closed_second(h->seal)),
		.fold_lag_s = (uint64_t)(second - fold_done_second(h->fold)),
	};
}

static void closed(void *to)
{
	loop_stop(((struct house *)to)->loop);
}

static void stop(void *to)
{
	struct house *h = to;

	LOG(LOG_INFO, "stopping", LOG_INT("active", flows_active(h->flows)));
	http_close(h->http, closed, h);
}

/* For whoever started the program and waits: one line once it accepts. */
static void announce(struct house *h)
{
	FILE *file;

	LOG(LOG_INFO, "listening", LOG_INT("port", http_port(h->http)));
	if (h->options->ready_file == NULL)
		return;
	file = fopen(h->options->ready_file, "w");
	if (file != NULL) {
		fprintf(file, "%u\n", http_port(h->http));
		fclose(file);
	}
}

static void sealed_first(void *to)
{
	struct house *h = to;
	char error[HTTP_ERROR_SIZE];
	struct daily_start start = { .loop = h->loop, .flows = h->flows, .clock = &h->clock, .seal = h->seal,
				     .fold = h->fold, .close_day = &close_day_op, .room = &h->operators };

	if (!daily_open(&h->daily, &start) || !http_listen(h->http, error)) {
		fail("listen", h->daily == NULL ? "no memory" : error);
		exit(1);
	}
	if (h->clock.manual)
		http_add(h->http, &daily_routes, h->daily);
	h->open = true;
	announce(h);
}

static bool parse_listen(char host[64], uint16_t *port, const char *listen)
{
	const char *colon = strrchr(listen, ':');
	unsigned long number = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
	struct in_addr any;

	if (colon == NULL || colon == listen || (size_t)(colon - listen) >= 64 || number > 65535)
		return false;
	memcpy(host, listen, (size_t)(colon - listen));
	host[colon - listen] = '\0';
	*port = (uint16_t)number;
	return inet_pton(AF_INET, host, &any) == 1;
}

static bool house_rooms(struct house *h, const char *host, uint16_t port)
{
	char error[HTTP_ERROR_SIZE];
	struct http_start start = { .loop = h->loop, .store = h->store, .metrics = &h->metrics,
				    .config = &h->config, .clock = &h->clock, .host = host, .port = port,
				    .ready = is_ready, .now = metrics_look, .to = h };

	h->qr = (struct qr_room){ &h->keys };
	h->fares = (struct fares_room){ &h->keys, h->store, h->loop, &h->clock };
	h->operators = (struct operators_room){ &h->keys, (uint16_t)h->config.offline_grace_h };
	h->books = (struct bookkeeper_room){ h->clock.day_boundary_min, (uint16_t)h->config.offline_grace_h };
	if (!flows_open(&h->flows, h->loop, h->store, &h->clock, &h->metrics,
			(uint32_t)h->config.flow_count))
		return fail("flows", "no memory"), false;
	start.flows = h->flows;
	if (!http_open(&h->http, &start, error))
		return fail("http", error), false;
	http_add(h->http, &qr_routes, &h->qr);
	http_add(h->http, &fares_routes, &h->fares);
	http_add(h->http, &operators_routes, &h->operators);
	return true;
}

static int command_serve(const struct options *o)
{
	struct house *h = &house;
	char host[64];
	uint16_t port;

	if (!parse_listen(host, &port, o->listen))
		return fail("--listen", "say HOST:PORT with a numeric IPv4 address, as 127.0.0.1:8080");
	if (o->manual_clock && strncmp(host, "127.", 4) != 0)
		return fail("--clock manual", "only where the server listens on loopback (127.0.0.1)");
	h->options = o;
	h->metrics.verdict_names = scan_verdict_names;
	if (!house_store(h, o) || !house_keys(h, o) || !house_rooms(h, host, port))
		return 1;
	loop_on_signal(h->loop, stop, h);
	if (!seal_open(&h->seal, h->loop, h->store, &h->clock, sealed_first, h) ||
	    !fold_open(&h->fold, h->loop, h->store, h->seal, &bookkeeper_op, &h->books))
		return fail("log", "no memory");
	loop_run(h->loop);
	fold_close(h->fold);
	seal_close(h->seal);
	daily_close(h->daily);
	flows_close(h->flows);
	store_close(h->store);
	keyring_wipe(&h->keys);
	LOG(LOG_INFO, "stopped", LOG_INT("code", 0));
	return 0;
}

static int command_import(const struct options *o)
{
	int code;

	if (o->rest_count == 0)
		return fail("import", "name one or more GTFS-JP zips");
	if (!house_store(&house, o))
		return 1;
	code = gtfs_import_command(house.store, (const char *const *)o->rest, o->rest_count,
				   clock_now(&house.clock));
	store_close(house.store);
	return code;
}

static int role_of(const char *name)
{
	for (int i = 0; name != NULL && i < ROLE_COUNT; i++)
		if (strcmp(call_role_names[i], name) == 0)
			return i;
	return -1;
}

static int command_token(const struct options *o)
{
	int role = role_of(o->role);
	char text[TOKEN_TEXT_SIZE];
	struct store_item item;
	struct arena arena;
	struct store_req req = { .items = &item, .item_count = 1, .arena = &arena };
	bool all = role == ROLE_council || role == ROLE_auditor;

	if (role < 0)
		return fail("--role", "council, partner, operator, gate, auditor or funder");
	if (all ? o->subject != NULL : o->subject == NULL || !subject_is_valid(slice_text(o->subject)))
		return fail("--subject", all ? "this role has none" : "whose token: an id of a-z, 0-9 and '-'");
	if (!arena_open(&arena, MAIN_ARENA_SIZE) || !house_store(&house, o))
		return 1;
	MUST(put_token(&arena, &item, clock_now(&house.clock), (uint8_t)role, all ? "" : o->subject, text));
	if (store_commit_wait(house.store, &req) != STORE_OK)
		return fail("token", "the store did not take it");
	printf("%s\n", text);
	store_close(house.store);
	return 0;
}

static int command_key(const struct options *o)
{
	char kid[2 * KID_SIZE + 1], from[TIME_TEXT_SIZE];

	if (!house_store(&house, o) || !house_keys(&house, o))
		return 1;
	printf("kid       use     in force from\n");
	for (size_t i = 0; i < house.keys.count; i++) {
		const struct keyring_key *key = &house.keys.keys[i];

		hex_encode(kid, sizeof(kid), slice_of(key->kid, KID_SIZE));
		time_encode(from, key->not_before_s * SECOND_MS);
		printf("%s  %-6s  %s\n", kid, key_use_names[key->use], from);
	}
	store_close(house.store);
	return 0;
}

enum { DEMO_PATH_SIZE = 1024, DEMO_READY_MS = 20000 };

struct demo_paths {
	char store[DEMO_PATH_SIZE], token[DEMO_PATH_SIZE], ready[DEMO_PATH_SIZE], log[DEMO_PATH_SIZE];
};

/* A server of the demo's own: made, started, and its council's token read. */
static bool demo_server(struct child *server, struct demo_paths *p, const struct options *o, char *token,
			char *port)
{
	const char *init[] = { NULL, "init", "--data", p->store, "--insecure-key", "--clock", "manual", NULL };
	const char *serve[] = { NULL, "serve", "--data", p->store, "--listen", o->listen, "--clock", "manual",
				"--ready-file", p->ready, NULL };

	if (mkdir(o->data, 0700) != 0 && errno != EEXIST)
		return fail(o->data, strerror(errno)), false;
	snprintf(p->store, sizeof(p->store), "%s/store", o->data);
	snprintf(p->token, sizeof(p->token), "%s/council.token", o->data);
	snprintf(p->ready, sizeof(p->ready), "%s/ready", o->data);
	snprintf(p->log, sizeof(p->log), "%s/server.log", o->data);
	unlink(p->ready);
	if (!child_start(server, init, p->token, p->log) || child_wait(server) != 0 ||
	    !child_await_line(server, p->token, token, TOKEN_TEXT_SIZE + 1, DEMO_READY_MS))
		return fail(p->store, "not made: is there a demo's data already? See server.log beside it"), false;
	if (!child_start(server, serve, NULL, p->log) ||
	    !child_await_line(server, p->ready, port, 16, DEMO_READY_MS))
		return fail("serve", "it did not start; see server.log in the data folder"), false;
	return true;
}

static int command_demo(const struct options *o)
{
	struct demo_paths paths;
	struct child server = { 0 };
	char token[TOKEN_TEXT_SIZE + 1], port[16], url[64], csv[DEMO_PATH_SIZE];
	struct demo_start start = { .url = url, .council_token = token, .operators_csv = csv,
				    .feeds = (const char *const *)o->rest, .feed_count = o->rest_count,
				    .out_dir = o->data, .own_sample = !o->real_feeds };
	int code;

	if (o->data == NULL || o->rest_count == 0)
		return fail("demo", "say --data DIR and name the feeds' zips");
	if (!demo_server(&server, &paths, o, token, port)) {
		child_stop(&server);
		return 1;
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%s", port);
	snprintf(csv, sizeof(csv), "%s/operators.csv", o->sample);
	code = demo_run(&start);
	if (code == 0 && o->keep) {
		printf("\nThe server goes on at %s until you press Ctrl-C. Open:\n"
		       "  %s/openapi.json   what it can do\n  %s/v1/keys         the public keys\n"
		       "  %s/metrics        what it has done\nor ask as the council:\n"
		       "  curl -H \"Authorization: Bearer $(cat %s)\" %s/v1/participation\n",
		       url, url, url, url, paths.token, url);
		child_hold(&server);
	}
	child_stop(&server);
	return code;
}

struct command {
	const char *name;
	int (*run)(const struct options *);
	const char *usage;
};

static const struct command commands[] = {
	{ "init", command_init, "--data DIR (--passphrase-file FILE | --insecure-key)" },
	{ "serve", command_serve,
	  "--data DIR [--listen HOST:PORT] [--config FILE] [--passphrase-file FILE] [--clock manual]" },
	{ "import", command_import, "--data DIR FEED.zip..." },
	{ "token", command_token, "--data DIR --role ROLE [--subject ID]" },
	{ "key", command_key, "--data DIR [--passphrase-file FILE]" },
	{ "demo", command_demo, "--data DIR [--listen HOST:PORT] [--sample DIR] [--real] [--keep] FEED.zip..." },
};

static int usage(void)
{
	fprintf(stderr, "Hitotsu, the ticketing backend of Kyushu MaaS.\n\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(stderr, "  hitotsu %-7s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

static const struct option long_options[] = {
	{ "data", required_argument, NULL, 'd' },	{ "store", required_argument, NULL, 's' },
	{ "listen", required_argument, NULL, 'l' },	{ "config", required_argument, NULL, 'c' },
	{ "passphrase-file", required_argument, NULL, 'p' }, { "insecure-key", no_argument, NULL, 'i' },
	{ "clock", required_argument, NULL, 'k' },	{ "role", required_argument, NULL, 'r' },
	{ "subject", required_argument, NULL, 'u' },	{ "sample", required_argument, NULL, 'a' },
	{ "keep", no_argument, NULL, 'e' },		{ "real", no_argument, NULL, 'f' },
	{ "ready-file", required_argument, NULL, 'y' }, { NULL, 0, NULL, 0 },
};

/* False: an option that there is not, or a value that it does not take. */
static bool take_option(struct options *o, int letter)
{
	switch (letter) {
	case 'd': o->data = optarg; return true;
	case 's': o->store = optarg; return true;
	case 'l': o->listen = optarg; return true;
	case 'c': o->config = optarg; return true;
	case 'p': o->passphrase_file = optarg; return true;
	case 'i': o->insecure_key = true; return true;
	case 'r': o->role = optarg; return true;
	case 'u': o->subject = optarg; return true;
	case 'a': o->sample = optarg; return true;
	case 'e': o->keep = true; return true;
	case 'f': o->real_feeds = true; return true;
	case 'y': o->ready_file = optarg; return true;
	case 'k':
		o->manual_clock = strcmp(optarg, "manual") == 0;
		return o->manual_clock || strcmp(optarg, "real") == 0 ||
		       (fail("--clock", "manual or real"), false);
	default: return false;
	}
}

int main(int argc, char **argv)
{
	/* A manual clock begins here until it is told: 2026-11-01T06:00:00+09:00. */
	struct options o = { .listen = "127.0.0.1:8080", .sample = "operators/sample",
			     .clock_start = (time_ms)1793480400 * SECOND_MS };
	const struct command *command = NULL;
	int letter;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			command = &commands[i];
	if (command == NULL)
		return usage();
	argc--;
	argv++;
	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!take_option(&o, letter))
			return usage();
	o.rest = argv + optind;
	o.rest_count = (size_t)(argc - optind);
	if (!crypto_init())
		return fail("crypto", "the system gives no randomness");
	return command->run(&o);
}
