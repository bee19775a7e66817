/* fares/gtfs_table.c - finds columns by their names. Without it a feed that orders its columns in
 * another way, or adds one, would be read wrongly, and nobody would be told.
 */
#include "fares/gtfs_parse.h"

#include <stdio.h>

#include "core/text.h"

/* What a row may take of `keep`: its fields and a list's doubling are asked for again where they
 * are. */
#define ROW_ROOM ((size_t)2 * CSV_ROW_SIZE_MAX)

static int column_named(const struct gtfs_table *table, struct slice name, bool old)
{
	for (int i = 0; table->columns[i].name != NULL; i++) {
		const char *known = old ? table->columns[i].old_name : table->columns[i].name;

		if (known != NULL && slice_is(name, known))
			return i;
	}
	return -1;
}

static bool is_known_word(const char *words, struct slice name)
{
	const char *at = words;

	while (at != NULL && *at != '\0') {
		size_t size = 0;

		while (at[size] != '\0' && at[size] != ' ')
			size++;
		if (slice_equal(slice_of(at, size), name))
			return true;
		at += at[size] == ' ' ? size + 1 : size;
	}
	return false;
}

static void add_name(struct writer *names, struct slice name)
{
	if (names->used + name.size + 2 > names->size || !text_is_printable(name))
		return;
	write_text(names, names->used > 0 ? " " : "");
	write_bytes(names, name);
}

/* The place in the header that holds a column, or -1. */
static int place_of(const struct gtfs *g, int column)
{
	for (uint32_t i = 0; i < g->header_count; i++)
		if (g->places[i] == column)
			return (int)i;
	return -1;
}

/* Old names second, so that a file that has both is read by the new one. */
static bool place_columns(struct gtfs *g, const struct csv_row *header)
{
	for (uint32_t i = 0; i < header->count; i++) {
		int column = column_named(g->table, text_trim(header->fields[i]), false);

		if (column >= 0 && place_of(g, column) >= 0)
			return gtfs_refuse_feed(g->report, GTFS_DUPLICATE_COLUMN, g->file,
						header->line, g->table->columns[column].name);
		g->places[i] = (int8_t)column;
	}
	for (uint32_t i = 0; i < header->count; i++) {
		struct slice name = text_trim(header->fields[i]);
		int column = g->places[i] >= 0 ? -1 : column_named(g->table, name, true);

		if (column < 0 || place_of(g, column) >= 0)
			continue;
		g->places[i] = (int8_t)column;
		gtfs_note(g, GTFS_NOTE_OLD_COLUMN_NAME, g->file, header->line,
			  g->table->columns[column].old_name);
	}
	return true;
}

static bool note_unknown_columns(struct gtfs *g, const struct csv_row *header)
{
	uint8_t text[160];
	struct writer names = { .data = text, .size = sizeof(text) - 1 };

	for (uint32_t i = 0; i < header->count; i++) {
		struct slice name = text_trim(header->fields[i]);

		if (g->places[i] < 0 && name.size > 0 && !is_known_word(g->table->known, name))
			add_name(&names, name);
	}
	text[names.used] = '\0';
	if (names.used > 0)
		gtfs_note(g, GTFS_NOTE_UNKNOWN_COLUMNS, g->file, header->line, (const char *)text);
	return true;
}

static bool read_header(struct gtfs *g, const struct csv_row *header)
{
	for (uint32_t i = 0; i < CSV_COLUMN_COUNT_MAX; i++)
		g->places[i] = -1;
	g->header_count = header->count;
	if (!place_columns(g, header))
		return false;
	for (int i = 0; g->table->columns[i].name != NULL; i++)
		if (g->table->columns[i].required && place_of(g, i) < 0)
			return gtfs_refuse_feed(g->report, GTFS_MISSING_COLUMN, g->file,
						header->line, g->table->columns[i].name);
	return note_unknown_columns(g, header);
}

static bool row_is_empty(const struct csv_row *csv)
{
	for (uint32_t i = 0; i < csv->count; i++)
		if (text_trim(csv->fields[i]).size > 0)
			return false;
	return true;
}

