/* operators/statement_load.c - everything of a statement is read, and what must agree is compared.
 * Without it a statement could be half of one month and half of what came meanwhile.
 */
#include "operators/statement.h"

#include "core/date.h"
#include "fares/fares_op.h"

/* Another operator's is as unknown as one that nobody registered. */
static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
}

bool statement_parse(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;

	if (!(cmd->paper.wanted || books_no_query(call)) ||
	    !books_param_period(call, &cmd->period, 0) ||
	    !call_param_subject(call, cmd->operator_id, 1))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->operator_id))
		return refuse_unknown(call);
	return true;
}

/* ---- Who issues what. ---- */

bool statement_number(struct call *call, char out[INVOICE_NUMBER_SIZE], const char *kind,
		      const char *id)
{
	struct payee *payee = arena_alloc(call->arena, sizeof(*payee));
	struct payee_of of;
	int got = call_load(call, &of, &payee_of_shape, call_key(call, "payfor/%s/%s", kind, id));

	if (got > 0)
		got = call_load(call, payee, &payee_shape, call_key(call, "payee/%s", of.payee_id));
	mem_zero(out, INVOICE_NUMBER_SIZE);
	if (got > 0)
		mem_copy(out, payee->invoice_number, INVOICE_NUMBER_SIZE);
	return got != 0;
}

bool statement_payer(struct call *call, struct statement_names *names)
{
	struct payer payer;
	int got = call_load(call, &payer, &payer_shape, "paystate/payer");

	if (got > 0) {
		mem_copy(names->council, payer.name, NAME_SIZE);
		mem_copy(names->council_number, payer.invoice_number, INVOICE_NUMBER_SIZE);
	}
	return got != 0;
}

static const char *partner_name(struct call *call, const char *partner_id, bool *all)
{
	const struct statement_cmd *cmd = call->cmd;
	struct partner *partner = arena_alloc(call->arena, sizeof(*partner));
	int got = call_load(call, partner, &partner_shape,
			    call_key(call, "partner/%s", partner_id));

	*all = *all && got != 0;
	if (got <= 0)
		return NULL;
	return cmd->paper.lang == PAPER_JA ? partner->name_ja : partner->name_en;
}

struct adding { /* For one walk. */
	struct call *call;
	bool all; /* So far, all that it asked for was there. */
	struct product *product; /* Scratch. */
};

static void add_commission(void *to, const struct record *record)
{
	struct adding *adding = to;
	struct statement_cmd *cmd = adding->call->cmd;
	struct statement *statement = &cmd->statement;
	struct commission_view view;
	char number[INVOICE_NUMBER_SIZE];
	const char *name = NULL;

	MUST(shape_from_cbor(&view, &commission_view_shape, record->value));
	cmd->commission_yen += view.commission_yen;
	if (view.commission_yen == 0)
		return;
	if (statement->invoice_count + 1 >= STATEMENT_INVOICE_COUNT_MAX) {
		cmd->too_many = true;
		return;
	}
	if (cmd->paper.wanted)
		name = partner_name(adding->call, view.partner_id, &adding->all);
	if (!statement_number(adding->call, number, "partner", view.partner_id))
		adding->all = false;
	cmd->names.partners[statement->invoice_count] = name;
	statement_invoice_add(statement, SUPPLY_COMMISSION, view.partner_id, number,
			      view.commission_yen);
}

/* ---- Its lines. ---- */

static const char *product_key(const struct adding *adding, const struct line *line)
{
	return call_key(adding->call, "prodver/%04x/%04x", line->product_number,
			line->product_version);
}

static void want_product(void *to, const struct record *record)
{
	const struct adding *adding = to;
	struct line line;

	MUST(shape_from_cbor(&line, &line_shape, record->value));
	if (line.kind == LINE_rides)
		call_want(adding->call, product_key(adding, &line));
}

/* Lines of one product version stand together. */
static void add_product(struct adding *adding, size_t at)
{
	struct statement_cmd *cmd = adding->call->cmd;
	struct statement_line *shown = &cmd->statement.lines[at];
	const struct line *line = &shown->line, *before = at == 0 ? NULL : &shown[-1].line;
	const char **names = cmd->names.products;
	bool japanese = cmd->paper.lang == PAPER_JA;

	if (before != NULL && before->kind == LINE_rides &&
	    before->product_number == line->product_number &&
	    before->product_version == line->product_version) {
		mem_copy(shown->product_id, shown[-1].product_id, ID_SIZE);
		names[at] = names[at - 1];
		return;
	}
	if (call_load(adding->call, adding->product, &product_shape,
		      product_key(adding, line)) <= 0) {
		adding->all = false;
		return;
	}
	mem_copy(shown->product_id, adding->product->product_id, ID_SIZE);
	if (cmd->paper.wanted)
		names[at] = call_key(adding->call, "%s",
				     japanese ? adding->product->name_ja
					      : adding->product->name_en);
}

