/* operators/upload_op.h - what offline gates tell, and what their operators read of it: bodies,
 * answers and routes.
 */
#ifndef OPERATORS_UPLOAD_OP_H
#define OPERATORS_UPLOAD_OP_H

#include "core/batch.h"
#include "operators/offline_uses.h"
#include "operators/operators_op.h"
#include "operators/views.h"

struct upload_body {
	struct scan_body scan; /* First: its fields' places are the same. */
	int64_t bundle;
	time_ms bundle_at;
	char verdict[24];
};

struct upload_answer {
	struct scan_answer scan; /* First. */
	bool contested;
	uint8_t bearer; /* enum bearer */
	yen borne_yen;
	uint8_t contest_why; /* enum contest_why */
};
extern const struct shape upload_body_shape, upload_answer_shape;

extern const struct flow_op upload_op, scan_list_op, contest_list_op;
void upload_job(struct http_job *); /* POST /v1/scan-batches: upload_op, line by line. */

#define UPLOAD_READERS  (ROLES(council) | ROLES(auditor) | ROLES(operator))
#define SCAN_LIST_QUERY "gate from until verdict limit cursor"

/* For the table of operators/operators_api.c. */
#define UPLOAD_ROUTES                                                                              \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/scan-batches", .roles = ROLES(gate),             \
		.naming = FLOW_QUESTION, .body = &upload_body_shape, .body_type = BATCH_TYPE,      \
		.answer = &upload_answer_shape, .answer_type = BATCH_TYPE, .status = 200,          \
		.summary = "Scans that a gate made offline, one a line; a line each is answered",  \
		.job = upload_job,                                                                 \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/operators/{operator_id}/scans",                   \
		.roles = UPLOAD_READERS, .naming = FLOW_QUESTION, .op = &scan_list_op,             \
		.answer = &scan_view_shape, .answer_list = true, .status = 200,                    \
		.query = SCAN_LIST_QUERY, .summary = "Every scan at an operator's gates",          \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/operators/{operator_id}/contests",                \
		.roles = UPLOAD_READERS, .naming = FLOW_QUESTION, .op = &contest_list_op,          \
		.answer = &scan_view_shape, .answer_list = true, .status = 200,                    \
		.query = SCAN_LIST_QUERY,                                                          \
		.summary = "Its offline scans that are contested: who bears how much, and why",    \
	}

#endif
