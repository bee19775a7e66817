/* tests/flow_test.c - a command's life: who may, names, what is kept, queues and limits. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/store_engine.h"
#include "tests/flow_toy.h"

enum { FENCES = 200 };

static struct world world;
static struct toy toy;

static int open_sim(void **state)
{
	(void)state;
	world_open(&world, 7, 16, FENCES);
	toy = (struct toy){ .world = &world };
	return 0;
}

static int open_lmdb(void **state)
{
	(void)state;
	world_open(&world, 0, 16, FENCES);
	toy = (struct toy){ .world = &world };
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

static const char *token(void)
{
	return world_token(&world, ROLE_partner, "nanoka", 0, false);
}

static uint32_t events(void)
{
	return world_count(&world, "ev/", "ev0");
}

#define assert_answer(asked, wanted_status, wanted_code)                                           \
	do {                                                                                       \
		assert_string_equal((asked).code, wanted_code);                                    \
		assert_int_equal((asked).status, wanted_status);                                   \
		assert_int_equal((asked).answers, 1);                                              \
	} while (0)

static void test_who_may(void **state)
{
	const time_ms now = WORLD_START;
	const struct {
		const char *token;
		unsigned status;
		const char *code;
	} rows[] = {
		{ "", 401, "TOKEN_MISSING" },
		{ "hk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401, "TOKEN_UNKNOWN" },
		{ "nonsense", 401, "TOKEN_UNKNOWN" },
		{ world_token(&world, ROLE_partner, "nanoka", 0, true), 401, "TOKEN_UNKNOWN" },
		{ world_token(&world, ROLE_partner, "nanoka", now, false), 401, "TOKEN_UNKNOWN" },
		{ world_token(&world, ROLE_council, "", 0, false), 403, "ROLE_NOT_ALLOWED" },
		{ world_token(&world, ROLE_operator, "hisatsu", 0, false), 403,
		  "ROLE_NOT_ALLOWED" },
		{ world_token(&world, ROLE_partner, "nanoka", now + 1, false), 201, "" },
		{ world_token(&world, ROLE_gate, "gate-1", 0, false), 201, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;

		toy_ask(&asked, &toy, rows[i].token, "a", 1, "once");
		world_ask(&world, &asked);
		assert_answer(asked, rows[i].status, rows[i].code);
	}
	assert_int_equal(toy_count(&world, "a"), 2);
}

static void test_key_header(void **state)
{
	static const struct {
		const char *header;
		unsigned status;
		const char *code;
	} rows[] = {
		{ "", 400, "IDEMPOTENCY_KEY_MISSING" },
		{ "abc", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"abc", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"a\"b\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"a\\\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"a\\b\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"a\tb\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"\xe9\x8d\xb5\"", 400, "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"0123456789012345678901234567890123456789012345678901234567890123_\"", 400,
		  "IDEMPOTENCY_KEY_MALFORMED" },
		{ "\"0123456789012345678901234567890123456789012345678901234567890123\"", 201, "" },
		{ "\"a\\\"b\\\\ c~\"  ", 201, "" },
	};
	const char *text = token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;

		toy_ask(&asked, &toy, text, "a", 1, "");
		asked.request.idempotency_key = slice_text(rows[i].header);
		world_ask(&world, &asked);
		assert_answer(asked, rows[i].status, rows[i].code);
	}
	assert_int_equal(toy_count(&world, "a"), 2);
}

static void test_sent_twice(void **state)
{
	const char *old = token(), *fresh = token();
	const char *other = world_token(&world, ROLE_partner, "other", 0, false);
	struct asked first, second;
	const struct {
		const char *token;
		int by;
		unsigned status;
		const char *code, *body;
	} rows[] = {
		{ old, 5, 201, "", "{\"total\":5}" }, /* The token's owner is what counts. */
		{ fresh, 5, 201, "", "{\"total\":5}" },
		{ fresh, 6, 422, "IDEMPOTENCY_KEY_REUSED", NULL },
		{ other, 6, 201, "", "{\"total\":18}" }, /* 5 + 7 + 6: a name of its own. */
	};

	(void)state;
	toy_ask(&first, &toy, old, "a", 5, "k1");
	world_ask(&world, &first);
	assert_answer(first, 201, "");
	toy_ask(&second, &toy, old, "a", 7, "k2");
	world_ask(&world, &second);
	assert_string_equal(second.body, "{\"total\":12}");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		toy_ask(&second, &toy, rows[i].token, "a", rows[i].by, "k1");
		world_ask(&world, &second);
		assert_answer(second, rows[i].status, rows[i].code);
		if (rows[i].body != NULL)
			assert_string_equal(second.body, rows[i].body);
	}
	assert_int_equal(toy_count(&world, "a"), 18);
	assert_int_equal(events(), 3);
	assert_int_equal(toy.decided, 3);
}

