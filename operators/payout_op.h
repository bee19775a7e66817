/* operators/payout_op.h - payouts over HTTP, the bank's holidays, and the files for the bank; with
 * their routes.
 *
 *   payday/<year>   struct holiday_year: what the council added
 */
#ifndef OPERATORS_PAYOUT_OP_H
#define OPERATORS_PAYOUT_OP_H

#include "fares/fares_op.h"
#include "operators/bank_day.h"
#include "operators/books_op.h"
#include "operators/payee.h"
#include "operators/payout.h"

struct payout_order {
	day_t period, pay_on; /* pay_on 0: the usual day. */
};

struct transfer_shown {
	uint16_t number;
	char payee_id[ID_SIZE];
	yen amount_yen;
	uint8_t state;
	time_ms at; /* Of its state. */
	char why[RESULT_WHY_SIZE];
};

struct payout_shown {
	char payout_id[PAYOUT_ID_SIZE];
	day_t period, pay_on;
	time_ms made_at, sent_at;
	yen total_yen; /* Of the transfers. */
	struct transfer_shown transfers[TRANSFER_COUNT_MAX + INVOICE_COUNT_MAX];
	uint16_t transfer_count;
};

enum told_result { TOLD_PAID, TOLD_RETURNED };

struct result_told {
	char payee_id[ID_SIZE];
	uint8_t result;
	char why[RESULT_WHY_SIZE];
};

struct results_told {
	struct result_told transfers[RESULT_COUNT_MAX];
	uint16_t transfer_count;
};

extern const struct shape payout_order_shape, payout_shown_shape, results_told_shape,
    holiday_year_shape;
extern const struct flow_op payout_make_op, payout_sent_op, payout_results_op, payout_get_op,
    payout_zengin_op, payout_pain001_op, payout_carried_op, holiday_put_op, holiday_get_op;

/* The path's n-th parameter is the payout's id, its month. Refuses 404. */
MUSTCHECK bool payout_param(struct call *, day_t *period, size_t n);
/* Loads it, in keys. False: not fetched yet, or refused 404 PAYOUT_UNKNOWN. */
MUSTCHECK bool payout_load(struct call *, struct payout *, day_t period);
const char *payout_key(struct call *, day_t period);
const char *transfer_key(struct call *, day_t period, uint16_t number);
const char *result_key(struct call *, day_t period, uint16_t number);
/* All that was added. False: not fetched yet. */
MUSTCHECK bool bank_calendar_load(struct call *, struct bank_calendar *);
/* What GET /v1/payouts/{period} says, once all of it is there. False: not yet. */
MUSTCHECK bool payout_show(struct call *, struct payout_shown *, const struct payout *);
/* The records of its transfers, and of what the bank said. False: not yet. */
MUSTCHECK bool transfers_walk(struct call *, day_t period,
			      void (*each)(void *to, const struct record *), void *to);
MUSTCHECK bool results_walk(struct call *, day_t period,
			    void (*each)(void *to, const struct record *), void *to);

/* For the table of operators/operators_api.c. */
#define PAYOUT_ROUTES                                                                              \
	{ .method = HTTP_POST,                                                                     \
	  .path = "/v1/payouts",                                                                   \
	  .roles = ROLES(council),                                                                 \
	  .naming = FLOW_BY_KEY,                                                                   \
	  .op = &payout_make_op,                                                                   \
	  .body = &payout_order_shape,                                                             \
	  .answer = &payout_shown_shape,                                                           \
	  .status = 201,                                                                           \
	  .summary = "Make transfers of all that is owed up to a closed month; once a month" },    \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/payouts/{period}",                                                \
		    .roles = BOOKS_READERS,                                                        \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payout_get_op,                                                          \
		    .answer = &payout_shown_shape,                                                 \
		    .status = 200,                                                                 \
		    .summary = "A payout and where its transfers stand",                           \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_POST,                                                           \
		    .path = "/v1/payouts/{period}/sent",                                           \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_BY_KEY,                                                         \
		    .op = &payout_sent_op,                                                         \
		    .body = &nothing_shape,                                                        \
		    .answer = &payout_shown_shape,                                                 \
		    .status = 200,                                                                 \
		    .summary = "The bank has the order",                                           \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_POST,                                                           \
		    .path = "/v1/payouts/{period}/results",                                        \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_BY_KEY,                                                         \
		    .op = &payout_results_op,                                                      \
		    .body = &results_told_shape,                                                   \
		    .answer = &payout_shown_shape,                                                 \
		    .status = 200,                                                                 \
		    .summary = "What the bank said of transfers: what it returned is paid by the " \
			       "next payout",                                                      \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/settlements/{period}/transfers.zengin",                           \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payout_zengin_op,                                                       \
		    .answer_type = "text/plain; charset=Shift_JIS",                                \
		    .status = 200,                                                                 \
		    .summary = "The payout's order for the bank: Zengin records",                  \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/settlements/{period}/transfers.pain001.xml",                      \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payout_pain001_op,                                                      \
		    .answer_type = "application/xml",                                              \
		    .status = 200,                                                                 \
		    .summary = "The same as ISO 20022 pain.001.001.03",                            \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/carried",                                                         \
		    .roles = BOOKS_READERS,                                                        \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payout_carried_op,                                                      \
		    .answer = &payable_shape,                                                      \
		    .answer_list = true,                                                           \
		    .status = 200,                                                                 \
		    .query = LISTING_QUERY,                                                        \
		    .summary = "What payouts left over, by account of the ledger",                 \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_POST,                                                           \
		    .path = "/v1/holidays",                                                        \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_BY_KEY,                                                         \
		    .op = &holiday_put_op,                                                         \
		    .body = &holiday_year_shape,                                                   \
		    .answer = &holiday_year_shape,                                                 \
		    .status = 201,                                                                 \
		    .summary = "Say a year's holidays; said again, it replaces what was added",    \
	    },                                                                                     \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/holidays/{year}", .roles = BOOKS_EVERYONE,        \
		.naming = FLOW_QUESTION, .op = &holiday_get_op, .answer = &holiday_year_shape,     \
		.status = 200, .summary = "A year's holidays, on which banks do not pay",          \
	}

#endif
