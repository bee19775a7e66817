/* operators/demo_sell.c - two partner apps sell, reserve seats, and take some tickets back.
 * Without it nobody would have anything to show.
 */
#include "operators/demo_inside.h"

#include <stdio.h>
#include <string.h>

enum {
	BUS_PASSES = 120,
	CITY_PASSES = 100,
	ISLAND_PASSES = 60,
	ROUND_TRIPS = 40,
	REFUNDS = 10,
	STAYS = 5, /* Bought and never used. */
	SALE_HOUR = 9,
	REFUND_HOUR = 10,
};

static const unsigned counts[DEMO_PRODUCT_COUNT] = { BUS_PASSES, CITY_PASSES, ISLAND_PASSES,
						     ROUND_TRIPS };

/* Who buys the k-th ticket of a product, and what becomes of it. */
static struct demo_ticket plan(uint8_t product, unsigned k)
{
	struct demo_ticket t = { .product = product,
				 .partner = k % 5 < 2,
				 .riders = 1,
				 .aboard = -1,
				 .last_gate = -1,
				 .child = k % 8 == 3 };
	unsigned stays = product == DEMO_ROUND ? 1 : STAYS;

	if (!t.child && k % 6 == 0)
		t.riders = 2;
	if (!t.child && product == DEMO_BUS_PASS && k % 15 == 7)
		t.riders = 3;
	if (k < stays)
		t.part = DEMO_STAYS;
	else if (product == DEMO_BUS_PASS && k < stays + REFUNDS)
		t.part = DEMO_REFUNDED;
	else if (product == DEMO_ROUND && k == stays)
		t.part = DEMO_NO_SEAT;
	if (product == DEMO_CITY)
		t.first_day = (uint8_t)(k % DEMO_DAY_COUNT);
	if (product == DEMO_ISLAND)
		t.first_day = (uint8_t)(k % 2);
	if (product == DEMO_ROUND)
		snprintf(t.pnr, sizeof(t.pnr), "DM%04u", k % 10000);
	return t;
}

static bool sell(struct demo *d, struct demo_ticket *t, unsigned k)
{
	const struct product *product = &d->products[t->product];
	struct demo_sales *sales = &d->sales[t->product];
	struct json_out *out = demo_body(d);
	const struct json *answer;
	char ref[32];

	snprintf(ref, sizeof(ref), "order-%s-%03u", demo_product_ids[t->product], k + 1);
	t->price_yen = product->prices[t->child].price_yen * t->riders;
	json_put_text(out, "product_id", slice_text(demo_product_ids[t->product]));
	json_put_text(out, "category", slice_text(product->prices[t->child].category));
	json_put_int(out, "riders", t->riders);
	json_put_text(out, "partner_ref", slice_text(ref));
	answer = demo_post(d, d->partner_tokens[t->partner], 201, "/v1/tickets");
	if (answer == NULL)
		return false;
	if (!text_set(t->id, sizeof(t->id), slice_text(demo_text(answer, "ticket_id"))) ||
	    !text_set(t->code, sizeof(t->code), slice_text(demo_text(answer, "code"))) ||
	    demo_int(answer, "price_yen") != t->price_yen)
		return demo_fail(d, "POST /v1/tickets: %s at %lld yen where %lld were expected",
				 demo_product_ids[t->product],
				 (long long)demo_int(answer, "price_yen"), (long long)t->price_yen),
		       false;
	sales->tickets++;
	sales->riders += t->riders;
	sales->sold_yen += t->price_yen;
	return true;
}

static bool reserve(struct demo *d, const struct demo_ticket *t, int way, const char *what,
		    unsigned day)
{
	char id[ID_SIZE];
	struct json_out *out = demo_body(d);

	demo_special_id(id, what, day);
	json_put_text(out, "ticket_id", slice_text(t->id));
	json_put_text(out, "operator_id", slice_text(demo_id(d, d->ways[way].who)));
	json_put_text(out, "service_id", slice_text(id));
	if (d->ways[way].mode == MODE_air)
		json_put_text(out, "pnr", slice_text(t->pnr));
	return demo_post(d, d->partner_tokens[t->partner], 201, "/v1/reservations") != NULL;
}

unsigned demo_ferry_day(const struct demo *d, const struct demo_ticket *t)
{
	return (unsigned)(t - d->tickets) % DEMO_DAY_COUNT;
}

