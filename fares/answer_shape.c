/* fares/answer_shape.c - what partners are told of tickets, offers and refunds. Without it answers
 * would leak how they are stored.
 */
#include "fares/fares_op.h"
#include "fares/money.h"

enum { REQ = SHAPE_REQUIRED };

static const char *const status_names[] = { "VALID", "REVOKED", "BLOCKED", NULL };
static const char *const beneficiary_names[] = { "council", "partner", NULL };

void ticket_answer_fill(struct ticket_answer *out, const struct sale *sale, const struct use *use)
{
	*out = (struct ticket_answer){
		.ticket_id = sale->ticket_id,
		.product_number = sale->product_number,
		.product_version = sale->product_version,
		.riders = sale->riders,
		.price_yen = sale->price_yen,
		.sold_at = sale->sold_at,
		.not_before = sale->not_before,
		.not_after = sale->not_after,
		.status = use->status,
		.uses = use->uses,
		.first_used_at = use->first_used_at,
		.valid_until = use->valid_until,
		.extended_until = use->extended_until,
		.reservation_count = use->reservation_count,
		.refunded_yen = use->refunded_yen,
	};
	mem_copy(out->product_id, sale->product_id, sizeof(out->product_id));
	mem_copy(out->partner_id, sale->partner_id, sizeof(out->partner_id));
	mem_copy(out->partner_ref, sale->partner_ref, sizeof(out->partner_ref));
	mem_copy(out->category, sale->category, sizeof(out->category));
	mem_copy(out->code, sale->code, sizeof(out->code));
	mem_copy(out->reservations, use->reservations, sizeof(out->reservations));
}

static const struct shape_field ticket_fields[] = {
	F_UUID(struct ticket_answer, ticket_id, 0, REQ, "its id"),
	F_SUBJECT(struct ticket_answer, product_id, 0, REQ, "what was sold"),
	F_INT(struct ticket_answer, product_number, 0, REQ, 0, 65535, "as the code carries it"),
	F_INT(struct ticket_answer, product_version, 0, REQ, 0, 65535, "whose conditions hold"),
	F_SUBJECT(struct ticket_answer, partner_id, 0, REQ, "who sold it"),
	F_TEXT(struct ticket_answer, partner_ref, 0, 0, 0, "the partner's own word for it"),
	F_SUBJECT(struct ticket_answer, category, 0, REQ, "category of its riders"),
	F_INT(struct ticket_answer, riders, 0, REQ, 1, PRODUCT_RIDERS_MAX, "how many it carries"),
	F_INT(struct ticket_answer, price_yen, 0, REQ, 0, JSON_INT_MAX,
	      "paid for all of them, tax included"),
	F_TIME(struct ticket_answer, sold_at, 0, REQ, "when"),
	F_TIME(struct ticket_answer, not_before, 0, REQ, "not valid before"),
	F_TIME(struct ticket_answer, not_after, 0, REQ,
	       "last moment of validity or, where that begins with first use, for it"),
	F_TEXT(struct ticket_answer, code, 0, REQ, 0, "what its QR code says"),
	F_ENUM(struct ticket_answer, status, 0, REQ, status_names, "as in the status list"),
	F_INT(struct ticket_answer, uses, 0, REQ, 0, 65535, "boardings so far"),
	F_TIME(struct ticket_answer, first_used_at, 0, 0, "first use"),
	F_TIME(struct ticket_answer, valid_until, 0, 0,
	       "after first use: the last moment of validity"),
	F_TIME(struct ticket_answer, extended_until, 0, 0,
	       "by the council, for this ticket: it is not over before"),
	F_LIST(struct ticket_answer, reservations, 0, 0, &use_reservation_shape, reservation_count,
	       "places held"),
	F_INT(struct ticket_answer, refunded_yen, 0, REQ, 0, JSON_INT_MAX, "given back"),
	F_END,
};
const struct shape ticket_answer_shape = { "Ticket", sizeof(struct ticket_answer), ticket_fields };

static const struct shape_field offer_fields[] = {
	F_UUID(struct refund_offer, offer_id, 1, REQ, "to be named in the refund"),
	F_UUID(struct refund_offer, ticket_id, 2, REQ, "the ticket"),
	F_INT(struct refund_offer, refund_yen, 3, REQ, 0, JSON_INT_MAX, "what is given back"),
	F_INT(struct refund_offer, fee_yen, 4, REQ, 0, JSON_INT_MAX, "what is kept"),
	F_ENUM(struct refund_offer, fee_to, 5, REQ, beneficiary_names, "who keeps it"),
	F_TIME(struct refund_offer, expires_at, 6, REQ, "until when the offer stands"),
	F_END,
};
const struct shape refund_offer_shape = { "RefundOffer", sizeof(struct refund_offer),
					  offer_fields };

static const struct shape_field order_fields[] = {
	F_UUID(struct refund_order, offer_id, 0, REQ, "the offer that is taken"),
	F_END,
};
const struct shape refund_order_shape = { "RefundOrder", sizeof(struct refund_order),
					  order_fields };

static const struct shape_field refund_fields[] = {
	F_UUID(struct refund_answer, ticket_id, 0, REQ, "the ticket"),
	F_INT(struct refund_answer, refund_yen, 0, REQ, 0, JSON_INT_MAX, "given back"),
	F_INT(struct refund_answer, fee_yen, 0, REQ, 0, JSON_INT_MAX, "kept"),
	F_ENUM(struct refund_answer, status, 0, REQ, status_names,
	       "REVOKED: no gate takes it any more"),
	F_END,
};
const struct shape refund_answer_shape = { "Refund", sizeof(struct refund_answer), refund_fields };

static const struct shape_field nothing_fields[] = { F_END };
const struct shape nothing_shape = { "Nothing", 1, nothing_fields };
