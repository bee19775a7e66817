/* core/http_load.h - many HTTP/1.1 connections kept alive, each asking again as soon as it was
 * answered (closed loop), or all together at a constant rate (open loop).
 *
 * One request at a time a connection. Closed loop: a latency begins when its request is sent. Open
 * loop: it begins when its request was due, sent or not, so that a server that stops answering is
 * charged for every request that it kept waiting (coordinated omission). What is due is told in
 * ticks of a millisecond, and an open loop's latency holds up to one more, the timer's own.
 *
 * Answers need a Content-Length. Blocking, with a loop of its own; never on another loop's thread.
 */
#ifndef CORE_HTTP_LOAD_H
#define CORE_HTTP_LOAD_H

#include "core/codec.h"
#include "core/histogram.h"

enum {
	HTTP_LOAD_CONNECTION_COUNT_MAX = 4000,
	HTTP_LOAD_RATE_MAX = 1000000,
	HTTP_LOAD_GRACE_MS = 15 * 1000, /* For the answers that the end still waits for. */
	HTTP_LOAD_ASK_SIZE = 4096,
	HTTP_LOAD_ANSWER_SIZE = 16384,
};

struct http_load {
	const char *host; /* Numeric IPv4. */
	uint16_t port;
	uint32_t connections;
	uint32_t rate;      /* Requests a second; 0: a closed loop. */
	uint64_t count_max; /* Requests; 0: bounded by time alone. */
	uint64_t warm_ms;   /* What is answered before is not in the figures. */
	uint64_t time_ms;   /* After the warm-up; 0: bounded by count alone. One must bound. */
	size_t ask_size, answer_size; /* At most, head and body; 0: as above. */
	/* Writes the whole next request of that connection. False: it asks no more. */
	bool (*ask)(void *to, uint32_t connection, struct writer *);
	/* Or NULL. Every answer, those of the warm-up too. The body is gone after it. */
	void (*told)(void *to, uint32_t connection, unsigned status, struct slice body);
	/* Or NULL. Once a second: answers in all, and since the last time. */
	void (*progress)(void *to, uint64_t answered, uint64_t rate);
	void *to;
};

struct http_load_result {
	uint64_t asked, answered;     /* In all. */
	uint64_t counted, counted_ns; /* Answers between warm-up and end, and how long that was. */
	uint64_t broken;              /* Connections that were lost or made no sense. */
	struct histogram latency_ns;  /* Of what was counted, and of what came in the grace. */
};

/* Answers a second. */
uint64_t http_load_rate(const struct http_load_result *);

/* False: no connection could be made, or the system gives no memory. */
MUSTCHECK bool http_load_run(struct http_load_result *, const struct http_load *);

/* For `ask`: a request with a body, or without one (size 0). token: or NULL. */
void http_load_write(struct writer *, const char *method, const char *path, const char *token,
		     const char *content_type, struct slice body);

#endif
