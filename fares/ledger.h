/* fares/ledger.h - double entry: which account owes which, for every fact that moves yen.
 *
 * A posting has one debit and one credit of the same whole yen, so it cannot be out of balance; an
 * account's name says whose it is:
 *   receivable/partner/<id>  unearned  payable/operator/<id>  payable/partner/<id>  income/council
 *   loss/council
 * Pure.
 */
#ifndef FARES_LEDGER_H
#define FARES_LEDGER_H

#include "fares/money.h"
#include "fares/sharing.h"

enum { ACCOUNT_SIZE = 56 };

struct posting {
	char debit[ACCOUNT_SIZE], credit[ACCOUNT_SIZE];
	yen amount_yen; /* > 0 */
	/* sold refunded refund_fee commission council_fee share unused lost lost_reversed */
	char why[24];
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	uint8_t step;
	uint64_t weight, weight_sum;
	uint16_t rank;
	struct id128 ticket_id, fact_id;
	day_t period, day;
	time_ms at;
};
extern const struct shape posting_shape;

void account_receivable(char out[ACCOUNT_SIZE], const char *partner_id);
void account_payable_operator(char out[ACCOUNT_SIZE], const char *operator_id);
void account_payable_partner(char out[ACCOUNT_SIZE], const char *partner_id);
#define ACCOUNT_UNEARNED       "unearned"
#define ACCOUNT_INCOME_COUNCIL "income/council"
#define ACCOUNT_LOSS_COUNCIL   "loss/council"

enum { LEDGER_POSTING_COUNT_MAX = SHARING_WEIGHT_COUNT_MAX + 4 };

/* Each fills postings and returns their number; sums are asserted. Zero amounts are not posted. */
size_t ledger_sold(struct posting out[1], const char *partner_id, yen price_yen);
size_t ledger_refunded(struct posting out[2], const char *partner_id, yen price_yen, yen fee_yen,
		       enum beneficiary fee_to);
/* An offline ride that the council bears; reversed: it does not any more. */
size_t ledger_lost(struct posting out[1], const char *operator_id, yen borne_yen, bool reversed);
/* operators[count] in the order of sharing's shares. */
size_t ledger_earned(struct posting out[LEDGER_POSTING_COUNT_MAX], const char *partner_id,
		     const struct rule *, const struct sharing *, const char (*operators)[ID_SIZE],
		     size_t count);

#endif
