/* core/http_own.c - what the server says about itself. Without it nobody could tell a server that
 * is ready from one that is not, nor read what it offers.
 */
#include "core/http_engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/openapi.h"

enum { OPENAPI_SIZE_FIRST = 256 * 1024, OPENAPI_SIZE_MAX = 16 * 1024 * 1024 };

static const struct http_route routes[] = {
	{
	    .path = "/healthz",
	    .answer_type = "application/json",
	    .status = 200,
	    .summary = "The process answers",
	},
	{
	    .path = "/readyz",
	    .answer_type = "application/json",
	    .status = 200,
	    .summary =
		"The store can be reached and commands are taken; 503 NOT_READY says why not",
	},
	{
	    .path = "/metrics",
	    .answer_type = "text/plain; version=0.0.4",
	    .status = 200,
	    .summary = "Counters and durations in the Prometheus text format",
	},
	{
	    .path = "/openapi.json",
	    .answer_type = "application/json",
	    .status = 200,
	    .summary = "This document",
	},
};

const struct http_routes http_own_routes = { "core", routes, COUNT_OF(routes) };

/* The routes no longer change, so the document is written once. */
bool http_own_prepare(struct http *http)
{
	for (size_t size = OPENAPI_SIZE_FIRST; size <= OPENAPI_SIZE_MAX; size *= 2) {
		struct writer w = { .data = malloc(size), .size = size };

		if (w.data == NULL)
			return false;
		openapi_write(&w, http->tables, http->table_count);
		if (!w.failed) {
			http->openapi = slice_of(w.data, w.used);
			return true;
		}
		free(w.data);
	}
	return false;
}

void http_announce(const struct http *http, const char *ready_file)
{
	FILE *file = ready_file == NULL ? NULL : fopen(ready_file, "w");

	LOG(LOG_INFO, "listening", LOG_INT("port", http_port(http)));
	if (file == NULL)
		return;
	fprintf(file, "%u\n", http_port(http));
	fclose(file);
}

static void answer(struct http_guard *guard, struct slice body)
{
	const struct http_route *route = guard->added->route;
	struct reply reply = {
		.status = 200,
		.content_type = route->answer_type,
		.body = { .data = (uint8_t *)body.data, .size = body.size, .used = body.size },
	};

	http_send(guard, &reply);
}

static void answer_ready(struct http_guard *guard)
{
	const struct http_start *start = &guard->conn->http->start;
	const char *why_not = "The server is starting or stopping.";

	if (guard->conn->http->closing ||
	    (start->ready != NULL && !start->ready(start->to, &why_not)))
		http_refuse(guard, 503, "NOT_READY", why_not);
	else
		answer(guard, SLICE("{\"status\":\"ok\"}"));
}

static void answer_metrics(struct http_guard *guard)
{
	struct http *http = guard->conn->http;
	struct writer w = { .data = http->own, .size = HTTP_OWN_SIZE };
	struct metrics_now now = { 0 };

	if (http->start.now != NULL)
		http->start.now(http->start.to, &now);
	metrics_write(&w, http->start.metrics, &now);
	MUST(!w.failed);
	answer(guard, slice_of(w.data, w.used));
}

bool http_own_answer(struct http_guard *guard)
{
	const struct http_route *route = guard->added->route;

	if (route == &routes[0])
		answer(guard, SLICE("{\"status\":\"ok\"}"));
	else if (route == &routes[1])
		answer_ready(guard);
	else if (route == &routes[2])
		answer_metrics(guard);
	else if (route == &routes[3])
		answer(guard, guard->conn->http->openapi);
	else
		return false;
	return true;
}
