/* fares/aftersales.c - when a ticket may be given back, and for how much. Without it a ridden pass
 * could be refunded. Pure.
 */
#include "fares/aftersales.h"

#include "fares/money.h"

const char *refund_refusal_code(enum refund_refusal refusal)
{
	switch (refusal) {
	case REFUND_ALREADY_REFUNDED:
		return "ALREADY_REFUNDED";
	case REFUND_ALREADY_USED:
		return "ALREADY_USED";
	case REFUND_NOT_REFUNDABLE:
		return "NOT_REFUNDABLE";
	case REFUND_TICKET_OVER:
		return "TICKET_OVER";
	default:
		return "";
	}
}

const char *refund_refusal_text(enum refund_refusal refusal)
{
	switch (refusal) {
	case REFUND_ALREADY_REFUNDED:
		return "the ticket was refunded already";
	case REFUND_ALREADY_USED:
		return "the ticket was used; only an unused one is taken back";
	case REFUND_NOT_REFUNDABLE:
		return "the product is not taken back";
	case REFUND_TICKET_OVER:
		return "the ticket's last day is past";
	default:
		return "";
	}
}

enum refund_refusal refund_decide(yen *refund_yen, yen *fee_yen, const struct sale *sale,
				  const struct use *use, const struct product *product, time_ms now)
{
	if (use->status == TICKET_REVOKED)
		return REFUND_ALREADY_REFUNDED;
	if (use->first_used_at != 0)
		return REFUND_ALREADY_USED;
	if (!product->refundable)
		return REFUND_NOT_REFUNDABLE;
	if (now > sale->not_after)
		return REFUND_TICKET_OVER;
	*fee_yen =
	    product->refund_fee_yen < sale->price_yen ? product->refund_fee_yen : sale->price_yen;
	*refund_yen = sale->price_yen - *fee_yen;
	MUST(*fee_yen >= 0 && *refund_yen >= 0 &&
	     yen_add(*fee_yen, *refund_yen) == sale->price_yen);
	return REFUND_OK;
}
