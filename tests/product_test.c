/* tests/product_test.c - each way in which a product can contradict itself, and where it says so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/money.h"
#include "fares/product.h"
#include "tests/when.h"

static struct product base(enum validity_kind validity)
{
	return (struct product){
		.product_id = "kyushu",
		.validity = (uint8_t)validity,
		.operators = { { "subway" }, { "miyako" }, { "ship" } },
		.operator_count = 3,
		.modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_bus) | MODE_BIT(MODE_ferry),
		.zones = { { "north" }, { "south" }, { "islands" } },
		.zone_count = 3,
		.mode_uses = { { MODE_bus, 4 }, { MODE_ferry, 1 } },
		.mode_use_count = 2,
		.reserved_modes = MODE_BIT(MODE_ferry),
		.prices = { { "adult", 3000 }, { "child", 1500 } },
		.price_count = 2,
		.riders_max = 5,
		.refundable = true,
		.refund_fee_yen = 220,
	};
}

static struct product fixed(void)
{
	struct product p = base(VALIDITY_FIXED);

	p.valid_from = on("2026-12-01");
	p.valid_until = on("2027-02-28");
	return p;
}

static struct product days(void)
{
	struct product p = base(VALIDITY_DAYS);

	p.length = 3;
	p.activation_days = 30;
	return p;
}

static struct product hours(void)
{
	struct product p = base(VALIDITY_HOURS);

	p.length = 48;
	p.activation_days = 30;
	return p;
}

/* NULL: it makes sense. */
static void check(const struct product *p, const char *change, const char *pointer)
{
	struct product_fault fault = { NULL, NULL };
	bool good = product_check(p, &fault);

	if (good != (pointer == NULL))
		fail_msg("%s: %s", change, good ? "accepted" : fault.what);
	if (good)
		return;
	if (!text_equal(fault.pointer, pointer))
		fail_msg("%s: %s: %s", change, fault.pointer, fault.what);
	assert_true(fault.what != NULL && text_size(fault.what) > 0);
}

