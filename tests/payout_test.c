/* tests/payout_test.c - who is paid, who waits, who is invoiced; and the postings of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "operators/payout.h"

static day_t month(const char *text)
{
	day_t out;

	assert_true(month_decode(&out, slice_text(text)));
	return out;
}

static void payees_have_their_fate(void **state)
{
	static const struct {
		yen amount, minimum;
		const char *since;
		bool left;
		enum payee_fate fate; /* In the payout of 2026-11. */
	} rows[] = {
		{ 0, 0, "2026-11", false, FATE_NOTHING },
		{ 1, 0, "2026-11", false, FATE_PAID },
		{ 999, 1000, "2026-01", false, FATE_CARRIED },
		{ 1000, 1000, "2026-11", false, FATE_PAID },
		{ 999, 1000, "2026-11", true, FATE_PAID },
		{ -1, 0, "2026-11", false, FATE_CARRIED },
		{ -1, 0, "2026-09", false, FATE_CARRIED },
		{ -1, 0, "2026-08", false, FATE_INVOICED },
		{ -1, 0, "2025-11", false, FATE_INVOICED },
		{ -1, 0, "2026-11", true, FATE_INVOICED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct payee_sum sum = { rows[i].amount, rows[i].minimum, month(rows[i].since),
					 rows[i].left };

		if (payee_fate_of(&sum, month("2026-11")) != rows[i].fate)
			fail_msg("row %zu", i);
	}
}

static void the_usual_day_is_the_end_of_the_month_after(void **state)
{
	static const struct {
		const char *period, *day;
	} rows[] = {
		{ "2026-11", "2026-12-31" },
		{ "2026-12", "2027-01-31" },
		{ "2027-01", "2027-02-28" },
		{ "2028-01", "2028-02-29" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[DATE_TEXT_SIZE];

		date_encode(text, payout_usual_day(month(rows[i].period)));
		assert_string_equal(text, rows[i].day);
	}
}

static void transfers_move(void **state)
{
	static const char may[5][5] = {
		/* to: MADE SENT PAID RETURNED INVOICED */
		{ 0, 0, 0, 0, 0 }, { 0, 0, 1, 1, 0 }, { 0, 0, 0, 1, 0 },
		{ 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 },
	};
	const struct transfer paid = { .amount_yen = 5 }, owed = { .amount_yen = -5 };
	const struct transfer_result result = { .state = TRANSFER_RETURNED };

	(void)state;
	for (int from = 0; from < 5; from++)
		for (int to = 0; to < 5; to++)
			assert_int_equal(transfer_may_move(from, to), may[from][to]);
	assert_int_equal(transfer_state_of(&paid, 0, NULL), TRANSFER_MADE);
	assert_int_equal(transfer_state_of(&paid, 1, NULL), TRANSFER_SENT);
	assert_int_equal(transfer_state_of(&paid, 1, &result), TRANSFER_RETURNED);
	assert_int_equal(transfer_state_of(&owed, 1, NULL), TRANSFER_INVOICED);
}

/* ---- Postings. ---- */

struct row {
	const char *debit, *credit;
	yen amount;
};

static void parts_are_settled(void **state)
{
	static const struct {
		struct ledger_part parts[4];
		size_t part_count;
		const char *other;
		bool reversed;
		struct row rows[4];
		size_t count;
	} cases[] = {
		{ { { "a", 700 } }, 1, "bank", false, { { "a", "bank", 700 } }, 1 },
		{ { { "a", 700 } }, 1, "bank", true, { { "bank", "a", 700 } }, 1 },
		{ { { "a", 700 }, { "b", 300 } },
		  2,
		  "bank",
		  false,
		  { { "a", "bank", 700 }, { "b", "bank", 300 } },
		  2 },
		/* What b owes is taken off first. */
		{ { { "a", 700 }, { "b", -300 } },
		  2,
		  "bank",
		  false,
		  { { "a", "b", 300 }, { "a", "bank", 400 } },
		  2 },
		{ { { "b", -300 }, { "a", 100 }, { "c", 250 } },
		  3,
		  "bank",
		  false,
		  { { "a", "b", 100 }, { "c", "b", 200 }, { "c", "bank", 50 } },
		  3 },
		{ { { "a", 100 }, { "b", -300 } },
		  2,
		  "receivable/payee/x",
		  false,
		  { { "a", "b", 100 }, { "receivable/payee/x", "b", 200 } },
		  2 },
		{ { { "a", -100 }, { "b", -300 } },
		  2,
		  "x",
		  false,
		  { { "x", "a", 100 }, { "x", "b", 300 } },
		  2 },
		{ { { "a", 100 }, { "b", -100 } }, 2, "bank", false, { { "a", "b", 100 } }, 1 },
		{ { { "a", 0 } }, 1, "bank", false, { { NULL, NULL, 0 } }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct posting postings[LEDGER_PAID_COUNT_MAX];
		size_t count = ledger_paid(postings, cases[i].parts, cases[i].part_count,
					   cases[i].other, cases[i].reversed, "paid");

		assert_int_equal(count, cases[i].count);
		for (size_t k = 0; k < count; k++) {
			assert_string_equal(postings[k].debit, cases[i].rows[k].debit);
			assert_string_equal(postings[k].credit, cases[i].rows[k].credit);
			assert_int_equal(postings[k].amount_yen, cases[i].rows[k].amount);
			assert_true(posting_is_payout(&postings[k]));
		}
	}
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Whatever the parts: each account moves by its part, and the other by their sum. */
static void each_account_moves_by_its_part(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct ledger_part parts[LEDGER_PART_COUNT_MAX] = { { "", 0 } };
		struct posting postings[LEDGER_PAID_COUNT_MAX];
		size_t part_count = next(&seed) % (LEDGER_PART_COUNT_MAX + 1), count;
		yen net[LEDGER_PART_COUNT_MAX] = { 0 }, sum = 0, other = 0;

		for (size_t i = 0; i < part_count; i++) {
			(void)snprintf(parts[i].account, ACCOUNT_SIZE, "%zu", i);
			parts[i].amount_yen = (yen)(next(&seed) % 2001) - 1000;
			sum += parts[i].amount_yen;
		}
		count = ledger_paid(postings, parts, part_count, "other", false, "paid");
		for (size_t k = 0; k < count; k++) {
			const char *sides[] = { postings[k].debit, postings[k].credit };

			assert_true(postings[k].amount_yen > 0);
			for (int side = 0; side < 2; side++) {
				yen amount =
				    side == 0 ? postings[k].amount_yen : -postings[k].amount_yen;

				if (strcmp(sides[side], "other") == 0)
					other += amount;
				else
					net[strtol(sides[side], NULL, 10)] += amount;
			}
		}
		for (size_t i = 0; i < part_count; i++)
			assert_int_equal(net[i], parts[i].amount_yen);
		assert_int_equal(other, -sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payees_have_their_fate),
		cmocka_unit_test(the_usual_day_is_the_end_of_the_month_after),
		cmocka_unit_test(transfers_move),
		cmocka_unit_test(parts_are_settled),
		cmocka_unit_test(each_account_moves_by_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
