/* tests/bookkeeper_test.c - facts in, yen out: each checked against a table. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3 }; /* A ticket over on DAY is earned when DUE is closed. */

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
	books_check(&books);
	books_close(&books);
	return 0;
}

static yen owed(const char *operator_id)
{
	char account[ACCOUNT_SIZE];

	account_payable_operator(account, operator_id);
	return books_net(&books, account);
}

/* ---- Who gets which yen. ---- */

struct ride {
	const char *operator_id;
	yen fare;
};

struct share {
	const char *operator_id;
	yen amount;
};

static void rides_become_shares(void **state)
{
	static const struct {
		uint16_t product;
		yen price;
		struct ride rides[5];
		struct share shares[4];
		yen partner, council;
	} rows[] = {
		/* 5 % of 10000, 3 % of 9500, 9215 by 210 : 640 : 150. */
		{ BOOKS_USUAL, 10000, { { "rail", 640 }, { "bus", 210 }, { "ferry", 150 } },
		  { { "bus", 1935 }, { "ferry", 1382 }, { "rail", 5898 } }, 500, 285 },
		/* Two rides are one weight. */
		{ BOOKS_USUAL, 10000, { { "bus", 100 }, { "rail", 790 }, { "bus", 110 } },
		  { { "bus", 1935 }, { "rail", 7280 } }, 500, 285 },
		/* No fares known: boardings. */
		{ BOOKS_USUAL, 10000, { { "bus", 0 }, { "rail", 0 }, { "bus", 0 }, { "bus", 0 } },
		  { { "bus", 6911 }, { "rail", 2304 } }, 500, 285 },
		/* Nobody carried. */
		{ BOOKS_USUAL, 10000, { { NULL, 0 } }, { { NULL, 0 } }, 500, 9500 },
		{ BOOKS_PLAIN, 10000, { { NULL, 0 } }, { { NULL, 0 } }, 10000, 0 },
		/* A tie: the yen left over goes to the lower id, whoever came first. */
		{ BOOKS_PLAIN, 1001, { { "b", 0 }, { "a", 0 } },
		  { { "a", 501 }, { "b", 500 } }, 0, 0 },
		{ BOOKS_PLAIN, 0, { { "a", 0 } }, { { "a", 0 } }, 0, 0 },
		{ BOOKS_PLAIN, 1, { { "b", 0 }, { "a", 0 } }, { { "a", 1 }, { "b", 0 } }, 0, 0 },
	};

	for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
		uint32_t n = 1;
		struct line line;

		if (i > 0)
			open_books(state);
		books_file(&books, books_sold(i, rows[i].product, rows[i].price, DAY - 1, DAY + 9));
		for (const struct ride *ride = rows[i].rides; ride->operator_id != NULL; ride++)
			books_file(&books, books_ride(i, ride->operator_id, ride->fare, DAY, DAY,
						      ++n));
		books_file(&books, books_day_closed(n == 1 ? DUE + 9 : DUE));
		books_fold(&books);
		for (size_t k = 0; rows[i].shares[k].operator_id != NULL; k++) {
			const struct share *share = &rows[i].shares[k];

			if (owed(share->operator_id) != share->amount)
				fail_msg("row %u, %s: %lld", i, share->operator_id,
					 (long long)owed(share->operator_id));
			assert_true(books_read(&books, &line, &line_shape,
					       "line/2026-11/%s/%04x/0002/2026-11/%04x/0",
					       share->operator_id, rows[i].product,
					       rows[i].product == BOOKS_USUAL ? 3 : 1));
			assert_int_equal(line.amount_yen, share->amount);
			assert_int_equal(line.tickets, 1); /* One that earned nothing, too. */
		}
		assert_int_equal(books_net(&books, "payable/partner/tabi"), rows[i].partner);
		assert_int_equal(books_net(&books, "income/council"), rows[i].council);
		assert_int_equal(books_net(&books, "unearned"), 0);
		if (i + 1 < COUNT_OF(rows))
			close_books(state);
	}
}

