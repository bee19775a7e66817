/* operators/flown.h - what becomes of a coupon after its flight. Flown stays flown: a no-show said
 * later changes nothing. One who flew without a scan was carried all the same, and that is a
 * boarding. Pure.
 */
#ifndef OPERATORS_FLOWN_H
#define OPERATORS_FLOWN_H

#include "fares/reservation.h"

enum flown_effect {
	FLOWN_UNMATCHED, /* The ticket holds no place on this flight any more. */
	FLOWN_SAME,      /* It was so marked before. */
	FLOWN_KEPT,      /* Flown it stays. */
	FLOWN_MARKED,
	FLOWN_BOARDED, /* Marked, and a use of the ticket. */
};

struct flown {
	struct coupon coupon; /* In and out, as use is. */
	struct use use;
	uint8_t seats;   /* Out. */
	time_ms over_at; /* Out: when the ticket's validity is past. */
};

enum flown_effect flown_decide(struct flown *, const struct sale *, const struct product *,
			       const struct service *, enum coupon_state, uint16_t boundary_min);

#endif
