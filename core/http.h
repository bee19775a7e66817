/* core/http.h - HTTP/1.1 in front of the flows; the door to h2o.
 *
 * Rooms hand over tables of routes. HTTP answers by itself only for what is no command: an unknown
 * path (404 NO_SUCH_ROUTE), a wrong method (405, with Allow), a path or query too long (414), a
 * body too large (413), a request of two lengths (400 AMBIGUOUS_LENGTH, and the connection ends),
 * an Authorization that is no bearer token (401 with WWW-Authenticate; a missing or unknown one is
 * the flow's 401), no flow or job free (503 OVERLOADED with Retry-After). Every refusal is
 * application/problem+json (RFC 9457), h2o's own included, but for one: a head that is no HTTP at
 * all gets h2o's plain 400 and the connection ends.
 *
 * HEAD is a GET whose body stays here; the body of a GET is ignored. A request must have come
 * whole, body included, within http_timeout_s; its answer must have been taken within a minute.
 */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include "core/config.h"
#include "core/flow.h"
#include "core/metrics.h"

enum { HTTP_ROUTE_COUNT_MAX = 128 };

struct http_job;

struct http_route {
	enum http_method method;
	/* "/v1/tickets/{ticket_id}/qr.svg". A segment may have text around one {...}:
	 * "{operator}.json". */
	const char *path;
	uint32_t roles;
	enum flow_naming naming;
	const struct flow_op *op;
	const struct shape *body;   /* NULL: none, or raw bytes of body_type. */
	const char *body_type;      /* NULL: application/json where there is a body shape. */
	const struct shape *answer; /* NULL: described by answer_type alone. */
	bool answer_list;           /* {"items": [answer...], "next": cursor} */
	const char *answer_type;    /* NULL: application/json */
	uint16_t status;            /* Of success. */
	const char *query;          /* Names of query parameters, by spaces; NULL: none. */
	const char *summary;        /* English, one line. */
	/* Instead of op: a job that outlives a flow's limits (an import). It runs on the loop's
	 * thread, may start loop_work, and must answer once by http_job_done. */
	void (*job)(struct http_job *);
	uint16_t also_status; /* Of success where it was so before; 0: none. */
};

struct http_routes {
	const char *room;
	const struct http_route *routes;
	size_t count;
};

struct http_job { /* Role checked; alive until http_job_done. */
	const struct http_route *route;
	void *room;
	struct request request;
	struct caller caller;
	void *body; /* Read as route->body, where the route has one and no body_type. */
	struct arena *arena;
	struct loop *loop;
	struct flows *flows; /* For a job that is many commands: core/batch.h. */
	struct reply reply;  /* body: room for JSON_SIZE_MAX bytes. */
	void *scratch;
};
void http_job_done(struct http_job *);

struct http; /* Opaque. */

struct http_start {
	struct loop *loop;
	struct flows *flows;
	struct store *store;
	struct metrics *metrics;
	const struct config *config;
	const struct clock *clock;
	const char *host;                              /* Numeric. */
	uint16_t port;                                 /* 0: any free one. */
	bool (*ready)(void *to, const char **why_not); /* /readyz */
	void (*now)(void *to, struct metrics_now *);   /* /metrics */
	void *to;
};

enum { HTTP_ERROR_SIZE = 256, HTTP_HOST_SIZE = 64 };
/* "127.0.0.1:8080" taken apart. False: not a numeric IPv4 address and a port. */
MUSTCHECK bool http_address(char host[HTTP_HOST_SIZE], uint16_t *port, const char *text);

/* False: *error says why. /healthz, /readyz, /metrics and /openapi.json are its own. */
MUSTCHECK bool http_open(struct http **, const struct http_start *, char error[HTTP_ERROR_SIZE]);
void http_add(struct http *, const struct http_routes *, void *room);
/* After the rooms were added: begins to accept. False: http_close is still due. */
MUSTCHECK bool http_listen(struct http *, char error[HTTP_ERROR_SIZE]);
uint16_t http_port(const struct http *);
/* For whoever started the program and waits: says the port in the log and, where there is a file
 * for it, as that file's one line. */
void http_announce(const struct http *, const char *ready_file);
/* Stops accepting, lets what is under way end, then calls `closed` (or NULL) on the loop's thread:
 * nothing of http's is left in the loop. What has no answer after 10 s is told 503 SHUTTING_DOWN,
 * and its flow or job may then still run when `closed` is called. */
void http_close(struct http *, void (*closed)(void *), void *to);

#endif
