/* fares/gtfs_value.c - a field becomes an id, a text or a number, or is refused. Without it a fare
 * of 100.50 or of minus one yen would reach somebody's bill.
 */
#include "fares/gtfs_parse.h"

#include "core/text.h"

static struct slice field(const struct gtfs *g, int column)
{
	return g->row->fields[column];
}

bool gtfs_check_id(struct gtfs *g, struct slice *out, int column)
{
	*out = field(g, column);
	if (out->size >= GTFS_ID_SIZE)
		return gtfs_refuse(g, GTFS_ID_TOO_LONG, column);
	if (!text_is_printable(*out))
		return gtfs_refuse(g, GTFS_NOT_PRINTABLE, column);
	return true;
}

bool gtfs_take_id(struct gtfs *g, struct slice *out, int column)
{
	if (!gtfs_check_id(g, out, column))
		return false;
	if (out->size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, column);
	*out = arena_copy(g->keep, *out);
	return true;
}

/* Line breaks and tabs come from spreadsheets' cells. */
static bool mend(uint8_t *text, size_t size)
{
	bool mended = false;

	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
			text[i] = ' ';
			mended = true;
		}
	return mended;
}

bool gtfs_take_text(struct gtfs *g, struct slice *out, int column, size_t size)
{
	struct slice from = field(g, column);
	uint8_t *kept;

	*out = (struct slice){ 0 };
	if (from.size == 0)
		return true;
	if (from.size >= size) {
		from.size = text_utf8_prefix(slice_of(from.data, size - 1));
		gtfs_note_row(g, GTFS_NOTE_TEXT_CUT, g->table->columns[column].name);
	}
	kept = arena_alloc(g->keep, from.size);
	mem_copy(kept, from.data, from.size);
	if (mend(kept, from.size))
		gtfs_note_row(g, GTFS_NOTE_LINE_BREAKS, NULL);
	*out = slice_of(kept, from.size);
	return text_is_printable(*out) || gtfs_refuse(g, GTFS_NOT_PRINTABLE, column);
}

/* Digits with at most one point. Out: the whole part, and the fraction as its digits. False: no
 * number. */
static bool split_number(struct slice text, bool *minus, uint64_t *whole, struct slice *fraction)
{
	size_t i = 0;

	*minus = text.size > 0 && text.data[0] == '-';
	*whole = 0;
	*fraction = (struct slice){ 0 };
	if (*minus)
		text = slice_of(text.data + 1, text.size - 1);
	for (; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
		if (*whole < UINT64_MAX / 100)
			*whole = *whole * 10 + (uint64_t)(text.data[i] - '0');
	if (i == text.size)
		return i > 0;
	if (text.data[i] != '.')
		return false;
	*fraction = slice_of(text.data + i + 1, text.size - i - 1);
	for (size_t k = 0; k < fraction->size; k++)
		if (fraction->data[k] < '0' || fraction->data[k] > '9')
			return false;
	return i > 0 || fraction->size > 0;
}

bool gtfs_take_int(struct gtfs *g, int64_t *out, int column, int64_t least, int64_t most,
		   int64_t none)
{
	struct slice text = field(g, column), fraction;
	uint64_t whole;
	bool minus;

	*out = none;
	if (text.size == 0)
		return true;
	if (!split_number(text, &minus, &whole, &fraction) || fraction.size > 0)
		return gtfs_refuse(g, GTFS_BAD_NUMBER, column);
	if (whole > INT64_MAX)
		return gtfs_refuse(g, GTFS_OUT_OF_RANGE, column);
	*out = minus ? -(int64_t)whole : (int64_t)whole;
	if (*out < least || *out > most)
		return gtfs_refuse(g, GTFS_OUT_OF_RANGE, column);
	return true;
}

/* Seven digits of a fraction, the eighth rounding. */
static int64_t fraction_e7(struct slice fraction)
{
	int64_t value = 0;

	for (size_t i = 0; i < 7; i++)
		value = value * 10 + (i < fraction.size ? fraction.data[i] - '0' : 0);
	if (fraction.size > 7 && fraction.data[7] >= '5')
		value++;
	return value;
}

bool gtfs_take_degrees(struct gtfs *g, int32_t *out, int column, int32_t most)
{
	struct slice text = field(g, column), fraction;
	uint64_t whole;
	int64_t value;
	bool minus;

	*out = 0;
	if (text.size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, column);
	if (!split_number(text, &minus, &whole, &fraction))
		return gtfs_refuse(g, GTFS_BAD_NUMBER, column);
	if (whole > (uint64_t)most)
		return gtfs_refuse(g, GTFS_OUT_OF_RANGE, column);
	value = (int64_t)whole * 10000000 + fraction_e7(fraction);
	if (value > (int64_t)most * 10000000)
		return gtfs_refuse(g, GTFS_OUT_OF_RANGE, column);
	*out = (int32_t)(minus ? -value : value);
	return true;
}

bool gtfs_take_yen(struct gtfs *g, yen *out, int column)
{
	struct slice text = field(g, column), fraction;
	uint64_t whole;
	bool minus;

	*out = 0;
	if (text.size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, column);
	if (!split_number(text, &minus, &whole, &fraction))
		return gtfs_refuse(g, GTFS_BAD_NUMBER, column);
	if (minus || whole > GTFS_YEN_MAX)
		return gtfs_refuse(g, GTFS_OUT_OF_RANGE, column);
	for (size_t i = 0; i < fraction.size; i++)
		if (fraction.data[i] != '0')
			return gtfs_refuse(g, GTFS_YEN_FRACTION, column);
	if (fraction.size > 0)
		gtfs_note_row(g, GTFS_NOTE_YEN_WITH_ZEROS, NULL);
	*out = (yen)whole;
	return true;
}
