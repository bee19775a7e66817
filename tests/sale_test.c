/* tests/sale_test.c - what a ticket costs, when it counts and what its code says, by Japan's
 * calendar: service days from 03:00, ends of months and years, and the leap day. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/sale.h"
#include "tests/when.h"

enum { B = DAY_BOUNDARY_MIN };

static struct product product(enum validity_kind validity, uint16_t length)
{
	return (struct product){
		.product_id = "kyushu",
		.number = 0x1234,
		.version = 7,
		.validity = (uint8_t)validity,
		.length = length,
		.activation_days = validity == VALIDITY_FIXED ? 0 : 30,
		.modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_venue),
		.uses = 20,
		.prices = { { "adult", 3000 }, { "child", 1500 }, { "infant", 0 } },
		.price_count = 3,
		.riders_max = 5,
	};
}

static struct product winter(void)
{
	struct product p = product(VALIDITY_FIXED, 0);

	p.sale_from = on("2026-11-01");
	p.sale_until = on("2027-01-31");
	p.valid_from = on("2026-12-01");
	p.valid_until = on("2027-02-28");
	return p;
}

static struct sale_order order(const char *category, uint8_t riders)
{
	struct sale_order o = { .product_id = "kyushu", .riders = riders, .partner_ref = "A-17" };

	assert_true(text_set(o.category, sizeof(o.category), slice_text(category)));
	return o;
}

static void same_time(const char *what, size_t row, time_ms is, const char *wanted)
{
	if (is != when(wanted))
		fail_msg("row %zu, %s: %s, not %s", row, what, when_text(is), wanted);
}

static void test_price(void **state)
{
	static const struct {
		const char *category;
		uint8_t riders;
		enum sale_refusal refusal;
		yen price_yen;
	} rows[] = {
		{ "adult", 1, SALE_OK, 3000 },
		{ "adult", 5, SALE_OK, 15000 },
		{ "child", 3, SALE_OK, 4500 },
		{ "infant", 2, SALE_OK, 0 },
		{ "adult", 0, SALE_TOO_MANY_RIDERS, 0 },
		{ "adult", 6, SALE_TOO_MANY_RIDERS, 0 },
		{ "adult", 255, SALE_TOO_MANY_RIDERS, 0 },
		{ "senior", 1, SALE_NO_PRICE_FOR_CATEGORY, 0 },
		{ "carer", 1, SALE_NO_PRICE_FOR_CATEGORY, 0 }, /* Behind the last price. */
		{ "", 1, SALE_NO_PRICE_FOR_CATEGORY, 0 },
		{ "senior", 6, SALE_TOO_MANY_RIDERS, 0 },
	};
	struct product p = product(VALIDITY_DAYS, 3);

	(void)state;
	p.prices[3] = (struct product_price){ "carer", 1 };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sale_order o = order(rows[i].category, rows[i].riders);
		yen price_yen = 0;

		assert_int_equal(sale_price(&price_yen, &p, &o), rows[i].refusal);
		assert_int_equal(price_yen, rows[i].price_yen);
	}
}

/* From first use: begun from the sale on, on so many service days, the day of sale being the
 * first. */
