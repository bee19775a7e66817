/* core/csv.c - tables in and out. Without it a quote left open in one line would swallow an
 * operator's whole timetable without a word.
 *
 * libcsv is fed one line at a time: so at most one row ends in a feeding, lines can be counted, and
 * what is held never exceeds a row.
 */
#include "core/csv.h"

#include <stdlib.h>

#include <csv.h>

#include "core/text.h"

struct reading {
	struct csv_row row;
	uint8_t *held; /* The fields of the row under way: libcsv reuses its own buffer. */
	size_t held_size, taken; /* Bytes held; bytes of text this row has taken so far. */
	bool inside;             /* A row is under way. */
	bool too_many, stopped;
	bool (*give)(void *to, const struct csv_row *);
	void *to;
};

static int never_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void on_field(void *data, size_t size, void *to)
{
	struct reading *r = to;
	struct csv_row *row = &r->row;

	if (row->count == CSV_COLUMN_COUNT_MAX) {
		r->too_many = true;
		return;
	}
	MUST(size <= CSV_ROW_SIZE_MAX - r->held_size);
	mem_copy(r->held + r->held_size, data, size);
	row->fields[row->count++] = slice_of(r->held + r->held_size, size);
	r->held_size += size;
}

static void on_row(int end, void *to)
{
	struct reading *r = to;

	(void)end;
	if (!r->too_many)
		r->stopped = !r->give(r->to, &r->row);
	r->inside = false;
	r->row.count = 0;
	r->held_size = r->taken = 0;
}

/* The text up to and with its next CR LF, LF or CR. */
static struct slice next_line(struct slice rest)
{
	size_t size = 0;

	while (size < rest.size && rest.data[size] != '\n' && rest.data[size] != '\r')
		size++;
	if (size + 1 < rest.size && rest.data[size] == '\r' && rest.data[size + 1] == '\n')
		size++;
	return slice_of(rest.data, size < rest.size ? size + 1 : size);
}

static enum csv_status after_feeding(const struct reading *r)
{
	return r->too_many ? CSV_TOO_MANY_COLUMNS : r->stopped ? CSV_STOPPED : CSV_OK;
}

static enum csv_status feed_line(struct csv_parser *parser, struct reading *r, struct slice line,
				 uint32_t number)
{
	if (!text_is_utf8(line))
		return CSV_NOT_UTF8;
	if (!r->inside && (line.data[0] == '\n' || line.data[0] == '\r'))
		return CSV_OK; /* Blank. */
	if (!r->inside)
		r->row.line = number;
	r->inside = true;
	if (line.size > CSV_ROW_SIZE_MAX - r->taken)
		return CSV_ROW_TOO_LONG;
	r->taken += line.size;
	if (csv_parse(parser, line.data, line.size, on_field, on_row, r) != line.size) {
		MUST(csv_error(parser) == CSV_EPARSE); /* Out of memory: stop. */
		return CSV_BAD_QUOTE;
	}
	return after_feeding(r);
}

static enum csv_status feed(struct csv_parser *parser, struct reading *r, struct slice rest,
			    uint32_t *line)
{
	enum csv_status status = CSV_OK;

	*line = 0;
	while (rest.size > 0 && status == CSV_OK) {
		struct slice next = next_line(rest);

		*line += 1;
		status = feed_line(parser, r, next, *line);
		rest = slice_of(rest.data + next.size, rest.size - next.size);
	}
	if (status != CSV_OK || !r->inside)
		return status;
	if (csv_fini(parser, on_field, on_row, r) != 0) {
		*line = r->row.line; /* A quote never closed: where its row began helps more. */
		return CSV_BAD_QUOTE;
	}
	return after_feeding(r);
}

enum csv_status csv_read(struct slice text, bool (*row)(void *to, const struct csv_row *), void *to,
			 uint32_t *line)
{
	struct reading r = { .give = row, .to = to, .held = malloc(CSV_ROW_SIZE_MAX) };
	struct csv_parser parser;
	enum csv_status status;

	MUST(r.held != NULL);
	MUST(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
	csv_set_space_func(&parser, never_space);
	csv_set_blk_size(&parser, 4096);
	status = feed(&parser, &r, text_without_bom(text), line);
	csv_free(&parser);
	free(r.held);
	return status;
}

const char *csv_status_text(enum csv_status status)
{
	static const char *const texts[] = {
		[CSV_OK] = "read",
		[CSV_BAD_QUOTE] = "a quote where none may stand, or one never closed",
		[CSV_NOT_UTF8] = "not UTF-8",
		[CSV_TOO_MANY_COLUMNS] = "too many columns",
		[CSV_ROW_TOO_LONG] = "a row too long, or a quote never closed",
		[CSV_STOPPED] = "stopped",
	};

	MUST((size_t)status < COUNT_OF(texts));
	return texts[status];
}

static bool starts_formula(struct slice text)
{
	uint8_t c = text.size > 0 ? text.data[0] : 0;

	return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

static bool needs_quotes(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c == '"' || c == ',' || c == '\r' || c == '\n')
			return true;
	}
	return false;
}

static void end_field(struct writer *w, bool last)
{
	write_text(w, last ? "\r\n" : ",");
}

void csv_put_field(struct writer *w, struct slice text, bool last)
{
	bool formula = starts_formula(text);

	if (!formula && !needs_quotes(text)) {
		write_bytes(w, text);
		end_field(w, last);
		return;
	}
	write_text(w, formula ? "\"'" : "\"");
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"')
			write_u8(w, '"');
		write_u8(w, text.data[i]);
	}
	write_u8(w, '"');
	end_field(w, last);
}

void csv_put_int(struct writer *w, int64_t value, bool last)
{
	if (value < 0)
		write_u8(w, '-');
	write_decimal(w, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
	end_field(w, last);
}
