/* operators/payout_read_op.c - a payout as people read it, and as banks do. Without it an order
 * could be made and never given.
 */
#include "operators/payout_op.h"

#include <stdio.h>

#include "core/date.h"
#include "operators/pain001.h"
#include "operators/zengin.h"

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

/* ---- Bodies and answers. ---- */

static const struct shape_field order_fields[] = {
	F_MONTH(struct payout_order, period, 0, REQ, "the month, closed"),
	F_DATE(struct payout_order, pay_on, 0, 0,
	       "when; on a day without banks the next one; left out: the end of the month after"),
	F_END,
};
const struct shape payout_order_shape = { "PayoutOrder", sizeof(struct payout_order),
					  order_fields };

static const struct shape_field shown_transfer_fields[] = {
	F_INT(struct transfer_shown, number, 0, REQ, 1, UINT16_MAX, "in this payout, from 1"),
	F_SUBJECT(struct transfer_shown, payee_id, 0, REQ, "to whom"),
	F_INT(struct transfer_shown, amount_yen, 0, REQ, -JSON_INT_MAX, JSON_INT_MAX,
	      "how much; below zero: an invoice of so much"),
	F_ENUM(struct transfer_shown, state, 0, REQ, transfer_state_names, "where it stands"),
	F_TIME(struct transfer_shown, at, 0, REQ, "since when"),
	F_TEXT(struct transfer_shown, why, 0, 0, 0, "what the bank said"),
	F_END,
};
static const struct shape shown_transfer_shape = { "Transfer", sizeof(struct transfer_shown),
						   shown_transfer_fields };

static const struct shape_field shown_fields[] = {
	F_TEXT(struct payout_shown, payout_id, 0, REQ, 1, "its name, the month"),
	F_MONTH(struct payout_shown, period, 0, REQ, "the latest month that it pays"),
	F_DATE(struct payout_shown, pay_on, 0, REQ, "the bank day on which it is paid"),
	F_TIME(struct payout_shown, made_at, 0, REQ, "when it was made"),
	F_TIME(struct payout_shown, sent_at, 0, 0, "since when the bank has it"),
	F_INT(struct payout_shown, total_yen, 0, REQ, 0, JSON_INT_MAX, "of all transfers"),
	F_LIST(struct payout_shown, transfers, 0, REQ, &shown_transfer_shape, transfer_count,
	       "each payee once"),
	F_END,
};
const struct shape payout_shown_shape = { "Payout", sizeof(struct payout_shown), shown_fields };

static const char *const result_names[] = { "PAID", "RETURNED", NULL };

static const struct shape_field told_fields[] = {
	F_SUBJECT(struct result_told, payee_id, 0, REQ, "whose transfer"),
	F_ENUM(struct result_told, result, 0, REQ, result_names, "what became of it"),
	F_TEXT(struct result_told, why, 0, 0, 0, "the bank's reason; no personal datum"),
	F_END,
};
static const struct shape told_shape = { "TransferResultTold", sizeof(struct result_told),
					 told_fields };

static const struct shape_field results_fields[] = {
	F_LIST(struct results_told, transfers, 0, REQ, &told_shape, transfer_count,
	       "some of the payout's transfers"),
	F_END,
};
const struct shape results_told_shape = { "TransferResults", sizeof(struct results_told),
					  results_fields };

/* ---- What several of them need. ---- */

bool payout_param(struct call *call, day_t *period, size_t n)
{
	return books_param_period(call, period, n);
}

const char *payout_key(struct call *call, day_t period)
{
	return books_period_key(call, "payout", period);
}

const char *transfer_key(struct call *call, day_t period, uint16_t number)
{
	return call_key(call, "%s/%04u", payout_key(call, period), (unsigned)number);
}

const char *result_key(struct call *call, day_t period, uint16_t number)
{
	return call_key(call, "%s/%04u", books_period_key(call, "paystate", period),
			(unsigned)number);
}

bool payout_load(struct call *call, struct payout *out, day_t period)
{
	int got = call_load(call, out, &payout_shape, payout_key(call, period));

	if (got >= 0)
		return got > 0;
	return call_refuse(call, 404, "PAYOUT_UNKNOWN", "this month was not paid out by itself");
}

bool transfers_walk(struct call *call, day_t period, void (*each)(void *to, const struct record *),
		    void *to)
{
	const char *key = payout_key(call, period);

	return books_walk(call, call_key(call, "%s/", key), call_key(call, "%s0", key), each, to);
}

bool results_walk(struct call *call, day_t period, void (*each)(void *to, const struct record *),
		  void *to)
{
	const char *key = books_period_key(call, "paystate", period);

	return books_walk(call, call_key(call, "%s/", key), call_key(call, "%s0", key), each, to);
}

