/* operators/passenger_op.c - who travels on a ticket's sailing, and what an operator's list asks
 * for. Without it a ship would leave with people aboard whom nobody ashore can name.
 */
#include "operators/passenger_op.h"

#include "core/crypto.h"
#include "core/date.h"

enum { LIST_SIZE_MAX = 12 * 1024 };
_Static_assert((int)LIST_SIZE_MAX < (int)STORE_VALUE_SIZE_MAX, "a list is one record");

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

const char *passenger_key(struct call *call, const char *operator_id, const char *service_id,
			  struct id128 ticket_id)
{
	char ticket[24];

	base64url_encode(ticket, sizeof(ticket), slice_of(ticket_id.bytes, 16));
	return call_key(call, "pax/%s/%s/%s", operator_id, service_id, ticket);
}

const char *passenger_due_key(struct call *call, day_t erase_after, struct id128 list_id)
{
	char hex[HEX32_SIZE];

	hex_encode(hex, sizeof(hex), slice_of(list_id.bytes, 16));
	return call_key(call, "erase/%06d/%s", (int)erase_after, hex);
}

/* --- Terms --- */

static const char *term_key(struct call *call, const char *operator_id)
{
	return call_key(call, "paxterm/%s", operator_id);
}

/* False: not yet. */
static bool load_term(struct call *call, struct passenger_term *term, const char *operator_id)
{
	int got = call_load(call, term, &passenger_term_shape, term_key(call, operator_id));

	if (got < 0) {
		*term = (struct passenger_term){ .days = PASSENGER_TERM_DAYS,
						 .required = PASSENGER_FIELDS_ALL };
		MUST(text_set(term->operator_id, ID_SIZE, slice_text(operator_id)));
	}
	return got != 0;
}

struct term_cmd {
	struct passenger_term term;
	struct operator operator;
};

static bool term_put_parse(struct call *call)
{
	struct passenger_term *term = &((struct term_cmd *)call->cmd)->term;

	if (!no_query(call) || !call_body(call, term, &passenger_term_shape))
		return false;
	if (term->days == 0)
		term->days = PASSENGER_TERM_DAYS;
	return true;
}

static bool term_put_keys(struct call *call)
{
	struct term_cmd *cmd = call->cmd;

	call_want(call, term_key(call, cmd->term.operator_id));
	return load_operator(call, &cmd->operator, cmd->term.operator_id, 422) ||
	       call->problem.status == 0;
}

static void term_put_writes(struct call *call)
{
	const struct passenger_term *term = &((struct term_cmd *)call->cmd)->term;

	call_put_shape(call, term_key(call, term->operator_id), &passenger_term_shape, term);
}

static void term_put_answer(struct call *call)
{
	const struct passenger_term *term = &((struct term_cmd *)call->cmd)->term;

	answer_location(call, call_key(call, "/v1/passenger-terms/%s", term->operator_id));
	call_reply_shape(call, 201, &passenger_term_shape, term);
}

const struct flow_op passenger_term_put_op = { "passenger_term_put",
					       sizeof(struct term_cmd),
					       0,
					       term_put_parse,
					       term_put_keys,
					       NULL,
					       term_put_writes,
					       term_put_answer };

static bool term_get_parse(struct call *call)
{
	struct term_cmd *cmd = call->cmd;

	return no_query(call) && call_param_subject(call, cmd->term.operator_id, 0);
}

static bool term_get_keys(struct call *call)
{
	struct term_cmd *cmd = call->cmd;
	char operator_id[ID_SIZE];

	mem_copy(operator_id, cmd->term.operator_id, sizeof(operator_id));
	if (!load_operator(call, &cmd->operator, operator_id, 404))
		return call->problem.status == 0;
	(void)load_term(call, &cmd->term, operator_id);
	return true;
}

static void term_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &passenger_term_shape, &((struct term_cmd *)call->cmd)->term);
}

const struct flow_op passenger_term_get_op = { "passenger_term_get",
					       sizeof(struct term_cmd),
					       0,
					       term_get_parse,
					       term_get_keys,
					       NULL,
					       NULL,
					       term_get_answer };

/* --- Passengers --- */

struct put_cmd {
	struct passenger_order order;
	struct passenger_term term;
	struct service service;
	struct sale sale;
	struct use use;
	struct product product;
	struct passenger_list before, list; /* before: list_id zero where there is none. */
};

static bool put_parse(struct call *call)
{
	struct put_cmd *cmd = call->cmd;

	return no_query(call) && call_body(call, &cmd->order, &passenger_order_shape);
}

static const char *put_key(struct call *call)
{
	const struct passenger_order *order = &((struct put_cmd *)call->cmd)->order;

	return passenger_key(call, order->operator_id, order->service_id, order->ticket_id);
}

/* A list that was there before, and the note of when it falls due. */
static void want_before(struct call *call, struct put_cmd *cmd)
{
	mem_zero(&cmd->before, sizeof(cmd->before));
	if (call_load(call, &cmd->before, &passenger_list_shape, put_key(call)) > 0)
		call_want(call, passenger_due_key(call, cmd->before.erase_after,
						  cmd->before.list_id));
}

