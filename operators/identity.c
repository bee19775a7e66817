/* operators/identity.c - without it a yen that vanished would be found by whom it was owed to, a
 * year later. Pure.
 */
#include "operators/identity.h"

const char *const account_kind_names[] = {
#define X(name) #name,
	ACCOUNT_KINDS(X)
#undef X
	NULL,
};

static const struct {
	const char *prefix;
	enum account_kind kind;
} prefixes[] = {
	{ ACCOUNT_UNEARNED, KIND_unearned },
	{ "receivable/partner/", KIND_partner_receivable },
	{ "payable/operator/", KIND_operator_payable },
	{ "payable/partner/", KIND_partner_payable },
	{ ACCOUNT_INCOME_COUNCIL, KIND_council_income },
	{ "pool/", KIND_pool },
	{ ACCOUNT_BANK, KIND_bank },
	{ ACCOUNT_LOSS_COUNCIL, KIND_council_loss },
	{ "receivable/funder/", KIND_funder_receivable },
	{ "claim/operator/", KIND_claim },
};

enum account_kind account_kind_of(const char *account)
{
	struct slice name = slice_text(account);

	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (slice_starts(name, slice_text(prefixes[i].prefix)))
			return prefixes[i].kind;
	return KIND_other;
}

void book_sums_post(struct book_sums *sums, const struct posting *posting)
{
	uint8_t debit = (uint8_t)account_kind_of(posting->debit);
	uint8_t credit = (uint8_t)account_kind_of(posting->credit);
	uint16_t i = 0;

	while (i < sums->flow_count &&
	       (sums->flows[i].debit != debit || sums->flows[i].credit != credit))
		i++;
	if (i == sums->flow_count) {
		MUST(i < BOOK_FLOW_COUNT_MAX);
		sums->flows[sums->flow_count++] = (struct book_flow){ debit, credit, 0 };
	}
	sums->flows[i].amount_yen += posting->amount_yen;
	if (!text_equal(posting->why, "refund_fee"))
		return;
	if (credit == KIND_partner_payable)
		sums->partner_fees_yen += posting->amount_yen;
	else
		sums->council_fees_yen += posting->amount_yen;
}

yen book_sums_flow(const struct book_sums *sums, enum account_kind debit, enum account_kind credit)
{
	for (uint16_t i = 0; i < sums->flow_count; i++)
		if (sums->flows[i].debit == debit && sums->flows[i].credit == credit)
			return sums->flows[i].amount_yen;
	return 0;
}

bool ticket_adds_up(const struct ticket_view *view)
{
	yen left = ledger_unearned(&view->sums);

	return view->sums.sold_yen == view->price_yen && left >= 0 &&
	       (left == 0 || (!view->refunded && !view->earned));
}

/* What one kind of account got from another, less what it gave back. */
static yen net(const struct book_sums *sums, enum account_kind from, enum account_kind to)
{
	return book_sums_flow(sums, from, to) - book_sums_flow(sums, to, from);
}

static yen earned_by(const struct book_sums *sums, enum account_kind kind)
{
	return net(sums, KIND_unearned, kind) + net(sums, KIND_pool, kind);
}

static void fill_terms(struct identity *out, const struct book_sums *sums,
		       const struct account_sums *accounts)
{
	const struct account_sums *loss = &accounts[KIND_council_loss];

	out->sold_yen = book_sums_flow(sums, KIND_partner_receivable, KIND_unearned);
	out->funded_yen = book_sums_flow(sums, KIND_funder_receivable, KIND_unearned);
	out->refunded_yen = book_sums_flow(sums, KIND_unearned, KIND_partner_receivable) +
			    book_sums_flow(sums, KIND_unearned, KIND_funder_receivable);
	out->refund_fees_yen = sums->partner_fees_yen + sums->council_fees_yen;
	out->operators_yen = earned_by(sums, KIND_operator_payable);
	out->partners_yen = earned_by(sums, KIND_partner_payable) - sums->partner_fees_yen;
	out->council_yen = earned_by(sums, KIND_council_income) - sums->council_fees_yen;
	out->pools_yen = accounts[KIND_pool].credit_yen - accounts[KIND_pool].debit_yen;
	out->unearned_yen = accounts[KIND_unearned].credit_yen - accounts[KIND_unearned].debit_yen;
	out->loss_yen = loss->debit_yen - loss->credit_yen;
	out->loss_funded_yen = book_sums_flow(sums, KIND_council_income, KIND_council_loss);
	out->lost_yen = net(sums, KIND_council_loss, KIND_operator_payable);
	out->claims_yen = book_sums_flow(sums, KIND_claim, KIND_operator_payable);
	out->remitted_yen = book_sums_flow(sums, KIND_bank, KIND_partner_receivable) +
			    book_sums_flow(sums, KIND_bank, KIND_funder_receivable);
	out->tickets_at_fault = sums->tickets_at_fault;
}

