/* tests/recompute_test.c - a month on a sheet is divided again: to the same yen as ticket by
 * ticket, by any number of threads; a damaged sheet is found out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/date.h"
#include "operators/recompute.h"

static const char operators[][ID_SIZE] = { "bus", "ferry", "subway" };
static struct rule by_fare, by_share, pooled;
static char path[64];

static void make_rules(void)
{
	by_fare = (struct rule){ .rule_id = "by-fare", .version = 1, .step_count = 2 };
	by_fare.steps[0] = (struct rule_step){ .kind = STEP_COMMISSION, .basis_points = 500 };
	by_fare.steps[1] = (struct rule_step){ .kind = STEP_SPLIT, .by = BY_DEEMED_FARE };
	by_share = (struct rule){ .rule_id = "by-share", .version = 2, .step_count = 1,
				  .share_count = 2 };
	by_share.steps[0] = (struct rule_step){ .kind = STEP_SPLIT, .by = BY_FIXED_SHARES };
	by_share.shares[0] = (struct rule_share){ .operator_id = "ferry", .weight = 2500 };
	by_share.shares[1] = (struct rule_share){ .operator_id = "subway", .weight = 7500 };
	pooled = by_fare;
	pooled.pooling = POOLING_MONTH;
	mem_copy(pooled.rule_id, "pooled", 7);
}

static void put(struct sheet_out *out, uint16_t kind, yen earned, const struct sheet_ride *rides,
		uint16_t count)
{
	const struct sheet_ticket ticket = { .earned_yen = earned, .kind = kind,
					     .ride_count = count, .riders = 1 };

	assert_true(sheet_put(out, &ticket, rides));
}

static void begin(struct sheet_out *out)
{
	const struct rule *rules[] = { &by_fare, &by_share, &pooled };
	const day_t month = day_of_civil((struct civil){ 2026, 11, 1 });
	const struct sheet_kind kinds[] = { { .rides = month, .product_number = 1,
					      .product_version = 1 },
					    { .rides = month, .product_number = 2,
					      .product_version = 1 },
					    { .rides = month, .product_number = 3,
					      .product_version = 4 } };
	const struct sheet_cover cover = { month, kinds, rules, 3, operators, 3 };

	snprintf(path, sizeof(path), "/tmp/hitotsu-sheet-%d", (int)getpid());
	assert_true(sheet_create(out, path, &cover));
}

/* operator, boardings, riders, fare, metres */
static const struct sheet_ride both[] = { { 2, 1, 1, 260, 5000 }, { 0, 1, 1, 190, 900 },
					  { 2, 1, 1, 210, 4000 } },
			       one[] = { { 1, 1, 1, 240, 3000 } };

static struct sheet *read_back(void)
{
	struct sheet *sheet = malloc(sizeof(*sheet));
	char error[SHEET_ERROR_SIZE];

	assert_non_null(sheet);
	assert_true(sheet_open(sheet, path, error));
	return sheet;
}

static void let_go(struct sheet *sheet)
{
	sheet_close(sheet);
	free(sheet);
	unlink(path);
}

static const struct recompute_sum *sum_of(const struct recompute *r, size_t kind, size_t place)
{
	return &r->sums[kind * 3 + place];
}

