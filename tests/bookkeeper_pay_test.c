/* tests/bookkeeper_pay_test.c - payouts in the books: postings, lines, partners' sums, and the same
 * bytes when it is all folded again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/payout.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3, LATER = DAY + 40 };

static struct books_rig books;

static int open_books(void **state)
{
	(void)state;
	books_open(&books, "sim:1");
	return 0;
}

static int close_books(void **state)
{
	(void)state;
	books_close(&books);
	return 0;
}

static day_t month(const char *text)
{
	day_t out;

	assert_true(month_decode(&out, slice_text(text)));
	return out;
}

static void put(const char *key, const struct shape *shape, const void *value)
{
	static uint8_t bytes[STORE_VALUE_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item = { .key = slice_text(key), .intent = STORE_APPEND };
	struct store_req req = { .items = &item, .item_count = 1 };

	shape_to_cbor(&to, shape, value);
	assert_false(to.failed);
	item.value = slice_of(bytes, to.used);
	assert_int_equal(store_commit_wait(books.rig.store, &req), STORE_OK);
}

/* What payout_make_op writes: number 1 pays bus and rail, less what the seller owes. */
static void make(yen seller_yen)
{
	static struct transfer transfer;
	struct payout payout = { .period = month("2026-11"),
				 .pay_on = LATER,
				 .made_at = books_at(LATER, 0),
				 .transfer_count = 1,
				 .total_yen = 9215 + seller_yen,
				 .consignor = "1234567890",
				 .from = { "0177", "012", ACCOUNT_CURRENT, "1112223", "ヒトツ", "",
					   "" } };

	transfer = (struct transfer){
		.number = 1,
		.payee_id = "one",
		.amount_yen = 9215 + seller_yen,
		.parts = { { "payable/operator/bus", 4607 },
			   { "payable/operator/rail", 4608 },
			   { "receivable/partner/tabi", seller_yen } },
		.part_count = seller_yen == 0 ? 2 : 3,
		.oldest = month("2026-11"),
		.to = { "0177", "012", ACCOUNT_ORDINARY, "0012345", "バス", "", "" },
	};
	put("payout/2026-11", &payout_shape, &payout);
	put("payout/2026-11/0001", &transfer_shape, &transfer);
}

static struct fact fact(uint8_t type, uint32_t count)
{
	return (struct fact){ .type = type,
			      .at = books_at(LATER, 60),
			      .day = month("2026-11"),
			      .count = count,
			      .payee_id = "one" };
}

static yen share(const char *operator_id)
{
	struct statement_view view;

	assert_true(
	    books_read(&books, &view, &statement_view_shape, "stmt/%s/2026-11", operator_id));
	return view.amount_yen;
}

/* A ticket of 10,000 yen by bus and rail: 5 % and 3 % of the rest go first. The month is closed. */
static void ride_a_month(void)
{
	books_file(&books, books_sold(1, BOOKS_USUAL, 10000, DAY, DAY));
	books_file(&books, books_ride(1, "bus", 100, DAY, DAY, 2));
	books_file(&books, books_ride(1, "rail", 100, DAY, DAY, 3));
	books_next_second(&books);
	books_file(&books, books_day_closed(DUE));
	books_next_second(&books);
	books_file(&books, books_day_closed(DUE + 4));
	books_next_second(&books);
	books_file(&books, books_period_closed(DAY));
	books_next_second(&books);
	books_file(&books, books_day_closed(LATER)); /* Silence agrees. */
	books_next_second(&books);
	books_fold(&books);
	assert_int_equal(share("bus") + share("rail"), 9215);
}

/* The operator's one line, and how its key ends. */
static struct line_view line_of(const char *operator_id, char tail[HELD_TAIL_SIZE])
{
	uint32_t count;
	struct store_item *items = rig_records(&books.rig, &count, "lstate");
	struct line_view view;

	for (uint32_t i = 0; i < count; i++) {
		struct slice key = items[i].key;
		size_t n = strlen("lstate/");

		assert_true(shape_from_cbor(&view, &line_view_shape, items[i].value));
		if (strcmp(view.operator_id, operator_id) != 0)
			continue;
		assert_true(text_set(tail, HELD_TAIL_SIZE, slice_of(key.data + n, key.size - n)));
		return view;
	}
	fail_msg("no line of %s", operator_id);
	return view;
}

static uint8_t state_of(const char *operator_id)
{
	char tail[HELD_TAIL_SIZE];

	return line_of(operator_id, tail).state;
}

static void assert_states(uint8_t bus, uint8_t rail)
{
	assert_int_equal(state_of("bus"), bus);
	assert_int_equal(state_of("rail"), rail);
}

