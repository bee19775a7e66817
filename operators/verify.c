/* operators/verify.c - without it nobody could see what a gate says before one is built.
 *
 * Each code is a line of JSON on standard output, named as POST /v1/scans names it.
 */
#include "operators/verify.h"

#include <getopt.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "operators/hitotsu_gate.h"
#include "operators/scan.h"
#include "qr/bundle.h"

enum {
	EXIT_ADMITTED,
	EXIT_NO_VERDICT,
	EXIT_ASKED_WRONGLY,
	EXIT_REFUSED,
	BUNDLE_COUNT_MAX = 32,
	ANSWER_SIZE = 2048,
	QUEUE_LINES = 1024,
	QUEUE_TEXT_SIZE = QUEUE_LINES * HITOTSU_GATE_LINE_MAX,
	RIDERS_MAX = 99,
};

static const struct hitotsu_gate_limits limits = { .tickets = 1024,
						   .queue_lines = QUEUE_LINES,
						   .bundle_bytes = BUNDLE_SIZE_MAX };

struct verify {
	const char *gate_file, *keys_file, *bundle_files[BUNDLE_COUNT_MAX], *kind, *at, *stop,
	    *service, *riders, *done;
	size_t bundle_count;
	bool queue, ask;
	struct hitotsu_gate_setup setup;
	uint8_t keys[HITOTSU_GATE_KEY_COUNT_MAX][HITOTSU_GATE_KEY_SIZE];
	struct hitotsu_gate *gate;
	struct hitotsu_gate_scan scan;
	struct arena files, block;
};

static bool say(const char *what, const char *why)
{
	fprintf(stderr, "hitotsu: verify: %s: %s\n", what, why);
	return false;
}

static bool say_status(const struct verify *v, const char *what, enum hitotsu_gate_status status)
{
	const char *detail = v->gate != NULL ? hitotsu_gate_detail(v->gate) : "";

	fprintf(stderr, "hitotsu: verify: %s: %s%s%s\n", what, hitotsu_gate_status_name(status),
		detail[0] != '\0' ? ": " : "", detail);
	return false;
}