static void a_ticket_divides_as_its_rule_says(void **state)
{
	struct sheet_out out;
	struct recompute r;
	struct sheet *sheet;

	(void)state;
	begin(&out);
	put(&out, 0, 1000, both, 3); /* 950: subway 470 of 660, bus 190 of 660. */
	put(&out, 0, 1000, both, 0); /* Nobody: 950 unused. */
	put(&out, 1, 999, one, 1);   /* Ferry carried alone, the subway gets its share too. */
	assert_true(sheet_finish(&out));
	sheet = read_back();
	assert_true(recompute_run(&r, sheet, 2));
	assert_int_equal(sum_of(&r, 0, 0)->share_yen, 273);
	assert_int_equal(sum_of(&r, 0, 2)->share_yen, 677);
	assert_int_equal(sum_of(&r, 0, 2)->boardings, 2);
	assert_int_equal(sum_of(&r, 0, 2)->tickets, 1);
	assert_int_equal(sum_of(&r, 0, 2)->deemed_fare_yen, 470);
	assert_int_equal(sum_of(&r, 0, 2)->distance_m, 9000);
	assert_int_equal(r.whole[0].commission_yen, 100);
	assert_int_equal(r.whole[0].unused_yen, 950);
	assert_int_equal(r.whole[0].earned_yen, 2000);
	assert_int_equal(r.whole[0].tickets, 2);
	assert_int_equal(sum_of(&r, 1, 1)->share_yen, 250);
	assert_int_equal(sum_of(&r, 1, 2)->share_yen, 749);
	assert_int_equal(sum_of(&r, 1, 2)->tickets, 0);
	recompute_close(&r);
	let_go(sheet);
}

/* 950 + 475 in the pool; fares 190, 240 and 470 of 900. Ticket by ticket it would be otherwise. */
static void a_pool_divides_what_its_tickets_left_together(void **state)
{
	struct sheet_out out;
	struct recompute r;
	struct sheet *sheet;

	(void)state;
	begin(&out);
	put(&out, 2, 1000, both, 3);
	put(&out, 2, 500, one, 1);
	assert_true(sheet_finish(&out));
	sheet = read_back();
	assert_true(recompute_run(&r, sheet, 1));
	assert_int_equal(sum_of(&r, 2, 0)->share_yen, 301);
	assert_int_equal(sum_of(&r, 2, 1)->share_yen, 380);
	assert_int_equal(sum_of(&r, 2, 2)->share_yen, 744);
	assert_int_equal(r.whole[2].pool_yen, 0);
	assert_int_equal(r.whole[2].commission_yen, 75);
	recompute_close(&r);
	let_go(sheet);
}

/* 950 that nobody used go to all alike, and no cap stands against it: it bounds who carried. */
static void what_nobody_used_knows_no_bounds(void **state)
{
	static const struct sheet_ride nothing[] = { { .operator = 0 }, { .operator = 1 },
						     { .operator = 2 } };
	struct rule capped = by_fare;
	const struct rule *rules[] = { &capped };
	const struct sheet_kind kind = { .rides = day_of_civil((struct civil){ 2026, 11, 1 }),
					 .product_number = 1, .product_version = 1,
					 .flags = SHEET_NAMED };
	const struct sheet_cover cover = { kind.rides, &kind, rules, 1, operators, 3 };
	struct sheet_out out;
	struct recompute r;
	struct sheet *sheet;

	(void)state;
	capped.unused_to = UNUSED_TO_OPERATORS;
	capped.shares[0] = (struct rule_share){ .operator_id = "bus", .cap_yen = 10 };
	capped.share_count = 1;
	snprintf(path, sizeof(path), "/tmp/hitotsu-sheet-%d", (int)getpid());
	assert_true(sheet_create(&out, path, &cover));
	put(&out, 0, 1000, nothing, 3);
	assert_true(sheet_finish(&out));
	sheet = read_back();
	assert_true(recompute_run(&r, sheet, 1));
	assert_int_equal(r.sums[0].share_yen, 317);
	assert_int_equal(r.sums[1].share_yen, 317);
	assert_int_equal(r.sums[2].share_yen, 316);
	recompute_close(&r);
	let_go(sheet);
}

static uint64_t drawn = 7;

static uint32_t draw(uint32_t most)
{
	drawn = drawn * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(drawn >> 33) % most;
}

