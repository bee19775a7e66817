/* operators/settlement_op.c - closing a month, and what it earned. Without it nobody would ever
 * be paid.
 */
#include "operators/books_op.h"

#include "core/date.h"
#include "operators/identity.h"

/* --- POST /v1/settlements --- */

struct close_cmd {
	struct settlement_order order;
	struct day_last day;
	struct book_state book;
	struct settle last;
	struct close_view close;
	struct book_sums sums;
	bool earlier_open;
};

static bool close_parse(struct call *call)
{
	struct close_cmd *cmd = call->cmd;

	return books_no_query(call) && call_body(call, &cmd->order, &settlement_order_shape);
}

/* Months after the last that was closed and before this one: none of them is closed. */
static bool find_earlier(struct call *call, struct close_cmd *cmd)
{
	day_t open = cmd->last.period == 0 ? 0 : month_next(cmd->last.period);
	const char *until = books_period_key(call, "period", cmd->order.period);
	const char *from = open == 0 ? call_key(call, "period/")
				     : books_period_key(call, "period", open);
	const struct call_page *page;

	if (open >= cmd->order.period && open != 0)
		return true;
	page = call_found_page(call, from, until);
	if (page == NULL) {
		call_want_page(call, from, until, 1);
		return false;
	}
	cmd->earlier_open = page->count > 0;
	return true;
}

static bool close_keys(struct call *call)
{
	struct close_cmd *cmd = call->cmd;
	int got_day = call_load(call, &cmd->day, &day_last_shape, "day/last");
	int got_book = call_load(call, &cmd->book, &book_state_shape, "bookk/state");
	int got_last = call_load(call, &cmd->last, &settle_shape, "settle/last");

	if (call_load(call, &cmd->close, &close_view_shape,
		      books_period_key(call, "close", cmd->order.period)) < 0)
		cmd->close = (struct close_view){ 0 };
	if (call_load(call, &cmd->sums, &book_sums_shape, BOOKS_SUMS_KEY) < 0)
		cmd->sums = (struct book_sums){ 0 };
	call_want(call, books_period_key(call, "settle", cmd->order.period)); /* To be written. */
	if (got_day < 0)
		cmd->day = (struct day_last){ 0 };
	if (got_book < 0)
		cmd->book = (struct book_state){ 0 };
	if (got_last < 0)
		cmd->last = (struct settle){ 0 };
	cmd->earlier_open = false;
	if (got_day != 0 && got_book != 0 && got_last != 0)
		(void)find_earlier(call, cmd);
	return true;
}

/* The service day with which the last ticket of the month is earned at the latest. */
static day_t day_of_close(const struct call *call, day_t period)
{
	const struct operators_room *room = call->room;
	time_ms over = day_start(month_next(period), call->day_boundary_min);

	return service_day_at(over + room->offline_grace_h * HOUR_MS, call->day_boundary_min);
}

/* A close that was stopped left its month open: it may be ordered again. */
static bool has_failed(const struct close_cmd *cmd)
{
	return cmd->last.period == cmd->order.period && cmd->close.period == cmd->order.period &&
	       cmd->close.state == CLOSE_FAILED;
}

static bool close_decide(struct call *call)
{
	const struct close_cmd *cmd = call->cmd;
	day_t period = cmd->order.period, day = day_of_close(call, period);
	char date[DATE_TEXT_SIZE];

	if (cmd->last.period >= period && !has_failed(cmd))
		return call_refuse(call, 409, "PERIOD_CLOSED",
				   "this month, or a later one, is closed");
	if (cmd->day.day < day) {
		date_encode(date, day);
		return call_refuse(call, 409, "PERIOD_NOT_OVER",
				   "the month can be closed once the service day %s is over", date);
	}
	if (cmd->earlier_open)
		return call_refuse(call, 409, "EARLIER_PERIOD_OPEN",
				   "an earlier month is not closed; close that first");
	if (cmd->book.closed_day < day) {
		call_refuse(call, 503, "BOOKS_BEHIND", "the books have not got so far; ask again");
		call->problem.retry_after_s = 1;
		return false;
	}
	if (cmd->sums.tickets_at_fault > 0)
		return call_refuse(call, 500, "IDENTITY_FAILED",
				   "%llu tickets do not add up; tell the council",
				   (unsigned long long)cmd->sums.tickets_at_fault);
	return true;
}

static void close_writes(struct call *call)
{
	const struct close_cmd *cmd = call->cmd;
	struct settle settle = { .period = cmd->order.period, .closed_at = call->now };
	struct fact fact = { .type = FACT_period_closed,
			     .at = call->now,
			     .id = call->id,
			     .day = cmd->order.period };

	call_put_shape(call, books_period_key(call, "settle", settle.period), &settle_shape,
		       &settle);
	call_put_shape(call, "settle/last", &settle_shape, &settle);
	fact_file(call, &fact, 0);
}

