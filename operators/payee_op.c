/* operators/payee_op.c - who is paid into which account. Without it there would be sums owed and
 * nowhere to send them.
 */
#include "operators/payee.h"

#include "operators/books_op.h"
#include "operators/operators_op.h"

static const char *payee_key(struct call *call, const char *payee_id)
{
	return call_key(call, "payee/%s", payee_id);
}

static bool check_account(struct call *call, const struct bank_account *account, size_t name_most)
{
	struct bank_fault fault;

	if (bank_account_check(account, name_most, &fault))
		return true;
	if (fault.what != NULL)
		return call_refuse_at(call, 422, fault.code, fault.pointer, "%s", fault.what);
	if (text_equal(fault.code, "NAME_TOO_LONG"))
		return call_refuse_at(call, 422, fault.code, fault.pointer,
				      "longer than a bank's record has room for, from its "
				      "character %zu on; a voicing mark counts as one",
				      fault.kana.place);
	return call_refuse_at(call, 422, fault.code, fault.pointer,
			      "its character %zu, '%s' (U+%04X), is none that banks write",
			      fault.kana.place, fault.kana.text, (unsigned)fault.kana.point);
}

static bool check_payee(struct call *call, const struct payee *payee)
{
	if (!corporate_number_is_valid(payee->corporate_number))
		return call_refuse_at(
		    call, 422, "BAD_CORPORATE_NUMBER", "/corporate_number",
		    "thirteen digits, of which the first is right for the others");
	if (payee->invoice_number[0] != '\0' &&
	    !invoice_number_is_valid(payee->invoice_number, payee->corporate_number))
		return call_refuse_at(call, 422, "BAD_INVOICE_NUMBER", "/invoice_number",
				      "a legal entity's is T and its corporate number");
	return check_account(call, &payee->account, PAYEE_KANA_MAX);
}

/* ---- Whom it is for. ---- */

/* Who the n-th of a payee is: its operators, then its partners. NULL: there are no more. */
static const char *party_of(const struct payee *payee, size_t n, bool *is_partner)
{
	*is_partner = n >= payee->operator_count;
	if (!*is_partner)
		return payee->operators[n].operator_id;
	n -= payee->operator_count;
	return n < payee->partner_count ? payee->partners[n].partner_id : NULL;
}

static const char *for_key(struct call *call, const char *party_id, bool is_partner)
{
	return call_key(call, "payfor/%s/%s", is_partner ? "partner" : "operator", party_id);
}

static const char *party_key(struct call *call, const char *party_id, bool is_partner)
{
	return call_key(call, "%s/%s", is_partner ? "partner" : "operator", party_id);
}

static bool is_for(const struct payee *payee, const char *party_id, bool is_partner)
{
	bool partner;

	for (size_t n = 0;; n++) {
		const char *id = party_of(payee, n, &partner);

		if (id == NULL)
			return false;
		if (partner == is_partner && text_equal(id, party_id))
			return true;
	}
}

static void want_parties(struct call *call, const struct payee *payee)
{
	bool is_partner;

	for (size_t n = 0; party_of(payee, n, &is_partner) != NULL; n++) {
		const char *id = party_of(payee, n, &is_partner);

		call_want(call, for_key(call, id, is_partner));
		call_want(call, party_key(call, id, is_partner));
	}
}

static bool refuse_party(struct call *call, const struct payee *payee, size_t n, uint16_t status,
			 const char *code, const char *what)
{
	bool is_partner = n >= payee->operator_count;
	size_t at = is_partner ? n - payee->operator_count : n;

	return call_refuse_at(call, status, code,
			      call_key(call, "/%ss/%zu/%s_id", is_partner ? "partner" : "operator",
				       at, is_partner ? "partner" : "operator"),
			      "%s", what);
}

/* Each is there, once, and paid by no other payee. */
static bool check_parties(struct call *call, const struct payee *payee)
{
	bool is_partner, other;

	for (size_t n = 0; party_of(payee, n, &is_partner) != NULL; n++) {
		const char *id = party_of(payee, n, &is_partner);
		struct payee_of of;

		for (size_t m = 0; m < n; m++)
			if (text_equal(id, party_of(payee, m, &other)) && other == is_partner)
				return refuse_party(call, payee, n, 422, "REPEATED",
						    "is said twice");
		if (call_found(call, party_key(call, id, is_partner))->version == 0)
			return refuse_party(call, payee, n, 422,
					    is_partner ? "UNKNOWN_PARTNER" : "UNKNOWN_OPERATOR",
					    "is not registered");
		if (call_load(call, &of, &payee_of_shape, for_key(call, id, is_partner)) > 0 &&
		    !text_equal(of.payee_id, payee->payee_id))
			return refuse_party(call, payee, n, 409, "PAID_ELSEWHERE",
					    "has another payee; take it out there first");
	}
	return true;
}

static void write_payee(struct call *call, const struct payee *before, const struct payee *payee)
{
	struct payee_of of;
	bool is_partner;

	mem_copy(of.payee_id, payee->payee_id, ID_SIZE);
	call_put_shape(call, payee_key(call, payee->payee_id), &payee_shape, payee);
	for (size_t n = 0; before != NULL && party_of(before, n, &is_partner) != NULL; n++) {
		const char *id = party_of(before, n, &is_partner);

		if (!is_for(payee, id, is_partner))
			call_remove(call, for_key(call, id, is_partner));
	}
	for (size_t n = 0; party_of(payee, n, &is_partner) != NULL; n++)
		call_put_shape(call, for_key(call, party_of(payee, n, &is_partner), is_partner),
			       &payee_of_shape, &of);
}

/* ---- POST /v1/payees ---- */

static bool put_parse(struct call *call)
{
	return books_no_query(call) && call_body(call, call->cmd, &payee_shape) &&
	       check_payee(call, call->cmd);
}

