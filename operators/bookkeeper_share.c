/* operators/bookkeeper_share.c - what a division changes beside the ledger: lines, an operator's
 * sum and the month's; and which rule divides. Without it a posting would be in no statement.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

static void change_statement(struct books *books, const struct line_change *change)
{
	const char *key = fold_key(books->fold, "stmt/%s/%s", change->operator_id,
				   books_month(books, change->period));
	struct statement_view sum;

	if (!books_get(books, &sum, &statement_view_shape, key))
		return;
	MUST(text_set(sum.operator_id, ID_SIZE, slice_text(change->operator_id)));
	sum.period = change->period;
	sum.amount_yen = books_add(sum.amount_yen, change->amount_yen);
	sum.tickets += change->tickets;
	sum.boardings += change->boardings;
	fold_put(books->fold, key, &statement_view_shape, &sum);
}

void books_change_line(struct books *books, const struct line_change *change)
{
	const char *key = fold_key(books->fold, "line/%s/%s/%04x/%04x/%s/%04x/%u",
				   books_month(books, change->period), change->operator_id,
				   change->product_number, change->product_version,
				   books_month(books, change->rides), change->rule_version,
				   change->tax_class);
	struct line line;

	change_statement(books, change);
	if (!books_get(books, &line, &line_shape, key))
		return;
	MUST(text_set(line.operator_id, ID_SIZE, slice_text(change->operator_id)));
	MUST(text_set(line.rule_id, ID_SIZE, slice_text(change->rule_id)));
	line.product_number = change->product_number;
	line.product_version = change->product_version;
	line.rule_version = change->rule_version;
	line.period = change->period;
	line.rides = change->rides;
	line.amount_yen = books_add(line.amount_yen, change->amount_yen);
	line.tickets += change->tickets;
	line.boardings += change->boardings;
	line.riders += change->riders;
	line.deemed_fare_yen += change->deemed_fare_yen;
	line.tax_class = change->tax_class;
	line.commission_yen = books_add(line.commission_yen, change->commission_yen);
	line.fee_yen = books_add(line.fee_yen, change->fee_yen);
	line.gross_yen = books_add(line.amount_yen, line.commission_yen + line.fee_yen);
	fold_put(books->fold, key, &line_shape, &line);
}

void books_change_period(struct books *books, day_t period, const struct period_change *change)
{
	const char *key = fold_key(books->fold, "period/%s", books_month(books, period));
	struct period_view view;

	if (!books_get(books, &view, &period_view_shape, key))
		return;
	MUST(view.closed_at == 0); /* A closed period never changes. */
	view.period = period;
	view.operators_yen = books_add(view.operators_yen, change->operators_yen);
	view.partners_yen = books_add(view.partners_yen, change->partners_yen);
	view.council_yen = books_add(view.council_yen, change->council_yen);
	view.tickets += change->tickets;
	fold_put(books->fold, key, &period_view_shape, &view);
}

/* ---- Rules. ---- */

static const char *series_key(struct books *books, const char *rule_id)
{
	return fold_key(books->fold, "pool/rule/%s", rule_id);
}

/* The bookkeeper's own list of dated versions: rulehead/ changes with each publication. */
void books_rule_published(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = series_key(books, fact->rule_id);
	struct rule_head *series = fold_alloc(books->fold, sizeof(*series));
	struct rule *rule = fold_alloc(books->fold, sizeof(*rule));
	bool got = books_get(books, series, &rule_head_shape, key);

	if (!books_get_rule_version(books, rule, fact->rule_id, fact->rule_version) || !got ||
	    rule->valid_from == 0)
		return;
	mem_copy(series->rule_id, fact->rule_id, ID_SIZE);
	MUST(rule_span_add(series, rule)); /* It was when it was published. */
	fold_put(books->fold, key, &rule_head_shape, series);
}

bool books_get_rule_version(struct books *books, struct rule *out, const char *rule_id,
			    uint16_t version)
{
	if (!books_get(books, out, &rule_shape,
		       fold_key(books->fold, "rule/%s/%04x", rule_id, version)))
		return false;
	MUST(out->step_count > 0);
	return true;
}

bool books_get_rule(struct books *books, struct rule *out, struct product *product,
		    uint16_t number, uint16_t version, day_t sold)
{
	struct rule_head *series = fold_alloc(books->fold, sizeof(*series));

	if (!books_get(books, product, &product_shape,
		       fold_key(books->fold, "prodver/%04x/%04x", number, version)))
		return false;
	MUST(product->rule_id[0] != '\0');
	if (!books_get_rule_version(books, out, product->rule_id, product->rule_version))
		return false;
	if (out->valid_from == 0)
		return true;
	if (!books_get(books, series, &rule_head_shape, series_key(books, product->rule_id)))
		return false;
	return books_get_rule_version(books, out, product->rule_id,
				      rule_version_on(series, product->rule_version, sold));
}

bool books_too_late(struct books *books)
{
	day_t month = month_of(books_fact_day(books)), closed, told;
	struct period_view view;

	if (month >= books->state.open_period)
		return false;
	if (!books_get(books, &view, &period_view_shape,
		       fold_key(books->fold, "period/%s", books_month(books, month))))
		return false;
	closed = view.closed_at == 0 ? month_next(month)
				     : service_day_at(view.closed_at, books->room->boundary_min);
	told = service_day_at(books->second * SECOND_MS, books->room->boundary_min);
	return told > closed + books->room->late_limit_days;
}

bool books_is_gone(struct books *books, const char *operator_id, day_t day)
{
	struct op_view view;

	if (!books_get(books, &view, &op_view_shape,
		       fold_key(books->fold, "opview/%s", operator_id)))
		return false;
	return view.run_off != 0 && day > view.run_off;
}
