/* core/flow.h - the life of one command; with its siblings in core/, the only code that waits.
 *
 *   PARSED -> FETCHING -> (CHECKING) -> DECIDED -> COMMITTING -> REPLIED
 *                 ^                                    |
 *                 +----------- STORE_RETRY ------------+   at most FLOW_TRIES times
 *
 * Every command names itself: Idempotency-Key of its token's owner, or a scan_id of its gate. Its
 * answer is committed with its writes under that name, so a command sent twice, or retried after a
 * commit of unknown fate, is answered from the first. Another body under a used name is 422
 * IDEMPOTENCY_KEY_REUSED; one that is still running here is 409 STILL_RUNNING. A refusal writes
 * nothing and uses no name up.
 *
 * Before PARSED a flow is ASKED (its token is fetched), before FETCHING perhaps WAITING (see
 * call_hot), and before DECIDED perhaps CHECKING on another thread (see call_check); what must
 * follow what is one table in core/flow.c. Where the store, the log's fences or a limit stand in
 * the way the answer is 503 with a code: STORE_BUSY STORE_DOWN NOT_READY TOO_MUCH_TO_READ
 * TOO_MUCH_TO_WRITE ANSWER_TOO_LARGE; nothing was written.
 *
 * Commands that name the same hot record (call_hot) queue behind each other, so that a hot key is
 * slow for itself and never a storm of RETRY. Flows are allocated at start; with none free the
 * answer is 503.
 */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include "core/call.h"
#include "core/clock.h"
#include "core/loop.h"

enum {
	FLOW_TRIES = 6,
	FLOW_ARENA_SIZE = 8 * 1024 * 1024, /* Address space; what is touched is given back. */
	FLOW_NAME_SIZE_MAX = 64,           /* An Idempotency-Key, unquoted. */
};

enum flow_naming {
	FLOW_QUESTION, /* Changes nothing; no name. */
	FLOW_BY_KEY,   /* Idempotency-Key, required: 400 IDEMPOTENCY_KEY_MISSING or _MALFORMED. */
	FLOW_BY_SELF,  /* parse says it by call_name: a scan_id. */
};

struct flows; /* All flows of one loop. */
struct metrics;
struct note_signer;

struct flow_start {
	const struct flow_op *op;
	void *room;
	const struct request *request; /* Alive until `done` has returned. */
	enum flow_naming naming;
	uint32_t roles;          /* ROLES(...) that may; ROLES_ANYONE: no token is asked for. */
	struct slice token;      /* The bearer token, or empty. */
	const struct caller *as; /* Known already (a line of a batch): no token is looked up. */
	const char *inner_name;  /* Of a command of the program's own (a day's close), or NULL. */
	/* Once; the reply is gone after it. */
	void (*done)(struct flow_start *, const struct reply *);
	void *to;
};

/* metrics: or NULL. */
MUSTCHECK bool flows_open(struct flows **, struct loop *, struct store *, const struct clock *,
			  struct metrics *, uint32_t count);
/* Answers of ops that want it carry receipts from now on, while the signer has a key:
 * core/receipt.h. It must stay. False: no memory. */
MUSTCHECK bool flows_sign(struct flows *, const struct note_signer *);
/* None may be under way (asserted). */
void flows_close(struct flows *);
/* `token` and `as`: one of them at most. False: no flow is free; answer 503. Otherwise `done` comes
 * later, never within the call. */
MUSTCHECK bool flow_begin(struct flows *, struct flow_start *);
uint32_t flows_active(const struct flows *);
/* Calls `then` once no flow is under way: nothing may begin any more. */
void flows_drain(struct flows *, void (*then)(void *), void *to);

/* In parse. The command's name where the op names itself; `hot`: the record it queues for (the
 * key). */
void call_name(struct call *, struct slice owner, struct id128 name);
void call_hot(struct call *, const char *key);
/* Whatever else is asked under this name later, the first answer is the answer: for what may be
 * told twice in different words (a scan asked online and uploaded after all). */
void call_first_answer_wins(struct call *);

/* Writes application/problem+json into reply->body, which has room. instance: or NULL. */
void reply_problem(struct reply *, const struct problem *, const char *instance);

#endif
