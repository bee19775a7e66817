/* operators/partner_statement_op.c - what a partner sold, gave back, paid in and earned in a month,
 * and what it owes at its end. Without it a partner would remit what its own till says.
 */
#include "operators/statement.h"

#include <stdio.h>

#include "core/csv.h"
#include "core/date.h"
#include "fares/fares_op.h"

struct partner_cmd {
	struct partner_statement statement;
	struct statement_names names;
	struct paper_cmd paper;
	struct period_view view;
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "PARTNER_UNKNOWN", "there is no such partner");
}

static bool is_ones_own(struct call *call, const char *partner_id)
{
	if (call->caller.role != ROLE_partner || text_equal(call->caller.subject, partner_id))
		return true;
	return refuse_unknown(call);
}

static bool json_parse_path(struct call *call)
{
	struct partner_cmd *cmd = call->cmd;
	struct partner_statement *statement = &cmd->statement;

	return (cmd->paper.wanted || books_no_query(call)) &&
	       books_param_period(call, &statement->period, 0) &&
	       call_param_subject(call, statement->month.partner_id, 1) &&
	       is_ones_own(call, statement->month.partner_id);
}

struct adding {
	day_t period;
	yen brought_yen;
	struct partner_month *month;
};

static void add_month(void *to, const struct record *record)
{
	struct adding *adding = to;
	struct partner_month month;

	MUST(shape_from_cbor(&month, &partner_month_shape, record->value));
	if (month.period < adding->period)
		adding->brought_yen = partner_month_due(&month, adding->brought_yen);
	else
		*adding->month = month;
}

static bool gather_months(struct call *call)
{
	struct partner_statement *statement = &((struct partner_cmd *)call->cmd)->statement;
	struct adding adding = { .period = statement->period, .month = &statement->month };
	const char *id = statement->month.partner_id;
	char until[MONTH_TEXT_SIZE];

	month_encode(until, month_next(statement->period));
	if (!books_walk(call, call_key(call, "pstmt/%s/", id),
			call_key(call, "pstmt/%s/%s", id, until), add_month, &adding))
		return false;
	statement->brought_forward_yen = adding.brought_yen;
	statement->balance_due_yen = partner_month_due(&statement->month, adding.brought_yen);
	return true;
}

static bool gather(struct call *call)
{
	struct partner_cmd *cmd = call->cmd;
	struct partner_statement *statement = &cmd->statement;
	const char *id = statement->month.partner_id;
	struct partner partner;
	int got = call_load(call, &partner, &partner_shape, call_key(call, "partner/%s", id));
	bool number, payer, period, months;

	if (got < 0)
		return refuse_unknown(call);
	if (got > 0)
		mem_copy(cmd->names.subject,
			 cmd->paper.lang == PAPER_JA ? partner.name_ja : partner.name_en,
			 NAME_SIZE);
	number = statement_number(call, statement->registration_number, "partner", id);
	payer = statement_payer(call, &cmd->names);
	period = books_load_period(call, &statement->state, &cmd->view, statement->period);
	months = gather_months(call);
	mem_copy(cmd->names.subject_number, statement->registration_number, INVOICE_NUMBER_SIZE);
	return got > 0 && number && payer && period && months;
}

static bool json_keys(struct call *call)
{
	return gather(call) || call->problem.status == 0;
}

static void json_answer(struct call *call)
{
	call->reply.status = 200;
	partner_statement_doc(&call->reply.body, &((struct partner_cmd *)call->cmd)->statement);
}

const struct flow_op partner_statement_json_op = { "partner_statement_json",
						   sizeof(struct partner_cmd),
						   0,
						   json_parse_path,
						   json_keys,
						   NULL,
						   NULL,
						   json_answer };

/* --- The same for a spreadsheet: a line an amount. --- */

static void put_line(struct writer *to, const struct partner_statement *statement, const char *what,
		     int64_t number)
{
	char month[MONTH_TEXT_SIZE];

	month_encode(month, statement->period);
	csv_put_field(to, slice_text(month), false);
	csv_put_field(to, slice_text(statement->month.partner_id), false);
	csv_put_field(to, slice_text(what), false);
	csv_put_int(to, number, true);
}

