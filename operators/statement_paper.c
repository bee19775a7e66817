/* operators/statement_paper.c - an operator's statement as a paper: one page that can be filed and
 * paid by, then the lines. Without it an accounts office would print a screen.
 */
#include "operators/statement.h"

#include <stdio.h>

#include "core/date.h"

enum { INVOICE_ROWS_MAX = 12, RIGHT = PAPER_LEFT + 1040, RIGHT_WIDTH = PAPER_WIDTH - 1040 };

struct drawing {
	struct paper paper;
	const struct statement *statement;
	const struct statement_names *names;
	const struct period_view *period;
	time_ms made_at;
	unsigned page, pages;
	char foot[160];
};

static const char *word(const struct drawing *d, const char *japanese, const char *english)
{
	return d->paper.lang == PAPER_JA ? japanese : english;
}

static const char *class_word(const struct drawing *d, uint8_t tax_class)
{
	static const char *const words[TAX_CLASS_COUNT][PAPER_LANG_COUNT] = {
		[TAX_STANDARD10] = { "10%対象", "10 %" },
		[TAX_ZERO] = { "免税（0%）", "0 %" },
		[TAX_OUTSIDE] = { "対象外", "Outside" },
	};

	return words[tax_class][d->paper.lang];
}

/* ---- The head: who, whom, when. ---- */

static void draw_title(struct drawing *d)
{
	struct paper *paper = &d->paper;
	char text[160], date[PAPER_DATE_SIZE];

	paper_say(paper, "H1",
		  (struct paper_type){ .size = 210, .align = PDF_CENTRE, .bold = true }, PAPER_LEFT,
		  PAPER_TOP, PAPER_WIDTH, word(d, "精算書", "Settlement Statement"));
	month_encode(text, d->statement->period);
	(void)snprintf(text + MONTH_TEXT_SIZE - 1, sizeof(text) - MONTH_TEXT_SIZE, "-%s",
		       d->statement->operator_id);
	(void)snprintf(d->foot, sizeof(d->foot), "%s %.100s",
		       word(d, "精算書", "Settlement statement"), text);
	paper_say(paper, "P", (struct paper_type){ .size = 85, .align = PDF_RIGHT }, PAPER_LEFT,
		  290, PAPER_WIDTH, d->foot);
	paper_date(date, paper->lang, day_at(d->made_at));
	(void)snprintf(text, sizeof(text), "%s %s", word(d, "発行日", "Issued on"), date);
	paper_say(paper, "P", (struct paper_type){ .size = 85, .align = PDF_RIGHT }, PAPER_LEFT,
		  335, PAPER_WIDTH, text);
}

static void draw_number(struct drawing *d, int x, int y, int width, const char *number)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "%s %s", word(d, "登録番号", "Registration number"),
		       number[0] != '\0' ? number : word(d, "（登録なし）", "(not registered)"));
	paper_say(&d->paper, "P", (struct paper_type){ .size = 85 }, x, y, width, text);
}

static void draw_parties(struct drawing *d)
{
	const struct statement_names *names = d->names;
	struct paper *paper = &d->paper;
	const char *council =
	    names->council[0] != '\0' ? names->council : word(d, "協議会", "The council");
	char text[NAME_SIZE + 16];

	(void)snprintf(text, sizeof(text), word(d, "%s 御中", "To: %s"), names->subject);
	paper_say(paper, "H2", (struct paper_type){ .size = 130, .bold = true }, PAPER_LEFT, 420,
		  1000, text);
	pdf_stroke(paper->pdf, PAPER_LEFT, 490, 960, false);
	draw_number(d, PAPER_LEFT, 505, 1000, names->subject_number);
	paper_say(paper, "P", (struct paper_type){ .size = 85, .grey = true }, RIGHT, 420,
		  RIGHT_WIDTH, word(d, "精算者", "Settled by"));
	paper_say(paper, "P", (struct paper_type){ .size = 105, .bold = true }, RIGHT, 460,
		  RIGHT_WIDTH, council);
	draw_number(d, RIGHT, 515, RIGHT_WIDTH, names->council_number);
}