static void a_ride_counts_where_it_happened(void **state)
{
	struct fact exit = books_ride(1, "rail", 640, DAY, DAY, 3);
	struct fact refused = books_ride(1, "rail", 0, DAY, DAY, 3);
	struct fact unknown = { .type = FACT_scanned,
				.at = books_at(DAY + 1, -1),
				.mode = MODE_ferry };
	struct ticket_view view;
	struct op_view who;
	struct tally tally;

	(void)state;
	exit.boarding = false;
	exit.riders = 2;
	(void)snprintf(refused.verdict, sizeof(refused.verdict), "PASSED_BACK");
	(void)snprintf(unknown.verdict, sizeof(unknown.verdict), "MALFORMED");
	books_file(&books, books_sold(1, BOOKS_USUAL, 5000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, refused);
	books_file(&books, exit);
	books_file(&books, unknown); /* A minute before the next service day. */
	books_file(&books, books_ride(1, "rail", 0, DAY - 1, DAY, 4)); /* Its gate was slow. */
	books_fold(&books);
	assert_true(books_read(&books, &tally, &tally_shape, "usage/2026-11-26/bus/ADMITTED"));
	assert_int_equal(tally.scans, 2);
	assert_int_equal(tally.riders, 3);
	assert_true(books_read(&books, &tally, &tally_shape, "usage/2026-11-26/bus/PASSED_BACK"));
	assert_int_equal(tally.scans, 1);
	assert_true(books_read(&books, &tally, &tally_shape, "usage/2026-11-26/ferry/MALFORMED"));
	assert_true(books_read(&books, &view, &ticket_view_shape,
			       "tview/01920000-0000-0000-0000-000000000001"));
	assert_int_equal(view.leg_count, 1);
	assert_int_equal(view.legs[0].boardings, 2);
	assert_int_equal(view.legs[0].riders, 2); /* Who is let out, is not carried again. */
	assert_int_equal(view.legs[0].deemed_fare_yen, 640);
	assert_true(books_read(&books, &who, &op_view_shape, "opview/rail"));
	assert_int_equal(who.last_admitted, DAY);
}

/* ---- When a ticket is earned. ---- */

/* In at the subway's station, out at the railway's behind the junction: each carried, and each is
 * deemed its own part. */
static void a_through_ride_was_carried_by_two(void **state)
{
	struct fact exit = books_ride(1, "rail", 340, DAY, DAY, 3);
	struct fact entry = books_ride(1, "bus", 0, DAY, DAY, 2);
	struct ticket_view view;

	(void)state;
	exit.boarding = false;
	exit.riders = entry.riders = 2;
	(void)snprintf(exit.through_operator_id, ID_SIZE, "bus");
	exit.through_fare_yen = 260;
	books_file(&books, books_sold(1, BOOKS_USUAL, 640, DAY, DAY));
	books_file(&books, entry);
	books_file(&books, exit);
	books_fold(&books);
	assert_true(books_read(&books, &view, &ticket_view_shape,
			       "tview/01920000-0000-0000-0000-000000000001"));
	assert_int_equal(view.leg_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(view.legs[i].operator_id, i == 0 ? "bus" : "rail");
		assert_int_equal(view.legs[i].boardings, 1);
		assert_int_equal(view.legs[i].riders, 2);
		assert_int_equal(view.legs[i].deemed_fare_yen, i == 0 ? 260 : 340);
	}
}

static void a_ticket_is_earned_once_and_when_it_is_over(void **state)
{
	static const struct {
		day_t closed;
		yen rail, unearned;
		uint32_t due;
	} rows[] = {
		{ DUE - 1, 0, 10000, 2 },
		{ DUE, 9215, 0, 1 },	 /* The last use was on DAY. */
		{ DUE + 9, 9215, 0, 0 }, /* The entry of the sale finds it earned. */
		{ DUE + 10, 9215, 0, 0 },
	};
	struct ticket_view view;
	struct book_state book;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 10000, DAY - 1, DAY + 9));
	books_file(&books, books_ride(1, "rail", 640, DAY, DAY, 2));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		books_file(&books, books_day_closed(rows[i].closed));
		books_fold(&books);
		if (owed("rail") != rows[i].rail || books_count(&books, "due") != rows[i].due)
			fail_msg("row %zu: %lld, %u due", i, (long long)owed("rail"),
				 books_count(&books, "due"));
		assert_int_equal(books_net(&books, "unearned"), rows[i].unearned);
		books_check(&books);
	}
	books_file(&books, books_ride(1, "bus", 640, DAY + 20, DAY + 20, 3)); /* Told late. */
	books_file(&books, books_day_closed(DUE + 20));
	books_file(&books, books_day_closed(DUE)); /* Does not open the days after it again. */
	books_fold(&books);
	assert_int_equal(owed("bus"), 4608); /* Divided again, not earned again. */
	assert_int_equal(owed("rail"), 4607);
	assert_int_equal(books_count(&books, "post"), 6);
	assert_int_equal(books_count(&books, "due"), 0);
	assert_true(books_read(&books, &view, &ticket_view_shape,
			       "tview/01920000-0000-0000-0000-000000000001"));
	assert_int_equal(view.leg_count, 2);
	assert_true(books_read(&books, &book, &book_state_shape, "bookk/state"));
	assert_int_equal(book.closed_day, DUE + 20);
}

