/* operators/operators_api.c - this room's routes on one screen. */
#include "operators/operators_api.h"

#include "operators/books_op.h"
#include "operators/log_list_op.h"
#include "operators/evidence_op.h"
#include "operators/identity.h"
#include "operators/line_state.h"
#include "operators/money_op.h"
#include "operators/operators_op.h"
#include "operators/override.h"
#include "operators/passenger_op.h"
#include "operators/payee.h"
#include "operators/payout_op.h"
#include "operators/statement.h"
#include "operators/share_op.h"
#include "operators/upload_op.h"

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
	{ HTTP_POST, "/v1/junctions", ROLES(council), FLOW_BY_KEY, &junction_put_op,
	  .body = &junction_shape, .answer = &junction_shape, .status = 201,
	  .summary = "Trains of two operators go through here; said again, it replaces" },
	{ HTTP_GET, "/v1/junctions", ANY_TOKEN, FLOW_QUESTION, &junction_list_op,
	  .answer = &junction_shape, .answer_list = true, .status = 200, .query = LISTING_QUERY,
	  .summary = "Junctions of through services" },
	{ HTTP_POST, "/v1/tokens", ROLES(council), FLOW_BY_KEY, &token_put_op,
	  .body = &token_order_shape, .answer = &token_answer_shape, .status = 201,
	  .summary = "Make a token; its text is shown this once" },
	{ HTTP_POST, "/v1/scans", ROLES(gate), FLOW_BY_SELF, &scan_op, .body = &scan_body_shape,
	  .answer = &scan_answer_shape, .status = 200, .summary = "May this code pass this gate?" },
	{ HTTP_POST, "/v1/reverse-scans", ROLES(partner), FLOW_BY_SELF, &reverse_scan_op,
	  .body = &reverse_body_shape, .answer = &scan_answer_shape, .status = 200,
	  .summary = "The rider's phone read the vehicle's code: may its ticket ride?" },
	{ HTTP_GET, "/v1/gate-bundle", ROLES(gate), FLOW_QUESTION, &bundle_op,
	  .answer_type = "application/hitotsu-bundle+cose", .status = 200, .query = "since",
	  .summary = "What this gate needs without a network, signed; since: the number it holds" },
	UPLOAD_ROUTES,
	OVERRIDE_ROUTES,
	PASSENGER_ROUTES,
	LOG_ROUTES,
	BOOKS_ROUTES,
	STATEMENT_ROUTES,
	MONEY_ROUTES,
	SHARE_ROUTES,
	EVIDENCE_ROUTES,
	PAYEE_ROUTES,
	PAYOUT_ROUTES
};

const struct http_routes operators_routes = { "operators", routes, COUNT_OF(routes) };
