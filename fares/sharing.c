/* fares/sharing.c - a rule's steps in series. Without it who gets which yen would be argued anew
 * each month. Pure.
 */
#include "fares/sharing.h"

#include "fares/apportion.h"
#include "fares/money.h"

static bool fault(struct product_fault *out, const char *pointer, const char *what)
{
	*out = (struct product_fault){ pointer, what };
	return false;
}

bool rule_check(const struct rule *rule, struct product_fault *out)
{
	uint32_t of_earned = 0;

	if (rule->step_count == 0 || rule->steps[rule->step_count - 1].kind != STEP_SPLIT)
		return fault(out, "/steps", "the last step is a split among the operators");
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct rule_step *step = &rule->steps[i];

		if (step->kind == STEP_SPLIT && i + 1 != rule->step_count)
			return fault(out, "/steps", "only the last step is a split");
		if (step->kind == STEP_SPLIT && step->basis_points != 0)
			return fault(out, "/steps",
				     "a split has no basis points: it divides what is left");
		if (step->kind != STEP_SPLIT && step->basis_points > BASIS_POINTS)
			return fault(out, "/steps", "at most 10000 basis points");
		if (step->base == BASE_EARNED)
			of_earned += step->basis_points;
		else if (step->kind != STEP_SPLIT && of_earned > BASIS_POINTS)
			return fault(out, "/steps",
				     "more than the whole is given away before this step");
	}
	if (of_earned > BASIS_POINTS)
		return fault(out, "/steps", "the steps give away more than was earned");
	return true;
}

static uint64_t weight_of(const struct ride_weight *ride, uint8_t by)
{
	switch (by) {
	case BY_RIDERS:
		return ride->riders;
	case BY_DEEMED_FARE:
		return ride->deemed_fare_yen;
	default:
		return ride->boardings;
	}
}

/* What the split goes by: deemed fares that are all nothing say nothing, so boardings speak
 * instead. */
static uint8_t split_by(const struct rule_step *step, const struct ride_weight *rides, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (weight_of(&rides[i], step->by) > 0)
			return step->by;
	return BY_BOARDINGS;
}

static void split(struct sharing *out, const struct rule_step *step, yen left,
		  const struct ride_weight *rides, size_t count)
{
	out->by = split_by(step, rides, count);
	out->weight_sum = 0;
	for (size_t i = 0; i < count; i++) {
		out->weight[i] = weight_of(&rides[i], out->by);
		out->weight_sum += out->weight[i];
	}
	if (out->weight_sum == 0) {
		out->unused_yen = left;
		return;
	}
	apportion(out->share_yen, out->rank, left, out->weight, count);
}

void sharing_divide(struct sharing *out, const struct rule *rule, yen earned_yen,
		    const struct ride_weight *rides, size_t count)
{
	yen left = earned_yen, sum = 0;

	MUST(count <= SHARING_WEIGHT_COUNT_MAX && earned_yen >= 0);
	*out = (struct sharing){ 0 };
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct rule_step *step = &rule->steps[i];
		yen part;

		if (step->kind == STEP_SPLIT) {
			out->split_step = (uint8_t)i;
			split(out, step, left, rides, count);
			break;
		}
		part = yen_part(step->base == BASE_EARNED ? earned_yen : left, step->basis_points);
		part = part < left ? part : left;
		left -= part;
		if (step->kind == STEP_COMMISSION)
			out->commission_yen += part;
		else
			out->council_fee_yen += part;
	}
	for (size_t i = 0; i < count; i++)
		sum += out->share_yen[i];
	MUST(sum + out->commission_yen + out->council_fee_yen + out->unused_yen == earned_yen);
}
