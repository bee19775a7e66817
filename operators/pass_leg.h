/* operators/pass_leg.h - which leg of an airline's boarding pass is meant at a gate.
 *
 * A pass may have four, of several airlines and days. Of those that are places we sold, a leg of
 * the gate's own operator comes first, then one on the service that the gate names, then the one
 * whose day of flight is nearest, then the first on the pass. The server and a gate alone choose
 * alike. Pure.
 */
#ifndef OPERATORS_PASS_LEG_H
#define OPERATORS_PASS_LEG_H

#include "core/base.h"

struct pass_leg {
	bool ours;  /* A place that we sold: */
	bool here;  /* of the gate's operator, */
	bool named; /* on the service that the gate names; */
	day_t day;  /* when it flies. */
};

/* Its place; -1: none is ours. */
int pass_leg_choose(const struct pass_leg *, size_t count, day_t today);

#endif
