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

/* ---- A ticket's life. ---- */

struct due { /* An entry says nothing but its key. */
	char nothing;
};
static const struct shape due_shape = { "Due", sizeof(struct due),
					(const struct shape_field[]){ F_END } };

void books_put_due(struct books *books, struct id128 ticket_id, time_ms over_at)
{
	char ticket[UUID_TEXT_SIZE];
	const char *key;
	struct due due;

	uuid_encode(ticket, ticket_id);
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
	if (!view->earned)
		books_put_due(books, fact->ticket_id, over_at);
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
		view.sold = books_fact_day(books);
		mem_copy(view.secret, books->salt.data, sizeof(view.secret));
		books_learn_over(books, &view, fact->not_after);
		books_ticket_moved(books, &view, postings, count);
		fold_put(books->fold, key, &ticket_view_shape, &view);
	}
	books_post(books, postings, count, books_fact_name(books), fact->ticket_id,
		   books_open_period(books, month));
	books_told(books, fact->yen_amount, 0, 0);
	books_partner_tickets(books, books_open_period(books, month), 1, 0);
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
		books_ticket_moved(books, &view, postings, count);
		fold_put(books->fold, key, &ticket_view_shape, &view);
	}
	books_post(books, postings, count, books_fact_name(books), fact->ticket_id,
		   books_open_period(books, month));
	books_told(books, 0, fact->yen_amount, fact->fee_yen);
	books_partner_tickets(books, books_open_period(books, month), 0, 1);
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
	books_operator_secret(books, &view);
	view.version = fact->n;
	view.modes = fact->modes;
	view.prefectures = fact->prefectures;
	mem_copy(view.corporate_number, fact->corporate_number, sizeof(view.corporate_number));
	mem_copy(view.bureau, fact->bureau, sizeof(view.bureau));
	view.in_scope = fact->in_scope;
	view.joined = fact->joined;
	view.left = fact->left;
	view.run_off = fact->run_off;
	fold_put(books->fold, key, &op_view_shape, &view);
}

/* Lines that nobody spoke of are agreed first: a run of theirs writes no ticket. */
static enum fold_result fold_day_closed(struct books *books)
{
	enum fold_result result = books_silence(books);

	return result == FOLD_DONE ? books_close_day(books) : result;
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
	case FACT_validity_extended: books_extended(books); break;
	case FACT_operator_changed: fold_operator(books); break;
	case FACT_rule_published: books_rule_published(books); break;
	case FACT_declared: books_declared(books); break;
	case FACT_period_closed: return books->waits ? FOLD_NEED : books_close_period(books);
	case FACT_day_closed: return books->waits ? FOLD_NEED : fold_day_closed(books);
	case FACT_remitted: books_remitted(books); break;
	case FACT_claimed: books_claimed(books); break;
	case FACT_loss_funded: books_loss_funded(books); break;
	case FACT_line_moved: books_line_moved(books); break;
	case FACT_payout_invoiced: books_invoiced(books); break;
	case FACT_payout_sent: return books->waits ? FOLD_NEED : books_payout_sent(books);
	case FACT_payout_paid:
	case FACT_payout_returned: return books->waits ? FOLD_NEED : books_payout_result(books);
	default: break; /* The rest is nothing to the books. */
	}
	return books->waits ? FOLD_NEED : FOLD_DONE;
}

static enum fold_result bookkeeper_apply(struct fold *fold, void *room,
					 const struct fold_event *event)
{
	struct books books = { .fold = fold,
			       .room = room,
			       .fact = event->memo,
			       .second = event->second,
			       .salt = event->salt };
	enum fold_result result = fold_fact(&books);

	books_put_sums(&books);
	return result;
}

/* The fact is read once. What a scan touches is named here; the rest is rare. */
static void bookkeeper_wants(struct fold *fold, void *room, struct fold_event *event)
{
	struct fact *fact = fold_alloc(fold, sizeof(*fact));
	struct books books = { .fold = fold, .room = room, .fact = fact, .second = event->second };

	MUST(fact_read(fact, event->event));
	event->memo = fact;
	fold_want(fold, "bookk/state");
	if (!id_is_zero(fact->ticket_id))
		fold_want(fold, books_ticket_key(&books, fact->ticket_id));
	if (fact->type == FACT_scanned)
		books_want_scanned(&books);
}

void bookkeeper_room_make(struct bookkeeper_room *room, const struct config *config,
			  uint64_t *identity_failed)
{
	*room = (struct bookkeeper_room){
		.boundary_min = (uint16_t)config->day_boundary_min,
		.offline_grace_h = (uint16_t)config->offline_grace_h,
		.late_limit_days = (uint16_t)config->late_limit_days,
		.identity_failed = identity_failed };
}

const char *const bookkeeper_kinds[] = { "tview",  "oscan",  "ocont", "usage",  "opview", "due",
					 "bal",    "post",   "posta", "sales",  "period", "line",
					 "stmt",   "bookk",  "owed",  "paid",   "icom",   "pstmt",
					 "lstate", "recon",  "close", "pool",   "split",  "commit",
					 "extview", NULL };

const struct fold_op bookkeeper_op = { "book", bookkeeper_apply, bookkeeper_wants };
