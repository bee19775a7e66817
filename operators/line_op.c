/* operators/line_op.c - operators agree to the lines of a closed month, or dispute them, and the
 * council decides. Without it a month would be right because it is closed.
 *
 * The state is the bookkeeper's; a command files a move, and counts it in lmove/. While one that
 * was filed is not folded yet no other is taken, so that what is answered is what comes.
 */
#include "operators/money_op.h"

#include "core/date.h"
#include "operators/close.h"
#include "operators/line_state.h"
#include "operators/operators_op.h"

enum { REQ = SHAPE_REQUIRED };
enum line_outcome { OUTCOME_UPHELD, OUTCOME_REJECTED };
static const char *const outcome_names[] = { "upheld", "rejected", NULL };

struct line_body {
	uint8_t outcome;
	yen correction_yen;
	char against[ID_SIZE]; /* Who gives what is corrected; empty: the council bears it. */
	char why[FACT_NOTE_SIZE];
};

static const struct shape_field agree_fields[] = {
	F_TEXT(struct line_body, why, 0, 0, 0, "a word for the record; no personal data"),
	F_END,
};
const struct shape line_agree_shape = { "LineAgreement", sizeof(struct line_body), agree_fields };

static const struct shape_field dispute_fields[] = {
	F_TEXT(struct line_body, why, 0, REQ, 1, "what is wrong; no personal data"),
	F_END,
};
const struct shape line_dispute_shape = { "LineDispute", sizeof(struct line_body),
					  dispute_fields };

static const struct shape_field decide_fields[] = {
	F_ENUM(struct line_body, outcome, 0, REQ, outcome_names, "of the dispute"),
	F_INT(struct line_body, correction_yen, 0, 0, -YEN_MAX, YEN_MAX,
	      "upheld: what the operator gets, or gives where below zero, in the open month"),
	F_SUBJECT(struct line_body, against, 0, 0,
		  "the operator that gives or gets it; none: the council bears it as a loss"),
	F_TEXT(struct line_body, why, 0, REQ, 1, "no personal data"),
	F_END,
};
const struct shape line_decide_shape = { "LineDecision", sizeof(struct line_body),
					 decide_fields };

struct line_cmd {
	day_t period;
	char tail[LINE_ID_SIZE]; /* "ferry/0001/0002/2026-11/0001" */
	char operator_id[ID_SIZE];
	enum line_move move;
	struct line_body body;
	struct line_view view;
	struct line_moves moves;
	struct close_view close;
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "LINE_UNKNOWN", "this month has no such line of yours");
}

/* Another operator's line is as unknown as one that there is not. */
static bool parse_line(struct call *call, struct line_cmd *cmd)
{
	size_t n = 0;

	if (!books_no_query(call) || !books_param_period(call, &cmd->period, 0))
		return false;
	if (!line_tail_of(cmd->tail, call->request->params[1]))
		return refuse_unknown(call);
	while (cmd->tail[n] != '/')
		n++;
	if (!subject_is_valid(slice_of(cmd->tail, n)) ||
	    !text_set(cmd->operator_id, sizeof(cmd->operator_id), slice_of(cmd->tail, n)))
		return refuse_unknown(call);
	return call->caller.role != ROLE_operator ||
	       text_equal(call->caller.subject, cmd->operator_id) || refuse_unknown(call);
}

static bool agree_parse(struct call *call)
{
	struct line_cmd *cmd = call->cmd;

	cmd->move = LINE_MOVE_agree;
	return parse_line(call, cmd) && call_body(call, &cmd->body, &line_agree_shape);
}

static bool dispute_parse(struct call *call)
{
	struct line_cmd *cmd = call->cmd;

	cmd->move = LINE_MOVE_dispute;
	return parse_line(call, cmd) && call_body(call, &cmd->body, &line_dispute_shape);
}

static bool check_decision(struct call *call, const struct line_cmd *cmd)
{
	const struct line_body *body = &cmd->body;
	bool upheld = body->outcome == OUTCOME_UPHELD;

	if (upheld == (body->correction_yen == 0))
		return call_refuse_at(call, 422, "BAD_DECISION", "/correction_yen",
				      upheld ? "what is upheld is corrected by some yen"
					     : "what is rejected is not corrected");
	if (body->against[0] != '\0' &&
	    (!upheld || text_equal(body->against, cmd->operator_id)))
		return call_refuse_at(call, 422, "BAD_DECISION", "/against",
				      "another operator, of a correction");
	return true;
}

static bool decide_parse(struct call *call)
{
	struct line_cmd *cmd = call->cmd;

	cmd->move = LINE_MOVE_decide;
	return parse_line(call, cmd) && call_body(call, &cmd->body, &line_decide_shape) &&
	       check_decision(call, cmd);
}

static const char *line_key(struct call *call, const char *kind)
{
	const struct line_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, cmd->period);
	return call_key(call, "%s/%s/%s", kind, month, cmd->tail);
}

