/* fares/reservation.c - a place given once. Without it a sailing would be sold twice over. Pure. */
#include "fares/reservation.h"

#include "core/date.h"

const char *const coupon_state_names[] = { "open", "flown", "no_show", NULL };

const char *reservation_refusal_text(enum reservation_refusal refusal)
{
	switch (refusal) {
	case RESERVATION_TICKET_NOT_VALID:
		return "the ticket was refunded or is blocked";
	case RESERVATION_NOT_COVERED:
		return "the ticket does not cover this operator or mode";
	case RESERVATION_OUTSIDE_VALIDITY:
		return "the service leaves outside the ticket's validity";
	case RESERVATION_DEPARTED:
		return "the service has left";
	case RESERVATION_ALREADY_HELD:
		return "the ticket holds a place on this service already";
	case RESERVATION_TOO_MANY:
		return "the ticket holds as many reservations as it may";
	case RESERVATION_SERVICE_FULL:
		return "no places left; choose another service";
	case RESERVATION_PNR_MISSING:
		return "a flight needs the airline's locator (pnr)";
	default:
		return "";
	}
}

static time_ms later(time_ms a, time_ms b)
{
	return a > b ? a : b;
}

/* Before first use nobody knows the days of validity: then any departure up to the end of the
 * latest possible one will do, as long as the first use may still be. */
static bool within_validity(const struct use *use, const struct sale *sale,
			    const struct product *product, time_ms departs_at, time_ms now)
{
	time_ms last = later(sale->not_after, use->extended_until);

	if (use->first_used_at != 0)
		last = later(use->valid_until, use->extended_until);
	else if (now > last)
		return false;
	else if (product->validity == VALIDITY_DAYS)
		last += (product->length - 1) * DAY_MS;
	else if (product->validity == VALIDITY_HOURS)
		last += product->length * HOUR_MS - 1;
	return departs_at >= sale->not_before && departs_at <= last;
}

/* An airline keeps its places itself, and so may others: what is not counted is never full. */
static bool counts_places(const struct service *service)
{
	return service->allotment > 0;
}

static enum reservation_refusal check(const struct use *use, const struct service *service,
				      const struct sale *sale, const struct product *product,
				      const struct reservation_order *order, time_ms now)
{
	if (use->status != TICKET_VALID)
		return RESERVATION_TICKET_NOT_VALID;
	if (!product_covers_operator(product, service->operator_id) ||
	    (product->modes & MODE_BIT(service->mode)) == 0)
		return RESERVATION_NOT_COVERED;
	if (service->departs_at <= now)
		return RESERVATION_DEPARTED;
	if (!within_validity(use, sale, product, service->departs_at, now))
		return RESERVATION_OUTSIDE_VALIDITY;
	for (size_t i = 0; i < use->reservation_count; i++)
		if (text_equal(use->reservations[i].operator_id, service->operator_id) &&
		    text_equal(use->reservations[i].service_id, service->service_id))
			return RESERVATION_ALREADY_HELD;
	if (use->reservation_count == USE_RESERVATION_COUNT_MAX)
		return RESERVATION_TOO_MANY;
	if (service->mode == MODE_air && order->pnr[0] == '\0')
		return RESERVATION_PNR_MISSING;
	if (counts_places(service) && service->taken + sale->riders > service->allotment)
		return RESERVATION_SERVICE_FULL;
	return RESERVATION_OK;
}

enum reservation_refusal reservation_decide(struct use *use, struct service *service,
					    const struct sale *sale, const struct product *product,
					    const struct reservation_order *order, time_ms now)
{
	enum reservation_refusal refusal = check(use, service, sale, product, order, now);
	struct use_reservation *held;

	if (refusal != RESERVATION_OK)
		return refusal;
	held = &use->reservations[use->reservation_count++];
	*held = (struct use_reservation){ .mode = service->mode, .seats = sale->riders };
	mem_copy(held->operator_id, service->operator_id, sizeof(held->operator_id));
	mem_copy(held->service_id, service->service_id, sizeof(held->service_id));
	if (counts_places(service))
		service->taken = (uint16_t)(service->taken + sale->riders);
	use->n++;
	MUST(service->taken <= service->allotment);
	return RESERVATION_OK;
}
