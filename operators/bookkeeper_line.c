/* operators/bookkeeper_line.c - what a ticket or a pool gave becomes lines by class of consumption
 * tax, before and after commission and fees. Without it a statement could not say what its invoices
 * are of.
 */
#include "operators/bookkeeper_inside.h"

void books_change_commission(struct books *books, const char *operator_id, const char *partner_id,
			     day_t period, yen more)
{
	const char *key = fold_key(books->fold, "icom/%s/%s/%s", books_month(books, period),
				   operator_id, partner_id);
	struct commission_view view;

	if (more == 0 || !books_get(books, &view, &commission_view_shape, key))
		return;
	MUST(text_set(view.operator_id, ID_SIZE, slice_text(operator_id)));
	MUST(text_set(view.partner_id, ID_SIZE, slice_text(partner_id)));
	view.period = period;
	view.commission_yen = books_add(view.commission_yen, more);
	fold_put(books->fold, key, &commission_view_shape, &view);
}

/* Counts are the leg's, whatever the class: they stand in the line of the product's own. */
static void count_leg(struct line_change *to, const struct split_leg *was,
		      const struct split_leg *now)
{
	to->tickets = (int64_t)split_leg_carried(now) - split_leg_carried(was);
	to->boardings = (int64_t)now->boardings - (int64_t)was->boardings;
	to->riders = (int64_t)now->riders - (int64_t)was->riders;
	to->deemed_fare_yen = (int64_t)now->deemed_fare_yen - (int64_t)was->deemed_fare_yen;
}

static bool says_nothing(const struct line_change *change)
{
	return change->amount_yen == 0 && change->tickets == 0 && change->boardings == 0 &&
	       change->riders == 0 && change->deemed_fare_yen == 0 && change->commission_yen == 0 &&
	       change->fee_yen == 0;
}

void books_change_leg(struct books *books, const struct leg_change *leg)
{
	static const struct split_leg no_leg;
	static const struct gross no_gross;
	const struct split_leg *was = leg->was == NULL ? &no_leg : leg->was;
	const struct split_leg *now = leg->now == NULL ? &no_leg : leg->now;
	const struct gross *before = leg->was == NULL ? &no_gross : leg->was_gross;
	const struct gross *after = leg->now == NULL ? &no_gross : leg->now_gross;
	const struct ticket_split *split = leg->split;
	const char *operator_id = leg->now == NULL ? was->operator_id : now->operator_id;
	yen commission = 0;

	for (uint8_t i = 0; i < TAX_CLASS_COUNT; i++) {
		const struct gross_part *a = &before->of[i], *b = &after->of[i];
		struct line_change change = { .operator_id = operator_id,
					      .product_number = split->product_number,
					      .product_version = split->product_version,
					      .rule_id = split->rule_id,
					      .rule_version = split->rule_version,
					      .period = split->period,
					      .rides = leg->rides,
					      .tax_class = i };

		change.amount_yen = b->amount_yen - a->amount_yen;
		change.commission_yen = b->commission_yen - a->commission_yen;
		change.fee_yen = b->fee_yen - a->fee_yen;
		if (i == leg->product->tax_class)
			count_leg(&change, was, now);
		commission += change.commission_yen;
		if (!says_nothing(&change))
			books_change_line(books, &change);
	}
	if (leg->was != NULL || leg->now != NULL)
		books_change_commission(books, operator_id, split->partner_id, split->period,
					commission);
}