#define ROW(base, change, pointer)                                                                 \
	do {                                                                                       \
		p = base;                                                                          \
		change;                                                                            \
		check(&p, #base ": " #change, pointer);                                            \
	} while (0)
#define NOTHING (void)0

static void test_fixed_validity(void **state)
{
	struct product p;

	(void)state;
	ROW(fixed(), NOTHING, NULL);
	ROW(fixed(), p.valid_from = 0, "/valid_from");
	ROW(fixed(), p.valid_until = 0, "/valid_from");
	ROW(fixed(), p.valid_until = p.valid_from, NULL); /* One day. */
	ROW(fixed(), p.valid_until = p.valid_from - 1, "/valid_until");
	ROW(fixed(), p.valid_until = p.valid_from + 399, NULL); /* 400 days, both counted. */
	ROW(fixed(), p.valid_until = p.valid_from + 400, "/valid_until");
	ROW(fixed(), p.length = 1, "/length");
	ROW(fixed(), p.activation_days = 1, "/length");
}

static void test_validity_from_first_use(void **state)
{
	struct product p;

	(void)state;
	ROW(days(), NOTHING, NULL);
	ROW(days(), p.valid_from = on("2026-12-01"), "/valid_from");
	ROW(days(), p.valid_until = on("2026-12-01"), "/valid_from");
	ROW(days(), p.length = 0, "/length");
	ROW(days(), p.length = 1, NULL);
	ROW(days(), p.length = 400, NULL);
	ROW(days(), p.length = 401, "/length");
	ROW(days(), p.activation_days = 0, "/activation_days");
	ROW(days(), p.activation_days = 1, NULL); /* The day of sale. */
	ROW(days(), p.activation_days = 400, NULL);
	ROW(days(), p.activation_days = 401, "/activation_days");
	ROW(hours(), NOTHING, NULL);
	ROW(hours(), p.valid_from = on("2026-12-01"), "/valid_from");
	ROW(hours(), p.length = 0, "/length");
	ROW(hours(), p.length = 1, NULL);
	ROW(hours(), p.length = 9600, NULL);
	ROW(hours(), p.length = 9601, "/length");
	ROW(hours(), p.activation_days = 0, "/activation_days");
	ROW(hours(), p.activation_days = 401, "/activation_days");
}

static void test_sale(void **state)
{
	struct product p;

	(void)state;
	ROW(days(), p.sale_from = on("2026-11-24"), NULL);
	ROW(days(), p.sale_until = on("2026-11-24"), NULL);
	ROW(days(), p.sale_from = p.sale_until = on("2026-11-24"), NULL);
	ROW(days(), (p.sale_from = on("2026-11-25"), p.sale_until = on("2026-11-24")),
	    "/sale_until");
	ROW(days(), (p.sale_from = on("2026-11-24"), p.sale_until = on("2029-11-24")), NULL);
	ROW(fixed(), p.sale_until = p.valid_until, NULL);
	ROW(fixed(), p.sale_until = p.valid_until + 1, "/sale_until");
	ROW(fixed(), p.sale_until = p.valid_from - 1, NULL); /* Sold in advance only. */
	ROW(fixed(), p.sale_from = p.valid_until, NULL);
	ROW(fixed(), p.sale_from = p.valid_until + 1, "/sale_from");
}

static void test_coverage(void **state)
{
	const uint32_t air = MODE_BIT(MODE_air), venue = MODE_BIT(MODE_venue);
	struct product p;

	(void)state;
	ROW(days(), p.operator_count = 0, "/operators");
	ROW(days(), p.operator_count = 1, NULL);
	ROW(days(), p.operators[1] = p.operators[0], "/operators");
	ROW(days(), p.operators[2] = p.operators[0], "/operators");
	ROW(days(), p.operators[2] = p.operators[1], "/operators");
	ROW(days(), p.operators[3] = p.operators[0], NULL); /* Behind the last. */
	ROW(days(), p.modes = 0, "/modes");
	ROW(days(), p.modes &= ~MODE_BIT(MODE_ferry), "/reserved_modes");
	ROW(days(), p.reserved_modes = air, "/reserved_modes");
	ROW(days(), (p.modes |= air, p.reserved_modes |= air), NULL);
	ROW(days(), p.reserved_modes = 0, NULL);
	/* Nobody could make the reservation that the gate would ask for. */
	ROW(days(), p.reserved_modes = MODE_BIT(MODE_rail), "/reserved_modes");
	ROW(days(), p.reserved_modes |= MODE_BIT(MODE_bus), "/reserved_modes");
	ROW(days(), (p.modes |= venue, p.reserved_modes |= venue), "/reserved_modes");
	ROW(days(), p.zone_count = 0, NULL); /* Wherever its operators go. */
	ROW(days(), p.zone_count = 1, NULL);
	ROW(days(), p.zones[1] = p.zones[0], "/zones");
	ROW(days(), p.zones[2] = p.zones[0], "/zones");
	ROW(days(), p.zones[3] = p.zones[0], NULL);
	ROW(days(), p.mode_use_count = 0, NULL);
	ROW(days(), p.mode_uses[0].uses = 0, "/mode_uses");
	ROW(days(), p.mode_uses[1].uses = 0, "/mode_uses");
	ROW(days(), p.mode_uses[1].mode = MODE_bus, "/mode_uses");
	ROW(days(), p.mode_uses[1].mode = MODE_venue, "/mode_uses");
	ROW(days(), p.mode_uses[0].mode = MODE_air, "/mode_uses");
	ROW(days(), p.mode_uses[0].mode = MODE_rail, NULL);
	ROW(days(), (p.mode_uses[2] = p.mode_uses[0], p.mode_use_count = 3), "/mode_uses");
	ROW(days(), p.mode_uses[2] = p.mode_uses[0], NULL);
}

static void test_price(void **state)
{
	struct product p;

	(void)state;
	ROW(days(), p.price_count = 0, "/prices");
	ROW(days(), p.price_count = 1, NULL);
	ROW(days(), p.prices[0].price_yen = 0, NULL); /* Infants ride free. */
	ROW(days(), p.prices[1] = p.prices[0], "/prices");
	ROW(days(), (p.prices[2] = p.prices[0], p.price_count = 3), "/prices");
	ROW(days(), (p.prices[2] = p.prices[1], p.price_count = 3), "/prices");
	ROW(days(), p.prices[2] = p.prices[0], NULL);
	ROW(days(), p.refund_fee_yen = 0, NULL);
	ROW(days(), p.refund_fee_yen = 5000, NULL); /* More than a price: see the refund. */
	ROW(days(), p.refundable = false, "/refund_fee_yen");
	ROW(days(), (p.refundable = false, p.refund_fee_yen = 1), "/refund_fee_yen");
	ROW(days(), (p.refundable = false, p.refund_fee_yen = 0), NULL);
	ROW(days(), p.static_day_cap_yen = -1, "/static_day_cap_yen");
	ROW(days(), p.static_day_cap_yen = 1, NULL);
	ROW(days(), p.static_day_cap_yen = YEN_MAX, NULL);
	ROW(days(), p.static_day_cap_yen = YEN_MAX + 1, "/static_day_cap_yen");
}

static void test_tax(void **state)
{
	static const struct product_tax_part bath = { "miyako", 150, TAX_OUTSIDE };
	struct product p;

	(void)state;
	ROW(hours(), (p.tax_class = TAX_ZERO), NULL);
	ROW(hours(), (p.tax_parts[0] = bath, p.tax_part_count = 1), NULL);
	ROW(hours(), (p.tax_parts[0] = bath, p.tax_parts[1] = bath, p.tax_part_count = 2),
	    "/tax_parts/1/tax_class");
	ROW(hours(), (p.tax_parts[0] = p.tax_parts[1] = bath, p.tax_parts[1].tax_class = TAX_ZERO,
		      p.tax_part_count = 2), NULL);
	ROW(hours(), (p.tax_parts[0] = bath, p.tax_part_count = 1, p.tax_class = TAX_OUTSIDE),
	    "/tax_parts/0/tax_class");
	ROW(hours(), (p.tax_parts[0] = bath, p.tax_parts[0].operator_id[0] = 'x',
		      p.tax_part_count = 1), "/tax_parts/0/operator_id");
}

/* With several faults one is told: the first in this order, from its last line up. */
static void test_first_fault(void **state)
{
	struct product p = fixed();

	(void)state;
	p.refundable = false;
	check(&p, "a fee without a refund", "/refund_fee_yen");
	p.price_count = 0;
	check(&p, "and no price", "/prices");
	p.mode_uses[0].uses = 0;
	check(&p, "and no use of a mode", "/mode_uses");
	p.zones[1] = p.zones[0];
	check(&p, "and a zone twice", "/zones");
	p.operators[1] = p.operators[0];
	check(&p, "and an operator twice", "/operators");
	p.reserved_modes = MODE_BIT(MODE_air);
	check(&p, "and a mode not covered", "/reserved_modes");
	p.modes = 0;
	check(&p, "and no mode", "/modes");
	p.operator_count = 0;
	check(&p, "and no operator", "/operators");
	p.valid_until = p.valid_from - 1;
	check(&p, "and it ends early", "/valid_until");
	p.sale_from = p.valid_from;
	p.sale_until = p.valid_from - 1;
	check(&p, "and so does its sale", "/sale_until");
}

static void test_covers(void **state)
{
	struct product p = days();

	(void)state;
	assert_true(product_covers_operator(&p, "subway"));
	assert_true(product_covers_operator(&p, "ship"));
	assert_false(product_covers_operator(&p, "sub"));
	assert_false(product_covers_operator(&p, "subway-2"));
	assert_false(product_covers_operator(&p, ""));
	p.operator_count = 2;
	assert_false(product_covers_operator(&p, "ship"));

	assert_int_equal(product_zone_index(&p, "north"), 0);
	assert_int_equal(product_zone_index(&p, "islands"), 2);
	assert_int_equal(product_zone_index(&p, "east"), -1);
	assert_int_equal(product_zone_index(&p, ""), -1);
	p.zone_count = 2;
	assert_int_equal(product_zone_index(&p, "islands"), -1);

	assert_int_equal(product_mode_uses(&p, MODE_bus), 4);
	assert_int_equal(product_mode_uses(&p, MODE_ferry), 1);
	assert_int_equal(product_mode_uses(&p, MODE_rail), 0);
	p.mode_use_count = 1;
	assert_int_equal(product_mode_uses(&p, MODE_ferry), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_validity),
		cmocka_unit_test(test_validity_from_first_use),
		cmocka_unit_test(test_sale),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_price),
		cmocka_unit_test(test_tax),
		cmocka_unit_test(test_first_fault),
		cmocka_unit_test(test_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
