/* fares/ledger_shape.c - a posting in the store and in answers. Without it the ledger could not
 * be read.
 */
#include "core/shape.h"
#include "fares/ledger.h"

enum { REQ = SHAPE_REQUIRED };

static const struct shape_field posting_fields[] = {
	F_TEXT(struct posting, debit, 1, REQ, 1, "the account that is debited"),
	F_TEXT(struct posting, credit, 2, REQ, 1, "the account that is credited"),
	F_INT(struct posting, amount_yen, 3, REQ, 1, JSON_INT_MAX, "whole yen"),
	F_TEXT(struct posting, why, 4, REQ, 1,
	       "sold, refunded, refund_fee, commission, payment_fee, council_fee, share, unused, "
	       "pool, lost, remitted, claimed, loss_funded or corrected; taken back: with "
	       "_reversed"),
	F_SUBJECT(struct posting, rule_id, 5, 0, "the sharing rule that says so"),
	F_INT(struct posting, rule_version, 6, 0, 0, UINT16_MAX, "and its version"),
	F_INT(struct posting, step, 7, 0, 0, UINT8_MAX, "the rule's step, counted from 0"),
	F_INT(struct posting, weight, 8, 0, 0, JSON_INT_MAX, "share: the operator's weight"),
	F_INT(struct posting, weight_sum, 9, 0, 0, JSON_INT_MAX, "share: of all weights"),
	F_INT(struct posting, rank, 10, 0, 0, UINT16_MAX,
	      "share: its place among the remainders that got a yen left over; 0: none"),
	F_UUID(struct posting, ticket_id, 11, 0, "whose money it is; none: nobody's ticket"),
	F_UUID(struct posting, fact_id, 12, REQ, "the fact that moved it"),
	F_MONTH(struct posting, period, 13, REQ, "the period in which it counts"),
	F_DATE(struct posting, day, 14, REQ, "the service day of the fact"),
	F_TIME(struct posting, at, 15, REQ, "when"),
	F_END,
};
const struct shape posting_shape = { "Posting", sizeof(struct posting), posting_fields };
