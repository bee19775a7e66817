/* operators/passenger_shape.c - passenger lists and coupons, in the store and over HTTP. Without it
 * what is personal would have no one place where it can be seen what that is.
 */
#include "operators/passenger_op.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const struct shape_field passenger_fields[] = {
	F_TEXT(struct passenger, name, 1, 0, 0, "as the passenger writes it"),
	F_ENUM(struct passenger, kind, 2, 0, passenger_kind_names,
	       "adult from 12, child from 6, infant below; may be left out where age is said"),
	F_INT(struct passenger, age, 3, 0, 0, PASSENGER_AGE_MAX,
	      "in years, instead of kind; under one, say infant"),
	F_ENUM(struct passenger, sex, 4, 0, passenger_sex_names, ""),
	F_TEXT(struct passenger, municipality, 5, 0, 0,
	       "of residence, as in the resident register"),
	F_TEXT(struct passenger, nationality, 6, 0, 0,
	       "who lives abroad: ISO 3166-1, two or three letters"),
	F_TEXT(struct passenger, passport_number, 7, 0, 0, "who lives abroad"),
	F_BOOL(struct passenger, help_needed, 8, 0, "in an emergency"),
	F_UUID(struct passenger, ticket_id, 0, ANS, "on whose ticket"),
	F_BOOL(struct passenger, reserved, 0, ANS, "false: announced to walk on"),
	F_BOOL(struct passenger, checked_in, 0, ANS, "the ticket was let aboard"),
	F_END,
};
const struct shape passenger_shape = { "Passenger", sizeof(struct passenger), passenger_fields };

static const struct shape_field list_fields[] = {
	F_UUID(struct passenger_list, list_id, 1, REQ, ""),
	F_UUID(struct passenger_list, ticket_id, 2, REQ, ""),
	F_BYTES(struct passenger_list, salt, 3, REQ, ""),
	F_TIME(struct passenger_list, listed_at, 4, REQ, ""),
	F_DATE(struct passenger_list, erase_after, 5, REQ, ""),
	F_BOOL(struct passenger_list, reserved, 6, 0, ""),
	F_INT(struct passenger_list, ferry_uses, 7, 0, 0, UINT16_MAX, ""),
	F_LIST(struct passenger_list, passengers, 8, REQ, &passenger_shape, passenger_count, ""),
	F_END,
};
const struct shape passenger_list_shape = { "StoredPassengerList", sizeof(struct passenger_list),
					    list_fields };

static const struct shape_field due_fields[] = {
	F_UUID(struct passenger_due, list_id, 1, REQ, ""),
	F_UUID(struct passenger_due, ticket_id, 2, REQ, ""),
	F_SUBJECT(struct passenger_due, operator_id, 3, REQ, ""),
	F_SUBJECT(struct passenger_due, service_id, 4, REQ, ""),
	F_END,
};
const struct shape passenger_due_shape = { "PassengerDue", sizeof(struct passenger_due),
					   due_fields };

static const struct shape_field term_fields[] = {
	F_SUBJECT(struct passenger_term, operator_id, 1, REQ, "whose lists"),
	F_INT(struct passenger_term, days, 2, 0, 1, PASSENGER_TERM_DAYS_MAX,
	      "kept so long after the day of the voyage; 365 if not said"),
	F_SET(struct passenger_term, required, 3, REQ, passenger_field_names,
	      "what each passenger must say; municipality: or nationality and passport_number"),
	F_END,
};
const struct shape passenger_term_shape = { "PassengerTerm", sizeof(struct passenger_term),
					    term_fields };

static const struct shape_field order_fields[] = {
	F_UUID(struct passenger_order, ticket_id, 0, REQ, "whose passengers"),
	F_SUBJECT(struct passenger_order, operator_id, 0, REQ, "the sailing's operator"),
	F_SUBJECT(struct passenger_order, service_id, 0, REQ, "the sailing"),
	F_LIST(struct passenger_order, passengers, 0, REQ, &passenger_shape, passenger_count,
	       "everybody with a place, and up to nine infants without one"),
	F_END,
};
const struct shape passenger_order_shape = { "PassengerOrder", sizeof(struct passenger_order),
					     order_fields };

static const struct shape_field receipt_fields[] = {
	F_UUID(struct passenger_receipt, list_id, 0, REQ, "random; the log's name for this list"),
	F_UUID(struct passenger_receipt, ticket_id, 0, REQ, "whose passengers"),
	F_SUBJECT(struct passenger_receipt, operator_id, 0, REQ, "the sailing's operator"),
	F_SUBJECT(struct passenger_receipt, service_id, 0, REQ, "the sailing"),
	F_INT(struct passenger_receipt, persons, 0, REQ, 0, PASSENGER_COUNT_MAX, "listed"),
	F_BOOL(struct passenger_receipt, reserved, 0, REQ, "false: announced to walk on"),
	F_DATE(struct passenger_receipt, erase_after, 0, REQ, "the last day on which it is kept"),
	F_END,
};
const struct shape passenger_receipt_shape = { "PassengerReceipt",
					       sizeof(struct passenger_receipt), receipt_fields };

