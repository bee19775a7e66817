/* operators/bench_scans.c - the gates of a measurement: what they send, what they are answered, and
 * how fast. Without it each part of the bench would count in its own way.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_SIZE = 1024 };

/* splitmix64 */
uint64_t bench_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

struct slice bench_code(const struct bench_store *store, uint64_t ticket)
{
	const char *code = store->codes + ticket * BENCH_CODE_STRIDE;

	return slice_of(code, strnlen(code, BENCH_CODE_STRIDE));
}

void bench_gates_init(struct bench_gates *g, struct bench *b, const struct bench_store *store)
{
	*g = (struct bench_gates){ .bench = b, .store = store };
	g->count = store != NULL ? store->tickets : 0;
	crypto_random(&g->random, sizeof(g->random));
}

static void put_scan_id(struct writer *w, struct bench_gates *g)
{
	uint64_t parts[2] = { bench_draw(&g->random), bench_draw(&g->random) };
	uint8_t random[10];
	char text[UUID_TEXT_SIZE];

	mem_copy(random, parts, sizeof(random));
	uuid_encode(text, uuid7_make(g->at, random));
	write_text(w, text);
}

void bench_scan_put(struct writer *body, struct bench_gates *g, struct slice code, const char *more)
{
	time_ms now = clock_now(&g->clock);

	if (now != g->at)
		time_encode(g->at_text, now);
	g->at = now;
	write_text(body, "{\"scan_id\":\"");
	put_scan_id(body, g);
	write_text(body, "\",\"qr\":\"");
	write_bytes(body, code);
	write_text(body, "\",\"at\":\"");
	write_text(body, g->at_text);
	write_text(body, "\",\"kind\":\"board\"");
	write_text(body, more);
	write_text(body, "}");
}

void bench_scan_write(struct writer *w, struct bench_gates *g, uint32_t connection,
		      struct slice code)
{
	uint8_t data[BODY_SIZE];
	struct writer body = { .data = data, .size = sizeof(data) };

	bench_scan_put(&body, g, code, "");
	MUST(!body.failed);
	http_load_write(w, "POST", "/v1/scans", g->store->tokens[connection % BENCH_GATE_COUNT],
			"application/json", slice_of(data, body.used));
}

bool bench_scan_ask(void *to, uint32_t connection, struct writer *w)
{
	struct bench_gates *g = to;
	uint64_t ticket = g->first + bench_draw(&g->random) % g->count;

	bench_scan_write(w, g, connection, bench_code(g->store, ticket));
	return true;
}

void bench_unexpected(struct bench_gates *g, unsigned status, struct slice body)
{
	if (g->refused++ == 0)
		snprintf(g->refusal, sizeof(g->refusal), "%u %.*s", status,
			 (int)(body.size < 180 ? body.size : 180), (const char *)body.data);
}

void bench_scan_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	(void)connection;
	if (status != 200 ||
	    memmem(body.data, body.size, BENCH_ADMITTED, sizeof(BENCH_ADMITTED) - 1) == NULL)
		bench_unexpected(to, status, body);
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
	(void)connection;
	if (status != 200)
		bench_unexpected(to, status, body);
}

static void on_progress(void *to, uint64_t answered, uint64_t rate)
{
	bench_progress(((struct bench_gates *)to)->bench, "answers", answered, rate);
}

bool bench_measure(struct bench_measured *out, struct bench_gates *g,
		   const struct bench_server *server, struct http_load *load)
{
	struct http_load_result *r = calloc(1, sizeof(*r));
	uint64_t cpu_ms = bench_server_cpu_ms(server);
	bool fine;

	MUST(r != NULL);
	load->host = "127.0.0.1";
	load->port = server->port;
	load->progress = on_progress;
	load->to = g;
	fine = http_load_run(r, load) && r->broken == 0 && r->counted > 0;
	*out = (struct bench_measured){ .rate = http_load_rate(r),
					.p50_ns = histogram_at(&r->latency_ns, 5000),
					.p99_ns = histogram_at(&r->latency_ns, 9900),
					.p999_ns = histogram_at(&r->latency_ns, 9990),
					.counted = r->counted,
					.counted_ns = r->counted_ns,
					.answered = r->answered,
					.cpu_ms = bench_server_cpu_ms(server) - cpu_ms };
	free(r);
	printf("\r  %-44s %12llu/s, p99 %llu us%30s\n", g->bench->doing,
	       (unsigned long long)out->rate, (unsigned long long)(out->p99_ns / 1000), "");
	if (g->refused > 0)
		fprintf(stderr, "  %llu otherwise than expected, the first: %s\n",
			(unsigned long long)g->refused, g->refusal);
	return (fine && g->refused < out->answered / 100 + 1) ||
	       bench_fail(g->bench->doing, "connections were lost, or answers are not as expected");
}

bool bench_measure_scans(struct bench_measured *out, struct bench *b,
			 const struct bench_store *store, const struct bench_server *server,
			 uint32_t connections, uint64_t tickets, bool from_cold)
{
	struct bench_gates g;
	struct http_load load = { .connections = connections,
				  .warm_ms = from_cold ? 0 : b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = bench_scan_ask,
				  .told = bench_scan_told };
	bool fine;

	bench_gates_init(&g, b, store);
	if (tickets < store->tickets)
		g.first = bench_draw(&g.random) % (store->tickets - tickets);
	g.count = tickets;
	fine = bench_measure(out, &g, server, &load);
	bench_server_settle(b, server);
	return fine;
}

bool bench_measure_healthz(struct bench_measured *out, struct bench *b,
			   const struct bench_server *server)
{
	struct bench_gates g;
	struct http_load load = { .connections = BENCH_CONNECTIONS,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask = healthz_ask,
				  .told = healthz_told };

	bench_gates_init(&g, b, NULL);
	return bench_measure(out, &g, server, &load);
}

void bench_add_rate(struct bench *b, const char *name, uint64_t rate)
{
	bench_add(b, name, "/s", (int64_t)rate * BENCH_ONE);
}

void bench_add_us(struct bench *b, const char *name, uint64_t ns)
{
	bench_add(b, name, "us", (int64_t)ns * BENCH_ONE / 1000);
}
