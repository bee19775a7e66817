/* fares/sharing.c - a rule's steps in series. Without it who gets which yen would be argued anew
 * each month. Pure.
 */
#include "fares/sharing.h"

#include "fares/apportion.h"
#include "fares/money.h"

const char *const step_by_names[] = { "boardings",        "riders",          "deemed_fare",
				      "distance",         "declared_counts", "fixed_shares",
				      "component_values", "prorate_factors", NULL };

static uint64_t weight_of(const struct ride_weight *did, uint8_t by)
{
	switch ((enum step_by)by) {
	case BY_BOARDINGS:
		return did->boardings;
	case BY_RIDERS:
		return did->riders;
	case BY_DEEMED_FARE:
		return did->deemed_fare_yen;
	case BY_DISTANCE:
		return did->distance_m;
	case BY_DECLARED_COUNTS:
		return did->declared;
	case BY_FIXED_SHARES:
		return did->share_weight;
	case BY_COMPONENT_VALUES:
		return did->share_weight * did->legs;
	case BY_PRORATE_FACTORS:
		return did->share_weight * did->boardings;
	}
	MUST(false);
	return 0;
}

static bool has_carried(const struct ride_weight *did)
{
	return did->boardings > 0 || did->riders > 0 || did->deemed_fare_yen > 0 ||
	       did->distance_m > 0;
}

static bool anybody_carried(const struct ride_weight *parties, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_carried(&parties[i]))
			return true;
	return false;
}

/* What the split goes by: weights that are all nothing say nothing, so boardings speak instead. */
static uint8_t split_by(const struct rule_step *step, const struct ride_weight *parties,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (weight_of(&parties[i], step->by) > 0)
			return step->by;
	return BY_BOARDINGS;
}

static void weigh(struct sharing *out, const struct ride_weight *parties, size_t count)
{
	out->weight_sum = 0;
	for (size_t i = 0; i < count; i++) {
		out->weight[i] = weight_of(&parties[i], out->by);
		out->weight_sum += out->weight[i];
	}
}

/* A ticket that nobody used, given to operators all the same: by the rule's shares, else to each
 * alike. */
static void weigh_unused(struct sharing *out, const struct ride_weight *parties, size_t count)
{
	out->by = BY_FIXED_SHARES;
	weigh(out, parties, count);
	if (out->weight_sum > 0)
		return;
	for (size_t i = 0; i < count; i++)
		out->weight[i] = 1;
	out->weight_sum = count;
}

/* ---- A split within bounds. ---- */

struct bounded { /* Under way: who is free still divides what is left. */
	const struct ride_weight *parties;
	size_t count;
	bool settled[SHARING_WEIGHT_COUNT_MAX];
	uint64_t weight[SHARING_WEIGHT_COUNT_MAX]; /* Of the free; zero of others. */
	yen part_yen[SHARING_WEIGHT_COUNT_MAX], left_yen;
};

static yen clamp(yen part, const struct ride_weight *party, uint8_t *bound)
{
	*bound = BOUND_NONE;
	if (part < party->minimum_yen) {
		*bound = BOUND_MINIMUM;
		return party->minimum_yen;
	}
	if (party->cap_yen != 0 && part > party->cap_yen) {
		*bound = BOUND_CAP;
		return party->cap_yen;
	}
	return part;
}

/* What is left, by weight, among the free; nothing where they have none. */
static void divide_free(struct bounded *b, uint16_t *rank)
{
	yen part[SHARING_WEIGHT_COUNT_MAX] = { 0 };
	uint64_t sum = 0;

	for (size_t i = 0; i < b->count; i++) {
		b->weight[i] = b->settled[i] ? 0 : b->weight[i];
		sum += b->weight[i];
		rank[i] = 0;
	}
	if (sum > 0)
		apportion(part, rank, b->left_yen, b->weight, b->count);
	for (size_t i = 0; i < b->count; i++)
		if (!b->settled[i])
			b->part_yen[i] = part[i];
}

/* What all bounds together ask for beyond what there is (above zero), or leave over (below). */
static yen violation(const struct bounded *b)
{
	yen sum = 0;
	uint8_t bound;

	for (size_t i = 0; i < b->count; i++)
		if (!b->settled[i])
			sum += clamp(b->part_yen[i], &b->parties[i], &bound) - b->part_yen[i];
	return sum;
}

/* Those whose part breaks the bound that weighs more get that bound, and are free no more; all of
 * them where the two kinds weigh the same. False: nobody broke any. */
static bool settle(struct bounded *b, uint8_t *bounds, yen violated)
{
	bool any = false;

	for (size_t i = 0; i < b->count; i++) {
		uint8_t bound;
		yen part = clamp(b->part_yen[i], &b->parties[i], &bound);

		if (b->settled[i] || bound == BOUND_NONE || (violated > 0 && bound == BOUND_CAP) ||
		    (violated < 0 && bound == BOUND_MINIMUM))
			continue;
		b->settled[i] = any = true;
		b->part_yen[i] = part;
		b->left_yen -= part;
		bounds[i] = bound;
	}
	return any;
}

/* Not enough for all minimums: they share what there is by these. False: enough. */
static bool minimums_take_all(struct sharing *out, struct bounded *b)
{
	uint64_t minimums[SHARING_WEIGHT_COUNT_MAX] = { 0 };
	yen sum = 0;

	for (size_t i = 0; i < b->count; i++) {
		minimums[i] = (uint64_t)b->parties[i].minimum_yen;
		sum += b->parties[i].minimum_yen;
	}
	if (sum == 0 || sum < b->left_yen)
		return false;
	apportion(b->part_yen, out->rank, b->left_yen, minimums, b->count);
	for (size_t i = 0; i < b->count; i++)
		out->bound[i] = minimums[i] > 0 ? BOUND_MINIMUM : BOUND_NONE;
	b->left_yen = 0;
	return true;
}