static void test_window_of_first_use(void **state)
{
	static const struct {
		const char *sold_at;
		uint16_t activation_days, boundary_min;
		const char *not_after;
	} rows[] = {
		{ "2026-11-24T12:00", 1, B, "2026-11-25T02:59:59.999" },
		{ "2026-11-24T03:00", 1, B, "2026-11-25T02:59:59.999" },
		{ "2026-11-25T02:59:59.999", 1, B, "2026-11-25T02:59:59.999" },
		{ "2026-11-25T03:00", 1, B, "2026-11-26T02:59:59.999" },
		{ "2026-11-24T12:00", 2, B, "2026-11-26T02:59:59.999" },
		{ "2026-11-30T23:59", 1, B, "2026-12-01T02:59:59.999" },
		{ "2026-12-01T00:10", 1, B, "2026-12-01T02:59:59.999" }, /* Still November's. */
		{ "2026-12-31T23:59:59.999", 30, B, "2027-01-30T02:59:59.999" },
		{ "2027-01-01T02:59", 30, B, "2027-01-30T02:59:59.999" },
		{ "2027-02-28T12:00", 2, B, "2027-03-02T02:59:59.999" },
		{ "2028-02-28T12:00", 2, B, "2028-03-01T02:59:59.999" }, /* The leap day. */
		{ "2028-03-01T02:59", 1, B, "2028-03-01T02:59:59.999" },
		{ "2026-11-24T12:00", 400, B, "2027-12-29T02:59:59.999" },
		{ "2026-11-24T00:00", 1, 0, "2026-11-24T23:59:59.999" },
		{ "2026-11-24T03:59", 1, 240, "2026-11-24T03:59:59.999" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows) * 2; i++) {
		struct product p = product(i % 2 == 0 ? VALIDITY_DAYS : VALIDITY_HOURS, 3);
		time_ms not_before, not_after;

		p.activation_days = rows[i / 2].activation_days;
		sale_window(&not_before, &not_after, &p, when(rows[i / 2].sold_at),
			    rows[i / 2].boundary_min);
		same_time("not before", i / 2, not_before, rows[i / 2].sold_at);
		same_time("not after", i / 2, not_after, rows[i / 2].not_after);
	}
}

/* The same for every ticket, whenever it was sold. */
static void test_window_of_fixed_days(void **state)
{
	static const struct {
		const char *from, *until;
		uint16_t boundary_min;
		const char *not_before, *not_after;
	} rows[] = {
		{ "2026-12-01", "2026-12-01", B, "2026-12-01T03:00", "2026-12-02T02:59:59.999" },
		{ "2026-12-01", "2026-12-31", B, "2026-12-01T03:00", "2027-01-01T02:59:59.999" },
		{ "2027-02-01", "2027-02-28", B, "2027-02-01T03:00", "2027-03-01T02:59:59.999" },
		{ "2028-02-01", "2028-02-28", B, "2028-02-01T03:00", "2028-02-29T02:59:59.999" },
		{ "2028-02-29", "2028-02-29", B, "2028-02-29T03:00", "2028-03-01T02:59:59.999" },
		{ "2026-12-01", "2026-12-01", 0, "2026-12-01T00:00", "2026-12-01T23:59:59.999" },
	};
	static const char *const sold_at[] = { "2026-11-01T12:00", "2026-12-01T12:00",
					       "2029-01-01T00:00" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(sold_at); i++) {
		size_t row = i / COUNT_OF(sold_at);
		struct product p = product(VALIDITY_FIXED, 0);
		time_ms not_before, not_after;

		p.valid_from = on(rows[row].from);
		p.valid_until = on(rows[row].until);
		sale_window(&not_before, &not_after, &p, when(sold_at[i % COUNT_OF(sold_at)]),
			    rows[row].boundary_min);
		same_time("not before", row, not_before, rows[row].not_before);
		same_time("not after", row, not_after, rows[row].not_after);
	}
}

