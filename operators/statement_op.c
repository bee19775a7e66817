/* operators/statement_op.c - what an operator is owed, line by line, for programs, spreadsheets and
 * files of paper. Without it an operator would have to believe a single number.
 */
#include "operators/statement.h"

#include <stdio.h>

#include "core/csv.h"
#include "core/date.h"

static bool json_keys(struct call *call)
{
	return statement_gather(call) || call->problem.status == 0;
}

static void json_answer(struct call *call)
{
	call->reply.status = 200;
	statement_doc(&call->reply.body, &((struct statement_cmd *)call->cmd)->statement);
}

const struct flow_op statement_json_op = { "statement_json",
					   sizeof(struct statement_cmd),
					   0,
					   statement_parse,
					   json_keys,
					   statement_decide,
					   NULL,
					   json_answer };

/* --- The same for a spreadsheet --- */

static const char *const column_names[] = {
	"期間 Period",
	"事業者 Operator",
	"商品 Product",
	"版 Version",
	"配分規則 Rule",
	"規則版 Rule version",
	"利用月 Rides in",
	"税区分 Tax class",
	"枚数 Tickets",
	"乗車 Boardings",
	"人数 Riders",
	"みなし運賃 Deemed fare (yen)",
	"総額 Gross (yen)",
	"販売手数料 Commission (yen)",
	"協議会手数料 Fee (yen)",
	"金額 Amount (yen)",
};
enum { TEXT_COLUMNS = 8 };

static void put_text(struct writer *to, const char *text)
{
	csv_put_field(to, slice_text(text), false);
}

static void put_numbers(struct writer *to, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_put_int(to, numbers[i], i + 1 == count);
}

static void put_row(struct writer *to, const struct statement_line *shown)
{
	const struct line *line = &shown->line;
	const int64_t numbers[] = { line->tickets,         line->boardings, line->riders,
				    line->deemed_fare_yen, line->gross_yen, line->commission_yen,
				    line->fee_yen,         line->amount_yen };
	char month[MONTH_TEXT_SIZE];

	month_encode(month, line->period);
	put_text(to, month);
	put_text(to, line->operator_id);
	put_text(to, line->kind == LINE_rides ? shown->product_id : line_kind_names[line->kind]);
	csv_put_int(to, line->product_version, false);
	put_text(to, line->rule_id);
	csv_put_int(to, line->rule_version, false);
	month_encode(month, line->rides);
	put_text(to, month);
	put_text(to, tax_class_names[line->tax_class]);
	put_numbers(to, numbers, COUNT_OF(numbers));
}

static void csv_answer(struct call *call)
{
	const struct statement *statement = &((struct statement_cmd *)call->cmd)->statement;
	const int64_t numbers[] = { statement->tickets,   statement->boardings,
				    statement->riders,    statement->deemed_fare_yen,
				    statement->gross_yen, statement->commission_yen,
				    statement->fee_yen,   statement->amount_yen };
	struct writer *to = &call->reply.body;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, statement->period);
	call->reply.status = 200;
	call->reply.content_type = "text/csv; charset=utf-8";
	(void)snprintf(call->reply.filename, sizeof(call->reply.filename), "statement-%s-%s.csv",
		       month, statement->operator_id);
	write_text(to, "\xef\xbb\xbf"); /* So that spreadsheets take it for UTF-8. */
	for (size_t i = 0; i < COUNT_OF(column_names); i++)
		csv_put_field(to, slice_text(column_names[i]), i + 1 == COUNT_OF(column_names));
	for (size_t i = 0; i < statement->line_count; i++)
		put_row(to, &statement->lines[i]);
	put_text(to, month);
	put_text(to, statement->operator_id);
	put_text(to, "合計 Total");
	for (size_t i = 3; i < TEXT_COLUMNS; i++)
		put_text(to, "");
	put_numbers(to, numbers, COUNT_OF(numbers));
}

const struct flow_op statement_csv_op = { "statement_csv",
					  sizeof(struct statement_cmd),
					  0,
					  statement_parse,
					  json_keys,
					  statement_decide,
					  NULL,
					  csv_answer };

/* --- And on paper --- */

static bool pdf_parse(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;

	return paper_parse(call, &cmd->paper) && statement_parse(call);
}

static void draw(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;

	statement_draw(&cmd->paper, &cmd->statement, &cmd->names, &cmd->view);
}

static bool pdf_keys(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;

	if (!statement_gather(call))
		return call->problem.status == 0;
	paper_begin(call, &cmd->paper);
	call_check_long(call, draw);
	return true;
}

static bool pdf_decide(struct call *call)
{
	const struct statement_cmd *cmd = call->cmd;

	return statement_decide(call) && paper_decide(call, &cmd->paper);
}

static void pdf_answer(struct call *call)
{
	const struct statement_cmd *cmd = call->cmd;

	paper_answer(call, &cmd->paper, "statement", cmd->period, cmd->operator_id);
}

const struct flow_op statement_pdf_op = {
	"statement_pdf", sizeof(struct statement_cmd), 0, pdf_parse, pdf_keys, pdf_decide, NULL,
	pdf_answer
};

/* --- GET /v1/operators/{operator_id}/statements --- */

struct list_cmd {
	char operator_id[ID_SIZE];
	struct listing listing;
};

static bool list_parse(struct call *call)
{
	struct list_cmd *cmd = call->cmd;

	if (!call_param_subject(call, cmd->operator_id, 0))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->operator_id))
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	return listing_parse(call, &cmd->listing, call_key(call, "stmt/%s/", cmd->operator_id),
			     NULL);
}

static bool list_keys(struct call *call)
{
	struct list_cmd *cmd = call->cmd;
	const char *key = call_key(call, "operator/%s", cmd->operator_id);
	const struct record *operator;

	call_want(call, key);
	operator = call_found(call, key);
	listing_page(call, &cmd->listing);
	return operator == NULL || operator->version > 0 ||
	       call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
}

static void list_answer(struct call *call)
{
	listing_answer(call, &((struct list_cmd *)call->cmd)->listing, &statement_view_shape, NULL);
}

const struct flow_op statement_list_op = {
	"statement_list", sizeof(struct list_cmd), 0,    list_parse,
	list_keys,        NULL, NULL, list_answer
};
