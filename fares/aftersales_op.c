/* fares/aftersales_op.c - refund offers and refunds. Without it a traveller who fell ill would have
 * to argue. */
#include "core/date.h"
#include "fares/aftersales.h"
#include "fares/change.h"
#include "fares/departure.h"
#include "fares/fares_op.h"
#include "fares/revocation.h"

struct refund_cmd {
	struct id128 ticket_id;
	struct refund_order order;
	struct sale sale;
	struct use use;
	struct product product;
	struct refund_offer offer;
	struct service services[USE_RESERVATION_COUNT_MAX];
};

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

static bool offer_parse(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;
	uint8_t nothing;

	return no_query(call) && call_param_uuid(call, &cmd->ticket_id, 0) &&
	       call_body(call, &nothing, &nothing_shape);
}

/* True: ticket, use and product are there and the caller's own. */
static bool load_all(struct call *call, struct refund_cmd *cmd)
{
	return load_ticket(call, &cmd->sale, &cmd->use, cmd->ticket_id) &&
	       may_see_ticket(call, &cmd->sale) &&
	       load_product_version(call, &cmd->product, cmd->sale.product_number,
				    cmd->sale.product_version);
}

static bool offer_keys(struct call *call)
{
	return load_all(call, call->cmd) || call->problem.status == 0;
}

static bool decide_yen(struct call *call, struct refund_cmd *cmd, yen *refund_yen, yen *fee_yen)
{
	enum refund_refusal refusal =
	    refund_decide(refund_yen, fee_yen, &cmd->sale, &cmd->use, &cmd->product, call->now);

	return refusal == REFUND_OK || call_refuse(call, 409, refund_refusal_code(refusal), "%s",
						   refund_refusal_text(refusal));
}

static bool offer_decide(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;

	cmd->offer =
	    (struct refund_offer){ .offer_id = call_new_id(call),
				   .ticket_id = cmd->ticket_id,
				   .fee_to = cmd->product.refund_fee_to,
				   .expires_at = call->now + REFUND_OFFER_MIN * MINUTE_MS };
	return decide_yen(call, cmd, &cmd->offer.refund_yen, &cmd->offer.fee_yen);
}

static const char *offer_key(struct call *call, struct id128 offer_id)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, offer_id);
	return call_key(call, "offer/%s", text);
}

static void offer_writes(struct call *call)
{
	const struct refund_cmd *cmd = call->cmd;

	call_append_shape(call, offer_key(call, cmd->offer.offer_id), &refund_offer_shape,
			  &cmd->offer);
}

static void offer_answer(struct call *call)
{
	call_reply_shape(call, 201, &refund_offer_shape, &((struct refund_cmd *)call->cmd)->offer);
}

const struct flow_op refund_offer_op = { "refund_offer",
					 sizeof(struct refund_cmd),
					 0,
					 offer_parse,
					 offer_keys,
					 offer_decide,
					 offer_writes,
					 offer_answer };

static bool refund_parse(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;

	if (!no_query(call) || !call_param_uuid(call, &cmd->ticket_id, 0) ||
	    !call_body(call, &cmd->order, &refund_order_shape))
		return false;
	call_hot(call, use_record_key(call, cmd->ticket_id));
	return true;
}

/* Of the i-th reservation, whose service is there. */
static const char *held_key(struct call *call, const struct refund_cmd *cmd, size_t i)
{
	const struct service *service = &cmd->services[i];

	return booking_key(call, service->operator_id, service->service_id, service->departs_at,
			   cmd->ticket_id);
}

static bool refund_keys(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;
	int got =
	    call_load(call, &cmd->offer, &refund_offer_shape, offer_key(call, cmd->order.offer_id));

	if (!load_all(call, cmd))
		return call->problem.status == 0;
	if (got < 0 || (got > 0 && !id_equal(cmd->offer.ticket_id, cmd->ticket_id)))
		return call_refuse(call, 404, "OFFER_UNKNOWN",
				   "there is no such offer for this ticket");
	revocation_want(call, cmd->sale.status_list, cmd->sale.status_index);
	for (size_t i = 0; i < cmd->use.reservation_count; i++) {
		const struct use_reservation *held = &cmd->use.reservations[i];

		mem_zero(&cmd->services[i], sizeof(cmd->services[i]));
		if (call_load(call, &cmd->services[i], &service_shape,
			      service_record_key(call, held->operator_id, held->service_id)) > 0)
			call_want(call, held_key(call, cmd, i));
	}
	return true;
}

