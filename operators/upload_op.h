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

/*   scode/<gate_id>/<scan_id, hex>   struct upload_code: of each uploaded line, for good */
struct upload_code {
	struct id128 scan_id;
	char gate_id[ID_SIZE], operator_id[ID_SIZE];
	time_ms uploaded_at;
	char code[CODE_SIZE]; /* Empty: it is no ticket's. */
	uint8_t digest[32];   /* SHA-256 of the code as read. */
};
extern const struct shape upload_code_shape;

extern const struct flow_op upload_op, upload_code_op, scan_list_op, contest_list_op;
void upload_job(struct http_job *); /* POST /v1/scan-batches: upload_op, line by line. */

/* operators/outage_op.c */
extern const struct flow_op outage_declare_op, outage_list_op;
extern const struct shape outage_shape;

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
		.method = HTTP_GET,                                                                \
		.path = "/v1/operators/{operator_id}/scans/{gate_id}/{scan_id}",                   \
		.roles = ROLES(operator), .naming = FLOW_QUESTION, .op = &upload_code_op,          \
		.answer = &upload_code_shape, .status = 200,                                       \
		.summary = "The code of an uploaded scan, for its own operator",                   \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/operators/{operator_id}/contests",                \
		.roles = UPLOAD_READERS, .naming = FLOW_QUESTION, .op = &contest_list_op,          \
		.answer = &scan_view_shape, .answer_list = true, .status = 200,                    \
		.query = SCAN_LIST_QUERY,                                                          \
		.summary = "Its offline scans that are contested: who bears how much, and why",    \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/outages", .roles = ROLES(council),               \
		.naming = FLOW_BY_KEY, .op = &outage_declare_op, .body = &outage_shape,            \
		.answer = &outage_shape, .status = 201,                                            \
		.summary = "Declare an outage: old bundles are not held against operators in it",  \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/outages",                                         \
		.roles = UPLOAD_READERS | ROLES(gate), .naming = FLOW_QUESTION,                    \
		.op = &outage_list_op, .answer = &outage_shape, .answer_list = true,               \
		.status = 200, .query = LISTING_QUERY, .summary = "Outages, by their end",         \
	}

#endif
