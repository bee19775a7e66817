/* tests/http_serve.c - the toy routes and their server. */
#include "tests/http_serve.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/batch.h"
#include "core/log.h"
#include "core/token.h"

struct thing {
	char name[33];
	int32_t size, level;
	time_ms made_at;
};

static const struct shape_field thing_fields[] = {
	F_TEXT(struct thing, name, 1, SHAPE_REQUIRED, 1, "What it is called."),
	F_INT(struct thing, size, 2, 0, 0, 1000, "How large it is."),
	F_INT(struct thing, level, 3, 0, 1, 9, ""),
	F_TIME(struct thing, made_at, 4, SHAPE_ANSWER | SHAPE_REQUIRED, "When it was made."),
	F_END,
};
static const struct shape thing_shape = { "Thing", sizeof(struct thing), thing_fields };

struct box {
	struct thing things[2];
	uint16_t thing_count;
	uint8_t secret[8];
};

static const struct shape_field box_fields[] = {
	F_LIST(struct box, things, 1, 0, &thing_shape, thing_count, "What is in it."),
	F_BYTES(struct box, secret, 2, SHAPE_SECRET, ""),
	F_END,
};
static const struct shape box_shape = { "Box", sizeof(struct box), box_fields };

static bool yes(struct call *call)
{
	(void)call;
	return true;
}

static bool post_parse(struct call *call)
{
	return call_body(call, call->cmd, &thing_shape);
}

static bool post_keys(struct call *call)
{
	struct thing *cmd = call->cmd;

	call_want(call, call_key(call, "thing/%s", cmd->name));
	return true;
}

static bool post_decide(struct call *call)
{
	struct thing *cmd = call->cmd, *out = call->out;
	const struct record *found = call_found(call, call_key(call, "thing/%s", cmd->name));

	if (found->version != 0)
		return call_refuse(call, 409, "THING_EXISTS", "There is one of that name.");
	*out = *cmd;
	out->made_at = call->now;
	return true;
}

static void post_writes(struct call *call)
{
	struct thing *out = call->out;

	call_put_shape(call, call_key(call, "thing/%s", out->name), &thing_shape, out);
}

static void post_answer(struct call *call)
{
	struct thing *out = call->out;

	call_reply_shape(call, 201, &thing_shape, out);
	snprintf(call->reply.location, sizeof(call->reply.location), "/v1/things/%s", out->name);
}

static const struct flow_op post_op = {
	"post_thing", sizeof(struct thing), sizeof(struct thing), post_parse,
	post_keys,    post_decide,          post_writes,          post_answer,
};

static void get_answer(struct call *call)
{
	const struct request *r = call->request;
	struct json_out out;

	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_put_text(&out, "id", r->params[0]);
	json_put_text(&out, "query", r->query);
	json_put_int(&out, "body", (int64_t)r->body.size);
	json_object_end(&out);
	snprintf(call->reply.etag, sizeof(call->reply.etag), "e1");
}

static const struct flow_op get_op = { "get_thing", 0, 0, yes, yes, yes, NULL, get_answer };

static void remove_nothing(struct call *call)
{
	(void)call;
}

static void delete_answer(struct call *call)
{
	struct json_out out;

	call_reply_json(call, 204, &out);
}

static const struct flow_op delete_op = { "delete_thing", 0, 0, yes, yes, yes, remove_nothing,
					  delete_answer };

static void file_answer(struct call *call)
{
	struct json_out out;

	call_reply_json(call, 200, &out);
	call->reply.content_type = "text/csv";
	write_text(&call->reply.body, "a,b\n");
	snprintf(call->reply.filename, sizeof(call->reply.filename), "things.csv");
	snprintf(call->reply.location, sizeof(call->reply.location), "/a\r\nevil: 1");
}

static const struct flow_op file_op = { "get_file", 0, 0, yes, yes, yes, NULL, file_answer };

static void large_answer(struct call *call)
{
	struct json_out out;

	call_reply_json(call, 200, &out);
	call->reply.content_type = "application/octet-stream";
	for (size_t i = 0; i < 3 * 1024 * 1024 / 8; i++)
		write_u64(&call->reply.body, i);
}

static const struct flow_op large_op = { "get_large", 0, 0, yes, yes, yes, NULL, large_answer };

static bool busy_parse(struct call *call)
{
	call_refuse(call, 429, "TOO_OFTEN", "Not so often.");
	call->problem.retry_after_s = 7;
	return false;
}

static const struct flow_op busy_op = { "busy", 0, 0, busy_parse, yes, yes, NULL, get_answer };

static bool block_parse(struct call *call)
{
	struct serve *serve = call->room;

	sem_post(&serve->blocked);
	sem_wait(&serve->go_on);
	return true;
}

static const struct flow_op block_op = { "block", 0, 0, block_parse, yes, yes, NULL, get_answer };

