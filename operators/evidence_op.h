/* operators/evidence_op.h - GET /v1/settlements/{period}/evidence/{operator_id}: for each ticket
 * and pool of a closed month in which an operator has a part, the committed text, its salt and its
 * proof.
 */
#ifndef OPERATORS_EVIDENCE_OP_H
#define OPERATORS_EVIDENCE_OP_H

#include "operators/books_op.h"
#include "operators/commit.h"

enum {
	EVIDENCE_LEAF_COUNT_MAX = 128, /* Looked at for one page. */
	EVIDENCE_PATH_TEXT_SIZE = 48 * 43 * 2,
};

struct evidence_item {
	struct id128 pseudonym; /* None: a pool. */
	char product_id[ID_SIZE];
	uint16_t product_number, product_version;
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	day_t rides, over;
	uint16_t place;
	char text[COMMIT_TEXT_SIZE_MAX];
	uint8_t salt[SPLIT_SALT_SIZE];
	uint64_t index;
	char path[EVIDENCE_PATH_TEXT_SIZE];
	yen share_yen;
	uint64_t boardings, riders, deemed_fare_yen, distance_m;
	struct commit_beside beside[COMMIT_BESIDE_COUNT_MAX];
	uint16_t beside_count;
};

struct evidence {
	day_t period;
	char operator_id[ID_SIZE];
	uint8_t pseudonym_key[VIEW_SECRET_SIZE];
	uint64_t committed;
	uint8_t commit_root[COMMIT_HASH_SIZE];
	struct evidence_item items[EVIDENCE_LEAF_COUNT_MAX]; /* Written one by one. */
	uint16_t item_count;
	char next[24];
};
extern const struct shape evidence_shape;
extern const struct shape *const evidence_shape_of_item;
extern const struct flow_op evidence_op;

/* For the table of operators/operators_api.c. */
#define EVIDENCE_ROUTES                                                                            \
	{                                                                                          \
		.method = HTTP_GET, .path = "/v1/settlements/{period}/evidence/{operator_id}",     \
		.roles = BOOKS_STATEMENT, .naming = FLOW_QUESTION, .op = &evidence_op,             \
		.answer = &evidence_shape, .status = 200, .query = "from",                         \
		.summary = "What an operator's shares of a closed month are made of, with proofs", \
	}

#endif
