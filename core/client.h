/* core/client.h - the program as a client of HTTP servers, its own first; the door to libcurl.
 *
 * Blocking, for the demo and for command-line use only; never on a loop's thread.
 */
#ifndef CORE_CLIENT_H
#define CORE_CLIENT_H

#include "core/arena.h"

struct client; /* One connection kept alive. */

struct client_answer {
	unsigned status; /* 0: no answer; `body` then says why. */
	struct slice body;
	char content_type[64];
};

struct client_ask {
	const char *method, *path; /* path begins with '/' */
	const char *token;         /* Bearer, or NULL. */
	const char *key;           /* Idempotency-Key, unquoted, or NULL. */
	const char *content_type;  /* NULL: application/json where there is a body. */
	struct slice body;
	struct arena *arena; /* The answer's bytes. */
};

MUSTCHECK bool client_open(struct client **, const char *base_url);
void client_ask(struct client_answer *out, struct client *, const struct client_ask *);
void client_close(struct client *);

#endif
