/* operators/line_state.h - what becomes of a statement's line after its month was closed: who may
 * move it from where to where, and what was said.
 *
 *   OPEN --agree, silence--> AGREED --send--> SENT --pay--> PAID
 *     \                        ^     ^          |             |
 *      +--dispute--> DISPUTED -+     |          +--return--> RETURNED <--+ (a bank may send back
 *                     (decide)       |                          |          what it had paid)
 *                                    +------- send again -------+
 *
 *   lstate/<YYYY-MM of the period>/<as in line/>   struct line_view: the bookkeeper's
 *   lmove/<the same>                               struct line_moves: moves that people filed
 *
 * Only AGREED and RETURNED lines may be sent. A line is paid as closed: what a decision gives or
 * takes is a correction in the open period. Its id is its key with '.' for '/', as
 * "ferry.0001.0002.2026-11". Pure.
 */
#ifndef OPERATORS_LINE_STATE_H
#define OPERATORS_LINE_STATE_H

#include "fares/money.h"
#include "fares/product.h"

#define LINE_STATES(X) X(OPEN) X(AGREED) X(DISPUTED) X(SENT) X(PAID) X(RETURNED)
enum line_state {
#define X(name) LINE_##name,
	LINE_STATES(X)
#undef X
	    LINE_STATE_COUNT
};
extern const char *const line_state_names[]; /* NULL-ended */

#define LINE_MOVES(X) X(agree) X(silence) X(dispute) X(decide) X(send) X(pay) X(return)
enum line_move {
#define X(name) LINE_MOVE_##name,
	LINE_MOVES(X)
#undef X
	    LINE_MOVE_COUNT
};
extern const char *const line_move_names[]; /* NULL-ended */

enum {
	LINE_SILENCE_DAYS = 10, /* Bank days after the close. */
	LINE_STEP_COUNT_MAX = 8,
};

/* False: not from there. */
MUSTCHECK bool line_state_move(uint8_t *next, uint8_t state, enum line_move);
/* False: there is no such move. */
MUSTCHECK bool line_move_read(enum line_move *out, const char *name);

struct line_step { /* Who moved it, when, and why. */
	uint8_t state; /* To which. */
	time_ms at;
	char by[BY_SIZE]; /* "operator/ferry", "council", "silence", "bank". */
	char why[FACT_NOTE_SIZE];
};

struct line_view {
	char line_id[LINE_ID_SIZE], operator_id[ID_SIZE];
	day_t period;
	uint8_t state;
	yen amount_yen; /* As closed; below zero: the operator owes. */
	yen correction_yen; /* A decision's; in the line of corrections of another period. */
	uint32_t moves; /* Of those that people filed: what lmove/ had counted then. */
	struct line_step steps[LINE_STEP_COUNT_MAX]; /* The first, and the latest. */
	uint16_t step_count;
};

struct line_moves {
	uint32_t count;
};
extern const struct shape line_view_shape, line_moves_shape;

/* The move, where it may be. False: nothing changed. */
MUSTCHECK bool line_view_move(struct line_view *, enum line_move, time_ms at, const char *by,
			      const char *why);
/* "ferry.0001.0002.2026-11" of "ferry/0001/0002/2026-11", and back. False: too long, or none. */
MUSTCHECK bool line_id_of(char out[LINE_ID_SIZE], struct slice tail);
MUSTCHECK bool line_tail_of(char out[LINE_ID_SIZE], struct slice line_id);

#endif
