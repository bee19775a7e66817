/* tests/sharing_rule_test.c - what a rule may say, from when, and of whom. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fares/money.h"
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
#define SHARES(...)                                                                                \
	.shares = { __VA_ARGS__ }, .share_count = COUNT_OF(((struct rule_share[]){ __VA_ARGS__ }))
#define ONE(way) .steps = { SPLIT(way) }, .step_count = 1

static const struct {
	struct rule rule;
	const char *place; /* NULL: it is good. */
} faulty[] = {
	{ { ONE(BY_RIDERS) }, NULL },
	{ { .step_count = 0 }, "/steps" },
	{ { .steps = { FEE(BASE_EARNED, 100) }, .step_count = 1 }, "/steps" },
	{ { .steps = { SPLIT(0), FEE(BASE_EARNED, 1) }, .step_count = 2 }, "/steps" },
	{ { .steps = { SPLIT(0), SPLIT(0) }, .step_count = 2 }, "/steps/0/kind" },
	{ { .steps = { { .kind = STEP_SPLIT, .basis_points = 1 } }, .step_count = 1 },
	  "/steps/0/basis_points" },
	{ { .steps = { { .kind = STEP_SPLIT, .rounding = ROUND_UP } }, .step_count = 1 },
	  "/steps/0/rounding" },
	{ { .steps = { { .kind = STEP_SPLIT, .amount_yen = 1 } }, .step_count = 1 },
	  "/steps/0/amount_yen" },
	{ { .steps = { { .kind = STEP_FIXED_PER_LEG }, SPLIT(0) }, .step_count = 2 },
	  "/steps/0/amount_yen" },
	{ { .steps = { { .kind = STEP_FIXED_PER_LEG, .amount_yen = 1, .basis_points = 1 },
		       SPLIT(0) },
	    .step_count = 2 },
	  "/steps/0/basis_points" },
	{ { .steps = { { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 1 }, SPLIT(0) },
	    .step_count = 2 },
	  NULL },
	{ { .steps = { FEE(BASE_EARNED, 10001), SPLIT(0) }, .step_count = 2 },
	  "/steps/0/basis_points" },
	{ { .steps = { FEE(BASE_EARNED, 10000), SPLIT(0) }, .step_count = 2 }, NULL },
	{ { .steps = { FEE(BASE_LEFT, 10001), SPLIT(0) }, .step_count = 2 },
	  "/steps/0/basis_points" },
	{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_EARNED, 4001), SPLIT(0) },
	    .step_count = 3 },
	  "/steps/1/basis_points" },
	{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_EARNED, 4000), SPLIT(0) },
	    .step_count = 3 },
	  NULL },
	{ { .steps = { FEE(BASE_EARNED, 6000), COMMISSION(BASE_LEFT, 10000), SPLIT(0) },
	    .step_count = 3 },
	  NULL },
	{ { ONE(BY_DECLARED_COUNTS) }, "/steps/0/by" },
	{ { ONE(BY_DECLARED_COUNTS), .pooling = POOLING_MONTH }, NULL },
	{ { ONE(BY_FIXED_SHARES) }, "/shares" },
	{ { ONE(BY_COMPONENT_VALUES), SHARES({ "a", 0, 0, 0 }) }, "/shares" },
	{ { ONE(BY_FIXED_SHARES), SHARES({ "a", 4000, 0, 0 }, { "b", 5999, 0, 0 }) }, "/shares" },
	{ { ONE(BY_FIXED_SHARES), SHARES({ "a", 4000, 0, 0 }, { "b", 6001, 0, 0 }) }, "/shares" },
	{ { ONE(BY_FIXED_SHARES), SHARES({ "a", 4000, 0, 0 }, { "b", 6000, 0, 0 }) }, NULL },
	{ { ONE(BY_FIXED_SHARES), SHARES({ "a", 4000, 0, 0 }, { "a", 6000, 0, 0 }) },
	  "/shares/1/operator_id" },
	{ { ONE(BY_PRORATE_FACTORS), SHARES({ "a", 7, 0, 0 }) }, NULL },
	{ { ONE(BY_PRORATE_FACTORS), SHARES({ "a", 1000000000, 0, 0 }) }, NULL },
	{ { ONE(BY_PRORATE_FACTORS), SHARES({ "a", 1000000001, 0, 0 }) }, "/shares/0/weight" },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 1, 0, 0 }) }, "/shares/0/weight" },
	{ { ONE(BY_BOARDINGS), .unused_to = UNUSED_TO_OPERATORS, SHARES({ "a", 1, 0, 0 }) }, NULL },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, 5, 5 }, { "b", 0, 6, 5 }) },
	  "/shares/1/minimum_yen" },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, -1, 0 }) }, "/shares/0/minimum_yen" },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, 0, -1 }) }, "/shares/0/cap_yen" },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, YEN_MAX + 1, 0 }) }, "/shares/0/minimum_yen" },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, YEN_MAX, YEN_MAX }) }, NULL },
	{ { ONE(BY_BOARDINGS), SHARES({ "a", 0, 0, YEN_MAX + 1 }) }, "/shares/0/cap_yen" },
	{ { ONE(BY_BOARDINGS), .valid_until = 5 }, "/valid_until" },
	{ { ONE(BY_BOARDINGS), .valid_from = 6, .valid_until = 5 }, "/valid_until" },
	{ { ONE(BY_BOARDINGS), .valid_from = 5, .valid_until = 5 }, NULL },
};

