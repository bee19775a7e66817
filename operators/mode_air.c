/* operators/mode_air.c - records that a coupon was used; admission stays with the airline's own
 * system, and so do its places. Without it a flight would be carried for nothing. Pure.
 */
#include "operators/mode.h"

static yen fare(const struct scan_input *in)
{
	const struct service *service = in->place->service;

	if (service != NULL && service->deemed_fare_yen > 0)
		return service->deemed_fare_yen;
	return in->place->operator->base_fare_yen;
}

enum scan_verdict mode_air_decide(struct scan_outcome *out, const struct scan_input *in)
{
	if (mode_is_leaving(in))
		return SCAN_NO_ENTRY; /* Nobody is kept inside. */
	out->deemed_fare_yen = fare(in) * in->scan->riders;
	return SCAN_ADMITTED;
}
