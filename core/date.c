/* core/date.c - days counted, not guessed. Without it a bus after midnight would belong to the
 * wrong day, and a month's statement would depend on the machine's time zone. Pure.
 */
#include "core/date.h"

#include "core/codec.h"

#define JAPAN_OFFSET_MS (9 * HOUR_MS)

enum {
	YEAR_LEAST = 1900,
	YEAR_MOST = 9999,
	ERA_DAYS = 146097,     /* A Gregorian cycle of 400 years. */
	ERA_TO_EPOCH = 719468, /* From 0000-03-01 to 1970-01-01. */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that the
 * leap day is their last. */
day_t day_of_civil(struct civil civil)
{
	int64_t year = (int64_t)civil.year - (civil.month <= 2);
	int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
	int64_t month = (civil.month + 9) % 12; /* March is 0. */
	int64_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	int64_t day = era * ERA_DAYS + day_of_era - ERA_TO_EPOCH;

	MUST(civil.month >= 1 && civil.month <= 12 && day >= INT32_MIN && day <= INT32_MAX);
	return (day_t)day;
}

struct civil civil_of_day(day_t day)
{
	int64_t days = (int64_t)day + ERA_TO_EPOCH;
	int64_t era = floor_div(days, ERA_DAYS), day_of_era = days - era * ERA_DAYS;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* March is 0. */

	return (struct civil){
		.year = (int32_t)(era * 400 + year_of_era + (month >= 10)),
		.month = (uint8_t)(month < 10 ? month + 3 : month - 9),
		.day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1),
	};
}

static bool year_is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool civil_is_real(struct civil civil)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (civil.year < YEAR_LEAST || civil.year > YEAR_MOST || civil.month < 1 ||
	    civil.month > 12)
		return false;
	return civil.day >= 1 &&
	       civil.day <= days[civil.month - 1] + (civil.month == 2 && year_is_leap(civil.year));
}

bool time_is_real(time_ms at)
{
	day_t first = day_of_civil((struct civil){ YEAR_LEAST, 1, 1 });
	day_t last = day_of_civil((struct civil){ YEAR_MOST, 12, 31 });

	return at >= day_start(first, 0) && at < day_start(last + 1, 0);
}

day_t day_at(time_ms at)
{
	MUST(at < INT64_MAX - JAPAN_OFFSET_MS);
	int64_t day = floor_div(at + JAPAN_OFFSET_MS, DAY_MS);

	MUST(day >= INT32_MIN && day <= INT32_MAX);
	return (day_t)day;
}

day_t service_day_at(time_ms at, uint16_t boundary_min)
{
	MUST(at > INT64_MIN + DAY_MS && boundary_min < 24 * 60);
	return day_at(at - boundary_min * MINUTE_MS);
}

day_t day_of_year_near(uint16_t nth, day_t near)
{
	int32_t year = civil_of_day(near).year;
	day_t best = 0, best_apart = INT32_MAX;

	for (int32_t y = year - 1; y <= year + 1; y++) {
		day_t day = day_of_civil((struct civil){ y, 1, 1 }) + nth - 1;
		day_t apart = day > near ? day - near : near - day;

		if (apart < best_apart) {
			best = day;
			best_apart = apart;
		}
	}
	return best;
}

time_ms day_start(day_t day, uint16_t boundary_min)
{
	return day * DAY_MS - JAPAN_OFFSET_MS + boundary_min * MINUTE_MS;
}

uint16_t minute_of_day(time_ms at)
{
	return (uint16_t)((at - day_start(day_at(at), 0)) / MINUTE_MS);
}

day_t month_of(day_t day)
{
	return day - civil_of_day(day).day + 1;
}

day_t month_next(day_t month)
{
	return month_of(month_of(month) + 31);
}

static void write_date(struct writer *w, day_t day, bool with_day)
{
	struct civil civil = civil_of_day(day);

	MUST(civil.year >= 0 && civil.year <= YEAR_MOST);
	write_decimal(w, (uint64_t)civil.year, 4);
	write_text(w, "-");
	write_decimal(w, civil.month, 2);
	if (with_day) {
		write_text(w, "-");
		write_decimal(w, civil.day, 2);
	}
}

static void end_text(struct writer *w)
{
	write_u8(w, 0);
	MUST(!w->failed);
}

void date_encode(char out[DATE_TEXT_SIZE], day_t day)
{
	struct writer w = { .data = (uint8_t *)out, .size = DATE_TEXT_SIZE };

	write_date(&w, day, true);
	end_text(&w);
}

void month_encode(char out[MONTH_TEXT_SIZE], day_t month)
{
	struct writer w = { .data = (uint8_t *)out, .size = MONTH_TEXT_SIZE };

	write_date(&w, month, false);
	end_text(&w);
}