static void feed_job(struct http_job *job)
{
	struct json_out out;

	job->reply.status = 202;
	json_begin(&out, &job->reply.body);
	json_object(&out, NULL);
	json_put_int(&out, "bytes", (int64_t)job->request.body.size);
	json_put_text(&out, "role", slice_text(call_role_names[job->caller.role]));
	json_object_end(&out);
	http_job_done(job);
}

static void hold_job(struct http_job *job)
{
	struct serve *serve = job->room;

	MUST(serve->held_count < COUNT_OF(serve->held));
	serve->held[serve->held_count] = job;
	__atomic_fetch_add(&serve->held_count, 1,
			   __ATOMIC_SEQ_CST); /* Read by the test's thread. */
}

static bool release_parse(struct call *call)
{
	struct serve *serve = call->room;

	while (serve->held_count > 0) {
		struct http_job *held = serve->held[--serve->held_count];

		held->reply.status = 200;
		write_text(&held->reply.body, "{}");
		http_job_done(held);
	}
	return true;
}

static const struct flow_op release_op = {
	"release", 0, 0, release_parse, yes, yes, NULL, get_answer,
};

/* ---- Lines of a batch: each names itself, and what it is called says what becomes of it. ---- */

struct line {
	struct id128 id;
	char name[33];
	int32_t nth;
};

static const struct shape_field line_fields[] = {
	F_UUID(struct line, id, 1, SHAPE_REQUIRED, ""),
	F_TEXT(struct line, name, 2, SHAPE_REQUIRED, 1, ""),
	F_INT(struct line, nth, 3, SHAPE_ANSWER, 0, INT32_MAX, ""),
	F_END,
};
static const struct shape line_shape = { "Line", sizeof(struct line), line_fields };

static bool line_parse(struct call *call)
{
	struct line *cmd = call->cmd;

	if (!call_body(call, cmd, &line_shape))
		return false;
	if (text_equal(cmd->name, "refused"))
		return call_refuse_at(call, 422, "LINE_REFUSED", "/name", "Not \"%s\".", cmd->name);
	call_first_answer_wins(call);
	call_name(call, slice_text(call->caller.subject), cmd->id);
	return true;
}

static const char *line_key(struct call *call)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, ((struct line *)call->cmd)->id);
	return call_key(call, "line/%s", text);
}

static bool line_keys(struct call *call)
{
	call_want(call, line_key(call));
	return true;
}

static bool line_decide(struct call *call)
{
	struct serve *serve = call->room;
	struct line *cmd = call->cmd;

	if (text_equal(cmd->name, "busy") && serve->lines_busy > 0) {
		serve->lines_busy--;
		call_refuse(call, 503, "LINE_BUSY", "Later.");
		call->problem.retry_after_s = 1;
		return false;
	}
	cmd->nth = (int32_t)++serve->lines_decided;
	if (flows_active(serve->flows) > serve->lines_most)
		serve->lines_most = flows_active(serve->flows);
	return true;
}

static void line_writes(struct call *call)
{
	call_put_shape(call, line_key(call), &line_shape, call->cmd);
}

static void line_answer(struct call *call)
{
	struct line *cmd = call->cmd;

	call_reply_shape(call, 200, &line_shape, cmd);
	while (text_equal(cmd->name, "large") && call->reply.body.used < 4096)
		write_u8(&call->reply.body, ' ');
}

static const struct flow_op line_op = { "line",	   sizeof(struct line), 0,	     line_parse,
					line_keys, line_decide,		line_writes, line_answer };