static void a_rule_that_contradicts_itself_is_refused_with_its_place(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		struct rule_fault fault = { .what = NULL };
		bool good = rule_check(&faulty[i].rule, &fault);

		if (good != (faulty[i].place == NULL) ||
		    (!good && strcmp(fault.pointer, faulty[i].place) != 0))
			fail_msg("row %zu: %s %s", i, good ? "accepted" : fault.pointer,
				 good ? "" : fault.what);
	}
}

static void a_place_may_have_three_digits(void **state)
{
	struct rule rule = { ONE(BY_BOARDINGS), .share_count = RULE_SHARE_COUNT_MAX };
	struct rule_fault fault;

	(void)state;
	for (int i = 0; i < RULE_SHARE_COUNT_MAX; i++)
		(void)snprintf(rule.shares[i].operator_id, ID_SIZE, "op-%d", 999 - i);
	assert_true(rule_check(&rule, &fault));
	rule.shares[107].weight = 1;
	assert_false(rule_check(&rule, &fault));
	assert_string_equal(fault.pointer, "/shares/107/weight");
	rule.shares[100].weight = 1;
	assert_false(rule_check(&rule, &fault));
	assert_string_equal(fault.pointer, "/shares/100/weight");
	rule.shares[42].weight = 1;
	rule.shares[10].weight = 1;
	assert_false(rule_check(&rule, &fault));
	assert_string_equal(fault.pointer, "/shares/10/weight");
	rule.shares[10].weight = 0;
	assert_false(rule_check(&rule, &fault));
	assert_string_equal(fault.pointer, "/shares/42/weight");
	rule_order(&rule);
	for (int i = 1; i < RULE_SHARE_COUNT_MAX; i++)
		assert_true(strcmp(rule.shares[i - 1].operator_id, rule.shares[i].operator_id) < 0);
	assert_int_equal(rule.shares[RULE_SHARE_COUNT_MAX - 1 - 42].weight, 1);
}

/* ---- Series. ---- */

