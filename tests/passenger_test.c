/* tests/passenger_test.c - what a passenger list must say, who may be on it, and what becomes of a
 * coupon after its flight.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "operators/flown.h"
#include "operators/passenger_list.h"
#include "tests/when.h"

enum { ALL = PASSENGER_FIELDS_ALL, NOTHING = 0 };
#define ONLY(field) (1u << PASSENGER_FIELD_##field)

/* ---- What each must say. ---- */

static void each_says_what_the_route_asks_for(void **state)
{
	static const struct {
		struct passenger said;
		uint32_t required;
		const char *field, *code; /* NULL: complete. */
		uint8_t kind;
	} rows[] = {
		{ { .name = "A", .kind = PASSENGER_adult, .sex = 1, .municipality = "Beppu" }, ALL,
		  NULL, NULL, PASSENGER_adult },
		{ { .kind = PASSENGER_adult, .sex = 1, .municipality = "Beppu" }, ALL,
		  "name", "MISSING_FIELD", 0 },
		{ { .name = "A", .sex = 1, .municipality = "Beppu" }, ALL,
		  "kind", "MISSING_FIELD", 0 },
		{ { .name = "A", .age = 40, .municipality = "Beppu" }, ALL,
		  "sex", "MISSING_FIELD", 0 },
		{ { .name = "A", .age = 40, .sex = 1 }, ALL, "municipality", "MISSING_FIELD", 0 },
		/* Who lives abroad. */
		{ { .name = "A", .age = 40, .sex = 3, .nationality = "KR",
		    .passport_number = "M12345678" }, ALL, NULL, NULL, PASSENGER_adult },
		{ { .name = "A", .age = 40, .sex = 3, .nationality = "KOR" }, ALL,
		  "passport_number", "MISSING_FIELD", 0 },
		{ { .name = "A", .age = 40, .sex = 3, .passport_number = "M12345678" }, ALL,
		  "nationality", "MISSING_FIELD", 0 },
		{ { .name = "A", .age = 40, .sex = 3, .municipality = "Beppu",
		    .nationality = "KR" }, ALL, NULL, NULL, PASSENGER_adult },
		{ { .nationality = "kr" }, NOTHING, "nationality", "BAD_FORMAT", 0 },
		{ { .nationality = "K" }, NOTHING, "nationality", "BAD_FORMAT", 0 },
		{ { .nationality = "KR", .passport_number = "M123" }, NOTHING,
		  "passport_number", "BAD_FORMAT", 0 },
		{ { .nationality = "KR", .passport_number = "M-1234" }, NOTHING,
		  "passport_number", "BAD_FORMAT", 0 },
		{ { .passport_number = "M12345678" }, NOTHING, "nationality", "MISSING_FIELD", 0 },
		/* What is not asked for may be left out. */
		{ { .age = 0 }, NOTHING, NULL, NULL, PASSENGER_not_said },
		{ { .name = "A" }, ONLY(name), NULL, NULL, PASSENGER_not_said },
		{ { .sex = 2 }, ONLY(name), "name", "MISSING_FIELD", 0 },
		{ { .sex = 2 }, ONLY(sex), NULL, NULL, PASSENGER_not_said },
		/* Ages become classes; what was said of itself stays. */
		{ { .age = 5 }, ONLY(age_class), NULL, NULL, PASSENGER_infant },
		{ { .age = 6 }, ONLY(age_class), NULL, NULL, PASSENGER_child },
		{ { .age = 11 }, ONLY(age_class), NULL, NULL, PASSENGER_child },
		{ { .age = 12 }, ONLY(age_class), NULL, NULL, PASSENGER_adult },
		{ { .age = 6, .kind = PASSENGER_infant }, ONLY(age_class), NULL, NULL,
		  PASSENGER_infant },
		{ { .age = 0, .kind = PASSENGER_infant }, ALL & ~ONLY(name) & ~ONLY(sex),
		  "municipality", "MISSING_FIELD", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct passenger said[2] = { { "B", PASSENGER_child, 7, 1, "Beppu", "", "", false,
					       { { 0 } }, false, false },
					     rows[i].said };
		struct passenger_fault fault;
		bool complete = passenger_complete(&fault, said, 2, rows[i].required);

		if (complete != (rows[i].field == NULL))
			fail_msg("row %zu: %s %s", i, complete ? "" : fault.field,
				 complete ? "complete" : fault.what);
		if (complete) {
			assert_int_equal(said[1].kind, rows[i].kind);
			continue;
		}
		assert_int_equal(fault.index, 1);
		assert_string_equal(fault.field, rows[i].field);
		assert_string_equal(fault.code, rows[i].code);
		assert_true(text_size(fault.what) > 8);
	}
}

/* ---- Who may be on it. ---- */

static struct product product;
static struct sale sale;
static struct use use;
static struct service service;
static struct passenger_list list;
static time_ms now;

static void hold(const char *operator_id, const char *service_id, uint8_t seats)
{
	struct use_reservation *held = &use.reservations[use.reservation_count++];

	*held = (struct use_reservation){ .mode = service.mode, .seats = seats };
	assert_true(text_set(held->operator_id, ID_SIZE, slice_text(operator_id)));
	assert_true(text_set(held->service_id, ID_SIZE, slice_text(service_id)));
}

/* A pass for three by ship, sold yesterday, and tomorrow's sailing. */
static void begin(void)
{
	product = (struct product){ .operators = { { "ship" } },
				    .operator_count = 1,
				    .validity = VALIDITY_DAYS,
				    .length = 3,
				    .modes = MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air) };
	sale = (struct sale){ .riders = 3,
			      .not_before = when("2026-11-24T12:00"),
			      .not_after = when("2026-12-24T02:59:59.999") };
	use = (struct use){ .status = TICKET_VALID, .n = 1 };
	service = (struct service){ .operator_id = "ship",
				    .service_id = "s1125",
				    .mode = MODE_ferry,
				    .departs_at = when("2026-11-25T09:00") };
	list = (struct passenger_list){ 0 };
	now = when("2026-11-24T13:00");
}

