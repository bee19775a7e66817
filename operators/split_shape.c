/* operators/split_shape.c - divided tickets and pools in the store and in answers. Without it no
 * division could be done again by those it concerns.
 */
#include "core/shape.h"
#include "operators/pool.h"
#include "operators/split.h"

enum { REQ = SHAPE_REQUIRED, SECRET = SHAPE_SECRET };
#define F_YEN(T, m, t, what)   F_INT(T, m, t, REQ, 0, JSON_INT_MAX, what)
#define F_COUNT(T, m, t, what) F_INT(T, m, t, REQ, 0, JSON_INT_MAX, what)

static const char *const by_names[] = { "boardings",        "riders",          "deemed_fare",
					"distance",         "declared_counts", "fixed_shares",
					"component_values", "prorate_factors", NULL };
static const char *const unused_names[] = { "council", "partner", "operators", NULL };
static const char *const bound_names[] = { "none", "minimum", "cap", NULL };

static const struct shape_field leg_fields[] = {
	F_SUBJECT(struct split_leg, operator_id, 1, REQ, "whose"),
	F_COUNT(struct split_leg, boardings, 2, "uses begun"),
	F_COUNT(struct split_leg, riders, 3, "riders of all boardings"),
	F_YEN(struct split_leg, deemed_fare_yen, 4, "deemed fares of all riders"),
	F_COUNT(struct split_leg, distance_m, 5, "metres of all riders, as the crow flies"),
	F_COUNT(struct split_leg, weight, 6, "at the split, of weight_sum"),
	F_YEN(struct split_leg, fixed_yen, 7, "fixed amounts, within share_yen"),
	F_YEN(struct split_leg, share_yen, 8, "what it gets in all"),
	F_YEN(struct split_leg, before_yen, 9, "what earlier periods had posted of it"),
	F_INT(struct split_leg, rank, 10, REQ, 0, UINT16_MAX,
	      "its place among the remainders that got a yen left over; 0: none"),
	F_ENUM(struct split_leg, bound, 11, REQ, bound_names, "the bound that it met"),
	F_INT(struct split_leg, minimum_yen, 12, SECRET, 0, JSON_INT_MAX, ""),
	F_INT(struct split_leg, cap_yen, 13, SECRET, 0, JSON_INT_MAX, ""),
	F_END,
};
static const struct shape leg_shape = { "SplitLeg", sizeof(struct split_leg), leg_fields };

static const struct shape_field sums_fields[] = {
	F_YEN(struct split_sums, commission_yen, 1, "to the partner"),
	F_YEN(struct split_sums, payment_fee_yen, 2, "to the partner"),
	F_YEN(struct split_sums, council_fee_yen, 3, "to the council"),
	F_YEN(struct split_sums, unused_yen, 4, "nobody's ride earned it, or above all caps"),
	F_YEN(struct split_sums, pool_yen, 5, "into the pool of the month"),
	F_END,
};
static const struct shape sums_shape = { "SplitSums", sizeof(struct split_sums), sums_fields };

static const struct shape_field split_fields[] = {
	F_UUID(struct ticket_split, ticket_id, 1, REQ, "which"),
	F_MONTH(struct ticket_split, period, 2, REQ, "where it is paid"),
	F_MONTH(struct ticket_split, rides, 3, REQ, "the month in which it was over"),
	F_DATE(struct ticket_split, over, 4, REQ, "the service day on which it was"),
	F_INT(struct ticket_split, product_number, 5, REQ, 0, UINT16_MAX, "the product"),
	F_INT(struct ticket_split, product_version, 6, REQ, 0, UINT16_MAX, "its version"),
	F_SUBJECT(struct ticket_split, rule_id, 7, REQ, "the sharing rule"),
	F_INT(struct ticket_split, rule_version, 8, REQ, 0, UINT16_MAX, "its version"),
	F_SUBJECT(struct ticket_split, partner_id, 9, REQ, "who sold it"),
	F_INT(struct ticket_split, riders, 10, REQ, 0, UINT8_MAX, "whom it carries"),
	F_BOOL(struct ticket_split, again, 11, 0, "an earlier period had divided it"),
	F_YEN(struct ticket_split, earned_yen, 12, "its price"),
	F_OBJECT(struct ticket_split, sums, 13, REQ, &sums_shape, "beside the shares"),
	F_OBJECT(struct ticket_split, before, 14, 0, &sums_shape, "what was posted before"),
	F_ENUM(struct ticket_split, unused_to, 15, REQ, unused_names, "whose the unused is"),
	F_INT(struct ticket_split, split_step, 16, REQ, 0, UINT8_MAX, "the rule's, from 0"),
	F_ENUM(struct ticket_split, by, 17, REQ, by_names, "what it split by after all"),
	F_COUNT(struct ticket_split, weight_sum, 18, "of all weights"),
	F_LIST(struct ticket_split, legs, 19, 0, &leg_shape, leg_count, "by operator id"),
	F_BYTES(struct ticket_split, salt, 20, SECRET, ""),
	F_END,
};
const struct shape ticket_split_shape = { "TicketSplit", sizeof(struct ticket_split),
					  split_fields };

