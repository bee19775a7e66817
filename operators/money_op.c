/* operators/money_op.c - what partners and funders paid in, what operators owe each other, and
 * losses covered: filed as facts, for the bookkeeper alone writes money. Without it nobody's debt
 * would ever end.
 */
#include "operators/money_op.h"

#include "core/crypto.h"
#include "core/date.h"
#include "operators/operators_op.h"

enum { REQ = SHAPE_REQUIRED };

static bool refuse_ahead(struct call *call, day_t day)
{
	if (day <= day_at(call->now))
		return true;
	return call_refuse_at(call, 422, "OUT_OF_RANGE", "/day", "not a day to come");
}

/* --- POST /v1/remittances --- */

enum remitter { REMITTER_PARTNER, REMITTER_FUNDER, REMITTER_PAYEE };
static const char *const remitter_names[] = { "partner", "funder", "payee", NULL };

struct remittance {
	uint8_t party;
	char id[ID_SIZE];
	yen amount_yen;
	char bank_reference[REFERENCE_SIZE];
	day_t day;
};

static const struct shape_field remittance_fields[] = {
	F_ENUM(struct remittance, party, 1, REQ, remitter_names, "who paid"),
	F_SUBJECT(struct remittance, id, 2, REQ, "its id"),
	F_INT(struct remittance, amount_yen, 3, REQ, 1, YEN_MAX, "whole yen"),
	F_TEXT(struct remittance, bank_reference, 4, REQ, 1, "the bank's; never used again"),
	F_DATE(struct remittance, day, 5, REQ, "value date"),
	F_END,
};
const struct shape remittance_shape = { "Remittance", sizeof(struct remittance),
					remittance_fields };

struct remittance_cmd {
	struct remittance remittance, known;
	bool again; /* The bank's word for it was taken before. */
};

static const char *remittance_key(struct call *call, const struct remittance *remittance)
{
	struct slice reference = slice_text(remittance->bank_reference);
	char hex[HEX32_SIZE];
	uint8_t digest[16];

	digest_parts(digest, sizeof(digest), &reference, 1);
	hex_encode(hex, sizeof(hex), slice_of(digest, sizeof(digest)));
	return call_key(call, "remit/%s", hex);
}

static bool remittance_parse(struct call *call)
{
	struct remittance_cmd *cmd = call->cmd;

	return books_no_query(call) && call_body(call, &cmd->remittance, &remittance_shape) &&
	       refuse_ahead(call, cmd->remittance.day);
}

static bool remittance_keys(struct call *call)
{
	struct remittance_cmd *cmd = call->cmd;
	const struct remittance *remittance = &cmd->remittance;
	bool payee = remittance->party == REMITTER_PAYEE;
	const char *known = call_key(call, "%s/%s", payee ? "payee" : "partner", remittance->id);

	cmd->again = call_load(call, &cmd->known, &remittance_shape,
			       remittance_key(call, remittance)) > 0;
	if (remittance->party == REMITTER_FUNDER)
		return true;
	call_want(call, known);
	if (call_found(call, known) != NULL && call_found(call, known)->version == 0)
		return call_refuse_at(call, 422, payee ? "UNKNOWN_PAYEE" : "UNKNOWN_PARTNER",
				      "/id", "there is no such %s", payee ? "payee" : "partner");
	return true;
}

static bool remittance_decide(struct call *call)
{
	const struct remittance_cmd *cmd = call->cmd;
	const struct remittance *told = &cmd->remittance, *known = &cmd->known;

	if (!cmd->again ||
	    (told->party == known->party && text_equal(told->id, known->id) &&
	     told->amount_yen == known->amount_yen && told->day == known->day))
		return true;
	return call_refuse_at(call, 409, "BANK_REFERENCE_USED", "/bank_reference",
			      "this reference stands for another payment: %lld yen of %s",
			      (long long)known->amount_yen, known->id);
}

