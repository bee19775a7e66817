/* tests/batch_test.c - many commands in one request: each is answered, in its place, once. */
#include "tests/http_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/batch.h"

/* For the leak checker: h2o keeps a few free blocks a thread, and they go with the server's thread.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}

static char body[24 * 1024 * 1024];
static size_t body_size;

static int start(void **state, uint32_t flows)
{
	struct config config;

	(void)state;
	config_default(&config);
	serve_start(&server, &config, flows);
	body_size = 0;
	return 0;
}

static int start_many(void **state)
{
	return start(state, 1024);
}

static int start_few(void **state)
{
	return start(state, 3);
}

static void add(const char *text)
{
	size_t size = strlen(text);

	assert_true(body_size + size < sizeof(body));
	memcpy(body + body_size, text, size);
	body_size += size;
}

static void add_line(unsigned id, const char *name)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "{\"id\":\"01920000-0000-7000-8000-%012x\",\"name\":\"%s\"}\n", id, name);
	add(text);
}

static struct answer post_as(const char *token, const char *type)
{
	struct wire *w = open_wire(0);
	struct answer a;
	char head[400];

	snprintf(head, sizeof(head),
		 "POST /v1/lines HTTP/1.1\r\n" H
		 "%sContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		 token, type, body_size);
	say_text(w->fd, head);
	say(w->fd, body, body_size);
	a = hear_answer(w, false);
	close(w->fd);
	body_size = 0;
	return a;
}

static struct answer post(void)
{
	return post_as(AS_GATE, BATCH_TYPE);
}

/* The next line of an answer, ended by NUL; NULL: none. */
static char *next_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (end == NULL) {
		assert_string_equal(line, "");
		return NULL;
	}
	*end = '\0';
	*rest = end + 1;
	return line;
}

static void test_each_line_in_its_place(void **state)
{
	static const char *const parts[] = {
		"000000000001\",\"name\":\"a\"",
		("{\"line\":3,\"status\":422,\"code\":\"LINE_REFUSED\",\"detail\":\"Not "
		 "\\\"refused\\\".\",\"pointer\":\"/name\"}"),
		"{\"line\":4,\"status\":400,\"code\":\"MALFORMED_JSON\",",
		"000000000002\",\"name\":\"b\"",
		"{\"line\":7,\"status\":422,\"code\":\"MISSING_FIELD\",",
		"{\"line\":8,\"status\":503,\"code\":\"ANSWER_TOO_LARGE\",",
		"000000000003\",\"name\":\"c\"",
	};
	struct answer a;
	char *rest, *line;

	(void)state;
	add_line(1, "a");
	add(" \t\r\n");
	add_line(9, "refused");
	add("nonsense\n");
	add_line(2, "b");
	add("\n{}\r\n");
	add_line(8, "large");
	add_line(3, "c");
	body_size--; /* The last line needs no end. */
	a = post();
	assert_int_equal(a.status, 200);
	has(a.head, "content-type: application/x-ndjson\r\n");
	rest = a.body;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		line = next_line(&rest);
		assert_non_null(line);
		has(line, parts[i]);
	}
	assert_null(next_line(&rest));
	assert_int_equal(server.lines_decided, 4);
}

static void test_nothing(void **state)
{
	struct answer a = post();

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(a.size, 0);
	add("\n\n \r\n");
	a = post();
	assert_int_equal(a.status, 200);
	assert_int_equal(a.size, 0);
}

static void check_in_order(char *text, unsigned count)
{
	char want[64], *rest = text, *line;

	for (unsigned i = 0; i < count; i++) {
		line = next_line(&rest);
		assert_non_null(line);
		snprintf(want, sizeof(want), "-%012x\",\"name\":\"n\"", i);
		if (strstr(line, want) == NULL)
			fail_msg("line %u is %s", i, line);
	}
	assert_null(next_line(&rest));
}

static void test_as_many_as_may_be(void **state)
{
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < BATCH_LINE_COUNT_MAX; i++)
		add_line(i, "n");
	a = post();
	assert_int_equal(a.status, 200);
	check_in_order(a.body, BATCH_LINE_COUNT_MAX);
	assert_int_equal(server.lines_decided, BATCH_LINE_COUNT_MAX);
	assert_true(server.lines_most > BATCH_UNDER_WAY_MAX / 2);
	assert_true(server.lines_most <= 2 * BATCH_UNDER_WAY_MAX); /* Some not yet reclaimed. */
}

static void test_one_more_is_too_many(void **state)
{
	struct answer a;

	(void)state;
	for (unsigned i = 0; i <= BATCH_LINE_COUNT_MAX; i++) {
		add_line(i, "n");
		add("\n");
	}
	a = post();
	assert_int_equal(a.status, 413);
	has(a.body, "TOO_MANY_LINES");
	assert_int_equal(server.lines_decided, 0);
	/* Empty lines are not counted. */
	for (unsigned i = 0; i < BATCH_LINE_COUNT_MAX; i++)
		add("\n\r\n");
	add_line(0, "n");
	a = post();
	assert_int_equal(a.status, 200);
	check_in_order(a.body, 1);
}

/* A line of exactly so many bytes. */
static void add_line_of(unsigned id, size_t size)
{
	size_t begin = body_size;

	add_line(id, "n");
	body_size--;
	while (body_size - begin < size)
		body[body_size++] = ' ';
	body[body_size++] = '\n';
}

