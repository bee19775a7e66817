/* fares/sharing_rule.c - what a sharing rule may say, and from when to when. Without it a rule
 * could give away more than was earned, and two versions could claim one day. Pure.
 */
#include "fares/sharing.h"

#include "fares/money.h"

/* "/steps/3/by": a place in a list, or in none (`index` < 0), and a member or NULL. */
static bool fault(struct rule_fault *out, const char *list, int index, const char *member,
		  const char *what)
{
	char *to = out->pointer;

	*out = (struct rule_fault){ .what = what };
	mem_copy(to, list, text_size(list));
	to += text_size(list);
	if (index >= 0) {
		*to++ = '/';
		if (index >= 100)
			*to++ = (char)('0' + index / 100);
		if (index >= 10)
			*to++ = (char)('0' + index / 10 % 10);
		*to++ = (char)('0' + index % 10);
	}
	if (member != NULL) {
		*to++ = '/';
		mem_copy(to, member, text_size(member));
	}
	return false;
}

static bool is_fixed(uint8_t kind)
{
	return kind == STEP_FIXED_PER_BOARDING || kind == STEP_FIXED_PER_LEG;
}

static bool takes_share(uint8_t by)
{
	return by == BY_FIXED_SHARES || by == BY_COMPONENT_VALUES || by == BY_PRORATE_FACTORS;
}

static bool check_split(const struct rule *rule, int i, struct rule_fault *out)
{
	const struct rule_step *step = &rule->steps[i];

	if (i + 1 != rule->step_count)
		return fault(out, "/steps", i, "kind", "only the last step is a split");
	if (step->basis_points != 0)
		return fault(out, "/steps", i, "basis_points",
			     "a split has no basis points: it divides what is left");
	if (step->rounding != ROUND_DOWN)
		return fault(out, "/steps", i, "rounding",
			     "a split rounds down and gives the rest by largest remainder");
	if (step->by == BY_DECLARED_COUNTS && rule->pooling != POOLING_MONTH)
		return fault(out, "/steps", i, "by",
			     "counts are declared for a month: pool by month");
	return true;
}

static bool check_step(const struct rule *rule, int i, struct rule_fault *out)
{
	const struct rule_step *step = &rule->steps[i];

	if (is_fixed(step->kind) != (step->amount_yen != 0))
		return fault(out, "/steps", i, "amount_yen",
			     "fixed amounts, and only these, have an amount");
	if (step->kind == STEP_SPLIT)
		return check_split(rule, i, out);
	if (is_fixed(step->kind) && step->basis_points != 0)
		return fault(out, "/steps", i, "basis_points", "a fixed amount has none");
	if (step->basis_points > BASIS_POINTS)
		return fault(out, "/steps", i, "basis_points", "at most 10000 basis points");
	return true;
}

static bool check_steps(const struct rule *rule, struct rule_fault *out)
{
	uint32_t of_earned = 0;

	if (rule->step_count == 0 || rule->steps[rule->step_count - 1].kind != STEP_SPLIT)
		return fault(out, "/steps", -1, NULL,
			     "the last step is a split among the operators");
	for (int i = 0; i < rule->step_count; i++) {
		const struct rule_step *step = &rule->steps[i];

		if (!check_step(rule, i, out))
			return false;
		if (step->base == BASE_EARNED)
			of_earned += step->basis_points;
		if (of_earned > BASIS_POINTS)
			return fault(out, "/steps", i, "basis_points",
				     "the steps so far give away more than was earned");
	}
	return true;
}

