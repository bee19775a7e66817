/* tests/date_test.c - the calendar against facts, and a manual clock. Without it the last bus of
 * the month could be booked in the wrong one.
 */
#include "core/clock.h"
#include "core/date.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static void days_have_known_numbers(void **state)
{
	static const struct {
		struct civil civil;
		day_t day;
	} table[] = {
		{ { 1970, 1, 1 }, 0 },         { { 1969, 12, 31 }, -1 },
		{ { 1900, 1, 1 }, -25567 },    { { 2000, 2, 29 }, 11016 },
		{ { 2000, 3, 1 }, 11017 },     { { 2026, 11, 24 }, 20781 },
		{ { 9999, 12, 31 }, 2932896 }, { { 1904, 2, 29 }, -24048 },
		{ { 0, 3, 1 }, -719468 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct civil back = civil_of_day(table[i].day);

		assert_int_equal(day_of_civil(table[i].civil), table[i].day);
		assert_int_equal(back.year, table[i].civil.year);
		assert_int_equal(back.month, table[i].civil.month);
		assert_int_equal(back.day, table[i].civil.day);
	}
}

/* Counts every day of eighty centuries by hand beside the arithmetic. */
static void no_day_is_skipped(void **state)
{
	struct civil today = { 1900, 1, 1 };
	day_t day = day_of_civil(today), month = day;

	(void)state;
	for (; today.year <= 9999; day++) {
		struct civil next = { today.year, today.month, (uint8_t)(today.day + 1) };

		assert_true(civil_is_real(today));
		assert_int_equal(day_of_civil(today), day);
		assert_int_equal(civil_of_day(day).day, today.day);
		assert_int_equal(month_of(day), month);
		if (!civil_is_real(next)) {
			next = (struct civil){ today.year, (uint8_t)(today.month + 1), 1 };
			if (next.month == 13)
				next = (struct civil){ today.year + 1, 1, 1 };
			assert_int_equal(month_next(month), day + 1);
			month = day + 1;
		}
		today = next;
	}
}

static void some_days_never_were(void **state)
{
	static const struct {
		struct civil civil;
		bool real;
	} table[] = {
		{ { 2024, 2, 29 }, true },   { { 2023, 2, 29 }, false },
		{ { 1900, 2, 29 }, false },  { { 2000, 2, 29 }, true },
		{ { 2100, 2, 29 }, false },  { { 2024, 2, 30 }, false },
		{ { 2024, 4, 31 }, false },  { { 2024, 12, 31 }, true },
		{ { 2024, 12, 32 }, false }, { { 2024, 0, 1 }, false },
		{ { 2024, 13, 1 }, false },  { { 2024, 1, 0 }, false },
		{ { 1899, 12, 31 }, false }, { { 10000, 1, 1 }, false },
		{ { -1, 1, 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(civil_is_real(table[i].civil), table[i].real);
}

static time_ms at(const char *text)
{
	time_ms out = 0;

	if (!time_decode(&out, slice_text(text)))
		fail_msg("%s", text);
	return out;
}

static void a_service_day_begins_at_its_boundary(void **state)
{
	static const struct {
		const char *time;
		uint16_t boundary_min;
		const char *day, *service_day;
		uint16_t minute;
	} table[] = {
		{ "2026-11-24T00:00:00+09:00", 180, "2026-11-24", "2026-11-23", 0 },
		{ "2026-11-24T00:40:00+09:00", 180, "2026-11-24", "2026-11-23", 40 },
		{ "2026-11-24T02:59:59.999+09:00", 180, "2026-11-24", "2026-11-23", 179 },
		{ "2026-11-24T03:00:00+09:00", 180, "2026-11-24", "2026-11-24", 180 },
		{ "2026-11-24T23:59:59.999+09:00", 180, "2026-11-24", "2026-11-24", 1439 },
		{ "2026-11-24T00:00:00+09:00", 0, "2026-11-24", "2026-11-24", 0 },
		{ "2026-11-23T23:59:59.999+09:00", 0, "2026-11-23", "2026-11-23", 1439 },
		{ "2026-11-23T14:59:59Z", 180, "2026-11-23", "2026-11-23", 1439 },
		{ "2026-11-23T15:00:00Z", 180, "2026-11-24", "2026-11-23", 0 },
		{ "2027-01-01T02:00:00+09:00", 180, "2027-01-01", "2026-12-31", 120 },
		{ "1969-12-31T23:59:59.999+09:00", 0, "1969-12-31", "1969-12-31", 1439 },
		{ "1960-01-01T00:00:00+09:00", 180, "1960-01-01", "1959-12-31", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		time_ms time = at(table[i].time);
		day_t service = service_day_at(time, table[i].boundary_min);
		char text[DATE_TEXT_SIZE];

		date_encode(text, day_at(time));
		assert_string_equal(text, table[i].day);
		date_encode(text, service);
		assert_string_equal(text, table[i].service_day);
		assert_int_equal(minute_of_day(time), table[i].minute);
		assert_true(day_start(service, table[i].boundary_min) <= time);
		assert_true(day_start(service + 1, table[i].boundary_min) > time);
	}
}

enum form { DATE, COMPACT, MONTH };

static void dates_in_their_forms(void **state)
{
	static const struct {
		enum form form;
		const char *text, *day; /* NULL: refused. */
	} table[] = {
		{ DATE, "2026-11-24", "2026-11-24" },
		{ DATE, "1900-01-01", "1900-01-01" },
		{ DATE, "9999-12-31", "9999-12-31" },
		{ DATE, "2026-11-24 ", NULL },
		{ DATE, "2026-11-2", NULL },
		{ DATE, "2026-1-24", NULL },
		{ DATE, "26-11-24", NULL },
		{ DATE, "2026/11/24", NULL },
		{ DATE, "20261124", NULL },
		{ DATE, "2026-02-29", NULL },
		{ DATE, "2026-00-10", NULL },
		{ DATE, "2026-13-10", NULL },
		{ DATE, "1899-12-31", NULL },
		{ DATE, "+026-11-24", NULL },
		{ DATE, "2026--1-24", NULL },
		{ DATE, "", NULL },
		{ COMPACT, "20261124", "2026-11-24" },
		{ COMPACT, "20240229", "2024-02-29" },
		{ COMPACT, "20230229", NULL },
		{ COMPACT, "2026112", NULL },
		{ COMPACT, "202611245", NULL },
		{ COMPACT, "2026 124", NULL },
		{ COMPACT, "2026-11-24", NULL },
		{ COMPACT, "", NULL },
		{ MONTH, "2026-11", "2026-11-01" },
		{ MONTH, "2026-13", NULL },
		{ MONTH, "2026-00", NULL },
		{ MONTH, "2026-1", NULL },
		{ MONTH, "2026-11-01", NULL },
		{ MONTH, "202611", NULL },
		{ MONTH, "", NULL },
	};
	static bool (*const decode[])(day_t *, struct slice) = {
		[DATE] = date_decode,
		[COMPACT] = date_decode_compact,
		[MONTH] = month_decode,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char text[DATE_TEXT_SIZE], month[MONTH_TEXT_SIZE];
		day_t day = 77;
		bool fine = decode[table[i].form](&day, slice_text(table[i].text));

		if (fine != (table[i].day != NULL) || (!fine && day != 77))
			fail_msg("%s", table[i].text);
		if (!fine)
			continue;
		date_encode(text, day);
		assert_string_equal(text, table[i].day);
		month_encode(month, day);
		assert_true(slice_starts(slice_text(text), slice_text(month)));
	}
}

static void times_are_written_with_the_offset_of_japan(void **state)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "2026-11-24T17:18:50+09:00", "2026-11-24T17:18:50+09:00" },
		{ "2026-11-24T17:18:50.120+09:00", "2026-11-24T17:18:50.120+09:00" },
		{ "2026-11-24T17:18:50.1+09:00", "2026-11-24T17:18:50.100+09:00" },
		{ "2026-11-24T17:18:50.1239999999+09:00", "2026-11-24T17:18:50.123+09:00" },
		{ "2026-11-24T17:18:50.000+09:00", "2026-11-24T17:18:50+09:00" },
		{ "2026-11-24T08:18:50Z", "2026-11-24T17:18:50+09:00" },
		{ "2026-11-24t08:18:50z", "2026-11-24T17:18:50+09:00" },
		{ "2026-11-24T08:18:50-00:00", "2026-11-24T17:18:50+09:00" },
		{ "2026-11-23T22:48:50-09:30", "2026-11-24T17:18:50+09:00" },
		{ "2026-12-31T23:59:59-23:59", "2027-01-02T08:58:59+09:00" },
		{ "1969-12-31T23:59:59.999Z", "1970-01-01T08:59:59.999+09:00" },
		{ "1900-01-01T00:00:00+09:00", "1900-01-01T00:00:00+09:00" },
		{ "9999-12-31T23:59:59.999+09:00", "9999-12-31T23:59:59.999+09:00" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char text[TIME_TEXT_SIZE];

		time_encode(text, at(table[i].in));
		assert_string_equal(text, table[i].out);
	}
	assert_true(at("2026-11-24T17:18:50+09:00") == 1795508330000);
}

static void times_that_are_none(void **state)
{
	static const char *const table[] = {
		"",
		"2026-11-24",
		"2026-11-24T17:18:50",
		"2026-11-24 17:18:50Z",
		"2026-11-24T17:18Z",
		"2026-11-24T24:00:00Z",
		"2026-11-24T17:60:00Z",
		"2026-11-24T17:18:60Z",
		"2016-12-31T23:59:60Z",
		"2026-11-24T17:18:50.Z",
		"2026-11-24T17:18:50,5Z",
		"2026-11-24T17:18:50+0900",
		"2026-11-24T17:18:50+09",
		"2026-11-24T17:18:50+24:00",
		"2026-11-24T17:18:50+09:60",
		"2026-11-24T17:18:50 +09:00",
		"2026-11-24T17:18:50ZZ",
		"2026-11-24T17:18:50+09:00 ",
		"2026-02-29T00:00:00Z",
		"2026-11-24T7:18:50Z",
		"2026-11-24T-1:18:50Z",
		"1900-01-01T00:00:00+09:01",
		"9999-12-31T15:00:00Z",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		time_ms out = 42;

		if (time_decode(&out, slice_text(table[i])) || out != 42)
			fail_msg("%s", table[i]);
	}
}

static void real_times_have_an_end(void **state)
{
	(void)state;
	assert_true(time_is_real(0));
	assert_true(time_is_real(at("1900-01-01T00:00:00+09:00")));
	assert_false(time_is_real(at("1900-01-01T00:00:00+09:00") - 1));
	assert_true(time_is_real(at("9999-12-31T23:59:59.999+09:00")));
	assert_false(time_is_real(at("9999-12-31T23:59:59.999+09:00") + 1));
	assert_false(time_is_real(INT64_MIN));
	assert_false(time_is_real(INT64_MAX));
}

static void a_manual_clock_stands_still_and_moves_forward(void **state)
{
	struct clock clock;
	uint64_t before = clock_monotonic_ns();

	(void)state;
	clock_init(&clock, true, 1000);
	assert_int_equal(clock.day_boundary_min, DAY_BOUNDARY_MIN);
	assert_true(clock_now(&clock) == 1000);
	assert_true(clock_set(&clock, 1000));
	assert_true(clock_set(&clock, 2000));
	assert_false(clock_set(&clock, 1999));
	assert_true(clock_now(&clock) == 2000);
	clock_init(&clock, false, 1000);
	assert_false(clock_set(&clock, INT64_MAX));
	assert_true(clock_now(&clock) > at("2020-01-01T00:00:00Z"));
	assert_true(clock_monotonic_ns() >= before);
}

static void a_day_of_a_year_is_the_nearest(void **state)
{
	static const struct {
		uint16_t nth;
		struct civil near, day;
	} table[] = {
		{ 1, { 2026, 1, 1 }, { 2026, 1, 1 } },
		{ 328, { 2026, 11, 24 }, { 2026, 11, 24 } },
		{ 365, { 2027, 1, 2 }, { 2026, 12, 31 } },
		{ 2, { 2026, 12, 30 }, { 2027, 1, 2 } },
		{ 60, { 2028, 3, 1 }, { 2028, 2, 29 } },
		{ 366, { 2028, 12, 30 }, { 2028, 12, 31 } },
		{ 182, { 2026, 1, 1 }, { 2026, 7, 1 } }, /* As far as a day can be. */
		{ 185, { 2026, 1, 1 }, { 2025, 7, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(day_of_year_near(table[i].nth, day_of_civil(table[i].near)),
				 day_of_civil(table[i].day));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_have_known_numbers),
		cmocka_unit_test(no_day_is_skipped),
		cmocka_unit_test(some_days_never_were),
		cmocka_unit_test(a_service_day_begins_at_its_boundary),
		cmocka_unit_test(dates_in_their_forms),
		cmocka_unit_test(times_are_written_with_the_offset_of_japan),
		cmocka_unit_test(times_that_are_none),
		cmocka_unit_test(real_times_have_an_end),
		cmocka_unit_test(a_day_of_a_year_is_the_nearest),
		cmocka_unit_test(a_manual_clock_stands_still_and_moves_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