static const struct shape_field pool_leg_fields[] = {
	F_SUBJECT(struct pool_leg, operator_id, 1, REQ, "whose"),
	F_COUNT(struct pool_leg, boardings, 2, "uses begun"),
	F_COUNT(struct pool_leg, riders, 3, "riders of all boardings"),
	F_YEN(struct pool_leg, deemed_fare_yen, 4, "deemed fares of all riders"),
	F_COUNT(struct pool_leg, distance_m, 5, "metres of all riders"),
	F_COUNT(struct pool_leg, legs, 6, "tickets that it carried"),
	F_COUNT(struct pool_leg, declared, 7, "boardings that it declared"),
	F_COUNT(struct pool_leg, weight, 8, "of weight_sum"),
	F_YEN(struct pool_leg, share_yen, 9, "what it gets"),
	F_YEN(struct pool_leg, before_yen, 10, "what earlier periods had posted of it"),
	F_INT(struct pool_leg, rank, 11, REQ, 0, UINT16_MAX, "among the remainders"),
	F_ENUM(struct pool_leg, bound, 12, REQ, bound_names, "the bound that it met"),
	F_YEN(struct pool_leg, fixed_yen, 13, "fixed amounts of its tickets"),
	F_INT(struct pool_leg, minimum_yen, 14, SECRET, 0, JSON_INT_MAX, ""),
	F_INT(struct pool_leg, cap_yen, 15, SECRET, 0, JSON_INT_MAX, ""),
	F_END,
};
static const struct shape pool_leg_shape = { "PoolLeg", sizeof(struct pool_leg), pool_leg_fields };

static const struct shape_field pool_fields[] = {
	F_MONTH(struct pool, rides, 1, REQ, "the month in which its tickets were over"),
	F_MONTH(struct pool, period, 2, 0, "the period that divided it"),
	F_SUBJECT(struct pool, rule_id, 3, REQ, "the sharing rule"),
	F_INT(struct pool, rule_version, 4, REQ, 0, UINT16_MAX, "its version"),
	F_INT(struct pool, product_number, 5, REQ, 0, UINT16_MAX, "the product"),
	F_INT(struct pool, product_version, 6, REQ, 0, UINT16_MAX, "its version"),
	F_COUNT(struct pool, tickets, 7, "that put something in"),
	F_YEN(struct pool, sum_yen, 8, "what they put in"),
	F_YEN(struct pool, unused_yen, 9, "nobody's weight, or above all caps"),
	F_YEN(struct pool, before_unused_yen, 10, "what earlier periods had posted of it"),
	F_ENUM(struct pool, by, 11, REQ, by_names, "what it split by after all"),
	F_COUNT(struct pool, weight_sum, 12, "of all weights"),
	F_LIST(struct pool, legs, 13, 0, &pool_leg_shape, leg_count, "by operator id"),
	F_END,
};
const struct shape pool_shape = { "Pool", sizeof(struct pool), pool_fields };

static const struct shape_field due_fields[] = {
	F_BOOL(struct pool_due, divided, 1, 0, ""),
	F_TEXT(struct pool_due, cursor, 2, 0, 0, ""), /* POOL_COUNCIL is no id. */
	F_END,
};
const struct shape pool_due_shape = { "PoolDue", sizeof(struct pool_due), due_fields };

static const struct shape_field beside_leg_fields[] = {
	F_SUBJECT(struct beside_leg, operator_id, 1, REQ, "of whose revenue"),
	F_YEN(struct beside_leg, part_yen, 2, "as posted last"),
	F_END,
};
static const struct shape beside_leg_shape = { "PoolBesideLeg", sizeof(struct beside_leg),
					       beside_leg_fields };

static const struct shape_field beside_fields[] = {
	F_YEN(struct pool_beside, sum_yen, 1, "what the tickets of the pool gave"),
	F_LIST(struct pool_beside, legs, 2, 0, &beside_leg_shape, leg_count, "by operator id"),
	F_END,
};
const struct shape pool_beside_shape = { "PoolBeside", sizeof(struct pool_beside), beside_fields };

static const struct shape_field declared_fields[] = {
	F_SUBJECT(struct declared, operator_id, 1, REQ, "who"),
	F_MONTH(struct declared, period, 2, REQ, "the month"),
	F_COUNT(struct declared, boardings, 3, "in it, by its own count"),
	F_END,
};
const struct shape declared_shape = { "DeclaredCount", sizeof(struct declared), declared_fields };