static bool check_share(const struct rule *rule, int i, bool weighted, struct rule_fault *out)
{
	const struct rule_share *share = &rule->shares[i];

	for (int k = 0; k < i; k++)
		if (text_equal(rule->shares[k].operator_id, share->operator_id))
			return fault(out, "/shares", i, "operator_id", "named twice");
	if (!weighted && share->weight != 0)
		return fault(out, "/shares", i, "weight",
			     "the split does not go by the rule's shares");
	if (share->weight > SHARE_WEIGHT_MAX)
		return fault(out, "/shares", i, "weight", "at most 1000000000");
	if (share->minimum_yen < 0 || share->minimum_yen > YEN_MAX)
		return fault(out, "/shares", i, "minimum_yen", "from nothing to a trillion");
	if (share->cap_yen < 0 || share->cap_yen > YEN_MAX)
		return fault(out, "/shares", i, "cap_yen", "from nothing to a trillion");
	if (share->cap_yen != 0 && share->minimum_yen > share->cap_yen)
		return fault(out, "/shares", i, "minimum_yen", "more than its cap");
	return true;
}

static bool check_shares(const struct rule *rule, struct rule_fault *out)
{
	uint8_t by = rule->steps[rule->step_count - 1].by;
	bool weighted = takes_share(by) || rule->unused_to == UNUSED_TO_OPERATORS;
	uint64_t sum = 0;

	for (int i = 0; i < rule->share_count; i++) {
		if (!check_share(rule, i, weighted, out))
			return false;
		sum += rule->shares[i].weight;
	}
	if (takes_share(by) && sum == 0)
		return fault(out, "/shares", -1, NULL, "the split goes by these; all are zero");
	if (by == BY_FIXED_SHARES && sum != FIXED_SHARE_SUM)
		return fault(out, "/shares", -1, NULL,
			     "fixed shares are basis points and sum to 10000");
	return true;
}

static bool check_rest(const struct rule *rule, struct rule_fault *out)
{
	if (rule->valid_until != 0 && rule->valid_from == 0)
		return fault(out, "/valid_until", -1, NULL, "it ends without having begun");
	if (rule->valid_until != 0 && rule->valid_until < rule->valid_from)
		return fault(out, "/valid_until", -1, NULL, "it ends before it begins");
	return true;
}

bool rule_check(const struct rule *rule, struct rule_fault *out)
{
	return check_steps(rule, out) && check_shares(rule, out) && check_rest(rule, out);
}

void rule_order(struct rule *rule)
{
	for (uint16_t i = 1; i < rule->share_count; i++) {
		struct rule_share moved = rule->shares[i];
		uint16_t at = i;

		while (at > 0 && slice_compare(slice_text(rule->shares[at - 1].operator_id),
					       slice_text(moved.operator_id)) > 0) {
			rule->shares[at] = rule->shares[at - 1];
			at--;
		}
		rule->shares[at] = moved;
	}
}

/* ---- A series of dated versions. ---- */

static bool collides(const struct rule_span *earlier, const struct rule_span *later)
{
	return earlier->from == later->from ||
	       (earlier->until != 0 && earlier->until >= later->from);
}

bool rule_span_add(struct rule_head *head, const struct rule *rule)
{
	struct rule_span span = { rule->version, rule->valid_from, rule->valid_until };
	uint16_t at = 0;

	MUST(span.from != 0);
	while (at < head->span_count && head->spans[at].from < span.from)
		at++;
	if (head->span_count == RULE_SPAN_COUNT_MAX ||
	    (at > 0 && collides(&head->spans[at - 1], &span)) ||
	    (at < head->span_count && collides(&span, &head->spans[at])))
		return false;
	for (uint16_t i = head->span_count; i > at; i--)
		head->spans[i] = head->spans[i - 1];
	head->spans[at] = span;
	head->span_count++;
	return true;
}

uint16_t rule_version_on(const struct rule_head *head, uint16_t pinned, day_t day)
{
	uint16_t found = pinned;
	bool dated = false;

	for (uint16_t i = 0; i < head->span_count; i++) {
		const struct rule_span *span = &head->spans[i];
		bool ends = i + 1 < head->span_count && day >= head->spans[i + 1].from;

		dated = dated || span->version == pinned;
		if (day >= span->from && !ends && (span->until == 0 || day <= span->until))
			found = span->version;
	}
	return dated ? found : pinned;
}
