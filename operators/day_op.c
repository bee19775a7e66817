/* operators/day_op.c - a service day is over: the command that says so in the log. Without it no
 * ticket would ever be earned.
 */
#include "operators/books_op.h"

#include "core/date.h"

struct day_cmd {
	struct day_last last, now;
};

static bool day_keys(struct call *call)
{
	struct day_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->last, &day_last_shape, "day/last") < 0)
		cmd->last = (struct day_last){ 0 };
	return true;
}

static bool day_decide(struct call *call)
{
	struct day_cmd *cmd = call->cmd;

	cmd->now.day = service_day_at(call->now, call->day_boundary_min) - 1;
	cmd->now.closed_at = call->now;
	if (cmd->last.day >= cmd->now.day)
		return call_refuse(call, 409, "DAY_ALREADY_CLOSED", "this service day is closed");
	return true;
}

static void day_writes(struct call *call)
{
	const struct day_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_day_closed,
			     .at = call->now,
			     .id = call->id,
			     .day = cmd->now.day };

	call_put_shape(call, "day/last", &day_last_shape, &cmd->now);
	fact_file(call, &fact, 0);
}

static void day_answer(struct call *call)
{
	call_reply_shape(call, 200, &day_last_shape, &((struct day_cmd *)call->cmd)->now);
}

const struct flow_op close_day_op = { "close_day", sizeof(struct day_cmd), 0, books_no_query,
				      day_keys, day_decide, day_writes, day_answer };
