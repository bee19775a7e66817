/* operators/registry_shape.c - operators and gates on the wire and in the store. Without it each
 * would be spelled three times.
 */
#include "core/shape.h"
#include "fares/money.h"
#include "operators/registry.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const struct shape_field operator_fields[] = {
	F_SUBJECT(struct operator, operator_id, 1, REQ, "its id"),
	F_TEXT(struct operator, name_ja, 2, REQ, 1, "in Japanese"),
	F_TEXT(struct operator, name_en, 3, REQ, 1, "in English"),
	F_SET(struct operator, modes, 4, REQ, fares_mode_names, "modes that it operates"),
	F_SET(struct operator, prefectures, 5, 0, prefecture_names, "where it does, by JIS X 0401"),
	F_TEXT(struct operator, corporate_number, 6, 0, 0, "法人番号; none: unverified"),
	F_TEXT(struct operator, bureau, 7, 0, 0, "of a public body, with accounts of its own"),
	F_BOOL(struct operator, in_scope, 8, 0, "the plan counts it: lines within the region"),
	F_DATE(struct operator, joined, 9, 0, "first day of its agreement; none: it has none"),
	F_DATE(struct operator, left, 10, 0, "first day without its agreement; none: it goes on"),
	F_SUBJECT(struct operator, feed, 11, 0, "the GTFS-JP feed with its stops and fares"),
	F_INT(struct operator, base_fare_yen, 12, 0, 0, PRICE_YEN_MAX,
	      "deemed fare of a ride whose stops are not known, yen a rider"),
	F_DATE(struct operator, run_off, 14, 0,
	       "after it left, the last day on which it carries what was sold; none: no end"),
	F_INT(struct operator, version, 13, ANS, 0, UINT32_MAX, "of this record"),
	F_END,
};
const struct shape operator_shape = { "Operator", sizeof(struct operator), operator_fields };

static const struct shape_field gate_fields[] = {
	F_SUBJECT(struct gate, gate_id, 1, REQ, "its id"),
	F_SUBJECT(struct gate, operator_id, 2, REQ, "whose"),
	F_ENUM(struct gate, mode, 3, REQ, fares_mode_names, "what it lets people into"),
	F_TEXT(struct gate, name, 4, REQ, 1, "what people call it"),
	F_TEXT(struct gate, stop, 5, 0, 0, "a stop of the operator's feed; none: it moves"),
	F_SUBJECT(struct gate, zone, 6, 0, "a zone that products may name"),
	F_TEXT(struct gate, route, 7, 0, 0, "the route that it serves, where fares need it"),
	F_BOOL(struct gate, reverse, 8, 0, "it shows a code that riders' phones read"),
	F_END,
};
const struct shape gate_shape = { "Gate", sizeof(struct gate), gate_fields };

static const struct shape_field junction_fields[] = {
	F_SUBJECT(struct junction, operator_a, 1, REQ, "one operator"),
	F_TEXT(struct junction, stop_a, 2, REQ, 1, "the station, as its feed spells it"),
	F_SUBJECT(struct junction, operator_b, 3, REQ, "the other"),
	F_TEXT(struct junction, stop_b, 4, REQ, 1, "the same station, as its feed spells it"),
	F_TEXT(struct junction, name, 5, REQ, 1, "what people call it"),
	F_END,
};
const struct shape junction_shape = { "Junction", sizeof(struct junction), junction_fields };
