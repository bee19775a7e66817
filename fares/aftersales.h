/* fares/aftersales.h - giving back a ticket that nobody used: an offer first, then the refund.
 * Pure. */
#ifndef FARES_AFTERSALES_H
#define FARES_AFTERSALES_H

#include "fares/sale.h"

enum { REFUND_OFFER_MIN = 15 };

enum refund_refusal {
	REFUND_OK,
	REFUND_ALREADY_REFUNDED,
	REFUND_ALREADY_USED,
	REFUND_NOT_REFUNDABLE, /* By the product's conditions. */
	REFUND_TICKET_OVER,    /* Its last day is past. */
};
const char *refund_refusal_code(enum refund_refusal);
const char *refund_refusal_text(enum refund_refusal);

/* Out: what is given back and what is kept; they add up to the price. */
MUSTCHECK enum refund_refusal refund_decide(yen *refund_yen, yen *fee_yen, const struct sale *,
					    const struct use *, const struct product *,
					    time_ms now);

#endif
