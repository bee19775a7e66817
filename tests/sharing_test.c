/* tests/sharing_test.c - rules in series, to the yen. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/sharing.h"

#define COMMISSION(of, bp)                                                                         \
	{                                                                                          \
		.kind = STEP_COMMISSION, .base = of, .basis_points = bp                            \
	}
#define FEE(of, bp)                                                                                \
	{                                                                                          \
		.kind = STEP_COUNCIL_FEE, .base = of, .basis_points = bp                           \
	}
#define SPLIT(way)                                                                                 \
	{                                                                                          \
		.kind = STEP_SPLIT, .base = BASE_LEFT, .by = way                                   \
	}
#define RIDES(b, r, d)                                                                             \
	{                                                                                          \
		.boardings = b, .riders = r, .deemed_fare_yen = d                                  \
	}

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

static const struct {
	const struct rule *rule;
	yen earned;
	size_t count;
	struct ride_weight rides[3]; /* boardings, riders, deemed fare */
	yen commission, fee, unused, shares[3];
	uint8_t by;
} sums[] = {
	/* Boardings 2 : 1 of 1000. */
	{ &plain,
	  1000,
	  2,
	  { RIDES(2, 4, 0), RIDES(1, 2, 0) },
	  0,
	  0,
	  0,
	  { 667, 333 },
	  BY_BOARDINGS },
	/* 5 % of 10000; 3 % of 9500; 9215 by 210 : 640 : 150. */
	{ &usual,
	  10000,
	  3,
	  { RIDES(1, 1, 210), RIDES(1, 1, 640), RIDES(3, 3, 150) },
	  500,
	  285,
	  0,
	  { 1935, 5898, 1382 },
	  BY_DEEMED_FARE },
	/* 5 % of 999 is 49.95, 3 % of 950 is 28.5: both rounded down. */
	{ &usual, 999, 1, { RIDES(1, 1, 1) }, 49, 28, 0, { 922 }, BY_DEEMED_FARE },
	/* No deemed fare at all: boardings speak. */
	{ &usual,
	  10000,
	  2,
	  { RIDES(1, 9, 0), RIDES(3, 1, 0) },
	  500,
	  285,
	  0,
	  { 2304, 6911 },
	  BY_BOARDINGS },
	/* One deemed fare is enough: the other operator gets nothing. */
	{ &usual,
	  10000,
	  2,
	  { RIDES(1, 1, 0), RIDES(1, 1, 1) },
	  500,
	  285,
	  0,
	  { 0, 9215 },
	  BY_DEEMED_FARE },
	/* Nobody carried: the rest is unused. */
	{ &usual, 10000, 0, { RIDES(0, 0, 0) }, 500, 285, 9215, { 0 }, BY_BOARDINGS },
	/* Somebody let out, nobody in: no boardings either. */
	{ &plain, 1000, 1, { RIDES(0, 0, 0) }, 0, 0, 1000, { 0 }, BY_BOARDINGS },
	/* Both of what was earned: 333 each, not 333 and 321. */
	{ &of_earned,
	  10000,
	  2,
	  { RIDES(1, 2, 0), RIDES(1, 1, 0) },
	  333,
	  333,
	  0,
	  { 6223, 3111 },
	  BY_RIDERS },
	{ &all_gone, 500, 1, { RIDES(1, 1, 1) }, 500, 0, 0, { 0 }, BY_BOARDINGS },
	{ &usual, 0, 2, { RIDES(1, 1, 5), RIDES(1, 1, 5) }, 0, 0, 0, { 0, 0 }, BY_DEEMED_FARE },
	{ &usual, 1, 2, { RIDES(1, 1, 5), RIDES(1, 1, 5) }, 0, 0, 0, { 1, 0 }, BY_DEEMED_FARE },
};