static void draw_fact(struct drawing *d, int y, const char *what, const char *said)
{
	paper_say(&d->paper, "P", (struct paper_type){ .size = 90, .grey = true }, PAPER_LEFT + 960,
		  y, 260, what);
	paper_say(&d->paper, "P", (struct paper_type){ .size = 95 }, PAPER_LEFT + 1220, y,
		  PAPER_WIDTH - 1220, said);
}

static const char *state_word(const struct drawing *d, char out[PAPER_DATE_SIZE * 2])
{
	char date[PAPER_DATE_SIZE];

	if (d->statement->state != SETTLEMENT_CLOSED)
		return word(d, "未確定（締め前）", "Draft: the month is not closed");
	if (d->period->closed_at == 0)
		return word(d, "確定", "Closed");
	paper_date(date, d->paper.lang, day_at(d->period->closed_at));
	(void)snprintf(out, PAPER_DATE_SIZE * 2, word(d, "確定（%s締め）", "Closed on %s"), date);
	return out;
}

static void draw_sum(struct drawing *d)
{
	struct paper *paper = &d->paper;
	char number[PAPER_NUMBER_SIZE], text[80], date[PAPER_DATE_SIZE];
	char state[PAPER_DATE_SIZE * 2];

	pdf_shade(paper->pdf, PAPER_LEFT, 610, 900, 190);
	paper_say(paper, "P", (struct paper_type){ .size = 95 }, PAPER_LEFT + 30, 630, 840,
		  word(d, "差引精算額（税込）", "Net amount (tax included)"));
	paper_number(number, d->statement->amount_yen);
	(void)snprintf(text, sizeof(text), word(d, "%s 円", "JPY %s"), number);
	paper_say(paper, "P", (struct paper_type){ .size = 200, .align = PDF_RIGHT, .bold = true },
		  PAPER_LEFT + 30, 690, 840, text);
	paper_month(date, paper->lang, d->statement->period);
	draw_fact(d, 620, word(d, "対象期間", "Period"), date);
	draw_fact(d, 685, word(d, "状態", "State"), state_word(d, state));
	if (d->names->pay_on != 0)
		paper_date(date, paper->lang, d->names->pay_on);
	draw_fact(d, 750, word(d, "お支払日", "Payout on"),
		  d->names->pay_on != 0 ? date : word(d, "未定", "not yet set"));
}

/* ---- Tables of the first page. ---- */

static void head(struct drawing *d, int y, const char *text)
{
	paper_say(&d->paper, "H2", (struct paper_type){ .size = 105, .bold = true }, PAPER_LEFT, y,
		  PAPER_WIDTH, text);
	d->paper.y = y + 58;
}

static const struct paper_column class_columns[] = {
	{ 300, PDF_LEFT, { "税区分", "Tax class" } },
	{ 320, PDF_RIGHT, { "総額（税込）", "Gross" } },
	{ 280, PDF_RIGHT, { "うち消費税", "Tax within" } },
	{ 300, PDF_RIGHT, { "販売手数料", "Commission" } },
	{ 280, PDF_RIGHT, { "協議会手数料", "Council fee" } },
	{ 320, PDF_RIGHT, { "差引金額", "Net" } },
};
static const struct paper_table class_table = { class_columns, COUNT_OF(class_columns), 85, false };

static void class_row(struct drawing *d, const char *what, const struct statement_class *of,
		      bool bold)
{
	char gross[PAPER_NUMBER_SIZE], tax[PAPER_NUMBER_SIZE], commission[PAPER_NUMBER_SIZE];
	char fee[PAPER_NUMBER_SIZE], net[PAPER_NUMBER_SIZE];
	const char *const texts[] = { what, gross, tax, commission, fee, net };

	paper_number(gross, of->gross_yen);
	paper_number(tax, of->tax_yen);
	paper_number(commission, of->commission_yen);
	paper_number(fee, of->fee_yen);
	paper_number(net, of->amount_yen);
	paper_row(&d->paper, &class_table, texts, bold);
}

