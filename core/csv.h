/* core/csv.h - comma-separated values (RFC 4180) row by row; the door to libcsv.
 *
 * Strict about quotes, tolerant of a byte-order mark, CR LF, a last line without an end and blank
 * lines (skipped, and counted as lines). Every text must be UTF-8: a file in another encoding is
 * refused at the row where it shows.
 */
#ifndef CORE_CSV_H
#define CORE_CSV_H

#include "core/codec.h"

enum {
	CSV_COLUMN_COUNT_MAX = 64,
	CSV_ROW_SIZE_MAX = 1024 * 1024, /* Bytes, quotes and line ends included. */
};

struct csv_row {
	uint32_t line;  /* Where the row begins, from 1. */
	uint32_t count; /* Fields. */
	struct slice
	    fields[CSV_COLUMN_COUNT_MAX]; /* White space outside quotes kept. Alive in the call. */
};

enum csv_status {
	CSV_OK,
	CSV_BAD_QUOTE,
	CSV_NOT_UTF8,
	CSV_TOO_MANY_COLUMNS,
	CSV_ROW_TOO_LONG,
	CSV_STOPPED,
};

/* Calls `row` for each row in order until it returns false (CSV_STOPPED). Out: *line, where it
 * ended; for a quote that never closes, where its row began. */
MUSTCHECK enum csv_status csv_read(struct slice text, bool (*row)(void *to, const struct csv_row *),
				   void *to, uint32_t *line);
const char *csv_status_text(enum csv_status);

/* One field, quoted where RFC 4180 asks for it; a text that a spreadsheet would take for a formula
 * (= + - @ tab) is quoted behind an apostrophe. */
void csv_put_field(struct writer *, struct slice text, bool last);
void csv_put_int(struct writer *, int64_t, bool last);

#endif
