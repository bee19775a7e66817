/* operators/views.h - what the bookkeeper keeps: records folded from the log and from nothing else.
 *
 *   tview/<uuid>                           struct ticket_view
 *   due/<day, 6 digits>/<uuid>             empty: look at this ticket when that day is closed
 *   bal/<account>                          struct balance
 *   post/<month>/<second>/<fact id hex>/<k>  struct posting (fares/ledger.h); where a fact earns
 *                                          many tickets, <fact id hex>-<uuid>; <month> is of its
 *                                          period, counted from January 1970, 4 digits
 *   posta/<account, 16 hex of its digest>/<month>/<second>/<8 hex of the fact><the ticket's 32>/<k>
 *                                          struct posting_ref: where the posting is, for every
 *                                          account but `unearned`, which is in nearly all
 *   line/<YYYY-MM>/<operator_id>/<number 4 hex>/<version 4 hex>/<YYYY-MM of the rides>/<rule
 *   version 4 hex>/<tax class, a digit>
 *                                          struct line; of all claims, corrections or losses of one
 *                                          operator .../<operator_id>/<kind>
 *   usage/<YYYY-MM-DD>/<mode>/<verdict>    struct tally: scans of that service day
 *   sales/<YYYY-MM-DD>/<number 4 hex>      struct sales_tally
 *   opview/<operator_id>                   struct op_view
 *   period/<YYYY-MM>                       struct period_view
 *   stmt/<operator_id>/<YYYY-MM>           struct statement_view: the sum of its lines
 *   icom/<YYYY-MM>/<operator_id>/<partner_id>   struct commission_view: what an invoice is of
 *   pstmt/<partner_id>/<YYYY-MM>           struct partner_month
 *   oscan/<operator_id>/<at, 13 digits>/<fact id hex>   struct scan_view: every scan at its gates
 *   ocont/<operator_id>/<at, 13 digits>/<fact id hex>   struct scan_view: those that are contested
 *   bookk/state                            struct book_state
 *   bookk/sums                             struct book_sums: operators/identity.h
 *   bookk/owing/<partner_id>               struct credit_owing: fares/credit.h
 *   close/<YYYY-MM>                        struct close_view: operators/close.h
 *   lstate/<period>/<as in line/>          struct line_view: operators/line_state.h
 *   recon/<operator_id>/<YYYY-MM-DD>/<gate_id>   struct gate_tally: boardings at a gate
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

enum { VIEW_SALT_SIZE = 16, VIEW_SECRET_SIZE = 32 };
enum { VIEW_LEG_COUNT_MAX = SHARING_WEIGHT_COUNT_MAX, POSTING_KEY_SIZE = 97 };

struct view_leg { /* One operator's part of one ticket. Kept in the order of operator ids. */
	char operator_id[ID_SIZE];
	uint64_t boardings, riders, deemed_fare_yen, distance_m;
};

struct ticket_view {
	uint16_t product_number, product_version;
	char partner_id[ID_SIZE];
	uint8_t riders;
	yen price_yen;
	time_ms over_at; /* As known so far: as the fact with the highest n says. */
	uint32_t n;
	bool earned, refunded;
	day_t sold;         /* By whose rule version it goes. */
	day_t split_period; /* Of its latest record split/; earned only. */
	struct view_leg legs[VIEW_LEG_COUNT_MAX];
	uint16_t leg_count;
	struct ticket_sums sums; /* Of its postings. */
	bool at_fault;           /* They do not add up: no month is closed while one is. */
	uint8_t secret[VIEW_SALT_SIZE]; /* The salt of its `sold`: operators/commit.h. */
};

struct balance {
	char account[ACCOUNT_SIZE];
	yen debit_yen, credit_yen;
	uint64_t postings;
};

/* Stored by place: new ones go to the end. */
#define LINE_KINDS(X) X(rides) X(claim) X(correction) X(loss)
enum line_kind {
#define X(name) LINE_##name,
	LINE_KINDS(X)
#undef X
	    LINE_KIND_COUNT
};
extern const char *const line_kind_names[]; /* NULL-ended */

struct line { /* A statement's line. All but rides are one a kind, without product and rule. */
	uint8_t kind;
	char operator_id[ID_SIZE];
	uint16_t product_number, product_version;
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	day_t period, rides;
	yen amount_yen;
	/* A late ride may take back, in a later period, what an earlier one counted. */
	int64_t tickets, boardings, riders, deemed_fare_yen;
	uint8_t tax_class; /* Of kinds that are no rides: TAX_OUTSIDE. */
	/* gross_yen - commission_yen - fee_yen == amount_yen. */
	yen gross_yen, commission_yen, fee_yen;
};

struct commission_view { /* What an operator's gross revenue of a period left with one partner. */
	char operator_id[ID_SIZE], partner_id[ID_SIZE];
	day_t period;
	yen commission_yen; /* Payment fees within. */
};

struct partner_month { /* One partner's postings of one period, by what they were for. */
	char partner_id[ID_SIZE];
	day_t period;
	int64_t tickets, refunds; /* Sold; taken back. */
	yen sold_yen, refunded_yen, remitted_yen; /* What it collected, gave back, paid in. */
	yen fees_kept_yen, commission_yen, payment_fee_yen, unused_yen; /* What it earned. */
	/* Settled by payouts: of what it earned, and of what it owed. */
	yen paid_out_yen, taken_off_yen;
	yen other_yen; /* To its credit. */
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
	day_t run_off; /* After it left: the last day on which it carries what was sold; 0: none. */
	uint32_t version; /* The operator record's, as the fact's n says; 0: not said. */
	uint8_t secret[VIEW_SECRET_SIZE]; /* Of its tickets' names: operators/pseudonym.h. */
};

struct period_view { /* A month's totals: they grow until closed_at is set, and never after. */
	day_t period;
	time_ms closed_at;
	yen operators_yen, partners_yen, council_yen; /* Earned in it. */
	yen adjusted_yen; /* Claims, corrections and losses of all operators together. */
	uint64_t tickets;
};

struct statement_view { /* What one operator earned in one period. */
	char operator_id[ID_SIZE];
	day_t period;
	yen amount_yen;
	int64_t tickets, boardings;
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
	uint64_t distance_m, through_distance_m;
	bool unpaid; /* Told too late after its month was closed: kept, and nothing more. */
};

struct gate_tally { /* What a gate's scans say; or its operator. */
	char gate_id[ID_SIZE];
	uint64_t boardings, riders;
};

struct posting_ref {
	char key[POSTING_KEY_SIZE];
};

struct book_state {
	day_t open_period; /* The earliest month that is not closed; 0: none closed yet. */
	day_t closed_day;  /* Every service day up to it is closed. */
};

extern const struct shape ticket_view_shape, balance_shape, line_shape, tally_shape,
	sales_tally_shape, op_view_shape, period_view_shape, statement_view_shape, scan_view_shape,
	book_state_shape, gate_tally_shape, posting_ref_shape, commission_view_shape,
	partner_month_shape;

#endif
