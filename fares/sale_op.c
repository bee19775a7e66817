/* fares/sale_op.c - selling a ticket and showing it. Without it no code is ever signed. */
#include "fares/fares_op.h"

#include "core/crypto.h"
#include "core/date.h"
#include "fares/credit.h"
#include "fares/leaver.h"
#include "fares/revocation.h"
#include "qr/image.h"
#include "qr/ticket.h"

enum { PNG_SCALE = 8 };

struct sell_cmd {
	struct sale_order order;
	struct product product;
	struct rider_category category;
	struct partner partner;
	struct credit credit;
	struct leavers leavers;
	struct sale sale;
	uint8_t code_digest[CODE_DIGEST_SIZE];
	uint32_t slots[SLOT_CANDIDATES];
	time_ms drawn_at; /* The try whose slots these are. */
};

/* A ticket bound to a key for which anybody can sign would be bound to nobody. */
static bool device_key_is_sound(struct call *call, const struct sale_order *order)
{
	static const uint8_t none[TICKET_DEVICE_KEY_SIZE];

	if (mem_equal(order->device_key, none, sizeof(none)) ||
	    sign_key_is_sound(order->device_key))
		return true;
	return call_refuse_at(call, 422, "BAD_DEVICE_KEY", "/device_key",
			      "no Ed25519 public key that a phone can have made");
}

static bool sell_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct sell_cmd *cmd = call->cmd;

	if (!call_query_only(call, none) || !call_body(call, &cmd->order, &sale_order_shape) ||
	    !device_key_is_sound(call, &cmd->order))
		return false;
	credit_queue(call);
	return true;
}

static uint16_t status_list_of(const struct call *call)
{
	return revocation_list(service_day_at(call->now, call->day_boundary_min));
}

static const char *slot_key(struct call *call, uint32_t index)
{
	return call_key(call, "slot/%04x/%06x", status_list_of(call), index);
}

/* An index says nothing of its ticket, for it is drawn; a few are drawn at once, and the first free
 * one taken. */
static void want_slots(struct call *call, struct sell_cmd *cmd)
{
	if (cmd->drawn_at != call->now) {
		cmd->drawn_at = call->now;
		call_random(call, cmd->slots, sizeof(cmd->slots));
		for (size_t i = 0; i < SLOT_CANDIDATES; i++)
			cmd->slots[i] %= SLOT_INDEX_COUNT;
	}
	for (size_t i = 0; i < SLOT_CANDIDATES; i++)
		call_want(call, slot_key(call, cmd->slots[i]));
}

static bool sell_keys(struct call *call)
{
	struct sell_cmd *cmd = call->cmd;
	int partner = call_load(call, &cmd->partner, &partner_shape,
				call_key(call, "partner/%s", call->caller.subject));
	int category = call_load(call, &cmd->category, &rider_category_shape,
				 call_key(call, "rider/%s", cmd->order.category));

	want_slots(call, cmd);
	if (call_load(call, &cmd->leavers, &leavers_shape, leavers_key) < 0)
		cmd->leavers.count = 0;
	if (partner > 0)
		credit_load(call, &cmd->credit, &cmd->partner);
	if (partner < 0)
		return call_refuse(call, 403, "PARTNER_UNKNOWN",
				   "this partner is not registered with the council");
	if (!load_product(call, &cmd->product, cmd->order.product_id, cmd->order.version))
		return call->problem.status == 0;
	if (category < 0)
		return call_refuse_at(call, 422, "UNKNOWN_CATEGORY", "/category", "%s",
				      sale_refusal_text(SALE_UNKNOWN_CATEGORY));
	return true;
}

static bool refuse_sale(struct call *call, enum sale_refusal refusal)
{
	static const char *const codes[] = {
		[SALE_NOT_ON_SALE] = "NOT_ON_SALE",
		[SALE_VALIDITY_OVER] = "VALIDITY_OVER",
		[SALE_NO_PRICE_FOR_CATEGORY] = "NO_PRICE_FOR_CATEGORY",
		[SALE_TOO_MANY_RIDERS] = "TOO_MANY_RIDERS",
		[SALE_UNKNOWN_CATEGORY] = "UNKNOWN_CATEGORY",
		[SALE_DEVICE_KEY_NEEDED] = "DEVICE_KEY_NEEDED",
	};

	return call_refuse(call, 422, codes[refusal], "%s", sale_refusal_text(refusal));
}

static bool take_slot(struct call *call, struct sell_cmd *cmd)
{
	cmd->sale.status_list = status_list_of(call);
	for (size_t i = 0; i < SLOT_CANDIDATES; i++)
		if (call_found(call, slot_key(call, cmd->slots[i]))->version == 0) {
			cmd->sale.status_index = cmd->slots[i];
			return true;
		}
	return call_refuse(call, 503, "SLOTS_FULL",
			   "the day's status list is nearly full; send it again");
}

static bool sign_sale(struct call *call, struct sell_cmd *cmd)
{
	const struct fares_room *room = call->room;
	const struct keyring_key *key =
	    keyring_signing(room->keys, KEY_TICKET, cmd->sale.sold_at / SECOND_MS);
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	struct ticket ticket;
	size_t used;

	if (key == NULL)
		return call_refuse(call, 503, "NO_SIGNING_KEY",
				   "no key is in force; tell the council");
	sale_ticket(&ticket, &cmd->sale, &cmd->product, cmd->category.fare_class);
	if (ticket_encode(bytes, &used, sizeof(bytes), &ticket, key) != TICKET_OK)
		return call_refuse(call, 503, "TICKET_TOO_LARGE",
				   "the product does not fit a ticket; tell the council");
	ticket_code(cmd->sale.code, sizeof(cmd->sale.code), slice_of(bytes, used));
	code_digest(cmd->code_digest, slice_of(bytes, used));
	return true;
}

