/* fares/fact.c - facts to bytes and back. Without it the log would hold what nobody can read. */
#include "fares/fact.h"

#include "core/cbor.h"
#include "fares/money.h"

enum { FACT_SIZE_MAX = 2048 };

const char *const fact_type_names[] = {
#define X(name) #name,
	FACT_TYPES(X)
#undef X
	    NULL,
};

static const char *const beneficiary_names[] = { "council", "partner", NULL };
static const char *const prefecture_bits[] = { "40", "41", "42", "43", "44", "45", "46", NULL };

static const struct shape_field fields[] = {
	F_ENUM(struct fact, type, 1, SHAPE_REQUIRED, fact_type_names, "what happened"),
	F_TIME(struct fact, at, 2, SHAPE_REQUIRED, "when"),
	F_UUID(struct fact, id, 3, SHAPE_REQUIRED, "the command's id"),
	F_UUID(struct fact, ticket_id, 4, 0, ""),
	F_INT(struct fact, product_number, 5, 0, 0, 65535, ""),
	F_INT(struct fact, product_version, 6, 0, 0, 65535, ""),
	F_SUBJECT(struct fact, partner_id, 7, 0, ""),
	F_SUBJECT(struct fact, category, 8, 0, ""),
	F_INT(struct fact, riders, 9, 0, 0, 255, ""),
	F_INT(struct fact, yen_amount, 10, 0, 0, JSON_INT_MAX, ""),
	F_INT(struct fact, fee_yen, 11, 0, 0, JSON_INT_MAX, ""),
	F_ENUM(struct fact, fee_to, 12, 0, beneficiary_names, ""),
	F_TIME(struct fact, not_after, 13, 0, ""),
	F_SUBJECT(struct fact, operator_id, 14, 0, ""),
	F_SUBJECT(struct fact, gate_id, 15, 0, ""),
	F_ENUM(struct fact, mode, 16, 0, fares_mode_names, ""),
	F_TEXT(struct fact, kind, 17, 0, 0, ""),
	F_TEXT(struct fact, verdict, 18, 0, 0, ""),
	F_TEXT(struct fact, stop, 19, 0, 0, ""),
	F_SUBJECT(struct fact, service, 20, 0, ""),
	F_INT(struct fact, deemed_fare_yen, 21, 0, 0, JSON_INT_MAX, ""),
	F_BOOL(struct fact, boarding, 22, 0, ""),
	F_TIME(struct fact, over_at, 23, 0, ""),
	F_INT(struct fact, n, 24, 0, 0, UINT32_MAX, ""),
	F_SUBJECT(struct fact, rule_id, 25, 0, ""),
	F_INT(struct fact, rule_version, 26, 0, 0, 65535, ""),
	F_SET(struct fact, modes, 27, 0, fares_mode_names, ""),
	F_SET(struct fact, prefectures, 28, 0, prefecture_bits, ""),
	F_TEXT(struct fact, corporate_number, 29, 0, 0, ""),
	F_TEXT(struct fact, bureau, 30, 0, 0, ""),
	F_BOOL(struct fact, in_scope, 31, 0, ""),
	F_DATE(struct fact, joined, 32, 0, ""),
	F_DATE(struct fact, left, 33, 0, ""),
	F_DATE(struct fact, day, 34, 0, ""),
	F_BOOL(struct fact, offline, 35, 0, ""),
	F_TEXT(struct fact, gate_verdict, 36, 0, 0, ""),
	F_INT(struct fact, bundle_s, 37, 0, 0, JSON_INT_MAX, ""),
	F_BOOL(struct fact, contested, 38, 0, ""),
	F_TEXT(struct fact, bearer, 39, 0, 0, ""),
	F_INT(struct fact, borne_yen, 40, 0, 0, JSON_INT_MAX, ""),
	F_TEXT(struct fact, contest_why, 41, 0, 0, ""),
	F_TIME(struct fact, uploaded_at, 42, 0, ""),
	F_UUID(struct fact, scan_id, 43, 0, ""),
	F_UUID(struct fact, changed_id, 44, 0, ""),
	/* Tag 45 was the gate's word for when its bundle was made. */
	F_SUBJECT(struct fact, through_operator_id, 50, 0, ""),
	F_INT(struct fact, through_fare_yen, 51, 0, 0, JSON_INT_MAX, ""),
	F_UUID(struct fact, list_id, 60, 0, ""),
	F_BYTES(struct fact, digest, 61, 0, ""),
	F_INT(struct fact, count, 62, 0, 0, UINT32_MAX, ""),
	F_BYTES(struct fact, coupon, 63, 0, ""),
	F_INT(struct fact, distance_m, 70, 0, 0, JSON_INT_MAX, ""),
	F_INT(struct fact, through_distance_m, 71, 0, 0, JSON_INT_MAX, ""),
	F_INT(struct fact, boardings, 73, 0, 0, JSON_INT_MAX, ""),
	F_TIME(struct fact, from, 64, 0, ""),
	F_TIME(struct fact, until, 65, 0, ""),
	F_TIME(struct fact, valid_until, 66, 0, ""),
	F_TEXT(struct fact, reference, 80, 0, 0, ""),
	F_BOOL(struct fact, counted, 81, 0, ""),
	F_SUBJECT(struct fact, other_id, 82, 0, ""),
	F_TEXT(struct fact, note, 83, 0, 0, ""),
	F_TEXT(struct fact, line, 84, 0, 0, ""),
	F_TEXT(struct fact, move, 85, 0, 0, ""),
	F_TEXT(struct fact, by, 86, 0, 0, ""),
	F_INT(struct fact, signed_yen, 87, 0, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_INT(struct fact, limit_yen, 88, 0, -1, JSON_INT_MAX, ""),
	F_DATE(struct fact, run_off, 89, 0, ""),
	F_SUBJECT(struct fact, payee_id, 95, 0, ""),
	F_DATE(struct fact, pay_on, 96, 0, ""),
	F_END,
};
const struct shape fact_shape = { "Fact", sizeof(struct fact), fields };

time_ms fact_file(struct call *call, const struct fact *fact, time_ms after)
{
	struct writer to = { .data = arena_alloc(call->arena, FACT_SIZE_MAX),
			     .size = FACT_SIZE_MAX };

	shape_to_cbor(&to, &fact_shape, fact);
	MUST(!to.failed);
	return call_event(call, slice_of(to.data, to.used), after);
}

bool fact_read(struct fact *out, struct slice event)
{
	return shape_from_cbor(out, &fact_shape, event);
}
