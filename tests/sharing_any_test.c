/* tests/sharing_any_test.c - whatever the rule and whoever carried: to the yen, within bounds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/apportion.h"
#include "fares/money.h"
#include "fares/sharing.h"

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void draw_step(struct rule_step *step, bool last)
{
	static const uint8_t kinds[] = { STEP_COMMISSION, STEP_COUNCIL_FEE, STEP_PAYMENT_FEE,
					 STEP_FIXED_PER_BOARDING, STEP_FIXED_PER_LEG };

	*step = (struct rule_step){ .kind = last ? STEP_SPLIT : kinds[draw(5)],
				    .base = (uint8_t)draw(2),
				    .by = (uint8_t)draw(8) };
	if (last)
		return;
	if (step->kind == STEP_FIXED_PER_BOARDING || step->kind == STEP_FIXED_PER_LEG) {
		step->amount_yen = 1 + draw(2000);
		return;
	}
	step->basis_points = (uint16_t)draw(2500);
	step->rounding = (uint8_t)draw(3);
}

static void draw_rule(struct rule *rule)
{
	struct rule_fault fault;

	do {
		*rule = (struct rule){ .step_count = (uint16_t)(1 + draw(RULE_STEP_COUNT_MAX)) };
		rule->unused_to = (uint8_t)draw(3);
		for (uint16_t i = 0; i < rule->step_count; i++)
			draw_step(&rule->steps[i], i + 1 == rule->step_count);
		rule->pooling = (uint8_t)draw(2);
		rule->shares[0].weight = FIXED_SHARE_SUM; /* Tests give the parties theirs. */
		rule->share_count = draw(2) == 0;
	} while (!rule_check(rule, &fault));
}

static void draw_parties(struct ride_weight *parties, size_t count, bool bounded)
{
	for (size_t i = 0; i < count; i++) {
		yen minimum = bounded && draw(4) == 0 ? (yen)draw(20000) : 0;

		parties[i] = (struct ride_weight){
			.boardings = draw(4),
			.riders = draw(9),
			.deemed_fare_yen = draw(2) * draw(5000),
			.distance_m = draw(100000),
			.declared = draw(1000),
			.legs = draw(2),
			.share_weight = draw(3) * draw(10000),
			.minimum_yen = minimum,
			.cap_yen = bounded && draw(4) == 0 ? minimum + 1 + draw(20000) : 0,
		};
	}
}

/* The one division that keeps its bounds: for some common factor, each free share is its weight
 * times that, within a yen; who is lifted would have less, who is capped more. */
static void assert_bounded(const struct sharing *s, const struct ride_weight *parties, size_t count)
{
	double low = 0, high = 1e18;
	yen minimums = 0, split = 0;

	for (size_t i = 0; i < count; i++) {
		minimums += parties[i].minimum_yen;
		split += s->share_yen[i] - s->fixed_yen[i];
	}
	if (minimums >= split + s->unused_yen)
		return; /* There the minimums divide it. */
	for (size_t i = 0; i < count; i++) {
		yen part = s->share_yen[i] - s->fixed_yen[i];
		double weight = (double)s->weight[i];

		assert_true(part >= parties[i].minimum_yen);
		assert_true(parties[i].cap_yen == 0 || part <= parties[i].cap_yen);
		if (weight == 0)
			continue;
		if (s->bound[i] != BOUND_MINIMUM && ((double)part - 1) / weight > low)
			low = ((double)part - 1) / weight;
		if (s->bound[i] != BOUND_CAP && ((double)part + 1) / weight < high)
			high = ((double)part + 1) / weight;
	}
	assert_true(low <= high);
}

static yen assert_sums(const struct sharing *s, yen whole, size_t count)
{
	yen shares = 0;

	assert_true(s->commission_yen >= 0 && s->council_fee_yen >= 0 && s->unused_yen >= 0 &&
		    s->payment_fee_yen >= 0 && s->pool_yen >= 0);
	for (size_t i = 0; i < count; i++) {
		assert_true(s->fixed_yen[i] >= 0 && s->share_yen[i] >= s->fixed_yen[i]);
		shares += s->share_yen[i];
	}
	assert_int_equal(shares + s->commission_yen + s->council_fee_yen + s->payment_fee_yen +
			     s->unused_yen + s->pool_yen,
			 whole);
	return shares;
}

/* Every rule, any weights, up to the largest: the sums are right, nothing is below zero, bounds
 * hold, and where there are none the split is apportion's. */
static void whatever_the_rule_the_sums_are_right(void **state)
{
	static struct ride_weight parties[SHARING_WEIGHT_COUNT_MAX];
	static yen shares[SHARING_WEIGHT_COUNT_MAX];
	static struct sharing sharing;
	static struct rule rule;

	(void)state;
	seed = 42;
	for (int round = 0; round < 4000; round++) {
		size_t count = draw(round % 2 == 0 ? SHARING_WEIGHT_COUNT_MAX + 1 : 6);
		yen earned = round == 0 ? YEN_MAX : (yen)draw(1000000), split = 0;
		bool bounded = draw(2) == 0;

		draw_rule(&rule);
		draw_parties(parties, count, bounded);
		sharing_divide(&sharing, &rule, earned, parties, count);
		(void)assert_sums(&sharing, earned, count);
		if (sharing.pool_yen > 0)
			sharing_divide_pool(&sharing, &rule, earned, parties, count);
		(void)assert_sums(&sharing, earned, count);
		if (sharing.weight_sum == 0)
			continue;
		assert_bounded(&sharing, parties, count);
		for (size_t i = 0; i < count; i++)
			split += sharing.share_yen[i] - sharing.fixed_yen[i];
		if (bounded)
			continue;
		assert_int_equal(sharing.unused_yen, 0);
		apportion(shares, NULL, split, sharing.weight, count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(shares[i], sharing.share_yen[i] - sharing.fixed_yen[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_the_rule_the_sums_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
