/* tests/ledger_test.c - every fact moves its yen from one account to another, none is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/codec.h"
#include "core/shape.h"
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

static void a_sale_is_owed_by_its_partner(void **state)
{
	static const struct row rows[] = {
		{ "sold", "receivable/partner/tabi", "unearned", 9800 },
	};
	struct posting postings[1];

	(void)state;
	assert_postings(postings, ledger_sold(postings, "tabi", 9800), rows, 1);
	assert_int_equal(ledger_sold(postings, "tabi", 0), 0);
}

static void a_refund_gives_back_all_but_the_fee(void **state)
{
	static const struct {
		yen price, fee;
		enum beneficiary to;
		size_t count;
		struct row rows[2];
	} rows[] = {
		{ 9800, 0, TO_COUNCIL, 1,
		  { { "refunded", "unearned", "receivable/partner/tabi", 9800 } } },
		{ 9800, 300, TO_COUNCIL, 2,
		  { { "refunded", "unearned", "receivable/partner/tabi", 9500 },
		    { "refund_fee", "unearned", "income/council", 300 } } },
		{ 9800, 300, TO_PARTNER, 2,
		  { { "refunded", "unearned", "receivable/partner/tabi", 9500 },
		    { "refund_fee", "unearned", "payable/partner/tabi", 300 } } },
		{ 200, 200, TO_COUNCIL, 1,
		  { { "refund_fee", "unearned", "income/council", 200 } } },
		{ 0, 0, TO_COUNCIL, 0, { { NULL, NULL, NULL, 0 } } },
	};
	struct posting postings[2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t count = ledger_refunded(postings, "tabi", rows[i].price, rows[i].fee,
					       rows[i].to);

		assert_postings(postings, count, rows[i].rows, rows[i].count);
	}
}

static void what_is_earned_is_given_and_may_be_taken_back(void **state)
{
	static const struct row rows[] = {
		{ "share", "unearned", "payable/operator/bus", 1935 },
		{ "share_reversed", "payable/operator/bus", "unearned", 1 },
	};
	struct posting postings[2];

	(void)state;
	assert_int_equal(ledger_give(&postings[0], ACCOUNT_UNEARNED, "payable/operator/bus", 1935,
				     "share"),
			 1);
	assert_int_equal(ledger_give(&postings[1], ACCOUNT_UNEARNED, "payable/operator/bus", -1,
				     "share"),
			 1);
	assert_postings(postings, 2, rows, 2);
	assert_int_equal(ledger_give(postings, "unearned", "income/council", 0, "share"), 0);
}

static void a_pool_has_an_account_of_its_rule_and_month(void **state)
{
	char account[ACCOUNT_SIZE];

	(void)state;
	account_pool(account, "kyushu", "2026-11");
	assert_string_equal(account, "pool/kyushu/2026-11");
}

static void a_posting_is_stored_and_read(void **state)
{
	struct posting posting, read;
	uint8_t bytes[1024];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	(void)state;
	memset(&posting, 0, sizeof(posting));
	assert_int_equal(ledger_sold(&posting, "tabi", 9800), 1);
	posting.ticket_id.bytes[0] = 1;
	posting.fact_id.bytes[15] = 2;
	posting.period = 20758; /* 2026-11-01 */
	posting.day = 20781;
	posting.at = 1764000000000;
	posting.rank = 1;
	shape_to_cbor(&to, &posting_shape, &posting);
	assert_false(to.failed);
	assert_true(shape_from_cbor(&read, &posting_shape, slice_of(bytes, to.used)));
	assert_string_equal(read.debit, posting.debit);
	assert_int_equal(read.amount_yen, 9800);
	assert_int_equal(read.period, posting.period);
	assert_int_equal(read.rank, 1);
	assert_true(id_equal(read.fact_id, posting.fact_id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sale_is_owed_by_its_partner),
		cmocka_unit_test(a_refund_gives_back_all_but_the_fee),
		cmocka_unit_test(what_is_earned_is_given_and_may_be_taken_back),
		cmocka_unit_test(a_pool_has_an_account_of_its_rule_and_month),
		cmocka_unit_test(a_posting_is_stored_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
