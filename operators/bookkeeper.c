/* operators/bookkeeper.c - facts become counts, balances and what a ticket has seen so far.
 * Without it the log would be a diary that nobody has added up.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"

bool books_get(struct books *books, void *out, const struct shape *shape, const char *key)
{
	switch (fold_get(books->fold, out, shape, key)) {
	case FOLD_GOT: return true;
	case FOLD_ABSENT: mem_zero(out, shape->size); return true;
	default: books->waits = true; return false;
	}
}

const char *books_ticket_key(struct books *books, struct id128 ticket_id)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, ticket_id);
	return fold_key(books->fold, "tview/%s", text);
}

const char *books_month(struct books *books, day_t month)
{
	char *text = fold_alloc(books->fold, MONTH_TEXT_SIZE);

	month_encode(text, month);
	return text;
}

const char *books_date(struct books *books, day_t day)
{
	char *text = fold_alloc(books->fold, DATE_TEXT_SIZE);

	date_encode(text, day);
	return text;
}

day_t books_fact_day(const struct books *books)
{
	return service_day_at(books->fact->at, books->room->boundary_min);
}

day_t books_due_day(const struct books *books, time_ms over_at)
{
	return service_day_at(over_at + books->room->offline_grace_h * HOUR_MS,
			      books->room->boundary_min);
}

day_t books_open_period(const struct books *books, day_t month)
{
	return month > books->state.open_period ? month : books->state.open_period;
}

yen books_sum(yen a, yen b)
{
	MUST(a >= 0 && b >= 0 && a <= JSON_INT_MAX - b);
	return a + b;
}

/* ---- Postings. ---- */

const char *books_fact_name(struct books *books)
{
	char *text = fold_alloc(books->fold, HEX32_SIZE);

	hex_encode(text, HEX32_SIZE, slice_of(books->fact->id.bytes, 16));
	return text;
}

static void add_to_balance(struct books *books, const char *account, yen debit, yen credit)
{
	const char *key = fold_key(books->fold, "bal/%s", account);
	struct balance balance;

	if (!books_get(books, &balance, &balance_shape, key))
		return;
	MUST(text_set(balance.account, sizeof(balance.account), slice_text(account)));
	balance.debit_yen = books_sum(balance.debit_yen, debit);
	balance.credit_yen = books_sum(balance.credit_yen, credit);
	balance.postings++;
	fold_put(books->fold, key, &balance_shape, &balance);
}

void books_post(struct books *books, struct posting *postings, size_t count, const char *name,
		struct id128 ticket_id, day_t period)
{
	for (size_t k = 0; k < count; k++) {
		struct posting *posting = &postings[k], found;
		const char *key = fold_key(books->fold, "post/%010lld/%s/%03zu",
					   (long long)books->second, name, k);

		posting->ticket_id = ticket_id;
		posting->fact_id = books->fact->id;
		posting->period = period;
		posting->day = books_fact_day(books);
		posting->at = books->fact->at;
		if (books_get(books, &found, &posting_shape, key)) {
			MUST(found.amount_yen == 0); /* No fact moves money twice. */
			fold_put(books->fold, key, &posting_shape, posting);
		}
		add_to_balance(books, posting->debit, posting->amount_yen, 0);
		add_to_balance(books, posting->credit, 0, posting->amount_yen);
	}
}

/* ---- A ticket's life. ---- */

struct due { /* An entry says nothing but its key. */
	char nothing;
};
static const struct shape due_shape = { "Due", sizeof(struct due),
					(const struct shape_field[]){ F_END } };

static void put_due(struct books *books, time_ms over_at)
{
	char ticket[UUID_TEXT_SIZE];
	const char *key;
	struct due due;

	uuid_encode(ticket, books->fact->ticket_id);
	key = fold_key(books->fold, "due/%06d/%s", (int)books_due_day(books, over_at), ticket);
	if (books_get(books, &due, &due_shape, key))
		fold_put(books->fold, key, &due_shape, &due);
}

/* The fact with the ticket's highest count knows best when it is over. */
void books_learn_over(struct books *books, struct ticket_view *view, time_ms over_at)
{
	const struct fact *fact = books->fact;

	if (fact->n < view->n || over_at == 0)
		return;
	view->n = fact->n;
	if (over_at == view->over_at)
		return;
	view->over_at = over_at;
	put_due(books, over_at);
}

static bool get_sales(struct books *books, struct sales_tally *tally, const char **key)
{
	*key = fold_key(books->fold, "sales/%s/%04x", books_date(books, books_fact_day(books)),
			books->fact->product_number);
	return books_get(books, tally, &sales_tally_shape, *key);
}