static void test_validity_until(void **state)
{
	static const char not_after[] = "2026-12-24T02:59:59.999";
	static const struct {
		enum validity_kind validity;
		uint16_t length;
		const char *first_used_at;
		uint16_t boundary_min;
		const char *until;
	} rows[] = {
		{ VALIDITY_DAYS, 1, "2026-11-24T12:00", B, "2026-11-25T02:59:59.999" },
		{ VALIDITY_DAYS, 3, "2026-11-24T12:00", B, "2026-11-27T02:59:59.999" },
		{ VALIDITY_DAYS, 3, "2026-11-24T03:00", B, "2026-11-27T02:59:59.999" },
		{ VALIDITY_DAYS, 3, "2026-11-24T02:59:59.999", B, "2026-11-26T02:59:59.999" },
		{ VALIDITY_DAYS, 1, "2026-12-01T00:40", B, "2026-12-01T02:59:59.999" },
		{ VALIDITY_DAYS, 2, "2026-12-31T23:59", B, "2027-01-02T02:59:59.999" },
		{ VALIDITY_DAYS, 2, "2027-02-28T12:00", B, "2027-03-02T02:59:59.999" },
		{ VALIDITY_DAYS, 2, "2028-02-28T12:00", B, "2028-03-01T02:59:59.999" },
		{ VALIDITY_DAYS, 400, "2026-11-24T12:00", B, "2027-12-29T02:59:59.999" },
		{ VALIDITY_DAYS, 1, "2026-11-24T02:00", 0, "2026-11-24T23:59:59.999" },
		/* Begun on its last day it goes on behind its window. */
		{ VALIDITY_DAYS, 3, "2026-12-24T02:59", B, "2026-12-26T02:59:59.999" },
		{ VALIDITY_HOURS, 24, "2026-11-24T12:00", B, "2026-11-25T11:59:59.999" },
		{ VALIDITY_HOURS, 1, "2026-11-24T12:00:00.001", B, "2026-11-24T13:00" },
		{ VALIDITY_HOURS, 24, "2026-11-25T01:00", B, "2026-11-26T00:59:59.999" },
		{ VALIDITY_HOURS, 48, "2026-12-31T10:00", B, "2027-01-02T09:59:59.999" },
		{ VALIDITY_HOURS, 24, "2028-02-28T10:00", B, "2028-02-29T09:59:59.999" },
		{ VALIDITY_HOURS, 9600, "2026-11-24T12:00", B, "2027-12-29T11:59:59.999" },
		{ VALIDITY_HOURS, 24, "2026-12-24T02:59", B, "2026-12-25T02:58:59.999" },
		{ VALIDITY_FIXED, 0, "2026-12-02T12:00", B, "2026-12-24T02:59:59.999" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct product p = product(rows[i].validity, rows[i].length);

		same_time("until", i,
			  validity_until(&p, when(rows[i].first_used_at), when(not_after),
					 rows[i].boundary_min),
			  rows[i].until);
	}
}

static void test_on_sale(void **state)
{
	static const struct {
		const char *from, *until; /* NULL: no limit. */
		const char *now;
		enum sale_refusal refusal;
	} rows[] = {
		{ "2026-11-24", "2026-11-30", "2026-11-24T02:59:59.999", SALE_NOT_ON_SALE },
		{ "2026-11-24", "2026-11-30", "2026-11-24T03:00", SALE_OK },
		{ "2026-11-24", "2026-11-30", "2026-12-01T02:59:59.999", SALE_OK },
		{ "2026-11-24", "2026-11-30", "2026-12-01T03:00", SALE_NOT_ON_SALE },
		{ "2026-11-24", "2026-11-24", "2026-11-24T12:00", SALE_OK },
		{ NULL, "2026-11-30", "2020-01-01T00:00", SALE_OK },
		{ NULL, "2026-11-30", "2026-12-01T03:00", SALE_NOT_ON_SALE },
		{ "2026-11-24", NULL, "2026-11-24T02:59", SALE_NOT_ON_SALE },
		{ "2026-11-24", NULL, "2036-11-24T12:00", SALE_OK },
		{ NULL, NULL, "2026-11-24T12:00", SALE_OK },
		{ "2027-01-01", "2027-12-31", "2027-01-01T02:59", SALE_NOT_ON_SALE },
		{ "2027-01-01", "2027-12-31", "2028-01-01T02:59", SALE_OK },
		{ "2028-02-29", "2028-02-29", "2028-02-29T02:59", SALE_NOT_ON_SALE },
		{ "2028-02-29", "2028-02-29", "2028-03-01T02:59", SALE_OK },
		{ "2028-02-29", "2028-02-29", "2028-03-01T03:00", SALE_NOT_ON_SALE },
	};
	struct sale_order o = order("adult", 1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct product p = product(VALIDITY_DAYS, 3);
		struct sale sale = { 0 };

		p.sale_from = rows[i].from == NULL ? 0 : on(rows[i].from);
		p.sale_until = rows[i].until == NULL ? 0 : on(rows[i].until);
		if (sale_decide(&sale, &p, &o, when(rows[i].now), B) != rows[i].refusal)
			fail_msg("row %zu", i);
	}
}

/* A pass of fixed days is sold up to its last one, and not a service day longer. */
static void test_validity_over(void **state)
{
	static const struct {
		const char *now;
		uint16_t boundary_min;
		enum sale_refusal refusal;
	} rows[] = {
		{ "2026-11-01T12:00", B, SALE_OK }, /* In advance. */
		{ "2027-02-28T23:00", B, SALE_OK },
		{ "2027-03-01T02:59:59.999", B, SALE_OK },
		{ "2027-03-01T03:00", B, SALE_VALIDITY_OVER },
		{ "2027-03-01T00:00", 0, SALE_VALIDITY_OVER },
		{ "2030-01-01T12:00", B, SALE_VALIDITY_OVER },
	};
	struct sale_order o = order("adult", 1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct product p = winter();
		struct sale sale = { 0 };

		p.sale_from = p.sale_until = 0;
		if (sale_decide(&sale, &p, &o, when(rows[i].now), rows[i].boundary_min) !=
		    rows[i].refusal)
			fail_msg("row %zu", i);
	}
}

/* Each refusal hides those behind it. */
static void test_precedence(void **state)
{
	static const struct {
		const char *now, *category;
		uint8_t riders;
		enum sale_refusal refusal;
	} rows[] = {
		{ "2027-06-01T12:00", "senior", 9, SALE_NOT_ON_SALE },
		{ "2027-03-15T12:00", "senior", 9, SALE_VALIDITY_OVER },
		{ "2027-02-15T12:00", "senior", 9, SALE_TOO_MANY_RIDERS },
		{ "2027-02-15T12:00", "senior", 5, SALE_NO_PRICE_FOR_CATEGORY },
		{ "2027-02-15T12:00", "child", 5, SALE_DEVICE_KEY_NEEDED },
	};
	enum sale_refusal last = SALE_OK;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sale_order o = order(rows[i].category, rows[i].riders);
		struct product p = winter();
		struct sale sale = { 0 };

		p.sale_until = on("2027-03-31"); /* Longer than it may be: to meet both. */
		p.device_bound = true;
		assert_int_equal(sale_decide(&sale, &p, &o, when(rows[i].now), B), rows[i].refusal);
		assert_true(rows[i].refusal > last);
		last = rows[i].refusal;
	}
}