static void each_sum_is_as_worked_out(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sums); i++) {
		struct sharing sharing;

		sharing_divide(&sharing, sums[i].rule, sums[i].earned, sums[i].rides,
			       sums[i].count);
		if (sharing.commission_yen != sums[i].commission ||
		    sharing.council_fee_yen != sums[i].fee ||
		    sharing.unused_yen != sums[i].unused || sharing.by != sums[i].by)
			fail_msg("row %zu: %lld %lld %lld by %u", i,
				 (long long)sharing.commission_yen,
				 (long long)sharing.council_fee_yen, (long long)sharing.unused_yen,
				 sharing.by);
		for (size_t k = 0; k < sums[i].count; k++)
			if (sharing.share_yen[k] != sums[i].shares[k])
				fail_msg("row %zu, share %zu: %lld", i, k,
					 (long long)sharing.share_yen[k]);
	}
}

static void a_share_says_why(void **state)
{
	static const struct ride_weight rides[] = { RIDES(1, 1, 2), RIDES(1, 1, 2),
						    RIDES(1, 1, 3) };
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

/* ---- Steps, one by one. ---- */

static const struct ride_weight three[] = {
	{ .boardings = 2,
	  .riders = 4,
	  .deemed_fare_yen = 300,
	  .distance_m = 1000,
	  .declared = 7,
	  .legs = 1,
	  .share_weight = 5000 },
	{ .boardings = 1,
	  .riders = 6,
	  .deemed_fare_yen = 100,
	  .distance_m = 5000,
	  .declared = 1,
	  .legs = 1,
	  .share_weight = 3000 },
	{ .boardings = 3,
	  .riders = 3,
	  .deemed_fare_yen = 600,
	  .distance_m = 4000,
	  .declared = 2,
	  .legs = 1,
	  .share_weight = 2000 },
};

static void each_way_to_split_has_its_weights(void **state)
{
	static const struct {
		uint8_t by;
		yen shares[3];
	} rows[] = {
		/* Of 1000. */
		{ BY_BOARDINGS, { 333, 167, 500 } },
		{ BY_RIDERS, { 308, 461, 231 } }, /* 4 6 3 of 13: 307.69 461.54 230.77 */
		{ BY_DEEMED_FARE, { 300, 100, 600 } },
		{ BY_DISTANCE, { 100, 500, 400 } },
		{ BY_DECLARED_COUNTS, { 700, 100, 200 } },
		{ BY_FIXED_SHARES, { 500, 300, 200 } },
		{ BY_COMPONENT_VALUES, { 500, 300, 200 } },
		{ BY_PRORATE_FACTORS, { 526, 158, 316 } }, /* 10000 3000 6000 of 19000 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rule rule = { .steps = { SPLIT(rows[i].by) }, .step_count = 1 };
		struct sharing sharing;

		sharing_divide(&sharing, &rule, 1000, three, 3);
		assert_int_equal(sharing.by, rows[i].by);
		for (size_t k = 0; k < 3; k++)
			if (sharing.share_yen[k] != rows[i].shares[k])
				fail_msg("row %zu, share %zu: %lld", i, k,
					 (long long)sharing.share_yen[k]);
	}
}

static void a_component_counts_once_a_ticket_and_a_factor_each_boarding(void **state)
{
	static const struct ride_weight month[] = {
		{ .boardings = 9, .legs = 2, .share_weight = 100 },
		{ .boardings = 1, .legs = 1, .share_weight = 200 },
		{ .share_weight = 700 }, /* It carried nobody. */
	};
	struct rule rule = { .steps = { SPLIT(BY_COMPONENT_VALUES) }, .step_count = 1 };
	struct sharing sharing;

	(void)state;
	sharing_divide_pool(&sharing, &rule, 1000, month, 3);
	assert_int_equal(sharing.share_yen[0], 500);
	assert_int_equal(sharing.share_yen[1], 500);
	assert_int_equal(sharing.share_yen[2], 0);
	rule.steps[0].by = BY_PRORATE_FACTORS;
	sharing_divide_pool(&sharing, &rule, 1100, month, 3);
	assert_int_equal(sharing.share_yen[0], 900);
	assert_int_equal(sharing.share_yen[1], 200);
	assert_int_equal(sharing.share_yen[2], 0);
}

static const struct {
	struct rule_step step;
	yen earned, commission, payment, fee, fixed[3];
} steps[] = {
	{ { .kind = STEP_COMMISSION, .basis_points = 333 }, 1000, 33, 0, 0, { 0 } },
	{ { .kind = STEP_PAYMENT_FEE, .basis_points = 333, .rounding = ROUND_UP },
	  1000,
	  0,
	  34,
	  0,
	  { 0 } },
	{ { .kind = STEP_COUNCIL_FEE, .basis_points = 335, .rounding = ROUND_HALF_UP },
	  1000,
	  0,
	  0,
	  34,
	  { 0 } }, /* 33.5 */
	{ { .kind = STEP_COUNCIL_FEE, .basis_points = 334, .rounding = ROUND_HALF_UP },
	  1000,
	  0,
	  0,
	  33,
	  { 0 } },
	{ { .kind = STEP_COUNCIL_FEE, .basis_points = 330, .rounding = ROUND_UP },
	  1000,
	  0,
	  0,
	  33,
	  { 0 } }, /* Nothing to round. */
	{ { .kind = STEP_COMMISSION, .basis_points = 1, .rounding = ROUND_UP }, 1, 1, 0, 0, { 0 } },
	{ { .kind = STEP_COMMISSION, .basis_points = 1, .rounding = ROUND_UP }, 0, 0, 0, 0, { 0 } },
	{ { .kind = STEP_COMMISSION, .basis_points = 9999 }, 1, 0, 0, 0, { 0 } },
	{ { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 50 }, 1000, 0, 0, 0, { 100, 50, 150 } },
	{ { .kind = STEP_FIXED_PER_LEG, .amount_yen = 50 }, 1000, 0, 0, 0, { 50, 50, 50 } },
	{ { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 50 },
	  300,
	  0,
	  0,
	  0,
	  { 100, 50, 150 } }, /* Just enough. */
	/* One yen too few: 299 by 100 : 50 : 150, 99.67 49.83 149.5. */
	{ { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 50 }, 299, 0, 0, 0, { 100, 50, 149 } },
	{ { .kind = STEP_FIXED_PER_LEG, .amount_yen = 50 }, 2, 0, 0, 0, { 1, 1, 0 } },
};

static void what_comes_before_the_split(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct rule rule = { .steps = { steps[i].step, SPLIT(BY_BOARDINGS) },
				     .step_count = 2 };
		struct sharing s;

		sharing_divide(&s, &rule, steps[i].earned, three, 3);
		if (s.commission_yen != steps[i].commission ||
		    s.payment_fee_yen != steps[i].payment || s.council_fee_yen != steps[i].fee)
			fail_msg("row %zu: %lld %lld %lld", i, (long long)s.commission_yen,
				 (long long)s.payment_fee_yen, (long long)s.council_fee_yen);
		for (size_t k = 0; k < 3; k++) {
			if (s.fixed_yen[k] != steps[i].fixed[k])
				fail_msg("row %zu, fixed %zu: %lld", i, k,
					 (long long)s.fixed_yen[k]);
			assert_true(s.share_yen[k] >= s.fixed_yen[k]);
		}
	}
}

