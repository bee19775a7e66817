/* operators/mode_rail.c - gates let people in and out. Without it nobody who came in would be let
 * out. Pure.
 *
 * An exit belongs to the operator that let the rider in, but where trains go through to another's
 * line: then each is deemed its own fare, to the junction and from it. Whoever stayed too long is
 * the staff's, who release him: that is an exit which asks for everything else.
 */
#include "core/date.h"
#include "operators/mode.h"

static yen through_fare(const struct scan_place *place)
{
	return place->through_fare_yen >= 0 ? place->through_fare_yen
					    : place->through->base_fare_yen;
}

static enum scan_verdict leave(struct scan_outcome *out, const struct scan_input *in)
{
	const struct product *product = in->product;
	time_ms stay = in->scan->at - in->use->inside_since;

	if (!mode_ends_ride(in))
		return SCAN_NO_ENTRY;
	if (in->scan->kind != SCAN_KIND_release && product->stay_max_min != 0 &&
	    stay > product->stay_max_min * MINUTE_MS)
		return SCAN_OVERSTAYED;
	out->deemed_fare_yen = mode_fare(in) * in->scan->riders;
	out->through = mode_is_through(in);
	if (out->through)
		out->through_fare_yen = through_fare(in->place) * in->scan->riders;
	mode_ride_close(out, in);
	return SCAN_ADMITTED;
}

enum scan_verdict mode_rail_decide(struct scan_outcome *out, const struct scan_input *in)
{
	if (mode_is_leaving(in))
		return leave(out, in);
	if (mode_is_inside_rail(in))
		return SCAN_ALREADY_INSIDE;
	mode_ride_open(out, in);
	return SCAN_ADMITTED;
}
