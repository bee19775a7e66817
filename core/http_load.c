/* core/http_load.c - plays a region full of gates. Without it nobody would know how fast the
 * program is, or who is kept waiting when it is slow.
 */
#include "core/http_load.h"

#include "core/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

enum { TICK_MS = 1, PROGRESS_MS = 1000, HEAD_SIZE_LEAST = 15 };
#define MS_NS UINT64_C(1000000)

struct load;

struct load_conn {
	uv_tcp_t tcp; /* First: uv gives this back. */
	uv_connect_t connecting;
	uv_write_t writing;
	struct load *load;
	uint32_t number;
	bool open, waiting; /* waiting: for an answer. */
	uint64_t began_ns;
	uint8_t *in;
	size_t in_used;
	struct writer out;
	struct load_conn *next; /* Among the idle ones. */
};

struct load {
	const struct http_load *plan;
	struct http_load_result *result;
	uv_loop_t uv;
	uv_timer_t tick, progress, end;
	struct load_conn *conns, *idle;
	uint32_t connecting, open_count, waiting_count;
	uint64_t start_ns, warm_ns, end_ns, tick_ms, sent_due;
	uint64_t told_before;
	size_t answer_size;
	bool started, ending, ended;
};

uint64_t http_load_rate(const struct http_load_result *r)
{
	return r->counted_ns == 0 ? 0
				  : (r->counted * 1000 * MS_NS + r->counted_ns / 2) / r->counted_ns;
}

void http_load_write(struct writer *w, const char *method, const char *path, const char *token,
		     const char *content_type, struct slice body)
{
	write_text(w, method);
	write_text(w, " ");
	write_text(w, path);
	write_text(w, " HTTP/1.1\r\nHost: localhost\r\n");
	if (token != NULL) {
		write_text(w, "Authorization: Bearer ");
		write_text(w, token);
		write_text(w, "\r\n");
	}
	if (body.size > 0) {
		write_text(w, "Content-Type: ");
		write_text(w, content_type);
		write_text(w, "\r\nContent-Length: ");
		write_decimal(w, body.size, 1);
		write_text(w, "\r\n");
	}
	write_text(w, "\r\n");
	write_bytes(w, body);
}

/* --- The end --- */

static void close_all(struct load *load)
{
	if (load->ended)
		return;
	load->ended = true;
	for (uint32_t i = 0; i < load->plan->connections; i++)
		if (!uv_is_closing((uv_handle_t *)&load->conns[i].tcp))
			uv_close((uv_handle_t *)&load->conns[i].tcp, NULL);
	uv_close((uv_handle_t *)&load->tick, NULL);
	uv_close((uv_handle_t *)&load->progress, NULL);
	uv_close((uv_handle_t *)&load->end, NULL);
}

static void on_grace_over(uv_timer_t *timer)
{
	struct load *load = timer->data;

	load->result->broken += load->waiting_count;
	close_all(load);
}

/* Nobody asks any more; what is under way is waited for. */
static void begin_end(struct load *load)
{
	struct http_load_result *result = load->result;

	if (load->ending)
		return;
	load->ending = true;
	load->end_ns = clock_monotonic_ns();
	if (load->end_ns > load->warm_ns)
		result->counted_ns = load->end_ns - load->warm_ns;
	if (load->waiting_count == 0)
		close_all(load);
	else
		uv_timer_start(&load->end, on_grace_over, HTTP_LOAD_GRACE_MS, 0);
}

static void on_time_over(uv_timer_t *timer)
{
	begin_end(timer->data);
}

static bool all_asked(const struct load *load)
{
	return load->plan->count_max > 0 && load->result->asked >= load->plan->count_max;
}

static void conn_lost(struct load_conn *conn)
{
	struct load *load = conn->load;

	if (!conn->open || load->ended)
		return;
	conn->open = false;
	load->open_count--;
	load->waiting_count -= conn->waiting;
	conn->waiting = false;
	load->result->broken++;
	uv_close((uv_handle_t *)&conn->tcp, NULL);
	/* With none left, or none of a closed loop waiting, nobody would ever ask again. */
	if (load->started &&
	    (load->open_count == 0 || (load->plan->rate == 0 && load->waiting_count == 0)))
		begin_end(load);
	if (load->ending && load->waiting_count == 0)
		close_all(load);
}

/* --- Asking --- */

static void on_written(uv_write_t *writing, int status)
{
	if (status < 0 && status != UV_ECANCELED)
		conn_lost(writing->data);
}

