/* core/http_engine.h - what the files of the door to h2o share; for core/http*.c only.
 *
 *   http_conn.c   sockets: accepting, the limit, slow readers, the graceful end
 *   http_intake.c what may come in: judged by its head, and all of it counted
 *   http_linger.c connections that were refused in the middle of a body
 *   http.c        a request's way: refused, or through a flow or a job to its answer
 *   http_send.c   an answer onto the wire, and h2o's own refusals turned into problems
 *   http_own.c    /healthz, /readyz, /metrics, /openapi.json
 */
#ifndef CORE_HTTP_ENGINE_H
#define CORE_HTTP_ENGINE_H

#include <h2o.h>
#include <uv.h>

#include "core/http_route.h"

enum {
	HTTP_CONNECTION_COUNT_MAX = 4096, /* One more is closed as soon as it is made. */
	HTTP_BACKLOG = 1024,
	HTTP_JOB_COUNT_MAX = 8,
	HTTP_JOB_ARENA_SIZE = 64 * 1024 * 1024, /* Address space. */
	HTTP_TABLE_COUNT_MAX = 8,
	HTTP_PATH_SIZE_MAX = 512,
	HTTP_QUERY_SIZE_MAX = 4096,
	HTTP_TOKEN_SIZE_MAX = 256,
	HTTP_CLOSE_MS = 10 * 1000,
	HTTP_CLOSE_FORCED_MS = 1000,
	HTTP_SWEEP_MS = 5 * 1000,
	HTTP_ANSWER_MS_MAX = 60 * 1000, /* In which a client must have taken its answer. */
	HTTP_RETRY_AFTER_S = 1,
	HTTP_PROBLEM_SIZE = 4096,
	HTTP_OWN_SIZE = 1024 * 1024, /* Of /metrics. */
	HTTP_HEAD_SIZE_MAX = 32 * 1024,
	HTTP_BODY_SMALL = 16 * 1024, /* Any command's: it is never refused for want of room. */
	HTTP_LINGER_COUNT_MAX = 256,
	HTTP_LINGER_SIZE_MAX = 512 * 1024 * 1024, /* Bytes of one that are read and thrown away. */
	HTTP_LINGER_MS_MAX = 30 * 1000,
	HTTP_LINGER_SILENT_MS_MAX = 5 * 1000,
};

struct http_conn {
	uv_tcp_t tcp; /* First: uv gives this back. */
	struct http *http;
	struct http_conn *prev, *next;
	struct http_guard *guard; /* Of a request in hand or being answered; NULL: idle. */
	uint64_t answered_ns;     /* When the answer was handed over; 0: none is under way. */

	/* http_intake.c */
	h2o_socket_t *sock; /* NULL: closing. */
	h2o_socket_cb read; /* h2o's own, which is called behind ours. */
	bool judged;        /* This request's head was. */
	size_t limit;       /* Of its body and head; where judged. */
	size_t held;        /* Bytes of it in memory. */
	struct http_conn *next_unwatched;
	bool unwatched;
	int linger_fd; /* To be lingered on once h2o has closed its own; -1: none. */
};

struct http_added {
	const struct http_route *route;
	void *room;
	struct metrics_op *observed; /* NULL: its flow counts it. */
};

struct http {
	struct http_start start;
	h2o_globalconf_t conf;
	h2o_context_t context;
	h2o_accept_ctx_t accept;
	uv_tcp_t listener;
	uv_timer_t last; /* Closed after all of h2o's handles. */
	struct loop_timer *sweep, *bound;
	uint16_t port;
	uv_prepare_t before_sleep; /* http_intake.c */
	struct http_conn *unwatched;
	size_t held, held_max; /* Bytes of bodies in memory. */
	struct http_linger *lingers;
	size_t linger_count;

	const struct http_route *routes[HTTP_ROUTE_COUNT_MAX];
	struct http_added added[HTTP_ROUTE_COUNT_MAX];
	size_t route_count;
	const struct http_routes *tables[HTTP_TABLE_COUNT_MAX];
	size_t table_count;
	struct metrics_op *refused; /* What never reached a route. */

	struct http_conn *conns;
	uint32_t conn_count, exchange_count, job_count;
	struct slice openapi;
	uint8_t *own; /* HTTP_OWN_SIZE bytes. */

	bool listener_open, closing, forced, ended, gone;
	struct loop_task end;
	void (*closed)(void *);
	void *closed_to;
};

/* What is known of a request while it is with its handler. Made for each, in its own pool; the
 * exchange that outlives it is told when it goes. */
struct http_guard {
	struct http_conn *conn;
	struct http_exchange *exchange; /* NULL: none waits for it. */
	h2o_req_t *req;
	uint64_t began_ns;
	const struct http_added *added; /* NULL: no route. */
	bool head;                      /* HEAD: no body goes out. */
	bool token_given;
	bool answered;
};

/* http.c */
int http_on_request(h2o_handler_t *, h2o_req_t *);
bool http_read_method(enum http_method *, bool *head, struct slice); /* False: no such method. */

/* http_intake.c. Watches what comes in; a request that may not be so large is answered here, before
 * its body is read. */
void http_intake_open(struct http *);
void http_intake_begin(struct http_conn *); /* h2o has the connection. */
void http_intake_next(struct http_conn *);  /* h2o may wait for its next request. */
void http_intake_end(struct http_conn *);

/* http_linger.c */
void http_linger_keep(struct http_conn *); /* It is refused, and may not have said all. */
void http_linger_begin(struct http *, int fd);
void http_linger_sweep(struct http *, uint64_t now_ns);
void http_linger_end(struct http *);

/* http_send.c. Sends once; `reply`'s bytes are copied. */
void http_send(struct http_guard *, const struct reply *);
void http_refuse(struct http_guard *, uint16_t status, const char *code, const char *detail);
/* `allow`: for 405, else 0. */
void http_refuse_method(struct http_guard *, uint32_t allow);
void http_on_error_answer(h2o_filter_t *, h2o_req_t *, h2o_ostream_t **slot);
/* To a request that h2o has not read. */
void http_refuse_unread(struct http_conn *, struct slice path, uint16_t status, const char *code,
			const char *detail);

/* http_conn.c */
struct http_conn *http_conn_of(h2o_req_t *);
void http_conn_idle(struct http_conn *); /* Its request is over. */
void http_end_if_done(struct http *); /* After an exchange, a connection or the listener ended. */

/* http_own.c */
extern const struct http_routes http_own_routes;
MUSTCHECK bool http_own_prepare(struct http *);
bool http_own_answer(struct http_guard *); /* False: not one of these. */

#endif
