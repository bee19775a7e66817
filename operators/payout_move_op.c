/* operators/payout_move_op.c - the bank has the order, and what it said. Without it a transfer that
 * came back would count as paid.
 */
#include "operators/payout_op.h"

#include "core/date.h"
#include "operators/operators_op.h"

/* ---- POST /v1/payouts/{period}/sent ---- */

struct moving_transfer {
	struct transfer transfer;
	enum transfer_state from, to;
	const char *why;
};

struct move_cmd {
	day_t period;
	struct results_told told;
	struct payout payout;
	struct payout_sent sent;
	bool loaded, known;
};

static bool sent_parse(struct call *call)
{
	struct move_cmd *cmd = call->cmd;
	char nothing = '\0';

	return books_no_query(call) && payout_param(call, &cmd->period, 0) &&
	       call_body(call, &nothing, &nothing_shape);
}

static const char *sent_key(struct call *call, day_t period)
{
	return books_period_key(call, "paystate", period);
}

static bool load_sent(struct call *call)
{
	struct move_cmd *cmd = call->cmd;
	int got;

	cmd->loaded = payout_load(call, &cmd->payout, cmd->period);
	got = call_load(call, &cmd->sent, &payout_sent_shape, sent_key(call, cmd->period));
	if (got < 0)
		cmd->sent.sent_at = 0;
	return cmd->loaded && got != 0;
}

static bool sent_keys(struct call *call)
{
	struct move_cmd *cmd = call->cmd;

	if (!load_sent(call))
		return call->problem.status == 0;
	cmd->known = transfers_walk(call, cmd->period, NULL, NULL);
	return true;
}

static bool sent_decide(struct call *call)
{
	struct move_cmd *cmd = call->cmd;

	if (cmd->payout.transfer_count == 0)
		return call_refuse(call, 409, "NOTHING_TO_PAY", "this payout has no transfer");
	if (cmd->sent.sent_at != 0)
		return call_refuse(call, 409, "PAYOUT_SENT", "the bank has this order already");
	if (!cmd->known)
		return books_refuse_too_much(call);
	cmd->sent.sent_at = call->now;
	return true;
}

static void sent_writes(struct call *call)
{
	struct move_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_payout_sent,
			     .at = call->now,
			     .id = call->id,
			     .day = cmd->period,
			     .count = cmd->payout.transfer_count,
			     .yen_amount = cmd->payout.total_yen,
			     .pay_on = cmd->payout.pay_on };

	cmd->sent.filed = fact_file(call, &fact, 0);
	call_put_shape(call, sent_key(call, cmd->period), &payout_sent_shape, &cmd->sent);
}

static void fill(struct payout_shown *shown, const struct payout *payout, time_ms sent_at)
{
	month_encode(shown->payout_id, payout->period);
	shown->period = payout->period;
	shown->pay_on = payout->pay_on;
	shown->made_at = payout->made_at;
	shown->sent_at = sent_at;
	shown->total_yen = payout->total_yen;
}

struct showing {
	struct payout_shown *shown;
	time_ms made_at, sent_at;
};

static void show_transfer(void *to, const struct record *record)
{
	const struct showing *showing = to;
	struct payout_shown *shown = showing->shown;
	struct transfer_shown *one = &shown->transfers[shown->transfer_count++];
	struct transfer transfer;

	MUST(shown->transfer_count <= COUNT_OF(shown->transfers));
	MUST(shape_from_cbor(&transfer, &transfer_shape, record->value));
	*one =
	    (struct transfer_shown){ .number = transfer.number, .amount_yen = transfer.amount_yen };
	mem_copy(one->payee_id, transfer.payee_id, ID_SIZE);
	one->state = (uint8_t)transfer_state_of(&transfer, showing->sent_at, NULL);
	one->at = one->state == TRANSFER_SENT ? showing->sent_at : showing->made_at;
}

static void show_result(void *to, const struct record *record)
{
	const struct showing *showing = to;
	const uint8_t *digits = record->key.data + record->key.size - 4;
	struct transfer_result result;
	uint32_t number = 0;

	for (size_t i = 0; i < 4; i++)
		number = number * 10 + (uint32_t)(digits[i] - '0');
	MUST(number > 0 && number <= showing->shown->transfer_count);
	MUST(shape_from_cbor(&result, &transfer_result_shape, record->value));
	showing->shown->transfers[number - 1].state = result.state;
	showing->shown->transfers[number - 1].at = result.at;
	mem_copy(showing->shown->transfers[number - 1].why, result.why, RESULT_WHY_SIZE);
}

