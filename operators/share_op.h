/* operators/share_op.h - sharing over HTTP: why a line is what it is, what another rule would have
 * given, and what operators declare.
 */
#ifndef OPERATORS_SHARE_OP_H
#define OPERATORS_SHARE_OP_H

#include "operators/books_op.h"
#include "operators/pool.h"
#include "operators/split.h"

struct other_weight { /* Of an operator without a name, in the order of ids. */
	uint64_t weight;
	yen fixed_yen;
	uint8_t bound;
};

struct explanation { /* One ticket of a line, or the pool that all of a month's tickets made. */
	struct id128 ticket_id;
	bool pooled;
	uint64_t tickets; /* Of a pool. */
	day_t over;
	yen earned_yen; /* The ticket's price, or what the pool held. */
	struct split_sums sums;
	uint8_t step, by;
	uint64_t weight_sum;
	uint16_t place; /* The operator's among all, from 0: ties go to the lower. */
	struct split_leg own;
	struct other_weight others[SHARING_WEIGHT_COUNT_MAX];
	uint16_t other_count;
};

struct what_if_order {
	day_t period;
	char rule_id[ID_SIZE];
	uint16_t version;
	char instead_of[ID_SIZE]; /* Tickets of this rule; empty: of rule_id. */
};

enum { WHAT_IF_OPERATOR_COUNT_MAX = 1024 };

struct what_if_share { /* Of one operator; of the partners or the council together. */
	char operator_id[ID_SIZE];
	yen was_yen, now_yen, difference_yen;
};

struct what_if {
	struct what_if_order order;
	uint64_t tickets;
	struct what_if_share operators[WHAT_IF_OPERATOR_COUNT_MAX];
	uint16_t operator_count;
	struct what_if_share partners[1], council[1]; /* For the council and auditors. */
	uint16_t partner_count, council_count;
};

struct declared_order {
	day_t period;
	uint64_t boardings;
};

extern const struct shape explanation_shape, what_if_order_shape, what_if_shape,
	declared_order_shape;
extern const struct flow_op explain_op, declared_op;
void what_if_job(struct http_job *); /* room: struct operators_room. */

#define SHARE_ROUTES                                                                               \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/settlements/{period}/explanations/{operator_id}", \
		.roles = BOOKS_STATEMENT, .naming = FLOW_QUESTION, .op = &explain_op,              \
		.answer = &explanation_shape, .answer_list = true, .status = 200,                  \
		.query = "line " LISTING_QUERY,                                                    \
		.summary = "Why a statement's line is what it is, ticket by ticket",               \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/settlements/what-if", .roles = BOOKS_STATEMENT,  \
		.job = what_if_job, .body = &what_if_order_shape, .answer = &what_if_shape,        \
		.status = 200,                                                                     \
		.summary = "What another rule would have given in a closed month",                 \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/operators/{operator_id}/declared-counts",        \
		.roles = ROLES(council) | ROLES(operator), .naming = FLOW_BY_KEY,                  \
		.op = &declared_op, .body = &declared_order_shape, .answer = &declared_shape,      \
		.status = 201,                                                                     \
		.summary = "An operator's own count of a month, for rules that go by it",          \
	}

#endif
