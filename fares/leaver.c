/* fares/leaver.c - without it a partner would sell rides with an operator that carries nobody any
 * more. Pure.
 */
#include "fares/leaver.h"

const char leavers_key[] = "leaver/all";

bool leavers_set(struct leavers *leavers, const char *operator_id, day_t left)
{
	uint16_t at = 0;

	while (at < leavers->count && !text_equal(leavers->items[at].operator_id, operator_id))
		at++;
	if (left == 0) {
		if (at < leavers->count)
			leavers->items[at] = leavers->items[--leavers->count];
		return true;
	}
	if (at == LEAVER_COUNT_MAX)
		return false;
	if (at == leavers->count)
		leavers->count++;
	leavers->items[at].left = left;
	return text_set(leavers->items[at].operator_id, ID_SIZE, slice_text(operator_id));
}

const char *leavers_of(const struct leavers *leavers, const struct product *product, day_t day)
{
	for (uint16_t i = 0; i < leavers->count; i++)
		if (day >= leavers->items[i].left &&
		    product_covers_operator(product, leavers->items[i].operator_id))
			return leavers->items[i].operator_id;
	return NULL;
}
