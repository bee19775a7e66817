/* operators/gate_op.c - gates and tokens: where scans come from, and who may send them. Without it
 * a scan would have no place.
 */
#include "operators/operators_op.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

struct gate_cmd {
	struct gate gate;
	struct operator operator;
};

static bool put_parse(struct call *call)
{
	struct gate_cmd *cmd = call->cmd;

	if (!no_query(call) || !call_body(call, &cmd->gate, &gate_shape))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->gate.operator_id))
		return call_refuse_at(call, 403, "NOT_YOURS", "/operator_id",
				      "an operator adds its own gates");
	return true;
}

static bool put_keys(struct call *call)
{
	struct gate_cmd *cmd = call->cmd;

	call_want(call, gate_key(call, cmd->gate.gate_id));
	return load_operator(call, &cmd->operator, cmd->gate.operator_id, 422) ||
	       call->problem.status == 0;
}

static bool put_decide(struct call *call)
{
	struct gate_cmd *cmd = call->cmd;

	if (call_found(call, gate_key(call, cmd->gate.gate_id))->version != 0)
		return call_refuse(call, 409, "GATE_EXISTS", "this id is taken; choose another");
	if ((cmd->operator.modes & MODE_BIT(cmd->gate.mode)) == 0)
		return call_refuse_at(call, 422, "MODE_NOT_OPERATED", "/mode",
				      "the operator is not registered for this mode");
	return true;
}

static void put_writes(struct call *call)
{
	struct gate_cmd *cmd = call->cmd;

	call_put_shape(call, gate_key(call, cmd->gate.gate_id), &gate_shape, &cmd->gate);
}

static void put_answer(struct call *call)
{
	const struct gate *gate = &((struct gate_cmd *)call->cmd)->gate;

	answer_location(call, call_key(call, "/v1/gates/%s", gate->gate_id));
	call_reply_shape(call, 201, &gate_shape, gate);
}

const struct flow_op gate_put_op = { "gate_put", sizeof(struct gate_cmd),
				     0,          put_parse,
				     put_keys,   put_decide,
				     put_writes, put_answer };

struct gate_found {
	char gate_id[ID_SIZE];
	struct gate gate;
};

static bool get_parse(struct call *call)
{
	struct gate_found *cmd = call->cmd;

	return no_query(call) && call_param_subject(call, cmd->gate_id, 0);
}

static bool get_keys(struct call *call)
{
	struct gate_found *cmd = call->cmd;
	int got = call_load(call, &cmd->gate, &gate_shape, gate_key(call, cmd->gate_id));
	bool council = call->caller.role == ROLE_council;

	if (got == 0)
		return true;
	if (got < 0 || (!council && !text_equal(call->caller.subject, call->caller.role == ROLE_gate
									  ? cmd->gate.gate_id
									  : cmd->gate.operator_id)))
		return call_refuse(call, 404, "GATE_UNKNOWN", "there is no such gate of yours");
	return true;
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &gate_shape, &((struct gate_found *)call->cmd)->gate);
}

const struct flow_op gate_get_op = { "gate_get", sizeof(struct gate_found), 0,    get_parse,
				     get_keys,   NULL,         NULL, get_answer };

/* --- Tokens --- */

struct token_order {
	uint8_t role;
	char subject[SUBJECT_SIZE];
	time_ms expires_at;
};

struct token_answer {
	char token[TOKEN_TEXT_SIZE], token_id[17];
	uint8_t role;
	char subject[SUBJECT_SIZE];
	time_ms expires_at;
};

static const struct shape_field order_fields[] = {
	F_ENUM(struct token_order, role, 0, SHAPE_REQUIRED, call_role_names,
	       "what its bearer may do"),
	F_SUBJECT(struct token_order, subject, 0, 0, "whose it is; none for council and auditor"),
	F_TIME(struct token_order, expires_at, 0, 0, "until when; none: until it is revoked"),
	F_END,
};
const struct shape token_order_shape = { "TokenOrder", sizeof(struct token_order), order_fields };

