/* operators/junction_op.c - where trains of one operator go through to another's line. Without it
 * whoever stays on the train is told, at the end of the ride, that he never came in.
 */
#include "operators/operators_op.h"

const char *junction_key(struct call *call, const char *one, const char *other)
{
	bool in_order = slice_compare(slice_text(one), slice_text(other)) <= 0;

	return call_key(call, "junction/%s/%s", in_order ? one : other, in_order ? other : one);
}

struct junction_cmd {
	struct junction junction;
	struct operator a, b;
};

static bool put_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct junction_cmd *cmd = call->cmd;

	if (!call_query_only(call, none) || !call_body(call, &cmd->junction, &junction_shape))
		return false;
	if (text_equal(cmd->junction.operator_a, cmd->junction.operator_b))
		return call_refuse_at(call, 422, "SAME_OPERATOR", "/operator_b",
				      "a junction joins the lines of two operators");
	return true;
}

/* False: not yet, or refused. */
static bool load_side(struct call *call, struct operator *operator, const char *operator_id,
		      const char *pointer)
{
	int got = call_load(call, operator, &operator_shape, operator_key(call, operator_id));

	if (got < 0)
		return call_refuse_at(call, 422, "UNKNOWN_OPERATOR", pointer,
				      "there is no such operator; register it first");
	if (got > 0 && (operator->modes & MODE_BIT(MODE_rail)) == 0)
		return call_refuse_at(call, 422, "MODE_NOT_OPERATED", pointer,
				      "the operator is not registered for rail");
	return got > 0;
}

static bool put_keys(struct call *call)
{
	struct junction_cmd *cmd = call->cmd;
	const struct junction *junction = &cmd->junction;

	call_want(call, junction_key(call, junction->operator_a, junction->operator_b));
	call_want(call, operator_key(call, junction->operator_b));
	return (load_side(call, &cmd->a, junction->operator_a, "/operator_a") &&
		load_side(call, &cmd->b, junction->operator_b, "/operator_b")) ||
	       call->problem.status == 0;
}

static bool put_decide(struct call *call)
{
	junction_order(&((struct junction_cmd *)call->cmd)->junction);
	return true;
}

/* Said again, it replaces: a fare is deemed when the ride ends, and stays so. */
static void put_writes(struct call *call)
{
	const struct junction *junction = &((struct junction_cmd *)call->cmd)->junction;

	call_put_shape(call, junction_key(call, junction->operator_a, junction->operator_b),
		       &junction_shape, junction);
}

static void put_answer(struct call *call)
{
	call_reply_shape(call, 201, &junction_shape, &((struct junction_cmd *)call->cmd)->junction);
}

const struct flow_op junction_put_op = { "junction_put", sizeof(struct junction_cmd),
					 0,              put_parse,
					 put_keys,       put_decide,
					 put_writes,     put_answer };

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "junction/", NULL);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &junction_shape, NULL);
}

const struct flow_op junction_list_op = { "junction_list", sizeof(struct listing),
					  0,               list_parse,
					  listing_keys,       NULL,
					  NULL,            list_answer };
