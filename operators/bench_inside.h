/* operators/bench_inside.h - for bench*.c only: a store of the bench's own, the server over it, and
 * what was measured.
 */
#ifndef OPERATORS_BENCH_INSIDE_H
#define OPERATORS_BENCH_INSIDE_H

#include <stdio.h>

#include "core/child.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/date.h"
#include "core/http_load.h"
#include "core/token.h"
#include "fares/product.h"
#include "operators/bench.h"

enum {
	BENCH_OPERATOR_COUNT = 8,
	BENCH_GATE_COUNT = 32,
	BENCH_CODE_STRIDE = 296, /* One ticket's code in the file of codes, padded with NUL. */
	BENCH_PATH_SIZE = 1024,
	BENCH_RUNS_MAX = 15,
	BENCH_ROWS_MAX = 48,
	BENCH_CONNECTIONS = 256,
	BENCH_FEW_CONNECTIONS = 16,
};
#define BENCH_ADMITTED "\"verdict\":\"ADMITTED\""
/* Figures are kept in ten-thousandths. */
#define BENCH_ONE       INT64_C(10000)
#define BENCH_MAP_BYTES ((uint64_t)64 << 30)

struct bench_options {
	const char *data, *commit, *out, *only;
	const char *peer; /* The script of tests/bench that divides a month too; NULL: no peer. */
	uint64_t tickets, growth_small, growth_large, time_ms, warm_ms;
	uint32_t rate; /* Of the open loop. */
	unsigned runs;
	bool quick;
};

enum bench_kind {
	BENCH_FIGURE,
	BENCH_AT_LEAST, /* A ratio with the goal. */
	BENCH_AT_MOST,
};

struct bench_row { /* One thing measured, once a run. */
	const char *name, *unit;
	enum bench_kind kind;
	int64_t goal, value[BENCH_RUNS_MAX];
	unsigned count;
};

struct bench {
	struct bench_options options;
	struct bench_row rows[BENCH_ROWS_MAX];
	size_t row_count;
	bool terminal;
	char doing[64]; /* For the line of progress. */
};

/* --- bench.c --- */

bool bench_fail(const char *what, const char *why); /* Always false. */
/* The row's next value; the row is made with its first. */
void bench_add(struct bench *, const char *name, const char *unit, int64_t value);
/* a / b as a row with a goal; nothing where b is 0. */
void bench_add_ratio(struct bench *, const char *name, enum bench_kind, int64_t goal, uint64_t a,
		     uint64_t b);
int64_t bench_median(const struct bench_row *);
void bench_begin(struct bench *, const char *what, unsigned run); /* What goes on now. */
void bench_progress(struct bench *, const char *what, uint64_t done, uint64_t rate);

/* --- bench_report.c --- */

enum { BENCH_NUMBER_SIZE = 32 };
void bench_number(char out[BENCH_NUMBER_SIZE], int64_t value, unsigned decimals);
void bench_print(const struct bench *);
MUSTCHECK bool bench_write(const struct bench *, const char *path);

/* --- bench_fill.c: a store full of tickets, as their sale would have written them --- */

struct bench_store {
	char dir[BENCH_PATH_SIZE]; /* The LMDB store is DIR/store, all else beside it. */
	uint64_t tickets;
	char tokens[BENCH_GATE_COUNT][TOKEN_TEXT_SIZE];
	const char *codes; /* tickets * BENCH_CODE_STRIDE bytes, mapped. */
	size_t codes_size;
};

/* Filled, or found filled from an earlier bench. of_phones: each ticket is bound to a phone of its
 * own. False: said why. */
MUSTCHECK bool bench_store_open(struct bench_store *, struct bench *, uint64_t tickets,
				bool of_phones);
void bench_store_close(struct bench_store *);
void bench_path(char out[BENCH_PATH_SIZE], const struct bench_store *, const char *name);
struct slice bench_code(const struct bench_store *, uint64_t ticket);
/* The key of the phone that the n-th ticket is bound to. */
void bench_phone(struct sign_key *, uint64_t n);

