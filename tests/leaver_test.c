/* tests/leaver_test.c - who left, and what is sold no more for it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "fares/leaver.h"
#include "operators/registry.h"

static void a_product_is_sold_until_one_of_its_operators_leaves(void **state)
{
	static const struct product product = { .operators = { { "bus" }, { "rail" } },
						.operator_count = 2 };
	static struct leavers leavers;

	(void)state;
	assert_null(leavers_of(&leavers, &product, 100));
	assert_true(leavers_set(&leavers, "ferry", 50)); /* Not of this product. */
	assert_true(leavers_set(&leavers, "rail", 60));
	assert_null(leavers_of(&leavers, &product, 59));
	assert_string_equal(leavers_of(&leavers, &product, 60), "rail");
	assert_true(leavers_set(&leavers, "rail", 70)); /* Later after all. */
	assert_int_equal(leavers.count, 2);
	assert_null(leavers_of(&leavers, &product, 69));
	assert_true(leavers_set(&leavers, "ferry", 0)); /* Stays after all. */
	assert_true(leavers_set(&leavers, "nobody", 0));
	assert_int_equal(leavers.count, 1);
	assert_string_equal(leavers_of(&leavers, &product, 70), "rail");
}

static void there_is_room_for_so_many(void **state)
{
	static struct leavers leavers;
	char name[ID_SIZE];

	(void)state;
	for (int i = 0; i < LEAVER_COUNT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "op-%d", i);
		assert_true(leavers_set(&leavers, name, 5));
	}
	assert_false(leavers_set(&leavers, "one-more", 5));
	assert_true(leavers_set(&leavers, "op-0", 6));
	assert_true(leavers_set(&leavers, "op-0", 0));
	assert_true(leavers_set(&leavers, "one-more", 5));
}

static void who_left_carries_until_its_run_off(void **state)
{
	static const struct {
		day_t left, run_off, day;
		bool over;
	} rows[] = {
		{ 0, 0, 100, false },  { 50, 0, 100, false }, { 50, 60, 60, false },
		{ 50, 60, 61, true }, { 50, 60, 49, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct operator operator = { .left = rows[i].left, .run_off = rows[i].run_off };

		assert_int_equal(operator_ran_off(&operator, rows[i].day), rows[i].over);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_product_is_sold_until_one_of_its_operators_leaves),
		cmocka_unit_test(there_is_room_for_so_many),
		cmocka_unit_test(who_left_carries_until_its_run_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
