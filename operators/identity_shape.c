/* operators/identity_shape.c - the sums behind the identity, kept; and its terms, shown. Without it
 * the check would be the bookkeeper's word alone.
 */
#include "core/shape.h"
#include "operators/identity.h"

enum { REQ = SHAPE_REQUIRED };
#define F_YEN(T, m, t, what) F_INT(T, m, t, REQ, -JSON_INT_MAX, JSON_INT_MAX, what)

static const struct shape_field flow_fields[] = {
	F_ENUM(struct book_flow, debit, 1, REQ, account_kind_names, "the kind that is debited"),
	F_ENUM(struct book_flow, credit, 2, REQ, account_kind_names, "the kind that is credited"),
	F_YEN(struct book_flow, amount_yen, 3, "all that went so"),
	F_END,
};
static const struct shape flow_shape = { "BookFlow", sizeof(struct book_flow), flow_fields };

static const struct shape_field sums_fields[] = {
	F_LIST(struct book_sums, flows, 1, 0, &flow_shape, flow_count, ""),
	F_YEN(struct book_sums, council_fees_yen, 2, ""),
	F_YEN(struct book_sums, partner_fees_yen, 3, ""),
	F_YEN(struct book_sums, tickets.sold_yen, 4, ""),
	F_YEN(struct book_sums, tickets.refunded_yen, 5, ""),
	F_YEN(struct book_sums, tickets.fees_yen, 6, ""),
	F_YEN(struct book_sums, tickets.earned_yen, 7, ""),
	F_YEN(struct book_sums, told_sold_yen, 8, ""),
	F_YEN(struct book_sums, told_refunded_yen, 9, ""),
	F_YEN(struct book_sums, told_fees_yen, 10, ""),
	F_INT(struct book_sums, tickets_at_fault, 11, REQ, 0, JSON_INT_MAX, ""),
	F_END,
};
const struct shape book_sums_shape = { "BookSums", sizeof(struct book_sums), sums_fields };

static const struct shape_field identity_fields[] = {
	F_YEN(struct identity, sold_yen, 0, "sold, partners owe it"),
	F_YEN(struct identity, funded_yen, 0, "sold, funders owe it"),
	F_YEN(struct identity, charged_yen, 0, "charged for what was ridden"),
	F_YEN(struct identity, refunded_yen, 0, "given back"),
	F_YEN(struct identity, refund_fees_yen, 0, "kept of what was given back"),
	F_YEN(struct identity, operators_yen, 0, "earned by operators, venues among them"),
	F_YEN(struct identity, partners_yen, 0, "earned by partners"),
	F_YEN(struct identity, council_yen, 0, "earned by the council"),
	F_YEN(struct identity, pools_yen, 0, "earned, and divided when its month is closed"),
	F_YEN(struct identity, unearned_yen, 0, "of tickets that are not over"),
	F_YEN(struct identity, lost_yen, 0, "losses and corrections that the council bears"),
	F_YEN(struct identity, loss_funded_yen, 0, "covered out of its income"),
	F_YEN(struct identity, loss_yen, 0, "not covered yet: the loss account"),
	F_YEN(struct identity, claims_yen, 0, "claimed between operators; each account is even"),
	F_YEN(struct identity, remitted_yen, 0, "paid in by partners and funders"),
	F_INT(struct identity, tickets_at_fault, 0, REQ, 0, JSON_INT_MAX,
	      "tickets whose own money does not add up"),
	F_TEXT(struct identity, fault, 0, 0, 0, "the first thing that is not true; none: all is"),
	F_END,
};
const struct shape identity_shape = { "Identity", sizeof(struct identity), identity_fields };
