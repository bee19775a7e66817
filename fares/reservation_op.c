/* fares/reservation_op.c - services with their allotments, and places taken on them. Without it a
 * sailing could not be full.
 */
#include "core/date.h"
#include "fares/change.h"
#include "fares/departure.h"
#include "fares/fares_op.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

/* --- Services --- */

static bool service_parse(struct call *call)
{
	struct service *service = call->cmd;

	if (!no_query(call) || !call_body(call, service, &service_shape))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, service->operator_id))
		return call_refuse_at(call, 403, "NOT_YOURS", "/operator_id",
				      "an operator adds its own services");
	if (service->mode != MODE_ferry && service->mode != MODE_air)
		return call_refuse_at(call, 422, "OUT_OF_RANGE", "/mode",
				      "services with an allotment are ferry or air");
	if ((service->mode == MODE_air) !=
	    (service->carrier[0] != '\0' && service->flight[0] != '\0'))
		return call_refuse_at(call, 422, "BAD_SERVICE", "/carrier",
				      "a flight, and only a flight, has carrier and flight");
	return true;
}

static const char *own_key(struct call *call)
{
	const struct service *service = call->cmd;

	return service_record_key(call, service->operator_id, service->service_id);
}

static bool service_keys(struct call *call)
{
	call_want(call, own_key(call));
	call_want(call, depart_key(call, call->cmd));
	return true;
}

static bool service_decide(struct call *call)
{
	if (call_found(call, own_key(call))->version != 0)
		return call_refuse(call, 409, "SERVICE_EXISTS",
				   "this operator has a service of that id");
	return true;
}

/* What a bundle carries has changed: the service, and of a reservation that too. */
static void file_change(struct call *call, enum change_kind kind, const struct service *service,
			struct id128 ticket_id, time_ms filed_at)
{
	struct change change = { .kind = (uint8_t)kind,
				 .departs_at = service->departs_at,
				 .ticket_id = ticket_id };

	mem_copy(change.operator_id, service->operator_id, sizeof(change.operator_id));
	mem_copy(change.service_id, service->service_id, sizeof(change.service_id));
	change_file(call, &change, 0, filed_at);
}

static void service_writes(struct call *call)
{
	static const uint8_t nothing = 0xa0; /* An empty CBOR map: the key says all. */

	call_put_shape(call, own_key(call), &service_shape, call->cmd);
	call_put(call, depart_key(call, call->cmd), slice_of(&nothing, 1));
	file_change(call, CHANGE_SERVICE, call->cmd, (struct id128){ { 0 } }, call_fence(call));
}

static void service_answer(struct call *call)
{
	const struct service *service = call->cmd;

	answer_location(call, call_key(call, "/v1/services/%s/%s", service->operator_id,
				       service->service_id));
	call_reply_shape(call, 201, &service_shape, call->cmd);
}

const struct flow_op service_put_op = { "service_put",  sizeof(struct service), 0,
					service_parse,  service_keys,           service_decide,
					service_writes, service_answer };

struct service_found {
	struct service asked, found;
};

static bool service_get_parse(struct call *call)
{
	struct service_found *cmd = call->cmd;

	return no_query(call) && call_param_subject(call, cmd->asked.operator_id, 0) &&
	       call_param_subject(call, cmd->asked.service_id, 1);
}

static bool service_get_keys(struct call *call)
{
	struct service_found *cmd = call->cmd;

	if (call_load(call, &cmd->found, &service_shape, own_key(call)) < 0)
		return call_refuse(call, 404, "SERVICE_UNKNOWN", "there is no such service");
	return true;
}

static void service_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &service_shape, &((struct service_found *)call->cmd)->found);
}

const struct flow_op service_get_op = { "service_get",
					sizeof(struct service_found),
					0,
					service_get_parse,
					service_get_keys,
					NULL,
					NULL,
					service_get_answer };

