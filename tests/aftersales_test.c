/* tests/aftersales_test.c - when a ticket is taken back, and how its price divides. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/aftersales.h"
#include "tests/when.h"

static struct product product;
static struct sale sale;
static struct use use;
static time_ms now;

static void begin(void)
{
	product = (struct product){ .refundable = true, .refund_fee_yen = 220 };
	sale = (struct sale){ .price_yen = 9000, .not_after = when("2026-12-24T02:59:59.999") };
	use = (struct use){ .status = TICKET_VALID, .n = 1 };
	now = when("2026-11-24T12:00");
}

static void decide(const char *change, enum refund_refusal wanted, yen refund_yen, yen fee_yen)
{
	yen refund = -1, fee = -1;
	enum refund_refusal got = refund_decide(&refund, &fee, &sale, &use, &product, now);

	if (got != wanted)
		fail_msg("%s: %s", change, refund_refusal_code(got));
	assert_int_equal(refund, refund_yen);
	assert_int_equal(fee, fee_yen);
}

#define ROW(change, refusal, refund_yen, fee_yen)                                                  \
	do {                                                                                       \
		begin();                                                                           \
		change;                                                                            \
		decide(#change, REFUND_##refusal, refund_yen, fee_yen);                            \
	} while (0)
#define REFUSED(change, refusal) ROW(change, refusal, -1, -1)
#define NOTHING                  (void)0

static void test_refund(void **state)
{
	(void)state;
	ROW(NOTHING, OK, 8780, 220);
	ROW(product.refund_fee_yen = 0, OK, 9000, 0);
	ROW(product.refund_fee_yen = 8999, OK, 1, 8999);
	ROW(product.refund_fee_yen = 9000, OK, 0, 9000);
	ROW(product.refund_fee_yen = 9001, OK, 0, 9000); /* Never more than was paid. */
	ROW(product.refund_fee_yen = 10000000, OK, 0, 9000);
	ROW(sale.price_yen = 0, OK, 0, 0); /* An infant's. */
	ROW((sale.price_yen = 0, product.refund_fee_yen = 0), OK, 0, 0);
	ROW(now = when("2026-12-24T02:59:59.999"), OK, 8780, 220);
	ROW(now = when("2026-11-24T00:00"), OK, 8780, 220);
	/* Blocked is not used: its price is still its holder's. */
	ROW(use.status = TICKET_BLOCKED, OK, 8780, 220);
	ROW(use.reservation_count = 2, OK, 8780, 220);
}

static void test_refusals(void **state)
{
	(void)state;
	REFUSED(use.status = TICKET_REVOKED, ALREADY_REFUNDED);
	REFUSED(use.first_used_at = when("2026-11-24T11:00"), ALREADY_USED);
	REFUSED(product.refundable = false, NOT_REFUNDABLE);
	REFUSED(now = when("2026-12-24T03:00"), TICKET_OVER);
	REFUSED(now = when("2028-01-01T00:00"), TICKET_OVER);
}

/* Each refusal hides those behind it, and the list is in that order. */
static void test_precedence(void **state)
{
	(void)state;
	begin();
	use.status = TICKET_REVOKED;
	use.first_used_at = when("2026-11-24T11:00");
	product.refundable = false;
	now = when("2027-01-01T00:00");
	decide("all of them", REFUND_ALREADY_REFUNDED, -1, -1);
	use.status = TICKET_VALID;
	decide("used", REFUND_ALREADY_USED, -1, -1);
	use.first_used_at = 0;
	decide("not taken back", REFUND_NOT_REFUNDABLE, -1, -1);
	product.refundable = true;
	decide("over", REFUND_TICKET_OVER, -1, -1);
	now = sale.not_after;
	decide("nothing is left", REFUND_OK, 8780, 220);
}

/* Whatever the fee, no yen is lost and none is made. */
static void test_sums(void **state)
{
	yen refund, fee;

	(void)state;
	begin();
	for (yen price = 0; price < 1000; price += 7)
		for (yen of = 0; of < 1100; of += 11) {
			sale.price_yen = price;
			product.refund_fee_yen = of;
			assert_int_equal(refund_decide(&refund, &fee, &sale, &use, &product, now),
					 REFUND_OK);
			assert_true(refund >= 0 && fee >= 0 && refund + fee == price);
			assert_true(fee == of || (fee == price && of > price));
		}
}

static void test_refusals_say_why(void **state)
{
	static const char *const codes[] = {
		"", "ALREADY_REFUNDED", "ALREADY_USED", "NOT_REFUNDABLE", "TICKET_OVER",
	};

	(void)state;
	for (int i = 0; i < (int)COUNT_OF(codes); i++) {
		assert_string_equal(refund_refusal_code(i), codes[i]);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(refund_refusal_text(i), refund_refusal_text(k));
	}
	assert_string_equal(refund_refusal_text(REFUND_OK), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refund),           cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_precedence),       cmocka_unit_test(test_sums),
		cmocka_unit_test(test_refusals_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
