/* operators/override.h - the council's word that tickets are valid longer than they say.
 *
 *   override/<uuid>   struct override, as it was declared
 *
 * What gates and scans ask is kept beside it: fares/extension.h.
 */
#ifndef OPERATORS_OVERRIDE_H
#define OPERATORS_OVERRIDE_H

#include "core/call.h"
#include "fares/extension.h"
#include "fares/product.h"

enum { OVERRIDE_REASON_SIZE = 241, OVERRIDE_DAYS_MAX = 31 };

struct override {
	struct id128 override_id;
	/* One of the three. */
	struct id128 ticket_id;
	char product_id[ID_SIZE];
	bool all;
	uint16_t version; /* Of the product; 0: each. */
	time_ms from, until; /* But for one ticket: those that end in here, `until` excluded, */
	time_ms valid_until; /* are valid until then, which is no earlier than `until`. */
	char reason[OVERRIDE_REASON_SIZE];
	time_ms declared_at;
};
extern const struct shape override_shape;
extern const struct flow_op override_declare_op, override_list_op;

const char *extended_key(struct call *, uint16_t product_number);

/* For the table of operators/operators_api.c. */
#define OVERRIDE_ROUTES                                                                            \
	{                                                                                          \
		.method = HTTP_POST, .path = "/v1/validity-overrides", .roles = ROLES(council),    \
		.naming = FLOW_BY_KEY, .op = &override_declare_op, .body = &override_shape,        \
		.answer = &override_shape, .status = 201,                                          \
		.summary = "Make tickets valid longer: one, a product's, or all of a time",        \
	},                                                                                         \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/validity-overrides",                              \
		.roles = ROLES(council) | ROLES(auditor) | ROLES(operator) | ROLES(gate),          \
		.naming = FLOW_QUESTION, .op = &override_list_op, .answer = &override_shape,       \
		.answer_list = true, .status = 200, .query = LISTING_QUERY,                        \
		.summary = "Validity overrides, as they were declared",                            \
	}

#endif
