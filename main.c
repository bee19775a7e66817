/* main.c - the one file that sees every room: it introduces them to each other, and the program to
 * its user.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/daily.h"
#include "core/fold.h"
#include "core/http.h"
#include "core/log.h"
#include "core/log_op.h"
#include "core/token.h"
#include "fares/fares_api.h"
#include "fares/gtfs_load.h"
#include "operators/audit.h"
#include "operators/bench.h"
#include "operators/bookkeeper.h"
#include "operators/demo_server.h"
#include "operators/founding.h"
#include "operators/operators_api.h"
#include "operators/rebuild.h"
#include "operators/settle.h"
#include "operators/verify.h"
#include "qr/keyring_store.h"
#include "qr/log_key.h"
#include "qr/qr_api.h"

enum { PASSPHRASE_SIZE_LEAST = 12, MAIN_ARENA_SIZE = 64 * 1024 * 1024 };

struct options {
	const char *data, *store, *listen, *config, *passphrase_file, *role, *subject, *sample,
	    *ready_file, *clock, *use;
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
	struct note_signer log_key;
	struct qr_room qr;
	struct fares_room fares;
	struct operators_room operators;
	struct bookkeeper_room books;
	const struct options *options;
	bool open, stopping;
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

static bool read_passphrase(const struct options *o, char out[KEY_PASSPHRASE_SIZE_MAX],
			    struct slice *text)
{
	const char *why = keyring_passphrase(out, text, o->passphrase_file);

	return why == NULL || (fail(o->passphrase_file, why), false);
}

static int init_made(const char *why, const char *token)
{
	if (why != NULL)
		return fail("init", why);
	printf("%s\n", token);
	fprintf(
	    stderr,
	    "hitotsu: made. The line above is the council's first token; it is shown this once.\n");
	return 0;
}

static int command_init(const struct options *o)
{
	char buffer[KEY_PASSPHRASE_SIZE_MAX], token[TOKEN_TEXT_SIZE];
	struct slice passphrase;
	struct arena arena;
	int code;

	if (o->insecure_key == (o->passphrase_file != NULL))
		return fail("init",
			    "say either --passphrase-file FILE or, for a demo, --insecure-key");
	if (!read_passphrase(o, buffer, &passphrase) || !arena_open(&arena, MAIN_ARENA_SIZE) ||
	    !house_store(&house, o))
		return 1;
	if (!o->insecure_key && passphrase.size < PASSPHRASE_SIZE_LEAST)
		code = fail("init", "the passphrase needs at least 12 bytes");
	else
		code = init_made(founding_init(token, house.store, clock_now(&house.clock),
					       passphrase, house.clock.manual, &arena),
				 token);
	store_close(house.store);
	return code;
}

static bool house_keys(struct house *h, const struct options *o)
{
	char buffer[KEY_PASSPHRASE_SIZE_MAX];
	struct slice passphrase;
	struct arena arena;
	const char *why;

	if (!arena_open(&arena, MAIN_ARENA_SIZE) || !read_passphrase(o, buffer, &passphrase))
		return false;
	if (h->clock.manual)
		clock_resume(&h->clock, h->store, &arena);
	why = keyring_load(&h->keys, h->store, passphrase, &arena);
	crypto_wipe(buffer, sizeof(buffer));
	arena_close(&arena);
	if (why != NULL)
		return fail("keys", why), false;
	if (h->keys.insecure)
		LOG(LOG_WARN, "insecure_keys",
		    LOG_TEXT("why", "signing keys are stored readable: for demos only"));
	return true;
}

static bool is_ready(void *to, const char **why_not)
{
	struct house *h = to;
	int64_t lag = clock_now(&h->clock) / SECOND_MS - seal_closed_second(h->seal);

	*why_not = !h->open ? "starting" : lag > 30 ? "the log is more than 30 s behind" : NULL;
	if (h->open && fold_is_dropped(h->fold))
		*why_not = "the books are thrown away: stop, and run hitotsu rebuild";
	if (h->open && store_is_full(h->store))
		*why_not = "there is no room to write: the disk or the store's map is full";
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

static void drained(void *to)
{
	loop_stop(((struct house *)to)->loop);
}

static void closed(void *to)
{
	struct house *h = to;

	flows_drain(h->flows, drained, h);
}

static void stop(void *to)
{
	struct house *h = to;

	LOG(LOG_INFO, "stopping", LOG_INT("active", flows_active(h->flows)));
	h->stopping = true;
	daily_stop(h->daily);
	http_close(h->http, closed, h);
}

static void sealed_first(void *to)
{
	struct house *h = to;
	char error[HTTP_ERROR_SIZE];
	struct daily_start start = { .loop = h->loop,
				     .flows = h->flows,
				     .store = h->store,
				     .clock = &h->clock,
				     .seal = h->seal,
				     .fold = h->fold,
				     .close_day = &close_day_op,
				     .room = &h->operators };

	if (h->stopping)
		return;
	if (!daily_open(&h->daily, &start)) {
		fail("listen", "no memory");
		exit(1);
	}
	if (h->clock.manual)
		http_add(h->http, &daily_routes, h->daily);
	if (!http_listen(h->http, error)) {
		fail("listen", error);
		exit(1);
	}
	h->open = true;
	http_announce(h->http, h->options->ready_file);
}

static bool house_rooms(struct house *h, const char *host, uint16_t port)
{
	char error[HTTP_ERROR_SIZE];
	struct http_start start = { .loop = h->loop,
				    .store = h->store,
				    .metrics = &h->metrics,
				    .config = &h->config,
				    .clock = &h->clock,
				    .host = host,
				    .port = port,
				    .ready = is_ready,
				    .now = metrics_look,
				    .to = h };

	h->log_key = (struct note_signer){ h->config.log_origin, log_key_at, &h->keys };
	h->qr = (struct qr_room){ &h->keys };
	h->fares = (struct fares_room){ &h->keys, h->store, h->loop, &h->clock, "operator/" };
	h->operators = (struct operators_room){ &h->keys, (uint16_t)h->config.offline_grace_h,
						   &h->config, &h->log_key, h->store };
	bookkeeper_room_make(&h->books, &h->config, &h->metrics.identity_failed);
	if (!flows_open(&h->flows, h->loop, h->store, &h->clock, &h->metrics,
			(uint32_t)h->config.flow_count) ||
	    !flows_sign(h->flows, &h->log_key))
		return fail("flows", "no memory"), false;
	start.flows = h->flows;
	if (!http_open(&h->http, &start, error))
		return fail("http", error), false;
	http_add(h->http, &log_routes, NULL);
	http_add(h->http, &qr_routes, &h->qr);
	http_add(h->http, &fares_routes, &h->fares);
	http_add(h->http, &operators_routes, &h->operators);
	return true;
}

static int command_serve(const struct options *o)
{
	struct house *h = &house;
	char host[HTTP_HOST_SIZE];
	uint16_t port;

	if (!http_address(host, &port, o->listen))
		return fail("--listen",
			    "say HOST:PORT with a numeric IPv4 address, as 127.0.0.1:8080");
	if (o->manual_clock && strncmp(host, "127.", 4) != 0)
		return fail("--clock manual",
			    "only where the server listens on loopback (127.0.0.1)");
	h->options = o;
	h->metrics.verdict_names = scan_verdict_names;
	if (!house_store(h, o) || !house_keys(h, o) || !house_rooms(h, host, port))
		return 1;
	loop_on_signal(h->loop, stop, h);
	if (!seal_open(&h->seal, h->loop, h->store, &h->clock, sealed_first, h) ||
	    !fold_open(&h->fold, h->loop, h->store, h->seal, &bookkeeper_op, &h->books))
		return fail("log", "no memory");
	seal_sign(h->seal, &h->log_key);
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

static int command_rebuild(const struct options *o)
{
	struct house *h = &house;
	struct rebuild rebuild;
	int code;

	if (!house_store(h, o) || !house_keys(h, o))
		return 1;
	bookkeeper_room_make(&h->books, &h->config, &h->metrics.identity_failed);
	rebuild = (struct rebuild){ h->loop, h->store, &h->clock, &h->books };
	code = rebuild_books(&rebuild);
	store_close(h->store);
	return code;
}

static int command_token(const struct options *o)
{
	char text[TOKEN_TEXT_SIZE];
	struct arena arena;
	enum call_role role;
	const char *why = founding_role(&role, o->role, o->subject);

	if (why != NULL)
		return fail("token", why);
	if (!arena_open(&arena, MAIN_ARENA_SIZE) || !house_store(&house, o))
		return 1;
	if (!founding_token(text, house.store, clock_now(&house.clock), role,
			    o->subject == NULL ? "" : o->subject, &arena))
		return fail("token", "the store did not take it");
	printf("%s\n", text);
	store_close(house.store);
	return 0;
}

static int command_key(const struct options *o)
{
	struct keyring_command key = { .word_count = o->rest_count, .use = o->use };
	char buffer[KEY_PASSPHRASE_SIZE_MAX];
	struct arena arena;
	const char *why;

	if (!read_passphrase(o, buffer, &key.passphrase) || !arena_open(&arena, MAIN_ARENA_SIZE) ||
	    !house_store(&house, o))
		return 1;
	if (house.clock.manual)
		clock_resume(&house.clock, house.store, &arena);
	key.words = (const char *const *)o->rest;
	key.now_s = clock_now(&house.clock) / SECOND_MS;
	key.lead_s = house.config.bundle_max_age_h * HOUR_MS / SECOND_MS;
	why = keyring_command(&key, &house.keys, house.store, &arena);
	crypto_wipe(buffer, sizeof(buffer));
	store_close(house.store);
	return why == NULL ? 0 : fail("key", why);
}

static int command_demo(const struct options *o)
{
	struct demo_command demo = { .data = o->data,
				     .listen = o->listen,
				     .sample = o->sample,
				     .feeds = (const char *const *)o->rest,
				     .feed_count = o->rest_count,
				     .keep = o->keep,
				     .own_sample = !o->real_feeds };

	if (o->data == NULL || o->rest_count == 0)
		return fail("demo", "say --data DIR and name the feeds' zips");
	return demo_command(&demo);
}

struct command {
	const char *name;
	int (*run)(const struct options *);
	const char *usage;
	int (*own)(int argc, char **argv); /* Has options of its own. */
};

