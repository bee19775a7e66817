/* operators/payout_op.c - a month is paid out, once. Without it money owed would lie in the books
 * for ever, or leave them twice.
 */
#include "operators/payout_op.h"

#include "core/date.h"
#include "operators/operators_op.h"
#include "operators/payout_gather.h"

struct make_cmd {
	struct payout_order order;
	uint8_t state;
	struct period_view view;
	struct book_state book;
	struct day_last day;
	struct payer payer;
	struct payout_last last;
	struct bank_calendar calendar;
	bool has_payer, ready;
	struct gather gather;
};

struct make_out {
	struct payout payout;
	struct payout_shown shown;
};

static bool make_parse(struct call *call)
{
	struct make_cmd *cmd = call->cmd;

	return books_no_query(call) && call_body(call, &cmd->order, &payout_order_shape);
}

static bool make_keys(struct call *call)
{
	struct make_cmd *cmd = call->cmd;
	int got_payer = call_load(call, &cmd->payer, &payer_shape, "paystate/payer");
	int got_last = call_load(call, &cmd->last, &payout_last_shape, "paystate/last");
	int got_book = call_load(call, &cmd->book, &book_state_shape, "bookk/state");
	int got_day = call_load(call, &cmd->day, &day_last_shape, "day/last");
	bool period = books_load_period(call, &cmd->state, &cmd->view, cmd->order.period);
	bool calendar = bank_calendar_load(call, &cmd->calendar);

	call_want(call, payout_key(call, cmd->order.period));
	if (got_payer == 0 || got_last == 0 || got_book == 0 || got_day == 0 || !period ||
	    !calendar)
		return true;
	cmd->has_payer = got_payer > 0;
	if (got_last < 0)
		cmd->last.period = 0;
	cmd->gather.from = cmd->last.period == 0 ? 0 : month_next(cmd->last.period);
	cmd->gather.period = cmd->order.period;
	cmd->ready = cmd->state == SETTLEMENT_CLOSED && cmd->order.period > cmd->last.period &&
		     payout_gather(call, &cmd->gather);
	return true;
}

static bool refuse_behind(struct call *call)
{
	call_refuse(call, 503, "BOOKS_BEHIND", "the books have not got so far; ask again");
	call->problem.retry_after_s = 1;
	return false;
}

static bool check_period(struct call *call, const struct make_cmd *cmd)
{
	if (cmd->order.period <= cmd->last.period)
		return call_refuse(call, 409, "PAYOUT_EXISTS",
				   "this month was paid out, by itself or with a later one");
	if (cmd->state == SETTLEMENT_OPEN)
		return call_refuse(call, 409, "PERIOD_NOT_CLOSED", "close the month first");
	if (cmd->state == SETTLEMENT_CLOSING || cmd->day.day > cmd->book.closed_day)
		return refuse_behind(call);
	if (!cmd->has_payer)
		return call_refuse(call, 409, "PAYER_UNKNOWN",
				   "set the account to pay from first, at /v1/payer");
	return true;
}

/* Is what was carried still as its page said? A bank's result may have come in between. */
static bool is_still(struct call *call, const struct gather *gather)
{
	for (size_t i = 0; i < gather->account_count; i++) {
		const struct gather_account *at = &gather->accounts[i];
		const char *key = call_key(call, "paycarry/%s", at->payable.account);

		if (call_found(call, key)->version != at->version)
			return false;
	}
	return true;
}

static bool check_gather(struct call *call, const struct make_cmd *cmd)
{
	if (!cmd->ready || cmd->gather.too_many)
		return books_refuse_too_much(call);
	if (cmd->gather.behind)
		return refuse_behind(call);
	if (!is_still(call, &cmd->gather))
		return books_refuse_moving(call);
	if (cmd->gather.open_count > 0)
		return call_refuse(call, 409, "LINES_OPEN",
				   "%u lines were neither agreed to nor disputed; silence agrees "
				   "%d bank days after the close",
				   (unsigned)cmd->gather.open_count, LINE_SILENCE_DAYS);
	return true;
}

/* The day asked for or the usual one, but not one that is over; a bank day. */
static bool find_day(struct call *call, day_t *out)
{
	const struct make_cmd *cmd = call->cmd;
	day_t today = day_at(call->now), day = cmd->order.pay_on;

	if (day != 0 && day <= today)
		return call_refuse_at(call, 422, "OUT_OF_RANGE", "/pay_on", "a day to come");
	if (day == 0)
		day = payout_usual_day(cmd->order.period);
	if (day <= today)
		day = today + 1;
	if (bank_day_on_or_after(out, &cmd->calendar, day))
		return true;
	return call_refuse_at(call, 422, "HOLIDAYS_UNKNOWN", "/pay_on",
			      "the holidays of %d are not known here yet; say them at /v1/holidays",
			      (int)civil_of_day(day).year);
}