static void draw_classes(struct drawing *d)
{
	const struct statement *statement = d->statement;
	struct statement_class sum = { .gross_yen = statement->gross_yen,
				       .commission_yen = statement->commission_yen,
				       .fee_yen = statement->fee_yen,
				       .amount_yen = statement->amount_yen };

	head(d, 850, word(d, "精算の内訳（円）", "Breakdown (JPY)"));
	paper_table_begin(&d->paper, &class_table);
	for (size_t i = 0; i < statement->tax_class_count; i++) {
		const struct statement_class *of = &statement->tax_classes[i];

		class_row(d, class_word(d, of->tax_class), of, false);
		sum.tax_yen += of->tax_yen;
	}
	class_row(d, word(d, "合計", "Total"), &sum, true);
	paper_table_end(&d->paper);
}

static const struct paper_column count_columns[] = {
	{ 450, PDF_RIGHT, { "枚数", "Tickets" } },
	{ 450, PDF_RIGHT, { "乗車回数", "Boardings" } },
	{ 450, PDF_RIGHT, { "乗車人数", "Riders" } },
	{ 450, PDF_RIGHT, { "みなし運賃（円）", "Deemed fares (JPY)" } },
};
static const struct paper_table count_table = { count_columns, COUNT_OF(count_columns), 85, false };

static void draw_counts(struct drawing *d)
{
	const struct statement *statement = d->statement;
	const int64_t counts[] = { statement->tickets, statement->boardings, statement->riders,
				   statement->deemed_fare_yen };
	char numbers[COUNT_OF(counts)][PAPER_NUMBER_SIZE];
	const char *texts[COUNT_OF(counts)];

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		paper_number(numbers[i], counts[i]);
		texts[i] = numbers[i];
	}
	head(d, d->paper.y + 50, word(d, "ご利用実績", "Usage"));
	paper_table_begin(&d->paper, &count_table);
	paper_row(&d->paper, &count_table, texts, false);
	paper_table_end(&d->paper);
}

static const struct paper_column invoice_columns[] = {
	{ 340, PDF_LEFT, { "請求の内容", "For" } },
	{ 480, PDF_LEFT, { "請求書の発行者", "Issuer" } },
	{ 340, PDF_LEFT, { "登録番号", "Registration number" } },
	{ 180, PDF_LEFT, { "税区分", "Tax class" } },
	{ 240, PDF_RIGHT, { "税込金額", "Amount" } },
	{ 220, PDF_RIGHT, { "うち消費税", "Tax within" } },
};
static const struct paper_table invoice_table = { invoice_columns, COUNT_OF(invoice_columns), 80,
						  false };

static void invoice_row(struct drawing *d, size_t at, size_t class_at)
{
	const struct statement_invoice *invoice = &d->statement->invoices[at];
	const struct invoice_class *of = &invoice->classes[class_at];
	const char *issuer = d->names->partners[at];
	char total[PAPER_NUMBER_SIZE], tax[PAPER_NUMBER_SIZE];
	const char *texts[COUNT_OF(invoice_columns)];

	if (invoice->issuer == ISSUER_COUNCIL)
		issuer = d->names->council[0] != '\0' ? d->names->council
						      : word(d, "協議会", "The council");
	else if (issuer == NULL)
		issuer = invoice->partner_id;
	paper_number(total, of->total_yen);
	paper_number(tax, of->tax_yen);
	texts[0] = invoice->supply == SUPPLY_FEE ? word(d, "協議会手数料", "Council fee")
						 : word(d, "販売手数料", "Sales commission");
	texts[1] = issuer;
	texts[2] = invoice->registration_number[0] != '\0' ? invoice->registration_number
							   : word(d, "（登録なし）", "(none)");
	texts[3] = class_word(d, of->tax_class);
	texts[4] = total;
	texts[5] = tax;
	paper_row(&d->paper, &invoice_table, texts, false);
}

/* The first, and the rest as one: all of them come again behind the lines then. */
static void draw_invoices(struct drawing *d)
{
	const struct statement *statement = d->statement;
	bool all = statement->invoice_count <= INVOICE_ROWS_MAX;
	size_t shown = all ? statement->invoice_count : INVOICE_ROWS_MAX - 1;

	if (statement->invoice_count == 0)
		return;
	head(d, d->paper.y + 50, word(d, "差し引いた請求の内訳（円）", "Invoices deducted (JPY)"));
	paper_table_begin(&d->paper, &invoice_table);
	for (size_t i = 0; i < shown; i++)
		invoice_row(d, i, 0);
	if (!all) {
		char text[64];
		const char *const texts[] = { text, "", "", "", "", "" };

		(void)snprintf(text, sizeof(text), word(d, "ほか %zu 件", "and %zu more"),
			       statement->invoice_count - shown);
		paper_row(&d->paper, &invoice_table, texts, false);
	}
	paper_table_end(&d->paper);
}

