/* operators/mode_venue.c - redeems at a museum, a bath or a shop. Without it the pass would end at
 * the station. Pure.
 */
#include "operators/mode.h"

enum scan_verdict mode_venue_decide(struct scan_outcome *out, const struct scan_input *in)
{
	if (mode_is_leaving(in))
		return SCAN_NO_ENTRY; /* Nobody is kept inside. */
	out->deemed_fare_yen = in->place->operator->base_fare_yen * in->scan->riders;
	return SCAN_ADMITTED;
}
