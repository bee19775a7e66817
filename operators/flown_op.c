/* operators/flown_op.c - after a flight the airline tells which of our coupons were flown. Without
 * it a flight whose passes nobody scanned would be settled as if it had never taken off.
 *
 * The log names coupons by the digest that bundles use, never by their locators.
 */
#include "core/date.h"
#include "fares/booking.h"
#include "operators/passenger_op.h"

struct flown_item { /* One locator. */
	struct flown flown;
	struct sale sale;
	struct product product;
	bool known; /* A coupon of this flight. */
	enum flown_effect effect;
};

struct flown_cmd {
	struct flown_order order;
	struct service service;
	struct operator operator;
	struct flown_item items[FLOWN_COUNT_MAX];
	struct flown_answer answer;
};

static size_t item_count(const struct flown_cmd *cmd)
{
	return (size_t)cmd->order.flown_count + cmd->order.no_show_count;
}

/* Those who flew come first. */
static enum coupon_state state_of(const struct flown_cmd *cmd, size_t i)
{
	return i < cmd->order.flown_count ? COUPON_FLOWN : COUPON_NO_SHOW;
}

static const char *pnr_of(const struct flown_cmd *cmd, size_t i)
{
	return i < cmd->order.flown_count ? cmd->order.flown[i].pnr
					  : cmd->order.no_show[i - cmd->order.flown_count].pnr;
}

/* Names the place, not the locator. */
static bool refuse_pnr(struct call *call, size_t i, const char *code, const char *what)
{
	const struct flown_cmd *cmd = call->cmd;
	bool flown = state_of(cmd, i) == COUPON_FLOWN;
	size_t at = flown ? i : i - cmd->order.flown_count;

	return call_refuse_at(call, 422, code,
			      arena_text(call->arena, "/%s/%zu/pnr", flown ? "flown" : "no_show",
					 at),
			      "%s", what);
}

static bool check_pnr(struct call *call, size_t i)
{
	const struct flown_cmd *cmd = call->cmd;

	for (const char *p = pnr_of(cmd, i); *p != '\0'; p++)
		if (!((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			return refuse_pnr(call, i, "BAD_FORMAT", "capital letters and digits only");
	for (size_t k = 0; k < i; k++)
		if (text_equal(pnr_of(cmd, k), pnr_of(cmd, i)))
			return refuse_pnr(call, i, "REPEATED", "a locator is said once");
	return true;
}

static bool parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct flown_cmd *cmd = call->cmd;

	if (!call_query_only(call, none) || !call_body(call, &cmd->order, &flown_order_shape))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->order.operator_id))
		return call_refuse_at(call, 403, "NOT_YOURS", "/operator_id",
				      "an operator tells of its own flights");
	if (item_count(cmd) > FLOWN_COUNT_MAX)
		return call_refuse_at(call, 422, "TOO_MANY_ITEMS", "/no_show",
				      "at most %d locators in both lists; send the rest after",
				      FLOWN_COUNT_MAX);
	for (size_t i = 0; i < item_count(cmd); i++)
		if (!check_pnr(call, i))
			return false;
	return true;
}

static const char *coupon_key(struct call *call, size_t i)
{
	const struct flown_cmd *cmd = call->cmd;
	char date[DATE_TEXT_SIZE];

	date_encode(date, day_at(cmd->service.departs_at));
	return call_key(call, "bcbp/%s/%s/%s/%s", cmd->service.carrier, cmd->service.flight, date,
			pnr_of(cmd, i));
}

/* Two operators may sell one flight: each tells of its own coupons. */
static void load_item(struct call *call, size_t i)
{
	struct flown_cmd *cmd = call->cmd;
	struct flown_item *item = &cmd->items[i];
	const struct coupon *coupon = &item->flown.coupon;

	item->known = false;
	if (call_load(call, &item->flown.coupon, &coupon_shape, coupon_key(call, i)) <= 0 ||
	    !text_equal(coupon->operator_id, cmd->service.operator_id) ||
	    !text_equal(coupon->service_id, cmd->service.service_id))
		return;
	item->known = load_ticket(call, &item->sale, &item->flown.use, coupon->ticket_id) &&
		      load_product_version(call, &item->product, item->sale.product_number,
					   item->sale.product_version);
}

