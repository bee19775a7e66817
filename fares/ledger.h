/* fares/ledger.h - double entry: which account owes which, for every fact that moves yen.
 *
 * A posting has one debit and one credit of the same whole yen, so it cannot be out of balance; an
 * account's name says whose it is:
 *   receivable/partner/<id>  unearned  payable/operator/<id>  payable/partner/<id>  income/council
 *   pool/<rule>/<YYYY-MM>  loss/council  bank  receivable/funder/<id>
 *   claim/operator/<who owes>/<whom>
 *   receivable/payee/<id> (invoiced: what payouts could not take off, or paid gross of)
 * docs/ledger.md has the table of events and postings.
 * Pure.
 */
#ifndef FARES_LEDGER_H
#define FARES_LEDGER_H

#include "fares/money.h"
#include "fares/sharing.h"

enum { ACCOUNT_SIZE = 82 };

struct posting {
	char debit[ACCOUNT_SIZE], credit[ACCOUNT_SIZE];
	yen amount_yen; /* > 0 */
	/* sold refunded refund_fee commission payment_fee council_fee share unused pool lost
	 * remitted claimed loss_funded corrected; those that are earned, and lost, also with
	 * _reversed */
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
/* What a month's tickets under a pooled rule left for the operators, until it is closed. */
void account_pool(char out[ACCOUNT_SIZE], const char *rule_id, const char *month);
#define ACCOUNT_UNEARNED       "unearned"
#define ACCOUNT_INCOME_COUNCIL "income/council"
#define ACCOUNT_LOSS_COUNCIL   "loss/council"
#define ACCOUNT_BANK           "bank"
void account_funder(char out[ACCOUNT_SIZE], const char *funder_id);
/* What `from` owes `to`: each posting into it is followed by one out of it. */
void account_claim(char out[ACCOUNT_SIZE], const char *from, const char *to);

/* Each fills postings and returns their number; sums are asserted. Zero amounts are not posted. */
size_t ledger_sold(struct posting out[1], const char *partner_id, yen price_yen);
size_t ledger_refunded(struct posting out[2], const char *partner_id, yen price_yen, yen fee_yen,
		       enum beneficiary fee_to);
/* An offline ride that the council bears; reversed: it does not any more. */
size_t ledger_lost(struct posting out[1], const char *operator_id, yen borne_yen, bool reversed);
/* ledger_cash.c: what a partner or funder paid in; the id of the other is NULL. */
size_t ledger_remitted(struct posting out[1], const char *partner_id, const char *funder_id,
		       yen amount_yen);
/* One operator owes another. */
size_t ledger_claimed(struct posting out[2], const char *from, const char *to, yen amount_yen);
/* The council bears losses out of its income. */
size_t ledger_loss_funded(struct posting out[1], yen amount_yen);
/* A dispute's outcome; below zero it takes. other_id: whose loss it is; empty: the council's. */
size_t ledger_corrected(struct posting out[2], const char *operator_id, const char *other_id,
			yen signed_yen);

struct ticket_sums { /* One ticket's money, as its postings have it. */
	yen sold_yen, refunded_yen, fees_yen, earned_yen;
};
/* Adds what of these postings goes in or out of `unearned`. */
void ledger_add_ticket(struct ticket_sums *, const struct posting *, size_t count);
/* Still unearned; below zero: more was given away than came in. */
yen ledger_unearned(const struct ticket_sums *);

struct ledger_part { /* Of one payee's money; below zero: it owes. */
	char account[ACCOUNT_SIZE];
	yen amount_yen;
};
enum { LEDGER_PART_COUNT_MAX = 40, LEDGER_PAID_COUNT_MAX = LEDGER_PART_COUNT_MAX + 1 };
#define ACCOUNT_PAYEE_PREFIX "receivable/payee/"
/* ledger_paid.c: the parts are settled among each other, and their sum with `other`: paid out of it
 * or, below zero, owed to it. why: paid, returned (reversed) or invoiced. */
size_t ledger_paid(struct posting out[LEDGER_PAID_COUNT_MAX], const struct ledger_part *parts,
		   size_t count, const char *other, bool reversed, const char *why);
/* A payee paid what it was invoiced for. */
size_t ledger_remitted_payee(struct posting out[1], const char *payee_id, yen amount_yen);
/* Is it one of these? They are no part of what a month earned or sold. */
bool posting_is_payout(const struct posting *);

/* ledger_share.c: `to` gets so much more of what `from` holds, or, below zero, gives it back
 * ("share_reversed"). Of zero nothing is posted. */
size_t ledger_give(struct posting out[1], const char *from, const char *to, yen more_yen,
		   const char *why);

#endif
