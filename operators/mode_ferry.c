/* operators/mode_ferry.c - checks in to a sailing, and counts who comes without a reservation.
 * Without it more people would stand on the pier than the operator gave us places. Pure.
 */
#include "operators/mode.h"

static yen fare(const struct scan_input *in)
{
	const struct service *service = in->place->service;

	return service != NULL && service->deemed_fare_yen > 0 ? service->deemed_fare_yen
							       : mode_fare(in);
}

/* Whoever holds a reservation has a place already. */
static bool takes_place(const struct scan_input *in)
{
	return in->place->service != NULL && in->place->service->allotment > 0 &&
	       mode_reservation_index(in) < 0;
}

enum scan_verdict mode_ferry_decide(struct scan_outcome *out, const struct scan_input *in)
{
	if (mode_is_leaving(in))
		return SCAN_NO_ENTRY; /* Nobody is kept inside. */
	if (takes_place(in)) {
		if (in->place->service->taken + in->scan->riders > in->place->service->allotment)
			return SCAN_FULL;
		out->takes_places = in->scan->riders;
	}
	out->deemed_fare_yen = fare(in) * in->scan->riders;
	return SCAN_ADMITTED;
}
