/* operators/ledger_op.c - accounts and postings, for the council and its auditors. Without it
 * nobody could check that the books balance.
 */
#include "operators/books_op.h"

#include "core/date.h"
#include "operators/identity.h"
#include "operators/money_op.h"
#include "operators/posting_key.h"

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

/* ---- GET /v1/ledger/postings ---- */

struct postings_cmd {
	struct listing listing;
	char account[ACCOUNT_SIZE]; /* Empty: all. */
	bool by_account;	    /* The page is of posta/. */
};

static bool is_account(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '/')
			return false;
	}
	return text.size > 0 && text.size < ACCOUNT_SIZE;
}

static bool parse_account(struct call *call, struct postings_cmd *cmd)
{
	struct slice text;

	if (!call_query(call, &text, "account"))
		return true;
	if (!is_account(text))
		return call_refuse(call, 400, "BAD_LEDGER_ACCOUNT",
				   "account is an account's name, as payable/operator/miyako");
	cmd->by_account = text_set(cmd->account, sizeof(cmd->account), text) &&
			  posting_is_listed(cmd->account);
	return true;
}

static bool postings_parse(struct call *call)
{
	static const char *const others[] = { "account", "period", NULL };
	struct postings_cmd *cmd = call->cmd;
	char account[POSTING_ACCOUNT_SIZE], month[POSTING_MONTH_SIZE] = "";
	const char *prefix = "post/";
	struct slice text;
	day_t period;

	if (!parse_account(call, cmd))
		return false;
	if (call_query(call, &text, "period")) {
		if (!month_decode(&period, text) || period < 0)
			return call_refuse(call, 400, "BAD_PERIOD", "period is a month");
		posting_month(month, period);
	}
	posting_account(account, cmd->account);
	if (cmd->by_account)
		prefix = call_key(call, "posta/%s/", account);
	if (month[0] != '\0')
		prefix = call_key(call, "%s%s/", prefix, month);
	return listing_parse(call, &cmd->listing, prefix, others);
}

/* The posting of a page's record: itself, or where it says. NULL: not fetched yet. */
static const struct record *posting_at(struct call *call, const struct postings_cmd *cmd,
				       const struct record *record)
{
	struct posting_ref ref;
	const char *key;

	if (!cmd->by_account)
		return record;
	MUST(shape_from_cbor(&ref, &posting_ref_shape, record->value));
	key = call_key(call, "%s", ref.key);
	call_want(call, key);
	return call_found(call, key);
}

static bool postings_keys(struct call *call)
{
	const struct postings_cmd *cmd = call->cmd;
	const struct call_page *page = listing_page(call, &cmd->listing);

	for (uint32_t i = 0; page != NULL && i < page->count; i++)
		(void)posting_at(call, cmd, &page->records[i]);
	return true;
}

static bool is_of_account(const struct postings_cmd *cmd, const struct posting *posting)
{
	return cmd->account[0] == '\0' || text_equal(cmd->account, posting->debit) ||
	       text_equal(cmd->account, posting->credit);
}

static void postings_answer(struct call *call)
{
	const struct postings_cmd *cmd = call->cmd;
	const struct call_page *page = listing_page(call, &cmd->listing);
	struct posting posting;
	struct json_out out;

	MUST(page != NULL);
	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_array(&out, "items");
	for (uint32_t i = 0; i < page->count; i++) {
		const struct record *record = posting_at(call, cmd, &page->records[i]);

		MUST(record != NULL && shape_from_cbor(&posting, &posting_shape, record->value));
		if (is_of_account(cmd, &posting))
			shape_to_json(&out, NULL, &posting_shape, &posting);
	}
	json_array_end(&out);
	listing_put_next(&out, &cmd->listing, page);
	json_object_end(&out);
}

const struct flow_op ledger_postings_op = { "ledger_postings", sizeof(struct postings_cmd), 0,
					    postings_parse, postings_keys, NULL,
					    NULL, postings_answer };

/* ---- GET /v1/ledger/identity ---- */

struct identity_out {
	struct account_sums accounts[ACCOUNT_KIND_COUNT];
	yen periods_yen;
	struct book_sums sums;
	struct identity identity;
};

static void add_sides(void *to, const struct record *record)
{
	struct identity_out *out = to;
	struct account_sums *sums;
	struct balance balance;

	MUST(shape_from_cbor(&balance, &balance_shape, record->value));
	sums = &out->accounts[account_kind_of(balance.account)];
	sums->debit_yen += balance.debit_yen;
	sums->credit_yen += balance.credit_yen;
	sums->uneven += balance.debit_yen != balance.credit_yen;
}

static void add_period(void *to, const struct record *record)
{
	struct identity_out *out = to;
	struct period_view view;

	MUST(shape_from_cbor(&view, &period_view_shape, record->value));
	out->periods_yen += view.operators_yen + view.partners_yen + view.council_yen;
}

static bool identity_keys(struct call *call)
{
	struct identity_out *out = call->out;

	if (call_load(call, &out->sums, &book_sums_shape, BOOKS_SUMS_KEY) < 0)
		out->sums = (struct book_sums){ 0 };
	(void)books_walk(call, "bal/", "bal0", NULL, NULL);
	(void)books_walk(call, "period/", "period0", NULL, NULL);
	return true;
}

static bool identity_decide(struct call *call)
{
	struct identity_out *out = call->out;

	if (!books_walk(call, "bal/", "bal0", add_sides, out) ||
	    !books_walk(call, "period/", "period0", add_period, out))
		return books_refuse_too_much(call);
	(void)identity_check(&out->identity, &out->sums, out->accounts, out->periods_yen);
	return true;
}

static void identity_answer(struct call *call)
{
	call_reply_shape(call, 200, &identity_shape, &((struct identity_out *)call->out)->identity);
}

const struct flow_op ledger_identity_op = { "ledger_identity", 0, sizeof(struct identity_out),
					    books_no_query, identity_keys, identity_decide, NULL,
					    identity_answer };
