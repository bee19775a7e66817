/* tests/bookkeeper_late_test.c - late rides, pools and guarantees: nobody's total depends on when
 * something was told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/pool.h"
#include "operators/split.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3 };

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

static struct ticket_split split_of(const char *month, uint32_t ticket)
{
	struct ticket_split split;
	char uuid[UUID_TEXT_SIZE];

	uuid_encode(uuid, books_ticket(ticket));
	if (!books_read(&books, &split, &ticket_split_shape, "split/%s/%s", month, uuid))
		fail_msg("no split of %s", month);
	return split;
}

static struct line line_of(const char *key)
{
	struct line line;

	if (!books_read(&books, &line, &line_shape, "line/%s", key))
		fail_msg("no line %s", key);
	return line;
}

static void a_division_is_written_down_whole(void **state)
{
	struct ticket_split split;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 10000, DAY - 1, DAY));
	books_file(&books, books_ride(1, "rail", 640, DAY, DAY, 2));
	books_file(&books, books_ride(1, "bus", 211, DAY, DAY, 3));
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	split = split_of("2026-11", 1);
	assert_int_equal(split.earned_yen, 10000);
	assert_int_equal(split.sums.commission_yen, 500);
	assert_int_equal(split.sums.council_fee_yen, 285);
	assert_int_equal(split.over, DAY);
	assert_string_equal(split.rule_id, "usual");
	assert_int_equal(split.rule_version, 3);
	assert_int_equal(split.product_number, BOOKS_USUAL);
	assert_int_equal(split.by, BY_DEEMED_FARE);
	assert_int_equal(split.split_step, 2);
	assert_int_equal(split.weight_sum, 851);
	assert_int_equal(split.leg_count, 2);
	assert_string_equal(split.legs[0].operator_id, "bus");
	assert_int_equal(split.legs[0].weight, 211);
	assert_int_equal(split.legs[0].share_yen, 2285); /* 2284.77 */
	assert_int_equal(split.legs[0].rank, 1);
	assert_int_equal(split.legs[1].share_yen, 6930);
	assert_false(split.again);
}

static void a_late_ride_divides_again_in_the_open_period(void **state)
{
	struct ticket_split november, december;
	struct line line;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_day_closed(DUE));
	books_file(&books, books_period_closed(DAY));
	books_file(&books, books_ride(1, "bus", 0, DAY, DAY, 3));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 4));
	books_fold(&books);
	assert_int_equal(owed("rail"), 667);
	assert_int_equal(owed("bus"), 333);
	november = split_of("2026-11", 1);
	assert_int_equal(november.leg_count, 1);
	assert_int_equal(november.legs[0].share_yen, 1000);
	december = split_of("2026-12", 1);
	assert_true(december.again);
	assert_int_equal(december.legs[0].share_yen, 333);
	assert_int_equal(december.legs[0].before_yen, 0);
	assert_int_equal(december.legs[1].share_yen, 667);
	assert_int_equal(december.legs[1].before_yen, 1000);
	line = line_of("2026-12/rail/0002/0002/2026-11/0001/0");
	assert_int_equal(line.amount_yen, -333);
	assert_int_equal(line.tickets, 0); /* November counted it. */
	assert_int_equal(line.boardings, 1);
	line = line_of("2026-12/bus/0002/0002/2026-11/0001/0");
	assert_int_equal(line.amount_yen, 333);
	assert_int_equal(line.tickets, 1);
	line = line_of("2026-11/rail/0002/0002/2026-11/0001/0");
	assert_int_equal(line.amount_yen, 1000);
}

/* Facts are filed on 21 September. June was closed on 4 July, so 62 days are over; July's are not.
 */