/* Each kind's sides, as the accounts have them and as the flows do. */
static bool flows_are_accounts(const struct book_sums *sums, const struct account_sums *accounts)
{
	struct account_sums flows[ACCOUNT_KIND_COUNT] = { { 0 } };

	for (uint16_t i = 0; i < sums->flow_count; i++) {
		flows[sums->flows[i].debit].debit_yen += sums->flows[i].amount_yen;
		flows[sums->flows[i].credit].credit_yen += sums->flows[i].amount_yen;
	}
	for (size_t i = 0; i < ACCOUNT_KIND_COUNT; i++)
		if (flows[i].debit_yen != accounts[i].debit_yen ||
		    flows[i].credit_yen != accounts[i].credit_yen)
			return false;
	return true;
}

static bool trial_balances(const struct account_sums *accounts)
{
	yen debit = 0, credit = 0;

	for (size_t i = 0; i < ACCOUNT_KIND_COUNT; i++) {
		debit += accounts[i].debit_yen;
		credit += accounts[i].credit_yen;
	}
	return debit == credit;
}

static yen earned_in_all(const struct identity *terms)
{
	return terms->operators_yen + terms->partners_yen + terms->council_yen;
}

static const char *first_fault(const struct identity *terms, const struct book_sums *sums,
			       const struct account_sums *accounts, yen periods_yen)
{
	const struct ticket_sums *tickets = &sums->tickets;

	if (!trial_balances(accounts))
		return "debits and credits differ";
	if (!flows_are_accounts(sums, accounts))
		return "accounts and postings differ";
	if (terms->sold_yen + terms->funded_yen + terms->charged_yen !=
	    terms->refunded_yen + terms->refund_fees_yen + earned_in_all(terms) +
		    terms->pools_yen + terms->unearned_yen)
		return "what came in and what became of it differ";
	if (tickets->sold_yen != terms->sold_yen || tickets->refunded_yen != terms->refunded_yen ||
	    tickets->fees_yen != terms->refund_fees_yen ||
	    tickets->earned_yen != earned_in_all(terms) + terms->pools_yen ||
	    ledger_unearned(tickets) != terms->unearned_yen)
		return "tickets and accounts differ";
	if (sums->told_sold_yen != terms->sold_yen ||
	    sums->told_refunded_yen != terms->refunded_yen ||
	    sums->told_fees_yen != terms->refund_fees_yen)
		return "facts and accounts differ";
	if (periods_yen != earned_in_all(terms))
		return "months and accounts differ";
	if (sums->tickets_at_fault > 0)
		return "a ticket does not add up";
	if (terms->loss_yen != terms->lost_yen - terms->loss_funded_yen)
		return "the loss account holds what is no loss";
	if (accounts[KIND_claim].uneven > 0)
		return "a claim between operators is not even";
	return "";
}

bool identity_check(struct identity *out, const struct book_sums *sums,
		    const struct account_sums accounts[ACCOUNT_KIND_COUNT], yen periods_yen)
{
	*out = (struct identity){ 0 };
	fill_terms(out, sums, accounts);
	MUST(text_set(out->fault, sizeof(out->fault),
		      slice_text(first_fault(out, sums, accounts, periods_yen))));
	return out->fault[0] == '\0';
}
