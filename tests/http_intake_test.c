/* tests/http_intake_test.c - bodies too large, too many, or without end: refused before they are
 * read, and the client hears it. */
#include "core/json.h"
#include "tests/http_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 16 * 1024 * 1024 }; /* More than all buffers between us and the server. */

/* For the leak checker: h2o keeps a few free blocks a thread, and they go with the server's thread.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}

static void say_many(int fd, size_t size)
{
	static char block[64 * 1024];

	memset(block, 'x', sizeof(block));
	for (size_t n; size > 0; size -= n) {
		n = size < sizeof(block) ? size : sizeof(block);
		say(fd, block, n);
	}
}

static void say_head(int fd, const char *path, size_t length, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\n" H "%sContent-Length: %zu\r\n\r\n", path,
		 more, length);
	say_text(fd, text);
}

/* The client says all that it has to say, then reads. */
static void test_large(void **state)
{
	static const char *const paths[] = { "/v1/feeds", "/v1/things", "/v1/lines", "/nowhere",
					     "/healthz" };

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		struct wire *w = open_wire(0);
		struct answer a;

		if (i % 2 == 1) { /* Not the first of its connection. */
			say_text(w->fd, "GET /healthz HTTP/1.1\r\n" H "\r\n");
			assert_int_equal(hear_answer(w, false).status, 200);
		}
		say_head(w->fd, paths[i % COUNT_OF(paths)], LARGE, "");
		say_many(w->fd, LARGE);
		a = hear_answer(w, false);
		assert_int_equal(a.status, 413);
		has(a.head, "content-type: application/problem+json\r\n");
		has(a.head, "Connection: close\r\n");
		has(a.body, "BODY_TOO_LARGE");
		has(a.body, paths[i % COUNT_OF(paths)]);
		expect_closed(w);
	}
}

/* What h2o itself refuses, behind another request and with more to come. */
static void test_large_behind(void **state)
{
	struct wire *w = open_wire(0);

	(void)state;
	say_text(w->fd, "GET /v1/things/7 HTTP/1.1\r\n" H "\r\nPOST /v1/feeds HTTP/1.1\r\n" H
			"Content-Length: 99999999\r\n\r\n");
	say_many(w->fd, LARGE);
	assert_int_equal(hear_answer(w, false).status, 200);
	assert_int_equal(hear_answer(w, false).status, 413);
	expect_closed(w);
	w = open_wire(0);
	say_text(w->fd, "POST /v1/feeds HTTP/1.1\r\n" H "Content-Length: x\r\n\r\n");
	say_many(w->fd, LARGE);
	assert_int_equal(hear_answer(w, false).status, 400);
	expect_closed(w);
}

static void test_chunked_without_end(void **state)
{
	static const char *const paths[] = { "/v1/feeds", "/v1/things" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct wire *w = open_wire(0);
		char text[256];
		struct answer a;

		snprintf(text, sizeof(text),
			 "POST %s HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", paths[i]);
		say_text(w->fd, text);
		for (size_t n = 0; n < LARGE / 65536; n++) {
			say_text(w->fd, "10000\r\n");
			say_many(w->fd, 65536);
			say_text(w->fd, "\r\n");
		}
		a = hear_answer(w, false);
		assert_int_equal(a.status, 413);
		has(a.body, "BODY_TOO_LARGE");
		expect_closed(w);
	}
}

static void test_expect(void **state)
{
	struct wire *w = open_wire(0);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		say_head(w->fd, "/v1/feeds", 300000, AS_COUNCIL "Expect: 100-continue\r\n");
		assert_int_equal(hear_answer(w, true).status, 100);
		say_many(w->fd, 300000);
		assert_int_equal(hear_answer(w, false).status, 202);
	}
	/* Not even begun. */
	say_head(w->fd, "/v1/things", JSON_SIZE_MAX + 1, AS_COUNCIL "Expect: 100-continue\r\n");
	assert_int_equal(hear_answer(w, false).status, 413);
	expect_closed(w);
	/* Nobody sends this; it would be read unseen. */
	w = open_wire(0);
	say_text(w->fd, "GET /v1/things/7 HTTP/1.1\r\n" H "\r\nPOST /v1/feeds HTTP/1.1\r\n" H
			"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(hear_answer(w, false).status, 200);
	while (hear(w)) /* "100 Continue" may come, but nothing behind it. */
		;
	assert_true(w->used < 64);
	close(w->fd);
}

