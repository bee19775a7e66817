/* operators/views.c - the shapes of what the bookkeeper keeps. Without them a view could be
 * written and not read again.
 */
#include "operators/views.h"

#include "core/shape.h"

enum { REQ = SHAPE_REQUIRED };
#define F_YEN(T, m, t, what) F_INT(T, m, t, REQ, 0, JSON_INT_MAX, what)
#define F_COUNT(T, m, t, what) F_INT(T, m, t, REQ, 0, JSON_INT_MAX, what)
#define F_SIGNED(T, m, t, what) F_INT(T, m, t, REQ, -JSON_INT_MAX, JSON_INT_MAX, what)

const char *const line_kind_names[] = {
#define X(name) #name,
	LINE_KINDS(X)
#undef X
	NULL,
};

static const struct shape_field leg_fields[] = {
	F_SUBJECT(struct view_leg, operator_id, 1, REQ, "who carried"),
	F_COUNT(struct view_leg, boardings, 2, "uses begun"),
	F_COUNT(struct view_leg, riders, 3, "riders of all boardings"),
	F_YEN(struct view_leg, deemed_fare_yen, 4, "deemed fares of all riders"),
	F_INT(struct view_leg, distance_m, 5, 0, 0, JSON_INT_MAX, "metres of all riders"),
	F_END,
};
static const struct shape leg_shape = { "TicketLeg", sizeof(struct view_leg), leg_fields };