static const struct command commands[] = {
	{ "init", command_init,
	  "--data DIR (--passphrase-file FILE | --insecure-key) [--clock manual]", NULL },
	{ "serve", command_serve,
	  "--data DIR [--listen HOST:PORT] [--config FILE] [--passphrase-file FILE] [--clock "
	  "manual]", NULL },
	{ "rebuild", command_rebuild, "--data DIR [--passphrase-file FILE]", NULL },
	{ "import", command_import, "--data DIR FEED.zip...", NULL },
	{ "token", command_token, "--data DIR --role ROLE [--subject ID]", NULL },
	{ "key", command_key,
	  "--data DIR [new --use USE | retire KID | revoke KID] [--passphrase-file FILE]", NULL },
	{ "demo", command_demo,
	  "--data DIR [--listen HOST:PORT] [--sample DIR] [--real] [--keep] FEED.zip...", NULL },
	{ "audit", NULL, AUDIT_USAGE, audit_command },
	{ "bench", NULL, BENCH_USAGE, bench_command },
	{ "settle", NULL, SETTLE_USAGE, settle_command },
	{ "verify", NULL, VERIFY_USAGE, verify_command },
};

static int usage(void)
{
	fprintf(stderr, "Hitotsu, the ticketing backend of Kyushu MaaS.\n\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(stderr, "  hitotsu %-7s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

/* Options by name: a text is kept, a flag is set. */
static const struct {
	const char *name;
	size_t offset;
	bool is_flag;
} settings[] = {
	{ "data", offsetof(struct options, data), false },
	{ "store", offsetof(struct options, store), false },
	{ "listen", offsetof(struct options, listen), false },
	{ "config", offsetof(struct options, config), false },
	{ "passphrase-file", offsetof(struct options, passphrase_file), false },
	{ "clock", offsetof(struct options, clock), false },
	{ "role", offsetof(struct options, role), false },
	{ "subject", offsetof(struct options, subject), false },
	{ "sample", offsetof(struct options, sample), false },
	{ "ready-file", offsetof(struct options, ready_file), false },
	{ "use", offsetof(struct options, use), false },
	{ "insecure-key", offsetof(struct options, insecure_key), true },
	{ "keep", offsetof(struct options, keep), true },
	{ "real", offsetof(struct options, real_feeds), true },
};

/* False: an option that there is not, or a value that it does not take. */
static bool take_options(struct options *o, int argc, char **argv)
{
	struct option names[COUNT_OF(settings) + 1] = { { 0 } };
	int found, index = 0;

	for (size_t i = 0; i < COUNT_OF(settings); i++)
		names[i] = (struct option){ settings[i].name,
					    settings[i].is_flag ? no_argument : required_argument,
					    NULL, 1 };
	while ((found = getopt_long(argc, argv, "", names, &index)) != -1) {
		void *at = (char *)o + settings[index].offset;

		if (found != 1)
			return false;
		if (settings[index].is_flag)
			*(bool *)at = true;
		else
			*(const char **)at = optarg;
	}
	o->rest = argv + optind;
	o->rest_count = (size_t)(argc - optind);
	o->manual_clock = strcmp(o->clock, "manual") == 0;
	return o->manual_clock || strcmp(o->clock, "real") == 0 ||
	       (fail("--clock", "manual or real"), false);
}

int main(int argc, char **argv)
{
	/* A manual clock begins here until it is told: 2026-11-01T06:00:00+09:00. */
	struct options o = { .listen = "127.0.0.1:8080",
			     .clock = "real",
			     .sample = "operators/sample",
			     .clock_start = (time_ms)1793480400 * SECOND_MS };
	const struct command *command = NULL;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			command = &commands[i];
	if (command != NULL && command->own != NULL)
		return command->own(argc - 1, argv + 1);
	if (command == NULL || !take_options(&o, argc - 1, argv + 1))
		return usage();
	if (!crypto_init())
		return fail("crypto", "the system gives no randomness");
	return command->run(&o);
}
