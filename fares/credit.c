/* fares/credit.c - without it a partner that does not pay could go on selling until somebody looks.
 */
#include "fares/credit.h"

#include "fares/money.h"

static const char *sold_key(struct call *call, const char *partner_id)
{
	return call_key(call, "limit/%s", partner_id);
}

static void load_both(struct call *call, struct credit *credit, const char *partner_id)
{
	int sold = call_load(call, &credit->sold, &credit_sold_shape, sold_key(call, partner_id));
	int owing = call_load(call, &credit->owing, &credit_owing_shape,
			      call_key(call, "bookk/owing/%s", partner_id));

	if (sold < 0)
		credit->sold = (struct credit_sold){ 0 };
	if (owing < 0)
		credit->owing = (struct credit_owing){ 0 };
}

void credit_queue(struct call *call)
{
	const char *key = call_key(call, "partner/%s", call->caller.subject);
	struct partner partner;

	if (call_guess(call, &partner, &partner_shape, key) && partner.credit_limited)
		call_hot(call, sold_key(call, call->caller.subject));
}

void credit_load(struct call *call, struct credit *credit, const struct partner *partner)
{
	if (partner->credit_limited)
		load_both(call, credit, partner->partner_id);
}

bool credit_take(struct call *call, struct credit *credit, const struct partner *partner,
		 yen price_yen)
{
	yen owed = credit->sold.sold_yen + credit->owing.owed_yen;

	if (!partner->credit_limited || price_yen == 0)
		return true;
	if (owed + price_yen > partner->credit_limit_yen)
		return call_refuse(call, 409, "CREDIT_LIMIT_REACHED",
				   "%lld yen are owed of at most %lld; remit before you sell more",
				   (long long)owed, (long long)partner->credit_limit_yen);
	credit->sold.sold_yen += price_yen;
	return true;
}

void credit_put(struct call *call, const struct credit *credit, const struct partner *partner)
{
	if (partner->credit_limited)
		call_put_shape(call, sold_key(call, partner->partner_id), &credit_sold_shape,
			       &credit->sold);
}

/* --- POST /v1/partners/{partner_id}/credit-limit --- */

struct limit_body {
	yen limit_yen;
};

static const struct shape_field limit_fields[] = {
	F_INT(struct limit_body, limit_yen, 0, SHAPE_REQUIRED, -1, YEN_MAX,
	      "how much it may owe; -1: no limit"),
	F_END,
};
const struct shape credit_limit_shape = { "CreditLimit", sizeof(struct limit_body), limit_fields };

struct credit_answer {
	char partner_id[ID_SIZE];
	yen limit_yen, owed_yen, left_yen;
};

static const struct shape_field answer_fields[] = {
	F_SUBJECT(struct credit_answer, partner_id, 0, SHAPE_REQUIRED, "who sells"),
	F_INT(struct credit_answer, limit_yen, 0, SHAPE_REQUIRED, -1, YEN_MAX,
	      "how much it may owe; -1: no limit"),
	F_INT(struct credit_answer, owed_yen, 0, SHAPE_REQUIRED, -JSON_INT_MAX, JSON_INT_MAX,
	      "what it owes now; refunds and remittances of the last seconds may be missing"),
	F_INT(struct credit_answer, left_yen, 0, SHAPE_REQUIRED, -1, JSON_INT_MAX,
	      "what it may still sell; -1: no limit"),
	F_END,
};
const struct shape credit_answer_shape = { "Credit", sizeof(struct credit_answer), answer_fields };

struct credit_cmd {
	char partner_id[ID_SIZE];
	struct limit_body body;
	struct partner partner;
	struct credit credit;
};

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "PARTNER_UNKNOWN", "there is no such partner");
}

static bool credit_parse(struct call *call)
{
	struct credit_cmd *cmd = call->cmd;

	if (!no_query(call) || !call_param_subject(call, cmd->partner_id, 0))
		return false;
	return call->caller.role != ROLE_partner ||
	       text_equal(call->caller.subject, cmd->partner_id) || refuse_unknown(call);
}

static bool limit_parse(struct call *call)
{
	struct credit_cmd *cmd = call->cmd;

	return credit_parse(call) && call_body(call, &cmd->body, &credit_limit_shape);
}

static const char *partner_key(struct call *call)
{
	return call_key(call, "partner/%s", ((struct credit_cmd *)call->cmd)->partner_id);
}

static bool credit_keys(struct call *call)
{
	struct credit_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->partner, &partner_shape, partner_key(call)) < 0)
		return refuse_unknown(call);
	load_both(call, &cmd->credit, cmd->partner_id);
	return true;
}

static bool limit_decide(struct call *call)
{
	struct credit_cmd *cmd = call->cmd;

	cmd->partner.credit_limited = cmd->body.limit_yen >= 0;
	cmd->partner.credit_limit_yen = cmd->partner.credit_limited ? cmd->body.limit_yen : 0;
	return true;
}

/* The partner's record moves, so that no sale under way goes by what it said before. */
static void limit_writes(struct call *call)
{
	const struct credit_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_credit_limited,
			     .at = call->now,
			     .id = call->id,
			     .limit_yen = cmd->body.limit_yen };

	mem_copy(fact.partner_id, cmd->partner_id, sizeof(fact.partner_id));
	call_put_shape(call, partner_key(call), &partner_shape, &cmd->partner);
	fact_file(call, &fact, 0);
}

/* Owed without a limit, as the books have it. */
static void credit_answer(struct call *call)
{
	const struct credit_cmd *cmd = call->cmd;
	const struct partner *partner = &cmd->partner;
	struct credit_answer answer = { .limit_yen = -1, .left_yen = -1 };

	mem_copy(answer.partner_id, cmd->partner_id, sizeof(answer.partner_id));
	answer.owed_yen = cmd->credit.sold.sold_yen + cmd->credit.owing.owed_yen;
	if (partner->credit_limited) {
		answer.limit_yen = partner->credit_limit_yen;
		answer.left_yen = answer.limit_yen - answer.owed_yen;
		if (answer.left_yen < 0)
			answer.left_yen = 0;
	}
	call_reply_shape(call, 200, &credit_answer_shape, &answer);
}

const struct flow_op credit_limit_op = { "credit_limit", sizeof(struct credit_cmd), 0,
					 limit_parse,	 credit_keys,		    limit_decide,
					 limit_writes,	 credit_answer };
const struct flow_op credit_get_op = { "credit_get",	  sizeof(struct credit_cmd), 0,
				       credit_parse,	  credit_keys, NULL,
				       NULL,		  credit_answer };
