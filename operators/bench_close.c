/* operators/bench_close.c - how long the council waits for a month of a million tickets. Without it
 * nobody would know whether a region's month can be closed between two cups of tea.
 *
 * The tickets are written with the rides that they have seen, and the books' sums with them, as the
 * log of their sales would have left them. Then a server with the real clock closes yesterday, and
 * with it earns all of them; and is told to close the month.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/client.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/store.h"
#include "operators/founding.h"
#include "operators/identity.h"

enum {
	MILLION = 1000000,
	RIDES_MAX = 4,
	RECORDS_A_TICKET = 2,
	SLICE_TICKETS = 1000,
	VALUE_SIZE = 2048,
	ARENA_SIZE = 64 * 1024 * 1024,
	ARENA_KEEP = 4 * 1024 * 1024,
	DUE_AFTER_DAYS = 3, /* The grace of 72 hours. */
	POLL_MS = 100,
	WAIT_S_MAX = 3600,
	CLOSE_GOAL_S = 60,
	PRICE_YEN_LEAST = 500,
};
#define PARTNER "bench-partner"

struct closing {
	struct bench *bench;
	struct bench_store made;
	struct arena arena;
	struct loop *loop;
	struct store *store;
	struct client *client;
	struct loop_timer *timer;
	bool awake;
	char council[TOKEN_TEXT_SIZE], month[MONTH_TEXT_SIZE];
	day_t period;
	yen sold_yen;
	unsigned keys;
};

