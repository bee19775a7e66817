/* tests/http_load_test.c - the load generator against a server that keeps count, stalls, hangs up
 * and babbles. Without it a bench could report requests that nobody answered.
 */
#include "core/http_load.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8, STALL_MS = 200, ANSWER_SIZE = 256 };

enum habit { ANSWERS, STALLS_FIRST, HANGS_UP_AT_THIRD, BABBLES, IN_PIECES };

static struct {
	int fd;
	uint16_t port;
	enum habit habit;
	pthread_t accepting, talking[CONNECTIONS];
	int accepted[CONNECTIONS];
	size_t count;
	_Atomic unsigned heard;
} toy;

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static bool hear(int fd)
{
	char text[4096];
	size_t used = 0;

	while (used < 4 || memcmp(text + used - 4, "\r\n\r\n", 4) != 0) {
		ssize_t got = recv(fd, text + used, sizeof(text) - used, 0);

		if (got <= 0)
			return false;
		used += (size_t)got;
	}
	return true;
}

static void say(int fd, const char *text, size_t size)
{
	(void)!send(fd, text, size, MSG_NOSIGNAL);
}

static void answer(int fd, unsigned n)
{
	char text[ANSWER_SIZE];
	int size = snprintf(text, sizeof(text),
			    "HTTP/1.1 200 OK\r\nServer: toy\r\nCONTENT-length:  %d\r\n\r\n%04u", 4,
			    n % 10000);

	if (toy.habit == STALLS_FIRST && n == 1)
		pause_ms(STALL_MS);
	if (toy.habit != IN_PIECES) {
		say(fd, text, (size_t)size);
		return;
	}
	for (int i = 0; i < size; i += 13)
		say(fd, text + i, (size_t)(size - i < 13 ? size - i : 13));
}

static void *talk(void *at)
{
	int fd = *(int *)at;

	while (hear(fd)) {
		unsigned n = ++toy.heard;

		if (toy.habit == HANGS_UP_AT_THIRD && n == 3)
			break;
		if (toy.habit == BABBLES)
			say(fd, "SSH-2.0-OpenSSH\r\n\r\n", 19);
		else
			answer(fd, n);
	}
	shutdown(fd, SHUT_RDWR);
	close(fd);
	return NULL;
}

static void *receive(void *unused)
{
	int fd;

	while (toy.count < CONNECTIONS && (fd = accept(toy.fd, NULL, NULL)) >= 0) {
		toy.accepted[toy.count] = fd;
		pthread_create(&toy.talking[toy.count], NULL, talk, &toy.accepted[toy.count]);
		toy.count++;
	}
	return unused;
}

static void toy_open(enum habit habit)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);

	toy.habit = habit;
	toy.heard = 0;
	toy.count = 0;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	toy.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(toy.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(toy.fd, CONNECTIONS), 0);
	assert_int_equal(getsockname(toy.fd, (struct sockaddr *)&at, &size), 0);
	toy.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&toy.accepting, NULL, receive, NULL), 0);
}

static void toy_close(void)
{
	shutdown(toy.fd, SHUT_RDWR);
	pthread_join(toy.accepting, NULL);
	close(toy.fd);
	for (size_t i = 0; i < toy.count; i++)
		pthread_join(toy.talking[i], NULL);
}

struct seen {
	uint64_t asked[CONNECTIONS], answered[CONNECTIONS], fine;
	uint64_t most; /* Requests a connection asks; 0: no end. */
};

static bool ask(void *to, uint32_t connection, struct writer *w)
{
	struct seen *seen = to;

	if (seen->most > 0 && seen->asked[connection] == seen->most)
		return false;
	seen->asked[connection]++;
	http_load_write(w, "GET", "/healthz", "hk_x", NULL, slice_of(NULL, 0));
	return true;
}

static void told(void *to, uint32_t connection, unsigned status, struct slice body)
{
	struct seen *seen = to;

	seen->answered[connection]++;
	seen->fine += status == 200 && body.size == 4;
}

static struct http_load_result *run(const struct http_load *plan, enum habit habit)
{
	struct http_load_result *result = malloc(sizeof(*result));

	toy_open(habit);
	assert_true(http_load_run(result, &(struct http_load){
					      .host = "127.0.0.1",
					      .port = toy.port,
					      .connections = plan->connections,
					      .rate = plan->rate,
					      .count_max = plan->count_max,
					      .time_ms = plan->time_ms,
					      .warm_ms = plan->warm_ms,
					      .ask = ask,
					      .told = told,
					      .to = plan->to,
					  }));
	toy_close();
	return result;
}

