/* fares/booking.h - a place held on a sailing or flight, as a gate without a network must know it.
 *
 * The truth of a reservation stands in its ticket's use record. A locator is not kept here, only a
 * digest with its flight and day.
 */
#ifndef FARES_BOOKING_H
#define FARES_BOOKING_H

#include "core/shape.h"
#include "fares/reservation.h"

enum { COUPON_DIGEST_SIZE = 16 };

struct booking {
	char service_id[ID_SIZE];
	struct id128 ticket_id;
	uint8_t seats; /* 0: given back. */
	/* With a coupon only, zeroes otherwise: what the ticket's own code would say. */
	uint8_t coupon[COUPON_DIGEST_SIZE];
	uint16_t product_number, product_version, status_list;
	uint32_t status_index;
	time_ms sold_at, not_before, not_after;
};
extern const struct shape booking_shape;

/* The first 16 bytes of SHA-256("carrier/flight/YYYY-MM-DD/locator"), the day of flight in Japan.
 * The texts are as long as a service's and an order's may be (asserted). */
void coupon_digest(uint8_t out[COUPON_DIGEST_SIZE], const char *carrier, const char *flight,
		   day_t day, const char *pnr);

/* What is kept of a place just reserved. pnr empty: no coupon. */
void booking_of(struct booking *out, const struct sale *, const struct service *, const char *pnr);

#endif