/* First use moves the end: from the window's last day to its own. */
static void a_validity_that_begins_late_is_earned_late(void **state)
{
	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 900, DAY - 5, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY + 2, 2));
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(owed("rail"), 0);
	assert_int_equal(books_count(&books, "due"), 1);
	books_file(&books, books_day_closed(DUE + 2));
	books_fold(&books);
	assert_int_equal(owed("rail"), 900);
}

static void a_refund_leaves_nothing_to_earn(void **state)
{
	struct sales_tally tally;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 5000, DAY, DAY));
	books_file(&books, books_sold(2, BOOKS_USUAL, 5000, DAY, DAY));
	books_file(&books, books_refunded(1, BOOKS_USUAL, 4700, 300, DAY));
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(books_net(&books, "unearned"), 0);
	assert_int_equal(books_net(&books, "receivable/partner/tabi"), -5300);
	assert_int_equal(books_net(&books, "payable/partner/tabi"), 250); /* Of the other one. */
	assert_int_equal(books_net(&books, "income/council"), 300 + 4750);
	assert_int_equal(books_count(&books, "due"), 0);
	assert_true(books_read(&books, &tally, &sales_tally_shape, "sales/2026-11-26/0001"));
	assert_int_equal(tally.tickets, 2);
	assert_int_equal(tally.sold_yen, 10000);
	assert_int_equal(tally.refunds, 1);
	assert_int_equal(tally.refunded_yen, 4700);
	assert_int_equal(tally.fees_yen, 300);
}

/* ---- Facts of one second come in any order. ---- */

static void the_order_within_a_second_says_nothing(void **state)
{
	static const uint8_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 } };
	const struct fact facts[] = {
		books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY + 9),
		books_ride(1, "rail", 0, DAY, DAY + 5, 2),
		books_ride(1, "bus", 0, DAY, DAY, 3), /* The last one says that it is over. */
		books_refunded(2, BOOKS_PLAIN, 400, 100, DAY),
	};

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		struct ticket_view view;

		if (i > 0)
			open_books(state);
		for (size_t k = 0; k < COUNT_OF(facts); k++)
			books_file_as(&books, facts[orders[i][k]], (uint32_t)k);
		books_file_as(&books, books_sold(2, BOOKS_PLAIN, 500, DAY, DAY), 9);
		books_next_second(&books);
		books_file(&books, books_day_closed(DUE));
		books_fold(&books);
		assert_int_equal(owed("rail"), 500);
		assert_int_equal(owed("bus"), 500);
		assert_int_equal(books_net(&books, "unearned"), 0);
		assert_true(books_read(&books, &view, &ticket_view_shape,
				       "tview/01920000-0000-0000-0000-000000000001"));
		assert_int_equal(view.over_at, books_at(DAY + 1, 0) - 1);
		assert_int_equal(view.n, 3);
		assert_string_equal(view.partner_id, "tabi");
		if (i + 1 < COUNT_OF(orders))
			close_books(state);
	}
}

static void the_newest_agreement_counts(void **state)
{
	struct fact fact = { .type = FACT_operator_changed,
			     .at = books_at(DAY, 0),
			     .operator_id = "rail",
			     .modes = MODE_BIT(MODE_rail),
			     .prefectures = 1,
			     .corporate_number = "7000012050002",
			     .in_scope = true,
			     .joined = DAY,
			     .n = 2 };
	struct op_view view;

	(void)state;
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_sold(1, BOOKS_PLAIN, 10, DAY, DAY));
	books_file(&books, fact);
	fact.n = 1;
	fact.joined = 0;
	books_file(&books, fact); /* The first version, filed under a later name. */
	books_fold(&books);
	assert_true(books_read(&books, &view, &op_view_shape, "opview/rail"));
	assert_string_equal(view.operator_id, "rail");
	assert_int_equal(view.joined, DAY);
	assert_int_equal(view.last_admitted, DAY);
	assert_string_equal(view.corporate_number, "7000012050002");
}

/* ---- Periods. ---- */