/* As many fields as the header has, or more that are empty. */
static bool check_count(struct gtfs *g, const struct csv_row *csv)
{
	if (csv->count < g->header_count)
		return gtfs_refuse(g, GTFS_TOO_FEW_FIELDS, -1);
	for (uint32_t i = g->header_count; i < csv->count; i++)
		if (text_trim(csv->fields[i]).size > 0)
			return gtfs_refuse(g, GTFS_TOO_MANY_FIELDS, -1);
	if (csv->count > g->header_count)
		gtfs_note_row(g, GTFS_NOTE_EXTRA_EMPTY_FIELDS, NULL);
	return true;
}

static void fill_row(struct gtfs *g, struct gtfs_row *row, const struct csv_row *csv)
{
	bool trimmed = false;

	for (uint32_t i = 0; i < csv->count && i < g->header_count; i++) {
		int column = g->places[i];

		if (column < 0)
			continue;
		row->fields[column] = text_trim(csv->fields[i]);
		trimmed |= row->fields[column].size != csv->fields[i].size;
	}
	if (trimmed)
		gtfs_note_row(g, GTFS_NOTE_TRIMMED_SPACES, NULL);
}

static bool on_row(void *to, const struct csv_row *csv)
{
	struct gtfs *g = to;
	struct gtfs_row row = { .line = csv->line };

	if (g->header_count == 0)
		return read_header(g, csv);
	if (arena_left(g->keep) < ROW_ROOM)
		return gtfs_refuse_feed(g->report, GTFS_FEED_TOO_LARGE, g->file, csv->line, NULL);
	g->row = &row;
	if (row_is_empty(csv)) {
		gtfs_note_row(g, GTFS_NOTE_EMPTY_ROWS, NULL);
	} else {
		if (!g->again)
			g->counts->rows++;
		fill_row(g, &row, csv);
		if (check_count(g, csv))
			(void)g->table->row(g, &row); /* What is refused there is told there. */
	}
	g->row = NULL;
	return g->report->whole.code[0] == '\0';
}

static bool refuse_csv(struct gtfs *g, enum csv_status status, uint32_t line)
{
	enum gtfs_code code = GTFS_NOT_UTF8;

	if (status == CSV_STOPPED)
		return false; /* Told where it was stopped. */
	if (status == CSV_BAD_QUOTE)
		code = GTFS_BAD_QUOTES;
	if (status == CSV_TOO_MANY_COLUMNS)
		code = GTFS_TOO_MANY_COLUMNS;
	if (status == CSV_ROW_TOO_LONG)
		code = GTFS_ROW_TOO_LONG;
	return gtfs_refuse_feed(g->report, code, g->file, line, NULL);
}

static bool read_rows(struct gtfs *g, struct slice text)
{
	enum csv_status status;
	uint32_t line = 0;

	g->header_count = 0;
	status = csv_read(text, on_row, g, &line);
	return status == CSV_OK || refuse_csv(g, status, line);
}

/* A file whose rows fail in numbers was misread, or is not what its name says. */
static bool check_share(struct gtfs *g)
{
	char detail[64];

	if ((uint64_t)g->counts->refused * GTFS_REFUSED_SHARE > g->counts->rows) {
		snprintf(detail, sizeof(detail), "%u of %u", (unsigned)g->counts->refused,
			 (unsigned)g->counts->rows);
		return gtfs_refuse_feed(g->report, GTFS_TOO_MANY_ROWS_REFUSED, g->file, 0, detail);
	}
	if (g->table->required && g->counts->rows == 0)
		return gtfs_refuse_feed(g->report, GTFS_NO_ROWS, g->file, 0, NULL);
	return true;
}

bool gtfs_table_read(struct gtfs *g, const struct gtfs_table *table, const char *file,
		     struct slice text)
{
	MUST(g->report->file_count < GTFS_FILE_MAX);
	g->counts = &g->report->files[g->report->file_count++];
	g->table = table;
	g->file = file;
	g->again = false;
	MUST(text_set(g->counts->file, sizeof(g->counts->file), slice_text(file)));
	if (text_without_bom(text).size != text.size)
		gtfs_note(g, GTFS_NOTE_BYTE_ORDER_MARK, file, 1, NULL);
	return read_rows(g, text) && check_share(g);
}

bool gtfs_table_again(struct gtfs *g, const struct gtfs_table *table, struct slice text)
{
	bool fine;

	g->table = table;
	g->again = true;
	fine = read_rows(g, text);
	g->again = false;
	return fine;
}
