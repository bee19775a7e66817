/* core/http.c - takes a request to its flow or job and the answer back. Without it nobody outside
 * could ask for anything.
 */
#include "core/http_engine.h"

#include <stdlib.h>

#include "core/json.h"

/* A request with a flow or a job. It holds a copy of all that was said, since the client's going
 * takes h2o's memory away at any time. */
struct http_exchange {
	struct http *http;
	struct http_guard *guard; /* NULL: nobody waits any more. */
	const struct http_added *added;
	struct request request;
	struct flow_start flow;
	struct route_match match;
	struct http_job job;
	struct arena arena; /* Of a job. */
	bool is_job;
	size_t used, size;
	uint8_t bytes[];
};

void http_add(struct http *http, const struct http_routes *table, void *room)
{
	MUST(http->table_count < HTTP_TABLE_COUNT_MAX);
	http->tables[http->table_count++] = table;
	for (size_t i = 0; i < table->count; i++) {
		const struct http_route *route = &table->routes[i];
		struct http_added *added = &http->added[http->route_count];

		MUST(http->route_count < HTTP_ROUTE_COUNT_MAX);
		MUST(route_pattern_is_valid(route->path));
		MUST(route->op == NULL ||
		     (route->op->writes != NULL) == (route->naming != FLOW_QUESTION));
		for (size_t k = 0; k < http->route_count; k++)
			MUST(http->routes[k]->method != route->method ||
			     !text_equal(http->routes[k]->path, route->path));
		http->routes[http->route_count++] = route;
		*added = (struct http_added){ .route = route, .room = room };
		if (route->job != NULL)
			added->observed = metrics_op(http->start.metrics, route->path);
		else if (route->op == NULL)
			added->observed = http->refused;
	}
}

static void free_exchange(struct http_exchange *x)
{
	struct http *http = x->http;

	if (x->guard != NULL)
		x->guard->exchange = NULL;
	if (x->is_job) {
		arena_close(&x->arena);
		http->job_count--;
	}
	http->exchange_count--;
	free(x);
	http_end_if_done(http);
}

/* The exchange is forgotten before the answer goes out, since sending may end the request. */
static void finish(struct http_exchange *x, const struct reply *reply)
{
	struct http_guard *guard = x->guard;

	if (guard != NULL && !guard->answered)
		http_send(guard, reply);
	free_exchange(x);
}

static void on_flow_done(struct flow_start *flow, const struct reply *reply)
{
	finish(flow->to, reply);
}

void http_job_done(struct http_job *job)
{
	struct http_exchange *x =
	    (struct http_exchange *)((char *)job - offsetof(struct http_exchange, job));

	MUST(x->is_job && job->reply.status != 0 && !job->reply.body.failed);
	finish(x, &job->reply);
}

/* A question that asks nothing: by passing through a flow, a job's caller is known and judged, and
 * its query and body are read, where every other request's are. */
static bool caller_step(struct call *call)
{
	(void)call;
	return true;
}

enum { JOB_QUERY_COUNT_MAX = 8 };

/* The names of a route's query, which stand apart by spaces. */
static void split_names(struct arena *arena, const char *names[JOB_QUERY_COUNT_MAX + 1],
			const char *query)
{
	size_t count = 0;

	while (query != NULL && *query != '\0') {
		size_t size = 0;

		while (query[size] != '\0' && query[size] != ' ')
			size++;
		MUST(count < JOB_QUERY_COUNT_MAX);
		names[count++] = arena_text(arena, "%.*s", (int)size, query);
		query += size + (query[size] == ' ');
	}
	names[count] = NULL;
}

static bool job_parse(struct call *call)
{
	struct http_exchange *x = call->room;
	const struct http_route *route = x->added->route;
	const char *names[JOB_QUERY_COUNT_MAX + 1];

	split_names(call->arena, names, route->query);
	if (!call_query_only(call, names))
		return false;
	if (route->body == NULL || route->body_type != NULL) /* Of other bytes, it tells a line. */
		return true;
	x->job.body = arena_alloc(&x->arena, route->body->size);
	return call_body(call, x->job.body, route->body);
}

static void caller_answer(struct call *call)
{
	struct http_exchange *x = call->room;
	struct json_out out;

	x->job.caller = call->caller;
	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_object_end(&out);
}

static const struct flow_op caller_op = {
	.name = "job_caller",
	.parse = job_parse,
	.keys = caller_step,
	.decide = caller_step,
	.answer = caller_answer,
};

