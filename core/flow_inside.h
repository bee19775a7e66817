/* core/flow_inside.h - what the files of flow share: flow_begin.c lets in, flow.c moves,
 * flow_read.c fetches, flow_name.c names and remembers, flow_queue.c lets one wait for another,
 * flow_receipt.c gives receipts.
 */
#ifndef CORE_FLOW_INSIDE_H
#define CORE_FLOW_INSIDE_H

#include "core/call_store.h"
#include "core/checker.h"
#include "core/flow.h"
#include "core/metrics.h"
#include "core/seal.h"

/* ASKED: its token is fetched. WAITING: behind another command on the same hot record. CHECKING: a
 * thread of the checker has it (call_check). */
#define FLOW_STATES(X)                                                                             \
	X(FREE)                                                                                    \
	X(ASKED) X(PARSED) X(WAITING) X(FETCHING) X(CHECKING) X(DECIDED) X(COMMITTING) X(REPLIED)
enum flow_state {
#define X(name) FLOW_##name,
	FLOW_STATES(X)
#undef X
	    FLOW_STATE_COUNT
};

enum {
	FLOW_DIGEST_SIZE = 16,
	FLOW_TRAIN_MAX = 256,         /* Of one hot record, written one behind another. */
	FLOW_ARENA_KEEP = 128 * 1024, /* More than an upload touches: what is given back costs. */
	FLOW_QUESTION_ANSWER_MAX = 4 * 1024 * 1024,
	FLOW_PROBLEM_SIZE = 6 * (PROBLEM_DETAIL_SIZE + PROBLEM_POINTER_SIZE) + 2048,
};

struct flow {
	struct flows *home;
	struct flow *next; /* In the free list, or behind the same hot record. */
	enum flow_state state;
	struct flow_start *start;
	struct call call;
	struct call_store found;
	struct arena arena;
	size_t mark; /* What the arena holds before a try. */
	uint64_t began_ns;
	unsigned tries, rounds;
	bool keys_refused; /* call->problem waits until the name's record has been seen. */
	bool written;      /* The writes step has run. */
	struct call_entry *name;
	uint8_t digest[FLOW_DIGEST_SIZE]; /* Of what was asked under the name. */

	struct store_req req;
	struct call_entry **asked; /* In the order of req.items. */
	struct store_page page;
	struct arena page_arena; /* The part of the arena that a page may fill. */
	struct call_range *range;

	bool name_taken, hot_held;
	struct flow *name_next, *hot_next;       /* In their tables' buckets. */
	struct flow *behind_first, *behind_last; /* Who waits for this one. */
	/* On one hot record: who is being written just before this one, and who decided right
	 * after. */
	struct flow *ahead, *after;
	uint32_t train;        /* How many are being written before this one. */
	uint64_t train_writes; /* Bits of what these and this one write: none, surely not. */
	bool looked_ahead;     /* This try stands on what is not on disk yet. */
	bool deferred;         /* It would refuse, and waits until that is. */

	bool has_leaf; /* Of its first event, for the receipt. */
	struct seal_hash leaf;
	int64_t leaf_second;

	struct loop_task turn, reclaim;
	struct checker_job check;
	struct loop_work long_check;
	uint8_t problem[FLOW_PROBLEM_SIZE]; /* A refusal always has room. */
};

struct flows {
	struct loop *loop;
	struct store *store;
	const struct clock *clock;
	struct metrics *metrics; /* Or NULL. */
	struct call_cache *cache;
	struct flow_receipts *receipts; /* Or NULL. */
	struct checker *checker;
	struct flow *all, *free;
	uint32_t count, active;
	struct flow **names, **hots;    /* Buckets, bucket_count each. */
	uint32_t bucket_count;          /* A power of two. */
	struct loop_timer *drain_timer; /* While flows_drain waits. */
	void (*drained)(void *);
	void *drained_to;
};
enum { FLOW_DRAIN_LOOK_MS = 2 };

/* flow.c */
bool flow_is_command(const struct flow *);
void flow_move(struct flow *, enum flow_state to);
void flow_try(struct flow *);
void flow_continue(struct flow *); /* What was read is there. */
void flow_store_failed(struct flow *, enum store_status);
void flow_reply(struct flow *);
void flow_reply_problem(struct flow *); /* call->problem */
void flow_look_again(struct flow *); /* What a refusal stood on is on disk now, or never will be. */
void flow_refuse(struct flow *, uint16_t status, const char *code, uint16_t retry_after_s,
		 const char *detail);
void flow_refuse_excess(struct flow *);

/* flow_begin.c */
void flow_authorize(struct flow *); /* The token's record is there. */
void flow_wake(struct flow *); /* Its turn has come; it goes on at the end of the loop's turn. */

/* flow_read.c: starts the next read that is still missing; false: nothing is missing, or nothing
 * more fits (the excess is noted). */
MUSTCHECK bool flow_read(struct flow *);

/* flow_name.c */
/* Before parse: BY_KEY and inner commands get call->id and their record's key. False: refused. */
MUSTCHECK bool flow_name_begin(struct flow *);
void flow_name_digest(struct flow *);
/* The record under the name becomes the reply. False: another command's; refused. */
MUSTCHECK bool flow_name_replay(struct flow *);
/* Puts the answer under the name. False: refused as too large. */
MUSTCHECK bool flow_name_keep(struct flow *);

/* flow_receipt.c */
/* The leaf of what is about to be committed, where the op wants a receipt. */
void flow_leaf(struct flow *);
/* Answered at once or, with a receipt, at the end of this turn of the loop. */
void flow_done(struct flow *);
void flow_receipts_close(struct flows *);

/* flow_queue.c */
/* False: the name is being worked on here. */
MUSTCHECK bool flow_name_take(struct flow *);
/* False: another holds the hot record; flow_wake comes when it is this one's turn. */
MUSTCHECK bool flow_hot_take(struct flow *);
/* It is being written: the next on its hot record may decide upon what it writes. */
void flow_hot_pass(struct flow *);
/* What those before this one on its hot record are writing stands for what was read. */
void flow_hot_look_ahead(struct flow *, struct call_entry *);
/* Its writing is over, one way or another. */
void flow_hot_unhitch(struct flow *);
void flow_release(struct flow *); /* Both, and wakes the next. */

#endif
