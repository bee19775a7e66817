/* operators/offline_cap.c - the bound of a static ticket's day. Without it whoever has a picture of
 * a code could tell of rides all day long, and all others would pay for them. Pure.
 */
#include "operators/offline_cap.h"

#include "core/date.h"

static yen above(yen fare, yen taken)
{
	return fare > taken ? fare - taken : 0;
}

/* Where it was reckoned for another ride, it will be again, and all is judged again. */
static void weigh_end(struct offline_use *taken, const struct offline_use *end,
		      const struct offline_use *begun)
{
	yen ahead = begun->mode == MODE_rail && begun->day == taken->day ? begun->taken_yen : 0;

	taken->taken_yen = end->deemed_fare_yen;
	if (end->through_operator_id[0] != '\0')
		taken->through_taken_yen = above(end->through_fare_yen, ahead);
	else
		taken->taken_yen = above(end->deemed_fare_yen, ahead);
}

/* Of what has left the newest day's sum is known, of whatever operator, and of no day before. */
static bool fits(const struct offline_uses *list, const char *operator_id, day_t day, yen more,
		 yen cap)
{
	yen sum = more;

	if (more == 0)
		return true;
	if (list->gone_day != 0 && day < list->gone_day)
		return false;
	if (list->gone_day == day)
		sum += list->gone_yen;
	for (uint16_t i = 0; i < list->count; i++) {
		const struct offline_use *other = &list->uses[i];

		if (other->day != day)
			continue;
		if (text_equal(other->operator_id, operator_id))
			sum += other->taken_yen;
		if (text_equal(other->through_operator_id, operator_id))
			sum += other->through_taken_yen;
	}
	return sum <= cap;
}

bool offline_cap_take(struct offline_use *use, const struct offline_use *begun,
		      const struct offline_uses *list, const struct offline_terms *terms)
{
	yen cap = terms->product->static_day_cap_yen;
	struct offline_use taken = { .day = service_day_at(use->at, terms->boundary_min) };

	if (cap == 0 || terms->ticket->has_device_key)
		return true;
	if (begun != NULL)
		weigh_end(&taken, use, begun);
	else
		taken.taken_yen = use->fare_yen;
	if (!fits(list, use->operator_id, taken.day, taken.taken_yen, cap) ||
	    !fits(list, use->through_operator_id, taken.day, taken.through_taken_yen, cap))
		return false;
	use->day = taken.day;
	use->taken_yen = taken.taken_yen;
	use->through_taken_yen = taken.through_taken_yen;
	return true;
}

void offline_cap_reset(struct offline_uses *list)
{
	for (uint16_t i = 0; i < list->count; i++) {
		struct offline_use *use = &list->uses[i];

		use->day = 0;
		use->taken_yen = use->through_taken_yen = 0;
	}
}

void offline_cap_leave(struct offline_uses *list, const struct offline_use *use)
{
	yen taken = use->taken_yen + use->through_taken_yen;

	if (taken == 0 || use->day < list->gone_day)
		return;
	if (use->day > list->gone_day)
		list->gone_yen = 0;
	list->gone_day = use->day;
	list->gone_yen += taken;
}
