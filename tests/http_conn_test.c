/* tests/http_conn_test.c - connections: kept, full, slow, gone, and ended. */
#include "tests/http_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For the leak checker: h2o keeps a few free blocks a thread, and they go with the server's thread.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}

static void test_both_lengths(void **state)
{
	static const char *const rows[] = {
		"POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
		"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
		"POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
		"Content-Length: 5\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"GET /v1/keys HTTP/1.1\r\n" H "X: a\r\n Content-Length: 4\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wire *w = open_wire(0);
		struct answer a;

		say_text(w->fd, rows[i]);
		a = hear_answer(w, false);
		assert_int_equal(a.status, 400);
		has(a.body, "AMBIGUOUS_LENGTH");
		has(a.head, "Connection: close\r\n");
		expect_closed(w);
	}
}

/* The second request of a connection is judged by its own bytes, not by the first one's. */
static void test_both_lengths_later(void **state)
{
	struct wire *w = open_wire(0);

	(void)state;
	say_text(w->fd, "POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL "Content-Length: 3\r\n\r\nabc"
			"POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
			"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
			"POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
			"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
	assert_int_equal(hear_answer(w, false).status, 202);
	assert_int_equal(hear_answer(w, false).status, 202);
	assert_int_equal(hear_answer(w, false).status, 400);
	expect_closed(w);
}

static void test_pipeline(void **state)
{
	struct wire *w = open_wire(0);
	char want[32];

	(void)state;
	for (int i = 0; i < 50; i++) {
		char text[128];

		snprintf(text, sizeof(text), "GET /v1/things/%d HTTP/1.1\r\n" H "\r\n", i);
		say_text(w->fd, text);
	}
	for (int i = 0; i < 50; i++) {
		struct answer a = hear_answer(w, false);

		snprintf(want, sizeof(want), "{\"id\":\"%d\"", i);
		has(a.body, want);
		has(a.head, "Connection: keep-alive\r\n");
	}
	say_text(w->fd, "GET /healthz HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
	assert_int_equal(hear_answer(w, false).status, 200);
	expect_closed(w);
}

/* Byte by byte, and then not at all: past the time-out the connection is closed. */
static void test_slow(void **state)
{
	static const char text[] = "GET /v1/things/7 HTTP/1.1\r\n" H "\r\n";
	struct wire *w = open_wire(0);

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		say(w->fd, text + i, 1);
	assert_int_equal(hear_answer(w, false).status, 200);
	say_text(w->fd, "POST /v1/feeds HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nabc");
	expect_closed(w);
}

static void test_garbage(void **state)
{
	static const char *const rows[] = {
		"\r\n\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET / HTTP/1.1\r\nbad header\r\n\r\n",
		"GET / HTTP/1.1\r\nbad : header\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wire *w = open_wire(0);

		say_text(w->fd, rows[i]);
		shutdown(w->fd, SHUT_WR);
		if (hear(w) && strncmp(w->data, "HTTP/1.1 400 ", 13) != 0)
			fail_msg("%s: %s", rows[i], w->data);
		w->used = 0;
		expect_closed(w);
	}
	/* An upgrade to HTTP/2 is not taken up. */
	assert_int_equal(ask("GET /healthz HTTP/1.1\r\n" H
			     "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
			     "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
			     .status,
			 200);
}

static void test_gone_before_the_answer(void **state)
{
	struct linger hard = { .l_onoff = 1 };

	(void)state;
	for (int i = 0; i < 8; i++) {
		int fd = dial(server.port);

		say_text(fd, i % 2 == 0 ? "GET /v1/hold HTTP/1.1\r\n" H "\r\n"
					: "GET /v1/large HTTP/1.1\r\n" H "\r\n");
		if (i % 4 < 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(fd);
	}
	assert_int_equal(ask("GET /healthz HTTP/1.1\r\n" H "\r\n").status, 200);
	assert_int_equal(ask("GET /v1/release HTTP/1.1\r\n" H "\r\n").status, 200);
	assert_int_equal(ask("GET /v1/things/7 HTTP/1.1\r\n" H "\r\n").status, 200);
	assert_int_equal(ask("GET /v1/release HTTP/1.1\r\n" H "\r\n").status, 200);
}

/* The ninth job at a time is one too many. */
static void test_jobs_full(void **state)
{
	int fds[8];
	struct answer a;

	(void)state;
	for (int i = 0; i < 8; i++) {
		fds[i] = dial(server.port);
		say_text(fds[i], "GET /v1/hold HTTP/1.1\r\n" H "\r\n");
	}
	while (__atomic_load_n(&server.held_count, __ATOMIC_SEQ_CST) < 8)
		usleep(1000);
	a = ask("GET /v1/hold HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(a.status, 503);
	has(a.body, "OVERLOADED");
	has(a.head, "retry-after: 1\r\n");
	assert_int_equal(ask("GET /v1/release HTTP/1.1\r\n" H "\r\n").status, 200);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
}

static void test_many(void **state)
{
	static int fds[HTTP_MANY];
	struct wire *w = &wires[0];
	struct answer a;

	(void)state;
	for (int i = 0; i < HTTP_MANY; i++)
		fds[i] = dial(server.port);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < HTTP_MANY; i++)
			say_text(fds[i], "GET /v1/things/7 HTTP/1.1\r\n" H "\r\n");
		for (int i = 0; i < HTTP_MANY; i++) {
			w->fd = fds[i];
			w->used = 0;
			a = hear_answer(w, false);
			if (a.status != 200)
				fail_msg("%d of round %d: %s", i, round, a.body);
		}
	}
	for (int i = 0; i < HTTP_MANY; i++)
		close(fds[i]);
}

/* While the loop is held, more requests come than there are flows. */
static void test_no_flow_free(void **state)
{
	static struct serve small;
	struct config config;
	int held, fds[4], full = 0;

	(void)state;
	config_default(&config);
	serve_start(&small, &config, 2);
	held = dial(small.port);
	for (int i = 0; i < 4; i++) {
		wires[0].fd = fds[i] = dial(small.port);
		wires[0].used = 0;
		say_text(fds[i], "GET /healthz HTTP/1.1\r\n" H "\r\n");
		assert_int_equal(hear_answer(&wires[0], false).status, 200);
	}
	say_text(held, "GET /v1/block HTTP/1.1\r\n" H "\r\n");
	sem_wait(&small.blocked);
	for (int i = 0; i < 4; i++)
		say_text(fds[i], "GET /v1/things/7 HTTP/1.1\r\n" H "\r\n");
	sem_post(&small.go_on);
	for (int i = 0; i < 4; i++) {
		struct answer a;

		wires[0].fd = fds[i];
		wires[0].used = 0;
		a = hear_answer(&wires[0], false);
		full += a.status == 503;
		if (a.status == 503) {
			has(a.body, "OVERLOADED");
			has(a.head, "retry-after: 1\r\n");
		}
		close(fds[i]);
	}
	assert_true(full >= 2);
	close(held);
	serve_ask_stop(&small);
	serve_join(&small);
}

/* An idle connection is closed at once; a request under way gets its answer first. */
static void test_graceful_end(void **state)
{
	static struct serve other;
	struct config config;
	struct wire *busy = &wires[0], *idle = &wires[1];

	(void)state;
	config_default(&config);
	serve_start(&other, &config, 16);
	idle->fd = dial(other.port);
	idle->used = 0;
	say_text(idle->fd, "GET /healthz HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(hear_answer(idle, false).status, 200);
	busy->fd = dial(other.port);
	busy->used = 0;
	say_text(busy->fd, "GET /v1/large HTTP/1.1\r\n" H "\r\n");
	while (busy->used == 0)
		assert_true(hear(busy));
	serve_ask_stop(&other);
	expect_closed(idle);
	assert_int_equal(hear_answer(busy, false).size, 3 * 1024 * 1024);
	expect_closed(busy);
	serve_join(&other);
}

/* Asks for more than sockets hold, and reads nothing. */
static int dial_and_stall(uint16_t port)
{
	int fd = dial(port);

	for (int i = 0; i < 8; i++)
		say_text(fd, "GET /v1/large HTTP/1.1\r\n" H "\r\n");
	return fd;
}

/* What never ends is told so, what does not read is cut off, and the stop is not held up for ever.
 */
static void test_bounded_end(void **state)
{
	static struct serve other;
	int stalled;
	struct config config;
	struct wire *w = &wires[0];
	struct answer a;

	(void)state;
	config_default(&config);
	serve_start(&other, &config, 16);
	w->fd = dial(other.port);
	w->used = 0;
	say_text(w->fd, "GET /v1/hold HTTP/1.1\r\n" H "\r\n");
	while (__atomic_load_n(&other.held_count, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	stalled = dial_and_stall(other.port);
	assert_int_equal(recv(stalled, &(char){ 0 }, 1, 0), 1);
	serve_ask_stop(&other);
	a = hear_answer(w, false);
	assert_int_equal(a.status, 503);
	has(a.body, "SHUTTING_DOWN");
	expect_closed(w);
	pthread_join(other.thread, NULL);
	assert_true(other.closed);
	assert_int_equal(other.metrics.connections, 0);
	close(stalled);
	other.held[0]->reply.status = 200; /* Late, and nobody waits: forgotten with the rest. */
	http_job_done(other.held[0]);
	flows_close(other.flows);
	store_close(other.store);
	loop_close(other.loop);
}

static void test_port_taken(void **state)
{
	struct loop *loop;
	struct metrics metrics = { 0 };
	struct config config;
	char error[HTTP_ERROR_SIZE];
	struct http *http;
	struct http_start start = { .metrics = &metrics,
				    .config = &config,
				    .host = "not an address" };

	(void)state;
	config_default(&config);
	assert_true(loop_open(&loop));
	start.loop = loop;
	assert_false(http_open(&http, &start, error));
	has(error, "not an address");
	loop_close(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_lengths), cmocka_unit_test(test_both_lengths_later),
		cmocka_unit_test(test_pipeline),     cmocka_unit_test(test_slow),
		cmocka_unit_test(test_garbage),      cmocka_unit_test(test_gone_before_the_answer),
		cmocka_unit_test(test_jobs_full),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_flow_free), cmocka_unit_test(test_graceful_end),
		cmocka_unit_test(test_bounded_end),  cmocka_unit_test(test_port_taken),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