/* A secret is told once and never kept. */
static void test_secret_answer(void **state)
{
	const char *text = token();
	struct asked asked;

	(void)state;
	toy.secret = true;
	for (int i = 0; i < 2; i++) {
		toy_ask(&asked, &toy, text, "a", 5, "k1");
		world_ask(&world, &asked);
		assert_answer(asked, 201, "");
		assert_string_equal(asked.body, i == 0 ? "{\"total\":5}" : "{}");
	}
}

static void test_refusal_uses_no_name_up(void **state)
{
	const char *text = token();
	struct asked asked;

	(void)state;
	toy_ask(&asked, &toy, text, "a", -5, "k1");
	world_ask(&world, &asked);
	assert_answer(asked, 409, "NOT_ENOUGH");
	assert_string_equal(asked.body,
			    "{\"type\":\"urn:hitotsu:problem:NOT_ENOUGH\",\"title\":\"Not enough\","
			    "\"status\":409,\"detail\":\"There is less.\",\"code\":\"NOT_ENOUGH\","
			    "\"instance\":\"/v1/toys\",\"pointer\":\"/by\"}");
	assert_int_equal(world_count(&world, "idem/", "idem0") + events(), 0);
	toy_ask(&asked, &toy, text, "a", 8, "k2");
	world_ask(&world, &asked);
	toy_ask(&asked, &toy, text, "a", -5, "k1");
	world_ask(&world, &asked);
	assert_answer(asked, 201, "");
	assert_int_equal(toy_count(&world, "a"), 3);
}

/* What was in time when it came first is answered so for ever. */
static void test_late_resend(void **state)
{
	const char *text = token();
	struct asked asked;

	(void)state;
	toy.keys_until = WORLD_START + 1000;
	toy_ask(&asked, &toy, text, "a", 1, "k1");
	world_ask(&world, &asked);
	assert_answer(asked, 201, "");
	assert_true(clock_set(&world.clock, WORLD_START + 5000));
	toy_ask(&asked, &toy, text, "a", 1, "k1");
	world_ask(&world, &asked);
	assert_answer(asked, 201, "");
	toy_ask(&asked, &toy, text, "a", 1, "k2");
	world_ask(&world, &asked);
	assert_answer(asked, 409, "TOO_LATE");
}

static void test_still_running(void **state)
{
	const char *text = token();
	struct asked first, second;

	(void)state;
	toy_ask(&first, &toy, text, "a", 1, "k1");
	toy_ask(&second, &toy, text, "a", 1, "k1");
	assert_true(world_begin(&world, &first));
	assert_true(world_begin(&world, &second));
	assert_int_equal(first.answers + second.answers, 0); /* Never within the call. */
	world_run(&world);
	assert_answer(first, 201, "");
	assert_answer(second, 409, "STILL_RUNNING");
	assert_int_equal(second.retry_after_s, 1);
	world_ask(&world, &second);
	assert_answer(second, 201, "");
	assert_int_equal(toy_count(&world, "a"), 1);
}