static const struct shape_field answer_fields[] = {
	F_TEXT(struct token_answer, token, 0, 0, 0,
	       "shown this once; a resend of the same command leaves it out"),
	F_TEXT(struct token_answer, token_id, 0, SHAPE_REQUIRED, 0, "names it in logs"),
	F_ENUM(struct token_answer, role, 0, SHAPE_REQUIRED, call_role_names,
	       "what its bearer may do"),
	F_SUBJECT(struct token_answer, subject, 0, 0, "whose it is"),
	F_TIME(struct token_answer, expires_at, 0, 0, "until when"),
	F_END,
};
const struct shape token_answer_shape = { "Token", sizeof(struct token_answer), answer_fields };

struct token_cmd {
	struct token_order order;
	char text[TOKEN_TEXT_SIZE], key[TOKEN_KEY_SIZE];
};

static bool token_parse(struct call *call)
{
	struct token_cmd *cmd = call->cmd;
	bool whole;

	if (!no_query(call) || !call_body(call, &cmd->order, &token_order_shape))
		return false;
	whole = cmd->order.role == ROLE_council || cmd->order.role == ROLE_auditor;
	if (whole && cmd->order.subject[0] != '\0')
		return call_refuse_at(call, 422, "SUBJECT_NOT_ALLOWED", "/subject",
				      "this role has no subject");
	if (!whole && cmd->order.subject[0] == '\0')
		return call_refuse_at(call, 422, "SUBJECT_MISSING", "/subject",
				      "say whose token it is");
	if (cmd->order.expires_at != 0 && cmd->order.expires_at <= call->now)
		return call_refuse_at(call, 422, "OUT_OF_RANGE", "/expires_at",
				      "a time that is still to come");
	return true;
}

/* Whose token it is must be there, or a gate that is made later would find its token given away. */
static bool token_keys(struct call *call)
{
	const struct token_cmd *cmd = call->cmd;
	static const char *const kinds[ROLE_COUNT] = {
		[ROLE_partner] = "partner", [ROLE_operator] = "operator", [ROLE_gate] = "gate"
	};
	const char *kind = kinds[cmd->order.role], *key;

	if (kind == NULL)
		return true;
	key = call_key(call, "%s/%s", kind, cmd->order.subject);
	call_want(call, key);
	if (call_found(call, key) != NULL && call_found(call, key)->version == 0)
		return call_refuse_at(call, 422, "UNKNOWN_SUBJECT", "/subject",
				      "register the %s first", kind);
	return true;
}

static bool token_decide(struct call *call)
{
	struct token_cmd *cmd = call->cmd;
	uint8_t random[32];

	call_random(call, random, sizeof(random));
	token_make(cmd->text, random);
	token_key(cmd->key, slice_text(cmd->text));
	return true;
}

static void token_writes(struct call *call)
{
	struct token_cmd *cmd = call->cmd;
	struct token token = { .role = cmd->order.role,
			       .made_at = call->now,
			       .expires_at = cmd->order.expires_at };

	mem_copy(token.subject, cmd->order.subject, sizeof(token.subject));
	call_append_shape(call, cmd->key, &token_shape, &token);
}

static void token_answer(struct call *call)
{
	struct token_cmd *cmd = call->cmd;
	struct token_answer answer = { .role = cmd->order.role,
				       .expires_at = cmd->order.expires_at };
	struct writer again = { .data = arena_alloc(call->arena, 1024), .size = 1024 };
	struct json_out out;

	mem_copy(answer.subject, cmd->order.subject, sizeof(answer.subject));
	mem_copy(answer.token_id, cmd->key + sizeof("token/") - 1, sizeof(answer.token_id) - 1);
	json_begin(&out, &again);
	shape_to_json(&out, NULL, &token_answer_shape, &answer);
	MUST(!again.failed);
	call->reply.again = slice_of(again.data, again.used);
	mem_copy(answer.token, cmd->text, sizeof(answer.token));
	call_reply_shape(call, 201, &token_answer_shape, &answer);
}

const struct flow_op token_put_op = { "token_put",
				      sizeof(struct token_cmd),
				      0,
				      token_parse,
				      token_keys,
				      token_decide,
				      token_writes,
				      token_answer };