static void draw_notes(struct drawing *d)
{
	static const char japanese[] =
	    "金額はすべて税込です。消費税額は請求書ごと・税区分ごとに1回計算し、1円未満を切り捨てて"
	    "います。"
	    "総額 − 販売手数料 − 協議会手数料 = "
	    "差引金額。配分は配分規則とみなし運賃により、最大剰余法で1円単位まで"
	    "計算しています。明細は次ページ以降をご覧ください。";
	static const char english[] =
	    "All amounts include tax. Consumption tax is worked out once for each invoice and tax "
	    "class, "
	    "and cut to whole yen. Gross less commission less council fee is net. Shares follow "
	    "the sharing "
	    "rule, to the yen, by largest remainder. The lines are on the pages that follow.";
	struct pdf_style style = { .size = 75, .grey = true };

	style.lang = d->paper.lang == PAPER_JA ? "ja" : "en";
	pdf_begin(d->paper.pdf, "P");
	(void)pdf_paragraph(d->paper.pdf, &style, PAPER_LEFT, d->paper.y + 40, PAPER_WIDTH,
			    word(d, japanese, english));
	pdf_end(d->paper.pdf);
}

/* ---- The lines. ---- */

static const struct paper_column line_columns[] = {
	{ 290, PDF_LEFT, { "商品（版）", "Product (version)" } },
	{ 110, PDF_LEFT, { "利用月", "Rides" } },
	{ 170, PDF_LEFT, { "配分規則（版）", "Rule (version)" } },
	{ 110, PDF_LEFT, { "税区分", "Class" } },
	{ 85, PDF_RIGHT, { "枚数", "Tickets" } },
	{ 85, PDF_RIGHT, { "乗車", "Board." } },
	{ 85, PDF_RIGHT, { "人数", "Riders" } },
	{ 170, PDF_RIGHT, { "みなし運賃", "Deemed" } },
	{ 175, PDF_RIGHT, { "総額", "Gross" } },
	{ 165, PDF_RIGHT, { "販売手数料", "Comm." } },
	{ 165, PDF_RIGHT, { "協議会手数料", "Fee" } },
	{ 190, PDF_RIGHT, { "差引", "Net" } },
};
enum { LINE_TEXTS = 4, LINE_NUMBERS = COUNT_OF(line_columns) - LINE_TEXTS };
static const struct paper_table line_tables[] = {
	/* Short and long. */
	{ line_columns, COUNT_OF(line_columns), 65, false },
	{ line_columns, COUNT_OF(line_columns), 65, true },
};
enum { LONG_LINE_COUNT = 300 };

static const struct paper_table *line_table(const struct drawing *d)
{
	return &line_tables[d->statement->line_count > LONG_LINE_COUNT];
}

static const char *kind_word(const struct drawing *d, uint8_t kind)
{
	switch ((enum line_kind)kind) {
	case LINE_claim:
		return word(d, "振替等の請求", "Claims");
	case LINE_correction:
		return word(d, "訂正", "Corrections");
	case LINE_loss:
		return word(d, "損失補填", "Losses borne");
	case LINE_rides:
	case LINE_KIND_COUNT:
		break;
	}
	return "";
}

/* The texts of its first columns are there. */
static void number_row(struct drawing *d, const char **texts, const int64_t *counts, bool bold)
{
	char numbers[LINE_NUMBERS][PAPER_NUMBER_SIZE];

	for (size_t i = 0; i < LINE_NUMBERS; i++) {
		paper_number(numbers[i], counts[i]);
		texts[LINE_TEXTS + i] = numbers[i];
	}
	paper_row(&d->paper, line_table(d), texts, bold);
}

static void sum_row(struct drawing *d)
{
	const struct statement *sum = d->statement;
	const int64_t counts[LINE_NUMBERS] = { sum->tickets,   sum->boardings,
					       sum->riders,    sum->deemed_fare_yen,
					       sum->gross_yen, sum->commission_yen,
					       sum->fee_yen,   sum->amount_yen };
	const char *texts[COUNT_OF(line_columns)] = { word(d, "合計", "Total"), "", "", "" };

	number_row(d, texts, counts, true);
}

