/* fares/ledger_cash.c - money that comes in, goes between operators or covers a loss. Without it
 * the accounts would know what is owed and never that it was paid. Pure.
 */
#include "fares/ledger.h"

static void join(char out[ACCOUNT_SIZE], const char *prefix, const char *one, const char *other)
{
	size_t n = text_size(prefix), m = text_size(one), k = text_size(other);

	MUST(n + m + k < ACCOUNT_SIZE);
	mem_zero(out, ACCOUNT_SIZE);
	mem_copy(out, prefix, n);
	mem_copy(out + n, one, m);
	mem_copy(out + n + m, other, k);
}

void account_funder(char out[ACCOUNT_SIZE], const char *funder_id)
{
	join(out, "receivable/funder/", funder_id, "");
}

void account_claim(char out[ACCOUNT_SIZE], const char *from, const char *to)
{
	char owing[ID_SIZE + 1] = { 0 };
	size_t n = text_size(from);

	MUST(n < ID_SIZE);
	mem_copy(owing, from, n);
	owing[n] = '/';
	join(out, "claim/operator/", owing, to);
}

static struct posting *post(struct posting *out, yen amount_yen, const char *why)
{
	MUST(amount_yen > 0);
	*out = (struct posting){ .amount_yen = amount_yen };
	MUST(text_set(out->why, sizeof(out->why), slice_text(why)));
	return out;
}

size_t ledger_remitted(struct posting out[1], const char *partner_id, const char *funder_id,
		       yen amount_yen)
{
	MUST((partner_id == NULL) != (funder_id == NULL));
	post(out, amount_yen, "remitted");
	join(out->debit, ACCOUNT_BANK, "", "");
	if (partner_id != NULL)
		account_receivable(out->credit, partner_id);
	else
		account_funder(out->credit, funder_id);
	return 1;
}

static size_t owe(struct posting out[2], const char *from, const char *to, yen amount_yen,
		  const char *why)
{
	MUST(!text_equal(from, to));
	post(&out[0], amount_yen, why);
	account_payable_operator(out[0].debit, from);
	account_claim(out[0].credit, from, to);
	post(&out[1], amount_yen, why);
	account_claim(out[1].debit, from, to);
	account_payable_operator(out[1].credit, to);
	return 2;
}

size_t ledger_claimed(struct posting out[2], const char *from, const char *to, yen amount_yen)
{
	return owe(out, from, to, amount_yen, "claimed");
}

size_t ledger_loss_funded(struct posting out[1], yen amount_yen)
{
	post(out, amount_yen, "loss_funded");
	join(out->debit, ACCOUNT_INCOME_COUNCIL, "", "");
	join(out->credit, ACCOUNT_LOSS_COUNCIL, "", "");
	return 1;
}

size_t ledger_corrected(struct posting out[2], const char *operator_id, const char *other_id,
			yen signed_yen)
{
	bool gives = signed_yen > 0;
	yen amount_yen = gives ? signed_yen : -signed_yen;

	if (signed_yen == 0)
		return 0;
	if (other_id[0] != '\0')
		return owe(out, gives ? other_id : operator_id, gives ? operator_id : other_id,
			   amount_yen, "corrected");
	post(out, amount_yen, "corrected");
	join(gives ? out->debit : out->credit, ACCOUNT_LOSS_COUNCIL, "", "");
	account_payable_operator(gives ? out->credit : out->debit, operator_id);
	return 1;
}

void ledger_add_ticket(struct ticket_sums *sums, const struct posting *postings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct posting *posting = &postings[i];
		yen amount = posting->amount_yen;

		if (text_equal(posting->debit, ACCOUNT_UNEARNED)) {
			if (text_equal(posting->why, "refunded"))
				sums->refunded_yen += amount;
			else if (text_equal(posting->why, "refund_fee"))
				sums->fees_yen += amount;
			else
				sums->earned_yen += amount;
		} else if (text_equal(posting->credit, ACCOUNT_UNEARNED)) {
			if (text_equal(posting->why, "sold"))
				sums->sold_yen += amount;
			else
				sums->earned_yen -= amount; /* Given back by who had it. */
		}
	}
}

yen ledger_unearned(const struct ticket_sums *sums)
{
	return sums->sold_yen - sums->refunded_yen - sums->fees_yen - sums->earned_yen;
}
