/* operators/books_shape.c - the books' records and answers, told once. Without it answers would
 * leak how they are kept.
 */
#include "operators/books_op.h"

enum { REQ = SHAPE_REQUIRED };
#define F_YEN(T, m, what) F_INT(T, m, 0, REQ, 0, JSON_INT_MAX, what)
/* The most that a count's member holds. */
#define MOST(m) (sizeof(m) == 8 ? JSON_INT_MAX : ((int64_t)1 << 8 * (sizeof(m) & 7)) - 1)
#define F_SIGNED(T, m, what) F_INT(T, m, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX, what)
#define F_COUNT(T, m, what) F_INT(T, m, 0, REQ, 0, MOST(((T *)0)->m), what)
/* A member within a member, shown as if it stood outside. */
#define F_INNER(T, inner, m, type_, flags_, least, most, what)                                     \
	{                                                                                          \
		.name = #m, .offset = offsetof(T, inner.m), .size = sizeof(((T *)0)->inner.m),     \
		.type = type_, .flags = flags_, .min = least, .max = most, .doc = what,            \
	}
#define F_INNER_COUNT(T, inner, m, what)                                                           \
	F_INNER(T, inner, m, SHAPE_INT, REQ, 0, MOST(((T *)0)->inner.m), what)

static const char *const state_names[] = { "OPEN", "CLOSING", "CLOSED", "FAILED", NULL };

static const struct shape_field day_fields[] = {
	F_DATE(struct day_last, day, 1, REQ, "every service day up to it is closed"),
	F_TIME(struct day_last, closed_at, 2, REQ, "since when"),
	F_END,
};
const struct shape day_last_shape = { "ClosedDay", sizeof(struct day_last), day_fields };

static const struct shape_field settle_fields[] = {
	F_MONTH(struct settle, period, 1, REQ, "the month"),
	F_TIME(struct settle, closed_at, 2, REQ, "when"),
	F_END,
};
const struct shape settle_shape = { "Settle", sizeof(struct settle), settle_fields };

static const struct shape_field target_fields[] = {
	F_DATE(struct target, by, 1, REQ, "by the end of this day"),
	F_INT(struct target, operators, 2, REQ, 1, 100000, "so many operators take part"),
	F_END,
};
const struct shape target_shape = { "Target", sizeof(struct target), target_fields };

static const struct shape_field order_fields[] = {
	F_MONTH(struct settlement_order, period, 0, REQ, "the month to be closed"),
	F_END,
};
const struct shape settlement_order_shape = { "SettlementOrder", sizeof(struct settlement_order),
					      order_fields };

static const struct shape_field begun_fields[] = {
	F_MONTH(struct settlement_begun, period, 0, REQ, "the month"),
	F_ENUM(struct settlement_begun, state, 0, REQ, state_names,
	       "until the books have got to it"),
	F_END,
};
const struct shape settlement_begun_shape = { "SettlementBegun", sizeof(struct settlement_begun),
					      begun_fields };

static const struct shape_field share_fields[] = {
	F_SUBJECT(struct settlement_line, operator_id, 0, REQ, "who"),
	F_SIGNED(struct settlement_line, amount_yen, "what it earned"),
	F_SIGNED(struct settlement_line, tickets, "tickets that it carried"),
	F_SIGNED(struct settlement_line, boardings, "their boardings"),
	F_END,
};
static const struct shape share_shape = { "SettlementLine", sizeof(struct settlement_line),
					  share_fields };

static const struct shape_field settlement_fields[] = {
	F_MONTH(struct settlement, period, 0, REQ, "the month"),
	F_ENUM(struct settlement, state, 0, REQ, state_names, "CLOSED: it never changes again"),
	F_TIME(struct settlement, closed_at, 0, 0, "when it was closed"),
	F_TEXT(struct settlement, fault, 0, 0, 0, "FAILED: what does not add up"),
	F_COUNT(struct settlement, done, "CLOSING: lines that are fixed"),
	F_COUNT(struct settlement, of, "CLOSING: of so many; 0: not known yet"),
	F_COUNT(struct settlement, committed, "CLOSING: and then of their tickets' divisions"),
	F_COUNT(struct settlement, tickets, "tickets earned"),
	F_SIGNED(struct settlement, earned_yen, "operators, partners and council together"),
	F_SIGNED(struct settlement, operators_yen, "the sum of the lines, without adjusted_yen"),
	F_SIGNED(struct settlement, partners_yen,
	      "commission, and unused tickets where the rule says so"),
	F_SIGNED(struct settlement, council_yen, "fees, and unused tickets where the rule says so"),
	F_SIGNED(struct settlement, adjusted_yen, "claims, corrections and losses in the lines"),
	F_LIST(struct settlement, lines, 0, REQ, &share_shape, line_count, "one an operator"),
	F_END,
};
const struct shape settlement_shape = { "Settlement", sizeof(struct settlement),
					settlement_fields };

