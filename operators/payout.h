/* operators/payout.h - what is owed becomes transfers: who is paid how much, who waits, and who is
 * sent an invoice instead.
 *
 *   payout/<YYYY-MM>               struct payout: it was made, once, and never changes
 *   payout/<YYYY-MM>/<number>      struct transfer; never changes
 *   paystate/<YYYY-MM>             struct payout_sent: the bank has the order
 *   paystate/<YYYY-MM>/<number>    struct transfer_result: what the bank said of it
 *   paystate/last                  struct payout_last: the latest month that was paid out
 *   paycarry/<account>             struct payable: left over, and in the next payout
 *   payheld/<as in line/>          struct payable: a line in dispute, held out until it is decided
 *   owed/<YYYY-MM>/<partner_id>    struct partner_owed: the bookkeeper's
 *   paid/<YYYY-MM>                 struct paid_view: the bookkeeper's
 *
 *   MADE -> SENT -> PAID | RETURNED      PAID -> RETURNED      INVOICED: never sent
 *
 * Each payout takes in every month closed since the one before, so that nothing is paid twice and
 * nothing is forgotten; two that begin at once meet at paystate/last. What was returned is carried
 * into the next. A line is in the transfer of its operator's payee where it was agreed to when the
 * payout was made, in months from the transfer's oldest on: so the bookkeeper finds it. Pure.
 */
#ifndef OPERATORS_PAYOUT_H
#define OPERATORS_PAYOUT_H

#include "operators/bank.h"
#include "operators/line_state.h"
#include "operators/views.h"

enum {
	TRANSFER_PART_COUNT_MAX = 40, /* Of a payee: operators; partners, twice; itself. */
	PAYABLE_COUNT_MAX = 400,      /* Accounts of one payout. */
	INVOICE_COUNT_MAX = 60,       /* Of one payout: each is a fact. */
	INVOICE_MONTHS = 3,           /* So long a debt is carried before it is invoiced. */
	RESULT_COUNT_MAX = 60,        /* Of one command: each is a fact. */
	RESULT_WHY_SIZE = 96,
	HELD_COUNT_MAX = 64, /* Lines in dispute. */
	HELD_TAIL_SIZE = LINE_ID_SIZE + 8,
	PAYOUT_ID_SIZE = 8, /* "2026-11" */
};

#define TRANSFER_STATES(X) X(MADE) X(SENT) X(PAID) X(RETURNED) X(INVOICED)
enum transfer_state {
#define X(name) TRANSFER_##name,
	TRANSFER_STATES(X)
#undef X
};
extern const char *const transfer_state_names[]; /* NULL-ended */

struct payable { /* Of one account of the ledger; below zero: it owes. */
	char account[ACCOUNT_SIZE];
	yen amount_yen;
	day_t since; /* The earliest month that any of it is of. */
};

struct partner_owed { /* What a partner's accounts grew by in one month, payouts apart. */
	char partner_id[ID_SIZE];
	day_t period;
	yen payable_yen, receivable_yen;
};

struct payout_held { /* A line in dispute: "2026-11/ferry/..." as its key ends. */
	char tail[HELD_TAIL_SIZE];
};

struct payout {
	day_t period, pay_on;
	time_ms made_at;
	uint16_t transfer_count, invoice_count; /* Invoices are numbered after the transfers. */
	yen total_yen;                          /* Of the transfers. */
	char consignor[CONSIGNOR_DIGITS + 1];
	struct bank_account from;
	struct payout_held held[HELD_COUNT_MAX]; /* When it was made. */
	uint16_t held_count;
};

struct transfer {
	uint16_t number; /* In its payout, from 1. */
	char payee_id[ID_SIZE];
	yen amount_yen;                                    /* Below zero: an invoice of so much. */
	struct ledger_part parts[TRANSFER_PART_COUNT_MAX]; /* Whose money it is. */
	uint16_t part_count;
	day_t oldest;           /* The earliest month that any of it is of. */
	struct bank_account to; /* As it was then. */
};

struct payout_sent {
	time_ms sent_at;
	time_ms filed; /* The second of its fact: what the bank says is told in a later one, for
			* within one the bookkeeper follows no order. */
};

struct transfer_result {
	uint8_t state; /* PAID or RETURNED */
	time_ms at;
	char why[RESULT_WHY_SIZE];
};

struct payout_last {
	day_t period;
};

struct paid_view { /* The bookkeeper's: how far it has come with a payout that was sent. */
	time_ms sent_at;
	uint32_t transfers;
};

extern const struct shape payable_shape, partner_owed_shape, payout_shape, transfer_shape,
    payout_sent_shape, transfer_result_shape, payout_last_shape, paid_view_shape;

/* ---- The plan. ---- */

enum payee_fate { FATE_NOTHING, FATE_PAID, FATE_CARRIED, FATE_INVOICED };

struct payee_sum { /* Of all its accounts. */
	yen amount_yen, minimum_yen;
	day_t since; /* The earliest month in which one of those below zero was not paid. */
	bool left;   /* None of those it is for takes part any more. */
};

/* period: the latest month taken in. */
enum payee_fate payee_fate_of(const struct payee_sum *, day_t period);

/* When it is paid if nobody says when: the last day of the month after, 月末締め翌月末払い. */
day_t payout_usual_day(day_t period);

/* Where a transfer stands by its records; sent_at 0, result NULL: there is none. */
enum transfer_state transfer_state_of(const struct transfer *, time_ms sent_at,
				      const struct transfer_result *);
bool transfer_may_move(enum transfer_state from, enum transfer_state to);

#endif
