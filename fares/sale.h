/* fares/sale.h - a ticket from its sale on: what was sold, and what became of it.
 *
 *   ticket/<uuid>          struct sale: written when sold, changed by no ride
 *   use/<uuid>             struct use: the little that each ride changes, and the status
 *   slot/<list>/<index>    the ticket at an index of a status list; 4 and 6 hex digits
 *
 * A ticket carries 1 to 9 riders of one category. Pure.
 */
#ifndef FARES_SALE_H
#define FARES_SALE_H

#include "fares/product.h"
#include "qr/claims.h"

enum {
	STOP_ID_SIZE = 129,   /* As a feed spells it. */
	CODE_TEXT_SIZE = 321, /* KM1:... */
	PARTNER_REF_SIZE = 65,
	USE_RESERVATION_COUNT_MAX = 8,
	SLOT_CANDIDATES = 4,
	SLOT_INDEX_COUNT = 1 << 20,
	CODE_DIGEST_SIZE = 16,
	USE_PROOF_COUNT_MAX = 8,
	USE_RIDE_COUNT_MAX = 16,
};

enum ticket_state { TICKET_VALID, TICKET_REVOKED, TICKET_BLOCKED }; /* As in Token Status Lists. */

struct sale {
	struct id128 ticket_id;
	char product_id[ID_SIZE];
	uint16_t product_number, product_version;
	char partner_id[ID_SIZE];
	char partner_ref[PARTNER_REF_SIZE]; /* The partner's own word for the order; no personal
					       datum. */
	char category[ID_SIZE];
	uint8_t riders;
	yen price_yen;                          /* All riders. */
	time_ms sold_at, not_before, not_after; /* The window in which it may be used or begun. */
	uint16_t status_list;
	uint32_t status_index;
	bool device_bound; /* Shown with the proof of the phone that holds this key. */
	uint8_t device_key[TICKET_DEVICE_KEY_SIZE];
	char code[CODE_TEXT_SIZE];
};
extern const struct shape sale_shape; /* Stored. */

struct use_reservation {
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint8_t mode, seats;
	bool checked_in;
};

struct use_proof { /* A phone's presentation that was admitted. */
	struct id128 id; /* A digest of its bytes. */
	time_ms at;      /* When the phone made it. */
	char gate[ID_SIZE];
	uint8_t riders, told; /* Who passed by it: online, and as uploads told. */
};

struct use_ride { /* By rail or bus. */
	time_ms since, until;
	uint8_t mode;
	bool told; /* Its beginning, by an upload. */
};

struct use {
	uint8_t status; /* enum ticket_state */
	uint32_t n;     /* Events of this ticket so far. */
	time_ms last_event_at;
	time_ms last_at; /* Of the last admitted scan. */
	char last_gate[ID_SIZE];
	uint16_t uses, mode_uses[MODE_COUNT];
	time_ms first_used_at;
	time_ms valid_until; /* After first use: the last moment. 0 before. */
	bool inside;         /* Between entry and exit, boarding and alighting. */
	uint8_t inside_mode;
	char inside_operator[ID_SIZE];
	char inside_stop[STOP_ID_SIZE], inside_route[STOP_ID_SIZE];
	time_ms inside_since;
	struct use_reservation reservations[USE_RESERVATION_COUNT_MAX];
	uint16_t reservation_count;
	time_ms refunded_at;
	yen refunded_yen;
	bool inside_told;                           /* Its beginning was told by an upload. */
	struct use_ride rides[USE_RIDE_COUNT_MAX];  /* The last ones that are over. */
	uint16_t ride_count;
	struct use_proof proofs[USE_PROOF_COUNT_MAX]; /* The newest first. */
	uint16_t proof_count;
	uint8_t
	    code_digest[CODE_DIGEST_SIZE]; /* Of the ticket's bytes as issued: these are ours. */
	time_ms extended_until; /* By the council, for this ticket: not over before. 0: none. */
};
extern const struct shape use_reservation_shape, use_proof_shape, use_ride_shape;
extern const struct shape use_shape;

struct sale_order { /* What a partner asks for. */
	char product_id[ID_SIZE];
	uint16_t version; /* 0: the newest. */
	char category[ID_SIZE];
	uint8_t riders;
	char partner_ref[PARTNER_REF_SIZE];
	uint8_t device_key[TICKET_DEVICE_KEY_SIZE]; /* The phone's public key; zeroes: a static
						       ticket. */
};
extern const struct shape sale_order_shape;

/* In order of precedence. */
enum sale_refusal {
	SALE_OK,
	SALE_UNKNOWN_CATEGORY, /* Found where categories are looked up, not by sale_decide. */
	SALE_NOT_ON_SALE,      /* Before sale_from or after sale_until. */
	SALE_VALIDITY_OVER,    /* A fixed validity that is past. */
	SALE_TOO_MANY_RIDERS,  /* Or none. */
	SALE_NO_PRICE_FOR_CATEGORY,
	SALE_DEVICE_KEY_NEEDED, /* The product is sold to phones alone. */
};
const char *sale_refusal_text(enum sale_refusal); /* Its stable code is the name without SALE_. */

/* The price of all riders; categories and prices are data. */
MUSTCHECK enum sale_refusal sale_price(yen *out, const struct product *, const struct sale_order *);
/* The window in which the ticket may be used or, where validity begins with first use, begun. */
void sale_window(time_ms *not_before, time_ms *not_after, const struct product *, time_ms sold_at,
		 uint16_t boundary_min);
/* After a first use at first_used_at: the last moment of validity. */
time_ms validity_until(const struct product *, time_ms first_used_at, time_ms not_after,
		       uint16_t boundary_min);
/* Fills *out but for ticket_id, partner_id, status list and code, which are the shell's. Refused:
 * *out is of no use. */
MUSTCHECK enum sale_refusal sale_decide(struct sale *out, const struct product *,
					const struct sale_order *, time_ms now,
					uint16_t boundary_min);
/* What the signed code says of a sale. */
void sale_ticket(struct ticket *out, const struct sale *, const struct product *,
		 uint8_t fare_class);

#endif
