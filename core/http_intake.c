/* core/http_intake.c - looks at what comes in before h2o does. h2o keeps a body whole in memory and
 * asks nobody first; without this file anybody could have thousands of large ones kept, and would
 * be told only after the last byte that none of it was wanted.
 *
 * h2o's reading calls our function first, which hands on to h2o's. h2o sets its own again whenever
 * it begins to wait for a request, so ours is set again behind it, before the loop sleeps.
 */
#include "core/http_engine.h"

#include <sys/socket.h>

#include "core/json.h"

enum { CHUNKED_EXTRA = 2 }; /* A chunked body's framing: as much again is more than enough. */

static struct slice input_of(const struct http_conn *conn)
{
	return slice_of(conn->sock->input->bytes, conn->sock->input->size);
}

static void hold(struct http_conn *conn, size_t size)
{
	conn->http->held += size - conn->held;
	conn->held = size;
}

/* A route's own body may be as large as the house allows; JSON is small, and what has no body at
 * all need not have a large one. */
static size_t body_limit(const struct http *http, const struct route_head *head)
{
	struct route_match match;
	enum http_method method;
	bool is_head;
	bool found = http_read_method(&method, &is_head, head->method) &&
		     route_find(&match, http->routes, http->route_count, method, head->path) ==
			 ROUTE_FOUND;

	return found && http->routes[match.index]->body_type != NULL
		   ? http->conf.max_request_entity_size
		   : JSON_SIZE_MAX;
}

static bool refuse(struct http_conn *conn, struct slice path, uint16_t status, const char *code,
		   const char *detail)
{
	http_refuse_unread(conn, path, status, code, detail);
	hold(conn, 0); /* Its memory goes at once, and makes room for the next. */
	return false;
}

static bool refuse_large(struct http_conn *conn, struct slice path, size_t limit)
{
	return refuse(conn, path, 413, "BODY_TOO_LARGE",
		      limit == JSON_SIZE_MAX ? "A JSON body may have 262144 bytes."
					     : "The request body is larger than allowed.");
}

static bool refuse_full(struct http_conn *conn, struct slice path)
{
	return refuse(conn, path, 503, "OVERLOADED",
		      "Too many large bodies are under way. Send the request again soon.");
}

/* h2o would say "100 Continue" and then read on behind our back: we say it, and h2o reads another
 * header's name. */
static void let_continue(struct http_conn *conn, const struct route_head *head)
{
	static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uv_buf_t buf = uv_buf_init(text, sizeof(text) - 1);
	size_t at = (size_t)(head->expects - input_of(conn).data);

	if (uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1) == (int)buf.len)
		conn->sock->input->bytes[at] = 'X';
}

/* False: refused. Once, when the head is whole. */
static bool judge(struct http_conn *conn)
{
	const struct http *http = conn->http;
	struct slice input = input_of(conn);
	struct route_head head;
	size_t limit;

	if (!route_head_read(&head, input))
		return input.size <= HTTP_HEAD_SIZE_MAX ||
		       refuse(conn, SLICE("/"), 431, "HEAD_TOO_LARGE",
			      "A request's headers may have 32768 bytes.");
	conn->judged = true;
	conn->limit = SIZE_MAX;
	if (head.size > HTTP_HEAD_SIZE_MAX)
		return refuse(conn, SLICE("/"), 431, "HEAD_TOO_LARGE",
			      "A request's headers may have 32768 bytes.");
	if (!head.chunked && head.length == 0)
		return true;
	limit = body_limit(http, &head);
	if (head.length != UINT64_MAX && head.length > limit) /* What is no number h2o refuses. */
		return refuse_large(conn, head.path, limit);
	if (head.length != UINT64_MAX && head.length > HTTP_BODY_SMALL &&
	    http->held + head.length > http->held_max)
		return refuse_full(conn, head.path);
	if (head.chunked)
		conn->limit = head.size + CHUNKED_EXTRA * limit;
	if (head.expects != NULL)
		let_continue(conn, &head);
	return true;
}

/* False: refused. What was begun when there was room may meet others that filled it. */
static bool take_in(struct http_conn *conn)
{
	struct slice input = input_of(conn);
	struct route_head head;
	bool too_large, full;

	if (!conn->judged && !judge(conn))
		return false;
	hold(conn, input.size);
	too_large = conn->judged && input.size > conn->limit;
	full = input.size > HTTP_BODY_SMALL && conn->http->held > conn->http->held_max;
	if (!too_large && !full)
		return true;
	if (!route_head_read(&head, input))
		head.path = SLICE("/");
	return too_large ? refuse_large(conn, head.path, body_limit(conn->http, &head))
			 : refuse_full(conn, head.path);
}

static void watch(struct http_conn *conn);

static void on_input(h2o_socket_t *sock, const char *err)
{
	struct http_conn *conn = sock->on_close.data;
	bool taken;

	sock->_cb.read = conn->read;
	taken = err != NULL || take_in(conn);
	conn->read(sock, taken ? err : "refused");
	watch(conn);
}

/* Not reading, and nothing to answer: h2o has met, behind another request, one that waits for "100
 * Continue", and would read its body unseen. Nobody has to send such a thing. */
static void watch(struct http_conn *conn)
{
	h2o_socket_t *sock = conn->sock;
	uv_os_fd_t fd;

	if (sock == NULL || sock->_cb.read == on_input)
		return;
	if (sock->_cb.read != NULL) {
		conn->read = sock->_cb.read;
		sock->_cb.read = on_input;
	} else if (conn->guard == NULL && conn->linger_fd == -1 &&
		   uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0) {
		shutdown(fd, SHUT_RDWR);
	}
}

static void before_sleep(uv_prepare_t *prepare)
{
	struct http *http = prepare->data;
	struct http_conn *conn;

	while ((conn = http->unwatched) != NULL) {
		http->unwatched = conn->next_unwatched;
		conn->unwatched = false;
		watch(conn);
	}
}

void http_intake_open(struct http *http)
{
	size_t most = (size_t)http->start.config->http_bodies_max_mib << 20;
	size_t one = (size_t)http->start.config->http_body_max_kib * 1024;

	http->held_max = most > one ? most : one;
	MUST(uv_prepare_init(loop_uv(http->start.loop), &http->before_sleep) == 0);
	http->before_sleep.data = http;
	MUST(uv_prepare_start(&http->before_sleep, before_sleep) == 0);
}

void http_intake_begin(struct http_conn *conn)
{
	watch(conn);
}

void http_intake_next(struct http_conn *conn)
{
	conn->judged = false;
	hold(conn, 0);
	if (conn->unwatched)
		return;
	conn->unwatched = true;
	conn->next_unwatched = conn->http->unwatched;
	conn->http->unwatched = conn;
}

void http_intake_end(struct http_conn *conn)
{
	struct http_conn **link = &conn->http->unwatched;

	hold(conn, 0);
	while (conn->unwatched && *link != conn)
		link = &(*link)->next_unwatched;
	if (conn->unwatched)
		*link = conn->next_unwatched;
	if (conn->linger_fd != -1)
		http_linger_begin(conn->http, conn->linger_fd);
}