static bool refund_decide_op(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;
	yen refund_yen, fee_yen;

	if (!decide_yen(call, cmd, &refund_yen, &fee_yen))
		return false;
	if (call->now > cmd->offer.expires_at)
		return call_refuse(call, 409, "OFFER_EXPIRED", "ask for a new offer");
	MUST(refund_yen == cmd->offer.refund_yen && fee_yen == cmd->offer.fee_yen);
	return true;
}

static void release_places(struct call *call, struct refund_cmd *cmd, time_ms filed_at)
{
	for (size_t i = 0; i < cmd->use.reservation_count; i++) {
		const struct use_reservation *held = &cmd->use.reservations[i];
		struct service *service = &cmd->services[i];
		struct change change = { .kind = CHANGE_RESERVATION,
					 .departs_at = service->departs_at,
					 .ticket_id = cmd->ticket_id };

		if (service->service_id[0] == '\0')
			continue;
		call_remove(call, held_key(call, cmd, i));
		mem_copy(change.operator_id, held->operator_id, sizeof(change.operator_id));
		mem_copy(change.service_id, held->service_id, sizeof(change.service_id));
		change_file(call, &change, (uint8_t)(1 + i), filed_at);
		if (service->taken < held->seats)
			continue;
		service->taken = (uint16_t)(service->taken - held->seats);
		call_put_shape(call, service_record_key(call, held->operator_id, held->service_id),
			       &service_shape, service);
	}
}

static void revoke(struct call *call, const struct refund_cmd *cmd, time_ms filed_at)
{
	const struct sale *sale = &cmd->sale;
	struct change change = { .kind = CHANGE_STATUS,
				 .status_list = sale->status_list,
				 .status_index = sale->status_index };

	revocation_put(call, sale->status_list,
		       (struct revocation){ sale->status_index, TICKET_REVOKED });
	change_file(call, &change, 0, filed_at);
}

static void refund_writes(struct call *call)
{
	struct refund_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_refunded,
			     .at = call->now,
			     .id = call->id,
			     .ticket_id = cmd->ticket_id,
			     .product_number = cmd->sale.product_number,
			     .product_version = cmd->sale.product_version,
			     .riders = cmd->sale.riders,
			     .yen_amount = cmd->offer.refund_yen,
			     .fee_yen = cmd->offer.fee_yen,
			     .fee_to = cmd->offer.fee_to,
			     .n = cmd->use.n + 1 };

	mem_copy(fact.partner_id, cmd->sale.partner_id, sizeof(fact.partner_id));
	cmd->use.last_event_at = fact_file(call, &fact, cmd->use.last_event_at);
	release_places(call, cmd, cmd->use.last_event_at);
	revoke(call, cmd, cmd->use.last_event_at);
	cmd->use.status = TICKET_REVOKED;
	cmd->use.reservation_count = 0;
	cmd->use.refunded_at = call->now;
	cmd->use.refunded_yen = cmd->offer.refund_yen;
	cmd->use.n++;
	call_put_shape(call, use_record_key(call, cmd->ticket_id), &use_shape, &cmd->use);
}

static void refund_answer(struct call *call)
{
	const struct refund_cmd *cmd = call->cmd;
	struct refund_answer answer = { cmd->ticket_id, cmd->offer.refund_yen, cmd->offer.fee_yen,
					TICKET_REVOKED };

	call_reply_shape(call, 200, &refund_answer_shape, &answer);
}

const struct flow_op refund_op = { "refund",
				   sizeof(struct refund_cmd),
				   0,
				   refund_parse,
				   refund_keys,
				   refund_decide_op,
				   refund_writes,
				   refund_answer };
