/* fares/ledger_paid.c - money that goes out, and comes back. Without it what was paid would stay
 * owed. Pure. */
#include "fares/ledger.h"

struct side { /* Where yen come from or go to, until they are used up. */
	const struct ledger_part *parts;
	size_t count, at;
	int sign;
	const char *other; /* After the parts. */
	yen left, other_left;
};

static bool side_next(struct side *side)
{
	while (side->left == 0) {
		if (side->at == side->count) {
			side->left = side->other_left;
			side->other_left = 0;
			side->at++;
			return side->left > 0;
		}
		if (side->at > side->count)
			return false;
		if (side->parts[side->at].amount_yen * side->sign > 0) {
			side->left = side->parts[side->at].amount_yen * side->sign;
			side->at++;
			return true;
		}
		side->at++;
	}
	return true;
}

static const char *side_account(const struct side *side)
{
	return side->at > side->count ? side->other : side->parts[side->at - 1].account;
}

size_t ledger_paid(struct posting out[LEDGER_PAID_COUNT_MAX], const struct ledger_part *parts,
		   size_t count, const char *other, bool reversed, const char *why)
{
	struct side from = { parts, count, 0, 1, other, 0, 0 };
	struct side to = { parts, count, 0, -1, other, 0, 0 };
	size_t posted = 0;
	yen sum = 0;

	MUST(count <= LEDGER_PART_COUNT_MAX);
	for (size_t i = 0; i < count; i++)
		sum += parts[i].amount_yen;
	from.other_left = sum < 0 ? -sum : 0;
	to.other_left = sum > 0 ? sum : 0;
	while (side_next(&from)) {
		struct posting *posting = &out[posted++];
		bool more = side_next(&to);
		yen amount = from.left < to.left ? from.left : to.left;
		const char *debit = side_account(&from), *credit = side_account(&to);

		MUST(more && posted <= LEDGER_PAID_COUNT_MAX);
		*posting = (struct posting){ .amount_yen = amount };
		MUST(text_set(posting->why, sizeof(posting->why), slice_text(why)));
		MUST(text_set(posting->debit, ACCOUNT_SIZE, slice_text(reversed ? credit : debit)));
		MUST(
		    text_set(posting->credit, ACCOUNT_SIZE, slice_text(reversed ? debit : credit)));
		from.left -= amount;
		to.left -= amount;
	}
	MUST(!side_next(&to));
	return posted;
}

bool posting_is_payout(const struct posting *posting)
{
	return text_equal(posting->why, "paid") || text_equal(posting->why, "returned") ||
	       text_equal(posting->why, "invoiced");
}

size_t ledger_remitted_payee(struct posting out[1], const char *payee_id, yen amount_yen)
{
	size_t n = text_size(ACCOUNT_PAYEE_PREFIX);

	MUST(amount_yen > 0);
	*out = (struct posting){ .amount_yen = amount_yen };
	MUST(text_set(out->why, sizeof(out->why), SLICE("remitted")) &&
	     text_set(out->debit, ACCOUNT_SIZE, SLICE(ACCOUNT_BANK)));
	mem_copy(out->credit, ACCOUNT_PAYEE_PREFIX, n);
	mem_copy(out->credit + n, payee_id, text_size(payee_id));
	return 1;
}
