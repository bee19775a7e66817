/* operators/declared_op.c - an operator's own count of a month, for rules that go by it. Without it
 * operators without gates could be given nothing.
 */
#include "operators/share_op.h"

struct declared_cmd {
	char operator_id[ID_SIZE];
	struct declared_order order;
	struct settle last;
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
}

static bool declared_parse(struct call *call)
{
	struct declared_cmd *cmd = call->cmd;

	if (!books_no_query(call) || !call_param_subject(call, cmd->operator_id, 0) ||
	    !call_body(call, &cmd->order, &declared_order_shape))
		return false;
	return call->caller.role != ROLE_operator ||
	       text_equal(call->caller.subject, cmd->operator_id) || refuse_unknown(call);
}

static bool declared_keys(struct call *call)
{
	struct declared_cmd *cmd = call->cmd;
	const char *key = call_key(call, "operator/%s", cmd->operator_id);
	const struct record *operator;

	if (call_load(call, &cmd->last, &settle_shape, "settle/last") < 0)
		cmd->last = (struct settle){ 0 };
	call_want(call, key);
	operator = call_found(call, key);
	return operator == NULL || operator->version > 0 || refuse_unknown(call);
}

static bool declared_decide(struct call *call)
{
	const struct declared_cmd *cmd = call->cmd;

	if (cmd->last.period >= cmd->order.period)
		return call_refuse(call, 409, "PERIOD_CLOSED",
				   "this month, or a later one, is closed");
	return true;
}

static void declared_writes(struct call *call)
{
	const struct declared_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_declared,
			     .at = call->now,
			     .id = call->id,
			     .day = cmd->order.period,
			     .boardings = cmd->order.boardings };

	mem_copy(fact.operator_id, cmd->operator_id, sizeof(fact.operator_id));
	fact_file(call, &fact, 0);
}

static void declared_answer(struct call *call)
{
	const struct declared_cmd *cmd = call->cmd;
	struct declared declared = { .period = cmd->order.period,
				     .boardings = cmd->order.boardings };

	mem_copy(declared.operator_id, cmd->operator_id, sizeof(declared.operator_id));
	call_reply_shape(call, 201, &declared_shape, &declared);
}

const struct flow_op declared_op = { "declared",      sizeof(struct declared_cmd),
				     0,		      declared_parse,
				     declared_keys,   declared_decide,
				     declared_writes, declared_answer };