static void steps_stand_in_series(void **state)
{
	static const struct rule rule = {
		.steps = { { .kind = STEP_PAYMENT_FEE, .basis_points = 300, .rounding = ROUND_UP },
			   { .kind = STEP_COMMISSION, .base = BASE_LEFT, .basis_points = 500 },
			   { .kind = STEP_FIXED_PER_LEG, .amount_yen = 100 },
			   { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 10 },
			   { .kind = STEP_COMMISSION, .base = BASE_LEFT, .basis_points = 1000 },
			   { .kind = STEP_COUNCIL_FEE, .base = BASE_EARNED, .basis_points = 200 },
			   SPLIT(BY_BOARDINGS) },
		.step_count = 7,
	};
	struct sharing s;

	(void)state;
	sharing_divide(&s, &rule, 1999, three, 3);
	assert_int_equal(s.payment_fee_yen, 60);      /* 59.97 */
	assert_int_equal(s.commission_yen, 96 + 148); /* 1939: 96.95; 1483: 148.3 */
	assert_int_equal(s.council_fee_yen, 39);      /* 39.98 */
	assert_int_equal(s.fixed_yen[0], 120);
	assert_int_equal(s.share_yen[0], 120 + 432); /* 1296 by 2 : 1 : 3 */
	assert_int_equal(s.share_yen[1], 110 + 216);
	assert_int_equal(s.share_yen[2], 130 + 648);
	assert_int_equal(s.split_step, 6);
}

