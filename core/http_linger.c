/* core/http_linger.c - what a refused client still sends is read and thrown away, for a while.
 * Without it the system would answer those bytes by a reset, which makes the client forget the
 * refusal that it has not read yet.
 *
 * h2o closes its socket as soon as an answer is out; a second name of the same socket, kept from
 * when it was refused, holds the connection open.
 */
#include "core/http_engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_linger {
	uv_tcp_t tcp; /* First: uv gives this back. */
	struct http *http;
	struct http_linger *prev, *next;
	uint64_t began_ns, heard_ns;
	size_t size;
};

void http_linger_keep(struct http_conn *conn)
{
	uv_os_fd_t fd;

	if (conn->linger_fd == -1 && uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
		conn->linger_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void on_closed(uv_handle_t *handle)
{
	struct http_linger *linger = (struct http_linger *)handle;
	struct http *http = linger->http;

	if (linger->prev != NULL)
		linger->prev->next = linger->next;
	else
		http->lingers = linger->next;
	if (linger->next != NULL)
		linger->next->prev = linger->prev;
	http->linger_count--;
	free(linger);
	http_end_if_done(http);
}

static void end(struct http_linger *linger)
{
	if (!uv_is_closing((uv_handle_t *)&linger->tcp))
		uv_close((uv_handle_t *)&linger->tcp, on_closed);
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	static char nowhere[64 * 1024];

	(void)handle, (void)size;
	*buf = uv_buf_init(nowhere, sizeof(nowhere));
}

static void on_heard(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	struct http_linger *linger = (struct http_linger *)stream;

	(void)buf;
	if (size == 0)
		return;
	linger->heard_ns = clock_monotonic_ns();
	linger->size += size > 0 ? (size_t)size : 0;
	if (size < 0 || linger->size > HTTP_LINGER_SIZE_MAX)
		end(linger);
}

static void link_in(struct http *http, struct http_linger *linger)
{
	linger->http = http;
	linger->next = http->lingers;
	if (http->lingers != NULL)
		http->lingers->prev = linger;
	http->lingers = linger;
	http->linger_count++;
	linger->began_ns = linger->heard_ns = clock_monotonic_ns();
}

void http_linger_begin(struct http *http, int fd)
{
	struct http_linger *linger = NULL;

	if (!http->closing && http->linger_count < HTTP_LINGER_COUNT_MAX)
		linger = calloc(1, sizeof(*linger));
	if (linger == NULL) {
		close(fd);
		return;
	}
	MUST(uv_tcp_init(loop_uv(http->start.loop), &linger->tcp) == 0);
	link_in(http, linger);
	shutdown(fd, SHUT_WR);
	if (uv_tcp_open(&linger->tcp, fd) != 0) {
		close(fd);
		end(linger);
	} else if (uv_read_start((uv_stream_t *)&linger->tcp, on_room, on_heard) != 0) {
		end(linger);
	}
}

void http_linger_sweep(struct http *http, uint64_t now_ns)
{
	const uint64_t ms = 1000 * 1000;

	for (struct http_linger *l = http->lingers; l != NULL; l = l->next)
		if (now_ns - l->began_ns > HTTP_LINGER_MS_MAX * ms ||
		    now_ns - l->heard_ns > HTTP_LINGER_SILENT_MS_MAX * ms)
			end(l);
}

void http_linger_end(struct http *http)
{
	for (struct http_linger *l = http->lingers; l != NULL; l = l->next)
		end(l);
}
