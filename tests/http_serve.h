/* tests/http_serve.h - a server with toy routes, on a thread of its own, over the store of tests.
 */
#ifndef TESTS_HTTP_SERVE_H
#define TESTS_HTTP_SERVE_H

#include <pthread.h>
#include <semaphore.h>

#include "core/http.h"

struct serve {
	struct loop *loop;
	struct store *store;
	struct flows *flows;
	struct http *http;
	struct config config;
	struct clock clock;
	struct metrics metrics;
	uint16_t port;
	pthread_t thread;
	struct loop_task stop;
	sem_t blocked; /* Posted by GET /v1/block once it holds the whole loop, */
	sem_t go_on; /* which it does until this is posted. */
	struct http_job *held[64];
	size_t held_count;
	uint32_t lines_decided, lines_most; /* By POST /v1/lines; and how many at once. */
	uint32_t lines_busy;		    /* So many times "busy" is refused. */
	bool not_ready;
	bool closed;
};

#define SERVE_COUNCIL "hk_council"
#define SERVE_GATE    "hk_gate"

void serve_start(struct serve *, const struct config *, uint32_t flow_count);
void serve_ask_stop(struct serve *); /* Returns at once. */
void serve_join(struct serve *);     /* Until all is closed. */

extern const struct http_routes serve_routes;

#endif
