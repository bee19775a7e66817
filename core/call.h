/* core/call.h - one command or question on its way: what came, what was found, what is decided,
 * what is written, what is answered. The only thing a domain's five functions see of the shell.
 *
 * Nothing here waits. core/flow moves a call through its life; core/http makes one of a request.
 */
#ifndef CORE_CALL_H
#define CORE_CALL_H

#include "core/json.h"
#include "core/shape.h"
#include "core/store.h"

/* Who asks. A token has one role and, but for the council, a subject: the partner, operator or gate
 * whose it is. */
#define CALL_ROLES(X) X(council) X(partner) X(operator) X(gate) X(auditor) X(funder)
enum call_role {
#define X(name) ROLE_##name,
	CALL_ROLES(X)
#undef X
	    ROLE_COUNT
};
#define ROLES(role)  (1u << ROLE_##role)
#define ROLES_ANYONE 0u /* No token is asked for. */

enum { SUBJECT_SIZE = 33 }; /* Ids that people choose: 1 to 32 of a-z 0-9 and '-'. */

struct caller {
	bool known;
	enum call_role role;
	char subject[SUBJECT_SIZE];
	char token_id[17]; /* First 8 bytes of the token's digest in hex: its name in logs. */
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_PATCH, HTTP_DELETE };
enum { PATH_PARAM_COUNT_MAX = 3, PROBLEM_DETAIL_SIZE = 320, PROBLEM_POINTER_SIZE = 96 };

struct request {
	enum http_method method;
	struct slice path, query;                  /* query: after '?', still encoded. */
	struct slice params[PATH_PARAM_COUNT_MAX]; /* Of the route's {...}, decoded, in order. */
	struct slice content_type, idempotency_key, body;
};

/* A refusal, RFC 9457. `code` is stable and never reused; `pointer` (RFC 6901) names the field. */
struct problem {
	uint16_t status; /* 0: none. */
	const char *code;
	char detail[PROBLEM_DETAIL_SIZE];
	char pointer[PROBLEM_POINTER_SIZE];
	uint16_t retry_after_s; /* 0: none. */
};

struct reply {
	uint16_t status;
	const char *content_type; /* NULL: application/json. */
	struct writer body;       /* Room is there; see call_reply. */
	struct slice again;       /* Kept under the name instead of a body that holds a secret. */
	char location[96];        /* Empty: none. */
	char etag[36];
	uint8_t counts_as;      /* 1 + a place in metrics.scans_by_verdict; 0: none. */
	char filename[64];      /* Content-Disposition: attachment. Empty: none. */
	uint16_t retry_after_s; /* 0: none. reply_problem copies the problem's. */
};

struct record { /* As found in the store. */
	struct slice key, value;
	uint64_t version; /* 0: absent. */
};

enum {
	CALL_RECORD_COUNT_MAX = 640,
	CALL_PAGE_COUNT_MAX = 64,
	CALL_WRITE_COUNT_MAX = 512,
	CALL_EVENT_COUNT_MAX = 64,
	CALL_ROUND_COUNT_MAX = 96, /* Times that keys may ask for more. */
	CALL_RANDOM_SIZE = 1024,
};

struct call {
	const struct flow_op *op;
	void *room; /* What main.c gave the room at start (key ring, limits). */
	const struct request *request;
	struct caller caller;
	time_ms now; /* Stamped by the shell, anew at each try. */
	uint16_t day_boundary_min;
	struct id128 id; /* The command's own: from its name, the same at each try and resend. */
	uint8_t random[CALL_RANDOM_SIZE]; /* Fresh at each try: see call_random. */
	size_t random_used;
	bool random_drawn;   /* Most commands ask for none. */
	struct arena *arena; /* Lives until the answer is sent. */
	void *cmd, *out;     /* op->cmd_size and op->out_size, zeroed. */
	struct problem problem;
	struct reply reply;
	struct call_store *found; /* flow's: records fetched, pages, writes, events. */
};

/* A domain gives five functions, none of which waits or asks the world anything:
 *   parse   the request becomes op->cmd. False: call_refuse was called.
 *   keys    names what is needed, by call_want and call_want_page; called again with what was found
 *           until it names nothing new. May refuse.
 *   decide  reads what was found, fills op->out. False: refused, nothing is written. Pure.
 *           NULL: there is nothing to decide.
 *   writes  names the records and events of op->out. NULL for a question.
 *   answer  op->out becomes call->reply.
 */