static void test_sold(void **state)
{
	struct sale_order o = order("child", 4);
	struct product p = winter();
	struct sale sale = { .status_index = 9 };

	(void)state;
	assert_int_equal(sale_decide(&sale, &p, &o, when("2026-11-24T17:18:50.123"), B), SALE_OK);
	assert_string_equal(sale.product_id, "kyushu");
	assert_int_equal(sale.product_number, 0x1234);
	assert_int_equal(sale.product_version, 7);
	assert_string_equal(sale.category, "child");
	assert_string_equal(sale.partner_ref, "A-17");
	assert_int_equal(sale.riders, 4);
	assert_int_equal(sale.price_yen, 6000);
	same_time("sold", 0, sale.sold_at, "2026-11-24T17:18:50.123");
	same_time("not before", 0, sale.not_before, "2026-12-01T03:00");
	same_time("not after", 0, sale.not_after, "2027-03-01T02:59:59.999");
	assert_int_equal(sale.status_index, 9); /* The shell's. */
	assert_true(id_is_zero(sale.ticket_id) && sale.partner_id[0] == '\0');
}

/* A phone's key makes a ticket that only this phone can show; without one it may be printed. */
static void test_device_key(void **state)
{
	static const struct {
		bool device_bound;
		uint8_t first, last; /* Of the key's bytes. */
		enum sale_refusal refusal;
		uint8_t flags;
	} rows[] = {
		{ false, 0, 0, SALE_OK, TICKET_FLAG_STATIC },
		{ false, 0xaa, 0xbb, SALE_OK, 0 },
		{ true, 0xaa, 0xbb, SALE_OK, 0 },
		{ true, 0, 1, SALE_OK, 0 },
		{ true, 1, 0, SALE_OK, 0 },
		{ true, 0, 0, SALE_DEVICE_KEY_NEEDED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sale_order o = order("adult", 1);
		struct product p = product(VALIDITY_DAYS, 3);
		struct sale sale = { 0 };
		struct ticket t;

		p.device_bound = rows[i].device_bound;
		o.device_key[0] = rows[i].first;
		o.device_key[sizeof(o.device_key) - 1] = rows[i].last;
		assert_int_equal(sale_decide(&sale, &p, &o, when("2026-11-24T12:00"), B),
				 rows[i].refusal);
		if (rows[i].refusal != SALE_OK)
			continue;
		sale_ticket(&t, &sale, &p, FARE_FULL);
		assert_int_equal(t.flags, rows[i].flags);
		assert_int_equal(t.has_device_key, rows[i].flags == 0);
		assert_memory_equal(t.device_key, o.device_key, sizeof(t.device_key));
	}
}

static void test_ticket(void **state)
{
	static const struct {
		uint16_t zone_count;
		uint32_t zones;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 3, 7 }, { 31, 0x7fffffff }, { 32, 0xffffffff } };
	struct product p = product(VALIDITY_DAYS, 3);
	struct sale sale = {
		.ticket_id = { { 1, 2, 3 } },
		.product_number = 0x1234,
		.product_version = 7,
		.riders = 4,
		.sold_at = when("2026-11-24T17:18:50.999"),
		.not_before = when("2026-11-24T17:18:51.999"),
		.not_after = when("2026-12-24T02:59:59.999"),
		.status_list = 327,
		.status_index = SLOT_INDEX_COUNT - 1,
	};
	struct ticket t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p.zone_count = rows[i].zone_count;
		sale_ticket(&t, &sale, &p, FARE_HALF);
		assert_int_equal(t.zones, rows[i].zones);
	}
	assert_int_equal(t.iat_s, when("2026-11-24T17:18:50") / 1000);
	assert_int_equal(t.nbf_s, when("2026-11-24T17:18:51") / 1000);
	assert_int_equal(t.exp_s, when("2026-12-24T02:59:59") / 1000);
	assert_true(id_equal(t.id, sale.ticket_id));
	assert_false(t.has_device_key);
	assert_int_equal(t.product_number, 0x1234);
	assert_int_equal(t.product_version, 7);
	assert_int_equal(t.fare_class, FARE_HALF);
	assert_int_equal(t.riders, 4);
	assert_int_equal(t.modes, TICKET_MODE_RAIL | TICKET_MODE_VENUE);
	assert_int_equal(t.uses, 20);
	assert_int_equal(t.status_list, 327);
	assert_int_equal(t.status_index, SLOT_INDEX_COUNT - 1);
	assert_int_equal(t.flags, TICKET_FLAG_STATIC);
}