/* --- bench_fixed.c: what stands beside the tickets --- */

struct store;
/* Keys, gates, their tokens. False: said why. */
MUSTCHECK bool bench_found(struct bench_store *, struct store *, struct arena *, time_ms now);
void bench_product(struct product *, time_ms now); /* All tickets are of it. */

/* --- bench_server.c --- */

struct bench_server {
	struct child child;
	uint16_t port;
};

MUSTCHECK bool bench_server_start(struct bench_server *, const struct bench_store *);
void bench_server_stop(struct bench_server *);
uint64_t bench_server_cpu_ms(const struct bench_server *); /* Used so far. */
/* Waits until the log is sealed and folded, so that no work of the last run is charged to the next
 * one. */
void bench_server_settle(struct bench *, const struct bench_server *);
/* The store's pages into the cache, or out of it. No server may have it open. */
void bench_pages_warm(const struct bench_store *);
void bench_pages_drop(const struct bench_store *);
/* The 99th percentile of writing 200 bytes to a preallocated file beside the store and fdatasync.
 * 0: it could not be done. */
uint64_t bench_disk_p99(const struct bench_store *, unsigned count);

/* --- bench_scans.c: what gates send, and how it is answered --- */

struct bench_gates { /* Of one measurement. */
	struct bench *bench;
	const struct bench_store *store;
	uint64_t first, count; /* Tickets shown, drawn at random. */
	uint64_t random;
	struct clock clock;
	time_ms at;
	char at_text[TIME_TEXT_SIZE];
	uint64_t refused;
	char refusal[200]; /* The first answer that was not as expected. */
};

struct bench_measured {
	uint64_t rate, p50_ns, p99_ns, p999_ns;
	uint64_t counted, counted_ns;
	uint64_t answered, cpu_ms; /* The server's, until the last answer; the warm-up in both. */
};

uint64_t bench_draw(uint64_t *state);
void bench_gates_init(struct bench_gates *, struct bench *, const struct bench_store *);
/* A scan as JSON, at the clock's time. more: what is said besides, from its comma on. */
void bench_scan_put(struct writer *, struct bench_gates *, struct slice code, const char *more);
void bench_scan_write(struct writer *, struct bench_gates *, uint32_t connection,
		      struct slice code); /* As a whole request. */
void bench_unexpected(struct bench_gates *, unsigned status, struct slice body);
/* For a load: many scans, each answer ADMITTED. `to` begins with struct bench_gates. */
bool bench_scan_ask(void *to, uint32_t connection, struct writer *);
void bench_scan_told(void *to, uint32_t connection, unsigned status, struct slice body);

/* The load lacks but the server; `to` of its callbacks is what begins with these gates. False, here
 * and below: said why. */
MUSTCHECK bool bench_measure(struct bench_measured *, struct bench_gates *,
			     const struct bench_server *, struct http_load *);
MUSTCHECK bool bench_measure_scans(struct bench_measured *, struct bench *,
				   const struct bench_store *, const struct bench_server *,
				   uint32_t connections, uint64_t tickets, bool from_cold);
MUSTCHECK bool bench_measure_healthz(struct bench_measured *, struct bench *,
				     const struct bench_server *);
void bench_add_rate(struct bench *, const char *name, uint64_t rate);
void bench_add_us(struct bench *, const char *name, uint64_t ns);

/* --- One file each: a part of the bench, which adds its rows. False: said why --- */

MUSTCHECK bool bench_online(struct bench *);
MUSTCHECK bool bench_growth(struct bench *);
MUSTCHECK bool bench_cold(struct bench *);
MUSTCHECK bool bench_offline(struct bench *);
MUSTCHECK bool bench_dynamic(struct bench *);
MUSTCHECK bool bench_batch(struct bench *);
MUSTCHECK bool bench_fold(struct bench *);
MUSTCHECK bool bench_recompute(struct bench *);
MUSTCHECK bool bench_close(struct bench *);

#endif
