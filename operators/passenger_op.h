/* operators/passenger_op.h - passenger lists over HTTP, their erasure, and what an airline tells of
 * its coupons after the flight; with their routes.
 */
#ifndef OPERATORS_PASSENGER_OP_H
#define OPERATORS_PASSENGER_OP_H

#include "operators/flown.h"
#include "operators/operators_op.h"
#include "operators/passenger_list.h"

enum {
	PASSENGER_PARTY_COUNT_MAX = 600, /* Tickets on one list; past it 503 TOO_MUCH_TO_READ. */
	PASSENGER_SHEET_COUNT_MAX = 4096,
	ERASURE_COUNT_MAX = 200, /* Lists that one command erases. */
	FLOWN_COUNT_MAX = CALL_EVENT_COUNT_MAX, /* Locators of one command, both lists together. */
};

struct passenger_order {
	struct id128 ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	struct passenger passengers[PASSENGER_COUNT_MAX];
	uint16_t passenger_count;
};

struct passenger_receipt { /* Kept under the command's name, so nothing personal. */
	struct id128 list_id, ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint16_t persons;
	bool reserved;
	day_t erase_after;
};

struct passenger_sheet {
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	char name_ja[NAME_SIZE], name_en[NAME_SIZE];
	char from_stop[STOP_ID_SIZE], to_stop[STOP_ID_SIZE];
	time_ms departs_at;
	uint16_t allotment, taken, persons, infants, help_needed, checked_in;
	struct passenger passengers[PASSENGER_SHEET_COUNT_MAX];
	uint16_t passenger_count;
};

struct erasure_order {
	day_t before;
};

struct erasure_answer {
	day_t before;
	uint32_t lists, passengers;
	bool more;
};

struct flown_pnr {
	char pnr[PNR_SIZE];
};

struct flown_order {
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	struct flown_pnr flown[FLOWN_COUNT_MAX], no_show[FLOWN_COUNT_MAX];
	uint16_t flown_count, no_show_count;
};

struct flown_answer {
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint32_t flown, no_show, kept, boardings, unmatched;
};

extern const struct shape passenger_order_shape, passenger_receipt_shape, passenger_sheet_shape,
	erasure_order_shape, erasure_answer_shape, flown_order_shape, flown_answer_shape;
extern const struct flow_op passenger_put_op, passenger_term_put_op, passenger_term_get_op,
	passenger_json_op, passenger_csv_op, erasure_op, flown_op;

const char *passenger_key(struct call *, const char *operator_id, const char *service_id,
			  struct id128 ticket_id);
const char *passenger_due_key(struct call *, day_t erase_after, struct id128 list_id);

#define PASSENGER_READERS (ROLES(council) | ROLES(operator))

/* For the table of operators/operators_api.c. */
#define PASSENGER_ROUTES                                                                           \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/passengers", .roles = ROLES(partner),            \
		.naming = FLOW_BY_KEY, .op = &passenger_put_op, .body = &passenger_order_shape,    \
		.answer = &passenger_receipt_shape, .status = 201,                                 \
		.summary = "Say who travels on a ticket's sailing; the last said counts",          \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/passenger-lists/{operator_id}/{service}.json",    \
		.roles = PASSENGER_READERS, .naming = FLOW_QUESTION, .op = &passenger_json_op,     \
		.answer = &passenger_sheet_shape, .status = 200,                                   \
		.summary = "Our part of a sailing's passenger list, help needed first",            \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/passenger-lists/{operator_id}/{service}.csv",     \
		.roles = PASSENGER_READERS, .naming = FLOW_QUESTION, .op = &passenger_csv_op,      \
		.answer_type = "text/csv; charset=utf-8", .status = 200,                           \
		.summary = "The same for a spreadsheet",                                           \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/passenger-terms", .roles = ROLES(council),       \
		.naming = FLOW_BY_KEY, .op = &passenger_term_put_op,                               \
		.body = &passenger_term_shape, .answer = &passenger_term_shape, .status = 201,     \
		.summary = "Set what an operator's list asks for, and how long it is kept",        \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/passenger-terms/{operator_id}",                   \
		.roles = PASSENGER_READERS | ROLES(partner), .naming = FLOW_QUESTION,              \
		.op = &passenger_term_get_op, .answer = &passenger_term_shape, .status = 200,      \
		.summary = "What an operator's list asks for, and how long it is kept",            \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/erasures", .roles = ROLES(council),              \
		.naming = FLOW_BY_KEY, .op = &erasure_op, .body = &erasure_order_shape,            \
		.answer = &erasure_answer_shape, .status = 200,                                    \
		.summary = "Erase passenger lists whose term was over before a day; says whether " \
			   "more remain",                                                          \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/flown",                                          \
		.roles = PASSENGER_READERS, .naming = FLOW_BY_KEY,                                 \
		.op = &flown_op, .body = &flown_order_shape, .answer = &flown_answer_shape,        \
		.status = 200,                                                                     \
		.summary = "Which coupons of a flight were flown, and which were no-shows",        \
	}

#endif
