/* operators/paper.c - without it each kind of paper would number its pages and write its yen in its
 * own way.
 */
#include "operators/paper.h"

#include <stdio.h>

#include "core/date.h"

enum {
	REIWA_BEFORE = 2018, /* The year before its first. */
	REIWA_FROM_MONTH = 5,
	FOOT_Y = 2830,
	INSET = 8,
	DIGIT_WIDTH = 205, /* At the most, in thousandths of a unit for each tenth of a point. */
};

static const char *const month_names[] = { "January",   "February", "March",    "April",
					   "May",       "June",     "July",     "August",
					   "September", "October",  "November", "December" };

bool paper_open(struct paper *paper, uint8_t lang, const struct pdf_about *about)
{
	*paper = (struct paper){ .lang = lang, .y = PAPER_TOP };
	return pdf_open(&paper->pdf, about);
}

bool paper_close(struct paper *paper, struct writer *to)
{
	struct slice bytes;
	bool drawn = pdf_finish(paper->pdf, &bytes);

	if (drawn)
		write_bytes(to, bytes);
	pdf_close(paper->pdf);
	return drawn && !to->failed;
}

void paper_number(char out[PAPER_NUMBER_SIZE], int64_t number)
{
	char digits[PAPER_NUMBER_SIZE];
	uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)size);
	size_t used = 0;

	if (number < 0)
		out[used++] = '-';
	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	MUST(used < PAPER_NUMBER_SIZE);
	out[used] = '\0';
}

/* "令和8年", "令和元年"; before that era, the year as elsewhere. */
static void year_text(char out[PAPER_DATE_SIZE], struct civil date)
{
	int year = (int)date.year - REIWA_BEFORE;

	if (year < 1 || (year == 1 && date.month < REIWA_FROM_MONTH))
		(void)snprintf(out, PAPER_DATE_SIZE, "%d年", (int)date.year);
	else if (year == 1)
		(void)snprintf(out, PAPER_DATE_SIZE, "令和元年");
	else
		(void)snprintf(out, PAPER_DATE_SIZE, "令和%d年", year);
}

void paper_date(char out[PAPER_DATE_SIZE], uint8_t lang, day_t day)
{
	struct civil date = civil_of_day(day);
	char year[PAPER_DATE_SIZE];

	year_text(year, date);
	if (lang == PAPER_JA)
		(void)snprintf(out, PAPER_DATE_SIZE, "%.20s%u月%u日", year, date.month, date.day);
	else
		(void)snprintf(out, PAPER_DATE_SIZE, "%u %s %d", date.day,
			       month_names[date.month - 1], (int)date.year);
}

void paper_month(char out[PAPER_DATE_SIZE], uint8_t lang, day_t month)
{
	struct civil date = civil_of_day(month);
	char year[PAPER_DATE_SIZE];

	year_text(year, date);
	if (lang == PAPER_JA)
		(void)snprintf(out, PAPER_DATE_SIZE, "%.20s%u月分", year, date.month);
	else
		(void)snprintf(out, PAPER_DATE_SIZE, "%s %d", month_names[date.month - 1],
			       (int)date.year);
}

static void put(struct paper *paper, struct paper_type type, int x, int y, int width,
		const char *text)
{
	struct pdf_style style = { .size = type.size,
				   .align = type.align,
				   .bold = type.bold,
				   .grey = type.grey,
				   .lang = paper->lang == PAPER_JA ? "ja" : "en" };

	if (text[0] != '\0')
		pdf_line_text(paper->pdf, &style, x, y, width, text);
}

void paper_say(struct paper *paper, const char *tag, struct paper_type type, int x, int y,
	       int width, const char *text)
{
	pdf_begin(paper->pdf, tag);
	put(paper, type, x, y, width, text);
	pdf_end(paper->pdf);
}

/* ---- Tables. ---- */

/* So that the type stands in the middle of so high a row. */
static int drop(const struct paper_table *table, int height)
{
	return (height - table->size * 45 / 100) / 2;
}

void paper_table_begin(struct paper *paper, const struct paper_table *table)
{
	struct paper_type type = { .size = table->size, .bold = true };
	int x = PAPER_LEFT, down = drop(table, PAPER_HEAD);

	pdf_shade(paper->pdf, PAPER_LEFT, paper->y, PAPER_WIDTH, PAPER_HEAD);
	pdf_stroke(paper->pdf, PAPER_LEFT, paper->y, PAPER_WIDTH, false);
	pdf_begin(paper->pdf, "Table");
	pdf_begin(paper->pdf, "TR");
	for (size_t i = 0; i < table->count; i++) {
		const struct paper_column *column = &table->columns[i];

		type.align = column->align;
		pdf_begin(paper->pdf, "TH");
		put(paper, type, x + INSET, paper->y + down, column->width - 2 * INSET,
		    column->title[paper->lang]);
		pdf_end(paper->pdf);
		x += column->width;
	}
	pdf_end(paper->pdf);
	paper->y += PAPER_HEAD;
	pdf_stroke(paper->pdf, PAPER_LEFT, paper->y, PAPER_WIDTH, false);
}

/* A text may end in an ellipsis; a number grows smaller before it is cut. */
static uint16_t fit(const struct paper_column *column, uint16_t size, const char *text)
{
	size_t count = text_size(text);
	size_t most =
	    count == 0 ? size : (size_t)(column->width - 2 * INSET) * 1000 / (DIGIT_WIDTH * count);

	return column->align == PDF_RIGHT && most < size ? (uint16_t)most : size;
}

void paper_row(struct paper *paper, const struct paper_table *table, const char *const *texts,
	       bool bold)
{
	struct paper_type type = { .size = table->size, .bold = bold };
	int x = PAPER_LEFT, y = paper->y + drop(table, PAPER_ROW);

	pdf_begin(paper->pdf, "TR");
	if (table->coarse)
		pdf_begin(paper->pdf, "TD");
	for (size_t i = 0; i < table->count; i++) {
		type.align = table->columns[i].align;
		type.size = fit(&table->columns[i], table->size, texts[i]);
		if (!table->coarse)
			pdf_begin(paper->pdf, "TD");
		put(paper, type, x + INSET, y, table->columns[i].width - 2 * INSET, texts[i]);
		if (!table->coarse)
			pdf_end(paper->pdf);
		x += table->columns[i].width;
	}
	if (table->coarse)
		pdf_end(paper->pdf);
	pdf_end(paper->pdf);
	paper->y += PAPER_ROW;
	pdf_stroke(paper->pdf, PAPER_LEFT, paper->y, PAPER_WIDTH, false);
}

void paper_table_end(struct paper *paper)
{
	pdf_end(paper->pdf);
}

unsigned paper_rows(int y)
{
	return (unsigned)((PAPER_BOTTOM - y - PAPER_HEAD) / PAPER_ROW);
}

void paper_foot(struct paper *paper, const char *text, unsigned page, unsigned pages)
{
	struct paper_type type = { .size = 70, .grey = true };
	char number[PAPER_NUMBER_SIZE];

	(void)snprintf(number, sizeof(number), "%u/%u", page, pages);
	pdf_stroke(paper->pdf, PAPER_LEFT, FOOT_Y - 14, PAPER_WIDTH, false);
	paper_say(paper, "P", type, PAPER_LEFT, FOOT_Y, PAPER_WIDTH - 300, text);
	type.align = PDF_RIGHT;
	paper_say(paper, "P", type, PAPER_LEFT + PAPER_WIDTH - 300, FOOT_Y, 300, number);
}