/* By weight within bounds; what all caps together leave over is nobody's. Each round settles at
 * least one, so there are no more rounds than parties, and one. */
static void split_bounded(struct sharing *out, yen sum_yen, const struct ride_weight *parties,
			  size_t count)
{
	struct bounded b = { .parties = parties, .count = count, .left_yen = sum_yen };
	yen violated;

	mem_copy(b.weight, out->weight, sizeof(b.weight));
	if (!minimums_take_all(out, &b)) {
		do {
			divide_free(&b, out->rank);
			violated = violation(&b);
		} while (settle(&b, out->bound, violated) && violated != 0);
		for (size_t i = 0; i < count; i++)
			b.left_yen -= b.settled[i] ? 0 : b.part_yen[i];
	}
	for (size_t i = 0; i < count; i++)
		out->share_yen[i] += b.part_yen[i];
	MUST(b.left_yen >= 0);
	out->unused_yen += b.left_yen;
}

static void split(struct sharing *out, const struct rule *rule, size_t at, yen left_yen,
		  const struct ride_weight *parties, size_t count)
{
	const struct rule_step *step = &rule->steps[at];
	bool used = anybody_carried(parties, count);

	out->split_step = (uint8_t)at;
	out->by = split_by(step, parties, count);
	if (used)
		weigh(out, parties, count);
	else if (rule->unused_to == UNUSED_TO_OPERATORS)
		weigh_unused(out, parties, count);
	if (out->weight_sum == 0)
		out->unused_yen += left_yen;
	else
		split_bounded(out, left_yen, parties, count);
}

/* ---- The steps before it. ---- */

static yen rounded_part(yen base_yen, const struct rule_step *step)
{
	yen exact = base_yen * step->basis_points, more = 0;

	MUST(base_yen >= 0 && base_yen <= YEN_MAX);
	if (step->rounding == ROUND_UP)
		more = BASIS_POINTS - 1;
	else if (step->rounding == ROUND_HALF_UP)
		more = BASIS_POINTS / 2;
	return (exact + more) / BASIS_POINTS;
}

/* The amount to each for each, or, where that is more than is left, all that is left by it. */
static yen give_fixed(struct sharing *out, const struct rule_step *step, yen left_yen,
		      const struct ride_weight *parties, size_t count)
{
	uint64_t asked[SHARING_WEIGHT_COUNT_MAX] = { 0 }, sum = 0;
	yen part[SHARING_WEIGHT_COUNT_MAX] = { 0 }, given = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t times =
		    step->kind == STEP_FIXED_PER_LEG ? parties[i].legs : parties[i].boardings;

		asked[i] = (uint64_t)step->amount_yen * times;
		sum += asked[i];
		part[i] = (yen)asked[i];
	}
	if (sum > (uint64_t)left_yen)
		apportion(part, NULL, left_yen, asked, count);
	for (size_t i = 0; i < count; i++) {
		out->fixed_yen[i] += part[i];
		out->share_yen[i] += part[i];
		given += part[i];
	}
	return given;
}

static yen give(struct sharing *out, const struct rule_step *step, yen earned_yen, yen left_yen,
		const struct ride_weight *parties, size_t count)
{
	yen part;

	if (step->kind == STEP_FIXED_PER_BOARDING || step->kind == STEP_FIXED_PER_LEG)
		return give_fixed(out, step, left_yen, parties, count);
	part = rounded_part(step->base == BASE_EARNED ? earned_yen : left_yen, step);
	part = part < left_yen ? part : left_yen;
	if (step->kind == STEP_COMMISSION)
		out->commission_yen += part;
	else if (step->kind == STEP_PAYMENT_FEE)
		out->payment_fee_yen += part;
	else
		out->council_fee_yen += part;
	return part;
}

static void check_sum(const struct sharing *s, yen whole_yen, size_t count)
{
	yen sum = s->commission_yen + s->payment_fee_yen + s->council_fee_yen + s->unused_yen +
		  s->pool_yen;

	for (size_t i = 0; i < count; i++) {
		MUST(s->share_yen[i] >= 0);
		sum += s->share_yen[i];
	}
	MUST(sum == whole_yen);
}

void sharing_divide(struct sharing *out, const struct rule *rule, yen earned_yen,
		    const struct ride_weight *parties, size_t count)
{
	yen left = earned_yen;

	MUST(count <= SHARING_WEIGHT_COUNT_MAX && earned_yen >= 0 && rule->step_count > 0);
	*out = (struct sharing){ 0 };
	for (size_t i = 0; i + 1 < rule->step_count; i++)
		left -= give(out, &rule->steps[i], earned_yen, left, parties, count);
	if (rule->pooling == POOLING_MONTH &&
	    (anybody_carried(parties, count) || rule->unused_to == UNUSED_TO_OPERATORS)) {
		out->split_step = (uint8_t)(rule->step_count - 1);
		out->by = rule->steps[out->split_step].by;
		out->pool_yen = left;
	} else {
		split(out, rule, rule->step_count - 1u, left, parties, count);
	}
	check_sum(out, earned_yen, count);
}

void sharing_divide_pool(struct sharing *out, const struct rule *rule, yen pool_yen,
			 const struct ride_weight *parties, size_t count)
{
	MUST(count <= SHARING_WEIGHT_COUNT_MAX && pool_yen >= 0 && rule->step_count > 0);
	*out = (struct sharing){ 0 };
	split(out, rule, rule->step_count - 1u, pool_yen, parties, count);
	check_sum(out, pool_yen, count);
}
