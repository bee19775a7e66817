/* operators/bench_offline.c - what a gate without a network does for each rider, in this process:
 * string to verdict, against the bare signature. Without it nobody would see the decoder grow.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/date.h"
#include "core/loop.h"
#include "core/store.h"
#include "operators/scan.h"
#include "qr/cose.h"
#include "qr/keyring_store.h"
#include "qr/ticket.h"

enum { CODE_COUNT = 64, OFFLINE_ARENA_SIZE = 64 * 1024 * 1024, MESSAGE_SIZE = 512 };
#define OFFLINE_MAP_BYTES ((uint64_t)64 << 30)

struct offline {
	struct keyring keys;
	struct product product;
	struct gate gate;
	struct operator operator;
	struct use use;
	struct scan_place place;
	struct scan scan;
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
		struct scan_outcome outcome;
		struct ticket ticket;
		struct scan_input input = { .ticket = &ticket,
					    .product = &o->product,
					    .use = &o->use,
					    .place = &o->place,
					    .scan = &o->scan };

		if (ticket_read(&ticket, o->codes[i], &o->keys) != TICKET_OK) {
			o->wrong++;
			continue;
		}
		scan_decide(&outcome, &input);
		o->wrong += outcome.verdict != SCAN_ADMITTED;
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
	struct ticket ticket;

	for (size_t i = 0; i < CODE_COUNT; i++)
		o->wrong += ticket_peek(&ticket, o->codes[i]) != TICKET_OK;
}

static uint64_t took_ns(struct offline *o, void (*work)(struct offline *))
{
	uint64_t began = clock_monotonic_ns();

	work(o);
	return clock_monotonic_ns() - began;
}

static bool load_keys(struct offline *o, const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE], url[BENCH_PATH_SIZE + 8], error[STORE_ERROR_SIZE];
	struct store *opened;
	struct loop *loop;
	struct arena arena;
	const char *why;

	bench_path(path, store, "store");
	snprintf(url, sizeof(url), "lmdb:%s", path);
	if (!loop_open(&loop) || !arena_open(&arena, OFFLINE_ARENA_SIZE))
		return bench_fail("memory", "the system gives none");
	if (!store_open(&opened, loop, url, OFFLINE_MAP_BYTES, error))
		return bench_fail("store", error);
	why = keyring_load(&o->keys, opened, slice_of(NULL, 0), &arena);
	store_close(opened);
	loop_close(loop);
	arena_close(&arena);
	return why == NULL || bench_fail("keys", why);
}

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

static void make_place(struct offline *o, const struct bench_store *store)
{
	time_ms now = clock_now(&(struct clock){ 0 });

	bench_product(&o->product, now);
	bench_gate(&o->gate, 0);
	bench_operator(&o->operator, 0);
	o->use = (struct use){ .status = TICKET_VALID, .n = 1 };
	o->place = (struct scan_place){ .gate = &o->gate,
					.operator= & o->operator,
					.boundary_min = DAY_BOUNDARY_MIN,
					.od_fare_yen = -1 };
	o->scan = (struct scan){ .kind = SCAN_KIND_board,
				 .at = now,
				 .riders = 1,
				 .stop = o->gate.stop,
				 .service_id = "" };
	for (size_t i = 0; i < CODE_COUNT; i++) {
		const char *code =
		    store->codes + store->tickets / CODE_COUNT * i * BENCH_CODE_STRIDE;

		o->codes[i] = slice_of(code, strnlen(code, BENCH_CODE_STRIDE));
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

bool bench_offline(struct bench *b)
{
	struct offline *o = calloc(1, sizeof(*o));
	struct bench_store store;
	bool fine;

	MUST(o != NULL);
	if (!bench_store_open(&store, b, b->options.tickets)) {
		free(o);
		return false;
	}
	fine = load_keys(o, &store);
	if (fine) {
		make_place(o, &store);
		make_bare(o);
		for (unsigned run = 0; run < b->options.runs; run++)
			run_offline(b, o, run);
		fine = o->wrong == 0 ||
		       bench_fail("offline", "a ticket of the store was not admitted");
	}
	keyring_wipe(&o->keys);
	bench_store_close(&store);
	free(o);
	return fine;
}
