/* operators/bookkeeper_pay.c - payouts in the books: what partners are owed by month, transfers
 * that were sent, paid and returned, and the lines that went with them. Without it what was paid
 * would stay owed.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"
#include "operators/payout.h"

enum {
	PAY_LINES_MAX = 256,   /* Lines that one run moves. */
	PAY_POSTING_STEP = 64, /* Numbers of postings that each transfer has for itself. */
};
_Static_assert((int)PAY_POSTING_STEP >= (int)LEDGER_PAID_COUNT_MAX, "room for each");
_Static_assert(PAY_LINES_MAX + (BOOKS_POST_WRITES + 2) * LEDGER_PAID_COUNT_MAX + 8 <=
		   FOLD_WRITE_COUNT_MAX,
	       "one transfer fits into one run");

/* ---- What partners are owed. ---- */

static void add_owed(struct books *books, const char *account, day_t period, yen credit_yen)
{
	static const struct slice payable = { (const uint8_t *)"payable/partner/", 16 };
	static const struct slice receivable = { (const uint8_t *)"receivable/partner/", 19 };
	struct slice name = slice_text(account);
	bool owes = slice_starts(name, receivable);
	struct partner_owed owed;
	const char *id, *key;

	if (!owes && !slice_starts(name, payable))
		return;
	id = account + (owes ? receivable.size : payable.size);
	key = fold_key(books->fold, "owed/%s/%s", books_month(books, period), id);
	if (!books_get(books, &owed, &partner_owed_shape, key))
		return;
	MUST(text_set(owed.partner_id, ID_SIZE, slice_text(id)));
	owed.period = period;
	if (owes)
		owed.receivable_yen = books_add(owed.receivable_yen, -credit_yen);
	else
		owed.payable_yen = books_add(owed.payable_yen, credit_yen);
	fold_put(books->fold, key, &partner_owed_shape, &owed);
}

void books_owed(struct books *books, const struct posting *posting)
{
	if (posting_is_payout(posting))
		return;
	add_owed(books, posting->debit, posting->period, -posting->amount_yen);
	add_owed(books, posting->credit, posting->period, posting->amount_yen);
}

/* ---- Transfers: made before their facts, and never changed. ---- */

static bool get_payout(struct books *books, struct payout *out)
{
	return books_get(books, out, &payout_shape,
			 fold_key(books->fold, "payout/%s", books_month(books, books->fact->day)));
}

static bool get_transfer(struct books *books, struct transfer *out, uint32_t number)
{
	if (!books_get(books, out, &transfer_shape,
		       fold_key(books->fold, "payout/%s/%04u", books_month(books, books->fact->day),
				(unsigned)number)))
		return false;
	MUST(out->number == number);
	return true;
}

static void post_transfer(struct books *books, const struct transfer *transfer, const char *other,
			  const char *why)
{
	struct posting postings[LEDGER_PAID_COUNT_MAX];
	size_t count = ledger_paid(postings, transfer->parts, transfer->part_count, other,
				   books->fact->type == FACT_payout_returned, why);
	const char *name =
	    fold_key(books->fold, "%s-%04u", books_fact_name(books), (unsigned)transfer->number);

	books_post_more(books, postings, count, name, (struct id128){ { 0 } },
			books_open_period(books, month_of(books_fact_day(books))),
			(size_t)transfer->number * PAY_POSTING_STEP);
}

void books_invoiced(struct books *books)
{
	struct transfer *transfer = fold_alloc(books->fold, sizeof(*transfer));

	if (get_transfer(books, transfer, books->fact->count))
		post_transfer(books, transfer,
			      fold_key(books->fold, ACCOUNT_PAYEE_PREFIX "%s", transfer->payee_id),
			      "invoiced");
}

/* ---- The lines that a transfer pays. ---- */

struct moving {
	struct books *books;
	const struct payout *payout;
	const struct transfer *transfer;
	time_ms sent_at; /* 0: it is being sent. */
	enum line_move move;
	uint32_t moved;
	bool waits, more;
};

/* In dispute when the payout was made: its operator is not paid it yet. */
static bool is_held(const struct payout *payout, const char *tail)
{
	for (size_t i = 0; i < payout->held_count; i++)
		if (text_equal(payout->held[i].tail, tail))
			return true;
	return false;
}

/* Sent again after the payout was made, it belongs to the next. */
static bool is_to_send(const struct moving *moving, const struct line_view *view, const char *tail)
{
	const struct line_step *last = &view->steps[view->step_count - 1];

	if (view->state == LINE_RETURNED)
		return last->at <= moving->payout->made_at;
	return view->state == LINE_AGREED && !is_held(moving->payout, tail);
}

static bool was_sent(const struct line_view *view, time_ms sent_at)
{
	for (size_t i = 0; i < view->step_count; i++)
		if (view->steps[i].state == LINE_SENT && view->steps[i].at == sent_at)
			return true;
	return false;
}