static void what_is_told_after_the_limit_is_kept_and_unpaid(void **state)
{
	enum { JUNE = 20610, JULY = 20640 };
	struct fact late = books_ride(1, "bus", 0, JUNE, JUNE, 3);
	struct scan_view scan;
	struct ticket_view view;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, JUNE, JUNE));
	books_file(&books, books_ride(1, "rail", 0, JUNE, JUNE, 2));
	books_file(&books, books_sold(2, BOOKS_PLAIN, 1000, JULY, JULY));
	books_file(&books, books_ride(2, "rail", 0, JULY, JULY, 2));
	books_file(&books, books_day_closed(JUNE + 4));
	books_file(&books, books_period_closed(JUNE));
	books_file(&books, books_day_closed(JULY + 4));
	books_file(&books, books_period_closed(JULY));
	books_file(&books, late);
	books_file(&books, books_ride(2, "bus", 0, JULY, JULY, 3));
	late.changed_id = (struct id128){ .bytes = { 0, 0, 0, 8, [15] = 1 } };
	late.type = FACT_contest_changed;
	late.contested = true;
	(void)snprintf(late.bearer, sizeof(late.bearer), "council");
	late.borne_yen = 70;
	late.n = 4;
	books_file(&books, late); /* Nor does a change of it count. */
	books_fold(&books);
	assert_int_equal(owed("bus"), 500);
	assert_int_equal(owed("rail"), 1500);
	assert_int_equal(books_net(&books, ACCOUNT_LOSS_COUNCIL), 0);
	assert_true(books_read(&books, &scan, &scan_view_shape,
			       "oscan/bus/%013lld/00000008000000000000000000000001",
			       (long long)late.at));
	assert_true(scan.unpaid);
	assert_true(books_read(&books, &view, &ticket_view_shape,
			       "tview/01920000-0000-0000-0000-000000000001"));
	assert_int_equal(view.leg_count, 1);
}

static void a_contested_ride_gives_its_share_back(void **state)
{
	struct fact changed = books_ride(1, "bus", 0, DAY, DAY, 4);

	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	changed.changed_id = (struct id128){ .bytes = { 0, 0, 0, 2, [15] = 1 } };
	books_file(&books, books_ride(1, "bus", 0, DAY, DAY, 3));
	books_file(&books, books_day_closed(DUE));
	books_file(&books, books_period_closed(DAY));
	changed.type = FACT_contest_changed;
	changed.contested = true;
	(void)snprintf(changed.bearer, sizeof(changed.bearer), "council");
	changed.borne_yen = 70;
	books_file(&books, changed);
	books_fold(&books);
	assert_int_equal(owed("rail"), 1000);
	assert_int_equal(owed("bus"), 70);
	assert_int_equal(line_of("2026-12/bus/0002/0002/2026-11/0001/0").amount_yen, -500);
	assert_int_equal(line_of("2026-12/bus/0002/0002/2026-11/0001/0").tickets, -1);
}

/* ---- Pools. ---- */

static void a_pool_is_divided_when_its_month_is_closed(void **state)
{
	struct pool pool;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_POOLED, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 300, DAY, DAY, 2));
	books_file(&books, books_sold(2, BOOKS_POOLED, 10001, DAY, DAY));
	books_file(&books, books_ride(2, "rail", 600, DAY, DAY, 2));
	books_file(&books, books_ride(2, "bus", 300, DAY, DAY, 3));
	books_file(&books, books_sold(3, BOOKS_POOLED, 500, DAY, DAY)); /* Nobody used it. */
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(books_net(&books, "payable/partner/tabi"), 50 + 500 + 25);
	assert_int_equal(books_net(&books, "income/council"), 475);
	assert_int_equal(owed("rail"), 20);
	assert_int_equal(owed("bus"), 10);
	assert_int_equal(books_net(&books, "pool/pooled/2026-11"), 940 + 9481);
	assert_int_equal(books_count(&books, "pool"), 3); /* With what is the partner's. */
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_int_equal(books_net(&books, "pool/pooled/2026-11"), 0);
	/* 10421: the inn at least 50, rail at most 4000, the rest is the bus's. */
	assert_int_equal(owed("inn"), 50);
	assert_int_equal(owed("rail"), 20 + 4000);
	assert_int_equal(owed("bus"), 10 + 6371);
	assert_true(books_read(&books, &pool, &pool_shape,
			       "pool/split/2026-11/2026-11/pooled/0002/0003/0002"));
	assert_int_equal(pool.tickets, 2);
	assert_int_equal(pool.sum_yen, 10421);
	assert_int_equal(pool.leg_count, 3);
	assert_int_equal(pool.legs[2].bound, BOUND_CAP);
	assert_int_equal(pool.legs[2].legs, 2);
	assert_int_equal(line_of("2026-11/bus/0003/0002/2026-11/0002/0").amount_yen, 6381);
	assert_int_equal(line_of("2026-11/inn/0003/0002/2026-11/0002/0").tickets, 0);
	/* 550 of the two tickets' commission over 6381, 50 and 4020. */
	assert_int_equal(line_of("2026-11/bus/0003/0002/2026-11/0002/0").gross_yen, 6381 + 336);
	assert_int_equal(line_of("2026-11/inn/0003/0002/2026-11/0002/0").commission_yen, 3);
	assert_int_equal(line_of("2026-11/rail/0003/0002/2026-11/0002/0").commission_yen, 211);
}