static void test_store_trouble(void **state)
{
	static const struct {
		struct store_sim_faults faults;
		unsigned status;
		const char *code;
		unsigned decided;
		int64_t total;
	} rows[] = {
		{ { .retry_per_1000 = 1000 }, 409, "CONTENTION", FLOW_TRIES, 0 },
		{ { .busy_per_1000 = 1000 }, 503, "STORE_BUSY", 1, 0 },
		{ { .unknown_per_1000 = 1000 }, 201, "", 1, 1 },
	};
	const char *text = token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;
		char key[8];

		(void)snprintf(key, sizeof(key), "k%zu", i);
		toy.decided = 0;
		store_sim_set_faults(world.store, &rows[i].faults);
		toy_ask(&asked, &toy, text, "a", 1, key);
		world_ask(&world, &asked);
		assert_answer(asked, rows[i].status, rows[i].code);
		assert_int_equal(asked.retry_after_s, rows[i].status == 201 ? 0 : 1);
		assert_int_equal(toy.decided, rows[i].decided);
		assert_int_equal(toy_count(&world, "a"), rows[i].total);
		assert_int_equal(events(), rows[i].total);
	}
	assert_int_equal(world.metrics.flow_retries, FLOW_TRIES - 1 + 1);
}

static void test_hot_queue(void **state)
{
	enum { COUNT = 12 };
	const char *text = token();
	struct asked asked[COUNT];

	(void)state;
	toy.hot = true;
	for (int i = 0; i < COUNT; i++) {
		char key[8];

		(void)snprintf(key, sizeof(key), "k%d", i);
		toy_ask(&asked[i], &toy, text, i == 6 ? "b" : "a", i == 3 ? -1000 : 1, key);
		assert_true(world_begin(&world, &asked[i]));
	}
	world_run(&world);
	for (int i = 0, last = -1; i < COUNT; i++) {
		assert_answer(asked[i], i == 3 ? 409 : 201, i == 3 ? "NOT_ENOUGH" : "");
		if (i == 6)
			continue;
		if (last >= 0)
			assert_true(asked[i].order > asked[last].order);
		last = i;
	}
	assert_true(asked[6].order < asked[5].order); /* Another counter waits for nobody. */
	assert_int_equal(world.metrics.flow_retries, 0);
	assert_int_equal(toy_count(&world, "a"), COUNT - 2);
}

/* Another thread has each of them before it is decided; those on one counter keep their order, and
 * a try that comes after it does not ask again. */
static void test_checked_elsewhere(void **state)
{
	enum { COUNT = 12 };
	const char *text = token();
	struct asked asked[COUNT];

	(void)state;
	toy.checks = toy.hot = true;
	for (int i = 0; i < COUNT; i++) {
		char key[8];

		(void)snprintf(key, sizeof(key), "k%d", i);
		toy_ask(&asked[i], &toy, text, i % 3 == 0 ? "b" : "a", i == 4 ? -1000 : 1, key);
		assert_true(world_begin(&world, &asked[i]));
	}
	world_run(&world);
	for (int i = 0; i < COUNT; i++) {
		assert_answer(asked[i], i == 4 ? 409 : 201, i == 4 ? "NOT_ENOUGH" : "");
		if (i >= 3 && i - 3 != 4)
			assert_true(asked[i].order > asked[i - 3].order);
	}
	assert_int_equal(toy_count(&world, "a"), COUNT * 2 / 3 - 1);
	assert_int_equal(toy_count(&world, "b"), COUNT / 3);
}

static void test_full(void **state)
{
	const char *text = token();
	struct asked asked[17];
	char keys[17][8];

	(void)state;
	for (int i = 0; i < 17; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		toy_ask(&asked[i], &toy, text, keys[i], 1, keys[i]);
		assert_int_equal(world_begin(&world, &asked[i]), i < 16);
	}
	assert_int_equal(world.metrics.flow_full, 1);
	assert_int_equal(flows_active(world.flows), 16);
	world_run(&world);
	for (int i = 0; i < 16; i++)
		assert_answer(asked[i], 201, "");
	world_ask(&world, &asked[16]);
	assert_answer(asked[16], 201, "");
}

