/* operators/line_state.c - without it a line in dispute could be paid, and a paid one disputed.
 * Pure.
 */
#include "operators/line_state.h"

const char *const line_state_names[] = {
#define X(name) #name,
	LINE_STATES(X)
#undef X
	NULL,
};

const char *const line_move_names[] = {
#define X(name) #name,
	LINE_MOVES(X)
#undef X
	NULL,
};

enum { NOWHERE = LINE_STATE_COUNT };

/* By state, then by move: agree, silence, dispute, decide, send, pay, return. */
static const uint8_t moves[LINE_STATE_COUNT][LINE_MOVE_COUNT] = {
	[LINE_OPEN] = { LINE_AGREED, LINE_AGREED, LINE_DISPUTED, NOWHERE, NOWHERE, NOWHERE,
			NOWHERE },
	[LINE_AGREED] = { NOWHERE, NOWHERE, NOWHERE, NOWHERE, LINE_SENT, NOWHERE, NOWHERE },
	[LINE_DISPUTED] = { NOWHERE, NOWHERE, NOWHERE, LINE_AGREED, NOWHERE, NOWHERE, NOWHERE },
	[LINE_SENT] = { NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, LINE_PAID, LINE_RETURNED },
	[LINE_PAID] = { NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE, LINE_RETURNED },
	[LINE_RETURNED] = { NOWHERE, NOWHERE, NOWHERE, NOWHERE, LINE_SENT, NOWHERE, NOWHERE },
};

bool line_state_move(uint8_t *next, uint8_t state, enum line_move move)
{
	MUST(state < LINE_STATE_COUNT && move < LINE_MOVE_COUNT);
	if (moves[state][move] == NOWHERE)
		return false;
	*next = moves[state][move];
	return true;
}

bool line_move_read(enum line_move *out, const char *name)
{
	for (size_t i = 0; line_move_names[i] != NULL; i++)
		if (text_equal(line_move_names[i], name)) {
			*out = (enum line_move)i;
			return true;
		}
	return false;
}

/* Of many steps the first stays, and the oldest after it goes. */
static struct line_step *add_step(struct line_view *view)
{
	if (view->step_count < LINE_STEP_COUNT_MAX)
		return &view->steps[view->step_count++];
	for (size_t i = 1; i + 1 < LINE_STEP_COUNT_MAX; i++)
		view->steps[i] = view->steps[i + 1];
	return &view->steps[LINE_STEP_COUNT_MAX - 1];
}

bool line_view_move(struct line_view *view, enum line_move move, time_ms at, const char *by,
		    const char *why)
{
	struct line_step *step;

	if (!line_state_move(&view->state, view->state, move))
		return false;
	step = add_step(view);
	*step = (struct line_step){ .state = view->state, .at = at };
	MUST(text_set(step->by, sizeof(step->by), slice_text(by)));
	MUST(text_set(step->why, sizeof(step->why), slice_text(why)));
	return true;
}

static bool swap_marks(char out[LINE_ID_SIZE], struct slice from, uint8_t mark, uint8_t other)
{
	bool found = false;

	if (from.size >= LINE_ID_SIZE)
		return false;
	mem_zero(out, LINE_ID_SIZE);
	for (size_t i = 0; i < from.size; i++) {
		uint8_t c = from.data[i];

		if (c == other || c == 0)
			return false;
		found = found || c == mark;
		out[i] = (char)(c == mark ? other : c);
	}
	return found;
}

bool line_id_of(char out[LINE_ID_SIZE], struct slice tail)
{
	return swap_marks(out, tail, '/', '.');
}

bool line_tail_of(char out[LINE_ID_SIZE], struct slice line_id)
{
	for (size_t i = 0; i < line_id.size; i++) {
		uint8_t c = line_id.data[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.')
			return false;
	}
	return swap_marks(out, line_id, '.', '/');
}