static void a_late_ride_divides_the_pool_again(void **state)
{
	struct pool pool;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_POOLED, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 300, DAY, DAY, 2));
	books_file(&books, books_day_closed(DUE));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_int_equal(owed("rail"), 10 + 890); /* 950 less 10, less the inn's 50. */
	books_file(&books, books_ride(1, "bus", 100, DAY, DAY, 3));
	books_fold(&books);
	assert_int_equal(owed("rail"), 900); /* Not before the next close. */
	assert_int_equal(owed("bus"), 10);
	assert_int_equal(books_net(&books, "pool/pooled/2026-11"), -10);
	books_file(&books, books_day_closed(DUE + 40));
	books_file(&books, books_period_closed(month_next(month_of(DAY))));
	books_fold(&books);
	assert_int_equal(books_net(&books, "pool/pooled/2026-11"), 0);
	/* 930 less 50 by 300 : 100. */
	assert_int_equal(owed("rail"), 10 + 660);
	assert_int_equal(owed("bus"), 10 + 220);
	assert_int_equal(owed("inn"), 50);
	assert_true(books_read(&books, &pool, &pool_shape,
			       "pool/split/2026-12/2026-11/pooled/0002/0003/0002"));
	assert_int_equal(pool.legs[0].before_yen, 0);
	assert_int_equal(pool.legs[2].before_yen, 890);
	assert_int_equal(line_of("2026-12/rail/0003/0002/2026-11/0002/0").amount_yen, 660 - 890);
	assert_int_equal(line_of("2026-12/rail/0003/0002/2026-11/0002/0").commission_yen, 35 - 47);
	assert_int_equal(line_of("2026-12/bus/0003/0002/2026-11/0002/0").commission_yen, 12);
	assert_true(books_read(&books, &pool, &pool_shape,
			       "pool/split/2026-11/2026-11/pooled/0002/0003/0002"));
	assert_int_equal(pool.legs[1].share_yen, 890); /* As it was. */
}

static void a_pool_goes_by_what_operators_declared(void **state)
{
	struct fact said = { .type = FACT_declared, .at = books_at(DAY, 0), .day = DAY };

	(void)state;
	books_file(&books, books_sold(1, BOOKS_SAID, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 300, DAY, DAY, 2));
	(void)snprintf(said.operator_id, ID_SIZE, "bus");
	said.boardings = 9;
	books_file(&books, said);
	said.boardings = 3;
	books_file(&books, said); /* Its last word. */
	(void)snprintf(said.operator_id, ID_SIZE, "rail");
	said.boardings = 1;
	books_file(&books, said);
	books_file(&books, books_day_closed(DUE));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_int_equal(owed("bus"), 750);
	assert_int_equal(owed("rail"), 250);
}

/* ---- Those who left. ---- */

