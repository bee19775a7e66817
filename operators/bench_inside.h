/* operators/bench_inside.h - for bench*.c only: a store of the bench's own, the server over it, and
 * what was measured.
 */
#ifndef OPERATORS_BENCH_INSIDE_H
#define OPERATORS_BENCH_INSIDE_H

#include <stdio.h>

#include "core/child.h"
#include "core/crypto.h"
#include "core/http_load.h"
#include "core/token.h"
#include "fares/product.h"
#include "operators/bench.h"

enum {
	BENCH_OPERATOR_COUNT = 8,
	BENCH_GATE_COUNT = 32,
	BENCH_CODE_STRIDE = 288, /* One ticket's code in the file of codes, padded with NUL. */
	BENCH_PATH_SIZE = 1024,
	BENCH_RUNS_MAX = 15,
	BENCH_ROWS_MAX = 48,
	BENCH_CONNECTIONS = 256,
	BENCH_FEW_CONNECTIONS = 16,
};
/* Figures are kept in ten-thousandths. */
#define BENCH_ONE INT64_C(10000)

struct bench_options {
	const char *data, *commit, *out, *only;
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

/* Filled, or found filled from an earlier bench. False: said why. */
MUSTCHECK bool bench_store_open(struct bench_store *, struct bench *, uint64_t tickets);
void bench_store_close(struct bench_store *);
void bench_path(char out[BENCH_PATH_SIZE], const struct bench_store *, const char *name);
/* What the fill writes of the product, and one gate and its operator. */
void bench_product(struct product *, time_ms now);
struct gate;
struct operator;
void bench_gate(struct gate *, unsigned n);
void bench_operator(struct operator *, unsigned n);

/* --- bench_fixed.c: what stands beside the tickets --- */

struct store;
/* Keys, gates, their tokens. False: said why. */
MUSTCHECK bool bench_found(struct bench_store *, struct store *, struct arena *, time_ms now);

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

/* --- bench_online.c, bench_offline.c: each adds its rows. False: said why --- */

MUSTCHECK bool bench_online(struct bench *);
MUSTCHECK bool bench_growth(struct bench *);
MUSTCHECK bool bench_cold(struct bench *);
MUSTCHECK bool bench_offline(struct bench *);

#endif
