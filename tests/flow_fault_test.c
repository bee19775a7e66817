/* tests/flow_fault_test.c - exactly once, whatever the store does: clients that send the same
 * command until it is answered, over stores that retry, lose answers, are busy and are late.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/seal.h"
#include "core/store_engine.h"
#include "tests/flow_toy.h"

enum {
	SEED_COUNT = 500,
	COMMAND_COUNT = 14,
	COUNTER_COUNT = 3,
	ROUND_COUNT_MAX = 400,
	FENCE_COUNT = 40
};

struct client { /* One command, sent by one client again and again. */
	struct asked asked;
	char key[16], counter[4];
	int by;
	bool answered;
	unsigned refusals;
	char body[64]; /* The first answer. */
};

static uint64_t draw(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return *random >> 33;
}

/* One in four times a second is closed, and the clock moved past it, while a command is being
 * decided. Whether the closing commit itself is lost does not matter. */
static struct {
	struct store_req req;
	struct store_item item;
	char key[SEAL_KEY_TEXT_SIZE];
	bool busy;
	uint64_t random;
} closing;

static void closed(struct store_req *req, enum store_status status)
{
	(void)req;
	(void)status;
	closing.busy = false;
}

static void close_second(struct toy *toy)
{
	struct clock *clock = &toy->world->clock;
	int64_t second = clock->manual_now / 1000;

	if (closing.busy || draw(&closing.random) % 4 != 0 ||
	    second - WORLD_START / 1000 >= FENCE_COUNT - 2)
		return;
	seal_open_key(closing.key, second);
	closing.item = (struct store_item){
		.key = slice_text(closing.key),
		.version = 1,
		.intent = STORE_REMOVE,
	};
	closing.req = (struct store_req){ .items = &closing.item, .item_count = 1, .done = closed };
	closing.busy = true;
	assert_true(clock_set(clock, (second + 1) * 1000));
	store_commit(toy->world->store, &closing.req);
}

static void send_open(struct world *world, struct toy *toy, const char *token,
		      struct client *clients, uint64_t *random)
{
	toy->hot = draw(random) % 3 == 0;
	toy->hot_odd = draw(random) % 2 == 0;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (clients[i].answered)
			continue;
		toy_ask(&clients[i].asked, toy, token, clients[i].counter, clients[i].by,
			clients[i].key);
		assert_true(world_begin(world, &clients[i].asked));
	}
}

static bool take_answers(struct client *clients)
{
	bool all = true;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		struct client *client = &clients[i];

		if (client->answered)
			continue;
		assert_int_equal(client->asked.answers, 1);
		client->answered = client->asked.status == 201;
		if (client->answered)
			(void)snprintf(client->body, sizeof(client->body), "%.60s",
				       client->asked.body);
		else
			assert_true(client->asked.status == 409 || client->asked.status == 503);
		client->refusals += !client->answered;
		all = all && client->answered;
	}
	return all;
}

static void check_counts(struct world *world, const struct client *clients)
{
	for (int c = 0; c < COUNTER_COUNT; c++) {
		char counter[4] = { (char)('a' + c), '\0' };
		int64_t sum = 0;

		for (size_t i = 0; i < COMMAND_COUNT; i++)
			sum += strcmp(clients[i].counter, counter) == 0 ? clients[i].by : 0;
		assert_int_equal(toy_count(world, counter), sum);
	}
	assert_int_equal(world_count(world, "ev/", "ev0"), COMMAND_COUNT);
	assert_int_equal(world_count(world, "idem/", "idem0"), COMMAND_COUNT);
}

/* All commands at once, and again what got no answer; then all once more, to hear the same. */
static unsigned run(struct world *world, uint64_t seed, const struct store_sim_faults *faults)
{
	static struct client clients[COMMAND_COUNT];
	const char *token = world_token(world, ROLE_partner, "nanoka", 0, false);
	struct toy toy = { .world = world, .at_decide = close_second };
	uint64_t random = seed;
	unsigned rounds = 0, refusals = 0;

	closing.random = seed;
	if (faults != NULL)
		store_sim_set_faults(world->store, faults);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		clients[i] = (struct client){ .by = 1 + (int)(draw(&random) % 100) };
		(void)snprintf(clients[i].key, sizeof(clients[i].key), "k%zu", i);
		clients[i].counter[0] = (char)('a' + draw(&random) % COUNTER_COUNT);
	}
	do {
		send_open(world, &toy, token, clients, &random);
		world_run(world);
		assert_true(++rounds < ROUND_COUNT_MAX);
	} while (!take_answers(clients));
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		refusals += clients[i].refusals;
		do {
			toy_ask(&clients[i].asked, &toy, token, clients[i].counter, clients[i].by,
				clients[i].key);
			world_ask(world, &clients[i].asked);
		} while (clients[i].asked.status == 503);
		assert_string_equal(clients[i].asked.body, clients[i].body);
	}
	while (closing.busy)
		loop_turn(world->loop);
	check_counts(world, clients);
	return refusals;
}

static void test_seeds(void **state)
{
	unsigned refusals = 0;

	(void)state;
	for (unsigned seed = 1; seed <= SEED_COUNT; seed++) {
		struct store_sim_faults faults = {
			.retry_per_1000 = seed * 37 % 600,
			.unknown_per_1000 = seed * 71 % 500,
			.busy_per_1000 = seed * 13 % 200,
			.delay_turns_max = 1 + seed % 7,
		};
		struct world world;

		world_open(&world, seed, 16, FENCE_COUNT);
		refusals += run(&world, seed, &faults);
		world_close(&world);
	}
	assert_true(refusals > SEED_COUNT / 10); /* The store did make trouble. */
}

static void test_lmdb(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 0, 16, FENCE_COUNT);
	(void)run(&world, 1, NULL);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_lmdb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
