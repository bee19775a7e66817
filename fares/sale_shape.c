/* fares/sale_shape.c - sales, uses and reservations on the wire and in the store. Without it a
 * ticket would not outlive the process.
 */
#include "core/shape.h"
#include "fares/money.h"
#include "fares/reservation.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const char *const status_names[] = { "VALID", "REVOKED", "BLOCKED", NULL };

static const struct shape_field sale_fields[] = {
	F_UUID(struct sale, ticket_id, 1, REQ, ""),
	F_SUBJECT(struct sale, product_id, 2, REQ, ""),
	F_INT(struct sale, product_number, 3, REQ, 0, 65535, ""),
	F_INT(struct sale, product_version, 4, REQ, 0, 65535, ""),
	F_SUBJECT(struct sale, partner_id, 5, REQ, ""),
	F_TEXT(struct sale, partner_ref, 6, 0, 0, ""),
	F_SUBJECT(struct sale, category, 7, REQ, ""),
	F_INT(struct sale, riders, 8, REQ, 1, PRODUCT_RIDERS_MAX, ""),
	F_INT(struct sale, price_yen, 9, REQ, 0, JSON_INT_MAX, ""),
	F_TIME(struct sale, sold_at, 10, REQ, ""),
	F_TIME(struct sale, not_before, 11, REQ, ""),
	F_TIME(struct sale, not_after, 12, REQ, ""),
	F_INT(struct sale, status_list, 13, REQ, 0, 65535, ""),
	F_INT(struct sale, status_index, 14, REQ, 0, SLOT_INDEX_COUNT - 1, ""),
	F_TEXT(struct sale, code, 15, REQ, 0, ""),
	F_BOOL(struct sale, device_bound, 16, 0, ""),
	F_BYTES(struct sale, device_key, 17, 0, ""),
	F_END,
};
const struct shape sale_shape = { "Sale", sizeof(struct sale), sale_fields };

static const struct shape_field use_reservation_fields[] = {
	F_SUBJECT(struct use_reservation, operator_id, 1, REQ, "whose service"),
	F_SUBJECT(struct use_reservation, service_id, 2, REQ, "the sailing or flight"),
	F_ENUM(struct use_reservation, mode, 3, REQ, fares_mode_names, "its mode"),
	F_INT(struct use_reservation, seats, 4, REQ, 0, PRODUCT_RIDERS_MAX, "places held"),
	F_BOOL(struct use_reservation, checked_in, 5, 0, "used"),
	F_END,
};
const struct shape use_reservation_shape = { "TicketReservation", sizeof(struct use_reservation),
					     use_reservation_fields };

/* The uses by mode are an array in memory and five small numbers in the store. */
#define MODE_USES(i, tag_)                                                                         \
	{                                                                                          \
		.name = "mode_uses_" #i, .type = SHAPE_INT, .tag = tag_,                           \
		.offset = offsetof(struct use, mode_uses) + (i) * sizeof(uint16_t),                \
		.size = sizeof(uint16_t), .min = 0, .max = 65535, .doc = ""                        \
	}

static const struct shape_field use_proof_fields[] = {
	F_UUID(struct use_proof, id, 1, REQ, ""),
	F_TIME(struct use_proof, at, 2, REQ, ""),
	F_SUBJECT(struct use_proof, gate, 3, REQ, ""),
	F_INT(struct use_proof, riders, 4, 0, 0, UINT8_MAX, ""),
	F_INT(struct use_proof, told, 5, 0, 0, UINT8_MAX, ""),
	F_END,
};
const struct shape use_proof_shape = { "TicketProof", sizeof(struct use_proof), use_proof_fields };

static const struct shape_field use_ride_fields[] = {
	F_TIME(struct use_ride, since, 1, REQ, ""),
	F_TIME(struct use_ride, until, 2, REQ, ""),
	F_ENUM(struct use_ride, mode, 3, 0, fares_mode_names, ""),
	F_BOOL(struct use_ride, told, 4, 0, ""),
	F_END,
};
const struct shape use_ride_shape = { "TicketRide", sizeof(struct use_ride), use_ride_fields };

