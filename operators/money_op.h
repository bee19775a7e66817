/* operators/money_op.h - money that comes in and what becomes of closed months, over HTTP:
 * remittances, claims, the loss account, the identity, closes, lines, operators' own counts.
 *
 *   remit/<32 hex of the bank reference's digest>   struct remittance: each is taken once
 *   lmove/<period>/<as in line/>                    struct line_moves: operators/line_state.h
 *   counts/<operator_id>/<YYYY-MM-DD>               struct counts_day: what it counted itself
 */
#ifndef OPERATORS_MONEY_OP_H
#define OPERATORS_MONEY_OP_H

#include "operators/books_op.h"

extern const struct shape remittance_shape, claim_shape, claim_answer_shape, loss_funding_shape,
	funder_balance_shape, line_agree_shape, line_dispute_shape, line_decide_shape,
	counts_answer_shape, reconciliation_shape;
extern const struct flow_op remittance_op, claim_op, loss_funding_op, funder_balance_op,
	ledger_identity_op, close_note_op, line_list_op, line_agree_op, line_dispute_op,
	line_decide_op, counts_op, reconciliation_op;

#define MONEY_ROUTES                                                                               \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/remittances", .roles = ROLES(council),           \
		.naming = FLOW_BY_KEY, .op = &remittance_op, .body = &remittance_shape,            \
		.answer = &remittance_shape, .status = 201, .also_status = 200,                    \
		.summary = "A partner or funder paid in; a bank reference is taken once",          \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/claims", .roles = ROLES(council),                \
		.naming = FLOW_BY_KEY, .op = &claim_op, .body = &claim_shape,                      \
		.answer = &claim_answer_shape, .status = 201,                                      \
		.summary = "One operator owes another, as for riders that it carried instead",     \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/loss-fundings", .roles = ROLES(council),         \
		.naming = FLOW_BY_KEY, .op = &loss_funding_op, .body = &loss_funding_shape,        \
		.answer = &loss_funding_shape, .status = 201,                                      \
		.summary = "The council covers losses out of its income",                          \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/funders/{funder_id}/balance",                     \
		.roles = BOOKS_READERS | ROLES(funder), .naming = FLOW_QUESTION,                   \
		.op = &funder_balance_op, .answer = &funder_balance_shape, .status = 200,          \
		.summary = "What a funder owes and has paid",                                      \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/ledger/identity", .roles = BOOKS_READERS,         \
		.naming = FLOW_QUESTION, .op = &ledger_identity_op, .answer = &identity_shape,     \
		.status = 200, .summary = "Every term of the identity that a close checks",        \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/settlements/{period}/close",                      \
		.roles = BOOKS_STATEMENT | ROLES(partner), .naming = FLOW_QUESTION,                \
		.op = &close_note_op, .answer_type = "text/plain; charset=utf-8", .status = 200,   \
		.summary = "What the close pinned, as a signed note",                              \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/settlements/{period}/lines",                      \
		.roles = BOOKS_STATEMENT, .naming = FLOW_QUESTION, .op = &line_list_op,            \
		.answer = &line_view_shape, .answer_list = true, .status = 200,                    \
		.query = "operator_id " LISTING_QUERY,                                             \
		.summary = "The lines of a closed month and how they stand",                       \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/settlements/{period}/lines/{line}/agree",        \
		.roles = ROLES(operator), .naming = FLOW_BY_KEY, .op = &line_agree_op,             \
		.body = &line_agree_shape, .answer = &line_view_shape, .status = 200,              \
		.summary = "The operator agrees to its line",                                      \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/settlements/{period}/lines/{line}/dispute",      \
		.roles = ROLES(operator), .naming = FLOW_BY_KEY, .op = &line_dispute_op,           \
		.body = &line_dispute_shape, .answer = &line_view_shape, .status = 200,            \
		.summary = "The operator disputes its line: it is not paid until decided",         \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/settlements/{period}/lines/{line}/decide",       \
		.roles = ROLES(council), .naming = FLOW_BY_KEY, .op = &line_decide_op,             \
		.body = &line_decide_shape, .answer = &line_view_shape, .status = 200,             \
		.summary = "Decide a dispute; a correction is posted in the open month",           \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/operators/{operator_id}/counts",                 \
		.roles = ROLES(operator) | ROLES(council), .naming = FLOW_BY_KEY,                  \
		.op = &counts_op, .body_type = "text/csv", .answer = &counts_answer_shape,         \
		.status = 200, .summary = "What the operator counted itself, by gate and day",     \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/operators/{operator_id}/reconciliation",          \
		.roles = BOOKS_STATEMENT, .naming = FLOW_QUESTION, .op = &reconciliation_op,       \
		.answer = &reconciliation_shape, .status = 200, .query = "period",                 \
		.summary = "What each side counted that the other did not",                        \
	}

#endif