static void on_caller_known(struct flow_start *flow, const struct reply *reply)
{
	struct http_exchange *x = flow->to;
	struct http_job *job = &x->job;

	if (reply->status != 200) {
		finish(x, reply);
		return;
	}
	job->route = x->added->route;
	job->room = x->added->room;
	job->request = x->request;
	job->arena = &x->arena;
	job->loop = x->http->start.loop;
	job->flows = x->http->start.flows;
	job->reply.body = (struct writer){
		.data = arena_alloc(&x->arena, JSON_SIZE_MAX),
		.size = JSON_SIZE_MAX,
	};
	job->route->job(job);
}

static struct slice keep(struct http_exchange *x, struct slice bytes)
{
	uint8_t *at = x->bytes + x->used;

	MUST(bytes.size <= x->size - x->used);
	mem_copy(at, bytes.data, bytes.size);
	x->used += bytes.size;
	return slice_of(at, bytes.size);
}

static struct http_exchange *make_exchange(struct http_guard *guard, const struct request *seen,
					   struct slice token, const struct route_match *match)
{
	struct http *http = guard->conn->http;
	size_t size = seen->path.size + seen->query.size + seen->content_type.size +
		      seen->idempotency_key.size + seen->body.size + token.size;
	struct http_exchange *x = calloc(1, sizeof(*x) + size);

	if (x == NULL)
		return NULL;
	x->http = http;
	x->guard = guard;
	guard->exchange = x;
	x->added = guard->added;
	x->size = size;
	x->match = *match;
	x->request = (struct request){
		.method = seen->method,
		.path = keep(x, seen->path),
		.query = keep(x, seen->query),
		.content_type = keep(x, seen->content_type),
		.idempotency_key = keep(x, seen->idempotency_key),
		.body = keep(x, seen->body),
	};
	for (size_t i = 0; i < match->param_count; i++)
		x->request.params[i] = slice_of(x->match.param[i], x->match.param_size[i]);
	x->flow = (struct flow_start){
		.op = x->added->route->op,
		.room = x->added->room,
		.request = &x->request,
		.naming = x->added->route->naming,
		.roles = x->added->route->roles,
		.token = keep(x, token),
		.done = on_flow_done,
		.to = x,
	};
	http->exchange_count++;
	return x;
}

/* False: there are as many jobs as there may be. */
static bool make_job(struct http_exchange *x)
{
	if (x->http->job_count == HTTP_JOB_COUNT_MAX || !arena_open(&x->arena, HTTP_JOB_ARENA_SIZE))
		return false;
	x->http->job_count++;
	x->is_job = true;
	x->flow.op = &caller_op;
	x->flow.room = x;
	x->flow.naming = FLOW_QUESTION;
	x->flow.done = on_caller_known;
	return true;
}

static void begin(struct http_guard *guard, const struct request *seen, struct slice token,
		  const struct route_match *match)
{
	struct http_exchange *x = make_exchange(guard, seen, token, match);
	bool begun = x != NULL;

	if (begun && x->added->route->job != NULL)
		begun = make_job(x);
	if (begun && flow_begin(x->http->start.flows, &x->flow))
		return;
	if (x != NULL)
		free_exchange(x);
	http_refuse(guard, 503, "OVERLOADED",
		    "Too much is under way. Send the request again soon.");
}

/* The only header of its name, or nothing. False: it is there twice. */
static bool read_header(struct slice *out, h2o_req_t *req, const h2o_token_t *token)
{
	ssize_t at = h2o_find_header(&req->headers, token, -1);

	*out = (struct slice){ 0 };
	if (at == -1)
		return true;
	*out = slice_of(req->headers.entries[at].value.base, req->headers.entries[at].value.len);
	return h2o_find_header(&req->headers, token, at) == -1;
}

static bool read_named_header(struct slice *out, h2o_req_t *req, const char *name)
{
	size_t size = text_size(name);
	ssize_t at = h2o_find_header_by_str(&req->headers, name, size, -1);

	*out = (struct slice){ 0 };
	if (at == -1)
		return true;
	*out = slice_of(req->headers.entries[at].value.base, req->headers.entries[at].value.len);
	return h2o_find_header_by_str(&req->headers, name, size, at) == -1;
}

/* False: refused. */
static bool read_token(struct http_guard *guard, struct slice *out)
{
	static const char scheme[] = "bearer ";
	const size_t skip = sizeof(scheme) - 1;
	struct slice value;
	bool good = read_header(&value, guard->req, H2O_TOKEN_AUTHORIZATION);

	*out = (struct slice){ 0 };
	if (good && value.data == NULL)
		return true;
	guard->token_given = true;
	good = good && value.size > skip && value.size - skip <= HTTP_TOKEN_SIZE_MAX;
	for (size_t i = 0; good && i < skip; i++)
		good = (value.data[i] | 0x20) == scheme[i];
	while (good && value.size > skip + 1 && value.data[skip] == ' ')
		value = slice_of(value.data + 1, value.size - 1);
	*out = slice_of(value.data + skip, good ? value.size - skip : 0);
	if (!good)
		http_refuse(guard, 401, "TOKEN_MALFORMED",
			    "One Authorization header with 'Bearer' and a token is asked for.");
	return good;
}

