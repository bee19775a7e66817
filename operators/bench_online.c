/* operators/bench_online.c - scans over HTTP, as gates send them, against what the same server does
 * when nothing must be kept. Without it "fast" would mean a loop without a disk in it.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum { BODY_SIZE = 1024, PROBES_A_MS_PART = 5, PROBES_LEAST = 200 };

struct scanning { /* What the gates of one measurement hold. */
	struct bench *bench;
	const struct bench_store *store;
	uint64_t first, count; /* Tickets shown, drawn at random. */
	uint64_t random;
	struct clock clock;
	time_ms at;
	char at_text[TIME_TEXT_SIZE];
	uint64_t refused;
	char refusal[200]; /* The first answer that was not ADMITTED. */
};

struct measured {
	uint64_t rate, p50_ns, p99_ns, p999_ns, cpu_ms, answered;
};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void put_scan_id(struct writer *w, struct scanning *s)
{
	uint64_t parts[2] = { draw(&s->random), draw(&s->random) };
	uint8_t random[10];
	char text[UUID_TEXT_SIZE];

	mem_copy(random, parts, sizeof(random));
	uuid_encode(text, uuid7_make(s->at, random));
	write_text(w, text);
}

static bool scan_ask(void *to, uint32_t connection, struct writer *w)
{
	struct scanning *s = to;
	uint64_t ticket = s->first + draw(&s->random) % s->count;
	const char *code = s->store->codes + ticket * BENCH_CODE_STRIDE;
	time_ms now = clock_now(&s->clock);
	uint8_t data[BODY_SIZE];
	struct writer body = { .data = data, .size = sizeof(data) };

	if (now != s->at)
		time_encode(s->at_text, now);
	s->at = now;
	write_text(&body, "{\"scan_id\":\"");
	put_scan_id(&body, s);
	write_text(&body, "\",\"qr\":\"");
	write_bytes(&body, slice_of(code, strnlen(code, BENCH_CODE_STRIDE)));
	write_text(&body, "\",\"at\":\"");
	write_text(&body, s->at_text);
	write_text(&body, "\",\"kind\":\"board\"}");
	MUST(!body.failed);
	http_load_write(w, "POST", "/v1/scans", s->store->tokens[connection % BENCH_GATE_COUNT],
			"application/json", slice_of(data, body.used));
	return true;
}

static void scan_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	static const char admitted[] = "\"verdict\":\"ADMITTED\"";
	struct scanning *s = to;

	(void)connection;
	if (status == 200 && memmem(body.data, body.size, admitted, sizeof(admitted) - 1) != NULL)
		return;
	if (s->refused++ == 0)
		snprintf(s->refusal, sizeof(s->refusal), "%u %.*s", status,
			 (int)(body.size < 180 ? body.size : 180), (const char *)body.data);
}

static bool healthz_ask(void *to, uint32_t connection, struct writer *w)
{
	(void)to;
	(void)connection;
	http_load_write(w, "GET", "/healthz", NULL, NULL, slice_of(NULL, 0));
	return true;
}

static void healthz_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	struct scanning *s = to;

	(void)connection;
	if (status != 200 && s->refused++ == 0)
		snprintf(s->refusal, sizeof(s->refusal), "%u %.*s", status,
			 (int)(body.size < 180 ? body.size : 180), (const char *)body.data);
}

static void on_progress(void *to, uint64_t answered, uint64_t rate)
{
	bench_progress(((struct scanning *)to)->bench, "answers", answered, rate);
}

static bool measure(struct measured *out, struct scanning *s, const struct bench_server *server,
		    struct http_load *load)
{
	struct http_load_result *r = calloc(1, sizeof(*r));
	uint64_t cpu_ms = bench_server_cpu_ms(server);
	bool fine;