static const struct shape_field use_fields[] = {
	F_ENUM(struct use, status, 1, 0, status_names, ""),
	F_INT(struct use, n, 2, 0, 0, UINT32_MAX, ""),
	F_TIME(struct use, last_event_at, 3, 0, ""),
	F_TIME(struct use, last_at, 4, 0, ""),
	F_SUBJECT(struct use, last_gate, 5, 0, ""),
	F_INT(struct use, uses, 6, 0, 0, 65535, ""),
	MODE_USES(0, 7),
	MODE_USES(1, 8),
	MODE_USES(2, 9),
	MODE_USES(3, 10),
	MODE_USES(4, 11),
	F_TIME(struct use, first_used_at, 12, 0, ""),
	F_TIME(struct use, valid_until, 13, 0, ""),
	F_BOOL(struct use, inside, 14, 0, ""),
	F_ENUM(struct use, inside_mode, 15, 0, fares_mode_names, ""),
	F_SUBJECT(struct use, inside_operator, 16, 0, ""),
	F_TEXT(struct use, inside_stop, 17, 0, 0, ""),
	F_TEXT(struct use, inside_route, 18, 0, 0, ""),
	F_TIME(struct use, inside_since, 19, 0, ""),
	F_LIST(struct use, reservations, 20, 0, &use_reservation_shape, reservation_count, ""),
	F_TIME(struct use, refunded_at, 21, 0, ""),
	F_INT(struct use, refunded_yen, 22, 0, 0, JSON_INT_MAX, ""),
	/* Tags 23 to 26 were the last proof alone. */
	F_BYTES(struct use, code_digest, 27, 0, ""),
	F_TIME(struct use, extended_until, 28, 0, ""),
	F_LIST(struct use, proofs, 30, 0, &use_proof_shape, proof_count, ""),
	F_LIST(struct use, rides, 31, 0, &use_ride_shape, ride_count, ""),
	F_BOOL(struct use, inside_told, 32, 0, ""),
	F_END,
};
const struct shape use_shape = { "Use", sizeof(struct use), use_fields };

static const struct shape_field sale_order_fields[] = {
	F_SUBJECT(struct sale_order, product_id, 0, REQ, "what"),
	F_INT(struct sale_order, version, 0, 0, 0, 65535, "0: the newest"),
	F_SUBJECT(struct sale_order, category, 0, REQ, "a rider category"),
	F_INT(struct sale_order, riders, 0, REQ, 1, PRODUCT_RIDERS_MAX,
	      "how many, all of that category"),
	F_TEXT(struct sale_order, partner_ref, 0, 0, 0,
	       "the partner's own word for it; no personal datum"),
	F_BYTES(struct sale_order, device_key, 0, 0,
		"the phone's Ed25519 public key: the ticket is then shown with the phone's proof"),
	F_END,
};
const struct shape sale_order_shape = { "SaleOrder", sizeof(struct sale_order), sale_order_fields };

static const struct shape_field service_fields[] = {
	F_SUBJECT(struct service, operator_id, 1, REQ, "whose"),
	F_SUBJECT(struct service, service_id, 2, REQ, "its id, unique within the operator"),
	F_ENUM(struct service, mode, 3, REQ, fares_mode_names, "ferry or air"),
	F_TEXT(struct service, name_ja, 4, REQ, 1, "in Japanese"),
	F_TEXT(struct service, name_en, 5, REQ, 1, "in English"),
	F_TEXT(struct service, route_id, 6, 0, 0, "route in the operator's feed"),
	F_TEXT(struct service, from_stop, 7, 0, 0, "stop in the operator's feed"),
	F_TEXT(struct service, to_stop, 8, 0, 0, "stop in the operator's feed"),
	F_TIME(struct service, departs_at, 9, REQ, "when it leaves"),
	F_INT(struct service, allotment, 10, REQ, 0, ALLOTMENT_MAX,
	      "places that the operator gave; 0: not counted"),
	F_INT(struct service, taken, 11, ANS, 0, ALLOTMENT_MAX, "places taken"),
	F_TEXT(struct service, carrier, 12, 0, 0, "air: IATA carrier"),
	F_TEXT(struct service, flight, 13, 0, 0, "air: flight number without leading zeros"),
	F_INT(struct service, deemed_fare_yen, 14, 0, 0, PRICE_YEN_MAX,
	      "a rider; 0: as the feed says"),
	F_END,
};
const struct shape service_shape = { "Service", sizeof(struct service), service_fields };

static const struct shape_field coupon_fields[] = {
	F_UUID(struct coupon, ticket_id, 1, REQ, ""),
	F_SUBJECT(struct coupon, operator_id, 2, REQ, ""),
	F_SUBJECT(struct coupon, service_id, 3, REQ, ""),
	F_ENUM(struct coupon, state, 4, 0, coupon_state_names, ""),
	F_END,
};
const struct shape coupon_shape = { "Coupon", sizeof(struct coupon), coupon_fields };

static const struct shape_field reservation_order_fields[] = {
	F_UUID(struct reservation_order, ticket_id, 0, REQ, "whose"),
	F_SUBJECT(struct reservation_order, operator_id, 0, REQ, "the service's operator"),
	F_SUBJECT(struct reservation_order, service_id, 0, REQ, "the sailing or flight"),
	F_TEXT(struct reservation_order, pnr, 0, 0, 0, "air: the airline's locator"),
	F_END,
};
const struct shape reservation_order_shape = { "ReservationOrder", sizeof(struct reservation_order),
					       reservation_order_fields };