static void any_number_of_threads_gives_the_same_sums(void **state)
{
	struct sheet_out out;
	struct sheet *sheet;
	struct recompute one_thread, many;
	yen all = 0, given = 0;

	(void)state;
	begin(&out);
	for (unsigned n = 0; n < 20000; n++) {
		struct sheet_ride rides[5];
		uint16_t count = (uint16_t)draw(6);
		yen earned = draw(10000);

		for (unsigned i = 0; i < count; i++)
			rides[i] = (struct sheet_ride){ (uint16_t)draw(3), 1, 1, draw(900), 1 };
		put(&out, (uint16_t)draw(3), earned, rides, count);
		all += earned;
	}
	assert_true(sheet_finish(&out));
	sheet = read_back();
	assert_int_equal(sheet->header.ticket_count, 20000);
	assert_true(sheet->header.block_count > 10);
	assert_true(recompute_run(&one_thread, sheet, 1));
	assert_true(recompute_run(&many, sheet, 5));
	assert_memory_equal(one_thread.sums, many.sums, 9 * sizeof(*many.sums));
	assert_memory_equal(one_thread.whole, many.whole, 3 * sizeof(*many.whole));
	for (size_t i = 0; i < 9; i++)
		given += many.sums[i].share_yen;
	for (size_t i = 0; i < 3; i++)
		given += many.whole[i].commission_yen + many.whole[i].unused_yen;
	assert_int_equal(given, all);
	recompute_close(&one_thread);
	recompute_close(&many);
	let_go(sheet);
}

static void write_at(long at, const void *data, size_t size)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static long one_ticket_sheet(void)
{
	struct sheet_out out;

	begin(&out);
	put(&out, 0, 1000, both, 3);
	assert_true(sheet_finish(&out));
	return (long)out.header.blocks_at;
}

static void assert_damaged(void)
{
	struct sheet *sheet = read_back();
	struct recompute r;

	assert_false(recompute_run(&r, sheet, 2));
	assert_true(r.damaged);
	recompute_close(&r);
	let_go(sheet);
}

static void a_damaged_block_is_found_out(void **state)
{
	const long ticket = 8, ride = ticket + (long)sizeof(struct sheet_ticket);
	const uint16_t three = 3, many = 5000;
	const int64_t negative = -1;
	const uint32_t beyond = SHEET_BLOCK_SIZE + 1;

	(void)state;
	write_at(one_ticket_sheet() + ride, &three, sizeof(three)); /* No such operator. */
	assert_damaged();
	write_at(one_ticket_sheet() + ticket + 8, &three, sizeof(three)); /* No such kind. */
	assert_damaged();
	write_at(one_ticket_sheet() + ticket + 10, &many, sizeof(many)); /* Rides past the end. */
	assert_damaged();
	write_at(one_ticket_sheet() + ticket, &negative, sizeof(negative));
	assert_damaged();
	write_at(one_ticket_sheet(), &beyond, sizeof(beyond));
	assert_damaged();
	assert_int_equal(truncate(path, one_ticket_sheet() + 100), 0);
	assert_damaged();
}

static void assert_refused(const char *why)
{
	struct sheet *sheet = malloc(sizeof(*sheet));
	char error[SHEET_ERROR_SIZE] = "";

	assert_non_null(sheet);
	assert_false(sheet_open(sheet, path, error));
	assert_non_null(strstr(error, why));
	let_go(sheet);
}

static void what_is_no_sheet_is_refused(void **state)
{
	const uint32_t many = SHEET_KIND_COUNT_MAX + 1;
	long blocks;

	(void)state;
	write_at((one_ticket_sheet(), 0), "NOTHING!", 8);
	assert_refused("not a sheet");
	write_at((one_ticket_sheet(), 12), &many, sizeof(many));
	assert_refused("more kinds");
	blocks = one_ticket_sheet();
	write_at(blocks - 2 * ID_SIZE, "zebra", 6);
	assert_refused("out of order");
	write_at((one_ticket_sheet(), (long)sizeof(struct sheet_header) + 12), "\xff\xff", 2);
	assert_refused("a kind, or its rule");
	unlink(path);
	assert_refused("No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_divides_as_its_rule_says),
		cmocka_unit_test(a_pool_divides_what_its_tickets_left_together),
		cmocka_unit_test(what_nobody_used_knows_no_bounds),
		cmocka_unit_test(any_number_of_threads_gives_the_same_sums),
		cmocka_unit_test(a_damaged_block_is_found_out),
		cmocka_unit_test(what_is_no_sheet_is_refused),
	};

	make_rules();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
