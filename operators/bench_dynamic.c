/* operators/bench_dynamic.c - tickets that phones show: a signature of the phone's is verified for
 * each scan. Without it nobody would know what the safe kind of ticket costs.
 *
 * The phones sign just before the gates scan, on all cores, so that no signing is done while the
 * server is measured. No ticket is shown twice in a run, for a presentation opens one gate.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>

#include "core/loop.h"
#include "qr/presentation.h"

enum {
	SIGNER_COUNT = 4, /* As many as the loop's pool has threads. */
	SHOWN_STRIDE = 424,
	SHOWN_COUNT_MAX = 500000,
	/* Signing takes about as long as scanning, and a proof must live through both. */
	DYNAMIC_MS_MAX = PRESENTATION_PAST_S * 1000 / 3,
	IDLE_PART = 3, /* No more scans are expected than this part of what is answered idly. */
};
_Static_assert(SHOWN_STRIDE >= PRESENTATION_CODE_SIZE_MAX, "a presentation");

struct phones {                   /* What all phones show in one run. */
	struct bench_gates gates; /* First: the load gives this back. */
	uint64_t first, step;     /* The i-th shown is ticket (first + i * step) % tickets. */
	uint64_t count, next;
	char *shown; /* count * SHOWN_STRIDE */
	unsigned signing;
};

struct signer {
	struct loop_work work; /* First: the loop gives this back. */
	struct phones *phones;
	unsigned nth;
};

static void show(struct phones *p, uint64_t i)
{
	const struct bench_store *store = p->gates.store;
	uint64_t ticket = (p->first + i * p->step) % store->tickets;
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE], object[PRESENTATION_SIZE_MAX];
	struct sign_key phone;
	size_t size, used;

	bench_phone(&phone, ticket);
	MUST(ticket_code_bytes(bytes, &size, sizeof(bytes), bench_code(store, ticket)));
	MUST(presentation_make(object, &used, sizeof(object), slice_of(bytes, size),
			       clock_now(&(struct clock){ 0 }) / 1000, &phone));
	ticket_code(p->shown + i * SHOWN_STRIDE, SHOWN_STRIDE, slice_of(object, used));
}

static void sign(struct loop_work *work)
{
	struct signer *signer = (struct signer *)work;

	for (uint64_t i = signer->nth; i < signer->phones->count; i += SIGNER_COUNT)
		show(signer->phones, i);
}

static void signed_all(struct loop_work *work)
{
	((struct signer *)work)->phones->signing--;
}

static void sign_all(struct phones *p)
{
	struct signer signers[SIGNER_COUNT];
	struct loop *loop;

	MUST(loop_open(&loop));
	p->signing = SIGNER_COUNT;
	for (unsigned i = 0; i < SIGNER_COUNT; i++) {
		signers[i] = (struct signer){ .work = { .work = sign, .after = signed_all },
					      .phones = p,
					      .nth = i };
		loop_work_start(loop, &signers[i].work);
	}
	while (p->signing > 0)
		loop_turn(loop);
	loop_close(loop);
}

/* All were shown: the run ends there. */
static bool phone_ask(void *to, uint32_t connection, struct writer *w)
{
	struct phones *p = to;

	if (p->next == p->count)
		return false;
	bench_scan_write(w, &p->gates, connection, slice_text(p->shown + p->next * SHOWN_STRIDE));
	p->next++;
	return true;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b > 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* By the golden section, so that tickets shown one after the other lie as far apart as if they were
 * drawn, and each comes once a round. */
static uint64_t step_of(uint64_t tickets)
{
	uint64_t step = tickets * 618034 / 1000000;

	while (common_divisor(step, tickets) != 1)
		step++;
	return step;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool measure_phones(struct bench_measured *out, struct bench *b,
			   const struct bench_store *store, const struct bench_server *server,
			   uint64_t idle_rate, uint64_t *shown)
{
	struct phones p = { .step = step_of(store->tickets) };
	struct http_load load = { .connections = BENCH_CONNECTIONS,
				  .warm_ms = b->options.warm_ms,
				  .time_ms = least(b->options.time_ms, DYNAMIC_MS_MAX),
				  .ask = phone_ask,
				  .told = bench_scan_told };
	uint64_t most = idle_rate / IDLE_PART * (load.warm_ms + load.time_ms) / 1000;
	bool fine;

	p.count = least(least(most + BENCH_CONNECTIONS, store->tickets), SHOWN_COUNT_MAX);
	p.first = *shown * p.step % store->tickets;
	p.shown = malloc(p.count * SHOWN_STRIDE);
	MUST(p.shown != NULL);
	bench_gates_init(&p.gates, b, store);
	bench_progress(b, "phones sign", p.count, 0);
	sign_all(&p);
	fine = bench_measure(out, &p.gates, server, &load);
	bench_server_settle(b, server);
	*shown += p.next;
	free(p.shown);
	return fine;
}

static bool run(struct bench *b, const struct bench_store *store, const struct bench_server *server,
		unsigned nth, uint64_t *shown)
{
	struct bench_measured idle, scans;

	bench_begin(b, "GET /healthz, 256", nth);
	if (!bench_measure_healthz(&idle, b, server))
		return false;
	bench_begin(b, "scans of phones, 256", nth);
	if (!measure_phones(&scans, b, store, server, idle.rate, shown))
		return false;
	bench_add_ratio(b, "online_dynamic_ratio", BENCH_AT_LEAST, 1300, scans.rate, idle.rate);
	bench_add_rate(b, "dynamic_healthz_per_s", idle.rate);
	bench_add_rate(b, "online_dynamic_per_s", scans.rate);
	bench_add_us(b, "online_dynamic_p50_us", scans.p50_ns);
	bench_add_us(b, "online_dynamic_p99_us", scans.p99_ns);
	bench_add_us(b, "online_dynamic_cpu_us", scans.cpu_ms * 1000000 / scans.answered);
	return true;
}

bool bench_dynamic(struct bench *b)
{
	struct bench_server server = { .port = 0 };
	struct bench_store store;
	uint64_t shown = 0;
	bool fine = bench_store_open(&store, b, b->options.tickets, true);

	if (!fine)
		return false;
	bench_pages_warm(&store);
	fine = bench_server_start(&server, &store);
	for (unsigned nth = 0; nth < b->options.runs && fine; nth++)
		fine = run(b, &store, &server, nth, &shown);
	bench_server_stop(&server);
	bench_store_close(&store);
	return fine;
}
