/* fares/fares_op.h - for this room's *_op.c files: loading what several of them need, and their
 * routes.
 */
#ifndef FARES_FARES_OP_H
#define FARES_FARES_OP_H

#include "core/http.h"
#include "core/listing.h"
#include "fares/fact.h"
#include "fares/fares_api.h"
#include "fares/reservation.h"
#include "fares/rider.h"
#include "fares/sharing.h"

/* Each loads into *out and returns true once it is there; false: not fetched yet, or refused (look
 * at call->problem.status). */
MUSTCHECK bool load_ticket(struct call *, struct sale *, struct use *, struct id128 ticket_id);
MUSTCHECK bool load_product_version(struct call *, struct product *, uint16_t number,
				    uint16_t version);
/* version 0: the newest. Refuses 404 PRODUCT_UNKNOWN. */
MUSTCHECK bool load_product(struct call *, struct product *, const char *product_id,
			    uint16_t version);
/* Whether the caller may see this ticket: its partner, or the council. Refuses 404 as if it were
 * not there. */
MUSTCHECK bool may_see_ticket(struct call *, const struct sale *);

/* Of an answer: where what was made can be read. */
void answer_location(struct call *, const char *path);

/* What struct use knows a ticket's bytes (its COSE_Sign1) by. */
void code_digest(uint8_t out[CODE_DIGEST_SIZE], struct slice ticket);
const char *ticket_record_key(struct call *, struct id128 ticket_id);
const char *use_record_key(struct call *, struct id128 ticket_id);
const char *service_record_key(struct call *, const char *operator_id, const char *service_id);

struct partner {
	char partner_id[ID_SIZE];
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	time_ms registered_at;
	bool credit_limited; /* It may owe so much and no more: fares/credit.h. */
	yen credit_limit_yen;
};
extern const struct shape partner_shape;

struct ticket_answer { /* A ticket as its partner sees it. */
	struct id128 ticket_id;
	char product_id[ID_SIZE];
	uint16_t product_number, product_version;
	char partner_id[ID_SIZE], partner_ref[PARTNER_REF_SIZE], category[ID_SIZE];
	uint8_t riders;
	yen price_yen;
	time_ms sold_at, not_before, not_after;
	char code[CODE_TEXT_SIZE];
	uint8_t status;
	uint16_t uses;
	time_ms first_used_at, valid_until, extended_until;
	struct use_reservation reservations[USE_RESERVATION_COUNT_MAX];
	uint16_t reservation_count;
	yen refunded_yen;
};
extern const struct shape ticket_answer_shape;
void ticket_answer_fill(struct ticket_answer *, const struct sale *, const struct use *);

struct refund_offer {
	struct id128 offer_id, ticket_id;
	yen refund_yen, fee_yen;
	uint8_t fee_to;
	time_ms expires_at;
};
struct refund_order {
	struct id128 offer_id;
};
struct refund_answer {
	struct id128 ticket_id;
	yen refund_yen, fee_yen;
	uint8_t status;
};
extern const struct shape refund_offer_shape, refund_order_shape, refund_answer_shape,
    nothing_shape, reservation_answer_shape;

extern const struct flow_op rider_put_op, rider_list_op, rule_put_op, rule_get_op, partner_put_op,
    partner_get_op, product_put_op, product_get_op, product_list_op, ticket_sell_op, ticket_get_op,
    ticket_svg_op, ticket_png_op, refund_offer_op, refund_op, service_put_op, service_get_op,
    service_list_op, reserve_op, status_list_op;

#endif
