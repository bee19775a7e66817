/* operators/close_shape.c - the records of a close. Without it a close that was interrupted could
 * not go on.
 */
#include "core/shape.h"
#include "operators/close.h"

enum { REQ = SHAPE_REQUIRED };
#define F_YEN(T, m, t) F_INT(T, m, t, 0, -JSON_INT_MAX, JSON_INT_MAX, "")

static const char *const state_names[] = {
#define X(name) #name,
	CLOSE_STATES(X)
#undef X
	NULL,
};

static const struct shape_field view_fields[] = {
	F_MONTH(struct close_view, period, 1, REQ, ""),
	F_ENUM(struct close_view, state, 2, 0, state_names, ""),
	F_BOOL(struct close_view, counted, 3, 0, ""),
	F_UUID(struct close_view, fact_id, 4, 0, ""),
	F_TIME(struct close_view, at, 5, 0, ""),
	F_INT(struct close_view, lines, 6, 0, 0, JSON_INT_MAX, ""),
	F_INT(struct close_view, lines_done, 7, 0, 0, JSON_INT_MAX, ""),
	F_TEXT(struct close_view, cursor, 8, 0, 0, ""),
	F_INT(struct close_view, second, 9, 0, -1, JSON_INT_MAX, ""),
	F_INT(struct close_view, log_size, 10, 0, 0, JSON_INT_MAX, ""),
	F_BYTES(struct close_view, log_root, 11, 0, ""),
	F_BYTES(struct close_view, lines_digest, 12, 0, ""),
	F_INT(struct close_view, tickets, 13, 0, 0, JSON_INT_MAX, ""),
	F_YEN(struct close_view, operators_yen, 14),
	F_YEN(struct close_view, partners_yen, 15),
	F_YEN(struct close_view, council_yen, 16),
	F_YEN(struct close_view, adjusted_yen, 17),
	F_DATE(struct close_view, silent_on, 18, 0, ""),
	F_TEXT(struct close_view, fault, 19, 0, 0, ""),
	F_BOOL(struct close_view, fixed, 20, 0, ""),
	F_BOOL(struct close_view, tickets_committed, 21, 0, ""),
	F_INT(struct close_view, committed, 22, 0, 0, JSON_INT_MAX, ""),
	F_INT(struct close_view, committed_tickets, 23, 0, 0, JSON_INT_MAX, ""),
	F_TEXT(struct close_view, commit_cursor, 24, 0, 0, ""),
	F_BYTES(struct close_view, commit_chain, 25, SHAPE_SECRET, ""),
	F_BYTES(struct close_view, commit_root, 26, 0, ""),
	F_INT(struct close_view, boundary_min, 27, 0, 0, UINT16_MAX, ""),
	F_INT(struct close_view, offline_grace_h, 28, 0, 0, UINT16_MAX, ""),
	F_INT(struct close_view, late_limit_days, 29, 0, 0, UINT16_MAX, ""),
	F_INT(struct close_view, entities, 30, 0, 0, CLOSE_ENTITIES, ""),
	F_TEXT(struct close_view, first_entity, 31, 0, 0, ""),
	F_TEXT(struct close_view, second_entity, 32, 0, 0, ""),
	F_END,
};
const struct shape close_view_shape = { "Close", sizeof(struct close_view), view_fields };

static const struct shape_field use_fields[] = {
	F_INT(struct close_use, product_number, 1, REQ, 0, UINT16_MAX, ""),
	F_INT(struct close_use, product_version, 2, REQ, 0, UINT16_MAX, ""),
	F_SUBJECT(struct close_use, rule_id, 3, REQ, ""),
	F_INT(struct close_use, rule_version, 4, REQ, 0, UINT16_MAX, ""),
	F_INT(struct close_use, lines, 5, 0, 0, JSON_INT_MAX, ""),
	F_YEN(struct close_use, amount_yen, 6),
	F_END,
};
const struct shape close_use_shape = { "CloseUse", sizeof(struct close_use), use_fields };

static const struct shape_field silence_fields[] = {
	F_TEXT(struct close_silence, cursor, 1, 0, 0, ""),
	F_END,
};
const struct shape close_silence_shape = { "CloseSilence", sizeof(struct close_silence),
					   silence_fields };
