/* core/daily.h - what happens by itself as time passes: each service day is closed once it is over;
 * and, where the clock is manual, how time is made to pass.
 *
 * A day's close is a command of the program's own (a fact in the log), begun within a second of the
 * day's boundary, and at the start for days that passed while nobody ran: one fact closes every day
 * up to its own.
 */
#ifndef CORE_DAILY_H
#define CORE_DAILY_H

#include "core/fold.h"
#include "core/http.h"

struct daily; /* Opaque. */

struct daily_start {
	struct loop *loop;
	struct flows *flows;
	struct store *store;
	struct clock *clock;
	struct seal *seal;
	struct fold *fold;
	const struct flow_op *close_day; /* Takes no body; refuses with DAY_ALREADY_CLOSED. */
	void *room;                      /* Of close_day. */
};

MUSTCHECK bool daily_open(struct daily **, const struct daily_start *);
/* No day is closed any more; one that is under way ends. */
void daily_stop(struct daily *);
void daily_close(struct daily *);

/* A manual clock goes on where the log ended, for time moves forward only. Blocks, turning the
 * store's loop: for the start of a program. */
void clock_resume(struct clock *, struct store *, struct arena *);

/* POST /v1/clock {"now"}, council only, forward only; to be added where the clock is manual, with
 * the daily as room. Answers once everything before `now` is sealed and folded, days closed
 * included; or that the disk is full, and then the clock goes on when there is room. */
extern const struct http_routes daily_routes;

#endif