static void remittance_writes(struct call *call)
{
	const struct remittance_cmd *cmd = call->cmd;
	const struct remittance *remittance = &cmd->remittance;
	struct fact fact = { .type = FACT_remitted,
			     .at = call->now,
			     .id = call->id,
			     .yen_amount = remittance->amount_yen,
			     .day = remittance->day };

	if (cmd->again)
		return;
	mem_copy(remittance->party == REMITTER_PARTNER ? fact.partner_id :
		 remittance->party == REMITTER_PAYEE   ? fact.payee_id :
							 fact.other_id,
		 remittance->id, ID_SIZE);
	mem_copy(fact.reference, remittance->bank_reference, sizeof(fact.reference));
	call_put_shape(call, remittance_key(call, remittance), &remittance_shape, remittance);
	fact_file(call, &fact, 0);
}

static void remittance_answer(struct call *call)
{
	const struct remittance_cmd *cmd = call->cmd;

	call_reply_shape(call, cmd->again ? 200 : 201, &remittance_shape, &cmd->remittance);
}

const struct flow_op remittance_op = { "remittance",	  sizeof(struct remittance_cmd),
				       0,		  remittance_parse,
				       remittance_keys,	  remittance_decide,
				       remittance_writes, remittance_answer };

/* --- POST /v1/claims --- */

struct claim {
	char from[ID_SIZE], to[ID_SIZE];
	yen amount_yen;
	day_t day;
	char reason[FACT_NOTE_SIZE];
	struct id128 claim_id;
};

#define CLAIM_FIELDS                                                                               \
	F_SUBJECT(struct claim, from, 0, REQ, "the operator that owes"),                           \
		F_SUBJECT(struct claim, to, 0, REQ, "the operator that it owes"),                  \
		F_INT(struct claim, amount_yen, 0, REQ, 1, YEN_MAX, "whole yen"),                  \
		F_DATE(struct claim, day, 0, 0, "when it arose; none: today"),                     \
		F_TEXT(struct claim, reason, 0, REQ, 1, "for what; no personal data")

static const struct shape_field claim_fields[] = { CLAIM_FIELDS, F_END };
const struct shape claim_shape = { "Claim", sizeof(struct claim), claim_fields };

static const struct shape_field claim_answer_fields[] = {
	F_UUID(struct claim, claim_id, 0, REQ, "as its postings' fact_id"),
	CLAIM_FIELDS,
	F_END,
};
const struct shape claim_answer_shape = { "ClaimMade", sizeof(struct claim), claim_answer_fields };

static bool claim_parse(struct call *call)
{
	struct claim *claim = call->cmd;

	if (!books_no_query(call) || !call_body(call, claim, &claim_shape) ||
	    !refuse_ahead(call, claim->day))
		return false;
	if (text_equal(claim->from, claim->to))
		return call_refuse_at(call, 422, "SAME_OPERATOR", "/to",
				      "an operator owes itself nothing");
	return true;
}

static bool want_operator(struct call *call, const char *operator_id, const char *pointer)
{
	const char *key = operator_key(call, operator_id);

	call_want(call, key);
	if (call_found(call, key) != NULL && call_found(call, key)->version == 0)
		return call_refuse_at(call, 422, "UNKNOWN_OPERATOR", pointer,
				      "there is no such operator; register it first");
	return true;
}

static bool claim_keys(struct call *call)
{
	const struct claim *claim = call->cmd;

	call_want(call, operator_key(call, claim->to));
	return want_operator(call, claim->from, "/from") && want_operator(call, claim->to, "/to");
}

static bool claim_decide(struct call *call)
{
	struct claim *claim = call->cmd;

	claim->claim_id = call->id;
	if (claim->day == 0)
		claim->day = service_day_at(call->now, call->day_boundary_min);
	return true;
}

static void claim_writes(struct call *call)
{
	const struct claim *claim = call->cmd;
	struct fact fact = { .type = FACT_claimed,
			     .at = call->now,
			     .id = call->id,
			     .yen_amount = claim->amount_yen,
			     .day = claim->day };

	mem_copy(fact.operator_id, claim->from, sizeof(fact.operator_id));
	mem_copy(fact.other_id, claim->to, sizeof(fact.other_id));
	mem_copy(fact.note, claim->reason, sizeof(fact.note));
	fact_file(call, &fact, 0);
}

static void claim_answer(struct call *call)
{
	call_reply_shape(call, 201, &claim_answer_shape, call->cmd);
}