/* The modes of a product are the modes of a ticket, bit for bit. */
static void test_modes_are_the_tickets(void **state)
{
	(void)state;
	assert_int_equal(MODE_BIT(MODE_rail), TICKET_MODE_RAIL);
	assert_int_equal(MODE_BIT(MODE_bus), TICKET_MODE_BUS);
	assert_int_equal(MODE_BIT(MODE_ferry), TICKET_MODE_FERRY);
	assert_int_equal(MODE_BIT(MODE_air), TICKET_MODE_AIR);
	assert_int_equal(MODE_BIT(MODE_venue), TICKET_MODE_VENUE);
	assert_int_equal(MODE_BIT(MODE_COUNT) - 1, TICKET_MODES_ALL);
	assert_int_equal(PRODUCT_ZONE_COUNT_MAX, TICKET_ZONE_COUNT_MAX);
}

static void test_refusals_say_why(void **state)
{
	(void)state;
	assert_string_equal(sale_refusal_text(SALE_OK), "");
	for (int i = SALE_OK + 1; i <= SALE_DEVICE_KEY_NEEDED; i++) {
		assert_string_not_equal(sale_refusal_text(i), "");
		for (int k = SALE_OK; k < i; k++)
			assert_string_not_equal(sale_refusal_text(i), sale_refusal_text(k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_price),
		cmocka_unit_test(test_window_of_first_use),
		cmocka_unit_test(test_window_of_fixed_days),
		cmocka_unit_test(test_validity_until),
		cmocka_unit_test(test_on_sale),
		cmocka_unit_test(test_validity_over),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_sold),
		cmocka_unit_test(test_device_key),
		cmocka_unit_test(test_ticket),
		cmocka_unit_test(test_modes_are_the_tickets),
		cmocka_unit_test(test_refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
