/* operators/scan_shape.c - scans on the wire. Without it a gate would not know what to send. */
#include "operators/upload_op.h"

enum { REQ = SHAPE_REQUIRED };

#define SCAN_BODY_FIELDS                                                                           \
	F_UUID(struct scan_body, scan_id, 0, REQ,                                                  \
	       "made by the gate (UUIDv7); the same one when the scan is sent again"),             \
	F_TEXT(struct scan_body, qr, 0, REQ | SHAPE_ANY_TEXT, 1, "the code as it was read"),       \
	F_TIME(struct scan_body, at, 0, REQ, "by the gate's clock"),                               \
	F_ENUM(struct scan_body, kind, 0, REQ, scan_kind_names, "what the rider does"),            \
	F_TEXT(struct scan_body, stop, 0, 0, 0,                                                    \
	       "where a moving gate is, as the operator's feed spells it"),                        \
	F_TEXT(struct scan_body, service, 0, 0, 0,                                                 \
	       "ferry, air: the service; bus, rail: the route of a moving gate"),                  \
	F_INT(struct scan_body, riders, 0, 0, 0, 99, "how many pass now; none said: 1")

static const struct shape_field body_fields[] = { SCAN_BODY_FIELDS, F_END };
const struct shape scan_body_shape = { "Scan", sizeof(struct scan_body), body_fields };

#define SCAN_ANSWER_FIELDS                                                                         \
	F_UUID(struct scan_answer, scan_id, 0, REQ, "the scan's"),                                 \
	F_TEXT(struct scan_answer, verdict, 0, REQ, 0, "ADMITTED, or why not"),                    \
	F_TEXT(struct scan_answer, why, 0, REQ, 0, "the same for people"),                         \
	F_UUID(struct scan_answer, ticket_id, 0, 0, "where the code is a ticket of ours"),         \
	F_SUBJECT(struct scan_answer, product_id, 0, 0, "where it is known"),                      \
	F_INT(struct scan_answer, riders, 0, REQ, 0, 255, "who pass"),                             \
	F_INT(struct scan_answer, uses_left, 0, REQ, -1, 65535,                                    \
	      "boardings left; -1: no limit, or not admitted"),                                    \
	F_TIME(struct scan_answer, valid_until, 0, 0, "the last moment of validity"),              \
	F_TEXT(struct scan_answer, service, 0, 0, 0, "as scanned, or found by the boarding pass"), \
	F_TIME(struct scan_answer, at, 0, REQ, "by the gate's clock"),                             \
	F_OBJECT(struct scan_answer, receipt, 0, 0, &receipt_shape,                                \
		 "that the log will have it; the flow writes it, behind all else")

static const struct shape_field answer_fields[] = {
	SCAN_ANSWER_FIELDS,
	F_OBJECT(struct scan_answer, moving, 0, 0, &scan_moving_shape,
		 "of a reverse scan that is admitted: what the phone shows the driver"),
	F_END,
};
const struct shape scan_answer_shape = { "ScanAnswer", sizeof(struct scan_answer), answer_fields };

/* What an offline gate tells of a scan: the scan first, so that its fields are the same. */
static const struct shape_field upload_fields[] = {
	SCAN_BODY_FIELDS,
	F_INT(struct upload_body, bundle, 0, 0, 0, JSON_INT_MAX,
	      "the number of the bundle that the gate held; none said: it held none"),
	F_TIME(struct upload_body, bundle_at, 0, 0,
	       "when that bundle was made; its number says it"),
	F_TEXT(struct upload_body, verdict, 0, 0, 0,
	       "the gate's own; none said: ADMITTED, the rider was let pass"),
	F_END,
};
const struct shape upload_body_shape = { "OfflineScan", sizeof(struct upload_body), upload_fields };

static const struct shape_field upload_answer_fields[] = {
	SCAN_ANSWER_FIELDS,
	F_BOOL(struct upload_answer, contested, 0, REQ, "carried against the rules"),
	F_ENUM(struct upload_answer, bearer, 0, REQ, bearer_names,
	       "who bears it: operator or council; empty: nothing is to be borne"),
	F_INT(struct upload_answer, borne_yen, 0, REQ, 0, JSON_INT_MAX, "how much of it"),
	F_ENUM(struct upload_answer, contest_why, 0, REQ, contest_why_names,
	       "a stable name; empty: not contested"),
	F_END,
};
const struct shape upload_answer_shape = { "OfflineScanAnswer", sizeof(struct upload_answer),
					   upload_answer_fields };

