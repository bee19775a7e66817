/* operators/payee.h - to whom money is paid out: an account at a bank, and for which operators and
 * partners.
 *
 *   payee/<payee_id>                       struct payee
 *   payfor/operator/<id>, partner/<id>     struct payee_of: an operator or partner has one at most
 *   paystate/payer                         struct payer: the council's own account
 *
 * What names an account stays in these records, in the transfers that were made of them and in the
 * bank's files: facts, views and logs say payee_id.
 */
#ifndef OPERATORS_PAYEE_H
#define OPERATORS_PAYEE_H

#include "core/http.h"
#include "fares/corporate.h"
#include "operators/bank.h"

enum {
	PAYEE_COUNT_MAX = 256,
	PAYEE_OPERATOR_COUNT_MAX = 24,
	PAYEE_PARTNER_COUNT_MAX = 7, /* See TRANSFER_PART_COUNT_MAX. */
};

/* Stored by place. */
enum payee_terms {
	TERMS_NET,   /* Of commission and fees, and of what its partners sold for. */
	TERMS_GROSS, /* It is invoiced for these, and remits them. */
};
extern const char *const payee_terms_names[]; /* NULL-ended */

struct payee_operator {
	char operator_id[ID_SIZE];
};

struct payee_partner {
	char partner_id[ID_SIZE];
};

struct payee {
	char payee_id[ID_SIZE];
	char name[NAME_SIZE];
	char corporate_number[CORPORATE_NUMBER_SIZE];
	char invoice_number[INVOICE_NUMBER_SIZE]; /* Empty: not registered. */
	uint8_t terms;
	yen minimum_yen; /* Less is carried over. */
	struct bank_account account;
	struct payee_operator operators[PAYEE_OPERATOR_COUNT_MAX];
	struct payee_partner partners[PAYEE_PARTNER_COUNT_MAX];
	uint16_t operator_count, partner_count;
};

struct payee_of {
	char payee_id[ID_SIZE];
};

struct payer { /* The council. */
	char consignor[CONSIGNOR_DIGITS + 1];
	struct bank_account account;
	char name[NAME_SIZE]; /* On statements; empty: not said. */
	char invoice_number[INVOICE_NUMBER_SIZE]; /* Empty: not registered. */
};

extern const struct shape payee_shape, payee_patch_shape, payee_of_shape, payer_shape,
    bank_account_shape;
extern const struct flow_op payee_put_op, payee_patch_op, payee_get_op, payee_list_op, payer_put_op,
    payer_get_op;

#define PAYEE_READERS (ROLES(council) | ROLES(operator))

/* For the table of operators/operators_api.c. */
#define PAYEE_ROUTES                                                                               \
	{                                                                                          \
		.method = HTTP_POST,                                                               \
		.path = "/v1/payees",                                                              \
		.roles = ROLES(council),                                                           \
		.naming = FLOW_BY_KEY,                                                             \
		.op = &payee_put_op,                                                               \
		.body = &payee_shape,                                                              \
		.answer = &payee_shape,                                                            \
		.status = 201,                                                                     \
		.summary = "Say into which account operators and partners are paid",               \
	},                                                                                         \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/payees",                                                          \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payee_list_op,                                                          \
		    .answer = &payee_shape,                                                        \
		    .answer_list = true,                                                           \
		    .status = 200,                                                                 \
		    .query = LISTING_QUERY,                                                        \
		    .summary = "Payees",                                                           \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/payees/{payee_id}",                                               \
		    .roles = PAYEE_READERS,                                                        \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &payee_get_op,                                                           \
		    .answer = &payee_shape,                                                        \
		    .status = 200,                                                                 \
		    .summary = "A payee; an operator sees its own",                                \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_PATCH,                                                          \
		    .path = "/v1/payees/{payee_id}",                                               \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_BY_KEY,                                                         \
		    .op = &payee_patch_op,                                                         \
		    .body = &payee_patch_shape,                                                    \
		    .answer = &payee_shape,                                                        \
		    .status = 200,                                                                 \
		    .summary = "Change a payee: payouts made before keep the account they had",    \
	    },                                                                                     \
	    {                                                                                      \
		    .method = HTTP_POST,                                                           \
		    .path = "/v1/payer",                                                           \
		    .roles = ROLES(council),                                                       \
		    .naming = FLOW_BY_KEY,                                                         \
		    .op = &payer_put_op,                                                           \
		    .body = &payer_shape,                                                          \
		    .answer = &payer_shape,                                                        \
		    .status = 201,                                                                 \
		    .summary =                                                                     \
			"Set the account that payouts are paid from; said again, it replaces",     \
	    },                                                                                     \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/payer", .roles = ROLES(council),                  \
		.naming = FLOW_QUESTION, .op = &payer_get_op, .answer = &payer_shape,              \
		.status = 200, .summary = "The account that payouts are paid from",                \
	}

#endif