bool http_read_method(enum http_method *out, bool *head, struct slice name)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",
		[HTTP_POST] = "POST",
		[HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE",
	};

	*head = slice_is(name, "HEAD");
	*out = HTTP_GET;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (slice_is(name, names[i])) {
			*out = (enum http_method)i;
			return true;
		}
	return *head;
}

static bool read_target(struct http_guard *guard, struct request *out)
{
	struct slice all = slice_of(guard->req->input.path.base, guard->req->input.path.len);

	out->path = all;
	for (size_t i = 0; i < all.size && out->path.size == all.size; i++)
		if (all.data[i] == '?')
			out->path.size = i;
	if (out->path.size < all.size)
		out->query = slice_of(all.data + out->path.size + 1, all.size - out->path.size - 1);
	if (out->path.size > HTTP_PATH_SIZE_MAX || out->query.size > HTTP_QUERY_SIZE_MAX)
		http_refuse(guard, 414, "URI_TOO_LONG", "The path or the query is too long.");
	else if (!route_path_is_clean(out->path))
		http_refuse(guard, 400, "MALFORMED_PATH",
			    "The path must begin with '/' and hold visible ASCII only.");
	else
		return true;
	return false;
}

/* False: refused. A GET's body means nothing (RFC 9110, 9.3.1). */
static bool read_rest(struct http_guard *guard, struct request *out)
{
	const struct http_route *route = guard->added->route;
	h2o_req_t *req = guard->req;

	if (!read_header(&out->content_type, req, H2O_TOKEN_CONTENT_TYPE) ||
	    !read_named_header(&out->idempotency_key, req, "idempotency-key")) {
		http_refuse(guard, 400, "REPEATED_HEADER",
			    "Content-Type and Idempotency-Key may stand in a request once each.");
		return false;
	}
	if (out->method == HTTP_GET)
		return true;
	out->body = slice_of(req->entity.base, req->entity.len);
	if (route->body_type == NULL && out->body.size > JSON_SIZE_MAX) {
		http_refuse(guard, 413, "BODY_TOO_LARGE", "A JSON body may have 262144 bytes.");
		return false;
	}
	return true;
}

static void route_request(struct http_guard *guard)
{
	struct http *http = guard->conn->http;
	struct request seen = { 0 };
	struct route_match match = { 0 };
	enum route_found found;
	h2o_iovec_t method = guard->req->input.method;
	bool known =
	    http_read_method(&seen.method, &guard->head, slice_of(method.base, method.len));
	struct slice token;

	if (!read_target(guard, &seen))
		return;
	found = route_find(&match, http->routes, http->route_count, seen.method, seen.path);
	if (found == ROUTE_NO_SUCH) {
		http_refuse(guard, 404, "NO_SUCH_ROUTE", "There is no such path here.");
		return;
	}
	if (found == ROUTE_WRONG_METHOD || !known) {
		http_refuse_method(guard, match.allow);
		return;
	}
	guard->added = &http->added[match.index];
	if (http_own_answer(guard))
		return;
	if (read_token(guard, &token) && read_rest(guard, &seen))
		begin(guard, &seen, token, &match);
}

static void on_request_over(void *at)
{
	struct http_guard *guard = at;

	if (guard->exchange != NULL)
		guard->exchange->guard = NULL;
	http_conn_idle(guard->conn);
	http_intake_next(guard->conn);
}

int http_on_request(h2o_handler_t *self, h2o_req_t *req)
{
	struct http_guard *guard =
	    h2o_mem_alloc_shared(&req->pool, sizeof(*guard), on_request_over);
	h2o_buffer_t *input = req->conn->callbacks->get_socket(req->conn)->input;

	(void)self;
	*guard = (struct http_guard){
		.conn = http_conn_of(req),
		.req = req,
		.began_ns = clock_monotonic_ns(),
	};
	guard->conn->guard = guard;
	/* h2o keeps the two headers to itself, but the request's bytes are still where it read
	 * them. */
	if (route_length_is_ambiguous(slice_of(input->bytes, input->size))) {
		req->http1_is_persistent = 0;
		http_refuse(guard, 400, "AMBIGUOUS_LENGTH",
			    "One Content-Length or one Transfer-Encoding, and no folded line.");
	} else {
		route_request(guard);
	}
	return 0;
}
