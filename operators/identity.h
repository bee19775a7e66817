/* operators/identity.h - what must be true of all money, checked at every close.
 *
 *   sold + funded + charged == refunded + refund fees + earned by operators (venues among them),
 *                              partners and council + in pools + unearned
 *
 * Three witnesses that were written apart are held against each other: the accounts (bal/), what
 * went from which kind of account to which (struct book_sums), and the tickets' own sums, each of
 * which is checked whenever a fact moves its money. Losses and claims stand apart, each summing
 * to zero. docs/ledger.md says which term is which. Pure.
 */
#ifndef OPERATORS_IDENTITY_H
#define OPERATORS_IDENTITY_H

#include "operators/views.h"

#define ACCOUNT_KINDS(X)                                                                           \
	X(bank) X(partner_receivable) X(funder_receivable) X(unearned) X(pool) X(operator_payable) \
	X(partner_payable) X(council_income) X(council_loss) X(claim) X(other)
enum account_kind {
#define X(name) KIND_##name,
	ACCOUNT_KINDS(X)
#undef X
	    ACCOUNT_KIND_COUNT
};
extern const char *const account_kind_names[]; /* NULL-ended */

enum account_kind account_kind_of(const char *account);

struct book_flow { /* All that went from one kind of account (debited) to another (credited). */
	uint8_t debit, credit; /* enum account_kind */
	yen amount_yen;
};
enum { BOOK_FLOW_COUNT_MAX = 64 };
#define BOOKS_SUMS_KEY "bookk/sums"

struct book_sums {
	struct book_flow flows[BOOK_FLOW_COUNT_MAX];
	uint16_t flow_count;
	yen council_fees_yen, partner_fees_yen; /* Of refunds; within the flows. */
	struct ticket_sums tickets;             /* Of all tickets' own. */
	yen told_sold_yen, told_refunded_yen, told_fees_yen; /* As the facts say. */
	uint64_t tickets_at_fault;
};
extern const struct shape book_sums_shape;

void book_sums_post(struct book_sums *, const struct posting *);
yen book_sums_flow(const struct book_sums *, enum account_kind debit, enum account_kind credit);

/* Does this ticket's money add up? Where the fact of its sale is still to come it does not. */
bool ticket_adds_up(const struct ticket_view *);

struct account_sums { /* Of all accounts of a kind. */
	yen debit_yen, credit_yen;
	uint64_t uneven; /* Accounts whose two sides differ: of claims there may be none. */
};

struct identity { /* Every term. */
	yen sold_yen, funded_yen, charged_yen;
	yen refunded_yen, refund_fees_yen;
	yen operators_yen, partners_yen, council_yen, pools_yen, unearned_yen;
	yen lost_yen, loss_funded_yen, loss_yen; /* Corrections within; the last: not funded yet. */
	yen claims_yen, remitted_yen;
	uint64_t tickets_at_fault;
	char fault[64]; /* The first that is not true; empty: all is. */
};
extern const struct shape identity_shape;

/* periods_yen: what all months earned, by their views. True: no fault. */
bool identity_check(struct identity *, const struct book_sums *,
			      const struct account_sums accounts[ACCOUNT_KIND_COUNT],
			      yen periods_yen);

#endif