static void aboard(size_t others, size_t infants)
{
	list.passenger_count = (uint16_t)(others + infants);
	for (size_t i = 0; i < list.passenger_count; i++)
		list.passengers[i].kind = i < others ? PASSENGER_adult : PASSENGER_infant;
}

static void as_many_as_have_a_place(void **state)
{
	static const struct {
		bool reserved;
		uint8_t others, infants;
		enum passenger_refusal refusal;
	} rows[] = {
		{ true, 2, 0, PASSENGER_OK },       { true, 1, 0, PASSENGER_TOO_FEW },
		{ true, 0, 0, PASSENGER_TOO_FEW },  { true, 3, 0, PASSENGER_TOO_MANY },
		{ true, 2, 9, PASSENGER_OK },       { true, 2, 10, PASSENGER_TOO_MANY },
		{ true, 1, 1, PASSENGER_OK },       { true, 0, 2, PASSENGER_OK },
		{ true, 0, 11, PASSENGER_OK },      { true, 0, 12, PASSENGER_TOO_MANY },
		{ true, 3, 1, PASSENGER_TOO_MANY }, { false, 0, 0, PASSENGER_TOO_FEW },
		{ false, 1, 0, PASSENGER_OK },      { false, 3, 0, PASSENGER_OK },
		{ false, 4, 0, PASSENGER_TOO_MANY }, { false, 3, 9, PASSENGER_OK },
		{ false, 3, 10, PASSENGER_TOO_MANY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		begin();
		if (rows[i].reserved)
			hold("ship", "s1125", 2);
		aboard(rows[i].others, rows[i].infants);
		if (passenger_decide(&list, &use, &sale, &product, &service, now) !=
		    rows[i].refusal)
			fail_msg("row %zu", i);
		if (rows[i].refusal == PASSENGER_OK)
			assert_int_equal(list.reserved, rows[i].reserved);
		else
			assert_true(text_size(passenger_refusal_text(rows[i].refusal)) > 8);
	}
}

static void assert_refused(enum passenger_refusal refusal)
{
	aboard(3, 0);
	assert_int_equal(passenger_decide(&list, &use, &sale, &product, &service, now), refusal);
	assert_true(refusal == PASSENGER_OK || text_size(passenger_refusal_text(refusal)) > 8);
}

static void only_a_ticket_that_may_sail(void **state)
{
	(void)state;
	begin();
	assert_refused(PASSENGER_OK);
	use.status = TICKET_REVOKED;
	service.departs_at = when("2026-11-24T09:00");
	assert_refused(PASSENGER_TICKET_NOT_VALID);
	use.status = TICKET_VALID;
	assert_refused(PASSENGER_DEPARTED);
	assert_true(text_set(product.operators[0].operator_id, ID_SIZE, SLICE("boat")));
	assert_refused(PASSENGER_NOT_COVERED);
	begin();
	product.modes = MODE_BIT(MODE_rail);
	assert_refused(PASSENGER_NOT_COVERED);
}

static void a_late_ship_still_takes_names(void **state)
{
	(void)state;
	begin();
	now = service.departs_at + PASSENGER_LATE_MAX_H * 3600000;
	assert_refused(PASSENGER_OK);
	now++;
	assert_refused(PASSENGER_DEPARTED);
}

static void a_walk_on_within_its_validity(void **state)
{
	(void)state;
	begin();
	service.departs_at = sale.not_before;
	now = sale.not_before;
	assert_refused(PASSENGER_OK);
	service.departs_at--;
	assert_refused(PASSENGER_OUTSIDE_VALIDITY);
	begin();
	use.first_used_at = when("2026-11-24T12:30");
	use.valid_until = service.departs_at;
	assert_refused(PASSENGER_OK);
	use.valid_until--;
	assert_refused(PASSENGER_OUTSIDE_VALIDITY);
	hold("ship", "s1125", 3); /* Whoever reserved was asked then. */
	assert_refused(PASSENGER_OK);
}

static void where_a_place_is_needed_nobody_walks_on(void **state)
{
	(void)state;
	begin();
	product.reserved_modes = MODE_BIT(MODE_ferry);
	hold("ship", "s1126", 3);
	hold("boat", "s1125", 3);
	assert_refused(PASSENGER_NO_RESERVATION);
	hold("ship", "s1125", 3);
	assert_refused(PASSENGER_OK);
}

static void who_is_aboard_is_seen(void **state)
{
	(void)state;
	begin();
	use.mode_uses[MODE_ferry] = 2;
	assert_refused(PASSENGER_OK);
	assert_int_equal(list.ferry_uses, 2);
	assert_false(passenger_is_checked_in(&list, &use, &service));
	use.mode_uses[MODE_ferry] = 3;
	assert_true(passenger_is_checked_in(&list, &use, &service));
	hold("ship", "s1125", 3);
	assert_false(passenger_is_checked_in(&list, &use, &service));
	use.reservations[0].checked_in = true;
	assert_true(passenger_is_checked_in(&list, &use, &service));
	assert_true(passenger_is_expected(&use, false));
	use.status = TICKET_REVOKED;
	assert_false(passenger_is_expected(&use, false));
	assert_true(passenger_is_expected(&use, true));
}

/* ---- After a flight. ---- */

static struct flown flown;

static void fly(void)
{
	begin();
	service.mode = MODE_air;
	hold("ship", "s1125", 2);
	flown = (struct flown){ .use = use };
}

static enum flown_effect say(enum coupon_state state)
{
	return flown_decide(&flown, &sale, &product, &service, state, 180);
}

static void who_flew_unseen_has_boarded(void **state)
{
	(void)state;
	fly();
	assert_int_equal(say(COUPON_FLOWN), FLOWN_BOARDED);
	assert_int_equal(flown.coupon.state, COUPON_FLOWN);
	assert_int_equal(flown.seats, 2);
	assert_true(flown.use.reservations[0].checked_in);
	assert_int_equal(flown.use.n, 2);
	assert_int_equal(flown.use.uses, 1);
	assert_int_equal(flown.use.mode_uses[MODE_air], 1);
	assert_int_equal(flown.use.mode_uses[MODE_ferry], 0);
	assert_int_equal(flown.use.first_used_at, service.departs_at);
	assert_int_equal(flown.use.valid_until, when("2026-11-28T02:59:59.999"));
	assert_int_equal(flown.over_at, flown.use.valid_until);
	assert_int_equal(say(COUPON_FLOWN), FLOWN_SAME);
	assert_int_equal(flown.use.uses, 1);
	assert_int_equal(say(COUPON_NO_SHOW), FLOWN_KEPT);
	assert_int_equal(flown.coupon.state, COUPON_FLOWN);
}

static void a_validity_begun_goes_on(void **state)
{
	(void)state;
	fly();
	flown.use.first_used_at = when("2026-11-24T12:30");
	flown.use.valid_until = when("2026-11-27T02:59:59.999");
	assert_int_equal(say(COUPON_FLOWN), FLOWN_BOARDED);
	assert_int_equal(flown.use.first_used_at, when("2026-11-24T12:30"));
	assert_int_equal(flown.over_at, when("2026-11-27T02:59:59.999"));
}

static void who_was_scanned_boards_no_second_time(void **state)
{
	(void)state;
	fly();
	flown.use.reservations[0].checked_in = true;
	assert_int_equal(say(COUPON_FLOWN), FLOWN_MARKED);
	assert_int_equal(flown.use.uses, 0);
	assert_int_equal(flown.use.n, 1);
}

static void a_no_show_may_have_flown_after_all(void **state)
{
	(void)state;
	fly();
	assert_int_equal(say(COUPON_NO_SHOW), FLOWN_MARKED);
	assert_int_equal(flown.use.uses, 0);
	assert_false(flown.use.reservations[0].checked_in);
	assert_int_equal(say(COUPON_NO_SHOW), FLOWN_SAME);
	assert_int_equal(say(COUPON_FLOWN), FLOWN_BOARDED);
}

static void a_place_given_back_is_none_of_ours(void **state)
{
	(void)state;
	fly();
	flown.use.reservation_count = 0;
	assert_int_equal(say(COUPON_FLOWN), FLOWN_UNMATCHED);
	assert_int_equal(flown.coupon.state, COUPON_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_says_what_the_route_asks_for),
		cmocka_unit_test(as_many_as_have_a_place),
		cmocka_unit_test(only_a_ticket_that_may_sail),
		cmocka_unit_test(a_late_ship_still_takes_names),
		cmocka_unit_test(a_walk_on_within_its_validity),
		cmocka_unit_test(where_a_place_is_needed_nobody_walks_on),
		cmocka_unit_test(who_is_aboard_is_seen),
		cmocka_unit_test(who_flew_unseen_has_boarded),
		cmocka_unit_test(a_validity_begun_goes_on),
		cmocka_unit_test(who_was_scanned_boards_no_second_time),
		cmocka_unit_test(a_no_show_may_have_flown_after_all),
		cmocka_unit_test(a_place_given_back_is_none_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