static bool show(struct call *call, struct payout_shown *shown, const struct payout *payout,
		 time_ms sent_at)
{
	struct showing showing = { shown, payout->made_at, sent_at };

	shown->transfer_count = 0;
	fill(shown, payout, sent_at);
	return transfers_walk(call, payout->period, show_transfer, &showing) &&
	       results_walk(call, payout->period, show_result, &showing);
}

bool payout_show(struct call *call, struct payout_shown *shown, const struct payout *payout)
{
	struct payout_sent sent = { 0 };
	bool transfers = transfers_walk(call, payout->period, NULL, NULL);
	bool results = results_walk(call, payout->period, NULL, NULL);
	int got = call_load(call, &sent, &payout_sent_shape, sent_key(call, payout->period));

	if (!transfers || !results || got == 0)
		return false;
	return show(call, shown, payout, got > 0 ? sent.sent_at : 0);
}

static void sent_answer(struct call *call)
{
	const struct move_cmd *cmd = call->cmd;
	struct payout_shown *shown = call->out;
	struct showing showing = { shown, cmd->payout.made_at, cmd->sent.sent_at };

	shown->transfer_count = 0;
	fill(shown, &cmd->payout, cmd->sent.sent_at);
	MUST(transfers_walk(call, cmd->period, show_transfer, &showing));
	call_reply_shape(call, 200, &payout_shown_shape, shown);
}

const struct flow_op payout_sent_op = { "payout_sent",
					sizeof(struct move_cmd),
					sizeof(struct payout_shown),
					sent_parse,
					sent_keys,
					sent_decide,
					sent_writes,
					sent_answer };

/* ---- POST /v1/payouts/{period}/results ---- */

struct results_out {
	struct payout_shown shown;
	struct moving_transfer moving[RESULT_COUNT_MAX]; /* Those that move. */
	uint16_t moving_count;
};

static bool results_parse(struct call *call)
{
	struct move_cmd *cmd = call->cmd;
	const struct results_told *told = &cmd->told;

	if (!books_no_query(call) || !payout_param(call, &cmd->period, 0) ||
	    !call_body(call, &cmd->told, &results_told_shape))
		return false;
	for (size_t i = 0; i < told->transfer_count; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal(told->transfers[i].payee_id, told->transfers[k].payee_id))
				return call_refuse_at(call, 422, "REPEATED",
						      call_key(call, "/transfers/%zu/payee_id", i),
						      "is said twice");
	return true;
}

struct finding {
	const char *payee_id;
	struct transfer transfer;
	bool found;
};

static void find_transfer(void *to, const struct record *record)
{
	struct finding *finding = to;
	struct transfer transfer;

	MUST(shape_from_cbor(&transfer, &transfer_shape, record->value));
	if (transfer.amount_yen < 0 || !text_equal(transfer.payee_id, finding->payee_id))
		return;
	finding->transfer = transfer;
	finding->found = true;
}

/* The transfer that a result is of. False: refused. */
static bool find(struct call *call, struct transfer *out, size_t n)
{
	const struct move_cmd *cmd = call->cmd;
	struct finding finding = { .payee_id = cmd->told.transfers[n].payee_id };

	MUST(transfers_walk(call, cmd->period, find_transfer, &finding));
	*out = finding.transfer;
	return finding.found || call_refuse_at(call, 422, "TRANSFER_UNKNOWN",
					       call_key(call, "/transfers/%zu/payee_id", n),
					       "this payout has no transfer to that payee");
}

static bool results_keys(struct call *call)
{
	struct move_cmd *cmd = call->cmd;
	struct transfer transfer;

	cmd->known = false;
	if (!load_sent(call))
		return call->problem.status == 0;
	if (!transfers_walk(call, cmd->period, NULL, NULL) ||
	    !results_walk(call, cmd->period, NULL, NULL))
		return true;
	for (size_t n = 0; n < cmd->told.transfer_count; n++) {
		if (!find(call, &transfer, n))
			return false;
		call_want(call, result_key(call, cmd->period, transfer.number));
		for (size_t i = 0;
		     cmd->told.transfers[n].result == TOLD_RETURNED && i < transfer.part_count; i++)
			call_want(call, call_key(call, "paycarry/%s", transfer.parts[i].account));
	}
	cmd->known = true;
	return true;
}

