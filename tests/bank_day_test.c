/* tests/bank_day_test.c - bank days, against the rules of the Act on National Holidays. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/date.h"
#include "operators/bank_day.h"

static const struct bank_calendar built_in = { 0 };

static day_t day(int32_t year, uint8_t month, uint8_t of_month)
{
	return day_of_civil((struct civil){ year, month, of_month });
}

static day_t date(const char *text)
{
	day_t out;

	assert_true(date_decode(&out, slice_text(text)));
	return out;
}

static day_t nth_monday(int32_t year, uint8_t month, int nth)
{
	day_t first = day(year, month, 1);

	return first + (8 - (first % 7 + 4) % 7) % 7 + 7 * (nth - 1);
}

/* The almanac's formula for 1980 to 2099. */
static uint8_t equinox(int32_t year, double at_1980)
{
	int since = year - 1980;

	return (uint8_t)(at_1980 + 0.242194 * since) - (uint8_t)(since / 4);
}

static bool is_named(int32_t year, day_t wanted, const char *name)
{
	const struct holiday *holidays;
	size_t count = holidays_built_in(&holidays, (uint16_t)year);

	for (size_t i = 0; i < count; i++)
		if (holidays[i].day == wanted)
			return name == NULL || strcmp(holidays[i].name, name) == 0;
	return false;
}

static void the_list_is_what_the_act_says(void **state)
{
	(void)state;
	for (int32_t y = 2026; y <= 2027; y++) {
		const struct {
			day_t day;
			const char *name;
		} named[] = {
			{ day(y, 1, 1), "元日" },
			{ nth_monday(y, 1, 2), "成人の日" },
			{ day(y, 2, 11), "建国記念の日" },
			{ day(y, 2, 23), "天皇誕生日" },
			{ day(y, 3, equinox(y, 20.8431)), "春分の日" },
			{ day(y, 4, 29), "昭和の日" },
			{ day(y, 5, 3), "憲法記念日" },
			{ day(y, 5, 4), "みどりの日" },
			{ day(y, 5, 5), "こどもの日" },
			{ nth_monday(y, 7, 3), "海の日" },
			{ day(y, 8, 11), "山の日" },
			{ nth_monday(y, 9, 3), "敬老の日" },
			{ day(y, 9, equinox(y, 23.2488)), "秋分の日" },
			{ nth_monday(y, 10, 2), "スポーツの日" },
			{ day(y, 11, 3), "文化の日" },
			{ day(y, 11, 23), "勤労感謝の日" },
		};
		const struct holiday *holidays;
		size_t count = holidays_built_in(&holidays, (uint16_t)y), more = 0;

		for (size_t i = 0; i < COUNT_OF(named); i++)
			assert_true(is_named(y, named[i].day, named[i].name));
		for (size_t i = 0; i < count; i++) {
			day_t on = holidays[i].day;

			assert_true(i == 0 || holidays[i - 1].day < on);
			if (strcmp(holidays[i].name, "振替休日") == 0) {
				day_t sunday = on - 1;

				while ((sunday % 7 + 4) % 7 != 0)
					assert_true(is_named(y, sunday--, NULL));
				assert_true(is_named(y, sunday, NULL));
				more++;
			} else if (strcmp(holidays[i].name, "国民の休日") == 0) {
				assert_true(is_named(y, on - 1, NULL) && is_named(y, on + 1, NULL));
				more++;
			}
		}
		assert_int_equal(count, COUNT_OF(named) + more);
		assert_int_equal(more, y == 2026 ? 2 : 1);
	}
}

static void days_are_bank_days_or_not(void **state)
{
	static const struct {
		const char *day;
		bool is;
	} rows[] = {
		{ "2026-11-20", true },  { "2026-11-21", false }, { "2026-11-22", false },
		{ "2026-11-23", false }, { "2026-11-24", true },  { "2026-12-30", true },
		{ "2026-12-31", false }, { "2027-01-01", false }, { "2027-01-02", false },
		{ "2027-01-03", false }, { "2027-01-04", true },  { "2026-05-06", false },
		{ "2026-05-07", true },  { "2026-09-22", false }, { "2027-03-22", false },
		{ "2027-12-30", true },  { "2027-12-31", false }, { "2026-01-02", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(bank_day_is(&built_in, date(rows[i].day)), rows[i].is);
}

static void days_are_counted(void **state)
{
	static const struct {
		const char *from;
		uint32_t count;
		const char *to; /* NULL: not known. */
	} rows[] = {
		{ "2026-11-24", 0, "2026-11-24" },  { "2026-11-21", 0, "2026-11-24" },
		{ "2026-11-20", 1, "2026-11-24" },  { "2026-12-30", 1, "2027-01-04" },
		{ "2026-12-31", 0, "2027-01-04" },  { "2026-05-01", 1, "2026-05-07" },
		{ "2026-12-08", 10, "2026-12-22" }, { "2026-12-24", 10, "2027-01-12" },
		{ "2026-09-18", 2, "2026-09-25" },  { "2027-12-30", 0, "2027-12-30" },
		{ "2027-12-30", 1, NULL },          { "2027-12-31", 0, NULL },
		{ "2025-12-30", 0, NULL },          { "2028-01-05", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		day_t to;
		bool known = business_day_add(&to, &built_in, date(rows[i].from), rows[i].count);

		assert_int_equal(known, rows[i].to != NULL);
		if (known)
			assert_int_equal(to, date(rows[i].to));
	}
}

static void the_council_adds_years(void **state)
{
	static struct holiday_year years[2];
	const struct bank_calendar calendar = { years, 2 };
	day_t to;

	(void)state;
	years[0] = (struct holiday_year){ .year = 2028, .holiday_count = 2 };
	years[0].holidays[0].day = date("2028-01-01");
	years[0].holidays[1].day = date("2028-01-10");
	years[1] = (struct holiday_year){ .year = 2027, .holiday_count = 1 };
	years[1].holidays[0].day = date("2027-06-01"); /* Announced late. */
	assert_true(business_day_add(&to, &calendar, date("2027-12-30"), 1));
	assert_int_equal(to, date("2028-01-04"));
	assert_false(bank_day_is(&calendar, date("2028-01-10")));
	assert_false(bank_day_is(&calendar, date("2027-06-01")));
	assert_false(bank_day_is(&calendar, date("2027-11-03")));
	assert_true(bank_day_is(&built_in, date("2027-06-01")));
	assert_false(bank_day_is_known(&calendar, date("2029-01-04")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_what_the_act_says),
		cmocka_unit_test(days_are_bank_days_or_not),
		cmocka_unit_test(days_are_counted),
		cmocka_unit_test(the_council_adds_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
