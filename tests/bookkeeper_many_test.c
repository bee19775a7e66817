/* tests/bookkeeper_many_test.c - very many tickets that one day ends: earned page by page, few
 * looks into the store for all of them, and committed under the month's close.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "operators/close.h"
#include "tests/books_rig.h"

enum { TICKETS = 700, PRICE = 1000, FETCHES_MAX = 60 };

static day_t november(int day)
{
	return day_of_civil((struct civil){ 2026, 11, (uint8_t)day });
}

static uint64_t fetches(struct books_rig *books)
{
	struct store_stats stats;

	store_stats(&stats, books->rig.store);
	return stats.fetches;
}

static void sell_and_ride(struct books_rig *books)
{
	for (uint32_t n = 0; n < TICKETS; n++) {
		books_file(books, books_sold(n, 1, PRICE, november(3), november(3)));
		books_file(books, books_ride(n, "bus", 190, november(3), november(3), 2));
		books_file(books, books_ride(n, "rail", 210, november(3), november(3), 3));
	}
	books_fold(books);
}

/* One that waits for a record does not keep those behind it from asking for theirs. */
static void what_all_of_them_need_is_asked_for_together(void **state)
{
	struct books_rig books;
	uint64_t before;

	(void)state;
	books_open(&books, "sim:1");
	sell_and_ride(&books);
	before = fetches(&books);
	books_file(&books, books_day_closed(november(30)));
	books_fold(&books);
	assert_true(fetches(&books) - before < FETCHES_MAX);
	assert_int_equal(books_count(&books, "split"), TICKETS);
	assert_int_equal(books_count(&books, "due"), 0);
	/* 5 % and then 3 % of the rest: 922 yen by 190 and 210 yen of fare, ties and all. */
	assert_int_equal(books_net(&books, "payable/partner/tabi"), 50 * TICKETS);
	assert_int_equal(books_net(&books, "income/council"), 28 * TICKETS);
	assert_int_equal(books_net(&books, "payable/operator/bus"), 438 * TICKETS);
	assert_int_equal(books_net(&books, "payable/operator/rail"), 484 * TICKETS);
	assert_int_equal(books_net(&books, "unearned"), 0);
	books_close(&books);
}

static void each_of_them_is_under_the_root_of_its_month(void **state)
{
	struct books_rig books;
	struct close_view view;

	(void)state;
	books_open(&books, "sim:2");
	sell_and_ride(&books);
	books_file(&books, books_day_closed(november(30)));
	books_file(&books, books_period_closed(november(1)));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_CLOSED);
	assert_int_equal(view.committed, TICKETS);
	assert_int_equal(view.committed_tickets, TICKETS);
	books_close(&books);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_all_of_them_need_is_asked_for_together),
		cmocka_unit_test(each_of_them_is_under_the_root_of_its_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
