/* tests/flow_toy.c - the toy domain of flow tests. Without it flow would be tried with nothing to
 * do. */
#include "tests/flow_toy.h"

#include <stdio.h>

struct toy_cmd {
	int64_t by;
	struct id128 id;
	unsigned checked; /* Also in tries before this one. */
	char counter[SUBJECT_SIZE];
};

struct toy_out {
	int64_t total;
	time_ms filed_at;
};

static const struct shape_field cmd_fields[] = {
	F_INT(struct toy_cmd, by, 1, SHAPE_REQUIRED, -1000000, 1000000, "How much."),
	F_UUID(struct toy_cmd, id, 2, 0, "Its own name."),
	F_END,
};
static const struct shape cmd_shape = { "ToyCmd", sizeof(struct toy_cmd), cmd_fields };

static const struct shape_field total_fields[] = {
	F_INT(struct toy_out, total, 1, SHAPE_REQUIRED, -1000000000, 1000000000, "How much now."),
	F_END,
};
static const struct shape total_shape = { "ToyTotal", sizeof(struct toy_out), total_fields };

static const char *counter_key(struct call *call)
{
	const struct toy_cmd *cmd = call->cmd;

	return call_key(call, "toy/%s", cmd->counter);
}

static bool parse_question(struct call *call)
{
	struct toy_cmd *cmd = call->cmd;

	return call_param_subject(call, cmd->counter, 0);
}

/* The last character between the quotes. */
static bool ends_odd(struct slice key)
{
	return key.size > 2 && (key.data[key.size - 2] & 1) != 0;
}

static bool parse(struct call *call)
{
	const struct toy *toy = call->room;

	if (!call_body(call, call->cmd, &cmd_shape) || !parse_question(call))
		return false;
	if (toy->hot || (toy->hot_odd && ends_odd(call->request->idempotency_key)))
		call_hot(call, counter_key(call));
	return true;
}

static bool parse_scan(struct call *call)
{
	const struct toy_cmd *cmd = call->cmd;

	if (!parse(call))
		return false;
	call_name(call, slice_text(call->caller.subject), cmd->id);
	return true;
}

static void check(struct call *call)
{
	struct toy_cmd *cmd = call->cmd;

	cmd->checked++;
}

static bool keys(struct call *call)
{
	const struct toy_cmd *cmd = call->cmd;
	const struct toy *toy = call->room;

	if (toy->keys_until != 0 && call->now >= toy->keys_until)
		return call_refuse(call, 409, "TOO_LATE", "It is too late.");
	call_want(call, counter_key(call));
	if (toy->checks && cmd->checked == 0 && call_found(call, counter_key(call)) != NULL)
		call_check(call, check);
	return true;
}

static bool decide(struct call *call)
{
	const struct toy_cmd *cmd = call->cmd;
	struct toy_out *out = call->out, was;
	struct toy *toy = call->room;

	MUST(out->total == 0 && cmd->checked == toy->checks);
	toy->decided++;
	if (call_load(call, &was, &total_shape, counter_key(call)) == 1)
		out->total = was.total;
	out->total += cmd->by;
	if (toy->at_decide != NULL)
		toy->at_decide(toy);
	if (out->total < 0)
		return call_refuse_at(call, 409, "NOT_ENOUGH", "/by", "There is less.");
	return true;
}

static void writes(struct call *call)
{
	const struct toy *toy = call->room;
	struct toy_out *out = call->out;

	call_put_shape(call, counter_key(call), &total_shape, out);
	for (unsigned i = 0; i < (toy->event_count > 0 ? toy->event_count : 1); i++)
		out->filed_at = call_event(call, slice_text(counter_key(call)), toy->event_after);
}

static void answer(struct call *call)
{
	const struct toy *toy = call->room;
	const struct toy_out *out = call->out;
	struct json_out json;

	call_reply_json(call, 201, &json);
	json_object(&json, NULL);
	json_put_int(&json, "total", out->total);
	if (toy->answer_size > 0)
		json_put_text(&json, "pad",
			      slice_of(arena_alloc(call->arena, toy->answer_size),
				       toy->answer_size));
	json_object_end(&json);
	if (toy->secret)
		call->reply.again = SLICE("{}");
	(void)snprintf(call->reply.location, sizeof(call->reply.location), "/v1/toys/x");
}

static void answer_question(struct call *call)
{
	call_reply_shape(call, 200, &total_shape, call->out);
}

#define SIZES .cmd_size = sizeof(struct toy_cmd), .out_size = sizeof(struct toy_out)
const struct flow_op toy_add = { "toy_add", SIZES, parse, keys, decide, writes, answer };
const struct flow_op toy_scan = { "toy_scan", SIZES, parse_scan, keys, decide, writes, answer };
const struct flow_op toy_total = { "toy_total", SIZES, parse_question, keys,
				   decide,      NULL,  answer_question };

void toy_ask(struct asked *asked, struct toy *toy, const char *token, const char *counter, int by,
	     const char *key)
{
	static char texts[4096][2][96]; /* Requests point at their bytes; a test makes fewer. */
	static unsigned used;
	char *body = texts[used % 4096][0], *name = texts[used % 4096][1];

	used++;
	(void)snprintf(body, 96, "{\"by\":%d}", by);
	(void)snprintf(name, 96, "\"%s\"", key);
	*asked = (struct asked){
		.start = { .op = &toy_add, .room = toy, .naming = FLOW_BY_KEY },
		.request = {
			.method = HTTP_POST,
			.path = SLICE("/v1/toys"),
			.params = { slice_text(counter) },
			.content_type = SLICE("application/json"),
			.idempotency_key = slice_text(name),
			.body = slice_text(body),
		},
	};
	if (token != NULL) {
		asked->start.token = slice_text(token);
		asked->start.roles = ROLES(partner) | ROLES(gate);
	}
}

int64_t toy_count(struct world *world, const char *counter)
{
	struct slice value = world_get(world, arena_text(&world->arena, "toy/%s", counter));
	struct toy_out out = { 0 };

	if (value.size > 0)
		MUST(shape_from_cbor(&out, &total_shape, value));
	return out.total;
}