static void add_line(void *to, const struct record *record)
{
	struct adding *adding = to;
	struct statement_cmd *cmd = adding->call->cmd;
	struct statement *statement = &cmd->statement;
	struct statement_line *shown = &statement->lines[statement->line_count];
	size_t skip = text_size("line/2026-11/");

	if (statement->line_count == STATEMENT_LINE_COUNT_MAX) {
		cmd->too_many = true;
		return;
	}
	MUST(shape_from_cbor(&shown->line, &line_shape, record->value));
	MUST(line_id_of(shown->line_id,
			slice_of(record->key.data + skip, record->key.size - skip)));
	if (shown->line.kind == LINE_rides)
		add_product(adding, statement->line_count);
	statement->line_count++;
}

/* ---- All of it. ---- */

static bool gather_operator(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;
	struct statement_names *names = &cmd->names;
	struct operator *operator = arena_alloc(call->arena, sizeof(*operator));
	int got = call_load(call, operator, &operator_shape,
			    call_key(call, "operator/%s", cmd->operator_id));
	const char *name = cmd->paper.lang == PAPER_JA ? operator->name_ja : operator->name_en;

	if (got < 0)
		return refuse_unknown(call);
	mem_copy(names->subject, name, NAME_SIZE);
	return got > 0;
}

static bool gather_paper(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;
	struct payout *payout;
	int got;

	if (!cmd->paper.wanted)
		return true;
	payout = arena_alloc(call->arena, sizeof(*payout));
	got = call_load(call, payout, &payout_shape, books_period_key(call, "payout", cmd->period));
	cmd->names.pay_on = got > 0 ? payout->pay_on : 0;
	return statement_number(call, cmd->names.subject_number, "operator", cmd->operator_id) &&
	       got != 0;
}

/* Whose pages are there; once all of them are, so are the records that they name. */
static bool gather_records(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;
	struct adding adding = { .call = call, .all = true };
	char month[MONTH_TEXT_SIZE];
	const char *lines, *from, *until;
	bool pages;

	month_encode(month, cmd->period);
	lines = call_key(call, "line/%s/%s", month, cmd->operator_id);
	from = call_key(call, "%s/", lines);
	until = call_key(call, "%s0", lines);
	pages = books_walk(call, from, until, want_product, &adding);
	lines = call_key(call, "icom/%s/%s", month, cmd->operator_id);
	pages = books_walk(call, call_key(call, "%s/", lines), call_key(call, "%s0", lines),
			   add_commission, &adding) &&
		pages;
	if (!pages || !adding.all)
		return false;
	adding.product = arena_alloc(call->arena, sizeof(*adding.product));
	MUST(books_walk(call, from, until, add_line, &adding));
	return adding.all;
}

bool statement_gather(struct call *call)
{
	struct statement_cmd *cmd = call->cmd;
	struct statement *statement = &cmd->statement;
	bool who, period, payer, paper;
	char month[MONTH_TEXT_SIZE];
	int got;

	month_encode(month, cmd->period);
	statement->line_count = statement->invoice_count = 0;
	cmd->commission_yen = 0;
	cmd->too_many = false;
	got = call_load(call, &cmd->sum, &statement_view_shape,
			call_key(call, "stmt/%s/%s", cmd->operator_id, month));
	cmd->known = got > 0;
	who = gather_operator(call);
	if (call->problem.status != 0)
		return false;
	period = books_load_period(call, &statement->state, &cmd->view, cmd->period);
	payer = statement_payer(call, &cmd->names);
	paper = gather_paper(call);
	if (!gather_records(call) || got == 0 || !who || !period || !payer || !paper)
		return false;
	statement->period = cmd->period;
	mem_copy(statement->operator_id, cmd->operator_id, ID_SIZE);
	statement_sum(statement);
	if (statement->fee_yen != 0)
		statement_invoice_add(statement, SUPPLY_FEE, "", cmd->names.council_number,
				      statement->fee_yen);
	return true;
}

bool statement_decide(struct call *call)
{
	const struct statement_cmd *cmd = call->cmd;
	const struct statement *statement = &cmd->statement;

	if (cmd->too_many)
		return books_refuse_too_much(call);
	if (statement->amount_yen == (cmd->known ? cmd->sum.amount_yen : 0) &&
	    statement->commission_yen == cmd->commission_yen)
		return true;
	if (statement->state != SETTLEMENT_CLOSED)
		return books_refuse_moving(call);
	return call_refuse(call, 500, "BOOKS_OUT_OF_BALANCE",
			   "the lines do not add up to the operator's sum; tell the council");
}
