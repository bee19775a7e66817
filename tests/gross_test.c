/* tests/gross_test.c - what an operator took in before commission and fees, by tax class; and the
 * tax of an invoice.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/gross.h"
#include "operators/invoice.h"

/* ---- Invoices. ---- */

static void tax_is_worked_out_once_an_invoice_and_class(void **state)
{
	static const struct {
		uint8_t tax_class;
		yen amounts[4];
		yen total, tax;
	} rows[] = {
		{ TAX_STANDARD10, { 105, 105, 105 }, 315, 28 }, /* And not three times 9. */
		{ TAX_STANDARD10, { 110 }, 110, 10 },
		{ TAX_STANDARD10, { 10 }, 10, 0 },
		{ TAX_STANDARD10, { 11 }, 11, 1 },
		{ TAX_STANDARD10, { 105, 105, 105, -105 }, 210, 19 },
		{ TAX_STANDARD10, { -105, -105, -105 }, -315, -28 },
		{ TAX_STANDARD10, { YEN_MAX }, YEN_MAX, 90909090909 },
		{ TAX_ZERO, { 105, 105, 105 }, 315, 0 },
		{ TAX_OUTSIDE, { 150, 150 }, 300, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct invoice invoice = { .has = { false } };

		for (size_t k = 0; k < 4; k++)
			invoice_add(&invoice, rows[i].tax_class, rows[i].amounts[k]);
		assert_int_equal(invoice.total_yen[rows[i].tax_class], rows[i].total);
		assert_int_equal(invoice_tax(&invoice, rows[i].tax_class), rows[i].tax);
		for (uint8_t other = 0; other < TAX_CLASS_COUNT; other++)
			assert_int_equal(invoice.has[other], other == rows[i].tax_class);
	}
}

/* ---- One ticket. ---- */

struct leg {
	const char *operator_id;
	yen share;
	uint64_t riders;
};

static struct ticket_split split_of(yen commission, yen payment, yen fee, const struct leg *legs)
{
	struct ticket_split split = { .sums = { .commission_yen = commission,
						.payment_fee_yen = payment,
						.council_fee_yen = fee } };

	for (; legs->operator_id != NULL; legs++) {
		struct split_leg *leg = &split.legs[split.leg_count++];

		(void)snprintf(leg->operator_id, ID_SIZE, "%s", legs->operator_id);
		leg->share_yen = legs->share;
		leg->riders = legs->riders;
	}
	return split;
}

static void parts_are_apportioned_over_the_shares(void **state)
{
	static const struct {
		yen commission, payment, fee;
		struct leg legs[4];
		struct gross_part want[3];
	} rows[] = {
		{ 500,
		  0,
		  285,
		  { { "bus", 1935, 1 }, { "rail", 7280, 1 } },
		  { { 1935, 105, 60 }, { 7280, 395, 225 } } },
		/* A yen left over goes to the larger remainder, and at a tie to the lower id. */
		{ 1,
		  0,
		  1,
		  { { "bus", 500, 1 }, { "rail", 500, 1 } },
		  { { 500, 1, 1 }, { 500, 0, 0 } } },
		/* Each of the two by itself: twice a half, not once a whole. */
		{ 1,
		  1,
		  0,
		  { { "bus", 500, 1 }, { "rail", 500, 1 } },
		  { { 500, 2, 0 }, { 500, 0, 0 } } },
		/* Nobody has a share: it is nobody's revenue. */
		{ 500,
		  30,
		  20,
		  { { "bus", 0, 1 }, { "rail", 0, 0 } },
		  { { 0, 0, 0 }, { 0, 0, 0 } } },
	};
	static const struct product plain = { .tax_class = TAX_STANDARD10 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ticket_split split =
		    split_of(rows[i].commission, rows[i].payment, rows[i].fee, rows[i].legs);
		struct gross got[SHARING_WEIGHT_COUNT_MAX];

		gross_of_split(got, &split, &plain, false);
		for (size_t k = 0; k < split.leg_count; k++) {
			assert_memory_equal(&got[k].of[TAX_STANDARD10], &rows[i].want[k],
					    sizeof(rows[i].want[k]));
			assert_int_equal(got[k].of[TAX_ZERO].amount_yen, 0);
		}
		gross_of_split(got, &split, &plain, true); /* The pool's later. */
		for (size_t k = 0; k < split.leg_count; k++) {
			assert_int_equal(got[k].of[TAX_STANDARD10].amount_yen,
					 rows[i].legs[k].share);
			assert_int_equal(got[k].of[TAX_STANDARD10].commission_yen, 0);
		}
	}
}

static void a_part_of_a_share_has_its_own_class(void **state)
{
	static const struct product onsen = {
		.tax_class = TAX_STANDARD10,
		.tax_parts = { { "inn", 150, TAX_OUTSIDE },
			       { "inn", 1000, TAX_ZERO },
			       { "bus", 10, TAX_OUTSIDE } },
		.tax_part_count = 3,
	};
	static const struct {
		struct leg legs[3];
		yen of[TAX_CLASS_COUNT], commission[TAX_CLASS_COUNT];
	} rows[] = {
		{ { { "inn", 5000, 2 } }, { 2700, 2000, 300 }, { 54, 40, 6 } },
		{ { { "inn", 1000, 1 } }, { 0, 850, 150 }, { 0, 85, 15 } },
		{ { { "inn", 100, 9 } }, { 0, 0, 100 }, { 0, 0, 100 } },
		{ { { "inn", 700, 0 } }, { 700, 0, 0 }, { 100, 0, 0 } }, /* Nobody bathed. */
		{ { { "rail", 700, 3 } }, { 700, 0, 0 }, { 100, 0, 0 } },
		{ { { "bus", 30, 4 } }, { 0, 0, 30 }, { 0, 0, 100 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ticket_split split = split_of(100, 0, 7, rows[i].legs);
		struct gross got[SHARING_WEIGHT_COUNT_MAX];
		yen fee = 0;

		gross_of_split(got, &split, &onsen, false);
		for (size_t k = 0; k < TAX_CLASS_COUNT; k++) {
			assert_int_equal(got[0].of[k].amount_yen, rows[i].of[k]);
			assert_int_equal(got[0].of[k].commission_yen, rows[i].commission[k]);
			fee += got[0].of[k].fee_yen;
		}
		assert_int_equal(fee, 7);
	}
}

/* ---- Whatever the ticket: nothing is lost, nothing is made. ---- */

static uint64_t seed = 20261124;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void all_parts_add_up(void **state)
{
	static const char *const ids[] = { "a", "b", "c", "d", "e", "f", "g", "h" };

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct product product = { .tax_class = (uint8_t)draw(3) };
		struct ticket_split split = { .sums = { .commission_yen = draw(3000),
							.payment_fee_yen = draw(200),
							.council_fee_yen = draw(500) } };
		struct gross got[SHARING_WEIGHT_COUNT_MAX];
		yen shares = 0, amount = 0, commission = 0, fee = 0;

		split.leg_count = (uint16_t)draw(COUNT_OF(ids) + 1);
		for (uint16_t i = 0; i < split.leg_count; i++) {
			struct split_leg *leg = &split.legs[i];

			(void)snprintf(leg->operator_id, ID_SIZE, "%s", ids[i]);
			leg->share_yen = draw(4) == 0 ? 0 : draw(20000);
			leg->riders = draw(4);
			shares += leg->share_yen;
		}
		product.tax_part_count = (uint16_t)draw(4);
		for (uint16_t i = 0; i < product.tax_part_count; i++) {
			(void)snprintf(product.tax_parts[i].operator_id, ID_SIZE, "%s", ids[i]);
			product.tax_parts[i].yen_a_rider = 1 + draw(300);
			product.tax_parts[i].tax_class = (uint8_t)((product.tax_class + 1) % 3);
		}
		gross_of_split(got, &split, &product, false);
		for (uint16_t i = 0; i < split.leg_count; i++)
			for (size_t k = 0; k < TAX_CLASS_COUNT; k++) {
				const struct gross_part *part = &got[i].of[k];

				assert_true(part->amount_yen >= 0 && part->commission_yen >= 0 &&
					    part->fee_yen >= 0);
				amount += part->amount_yen;
				commission += part->commission_yen;
				fee += part->fee_yen;
			}
		assert_int_equal(amount, shares);
		assert_int_equal(commission, shares == 0 ? 0
							 : split.sums.commission_yen +
							       split.sums.payment_fee_yen);
		assert_int_equal(fee, shares == 0 ? 0 : split.sums.council_fee_yen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tax_is_worked_out_once_an_invoice_and_class),
		cmocka_unit_test(parts_are_apportioned_over_the_shares),
		cmocka_unit_test(a_part_of_a_share_has_its_own_class),
		cmocka_unit_test(all_parts_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
