/* core/http_send.c - puts an answer on the wire. Without it every refusal would look different, and
 * h2o's own would be plain text.
 */
#include "core/http_engine.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"

static const char *reason_of(unsigned status)
{
	static const struct {
		uint16_t status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 400 ? "OK" : "Error";
}

/* A value with a control character could split the answer in two: it is left out. */
static void put_header(h2o_req_t *req, const h2o_token_t *token, const char *value)
{
	size_t size = strlen(value);
	h2o_iovec_t copy;

	for (size_t i = 0; i < size; i++)
		if ((uint8_t)value[i] < ' ' || value[i] == 0x7f)
			return;
	copy = h2o_strdup(&req->pool, value, size);
	h2o_set_header(&req->pool, &req->res.headers, token, copy.base, copy.len, 1);
}

/* These two change seldom and are asked for by every gate and client; all else is for its caller.
 */
static bool may_be_kept(const struct http_guard *guard, unsigned status)
{
	return guard->added != NULL && status == 200 &&
	       (text_equal(guard->added->route->path, "/v1/keys") ||
		text_equal(guard->added->route->path, "/openapi.json"));
}

static void put_etag(h2o_req_t *req, const char *etag)
{
	char quoted[sizeof(((struct reply *)0)->etag) + 2];

	snprintf(quoted, sizeof(quoted),
		 etag[0] == '"' || (etag[0] == 'W' && etag[1] == '/') ? "%s" : "\"%s\"", etag);
	put_header(req, H2O_TOKEN_ETAG, quoted);
}

static void put_filename(h2o_req_t *req, const char *filename)
{
	char text[128];
	bool plain = true;

	for (const char *c = filename; *c != '\0'; c++)
		plain = plain && *c >= ' ' && *c < 0x7f && *c != '"' && *c != '\\';
	snprintf(text, sizeof(text), plain ? "attachment; filename=\"%s\"" : "attachment",
		 filename);
	put_header(req, H2O_TOKEN_CONTENT_DISPOSITION, text);
}

static void put_headers(const struct http_guard *guard, const struct reply *reply)
{
	h2o_req_t *req = guard->req;
	uint16_t wait_s = reply->retry_after_s;
	char number[16];

	if (req->res.status != 204 && req->res.status != 304)
		put_header(req, H2O_TOKEN_CONTENT_TYPE,
			   reply->content_type != NULL ? reply->content_type : "application/json");
	h2o_set_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("x-content-type-options"),
			      0, H2O_STRLIT("nosniff"), 1);
	put_header(req, H2O_TOKEN_CACHE_CONTROL,
		   may_be_kept(guard, reply->status) ? "public, max-age=60" : "no-store");
	if (reply->status == 503 && wait_s == 0)
		wait_s = HTTP_RETRY_AFTER_S;
	if (wait_s != 0) {
		snprintf(number, sizeof(number), "%u", wait_s);
		put_header(req, H2O_TOKEN_RETRY_AFTER, number);
	}
	if (reply->status == 401)
		put_header(req, H2O_TOKEN_WWW_AUTHENTICATE,
			   guard->token_given ? "Bearer realm=\"hitotsu\", error=\"invalid_token\""
					      : "Bearer realm=\"hitotsu\"");
	if (reply->location[0] != '\0')
		put_header(req, H2O_TOKEN_LOCATION, reply->location);
	if (reply->etag[0] != '\0')
		put_etag(req, reply->etag);
	if (reply->filename[0] != '\0')
		put_filename(req, reply->filename);
}

static void observe(const struct http_guard *guard, unsigned status)
{
	struct http *http = guard->conn->http;
	uint64_t took_us = (clock_monotonic_ns() - guard->began_ns) / 1000;
	h2o_iovec_t method = guard->req->input.method;
	char name[16] = "";

	if (guard->added == NULL)
		metrics_observe(http->refused, status, took_us);
	else if (guard->added->observed != NULL)
		metrics_observe(guard->added->observed, status, took_us);
	if (method.len >= sizeof(name) ||
	    !text_set(name, sizeof(name), slice_of(method.base, method.len)))
		name[0] = '\0';
	LOG(LOG_DEBUG, "answered", LOG_TEXT("method", name),
	    LOG_TEXT("path", guard->added != NULL ? guard->added->route->path : ""),
	    LOG_INT("status", status), LOG_INT("us", (int64_t)took_us));
}

