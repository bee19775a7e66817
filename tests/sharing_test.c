/* tests/sharing_test.c - rules in series, to the yen. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "fares/apportion.h"
#include "fares/money.h"
#include "fares/sharing.h"

#define COMMISSION(of, bp) { STEP_COMMISSION, of, 0, bp }
#define FEE(of, bp)	   { STEP_COUNCIL_FEE, of, 0, bp }
#define SPLIT(way)	   { STEP_SPLIT, BASE_LEFT, way, 0 }

static const struct rule plain = { .steps = { SPLIT(BY_BOARDINGS) }, .step_count = 1 };
static const struct rule usual = {
	.steps = { COMMISSION(BASE_EARNED, 500), FEE(BASE_LEFT, 300), SPLIT(BY_DEEMED_FARE) },
	.step_count = 3,
};
static const struct rule of_earned = {
	.steps = { COMMISSION(BASE_EARNED, 333), FEE(BASE_EARNED, 333), SPLIT(BY_RIDERS) },
	.step_count = 3,
};
static const struct rule all_gone = {
	.steps = { COMMISSION(BASE_EARNED, 10000), FEE(BASE_LEFT, 10000), SPLIT(BY_BOARDINGS) },
	.step_count = 3,
};

static void each_sum_is_as_worked_out(void **state)
{
	static const struct {
		const struct rule *rule;
		yen earned;
		size_t count;
		struct ride_weight rides[3]; /* boardings, riders, deemed fare */
		yen commission, fee, unused, shares[3];
		uint8_t by;
	} rows[] = {
		/* Boardings 2 : 1 of 1000. */
		{ &plain, 1000, 2, { { 2, 4, 0 }, { 1, 2, 0 } }, 0, 0, 0, { 667, 333 },
		  BY_BOARDINGS },
		/* 5 % of 10000; 3 % of 9500; 9215 by 210 : 640 : 150. */
		{ &usual, 10000, 3, { { 1, 1, 210 }, { 1, 1, 640 }, { 3, 3, 150 } }, 500, 285, 0,
		  { 1935, 5898, 1382 }, BY_DEEMED_FARE },
		/* 5 % of 999 is 49.95, 3 % of 950 is 28.5: both rounded down. */
		{ &usual, 999, 1, { { 1, 1, 1 } }, 49, 28, 0, { 922 }, BY_DEEMED_FARE },
		/* No deemed fare at all: boardings speak. */
		{ &usual, 10000, 2, { { 1, 9, 0 }, { 3, 1, 0 } }, 500, 285, 0, { 2304, 6911 },
		  BY_BOARDINGS },
		/* One deemed fare is enough: the other operator gets nothing. */
		{ &usual, 10000, 2, { { 1, 1, 0 }, { 1, 1, 1 } }, 500, 285, 0, { 0, 9215 },
		  BY_DEEMED_FARE },
		/* Nobody carried: the rest is unused. */
		{ &usual, 10000, 0, { { 0, 0, 0 } }, 500, 285, 9215, { 0 }, BY_BOARDINGS },
		/* Somebody let out, nobody in: no boardings either. */
		{ &plain, 1000, 1, { { 0, 0, 0 } }, 0, 0, 1000, { 0 }, BY_BOARDINGS },
		/* Both of what was earned: 333 each, not 333 and 321. */
		{ &of_earned, 10000, 2, { { 1, 2, 0 }, { 1, 1, 0 } }, 333, 333, 0, { 6223, 3111 },
		  BY_RIDERS },
		{ &all_gone, 500, 1, { { 1, 1, 1 } }, 500, 0, 0, { 0 }, BY_BOARDINGS },
		{ &usual, 0, 2, { { 1, 1, 5 }, { 1, 1, 5 } }, 0, 0, 0, { 0, 0 }, BY_DEEMED_FARE },
		{ &usual, 1, 2, { { 1, 1, 5 }, { 1, 1, 5 } }, 0, 0, 0, { 1, 0 }, BY_DEEMED_FARE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sharing sharing;

		sharing_divide(&sharing, rows[i].rule, rows[i].earned, rows[i].rides,
			       rows[i].count);
		if (sharing.commission_yen != rows[i].commission ||
		    sharing.council_fee_yen != rows[i].fee ||
		    sharing.unused_yen != rows[i].unused || sharing.by != rows[i].by)
			fail_msg("row %zu: %lld %lld %lld by %u", i,
				 (long long)sharing.commission_yen,
				 (long long)sharing.council_fee_yen, (long long)sharing.unused_yen,
				 sharing.by);
		for (size_t k = 0; k < rows[i].count; k++)
			if (sharing.share_yen[k] != rows[i].shares[k])
				fail_msg("row %zu, share %zu: %lld", i, k,
					 (long long)sharing.share_yen[k]);
	}
}

