/* operators/close.h - what the close of a month pins, for ever.
 *
 *   close/<YYYY-MM>                                    struct close_view
 *   close/<YYYY-MM>/<number>/<version>/<rule version>  struct close_use: of a product version and a
 *                                                      rule version in use, 4 hex digits each
 *   close/silent/<day, 6 digits>/<YYYY-MM>             struct close_silence: lines of that month
 *                                                      that nobody spoke of are agreed with the
 *                                                      close of that day
 *
 * A close runs in pieces: RUNNING, and then CLOSED; or FAILED where the identity (identity.h) does
 * not hold: then the month stays open, and the council may order its close again. Pure.
 */
#ifndef OPERATORS_CLOSE_H
#define OPERATORS_CLOSE_H

#include "operators/views.h"

enum {
	CLOSE_ROOT_SIZE = 32,
	CLOSE_FAULT_SIZE = 64,
	CLOSE_NOTE_SIZE_MAX = 64 * 1024,
	CLOSE_ENTITIES = 3, /* Of fewer, rivals are told no sum: each could take off its own. */
};

#define CLOSE_STATES(X) X(RUNNING) X(CLOSED) X(FAILED)
enum close_state {
#define X(name) CLOSE_##name,
	CLOSE_STATES(X)
#undef X
	    CLOSE_STATE_COUNT
};

struct close_view {
	day_t period;
	uint8_t state;
	bool counted; /* Its lines are: pools were divided and the identity held. */
	struct id128 fact_id; /* The order's. */
	time_ms at;
	uint64_t lines, lines_done;
	char cursor[POSTING_KEY_SIZE]; /* Of the lines that are done: the last one's key. */
	/* The log as it stood with the second of the order. */
	int64_t second;
	uint64_t log_size;
	uint8_t log_root[CLOSE_ROOT_SIZE];
	uint8_t lines_digest[CLOSE_ROOT_SIZE]; /* A chain over keys and records, in order. */
	uint64_t tickets;
	yen operators_yen, partners_yen, council_yen, adjusted_yen;
	day_t silent_on; /* The last day to speak of its lines; 0: bank days not known so far. */
	char fault[CLOSE_FAULT_SIZE];
	/* operators/commit.h: leaves so far, and how many of them are tickets', once all are. */
	bool fixed, tickets_committed; /* Its lines; the tickets' leaves. */
	uint64_t committed, committed_tickets;
	char commit_cursor[POSTING_KEY_SIZE];
	uint8_t commit_chain[CLOSE_ROOT_SIZE], commit_root[CLOSE_ROOT_SIZE];
	/* Legal entities whose rides earned, up to CLOSE_ENTITIES, and which the first were: by
	 * corporate number, or, where that is not known, by operator. */
	uint8_t entities;
	char first_entity[ID_SIZE], second_entity[ID_SIZE];
	/* By which days and lateness were told. */
	uint16_t boundary_min, offline_grace_h, late_limit_days;
};

struct close_use {
	uint16_t product_number, product_version;
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	uint64_t lines;
	yen amount_yen;
};

struct close_silence {
	char cursor[POSTING_KEY_SIZE];
};
extern const struct shape close_view_shape, close_use_shape, close_silence_shape;

struct writer;
/* The canonical text that is signed: a line a fact, in this order, and nothing else; without the
 * month's sums where they are not for who asks. */
void close_note_begin(struct writer *, const struct close_view *, bool with_sums);
void close_note_use(struct writer *, const struct close_use *, const char *product_id);

#endif