static bool check_leavers(struct call *call, const struct sell_cmd *cmd)
{
	const char *who = leavers_of(&cmd->leavers, &cmd->product,
				     service_day_at(call->now, call->day_boundary_min));

	return who == NULL ||
	       call_refuse(call, 409, "OPERATOR_LEFT",
			   "%s has left, and this version of the product names it", who);
}

static bool sell_decide(struct call *call)
{
	struct sell_cmd *cmd = call->cmd;
	enum sale_refusal refusal;

	if (!check_leavers(call, cmd))
		return false;
	mem_zero(&cmd->sale, sizeof(cmd->sale));
	refusal =
	    sale_decide(&cmd->sale, &cmd->product, &cmd->order, call->now, call->day_boundary_min);
	if (refusal != SALE_OK)
		return refuse_sale(call, refusal);
	cmd->sale.ticket_id = call_new_id(call);
	mem_copy(cmd->sale.partner_id, cmd->partner.partner_id, sizeof(cmd->sale.partner_id));
	return credit_take(call, &cmd->credit, &cmd->partner, cmd->sale.price_yen) &&
	       take_slot(call, cmd) && sign_sale(call, cmd);
}

static void sell_writes(struct call *call)
{
	struct sell_cmd *cmd = call->cmd;
	const struct sale *sale = &cmd->sale;
	struct use use = { .status = TICKET_VALID, .n = 1 };
	struct fact fact = { .type = FACT_sold,
			     .at = sale->sold_at,
			     .id = call->id,
			     .ticket_id = sale->ticket_id,
			     .product_number = sale->product_number,
			     .product_version = sale->product_version,
			     .riders = sale->riders,
			     .yen_amount = sale->price_yen,
			     .not_after = sale->not_after,
			     .counted = cmd->partner.credit_limited,
			     .n = 1 };

	mem_copy(fact.partner_id, sale->partner_id, sizeof(fact.partner_id));
	mem_copy(fact.category, sale->category, sizeof(fact.category));
	mem_copy(use.code_digest, cmd->code_digest, sizeof(use.code_digest));
	use.last_event_at = fact_file(call, &fact, 0);
	call_append_shape(call, ticket_record_key(call, sale->ticket_id), &sale_shape, sale);
	call_append_shape(call, use_record_key(call, sale->ticket_id), &use_shape, &use);
	call_put(call, slot_key(call, sale->status_index), slice_of(sale->ticket_id.bytes, 16));
	credit_put(call, &cmd->credit, &cmd->partner);
}

static void sell_answer(struct call *call)
{
	const struct sell_cmd *cmd = call->cmd;
	struct use use = { .status = TICKET_VALID };
	struct ticket_answer answer;
	char id[UUID_TEXT_SIZE];

	uuid_encode(id, cmd->sale.ticket_id);
	answer_location(call, call_key(call, "/v1/tickets/%s", id));
	ticket_answer_fill(&answer, &cmd->sale, &use);
	call_reply_shape(call, 201, &ticket_answer_shape, &answer);
}

const struct flow_op ticket_sell_op = {
	"ticket_sell", sizeof(struct sell_cmd), 0, sell_parse, sell_keys, sell_decide, sell_writes,
	sell_answer
};

/* --- A ticket shown to its partner --- */

struct show_cmd {
	struct id128 ticket_id;
	struct sale sale;
	struct use use;
};

static bool show_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct show_cmd *cmd = call->cmd;

	return call_query_only(call, none) && call_param_uuid(call, &cmd->ticket_id, 0);
}

static bool show_keys(struct call *call)
{
	struct show_cmd *cmd = call->cmd;

	if (!load_ticket(call, &cmd->sale, &cmd->use, cmd->ticket_id))
		return call->problem.status == 0;
	return may_see_ticket(call, &cmd->sale);
}

static void show_answer(struct call *call)
{
	const struct show_cmd *cmd = call->cmd;
	struct ticket_answer answer;

	ticket_answer_fill(&answer, &cmd->sale, &cmd->use);
	call_reply_shape(call, 200, &ticket_answer_shape, &answer);
}

static void svg_answer(struct call *call)
{
	const struct show_cmd *cmd = call->cmd;

	call->reply.status = 200;
	call->reply.content_type = "image/svg+xml";
	MUST(image_qr_svg(&call->reply.body, cmd->sale.code, SLICE("乗車券 Ticket")));
}

static void png_answer(struct call *call)
{
	const struct show_cmd *cmd = call->cmd;

	call->reply.status = 200;
	call->reply.content_type = "image/png";
	MUST(image_qr_png(&call->reply.body, cmd->sale.code, PNG_SCALE));
}

const struct flow_op ticket_get_op = { "ticket_get", sizeof(struct show_cmd), 0,    show_parse,
				       show_keys,    NULL,       NULL, show_answer };
const struct flow_op ticket_svg_op = { "ticket_svg", sizeof(struct show_cmd), 0,    show_parse,
				       show_keys,    NULL,       NULL, svg_answer };
const struct flow_op ticket_png_op = { "ticket_png", sizeof(struct show_cmd), 0,    show_parse,
				       show_keys,    NULL,       NULL, png_answer };
