/* operators/bench_fold.c - how fast the books are made anew from the log. Without it nobody could
 * say how long the council is without them after a rule was folded wrongly.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <time.h>

#include "core/fold_drop.h"
#include "core/seal.h"
#include "operators/bookkeeper.h"

enum {
	DROP_ARENA_SIZE = 16 * 1024 * 1024,
	GRACE_H = 72,
	FOLD_S_MAX = 600,
};

struct refold {
	struct loop *loop;
	struct store *store;
	struct seal *seal;
	struct fold *fold;
	struct arena arena;
	struct clock clock;
	bool ready;
};

static void on_ready(void *to)
{
	((struct refold *)to)->ready = true;
}

/* Of all threads. */
static uint64_t own_cpu_us(void)
{
	return (uint64_t)clock() * 1000000 / CLOCKS_PER_SEC;
}

/* Seconds as they are sealed already: what lies behind them is no event of this run. */
static bool refold(struct bench *b, struct refold *r)
{
	struct bookkeeper_room room = { .boundary_min = r->clock.day_boundary_min,
					.offline_grace_h = GRACE_H,
					.late_limit_days = 62 };
	uint64_t began_ns, took_ns = 0, events, cpu_us;
	int64_t last_s;

	if (!seal_open(&r->seal, r->loop, r->store, &r->clock, on_ready, r))
		return false;
	while (!r->ready)
		loop_turn(r->loop);
	last_s = seal_closed_second(r->seal);
	events = seal_leaf_count(r->seal);
	began_ns = clock_monotonic_ns();
	cpu_us = own_cpu_us();
	if (!fold_open(&r->fold, r->loop, r->store, r->seal, &bookkeeper_op, &room))
		return false;
	while (fold_done_second(r->fold) < last_s && took_ns / 1000000000 < FOLD_S_MAX) {
		loop_turn(r->loop);
		took_ns = clock_monotonic_ns() - began_ns;
	}
	bench_add_rate(b, "fold_events_per_s", events * 1000000 / (took_ns / 1000 + 1));
	bench_add_us(b, "fold_cpu_us", (own_cpu_us() - cpu_us) * 1000 / events);
	bench_add(b, "fold_events", "", (int64_t)events * BENCH_ONE);
	return true;
}

static bool refold_store(struct bench *b, const struct bench_store *store)
{
	char path[BENCH_PATH_SIZE], url[BENCH_PATH_SIZE + 8], error[STORE_ERROR_SIZE];
	struct refold r = { .loop = NULL };
	size_t kinds = 0;
	bool fine;

	bench_path(path, store, "store");
	snprintf(url, sizeof(url), "lmdb:%s", path);
	if (!loop_open(&r.loop) || !arena_open(&r.arena, DROP_ARENA_SIZE))
		return bench_fail("memory", "the system gives none");
	if (!store_open(&r.store, r.loop, url, BENCH_MAP_BYTES, error))
		return bench_fail("store", error);
	while (bookkeeper_kinds[kinds] != NULL)
		kinds++;
	fine = (fold_drop(r.store, &r.arena, bookkeeper_op.view, bookkeeper_kinds, kinds, NULL,
			  NULL) &&
		refold(b, &r)) ||
	       bench_fail("fold", "the store does not answer");
	fold_close(r.fold);
	seal_close(r.seal);
	store_close(r.store);
	loop_close(r.loop);
	arena_close(&r.arena);
	return fine;
}

/* Scans are asked first, for the log's sake. */
static bool run(struct bench *b, const struct bench_store *store, unsigned nth)
{
	struct bench_server server = { .port = 0 };
	struct bench_measured scans;
	bool fine;

	bench_begin(b, "scans, for the log", nth);
	fine = bench_server_start(&server, store) &&
	       bench_measure_scans(&scans, b, store, &server, BENCH_CONNECTIONS, store->tickets,
				   false);
	bench_server_stop(&server);
	return fine && refold_store(b, store);
}

bool bench_fold(struct bench *b)
{
	struct bench_store store;
	bool fine = bench_store_open(&store, b, b->options.tickets, false);

	for (unsigned nth = 0; nth < b->options.runs && fine; nth++)
		fine = run(b, &store, nth);
	if (fine)
		bench_store_close(&store);
	return fine;
}