static void a_later_step_never_takes_more_than_is_left(void **state)
{
	static const struct rule rule = {
		.steps = { { .kind = STEP_FIXED_PER_LEG, .amount_yen = 100 },
			   COMMISSION(BASE_EARNED, 9000),
			   FEE(BASE_EARNED, 1000),
			   SPLIT(0) },
		.step_count = 4,
	};
	struct sharing s;

	(void)state;
	sharing_divide(&s, &rule, 1000, three, 3);
	assert_int_equal(s.commission_yen, 700);
	assert_int_equal(s.council_fee_yen, 0);
}

/* ---- Bounds. ---- */

static const struct {
	yen sum;
	size_t count;
	struct {
		uint64_t weight;
		yen minimum, cap;
	} of[4];
	yen shares[4], unused;
	uint8_t bounds[4];
} bounded[] = {
	{ 1000, 2, { { 1, 0, 0 }, { 1, 0, 0 } }, { 500, 500 }, 0, { 0, 0 } },
	/* The first is lifted, the others divide the rest. */
	{ 1000,
	  3,
	  { { 1, 400, 0 }, { 2, 0, 0 }, { 2, 0, 0 } },
	  { 400, 300, 300 },
	  0,
	  { BOUND_MINIMUM, 0, 0 } },
	/* One of no weight at all is lifted too. */
	{ 1000, 2, { { 0, 100, 0 }, { 1, 0, 0 } }, { 100, 900 }, 0, { BOUND_MINIMUM, 0 } },
	{ 1000,
	  3,
	  { { 8, 0, 500 }, { 1, 0, 0 }, { 1, 0, 0 } },
	  { 500, 250, 250 },
	  0,
	  { BOUND_CAP, 0, 0 } },
	/* What all caps leave is nobody's. */
	{ 1000, 2, { { 1, 0, 300 }, { 1, 0, 400 } }, { 300, 400 }, 300, { BOUND_CAP, BOUND_CAP } },
	/* The residue of the first cap breaks the second. */
	{ 1000,
	  3,
	  { { 8, 0, 500 }, { 1, 0, 200 }, { 1, 0, 0 } },
	  { 500, 200, 300 },
	  0,
	  { BOUND_CAP, BOUND_CAP, 0 } },
	/* Lifting weighs more: 600 + 300 + 100 by 6 : 3 : 1, the last at least 200, the
	 * first at most 590. The last first; then 800 by 6 : 3 lies below the cap. */
	{ 1000,
	  3,
	  { { 6, 0, 590 }, { 3, 0, 0 }, { 1, 200, 0 } },
	  { 533, 267, 200 },
	  0,
	  { 0, 0, BOUND_MINIMUM } },
	/* Capping weighs more: the last would have been lifted to 150, and is above it
	   after. */
	{ 1000,
	  3,
	  { { 6, 0, 300 }, { 3, 0, 0 }, { 1, 150, 0 } },
	  { 300, 525, 175 },
	  0,
	  { BOUND_CAP, 0, 0 } },
	/* Both weigh the same: both are settled, and what lies between stays. */
	{ 1000,
	  3,
	  { { 6, 0, 550 }, { 3, 0, 0 }, { 1, 150, 0 } },
	  { 550, 300, 150 },
	  0,
	  { BOUND_CAP, 0, BOUND_MINIMUM } },
	/* Cutting weighs a yen more. */
	{ 1000,
	  3,
	  { { 6, 0, 550 }, { 3, 0, 0 }, { 1, 149, 0 } },
	  { 550, 301, 149 },
	  0,
	  { BOUND_CAP, 0, BOUND_MINIMUM } },
	/* Not enough for all minimums: these divide it. */
	{ 1000,
	  3,
	  { { 1, 900, 0 }, { 8, 600, 0 }, { 1, 0, 0 } },
	  { 600, 400, 0 },
	  0,
	  { BOUND_MINIMUM, BOUND_MINIMUM, 0 } },
	{ 100,
	  3,
	  { { 1, 50, 0 }, { 1, 50, 0 }, { 1, 50, 0 } },
	  { 34, 33, 33 },
	  0,
	  { BOUND_MINIMUM, BOUND_MINIMUM, BOUND_MINIMUM } },
	{ 1000,
	  2,
	  { { 1, 400, 0 }, { 9, 600, 0 } },
	  { 400, 600 },
	  0,
	  { BOUND_MINIMUM, BOUND_MINIMUM } },
	/* Exactly at a bound is no bound. */
	{ 1000, 2, { { 1, 500, 500 }, { 1, 0, 500 } }, { 500, 500 }, 0, { 0, 0 } },
	{ 0, 2, { { 1, 10, 0 }, { 1, 0, 0 } }, { 0, 0 }, 0, { BOUND_MINIMUM, 0 } },
	{ 1000,
	  4,
	  { { 5, 0, 100 }, { 3, 0, 0 }, { 1, 250, 0 }, { 1, 0, 0 } },
	  { 100, 488, 250, 162 },
	  0,
	  { BOUND_CAP, 0, BOUND_MINIMUM, 0 } },
};

