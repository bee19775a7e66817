/* operators/views.h - what the bookkeeper keeps: records folded from the log and from nothing else.
 *
 *   tview/<uuid>                           struct ticket_view
 *   due/<day, 6 digits>/<uuid>             empty: look at this ticket when that day is closed
 *   bal/<account>                          struct balance
 *   post/<second>/<fact id hex>/<k>        struct posting (fares/ledger.h); where a fact earns many
 *                                          tickets, <fact id hex>-<uuid>
 *   line/<YYYY-MM>/<operator_id>/<number 4 hex>/<version 4 hex>/<YYYY-MM of the rides>
 *                                          struct line
 *   usage/<YYYY-MM-DD>/<mode>/<verdict>    struct tally: scans of that service day
 *   sales/<YYYY-MM-DD>/<number 4 hex>      struct sales_tally
 *   opview/<operator_id>                   struct op_view
 *   period/<YYYY-MM>                       struct period_view
 *   stmt/<operator_id>/<YYYY-MM>           struct statement_view: the sum of its lines
 *   oscan/<operator_id>/<at, 13 digits>/<fact id hex>   struct scan_view: every scan at its gates
 *   ocont/<operator_id>/<at, 13 digits>/<fact id hex>   struct scan_view: those that are contested
 *   bookk/state                            struct book_state
 *
 * Facts of one second are folded in the order of their commands' names, not in that of their
 * ticket: a ride may come before the sale. What must not depend on it goes by the fact's own n.
 * Pure.
 */
#ifndef OPERATORS_VIEWS_H
#define OPERATORS_VIEWS_H

#include "fares/ledger.h"
#include "operators/registry.h"
#include "operators/scan.h"

enum { VIEW_LEG_COUNT_MAX = SHARING_WEIGHT_COUNT_MAX };

struct view_leg { /* One operator's part of one ticket. Kept in the order of operator ids. */
	char operator_id[ID_SIZE];
	uint64_t boardings, riders, deemed_fare_yen;
};

struct ticket_view {
	uint16_t product_number, product_version;
	char partner_id[ID_SIZE];
	uint8_t riders;
	yen price_yen;
	time_ms over_at; /* As known so far: as the fact with the highest n says. */
	uint32_t n;
	bool earned, refunded;
	struct view_leg legs[VIEW_LEG_COUNT_MAX];
	uint16_t leg_count;
};

struct balance {
	char account[ACCOUNT_SIZE];
	yen debit_yen, credit_yen;
	uint64_t postings;
};

struct line { /* A statement's line. */
	char operator_id[ID_SIZE];
	uint16_t product_number, product_version;
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	day_t period, rides;
	yen amount_yen;
	uint64_t tickets, boardings, riders, deemed_fare_yen;
};

struct tally {
	uint64_t scans, riders;
};

struct sales_tally {
	uint64_t tickets, riders;
	yen sold_yen;
	uint64_t refunds;
	yen refunded_yen, fees_yen;
};

struct op_view {
	char operator_id[ID_SIZE];
	uint32_t modes, prefectures;
	char corporate_number[CORPORATE_NUMBER_SIZE], bureau[NAME_SIZE];
	bool in_scope;
	day_t joined, left, last_admitted; /* The service day of its last accepted scan. */
	uint32_t version; /* The operator record's, as the fact's n says; 0: not said. */
};

struct period_view { /* A month's totals: they grow until closed_at is set, and never after. */
	day_t period;
	time_ms closed_at;
	yen operators_yen, partners_yen, council_yen; /* Earned in it. */
	uint64_t tickets;
};

struct statement_view { /* What one operator earned in one period. */
	char operator_id[ID_SIZE];
	day_t period;
	yen amount_yen;
	uint64_t tickets, boardings;
};

struct scan_view {
	struct id128 scan_id, ticket_id;
	time_ms at; /* By the gate's clock. */
	char gate_id[ID_SIZE];
	uint8_t mode;
	char kind[12], verdict[24];
	uint8_t riders;
	char stop[STOP_ID_SIZE], service[ID_SIZE];
	bool offline;
	char gate_verdict[24];
	int64_t bundle;
	time_ms uploaded_at;
	bool contested;
	char bearer[9];
	yen borne_yen;
	char contest_why[24];
	/* What the books did for it: its leg, and what the council was made to bear. */
	uint32_t n; /* Of the fact that they go by. */
	bool rode, boarding;
	yen deemed_fare_yen, posted_yen;
	char through_operator_id[ID_SIZE];
	yen through_fare_yen;
};

struct book_state {
	day_t open_period; /* The earliest month that is not closed; 0: none closed yet. */
	day_t closed_day;  /* Every service day up to it is closed. */
};

extern const struct shape ticket_view_shape, balance_shape, line_shape, tally_shape,
	sales_tally_shape, op_view_shape, period_view_shape, statement_view_shape, scan_view_shape,
	book_state_shape;

#endif