static bool put_keys(struct call *call)
{
	const struct payee *payee = call->cmd;

	call_want(call, payee_key(call, payee->payee_id));
	want_parties(call, payee);
	return true;
}

static bool put_decide(struct call *call)
{
	const struct payee *payee = call->cmd;

	if (call_found(call, payee_key(call, payee->payee_id))->version != 0)
		return call_refuse(call, 409, "PAYEE_EXISTS",
				   "this id is registered; use PATCH to change it");
	return check_parties(call, payee);
}

static void put_writes(struct call *call)
{
	write_payee(call, NULL, call->cmd);
}

static void put_answer(struct call *call)
{
	const struct payee *payee = call->cmd;

	answer_location(call, call_key(call, "/v1/payees/%s", payee->payee_id));
	call_reply_shape(call, 201, &payee_shape, payee);
}

const struct flow_op payee_put_op = { "payee_put", sizeof(struct payee), 0,          put_parse,
				      put_keys,    put_decide,           put_writes, put_answer };

/* ---- One of them, and PATCH. ---- */

struct payee_cmd {
	char payee_id[ID_SIZE];
	struct payee before, payee;
	bool bad; /* The change cannot be laid over what is there. */
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "PAYEE_UNKNOWN", "there is no such payee");
}

static bool get_parse(struct call *call)
{
	struct payee_cmd *cmd = call->cmd;

	return books_no_query(call) && call_param_subject(call, cmd->payee_id, 0);
}

static bool get_keys(struct call *call)
{
	struct payee_cmd *cmd = call->cmd;
	int got = call_load(call, &cmd->payee, &payee_shape, payee_key(call, cmd->payee_id));

	if (got < 0)
		return refuse_unknown(call);
	if (got > 0 && call->caller.role == ROLE_operator &&
	    !is_for(&cmd->payee, call->caller.subject, false))
		return refuse_unknown(call);
	return true;
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &payee_shape, &((struct payee_cmd *)call->cmd)->payee);
}

const struct flow_op payee_get_op = { "payee_get", sizeof(struct payee_cmd), 0,    get_parse,
				      get_keys,    NULL,  NULL, get_answer };

static bool patch_parse(struct call *call)
{
	struct payee checked = { .terms = 0 };

	return get_parse(call) && call_patch(call, &checked, &payee_patch_shape);
}

static bool patch_keys(struct call *call)
{
	struct payee_cmd *cmd = call->cmd;
	int got = call_load(call, &cmd->before, &payee_shape, payee_key(call, cmd->payee_id));

	if (got < 0)
		return refuse_unknown(call);
	if (got == 0)
		return true;
	cmd->payee = cmd->before;
	if (!call_patch(call, &cmd->payee, &payee_patch_shape) || !check_payee(call, &cmd->payee))
		return false;
	want_parties(call, &cmd->before);
	want_parties(call, &cmd->payee);
	return true;
}

static bool patch_decide(struct call *call)
{
	return check_parties(call, &((struct payee_cmd *)call->cmd)->payee);
}

static void patch_writes(struct call *call)
{
	const struct payee_cmd *cmd = call->cmd;

	write_payee(call, &cmd->before, &cmd->payee);
}

const struct flow_op payee_patch_op = { "payee_patch",
					sizeof(struct payee_cmd),
					0,
					patch_parse,
					patch_keys,
					patch_decide,
					patch_writes,
					get_answer };

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "payee/", NULL);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &payee_shape, NULL);
}

const struct flow_op payee_list_op = { "payee_list", sizeof(struct listing),  0,    list_parse,
				       listing_keys,    NULL, NULL, list_answer };

/* ---- The council's own account. ---- */

static bool payer_parse(struct call *call)
{
	struct payer *payer = call->cmd;

	if (!books_no_query(call) || !call_body(call, payer, &payer_shape))
		return false;
	if (!bank_digits_are(payer->consignor, CONSIGNOR_DIGITS))
		return call_refuse_at(call, 422, "BAD_ACCOUNT", "/consignor",
				      "the code that the bank gave, ten digits");
	if (payer->invoice_number[0] != '\0' &&
	    (payer->invoice_number[0] != 'T' ||
	     !corporate_number_is_valid(payer->invoice_number + 1)))
		return call_refuse_at(call, 422, "BAD_INVOICE_NUMBER", "/invoice_number",
				      "T and a corporate number of thirteen digits");
	if (payer->account.account_type == ACCOUNT_SAVINGS)
		return call_refuse_at(call, 422, "BAD_ACCOUNT", "/account_type",
				      "banks pay out of no savings account");
	return check_account(call, &payer->account, PAYER_KANA_MAX);
}

static bool payer_keys(struct call *call)
{
	call_want(call, "paystate/payer");
	return true;
}

static void payer_writes(struct call *call)
{
	call_put_shape(call, "paystate/payer", &payer_shape, call->cmd);
}

static void payer_answer(struct call *call)
{
	answer_location(call, "/v1/payer");
	call_reply_shape(call, 201, &payer_shape, call->cmd);
}

const struct flow_op payer_put_op = { "payer_put",  sizeof(struct payer), 0,
				      payer_parse,  payer_keys,           NULL,
				      payer_writes, payer_answer };

static bool payer_get_keys(struct call *call)
{
	if (call_load(call, call->cmd, &payer_shape, "paystate/payer") < 0)
		return call_refuse(call, 404, "PAYER_UNKNOWN",
				   "no account to pay from was set yet");
	return true;
}

static void payer_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &payer_shape, call->cmd);
}

const struct flow_op payer_get_op = { "payer_get",    sizeof(struct payer), 0,
				      books_no_query, payer_get_keys,       NULL,
				      NULL,           payer_get_answer };
