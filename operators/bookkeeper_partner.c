/* operators/bookkeeper_partner.c - what each partner sold, gave back, paid in and earned, by month.
 * Without it a partner's statement would be one balance that nobody can follow.
 */
#include "operators/bookkeeper_inside.h"

static const struct slice payable = { (const uint8_t *)"payable/partner/", 16 };
static const struct slice receivable = { (const uint8_t *)"receivable/partner/", 19 };

static const char *month_key(struct books *books, const char *partner_id, day_t period)
{
	return fold_key(books->fold, "pstmt/%s/%s", partner_id, books_month(books, period));
}

static bool get_month(struct books *books, struct partner_month *out, const char *key,
		      const char *partner_id, day_t period)
{
	if (!books_get(books, out, &partner_month_shape, key))
		return false;
	MUST(text_set(out->partner_id, ID_SIZE, slice_text(partner_id)));
	out->period = period;
	return true;
}

static yen *earned_of(struct partner_month *month, struct slice why)
{
	static const struct slice back = { (const uint8_t *)"_reversed", 9 };

	if (why.size > back.size &&
	    slice_equal(slice_of(why.data + why.size - back.size, back.size), back))
		why.size -= back.size;
	if (slice_is(why, "refund_fee"))
		return &month->fees_kept_yen;
	if (slice_is(why, "commission"))
		return &month->commission_yen;
	if (slice_is(why, "payment_fee"))
		return &month->payment_fee_yen;
	return slice_is(why, "unused") ? &month->unused_yen : &month->other_yen;
}

static void add_owed(struct partner_month *month, const struct posting *posting, yen debit)
{
	struct slice why = slice_text(posting->why);

	if (posting_is_payout(posting))
		month->taken_off_yen = books_add(month->taken_off_yen, -debit);
	else if (slice_is(why, "sold"))
		month->sold_yen = books_add(month->sold_yen, debit);
	else if (slice_is(why, "refunded"))
		month->refunded_yen = books_add(month->refunded_yen, -debit);
	else if (slice_is(why, "remitted"))
		month->remitted_yen = books_add(month->remitted_yen, -debit);
	else
		month->other_yen = books_add(month->other_yen, -debit);
}

static void add_earned(struct partner_month *month, const struct posting *posting, yen credit)
{
	yen *to = earned_of(month, slice_text(posting->why));

	if (posting_is_payout(posting))
		month->paid_out_yen = books_add(month->paid_out_yen, -credit);
	else
		*to = books_add(*to, credit);
}

static void move(struct books *books, const struct posting *posting, const char *account,
		 yen credit)
{
	bool owes = slice_starts(slice_text(account), receivable);
	struct partner_month month;
	const char *id, *key;

	if (!owes && !slice_starts(slice_text(account), payable))
		return;
	id = account + (owes ? receivable.size : payable.size);
	key = month_key(books, id, posting->period);
	if (!get_month(books, &month, key, id, posting->period))
		return;
	if (owes)
		add_owed(&month, posting, -credit);
	else
		add_earned(&month, posting, credit);
	fold_put(books->fold, key, &partner_month_shape, &month);
}

void books_partner_moved(struct books *books, const struct posting *posting)
{
	move(books, posting, posting->debit, -posting->amount_yen);
	move(books, posting, posting->credit, posting->amount_yen);
}

void books_partner_tickets(struct books *books, day_t period, int64_t sold, int64_t taken_back)
{
	const char *id = books->fact->partner_id;
	const char *key = month_key(books, id, period);
	struct partner_month month;

	if (!get_month(books, &month, key, id, period))
		return;
	month.tickets += sold;
	month.refunds += taken_back;
	fold_put(books->fold, key, &partner_month_shape, &month);
}
