/* operators/scan_shape.c - scans on the wire. Without it a gate would not know what to send. */
#include "operators/operators_op.h"

enum { REQ = SHAPE_REQUIRED };

static const struct shape_field body_fields[] = {
	F_UUID(struct scan_body, scan_id, 0, REQ,
	       "made by the gate (UUIDv7); the same one when the scan is sent again"),
	F_TEXT(struct scan_body, qr, 0, REQ | SHAPE_ANY_TEXT, 1, "the code as it was read"),
	F_TIME(struct scan_body, at, 0, REQ, "by the gate's clock"),
	F_ENUM(struct scan_body, kind, 0, REQ, scan_kind_names, "what the rider does"),
	F_TEXT(struct scan_body, stop, 0, 0, 0,
	       "where a moving gate is, as the operator's feed spells it"),
	F_TEXT(struct scan_body, service, 0, 0, 0,
	       "ferry, air: the service; bus, rail: the route of a moving gate"),
	F_INT(struct scan_body, riders, 0, 0, 0, 99, "how many pass now; none said: 1"),
	F_END,
};
const struct shape scan_body_shape = { "Scan", sizeof(struct scan_body), body_fields };

static const struct shape_field answer_fields[] = {
	F_UUID(struct scan_answer, scan_id, 0, REQ, "the scan's"),
	F_TEXT(struct scan_answer, verdict, 0, REQ, 0, "ADMITTED, or why not"),
	F_TEXT(struct scan_answer, why, 0, REQ, 0, "the same for people"),
	F_UUID(struct scan_answer, ticket_id, 0, 0, "where the code is a ticket of ours"),
	F_SUBJECT(struct scan_answer, product_id, 0, 0, "where it is known"),
	F_INT(struct scan_answer, riders, 0, REQ, 0, 255, "who pass"),
	F_INT(struct scan_answer, uses_left, 0, REQ, -1, 65535,
	      "boardings left; -1: no limit, or not admitted"),
	F_TIME(struct scan_answer, valid_until, 0, 0, "the last moment of validity"),
	F_TEXT(struct scan_answer, service, 0, 0, 0, "as scanned, or found by the boarding pass"),
	F_TIME(struct scan_answer, at, 0, REQ, "by the gate's clock"),
	F_END,
};
const struct shape scan_answer_shape = { "ScanAnswer", sizeof(struct scan_answer), answer_fields };
