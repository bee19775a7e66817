/* operators/bank_day.c - bank days. Without it money would be ordered for days on which no bank
 * moves any. Pure. */
#include "operators/bank_day.h"

#include "core/date.h"

enum { DAYS_AHEAD_MAX = 4000 };

/* Days since 1970-01-01 of the first of January. */
enum { JANUARY_2026 = 20454, JANUARY_2027 = 20819 };
#define IN_2026(nth) (JANUARY_2026 + (nth)-1)
#define IN_2027(nth) (JANUARY_2027 + (nth)-1)

static const struct holiday holidays_2026[] = {
	{ IN_2026(1), "元日" },           /* 1 January */
	{ IN_2026(12), "成人の日" },      /* 12 January: second Monday */
	{ IN_2026(42), "建国記念の日" },  /* 11 February */
	{ IN_2026(54), "天皇誕生日" },    /* 23 February */
	{ IN_2026(79), "春分の日" },      /* 20 March */
	{ IN_2026(119), "昭和の日" },     /* 29 April */
	{ IN_2026(123), "憲法記念日" },   /* 3 May, a Sunday */
	{ IN_2026(124), "みどりの日" },   /* 4 May */
	{ IN_2026(125), "こどもの日" },   /* 5 May */
	{ IN_2026(126), "振替休日" },     /* 6 May: for the Sunday */
	{ IN_2026(201), "海の日" },       /* 20 July: third Monday */
	{ IN_2026(223), "山の日" },       /* 11 August */
	{ IN_2026(264), "敬老の日" },     /* 21 September: third Monday */
	{ IN_2026(265), "国民の休日" },   /* 22 September: between two holidays */
	{ IN_2026(266), "秋分の日" },     /* 23 September */
	{ IN_2026(285), "スポーツの日" }, /* 12 October: second Monday */
	{ IN_2026(307), "文化の日" },     /* 3 November */
	{ IN_2026(327), "勤労感謝の日" }, /* 23 November */
};

static const struct holiday holidays_2027[] = {
	{ IN_2027(1), "元日" },           /* 1 January */
	{ IN_2027(11), "成人の日" },      /* 11 January: second Monday */
	{ IN_2027(42), "建国記念の日" },  /* 11 February */
	{ IN_2027(54), "天皇誕生日" },    /* 23 February */
	{ IN_2027(80), "春分の日" },      /* 21 March, a Sunday */
	{ IN_2027(81), "振替休日" },      /* 22 March: for the Sunday */
	{ IN_2027(119), "昭和の日" },     /* 29 April */
	{ IN_2027(123), "憲法記念日" },   /* 3 May */
	{ IN_2027(124), "みどりの日" },   /* 4 May */
	{ IN_2027(125), "こどもの日" },   /* 5 May */
	{ IN_2027(200), "海の日" },       /* 19 July: third Monday */
	{ IN_2027(223), "山の日" },       /* 11 August */
	{ IN_2027(263), "敬老の日" },     /* 20 September: third Monday */
	{ IN_2027(266), "秋分の日" },     /* 23 September */
	{ IN_2027(284), "スポーツの日" }, /* 11 October: second Monday */
	{ IN_2027(307), "文化の日" },     /* 3 November */
	{ IN_2027(327), "勤労感謝の日" }, /* 23 November */
};

size_t holidays_built_in(const struct holiday **out, uint16_t year)
{
	switch (year) {
	case 2026:
		*out = holidays_2026;
		return COUNT_OF(holidays_2026);
	case 2027:
		*out = holidays_2027;
		return COUNT_OF(holidays_2027);
	default:
		*out = NULL;
		return 0;
	}
}

static bool is_among(const struct holiday *holidays, size_t count, day_t day)
{
	for (size_t i = 0; i < count; i++)
		if (holidays[i].day == day)
			return true;
	return false;
}

static bool is_holiday(const struct bank_calendar *calendar, uint16_t year, day_t day)
{
	const struct holiday *built_in;
	size_t count = holidays_built_in(&built_in, year);

	if (is_among(built_in, count, day))
		return true;
	for (size_t i = 0; i < calendar->year_count; i++)
		if (is_among(calendar->years[i].holidays, calendar->years[i].holiday_count, day))
			return true;
	return false;
}

bool bank_day_is_known(const struct bank_calendar *calendar, day_t day)
{
	uint16_t year = (uint16_t)civil_of_day(day).year;
	const struct holiday *built_in;

	if (holidays_built_in(&built_in, year) > 0)
		return true;
	for (size_t i = 0; i < calendar->year_count; i++)
		if (calendar->years[i].year == year)
			return true;
	return false;
}

bool bank_day_is(const struct bank_calendar *calendar, day_t day)
{
	struct civil civil = civil_of_day(day);
	int weekday = (day % 7 + 7 + 4) % 7; /* 1970-01-01 was a Thursday; 0: Sunday. */

	MUST(bank_day_is_known(calendar, day));
	if (weekday == 0 || weekday == 6)
		return false;
	if ((civil.month == 12 && civil.day == 31) || (civil.month == 1 && civil.day <= 3))
		return false;
	return !is_holiday(calendar, (uint16_t)civil.year, day);
}

bool bank_day_on_or_after(day_t *out, const struct bank_calendar *calendar, day_t day)
{
	for (int ahead = 0; ahead < DAYS_AHEAD_MAX; ahead++, day++) {
		if (!bank_day_is_known(calendar, day))
			return false;
		if (bank_day_is(calendar, day)) {
			*out = day;
			return true;
		}
	}
	return false;
}

bool business_day_add(day_t *out, const struct bank_calendar *calendar, day_t day, uint32_t count)
{
	if (count == 0)
		return bank_day_on_or_after(out, calendar, day);
	for (uint32_t i = 0; i < count; i++)
		if (!bank_day_on_or_after(&day, calendar, day + 1))
			return false;
	*out = day;
	return true;
}