/* ---- GET /v1/payouts/{period} ---- */

struct read_cmd {
	day_t period;
	struct payout payout;
	bool known;
};

static bool read_parse(struct call *call)
{
	return books_no_query(call) &&
	       payout_param(call, &((struct read_cmd *)call->cmd)->period, 0);
}

static bool get_keys(struct call *call)
{
	struct read_cmd *cmd = call->cmd;

	if (!payout_load(call, &cmd->payout, cmd->period))
		return call->problem.status == 0;
	cmd->known = payout_show(call, call->out, &cmd->payout);
	return true;
}

static bool get_decide(struct call *call)
{
	return ((struct read_cmd *)call->cmd)->known || books_refuse_too_much(call);
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &payout_shown_shape, call->out);
}

const struct flow_op payout_get_op = { "payout_get",
				       sizeof(struct read_cmd),
				       sizeof(struct payout_shown),
				       read_parse,
				       get_keys,
				       get_decide,
				       NULL,
				       get_answer };

/* ---- Files for the bank. ---- */

struct file_out {
	struct bank_transfer transfers[TRANSFER_COUNT_MAX];
	size_t count;
};

static void add_transfer(void *to, const struct record *record)
{
	struct file_out *out = to;
	struct transfer transfer;

	MUST(shape_from_cbor(&transfer, &transfer_shape, record->value));
	if (transfer.amount_yen < 0)
		return;
	MUST(out->count < TRANSFER_COUNT_MAX);
	out->transfers[out->count++] =
	    (struct bank_transfer){ transfer.to, transfer.number, transfer.amount_yen };
}

static bool file_keys(struct call *call)
{
	struct read_cmd *cmd = call->cmd;

	if (!payout_load(call, &cmd->payout, cmd->period))
		return call->problem.status == 0;
	cmd->known = transfers_walk(call, cmd->period, NULL, NULL);
	return true;
}

static bool file_decide(struct call *call)
{
	const struct read_cmd *cmd = call->cmd;
	struct file_out *out = call->out;

	if (!cmd->known)
		return books_refuse_too_much(call);
	if (cmd->payout.transfer_count == 0)
		return call_refuse(call, 409, "NOTHING_TO_PAY", "this payout has no transfer");
	out->count = 0;
	MUST(transfers_walk(call, cmd->period, add_transfer, out));
	MUST(out->count == cmd->payout.transfer_count);
	return true;
}

static struct bank_order order_of(struct call *call)
{
	const struct payout *payout = &((struct read_cmd *)call->cmd)->payout;
	const struct file_out *out = call->out;
	struct bank_order order = { .from = payout->from,
				    .period = payout->period,
				    .pay_on = payout->pay_on,
				    .made_at = payout->made_at,
				    .transfers = out->transfers,
				    .count = out->count };

	mem_copy(order.consignor, payout->consignor, sizeof(order.consignor));
	MUST(bank_order_sum(&order) == payout->total_yen);
	return order;
}

static void name_file(struct call *call, const char *type, const char *ending)
{
	char month[MONTH_TEXT_SIZE];

	month_encode(month, ((struct read_cmd *)call->cmd)->period);
	call->reply.status = 200;
	call->reply.content_type = type;
	(void)snprintf(call->reply.filename, sizeof(call->reply.filename), "transfers-%s.%s", month,
		       ending);
}

static void zengin_answer(struct call *call)
{
	struct bank_order order = order_of(call);

	name_file(call, "text/plain; charset=Shift_JIS", "zengin");
	zengin_write(&call->reply.body, &order);
}

static void pain001_answer(struct call *call)
{
	struct bank_order order = order_of(call);

	name_file(call, "application/xml", "pain001.xml");
	pain001_write(&call->reply.body, &order);
}

const struct flow_op payout_zengin_op = { "payout_zengin",
					  sizeof(struct read_cmd),
					  sizeof(struct file_out),
					  read_parse,
					  file_keys,
					  file_decide,
					  NULL,
					  zengin_answer };
const struct flow_op payout_pain001_op = { "payout_pain001",
					   sizeof(struct read_cmd),
					   sizeof(struct file_out),
					   read_parse,
					   file_keys,
					   file_decide,
					   NULL,
					   pain001_answer };

/* ---- GET /v1/carried ---- */

static bool carried_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "paycarry/", NULL);
}

static void carried_answer(struct call *call)
{
	listing_answer(call, call->cmd, &payable_shape, NULL);
}

const struct flow_op payout_carried_op = {
	"payout_carried", sizeof(struct listing),  0,    carried_parse,
	listing_keys,     NULL, NULL, carried_answer
};
