/* operators/bookkeeper_money.c - yen are posted, listed by account and added up; remittances,
 * claims and the losses that the council covers. Without it nobody could follow a yen from its
 * account back to the fact that moved it.
 */
#include "operators/bookkeeper_inside.h"

#include "core/date.h"
#include "fares/credit.h"
#include "operators/posting_key.h"

yen books_add(yen a, yen b)
{
	MUST(a <= JSON_INT_MAX && a >= -JSON_INT_MAX && b <= JSON_INT_MAX && b >= -JSON_INT_MAX);
	MUST(a + b <= JSON_INT_MAX && a + b >= -JSON_INT_MAX);
	return a + b;
}

const char *books_fact_name(struct books *books)
{
	char *text = fold_alloc(books->fold, HEX32_SIZE);

	hex_encode(text, HEX32_SIZE, slice_of(books->fact->id.bytes, 16));
	return text;
}

/* ---- Sums of all. ---- */

bool books_get_sums(struct books *books)
{
	if (!books->sums_got)
		books->sums_got =
			books_get(books, &books->sums, &book_sums_shape, BOOKS_SUMS_KEY);
	return books->sums_got;
}

void books_put_sums(struct books *books)
{
	if (books->sums_moved && !books->waits)
		fold_put(books->fold, BOOKS_SUMS_KEY, &book_sums_shape, &books->sums);
}

void books_ticket_moved(struct books *books, struct ticket_view *view,
			const struct posting *postings, size_t count)
{
	struct ticket_sums more = { 0 };
	struct book_sums *sums = &books->sums;
	bool was_at_fault = view->at_fault;

	ledger_add_ticket(&more, postings, count);
	ledger_add_ticket(&view->sums, postings, count);
	view->at_fault = !ticket_adds_up(view);
	if ((count == 0 && view->at_fault == was_at_fault) || !books_get_sums(books))
		return;
	sums->tickets.sold_yen = books_add(sums->tickets.sold_yen, more.sold_yen);
	sums->tickets.refunded_yen = books_add(sums->tickets.refunded_yen, more.refunded_yen);
	sums->tickets.fees_yen = books_add(sums->tickets.fees_yen, more.fees_yen);
	sums->tickets.earned_yen = books_add(sums->tickets.earned_yen, more.earned_yen);
	sums->tickets_at_fault += view->at_fault;
	MUST(sums->tickets_at_fault >= was_at_fault);
	sums->tickets_at_fault -= was_at_fault;
	books->sums_moved = true;
}

void books_told(struct books *books, yen sold, yen refunded, yen fees)
{
	struct book_sums *sums = &books->sums;

	if (!books_get_sums(books))
		return;
	sums->told_sold_yen = books_sum(sums->told_sold_yen, sold);
	sums->told_refunded_yen = books_sum(sums->told_refunded_yen, refunded);
	sums->told_fees_yen = books_sum(sums->told_fees_yen, fees);
	books->sums_moved = true;
}

/* ---- Postings. ---- */

/* A sale under a limit counted itself. */
static void note_owing(struct books *books, const char *account, yen more)
{
	static const char prefix[] = "receivable/partner/";
	struct credit_owing owing;
	const char *key;

	if (!slice_starts(slice_text(account), SLICE("receivable/partner/")) ||
	    (books->fact->type == FACT_sold && books->fact->counted))
		return;
	key = fold_key(books->fold, "bookk/owing/%s", account + sizeof(prefix) - 1);
	if (!books_get(books, &owing, &credit_owing_shape, key))
		return;
	owing.owed_yen = books_add(owing.owed_yen, more);
	fold_put(books->fold, key, &credit_owing_shape, &owing);
}

static void add_to_balance(struct books *books, const char *account, yen debit, yen credit)
{
	const char *key = fold_key(books->fold, "bal/%s", account);
	struct balance balance;

	note_owing(books, account, debit - credit);
	if (!books_get(books, &balance, &balance_shape, key))
		return;
	MUST(text_set(balance.account, sizeof(balance.account), slice_text(account)));
	balance.debit_yen = books_sum(balance.debit_yen, debit);
	balance.credit_yen = books_sum(balance.credit_yen, credit);
	balance.postings++;
	fold_put(books->fold, key, &balance_shape, &balance);
}

/* `unearned` is in nearly all of them: they are its list. So they are a pool's, whose division
 * would else be more than a run may write. */
static void put_ref(struct books *books, const struct posting *posting, const char *account,
		    const char *key, size_t k)
{
	char digest[POSTING_ACCOUNT_SIZE], month[POSTING_MONTH_SIZE], fact[9], ticket[HEX32_SIZE];
	struct posting_ref ref, found;
	const char *ref_key;

	if (!posting_is_listed(account))
		return;
	posting_account(digest, account);
	posting_month(month, posting->period);
	hex_encode(fact, sizeof(fact), slice_of(posting->fact_id.bytes, 4));
	hex_encode(ticket, sizeof(ticket), slice_of(posting->ticket_id.bytes, 16)); /* By time. */
	ref_key = fold_key(books->fold, "posta/%s/%s/%010lld/%s%s/%03zu", digest, month,
			   (long long)books->second, fact, ticket, k);
	MUST(text_set(ref.key, sizeof(ref.key), slice_text(key)));
	if (books_get(books, &found, &posting_ref_shape, ref_key))
		fold_put(books->fold, ref_key, &posting_ref_shape, &ref);
}

