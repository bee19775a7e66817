/* operators/holiday_op.c - holidays over HTTP. Without it no month of 2028 could be paid.
 */
#include "operators/payout_op.h"

#include "core/date.h"
#include "operators/operators_op.h"

static const struct shape_field holiday_fields[] = {
	F_DATE(struct holiday, day, 1, SHAPE_REQUIRED, "the day"),
	F_TEXT(struct holiday, name, 2, 0, 0, "its name"),
	F_END,
};
static const struct shape holiday_shape = { "Holiday", sizeof(struct holiday), holiday_fields };

static const struct shape_field year_fields[] = {
	F_INT(struct holiday_year, year, 1, SHAPE_REQUIRED, 2026, 2199, "the year"),
	F_LIST(struct holiday_year, holidays, 2, SHAPE_REQUIRED, &holiday_shape, holiday_count,
	       "all of them that fall into it, substitute and citizens' holidays too"),
	F_END,
};
const struct shape holiday_year_shape = { "HolidayYear", sizeof(struct holiday_year), year_fields };

static const char *year_key(struct call *call, uint16_t year)
{
	return call_key(call, "payday/%04u", (unsigned)year);
}

struct loading {
	struct holiday_year *years;
	size_t count;
};

static void load_year(void *to, const struct record *record)
{
	struct loading *loading = to;

	if (loading->count == HOLIDAY_YEAR_COUNT_MAX)
		return; /* holiday_put_op lets no more in. */
	MUST(
	    shape_from_cbor(&loading->years[loading->count++], &holiday_year_shape, record->value));
}

bool bank_calendar_load(struct call *call, struct bank_calendar *out)
{
	struct loading loading = { NULL, 0 };

	if (!books_walk(call, "payday/", "payday0", NULL, NULL))
		return false;
	loading.years = arena_alloc(call->arena, HOLIDAY_YEAR_COUNT_MAX * sizeof(*loading.years));
	MUST(books_walk(call, "payday/", "payday0", load_year, &loading));
	*out = (struct bank_calendar){ loading.years, loading.count };
	return true;
}

/* ---- POST /v1/holidays ---- */

static bool put_parse(struct call *call)
{
	const struct holiday_year *year = call->cmd;

	if (!books_no_query(call) || !call_body(call, call->cmd, &holiday_year_shape))
		return false;
	for (size_t i = 0; i < year->holiday_count; i++)
		if (civil_of_day(year->holidays[i].day).year != year->year)
			return call_refuse_at(call, 422, "OUT_OF_RANGE",
					      call_key(call, "/holidays/%zu/day", i),
					      "a day of that year");
	return true;
}

static bool put_keys(struct call *call)
{
	call_want(call, year_key(call, ((struct holiday_year *)call->cmd)->year));
	(void)books_walk(call, "payday/", "payday0", NULL, NULL);
	return true;
}

static bool put_decide(struct call *call)
{
	const struct holiday_year *year = call->cmd;
	struct bank_calendar calendar;

	if (!bank_calendar_load(call, &calendar))
		return books_refuse_too_much(call);
	if (calendar.year_count == HOLIDAY_YEAR_COUNT_MAX &&
	    call_found(call, year_key(call, year->year))->version == 0)
		return call_refuse(call, 409, "TOO_MANY_YEARS", "no more years can be kept");
	return true;
}

static void put_writes(struct call *call)
{
	const struct holiday_year *year = call->cmd;

	call_put_shape(call, year_key(call, year->year), &holiday_year_shape, year);
}

static void put_answer(struct call *call)
{
	const struct holiday_year *year = call->cmd;

	answer_location(call, call_key(call, "/v1/holidays/%u", (unsigned)year->year));
	call_reply_shape(call, 201, &holiday_year_shape, year);
}

const struct flow_op holiday_put_op = {
	"holiday_put", sizeof(struct holiday_year), 0, put_parse, put_keys, put_decide, put_writes,
	put_answer
};

/* ---- GET /v1/holidays/{year} ---- */

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "HOLIDAYS_UNKNOWN",
			   "the holidays of that year are not known here yet");
}

static bool get_parse(struct call *call)
{
	struct holiday_year *year = call->cmd;
	struct slice text = call->request->params[0];
	int64_t number;

	if (!books_no_query(call))
		return false;
	if (text.size != 4 || !decimal_decode(&number, text) || number < 1000)
		return refuse_unknown(call);
	year->year = (uint16_t)number;
	return true;
}

static void add_holiday(struct holiday_year *year, const struct holiday *holiday)
{
	uint16_t at = year->holiday_count;

	if (at == HOLIDAY_COUNT_MAX)
		return;
	for (size_t i = 0; i < year->holiday_count; i++)
		if (year->holidays[i].day == holiday->day)
			return;
	for (; at > 0 && year->holidays[at - 1].day > holiday->day; at--)
		year->holidays[at] = year->holidays[at - 1];
	year->holidays[at] = *holiday;
	year->holiday_count++;
}

static bool get_keys(struct call *call)
{
	struct holiday_year *year = call->cmd, added;
	const struct holiday *built_in;
	size_t count = holidays_built_in(&built_in, year->year);
	int got = call_load(call, &added, &holiday_year_shape, year_key(call, year->year));

	if (got == 0)
		return true;
	if (got < 0 && count == 0)
		return refuse_unknown(call);
	year->holiday_count = 0;
	for (size_t i = 0; i < count; i++)
		add_holiday(year, &built_in[i]);
	for (size_t i = 0; got > 0 && i < added.holiday_count; i++)
		add_holiday(year, &added.holidays[i]);
	return true;
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &holiday_year_shape, call->cmd);
}

const struct flow_op holiday_get_op = {
	"holiday_get", sizeof(struct holiday_year), 0,    get_parse,
	get_keys,      NULL,     NULL, get_answer
};
