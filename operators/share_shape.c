/* operators/share_shape.c - explanations and what-ifs, told once. Without it answers would leak how
 * divisions are kept.
 */
#include "operators/share_op.h"

enum { REQ = SHAPE_REQUIRED };
#define F_YEN(T, m, what)    F_INT(T, m, 0, REQ, 0, JSON_INT_MAX, what)
#define F_SIGNED(T, m, what) F_INT(T, m, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX, what)
#define F_COUNT(T, m, what)  F_INT(T, m, 0, REQ, 0, JSON_INT_MAX, what)
/* A member within a member, shown as if it stood outside. */
#define F_INNER(inner, m, what) F_INNER_UP_TO(inner, m, JSON_INT_MAX, what)
#define F_INNER_UP_TO(inner, m, most, what)                                                        \
	{                                                                                          \
		.name = #m, .offset = offsetof(struct explanation, inner.m),                       \
		.size = sizeof(((struct explanation *)0)->inner.m), .type = SHAPE_INT,             \
		.flags = REQ, .min = 0, .max = most, .doc = what,                                  \
	}
#define F_ORDER(m, type_, flags_, most, what)                                                      \
	{                                                                                          \
		.name = #m, .offset = offsetof(struct what_if, order.m),                           \
		.size = sizeof(((struct what_if *)0)->order.m), .type = type_, .flags = flags_,    \
		.max = most, .doc = what,                                                          \
	}

static const char *const by_names[] = { "boardings",        "riders",          "deemed_fare",
					"distance",         "declared_counts", "fixed_shares",
					"component_values", "prorate_factors", NULL };
static const char *const bounds[] = { "none", "minimum", "cap", NULL };

static const struct shape_field other_fields[] = {
	F_COUNT(struct other_weight, weight, "another's, of weight_sum"),
	F_YEN(struct other_weight, fixed_yen, "its fixed amounts"),
	F_ENUM(struct other_weight, bound, 0, REQ, bounds, "the bound that it met"),
	F_END,
};
static const struct shape other_shape = { "OtherWeight", sizeof(struct other_weight),
					  other_fields };

static const struct shape_field explanation_fields[] = {
	F_UUID(struct explanation, ticket_id, 0, 0,
	       "for an operator, a name of its own that means nothing to others"),
	F_BOOL(struct explanation, pooled, 0, REQ, "what a month's tickets left together"),
	F_COUNT(struct explanation, tickets, "that a pool holds"),
	F_DATE(struct explanation, over, 0, 0, "the service day on which the ticket was over"),
	F_YEN(struct explanation, earned_yen, "the ticket's price, or what the pool held"),
	F_INNER(sums, commission_yen, "to the partner"),
	F_INNER(sums, payment_fee_yen, "to the partner"),
	F_INNER(sums, council_fee_yen, "to the council"),
	F_INNER(sums, unused_yen, "nobody's ride earned it, or above all caps"),
	F_INNER(sums, pool_yen, "into the month's pool"),
	F_INT(struct explanation, step, 0, REQ, 0, UINT8_MAX, "the rule's that split, from 0"),
	F_ENUM(struct explanation, by, 0, REQ, by_names, "what it split by after all"),
	F_INNER(own, boardings, "uses begun"),
	F_INNER(own, riders, "riders of all boardings"),
	F_INNER(own, deemed_fare_yen, "deemed fares of all riders"),
	F_INNER(own, distance_m, "metres of all riders"),
	F_INNER(own, weight, "of weight_sum"),
	F_COUNT(struct explanation, weight_sum, "of all weights"),
	F_INT(struct explanation, place, 0, REQ, 0, UINT16_MAX,
	      "among all, from 0: of equal remainders the lower comes first"),
	F_INNER_UP_TO(own, rank, UINT16_MAX,
		      "its place among the remainders that got a yen left over; 0: none"),
	{ .name = "bound",
	  .offset = offsetof(struct explanation, own.bound),
	  .size = sizeof(((struct explanation *)0)->own.bound),
	  .type = SHAPE_ENUM,
	  .flags = REQ,
	  .names = bounds,
	  .doc = "the bound that its part of the split met" },
	F_INNER(own, fixed_yen, "fixed amounts, within share_yen"),
	F_INNER(own, share_yen, "what it gets in all"),
	F_INNER(own, before_yen, "what earlier periods had posted: the line has the difference"),
	F_LIST(struct explanation, others, 0, 0, &other_shape, other_count,
	       "those of others, without names, in the order that breaks ties"),
	F_END,
};
const struct shape explanation_shape = { "Explanation", sizeof(struct explanation),
					 explanation_fields };

static const struct shape_field order_fields[] = {
	F_MONTH(struct what_if_order, period, 0, REQ, "a closed month"),
	F_SUBJECT(struct what_if_order, rule_id, 0, REQ, "the rule to try"),
	F_INT(struct what_if_order, version, 0, REQ, 1, UINT16_MAX, "and its version"),
	F_SUBJECT(struct what_if_order, instead_of, 0, 0,
		  "on tickets that went by this rule; none: by rule_id"),
	F_END,
};
const struct shape what_if_order_shape = { "WhatIfOrder", sizeof(struct what_if_order),
					   order_fields };

static const struct shape_field share_fields[] = {
	F_SUBJECT(struct what_if_share, operator_id, 0, 0, "whose"),
	F_YEN(struct what_if_share, was_yen, "as it was divided"),
	F_YEN(struct what_if_share, now_yen, "by the rule that was tried"),
	F_SIGNED(struct what_if_share, difference_yen, "the second less the first"),
	F_END,
};
static const struct shape share_shape = { "WhatIfShare", sizeof(struct what_if_share),
					  share_fields };

static const struct shape_field what_if_fields[] = {
	F_ORDER(period, SHAPE_MONTH, REQ, 0, "the month"),
	F_ORDER(rule_id, SHAPE_SUBJECT, REQ, 0, "the rule that was tried"),
	F_ORDER(version, SHAPE_INT, REQ, UINT16_MAX, "its version"),
	F_ORDER(instead_of, SHAPE_SUBJECT, 0, 0, "on tickets of this rule"),
	F_COUNT(struct what_if, tickets,
		"tickets that were divided again; for an operator, those that concern it"),
	F_LIST(struct what_if, operators, 0, REQ, &share_shape, operator_count,
	       "for an operator, itself alone"),
	F_LIST(struct what_if, partners, 0, 0, &share_shape, partner_count, "together"),
	F_LIST(struct what_if, council, 0, 0, &share_shape, council_count, ""),
	F_END,
};
const struct shape what_if_shape = { "WhatIf", sizeof(struct what_if), what_if_fields };

static const struct shape_field declared_fields[] = {
	F_MONTH(struct declared_order, period, 0, REQ, "the month"),
	F_COUNT(struct declared_order, boardings, "in it, by its own count"),
	F_END,
};
const struct shape declared_order_shape = { "DeclaredOrder", sizeof(struct declared_order),
					    declared_fields };