static bool keys(struct call *call)
{
	struct flown_cmd *cmd = call->cmd;
	int got = call_load(
		call, &cmd->service, &service_shape,
		service_record_key(call, cmd->order.operator_id, cmd->order.service_id));

	if (!load_operator(call, &cmd->operator, cmd->order.operator_id, 422))
		return call->problem.status == 0;
	if (got < 0)
		return call_refuse(call, 404, "SERVICE_UNKNOWN", "there is no such service");
	if (got > 0 && cmd->service.mode != MODE_air)
		return call_refuse_at(call, 422, "NO_FLIGHT", "/service_id",
				      "coupons are of flights; this is none");
	for (size_t i = 0; got > 0 && i < item_count(cmd); i++)
		load_item(call, i);
	return call->problem.status == 0;
}

static void tally(struct flown_answer *answer, enum flown_effect effect, enum coupon_state state)
{
	if (effect == FLOWN_UNMATCHED)
		answer->unmatched++;
	else if (effect == FLOWN_KEPT)
		answer->kept++;
	else if (state == COUPON_FLOWN)
		answer->flown++;
	else
		answer->no_show++;
	answer->boardings += effect == FLOWN_BOARDED;
}

static bool decide(struct call *call)
{
	struct flown_cmd *cmd = call->cmd;

	if (cmd->service.departs_at > call->now)
		return call_refuse(call, 409, "NOT_DEPARTED", "the flight has not left yet");
	cmd->answer = (struct flown_answer){ 0 };
	mem_copy(cmd->answer.operator_id, cmd->order.operator_id, sizeof(cmd->answer.operator_id));
	mem_copy(cmd->answer.service_id, cmd->order.service_id, sizeof(cmd->answer.service_id));
	for (size_t i = 0; i < item_count(cmd); i++) {
		struct flown_item *item = &cmd->items[i];

		item->effect = !item->known
				       ? FLOWN_UNMATCHED
				       : flown_decide(&item->flown, &item->sale, &item->product,
						      &cmd->service, state_of(cmd, i),
						      call->day_boundary_min);
		tally(&cmd->answer, item->effect, state_of(cmd, i));
	}
	return true;
}

static yen deemed_fare(const struct flown_cmd *cmd, uint8_t riders)
{
	yen fare = cmd->service.deemed_fare_yen;

	return (fare > 0 ? fare : cmd->operator.base_fare_yen) * riders;
}

static void write_item(struct call *call, size_t i)
{
	struct flown_cmd *cmd = call->cmd;
	struct flown_item *item = &cmd->items[i];
	struct use *use = &item->flown.use;
	bool boarded = item->effect == FLOWN_BOARDED;
	struct fact fact = { .type = FACT_flown,
			     .at = cmd->service.departs_at,
			     .id = call->id,
			     .ticket_id = item->flown.coupon.ticket_id,
			     .product_number = item->sale.product_number,
			     .product_version = item->sale.product_version,
			     .riders = item->flown.seats,
			     .mode = MODE_air,
			     .boarding = boarded };
	time_ms filed_at;

	mem_copy(fact.operator_id, cmd->service.operator_id, sizeof(fact.operator_id));
	mem_copy(fact.service, cmd->service.service_id, sizeof(fact.service));
	MUST(text_set(fact.kind, sizeof(fact.kind),
		      slice_text(coupon_state_names[item->flown.coupon.state])));
	coupon_digest(fact.coupon, cmd->service.carrier, cmd->service.flight,
		      day_at(cmd->service.departs_at), pnr_of(cmd, i));
	if (boarded) {
		fact.deemed_fare_yen = deemed_fare(cmd, item->flown.seats);
		fact.over_at = item->flown.over_at;
		fact.n = use->n;
	}
	filed_at = fact_file(call, &fact, use->last_event_at);
	call_put_shape(call, coupon_key(call, i), &coupon_shape, &item->flown.coupon);
	if (!boarded)
		return;
	use->last_event_at = filed_at;
	call_put_shape(call, use_record_key(call, fact.ticket_id), &use_shape, use);
}

static void writes(struct call *call)
{
	const struct flown_cmd *cmd = call->cmd;

	for (size_t i = 0; i < item_count(cmd); i++)
		if (cmd->items[i].effect >= FLOWN_MARKED)
			write_item(call, i);
}

static void answer(struct call *call)
{
	call_reply_shape(call, 200, &flown_answer_shape, &((struct flown_cmd *)call->cmd)->answer);
}

const struct flow_op flown_op = { "flown", sizeof(struct flown_cmd), 0,      parse,
				  keys,    decide,                   writes, answer };