static bool move(struct call *call, size_t n)
{
	const struct move_cmd *cmd = call->cmd;
	struct results_out *out = call->out;
	const struct result_told *told = &cmd->told.transfers[n];
	struct moving_transfer *moving = &out->moving[out->moving_count];
	struct transfer_result result;
	int got;

	if (!find(call, &moving->transfer, n))
		return false;
	got = call_load(call, &result, &transfer_result_shape,
			result_key(call, cmd->period, moving->transfer.number));
	MUST(got != 0);
	moving->from =
	    transfer_state_of(&moving->transfer, cmd->sent.sent_at, got > 0 ? &result : NULL);
	moving->to = told->result == TOLD_PAID ? TRANSFER_PAID : TRANSFER_RETURNED;
	moving->why = told->why;
	if (moving->from == moving->to)
		return true; /* Said again. */
	if (!transfer_may_move(moving->from, moving->to))
		return call_refuse_at(call, 409, "RESULT_EXISTS",
				      call_key(call, "/transfers/%zu/result", n),
				      "the transfer is %s", transfer_state_names[moving->from]);
	out->moving_count++;
	return true;
}

static bool results_decide(struct call *call)
{
	const struct move_cmd *cmd = call->cmd;
	struct results_out *out = call->out;

	out->moving_count = 0;
	if (!cmd->known)
		return books_refuse_too_much(call);
	if (cmd->sent.sent_at == 0)
		return call_refuse(call, 409, "PAYOUT_NOT_SENT",
				   "say first that the bank has the order, at .../sent");
	for (size_t n = 0; n < cmd->told.transfer_count; n++)
		if (!move(call, n))
			return false;
	return show(call, &out->shown, &cmd->payout, cmd->sent.sent_at) ||
	       books_refuse_too_much(call);
}

/* It is owed again, to the same accounts. No two transfers of a payout have one in common. */
static void carry_back(struct call *call, const struct transfer *transfer)
{
	for (size_t i = 0; i < transfer->part_count; i++) {
		const struct ledger_part *part = &transfer->parts[i];
		const char *key = call_key(call, "paycarry/%s", part->account);
		struct payable payable = { .since = transfer->oldest };

		if (call_load(call, &payable, &payable_shape, key) < 0)
			payable = (struct payable){ .since = transfer->oldest };
		mem_copy(payable.account, part->account, ACCOUNT_SIZE);
		payable.amount_yen += part->amount_yen;
		if (transfer->oldest < payable.since)
			payable.since = transfer->oldest;
		call_put_shape(call, key, &payable_shape, &payable);
	}
}

static void results_writes(struct call *call)
{
	const struct move_cmd *cmd = call->cmd;
	struct results_out *out = call->out;

	for (size_t n = 0; n < out->moving_count; n++) {
		const struct moving_transfer *moving = &out->moving[n];
		struct transfer_shown *shown = &out->shown.transfers[moving->transfer.number - 1];
		struct transfer_result result = { .state = (uint8_t)moving->to, .at = call->now };
		struct fact fact = { .type = moving->to == TRANSFER_PAID ? FACT_payout_paid
									 : FACT_payout_returned,
				     .at = call->now,
				     .id = call->id,
				     .day = cmd->period,
				     .count = moving->transfer.number,
				     .yen_amount = moving->transfer.amount_yen };

		mem_copy(result.why, moving->why, RESULT_WHY_SIZE);
		mem_copy(fact.payee_id, moving->transfer.payee_id, ID_SIZE);
		mem_copy(fact.note, moving->why, RESULT_WHY_SIZE);
		call_put_shape(call, result_key(call, cmd->period, moving->transfer.number),
			       &transfer_result_shape, &result);
		if (moving->to == TRANSFER_RETURNED)
			carry_back(call, &moving->transfer);
		fact_file(call, &fact, cmd->sent.filed + SECOND_MS);
		shown->state = result.state;
		shown->at = result.at;
		mem_copy(shown->why, result.why, RESULT_WHY_SIZE);
	}
}

static void results_answer(struct call *call)
{
	call_reply_shape(call, 200, &payout_shown_shape, &((struct results_out *)call->out)->shown);
}

const struct flow_op payout_results_op = { "payout_results",
					   sizeof(struct move_cmd),
					   sizeof(struct results_out),
					   results_parse,
					   results_keys,
					   results_decide,
					   results_writes,
					   results_answer };