static void a_closed_loop_stops_at_its_count(void **state)
{
	static const enum habit habits[] = { ANSWERS, IN_PIECES };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(habits); i++) {
		struct seen seen = { 0 };
		struct http_load plan = { .connections = CONNECTIONS,
					  .count_max = 1000,
					  .to = &seen };
		struct http_load_result *r = run(&plan, habits[i]);

		assert_int_equal(r->asked, 1000);
		assert_int_equal(r->answered, 1000);
		assert_int_equal(r->latency_ns.count, 1000);
		assert_int_equal(r->broken, 0);
		assert_int_equal(seen.fine, 1000);
		assert_int_equal(toy.heard, 1000);
		assert_true(http_load_rate(r) > 0);
		for (size_t k = 0; k < CONNECTIONS; k++) {
			assert_true(seen.asked[k] > 0);
			assert_int_equal(seen.asked[k], seen.answered[k]);
		}
		free(r);
	}
}

static void it_ends_when_nobody_asks_any_more(void **state)
{
	static const uint32_t rates[] = { 0, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct seen seen = { .most = 5 };
		struct http_load plan = {
			.connections = 1, .rate = rates[i], .count_max = 1000, .to = &seen
		};
		struct http_load_result *r = run(&plan, ANSWERS);

		assert_int_equal(r->answered, 5);
		free(r);
	}
}

static void it_ends_by_time(void **state)
{
	struct seen seen = { 0 };
	struct http_load plan = { .connections = 2, .warm_ms = 30, .time_ms = 60, .to = &seen };
	struct http_load_result *r = run(&plan, ANSWERS);

	(void)state;
	assert_true(r->counted <= r->answered);
	assert_int_equal(r->asked, r->answered);
	assert_int_equal(r->broken, 0);
	free(r);
}

/* Requests due every 10 ms while the server stalls for 200: the n-th has waited 200 - 10 n ms at
 * least. Counted from when they were sent, nearly all would look quick. */
static void an_open_loop_charges_for_what_was_kept_waiting(void **state)
{
	struct seen seen = { 0 };
	struct http_load plan = { .connections = 1, .rate = 100, .count_max = 20, .to = &seen };
	struct http_load_result *r = run(&plan, STALLS_FIRST);

	(void)state;
	assert_int_equal(r->answered, 20);
	/* The mean of 200, 190 ... 10, and some for the buckets. */
	assert_true(histogram_mean(&r->latency_ns) >= 100 * 1000000);
	assert_true(histogram_at(&r->latency_ns, 5000) >= 95 * 1000000);
	free(r);
}

static void a_lost_connection_is_counted_and_the_others_go_on(void **state)
{
	struct seen seen = { 0 };
	struct http_load plan = { .connections = 4, .count_max = 100, .to = &seen };
	struct http_load_result *r = run(&plan, HANGS_UP_AT_THIRD);

	(void)state;
	assert_int_equal(r->broken, 1);
	assert_int_equal(r->asked, 100);
	assert_int_equal(r->answered, 99);
	free(r);
}

static void what_is_no_answer_ends_its_connection(void **state)
{
	struct seen seen = { 0 };
	struct http_load plan = { .connections = 3, .count_max = 100, .to = &seen };
	struct http_load_result *r = run(&plan, BABBLES);

	(void)state;
	assert_int_equal(r->answered, 0);
	assert_in_range(r->broken, 1, 3);
	free(r);
}

static void nobody_there_is_said(void **state)
{
	struct http_load_result *r = malloc(sizeof(*r));
	struct seen seen = { 0 };
	struct http_load plan = { .host = "127.0.0.1",
				  .port = 1,
				  .connections = 2,
				  .count_max = 1,
				  .ask = ask,
				  .to = &seen };

	(void)state;
	assert_false(http_load_run(r, &plan));
	assert_int_equal(r->answered, 0);
	free(r);
}

static void a_request_is_written_whole(void **state)
{
	uint8_t data[512];
	struct writer w = { .data = data, .size = sizeof(data) };

	(void)state;
	http_load_write(&w, "POST", "/v1/scans", "hk_t", "application/json", SLICE("{}"));
	assert_false(w.failed);
	assert_true(slice_is(slice_of(data, w.used),
			     "POST /v1/scans HTTP/1.1\r\nHost: localhost\r\n"
			     "Authorization: Bearer hk_t\r\nContent-Type: application/json\r\n"
			     "Content-Length: 2\r\n\r\n{}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_loop_stops_at_its_count),
		cmocka_unit_test(it_ends_when_nobody_asks_any_more),
		cmocka_unit_test(it_ends_by_time),
		cmocka_unit_test(an_open_loop_charges_for_what_was_kept_waiting),
		cmocka_unit_test(a_lost_connection_is_counted_and_the_others_go_on),
		cmocka_unit_test(what_is_no_answer_ends_its_connection),
		cmocka_unit_test(nobody_there_is_said),
		cmocka_unit_test(a_request_is_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
