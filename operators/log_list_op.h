/* operators/log_list_op.h - GET /v1/log: the events behind the leaves, to whom each concerns. */
#ifndef OPERATORS_LOG_LIST_OP_H
#define OPERATORS_LOG_LIST_OP_H

#include "core/http.h"

extern const struct flow_op log_list_op;
extern const struct shape log_entry_shape;

/* For the table of operators/operators_api.c. */
#define LOG_ROUTES                                                                                 \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/log",                                             \
		.roles = ROLES(council) | ROLES(auditor) | ROLES(operator) | ROLES(partner),       \
		.naming = FLOW_QUESTION, .op = &log_list_op, .answer = &log_entry_shape,           \
		.answer_list = true, .status = 200, .query = "from",                               \
		.summary = "Events of the log from an index on: all, or those of the asker",       \
	}

#endif
