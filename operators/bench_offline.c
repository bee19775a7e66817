/* operators/bench_offline.c - what a gate without a network does for each rider: the gate library,
 * in this process, string to verdict, against the bare signature. Without it nobody would see the
 * decoder grow.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <unistd.h>

#include "operators/hitotsu_gate.h"
#include "qr/bundle.h"
#include "qr/code.h"
#include "qr/cose.h"

enum { CODE_COUNT = 64, MESSAGE_SIZE = 512, FETCH_MS = 60000 };

struct offline {
	struct hitotsu_gate *gate;
	void *block;
	uint8_t *bundle; /* As the server answered it. */
	size_t bundle_size;
	int64_t at_ms;
	struct slice codes[CODE_COUNT];
	/* The bare signatures: as long as what a ticket's covers. */
	struct sign_key sign;
	size_t message_size;
	uint8_t messages[CODE_COUNT][MESSAGE_SIZE], signatures[CODE_COUNT][SIGNATURE_SIZE];
	uint64_t wrong;
};

/* Each goes once through all the codes. */

static void verify_codes(struct offline *o)
{
	for (size_t i = 0; i < CODE_COUNT; i++) {
		struct hitotsu_gate_answer answer;
		struct hitotsu_gate_scan scan = { .code = (const char *)o->codes[i].data,
						  .code_size = o->codes[i].size,
						  .kind = HITOTSU_GATE_BOARD,
						  .at_ms = o->at_ms };

		o->wrong += hitotsu_gate_ask(&answer, o->gate, &scan) != HITOTSU_GATE_OK ||
			    !answer.admitted;
	}
}

static void verify_bare(struct offline *o)
{
	for (size_t i = 0; i < CODE_COUNT; i++)
		o->wrong +=
		    !sign_verify(o->sign.public_key, slice_of(o->messages[i], o->message_size),
				 o->signatures[i]);
}

static void decode_codes(struct offline *o)
{
	struct code code;

	for (size_t i = 0; i < CODE_COUNT; i++)
		o->wrong += code_parse(&code, o->codes[i]) != CODE_OK;
}

static uint64_t took_ns(struct offline *o, void (*work)(struct offline *))
{
	uint64_t began = clock_monotonic_ns();

	work(o);
	return clock_monotonic_ns() - began;
}

/* --- A gate, with the bundle that the server makes for it --- */

struct fetching {
	struct offline *offline;
	const char *token;
};

static bool bundle_ask(void *to, uint32_t connection, struct writer *w)
{
	(void)connection;
	http_load_write(w, "GET", "/v1/gate-bundle", ((struct fetching *)to)->token, NULL,
			slice_of(NULL, 0));
	return true;
}

static void bundle_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	struct offline *o = ((struct fetching *)to)->offline;

	(void)connection;
	if (status != 200 || body.size > BUNDLE_SIZE_MAX)
		return;
	mem_copy(o->bundle, body.data, body.size);
	o->bundle_size = body.size;
}

static bool fetch_bundle(struct offline *o, const struct bench_store *store)
{
	struct fetching fetching = { o, store->tokens[0] };
	struct http_load load = { .host = "127.0.0.1",
				  .connections = 1,
				  .count_max = 1,
				  .time_ms = FETCH_MS,
				  .answer_size = BUNDLE_SIZE_MAX + HTTP_LOAD_ANSWER_SIZE,
				  .ask = bundle_ask,
				  .told = bundle_told,
				  .to = &fetching };
	struct http_load_result *result = calloc(1, sizeof(*result));
	struct bench_server server;

	MUST(result != NULL);
	if (bench_server_start(&server, store)) {
		load.port = server.port;
		if (!http_load_run(result, &load))
			o->bundle_size = 0;
		bench_server_stop(&server);
	}
	free(result);
	return o->bundle_size > 0 || bench_fail("offline", "the server gave no bundle");
}

/* Twice: whom to trust is learned from the bundle itself, and told at opening. */
static bool open_gate(struct offline *o, const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE];
	uint8_t key[HITOTSU_GATE_KEY_SIZE];
	struct hitotsu_gate_setup setup = { .block = o->block,
					    .block_size = hitotsu_gate_memory_needed(NULL),
					    .path = path };
	enum hitotsu_gate_status status;

	bench_path(path, store, "gate");
	unlink(path);
	status = hitotsu_gate_open(&o->gate, &setup);
	if (status != HITOTSU_GATE_OK)
		return bench_fail(path, hitotsu_gate_status_name(status));
	if (!hitotsu_gate_bundle_key(key, o->gate, o->bundle, o->bundle_size))
		return bench_fail("offline", "the bundle does not say who signed it");
	hitotsu_gate_close(o->gate);
	setup.keys = key;
	setup.key_count = 1;
	status = hitotsu_gate_open(&o->gate, &setup);
	if (status == HITOTSU_GATE_OK)
		status = hitotsu_gate_load(o->gate, o->bundle, o->bundle_size, o->at_ms);
	return status == HITOTSU_GATE_OK || bench_fail(path, hitotsu_gate_status_name(status));
}