	MUST(r != NULL);
	load->host = "127.0.0.1";
	load->port = server->port;
	load->progress = on_progress;
	load->to = s;
	fine = http_load_run(r, load) && r->broken == 0 && r->counted > 0;
	*out = (struct measured){ .rate = http_load_rate(r),
				  .p50_ns = histogram_at(&r->latency_ns, 5000),
				  .p99_ns = histogram_at(&r->latency_ns, 9900),
				  .p999_ns = histogram_at(&r->latency_ns, 9990),
				  .cpu_ms = bench_server_cpu_ms(server) - cpu_ms,
				  .answered = r->answered };
	free(r);
	printf("\r  %-44s %12llu/s, p99 %llu us%30s\n", s->bench->doing,
	       (unsigned long long)out->rate, (unsigned long long)(out->p99_ns / 1000), "");
	if (s->refused > 0)
		fprintf(stderr, "  %llu otherwise than expected, the first: %s\n",
			(unsigned long long)s->refused, s->refusal);
	return (fine && s->refused < out->answered / 100 + 1) ||
	       bench_fail(s->bench->doing, "connections were lost, or answers are not as expected");
}

static bool measure_scans(struct measured *out, struct bench *b, const struct bench_store *store,
			  const struct bench_server *server, uint32_t connections, uint64_t tickets,
			  bool from_cold)
{
	struct scanning s = { .bench = b, .store = store, .count = tickets };
	struct http_load load = { .connections = connections,
				  .warm_ms = from_cold ? 0 : b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = scan_ask,
				  .told = scan_told };
	bool fine;

	crypto_random(&s.random, sizeof(s.random));
	if (tickets == 1) {
		s.first = draw(&s.random) % store->tickets;
		s.random++;
	}
	fine = measure(out, &s, server, &load);
	bench_server_settle(b, server);
	return fine;
}

static bool measure_healthz(struct measured *out, struct bench *b,
			    const struct bench_server *server)
{
	struct scanning s = { .bench = b };
	struct http_load load = { .connections = BENCH_CONNECTIONS,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = healthz_ask,
				  .told = healthz_told };

	return measure(out, &s, server, &load);
}

static void add_rate(struct bench *b, const char *name, uint64_t rate)
{
	bench_add(b, name, "/s", (int64_t)rate * BENCH_ONE);
}

static void add_us(struct bench *b, const char *name, uint64_t ns)
{
	bench_add(b, name, "us", (int64_t)ns * BENCH_ONE / 1000);
}

/* --- One server, everything in turn --- */

static bool run_static(struct bench *b, const struct bench_store *store,
		       const struct bench_server *server, unsigned run)
{
	struct measured idle, scans, hot;

	bench_begin(b, "GET /healthz, 256", run);
	if (!measure_healthz(&idle, b, server))
		return false;
	bench_begin(b, "scans, 256, many tickets", run);
	if (!measure_scans(&scans, b, store, server, BENCH_CONNECTIONS, store->tickets, false))
		return false;
	bench_begin(b, "scans, 256, one ticket", run);
	if (!measure_scans(&hot, b, store, server, BENCH_CONNECTIONS, 1, false))
		return false;
	bench_add_ratio(b, "online_static_ratio", BENCH_AT_LEAST, 2500, scans.rate, idle.rate);
	bench_add_ratio(b, "hot_ratio", BENCH_AT_LEAST, 5000, hot.rate, scans.rate);
	add_rate(b, "healthz_per_s", idle.rate);
	add_rate(b, "online_static_per_s", scans.rate);
	add_rate(b, "hot_per_s", hot.rate);
	add_us(b, "online_static_p50_us", scans.p50_ns);
	add_us(b, "online_static_p99_us", scans.p99_ns);
	add_us(b, "online_static_cpu_us", scans.cpu_ms * 1000000 / scans.answered);
	return true;
}

static bool run_p99(struct bench *b, const struct bench_store *store,
		    const struct bench_server *server, unsigned run)
{
	unsigned probes = (unsigned)(b->options.time_ms / PROBES_A_MS_PART) + PROBES_LEAST;
	struct measured few;
	uint64_t disk_ns = bench_disk_p99(store, probes);

	bench_begin(b, "scans, 16, many tickets", run);
	if (!measure_scans(&few, b, store, server, BENCH_FEW_CONNECTIONS, store->tickets, false))
		return false;
	bench_add_ratio(b, "p99_ratio", BENCH_AT_MOST, 20 * BENCH_ONE, few.p99_ns, disk_ns);
	add_us(b, "fdatasync_p99_us", disk_ns);
	add_us(b, "few_p99_us", few.p99_ns);
	add_rate(b, "few_per_s", few.rate);
	return true;
}

