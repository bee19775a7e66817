/* tests/flow_fence_test.c - under which second an event is filed, and what happens when that one
 * closes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/seal.h"
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

static void test_fences(void **state)
{
	static const struct {
		const char *what;
		time_ms now_s, after_s; /* From WORLD_START. */
		unsigned status;
		const char *code;
		unsigned decided;
		time_ms filed_s;
	} rows[] = {
		{ "under now", 0, 0, 201, "", 1, 0 },
		{ "never before now", 3, 1, 201, "", 1, 3 },
		{ "after its ticket's last event", 3, 60, 201, "", 1, 60 },
		{ "no fence yet", 3, 3 + FENCES, 503, "NOT_READY", 1, -1 },
		{ "as far ahead as fences go", 100, 100 + SEAL_AHEAD_S, 503, "NOT_READY",
		  FLOW_TRIES, -1 },
		{ "farther than they ever go", 100, 101 + SEAL_AHEAD_S, 503, "NOT_READY", 1, -1 },
		{ "the sealer lags", FENCES, 0, 503, "NOT_READY", FLOW_TRIES, -1 },
	};
	const char *text = token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char key[8], from[SEAL_KEY_TEXT_SIZE], until[SEAL_KEY_TEXT_SIZE];
		struct id128 least = { { 0 } };
		uint32_t before = events();
		struct asked asked;

		toy.decided = 0;
		toy.event_after = WORLD_START + rows[i].after_s * 1000;
		assert_true(clock_set(&world.clock, WORLD_START + rows[i].now_s * 1000));
		(void)snprintf(key, sizeof(key), "k%zu", i);
		toy_ask(&asked, &toy, text, "a", 1, key);
		world_ask(&world, &asked);
		assert_answer(asked, rows[i].status, rows[i].code);
		assert_int_equal(toy.decided, rows[i].decided);
		assert_int_equal(events(), before + (rows[i].filed_s >= 0));
		if (rows[i].filed_s < 0)
			continue;
		seal_event_key(from, WORLD_START / 1000 + rows[i].filed_s, least, 0);
		seal_event_key(until, WORLD_START / 1000 + rows[i].filed_s + 1, least, 0);
		assert_int_equal(world_count(&world, from, until), 1);
	}
}

static struct store_req closing;
static struct store_item closing_item;
static char closing_key[SEAL_KEY_TEXT_SIZE];

static void closed(struct store_req *req, enum store_status status)
{
	(void)req;
	assert_int_equal(status, STORE_OK);
}

/* The second is closed between what the command read and what it writes. */
static void close_second(struct toy *of)
{
	of->at_decide = NULL;
	seal_open_key(closing_key, WORLD_START / 1000);
	closing_item = (struct store_item){
		.key = slice_text(closing_key),
		.version = 1,
		.intent = STORE_REMOVE,
	};
	closing = (struct store_req){
		.items = &closing_item,
		.item_count = 1,
		.arena = &of->world->arena,
		.done = closed,
	};
	assert_true(clock_set(&of->world->clock, WORLD_START + 1000));
	store_commit(of->world->store, &closing);
}

static void test_closed_meanwhile(void **state)
{
	char from[SEAL_KEY_TEXT_SIZE];
	struct asked asked;

	(void)state;
	toy.at_decide = close_second;
	toy.event_count = 3;
	toy_ask(&asked, &toy, token(), "a", 1, "k1");
	world_ask(&world, &asked);
	assert_answer(asked, 201, "");
	assert_int_equal(toy.decided, 2);
	seal_event_key(from, WORLD_START / 1000 + 1, (struct id128){ { 0 } }, 0);
	assert_int_equal(world_count(&world, from, "ev0"), 3);
	assert_int_equal(events(), 3);
}

#define ON_BOTH(test)                                                                              \
	{ #test " sim", test, open_sim, close_world, NULL },                                       \
	{                                                                                          \
#test " lmdb", test, open_lmdb, close_world, NULL                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_fences),
		ON_BOTH(test_closed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
