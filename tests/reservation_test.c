/* tests/reservation_test.c - who may take a place, and that the last one is given once. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/reservation.h"
#include "tests/when.h"

static struct product product;
static struct sale sale;
static struct use use;
static struct service service;
static struct reservation_order order;
static time_ms now;

/* A pass of three days from first use, sold on the 24th, to be begun by the end of December's
 * 23rd; and a sailing on the 25th with ten places, four of them taken. */
static void begin(void)
{
	product = (struct product){
		.validity = VALIDITY_DAYS,
		.length = 3,
		.activation_days = 30,
		.operators = { { "subway" }, { "ship" }, { "orc" } },
		.operator_count = 3,
		.modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air),
	};
	sale = (struct sale){
		.riders = 2,
		.not_before = when("2026-11-24T12:00"),
		.not_after = when("2026-12-24T02:59:59.999"),
	};
	use = (struct use){ .status = TICKET_VALID, .n = 1 };
	service = (struct service){
		.operator_id = "ship",
		.service_id = "s1125-0900",
		.mode = MODE_ferry,
		.departs_at = when("2026-11-25T09:00"),
		.allotment = 10,
		.taken = 4,
	};
	order = (struct reservation_order){ .operator_id = "ship", .service_id = "s1125-0900" };
	now = when("2026-11-24T12:30");
}

#define SET(array, text) assert_true(text_set(array, sizeof(array), slice_text(text)))

static void flight(void)
{
	begin();
	service.mode = MODE_air;
	SET(service.operator_id, "orc");
	SET(order.pnr, "ABC123");
}

static void first_used(const char *at, const char *until)
{
	use.first_used_at = when(at);
	use.valid_until = when(until);
}

static void hold(const char *operator_id, const char *service_id)
{
	struct use_reservation *held = &use.reservations[use.reservation_count++];

	*held = (struct use_reservation){ .mode = MODE_ferry, .seats = 2 };
	SET(held->operator_id, operator_id);
	SET(held->service_id, service_id);
}

static void hold_so_many(unsigned count)
{
	char id[] = "other-0";

	while (count-- > 0) {
		hold("ship", id);
		id[sizeof(id) - 2]++;
	}
}

/* Refused: nothing has changed. Given: the places, and nothing else. */
static void decide(const char *change, enum reservation_refusal wanted)
{
	static struct use use_before;
	static struct service service_before;
	enum reservation_refusal got;
	struct use_reservation *held;

	mem_copy(&use_before, &use, sizeof(use));
	mem_copy(&service_before, &service, sizeof(service));
	got = reservation_decide(&use, &service, &sale, &product, &order, now);
	if (got != wanted)
		fail_msg("%s: %s", change, reservation_refusal_text(got));
	if (got == RESERVATION_OK) {
		held = &use.reservations[use.reservation_count - 1];
		assert_string_equal(held->operator_id, service.operator_id);
		assert_string_equal(held->service_id, service.service_id);
		assert_int_equal(held->mode, service.mode);
		assert_int_equal(held->seats, sale.riders);
		assert_false(held->checked_in);
		assert_int_equal(use.n, use_before.n + 1);
		assert_int_equal(use.reservation_count, use_before.reservation_count + 1);
		if (service.allotment > 0)
			assert_int_equal(service.taken, service_before.taken + sale.riders);
		*held = use_before.reservations[use_before.reservation_count];
		use.n--;
		use.reservation_count--;
		service.taken = service_before.taken;
	}
	assert_memory_equal(&use, &use_before, sizeof(use));
	assert_memory_equal(&service, &service_before, sizeof(service));
}