/* --- what is asked --- */
static bool take_options(struct verify *v, int argc, char **argv)
{
	enum { GATE_FILE, BUNDLE, KEYS,  KIND,  AT,  STOP,
	       SERVICE,   RIDERS, DONE, QUEUE, ASK, LET_OUT };
	static const struct option names[] = {
		{ "gate-file", 1, NULL, GATE_FILE },
		{ "bundle", 1, NULL, BUNDLE },
		{ "keys", 1, NULL, KEYS },
		{ "kind", 1, NULL, KIND },
		{ "at", 1, NULL, AT },
		{ "stop", 1, NULL, STOP },
		{ "service", 1, NULL, SERVICE },
		{ "riders", 1, NULL, RIDERS },
		{ "done", 1, NULL, DONE },
		{ "queue", 0, NULL, QUEUE },
		{ "ask", 0, NULL, ASK },
		{ "let-out", 0, NULL, LET_OUT },
		{ NULL, 0, NULL, 0 },
	};
	const char **texts[] = { &v->gate_file, NULL,        &v->keys_file, &v->kind, &v->at,
				 &v->stop,      &v->service, &v->riders,    &v->done };
	int found;

	while ((found = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (found == BUNDLE && v->bundle_count < BUNDLE_COUNT_MAX)
			v->bundle_files[v->bundle_count++] = optarg;
		else if (found == QUEUE)
			v->queue = true;
		else if (found == ASK)
			v->ask = true;
		else if (found == LET_OUT)
			v->scan.lets_out = true;
		else if (found >= 0 && found <= DONE && texts[found] != NULL)
			*texts[found] = optarg;
		else
			return false;
	}
	return true;
}

static bool take_kind(struct verify *v)
{
	for (int i = 0; v->kind != NULL && i < SCAN_KIND_COUNT; i++)
		if (text_equal(v->kind, scan_kind_names[i])) {
			v->scan.kind = (enum hitotsu_gate_kind)i;
			return true;
		}
	return say("--kind", "enter, exit, board, alight, check_in or redeem");
}

static bool take_at(struct verify *v)
{
	struct clock clock;

	if (v->at != NULL)
		return time_decode(&v->scan.at_ms, slice_text(v->at)) ||
		       say("--at", "a time as 2026-11-24T10:00:00+09:00");
	clock_init(&clock, false, 0);
	v->scan.at_ms = clock_now(&clock);
	return true;
}

static bool take_number(int64_t *out, const char *name, const char *text, int64_t most)
{
	return (decimal_decode(out, slice_text(text)) && *out >= 0 && *out <= most) ||
	       say(name, "a whole number, and not so large");
}

static bool take_scan(struct verify *v)
{
	int64_t riders = 1;

	v->scan.stop = v->stop;
	v->scan.service = v->service;
	if (v->bundle_count == 0)
		return say("--bundle", "name what GET /v1/gate-bundle answered");
	if (v->riders != NULL && !take_number(&riders, "--riders", v->riders, RIDERS_MAX))
		return false;
	v->scan.riders = (unsigned)riders;
	return take_kind(v) && take_at(v);
}

/* --- files --- */
static bool read_file(struct slice *out, struct verify *v, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t room = BUNDLE_SIZE_MAX + 1, used;
	uint8_t *bytes;

	if (file == NULL)
		return say(path, "cannot be opened");
	arena_reset(&v->files, 0);
	bytes = arena_alloc(&v->files, room);
	used = fread(bytes, 1, room, file);
	fclose(file);
	*out = slice_of(bytes, used);
	return used > 0 || say(path, "cannot be read, or is empty");
}

static bool take_key(struct verify *v, const struct json *jwk)
{
	const struct json *use = json_get(jwk, "hitotsu_use"), *x = json_get(jwk, "x");
	size_t used;

	if (use == NULL || json_type(use) != JSON_TEXT || !slice_is(json_text(use), "bundle"))
		return true;
	if (v->setup.key_count == HITOTSU_GATE_KEY_COUNT_MAX || x == NULL ||
	    json_type(x) != JSON_TEXT)
		return false;
	return base64url_decode(v->keys[v->setup.key_count++], &used, HITOTSU_GATE_KEY_SIZE,
				json_text(x)) &&
	       used == HITOTSU_GATE_KEY_SIZE;
}

/* What GET /v1/keys answered. */
static bool take_keys(struct verify *v)
{
	const struct json *keys;
	struct json *root = NULL;
	struct slice text;
	bool taken = false;
	size_t at;

	if (v->keys_file == NULL)
		return true;
	if (!read_file(&text, v, v->keys_file))
		return false;
	if (json_parse(&root, &at, text) == JSON_OK && json_type(root) == JSON_OBJECT &&
	    (keys = json_get(root, "keys")) != NULL && json_type(keys) == JSON_ARRAY) {
		taken = true;
		for (const struct json *jwk = json_first(keys); jwk != NULL; jwk = json_next(jwk))
			taken = taken && json_type(jwk) == JSON_OBJECT && take_key(v, jwk);
	}
	json_free(root);
	return (taken && v->setup.key_count > 0) ||
	       say(v->keys_file, "holds no bundle key: give what GET /v1/keys answers");
}

static bool open_gate(struct verify *v)
{
	enum hitotsu_gate_status status = hitotsu_gate_open(&v->gate, &v->setup);

	return status == HITOTSU_GATE_OK || say_status(v, v->gate_file, status);
}

/* Nobody said whom to trust, and this gate has no past: whoever signed the first bundle is trusted
 * from then on, and that is said. */
static bool trust_first(struct verify *v, struct slice bytes)
{
	struct hitotsu_gate_stats stats;
	char hex[2 * HITOTSU_GATE_KEY_SIZE + 1];

	hitotsu_gate_stats(&stats, v->gate);
	if (v->setup.key_count > 0 || stats.newest_bundle > 0 ||
	    !hitotsu_gate_bundle_key(v->keys[0], v->gate, bytes.data, bytes.size))
		return false;
	hex_encode(hex, sizeof(hex), slice_of(v->keys[0], HITOTSU_GATE_KEY_SIZE));
	fprintf(
	    stderr,
	    "hitotsu: verify: no --keys, so this gate trusts whoever signed its first bundle: %s\n",
	    hex);
	hitotsu_gate_close(v->gate);
	v->setup.key_count = 1;
	return open_gate(v);
}

static bool load_bundles(struct verify *v)
{
	enum hitotsu_gate_status status = HITOTSU_GATE_OK;
	struct slice bytes;

	for (size_t i = 0; i < v->bundle_count; i++) {
		if (!read_file(&bytes, v, v->bundle_files[i]))
			return false;
		status = hitotsu_gate_load(v->gate, bytes.data, bytes.size, v->scan.at_ms);
		if (status == HITOTSU_GATE_UNTRUSTED && trust_first(v, bytes))
			status = hitotsu_gate_load(v->gate, bytes.data, bytes.size, v->scan.at_ms);
		if (status != HITOTSU_GATE_OK && status != HITOTSU_GATE_BEHIND)
			break;
	}
	/* One behind the newest known is older than it, if nothing leads there. */
	return status == HITOTSU_GATE_OK ||
	       say_status(v, "bundle", status == HITOTSU_GATE_BEHIND ? HITOTSU_GATE_OLDER : status);
}

/* --- answers --- */
static void put_some(struct json_out *json, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_put_text(json, key, slice_text(text));
}

static void put_time(struct json_out *json, const char *key, time_ms at)
{
	char text[TIME_TEXT_SIZE];

	time_encode(text, at);
	json_put_text(json, key, slice_text(text));
}

static void print_answer(const struct verify *v, const struct hitotsu_gate_answer *answer)
{
	uint8_t text[ANSWER_SIZE];
	struct writer to = { .data = text, .size = sizeof(text) };
	struct json_out json;

	json_begin(&json, &to);
	json_object(&json, NULL);
	put_some(&json, "scan_id", answer->scan_id);
	json_put_text(&json, "verdict", slice_text(answer->verdict));
	json_put_text(&json, "why", slice_text(answer->why));
	put_some(&json, "ticket_id", answer->ticket_id);
	put_some(&json, "product_id", answer->product_id);
	json_put_int(&json, "riders", answer->riders);
	json_put_int(&json, "uses_left", answer->uses_left);
	if (answer->valid_until_ms != 0)
		put_time(&json, "valid_until", answer->valid_until_ms);
	put_time(&json, "at", v->scan.at_ms);
	json_put_int(&json, "bundle", answer->bundle_number);
	json_put_bool(&json, "bundle_expired", answer->bundle_expired);
	json_put_bool(&json, "bundle_old", answer->bundle_old);
	json_object_end(&json);
	MUST(!to.failed);
	printf("%.*s\n", (int)to.used, (const char *)text);
}

static int answer_codes(struct verify *v, char **codes, size_t count)
{
	int code = EXIT_ADMITTED;

	for (size_t i = 0; i < count; i++) {
		struct hitotsu_gate_answer answer;
		enum hitotsu_gate_status status;

		v->scan.code = codes[i];
		v->scan.code_size = text_size(codes[i]);
		status = v->ask ? hitotsu_gate_ask(&answer, v->gate, &v->scan)
				: hitotsu_gate_decide(&answer, v->gate, &v->scan);
		if (status != HITOTSU_GATE_OK) {
			say_status(v, "no verdict", status);
			return EXIT_NO_VERDICT;
		}
		print_answer(v, &answer);
		if (!answer.admitted)
			code = EXIT_REFUSED;
	}
	return code;
}

static int answer_queue(struct verify *v)
{
	struct hitotsu_gate_stats stats;
	enum hitotsu_gate_status status;
	char *text = arena_alloc(&v->files, QUEUE_TEXT_SIZE);
	size_t used = 0, lines;
	int64_t done = 0;

	if (v->done != NULL && !take_number(&done, "--done", v->done, INT64_MAX))
		return EXIT_ASKED_WRONGLY;
	status = hitotsu_gate_queue_done(v->gate, (size_t)done);
	if (v->queue && status == HITOTSU_GATE_OK)
		status = hitotsu_gate_queue_peek(v->gate, text, QUEUE_TEXT_SIZE, &used, &lines);
	fwrite(text, 1, used, stdout);
	if (status != HITOTSU_GATE_OK) {
		say_status(v, "queue", status);
		return EXIT_NO_VERDICT;
	}
	hitotsu_gate_stats(&stats, v->gate);
	fprintf(stderr, "hitotsu: verify: %u lines wait, %u more fit\n", stats.queued,
		stats.queue_room);
	return EXIT_ADMITTED;
}

/* --- the whole --- */
static int run(struct verify *v, char **codes, size_t count)
{
	bool about_queue = v->queue || v->done != NULL;

	if (v->gate_file == NULL || about_queue == (count > 0)) {
		fprintf(stderr, "hitotsu verify %s\n", VERIFY_USAGE);
		return EXIT_ASKED_WRONGLY;
	}
	if (!about_queue && !take_scan(v))
		return EXIT_ASKED_WRONGLY;
	v->setup.path = v->gate_file;
	v->setup.limits = &limits;
	v->setup.keys = v->keys[0];
	v->setup.block_size = hitotsu_gate_memory_needed(&limits);
	if (!arena_open(&v->files, BUNDLE_SIZE_MAX + 4096) ||
	    !arena_open(&v->block, v->setup.block_size))
		return EXIT_NO_VERDICT;
	v->setup.block = v->block.block;
	if (!take_keys(v) || !open_gate(v))
		return EXIT_NO_VERDICT;
	if (about_queue)
		return answer_queue(v);
	return load_bundles(v) ? answer_codes(v, codes, count) : EXIT_NO_VERDICT;
}

int verify_command(int argc, char **argv)
{
	static struct verify verify;
	int code;

	if (!take_options(&verify, argc, argv)) {
		fprintf(stderr, "hitotsu verify %s\n", VERIFY_USAGE);
		return EXIT_ASKED_WRONGLY;
	}
	code = run(&verify, argv + optind, (size_t)(argc - optind));
	hitotsu_gate_close(verify.gate);
	arena_close(&verify.files);
	arena_close(&verify.block);
	return code;
}
