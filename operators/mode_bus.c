/* operators/mode_bus.c - buses let people on, and off if they say so. Without it a forgotten
 * alighting would keep its rider off every other bus. Pure.
 *
 * The base fare is deemed on boarding, for many never alight by a scan; what the ride was worth
 * above it, when they do.
 */
#include "operators/mode.h"

static enum scan_verdict alight(struct scan_outcome *out, const struct scan_input *in)
{
	yen above = mode_fare(in) - in->place->operator->base_fare_yen;

	if (!mode_ends_ride(in))
		return SCAN_NO_ENTRY;
	if (in->place->backwards)
		return SCAN_WRONG_ORDER;
	out->deemed_fare_yen = above > 0 ? above * in->scan->riders : 0;
	mode_ride_close(out, in);
	return SCAN_ADMITTED;
}

/* On the vehicle that the rider just boarded: the same ride shown twice. Later, or on another one,
 * the ride before is over. */
static bool is_aboard(const struct scan_input *in)
{
	if (mode_is_inside_rail(in))
		return true;
	return in->use->inside && in->use->inside_mode == MODE_bus &&
	       text_equal(in->use->last_gate, in->place->gate->gate_id) && mode_is_recent(in);
}

enum scan_verdict mode_bus_decide(struct scan_outcome *out, const struct scan_input *in)
{
	if (mode_is_leaving(in))
		return alight(out, in);
	if (is_aboard(in))
		return SCAN_ALREADY_INSIDE;
	out->deemed_fare_yen = in->place->operator->base_fare_yen * in->scan->riders;
	mode_ride_open(out, in);
	return SCAN_ADMITTED;
}
