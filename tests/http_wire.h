/* tests/http_wire.h - what the tests of core/http share: a server, and sockets to speak to it by
 * hand. */
#ifndef TESTS_HTTP_WIRE_H
#define TESTS_HTTP_WIRE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/http_serve.h"

enum { HTTP_BODY_MAX_KIB = 512, HTTP_MANY = 300 };

#define H          "Host: x\r\n"
#define JSON       "Content-Type: application/json\r\n"
#define AS_COUNCIL "Authorization: Bearer " SERVE_COUNCIL "\r\n"
#define AS_GATE    "Authorization: Bearer " SERVE_GATE "\r\n"
#define X16        "xxxxxxxxxxxxxxxx"
#define X256       X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16

/* One connection and what came over it. */
struct wire {
	int fd;
	size_t used;
	char data[4 * 1024 * 1024];
};

struct answer {
	int status;
	char head[4096];
	char *body;
	size_t size;
};

extern struct serve server;
extern struct wire wires[2];

int start_server(void **state); /* For cmocka: sets `server` up and ends it. */
int stop_server(void **state);

int dial(uint16_t port);
/* wires[n], anew, to `server` or another. */
struct wire *open_wire(size_t n);
struct wire *open_wire_to(size_t n, uint16_t port);
void say(int fd, const char *data, size_t size);
void say_text(int fd, const char *text);
bool hear(struct wire *); /* Some more. False: the other side closed. */
void expect_closed(struct wire *);
/* The next answer; its body until the next is heard. */
struct answer hear_answer(struct wire *, bool head_only);
struct answer ask(const char *text); /* One request on a connection of its own. */
void has(const char *text, const char *part);
void has_not(const char *text, const char *part);

#endif
