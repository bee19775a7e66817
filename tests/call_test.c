/* tests/call_test.c - what a domain asks of a call: queries, bodies, paths, refusals.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/flow_world.h"

static struct world world;

static int open_world(void **state)
{
	(void)state;
	world_open(&world, 3, 4, 4);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

/* Steps that a test does not bend. */
static bool yes(struct call *call)
{
	(void)call;
	return true;
}

static void answer_empty(struct call *call)
{
	struct json_out json;

	call_reply_json(call, 200, &json);
	json_object(&json, NULL);
	json_object_end(&json);
}

static void ask(struct asked *asked, const struct flow_op *op, void *room, const char *name)
{
	asked->start.op = op;
	asked->start.room = room;
	asked->start.inner_name = name;
	world_ask(&world, asked);
}

static bool query_parse(struct call *call)
{
	static const char *const names[] = { "a", "until", "x y", NULL };

	return call_query_only(call, names);
}

static void query_answer(struct call *call)
{
	struct json_out json;
	struct slice value;

	call_reply_json(call, 200, &json);
	json_object(&json, NULL);
	if (call_query(call, &value, "a"))
		json_put_text(&json, "a", value);
	if (call_query(call, &value, "x y"))
		json_put_text(&json, "x y", value);
	json_object_end(&json);
}