static bool put_keys(struct call *call)
{
	struct put_cmd *cmd = call->cmd;
	const struct passenger_order *order = &cmd->order;
	int got = call_load(call, &cmd->service, &service_shape,
			    service_record_key(call, order->operator_id, order->service_id));
	bool term = load_term(call, &cmd->term, order->operator_id);

	if (!load_ticket(call, &cmd->sale, &cmd->use, order->ticket_id) ||
	    !may_see_ticket(call, &cmd->sale) ||
	    !load_product_version(call, &cmd->product, cmd->sale.product_number,
				  cmd->sale.product_version))
		return call->problem.status == 0;
	if (got < 0)
		return call_refuse(call, 404, "SERVICE_UNKNOWN", "there is no such service");
	if (got > 0 && cmd->service.mode != MODE_ferry)
		return call_refuse_at(call, 422, "NO_PASSENGER_LIST", "/service_id",
				      "ships have passenger lists; this is none");
	if (got > 0 && term)
		want_before(call, cmd);
	return true;
}

static bool refuse_fault(struct call *call, const struct passenger_fault *fault)
{
	return call_refuse_at(call, 422, fault->code,
			      arena_text(call->arena, "/passengers/%u/%s", fault->index,
					 fault->field),
			      "%s", fault->what);
}

static bool refuse(struct call *call, enum passenger_refusal refusal)
{
	static const char *const codes[] = {
		[PASSENGER_TICKET_NOT_VALID] = "TICKET_NOT_VALID",
		[PASSENGER_NOT_COVERED] = "NOT_COVERED",
		[PASSENGER_DEPARTED] = "DEPARTED",
		[PASSENGER_OUTSIDE_VALIDITY] = "OUTSIDE_VALIDITY",
		[PASSENGER_NO_RESERVATION] = "NO_RESERVATION",
		[PASSENGER_TOO_FEW] = "TOO_FEW_PASSENGERS",
		[PASSENGER_TOO_MANY] = "TOO_MANY_PASSENGERS",
	};
	const char *text = passenger_refusal_text(refusal);

	if (refusal >= PASSENGER_TOO_FEW)
		return call_refuse_at(call, 422, codes[refusal], "/passengers", "%s", text);
	return call_refuse(call, 409, codes[refusal], "%s", text);
}

static bool put_decide(struct call *call)
{
	struct put_cmd *cmd = call->cmd;
	struct passenger_list *list = &cmd->list;
	struct passenger_fault fault;
	enum passenger_refusal refusal;

	*list = (struct passenger_list){ .ticket_id = cmd->order.ticket_id,
					 .listed_at = call->now,
					 .passenger_count = cmd->order.passenger_count };
	mem_copy(list->passengers, cmd->order.passengers, sizeof(list->passengers));
	if (!passenger_complete(&fault, list->passengers, list->passenger_count,
				cmd->term.required))
		return refuse_fault(call, &fault);
	refusal = passenger_decide(list, &cmd->use, &cmd->sale, &cmd->product, &cmd->service,
				   call->now);
	if (refusal != PASSENGER_OK)
		return refuse(call, refusal);
	list->erase_after = day_at(cmd->service.departs_at) + cmd->term.days;
	call_random(call, list->list_id.bytes, sizeof(list->list_id.bytes));
	call_random(call, list->salt, sizeof(list->salt));
	return true;
}

static void file_fact(struct call *call, const struct put_cmd *cmd, struct slice record)
{
	struct fact fact = { .type = FACT_passengers_listed,
			     .at = call->now,
			     .id = call->id,
			     .ticket_id = cmd->order.ticket_id,
			     .mode = MODE_ferry,
			     .list_id = cmd->list.list_id,
			     .count = cmd->list.passenger_count };

	mem_copy(fact.operator_id, cmd->order.operator_id, sizeof(fact.operator_id));
	mem_copy(fact.service, cmd->order.service_id, sizeof(fact.service));
	sha256(fact.digest, record);
	fact_file(call, &fact, 0);
}

static void put_writes(struct call *call)
{
	struct put_cmd *cmd = call->cmd;
	const struct passenger_list *list = &cmd->list;
	struct passenger_due due = { .list_id = list->list_id, .ticket_id = list->ticket_id };
	struct writer to = { .data = arena_alloc(call->arena, LIST_SIZE_MAX),
			     .size = LIST_SIZE_MAX };

	shape_to_cbor(&to, &passenger_list_shape, list);
	MUST(!to.failed);
	mem_copy(due.operator_id, cmd->order.operator_id, sizeof(due.operator_id));
	mem_copy(due.service_id, cmd->order.service_id, sizeof(due.service_id));
	if (!id_is_zero(cmd->before.list_id))
		call_remove(call, passenger_due_key(call, cmd->before.erase_after,
						    cmd->before.list_id));
	call_put(call, put_key(call), slice_of(to.data, to.used));
	call_append_shape(call, passenger_due_key(call, list->erase_after, list->list_id),
			  &passenger_due_shape, &due);
	file_fact(call, cmd, slice_of(to.data, to.used));
}

static void put_answer(struct call *call)
{
	const struct put_cmd *cmd = call->cmd;
	struct passenger_receipt receipt = { .list_id = cmd->list.list_id,
					     .ticket_id = cmd->list.ticket_id,
					     .persons = cmd->list.passenger_count,
					     .reserved = cmd->list.reserved,
					     .erase_after = cmd->list.erase_after };

	mem_copy(receipt.operator_id, cmd->order.operator_id, sizeof(receipt.operator_id));
	mem_copy(receipt.service_id, cmd->order.service_id, sizeof(receipt.service_id));
	call_reply_shape(call, 201, &passenger_receipt_shape, &receipt);
}

const struct flow_op passenger_put_op = { "passenger_put", sizeof(struct put_cmd),
					  0,               put_parse,
					  put_keys,        put_decide,
					  put_writes,      put_answer };
