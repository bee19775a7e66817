/* core/http_conn.c - opens and ends the listener and its connections. Without it a client that
 * never reads, or one more than there is room for, would keep all others out, and a stop would cut
 * answers off.
 */
#include "core/http_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/log.h"

struct http_conn *http_conn_of(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

/* Ends what h2o is not told to end: it sees the stream's end, or its write fails, and closes. */
static void cut(struct http_conn *conn, int how)
{
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
		shutdown(fd, how);
}

void http_conn_idle(struct http_conn *conn)
{
	conn->guard = NULL;
	conn->answered_ns = 0;
	if (conn->http->closing)
		cut(conn, SHUT_RD);
}

static void on_conn_closed(uv_handle_t *handle)
{
	struct http_conn *conn = (struct http_conn *)handle;
	struct http *http = conn->http;

	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		http->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	http->conn_count--;
	http->start.metrics->connections--;
	http_intake_end(conn);
	free(conn);
	http_end_if_done(http);
}

static void link_conn(struct http *http, struct http_conn *conn)
{
	conn->http = http;
	conn->linger_fd = -1;
	conn->next = http->conns;
	if (http->conns != NULL)
		http->conns->prev = conn;
	http->conns = conn;
	http->conn_count++;
	http->start.metrics->connections++;
}

static void on_sock_closed(void *conn)
{
	((struct http_conn *)conn)->sock = NULL;
}

/* A connection that is not accepted would be reported again and again, so one too many is taken and
 * closed. */
static void on_connection(uv_stream_t *listener, int status)
{
	struct http *http = listener->data;
	struct http_conn *conn;
	h2o_socket_t *sock;

	if (status != 0)
		return;
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL)
		return;
	MUST(uv_tcp_init(listener->loop, &conn->tcp) == 0);
	link_conn(http, conn);
	if (uv_accept(listener, (uv_stream_t *)&conn->tcp) != 0 || http->closing ||
	    http->conn_count > HTTP_CONNECTION_COUNT_MAX) {
		uv_close((uv_handle_t *)&conn->tcp, on_conn_closed);
		return;
	}
	uv_tcp_nodelay(&conn->tcp, 1);
	sock = h2o_uv_socket_create((uv_stream_t *)&conn->tcp, on_conn_closed);
	sock->on_close.data = conn;
	sock->on_close.cb = on_sock_closed;
	conn->sock = sock;
	h2o_accept(&http->accept, sock);
	http_intake_begin(conn);
}

/* h2o bounds how long a request may take to come, but not how long its answer may take to be read.
 */
static void sweep(void *to)
{
	struct http *http = to;
	uint64_t now_ns = clock_monotonic_ns();

	for (struct http_conn *c = http->conns; c != NULL; c = c->next)
		if (c->answered_ns != 0 &&
		    now_ns - c->answered_ns > (uint64_t)HTTP_ANSWER_MS_MAX * 1000 * 1000)
			cut(c, SHUT_RDWR);
	http_linger_sweep(http, now_ns);
}

static bool fail(char error[HTTP_ERROR_SIZE], const struct http *http, const char *what, int code)
{
	snprintf(error, HTTP_ERROR_SIZE, "cannot %s %s port %u: %s", what, http->start.host,
		 http->start.port, uv_strerror(code));
	return false;
}

static int read_address(struct sockaddr_storage *out, const char *host, uint16_t port)
{
	if (uv_ip4_addr(host, port, (struct sockaddr_in *)out) == 0)
		return 0;
	return uv_ip6_addr(host, port, (struct sockaddr_in6 *)out);
}

static int bind_listener(struct http *http)
{
	struct sockaddr_storage address = { 0 };
	int size = sizeof(address);
	int code = read_address(&address, http->start.host, http->start.port);

	if (code == 0)
		code = uv_tcp_bind(&http->listener, (struct sockaddr *)&address, 0);
	if (code == 0)
		code = uv_tcp_getsockname(&http->listener, (struct sockaddr *)&address, &size);
	if (code != 0)
		return code;
	http->port =
	    ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
						: ((struct sockaddr_in *)&address)->sin_port);
	return 0;
}

static void on_bound(void *to);