static bool move_keys(struct call *call)
{
	struct line_cmd *cmd = call->cmd;
	int got = call_load(call, &cmd->view, &line_view_shape, line_key(call, "lstate"));
	int moves = call_load(call, &cmd->moves, &line_moves_shape, line_key(call, "lmove"));
	const char *other;

	(void)call_load(call, &cmd->close, &close_view_shape,
			books_period_key(call, "close", cmd->period));
	if (moves < 0)
		cmd->moves = (struct line_moves){ 0 };
	if (got < 0)
		return refuse_unknown(call);
	if (cmd->body.against[0] == '\0')
		return true;
	other = operator_key(call, cmd->body.against);
	call_want(call, other);
	if (call_found(call, other) != NULL && call_found(call, other)->version == 0)
		return call_refuse_at(call, 422, "UNKNOWN_OPERATOR", "/against",
				      "there is no such operator; register it first");
	return true;
}

/* Silence agrees with the close of a day; whoever speaks after that day speaks too late, whether
 * the books have got so far or not. */
static bool is_too_late(const struct call *call, const struct line_cmd *cmd)
{
	return cmd->view.state == LINE_OPEN && cmd->close.silent_on != 0 &&
	       service_day_at(call->now, call->day_boundary_min) > cmd->close.silent_on;
}

static void fill_by(char out[BY_SIZE], const struct caller *caller)
{
	struct writer to = { .data = (uint8_t *)out, .size = BY_SIZE };

	write_text(&to, call_role_names[caller->role]);
	if (caller->subject[0] != '\0') {
		write_u8(&to, '/');
		write_text(&to, caller->subject);
	}
	write_u8(&to, 0);
	MUST(!to.failed);
}

static bool move_decide(struct call *call)
{
	struct line_cmd *cmd = call->cmd;
	char by[BY_SIZE];

	if (cmd->moves.count != cmd->view.moves) {
		call_refuse(call, 503, "BOOKS_BEHIND", "an earlier word on it is on its way");
		call->problem.retry_after_s = 1;
		return false;
	}
	fill_by(by, &call->caller);
	if (is_too_late(call, cmd) ||
	    !line_view_move(&cmd->view, cmd->move, call->now, by, cmd->body.why))
		return call_refuse(call, 409, "LINE_NOT_THERE",
				   "the line is %s%s; from there it cannot be moved so",
				   line_state_names[cmd->view.state],
				   is_too_late(call, cmd) ? ", and agreed by silence" : "");
	if (cmd->move == LINE_MOVE_decide)
		cmd->view.correction_yen = cmd->body.correction_yen;
	cmd->moves.count++;
	return true;
}

static void move_writes(struct call *call)
{
	const struct line_cmd *cmd = call->cmd;
	const struct line_step *step = &cmd->view.steps[cmd->view.step_count - 1];
	struct fact fact = { .type = FACT_line_moved,
			     .at = call->now,
			     .id = call->id,
			     .day = cmd->period,
			     .signed_yen = cmd->body.correction_yen };

	mem_copy(fact.operator_id, cmd->operator_id, sizeof(fact.operator_id));
	mem_copy(fact.other_id, cmd->body.against, sizeof(fact.other_id));
	mem_copy(fact.line, cmd->view.line_id, sizeof(fact.line));
	mem_copy(fact.by, step->by, sizeof(fact.by));
	mem_copy(fact.note, cmd->body.why, sizeof(fact.note));
	MUST(text_set(fact.move, sizeof(fact.move), slice_text(line_move_names[cmd->move])));
	call_put_shape(call, line_key(call, "lmove"), &line_moves_shape, &cmd->moves);
	fact_file(call, &fact, 0);
}

static void move_answer(struct call *call)
{
	call_reply_shape(call, 200, &line_view_shape, &((struct line_cmd *)call->cmd)->view);
}

const struct flow_op line_agree_op = { "line_agree", sizeof(struct line_cmd), 0,
				       agree_parse,  move_keys,		      move_decide,
				       move_writes,  move_answer };
const struct flow_op line_dispute_op = { "line_dispute", sizeof(struct line_cmd), 0,
					 dispute_parse,	 move_keys,		  move_decide,
					 move_writes,	 move_answer };
const struct flow_op line_decide_op = { "line_decide", sizeof(struct line_cmd), 0,
					decide_parse,  move_keys,		move_decide,
					move_writes,   move_answer };

/* --- GET /v1/settlements/{period}/lines --- */

static bool list_parse(struct call *call)
{
	static const char *const others[] = { "operator_id", NULL };
	char month[MONTH_TEXT_SIZE];
	struct slice only = { 0 };
	day_t period;
	bool said;

	if (!books_param_period(call, &period, 0))
		return false;
	month_encode(month, period);
	said = call_query(call, &only, "operator_id");
	if (said && !subject_is_valid(only))
		return call_refuse(call, 400, "BAD_OPERATOR_ID", "operator_id is an operator's id");
	if (call->caller.role == ROLE_operator) {
		if (said && !slice_is(only, call->caller.subject))
			return call_refuse(call, 404, "OPERATOR_UNKNOWN",
					   "there is no such operator");
		only = slice_text(call->caller.subject);
	}
	return listing_parse(call, call->cmd,
			     only.size == 0 ? call_key(call, "lstate/%s/", month)
					    : call_key(call, "lstate/%s/%.*s/", month,
						       (int)only.size, (const char *)only.data),
			     others);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &line_view_shape, NULL);
}

const struct flow_op line_list_op = { "line_list", sizeof(struct listing),  0,	  list_parse,
				      listing_keys,   NULL, NULL, list_answer };
