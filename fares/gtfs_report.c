/* fares/gtfs_report.c - says what an import read, what it found odd and what it left out. Without
 * it an operator would learn of a wrong fare from its passengers.
 */
#include "fares/gtfs_parse.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"

struct told {
	const char *code, *text;
};

static const struct told refusals[] = {
#define X(name, what) [GTFS_##name] = { #name, what },
	GTFS_REFUSAL_CODES(X)
#undef X
};

static const struct told notes[] = {
#define X(name, what) [GTFS_NOTE_##name] = { #name, what },
	GTFS_NOTE_CODES(X)
#undef X
};

static void set_text(char *out, size_t size, const char *text)
{
	size_t used = text_size(text);

	if (used >= size)
		used = text_utf8_prefix(slice_of(text, size - 1));
	MUST(text_set(out, size, slice_of(text, used)));
}

/* "what: detail", or only "what". */
static void set_told(char out[224], const char *what, const char *detail)
{
	char text[512];

	snprintf(text, sizeof(text), detail != NULL ? "%s: %s" : "%s", what, detail);
	set_text(out, 224, text);
}

static void set_refusal(struct gtfs_refusal *r, enum gtfs_code code, const char *file,
			uint32_t line, const char *detail)
{
	set_text(r->file, sizeof(r->file), file);
	r->line = line;
	set_text(r->code, sizeof(r->code), refusals[code].code);
	set_told(r->text, refusals[code].text, detail);
}

bool gtfs_refuse_feed(struct gtfs_report *report, enum gtfs_code code, const char *file,
		      uint32_t line, const char *detail)
{
	if (report->whole.code[0] == '\0')
		set_refusal(&report->whole, code, file, line, detail);
	return false;
}

/* The column's name and what stands in it, as far as it can be shown. */
static void column_detail(char *out, size_t size, const struct gtfs *g, int column)
{
	struct slice value = g->row->fields[column];
	bool cut = value.size > 60;

	if (cut)
		value.size = text_utf8_prefix(slice_of(value.data, 60));
	if (value.size == 0 || !text_is_printable(value))
		snprintf(out, size, "%s", g->table->columns[column].name);
	else
		snprintf(out, size, "%s \"%.*s%s\"", g->table->columns[column].name,
			 (int)value.size, (const char *)value.data, cut ? "..." : "");
}

bool gtfs_refuse(struct gtfs *g, enum gtfs_code code, int column)
{
	struct gtfs_report *report = g->report;
	char detail[128];

	if (g->again)
		return false;
	g->counts->refused++;
	report->refused_rows++;
	if (report->refusal_count == GTFS_REFUSAL_MAX)
		return false;
	if (column >= 0)
		column_detail(detail, sizeof(detail), g, column);
	set_refusal(&report->refusals[report->refusal_count++], code, g->file, g->row->line,
		    column >= 0 ? detail : NULL);
	return false;
}

void gtfs_report_note(struct gtfs_report *report, enum gtfs_note_code code, const char *file,
		      uint32_t line, const char *detail)
{
	struct gtfs_note *note;

	if (report->note_count == GTFS_NOTE_MAX)
		return;
	note = &report->notes[report->note_count++];
	set_text(note->file, sizeof(note->file), file);
	note->line = line;
	note->count = 1;
	set_text(note->code, sizeof(note->code), notes[code].code);
	set_told(note->text, notes[code].text, detail);
}

void gtfs_note(struct gtfs *g, enum gtfs_note_code code, const char *file, uint32_t line,
	       const char *detail)
{
	struct gtfs_report *report = g->report;

	if (g->again)
		return;
	for (uint16_t i = 0; i < report->note_count; i++) {
		struct gtfs_note *note = &report->notes[i];

		if (text_equal(note->code, notes[code].code) && text_equal(note->file, file)) {
			note->count++;
			return;
		}
	}
	gtfs_report_note(report, code, file, line, detail);
}

void gtfs_note_row(struct gtfs *g, enum gtfs_note_code code, const char *detail)
{
	gtfs_note(g, code, g->file, g->row->line, detail);
}

/* --- For people --- */

static void put_number(struct writer *w, uint32_t value, unsigned width)
{
	char text[16];

	snprintf(text, sizeof(text), "%*" PRIu32, (int)width, value);
	write_text(w, text);
}

static void put_padded(struct writer *w, const char *text, size_t width)
{
	write_text(w, text);
	for (size_t i = text_size(text); i < width; i++)
		write_u8(w, ' ');
}

static void put_place(struct writer *w, const char *file, uint32_t line, size_t width)
{
	char text[48];

	snprintf(text, sizeof(text), line > 0 ? "%s:%" PRIu32 : "%s", file, line);
	write_text(w, "  ");
	put_padded(w, text, width);
	write_text(w, "  ");
}

static void print_head(struct writer *w, const struct gtfs_report *r)
{
	write_text(w, r->feed_id);
	if (!r->imported) {
		write_text(w, ": REFUSED, nothing changed\n");
		put_place(w, r->whole.file, r->whole.line, 0);
		write_text(w, r->whole.code);
		write_text(w, "  ");
		write_text(w, r->whole.text);
		write_text(w, "\n");
		return;
	}
	write_text(w, r->unchanged ? ": the same bytes are in force already, as version " :
				     ": imported as version ");
	write_decimal(w, r->version, 1);
	if (r->publisher[0] != '\0') {
		write_text(w, ", published by ");
		write_text(w, r->publisher);
	}
	write_text(w, "\n");
}

static void print_files(struct writer *w, const struct gtfs_report *r)
{
	if (r->file_count == 0)
		return;
	write_text(w, "  file                      read   refused\n");
	for (uint16_t i = 0; i < r->file_count; i++) {
		write_text(w, "  ");
		put_padded(w, r->files[i].file, 20);
		put_number(w, r->files[i].rows, 10);
		put_number(w, r->files[i].refused, 10);
		write_text(w, "\n");
	}
}

static void print_notes(struct writer *w, const struct gtfs_report *r)
{
	for (uint16_t i = 0; i < r->note_count; i++) {
		const struct gtfs_note *note = &r->notes[i];

		if (i == 0)
			write_text(w, "  noted\n");
		put_place(w, note->file, note->line, 26);
		put_padded(w, note->code, 22);
		write_text(w, "  ");
		write_text(w, note->text);
		if (note->count > 1) {
			write_text(w, " (");
			put_number(w, note->count, 0);
			write_text(w, " times)");
		}
		write_text(w, "\n");
	}
}

static void print_refusals(struct writer *w, const struct gtfs_report *r)
{
	for (uint16_t i = 0; i < r->refusal_count; i++) {
		const struct gtfs_refusal *refusal = &r->refusals[i];

		if (i == 0)
			write_text(w, "  refused rows\n");
		put_place(w, refusal->file, refusal->line, 26);
		put_padded(w, refusal->code, 22);
		write_text(w, "  ");
		write_text(w, refusal->text);
		write_text(w, "\n");
	}
	if (r->refused_rows > r->refusal_count) {
		write_text(w, "  and ");
		write_decimal(w, r->refused_rows - r->refusal_count, 1);
		write_text(w, " more\n");
	}
}

void gtfs_report_print(struct writer *w, const struct gtfs_report *r)
{
	print_head(w, r);
	print_files(w, r);
	print_notes(w, r);
	print_refusals(w, r);
}