static uint64_t mix(uint64_t n)
{
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

/* ---- The month's records. ---- */

static void put(struct closing *c, struct store_item *item, const char *key,
		const struct shape *shape, const void *value)
{
	struct writer to = { .data = arena_alloc(&c->arena, VALUE_SIZE), .size = VALUE_SIZE };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	*item = (struct store_item){ .key = slice_text(key),
				     .value = slice_of(to.data, to.used),
				     .intent = STORE_APPEND };
}

static bool commit(struct closing *c, struct store_item *items, uint32_t count)
{
	struct store_req req = { .items = items, .item_count = count, .arena = &c->arena };

	return store_commit_wait(c->store, &req) == STORE_OK ||
	       bench_fail(c->made.dir, "the store did not take it");
}

/* Four rides at the most, drawn among eight operators: legs stand in their order. */
static void ride(struct ticket_view *view, uint64_t drawn)
{
	uint64_t rides = 1 + drawn % RIDES_MAX, boardings[BENCH_OPERATOR_COUNT] = { 0 };

	for (uint64_t i = 0; i < rides; i++)
		boardings[mix(drawn + i) % BENCH_OPERATOR_COUNT]++;
	for (unsigned i = 0; i < BENCH_OPERATOR_COUNT; i++) {
		struct view_leg *leg = &view->legs[view->leg_count];

		if (boardings[i] == 0)
			continue;
		snprintf(leg->operator_id, ID_SIZE, "bench-operator-%u", i);
		leg->boardings = leg->riders = boardings[i];
		leg->deemed_fare_yen = boardings[i] * (150 + mix(drawn + 9 * i) % 100 * 10);
		leg->distance_m = boardings[i] * 3000;
		view->leg_count++;
	}
}

static void make_view(struct ticket_view *view, const struct closing *c, uint64_t n)
{
	uint64_t drawn = mix(n + 1);
	day_t over = c->period + (day_t)(drawn % 28);

	*view = (struct ticket_view){ .product_number = 1,
				      .product_version = 1,
				      .partner_id = PARTNER,
				      .riders = 1,
				      .price_yen = (yen)(PRICE_YEN_LEAST + drawn % 9500),
				      .over_at = day_start(over + 1, DAY_BOUNDARY_MIN) - 1,
				      .n = 3,
				      .sold = over };
	view->sums.sold_yen = view->price_yen;
	for (size_t i = 0; i < sizeof(view->secret); i++)
		view->secret[i] = (uint8_t)(drawn >> 8 * (i % 8));
	ride(view, drawn);
}

/* Tickets sold one after another; each kind's keys ascend. */
static bool fill_slice(struct closing *c, uint64_t first, uint64_t count)
{
	struct store_item *items =
	    arena_alloc(&c->arena, RECORDS_A_TICKET * count * sizeof(*items));
	struct ticket_view *view = arena_alloc(&c->arena, sizeof(*view));

	for (uint64_t i = 0; i < count; i++) {
		uint64_t drawn[2] = { mix(first + i), mix(~(first + i)) };
		char id[UUID_TEXT_SIZE];
		const char *due;

		make_view(view, c, first + i);
		uuid_encode(id, uuid7_make(day_start(c->period, 0) + (time_ms)(first + i),
					   (const uint8_t *)drawn));
		due = arena_text(&c->arena, "due/%06d/%s", (int)(c->period + DUE_AFTER_DAYS), id);
		items[i] = (struct store_item){ .key = slice_text(due),
						.value = SLICE("\xa0"),
						.intent = STORE_APPEND };
		put(c, &items[count + i], arena_text(&c->arena, "tview/%s", id),
		    &ticket_view_shape, view);
		c->sold_yen += view->price_yen;
	}
	return commit(c, items, (uint32_t)(RECORDS_A_TICKET * count));
}

static bool fill_tickets(struct closing *c)
{
	uint64_t began = clock_monotonic_ns(), count;

	for (uint64_t n = 0; n < c->made.tickets; n += count) {
		count = c->made.tickets - n < SLICE_TICKETS ? c->made.tickets - n : SLICE_TICKETS;
		if (!fill_slice(c, n, count))
			return false;
		arena_reset(&c->arena, ARENA_KEEP);
		bench_progress(c->bench, "tickets", n,
			       n * 1000 / ((clock_monotonic_ns() - began) / 1000000 + 1));
	}
	return true;
}

static bool fill_books(struct closing *c)
{
	struct balance unearned = { .account = ACCOUNT_UNEARNED,
				    .credit_yen = c->sold_yen,
				    .postings = c->made.tickets };
	struct balance owed = { .debit_yen = c->sold_yen, .postings = c->made.tickets };
	struct book_sums sums = { .flow_count = 1, .told_sold_yen = c->sold_yen };
	struct rule rule = { .rule_id = "bench-rule", .version = 1, .step_count = 3 };
	struct store_item items[4];

	rule.steps[0] = (struct rule_step){ .kind = STEP_COMMISSION, .basis_points = 500 };
	rule.steps[1] = (struct rule_step){ .kind = STEP_COUNCIL_FEE, .basis_points = 200 };
	rule.steps[2] = (struct rule_step){ .kind = STEP_SPLIT, .base = BASE_LEFT,
					    .by = BY_DEEMED_FARE };
	account_receivable(owed.account, PARTNER);
	sums.flows[0] = (struct book_flow){ KIND_partner_receivable, KIND_unearned, c->sold_yen };
	sums.tickets.sold_yen = c->sold_yen;
	put(c, &items[0], "bal/receivable/partner/" PARTNER, &balance_shape, &owed);
	put(c, &items[1], "bal/" ACCOUNT_UNEARNED, &balance_shape, &unearned);
	put(c, &items[2], BOOKS_SUMS_KEY, &book_sums_shape, &sums);
	put(c, &items[3], "rule/bench-rule/0001", &rule_shape, &rule);
	return commit(c, items, COUNT_OF(items));
}

static bool fill(struct closing *c)
{
	char path[BENCH_PATH_SIZE], url[BENCH_PATH_SIZE + 8], error[STORE_ERROR_SIZE];
	time_ms now = clock_now(&(struct clock){ 0 });
	bool fine;

	bench_path(path, &c->made, "store");
	snprintf(url, sizeof(url), "lmdb:%s", path);
	if (!loop_open(&c->loop))
		return bench_fail("memory", "the system gives none");
	if (!store_open(&c->store, c->loop, url, BENCH_MAP_BYTES, error))
		return bench_fail("store", error);
	fine = bench_found(&c->made, c->store, &c->arena, now) &&
	       founding_token(c->council, c->store, now, ROLE_council, "", &c->arena) &&
	       fill_tickets(c) && fill_books(c);
	store_close(c->store);
	loop_close(c->loop);
	return fine;
}

/* ---- The close, as the council sees it. ---- */

static void wake(void *to)
{
	((struct closing *)to)->awake = true;
}

/* The server has the processor meanwhile. */
static void pause_a_moment(struct closing *c)
{
	c->awake = false;
	loop_timer_start(c->timer, POLL_MS, 0);
	while (!c->awake)
		loop_turn(c->loop);
}

static unsigned ask(struct closing *c, struct json **said, const char *method, const char *path,
		    const char *body)
{
	char key[32];
	struct client_answer answer;
	struct client_ask what = { .method = method, .path = path, .token = c->council,
				   .arena = &c->arena };
	size_t at;

	arena_reset(&c->arena, ARENA_KEEP);
	snprintf(key, sizeof(key), "bench-%u", ++c->keys);
	what.key = body == NULL ? NULL : key;
	what.body = slice_text(body == NULL ? "" : body);
	client_ask(&answer, c->client, &what);
	if (json_parse(said, &at, answer.body) != JSON_OK)
		*said = NULL;
	return answer.status;
}

static struct slice text_of(const struct json *said, const char *name)
{
	const struct json *member = said == NULL ? NULL : json_get(said, name);

	return member == NULL ? slice_text("") : json_text(member);
}

/* Yesterday is closed by itself once the server has begun; until all that is due with it is earned
 * the month cannot be closed. */
static bool await_earned(struct closing *c, uint64_t *took_ns)
{
	uint64_t began = clock_monotonic_ns();
	char body[64];

	snprintf(body, sizeof(body), "{\"period\":\"%s\"}", c->month);
	for (;;) {
		struct json *said;
		unsigned status = ask(c, &said, "POST", "/v1/settlements", body);
		bool early = status == 503 ||
			     (status == 409 && slice_is(text_of(said, "code"), "PERIOD_NOT_OVER"));

		json_free(said);
		*took_ns = clock_monotonic_ns() - began;
		if (status == 202)
			return true;
		if (!early || *took_ns / 1000000000 > WAIT_S_MAX)
			return bench_fail("close", "the month could not be closed");
		bench_progress(c->bench, "s: tickets are earned", *took_ns / 1000000000, 0);
		pause_a_moment(c);
	}
}

static bool await_closed(struct closing *c, uint64_t *took_ns)
{
	uint64_t began = clock_monotonic_ns(), shown = 0;
	char path[64];

	snprintf(path, sizeof(path), "/v1/settlements/%s", c->month);
	for (;;) {
		struct json *said;
		unsigned status = ask(c, &said, "GET", path, NULL);
		struct slice state = text_of(said, "state");
		const struct json *committed =
			said == NULL ? NULL : json_get(said, "committed");
		int64_t done = 0;
		bool closed = slice_is(state, "CLOSED"), failed = slice_is(state, "FAILED");

		if (committed != NULL && !json_int(committed, &done))
			done = 0;
		json_free(said);
		*took_ns = clock_monotonic_ns() - began;
		shown += done > 0 && (uint64_t)done < c->made.tickets;
		if (closed)
			return shown > 0 || c->bench->options.quick ||
			       bench_fail("close", "no progress was shown");
		if (status != 200 || failed || *took_ns / 1000000000 > WAIT_S_MAX)
			return bench_fail("close", "the close was stopped");
		bench_progress(c->bench, "divisions committed", (uint64_t)done,
			       (uint64_t)done * 1000 / (*took_ns / 1000000 + 1));
		pause_a_moment(c);
	}
}

static void report(struct closing *c, uint64_t earn_ns, uint64_t close_ns)
{
	struct bench *b = c->bench;

	bench_add(b, "close_tickets", "", (int64_t)c->made.tickets * BENCH_ONE);
	bench_add(b, "earn_ms", "ms", (int64_t)(earn_ns / 1000000) * BENCH_ONE);
	bench_add(b, "close_ms", "ms", (int64_t)(close_ns / 1000000) * BENCH_ONE);
	if (c->made.tickets == MILLION)
		bench_add_ratio(b, "close_million_s", BENCH_AT_MOST, CLOSE_GOAL_S * BENCH_ONE,
				close_ns / 1000000, 1000);
}

static bool measure(struct closing *c)
{
	struct bench_server server = { .port = 0 };
	uint64_t earn_ns, close_ns;
	char url[64];
	bool fine;

	if (!loop_open(&c->loop))
		return bench_fail("memory", "the system gives none");
	if (!bench_server_start(&server, &c->made))
		return loop_close(c->loop), false;
	c->timer = loop_timer_open(c->loop, wake, c);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", server.port);
	fine = (client_open(&c->client, url) || bench_fail("close", "no memory")) &&
	       await_earned(c, &earn_ns) && await_closed(c, &close_ns);
	client_close(c->client);
	bench_server_stop(&server);
	loop_timer_close(c->timer);
	loop_close(c->loop);
	if (fine)
		report(c, earn_ns, close_ns);
	return fine;
}

/* The month before the last one: whatever day it is, it is over and its grace, too. */
static void choose_month(struct closing *c)
{
	day_t this = month_of(day_at(clock_now(&(struct clock){ 0 })));

	c->period = month_of(month_of(this - 1) - 1);
	month_encode(c->month, c->period);
}

/* Once, whatever --runs says: a month is closed once, and filling another takes longer. */
bool bench_close(struct bench *b)
{
	struct closing *c = calloc(1, sizeof(*c));
	bool fine;

	MUST(c != NULL);
	c->bench = b;
	c->made.tickets = b->options.tickets;
	MUST(snprintf(c->made.dir, BENCH_PATH_SIZE, "%s/close", b->options.data) < BENCH_PATH_SIZE);
	mkdir(c->made.dir, 0700);
	choose_month(c);
	snprintf(b->doing, sizeof(b->doing), "closing a month");
	fine = arena_open(&c->arena, ARENA_SIZE) || bench_fail("memory", "the system gives none");
	fine = fine && fill(c) && measure(c);
	arena_close(&c->arena);
	free(c);
	return fine;
}