static bool make_decide(struct call *call)
{
	const struct make_cmd *cmd = call->cmd;
	const struct gather *gather = &cmd->gather;
	struct make_out *out = call->out;

	out->payout = (struct payout){
		.period = cmd->order.period,
		.made_at = call->now,
		.transfer_count = gather->transfer_count,
		.invoice_count = gather->invoice_count,
		.total_yen = gather->total_yen,
		.from = cmd->payer.account,
	};
	mem_copy(out->payout.consignor, cmd->payer.consignor, sizeof(out->payout.consignor));
	for (size_t i = 0; i < gather->held_count; i++)
		if (!gather->held[i].released)
			MUST(text_set(out->payout.held[out->payout.held_count++].tail,
				      HELD_TAIL_SIZE, slice_text(gather->held[i].tail)));
	return check_period(call, cmd) && check_gather(call, cmd) &&
	       find_day(call, &out->payout.pay_on);
}

/* ---- What is written. ---- */

static void show_transfer(struct payout_shown *shown, const struct transfer *transfer, time_ms at)
{
	struct transfer_shown *one = &shown->transfers[shown->transfer_count++];

	*one = (struct transfer_shown){ .number = transfer->number,
					.amount_yen = transfer->amount_yen,
					.state = (uint8_t)transfer_state_of(transfer, 0, NULL),
					.at = at };
	mem_copy(one->payee_id, transfer->payee_id, ID_SIZE);
}

static void file_invoice(struct call *call, const struct payout *payout,
			 const struct transfer *transfer)
{
	struct fact fact = { .type = FACT_payout_invoiced,
			     .at = call->now,
			     .id = call->id,
			     .day = payout->period,
			     .count = transfer->number,
			     .yen_amount = -transfer->amount_yen };

	mem_copy(fact.payee_id, transfer->payee_id, ID_SIZE);
	fact_file(call, &fact, 0);
}

/* Its number begins with the payout's own key, which only one command can make. */
static void write_transfers(struct call *call, enum payee_fate fate, uint16_t *number)
{
	const struct make_cmd *cmd = call->cmd;
	struct make_out *out = call->out;

	for (size_t i = 0; i < cmd->gather.payee_count; i++) {
		struct transfer transfer;

		if (cmd->gather.payees[i].fate != fate)
			continue;
		gather_transfer(call, &transfer, &cmd->gather, i);
		transfer.number = ++*number;
		call_append_shape(call, transfer_key(call, out->payout.period, transfer.number),
				  &transfer_shape, &transfer);
		if (fate == FATE_INVOICED)
			file_invoice(call, &out->payout, &transfer);
		show_transfer(&out->shown, &transfer, call->now);
	}
}

static bool is_taken(const struct gather *gather, const struct gather_account *at)
{
	uint8_t fate =
	    at->payee == NO_PAYEE ? (uint8_t)FATE_CARRIED : gather->payees[at->payee].fate;

	return at->payable.amount_yen == 0 || fate == FATE_PAID || fate == FATE_INVOICED;
}

static void write_left_over(struct call *call, const struct gather *gather)
{
	for (size_t i = 0; i < gather->account_count; i++) {
		const struct gather_account *at = &gather->accounts[i];
		const char *key = call_key(call, "paycarry/%s", at->payable.account);

		if (!is_taken(gather, at))
			call_put_shape(call, key, &payable_shape, &at->payable);
		else if (at->version > 0)
			call_remove(call, key);
	}
	for (size_t i = 0; i < gather->held_count; i++) {
		const struct gather_held *held = &gather->held[i];
		const char *key = call_key(call, "payheld/%s", held->tail);

		if (held->released)
			call_remove(call, key);
		else
			call_put_shape(call, key, &payable_shape, &held->payable);
	}
}

static void make_writes(struct call *call)
{
	const struct make_cmd *cmd = call->cmd;
	struct make_out *out = call->out;
	struct payout_last last = { out->payout.period };
	struct fact fact = { .type = FACT_payout_made,
			     .at = call->now,
			     .id = call->id,
			     .day = out->payout.period,
			     .count = out->payout.transfer_count,
			     .yen_amount = out->payout.total_yen,
			     .pay_on = out->payout.pay_on };
	uint16_t number = 0;

	call_put_shape(call, payout_key(call, out->payout.period), &payout_shape, &out->payout);
	call_put_shape(call, "paystate/last", &payout_last_shape, &last);
	fact_file(call, &fact, 0);
	out->shown.transfer_count = 0;
	write_transfers(call, FATE_PAID, &number);
	write_transfers(call, FATE_INVOICED, &number);
	write_left_over(call, &cmd->gather);
}

static void make_answer(struct call *call)
{
	struct make_out *out = call->out;
	struct payout_shown *shown = &out->shown;

	month_encode(shown->payout_id, out->payout.period);
	shown->period = out->payout.period;
	shown->pay_on = out->payout.pay_on;
	shown->made_at = out->payout.made_at;
	shown->total_yen = out->payout.total_yen;
	answer_location(call, call_key(call, "/v1/payouts/%s", shown->payout_id));
	call_reply_shape(call, 201, &payout_shown_shape, shown);
}

const struct flow_op payout_make_op = { "payout_make",
					sizeof(struct make_cmd),
					sizeof(struct make_out),
					make_parse,
					make_keys,
					make_decide,
					make_writes,
					make_answer };