static void conn_send(struct load_conn *conn)
{
	uv_buf_t buf = uv_buf_init((char *)conn->out.data, (unsigned)conn->out.used);
	int sent = uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1);

	if (sent < 0 && sent != UV_EAGAIN) {
		conn_lost(conn);
		return;
	}
	if (sent > 0) {
		buf.base += sent;
		buf.len -= (size_t)sent;
	}
	conn->writing.data = conn;
	if (buf.len > 0 &&
	    uv_write(&conn->writing, (uv_stream_t *)&conn->tcp, &buf, 1, on_written) != 0)
		conn_lost(conn);
}

/* False: this connection asks no more. */
static bool conn_ask(struct load_conn *conn, uint64_t due_ns)
{
	struct load *load = conn->load;

	conn->out.used = 0;
	if (!load->plan->ask(load->plan->to, conn->number, &conn->out))
		return false;
	MUST(!conn->out.failed && conn->out.used > 0);
	load->result->asked++;
	load->waiting_count++;
	conn->waiting = true;
	conn->began_ns = due_ns != 0 ? due_ns : clock_monotonic_ns();
	conn_send(conn);
	return true;
}

/* The tick in which the next request of an open loop is due, in ms since the start. */
static uint64_t next_due_ms(const struct load *load)
{
	uint64_t rate = load->plan->rate;

	return ((load->sent_due + 1) * 1000 + rate - 1) / rate;
}

static void ask_what_is_due(struct load *load)
{
	uint64_t now_ms = (clock_monotonic_ns() - load->start_ns) / MS_NS;

	while (load->idle != NULL && !load->ending && !all_asked(load)) {
		struct load_conn *conn = load->idle;
		uint64_t due_ms = next_due_ms(load);

		if (due_ms > now_ms)
			return;
		load->idle = conn->next;
		if (!conn->open)
			continue;
		if (!conn_ask(conn, load->start_ns + due_ms * MS_NS)) {
			begin_end(load);
			return;
		}
		load->sent_due++;
	}
}

static void on_tick(uv_timer_t *timer)
{
	ask_what_is_due(timer->data);
}

static void conn_free(struct load_conn *conn)
{
	struct load *load = conn->load;

	if (all_asked(load))
		begin_end(load);
	if (load->ending) {
		if (load->waiting_count == 0)
			close_all(load);
		return;
	}
	if (load->plan->rate == 0) {
		if (!conn_ask(conn, 0) && load->waiting_count == 0)
			begin_end(load);
		return;
	}
	conn->next = load->idle;
	load->idle = conn;
	ask_what_is_due(load);
}

/* --- Answers --- */

static size_t number_in(struct slice line, size_t at)
{
	size_t number = 0;

	while (at < line.size && line.data[at] == ' ')
		at++;
	for (; at < line.size && line.data[at] >= '0' && line.data[at] <= '9'; at++)
		number = number * 10 + (size_t)(line.data[at] - '0');
	return number;
}

/* False: no length was told. */
static bool body_size_of(size_t *size, struct slice head)
{
	static const char name[] = "content-length:";
	const uint8_t *at = head.data, *until = head.data + head.size;

	while (at < until) {
		const uint8_t *end = memchr(at, '\n', (size_t)(until - at));
		struct slice line = slice_of(at, (size_t)((end != NULL ? end : until) - at));

		if (line.size > sizeof(name) - 1 &&
		    strncasecmp((const char *)at, name, sizeof(name) - 1) == 0) {
			*size = number_in(line, sizeof(name) - 1);
			return true;
		}
		at += line.size + 1;
	}
	return false;
}

static void count_answer(struct load_conn *conn, unsigned status, struct slice body)
{
	struct load *load = conn->load;
	struct http_load_result *result = load->result;
	uint64_t now = clock_monotonic_ns();

	result->answered++;
	if (now >= load->warm_ns) {
		result->counted += !load->ending;
		histogram_add(&result->latency_ns, now > conn->began_ns ? now - conn->began_ns : 0);
	}
	if (load->plan->told != NULL)
		load->plan->told(load->plan->to, conn->number, status, body);
}

/* What has come so far. False: it is no answer. */
static bool conn_hear(struct load_conn *conn)
{
	const uint8_t *end = memmem(conn->in, conn->in_used, "\r\n\r\n", 4);
	struct slice head;
	size_t size;

	if (end == NULL)
		return conn->in_used < conn->load->answer_size;
	head = slice_of(conn->in, (size_t)(end - conn->in) + 4);
	if (!conn->waiting || head.size < HEAD_SIZE_LEAST ||
	    !slice_starts(head, SLICE("HTTP/1.1 ")) || !body_size_of(&size, head) ||
	    size > conn->load->answer_size - head.size)
		return false;
	if (conn->in_used < head.size + size)
		return true;
	if (conn->in_used > head.size + size)
		return false;
	conn->in_used = 0;
	conn->waiting = false;
	conn->load->waiting_count--;
	count_answer(conn, (unsigned)number_in(head, sizeof("HTTP/1.1")),
		     slice_of(conn->in + head.size, size));
	conn_free(conn);
	return true;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct load_conn *conn = (struct load_conn *)handle;

	(void)suggested;
	*buf = uv_buf_init((char *)conn->in + conn->in_used,
			   (unsigned)(conn->load->answer_size - conn->in_used));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct load_conn *conn = (struct load_conn *)stream;

	(void)buf;
	if (got == 0)
		return;
	if (got > 0)
		conn->in_used += (size_t)got;
	if (got < 0 || !conn_hear(conn))
		conn_lost(conn);
}