static bool service_list_parse(struct call *call)
{
	static const char *const others[] = { "operator_id", NULL };
	struct slice operator_id;

	if (!call_query(call, &operator_id, "operator_id"))
		return listing_parse(call, call->cmd, "service/", others);
	if (!subject_is_valid(operator_id))
		return call_refuse(call, 400, "BAD_OPERATOR_ID", "an id of a-z, 0-9 and '-'");
	return listing_parse(call, call->cmd,
			     call_key(call, "service/%.*s/", (int)operator_id.size,
				      (const char *)operator_id.data),
			     others);
}

static void service_list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &service_shape, NULL);
}

const struct flow_op service_list_op = {
	"service_list",    sizeof(struct listing), 0,    service_list_parse,
	listing_keys, NULL,      NULL, service_list_answer
};

/* --- Reservations --- */

struct reservation_answer {
	struct id128 ticket_id;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	uint8_t seats;
	time_ms departs_at;
	char pnr[PNR_SIZE];
};

static const struct shape_field answer_fields[] = {
	F_UUID(struct reservation_answer, ticket_id, 0, SHAPE_REQUIRED, "whose"),
	F_SUBJECT(struct reservation_answer, operator_id, 0, SHAPE_REQUIRED,
		  "the service's operator"),
	F_SUBJECT(struct reservation_answer, service_id, 0, SHAPE_REQUIRED,
		  "the sailing or flight"),
	F_INT(struct reservation_answer, seats, 0, SHAPE_REQUIRED, 1, PRODUCT_RIDERS_MAX,
	      "places held"),
	F_TIME(struct reservation_answer, departs_at, 0, SHAPE_REQUIRED, "when it leaves"),
	F_TEXT(struct reservation_answer, pnr, 0, 0, 0, "air: the airline's locator"),
	F_END,
};
const struct shape reservation_answer_shape = { "Reservation", sizeof(struct reservation_answer),
						answer_fields };

struct reserve_cmd {
	struct reservation_order order;
	struct sale sale;
	struct use use;
	struct product product;
	struct service service;
};

