/* operators/ledger_op.c - accounts and postings, for the council and its auditors. Without it
 * nobody could check that the books balance.
 */
#include "operators/books_op.h"

static bool balances_keys(struct call *call)
{
	(void)books_walk(call, "bal/", "bal0", NULL, NULL);
	return true;
}

struct balances_out {
	struct balances balances;
	bool too_many;
};

static void add_account(void *to, const struct record *record)
{
	struct balances_out *out = to;
	struct balances *balances = &out->balances;
	struct balance *balance = &balances->accounts[balances->account_count];

	if (balances->account_count == BALANCE_COUNT_MAX) {
		out->too_many = true;
		return;
	}
	MUST(shape_from_cbor(balance, &balance_shape, record->value));
	balances->total_debit_yen += balance->debit_yen;
	balances->total_credit_yen += balance->credit_yen;
	balances->account_count++;
}

/* One page is one moment, and balances then; several are not. */
static bool balances_decide(struct call *call)
{
	struct balances_out *out = call->out;

	if (!books_walk(call, "bal/", "bal0", add_account, out) || out->too_many)
		return books_refuse_too_much(call);
	if (out->balances.total_debit_yen == out->balances.total_credit_yen)
		return true;
	if (out->balances.account_count >= STORE_PAGE_COUNT_MAX)
		return books_refuse_moving(call);
	return call_refuse(call, 500, "BOOKS_OUT_OF_BALANCE",
			   "debits and credits differ; tell the council");
}

static void balances_answer(struct call *call)
{
	call_reply_shape(call, 200, &balances_shape, &((struct balances_out *)call->out)->balances);
}

const struct flow_op ledger_balances_op = { "ledger_balances", 0, sizeof(struct balances_out),
					    books_no_query, balances_keys, balances_decide, NULL,
					    balances_answer };

static bool postings_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "post/", NULL);
}

static bool postings_keys(struct call *call)
{
	(void)listing_page(call, call->cmd);
	return true;
}

static void postings_answer(struct call *call)
{
	listing_answer(call, call->cmd, &posting_shape, NULL);
}

const struct flow_op ledger_postings_op = { "ledger_postings", sizeof(struct listing), 0,
					    postings_parse, postings_keys, books_nothing_to_decide,
					    NULL, postings_answer };