/* Exactly so many digits. */
static uint32_t read_digits(struct reader *r, size_t count)
{
	struct slice text = read_bytes(r, count);
	uint32_t value = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			r->failed = true;
		value = value * 10 + (uint32_t)(text.data[i] - '0');
	}
	return r->failed ? 0 : value;
}

static void read_mark(struct reader *r, uint8_t mark)
{
	if (read_u8(r) != mark)
		r->failed = true;
}

/* Failed unless there is such a day. */
static day_t read_date(struct reader *r)
{
	struct civil civil;

	civil.year = (int32_t)read_digits(r, 4);
	read_mark(r, '-');
	civil.month = (uint8_t)read_digits(r, 2);
	read_mark(r, '-');
	civil.day = (uint8_t)read_digits(r, 2);
	if (r->failed || !civil_is_real(civil)) {
		r->failed = true;
		return 0;
	}
	return day_of_civil(civil);
}

bool date_decode(day_t *out, struct slice text)
{
	struct reader r = { .rest = text };
	day_t day = read_date(&r);

	if (r.failed || r.rest.size > 0)
		return false;
	*out = day;
	return true;
}

bool date_decode_compact(day_t *out, struct slice text)
{
	struct reader r = { .rest = text };
	struct civil civil;

	civil.year = (int32_t)read_digits(&r, 4);
	civil.month = (uint8_t)read_digits(&r, 2);
	civil.day = (uint8_t)read_digits(&r, 2);
	if (r.failed || r.rest.size > 0 || !civil_is_real(civil))
		return false;
	*out = day_of_civil(civil);
	return true;
}

bool month_decode(day_t *out, struct slice text)
{
	struct reader r = { .rest = text };
	struct civil civil = { .day = 1 };

	civil.year = (int32_t)read_digits(&r, 4);
	read_mark(&r, '-');
	civil.month = (uint8_t)read_digits(&r, 2);
	if (r.failed || r.rest.size > 0 || !civil_is_real(civil))
		return false;
	*out = day_of_civil(civil);
	return true;
}

void time_encode(char out[TIME_TEXT_SIZE], time_ms at)
{
	struct writer w = { .data = (uint8_t *)out, .size = TIME_TEXT_SIZE };
	day_t day = day_at(at);
	uint64_t ms = (uint64_t)(at - day_start(day, 0));

	write_date(&w, day, true);
	write_text(&w, "T");
	write_decimal(&w, ms / (uint64_t)HOUR_MS, 2);
	write_text(&w, ":");
	write_decimal(&w, ms / (uint64_t)MINUTE_MS % 60, 2);
	write_text(&w, ":");
	write_decimal(&w, ms / (uint64_t)SECOND_MS % 60, 2);
	if (ms % 1000 != 0) {
		write_text(&w, ".");
		write_decimal(&w, ms % 1000, 3);
	}
	write_text(&w, "+09:00");
	end_text(&w);
}

/* Any number of digits; what lies below a millisecond is cut off. */
static uint32_t read_fraction(struct reader *r)
{
	uint32_t ms = 0, scale = 100;
	size_t digits = 0;

	if (r->failed || r->rest.size == 0 || r->rest.data[0] != '.')
		return 0;
	read_mark(r, '.');
	while (r->rest.size > 0 && r->rest.data[0] >= '0' && r->rest.data[0] <= '9') {
		ms += scale * read_digits(r, 1);
		scale /= 10;
		digits++;
	}
	if (digits == 0)
		r->failed = true;
	return ms;
}

static time_ms read_offset(struct reader *r)
{
	uint8_t sign = read_u8(r);
	uint32_t hours, minutes;

	if (sign == 'Z' || sign == 'z')
		return 0;
	hours = read_digits(r, 2);
	read_mark(r, ':');
	minutes = read_digits(r, 2);
	if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59)
		r->failed = true;
	return (sign == '-' ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

/* A leap second is refused: it has no number in milliseconds since 1970. */
bool time_decode(time_ms *out, struct slice text)
{
	struct reader r = { .rest = text };
	day_t day = read_date(&r);
	uint8_t mark = read_u8(&r);
	uint32_t hours = read_digits(&r, 2), minutes, seconds;
	time_ms at;

	read_mark(&r, ':');
	minutes = read_digits(&r, 2);
	read_mark(&r, ':');
	seconds = read_digits(&r, 2);
	if ((mark != 'T' && mark != 't') || hours > 23 || minutes > 59 || seconds > 59)
		return false;
	at = day * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
	at += read_fraction(&r);
	at -= read_offset(&r);
	if (r.failed || r.rest.size > 0 || !time_is_real(at))
		return false;
	*out = at;
	return true;
}