static void test_query(void **state)
{
	static const struct flow_op op = {
		"query", 0, 0, query_parse, NULL, yes, NULL, query_answer
	};
	static const struct {
		const char *query, *answer; /* The body, or the refusal's code. */
	} rows[] = {
		{ "", "{}" },
		{ "a=1", "{\"a\":\"1\"}" },
		{ "a=", "{\"a\":\"\"}" },
		{ "a", "{\"a\":\"\"}" },
		{ "&&a=1&", "{\"a\":\"1\"}" },
		{ "until=9&a=1", "{\"a\":\"1\"}" },
		{ "a=b+c%2Bd%20e", "{\"a\":\"b c+d e\"}" },
		{ "a=b=c", "{\"a\":\"b=c\"}" },
		{ "%61=%e4%B9%9d", "{\"a\":\"\xe4\xb9\x9d\"}" },
		{ "x+y=1&a=%26", "{\"a\":\"&\",\"x y\":\"1\"}" },
		{ "b=1", "UNKNOWN_PARAMETER" },
		{ "a=1&A=2", "UNKNOWN_PARAMETER" },
		{ "=1", "UNKNOWN_PARAMETER" },
		{ "a=1&a=1", "REPEATED_PARAMETER" },
		{ "a=1&%61=2", "REPEATED_PARAMETER" },
		{ "a=%", "MALFORMED_QUERY" },
		{ "a=%4", "MALFORMED_QUERY" },
		{ "a=%4g", "MALFORMED_QUERY" },
		{ "a=%ff", "MALFORMED_QUERY" },
		{ "a=%2", "MALFORMED_QUERY" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked = { .request = { .query = slice_text(rows[i].query) } };

		ask(&asked, &op, NULL, NULL);
		assert_string_equal(asked.status == 200 ? asked.body : asked.code, rows[i].answer);
		assert_true(asked.status == 200 || asked.status == 400);
	}
}

struct body {
	int64_t by;
};

static const struct shape_field body_fields[] = {
	F_INT(struct body, by, 1, SHAPE_REQUIRED, 0, 9, "How much."),
	F_END,
};
static const struct shape body_shape = { "Body", sizeof(struct body), body_fields };

static bool body_parse(struct call *call)
{
	return call_body(call, call->cmd, &body_shape);
}

static void body_answer(struct call *call)
{
	call_reply_shape(call, 200, &body_shape, call->cmd);
}

static void test_body(void **state)
{
	static const struct flow_op op = { "body", sizeof(struct body), 0, body_parse, NULL, yes,
					   NULL,   body_answer };
	static const struct {
		const char *type, *body;
		unsigned status;
		const char *code, *part; /* part: what stands in the answer. */
	} rows[] = {
		{ "application/json", "{\"by\":1}", 200, "", "{\"by\":1}" },
		{ "Application/JSON; charset=UTF-8", "{\"by\":1}", 200, "", "{\"by\":1}" },
		{ "application/json;charset=\"utf-8\" ", "{\"by\":1}", 200, "", "{\"by\":1}" },
		{ "application/json; charset=cp932", "{\"by\":1}", 415, "UNSUPPORTED_MEDIA_TYPE",
		  "" },
		{ "application/jsonx", "{\"by\":1}", 415, "UNSUPPORTED_MEDIA_TYPE", "" },
		{ "text/plain", "{\"by\":1}", 415, "UNSUPPORTED_MEDIA_TYPE", "" },
		{ "", "{\"by\":1}", 415, "UNSUPPORTED_MEDIA_TYPE", "" },
		{ "application/json", "", 400, "MALFORMED_JSON", "At byte 0" },
		{ "application/json", "{\"by\":1", 400, "MALFORMED_JSON", "At byte 7" },
		{ "application/json", "{\"by\":1,\"by\":1}", 400, "DUPLICATE_KEY", "At byte" },
		{ "application/json", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", 400, "JSON_TOO_DEEP",
		  "At byte" },
		{ "application/json", "{\"to\":1}", 422, "UNKNOWN_FIELD", "\"pointer\":\"/to\"" },
		{ "application/json", "{\"by\":10}", 422, "OUT_OF_RANGE", "\"pointer\":\"/by\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked = {
			.request = { .content_type = slice_text(rows[i].type),
				     .body = slice_text(rows[i].body) },
		};

		ask(&asked, &op, NULL, NULL);
		assert_string_equal(asked.code, rows[i].code);
		assert_int_equal(asked.status, rows[i].status);
		assert_non_null(strstr(asked.body, rows[i].part));
	}
}

static void test_body_too_large(void **state)
{
	static const struct flow_op op = { "body", sizeof(struct body), 0, body_parse, NULL, yes,
					   NULL,   body_answer };
	static char large[JSON_SIZE_MAX + 1];
	struct asked asked = {
		.request = { .content_type = SLICE("application/json"),
			     .body = slice_of(large, sizeof(large)) },
	};

	(void)state;
	memset(large, ' ', sizeof(large));
	ask(&asked, &op, NULL, NULL);
	assert_int_equal(asked.status, 413);
	assert_string_equal(asked.code, "BODY_TOO_LARGE");
}

static bool path_parse(struct call *call)
{
	char subject[SUBJECT_SIZE];
	struct id128 id;

	return call_param_subject(call, subject, 0) && call_param_uuid(call, &id, 1);
}

static void test_path(void **state)
{
	static const struct flow_op op = {
		"path", 0, 0, path_parse, NULL, yes, NULL, answer_empty
	};
	static const char uuid[] = "019ab8a6-0000-7000-8000-000000000001";
	static const struct {
		const char *subject, *id;
		unsigned status;
	} rows[] = {
		{ "hisatsu", uuid, 200 },
		{ "", uuid, 404 },
		{ "Hisatsu", uuid, 404 },
		{ "a/b", uuid, 404 },
		{ "012345678901234567890123456789012", uuid, 404 },
		{ "hisatsu", "019ab8a6000070008000000000000001", 404 },
		{ "hisatsu", "", 404 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked = {
			.request = { .params = { slice_text(rows[i].subject),
						 slice_text(rows[i].id) } },
		};

		ask(&asked, &op, NULL, NULL);
		assert_int_equal(asked.status, rows[i].status);
	}
}

static bool quote_parse(struct call *call)
{
	return call_refuse_at(call, 400, "QUOTED", "/\xff", "%.*s", (int)call->request->body.size,
			      (const char *)call->request->body.data);
}

/* A refusal may quote anything: it stays UTF-8 and ends in time. */
static void test_refusal_is_clean(void **state)
{
	static const struct flow_op op = {
		"quote", 0, 0, quote_parse, NULL, yes, NULL, answer_empty
	};
	static char long_text[3 * PROBLEM_DETAIL_SIZE + 1];
	struct asked asked = { .request = { .body = SLICE("a\xff\"b\x01"),
					    .path = SLICE("/\xfe") } };

	(void)state;
	ask(&asked, &op, NULL, NULL);
	assert_string_equal(asked.body,
			    "{\"type\":\"urn:hitotsu:problem:QUOTED\",\"title\":\"Quoted\","
			    "\"status\":400,\"detail\":\"a?\\\"b\\u0001\","
			    "\"code\":\"QUOTED\",\"pointer\":\"/?\"}");
	for (size_t i = 0; i < PROBLEM_DETAIL_SIZE; i++)
		memcpy(long_text + 3 * i, "\xe4\xb9\x9d", 3);
	asked.request.body = slice_text(long_text);
	ask(&asked, &op, NULL, NULL);
	assert_ptr_equal(strchr(asked.body, '?'), strstr(asked.body, "/?") + 1);
	assert_non_null(strstr(asked.body, "\xe4\xb9\x9d\",\"code\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_query, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_body, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_body_too_large, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_path, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_refusal_is_clean, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
