/* operators/evidence_shape.c - evidence on the wire. Without it nobody could write a program that
 * reads it.
 */
#include "core/shape.h"
#include "operators/evidence_op.h"

enum { REQ = SHAPE_REQUIRED };
#define T struct evidence_item
#define F_COUNT(m, what) F_INT(T, m, 0, REQ, 0, JSON_INT_MAX, what)

static const struct shape_field beside_fields[] = {
	F_TEXT(struct commit_beside, partner_id, 0, REQ, 1, "a partner; ~: the council"),
	F_INT(struct commit_beside, sum_yen, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX,
	      "what the pool's tickets gave it"),
	F_END,
};
static const struct shape beside_shape = { "EvidenceBeside", sizeof(struct commit_beside),
					   beside_fields };

static const struct shape_field item_fields[] = {
	F_UUID(T, pseudonym, 0, 0, "the ticket's, for this operator; none: a month's pool"),
	F_SUBJECT(T, product_id, 0, REQ, "what was sold"),
	F_INT(T, product_number, 0, REQ, 0, UINT16_MAX, "as its tickets carry it"),
	F_INT(T, product_version, 0, REQ, 0, UINT16_MAX, "its version"),
	F_SUBJECT(T, rule_id, 0, REQ, "the sharing rule"),
	F_INT(T, rule_version, 0, REQ, 0, UINT16_MAX, "its version"),
	F_MONTH(T, rides, 0, REQ, "the month in which the tickets were over"),
	F_DATE(T, over, 0, 0, "the service day on which the ticket was"),
	F_INT(T, place, 0, REQ, 0, UINT16_MAX, "of the operator's own leg in the text, from 0"),
	F_TEXT(T, text, 0, REQ, 1, "as committed: canonical JSON; docs/audit.md"),
	F_BYTES(T, salt, 0, REQ, "in front of the text"),
	F_INT(T, index, 0, REQ, 0, JSON_INT_MAX, "the leaf's"),
	F_TEXT(T, path, 0, 0, 0,
	       "from the leaf to the root: hashes one behind another, base64url; none where alone"),
	F_COUNT(share_yen, "what it gets of it in all"),
	F_COUNT(boardings, "its own"),
	F_COUNT(riders, "its own"),
	F_COUNT(deemed_fare_yen, "its own"),
	F_COUNT(distance_m, "its own"),
	F_LIST(T, beside, 0, 0, &beside_shape, beside_count, "of a pool: as in its text"),
	F_END,
};
static const struct shape item_shape = { "EvidenceItem", sizeof(T), item_fields };
const struct shape *const evidence_shape_of_item = &item_shape;
#undef T

static const struct shape_field fields[] = {
	F_MONTH(struct evidence, period, 0, REQ, "the month"),
	F_SUBJECT(struct evidence, operator_id, 0, REQ, "whose"),
	F_BYTES(struct evidence, pseudonym_key, 0, REQ, "of its tickets' pseudonyms"),
	F_INT(struct evidence, committed, 0, REQ, 0, JSON_INT_MAX, "leaves of the close's tree"),
	F_BYTES(struct evidence, commit_root, 0, REQ, "its root, as the close's note has it"),
	F_LIST(struct evidence, items, 0, REQ, &item_shape, item_count, "in the tree's order"),
	F_TEXT(struct evidence, next, 0, 0, 0, "from= of the next page; none: this is the last"),
	F_END,
};
const struct shape evidence_shape = { "Evidence", sizeof(struct evidence), fields };
