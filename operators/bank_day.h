/* operators/bank_day.h - on which days Japanese banks work: not on Saturdays, Sundays, national
 * holidays and from 31 December to 3 January (Banking Act, enforcement order, article 5).
 *
 * The holidays of 2026 and 2027 are here, as the Act on National Holidays and the almanac give
 * them, substitute and citizens' holidays included. Those of later years are data that the council
 * adds once they are announced: a day of a year that is not known is never guessed at. Pure.
 */
#ifndef OPERATORS_BANK_DAY_H
#define OPERATORS_BANK_DAY_H

#include "core/base.h"

enum {
	HOLIDAY_NAME_SIZE = 64,
	HOLIDAY_COUNT_MAX = 40, /* A year's. */
	HOLIDAY_YEAR_COUNT_MAX = 16,
};

struct holiday {
	day_t day;
	char name[HOLIDAY_NAME_SIZE]; /* In Japanese; empty: not said. */
};

struct holiday_year {
	uint16_t year;
	struct holiday holidays[HOLIDAY_COUNT_MAX];
	uint16_t holiday_count;
};

/* Years that were added; one of 2026 or 2027 adds to what is here. All zero: only what is here. */
struct bank_calendar {
	const struct holiday_year *years;
	size_t year_count;
};

/* Of a year that is built in, in order of days; 0: it is not. */
size_t holidays_built_in(const struct holiday **, uint16_t year);

bool bank_day_is_known(const struct bank_calendar *, day_t);
bool bank_day_is(const struct bank_calendar *, day_t); /* Its year is known (asserted). */

/* The day itself or the first bank day after it. False: it is past what is known. */
MUSTCHECK bool bank_day_on_or_after(day_t *out, const struct bank_calendar *, day_t);
/* The count-th bank day after the day, count >= 0; 0: bank_day_on_or_after. False: it is past what
 * is known. */
MUSTCHECK bool business_day_add(day_t *out, const struct bank_calendar *, day_t, uint32_t count);

#endif