static void test_inner(void **state)
{
	static const struct {
		const char *name, *body;
		unsigned status;
	} rows[] = {
		{ "day 2025-11-24", "{\"by\":3}", 201 },
		{ "day 2025-11-24", "{\"by\":3}", 201 },
		{ "day 2025-11-25", "{\"by\":3}", 201 },
		{ "day 2025-11-25", "{\"by\":4}", 422 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked = {
			.start = { .op = &toy_add, .room = &toy, .inner_name = rows[i].name },
			.request = { .params = { SLICE("a") }, .body = slice_text(rows[i].body) },
		};

		world_ask(&world, &asked);
		assert_int_equal(asked.status, rows[i].status);
	}
	assert_int_equal(toy_count(&world, "a"), 6);
}

static void test_names_itself(void **state)
{
	static const char key[] = "name/gate-1/019ab8a6000070008000000000000001";
	const char *gate[2] = { world_token(&world, ROLE_gate, "gate-1", 0, false),
				world_token(&world, ROLE_gate, "gate-2", 0, false) };
	struct asked asked;

	(void)state;
	for (int i = 0; i < 4; i++) { /* Two gates, the same scan id, each twice. */
		toy_ask(&asked, &toy, gate[i % 2], "a", 1, "");
		asked.start.op = &toy_scan;
		asked.start.naming = FLOW_BY_SELF;
		asked.request.body =
		    SLICE("{\"by\":1,\"id\":\"019ab8a6-0000-7000-8000-000000000001\"}");
		world_ask(&world, &asked);
		assert_answer(asked, 201, "");
	}
	assert_int_equal(toy_count(&world, "a"), 2);
	assert_int_equal(events(), 2);
	assert_true(world_get(&world, key).size > 0);
}

static void test_question(void **state)
{
	struct asked asked;

	(void)state;
	toy_ask(&asked, &toy, token(), "a", 4, "k1");
	world_ask(&world, &asked);
	toy_ask(&asked, &toy, NULL, "a", 0, "");
	asked.start.op = &toy_total;
	asked.start.naming = FLOW_QUESTION;
	world_ask(&world, &asked);
	assert_answer(asked, 200, "");
	assert_string_equal(asked.body, "{\"total\":4}");
	asked.request.params[0] = SLICE("No Such");
	world_ask(&world, &asked);
	assert_answer(asked, 404, "NOT_FOUND");
	assert_int_equal(world.metrics.ops[1].count, 2);
	assert_int_equal(world.metrics.ops[1].by_class[2], 1);
	assert_int_equal(world.metrics.ops[1].by_class[4], 1);
}

static void test_too_much(void **state)
{
	static const struct {
		size_t answer_size;
		unsigned events, status;
		const char *code;
	} rows[] = {
		{ 1000, 1, 201, "" },
		{ 3000, 1, 503, "ANSWER_TOO_LARGE" },  /* Six bytes each: more than is kept. */
		{ 60000, 1, 503, "ANSWER_TOO_LARGE" }, /* More than is written. */
		{ 0, CALL_EVENT_COUNT_MAX, 201, "" },
		{ 0, CALL_EVENT_COUNT_MAX + 1, 503, "TOO_MUCH_TO_WRITE" },
	};
	const char *text = token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;
		char key[8];

		(void)snprintf(key, sizeof(key), "k%zu", i);
		toy.answer_size = rows[i].answer_size;
		toy.event_count = rows[i].events;
		toy_ask(&asked, &toy, text, "a", 1, key);
		world_ask(&world, &asked);
		assert_answer(asked, rows[i].status, rows[i].code);
	}
	assert_int_equal(toy_count(&world, "a"), 2);
	assert_int_equal(events(), 1 + CALL_EVENT_COUNT_MAX);
}

#define ON_BOTH(test)                                                                              \
	{ #test " sim", test, open_sim, close_world, NULL },                                       \
	{                                                                                          \
#test " lmdb", test, open_lmdb, close_world, NULL                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_who_may),
		ON_BOTH(test_key_header),
		ON_BOTH(test_sent_twice),
		ON_BOTH(test_secret_answer),
		ON_BOTH(test_refusal_uses_no_name_up),
		ON_BOTH(test_late_resend),
		ON_BOTH(test_still_running),
		cmocka_unit_test_setup_teardown(test_store_trouble, open_sim, close_world),
		ON_BOTH(test_hot_queue),
		ON_BOTH(test_checked_elsewhere),
		ON_BOTH(test_full),
		ON_BOTH(test_inner),
		ON_BOTH(test_names_itself),
		ON_BOTH(test_question),
		ON_BOTH(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
