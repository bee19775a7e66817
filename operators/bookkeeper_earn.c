/* operators/bookkeeper_earn.c - a day is closed, and what its tickets earned is divided among
 * those who carried. Without it all money would stay unearned for ever.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

/* Of one ticket at the most: a posting touches two balances, but all debit one and the same. */
enum {
	EARN_APART_MAX = 5, /* Ticket, due entry, period, the account debited, and one to spare. */
	EARN_WRITE_COUNT_MAX =
		2 * LEDGER_POSTING_COUNT_MAX + 2 * VIEW_LEG_COUNT_MAX + EARN_APART_MAX,
};
_Static_assert((int)EARN_WRITE_COUNT_MAX <= (int)FOLD_WRITE_COUNT_MAX,
	       "one ticket fits into one run");

struct earning { /* One ticket's. */
	struct books *books;
	struct id128 ticket_id;
	const char *uuid, *ticket_key;
	struct ticket_view view;
	struct rule rule;
	struct ride_weight rides[VIEW_LEG_COUNT_MAX];
	char operators[VIEW_LEG_COUNT_MAX][ID_SIZE];
	struct sharing sharing;
	struct posting postings[LEDGER_POSTING_COUNT_MAX];
	size_t posting_count;
	day_t period, rides_month;
};

/* The rule that the product's version named when it was published. */
static bool get_rule(struct earning *earning)
{
	struct books *books = earning->books;
	const struct ticket_view *view = &earning->view;
	struct product *product = fold_alloc(books->fold, sizeof(*product));

	if (!books_get(books, product, &product_shape,
		       fold_key(books->fold, "prodver/%04x/%04x", view->product_number,
				view->product_version)))
		return false;
	MUST(product->rule_id[0] != '\0');
	if (!books_get(books, &earning->rule, &rule_shape,
		       fold_key(books->fold, "rule/%s/%04x", product->rule_id,
				product->rule_version)))
		return false;
	MUST(earning->rule.step_count > 0);
	return true;
}

static void divide(struct earning *earning)
{
	const struct ticket_view *view = &earning->view;

	for (size_t i = 0; i < view->leg_count; i++) {
		const struct view_leg *leg = &view->legs[i];

		earning->rides[i] = (struct ride_weight){ leg->boardings, leg->riders,
							  leg->deemed_fare_yen };
		mem_copy(earning->operators[i], leg->operator_id, ID_SIZE);
	}
	sharing_divide(&earning->sharing, &earning->rule, view->price_yen, earning->rides,
		       view->leg_count);
	earning->posting_count = ledger_earned(earning->postings, view->partner_id, &earning->rule,
					       &earning->sharing,
					       (const char(*)[ID_SIZE])earning->operators,
					       view->leg_count);
}

static void put_line(struct earning *earning, size_t i)
{
	struct books *books = earning->books;
	const struct ticket_view *view = &earning->view;
	const struct view_leg *leg = &view->legs[i];
	struct line line;
	const char *key = fold_key(books->fold, "line/%s/%s/%04x/%04x/%s",
				   books_month(books, earning->period), leg->operator_id,
				   view->product_number, view->product_version,
				   books_month(books, earning->rides_month));

	if (!books_get(books, &line, &line_shape, key))
		return;
	mem_copy(line.operator_id, leg->operator_id, ID_SIZE);
	line.product_number = view->product_number;
	line.product_version = view->product_version;
	mem_copy(line.rule_id, earning->rule.rule_id, ID_SIZE);
	line.rule_version = earning->rule.version;
	line.period = earning->period;
	line.rides = earning->rides_month;
	line.amount_yen = books_sum(line.amount_yen, earning->sharing.share_yen[i]);
	line.tickets++;
	line.boardings += leg->boardings;
	line.riders += leg->riders;
	line.deemed_fare_yen += leg->deemed_fare_yen;
	fold_put(books->fold, key, &line_shape, &line);
}

static void put_statement(struct earning *earning, size_t i)
{
	struct books *books = earning->books;
	const struct view_leg *leg = &earning->view.legs[i];
	struct statement_view sum;
	const char *key = fold_key(books->fold, "stmt/%s/%s", leg->operator_id,
				   books_month(books, earning->period));

	if (!books_get(books, &sum, &statement_view_shape, key))
		return;
	mem_copy(sum.operator_id, leg->operator_id, ID_SIZE);
	sum.period = earning->period;
	sum.amount_yen = books_sum(sum.amount_yen, earning->sharing.share_yen[i]);
	sum.tickets++;
	sum.boardings += leg->boardings;
	fold_put(books->fold, key, &statement_view_shape, &sum);
}