static const struct shape_field balances_fields[] = {
	F_LIST(struct balances, accounts, 0, REQ, &balance_shape, account_count, "all of them"),
	F_YEN(struct balances, total_debit_yen, "equal to the other"),
	F_YEN(struct balances, total_credit_yen, "equal to the other"),
	F_END,
};
const struct shape balances_shape = { "Balances", sizeof(struct balances), balances_fields };

static const struct shape_field scans_fields[] = {
	F_ENUM(struct usage_scans, mode, 0, REQ, fares_mode_names, "the gate's mode"),
	F_TEXT(struct usage_scans, verdict, 0, REQ, 1, "what it was answered"),
	F_INNER_COUNT(struct usage_scans, tally, scans, "how many"),
	F_INNER_COUNT(struct usage_scans, tally, riders, "and of how many riders"),
	F_END,
};
static const struct shape scans_shape = { "UsageScans", sizeof(struct usage_scans), scans_fields };

#define F_SALES(m, what) F_INNER_COUNT(struct usage_sales, tally, m, what)
static const struct shape_field sales_fields[] = {
	F_INT(struct usage_sales, product_number, 0, REQ, 0, UINT16_MAX, "as its tickets carry it"),
	F_SUBJECT(struct usage_sales, product_id, 0, REQ, "the product"),
	F_SALES(tickets, "sold"),
	F_SALES(riders, "whom they carry"),
	F_SALES(sold_yen, "their prices"),
	F_SALES(refunds, "tickets taken back"),
	F_SALES(refunded_yen, "given back"),
	F_SALES(fees_yen, "kept of them"),
	F_END,
};
static const struct shape sales_shape = { "UsageSales", sizeof(struct usage_sales), sales_fields };

static const struct shape_field usage_fields[] = {
	F_DATE(struct usage, from, 0, REQ, "the first service day"),
	F_DATE(struct usage, until, 0, REQ, "the day after the last"),
	F_LIST(struct usage, scans, 0, REQ, &scans_shape, scan_count, "by mode and verdict"),
	F_LIST(struct usage, sales, 0, REQ, &sales_shape, sales_count, "by product"),
	F_END,
};
const struct shape usage_answer_shape = { "Usage", sizeof(struct usage), usage_fields };

static const struct shape_field mode_fields[] = {
	F_ENUM(struct mode_participants, mode, 0, REQ, fares_mode_names,
	       "one of an operator's modes"),
	F_INT(struct mode_participants, participants, 0, REQ, 0, UINT32_MAX, "who have it"),
	F_END,
};
static const struct shape mode_shape = { "ParticipationByMode", sizeof(struct mode_participants),
					 mode_fields };

static const struct shape_field prefecture_fields[] = {
	F_TEXT(struct prefecture_participants, prefecture, 0, REQ, 2, "JIS X 0401"),
	F_INT(struct prefecture_participants, participants, 0, REQ, 0, UINT32_MAX,
	      "who run there"),
	F_END,
};
static const struct shape prefecture_shape = { "ParticipationByPrefecture",
					       sizeof(struct prefecture_participants),
					       prefecture_fields };

static const struct shape_field shown_fields[] = {
	F_INNER(struct target_shown, target, by, SHAPE_DATE, REQ, 0, 0, "by the end of this day"),
	F_INNER(struct target_shown, target, operators, SHAPE_INT, REQ, 0, 100000,
		"so many operators take part"),
	F_BOOL(struct target_shown, reached, 0, REQ, "whether they do on the date asked for"),
	F_END,
};
static const struct shape shown_shape = { "ParticipationTarget", sizeof(struct target_shown),
					  shown_fields };

#define F_HEADS(m, what) \
	F_INNER(struct participation_answer, counts, m, SHAPE_INT, REQ, 0, UINT32_MAX, what)
static const struct shape_field participation_fields[] = {
	F_DATE(struct participation_answer, date, 0, REQ, "the day that is counted"),
	F_HEADS(participants, "operators in the plan's scope with an agreement in force"),
	F_HEADS(legal_entities, "their legal entities"),
	F_HEADS(unverified, "participants whose legal entity's number is not known"),
	F_HEADS(in_scope_total, "operators in the plan's scope, members or not"),
	F_HEADS(share_bp, "participants of these, in basis points, rounded down"),
	F_HEADS(active_30_days,
		"participants whose last accepted scan is not older than 30 days before the date"),
	F_LIST(struct participation_answer, by_mode, 0, REQ, &mode_shape, mode_count,
	       "an operator counts in each of its modes"),
	F_LIST(struct participation_answer, by_prefecture, 0, REQ, &prefecture_shape,
	       prefecture_count, "and in each of its prefectures"),
	F_LIST(struct participation_answer, targets, 0, REQ, &shown_shape, target_count,
	       "the plan's"),
	F_END,
};
const struct shape participation_answer_shape = {
	"Participation", sizeof(struct participation_answer), participation_fields
};