/* As gates really come: not when the server is done with the last one. */
static bool run_open_loop(struct bench *b, const struct bench_store *store,
			  const struct bench_server *server, unsigned run)
{
	struct scanning s = { .bench = b, .store = store, .count = store->tickets };
	struct http_load load = { .connections = BENCH_CONNECTIONS,
				  .rate = b->options.rate,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = scan_ask,
				  .told = scan_told };
	struct measured open;
	bool fine;

	crypto_random(&s.random, sizeof(s.random));
	bench_begin(b, "scans, at a constant rate", run);
	fine = measure(&open, &s, server, &load);
	bench_server_settle(b, server);
	add_rate(b, "open_loop_per_s", open.rate);
	add_us(b, "open_loop_p50_us", open.p50_ns);
	add_us(b, "open_loop_p99_us", open.p99_ns);
	add_us(b, "open_loop_p999_us", open.p999_ns);
	return fine;
}

bool bench_online(struct bench *b)
{
	static bool (*const runs[])(struct bench *, const struct bench_store *,
				    const struct bench_server *,
				    unsigned) = { run_static, run_p99, run_open_loop };
	struct bench_server server = { .port = 0 };
	struct bench_store store;
	bool fine = bench_store_open(&store, b, b->options.tickets);

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

static bool run_anew(struct measured *out, struct bench *b, const struct bench_store *store,
		     bool from_cold)
{
	struct bench_server server = { .port = 0 };
	bool fine;

	if (from_cold)
		bench_pages_drop(store);
	else
		bench_pages_warm(store);
	fine = bench_server_start(&server, store) &&
	       measure_scans(out, b, store, &server, BENCH_CONNECTIONS, store->tickets, from_cold);
	bench_server_stop(&server);
	return fine;
}

bool bench_cold(struct bench *b)
{
	struct bench_store store;
	struct measured warm, cold;
	bool fine = bench_store_open(&store, b, b->options.tickets);

	for (unsigned run = 0; run < b->options.runs && fine; run++) {
		bench_begin(b, "scans, pages warm", run);
		fine = run_anew(&warm, b, &store, false);
		bench_begin(b, "scans, pages cold", run);
		fine = fine && run_anew(&cold, b, &store, true);
		if (!fine)
			break;
		bench_add_ratio(b, "cold_ratio", BENCH_AT_LEAST, 3000, cold.rate, warm.rate);
		add_rate(b, "warm_per_s", warm.rate);
		add_rate(b, "cold_per_s", cold.rate);
		add_us(b, "cold_p99_us", cold.p99_ns);
	}
	if (fine)
		bench_store_close(&store);
	return fine;
}

bool bench_growth(struct bench *b)
{
	struct bench_store small, large;
	struct measured of_small, of_large;
	bool fine = bench_store_open(&small, b, b->options.growth_small) &&
		    bench_store_open(&large, b, b->options.growth_large);

	for (unsigned run = 0; run < b->options.runs && fine; run++) {
		bench_begin(b, "scans, the small store", run);
		fine = run_anew(&of_small, b, &small, false);
		bench_begin(b, "scans, the large store", run);
		fine = fine && run_anew(&of_large, b, &large, false);
		if (!fine)
			break;
		bench_add_ratio(b, "growth_ratio", BENCH_AT_LEAST, 3000, of_large.rate,
				of_small.rate);
		add_rate(b, "growth_small_per_s", of_small.rate);
		add_rate(b, "growth_large_per_s", of_large.rate);
	}
	if (fine) {
		bench_store_close(&small);
		bench_store_close(&large);
	}
	return fine;
}