static void open_h2o(struct http *http)
{
	h2o_hostconf_t *host;
	h2o_handler_t *handler;
	h2o_filter_t *filter;

	/* Nothing that people send goes to a file of h2o's. */
	h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
	h2o_config_init(&http->conf);
	http->conf.server_name = h2o_iovec_init(NULL, 0);
	http->conf.http1.req_timeout = (uint64_t)http->start.config->http_timeout_s * 1000;
	http->conf.http1.upgrade_to_http2 = 0;
	http->conf.max_request_entity_size = (size_t)http->start.config->http_body_max_kib * 1024;
	host = h2o_config_register_host(&http->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	handler = h2o_create_handler(&host->fallback_path, sizeof(*handler));
	handler->on_req = http_on_request;
	filter = h2o_create_filter(&host->fallback_path, sizeof(*filter));
	filter->on_setup_ostream = http_on_error_answer;
	h2o_context_init(&http->context, loop_uv(http->start.loop), &http->conf);
	http->accept.ctx = &http->context;
	http->accept.hosts = http->conf.hosts;
}

static void free_http(struct http *http)
{
	free((void *)http->openapi.data);
	free(http->own);
	free(http);
}

static void on_unbound(uv_handle_t *handle)
{
	free_http(handle->data);
}

bool http_open(struct http **out, const struct http_start *start, char error[HTTP_ERROR_SIZE])
{
	struct http *http = calloc(1, sizeof(*http));
	int code;

	*out = NULL;
	MUST(http != NULL && (http->own = malloc(HTTP_OWN_SIZE)) != NULL);
	http->start = *start;
	MUST(uv_tcp_init(loop_uv(start->loop), &http->listener) == 0);
	http->listener.data = http;
	code = bind_listener(http);
	if (code != 0) {
		uv_close((uv_handle_t *)&http->listener, on_unbound);
		return fail(error, http, "bind to", code);
	}
	MUST(uv_timer_init(loop_uv(start->loop), &http->last) == 0);
	http->last.data = http;
	http_intake_open(http);
	http->sweep = loop_timer_open(start->loop, sweep, http);
	http->bound = loop_timer_open(start->loop, on_bound, http);
	http->listener_open = true;
	http->refused = metrics_op(start->metrics, "http");
	open_h2o(http);
	http_add(http, &http_own_routes, http);
	*out = http;
	return true;
}

bool http_listen(struct http *http, char error[HTTP_ERROR_SIZE])
{
	int code;

	if (!http_own_prepare(http)) {
		snprintf(error, HTTP_ERROR_SIZE, "no memory for /openapi.json");
		return false;
	}
	code = uv_listen((uv_stream_t *)&http->listener, HTTP_BACKLOG, on_connection);
	if (code != 0)
		return fail(error, http, "listen on", code);
	loop_timer_start(http->sweep, HTTP_SWEEP_MS, HTTP_SWEEP_MS);
	return true;
}

uint16_t http_port(const struct http *http)
{
	return http->port;
}

/* A flow that still runs keeps what it will look at when it is done. */
static void gone(struct loop_task *task)
{
	struct http *http = (struct http *)((char *)task - offsetof(struct http, end));
	bool free_now = http->exchange_count == 0;

	http->gone = true;
	if (http->closed != NULL)
		http->closed(http->closed_to);
	if (free_now)
		free_http(http);
}

/* libuv still touches h2o's handles, which are http's memory, within this turn. */
static void on_last_closed(uv_handle_t *handle)
{
	struct http *http = handle->data;

	http->end.run = gone;
	loop_post(http->start.loop, &http->end);
}

static void end(struct loop_task *task)
{
	struct http *http = (struct http *)((char *)task - offsetof(struct http, end));

	loop_timer_close(http->sweep);
	loop_timer_close(http->bound);
	uv_close((uv_handle_t *)&http->before_sleep, NULL);
	h2o_context_dispose(&http->context);
	h2o_config_dispose(&http->conf);
	uv_close((uv_handle_t *)&http->last, on_last_closed);
}

void http_end_if_done(struct http *http)
{
	if (http->gone) {
		if (http->exchange_count == 0)
			free_http(http);
		return;
	}
	if (!http->closing || http->listener_open || http->conn_count > 0 ||
	    http->linger_count > 0 || http->ended ||
	    (http->exchange_count > 0 && !http->forced))
		return;
	http->ended = true;
	http->end.run = end;
	loop_post(http->start.loop, &http->end);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct http *http = handle->data;

	http->listener_open = false;
	http_end_if_done(http);
}

/* First what waits is told that it waits in vain, then what does not read the answer is cut off. */
static void on_bound(void *to)
{
	struct http *http = to;
	struct http_conn *next;

	for (struct http_conn *c = http->conns; c != NULL; c = next) {
		next = c->next;
		if (http->forced)
			cut(c, SHUT_RDWR);
		else if (c->guard != NULL && !c->guard->answered)
			http_refuse(c->guard, 503, "SHUTTING_DOWN",
				    "The server is stopping. Send the request again elsewhere.");
	}
	http->forced = true;
	loop_timer_start(http->bound, HTTP_CLOSE_FORCED_MS, 0);
	http_end_if_done(http);
}

void http_close(struct http *http, void (*closed)(void *), void *to)
{
	MUST(!http->closing);
	http->closing = true;
	http->closed = closed;
	http->closed_to = to;
	http->context.shutdown_requested = 1;
	uv_close((uv_handle_t *)&http->listener, on_listener_closed);
	http_linger_end(http);
	for (struct http_conn *c = http->conns; c != NULL; c = c->next)
		if (c->guard == NULL)
			cut(c, SHUT_RD);
	loop_timer_start(http->bound, HTTP_CLOSE_MS, 0);
}