static void no_two_versions_claim_one_day(void **state)
{
	static const struct {
		day_t from, until;
		bool good;
	} rows[] = {
		{ 100, 199, true },  { 200, 0, true },   { 199, 300, false }, { 200, 210, false },
		{ 300, 399, true },  { 50, 100, false }, { 50, 99, true },    { 350, 500, false },
		{ 399, 0, false },   { 400, 0, true },   { 100, 100, false }, { 10, 0, true },
		{ 150, 160, false },
	};
	static const struct {
		day_t day;
		uint16_t pinned, version;
	} days[] = {
		{ 9, 1, 1 },   { 10, 1, 12 },  { 49, 1, 12 },  { 50, 1, 7 },    { 99, 1, 7 },
		{ 100, 5, 1 }, { 199, 5, 1 },  { 200, 5, 2 },  { 299, 5, 2 },   { 300, 1, 5 },
		{ 399, 1, 5 }, { 400, 1, 10 }, { 900, 1, 10 }, { 300, 99, 99 }, /* Not of the
										   series: pinned is
										   pinned. */
	};
	struct rule_head head = { .version = 0 };

	(void)state;
	for (uint16_t i = 0; i < COUNT_OF(rows); i++) {
		struct rule rule = { .version = (uint16_t)(i + 1),
				     .valid_from = rows[i].from,
				     .valid_until = rows[i].until };

		if (rule_span_add(&head, &rule) != rows[i].good)
			fail_msg("row %u", i);
	}
	for (size_t i = 0; i < COUNT_OF(days); i++)
		if (rule_version_on(&head, days[i].pinned, days[i].day) != days[i].version)
			fail_msg("day %d: %u", (int)days[i].day,
				 rule_version_on(&head, days[i].pinned, days[i].day));
}

static void a_series_is_full_one_day(void **state)
{
	static struct rule_head head;
	struct rule rule = { .version = 1 };

	(void)state;
	for (rule.valid_from = 1; rule.valid_from <= RULE_SPAN_COUNT_MAX; rule.valid_from++)
		assert_true(rule_span_add(&head, &rule));
	assert_false(rule_span_add(&head, &rule));
}

/* A day between two versions is nobody's: what the product pinned holds. */
static void a_gap_falls_to_what_was_pinned(void **state)
{
	struct rule_head head = { .span_count = 2, .spans = { { 1, 10, 19 }, { 2, 30, 39 } } };

	(void)state;
	assert_int_equal(rule_version_on(&head, 2, 25), 2);
	assert_int_equal(rule_version_on(&head, 1, 25), 1);
	assert_int_equal(rule_version_on(&head, 1, 45), 1);
}

/* ---- Parties. ---- */

static bool rail_is_gone(void *to, const char *operator_id)
{
	return *(bool *)to && strcmp(operator_id, "rail") == 0;
}

static void assert_parties(const struct parties *parties, const char *names)
{
	char all[256] = "";

	for (uint16_t i = 0; i < parties->count; i++) {
		strcat(all, i == 0 ? "" : " ");
		strcat(all, parties->list[i].operator_id);
	}
	assert_string_equal(all, names);
}

static void those_named_take_part_without_having_carried(void **state)
{
	static const struct product product = { .operators = { { "bus" }, { "ferry" }, { "rail" } },
						.operator_count = 3 };
	struct rule rule = { ONE(BY_FIXED_SHARES),
			     SHARES({ "bus", 6000, 0, 0 }, { "inn", 1000, 9, 0 },
				    { "rail", 3000, 7, 8 }) };
	struct parties parties = { .count = 0 };
	bool gone = false;

	(void)state;
	parties_at(&parties, "ferry")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus ferry inn rail");
	assert_int_equal(parties.list[3].did.share_weight, 3000);
	assert_int_equal(parties.list[3].did.minimum_yen, 7);
	assert_int_equal(parties.list[3].did.cap_yen, 8);
	assert_int_equal(parties.list[1].did.share_weight, 0);
	gone = true;
	parties = (struct parties){ .count = 0 };
	parties_at(&parties, "bus")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus inn");
	/* It carried before it left: its fixed share of this ticket stands, a guarantee does not.
	 */
	parties = (struct parties){ .count = 0 };
	parties_at(&parties, "rail")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_int_equal(parties_at(&parties, "rail")->did.share_weight, 3000);
	assert_int_equal(parties_at(&parties, "rail")->did.minimum_yen, 0);
}

