/* operators/bench_batch.c - what gates that were offline upload, against the same scans asked one
 * by one: by the server's processor time, for that is what an upload must not take from the gates
 * that wait. Without it nobody would know whether a day without a network can be made up for.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/batch.h"

enum {
	LINE_COUNT = 1000,
	LINE_SIZE = 640,
	BATCH_CONNECTIONS = 4, /* Half of what the server takes at once. */
	MORE_SIZE = 128,
	BUNDLE_AGE_S = 5,
};

struct uploads {
	struct bench_gates gates; /* First: the load gives this back. */
	char more[MORE_SIZE];     /* What a line says beyond what a gate would ask. */
	uint8_t *body;
};

static bool upload_ask(void *to, uint32_t connection, struct writer *w)
{
	struct uploads *u = to;
	struct bench_gates *g = &u->gates;
	struct writer body = { .data = u->body, .size = LINE_COUNT * LINE_SIZE };

	for (unsigned i = 0; i < LINE_COUNT; i++) {
		bench_scan_put(&body, g, bench_code(g->store, bench_draw(&g->random) % g->count),
			       u->more);
		write_u8(&body, '\n');
	}
	MUST(!body.failed);
	http_load_write(w, "POST", "/v1/scan-batches",
			g->store->tokens[connection % BENCH_GATE_COUNT], "application/x-ndjson",
			slice_of(u->body, body.used));
	return true;
}

static void upload_told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	const size_t size = sizeof(BENCH_ADMITTED) - 1;
	struct uploads *u = to;
	struct slice rest = body;
	const uint8_t *at;
	unsigned admitted = 0;

	(void)connection;
	while ((at = memmem(rest.data, rest.size, BENCH_ADMITTED, size)) != NULL) {
		rest = slice_of(at + size, rest.size - (size_t)(at - rest.data) - size);
		admitted++;
	}
	if (status != 200 || admitted != LINE_COUNT)
		bench_unexpected(&u->gates, status, body);
}

/* Of a bundle that was made just now: as a gate says it that lost the network a moment ago. */
static void say_more(struct uploads *u)
{
	long long made_s = clock_now(&u->gates.clock) / SECOND_MS - BUNDLE_AGE_S;

	snprintf(u->more, sizeof(u->more),
		 ",\"riders\":1,\"bundle\":%lld,\"verdict\":\"ADMITTED\"", made_s);
}

static bool measure_uploads(struct bench_measured *out, struct bench *b,
			    const struct bench_store *store, const struct bench_server *server)
{
	struct uploads u = { .body = malloc(LINE_COUNT * LINE_SIZE) };
	struct http_load load = { .connections = BATCH_CONNECTIONS,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = b->options.time_ms,
				  .ask_size = LINE_COUNT * LINE_SIZE + HTTP_LOAD_ASK_SIZE,
				  .answer_size = LINE_COUNT * (BATCH_ANSWER_SIZE_MAX + 1) +
						 HTTP_LOAD_ANSWER_SIZE,
				  .ask = upload_ask,
				  .told = upload_told };
	bool fine;

	MUST(u.body != NULL);
	bench_gates_init(&u.gates, b, store);
	say_more(&u);
	fine = bench_measure(out, &u.gates, server, &load);
	bench_server_settle(b, server);
	free(u.body);
	return fine;
}

static bool run(struct bench *b, const struct bench_store *store, const struct bench_server *server,
		unsigned nth)
{
	struct bench_measured asked, told;

	bench_begin(b, "scans, 256, many tickets", nth);
	if (!bench_measure_scans(&asked, b, store, server, BENCH_CONNECTIONS, store->tickets,
				 false))
		return false;
	bench_begin(b, "uploads of 1000 scans, 4", nth);
	if (!measure_uploads(&told, b, store, server))
		return false;
	bench_add_ratio(b, "batch_ratio", BENCH_AT_LEAST, 2 * BENCH_ONE,
			told.answered * LINE_COUNT * asked.cpu_ms, asked.answered * told.cpu_ms);
	bench_add_rate(b, "batch_per_s",
		       told.counted * LINE_COUNT * 1000 / (told.counted_ns / 1000000 + 1));
	bench_add_us(b, "batch_p99_us", told.p99_ns);
	bench_add_us(b, "batch_cpu_us", told.cpu_ms * 1000000 / (told.answered * LINE_COUNT));
	bench_add_us(b, "batch_online_cpu_us", asked.cpu_ms * 1000000 / asked.answered);
	return true;
}

bool bench_batch(struct bench *b)
{
	struct bench_server server = { .port = 0 };
	struct bench_store store;
	bool fine = bench_store_open(&store, b, b->options.tickets, false);

	if (!fine)
		return false;
	bench_pages_warm(&store);
	fine = bench_server_start(&server, &store);
	for (unsigned nth = 0; nth < b->options.runs && fine; nth++)
		fine = run(b, &store, &server, nth);
	bench_server_stop(&server);
	bench_store_close(&store);
	return fine;
}
