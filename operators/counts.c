/* operators/counts.c - without it an operator that counted more than we did would have nothing to
 * show.
 */
#include "operators/counts.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/call.h"
#include "core/csv.h"
#include "core/date.h"

static const char *const columns[] = { "service_day", "gate_id", "boardings", "riders" };

struct reading {
	struct counts *counts;
	struct counts_fault *fault;
	bool header_read;
};

__attribute__((format(printf, 3, 4))) static bool fault(struct reading *reading, const char *code,
							const char *format, ...)
{
	va_list args;

	reading->fault->code = code;
	va_start(args, format);
	(void)vsnprintf(reading->fault->what, sizeof(reading->fault->what), format, args);
	va_end(args);
	return false;
}

static bool read_header(struct reading *reading, const struct csv_row *row)
{
	for (uint32_t i = 0; i < COUNT_OF(columns) || i < row->count; i++)
		if (i >= COUNT_OF(columns) || i >= row->count ||
		    !slice_is(row->fields[i], columns[i]))
			return fault(reading, "BAD_COLUMNS",
				     "line %u, column %u: the columns are "
				     "service_day,gate_id,boardings,riders",
				     row->line, i + 1);
	reading->header_read = true;
	return true;
}

static bool bad_field(struct reading *reading, const struct csv_row *row, uint32_t column,
		      const char *must)
{
	return fault(reading, "BAD_FORMAT", "line %u, column %u (%s): %s", row->line, column + 1,
		     columns[column], must);
}

static bool read_count(uint64_t *out, struct slice text)
{
	int64_t value;

	if (!decimal_decode(&value, text) || value < 0 || value > UINT32_MAX)
		return false;
	*out = (uint64_t)value;
	return true;
}

/* Found, or made. NULL: no room. */
static struct counts_day *day_of(struct counts *counts, day_t day)
{
	for (uint16_t i = 0; i < counts->day_count; i++)
		if (counts->days[i].day == day)
			return &counts->days[i];
	if (counts->day_count == COUNTS_DAY_COUNT_MAX)
		return NULL;
	counts->days[counts->day_count].day = day;
	return &counts->days[counts->day_count++];
}

static bool add_gate(struct reading *reading, const struct csv_row *row, struct counts_day *day,
		     const struct gate_tally *tally)
{
	uint16_t at = 0;
	int order = 1;

	while (at < day->gate_count) {
		order = slice_compare(slice_text(day->gates[at].gate_id),
				      slice_text(tally->gate_id));
		if (order >= 0)
			break;
		at++;
	}
	if (at < day->gate_count && order == 0)
		return fault(reading, "DUPLICATE_ROW",
			     "line %u: this day and gate stand in an earlier line", row->line);
	if (day->gate_count == COUNTS_GATE_COUNT_MAX)
		return fault(reading, "TOO_MANY_ROWS", "line %u: more than %d gates of one day",
			     row->line, COUNTS_GATE_COUNT_MAX);
	for (uint16_t i = day->gate_count; i > at; i--)
		day->gates[i] = day->gates[i - 1];
	day->gates[at] = *tally;
	day->gate_count++;
	reading->counts->rows++;
	return true;
}

static bool read_row(void *to, const struct csv_row *row)
{
	struct reading *reading = to;
	struct gate_tally tally = { 0 };
	struct counts_day *day_counts;
	day_t day;

	if (!reading->header_read)
		return read_header(reading, row);
	if (row->count != COUNT_OF(columns))
		return fault(reading, "BAD_COLUMNS", "line %u: %u columns instead of %zu",
			     row->line, row->count, COUNT_OF(columns));
	if (!date_decode(&day, row->fields[0]) || day <= 0)
		return bad_field(reading, row, 0, "a date, as 2026-11-03");
	if (!subject_is_valid(row->fields[1]) ||
	    !text_set(tally.gate_id, sizeof(tally.gate_id), row->fields[1]))
		return bad_field(reading, row, 1, "a gate's id");
	if (!read_count(&tally.boardings, row->fields[2]))
		return bad_field(reading, row, 2, "a whole number");
	if (!read_count(&tally.riders, row->fields[3]))
		return bad_field(reading, row, 3, "a whole number");
	day_counts = day_of(reading->counts, day);
	if (day_counts == NULL)
		return fault(reading, "TOO_MANY_ROWS", "line %u: more than %d days in one file",
			     row->line, COUNTS_DAY_COUNT_MAX);
	return add_gate(reading, row, day_counts, &tally);
}

