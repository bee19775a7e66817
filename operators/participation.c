/* operators/participation.c - the count of the plan, worked out from views. Without it "sixty in
 * 2027" would be whatever its reader likes. Pure.
 */
#include "operators/participation.h"

#include "fares/money.h"

static bool is_in_scope(const struct op_view *view)
{
	return view->in_scope && (view->modes & PARTICIPATION_MODES) != 0;
}

static bool takes_part(const struct op_view *view, day_t date)
{
	return is_in_scope(view) && view->joined != 0 && view->joined <= date &&
	       (view->left == 0 || date < view->left);
}

/* Whether one before it, which takes part too, is of the same legal entity. */
static bool entity_is_counted(const struct op_view *views, size_t at, day_t date)
{
	for (size_t i = 0; i < at; i++)
		if (text_equal(views[i].corporate_number, views[at].corporate_number) &&
		    takes_part(&views[i], date))
			return true;
	return false;
}

static void count_in_each(uint32_t *counts, size_t count, uint32_t bits)
{
	for (size_t i = 0; i < count; i++)
		counts[i] += bits >> i & 1;
}

void participation_count(struct participation *out, const struct op_view *views, size_t count,
			 day_t date)
{
	MUST(count <= PARTICIPATION_OPERATOR_COUNT_MAX);
	*out = (struct participation){ 0 };
	for (size_t i = 0; i < count; i++) {
		const struct op_view *view = &views[i];
		bool verified = view->corporate_number[0] != '\0';

		out->in_scope_total += is_in_scope(view);
		if (!takes_part(view, date))
			continue;
		out->participants++;
		out->unverified += !verified;
		out->legal_entities += !verified || !entity_is_counted(views, i, date);
		out->active_30_days += view->last_admitted != 0 &&
				       view->last_admitted > date - PARTICIPATION_ACTIVE_DAYS;
		count_in_each(out->by_mode, MODE_COUNT, view->modes & PARTICIPATION_MODES);
		count_in_each(out->by_prefecture, PREFECTURE_COUNT, view->prefectures);
	}
	if (out->in_scope_total > 0)
		out->share_bp = out->participants * BASIS_POINTS / out->in_scope_total;
}