struct flow_op {
	const char *name; /* For metrics and logs. */
	size_t cmd_size, out_size;
	bool (*parse)(struct call *);
	bool (*keys)(struct call *);
	bool (*decide)(struct call *);
	void (*writes)(struct call *);
	void (*answer)(struct call *);
	/* A long job outside the flow (an import), or NULL: see core/http.h. */
};

/* Always returns false, so that a step may end with `return call_refuse(...)`. */
bool call_refuse(struct call *, uint16_t status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, naming the field by its JSON pointer. */
bool call_refuse_at(struct call *, uint16_t status, const char *code, const char *pointer,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The body, read as `shape` into `out` (zeroed first). False: refused with its place. */
MUSTCHECK bool call_body(struct call *, void *out, const struct shape *);
/* Is the Content-Type this one (given in lower case), in UTF-8 where it says a charset? */
MUSTCHECK bool call_type_is(struct slice type, const char *name);
/* The body laid over what is there (shape_patch_json). False: refused with its place; *inout is of
 * no use. */
MUSTCHECK bool call_patch(struct call *, void *inout, const struct shape *);
/* A query parameter, decoded into the arena. False: not there. */
bool call_query(struct call *, struct slice *out, const char *name);
/* False: refused, because the query has a parameter that is not among the names (NULL-ended), or
 * one twice. */
MUSTCHECK bool call_query_only(struct call *, const char *const *names);
/* The path's n-th parameter as an id that people choose. False: refused 404. */
MUSTCHECK bool call_param_subject(struct call *, char out[SUBJECT_SIZE], size_t n);
MUSTCHECK bool call_param_uuid(struct call *, struct id128 *out, size_t n);
bool subject_is_valid(struct slice);

struct id128 call_new_id(struct call *); /* A fresh UUIDv7 at call->now. */
/* The same bytes in each round of keys within one try; then on from there. */
void call_random(struct call *, void *out, size_t size);

/* Keys: "kind/..." text in the arena. */
const char *call_key(struct call *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void call_want(struct call *, const char *key);
/* The record, once fetched; NULL before. Absent: version 0. */
const struct record *call_found(const struct call *, const char *key);
/* Shorthand: wanted and found, read as the shape. 0: not yet fetched; -1: absent; 1: *out is
 * filled. */
int call_load(struct call *, void *out, const struct shape *, const char *key);

/* What a record of a kind that hardly ever changes said when last read, whichever version that was:
 * good for naming further records early, and for nothing else. False: nothing is known. */
bool call_guess(const struct call *, void *out, const struct shape *, const char *key);

/* In keys, once what it needs is there: `check` runs before decide on another thread, for it costs
 * much (a signature). It may touch nothing but call->cmd, where it leaves what it found. */
void call_check(struct call *, void (*check)(struct call *));
/* The same for what takes long (a paper is drawn): no signature waits behind it. */
void call_check_long(struct call *, void (*check)(struct call *));

struct call_page {
	const struct record *records;
	uint32_t count;
	bool end; /* Nothing more in the range. */
};
/* Keys in [from, until), at most `most` (<= STORE_PAGE_COUNT_MAX). Alike arguments name one page. A
 * page is no promise: a command that depends on a record of it wants that record too. Its keys end
 * without NUL. */
void call_want_page(struct call *, const char *from, const char *until, uint32_t most);
const struct call_page *call_found_page(const struct call *, const char *from, const char *until);

/* Writes. The key must have been wanted and found, so that its version is known (asserted). */
void call_put(struct call *, const char *key, struct slice value);
void call_put_shape(struct call *, const char *key, const struct shape *, const void *value);
/* A key that nobody else can make (it holds call->id or a fresh id). */
void call_append_shape(struct call *, const char *key, const struct shape *, const void *value);
void call_remove(struct call *, const char *key);
/* Files a fact under the second in force; in the order of the calls. `after`: not before this time
 * (its ticket's last event), 0 for none. Returns the second under which it is filed, in ms. */
time_ms call_event(struct call *, struct slice event, time_ms after);
/* In writes: the answer, an object, gets the receipt of the first fact: core/receipt.h. */
void call_receipt(struct call *);
/* For what is filed under a second without being a fact: the command commits only while the present
 * second is open. Returns it, in ms. */
time_ms call_fence(struct call *);

/* Starts the answer; its body then goes to call->reply.body, or through the json_out given. */
void call_reply_json(struct call *, uint16_t status, struct json_out *);
void call_reply_shape(struct call *, uint16_t status, const struct shape *, const void *value);

#endif