static void close_answer(struct call *call)
{
	const struct close_cmd *cmd = call->cmd;
	struct settlement_begun begun = { cmd->order.period, SETTLEMENT_CLOSING };
	char month[MONTH_TEXT_SIZE];

	month_encode(month, begun.period);
	MUST(text_set(call->reply.location, sizeof(call->reply.location),
		      slice_text(call_key(call, "/v1/settlements/%s", month))));
	call_reply_shape(call, 202, &settlement_begun_shape, &begun);
}

const struct flow_op settlement_close_op = { "settlement_close", sizeof(struct close_cmd), 0,
					     close_parse, close_keys, close_decide,
					     close_writes, close_answer };

/* --- GET /v1/settlements/{period} --- */

struct get_cmd {
	day_t period;
	uint8_t state;
	struct period_view view;
	struct close_view close;
};

static bool get_parse(struct call *call)
{
	struct get_cmd *cmd = call->cmd;

	return books_no_query(call) && books_param_period(call, &cmd->period, 0);
}

/* Lines are read after the totals, so that those of a closed month cannot move in between. */
static bool walk_lines(struct call *call, void (*each)(void *, const struct record *))
{
	const struct get_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, cmd->period);
	return books_walk(call, call_key(call, "line/%s/", month),
			  call_key(call, "line/%s0", month), each, call->out);
}

static bool get_keys(struct call *call)
{
	struct get_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->close, &close_view_shape,
		      books_period_key(call, "close", cmd->period)) < 0)
		cmd->close = (struct close_view){ 0 };
	if (books_load_period(call, &cmd->state, &cmd->view, cmd->period))
		(void)walk_lines(call, NULL);
	return true;
}

struct settlement_out {
	struct settlement settlement;
	bool too_many;
};

/* Keys are in the order of operator ids. */
static void add_line(void *to, const struct record *record)
{
	struct settlement_out *out = to;
	struct settlement *settlement = &out->settlement;
	struct settlement_line *share;
	struct line line;
	uint16_t n = settlement->line_count;

	MUST(shape_from_cbor(&line, &line_shape, record->value));
	if (n == 0 || !text_equal(settlement->lines[n - 1].operator_id, line.operator_id)) {
		if (n == SETTLEMENT_OPERATOR_COUNT_MAX) {
			out->too_many = true;
			return;
		}
		mem_copy(settlement->lines[n].operator_id, line.operator_id, ID_SIZE);
		settlement->line_count = ++n;
	}
	share = &settlement->lines[n - 1];
	share->amount_yen += line.amount_yen;
	share->tickets += line.tickets;
	share->boardings += line.boardings;
}

static bool check_sums(struct call *call, const struct settlement *settlement)
{
	yen sum = 0;

	for (size_t i = 0; i < settlement->line_count; i++)
		sum += settlement->lines[i].amount_yen;
	if (sum == settlement->operators_yen + settlement->adjusted_yen)
		return true;
	if (settlement->state != SETTLEMENT_CLOSED)
		return books_refuse_moving(call);
	return call_refuse(call, 500, "BOOKS_OUT_OF_BALANCE",
			   "the lines do not add up to what operators earned; tell the council");
}

static bool get_decide(struct call *call)
{
	const struct get_cmd *cmd = call->cmd;
	struct settlement_out *out = call->out;
	struct settlement *settlement = &out->settlement;
	const struct period_view *view = &cmd->view;

	if (!walk_lines(call, add_line) || out->too_many)
		return books_refuse_too_much(call);
	settlement->period = cmd->period;
	settlement->state = cmd->state;
	settlement->closed_at = view->closed_at;
	settlement->done = cmd->close.lines_done;
	settlement->of = cmd->close.lines;
	settlement->committed = cmd->close.committed;
	mem_copy(settlement->fault, cmd->close.fault, sizeof(settlement->fault));
	settlement->adjusted_yen = view->adjusted_yen;
	settlement->tickets = view->tickets;
	settlement->operators_yen = view->operators_yen;
	settlement->partners_yen = view->partners_yen;
	settlement->council_yen = view->council_yen;
	settlement->earned_yen = view->operators_yen + view->partners_yen + view->council_yen;
	return check_sums(call, settlement);
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &settlement_shape,
			 &((struct settlement_out *)call->out)->settlement);
}

const struct flow_op settlement_get_op = { "settlement_get", sizeof(struct get_cmd),
					   sizeof(struct settlement_out), get_parse, get_keys,
					   get_decide, NULL, get_answer };