static void put_posting(struct books *books, const struct posting *posting, const char *name,
			size_t k)
{
	char month[POSTING_MONTH_SIZE];
	struct posting found;
	const char *key;

	posting_month(month, posting->period);
	key = fold_key(books->fold, "post/%s/%010lld/%s/%03zu", month, (long long)books->second,
		       name, k);
	if (books_get(books, &found, &posting_shape, key)) {
		MUST(found.amount_yen == 0); /* No fact moves money twice. */
		fold_put(books->fold, key, &posting_shape, posting);
	}
	put_ref(books, posting, posting->debit, key, k);
	put_ref(books, posting, posting->credit, key, k);
}

void books_post(struct books *books, struct posting *postings, size_t count, const char *name,
		struct id128 ticket_id, day_t period)
{
	books_post_more(books, postings, count, name, ticket_id, period, 0);
}

void books_post_more(struct books *books, struct posting *postings, size_t count, const char *name,
		     struct id128 ticket_id, day_t period, size_t first)
{
	bool got = count > 0 && books_get_sums(books);

	for (size_t k = 0; k < count; k++) {
		struct posting *posting = &postings[k];

		posting->ticket_id = ticket_id;
		posting->fact_id = books->fact->id;
		posting->period = period;
		posting->day = books_fact_day(books);
		posting->at = books->fact->at;
		put_posting(books, posting, name, first + k);
		books_owed(books, posting);
		books_partner_moved(books, posting);
		add_to_balance(books, posting->debit, posting->amount_yen, 0);
		add_to_balance(books, posting->credit, 0, posting->amount_yen);
		if (got)
			book_sums_post(&books->sums, posting);
	}
	books->sums_moved = books->sums_moved || got;
}

/* ---- Lines that are no rides. ---- */

static void adjust_sums(struct books *books, const char *operator_id, yen signed_yen,
			day_t period)
{
	const char *month = books_month(books, period);
	const char *stmt_key = fold_key(books->fold, "stmt/%s/%s", operator_id, month);
	const char *period_key = fold_key(books->fold, "period/%s", month);
	struct statement_view statement;
	struct period_view view;

	if (books_get(books, &statement, &statement_view_shape, stmt_key)) {
		MUST(text_set(statement.operator_id, ID_SIZE, slice_text(operator_id)));
		statement.period = period;
		statement.amount_yen = books_add(statement.amount_yen, signed_yen);
		fold_put(books->fold, stmt_key, &statement_view_shape, &statement);
	}
	if (books_get(books, &view, &period_view_shape, period_key)) {
		MUST(view.closed_at == 0); /* A closed period never changes. */
		view.period = period;
		view.adjusted_yen = books_add(view.adjusted_yen, signed_yen);
		fold_put(books->fold, period_key, &period_view_shape, &view);
	}
}

void books_adjust(struct books *books, enum line_kind kind, const char *operator_id,
		  yen signed_yen, day_t period)
{
	const char *key = fold_key(books->fold, "line/%s/%s/%s", books_month(books, period),
				   operator_id, line_kind_names[kind]);
	struct line line;

	MUST(kind != LINE_rides);
	if (books_get(books, &line, &line_shape, key)) {
		line.kind = (uint8_t)kind;
		MUST(text_set(line.operator_id, ID_SIZE, slice_text(operator_id)));
		line.period = line.rides = period;
		line.amount_yen = books_add(line.amount_yen, signed_yen);
		line.tax_class = TAX_OUTSIDE;
		line.gross_yen = line.amount_yen;
		fold_put(books->fold, key, &line_shape, &line);
	}
	adjust_sums(books, operator_id, signed_yen, period);
}

/* ---- Facts. ---- */

static day_t period_of_fact(const struct books *books)
{
	return books_open_period(books, month_of(books_fact_day(books)));
}

void books_remitted(struct books *books)
{
	const struct fact *fact = books->fact;
	bool partner = fact->partner_id[0] != '\0';
	struct posting postings[1];
	size_t count = fact->payee_id[0] != '\0'
			       ? ledger_remitted_payee(postings, fact->payee_id, fact->yen_amount)
			       : ledger_remitted(postings, partner ? fact->partner_id : NULL,
						 partner ? NULL : fact->other_id,
						 fact->yen_amount);

	books_post(books, postings, count, books_fact_name(books), (struct id128){ { 0 } },
		   period_of_fact(books));
}

void books_claimed(struct books *books)
{
	const struct fact *fact = books->fact;
	day_t period = books_open_period(books, month_of(fact->day)); /* In which it arose. */
	struct posting postings[2];
	size_t count =
		ledger_claimed(postings, fact->operator_id, fact->other_id, fact->yen_amount);

	books_post(books, postings, count, books_fact_name(books), (struct id128){ { 0 } },
		   period);
	books_adjust(books, LINE_claim, fact->operator_id, -fact->yen_amount, period);
	books_adjust(books, LINE_claim, fact->other_id, fact->yen_amount, period);
}

void books_loss_funded(struct books *books)
{
	struct posting postings[1];
	size_t count = ledger_loss_funded(postings, books->fact->yen_amount);

	books_post(books, postings, count, books_fact_name(books), (struct id128){ { 0 } },
		   period_of_fact(books));
}