static void test_long_lines(void **state)
{
	struct answer a;
	char *rest;

	(void)state;
	add_line_of(1, BATCH_LINE_SIZE_MAX);
	add_line_of(2, BATCH_LINE_SIZE_MAX + 1);
	add_line_of(3, 1024 * 1024);
	for (unsigned i = 0; i < 2 * BATCH_UNDER_WAY_MAX; i++) /* More than may be under way. */
		add_line_of(4, BATCH_LINE_SIZE_MAX + 1);
	add_line(5, "n");
	a = post();
	assert_int_equal(a.status, 200);
	rest = a.body;
	has(next_line(&rest), "000000000001\"");
	has(next_line(&rest), "{\"line\":2,\"status\":413,\"code\":\"LINE_TOO_LONG\",");
	has(next_line(&rest), "{\"line\":3,\"status\":413,\"code\":\"LINE_TOO_LONG\",");
	for (unsigned i = 0; i < 2 * BATCH_UNDER_WAY_MAX; i++)
		has(next_line(&rest), "LINE_TOO_LONG");
	has(next_line(&rest), "000000000005\"");
	assert_null(next_line(&rest));
	assert_int_equal(server.lines_decided, 2);
}

/* Twice in one batch, in another, and in other words: decided once, and the first answer each time.
 */
static void test_told_again(void **state)
{
	char first[200];
	struct answer a;
	char *rest;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		add_line(7, i == 0 ? "first" : i == 4 ? "other" : "first");
	a = post();
	rest = a.body;
	snprintf(first, sizeof(first), "%s", next_line(&rest));
	has(first, "\"nth\":1");
	for (unsigned i = 1; i < 5; i++)
		assert_string_equal(next_line(&rest), first);
	add_line(7, "other");
	a = post();
	rest = a.body;
	assert_string_equal(next_line(&rest), first);
	assert_int_equal(server.lines_decided, 1);
}

static void test_what_passes_is_tried_again(void **state)
{
	struct answer a;
	char *rest;

	(void)state;
	server.lines_busy = 3;
	add_line(1, "n");
	add_line(2, "busy");
	add_line(3, "n");
	a = post();
	rest = a.body;
	has(next_line(&rest), "000000000001\"");
	has(next_line(&rest), "000000000002\",\"name\":\"busy\"");
	has(next_line(&rest), "000000000003\"");
	assert_int_equal(server.lines_busy, 0);
	server.lines_busy = 1000;
	add_line(4, "busy");
	add_line(5, "n");
	a = post();
	rest = a.body;
	has(next_line(&rest), "{\"line\":1,\"status\":503,\"code\":\"LINE_BUSY\",");
	has(next_line(&rest), "000000000005\"");
	assert_int_equal(server.lines_busy, 1000 - BATCH_TRIES);
}

static void test_few_flows(void **state)
{
	struct answer a;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		add_line(i, "n");
	a = post();
	assert_int_equal(a.status, 200);
	check_in_order(a.body, 300);
	assert_int_equal(server.lines_decided, 300);
}

static void test_who_and_what(void **state)
{
	static const struct {
		const char *token, *type;
		int status;
		const char *code;
	} rows[] = {
		{ AS_GATE, "application/json", 415, "UNSUPPORTED_MEDIA_TYPE" },
		{ AS_GATE, "application/x-ndjsonx", 415, "UNSUPPORTED_MEDIA_TYPE" },
		{ AS_GATE, "application/x-ndjson; charset=cp932", 415, "UNSUPPORTED_MEDIA_TYPE" },
		{ AS_GATE, "application/x-ndjson; charset=utf-8", 200, "\"name\":\"n\"" },
		{ AS_COUNCIL, BATCH_TYPE, 403, "ROLE_NOT_ALLOWED" },
		{ "", BATCH_TYPE, 401, "TOKEN_MISSING" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct answer a;

		add_line(1, "n");
		a = post_as(rows[i].token, rows[i].type);
		assert_int_equal(a.status, rows[i].status);
		has(a.body, rows[i].code);
	}
}

/* The client goes; what it asked for is done all the same, and is there when it asks again. */
static void test_gone_before_the_answer(void **state)
{
	struct wire *w = open_wire(0);
	struct answer a;
	char head[300];

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		add_line(i, "n");
	snprintf(head, sizeof(head),
		 "POST /v1/lines HTTP/1.1\r\n" H AS_GATE "Content-Type: " BATCH_TYPE
		 "\r\nContent-Length: %zu\r\n\r\n",
		 body_size);
	say_text(w->fd, head);
	say(w->fd, body, body_size);
	close(w->fd);
	a = post();
	assert_int_equal(a.status, 200);
	check_in_order(a.body, 500);
	assert_int_equal(server.lines_decided, 500);
}

#define TEST(what) cmocka_unit_test_setup_teardown(what, start_many, stop_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_line_in_its_place),
		TEST(test_nothing),
		TEST(test_as_many_as_may_be),
		TEST(test_one_more_is_too_many),
		TEST(test_long_lines),
		TEST(test_told_again),
		TEST(test_what_passes_is_tried_again),
		cmocka_unit_test_setup_teardown(test_few_flows, start_few, stop_server),
		TEST(test_who_and_what),
		TEST(test_gone_before_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