static bool reserve_parse(struct call *call)
{
	struct reserve_cmd *cmd = call->cmd;

	if (!no_query(call) || !call_body(call, &cmd->order, &reservation_order_shape))
		return false;
	for (const char *p = cmd->order.pnr; *p != '\0'; p++)
		if (!((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			return call_refuse_at(call, 422, "BAD_FORMAT", "/pnr",
					      "capital letters and digits only");
	call_hot(call, service_record_key(call, cmd->order.operator_id, cmd->order.service_id));
	return true;
}

/* Under what a boarding pass says: carrier, flight, day of flight in Japan, locator. */
static const char *coupon_key(struct call *call, const struct reserve_cmd *cmd)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, day_at(cmd->service.departs_at));
	return call_key(call, "bcbp/%s/%s/%s/%s", cmd->service.carrier, cmd->service.flight, date,
			cmd->order.pnr);
}

static const char *held_key(struct call *call, const struct reserve_cmd *cmd)
{
	return booking_key(call, cmd->service.operator_id, cmd->service.service_id,
			   cmd->service.departs_at, cmd->order.ticket_id);
}

static bool has_coupon(const struct reserve_cmd *cmd)
{
	return cmd->service.mode == MODE_air && cmd->order.pnr[0] != '\0';
}

static bool reserve_keys(struct call *call)
{
	struct reserve_cmd *cmd = call->cmd;
	int got =
	    call_load(call, &cmd->service, &service_shape,
		      service_record_key(call, cmd->order.operator_id, cmd->order.service_id));

	if (!load_ticket(call, &cmd->sale, &cmd->use, cmd->order.ticket_id) ||
	    !may_see_ticket(call, &cmd->sale) ||
	    !load_product_version(call, &cmd->product, cmd->sale.product_number,
				  cmd->sale.product_version))
		return call->problem.status == 0;
	if (got < 0)
		return call_refuse(call, 404, "SERVICE_UNKNOWN", "there is no such service");
	if (got == 0)
		return true;
	if (has_coupon(cmd))
		call_want(call, coupon_key(call, cmd));
	call_want(call, held_key(call, cmd));
	return true;
}

static bool refuse(struct call *call, enum reservation_refusal refusal)
{
	static const char *const codes[] = {
		[RESERVATION_TICKET_NOT_VALID] = "TICKET_NOT_VALID",
		[RESERVATION_NOT_COVERED] = "NOT_COVERED",
		[RESERVATION_OUTSIDE_VALIDITY] = "OUTSIDE_VALIDITY",
		[RESERVATION_DEPARTED] = "DEPARTED",
		[RESERVATION_ALREADY_HELD] = "ALREADY_HELD",
		[RESERVATION_TOO_MANY] = "TOO_MANY",
		[RESERVATION_SERVICE_FULL] = "SERVICE_FULL",
		[RESERVATION_PNR_MISSING] = "PNR_MISSING",
	};

	return call_refuse(call, 409, codes[refusal], "%s", reservation_refusal_text(refusal));
}

static bool reserve_decide(struct call *call)
{
	struct reserve_cmd *cmd = call->cmd;
	enum reservation_refusal refusal =
	    reservation_decide(&cmd->use, &cmd->service, &cmd->sale, &cmd->product, &cmd->order,
			       call->now);

	if (refusal != RESERVATION_OK)
		return refuse(call, refusal);
	if (has_coupon(cmd) && call_found(call, coupon_key(call, cmd))->version != 0)
		return call_refuse(call, 409, "PNR_TAKEN",
				   "this locator of that flight belongs to another ticket");
	return true;
}

static void reserve_writes(struct call *call)
{
	struct reserve_cmd *cmd = call->cmd;
	struct coupon coupon = { .ticket_id = cmd->order.ticket_id };
	struct booking booking;
	struct fact fact = { .type = FACT_reserved,
			     .at = call->now,
			     .id = call->id,
			     .ticket_id = cmd->order.ticket_id,
			     .mode = cmd->service.mode,
			     .riders = cmd->sale.riders,
			     .n = cmd->use.n };

	mem_copy(fact.operator_id, cmd->service.operator_id, sizeof(fact.operator_id));
	mem_copy(fact.service, cmd->service.service_id, sizeof(fact.service));
	cmd->use.last_event_at = fact_file(call, &fact, cmd->use.last_event_at);
	booking_of(&booking, &cmd->sale, &cmd->service, cmd->order.pnr);
	call_put_shape(call, held_key(call, cmd), &booking_shape, &booking);
	file_change(call, CHANGE_RESERVATION, &cmd->service, cmd->order.ticket_id,
		    cmd->use.last_event_at);
	call_put_shape(call, use_record_key(call, cmd->order.ticket_id), &use_shape, &cmd->use);
	call_put_shape(call,
		       service_record_key(call, cmd->service.operator_id, cmd->service.service_id),
		       &service_shape, &cmd->service);
	if (!has_coupon(cmd))
		return;
	mem_copy(coupon.operator_id, cmd->service.operator_id, sizeof(coupon.operator_id));
	mem_copy(coupon.service_id, cmd->service.service_id, sizeof(coupon.service_id));
	call_put_shape(call, coupon_key(call, cmd), &coupon_shape, &coupon);
}

static void reserve_answer(struct call *call)
{
	const struct reserve_cmd *cmd = call->cmd;
	struct reservation_answer answer = { .ticket_id = cmd->order.ticket_id,
					     .seats = cmd->sale.riders,
					     .departs_at = cmd->service.departs_at };

	mem_copy(answer.operator_id, cmd->service.operator_id, sizeof(answer.operator_id));
	mem_copy(answer.service_id, cmd->service.service_id, sizeof(answer.service_id));
	mem_copy(answer.pnr, cmd->order.pnr, sizeof(answer.pnr));
	call_reply_shape(call, 201, &reservation_answer_shape, &answer);
}

const struct flow_op reserve_op = { "reserve",
				    sizeof(struct reserve_cmd),
				    0,
				    reserve_parse,
				    reserve_keys,
				    reserve_decide,
				    reserve_writes,
				    reserve_answer };