/* RFC 9110, 13.1.2: a list of tags or "*", compared weakly. */
static bool is_known_to_caller(const struct http_guard *guard, const struct reply *reply)
{
	const h2o_req_t *req = guard->req;
	ssize_t at = h2o_find_header(&req->headers, H2O_TOKEN_IF_NONE_MATCH, -1);

	return at != -1 && reply->status == 200 && reply->etag[0] != '\0' &&
	       guard->added != NULL && guard->added->route->method == HTTP_GET &&
	       route_tag_matches(slice_of(req->headers.entries[at].value.base,
					  req->headers.entries[at].value.len),
				 slice_text(reply->etag));
}

void http_send(struct http_guard *guard, const struct reply *reply)
{
	static h2o_generator_t whole = { NULL, NULL };
	h2o_req_t *req = guard->req;
	h2o_iovec_t body = h2o_iovec_init(NULL, 0);
	bool known = is_known_to_caller(guard, reply);
	uint16_t status = known ? 304 : reply->status;
	bool bodyless = status == 204 || status == 304;

	MUST(guard->answered == false);
	guard->answered = true;
	req->res.status = status;
	req->res.reason = reason_of(status);
	put_headers(guard, reply);
	req->res.content_length = bodyless ? SIZE_MAX : reply->body.used;
	if (guard->conn->http->closing)
		req->http1_is_persistent = 0;
	if (!guard->head && !bodyless && reply->body.used > 0)
		body = h2o_strdup(&req->pool, (const char *)reply->body.data, reply->body.used);
	observe(guard, status);
	guard->conn->answered_ns = clock_monotonic_ns();
	h2o_start_response(req, &whole);
	h2o_send(req, &body, body.len > 0, H2O_SEND_STATE_FINAL);
}

static struct slice path_of(const h2o_req_t *req)
{
	return slice_of(req->input.path.base, req->input.path.len);
}

/* The problem's place is the path alone: a query may hold what is nobody else's business. */
static void write_problem(struct reply *reply, struct slice path, const struct problem *problem)
{
	char instance[HTTP_PATH_SIZE_MAX + 1];

	for (size_t i = 0; i < path.size; i++)
		if (path.data[i] == '?')
			path.size = i;
	if (!route_path_is_clean(path) || !text_set(instance, sizeof(instance), path))
		MUST(text_set(instance, sizeof(instance), SLICE("/")));
	reply_problem(reply, problem, instance);
	reply->retry_after_s = problem->retry_after_s;
	MUST(!reply->body.failed);
}

static void make_problem(struct problem *out, uint16_t status, const char *code, const char *detail)
{
	*out = (struct problem){ .status = status, .code = code };
	snprintf(out->detail, sizeof(out->detail), "%s", detail);
	if (status == 503)
		out->retry_after_s = HTTP_RETRY_AFTER_S;
}

void http_refuse(struct http_guard *guard, uint16_t status, const char *code, const char *detail)
{
	uint8_t bytes[HTTP_PROBLEM_SIZE];
	struct reply reply = { .body = { .data = bytes, .size = sizeof(bytes) } };
	struct problem problem;

	make_problem(&problem, status, code, detail);
	write_problem(&reply, path_of(guard->req), &problem);
	http_send(guard, &reply);
}

void http_refuse_method(struct http_guard *guard, uint32_t allow)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET, HEAD",
		[HTTP_POST] = "POST",
		[HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE",
	};
	char text[64] = "", detail[PROBLEM_DETAIL_SIZE];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if ((allow >> i & 1) == 0)
			continue;
		write_text(&w, w.used > 0 ? ", " : "");
		write_text(&w, names[i]);
	}
	MUST(!w.failed);
	put_header(guard->req, H2O_TOKEN_ALLOW, text);
	snprintf(detail, sizeof(detail), "This path has %s.", text);
	http_refuse(guard, 405, "METHOD_NOT_ALLOWED", detail);
}

