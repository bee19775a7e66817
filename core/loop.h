/* core/loop.h - one thread that waits for everything; a thin face of libuv.
 *
 * What must not happen inside a callback (freeing, answering, reusing) is put off to the end of the
 * loop's turn.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include "core/base.h"

struct loop; /* Opaque. */
struct uv_loop_s;

struct loop_task { /* Embed it; owned by whoever posts it until it has run. */
	void (*run)(struct loop_task *);
	struct loop_task *next;
	bool posted;
};

MUSTCHECK bool loop_open(struct loop **out);
/* Runs until loop_stop, then drains what is still posted. */
void loop_run(struct loop *);
void loop_stop(struct loop *);
/* One turn, sleeping until there is something to do. Not from within a callback. */
void loop_turn(struct loop *);
/* Waits for work that was started. Timers and foreign handles must be closed by now (asserted). */
void loop_close(struct loop *);

/* On the loop's thread: runs once, at the end of this turn. What is posted there runs in another
 * pass behind it, at most LOOP_PASS_MAX in one turn, then at the end of the next. Tasks posted
 * twice before they ran, run once. */
enum { LOOP_PASS_MAX = 8 };
/* Fewer passes a turn, for tests that stop between two steps. */
void loop_limit_passes(struct loop *, unsigned most);
void loop_post(struct loop *, struct loop_task *);
/* From any thread: wakes the loop and runs the task on its thread. */
void loop_post_from_thread(struct loop *, struct loop_task *);

struct loop_timer; /* Opaque, freed by loop_timer_close. */
struct loop_timer *loop_timer_open(struct loop *, void (*fire)(void *), void *to);
void loop_timer_start(struct loop_timer *, uint64_t first_ms, uint64_t repeat_ms);
void loop_timer_stop(struct loop_timer *);
void loop_timer_close(struct loop_timer *);

/* SIGINT and SIGTERM call `stop` once, on the loop's thread. The second one ends the program. */
void loop_on_signal(struct loop *, void (*stop)(void *), void *to);

/* Work that takes long: `work` on a pool thread, then `after` on the loop's thread. */
struct loop_work {
	void (*work)(struct loop_work *);
	void (*after)(struct loop_work *);
	void *engine; /* The loop's, until `after`. */
};
void loop_work_start(struct loop *, struct loop_work *);

struct uv_loop_s *loop_uv(struct loop *); /* For the doors that speak libuv. */

#endif
