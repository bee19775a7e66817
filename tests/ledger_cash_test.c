/* tests/ledger_cash_test.c - money that comes in, goes between operators or covers a loss. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fares/ledger.h"

struct row {
	const char *why, *debit, *credit;
	yen amount;
};

static void assert_postings(const struct posting *postings, size_t count, const struct row *rows,
			    size_t row_count)
{
	assert_int_equal(count, row_count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(postings[i].why, rows[i].why);
		assert_string_equal(postings[i].debit, rows[i].debit);
		assert_string_equal(postings[i].credit, rows[i].credit);
		assert_int_equal(postings[i].amount_yen, rows[i].amount);
	}
}

static void who_pays_owes_less(void **state)
{
	static const struct row partner = { "remitted", "bank", "receivable/partner/tabi", 5 };
	static const struct row funder = { "remitted", "bank", "receivable/funder/city", 6 };
	static const struct row loss = { "loss_funded", "income/council", "loss/council", 7 };
	struct posting postings[2];

	(void)state;
	assert_postings(postings, ledger_remitted(postings, "tabi", NULL, 5), &partner, 1);
	assert_postings(postings, ledger_remitted(postings, NULL, "city", 6), &funder, 1);
	assert_postings(postings, ledger_loss_funded(postings, 7), &loss, 1);
}

static void a_claim_goes_through_its_own_account(void **state)
{
	static const struct row rows[] = {
		{ "claimed", "payable/operator/rail", "claim/operator/rail/bus", 9 },
		{ "claimed", "claim/operator/rail/bus", "payable/operator/bus", 9 },
	};
	struct posting postings[2];
	char from[ID_SIZE], to[ID_SIZE];

	(void)state;
	assert_postings(postings, ledger_claimed(postings, "rail", "bus", 9), rows, 2);
	memset(from, 'a', sizeof(from));
	memset(to, 'b', sizeof(to));
	from[ID_SIZE - 1] = to[ID_SIZE - 1] = '\0';
	assert_int_equal(ledger_claimed(postings, from, to, 1), 2); /* The longest fit. */
	assert_int_equal(strlen(postings[0].credit), ACCOUNT_SIZE - 2);
}

static void a_decision_gives_or_takes(void **state)
{
	static const struct {
		const char *other;
		yen amount;
		size_t count;
		struct row rows[2];
	} rows[] = {
		{ "", 0, 0, { { NULL, NULL, NULL, 0 } } },
		{ "", 5, 1, { { "corrected", "loss/council", "payable/operator/rail", 5 } } },
		{ "", -5, 1, { { "corrected", "payable/operator/rail", "loss/council", 5 } } },
		{ "bus", 5, 2,
		  { { "corrected", "payable/operator/bus", "claim/operator/bus/rail", 5 },
		    { "corrected", "claim/operator/bus/rail", "payable/operator/rail", 5 } } },
		{ "bus", -5, 2,
		  { { "corrected", "payable/operator/rail", "claim/operator/rail/bus", 5 },
		    { "corrected", "claim/operator/rail/bus", "payable/operator/bus", 5 } } },
	};
	struct posting postings[2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_postings(postings,
				ledger_corrected(postings, "rail", rows[i].other, rows[i].amount),
				rows[i].rows, rows[i].count);
}

static void a_tickets_own_sums(void **state)
{
	static const struct {
		const char *debit, *credit, *why;
		struct ticket_sums sums;
	} rows[] = {
		{ "receivable/partner/a", "unearned", "sold", { 3, 0, 0, 0 } },
		{ "receivable/funder/a", "unearned", "sold", { 3, 0, 0, 0 } },
		{ "unearned", "receivable/partner/a", "refunded", { 0, 3, 0, 0 } },
		{ "unearned", "income/council", "refund_fee", { 0, 0, 3, 0 } },
		{ "unearned", "payable/operator/a", "share", { 0, 0, 0, 3 } },
		{ "unearned", "pool/r/2026-11", "pool", { 0, 0, 0, 3 } },
		{ "payable/operator/a", "unearned", "share", { 0, 0, 0, -3 } },
		{ "loss/council", "payable/operator/a", "lost", { 0, 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct posting posting = { .amount_yen = 3 };
		struct ticket_sums sums = { 0 };

		(void)snprintf(posting.debit, ACCOUNT_SIZE, "%s", rows[i].debit);
		(void)snprintf(posting.credit, ACCOUNT_SIZE, "%s", rows[i].credit);
		(void)snprintf(posting.why, sizeof(posting.why), "%s", rows[i].why);
		ledger_add_ticket(&sums, &posting, 1);
		assert_memory_equal(&sums, &rows[i].sums, sizeof(sums));
		assert_int_equal(ledger_unearned(&sums), sums.sold_yen - sums.refunded_yen -
								 sums.fees_yen - sums.earned_yen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_pays_owes_less),
		cmocka_unit_test(a_claim_goes_through_its_own_account),
		cmocka_unit_test(a_decision_gives_or_takes),
		cmocka_unit_test(a_tickets_own_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
