/* operators/line_shape.c - a line's state in the store and in answers. Without it nobody could read
 * who agreed, and when.
 */
#include "core/shape.h"
#include "operators/line_state.h"

enum { REQ = SHAPE_REQUIRED };

static const struct shape_field step_fields[] = {
	F_ENUM(struct line_step, state, 1, REQ, line_state_names, "to which state"),
	F_TIME(struct line_step, at, 2, REQ, "when"),
	F_TEXT(struct line_step, by, 3, REQ, 1, "who: operator/<id>, council, silence or bank"),
	F_TEXT(struct line_step, why, 4, 0, 0, "what they said"),
	F_END,
};
static const struct shape step_shape = { "LineStep", sizeof(struct line_step), step_fields };

static const struct shape_field view_fields[] = {
	F_TEXT(struct line_view, line_id, 1, REQ, 1, "its id, for ever the same"),
	F_SUBJECT(struct line_view, operator_id, 2, REQ, "whose"),
	F_MONTH(struct line_view, period, 3, REQ, "the closed month"),
	F_ENUM(struct line_view, state, 4, REQ, line_state_names, "how it stands"),
	F_INT(struct line_view, amount_yen, 5, REQ, -JSON_INT_MAX, JSON_INT_MAX, "as closed"),
	F_INT(struct line_view, correction_yen, 6, REQ, -JSON_INT_MAX, JSON_INT_MAX,
	      "what a decision gave or took, in a later period"),
	F_INT(struct line_view, moves, 7, SHAPE_SECRET, 0, UINT32_MAX, ""),
	F_LIST(struct line_view, steps, 8, 0, &step_shape, step_count, "who moved it"),
	F_END,
};
const struct shape line_view_shape = { "LineState", sizeof(struct line_view), view_fields };

static const struct shape_field moves_fields[] = {
	F_INT(struct line_moves, count, 1, REQ, 0, UINT32_MAX, "filed so far"),
	F_END,
};
const struct shape line_moves_shape = { "LineMoves", sizeof(struct line_moves), moves_fields };
