/* operators/partner_paper.c - a partner's statement as a paper: from what it sold to what it owes.
 * Without it a partner's accounts office would add up an export.
 */
#include "operators/statement.h"

#include <stdio.h>

#include "core/date.h"

enum { RIGHT = PAPER_LEFT + 1040, RIGHT_WIDTH = PAPER_WIDTH - 1040 };

struct drawing {
	struct paper paper;
	const struct partner_statement *statement;
	const struct statement_names *names;
};

static const char *word(const struct drawing *d, const char *japanese, const char *english)
{
	return d->paper.lang == PAPER_JA ? japanese : english;
}

static void draw_number(struct drawing *d, int x, int y, int width, const char *number)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "%s %s", word(d, "登録番号", "Registration number"),
		       number[0] != '\0' ? number : word(d, "（登録なし）", "(not registered)"));
	paper_say(&d->paper, "P", (struct paper_type){ .size = 85 }, x, y, width, text);
}

static void draw_head(struct drawing *d, const char *name, time_ms made_at)
{
	struct paper *paper = &d->paper;
	const char *council = d->names->council;
	char text[NAME_SIZE + 32], date[PAPER_DATE_SIZE];

	paper_say(paper, "H1",
		  (struct paper_type){ .size = 210, .align = PDF_CENTRE, .bold = true }, PAPER_LEFT,
		  PAPER_TOP, PAPER_WIDTH, word(d, "販売精算書", "Partner Settlement Statement"));
	paper_say(paper, "P", (struct paper_type){ .size = 85, .align = PDF_RIGHT }, PAPER_LEFT,
		  290, PAPER_WIDTH, name);
	paper_date(date, paper->lang, day_at(made_at));
	(void)snprintf(text, sizeof(text), "%s %s", word(d, "発行日", "Issued on"), date);
	paper_say(paper, "P", (struct paper_type){ .size = 85, .align = PDF_RIGHT }, PAPER_LEFT,
		  335, PAPER_WIDTH, text);
	(void)snprintf(text, sizeof(text), word(d, "%s 御中", "To: %s"), d->names->subject);
	paper_say(paper, "H2", (struct paper_type){ .size = 130, .bold = true }, PAPER_LEFT, 420,
		  1000, text);
	pdf_stroke(paper->pdf, PAPER_LEFT, 490, 960, false);
	draw_number(d, PAPER_LEFT, 505, 1000, d->names->subject_number);
	paper_say(paper, "P", (struct paper_type){ .size = 105, .bold = true }, RIGHT, 445,
		  RIGHT_WIDTH, council[0] != '\0' ? council : word(d, "協議会", "The council"));
	draw_number(d, RIGHT, 505, RIGHT_WIDTH, d->names->council_number);
}

static void draw_sum(struct drawing *d, const struct period_view *view)
{
	struct paper *paper = &d->paper;
	const struct partner_statement *statement = d->statement;
	bool owes = statement->balance_due_yen >= 0;
	yen due = owes ? statement->balance_due_yen : -statement->balance_due_yen;
	char number[PAPER_NUMBER_SIZE], text[96], date[PAPER_DATE_SIZE];

	pdf_shade(paper->pdf, PAPER_LEFT, 610, 900, 190);
	paper_say(paper, "P", (struct paper_type){ .size = 95 }, PAPER_LEFT + 30, 630, 840,
		  owes ? word(d, "ご入金いただく残高", "Balance due from you")
		       : word(d, "お支払いする残高", "Balance due to you"));
	paper_number(number, due);
	(void)snprintf(text, sizeof(text), word(d, "%s 円", "JPY %s"), number);
	paper_say(paper, "P", (struct paper_type){ .size = 200, .align = PDF_RIGHT, .bold = true },
		  PAPER_LEFT + 30, 690, 840, text);
	paper_month(date, paper->lang, statement->period);
	(void)snprintf(text, sizeof(text), "%s  %s", word(d, "対象期間", "Period"), date);
	paper_say(paper, "P", (struct paper_type){ .size = 95 }, PAPER_LEFT + 960, 640, 840, text);
	if (statement->state != SETTLEMENT_CLOSED) {
		(void)snprintf(text, sizeof(text), "%s",
			       word(d, "未確定（締め前）", "Draft: the month is not closed"));
	} else if (view->closed_at == 0) {
		(void)snprintf(text, sizeof(text), "%s", word(d, "確定", "Closed"));
	} else {
		paper_date(date, paper->lang, day_at(view->closed_at));
		(void)snprintf(text, sizeof(text), word(d, "確定（%s締め）", "Closed on %s"), date);
	}
	paper_say(paper, "P", (struct paper_type){ .size = 95 }, PAPER_LEFT + 960, 710, 840, text);
}

