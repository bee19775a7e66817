/* tests/http_wire.c - the sockets. */
#include "tests/http_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct serve server;
struct wire wires[2];
static char body_copy[4 * 1024 * 1024];

int dial(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval patience = { .tv_sec = 30 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

void say(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		assert_true(sent > 0);
		data += sent;
		size -= (size_t)sent;
	}
}

void say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

/* False: the other side closed. */
bool hear(struct wire *w)
{
	ssize_t got;

	assert_true(w->used < sizeof(w->data) - 1);
	got = recv(w->fd, w->data + w->used, sizeof(w->data) - 1 - w->used, 0);
	if (got < 0)
		assert_int_equal(errno, ECONNRESET);
	if (got <= 0)
		return false;
	w->used += (size_t)got;
	w->data[w->used] = '\0';
	return true;
}

void expect_closed(struct wire *w)
{
	while (hear(w))
		;
	if (w->used > 0)
		fail_msg("not closed without a word: %s", w->data);
	close(w->fd);
}

/* The next answer. */
struct answer hear_answer(struct wire *w, bool head_only)
{
	struct answer a = { 0 };
	char *end, *length;
	size_t head;

	while ((end = w->used > 0 ? strstr(w->data, "\r\n\r\n") : NULL) == NULL)
		if (!hear(w))
			fail_msg("closed before an answer");
	head = (size_t)(end - w->data) + 4;
	assert_true(head < sizeof(a.head));
	memcpy(a.head, w->data, head);
	assert_int_equal(sscanf(a.head, "HTTP/1.1 %d", &a.status), 1);
	length = strstr(a.head, "Content-Length: ");
	if (length != NULL && !head_only)
		a.size = strtoul(length + 16, NULL, 10);
	while (w->used < head + a.size)
		if (!hear(w))
			fail_msg("closed within an answer");
	memcpy(body_copy, w->data + head, a.size);
	body_copy[a.size] = '\0';
	a.body = body_copy;
	w->used -= head + a.size;
	memmove(w->data, w->data + head + a.size, w->used + 1);
	return a;
}

struct wire *open_wire(size_t n)
{
	return open_wire_to(n, server.port);
}

struct wire *open_wire_to(size_t n, uint16_t port)
{
	wires[n].fd = dial(port);
	wires[n].used = 0;
	wires[n].data[0] = '\0';
	return &wires[n];
}

struct answer ask(const char *text)
{
	struct wire *w = open_wire(0);
	struct answer a;

	say_text(w->fd, text);
	a = hear_answer(w, strncmp(text, "HEAD", 4) == 0);
	close(w->fd);
	return a;
}

void has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("no '%s' in: %s", part, text != NULL ? text : "nothing");
}

void has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("'%s' in: %s", part, text);
}

int start_server(void **state)
{
	struct config config;

	(void)state;
	config_default(&config);
	config.http_body_max_kib = HTTP_BODY_MAX_KIB;
	config.http_timeout_s = 2;
	serve_start(&server, &config,
		    3 * HTTP_MANY); /* A flow is reclaimed a turn after its answer. */
	return 0;
}

int stop_server(void **state)
{
	(void)state;
	serve_ask_stop(&server);
	serve_join(&server);
	return 0;
}
