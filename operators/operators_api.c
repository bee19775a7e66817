/* operators/operators_api.c - this room's routes on one screen. */
#include "operators/operators_api.h"

#include "operators/books_op.h"
#include "operators/operators_op.h"

#define ANY_TOKEN                                                                                  \
	(ROLES(council) | ROLES(partner) | ROLES(operator) | ROLES(gate) | ROLES(auditor) |        \
	 ROLES(funder))
#define KEEPS_GATES (ROLES(council) | ROLES(operator))

static const struct http_route routes[] = {
	{ HTTP_POST, "/v1/operators", ROLES(council), FLOW_BY_KEY, &operator_put_op,
	  .body = &operator_shape, .answer = &operator_answer_shape, .status = 201,
	  .summary = "Register an operator" },
	{ HTTP_GET, "/v1/operators", ANY_TOKEN, FLOW_QUESTION, &operator_list_op,
	  .answer = &operator_answer_shape, .answer_list = true, .status = 200,
	  .query = LISTING_QUERY, .summary = "Operators" },
	{ HTTP_GET, "/v1/operators/{operator_id}", ANY_TOKEN, FLOW_QUESTION, &operator_get_op,
	  .answer = &operator_answer_shape, .status = 200, .summary = "An operator" },
	{ HTTP_PATCH, "/v1/operators/{operator_id}", ROLES(council), FLOW_BY_KEY,
	  &operator_patch_op, .body = &operator_patch_shape, .answer = &operator_answer_shape,
	  .status = 200,
	  .summary = "Change an operator: what is said changes, null clears, the rest stays" },
	{ HTTP_POST, "/v1/gates", KEEPS_GATES, FLOW_BY_KEY, &gate_put_op, .body = &gate_shape,
	  .answer = &gate_shape, .status = 201, .summary = "Register a gate" },
	{ HTTP_GET, "/v1/gates/{gate_id}", KEEPS_GATES | ROLES(gate), FLOW_QUESTION, &gate_get_op,
	  .answer = &gate_shape, .status = 200, .summary = "A gate" },
	{ HTTP_POST, "/v1/tokens", ROLES(council), FLOW_BY_KEY, &token_put_op,
	  .body = &token_order_shape, .answer = &token_answer_shape, .status = 201,
	  .summary = "Make a token; its text is shown this once" },
	{ HTTP_POST, "/v1/scans", ROLES(gate), FLOW_BY_SELF, &scan_op, .body = &scan_body_shape,
	  .answer = &scan_answer_shape, .status = 200, .summary = "May this code pass this gate?" },
	BOOKS_ROUTES
};

const struct http_routes operators_routes = { "operators", routes, COUNT_OF(routes) };
