/* operators/flown.c - a coupon marked, and a ride counted that no gate saw. Without it an airline
 * whose counter has no scanner of ours would carry for nothing. Pure.
 */
#include "operators/flown.h"

static struct use_reservation *place_on(struct use *use, const struct service *service)
{
	for (size_t i = 0; i < use->reservation_count; i++) {
		struct use_reservation *held = &use->reservations[i];

		if (text_equal(held->operator_id, service->operator_id) &&
		    text_equal(held->service_id, service->service_id))
			return held;
	}
	return NULL;
}

static void count(uint16_t *uses)
{
	if (*uses < UINT16_MAX)
		(*uses)++;
}

static void note_use(struct use *use, const struct sale *sale, const struct product *product,
		     time_ms departs_at, uint16_t boundary_min)
{
	use->n++;
	count(&use->uses);
	count(&use->mode_uses[MODE_air]);
	if (use->first_used_at != 0)
		return;
	use->first_used_at = departs_at;
	use->valid_until = validity_until(product, departs_at, sale->not_after, boundary_min);
}

enum flown_effect flown_decide(struct flown *flown, const struct sale *sale,
			       const struct product *product, const struct service *service,
			       enum coupon_state state, uint16_t boundary_min)
{
	struct use *use = &flown->use;
	struct use_reservation *held = place_on(use, service);

	MUST(service->mode == MODE_air && state != COUPON_OPEN);
	if (held == NULL)
		return FLOWN_UNMATCHED;
	if (flown->coupon.state == state)
		return FLOWN_SAME;
	if (flown->coupon.state == COUPON_FLOWN)
		return FLOWN_KEPT;
	flown->coupon.state = (uint8_t)state;
	flown->seats = held->seats;
	if (state == COUPON_NO_SHOW || held->checked_in)
		return FLOWN_MARKED;
	held->checked_in = true;
	note_use(use, sale, product, service->departs_at, boundary_min);
	flown->over_at = use->valid_until > use->extended_until ? use->valid_until
								: use->extended_until;
	return FLOWN_BOARDED;
}