#define ROW(base, change, refusal)                                                                 \
	do {                                                                                       \
		base();                                                                            \
		change;                                                                            \
		decide(#base ": " #change, RESERVATION_##refusal);                                 \
	} while (0)
#define NOTHING (void)0

static void test_refusals(void **state)
{
	(void)state;
	ROW(begin, NOTHING, OK);
	ROW(begin, use.status = TICKET_REVOKED, TICKET_NOT_VALID);
	ROW(begin, use.status = TICKET_BLOCKED, TICKET_NOT_VALID);
	ROW(begin, product.operator_count = 1, NOT_COVERED);
	ROW(begin, product.modes = MODE_BIT(MODE_rail), NOT_COVERED);
	ROW(begin, product.modes = MODE_BIT(MODE_ferry), OK);
	ROW(begin, now = when("2026-11-25T08:59:59.999"), OK);
	ROW(begin, now = when("2026-11-25T09:00"), DEPARTED);
	ROW(begin, now = when("2026-11-25T09:00:01"), DEPARTED);
	ROW(begin, hold("ship", "s1125-0900"), ALREADY_HELD);
	ROW(begin, (hold("ship", "another"), hold("ship", "s1125-0900")), ALREADY_HELD);
	ROW(begin, (hold("ship", "another"), hold("ship-2", "s1125-0900")), OK);
	ROW(begin, (hold("ship", "s1125-0900"), use.reservation_count = 0), OK);
	ROW(begin, hold_so_many(USE_RESERVATION_COUNT_MAX - 1), OK);
	ROW(begin, hold_so_many(USE_RESERVATION_COUNT_MAX), TOO_MANY);
	ROW(flight, NOTHING, OK);
	ROW(flight, order.pnr[0] = '\0', PNR_MISSING);
	ROW(flight, product.modes = MODE_BIT(MODE_ferry), NOT_COVERED);
}

static void test_places(void **state)
{
	(void)state;
	ROW(begin, service.taken = 8, OK); /* The last two. */
	ROW(begin, service.taken = 9, SERVICE_FULL);
	ROW(begin, (service.taken = 9, sale.riders = 1), OK);
	ROW(begin, service.taken = 10, SERVICE_FULL);
	ROW(begin, (service.taken = 10, sale.riders = 1), SERVICE_FULL);
	ROW(begin, (service.taken = 1, sale.riders = 9), OK);
	ROW(begin, (service.taken = 2, sale.riders = 9), SERVICE_FULL);
	ROW(begin, (service.allotment = service.taken = 1, sale.riders = 1), SERVICE_FULL);
	ROW(begin, (service.allotment = ALLOTMENT_MAX, service.taken = ALLOTMENT_MAX - 2), OK);
	ROW(flight, service.taken = 9, SERVICE_FULL);
	/* Not counted by us: an airline keeps its places itself. */
	ROW(begin, service.allotment = service.taken = 0, OK);
	ROW(flight, service.allotment = service.taken = 0, OK);
	assert_int_equal(service.taken, 0);
}

/* When the days are not known yet, the latest possible ones count; once known, they do. */
static void test_validity(void **state)
{
	(void)state;
	ROW(begin, (now = when("2026-11-24T09:00"), service.departs_at = sale.not_before), OK);
	ROW(begin, (now = when("2026-11-24T09:00"), service.departs_at = sale.not_before - 1),
	    OUTSIDE_VALIDITY);
	ROW(begin, service.departs_at = when("2026-12-26T02:59:59.999"), OK);
	ROW(begin, service.departs_at = when("2026-12-26T03:00"), OUTSIDE_VALIDITY);
	ROW(begin, (product.length = 1, service.departs_at = when("2026-12-24T02:59:59.999")), OK);
	ROW(begin, (product.length = 1, service.departs_at = when("2026-12-24T03:00")),
	    OUTSIDE_VALIDITY);
	/* It may be begun up to its window's end; after that there will be no days of it. */
	ROW(begin, (service.departs_at = when("2026-12-25T09:00"), now = sale.not_after), OK);
	ROW(begin, (service.departs_at = when("2026-12-25T09:00"), now = sale.not_after + 1),
	    OUTSIDE_VALIDITY);
	ROW(begin,
	    (product.validity = VALIDITY_HOURS, product.length = 24,
	     service.departs_at = when("2026-12-25T02:59:59.998")),
	    OK);
	ROW(begin,
	    (product.validity = VALIDITY_HOURS, product.length = 24,
	     service.departs_at = when("2026-12-25T02:59:59.999")),
	    OUTSIDE_VALIDITY);
	ROW(begin,
	    (product.validity = VALIDITY_FIXED, product.length = 0,
	     service.departs_at = sale.not_after),
	    OK);
	ROW(begin,
	    (product.validity = VALIDITY_FIXED, product.length = 0,
	     service.departs_at = sale.not_after + 1),
	    OUTSIDE_VALIDITY);
	ROW(begin,
	    (first_used("2026-11-24T12:10", "2026-11-27T02:59:59.999"),
	     service.departs_at = when("2026-11-27T02:59:59.999")),
	    OK);
	ROW(begin,
	    (first_used("2026-11-24T12:10", "2026-11-27T02:59:59.999"),
	     service.departs_at = when("2026-11-27T03:00")),
	    OUTSIDE_VALIDITY);
	/* Begun in time, it goes on behind its window. */
	ROW(begin,
	    (first_used("2026-12-23T12:00", "2026-12-26T02:59:59.999"),
	     now = when("2026-12-24T12:00"), service.departs_at = when("2026-12-25T09:00")),
	    OK);
}

/* One ticket with every fault; each refusal hides those behind it, and the list is in that order.
 */
static void test_precedence(void **state)
{
	(void)state;
	flight();
	SET(service.operator_id, "ship");
	use.status = TICKET_REVOKED;
	product.modes = MODE_BIT(MODE_rail);
	now = when("2027-03-01T12:00");
	service.departs_at = now;
	hold("ship", "s1125-0900");
	hold_so_many(USE_RESERVATION_COUNT_MAX - 1);
	order.pnr[0] = '\0';
	service.taken = service.allotment;

	decide("all of them", RESERVATION_TICKET_NOT_VALID);
	use.status = TICKET_VALID;
	decide("not covered", RESERVATION_NOT_COVERED);
	product.modes = MODE_BIT(MODE_air);
	decide("departed", RESERVATION_DEPARTED);
	service.departs_at = now + 1;
	decide("outside", RESERVATION_OUTSIDE_VALIDITY);
	sale.not_after = now + 1;
	decide("held", RESERVATION_ALREADY_HELD);
	SET(service.service_id, "s1125-1000");
	decide("too many", RESERVATION_TOO_MANY);
	use.reservation_count--;
	decide("no locator", RESERVATION_PNR_MISSING);
	order.pnr[0] = 'A';
	decide("full", RESERVATION_SERVICE_FULL);
	service.taken -= 2;
	decide("nothing is left", RESERVATION_OK);
}

/* Tickets of one to nine riders come until each is refused: never more places than were given. */
static void test_never_oversold(void **state)
{
	unsigned sold, refused;

	(void)state;
	for (uint16_t allotment = 1; allotment <= 40; allotment++) {
		begin();
		service.allotment = allotment;
		service.taken = 0;
		sold = refused = 0;
		for (unsigned i = 0; refused < 9; i++) {
			enum reservation_refusal got;

			use = (struct use){ .status = TICKET_VALID };
			sale.riders = (uint8_t)(9 - (i + allotment) % 9);
			got = reservation_decide(&use, &service, &sale, &product, &order, now);
			assert_true(got == RESERVATION_OK || got == RESERVATION_SERVICE_FULL);
			sold += got == RESERVATION_OK ? sale.riders : 0;
			refused = got == RESERVATION_OK ? 0 : refused + 1;
		}
		assert_int_equal(sold, allotment);
		assert_int_equal(service.taken, allotment);
	}
}

static void test_refusals_say_why(void **state)
{
	(void)state;
	assert_string_equal(reservation_refusal_text(RESERVATION_OK), "");
	for (int i = RESERVATION_OK + 1; i <= RESERVATION_SERVICE_FULL; i++) {
		assert_string_not_equal(reservation_refusal_text(i), "");
		for (int k = RESERVATION_OK; k < i; k++)
			assert_string_not_equal(reservation_refusal_text(i),
						reservation_refusal_text(k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),       cmocka_unit_test(test_places),
		cmocka_unit_test(test_validity),       cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_never_oversold), cmocka_unit_test(test_refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
