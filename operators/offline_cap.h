/* operators/offline_cap.h - how much one static ticket may earn an operator on one service day, by
 * what offline gates told.
 *
 * A picture of its code proves nobody's presence, and offline nobody else saw who showed it, so a
 * product may set a bound (static_day_cap_yen). Only offline uses are bounded, in their order, each
 * on the service day of its own time. A phone's ticket is not.
 *
 * A boarding takes what it is deemed to be worth. On rail that is known only at the exit, so the
 * entry takes the base fare ahead, and the exit what the ride was worth above that: else nobody
 * would be told so before the ride is over. Pure.
 */
#ifndef OPERATORS_OFFLINE_CAP_H
#define OPERATORS_OFFLINE_CAP_H

#include "operators/offline_uses.h"

/* False: it would be too much. True: it took its part. begun: the boarding that it ends; NULL: it
 * is a boarding itself. */
MUSTCHECK bool offline_cap_take(struct offline_use *, const struct offline_use *begun,
				const struct offline_uses *, const struct offline_terms *);
void offline_cap_reset(struct offline_uses *);
/* One that leaves the list: what it took stays taken. */
void offline_cap_leave(struct offline_uses *, const struct offline_use *);

#endif