static void others_take_part_only_if_they_carried(void **state)
{
	static const struct product product = { .operators = { { "bus" }, { "ferry" }, { "rail" } },
						.operator_count = 3 };
	struct rule rule = { ONE(BY_COMPONENT_VALUES),
			     SHARES({ "bus", 6000, 0, 0 }, { "inn", 1000, 1, 0 }) };
	struct parties parties = { .count = 0 };
	bool gone = true;

	(void)state;
	parties_at(&parties, "bus")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus");
	rule.pooling = POOLING_MONTH; /* A month's guarantee is for all. */
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus inn");
	rule = (struct rule){ ONE(BY_BOARDINGS), .unused_to = UNUSED_TO_OPERATORS };
	parties = (struct parties){ .count = 0 };
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus ferry");
	rule.shares[0] = (struct rule_share){ .operator_id = "ferry", .weight = 1 };
	rule.share_count = 1;
	parties = (struct parties){ .count = 0 };
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "ferry");
}

/* What was used is divided among those who carried it, whoever might have had what nobody used. */
static void what_was_used_is_for_those_who_carried(void **state)
{
	static const struct product product = { .operators = { { "bus" }, { "ferry" } },
						.operator_count = 2 };
	struct rule rule = { ONE(BY_BOARDINGS), .unused_to = UNUSED_TO_OPERATORS,
			     SHARES({ "ferry", 3, 0, 0 }, { "inn", 0, 0, 0 }) };
	struct parties parties = { .count = 0 };
	bool gone = false;

	(void)state;
	parties_at(&parties, "bus")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus");
	rule.share_count = 0;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus");
	parties = (struct parties){ .count = 0 };
	rule.unused_to = UNUSED_TO_COUNCIL;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "");
}

/* Of no weight, without a guarantee, or with a count of its own alone: none of these carried. */
static void those_of_no_weight_stay_out(void **state)
{
	static const struct product product = { .operators = { { "bus" } }, .operator_count = 1 };
	struct rule rule = { ONE(BY_FIXED_SHARES), .pooling = POOLING_MONTH,
			     .unused_to = UNUSED_TO_OPERATORS,
			     SHARES({ "inn", 0, 0, 9 }, { "spa", 10000, 0, 0 }) };
	struct parties parties = { .count = 0 };
	bool gone = false;

	(void)state;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "spa");
	parties = (struct parties){ .count = 0 };
	rule = (struct rule){ ONE(BY_DECLARED_COUNTS), .unused_to = UNUSED_TO_OPERATORS,
			      SHARES({ "spa", 1, 0, 0 }) };
	parties_at(&parties, "bus")->did.declared = 4;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "bus spa");
}

static void there_is_room_for_the_product_first(void **state)
{
	static struct product product = { .operator_count = PRODUCT_OPERATOR_COUNT_MAX - 1 };
	static struct parties parties;
	static const struct rule rule = { ONE(BY_FIXED_SHARES),
					  SHARES({ "a", 5000, 0, 0 }, { "b", 5000, 0, 0 }) };
	bool gone = false;

	(void)state;
	for (int i = 0; i < product.operator_count; i++)
		(void)snprintf(product.operators[i].operator_id, ID_SIZE, "op-%d", i);
	parties_at(&parties, "op-5")->did.legs = 1;
	parties_add_shares(&parties, &rule, &product, rail_is_gone, &gone);
	assert_parties(&parties, "a op-5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_that_contradicts_itself_is_refused_with_its_place),
		cmocka_unit_test(a_place_may_have_three_digits),
		cmocka_unit_test(no_two_versions_claim_one_day),
		cmocka_unit_test(a_series_is_full_one_day),
		cmocka_unit_test(a_gap_falls_to_what_was_pinned),
		cmocka_unit_test(those_named_take_part_without_having_carried),
		cmocka_unit_test(others_take_part_only_if_they_carried),
		cmocka_unit_test(what_was_used_is_for_those_who_carried),
		cmocka_unit_test(those_of_no_weight_stay_out),
		cmocka_unit_test(there_is_room_for_the_product_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
