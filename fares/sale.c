/* fares/sale.c - what a ticket costs, when it counts, and what its code says. Without it nothing is
 * sold. Pure. */
#include "fares/sale.h"

#include "core/date.h"
#include "fares/money.h"

const char *sale_refusal_text(enum sale_refusal refusal)
{
	switch (refusal) {
	case SALE_NOT_ON_SALE:
		return "the product is not on sale today";
	case SALE_VALIDITY_OVER:
		return "the product's validity is over";
	case SALE_DEVICE_KEY_NEEDED:
		return "the product is sold to phones alone; send the phone's key as device_key";
	case SALE_NO_PRICE_FOR_CATEGORY:
		return "the product has no price for this category of riders";
	case SALE_TOO_MANY_RIDERS:
		return "more riders than one ticket of this product carries";
	case SALE_UNKNOWN_CATEGORY:
		return "there is no such category of riders";
	default:
		return "";
	}
}

enum sale_refusal sale_price(yen *out, const struct product *product,
			     const struct sale_order *order)
{
	if (order->riders == 0 || order->riders > product->riders_max)
		return SALE_TOO_MANY_RIDERS;
	for (size_t i = 0; i < product->price_count; i++)
		if (text_equal(product->prices[i].category, order->category)) {
			*out = product->prices[i].price_yen * order->riders;
			return SALE_OK;
		}
	return SALE_NO_PRICE_FOR_CATEGORY;
}

void sale_window(time_ms *not_before, time_ms *not_after, const struct product *product,
		 time_ms sold_at, uint16_t boundary_min)
{
	if (product->validity == VALIDITY_FIXED) {
		*not_before = day_start(product->valid_from, boundary_min);
		*not_after = day_start(product->valid_until + 1, boundary_min) - 1;
		return;
	}
	*not_before = sold_at;
	*not_after = day_start(service_day_at(sold_at, boundary_min) + product->activation_days,
			       boundary_min) -
		     1;
}

time_ms validity_until(const struct product *product, time_ms first_used_at, time_ms not_after,
		       uint16_t boundary_min)
{
	switch (product->validity) {
	case VALIDITY_DAYS:
		return day_start(service_day_at(first_used_at, boundary_min) + product->length,
				 boundary_min) -
		       1;
	case VALIDITY_HOURS:
		return first_used_at + product->length * HOUR_MS - 1;
	default:
		return not_after;
	}
}

enum sale_refusal sale_decide(struct sale *out, const struct product *product,
			      const struct sale_order *order, time_ms now, uint16_t boundary_min)
{
	static const uint8_t no_key[TICKET_DEVICE_KEY_SIZE];
	day_t today = service_day_at(now, boundary_min);
	enum sale_refusal refusal;

	if ((product->sale_from != 0 && today < product->sale_from) ||
	    (product->sale_until != 0 && today > product->sale_until))
		return SALE_NOT_ON_SALE;
	if (product->validity == VALIDITY_FIXED && today > product->valid_until)
		return SALE_VALIDITY_OVER;
	refusal = sale_price(&out->price_yen, product, order);
	if (refusal != SALE_OK)
		return refusal;
	out->device_bound = !mem_equal(order->device_key, no_key, sizeof(no_key));
	if (product->device_bound && !out->device_bound)
		return SALE_DEVICE_KEY_NEEDED;
	mem_copy(out->device_key, order->device_key, sizeof(out->device_key));
	mem_copy(out->product_id, product->product_id, sizeof(out->product_id));
	out->product_number = product->number;
	out->product_version = product->version;
	mem_copy(out->category, order->category, sizeof(out->category));
	mem_copy(out->partner_ref, order->partner_ref, sizeof(out->partner_ref));
	out->riders = order->riders;
	out->sold_at = now;
	sale_window(&out->not_before, &out->not_after, product, now, boundary_min);
	return SALE_OK;
}

/* A ticket's validity is said in seconds: the window's last whole second, so that it never outlasts
 * it. */
void sale_ticket(struct ticket *out, const struct sale *sale, const struct product *product,
		 uint8_t fare_class)
{
	*out = (struct ticket){
		.exp_s = sale->not_after / SECOND_MS,
		.nbf_s = sale->not_before / SECOND_MS,
		.iat_s = sale->sold_at / SECOND_MS,
		.id = sale->ticket_id,
		.product_number = sale->product_number,
		.product_version = sale->product_version,
		.fare_class = fare_class,
		.riders = sale->riders,
		.modes = (uint8_t)product->modes,
		.zones = product->zone_count == 0
			     ? 0
			     : (uint32_t)(((uint64_t)1 << product->zone_count) - 1),
		.uses = product->uses,
		.status_list = sale->status_list,
		.status_index = sale->status_index,
		.has_device_key = sale->device_bound,
		.flags = sale->device_bound ? 0 : TICKET_FLAG_STATIC,
	};
	mem_copy(out->device_key, sale->device_key, sizeof(out->device_key));
}
