/* fares/sharing_shape.c - sharing rules on the wire and in the store; their JSON Schema in
 * /openapi.json comes from here. Without it a rule could not be read by those it divides.
 */
#include "core/shape.h"
#include "fares/money.h"
#include "fares/sharing.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const char *const step_names[] = { "commission",  "council_fee",        "split",
					  "payment_fee", "fixed_per_boarding", "fixed_per_leg",
					  NULL };
static const char *const base_names[] = { "earned", "left", NULL };
static const char *const rounding_names[] = { "down", "up", "half_up", NULL };
static const char *const unused_names[] = { "council", "partner", "operators", NULL };
static const char *const pooling_names[] = { "ticket", "month", NULL };

static const struct shape_field step_fields[] = {
	F_ENUM(struct rule_step, kind, 1, REQ, step_names, "what the step gives, and to whom"),
	F_ENUM(struct rule_step, base, 2, 0, base_names,
	       "of what was earned, or of what the steps before left"),
	F_ENUM(struct rule_step, by, 3, 0, step_by_names, "a split's weights"),
	F_INT(struct rule_step, basis_points, 4, 0, 0, BASIS_POINTS, "of 10,000"),
	F_ENUM(struct rule_step, rounding, 5, 0, rounding_names, "of a commission or a fee"),
	F_INT(struct rule_step, amount_yen, 6, 0, 0, PRICE_YEN_MAX, "a fixed amount, each time"),
	F_END,
};
static const struct shape step_shape = { "RuleStep", sizeof(struct rule_step), step_fields };

static const struct shape_field share_fields[] = {
	F_SUBJECT(struct rule_share, operator_id, 1, REQ, "whose"),
	F_INT(struct rule_share, weight, 2, 0, 0, SHARE_WEIGHT_MAX,
	      "a fixed share in basis points, a component's value or a prorate factor"),
	F_INT(struct rule_share, minimum_yen, 3, 0, 0, YEN_MAX,
	      "the split gives it no less, a ticket or a month's pool; 0: none"),
	F_INT(struct rule_share, cap_yen, 4, 0, 0, YEN_MAX, "and no more; 0: none"),
	F_END,
};
static const struct shape share_shape = { "RuleShare", sizeof(struct rule_share), share_fields };

static const struct shape_field rule_fields[] = {
	F_SUBJECT(struct rule, rule_id, 1, REQ, "its id"),
	F_INT(struct rule, version, 2, ANS, 0, 65535, "a published version never changes"),
	F_DATE(struct rule, valid_from, 6, 0, "the first day of a dated version"),
	F_DATE(struct rule, valid_until, 7, 0, "its last day; none: until the next begins"),
	F_ENUM(struct rule, pooling, 8, 0, pooling_names,
	       "split ticket by ticket, or what all tickets of a month left together"),
	F_LIST(struct rule, steps, 3, REQ, &step_shape, step_count,
	       "in series; the last is a split"),
	F_LIST(struct rule, shares, 9, 0, &share_shape, share_count, "what it says of operators"),
	F_ENUM(struct rule, unused_to, 4, REQ, unused_names,
	       "who gets what no ride earned, and what caps leave over"),
	F_TIME(struct rule, published_at, 5, ANS, "when"),
	F_END,
};
const struct shape rule_shape = { "SharingRule", sizeof(struct rule), rule_fields };

static const struct shape_field span_fields[] = {
	F_INT(struct rule_span, version, 1, REQ, 0, 65535, ""),
	F_DATE(struct rule_span, from, 2, REQ, ""),
	F_DATE(struct rule_span, until, 3, 0, ""),
	F_END,
};
static const struct shape span_shape = { "RuleSpan", sizeof(struct rule_span), span_fields };

static const struct shape_field rule_head_fields[] = {
	F_SUBJECT(struct rule_head, rule_id, 1, REQ, ""),
	F_INT(struct rule_head, version, 2, REQ, 0, 65535, ""),
	F_LIST(struct rule_head, spans, 3, 0, &span_shape, span_count, ""),
	F_END,
};
const struct shape rule_head_shape = { "SharingRuleHead", sizeof(struct rule_head),
				       rule_head_fields };