static void a_share_says_why(void **state)
{
	static const struct ride_weight rides[] = { { 1, 1, 2 }, { 1, 1, 2 }, { 1, 1, 3 } };
	struct sharing sharing;

	(void)state;
	sharing_divide(&sharing, &usual, 109, rides, 3); /* 5, 3; 101 by 2 : 2 : 3 */
	assert_int_equal(sharing.split_step, 2);
	assert_int_equal(sharing.weight_sum, 7);
	assert_int_equal(sharing.weight[2], 3);
	assert_int_equal(sharing.share_yen[0], 29); /* 28 6/7 */
	assert_int_equal(sharing.share_yen[1], 29);
	assert_int_equal(sharing.share_yen[2], 43); /* 43 2/7 */
	assert_int_equal(sharing.rank[0], 1);
	assert_int_equal(sharing.rank[1], 2);
	assert_int_equal(sharing.rank[2], 0);
}

static void a_rule_that_contradicts_itself_is_refused(void **state)
{
	static const struct {
		struct rule rule;
		bool good;
	} rows[] = {
		{ { .steps = { SPLIT(BY_RIDERS) }, .step_count = 1 }, true },
		{ { .step_count = 0 }, false },
		{ { .steps = { FEE(BASE_EARNED, 100) }, .step_count = 1 }, false },
		{ { .steps = { SPLIT(0), FEE(BASE_EARNED, 1) }, .step_count = 2 }, false },
		{ { .steps = { SPLIT(0), SPLIT(0) }, .step_count = 2 }, false },
		{ { .steps = { { STEP_SPLIT, BASE_LEFT, 0, 1 } }, .step_count = 1 }, false },
		{ { .steps = { FEE(BASE_EARNED, 10001), SPLIT(0) }, .step_count = 2 }, false },
		{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_EARNED, 4001), SPLIT(0) },
		    .step_count = 3 }, false },
		{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_EARNED, 4000), SPLIT(0) },
		    .step_count = 3 }, true },
		{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_LEFT, 10000), SPLIT(0) },
		    .step_count = 3 }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct product_fault fault = { NULL, NULL };

		if (rule_check(&rows[i].rule, &fault) != rows[i].good)
			fail_msg("row %zu: %s", i, fault.what == NULL ? "accepted" : fault.what);
	}
}

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void draw_rule(struct rule *rule)
{
	struct product_fault fault;

	do {
		*rule = (struct rule){ .step_count = (uint16_t)(1 + draw(RULE_STEP_COUNT_MAX)) };
		for (uint16_t i = 0; i < rule->step_count; i++)
			rule->steps[i] = (struct rule_step){
				i + 1 == rule->step_count ? STEP_SPLIT : (uint8_t)draw(2),
				(uint8_t)draw(2), (uint8_t)draw(3),
				i + 1 == rule->step_count ? 0 : (uint16_t)draw(2500),
			};
	} while (!rule_check(rule, &fault));
}

/* Every rule, any weights, up to the largest: the sums are right, nothing is below zero, and the
 * split is apportion's. */
static void whatever_the_rule_the_sums_are_right(void **state)
{
	static struct ride_weight rides[SHARING_WEIGHT_COUNT_MAX];
	static yen shares[SHARING_WEIGHT_COUNT_MAX];
	static struct sharing sharing;

	(void)state;
	seed = 42;
	for (int round = 0; round < 2000; round++) {
		size_t count = draw(SHARING_WEIGHT_COUNT_MAX + 1);
		yen earned = round == 0 ? YEN_MAX : (yen)draw(1000000), sum = 0;
		struct rule rule;

		draw_rule(&rule);
		for (size_t i = 0; i < count; i++)
			rides[i] = (struct ride_weight){ draw(4), draw(9), draw(2) * draw(5000) };
		sharing_divide(&sharing, &rule, earned, rides, count);
		assert_true(sharing.commission_yen >= 0 && sharing.council_fee_yen >= 0 &&
			    sharing.unused_yen >= 0);
		for (size_t i = 0; i < count; i++) {
			assert_true(sharing.share_yen[i] >= 0);
			sum += sharing.share_yen[i];
		}
		assert_int_equal(sum + sharing.commission_yen + sharing.council_fee_yen +
					 sharing.unused_yen,
				 earned);
		assert_true(sharing.unused_yen == 0 || sum == 0);
		if (sharing.weight_sum == 0)
			continue;
		apportion(shares, NULL, sum, sharing.weight, count);
		assert_memory_equal(shares, sharing.share_yen, count * sizeof(yen));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sum_is_as_worked_out),
		cmocka_unit_test(a_share_says_why),
		cmocka_unit_test(a_rule_that_contradicts_itself_is_refused),
		cmocka_unit_test(whatever_the_rule_the_sums_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