bool counts_read(struct counts *counts, struct counts_fault *out, struct slice text)
{
	struct reading reading = { .counts = counts, .fault = out };
	uint32_t line = 0;
	enum csv_status status;

	counts->day_count = 0;
	counts->rows = 0;
	status = csv_read(text, read_row, &reading, &line);
	switch (status) {
	case CSV_OK:
		return counts->rows > 0 ||
		       fault(&reading, "BAD_COLUMNS", "no row; the first names the columns");
	case CSV_STOPPED: return false;
	case CSV_NOT_UTF8:
		return fault(&reading, "NOT_UTF8",
			     "line %u is not UTF-8; save the file as CSV UTF-8, not as CP932",
			     line);
	default: return fault(&reading, "BAD_CSV", "line %u: %s", line, csv_status_text(status));
	}
}

/* ---- Ours against theirs. ---- */

static void add_to(struct counts_sums *sums, const struct counted *counted)
{
	sums->rows++;
	sums->boardings += counted->tally.boardings;
	sums->riders += counted->tally.riders;
}

static int compare(const struct counted *a, const struct counted *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return slice_compare(slice_text(a->tally.gate_id), slice_text(b->tally.gate_id));
}

static bool differ(struct reconciliation *out, const struct counted *ours,
		   const struct counted *theirs)
{
	const struct counted *known = ours != NULL ? ours : theirs;
	struct counts_difference *difference = &out->differences[out->difference_count];

	if (out->difference_count == COUNTS_DIFFERENCE_COUNT_MAX)
		return false;
	out->difference_count++;
	*difference = (struct counts_difference){ .service_day = known->day };
	mem_copy(difference->gate_id, known->tally.gate_id, ID_SIZE);
	difference->counted_by = theirs == NULL ? COUNTS_OURS
				 : ours == NULL ? COUNTS_THEIRS
						: COUNTS_BOTH;
	if (ours != NULL) {
		difference->our_boardings = ours->tally.boardings;
		difference->our_riders = ours->tally.riders;
	}
	if (theirs != NULL) {
		difference->their_boardings = theirs->tally.boardings;
		difference->their_riders = theirs->tally.riders;
	}
	return true;
}

static bool is_alike(const struct counted *a, const struct counted *b)
{
	return a->tally.boardings == b->tally.boardings && a->tally.riders == b->tally.riders;
}

/* Who counted nobody at a gate says the same as who says nothing of it. */
static bool is_nothing(const struct counted *counted)
{
	return counted->tally.boardings == 0 && counted->tally.riders == 0;
}

bool counts_reconcile(struct reconciliation *out, const struct counted *ours, size_t our_count,
		      const struct counted *theirs, size_t their_count)
{
	size_t i = 0, k = 0;

	while (i < our_count || k < their_count) {
		int order = i == our_count     ? 1
			    : k == their_count ? -1
					       : compare(&ours[i], &theirs[k]);
		const struct counted *our = order <= 0 ? &ours[i++] : NULL;
		const struct counted *their = order >= 0 ? &theirs[k++] : NULL;

		if (our != NULL)
			add_to(&out->ours, our);
		if (their != NULL)
			add_to(&out->theirs, their);
		if (our != NULL && their != NULL && is_alike(our, their))
			out->agreed++;
		else if (!is_nothing(our != NULL ? our : their) ||
			 (our != NULL && their != NULL)) {
			if (!differ(out, our, their))
				return false;
		}
	}
	return true;
}