static void fold_sold(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = books_ticket_key(books, fact->ticket_id), *sales_key;
	day_t month = month_of(books_fact_day(books));
	struct ticket_view view;
	struct sales_tally sales;
	struct posting postings[1];
	size_t count = ledger_sold(postings, fact->partner_id, fact->yen_amount);

	if (books_get(books, &view, &ticket_view_shape, key)) {
		view.product_number = fact->product_number;
		view.product_version = fact->product_version;
		mem_copy(view.partner_id, fact->partner_id, sizeof(view.partner_id));
		view.riders = fact->riders;
		view.price_yen = fact->yen_amount;
		books_learn_over(books, &view, fact->not_after);
		fold_put(books->fold, key, &ticket_view_shape, &view);
	}
	books_post(books, postings, count, books_fact_name(books), fact->ticket_id,
		   books_open_period(books, month));
	if (get_sales(books, &sales, &sales_key)) {
		sales.tickets++;
		sales.riders += fact->riders;
		sales.sold_yen = books_sum(sales.sold_yen, fact->yen_amount);
		fold_put(books->fold, sales_key, &sales_tally_shape, &sales);
	}
}

static void fold_refunded(struct books *books)
{
	const struct fact *fact = books->fact;
	const char *key = books_ticket_key(books, fact->ticket_id), *sales_key;
	day_t month = month_of(books_fact_day(books));
	struct ticket_view view;
	struct sales_tally sales;
	struct posting postings[2];
	size_t count = ledger_refunded(postings, fact->partner_id,
				       books_sum(fact->yen_amount, fact->fee_yen), fact->fee_yen,
				       (enum beneficiary)fact->fee_to);

	if (books_get(books, &view, &ticket_view_shape, key)) {
		view.refunded = true;
		fold_put(books->fold, key, &ticket_view_shape, &view);
	}
	books_post(books, postings, count, books_fact_name(books), fact->ticket_id,
		   books_open_period(books, month));
	if (get_sales(books, &sales, &sales_key)) {
		sales.refunds++;
		sales.refunded_yen = books_sum(sales.refunded_yen, fact->yen_amount);
		sales.fees_yen = books_sum(sales.fees_yen, fact->fee_yen);
		fold_put(books->fold, sales_key, &sales_tally_shape, &sales);
	}
}

/* ---- Those who take part, and time. ---- */

bool books_get_operator(struct books *books, struct op_view *view, const char **key)
{
	*key = fold_key(books->fold, "opview/%s", books->fact->operator_id);
	if (!books_get(books, view, &op_view_shape, *key))
		return false;
	mem_copy(view->operator_id, books->fact->operator_id, sizeof(view->operator_id));
	return true;
}

static void fold_operator(struct books *books)
{
	const struct fact *fact = books->fact;
	struct op_view view;
	const char *key;

	if (!books_get_operator(books, &view, &key) || fact->n < view.version)
		return;
	view.version = fact->n;
	view.modes = fact->modes;
	view.prefectures = fact->prefectures;
	mem_copy(view.corporate_number, fact->corporate_number, sizeof(view.corporate_number));
	mem_copy(view.bureau, fact->bureau, sizeof(view.bureau));
	view.in_scope = fact->in_scope;
	view.joined = fact->joined;
	view.left = fact->left;
	fold_put(books->fold, key, &op_view_shape, &view);
}

static void fold_period_closed(struct books *books)
{
	day_t period = month_of(books->fact->day);
	const char *key = fold_key(books->fold, "period/%s", books_month(books, period));
	struct period_view view;

	if (!books_get(books, &view, &period_view_shape, key))
		return;
	view.period = period;
	view.closed_at = books->fact->at;
	fold_put(books->fold, key, &period_view_shape, &view);
	books->state.open_period = books_open_period(books, month_next(period));
	fold_put(books->fold, "bookk/state", &book_state_shape, &books->state);
}

static enum fold_result fold_fact(struct books *books)
{
	if (!books_get(books, &books->state, &book_state_shape, "bookk/state"))
		books->state = (struct book_state){ 0 }; /* Go on, to ask for more. */
	switch ((enum fact_type)books->fact->type) {
	case FACT_sold: fold_sold(books); break;
	case FACT_refunded: fold_refunded(books); break;
	case FACT_scanned:
	case FACT_contest_changed: books_scanned(books); break;
	case FACT_flown: books_flown(books); break;
	case FACT_operator_changed: fold_operator(books); break;
	case FACT_period_closed:
		if (!books->waits)
			fold_period_closed(books);
		break;
	case FACT_day_closed: return books->waits ? FOLD_NEED : books_close_day(books);
	default: break; /* The rest is nothing to the books. */
	}
	return books->waits ? FOLD_NEED : FOLD_DONE;
}

static enum fold_result bookkeeper_apply(struct fold *fold, void *room,
					 const struct fold_event *event)
{
	struct fact *fact = fold_alloc(fold, sizeof(*fact));
	struct books books = { .fold = fold, .room = room, .fact = fact, .second = event->second };

	MUST(fact_read(fact, event->event));
	return fold_fact(&books);
}

const struct fold_op bookkeeper_op = { "book", bookkeeper_apply };