static void csv_answer(struct call *call)
{
	const struct partner_statement *statement = &((struct partner_cmd *)call->cmd)->statement;
	const struct partner_month *month = &statement->month;
	struct writer *to = &call->reply.body;
	const struct {
		const char *what;
		int64_t number;
	} lines[] = {
		{ "販売枚数 Tickets sold", month->tickets },
		{ "払戻枚数 Tickets taken back", month->refunds },
		{ "前月からの繰越 Brought forward (yen)", statement->brought_forward_yen },
		{ "販売額 Sold (yen)", month->sold_yen },
		{ "払戻額 Refunded (yen)", month->refunded_yen },
		{ "入金額 Remitted (yen)", month->remitted_yen },
		{ "払戻手数料 Fees kept (yen)", month->fees_kept_yen },
		{ "販売手数料 Commission (yen)", month->commission_yen },
		{ "決済手数料 Payment fees (yen)", month->payment_fee_yen },
		{ "未使用分 Unused tickets (yen)", month->unused_yen },
		{ "その他 Other (yen)", month->other_yen },
		{ "支払済み Paid out (yen)", month->paid_out_yen },
		{ "相殺済み Taken off (yen)", month->taken_off_yen },
		{ "差引残高 Balance due (yen)", statement->balance_due_yen },
	};
	char text[MONTH_TEXT_SIZE];

	month_encode(text, statement->period);
	call->reply.status = 200;
	call->reply.content_type = "text/csv; charset=utf-8";
	(void)snprintf(call->reply.filename, sizeof(call->reply.filename),
		       "partner-statement-%s-%s.csv", text, month->partner_id);
	write_text(to, "\xef\xbb\xbf"); /* So that spreadsheets take it for UTF-8. */
	write_text(to, "期間 Period,販売会社 Partner,項目 Item,数 Amount\r\n");
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		put_line(to, statement, lines[i].what, lines[i].number);
}

const struct flow_op partner_statement_csv_op = { "partner_statement_csv",
						  sizeof(struct partner_cmd),
						  0,
						  json_parse_path,
						  json_keys,
						  NULL,
						  NULL,
						  csv_answer };

/* --- And on paper --- */

static bool pdf_parse(struct call *call)
{
	struct partner_cmd *cmd = call->cmd;

	return paper_parse(call, &cmd->paper) && json_parse_path(call);
}

static void draw(struct call *call)
{
	struct partner_cmd *cmd = call->cmd;

	partner_statement_draw(&cmd->paper, &cmd->statement, &cmd->names, &cmd->view);
}

static bool pdf_keys(struct call *call)
{
	struct partner_cmd *cmd = call->cmd;

	if (!gather(call))
		return call->problem.status == 0;
	paper_begin(call, &cmd->paper);
	call_check_long(call, draw);
	return true;
}

static bool pdf_decide(struct call *call)
{
	return paper_decide(call, &((struct partner_cmd *)call->cmd)->paper);
}

static void pdf_answer(struct call *call)
{
	const struct partner_cmd *cmd = call->cmd;

	paper_answer(call, &cmd->paper, "partner-statement", cmd->statement.period,
		     cmd->statement.month.partner_id);
}

const struct flow_op partner_statement_pdf_op = { "partner_statement_pdf",
						  sizeof(struct partner_cmd),
						  0,
						  pdf_parse,
						  pdf_keys,
						  pdf_decide,
						  NULL,
						  pdf_answer };

/* --- GET /v1/partners/{partner_id}/statements --- */

struct list_cmd {
	char partner_id[ID_SIZE];
	struct listing listing;
};

static bool list_parse(struct call *call)
{
	struct list_cmd *cmd = call->cmd;

	return call_param_subject(call, cmd->partner_id, 0) && is_ones_own(call, cmd->partner_id) &&
	       listing_parse(call, &cmd->listing, call_key(call, "pstmt/%s/", cmd->partner_id),
			     NULL);
}

static bool list_keys(struct call *call)
{
	struct list_cmd *cmd = call->cmd;
	const char *key = call_key(call, "partner/%s", cmd->partner_id);
	const struct record *partner;

	call_want(call, key);
	partner = call_found(call, key);
	listing_page(call, &cmd->listing);
	return partner == NULL || partner->version > 0 || refuse_unknown(call);
}

static void list_answer(struct call *call)
{
	listing_answer(call, &((struct list_cmd *)call->cmd)->listing, &partner_month_shape, NULL);
}

const struct flow_op partner_statement_list_op = { "partner_statement_list",
						   sizeof(struct list_cmd),
						   0,
						   list_parse,
						   list_keys,
						   NULL,
						   NULL,
						   list_answer };