/* By hand, since h2o is not to read what this refuses. It fits into any socket that has room for a
 * word: one that has none gets the end of the connection alone. */
void http_refuse_unread(struct http_conn *conn, struct slice path, uint16_t status,
			const char *code, const char *detail)
{
	uint8_t bytes[HTTP_PROBLEM_SIZE], whole[HTTP_PROBLEM_SIZE + 512];
	struct reply reply = { .body = { .data = bytes, .size = sizeof(bytes) } };
	struct writer w = { .data = whole, .size = sizeof(whole) };
	struct problem problem;
	uv_buf_t buf;

	make_problem(&problem, status, code, detail);
	write_problem(&reply, path, &problem);
	write_text(&w, "HTTP/1.1 ");
	write_decimal(&w, status, 3);
	write_text(&w, " ");
	write_text(&w, reason_of(status));
	write_text(&w, "\r\nConnection: close\r\nContent-Length: ");
	write_decimal(&w, reply.body.used, 1);
	write_text(&w, "\r\ncontent-type: application/problem+json\r\n"
		       "x-content-type-options: nosniff\r\ncache-control: no-store\r\n");
	if (reply.retry_after_s > 0) {
		write_text(&w, "retry-after: ");
		write_decimal(&w, reply.retry_after_s, 1);
		write_text(&w, "\r\n");
	}
	write_text(&w, "\r\n");
	write_bytes(&w, slice_of(bytes, reply.body.used));
	MUST(!w.failed);
	metrics_observe(conn->http->refused, status, 0);
	buf = uv_buf_init((char *)whole, (unsigned)w.used);
	if (uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1) == (int)w.used)
		http_linger_keep(conn);
}

/* Puts one body in the place of another. */
struct other_body {
	h2o_ostream_t super;
	h2o_iovec_t body;
	bool head, sent;
};

static void send_other_body(h2o_ostream_t *super, h2o_req_t *req, h2o_iovec_t *bufs, size_t count,
			    h2o_send_state_t state)
{
	struct other_body *other = (struct other_body *)super;
	bool send = !other->sent && !other->head;

	(void)bufs, (void)count;
	other->sent = true;
	h2o_ostream_send_next(super, req, &other->body, send, state);
}

/* What h2o refuses by itself never reaches a handler, but it passes the filters: as plain text it
 * comes in, as the problem it is it goes out. */
void http_on_error_answer(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
	ssize_t at = h2o_find_header(&req->res.headers, H2O_TOKEN_CONTENT_TYPE, -1);
	struct http *http = http_conn_of(req)->http;
	uint8_t bytes[HTTP_PROBLEM_SIZE];
	struct reply reply = { .body = { .data = bytes, .size = sizeof(bytes) } };
	struct http_guard guard = { .conn = http_conn_of(req), .req = req };
	struct problem problem;
	struct other_body *other;

	(void)self;
	if (req->res.status < 400 || at == -1 ||
	    !slice_starts(slice_of(req->res.headers.entries[at].value.base,
				   req->res.headers.entries[at].value.len),
			  SLICE("text/plain"))) {
		h2o_setup_next_ostream(req, slot);
		return;
	}
	if (req->res.status == 413)
		make_problem(&problem, 413, "BODY_TOO_LARGE",
			     "The request body is larger than allowed.");
	else
		make_problem(&problem, (uint16_t)req->res.status, "MALFORMED_REQUEST",
			     "The request's headers or its body's framing cannot be read.");
	write_problem(&reply, path_of(req), &problem);
	http_linger_keep(guard.conn);
	put_headers(&guard, &reply);
	req->res.reason = reason_of((unsigned)req->res.status);
	req->res.content_length = reply.body.used;
	metrics_observe(http->refused, (unsigned)req->res.status, 0);
	other = (struct other_body *)h2o_add_ostream(req, sizeof(*other), slot);
	other->super.do_send = send_other_body;
	other->body = h2o_strdup(&req->pool, (const char *)bytes, reply.body.used);
	other->head = h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));
	other->sent = false;
	h2o_setup_next_ostream(req, &other->super.next);
}
