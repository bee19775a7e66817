/* core/date.h - the calendar of Japan: days, service days, months, and their texts.
 *
 * Japan has kept one offset, UTC+9, without summer time since 1952. A service day begins at its
 * boundary (03:00 unless configured), so a bus at 00:40 belongs to the day before. Pure.
 */
#ifndef CORE_DATE_H
#define CORE_DATE_H

#include "core/base.h"

enum {
	DATE_TEXT_SIZE = 11,    /* 2026-11-24 */
	MONTH_TEXT_SIZE = 8,    /* 2026-11 */
	TIME_TEXT_SIZE = 30,    /* 2026-11-24T17:18:50+09:00, with .mmm where there are any */
	DAY_BOUNDARY_MIN = 180, /* Default: minutes after midnight at which a service day begins. */
};

#define SECOND_MS ((time_ms)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

struct civil {
	int32_t year;
	uint8_t month, day;
};

day_t day_of_civil(struct civil);
struct civil civil_of_day(day_t);
bool civil_is_real(struct civil); /* Years 1900 to 9999. */
/* The same years in Japan. What *_decode gives is real; a time that came in as a bare number is
 * asked here first, for the functions below assert that their days and years can be told. */
bool time_is_real(time_ms);

day_t day_at(time_ms); /* The calendar day in Japan. */
day_t service_day_at(time_ms, uint16_t boundary_min);
time_ms day_start(day_t, uint16_t boundary_min); /* The first moment of that service day. */
uint16_t minute_of_day(time_ms);                 /* Japan's wall clock, 0 to 1439. */

/* The day nearest to `near` that is the nth of its year (1 to 366), as boarding passes say it. */
day_t day_of_year_near(uint16_t nth, day_t near);

/* A month is its first day. */
day_t month_of(day_t);
day_t month_next(day_t month);

void date_encode(char out[DATE_TEXT_SIZE], day_t);
MUSTCHECK bool date_decode(day_t *out, struct slice text);         /* YYYY-MM-DD */
MUSTCHECK bool date_decode_compact(day_t *out, struct slice text); /* YYYYMMDD */
void month_encode(char out[MONTH_TEXT_SIZE], day_t month);
MUSTCHECK bool month_decode(day_t *out, struct slice text); /* YYYY-MM */

/* RFC 3339; written with Japan's offset, read with any, cut to milliseconds, no leap second. */
void time_encode(char out[TIME_TEXT_SIZE], time_ms);
MUSTCHECK bool time_decode(time_ms *out, struct slice text);

#endif