static void put_period(struct earning *earning)
{
	struct books *books = earning->books;
	const struct sharing *sharing = &earning->sharing;
	bool to_partner = earning->rule.unused_to == UNUSED_TO_PARTNER;
	const char *key =
		fold_key(books->fold, "period/%s", books_month(books, earning->period));
	struct period_view view;

	if (!books_get(books, &view, &period_view_shape, key))
		return;
	MUST(view.closed_at == 0); /* A closed period never changes. */
	view.period = earning->period;
	for (size_t i = 0; i < earning->view.leg_count; i++)
		view.operators_yen = books_sum(view.operators_yen, sharing->share_yen[i]);
	view.partners_yen = books_sum(view.partners_yen, sharing->commission_yen);
	view.council_yen = books_sum(view.council_yen, sharing->council_fee_yen);
	if (to_partner)
		view.partners_yen = books_sum(view.partners_yen, sharing->unused_yen);
	else
		view.council_yen = books_sum(view.council_yen, sharing->unused_yen);
	view.tickets++;
	fold_put(books->fold, key, &period_view_shape, &view);
}

static void put_earning(struct earning *earning)
{
	struct books *books = earning->books;
	const char *name = fold_key(books->fold, "%s-%s", books_fact_name(books), earning->uuid);

	books_post(books, earning->postings, earning->posting_count, name, earning->ticket_id,
		   earning->period);
	for (size_t i = 0; i < earning->view.leg_count; i++) {
		put_line(earning, i);
		put_statement(earning, i);
	}
	put_period(earning);
	earning->view.earned = true;
	fold_put(books->fold, earning->ticket_key, &ticket_view_shape, &earning->view);
}

/* Is the ticket earned with this day? Another entry stands for one that is over later. */
static bool is_over(const struct books *books, const struct ticket_view *view)
{
	return !view->refunded && !view->earned &&
	       books_due_day(books, view->over_at) <= books->fact->day;
}

/* False: no room in this run; nothing was done. */
static bool close_ticket(struct books *books, const char *due_key, uint32_t *writes)
{
	struct earning *earning = fold_alloc(books->fold, sizeof(*earning));
	const char *uuid = due_key + text_size("due/123456/");
	size_t most;

	earning->books = books;
	earning->uuid = uuid;
	MUST(uuid_decode(&earning->ticket_id, slice_text(uuid)));
	earning->ticket_key = books_ticket_key(books, earning->ticket_id);
	if (!books_get(books, &earning->view, &ticket_view_shape, earning->ticket_key))
		return true;
	if (is_over(books, &earning->view)) {
		day_t day = service_day_at(earning->view.over_at, books->room->boundary_min);

		if (!get_rule(earning))
			return true;
		divide(earning);
		earning->rides_month = month_of(day);
		earning->period = books_open_period(books, earning->rides_month);
		most = 2 * earning->posting_count + 2u * earning->view.leg_count + EARN_APART_MAX;
		if (*writes + most > FOLD_WRITE_COUNT_MAX)
			return false;
		*writes += (uint32_t)most;
		put_earning(earning);
	} else if (++*writes > FOLD_WRITE_COUNT_MAX) {
		return false;
	}
	fold_remove(books->fold, due_key);
	return true;
}

/* As many tickets as one run may write. Those that a run before has done have no entry any more. */
enum fold_result books_close_day(struct books *books)
{
	const char *until = fold_key(books->fold, "due/%06d/", (int)books->fact->day + 1);
	const struct slice *keys;
	uint32_t count, done = 0, writes = 1; /* The state. */

	if (!fold_page(books->fold, &keys, &count, "due/", until))
		return FOLD_NEED;
	while (done < count && close_ticket(books, (const char *)keys[done].data, &writes))
		done++;
	if (books->waits)
		return FOLD_NEED;
	if (done < count || count == FOLD_PAGE_COUNT_MAX)
		return FOLD_MORE;
	if (books->fact->day > books->state.closed_day)
		books->state.closed_day = books->fact->day;
	fold_put(books->fold, "bookk/state", &book_state_shape, &books->state);
	return FOLD_DONE;
}