static bool make_gate(struct offline *o, const struct bench_store *store)
{
	o->bundle = malloc(BUNDLE_SIZE_MAX);
	o->block = malloc(hitotsu_gate_memory_needed(NULL));
	MUST(o->bundle != NULL && o->block != NULL);
	if (!fetch_bundle(o, store))
		return false;
	o->at_ms = clock_now(&(struct clock){ 0 });
	return open_gate(o, store);
}

/* --- What it is compared with --- */

/* How many bytes the signature of this code covers. */
static size_t signed_size(struct slice code)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	struct cose_sign1 cose;
	size_t used;

	MUST(ticket_code_bytes(bytes, &used, sizeof(bytes), code));
	MUST(cose_read(&cose, slice_of(bytes, used)) == COSE_OK);
	return cose_scratch_size(cose.protected_header, slice_of(NULL, 0), cose.payload);
}

static void make_bare(struct offline *o)
{
	uint8_t seed[SIGN_SEED_SIZE];

	crypto_random(seed, sizeof(seed));
	sign_key_from_seed(&o->sign, seed);
	o->message_size = signed_size(o->codes[0]);
	MUST(o->message_size <= MESSAGE_SIZE);
	for (size_t i = 0; i < CODE_COUNT; i++) {
		crypto_random(o->messages[i], o->message_size);
		sign_make(o->signatures[i], &o->sign, slice_of(o->messages[i], o->message_size));
	}
}

/* Turn by turn, a few milliseconds each, so that whatever else the machine does meets both. */
static void run_offline(struct bench *b, struct offline *o, unsigned run)
{
	uint64_t codes_ns = 0, bare_ns = 0, decode_ns = 0, rounds = 0;
	uint64_t until = clock_monotonic_ns() + b->options.time_ms / 2 * 1000000;

	bench_begin(b, "offline, in this process", run);
	for (; clock_monotonic_ns() < until; rounds++) {
		codes_ns += took_ns(o, verify_codes);
		bare_ns += took_ns(o, verify_bare);
		decode_ns += took_ns(o, decode_codes);
	}
	rounds *= CODE_COUNT;
	if (rounds == 0)
		return;
	bench_add_ratio(b, "offline_verify_ratio", BENCH_AT_MOST, 11000, codes_ns, bare_ns);
	bench_add_ratio(b, "decode_us", BENCH_AT_MOST, 5 * BENCH_ONE, decode_ns, rounds * 1000);
	bench_add(b, "offline_verify_us", "us",
		  (int64_t)(codes_ns * (uint64_t)BENCH_ONE / rounds / 1000));
	bench_add(b, "bare_verify_us", "us",
		  (int64_t)(bare_ns * (uint64_t)BENCH_ONE / rounds / 1000));
	printf("\r  %-44s %12llu/s%40s\n", b->doing,
	       (unsigned long long)(rounds * 1000000000 / codes_ns), "");
}

static bool measure_offline(struct bench *b, struct offline *o, const struct bench_store *store)
{
	if (!make_gate(o, store))
		return false;
	for (size_t i = 0; i < CODE_COUNT; i++)
		o->codes[i] = bench_code(store, store->tickets / CODE_COUNT * i);
	make_bare(o);
	for (unsigned run = 0; run < b->options.runs; run++)
		run_offline(b, o, run);
	return o->wrong == 0 || bench_fail("offline", "a ticket of the store was not admitted");
}

bool bench_offline(struct bench *b)
{
	struct offline *o = calloc(1, sizeof(*o));
	struct bench_store store;
	bool fine;

	MUST(o != NULL);
	fine = bench_store_open(&store, b, b->options.tickets, false);
	if (fine) {
		fine = measure_offline(b, o, &store);
		bench_store_close(&store);
	}
	if (o->gate != NULL)
		hitotsu_gate_close(o->gate);
	free(o->block);
	free(o->bundle);
	free(o);
	return fine;
}