/* --- The start --- */

static void on_progress(uv_timer_t *timer)
{
	struct load *load = timer->data;
	uint64_t answered = load->result->answered;

	load->plan->progress(load->plan->to, answered, answered - load->told_before);
	load->told_before = answered;
}

static void begin(struct load *load)
{
	const struct http_load *plan = load->plan;

	load->started = true;
	load->start_ns = clock_monotonic_ns();
	load->warm_ns = load->start_ns + plan->warm_ms * MS_NS;
	if (plan->time_ms > 0)
		uv_timer_start(&load->end, on_time_over, plan->warm_ms + plan->time_ms, 0);
	if (plan->progress != NULL)
		uv_timer_start(&load->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
	if (plan->rate > 0)
		uv_timer_start(&load->tick, on_tick, TICK_MS, TICK_MS);
	for (uint32_t i = 0; i < plan->connections && !load->ending; i++)
		if (load->conns[i].open)
			conn_free(&load->conns[i]);
}

static void on_connected(uv_connect_t *connecting, int status)
{
	struct load_conn *conn = connecting->data;
	struct load *load = conn->load;

	load->connecting--;
	if (load->ended)
		return;
	if (status == 0 && uv_read_start((uv_stream_t *)&conn->tcp, on_room, on_read) == 0) {
		uv_tcp_nodelay(&conn->tcp, 1);
		conn->open = true;
		load->open_count++;
	} else {
		load->result->broken++;
	}
	if (load->connecting > 0)
		return;
	if (load->open_count == 0)
		close_all(load);
	else
		begin(load);
}

static bool conn_open(struct load *load, struct load_conn *conn, const struct sockaddr_in *to)
{
	const struct http_load *plan = load->plan;
	size_t out_size = plan->ask_size > 0 ? plan->ask_size : HTTP_LOAD_ASK_SIZE;

	conn->load = load;
	conn->number = (uint32_t)(conn - load->conns);
	conn->connecting.data = conn;
	conn->in = malloc(load->answer_size);
	conn->out = (struct writer){ .data = malloc(out_size), .size = out_size };
	if (uv_tcp_init(&load->uv, &conn->tcp) != 0 || conn->in == NULL || conn->out.data == NULL)
		return false;
	load->connecting++;
	if (uv_tcp_connect(&conn->connecting, &conn->tcp, (const struct sockaddr *)to,
			   on_connected) == 0)
		return true;
	load->connecting--;
	return false;
}

static void open_all(struct load *load, const struct sockaddr_in *to)
{
	bool fine = true;

	for (uint32_t i = 0; i < load->plan->connections; i++)
		fine = conn_open(load, &load->conns[i], to) && fine;
	if (!fine)
		close_all(load);
}

static void free_all(struct load *load)
{
	for (uint32_t i = 0; i < load->plan->connections; i++) {
		free(load->conns[i].in);
		free(load->conns[i].out.data);
	}
	free(load->conns);
}

bool http_load_run(struct http_load_result *result, const struct http_load *plan)
{
	struct load load = { .plan = plan, .result = result };
	struct sockaddr_in to;

	MUST(plan->connections > 0 && plan->connections <= HTTP_LOAD_CONNECTION_COUNT_MAX);
	MUST(plan->rate <= HTTP_LOAD_RATE_MAX && (plan->count_max > 0 || plan->time_ms > 0));
	mem_zero(result, sizeof(*result));
	load.answer_size = plan->answer_size > 0 ? plan->answer_size : HTTP_LOAD_ANSWER_SIZE;
	load.conns = calloc(plan->connections, sizeof(*load.conns));
	if (load.conns == NULL || uv_ip4_addr(plan->host, plan->port, &to) != 0 ||
	    uv_loop_init(&load.uv) != 0) {
		free(load.conns);
		return false;
	}
	uv_timer_init(&load.uv, &load.tick);
	uv_timer_init(&load.uv, &load.progress);
	uv_timer_init(&load.uv, &load.end);
	load.tick.data = load.progress.data = load.end.data = &load;
	open_all(&load, &to);
	uv_run(&load.uv, UV_RUN_DEFAULT);
	MUST(uv_loop_close(&load.uv) == 0);
	free_all(&load);
	return load.started;
}