static bool is_moved(const struct moving *moving, const struct line_view *view, const char *tail)
{
	uint8_t next;

	if (view->step_count == 0 || !line_state_move(&next, view->state, moving->move))
		return false;
	return moving->sent_at == 0 ? is_to_send(moving, view, tail)
				    : was_sent(view, moving->sent_at);
}

static void move_line(struct moving *moving, day_t month, const char *key)
{
	struct books *books = moving->books;
	struct line_view *view = fold_alloc(books->fold, sizeof(*view));
	const char *tail = key + text_size("lstate/"); /* 2026-11/ferry/... */

	if (!books_get(books, view, &line_view_shape, key) || !is_moved(moving, view, tail))
		return;
	if (moving->moved == PAY_LINES_MAX) {
		moving->more = true;
		return;
	}
	moving->moved++;
	MUST(books_move_line(books, month, tail + MONTH_TEXT_SIZE, moving->move, "bank",
			     books->fact->note));
}

static void move_month(struct moving *moving, day_t month, const char *operator_id)
{
	struct fold *fold = moving->books->fold;
	const char *prefix =
	    fold_key(fold, "lstate/%s/%s", books_month(moving->books, month), operator_id);
	const char *from = fold_key(fold, "%s/", prefix), *until = fold_key(fold, "%s0", prefix);
	uint32_t count;

	do {
		const struct slice *keys;

		if (!fold_page(fold, &keys, &count, from, until)) {
			moving->waits = true;
			return;
		}
		for (uint32_t i = 0; i < count; i++)
			move_line(moving, month, (const char *)keys[i].data);
		if (count > 0)
			from = fold_key(fold, "%s\x01", (const char *)keys[count - 1].data);
	} while (count == FOLD_PAGE_COUNT_MAX);
}

/* FOLD_DONE: none is left to be moved. */
static enum fold_result move_lines(struct moving *moving)
{
	static const struct slice operators = { (const uint8_t *)"payable/operator/", 17 };
	const struct transfer *transfer = moving->transfer;

	for (size_t i = 0; i < transfer->part_count; i++) {
		const char *account = transfer->parts[i].account;

		if (!slice_starts(slice_text(account), operators))
			continue;
		for (day_t month = transfer->oldest; month <= moving->payout->period;
		     month = month_next(month))
			move_month(moving, month, account + operators.size);
	}
	if (moving->waits || moving->books->waits)
		return FOLD_NEED;
	return moving->more ? FOLD_MORE : FOLD_DONE;
}

/* ---- Facts. ---- */

static const char *paid_key(struct books *books)
{
	return fold_key(books->fold, "paid/%s", books_month(books, books->fact->day));
}

/* A transfer a run. */
enum fold_result books_payout_sent(struct books *books)
{
	struct payout *payout = fold_alloc(books->fold, sizeof(*payout));
	struct transfer *transfer = fold_alloc(books->fold, sizeof(*transfer));
	struct moving moving = {
		.books = books, .payout = payout, .transfer = transfer, .move = LINE_MOVE_send
	};
	const char *key = paid_key(books);
	struct paid_view paid;
	enum fold_result result;

	if (!get_payout(books, payout) || !books_get(books, &paid, &paid_view_shape, key) ||
	    !get_transfer(books, transfer, paid.transfers + 1u))
		return FOLD_NEED;
	result = move_lines(&moving);
	if (result != FOLD_DONE)
		return result;
	post_transfer(books, transfer, ACCOUNT_BANK, "paid");
	paid.sent_at = books->fact->at;
	paid.transfers++;
	fold_put(books->fold, key, &paid_view_shape, &paid);
	if (books->waits)
		return FOLD_NEED;
	return paid.transfers < payout->transfer_count ? FOLD_MORE : FOLD_DONE;
}

enum fold_result books_payout_result(struct books *books)
{
	struct payout *payout = fold_alloc(books->fold, sizeof(*payout));
	struct transfer *transfer = fold_alloc(books->fold, sizeof(*transfer));
	bool returned = books->fact->type == FACT_payout_returned;
	struct moving moving = { .books = books,
				 .payout = payout,
				 .transfer = transfer,
				 .move = returned ? LINE_MOVE_return : LINE_MOVE_pay };
	struct paid_view paid;
	enum fold_result result;

	if (!get_payout(books, payout) ||
	    !books_get(books, &paid, &paid_view_shape, paid_key(books)) ||
	    !get_transfer(books, transfer, books->fact->count))
		return FOLD_NEED;
	MUST(paid.sent_at != 0);
	moving.sent_at = paid.sent_at;
	result = move_lines(&moving);
	if (result != FOLD_DONE)
		return result;
	if (returned)
		post_transfer(books, transfer, ACCOUNT_BANK, "returned");
	return books->waits ? FOLD_NEED : FOLD_DONE;
}
