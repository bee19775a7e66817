/* fares/booking.c - without it a pier without a network would not know who has a place. */
#include "fares/booking.h"

#include "core/crypto.h"
#include "core/date.h"

static const struct shape_field fields[] = {
	F_SUBJECT(struct booking, service_id, 1, SHAPE_REQUIRED, "the sailing or flight"),
	F_UUID(struct booking, ticket_id, 2, SHAPE_REQUIRED, "whose"),
	F_INT(struct booking, seats, 3, 0, 0, PRODUCT_RIDERS_MAX, "0: given back"),
	F_BYTES(struct booking, coupon, 4, 0, "air: a digest of what the boarding pass says"),
	F_INT(struct booking, product_number, 5, 0, 0, 65535, "with a coupon, as all that follow"),
	F_INT(struct booking, product_version, 6, 0, 0, 65535, ""),
	F_INT(struct booking, status_list, 7, 0, 0, 65535, ""),
	F_INT(struct booking, status_index, 8, 0, 0, SLOT_INDEX_COUNT - 1, ""),
	F_TIME(struct booking, sold_at, 9, 0, ""),
	F_TIME(struct booking, not_before, 10, 0, ""),
	F_TIME(struct booking, not_after, 11, 0, ""),
	F_END,
};
const struct shape booking_shape = { "Booking", sizeof(struct booking), fields };

void coupon_digest(uint8_t out[COUPON_DIGEST_SIZE], const char *carrier, const char *flight,
		   day_t day, const char *pnr)
{
	uint8_t
	    text[sizeof(((struct service *)0)->carrier) + FLIGHT_SIZE + DATE_TEXT_SIZE + PNR_SIZE];
	struct writer w = { .data = text, .size = sizeof(text) };
	char date[DATE_TEXT_SIZE];
	uint8_t digest[SHA256_SIZE];

	date_encode(date, day);
	write_text(&w, carrier);
	write_text(&w, "/");
	write_text(&w, flight);
	write_text(&w, "/");
	write_text(&w, date);
	write_text(&w, "/");
	write_text(&w, pnr);
	MUST(!w.failed);
	sha256(digest, slice_of(text, w.used));
	mem_copy(out, digest, COUPON_DIGEST_SIZE);
}

void booking_of(struct booking *out, const struct sale *sale, const struct service *service,
		const char *pnr)
{
	*out = (struct booking){ .ticket_id = sale->ticket_id, .seats = sale->riders };
	mem_copy(out->service_id, service->service_id, sizeof(out->service_id));
	if (service->mode != MODE_air || pnr[0] == '\0')
		return;
	coupon_digest(out->coupon, service->carrier, service->flight, day_at(service->departs_at),
		      pnr);
	out->product_number = sale->product_number;
	out->product_version = sale->product_version;
	out->status_list = sale->status_list;
	out->status_index = sale->status_index;
	out->sold_at = sale->sold_at;
	out->not_before = sale->not_before;
	out->not_after = sale->not_after;
}