#define T struct upload_code
static const struct shape_field code_fields[] = {
	F_UUID(T, scan_id, 1, REQ, "the gate's name for it"),
	F_SUBJECT(T, gate_id, 2, REQ, "where"),
	F_SUBJECT(T, operator_id, 3, REQ, "whose gate"),
	F_TIME(T, uploaded_at, 4, REQ, "when it was told"),
	F_TEXT(T, code, 5, SHAPE_ANY_TEXT, 0, "as it was read; left out where it is no ticket's"),
	F_BYTES(T, digest, 6, REQ, "SHA-256 of the code as it was read"),
	F_END,
};
#undef T
const struct shape upload_code_shape = { "UploadedCode", sizeof(struct upload_code), code_fields };

#define T struct offline_use
static const struct shape_field use_fields[] = {
	F_UUID(T, scan_id, 1, REQ, "the gate's name for it"),
	F_UUID(T, fact_id, 2, REQ, "the fact that told of it"),
	F_TIME(T, at, 3, REQ, "by the gate's clock"),
	F_TIME(T, uploaded_at, 4, 0, "by the server's"),
	/* Tag 5 was when that bundle was made, by the gate's word. */
	F_INT(T, bundle, 6, 0, 0, JSON_INT_MAX, "the number of that bundle"),
	F_SUBJECT(T, gate_id, 7, 0, "where"),
	F_SUBJECT(T, operator_id, 8, REQ, "whose gate"),
	F_ENUM(T, mode, 9, 0, fares_mode_names, "by what"),
	F_INT(T, riders, 10, 0, 0, UINT8_MAX, "how many"),
	F_BOOL(T, leaving, 11, 0, "an exit or an alighting"),
	F_SUBJECT(T, service_id, 12, 0, "the sailing, or whose reservation it used"),
	F_UUID(T, proof, 13, 0, "of the phone's proof"),
	F_INT(T, deemed_fare_yen, 14, 0, 0, JSON_INT_MAX, "what it adds where it counts"),
	F_INT(T, fare_yen, 15, 0, 0, JSON_INT_MAX, "what it is worth where it is contested"),
	F_ENUM(T, standing, 16, 0, offline_standing_names, "among the ticket's others"),
	F_BOOL(T, released, 17, 0, "let out by staff"),
	F_BOOL(T, online, 18, 0, "no use: the ride that online scans left open"),
	F_TEXT(T, stop, 19, 0, 0, "where the gate was"),
	F_TEXT(T, route, 20, 0, 0, "that it served"),
	F_INT(T, seats, 21, 0, 0, UINT8_MAX, "of the sailing, where it counts"),
	F_TIME(T, proof_at, 22, 0, "when the phone made its proof"),
	F_UUID(T, priced_id, 23, 0, "the fact of the ride for which an exit was reckoned"),
	F_BOOL(T, backwards, 24, 0, "it ends before where that began"),
	F_SUBJECT(T, through_operator_id, 25, 0, "with whom that began"),
	F_INT(T, through_fare_yen, 26, 0, 0, JSON_INT_MAX, "and what it adds for that one"),
	F_INT(T, distance_m, 27, 0, 0, UINT32_MAX, "metres of all riders"),
	F_INT(T, through_distance_m, 28, 0, 0, UINT32_MAX, "and with that one"),
	F_BOOL(T, forgotten, 29, 0, "its showing may have been one that gave way"),
	F_END,
};
#undef T
static const struct shape use_shape_offline = { "OfflineUse", sizeof(struct offline_use),
						use_fields };

#define T struct offline_uses
static const struct shape_field uses_fields[] = {
	F_LIST(T, uses, 1, 0, &use_shape_offline, count, "in their order"),
	F_TIME(T, online_first, 2, 0, "first use, as online scans made it"),
	F_TIME(T, online_last, 3, 0, "last scan, likewise"),
	F_SUBJECT(T, online_gate, 4, 0, "and its gate"),
	F_TIME(T, written_first, 5, 0, "first use, as the uses here made it"),
	F_TIME(T, written_last, 6, 0, "last scan, likewise"),
	F_SUBJECT(T, written_gate, 7, 0, "and its gate"),
	F_LIST(T, shown, 8, 0, &use_proof_shape, shown_count, "online, the newest first"),
	F_LIST(T, rides, 9, 0, &use_ride_shape, ride_count, "that online scans ended"),
	F_TIME(T, shown_gone, 10, 0, "the newest showing that gave way"),
	F_DATE(T, gone_day, 11, 0, "the newest day of those that took of a bound and left"),
	F_INT(T, gone_yen, 12, 0, 0, JSON_INT_MAX, "what they took that day"),
	F_END,
};
#undef T
const struct shape offline_uses_shape = { "OfflineUses", sizeof(struct offline_uses), uses_fields };
