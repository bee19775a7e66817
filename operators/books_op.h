/* operators/books_op.h - the books over HTTP: settlements, statements, ledger, usage,
 * participation; and the close of a day.
 *
 *   day/last               struct day_last: every service day up to it is closed
 *   settle/<YYYY-MM>       struct settle: this month was closed, and when
 *   settle/last            struct settle: the latest month that was
 *   target/<YYYY-MM-DD>    struct target: the plan's number of operators by that day
 *
 * Answers read several pages while the bookkeeper goes on writing. What must add up and does not,
 * since it moved meanwhile, is 503 BOOKS_MOVING; a closed period moves no more. What would be more
 * than some thousand lines is 503 TOO_MUCH_TO_READ.
 */
#ifndef OPERATORS_BOOKS_OP_H
#define OPERATORS_BOOKS_OP_H

#include "core/http.h"
#include "core/listing.h"
#include "fares/fact.h"
#include "operators/close.h"
#include "operators/operators_api.h"
#include "operators/participation.h"

enum {
	SETTLEMENT_OPERATOR_COUNT_MAX = 1024,
	BALANCE_COUNT_MAX = 4096,
	USAGE_DAYS_MAX = 62,
	USAGE_SCAN_COUNT_MAX = 256, /* Modes times verdicts. */
	USAGE_SALES_COUNT_MAX = 640,
	TARGET_COUNT_MAX = 64,
};

/* ---- Records. ---- */

struct day_last {
	day_t day;
	time_ms closed_at;
};

struct settle {
	day_t period;
	time_ms closed_at;
};

struct target {
	day_t by;
	uint32_t operators;
};
extern const struct shape day_last_shape, settle_shape, target_shape;

/* ---- Bodies and answers. ---- */

/* CLOSING: the books have not got to it yet, or are at it. FAILED: the identity does not hold, and
 * the month is open still; order its close again once it does. */
enum settlement_state {
	SETTLEMENT_OPEN,
	SETTLEMENT_CLOSING,
	SETTLEMENT_CLOSED,
	SETTLEMENT_FAILED,
};

struct settlement_order {
	day_t period;
};

struct settlement_begun {
	day_t period;
	uint8_t state;
};

struct settlement_line { /* One operator's. */
	char operator_id[ID_SIZE];
	yen amount_yen;
	int64_t tickets, boardings;
};

struct settlement {
	day_t period;
	uint8_t state;
	time_ms closed_at;
	char fault[CLOSE_FAULT_SIZE]; /* FAILED: what is not true. */
	uint64_t done, of; /* CLOSING: lines that are fixed, of all; 0 of 0: not known yet. */
	uint64_t committed; /* CLOSING: then the divisions behind them, one by one. */
	uint64_t tickets;
	yen earned_yen, operators_yen, partners_yen, council_yen, adjusted_yen;
	struct settlement_line lines[SETTLEMENT_OPERATOR_COUNT_MAX];
	uint16_t line_count;
};

struct balances {
	struct balance accounts[BALANCE_COUNT_MAX];
	uint16_t account_count;
	yen total_debit_yen, total_credit_yen;
};

struct usage_scans {
	uint8_t mode;
	char verdict[24];
	struct tally tally;
};

struct usage_sales {
	uint16_t product_number;
	char product_id[ID_SIZE];
	struct sales_tally tally;
};

struct usage {
	day_t from, until;
	struct usage_scans scans[USAGE_SCAN_COUNT_MAX];
	uint16_t scan_count;
	struct usage_sales sales[USAGE_SALES_COUNT_MAX];
	uint16_t sales_count;
};

struct mode_participants {
	uint8_t mode;
	uint32_t participants;
};

struct prefecture_participants {
	char prefecture[3];
	uint32_t participants;
};

struct target_shown {
	struct target target;
	bool reached;
};

struct participation_answer {
	day_t date;
	struct participation counts;
	struct mode_participants by_mode[MODE_COUNT];
	uint16_t mode_count;
	struct prefecture_participants by_prefecture[PREFECTURE_COUNT];
	uint16_t prefecture_count;
	struct target_shown targets[TARGET_COUNT_MAX];
	uint16_t target_count;
};

