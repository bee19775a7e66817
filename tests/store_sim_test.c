/* tests/store_sim_test.c - the simulator's troubles, and that it is the store otherwise. Without it
 * a test that passes on the simulator would say nothing about the disk.
 */
#include "core/store_engine.h"
#include "tests/store_help.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 150, COMMITS_A_ROUND = 12, KEY_COUNT = 12, ITEMS_MAX = 3, SEQUENCE = 200 };

static void faults(uint32_t retry, uint32_t unknown, uint32_t busy, uint32_t delay)
{
	store_sim_set_faults(help_store, &(struct store_sim_faults){ retry, unknown, busy, delay });
}

static void troubles_are_what_was_ordered(void **state)
{
	static const struct {
		uint32_t retry, unknown, busy, delay;
		const char *commit;
		enum store_status status;
		const char *stands;
	} table[] = {
		{ 0, 0, 0, 0, "w k/a@0=x", STORE_OK, "r k/a@1=x" },
		{ 1000, 0, 0, 0, "w k/a@0=x", STORE_RETRY, "r k/a@0=" },
		{ 0, 1000, 0, 0, "w k/a@0=x", STORE_RETRY, "r k/a@1=x" },
		{ 0, 1000, 0, 0, "w k/a@7=x", STORE_RETRY, "r k/a@0=" },
		{ 0, 0, 1000, 0, "w k/a@0=x", STORE_BUSY, "r k/a@0=" },
		{ 0, 0, 0, 9, "w k/a@0=x", STORE_OK, "r k/a@1=x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		help_renew(HELP_LIMIT_SIZE);
		faults(table[i].retry, table[i].unknown, table[i].busy, table[i].delay);
		assert_int_equal(help_commit(table[i].commit), table[i].status);
		help_assert_stands(table[i].stands);
	}
}

/* What a seed decides, as one letter a commit. */
static void sequence(char out[SEQUENCE + 1])
{
	help_renew(HELP_LIMIT_SIZE);
	faults(200, 100, 100, 5);
	for (int i = 0; i < SEQUENCE; i++)
		out[i] = "ORBD"[help_commit("a k/a@0=x")];
	out[SEQUENCE] = '\0';
}

static void a_seed_says_it_all(void **state)
{
	char first[SEQUENCE + 1], second[SEQUENCE + 1], other[SEQUENCE + 1];

	(void)state;
	sequence(first);
	sequence(second);
	strcpy(help_where, "sim:43");
	sequence(other);
	assert_string_equal(first, second);
	assert_string_not_equal(first, other);
	assert_non_null(strchr(first, 'O'));
	assert_non_null(strchr(first, 'R'));
	assert_non_null(strchr(first, 'B'));
}

/* Two engines are given the same commits; each answers for itself. */
struct twin {
	struct store_req req;
	struct store_item items[ITEMS_MAX];
	char keys[ITEMS_MAX][8];
	uint8_t value[2];
};

static int twins_answered;
static uint64_t random_at;

static void on_twin(struct store_req *req, enum store_status status)
{
	(void)req;
	(void)status;
	twins_answered++;
}

static uint32_t draw(uint32_t below)
{
	random_at = random_at * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_at >> 33) % below;
}

/* Versions near the present ones, so that about half of them hold. */
static void twin_make(struct twin *twin, const uint64_t versions[KEY_COUNT], uint16_t number)
{
	uint32_t key = draw(KEY_COUNT / 2), count = 0;

	for (; count < ITEMS_MAX && key < KEY_COUNT; key += 1 + draw(4), count++) {
		struct store_item *item = &twin->items[count];

		twin->value[0] = (uint8_t)(number >> 8);
		twin->value[1] = (uint8_t)number;
		snprintf(twin->keys[count], sizeof(twin->keys[0]), "%c/%02u", "km"[key / 6], key);
		*item = (struct store_item){
			.key = slice_text(twin->keys[count]),
			.value = slice_of(twin->value, draw(3)),
			.version = draw(8) == 0 ? versions[key] + 1 : versions[key],
			.intent = (enum store_intent)draw(STORE_REMOVE + 1),
		};
		if (item->intent == STORE_REMOVE && item->version == 0)
			item->intent = STORE_READ;
	}
	twin->req = (struct store_req){ .items = twin->items,
					.item_count = count,
					.done = on_twin };
}

static void twins_look(struct store *stores[2], uint64_t versions[KEY_COUNT])
{
	char keys[KEY_COUNT][8];
	struct store_item items[2][KEY_COUNT];

	arena_reset(&help_arena, 0);
	for (int s = 0; s < 2; s++) {
		struct store_req req = { .items = items[s],
					 .item_count = KEY_COUNT,
					 .arena = &help_arena };

		for (unsigned i = 0; i < KEY_COUNT; i++) {
			snprintf(keys[i], sizeof(keys[i]), "%c/%02u", "km"[i / 6], i);
			items[s][i] = (struct store_item){ .key = slice_text(keys[i]) };
		}
		assert_int_equal(store_fetch_wait(stores[s], &req), STORE_OK);
	}
	for (int i = 0; i < KEY_COUNT; i++) {
		assert_int_equal(items[0][i].version, items[1][i].version);
		assert_true(slice_equal(items[0][i].value, items[1][i].value));
		versions[i] = items[0][i].version;
	}
}

static void the_simulator_agrees_with_the_disk(void **state)
{
	static struct twin twins[2][COMMITS_A_ROUND];
	uint64_t versions[KEY_COUNT] = { 0 };
	char error[STORE_ERROR_SIZE];
	struct store *stores[2] = { help_store, NULL };
	int counts[STORE_DOWN + 1] = { 0 };

	(void)state;
	assert_true(store_open(&stores[1], help_loop, "sim:1", HELP_LIMIT_SIZE, error));
	for (int round = 0; round < ROUNDS; round++) {
		twins_answered = 0;
		for (int i = 0; i < COMMITS_A_ROUND; i++) {
			uint64_t random_before = random_at;

			for (int s = 0; s < 2; s++) {
				random_at = random_before;
				twin_make(&twins[s][i], versions,
					  (uint16_t)(round * COMMITS_A_ROUND + i));
				store_commit(stores[s], &twins[s][i].req);
			}
		}
		while (twins_answered < 2 * COMMITS_A_ROUND)
			loop_turn(help_loop);
		for (int i = 0; i < COMMITS_A_ROUND; i++) {
			assert_int_equal(twins[0][i].req.status, twins[1][i].req.status);
			counts[twins[0][i].req.status]++;
		}
		twins_look(stores, versions);
	}
	assert_true(counts[STORE_OK] > ROUNDS && counts[STORE_RETRY] > ROUNDS);
	store_close(stores[1]);
}

static int setup_sim(void **state)
{
	help_scheme = "sim";
	return help_setup(state);
}

static int setup_lmdb(void **state)
{
	help_scheme = "lmdb";
	return help_setup(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(troubles_are_what_was_ordered, setup_sim,
						help_teardown),
		cmocka_unit_test_setup_teardown(a_seed_says_it_all, setup_sim, help_teardown),
		cmocka_unit_test_setup_teardown(the_simulator_agrees_with_the_disk, setup_lmdb,
						help_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