static const struct paper_column columns[] = {
	{ 1000, PDF_LEFT, { "項目", "Item" } },
	{ 300, PDF_RIGHT, { "枚数", "Tickets" } },
	{ 500, PDF_RIGHT, { "金額（円、税込）", "Amount (JPY, tax included)" } },
};
static const struct paper_table table = { columns, COUNT_OF(columns), 95, false };

static void row(struct drawing *d, const char *what, int64_t tickets, yen amount_yen, bool bold)
{
	char count[PAPER_NUMBER_SIZE] = "", amount[PAPER_NUMBER_SIZE];
	const char *const texts[] = { what, count, amount };

	if (tickets >= 0)
		paper_number(count, tickets);
	paper_number(amount, amount_yen);
	paper_row(&d->paper, &table, texts, bold);
}

static void draw_rows(struct drawing *d)
{
	const struct partner_statement *statement = d->statement;
	const struct partner_month *month = &statement->month;

	d->paper.y = 880;
	paper_table_begin(&d->paper, &table);
	row(d, word(d, "前月からの繰越", "Brought forward"), -1, statement->brought_forward_yen,
	    false);
	row(d, word(d, "販売額", "Sold"), month->tickets, month->sold_yen, false);
	row(d, word(d, "払戻額", "Refunded to riders"), month->refunds, -month->refunded_yen,
	    false);
	row(d, word(d, "ご入金額", "Remitted"), -1, -month->remitted_yen, false);
	row(d, word(d, "払戻手数料（貴社分）", "Refund fees kept"), -1, -month->fees_kept_yen,
	    false);
	row(d, word(d, "販売手数料", "Sales commission"), -1, -month->commission_yen, false);
	row(d, word(d, "決済手数料", "Payment fees"), -1, -month->payment_fee_yen, false);
	row(d, word(d, "未使用分（貴社分）", "Unused tickets"), -1, -month->unused_yen, false);
	row(d, word(d, "その他", "Other"), -1, -month->other_yen, false);
	row(d, word(d, "お支払い済み", "Paid out to you"), -1, month->paid_out_yen, false);
	row(d, word(d, "お支払いからの相殺", "Set off against payouts"), -1, -month->taken_off_yen,
	    false);
	row(d, word(d, "差引残高", "Balance due"), -1, statement->balance_due_yen, true);
	paper_table_end(&d->paper);
}

void partner_statement_draw(struct paper_cmd *paper, const struct partner_statement *statement,
			    const struct statement_names *names, const struct period_view *view)
{
	struct drawing d = { .statement = statement, .names = names };
	struct pdf_about about = { .author = names->council, .made_at = paper->made_at };
	char name[96], month[MONTH_TEXT_SIZE];

	d.paper.lang = paper->lang;
	month_encode(month, statement->period);
	(void)snprintf(name, sizeof(name), "%s %s-%s",
		       word(&d, "販売精算書", "Partner settlement statement"), month,
		       statement->month.partner_id);
	about.title = name;
	if (!paper_open(&d.paper, paper->lang, &about)) {
		paper->failed = true;
		return;
	}
	draw_head(&d, name, paper->made_at);
	draw_sum(&d, view);
	draw_rows(&d);
	paper_foot(&d.paper, name, 1, 1);
	paper->failed = !paper_close(&d.paper, &paper->bytes);
}