extern const struct shape settlement_order_shape, settlement_begun_shape, settlement_shape,
	balances_shape, usage_answer_shape, participation_answer_shape;

/* ---- What several of them need. ---- */

MUSTCHECK bool books_no_query(struct call *);
/* The path's n-th parameter, YYYY-MM. False: refused 404 PERIOD_UNKNOWN. */
MUSTCHECK bool books_param_period(struct call *, day_t *out, size_t n);
const char *books_period_key(struct call *, const char *kind, day_t period); /* "period/2026-11" */
/* Gives each record of [from, until) to `each`, or NULL: only fetches them. False: not all are
 * there. */
bool books_walk(struct call *, const char *from, const char *until,
			  void (*each)(void *to, const struct record *), void *to);
/* Out: the state and the totals, zero where there are none. False: not fetched yet. */
MUSTCHECK bool books_load_period(struct call *, uint8_t *state, struct period_view *, day_t period);
bool books_refuse_moving(struct call *);   /* 503 BOOKS_MOVING */
bool books_refuse_too_much(struct call *); /* 503 TOO_MUCH_TO_READ */
/* A product's id by its number. Asked for in keys, read in decide. */
void books_want_product(struct call *, uint16_t number);
void books_product_id(struct call *, char out[ID_SIZE], uint16_t number);

/* ---- Routes. ---- */

extern const struct flow_op settlement_close_op, settlement_get_op, ledger_balances_op,
	ledger_postings_op, usage_op, participation_op, target_put_op;

#define BOOKS_EVERYONE                                                                             \
	(ROLES(council) | ROLES(partner) | ROLES(operator) | ROLES(gate) | ROLES(auditor) |        \
	 ROLES(funder))
#define BOOKS_READERS (ROLES(council) | ROLES(auditor))
#define BOOKS_STATEMENT (BOOKS_READERS | ROLES(operator))

/* For the table of operators/operators_api.c. */
#define BOOKS_ROUTES                                                                               \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/settlements", .roles = ROLES(council),           \
		.naming = FLOW_BY_KEY, .op = &settlement_close_op,                                 \
		.body = &settlement_order_shape, .answer = &settlement_begun_shape, .status = 202, \
		.summary = "Close a month: what it earned is fixed and can be paid",               \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/settlements/{period}", .roles = BOOKS_READERS,    \
		.naming = FLOW_QUESTION, .op = &settlement_get_op, .answer = &settlement_shape,    \
		.status = 200, .summary = "What a month earned, and whom",                         \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/ledger/balances", .roles = BOOKS_READERS,         \
		.naming = FLOW_QUESTION, .op = &ledger_balances_op, .answer = &balances_shape,     \
		.status = 200, .summary = "All accounts; debits and credits are equal",            \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/ledger/postings", .roles = BOOKS_READERS,         \
		.naming = FLOW_QUESTION, .op = &ledger_postings_op, .answer = &posting_shape,      \
		.answer_list = true, .status = 200, .query = LISTING_QUERY,                        \
		.summary = "All postings, in the order of the log",                                \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/usage", .roles = BOOKS_READERS,                   \
		.naming = FLOW_QUESTION, .op = &usage_op, .answer = &usage_answer_shape,           \
		.status = 200, .query = "from until",                                              \
		.summary = "Scans and sales of up to 62 service days, the last one excluded",      \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/participation", .roles = BOOKS_EVERYONE,          \
		.naming = FLOW_QUESTION, .op = &participation_op,                                  \
		.answer = &participation_answer_shape, .status = 200, .query = "date",             \
		.summary = "Operators that take part, against the plan",                           \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/targets", .roles = ROLES(council),               \
		.naming = FLOW_BY_KEY, .op = &target_put_op, .body = &target_shape,                \
		.answer = &target_shape, .status = 201,                                            \
		.summary = "Set how many operators the plan wants by a day",                       \
	}

#endif
