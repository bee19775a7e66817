/* operators/statement_op.c - what an operator is owed, line by line, for people and for
 * spreadsheets. Without it an operator would have to believe a single number.
 */
#include "operators/books_op.h"

#include <stdio.h>

#include "core/csv.h"
#include "core/date.h"

struct statement_cmd {
	day_t period;
	char operator_id[ID_SIZE];
	uint8_t state;
	struct period_view view;
	struct statement_view sum;
	bool known; /* The sum is there. */
};

/* Another operator's is as unknown as one that nobody registered. */
static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
}

static bool is_ones_own(struct call *call, const char *operator_id)
{
	if (call->caller.role != ROLE_operator || text_equal(call->caller.subject, operator_id))
		return true;
	return refuse_unknown(call);
}

static bool statement_parse(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;

	return books_no_query(call) && books_param_period(call, &cmd->period, 0) &&
	       call_param_subject(call, cmd->operator_id, 1) && is_ones_own(call, cmd->operator_id);
}

static bool walk_lines(struct call *call, void (*each)(void *, const struct record *), void *to)
{
	const struct statement_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, cmd->period);
	return books_walk(call, call_key(call, "line/%s/%s/", month, cmd->operator_id),
			  call_key(call, "line/%s/%s0", month, cmd->operator_id), each, to);
}

static void want_product_of(void *to, const struct record *record)
{
	struct line line;

	MUST(shape_from_cbor(&line, &line_shape, record->value));
	books_want_product(to, line.product_number);
}

static bool statement_keys(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];
	const char *operator_key = call_key(call, "operator/%s", cmd->operator_id);
	const struct record *operator;
	int got;

	month_encode(month, cmd->period);
	got = call_load(call, &cmd->sum, &statement_view_shape,
			call_key(call, "stmt/%s/%s", cmd->operator_id, month));
	call_want(call, operator_key);
	operator = call_found(call, operator_key);
	if (operator != NULL && operator->version == 0)
		return refuse_unknown(call);
	cmd->known = got > 0;
	if (books_load_period(call, &cmd->state, &cmd->view, cmd->period) && got != 0)
		(void)walk_lines(call, want_product_of, call);
	return true;
}

struct statement_out {
	struct call *call;
	bool too_many;
	struct statement statement;
};

static void add_line(void *to, const struct record *record)
{
	struct statement_out *out = to;
	struct statement *statement = &out->statement;
	struct statement_line *shown = &statement->lines[statement->line_count];

	if (statement->line_count == STATEMENT_LINE_COUNT_MAX) {
		out->too_many = true;
		return;
	}
	MUST(shape_from_cbor(&shown->line, &line_shape, record->value));
	books_product_id(out->call, shown->product_id, shown->line.product_number);
	statement->tickets += shown->line.tickets;
	statement->boardings += shown->line.boardings;
	statement->riders += shown->line.riders;
	statement->deemed_fare_yen += shown->line.deemed_fare_yen;
	statement->amount_yen += shown->line.amount_yen;
	statement->line_count++;
}

static bool statement_decide(struct call *call)
{
	const struct statement_cmd *cmd = call->cmd;
	struct statement_out *out = call->out;
	struct statement *statement = &out->statement;

	out->call = call;
	statement->period = cmd->period;
	statement->state = cmd->state;
	mem_copy(statement->operator_id, cmd->operator_id, ID_SIZE);
	if (!walk_lines(call, add_line, out) || out->too_many)
		return books_refuse_too_much(call);
	if (statement->amount_yen == (cmd->known ? cmd->sum.amount_yen : 0))
		return true;
	if (cmd->state != SETTLEMENT_CLOSED)
		return books_refuse_moving(call);
	return call_refuse(call, 500, "BOOKS_OUT_OF_BALANCE",
			   "the lines do not add up to the operator's sum; tell the council");
}

static void json_answer(struct call *call)
{
	call_reply_shape(call, 200, &statement_shape,
			 &((struct statement_out *)call->out)->statement);
}

const struct flow_op statement_json_op = { "statement_json", sizeof(struct statement_cmd),
					   sizeof(struct statement_out), statement_parse,
					   statement_keys, statement_decide, NULL, json_answer };

/* --- The same for a spreadsheet --- */

static const char *const column_names[] = {
	"期間 Period",
	"事業者 Operator",
	"商品 Product",
	"版 Version",
	"配分規則 Rule",
	"規則版 Rule version",
	"利用月 Rides in",
	"枚数 Tickets",
	"乗車 Boardings",
	"人数 Riders",
	"みなし運賃 Deemed fare (yen)",
	"金額 Amount (yen)",
};

static void put_text(struct writer *to, const char *text)
{
	csv_put_field(to, slice_text(text), false);
}

static void put_sums(struct writer *to, uint64_t tickets, uint64_t boardings, uint64_t riders,
		     uint64_t deemed_fare_yen, yen amount_yen)
{
	csv_put_int(to, (int64_t)tickets, false);
	csv_put_int(to, (int64_t)boardings, false);
	csv_put_int(to, (int64_t)riders, false);
	csv_put_int(to, (int64_t)deemed_fare_yen, false);
	csv_put_int(to, amount_yen, true);
}

static void put_row(struct writer *to, const struct statement_line *shown)
{
	const struct line *line = &shown->line;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, line->period);
	put_text(to, month);
	put_text(to, line->operator_id);
	put_text(to, shown->product_id);
	csv_put_int(to, line->product_version, false);
	put_text(to, line->rule_id);
	csv_put_int(to, line->rule_version, false);
	month_encode(month, line->rides);
	put_text(to, month);
	put_sums(to, line->tickets, line->boardings, line->riders, line->deemed_fare_yen,
		 line->amount_yen);
}

static void csv_answer(struct call *call)
{
	const struct statement *statement = &((struct statement_out *)call->out)->statement;
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
	for (size_t i = 3; i < 7; i++)
		put_text(to, "");
	put_sums(to, statement->tickets, statement->boardings, statement->riders,
		 statement->deemed_fare_yen, statement->amount_yen);
}

const struct flow_op statement_csv_op = { "statement_csv", sizeof(struct statement_cmd),
					  sizeof(struct statement_out), statement_parse,
					  statement_keys, statement_decide, NULL, csv_answer };

/* --- GET /v1/operators/{operator_id}/statements --- */

struct list_cmd {
	char operator_id[ID_SIZE];
	struct listing listing;
};

static bool list_parse(struct call *call)
{
	struct list_cmd *cmd = call->cmd;

	return call_param_subject(call, cmd->operator_id, 0) &&
	       is_ones_own(call, cmd->operator_id) &&
	       listing_parse(call, &cmd->listing, call_key(call, "stmt/%s/", cmd->operator_id),
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
	return operator == NULL || operator->version > 0 || refuse_unknown(call);
}

static void list_answer(struct call *call)
{
	listing_answer(call, &((struct list_cmd *)call->cmd)->listing, &statement_view_shape, NULL);
}

const struct flow_op statement_list_op = { "statement_list", sizeof(struct list_cmd), 0, list_parse,
					   list_keys, books_nothing_to_decide, NULL, list_answer };