static const struct shape_field ticket_fields[] = {
	F_INT(struct ticket_view, product_number, 1, REQ, 0, UINT16_MAX, "what was sold"),
	F_INT(struct ticket_view, product_version, 2, REQ, 0, UINT16_MAX, "whose terms hold"),
	F_SUBJECT(struct ticket_view, partner_id, 3, REQ, "who sold it"),
	F_INT(struct ticket_view, riders, 4, REQ, 0, UINT8_MAX, "how many it carries"),
	F_YEN(struct ticket_view, price_yen, 5, "paid for all of them"),
	F_TIME(struct ticket_view, over_at, 6, 0, "when it is over, as known so far"),
	F_BOOL(struct ticket_view, earned, 7, 0, "divided among those who carried"),
	F_BOOL(struct ticket_view, refunded, 8, 0, "given back"),
	F_LIST(struct ticket_view, legs, 9, 0, &leg_shape, leg_count, "by operator id"),
	F_INT(struct ticket_view, n, 10, 0, 0, UINT32_MAX, "of the fact that told over_at"),
	F_DATE(struct ticket_view, sold, 11, 0, "by whose rule version it goes"),
	F_MONTH(struct ticket_view, split_period, 12, 0, "of its latest division"),
	F_INT(struct ticket_view, sums.sold_yen, 60, 0, 0, JSON_INT_MAX, "by its postings"),
	F_INT(struct ticket_view, sums.refunded_yen, 61, 0, 0, JSON_INT_MAX, "by its postings"),
	F_INT(struct ticket_view, sums.fees_yen, 62, 0, 0, JSON_INT_MAX, "by its postings"),
	F_INT(struct ticket_view, sums.earned_yen, 63, 0, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_BOOL(struct ticket_view, at_fault, 64, 0, "they do not add up"),
	F_BYTES(struct ticket_view, secret, 70, SHAPE_SECRET, ""),
	F_END,
};
const struct shape ticket_view_shape = { "TicketView", sizeof(struct ticket_view), ticket_fields };

static const struct shape_field balance_fields[] = {
	F_TEXT(struct balance, account, 1, REQ, 1, "the account"),
	F_YEN(struct balance, debit_yen, 2, "all debits"),
	F_YEN(struct balance, credit_yen, 3, "all credits"),
	F_COUNT(struct balance, postings, 4, "how many"),
	F_END,
};
const struct shape balance_shape = { "Balance", sizeof(struct balance), balance_fields };

static const struct shape_field line_fields[] = {
	F_SUBJECT(struct line, operator_id, 1, REQ, "whose"),
	F_INT(struct line, product_number, 2, REQ, 0, UINT16_MAX, "the product"),
	F_INT(struct line, product_version, 3, REQ, 0, UINT16_MAX, "its version"),
	F_SUBJECT(struct line, rule_id, 4, 0, "the sharing rule"),
	F_INT(struct line, rule_version, 5, REQ, 0, UINT16_MAX, "its version"),
	F_MONTH(struct line, period, 6, REQ, "the period in which it is paid"),
	F_MONTH(struct line, rides, 7, REQ, "the month in which the tickets were over"),
	F_SIGNED(struct line, amount_yen, 8, "what it earned, or is owed"),
	F_SIGNED(struct line, tickets, 9, "tickets that it carried"),
	F_SIGNED(struct line, boardings, 10, "their boardings here"),
	F_SIGNED(struct line, riders, 11, "riders of these"),
	F_SIGNED(struct line, deemed_fare_yen, 12, "their deemed fares"),
	F_ENUM(struct line, kind, 40, 0, line_kind_names, "what it is for"),
	F_ENUM(struct line, tax_class, 105, 0, tax_class_names, "consumption tax within it"),
	F_SIGNED(struct line, gross_yen, 106, "before commission and fee"),
	F_SIGNED(struct line, commission_yen, 107, "its part of the partners'"),
	F_SIGNED(struct line, fee_yen, 108, "its part of the council's"),
	F_END,
};
const struct shape line_shape = { "Line", sizeof(struct line), line_fields };

static const struct shape_field commission_fields[] = {
	F_SUBJECT(struct commission_view, operator_id, 1, REQ, "of whose revenue"),
	F_SUBJECT(struct commission_view, partner_id, 2, REQ, "with whom it stayed"),
	F_MONTH(struct commission_view, period, 3, REQ, "the month"),
	F_SIGNED(struct commission_view, commission_yen, 4, "payment fees within"),
	F_END,
};
const struct shape commission_view_shape = { "CommissionView", sizeof(struct commission_view),
					     commission_fields };

static const struct shape_field partner_month_fields[] = {
	F_SUBJECT(struct partner_month, partner_id, 1, REQ, "whose"),
	F_MONTH(struct partner_month, period, 2, REQ, "the month"),
	F_SIGNED(struct partner_month, tickets, 3, "sold"),
	F_SIGNED(struct partner_month, refunds, 4, "taken back"),
	F_SIGNED(struct partner_month, sold_yen, 5, "their prices"),
	F_SIGNED(struct partner_month, refunded_yen, 6, "given back"),
	F_SIGNED(struct partner_month, remitted_yen, 7, "paid in"),
	F_SIGNED(struct partner_month, fees_kept_yen, 8, "fees of refunds that it keeps"),
	F_SIGNED(struct partner_month, commission_yen, 9, "commission earned"),
	F_SIGNED(struct partner_month, payment_fee_yen, 10, "payment fees earned"),
	F_SIGNED(struct partner_month, unused_yen, 11, "unused tickets, where the rule says so"),
	F_SIGNED(struct partner_month, paid_out_yen, 12, "paid out of what it earned"),
	F_SIGNED(struct partner_month, taken_off_yen, 13, "of what it owed, taken off payouts"),
	F_SIGNED(struct partner_month, other_yen, 14, "anything else to its credit"),
	F_END,
};
const struct shape partner_month_shape = { "PartnerMonth", sizeof(struct partner_month),
					   partner_month_fields };

static const struct shape_field tally_fields[] = {
	F_COUNT(struct tally, scans, 1, "how many"),
	F_COUNT(struct tally, riders, 2, "and of how many riders"),
	F_END,
};
const struct shape tally_shape = { "Tally", sizeof(struct tally), tally_fields };

static const struct shape_field sales_fields[] = {
	F_COUNT(struct sales_tally, tickets, 1, "sold"),
	F_COUNT(struct sales_tally, riders, 2, "whom they carry"),
	F_YEN(struct sales_tally, sold_yen, 3, "their prices"),
	F_COUNT(struct sales_tally, refunds, 4, "tickets taken back"),
	F_YEN(struct sales_tally, refunded_yen, 5, "given back"),
	F_YEN(struct sales_tally, fees_yen, 6, "kept of them"),
	F_END,
};
const struct shape sales_tally_shape = { "SalesTally", sizeof(struct sales_tally), sales_fields };

static const struct shape_field op_fields[] = {
	F_SUBJECT(struct op_view, operator_id, 1, REQ, "who"),
	F_SET(struct op_view, modes, 2, 0, fares_mode_names, "what it operates"),
	F_SET(struct op_view, prefectures, 3, 0, prefecture_names, "where"),
	F_TEXT(struct op_view, corporate_number, 4, 0, 0, "法人番号"),
	F_TEXT(struct op_view, bureau, 5, 0, 0, "of a public body"),
	F_BOOL(struct op_view, in_scope, 6, 0, "of the plan"),
	F_DATE(struct op_view, joined, 7, 0, "agreement in force from"),
	F_DATE(struct op_view, left, 8, 0, "until before"),
	F_DATE(struct op_view, last_admitted, 9, 0, "service day of its last accepted scan"),
	F_INT(struct op_view, version, 10, 0, 0, UINT32_MAX, "of the operator's record"),
	F_DATE(struct op_view, run_off, 11, 0, "carries what was sold until"),
	F_BYTES(struct op_view, secret, 12, SHAPE_SECRET, ""),
	F_END,
};
const struct shape op_view_shape = { "OperatorView", sizeof(struct op_view), op_fields };

static const struct shape_field period_fields[] = {
	F_MONTH(struct period_view, period, 1, REQ, "the month"),
	F_TIME(struct period_view, closed_at, 2, 0, "when it was closed"),
	F_SIGNED(struct period_view, operators_yen, 3, "earned by operators"),
	F_SIGNED(struct period_view, partners_yen, 4, "by partners"),
	F_SIGNED(struct period_view, council_yen, 5, "by the council"),
	F_COUNT(struct period_view, tickets, 6, "tickets earned"),
	F_INT(struct period_view, adjusted_yen, 40, 0, -JSON_INT_MAX, JSON_INT_MAX,
	      "claims, corrections and losses"),
	F_END,
};
const struct shape period_view_shape = { "PeriodView", sizeof(struct period_view), period_fields };

static const struct shape_field statement_fields[] = {
	F_SUBJECT(struct statement_view, operator_id, 1, REQ, "whose"),
	F_MONTH(struct statement_view, period, 2, REQ, "the month"),
	F_SIGNED(struct statement_view, amount_yen, 3, "what it earned, or is owed"),
	F_SIGNED(struct statement_view, tickets, 4, "tickets that it carried"),
	F_SIGNED(struct statement_view, boardings, 5, "their boardings"),
	F_END,
};
const struct shape statement_view_shape = { "StatementSum", sizeof(struct statement_view),
					    statement_fields };

enum { SECRET = SHAPE_SECRET };
static const struct shape_field scan_fields[] = {
	F_UUID(struct scan_view, scan_id, 1, 0, "the gate's name for it"),
	F_TIME(struct scan_view, at, 2, REQ, "by the gate's clock"),
	F_SUBJECT(struct scan_view, gate_id, 3, REQ, "where"),
	F_ENUM(struct scan_view, mode, 4, REQ, fares_mode_names, "by what"),
	F_TEXT(struct scan_view, kind, 5, REQ, 0, "what the rider did"),
	F_TEXT(struct scan_view, verdict, 6, REQ, 0, "ADMITTED, or why not"),
	F_INT(struct scan_view, riders, 7, REQ, 0, UINT8_MAX, "how many"),
	F_UUID(struct scan_view, ticket_id, 8, 0, "where the code was a ticket of ours"),
	F_TEXT(struct scan_view, stop, 9, 0, 0, "where the gate was"),
	F_SUBJECT(struct scan_view, service, 10, 0, "the sailing or flight"),
	F_BOOL(struct scan_view, offline, 11, 0, "told after it happened"),
	F_TEXT(struct scan_view, gate_verdict, 12, 0, 0, "offline: what the gate said"),
	F_INT(struct scan_view, bundle, 13, 0, 0, JSON_INT_MAX, "offline: by which bundle"),
	F_TIME(struct scan_view, uploaded_at, 14, 0, "offline: when it was told"),
	F_BOOL(struct scan_view, contested, 15, REQ, "carried against the rules"),
	F_TEXT(struct scan_view, bearer, 16, 0, 0, "contested: operator or council bears it"),
	F_INT(struct scan_view, borne_yen, 17, REQ, 0, JSON_INT_MAX, "contested: how much"),
	F_TEXT(struct scan_view, contest_why, 18, 0, 0, "contested: a stable name"),
	F_INT(struct scan_view, n, 19, SECRET, 0, UINT32_MAX, ""),
	F_BOOL(struct scan_view, rode, 20, SECRET, ""),
	F_BOOL(struct scan_view, boarding, 21, SECRET, ""),
	F_INT(struct scan_view, deemed_fare_yen, 22, SECRET, 0, JSON_INT_MAX, ""),
	F_INT(struct scan_view, posted_yen, 23, SECRET, 0, JSON_INT_MAX, ""),
	F_SUBJECT(struct scan_view, through_operator_id, 24, SECRET, ""),
	F_INT(struct scan_view, through_fare_yen, 25, SECRET, 0, JSON_INT_MAX, ""),
	F_INT(struct scan_view, distance_m, 26, SECRET, 0, JSON_INT_MAX, ""),
	F_INT(struct scan_view, through_distance_m, 27, SECRET, 0, JSON_INT_MAX, ""),
	F_BOOL(struct scan_view, unpaid, 28, 0, "told too late after its month was closed"),
	F_END,
};
const struct shape scan_view_shape = { "ScanRecord", sizeof(struct scan_view), scan_fields };

static const struct shape_field state_fields[] = {
	F_MONTH(struct book_state, open_period, 1, 0, "the earliest month that is not closed"),
	F_DATE(struct book_state, closed_day, 2, 0, "every service day up to it is closed"),
	F_END,
};
const struct shape book_state_shape = { "BookState", sizeof(struct book_state), state_fields };

static const struct shape_field gate_tally_fields[] = {
	F_SUBJECT(struct gate_tally, gate_id, 1, REQ, "where"),
	F_COUNT(struct gate_tally, boardings, 2, "uses begun"),
	F_COUNT(struct gate_tally, riders, 3, "and their riders"),
	F_END,
};
const struct shape gate_tally_shape = { "GateTally", sizeof(struct gate_tally), gate_tally_fields };

static const struct shape_field ref_fields[] = {
	F_TEXT(struct posting_ref, key, 1, REQ, 1, "where the posting is"),
	F_END,
};
const struct shape posting_ref_shape = { "PostingRef", sizeof(struct posting_ref), ref_fields };