static void a_closed_period_never_changes(void **state)
{
	struct period_view november, december;
	struct book_state book;
	struct posting posting;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_day_closed(DUE));
	/* Filed when DUE is closed. */
	books_file(&books, books_sold(2, BOOKS_PLAIN, 700, DAY, DAY));
	books_file(&books, books_ride(2, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_period_closed(DAY));
	books_file(&books, books_sold(3, BOOKS_PLAIN, 50, DAY, DAY + 40));
	books_file(&books, books_day_closed(DUE + 10));
	books_fold(&books);
	assert_true(books_read(&books, &november, &period_view_shape, "period/2026-11"));
	assert_int_equal(november.operators_yen, 1000);
	assert_int_equal(november.tickets, 1);
	assert_int_equal(november.closed_at, books_period_closed(DAY).at);
	assert_true(books_read(&books, &december, &period_view_shape, "period/2026-12"));
	assert_int_equal(december.operators_yen, 700);
	assert_int_equal(december.closed_at, 0);
	assert_int_equal(books_count(&books, "line"), 2);
	assert_true(books_read(&books, &(struct line){ 0 }, &line_shape,
			       "line/2026-12/rail/0002/0002/2026-11/0001/0"));
	assert_true(books_read(&books, &book, &book_state_shape, "bookk/state"));
	assert_int_equal(book.open_period, december.period);
	assert_int_equal(book.closed_day, DUE + 10);
	/* The sale of November that comes after its close, too. */
	assert_true(books_read(&books, &posting, &posting_shape,
			       "post/0683/%d/%08x000000000000000000000001/000", BOOKS_NOW, 6));
	assert_int_equal(posting.period, december.period);
	assert_int_equal(posting.amount_yen, 50);
	assert_int_equal(posting.day, DAY);
	assert_int_equal(posting.at, books_at(DAY, 60));
}

/* ---- A close that does not fit into one commit. ---- */

static void three_hundred_tickets_are_earned_by_one_fact(void **state)
{
	enum { TICKETS = 300, OPERATORS = 14 };
	struct book_state book;

	(void)state;
	for (uint32_t i = 0; i < TICKETS; i++)
		books_file(&books, books_sold(i, BOOKS_USUAL, 1000, DAY, DAY));
	for (uint32_t i = 0; i < TICKETS; i++) /* The first page is one of the widest. */
		for (uint32_t k = 0; k < (i < 64 ? OPERATORS : 1 + i % OPERATORS); k++) {
			char name[8];

			(void)snprintf(name, sizeof(name), "op-%u", k);
			books_file(&books, books_ride(i, name, 100 + k, DAY, DAY, 2 + k));
		}
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(books_net(&books, "unearned"), 0);
	assert_int_equal(books_net(&books, "payable/partner/tabi"), 50 * TICKETS);
	assert_int_equal(books_net(&books, "income/council"), 28 * TICKETS);
	assert_int_equal(books_count(&books, "due"), 0);
	assert_int_equal(books_count(&books, "line"), OPERATORS);
	assert_true(books_read(&books, &book, &book_state_shape, "bookk/state"));
	assert_int_equal(book.closed_day, DUE);
}

/* Of these, a whole page of due entries fits into a commit. */
static void three_hundred_unused_tickets_too(void **state)
{
	enum { TICKETS = 300 };

	(void)state;
	for (uint32_t i = 0; i < TICKETS; i++)
		books_file(&books, books_sold(i, BOOKS_PLAIN, 100, DAY, DAY));
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(books_net(&books, "unearned"), 0);
	assert_int_equal(books_net(&books, "payable/partner/tabi"), 100 * TICKETS);
	assert_int_equal(books_count(&books, "due"), 0);
}

/* One ticket may have been carried by all operators of its product. */
static void the_widest_pass_fits_into_one_commit(void **state)
{
	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 50000, DAY, DAY));
	books_file(&books, books_sold(2, BOOKS_USUAL, 50000, DAY, DAY));
	for (uint32_t ticket = 1; ticket <= 2; ticket++)
		for (uint32_t k = 0; k < VIEW_LEG_COUNT_MAX; k++) {
			char name[ID_SIZE];

			(void)snprintf(name, sizeof(name), "an-operator-with-a-long-name-%03u", k);
			books_file(&books, books_ride(ticket, name, 100 + k, DAY, DAY, 2 + k));
		}
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(books_count(&books, "line"), VIEW_LEG_COUNT_MAX);
	assert_int_equal(books_net(&books, "unearned"), 0);
}

#define BOOKS_TEST(name) cmocka_unit_test_setup_teardown(name, open_books, close_books)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOKS_TEST(rides_become_shares),
		BOOKS_TEST(a_ride_counts_where_it_happened),
		BOOKS_TEST(a_through_ride_was_carried_by_two),
		BOOKS_TEST(a_ticket_is_earned_once_and_when_it_is_over),
		BOOKS_TEST(a_validity_that_begins_late_is_earned_late),
		BOOKS_TEST(a_refund_leaves_nothing_to_earn),
		BOOKS_TEST(the_order_within_a_second_says_nothing),
		BOOKS_TEST(the_newest_agreement_counts),
		BOOKS_TEST(a_closed_period_never_changes),
		BOOKS_TEST(three_hundred_tickets_are_earned_by_one_fact),
		BOOKS_TEST(three_hundred_unused_tickets_too),
		BOOKS_TEST(the_widest_pass_fits_into_one_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