const struct flow_op claim_op = { "claim",	sizeof(struct claim), 0,	    claim_parse,
				  claim_keys,	claim_decide,	      claim_writes, claim_answer };

/* --- POST /v1/loss-fundings --- */

struct loss_funding {
	yen amount_yen;
	char reason[FACT_NOTE_SIZE];
};

static const struct shape_field funding_fields[] = {
	F_INT(struct loss_funding, amount_yen, 0, REQ, 1, YEN_MAX, "whole yen"),
	F_TEXT(struct loss_funding, reason, 0, REQ, 1, "who decided it; no personal data"),
	F_END,
};
const struct shape loss_funding_shape = { "LossFunding", sizeof(struct loss_funding),
					  funding_fields };

static bool funding_parse(struct call *call)
{
	return books_no_query(call) && call_body(call, call->cmd, &loss_funding_shape);
}

static bool nothing_to_read(struct call *call)
{
	(void)call;
	return true;
}

static void funding_writes(struct call *call)
{
	const struct loss_funding *funding = call->cmd;
	struct fact fact = { .type = FACT_loss_funded,
			     .at = call->now,
			     .id = call->id,
			     .yen_amount = funding->amount_yen };

	mem_copy(fact.note, funding->reason, sizeof(fact.note));
	fact_file(call, &fact, 0);
}

static void funding_answer(struct call *call)
{
	call_reply_shape(call, 201, &loss_funding_shape, call->cmd);
}

const struct flow_op loss_funding_op = { "loss_funding",  sizeof(struct loss_funding),
					 0,		  funding_parse,
					 nothing_to_read, NULL,
					 funding_writes,  funding_answer };

/* --- GET /v1/funders/{funder_id}/balance --- */

struct funder_balance {
	char funder_id[ID_SIZE];
	yen funded_yen, remitted_yen, owed_yen;
};

static const struct shape_field funder_fields[] = {
	F_SUBJECT(struct funder_balance, funder_id, 0, REQ, "who"),
	F_INT(struct funder_balance, funded_yen, 0, REQ, 0, JSON_INT_MAX, "what it has to pay"),
	F_INT(struct funder_balance, remitted_yen, 0, REQ, 0, JSON_INT_MAX, "what it paid in"),
	F_INT(struct funder_balance, owed_yen, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX,
	      "what is left; below zero: paid ahead"),
	F_END,
};
const struct shape funder_balance_shape = { "FunderBalance", sizeof(struct funder_balance),
					    funder_fields };

struct funder_cmd {
	char funder_id[ID_SIZE];
	struct balance balance;
};

static bool refuse_funder(struct call *call)
{
	return call_refuse(call, 404, "FUNDER_UNKNOWN", "nothing is known of such a funder");
}

static bool funder_parse(struct call *call)
{
	struct funder_cmd *cmd = call->cmd;

	if (!books_no_query(call) || !call_param_subject(call, cmd->funder_id, 0))
		return false;
	return call->caller.role != ROLE_funder ||
	       text_equal(call->caller.subject, cmd->funder_id) || refuse_funder(call);
}

static bool funder_keys(struct call *call)
{
	struct funder_cmd *cmd = call->cmd;
	int got = call_load(call, &cmd->balance, &balance_shape,
			    call_key(call, "bal/receivable/funder/%s", cmd->funder_id));

	return got >= 0 || refuse_funder(call);
}

static void funder_answer(struct call *call)
{
	const struct funder_cmd *cmd = call->cmd;
	struct funder_balance answer = { .funded_yen = cmd->balance.debit_yen,
					 .remitted_yen = cmd->balance.credit_yen,
					 .owed_yen = cmd->balance.debit_yen -
						     cmd->balance.credit_yen };

	mem_copy(answer.funder_id, cmd->funder_id, sizeof(answer.funder_id));
	call_reply_shape(call, 200, &funder_balance_shape, &answer);
}

const struct flow_op funder_balance_op = { "funder_balance", sizeof(struct funder_cmd),
					   0,		     funder_parse,
					   funder_keys,	     NULL,
					   NULL,	     funder_answer };
