/* core/clock.h - what time it is, asked in one place.
 *
 * Only the shell asks; deciders are told. A manual clock serves demos and tests: it stands still
 * until it is set, and moves forward only.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/date.h"

struct clock {
	bool manual;
	time_ms manual_now;
	uint16_t day_boundary_min;
};

void clock_init(struct clock *, bool manual, time_ms manual_start);
time_ms clock_now(const struct clock *);
/* False when the clock is not manual or `to` lies before now. */
MUSTCHECK bool clock_set(struct clock *, time_ms to);
/* Nanoseconds that never go back; for durations only. */
uint64_t clock_monotonic_ns(void);

#endif