static void a_fixed_share_falls_to_the_others_after_the_run_off(void **state)
{
	struct fact inn = { .type = FACT_operator_changed,
			    .at = books_at(DAY, 0),
			    .operator_id = "inn",
			    .joined = 1,
			    .left = DAY - 9,
			    .run_off = DAY,
			    .n = 1 };

	(void)state;
	books_file(&books, inn);
	books_file(&books, books_sold(1, BOOKS_FIXED, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_sold(2, BOOKS_FIXED, 1000, DAY, DAY + 1));
	books_file(&books, books_ride(2, "rail", 0, DAY + 1, DAY + 1, 2));
	books_file(&books, books_sold(3, BOOKS_FIXED, 700, DAY, DAY + 1)); /* Unused. */
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
	assert_int_equal(owed("bus"), 500);
	assert_int_equal(owed("inn"), 300);
	assert_int_equal(owed("rail"), 200);
	books_file(&books, books_day_closed(DUE + 1));
	books_fold(&books);
	assert_int_equal(owed("inn"), 300);
	assert_int_equal(owed("bus"), 500 + 714 + 500); /* 5 : 2 */
	assert_int_equal(owed("rail"), 200 + 286 + 200);
}

/* ---- Whatever comes, in whatever order. ---- */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

enum { TICKETS = 12, RIDES = 60, WHO = 4 };
static const char *const who[WHO] = { "bus", "ferry", "inn", "rail" };

struct told { /* A ride, and after which event it is told. */
	struct fact fact;
	uint32_t when;
};

static void draw_rides(struct told rides[RIDES])
{
	for (uint32_t i = 0; i < RIDES; i++) {
		uint32_t ticket = draw(TICKETS);

		rides[i].fact =
		    books_ride(ticket, who[draw(WHO)], (yen)draw(900), DAY - 3, DAY, 2 + i);
		rides[i].fact.boarding = draw(5) != 0;
		rides[i].fact.riders = (uint8_t)(1 + draw(3));
	}
}

/* Sales, then the day's close, the month's, and the next month's, rides among them. */
static void run(struct told rides[RIDES], yen totals[WHO + 2])
{
	uint16_t products[] = { BOOKS_USUAL, BOOKS_PLAIN, BOOKS_POOLED, BOOKS_FIXED };
	void *state = NULL;

	open_books(&state);
	for (uint32_t i = 0; i < TICKETS; i++)
		books_file(&books,
			   books_sold(i, products[i % 4], 500 + 777 * (yen)i, DAY - 3, DAY));
	for (uint32_t when = 0; when < 4; when++) {
		for (uint32_t i = 0; i < RIDES; i++)
			if (rides[i].when == when)
				books_file(&books, rides[i].fact);
		books_file(&books, when == 0   ? books_day_closed(DUE)
				   : when == 1 ? books_day_closed(DUE + 1)
				   : when == 2 ? books_period_closed(DAY)
					       : books_day_closed(DUE + 40));
	}
	books_file(&books, books_period_closed(month_next(month_of(DAY))));
	books_fold(&books);
	for (size_t i = 0; i < WHO; i++)
		totals[i] = owed(who[i]);
	totals[WHO] = books_net(&books, "payable/partner/tabi");
	totals[WHO + 1] = books_net(&books, "income/council");
	close_books(&state);
}

static void the_order_of_arrival_matters_to_nobody(void **state)
{
	static struct told rides[RIDES];
	yen once[WHO + 2], again[WHO + 2];

	(void)state;
	seed = 4;
	for (int round = 0; round < 6; round++) {
		draw_rides(rides);
		for (uint32_t i = 0; i < RIDES; i++)
			rides[i].when = 0;
		run(rides, once);
		for (uint32_t i = 0; i < RIDES; i++)
			rides[i].when = draw(5) == 0 ? 1 + draw(3) : 0;
		for (uint32_t i = RIDES - 1; i > 0; i--) {
			struct told kept = rides[i];
			uint32_t k = draw(i + 1);

			rides[i] = rides[k];
			rides[k] = kept;
		}
		run(rides, again);
		assert_memory_equal(once, again, sizeof(once));
	}
}

/* Folded again from nothing: the same bytes. */
static void a_rebuild_gives_the_same_bytes(void **state)
{
	static struct told rides[RIDES];
	uint8_t live[SHA256_SIZE], again[SHA256_SIZE];

	(void)state;
	seed = 7;
	draw_rides(rides);
	for (uint32_t i = 0; i < TICKETS; i++)
		books_file(&books, books_sold(i, i % 2 == 0 ? BOOKS_POOLED : BOOKS_USUAL, 900,
					      DAY - 3, DAY));
	for (uint32_t i = 0; i < RIDES; i++) {
		if (i == 20)
			books_file(&books, books_day_closed(DUE));
		if (i == 40)
			books_file(&books, books_period_closed(DAY));
		books_file(&books, rides[i].fact);
	}
	books_file(&books, books_period_closed(month_next(month_of(DAY))));
	books_fold(&books);
	books_digest(&books, live);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, again);
	assert_memory_equal(live, again, sizeof(live));
}

#define BOOKS_TEST(name) cmocka_unit_test_setup_teardown(name, open_books, close_books)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOKS_TEST(a_division_is_written_down_whole),
		BOOKS_TEST(a_late_ride_divides_again_in_the_open_period),
		BOOKS_TEST(what_is_told_after_the_limit_is_kept_and_unpaid),
		BOOKS_TEST(a_contested_ride_gives_its_share_back),
		BOOKS_TEST(a_pool_is_divided_when_its_month_is_closed),
		BOOKS_TEST(a_late_ride_divides_the_pool_again),
		BOOKS_TEST(a_pool_goes_by_what_operators_declared),
		BOOKS_TEST(a_fixed_share_falls_to_the_others_after_the_run_off),
		cmocka_unit_test(the_order_of_arrival_matters_to_nobody),
		BOOKS_TEST(a_rebuild_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
