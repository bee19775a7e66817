/* operators/pass_leg.c - without it whoever changes planes could not board the second one. Pure. */
#include "operators/pass_leg.h"

static int32_t days_apart(day_t a, day_t b)
{
	return a < b ? b - a : a - b;
}

static bool is_better(const struct pass_leg *a, const struct pass_leg *b, day_t today)
{
	if (a->here != b->here)
		return a->here;
	if (a->named != b->named)
		return a->named;
	return days_apart(a->day, today) < days_apart(b->day, today);
}

int pass_leg_choose(const struct pass_leg *legs, size_t count, day_t today)
{
	int chosen = -1;

	for (size_t i = 0; i < count; i++)
		if (legs[i].ours && (chosen < 0 || is_better(&legs[i], &legs[chosen], today)))
			chosen = (int)i;
	return chosen;
}
