/* operators/paper.h - what papers to be filed have in common: dates of the era, yen with commas,
 * tables whose head comes again on each page, and a foot that says which page of how many. On any
 * thread, one paper on one at a time.
 */
#ifndef OPERATORS_PAPER_H
#define OPERATORS_PAPER_H

#include "core/codec.h"
#include "core/pdf.h"

enum paper_lang { PAPER_JA, PAPER_EN, PAPER_LANG_COUNT };

enum {
	PAPER_LEFT = 150,
	PAPER_WIDTH = 1800,
	PAPER_TOP = 150,
	PAPER_BOTTOM = 2780, /* The foot stands below. */
	PAPER_ROW = 52,
	PAPER_HEAD = 60,
	PAPER_NUMBER_SIZE = 32,
	PAPER_DATE_SIZE = 40,
};

struct paper {
	struct pdf *pdf;
	uint8_t lang;
	int y; /* Where the next row goes. */
};

/* False: memory ran out. */
MUSTCHECK bool paper_open(struct paper *, uint8_t lang, const struct pdf_about *);
/* Ends it and copies its bytes. False: it could not be drawn, or is larger than there is room. */
MUSTCHECK bool paper_close(struct paper *, struct writer *to);

void paper_number(char out[PAPER_NUMBER_SIZE], int64_t);          /* -1,234,567 */
void paper_date(char out[PAPER_DATE_SIZE], uint8_t lang, day_t);  /* 令和8年11月30日 */
void paper_month(char out[PAPER_DATE_SIZE], uint8_t lang, day_t); /* 令和8年11月分 */

/* One line of type in an element of its own ("H1", "P"). Sizes in tenths of a point. */
struct paper_type {
	uint16_t size;
	uint8_t align;
	bool bold, grey;
};
void paper_say(struct paper *, const char *tag, struct paper_type, int x, int y, int width,
	       const char *text);

struct paper_column {
	int width;
	uint8_t align; /* enum pdf_align */
	const char *title[PAPER_LANG_COUNT];
};

struct paper_table {
	const struct paper_column *columns;
	size_t count;
	uint16_t size; /* Of the type. */
	bool coarse; /* A row is tagged as one cell: of thousands, tags would outweigh the text. */
};
/* Head at paper->y, rows below; all of one page between begin and end. */
void paper_table_begin(struct paper *, const struct paper_table *);
void paper_row(struct paper *, const struct paper_table *, const char *const *texts, bool bold);
void paper_table_end(struct paper *);
/* How many rows fit on a page that begins with the table's head at y. */
unsigned paper_rows(int y);

void paper_foot(struct paper *, const char *text, unsigned page, unsigned pages);

#endif