static void test_head_without_end(void **state)
{
	struct wire *w = open_wire(0);
	struct answer a;

	(void)state;
	say_text(w->fd, "GET /healthz HTTP/1.1\r\nX: ");
	say_many(w->fd, 1024 * 1024);
	a = hear_answer(w, false);
	assert_int_equal(a.status, 431);
	has(a.body, "HEAD_TOO_LARGE");
	expect_closed(w);
}

/* --- all together --- */
enum { BODY = HTTP_BODY_MAX_KIB * 1024, SOME = 300 * 1024 };

static struct serve narrow;

static int open_narrow(void **state)
{
	struct config config;

	(void)state;
	config_default(&config);
	config.http_body_max_kib = HTTP_BODY_MAX_KIB;
	config.http_bodies_max_mib = 1;
	serve_start(&narrow, &config, 16);
	return 0;
}

static int close_narrow(void **state)
{
	(void)state;
	serve_ask_stop(&narrow);
	serve_join(&narrow);
	return 0;
}

/* A small one always finds room. */
static void expect_small_taken(void)
{
	struct wire *w = open_wire_to(1, narrow.port);

	say_head(w->fd, "/v1/feeds", 9, AS_COUNCIL);
	say_many(w->fd, 9);
	assert_int_equal(hear_answer(w, false).status, 202);
	close(w->fd);
}

static void expect_overloaded(struct wire *w)
{
	struct answer a = hear_answer(w, false);

	assert_int_equal(a.status, 503);
	has(a.body, "OVERLOADED");
	has(a.head, "retry-after: 1\r\n");
	expect_closed(w);
}

/* Until the server has seen that the others went. */
static void expect_large_taken_soon(void)
{
	for (int status = 503; status != 202;) {
		struct wire *w = open_wire_to(0, narrow.port);

		say_head(w->fd, "/v1/feeds", BODY, AS_COUNCIL);
		say_many(w->fd, BODY);
		status = hear_answer(w, false).status;
		assert_true(status == 202 || status == 503);
		close(w->fd);
	}
}

static void test_no_room_for_a_new_one(void **state)
{
	int held[3];
	struct wire *w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(held); i++) {
		held[i] = dial(narrow.port);
		say_head(held[i], "/v1/feeds", BODY, AS_COUNCIL);
		say_many(held[i], SOME);
		usleep(50000); /* It does not matter who comes first. */
	}
	w = open_wire_to(0, narrow.port);
	say_head(w->fd, "/v1/feeds", BODY, AS_COUNCIL);
	say_many(w->fd, BODY);
	expect_overloaded(w);
	expect_small_taken();
	for (size_t i = 0; i < COUNT_OF(held); i++)
		close(held[i]);
	expect_large_taken_soon();
}

/* Each was begun when there was room. */
static void test_room_is_filled_by_others(void **state)
{
	int held[5], refused = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(held); i++) {
		held[i] = dial(narrow.port);
		say_head(held[i], "/v1/feeds", SOME, AS_COUNCIL);
		say_many(held[i], 1);
	}
	for (size_t i = 0; i < COUNT_OF(held); i++)
		say_many(held[i], SOME - 2);
	usleep(300000); /* Until all of it was read: one that ends before would make room. */
	for (size_t i = 0; i < COUNT_OF(held); i++)
		say_many(held[i], 1);
	for (size_t i = 0; i < COUNT_OF(held); i++) {
		int status;

		wires[0].fd = held[i];
		wires[0].used = 0;
		status = hear_answer(&wires[0], false).status;
		assert_true(status == 202 || status == 503);
		refused += status == 503;
		close(held[i]);
	}
	assert_true(refused > 0 && refused < 5);
	expect_large_taken_soon();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_large_behind),
		cmocka_unit_test(test_chunked_without_end),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_head_without_end),
		cmocka_unit_test_setup_teardown(test_no_room_for_a_new_one, open_narrow,
						close_narrow),
		cmocka_unit_test_setup_teardown(test_room_is_filled_by_others, open_narrow,
						close_narrow),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