static void shares_keep_their_bounds(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bounded); i++) {
		static const struct rule rule = { .steps = { SPLIT(BY_RIDERS) }, .step_count = 1 };
		struct ride_weight parties[4] = { { 0 } };
		struct sharing s;

		for (size_t k = 0; k < bounded[i].count; k++) {
			parties[k].riders = bounded[i].of[k].weight;
			parties[k].minimum_yen = bounded[i].of[k].minimum;
			parties[k].cap_yen = bounded[i].of[k].cap;
		}
		sharing_divide(&s, &rule, bounded[i].sum, parties, bounded[i].count);
		if (s.unused_yen != bounded[i].unused)
			fail_msg("row %zu: unused %lld", i, (long long)s.unused_yen);
		for (size_t k = 0; k < bounded[i].count; k++)
			if (s.share_yen[k] != bounded[i].shares[k] ||
			    s.bound[k] != bounded[i].bounds[k])
				fail_msg("row %zu, share %zu: %lld, bound %u", i, k,
					 (long long)s.share_yen[k], s.bound[k]);
	}
}

/* That of docs/sharing-rules.md. */
static void the_worked_example_is_right(void **state)
{
	static const struct rule rule = {
		.steps = { COMMISSION(BASE_EARNED, 500),
			   FEE(BASE_LEFT, 300),
			   { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 50 },
			   SPLIT(BY_DEEMED_FARE) },
		.step_count = 4,
	};
	static const struct ride_weight parties[] = {
		{ .boardings = 2, .deemed_fare_yen = 420, .legs = 1 },
		{ .boardings = 1, .deemed_fare_yen = 100, .legs = 1, .minimum_yen = 300 },
		{ .boardings = 1, .deemed_fare_yen = 1480, .legs = 1, .cap_yen = 6000 },
	};
	struct sharing s;

	(void)state;
	sharing_divide(&s, &rule, 10000, parties, 3);
	assert_int_equal(s.commission_yen, 500);
	assert_int_equal(s.council_fee_yen, 285);
	assert_int_equal(s.share_yen[0], 2535);
	assert_int_equal(s.share_yen[1], 630);
	assert_int_equal(s.share_yen[2], 6050);
	assert_int_equal(s.rank[1], 1);
	assert_int_equal(s.bound[2], BOUND_CAP);
}

