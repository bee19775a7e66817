/* core/clock.c - the only question to the system's clock. Without it a decision could not be
 * replayed, for its time would come from everywhere.
 */
#include "core/clock.h"

#include <time.h>

void clock_init(struct clock *clock, bool manual, time_ms manual_start)
{
	*clock = (struct clock){
		.manual = manual,
		.manual_now = manual_start,
		.day_boundary_min = DAY_BOUNDARY_MIN,
	};
}

time_ms clock_now(const struct clock *clock)
{
	struct timespec now;

	if (clock->manual)
		return clock->manual_now;
	MUST(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (time_ms)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool clock_set(struct clock *clock, time_ms to)
{
	if (!clock->manual || to < clock->manual_now)
		return false;
	clock->manual_now = to;
	return true;
}

uint64_t clock_monotonic_ns(void)
{
	struct timespec now;

	MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
