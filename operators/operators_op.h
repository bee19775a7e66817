/* operators/operators_op.h - for this room's *_op.c files: loading what several of them need.
 */
#ifndef OPERATORS_OPERATORS_OP_H
#define OPERATORS_OPERATORS_OP_H

#include "core/http.h"
#include "core/listing.h"
#include "core/token.h"
#include "core/receipt.h"
#include "fares/fact.h"
#include "fares/fares_op.h"
#include "operators/operators_api.h"
#include "operators/registry.h"
#include "operators/scan.h"

const char *operator_key(struct call *, const char *operator_id);
const char *gate_key(struct call *, const char *gate_id);
const char *junction_key(struct call *, const char *one, const char *other); /* In either order. */
/* True: there. False: not fetched yet, or refused with that status (404, or 422 at /operator_id).
 */
MUSTCHECK bool load_operator(struct call *, struct operator *, const char *operator_id,
			     uint16_t status);

enum { CODE_SIZE = 1025 }; /* As a gate's reader reads it. */

struct scan_body { /* What a gate sends. */
	struct id128 scan_id;
	char qr[CODE_SIZE];
	time_ms at;
	uint8_t kind;
	char stop[STOP_ID_SIZE], service[STOP_ID_SIZE];
	uint8_t riders;
};

struct scan_moving { /* What a rider's phone shows a driver after a reverse scan. */
	char show[7];
	time_ms until;
};

struct scan_answer {
	struct id128 scan_id;
	char verdict[24], why[96];
	struct id128 ticket_id;
	char product_id[ID_SIZE];
	uint8_t riders;
	int32_t uses_left; /* -1: no limit. */
	time_ms valid_until;
	char service[STOP_ID_SIZE];
	time_ms at;
	struct scan_moving moving; /* Of a reverse scan that is admitted. */
	struct receipt receipt;    /* Described here; the flow writes it. */
};
extern const struct shape scan_body_shape, scan_answer_shape, scan_moving_shape, reverse_body_shape;

extern const struct shape operator_patch_shape, operator_answer_shape, token_order_shape,
    token_answer_shape;
extern const struct flow_op operator_put_op, operator_patch_op, operator_get_op, operator_list_op,
    gate_put_op, gate_get_op, junction_put_op, junction_list_op, token_put_op, reverse_scan_op,
    scan_op, bundle_op;

#endif