static void assert_same_again(void)
{
	uint8_t before[SHA256_SIZE], after[SHA256_SIZE];

	books_digest(&books, before);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, after);
	assert_memory_equal(before, after, SHA256_SIZE);
}

static void what_is_sent_is_paid_and_may_come_back(void **state)
{
	yen bus, rail;

	(void)state;
	ride_a_month();
	bus = share("bus");
	rail = share("rail");
	assert_states(LINE_AGREED, LINE_AGREED);
	make(0);
	books_file(&books, fact(FACT_payout_sent, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_states(LINE_SENT, LINE_SENT);
	assert_int_equal(books_net(&books, ACCOUNT_BANK), 9215);
	assert_int_equal(books_net(&books, "payable/operator/bus"), bus - 4607);
	assert_int_equal(books_net(&books, "payable/operator/rail"), rail - 4608);
	books_file(&books, fact(FACT_payout_paid, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_states(LINE_PAID, LINE_PAID);
	assert_int_equal(books_net(&books, ACCOUNT_BANK), 9215);
	books_file(&books, fact(FACT_payout_returned, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_states(LINE_RETURNED, LINE_RETURNED);
	assert_int_equal(books_net(&books, ACCOUNT_BANK), 0);
	assert_int_equal(books_net(&books, "payable/operator/bus"), bus);
	assert_same_again();
}

static void a_line_in_dispute_stays(void **state)
{
	struct payout payout = { .period = month("2026-11"),
				 .pay_on = LATER,
				 .made_at = books_at(LATER, 0),
				 .transfer_count = 1,
				 .total_yen = 4607,
				 .consignor = "1234567890",
				 .from = { "0177", "012", 1, "1112223", "ヒトツ", "", "" },
				 .held_count = 1 };
	struct transfer transfer = { .number = 1,
				     .payee_id = "one",
				     .amount_yen = 4607,
				     .parts = { { "payable/operator/bus", 4607 } },
				     .part_count = 1,
				     .oldest = month("2026-09"),
				     .to = { "0177", "012", 0, "0012345", "バス", "", "" } };

	(void)state;
	ride_a_month();
	(void)line_of("bus", payout.held[0].tail);
	put("payout/2026-11", &payout_shape, &payout);
	put("payout/2026-11/0001", &transfer_shape, &transfer);
	books_file(&books, fact(FACT_payout_sent, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_states(LINE_AGREED, LINE_AGREED);
	assert_int_equal(books_net(&books, ACCOUNT_BANK), 4607);
	assert_same_again();
}

static void what_a_partner_owes_is_taken_off(void **state)
{
	char account[ACCOUNT_SIZE];
	struct partner_owed owed;
	uint32_t count;
	struct store_item *items;

	(void)state;
	ride_a_month();
	items = rig_records(&books.rig, &count, "owed");
	assert_int_equal(count, 1);
	assert_true(shape_from_cbor(&owed, &partner_owed_shape, items[0].value));
	assert_int_equal(owed.period, month("2026-11"));
	assert_int_equal(owed.payable_yen, 500);
	assert_int_equal(owed.receivable_yen, 10000);
	make(-1000);
	books_file(&books, fact(FACT_payout_sent, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_int_equal(books_net(&books, ACCOUNT_BANK), 8215);
	account_receivable(account, "tabi");
	assert_int_equal(books_net(&books, account), -10000 + 1000);
	items = rig_records(&books.rig, &count, "owed"); /* Payouts are no part of it. */
	assert_int_equal(count, 1);
	assert_same_again();
}

static void a_debt_is_invoiced(void **state)
{
	static const struct transfer transfer = {
		.number = 1,
		.payee_id = "one",
		.amount_yen = -300,
		.parts = { { "payable/operator/bus", -500 }, { "payable/operator/rail", 200 } },
		.part_count = 2,
		.oldest = 20758,
		.to = { "0177", "012", 0, "0012345", "バス", "", "" }
	};

	(void)state;
	put("payout/2026-11/0001", &transfer_shape, &transfer);
	books_file(&books, fact(FACT_payout_invoiced, 1));
	books_next_second(&books);
	books_fold(&books);
	assert_int_equal(books_net(&books, "receivable/payee/one"), -300);
	assert_int_equal(books_net(&books, "payable/operator/bus"), 500);
	assert_int_equal(books_net(&books, "payable/operator/rail"), -200);
	assert_same_again();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_sent_is_paid_and_may_come_back, open_books,
						close_books),
		cmocka_unit_test_setup_teardown(a_line_in_dispute_stays, open_books, close_books),
		cmocka_unit_test_setup_teardown(what_a_partner_owes_is_taken_off, open_books,
						close_books),
		cmocka_unit_test_setup_teardown(a_debt_is_invoiced, open_books, close_books),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