static void line_row(struct drawing *d, size_t at)
{
	const struct statement_line *shown = &d->statement->lines[at];
	const struct line *line = &shown->line;
	const int64_t counts[LINE_NUMBERS] = { line->tickets,   line->boardings,
					       line->riders,    line->deemed_fare_yen,
					       line->gross_yen, line->commission_yen,
					       line->fee_yen,   line->amount_yen };
	char month[MONTH_TEXT_SIZE], product[NAME_SIZE + 16], rule[ID_SIZE + 16] = "";
	const char *texts[COUNT_OF(line_columns)] = { product, month, rule };

	month_encode(month, line->rides);
	if (line->kind == LINE_rides) {
		(void)snprintf(product, sizeof(product), "%s (%u)", d->names->products[at],
			       line->product_version);
		(void)snprintf(rule, sizeof(rule), "%s (%u)", line->rule_id, line->rule_version);
	} else {
		(void)snprintf(product, sizeof(product), "%s", kind_word(d, line->kind));
	}
	texts[3] = class_word(d, line->tax_class);
	number_row(d, texts, counts, false);
}

/* Behind the last line, their sum. */
static void line_or_sum_row(struct drawing *d, size_t at)
{
	if (at < d->statement->line_count)
		line_row(d, at);
	else
		sum_row(d);
}

static void next_page(struct drawing *d, const char *title)
{
	paper_foot(&d->paper, d->foot, d->page, d->pages);
	pdf_next_page(d->paper.pdf);
	d->page++;
	head(d, PAPER_TOP, title);
}

enum { TABLE_TOP = PAPER_TOP + 58 };

static unsigned pages_of(size_t rows)
{
	unsigned each = paper_rows(TABLE_TOP);

	return (unsigned)((rows + each - 1) / each);
}

static void draw_rows(struct drawing *d, const char *title, const struct paper_table *table,
		      size_t count, void (*row)(struct drawing *, size_t at))
{
	unsigned each = paper_rows(TABLE_TOP);

	for (size_t i = 0; i < count; i++) {
		if (i % each == 0) {
			next_page(d, title);
			paper_table_begin(&d->paper, table);
		}
		row(d, i);
		if (i % each == each - 1 || i + 1 == count)
			paper_table_end(&d->paper);
	}
}

static void first_class_row(struct drawing *d, size_t at)
{
	invoice_row(d, at, 0);
}

void statement_draw(struct paper_cmd *paper, const struct statement *statement,
		    const struct statement_names *names, const struct period_view *period)
{
	struct drawing d = { .statement = statement,
			     .names = names,
			     .period = period,
			     .made_at = paper->made_at,
			     .page = 1 };
	struct pdf_about about = { .author = names->council, .made_at = paper->made_at };
	size_t more = statement->invoice_count > INVOICE_ROWS_MAX ? statement->invoice_count : 0;
	size_t rows = statement->line_count > 0 ? statement->line_count + 1u : 0;
	char title[NAME_SIZE + 64], date[PAPER_DATE_SIZE];

	d.paper.lang = paper->lang;
	d.pages = 1 + pages_of(rows) + pages_of(more);
	paper_month(date, paper->lang, statement->period);
	(void)snprintf(title, sizeof(title), "%s %s %s", word(&d, "精算書", "Settlement statement"),
		       date, names->subject);
	about.title = title;
	if (!paper_open(&d.paper, paper->lang, &about)) {
		paper->failed = true;
		return;
	}
	draw_title(&d);
	draw_parties(&d);
	draw_sum(&d);
	draw_classes(&d);
	draw_counts(&d);
	draw_invoices(&d);
	draw_notes(&d);
	draw_rows(&d, word(&d, "明細（円）", "Lines (JPY)"), line_table(&d), rows, line_or_sum_row);
	draw_rows(&d, word(&d, "差し引いた請求の内訳（円）", "Invoices deducted (JPY)"),
		  &invoice_table, more, first_class_row);
	paper_foot(&d.paper, d.foot, d.page, d.pages);
	paper->failed = !paper_close(&d.paper, &paper->bytes);
}
