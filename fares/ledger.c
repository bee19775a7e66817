/* fares/ledger.c - facts become postings. Without it money would move without saying from where.
 * Pure. */
#include "fares/ledger.h"

static void account_of(char out[ACCOUNT_SIZE], const char *prefix, const char *id)
{
	size_t n = text_size(prefix), m = text_size(id);

	MUST(n + m < ACCOUNT_SIZE);
	mem_zero(out, ACCOUNT_SIZE);
	mem_copy(out, prefix, n);
	mem_copy(out + n, id, m);
}

void account_receivable(char out[ACCOUNT_SIZE], const char *partner_id)
{
	account_of(out, "receivable/partner/", partner_id);
}

void account_payable_operator(char out[ACCOUNT_SIZE], const char *operator_id)
{
	account_of(out, "payable/operator/", operator_id);
}

void account_payable_partner(char out[ACCOUNT_SIZE], const char *partner_id)
{
	account_of(out, "payable/partner/", partner_id);
}

static struct posting *post(struct posting *out, yen amount_yen, const char *why)
{
	MUST(amount_yen > 0);
	*out = (struct posting){ .amount_yen = amount_yen };
	MUST(text_set(out->why, sizeof(out->why), slice_text(why)));
	return out;
}

size_t ledger_sold(struct posting out[1], const char *partner_id, yen price_yen)
{
	MUST(price_yen >= 0);
	if (price_yen == 0)
		return 0;
	post(out, price_yen, "sold");
	account_receivable(out->debit, partner_id);
	account_of(out->credit, ACCOUNT_UNEARNED, "");
	return 1;
}

size_t ledger_refunded(struct posting out[2], const char *partner_id, yen price_yen, yen fee_yen,
		       enum beneficiary fee_to)
{
	size_t count = 0;

	MUST(fee_yen >= 0 && fee_yen <= price_yen);
	if (price_yen > fee_yen) {
		post(&out[count], price_yen - fee_yen, "refunded");
		account_of(out[count].debit, ACCOUNT_UNEARNED, "");
		account_receivable(out[count++].credit, partner_id);
	}
	if (fee_yen > 0) {
		post(&out[count], fee_yen, "refund_fee");
		account_of(out[count].debit, ACCOUNT_UNEARNED, "");
		if (fee_to == TO_PARTNER)
			account_payable_partner(out[count++].credit, partner_id);
		else
			account_of(out[count++].credit, ACCOUNT_INCOME_COUNCIL, "");
	}
	return count;
}

size_t ledger_lost(struct posting out[1], const char *operator_id, yen borne_yen, bool reversed)
{
	MUST(borne_yen >= 0);
	if (borne_yen == 0)
		return 0;
	post(out, borne_yen, reversed ? "lost_reversed" : "lost");
	account_of(reversed ? out->credit : out->debit, ACCOUNT_LOSS_COUNCIL, "");
	account_payable_operator(reversed ? out->debit : out->credit, operator_id);
	return 1;
}