#define F_COUNT(T, m, what) F_INT(T, m, 0, REQ, 0, UINT16_MAX, what)

static const struct shape_field sheet_fields[] = {
	F_SUBJECT(struct passenger_sheet, operator_id, 0, REQ, "whose ship"),
	F_SUBJECT(struct passenger_sheet, service_id, 0, REQ, "the sailing"),
	F_TEXT(struct passenger_sheet, name_ja, 0, 0, 0, "its name"),
	F_TEXT(struct passenger_sheet, name_en, 0, 0, 0, "its name"),
	F_TEXT(struct passenger_sheet, from_stop, 0, 0, 0, "port of boarding"),
	F_TEXT(struct passenger_sheet, to_stop, 0, 0, 0, "port of landing"),
	F_TIME(struct passenger_sheet, departs_at, 0, REQ, "when it leaves"),
	F_COUNT(struct passenger_sheet, allotment, "places that our tickets may take"),
	F_COUNT(struct passenger_sheet, taken, "places taken, whether listed or not"),
	F_COUNT(struct passenger_sheet, persons, "on this list"),
	F_COUNT(struct passenger_sheet, infants, "of these"),
	F_COUNT(struct passenger_sheet, help_needed, "of these: who needs help in an emergency"),
	F_COUNT(struct passenger_sheet, checked_in, "of these"),
	F_LIST(struct passenger_sheet, passengers, 0, REQ, &passenger_shape, passenger_count,
	       "who needs help first"),
	F_END,
};
const struct shape passenger_sheet_shape = { "PassengerList", sizeof(struct passenger_sheet),
					     sheet_fields };

static const struct shape_field erasure_order_fields[] = {
	F_DATE(struct erasure_order, before, 0, REQ,
	       "what had to be kept until a day before this one is erased; today at the latest"),
	F_END,
};
const struct shape erasure_order_shape = { "ErasureOrder", sizeof(struct erasure_order),
					   erasure_order_fields };

static const struct shape_field erasure_answer_fields[] = {
	F_DATE(struct erasure_answer, before, 0, REQ, "as asked"),
	F_INT(struct erasure_answer, lists, 0, REQ, 0, UINT32_MAX, "erased by this command"),
	F_INT(struct erasure_answer, passengers, 0, REQ, 0, UINT32_MAX, "who stood on them"),
	F_BOOL(struct erasure_answer, more, 0, REQ, "some remain: send another command"),
	F_END,
};
const struct shape erasure_answer_shape = { "Erasure", sizeof(struct erasure_answer),
					    erasure_answer_fields };

static const struct shape_field pnr_fields[] = {
	F_TEXT(struct flown_pnr, pnr, 0, REQ, 1, "the airline's locator"),
	F_END,
};
static const struct shape pnr_shape = { "FlownCoupon", sizeof(struct flown_pnr), pnr_fields };

static const struct shape_field flown_order_fields[] = {
	F_SUBJECT(struct flown_order, operator_id, 0, REQ, "the airline"),
	F_SUBJECT(struct flown_order, service_id, 0, REQ, "the flight"),
	F_LIST(struct flown_order, flown, 0, 0, &pnr_shape, flown_count, "who flew"),
	F_LIST(struct flown_order, no_show, 0, 0, &pnr_shape, no_show_count, "who did not come"),
	F_END,
};
const struct shape flown_order_shape = { "FlownOrder", sizeof(struct flown_order),
					 flown_order_fields };

#define F_TALLY(m, what) F_INT(struct flown_answer, m, 0, REQ, 0, UINT32_MAX, what)

static const struct shape_field flown_answer_fields[] = {
	F_SUBJECT(struct flown_answer, operator_id, 0, REQ, "the airline"),
	F_SUBJECT(struct flown_answer, service_id, 0, REQ, "the flight"),
	F_TALLY(flown, "of those said to have flown: our coupons"),
	F_TALLY(no_show, "of those said not to have come: our coupons, now marked so"),
	F_TALLY(kept, "of those said not to have come: marked as flown before, and staying so"),
	F_TALLY(boardings, "flown without a scan, so counted as boardings by this command"),
	F_TALLY(unmatched, "locators of this flight that are none of ours"),
	F_END,
};
const struct shape flown_answer_shape = { "Flown", sizeof(struct flown_answer),
					  flown_answer_fields };