/* ---- What nobody used; pools. ---- */

static void what_nobody_used_goes_where_the_rule_says(void **state)
{
	static const struct ride_weight shares[] = { { .share_weight = 3 }, { .share_weight = 1 } };
	static const struct ride_weight none[] = { { .legs = 0 }, { .legs = 0 }, { .legs = 0 } };
	struct rule rule = { .steps = { SPLIT(BY_BOARDINGS) }, .step_count = 1 };
	struct sharing s;

	(void)state;
	sharing_divide(&s, &rule, 1000, shares, 2);
	assert_int_equal(s.unused_yen, 1000);
	rule.unused_to = UNUSED_TO_OPERATORS;
	sharing_divide(&s, &rule, 1000, shares, 2);
	assert_int_equal(s.share_yen[0], 750);
	assert_int_equal(s.share_yen[1], 250);
	assert_int_equal(s.by, BY_FIXED_SHARES);
	sharing_divide(&s, &rule, 1000, none, 3);
	assert_int_equal(s.share_yen[0], 334);
	assert_int_equal(s.share_yen[2], 333);
	assert_int_equal(s.weight_sum, 3);
	sharing_divide(&s, &rule, 1000, NULL, 0);
	assert_int_equal(s.unused_yen, 1000);
	/* Whoever was let out alone has used it. */
	sharing_divide(&s, &rule, 1000, &(struct ride_weight){ .distance_m = 1 }, 1);
	assert_int_equal(s.unused_yen, 1000); /* But by boardings there is nothing to divide. */
	assert_int_equal(s.weight_sum, 0);
}

static void a_month_is_pooled_before_it_is_split(void **state)
{
	static const struct rule rule = {
		.steps = { COMMISSION(BASE_EARNED, 500),
			   { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 10 },
			   SPLIT(BY_DEEMED_FARE) },
		.step_count = 3,
		.pooling = POOLING_MONTH,
	};
	struct rule to_operators = rule;
	struct sharing s;

	(void)state;
	sharing_divide(&s, &rule, 1000, three, 3);
	assert_int_equal(s.commission_yen, 50);
	assert_int_equal(s.share_yen[2], 30);
	assert_int_equal(s.pool_yen, 890);
	assert_int_equal(s.split_step, 2);
	assert_int_equal(s.weight_sum, 0);
	sharing_divide(&s, &rule, 1000, NULL, 0);
	assert_int_equal(s.pool_yen, 0);
	assert_int_equal(s.unused_yen, 950);
	to_operators.unused_to = UNUSED_TO_OPERATORS;
	sharing_divide(&s, &to_operators, 1000, NULL, 0);
	assert_int_equal(s.pool_yen, 950);
	sharing_divide_pool(&s, &rule, 890, three, 3);
	assert_int_equal(s.share_yen[0], 267);
	assert_int_equal(s.share_yen[1], 89);
	assert_int_equal(s.share_yen[2], 534);
	assert_int_equal(s.commission_yen + s.pool_yen + s.unused_yen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sum_is_as_worked_out),
		cmocka_unit_test(a_share_says_why),
		cmocka_unit_test(each_way_to_split_has_its_weights),
		cmocka_unit_test(a_component_counts_once_a_ticket_and_a_factor_each_boarding),
		cmocka_unit_test(what_comes_before_the_split),
		cmocka_unit_test(steps_stand_in_series),
		cmocka_unit_test(a_later_step_never_takes_more_than_is_left),
		cmocka_unit_test(shares_keep_their_bounds),
		cmocka_unit_test(the_worked_example_is_right),
		cmocka_unit_test(what_nobody_used_goes_where_the_rule_says),
		cmocka_unit_test(a_month_is_pooled_before_it_is_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
