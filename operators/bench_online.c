/* operators/bench_online.c - the static tickets of a region, scanned over HTTP, against what the
 * same server does when nothing must be kept. Without it "fast" would mean a loop without a disk in
 * it.
 */
#include "operators/bench_inside.h"

enum { PROBES_A_MS_PART = 5, PROBES_LEAST = 200 };

/* --- One server, everything in turn --- */

static bool run_static(struct bench *b, const struct bench_store *store,
		       const struct bench_server *server, unsigned run)
{
	struct bench_measured idle, scans, hot;

	bench_begin(b, "GET /healthz, 256", run);
	if (!bench_measure_healthz(&idle, b, server))
		return false;
	bench_begin(b, "scans, 256, many tickets", run);
	if (!bench_measure_scans(&scans, b, store, server, BENCH_CONNECTIONS, store->tickets,
				 false))
		return false;
	bench_begin(b, "scans, 256, one ticket", run);
	if (!bench_measure_scans(&hot, b, store, server, BENCH_CONNECTIONS, 1, false))
		return false;
	bench_add_ratio(b, "online_static_ratio", BENCH_AT_LEAST, 2500, scans.rate, idle.rate);
	bench_add_ratio(b, "hot_ratio", BENCH_AT_LEAST, 5000, hot.rate, scans.rate);
	bench_add_rate(b, "healthz_per_s", idle.rate);
	bench_add_rate(b, "online_static_per_s", scans.rate);
	bench_add_rate(b, "hot_per_s", hot.rate);
	bench_add_us(b, "online_static_p50_us", scans.p50_ns);
	bench_add_us(b, "online_static_p99_us", scans.p99_ns);
	bench_add_us(b, "online_static_cpu_us", scans.cpu_ms * 1000000 / scans.answered);
	return true;
}

static bool run_p99(struct bench *b, const struct bench_store *store,
		    const struct bench_server *server, unsigned run)
{
	unsigned probes = (unsigned)(b->options.time_ms / PROBES_A_MS_PART) + PROBES_LEAST;
	struct bench_measured few;
	uint64_t disk_ns = bench_disk_p99(store, probes);

	bench_begin(b, "scans, 16, many tickets", run);
	if (!bench_measure_scans(&few, b, store, server, BENCH_FEW_CONNECTIONS, store->tickets,
				 false))
		return false;
	bench_add_ratio(b, "p99_ratio", BENCH_AT_MOST, 20 * BENCH_ONE, few.p99_ns, disk_ns);
	bench_add_us(b, "fdatasync_p99_us", disk_ns);
	bench_add_us(b, "few_p99_us", few.p99_ns);
	bench_add_rate(b, "few_per_s", few.rate);
	return true;
}

/* As gates really come: not when the server is done with the last one. */
static bool run_open_loop(struct bench *b, const struct bench_store *store,
			  const struct bench_server *server, unsigned run)
{
	struct bench_gates s = { .bench = b, .store = store, .count = store->tickets };
	struct http_load load = { .connections = BENCH_CONNECTIONS,
				  .rate = b->options.rate,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = bench_scan_ask,
				  .told = bench_scan_told };
	struct bench_measured open;
	bool fine;

	crypto_random(&s.random, sizeof(s.random));
	bench_begin(b, "scans, at a constant rate", run);
	fine = bench_measure(&open, &s, server, &load);
	bench_server_settle(b, server);
	bench_add_rate(b, "open_loop_per_s", open.rate);
	bench_add_us(b, "open_loop_p50_us", open.p50_ns);
	bench_add_us(b, "open_loop_p99_us", open.p99_ns);
	bench_add_us(b, "open_loop_p999_us", open.p999_ns);
	return fine;
}

bool bench_online(struct bench *b)
{
	static bool (*const runs[])(struct bench *, const struct bench_store *,
				    const struct bench_server *,
				    unsigned) = { run_static, run_p99, run_open_loop };
	struct bench_server server = { .port = 0 };
	struct bench_store store;
	bool fine = bench_store_open(&store, b, b->options.tickets, false);

	if (!fine)
		return false;
	bench_pages_warm(&store);
	fine = bench_server_start(&server, &store);
	for (unsigned run = 0; run < b->options.runs && fine; run++)
		for (size_t i = 0; i < COUNT_OF(runs) && fine; i++)
			fine = runs[i](b, &store, &server, run);
	bench_server_stop(&server);
	bench_store_close(&store);
	return fine;
}

/* --- A server started anew over another store, or another cache --- */

static bool run_anew(struct bench_measured *out, struct bench *b, const struct bench_store *store,
		     bool from_cold)
{
	struct bench_server server = { .port = 0 };
	bool fine;

	if (from_cold)
		bench_pages_drop(store);
	else
		bench_pages_warm(store);
	fine = bench_server_start(&server, store) &&
	       bench_measure_scans(out, b, store, &server, BENCH_CONNECTIONS, store->tickets,
				   from_cold);
	bench_server_stop(&server);
	return fine;
}

bool bench_cold(struct bench *b)
{
	struct bench_store store;
	struct bench_measured warm, cold;
	bool fine = bench_store_open(&store, b, b->options.tickets, false);

	for (unsigned run = 0; run < b->options.runs && fine; run++) {
		bench_begin(b, "scans, pages warm", run);
		fine = run_anew(&warm, b, &store, false);
		bench_begin(b, "scans, pages cold", run);
		fine = fine && run_anew(&cold, b, &store, true);
		if (!fine)
			break;
		bench_add_ratio(b, "cold_ratio", BENCH_AT_LEAST, 3000, cold.rate, warm.rate);
		bench_add_rate(b, "warm_per_s", warm.rate);
		bench_add_rate(b, "cold_per_s", cold.rate);
		bench_add_us(b, "cold_p99_us", cold.p99_ns);
	}
	if (fine)
		bench_store_close(&store);
	return fine;
}

bool bench_growth(struct bench *b)
{
	struct bench_store small, large;
	struct bench_measured of_small, of_large;
	bool fine = bench_store_open(&small, b, b->options.growth_small, false) &&
		    bench_store_open(&large, b, b->options.growth_large, false);

	for (unsigned run = 0; run < b->options.runs && fine; run++) {
		bench_begin(b, "scans, the small store", run);
		fine = run_anew(&of_small, b, &small, false);
		bench_begin(b, "scans, the large store", run);
		fine = fine && run_anew(&of_large, b, &large, false);
		if (!fine)
			break;
		bench_add_ratio(b, "growth_ratio", BENCH_AT_LEAST, 3000, of_large.rate,
				of_small.rate);
		bench_add_rate(b, "growth_small_per_s", of_small.rate);
		bench_add_rate(b, "growth_large_per_s", of_large.rate);
	}
	if (fine) {
		bench_store_close(&small);
		bench_store_close(&large);
	}
	return fine;
}