static void lines_job(struct http_job *job)
{
	batch_run(job, &line_op);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/v1/things/{id}", ROLES_ANYONE, FLOW_QUESTION, &get_op, NULL, NULL,
	  &thing_shape, false, NULL, 200, "limit cursor", .summary = "One thing" },
	{ HTTP_POST, "/v1/things", ROLES(council), FLOW_BY_KEY, &post_op, &thing_shape, NULL,
	  &thing_shape, false, NULL, 201, NULL, .summary = "Makes a thing" },
	{ HTTP_GET, "/v1/things", ROLES(council) | ROLES(gate), FLOW_QUESTION, &get_op, NULL, NULL,
	  &box_shape, true, NULL, 200, "cursor", .summary = "All things" },
	{ HTTP_DELETE, "/v1/things/{id}", ROLES(council), FLOW_BY_KEY, &delete_op, NULL, NULL, NULL,
	  false, NULL, 204, NULL, .summary = "Removes a thing" },
	{ HTTP_GET, "/v1/things/{id}/file.csv", ROLES_ANYONE, FLOW_QUESTION, &file_op, NULL, NULL,
	  NULL, false, "text/csv", 200, NULL, .summary = "As CSV" },
	{ HTTP_GET, "/v1/keys", ROLES_ANYONE, FLOW_QUESTION, &get_op, NULL, NULL, NULL, false, NULL,
	  200, NULL, .summary = "Keys" },
	{ HTTP_GET, "/v1/large", ROLES_ANYONE, FLOW_QUESTION, &large_op, NULL, NULL, NULL, false,
	  "application/octet-stream", 200, NULL, .summary = "Three MiB" },
	{ HTTP_GET, "/v1/busy", ROLES_ANYONE, FLOW_QUESTION, &busy_op, NULL, NULL, NULL, false,
	  NULL, 200, NULL, .summary = "Refuses" },
	{ HTTP_GET, "/v1/block", ROLES_ANYONE, FLOW_QUESTION, &block_op, NULL, NULL, NULL, false,
	  NULL, 200, NULL, .summary = "Blocks" },
	{ HTTP_POST, "/v1/feeds", ROLES(council), FLOW_QUESTION, NULL, NULL, "application/zip",
	  NULL, false, NULL, 202, NULL, .summary = "Imports", .job = feed_job, .also_status = 200 },
	{ HTTP_POST, "/v1/lines", ROLES(gate), FLOW_QUESTION, NULL, &line_shape, BATCH_TYPE,
	  &line_shape, false, BATCH_TYPE, 200, NULL, .summary = "Lines", .job = lines_job },
	{ HTTP_GET, "/v1/hold", ROLES_ANYONE, FLOW_QUESTION, NULL, NULL, NULL, NULL, false, NULL,
	  200, NULL, .summary = "Answers at /v1/release", .job = hold_job },
	{ HTTP_GET, "/v1/release", ROLES_ANYONE, FLOW_QUESTION, &release_op, NULL, NULL, NULL,
	  false, NULL, 200, NULL, .summary = "Answers what is held" },
};
const struct http_routes serve_routes = { "qr", routes, COUNT_OF(routes) };

static void put_token(struct store *store, enum call_role role, const char *text)
{
	struct token token = { .role = (uint8_t)role, .subject = "somebody" };
	uint8_t bytes[256];
	char key[TOKEN_KEY_SIZE];
	struct writer w = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item;
	struct store_req req = { .items = &item, .item_count = 1 };

	token_key(key, slice_text(text));
	shape_to_cbor(&w, &token_shape, &token);
	item = (struct store_item){ .key = slice_text(key),
				    .value = slice_of(bytes, w.used),
				    .intent = STORE_WRITE };
	assert_int_equal(store_commit_wait(store, &req), STORE_OK);
}

static bool is_ready(void *to, const char **why_not)
{
	struct serve *serve = to;

	*why_not = "The log is not open.";
	return !__atomic_load_n(&serve->not_ready, __ATOMIC_SEQ_CST);
}

static void on_closed(void *to)
{
	struct serve *serve = to;

	serve->closed = true;
	loop_stop(serve->loop);
}

static void on_stop(struct loop_task *task)
{
	struct serve *serve = (struct serve *)((char *)task - offsetof(struct serve, stop));

	http_close(serve->http, on_closed, serve);
}

static void *run(void *to)
{
	struct serve *serve = to;

	loop_run(serve->loop);
	return NULL;
}

void serve_start(struct serve *serve, const struct config *config, uint32_t flow_count)
{
	struct http_start start;
	char error[256];

	*serve = (struct serve){ .config = *config, .stop = { .run = on_stop } };
	sem_init(&serve->blocked, 0, 0);
	sem_init(&serve->go_on, 0, 0);
	clock_init(&serve->clock, false, 0);
	assert_true(loop_open(&serve->loop));
	assert_true(store_open(&serve->store, serve->loop, "sim:1", 64 << 20, error));
	put_token(serve->store, ROLE_council, SERVE_COUNCIL);
	put_token(serve->store, ROLE_gate, SERVE_GATE);
	assert_true(flows_open(&serve->flows, serve->loop, serve->store, &serve->clock,
			       &serve->metrics, flow_count));
	start = (struct http_start){
		.loop = serve->loop,
		.flows = serve->flows,
		.store = serve->store,
		.metrics = &serve->metrics,
		.config = &serve->config,
		.clock = &serve->clock,
		.host = "127.0.0.1",
		.ready = is_ready,
		.to = serve,
	};
	assert_true(http_open(&serve->http, &start, error));
	http_add(serve->http, &serve_routes, serve);
	assert_true(http_listen(serve->http, error));
	serve->port = http_port(serve->http);
	assert_int_equal(pthread_create(&serve->thread, NULL, run, serve), 0);
}

void serve_ask_stop(struct serve *serve)
{
	loop_post_from_thread(serve->loop, &serve->stop);
}

void serve_join(struct serve *serve)
{
	pthread_join(serve->thread, NULL);
	assert_true(serve->closed);
	assert_int_equal(serve->metrics.connections, 0);
	flows_close(serve->flows);
	store_close(serve->store);
	loop_close(serve->loop);
	sem_destroy(&serve->blocked);
	sem_destroy(&serve->go_on);
}