unsigned demo_flight_day(const struct demo *d, const struct demo_ticket *t)
{
	return (unsigned)(t - d->tickets) / DEMO_DAY_COUNT % DEMO_DAY_COUNT;
}

static bool sell_all(struct demo *d)
{
	size_t all = BUS_PASSES + CITY_PASSES + ISLAND_PASSES + ROUND_TRIPS, seats = 0;

	for (uint8_t product = 0; product < DEMO_PRODUCT_COUNT; product++)
		for (unsigned k = 0; k < counts[product]; k++) {
			struct demo_ticket *t = &d->tickets[d->ticket_count];

			*t = plan(product, k);
			if (!sell(d, t, k))
				return false;
			d->ticket_count++;
			demo_progress(d, "selling tickets", d->ticket_count, all);
			if (product != DEMO_ROUND || t->part != DEMO_RIDES)
				continue;
			if (!reserve(d, t, d->round_ferry, "tour", demo_ferry_day(d, t)) ||
			    !reserve(d, t, d->round_air, "oc75", demo_flight_day(d, t)))
				return false;
			seats += 2u * t->riders;
		}
	demo_line(d, "   %zu tickets through %s and %s; %zu seats reserved on ship and plane",
		  d->ticket_count, demo_partner_ids[0], demo_partner_ids[1], seats);
	return true;
}

static bool give_back(struct demo *d, struct demo_ticket *t)
{
	const struct product *product = &d->products[t->product];
	struct demo_sales *sales = &d->sales[t->product];
	const struct json *answer;
	char offer[UUID_TEXT_SIZE];
	struct json_out *out;
	yen fee = product->refund_fee_yen < t->price_yen ? product->refund_fee_yen : t->price_yen;

	demo_body(d);
	answer =
	    demo_post(d, d->partner_tokens[t->partner], 201, "/v1/tickets/%s/refund-offer", t->id);
	if (answer == NULL ||
	    !text_set(offer, sizeof(offer), slice_text(demo_text(answer, "offer_id"))))
		return false;
	out = demo_body(d);
	json_put_text(out, "offer_id", slice_text(offer));
	answer = demo_post(d, d->partner_tokens[t->partner], 200, "/v1/tickets/%s/refund", t->id);
	if (answer == NULL)
		return false;
	if (demo_int(answer, "fee_yen") != fee ||
	    demo_int(answer, "refund_yen") != t->price_yen - fee)
		return demo_fail(d, "a refund of %lld yen where %lld were expected",
				 (long long)demo_int(answer, "refund_yen"),
				 (long long)(t->price_yen - fee)),
		       false;
	sales->refunds++;
	sales->refunded_yen += t->price_yen - fee;
	sales->fees_yen += fee;
	return true;
}

static bool give_all_back(struct demo *d)
{
	unsigned count = 0;
	yen back = 0;

	for (size_t i = 0; i < d->ticket_count; i++)
		if (d->tickets[i].part == DEMO_REFUNDED) {
			if (!give_back(d, &d->tickets[i]))
				return false;
			count++;
		}
	for (size_t i = 0; i < DEMO_PRODUCT_COUNT; i++)
		back += d->sales[i].refunded_yen;
	demo_line(d, "   %u unused passes taken back: %s yen returned, 500 yen kept of each", count,
		  demo_number(back, 1));
	return true;
}

/* A ticket to look at. */
static bool draw(struct demo *d)
{
	for (size_t i = 0; i < d->ticket_count; i++) {
		const struct demo_ticket *t = &d->tickets[i];

		if (t->part != DEMO_RIDES)
			continue;
		demo_line(d, "   a ticket as its traveller shows it: %s/ticket.svg, ticket.png",
			  d->start->out_dir);
		return demo_fetch_file(d, d->partner_tokens[t->partner], "ticket.svg",
				       "/v1/tickets/%s/qr.svg", t->id) &&
		       demo_fetch_file(d, d->partner_tokens[t->partner], "ticket.png",
				       "/v1/tickets/%s/qr.png", t->id);
	}
	return true;
}

bool demo_sell(struct demo *d)
{
	day_t first = day_of_civil((struct civil){ 2026, 11, 1 });

	demo_head(d, "3 Two apps sell", "2つのアプリで販売 2026-11-01");
	return demo_clock(d, day_start(first, SALE_HOUR * 60)) && sell_all(d) && draw(d) &&
	       demo_clock(d, day_start(first + 1, REFUND_HOUR * 60)) && give_all_back(d);
}
