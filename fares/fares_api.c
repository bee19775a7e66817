/* fares/fares_api.c - this room's routes on one screen. */
#include "fares/fares_api.h"

#include "core/arena.h"
#include "fares/credit.h"
#include "fares/fares_op.h"
#include "fares/feed_op.h"

#define ANY_TOKEN                                                                                  \
	(ROLES(council) | ROLES(partner) | ROLES(operator) | ROLES(gate) | ROLES(auditor) |        \
	 ROLES(funder))
#define SEES_RULES   (ROLES(council) | ROLES(partner) | ROLES(operator) | ROLES(auditor))
#define SEES_TICKETS (ROLES(partner) | ROLES(council))

static const struct http_route routes[] = {
	{ HTTP_POST, "/v1/rider-categories", ROLES(council), FLOW_BY_KEY, &rider_put_op,
	  .body = &rider_category_shape, .answer = &rider_category_shape, .status = 201,
	  .summary = "Add or change a category of riders" },
	{ HTTP_GET, "/v1/rider-categories", ANY_TOKEN, FLOW_QUESTION, &rider_list_op,
	  .answer = &rider_category_shape, .answer_list = true, .status = 200,
	  .query = LISTING_QUERY, .summary = "Categories of riders" },
	{ HTTP_POST, "/v1/partners", ROLES(council), FLOW_BY_KEY, &partner_put_op,
	  .body = &partner_shape, .answer = &partner_shape, .status = 201,
	  .summary = "Register a selling partner" },
	{ HTTP_GET, "/v1/partners/{partner_id}", SEES_TICKETS, FLOW_QUESTION, &partner_get_op,
	  .answer = &partner_shape, .status = 200, .summary = "A selling partner" },
	{ HTTP_POST, "/v1/partners/{partner_id}/credit-limit", ROLES(council), FLOW_BY_KEY,
	  &credit_limit_op, .body = &credit_limit_shape, .answer = &credit_answer_shape,
	  .status = 200, .summary = "Set how much a partner may owe before its sales stop" },
	{ HTTP_GET, "/v1/partners/{partner_id}/credit", SEES_TICKETS, FLOW_QUESTION,
	  &credit_get_op, .answer = &credit_answer_shape, .status = 200,
	  .summary = "What a partner owes, and what it may still sell" },
	{ HTTP_POST, "/v1/rules", ROLES(council), FLOW_BY_KEY, &rule_put_op, .body = &rule_shape,
	  .answer = &rule_shape, .status = 201,
	  .summary = "Publish a sharing rule, or its next version" },
	{ HTTP_GET, "/v1/rules/{rule_id}", SEES_RULES, FLOW_QUESTION, &rule_get_op,
	  .answer = &rule_shape, .status = 200, .query = "version",
	  .summary = "A sharing rule; the newest version unless one is named" },
	{ HTTP_POST, "/v1/products", ROLES(council), FLOW_BY_KEY, &product_put_op,
	  .body = &product_shape, .answer = &product_shape, .status = 201,
	  .summary = "Publish a product, or its next version" },
	{ HTTP_GET, "/v1/products", ANY_TOKEN, FLOW_QUESTION, &product_list_op,
	  .answer = &product_head_shape, .answer_list = true, .status = 200, .query = LISTING_QUERY,
	  .summary = "Products and their newest versions" },
	{ HTTP_GET, "/v1/products/{product_id}", ANY_TOKEN, FLOW_QUESTION, &product_get_op,
	  .answer = &product_shape, .status = 200, .query = "version",
	  .summary = "A product; the newest version unless one is named" },
	{ HTTP_POST, "/v1/tickets", ROLES(partner), FLOW_BY_KEY, &ticket_sell_op,
	  .body = &sale_order_shape, .answer = &ticket_answer_shape, .status = 201,
	  .summary = "Sell a ticket" },
	{ HTTP_GET, "/v1/tickets/{ticket_id}", SEES_TICKETS, FLOW_QUESTION, &ticket_get_op,
	  .answer = &ticket_answer_shape, .status = 200, .summary = "A ticket" },
	{ HTTP_GET, "/v1/tickets/{ticket_id}/qr.svg", SEES_TICKETS, FLOW_QUESTION, &ticket_svg_op,
	  .answer_type = "image/svg+xml", .status = 200, .summary = "Its QR code, drawn" },
	{ HTTP_GET, "/v1/tickets/{ticket_id}/qr.png", SEES_TICKETS, FLOW_QUESTION, &ticket_png_op,
	  .answer_type = "image/png", .status = 200, .summary = "Its QR code, in pixels" },
	{ HTTP_POST, "/v1/tickets/{ticket_id}/refund-offer", ROLES(partner), FLOW_BY_KEY,
	  &refund_offer_op, .body = &nothing_shape, .answer = &refund_offer_shape, .status = 201,
	  .summary = "What a refund would give back; it stands for 15 minutes" },
	{ HTTP_POST, "/v1/tickets/{ticket_id}/refund", ROLES(partner), FLOW_BY_KEY, &refund_op,
	  .body = &refund_order_shape, .answer = &refund_answer_shape, .status = 200,
	  .summary = "Take the offer" },
	{ HTTP_POST, "/v1/services", ROLES(council) | ROLES(operator), FLOW_BY_KEY, &service_put_op,
	  .body = &service_shape, .answer = &service_shape, .status = 201,
	  .summary = "A dated sailing or flight, with its allotment" },
	{ HTTP_GET, "/v1/services", ANY_TOKEN, FLOW_QUESTION, &service_list_op,
	  .answer = &service_shape, .answer_list = true, .status = 200,
	  .query = "operator_id " LISTING_QUERY, .summary = "Sailings and flights" },
	{ HTTP_GET, "/v1/services/{operator_id}/{service_id}", ANY_TOKEN, FLOW_QUESTION,
	  &service_get_op, .answer = &service_shape, .status = 200,
	  .summary = "A sailing or flight" },
	{ HTTP_POST, "/v1/reservations", ROLES(partner), FLOW_BY_KEY, &reserve_op,
	  .body = &reservation_order_shape, .answer = &reservation_answer_shape, .status = 201,
	  .summary = "Places on a sailing or flight for a ticket" },
	{ HTTP_GET, "/v1/status-lists/{n}", ROLES_ANYONE, FLOW_QUESTION, &status_list_op,
	  .answer_type = "application/statuslist+cwt", .status = 200,
	  .summary = "A Token Status List (CWT): the tickets sold on one day, two bits each" },
	FEED_ROUTES
};

const struct http_routes fares_routes = { "fares", routes, COUNT_OF(routes) };

size_t fares_seed(struct store_item *items, size_t most, struct arena *arena)
{
	MUST(most >= RIDER_SEED_COUNT);
	for (size_t i = 0; i < RIDER_SEED_COUNT; i++) {
		struct writer to = { .data = arena_alloc(arena, 1024), .size = 1024 };

		shape_to_cbor(&to, &rider_category_shape, &rider_seed[i]);
		MUST(!to.failed);
		items[i] = (struct store_item){
			.key = slice_text(arena_text(arena, "rider/%s", rider_seed[i].category)),
			.value = slice_of(to.data, to.used),
			.intent = STORE_WRITE
		};
	}
	return RIDER_SEED_COUNT;
}
