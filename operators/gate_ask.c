/* operators/gate_ask.c - what a gate knows of a code, brought together for scan_decide: its own
 * memory, and the bundle that it holds. Without it an offline gate would decide by other rules than
 * the server.
 */
#include "operators/gate_inside.h"

#include "core/date.h"
#include "operators/pass_leg.h"
#include "qr/bcbp.h"
#include "qr/code.h"

/* Reads the code as our own. */
static void read_own(struct gate_asked *a, struct slice text)
{
	static const enum scan_verdict verdicts[] = {
		[CODE_OK] = SCAN_ADMITTED,
		[CODE_MALFORMED] = SCAN_MALFORMED,
		[CODE_UNKNOWN_KEY] = SCAN_UNKNOWN_KEY,
		[CODE_FORGED] = SCAN_FORGED,
		[CODE_DEVICE_PROOF_MISSING] = SCAN_DEVICE_PROOF_MISSING,
		[CODE_DEVICE_PROOF_FORGED] = SCAN_DEVICE_PROOF_FORGED,
	};
	struct code code;
	enum code_status status = code_read(&code, text, &a->held->keys);

	a->refused = verdicts[status];
	a->ticket_known = status == CODE_OK || status == CODE_DEVICE_PROOF_MISSING ||
			  status == CODE_DEVICE_PROOF_FORGED;
	if (!a->ticket_known)
		return;
	a->ticket = code.ticket;
	a->product = gate_product(a->held, code.ticket.product_number, code.ticket.product_version);
	a->scan.dynamic = code.presented;
	/* The phone's own word, and it may say any number. */
	a->scan.proof_at = code.presented_s < INT64_MAX / (2 * SECOND_MS)
			       ? code.presented_s * SECOND_MS
			       : INT64_MAX / 2;
	a->scan.proof = code_presentation_id(&code);
}

/* The ticket of an airline's boarding pass, as if its own code had been shown. */
static void take_booking(struct gate_asked *a, const struct booking *booking)
{
	struct sale sale = { .ticket_id = booking->ticket_id,
			     .product_number = booking->product_number,
			     .product_version = booking->product_version,
			     .riders = booking->seats,
			     .sold_at = booking->sold_at,
			     .not_before = booking->not_before,
			     .not_after = booking->not_after,
			     .status_list = booking->status_list,
			     .status_index = booking->status_index };

	a->ticket_known = true;
	a->product = gate_product(a->held, sale.product_number, sale.product_version);
	sale_ticket(&a->ticket, &sale, a->product != NULL ? a->product : &a->gate->no_product,
		    FARE_FULL);
	a->service_id = booking->service_id;
}

/* A boarding pass opens nothing but by a place that we sold. */
static void read_coupon(struct gate_asked *a, struct slice text)
{
	struct bcbp pass;
	struct pass_leg legs[BCBP_LEG_COUNT_MAX];
	const struct booking *bookings[BCBP_LEG_COUNT_MAX];
	day_t today = day_at(a->said->at_ms);
	int chosen;

	a->by_coupon = bcbp_read(&pass, text) && a->place.mode == MODE_air;
	a->refused = a->by_coupon ? SCAN_NO_RESERVATION : SCAN_MALFORMED;
	for (uint8_t i = 0; a->by_coupon && i < pass.legs; i++) {
		const struct bcbp_leg *leg = &pass.leg[i];
		day_t day = day_of_year_near(leg->julian_day, today);
		uint8_t digest[COUPON_DIGEST_SIZE];

		coupon_digest(digest, leg->carrier, leg->flight, day, leg->pnr);
		bookings[i] = gate_coupon(a->held, digest);
		legs[i] = (struct pass_leg){ .ours = bookings[i] != NULL, .here = true };
		legs[i].day = day;
		legs[i].named = legs[i].ours && text_equal(bookings[i]->service_id, a->service_id);
	}
	chosen = a->by_coupon ? pass_leg_choose(legs, pass.legs, today) : -1;
	if (chosen < 0)
		return;
	a->refused = SCAN_ADMITTED;
	take_booking(a, bookings[chosen]);
}

static void find_service(struct gate_asked *a)
{
	const struct service *service;

	a->service_named =
	    a->service_id[0] != '\0' && (a->place.mode == MODE_ferry || a->place.mode == MODE_air);
	if (!a->service_named)
		return;
	service = gate_service(a->held, a->service_id);
	a->service_known = service != NULL;
	if (service != NULL)
		a->service = *service;
}

/* Places that this gate gave away and the bundle cannot know of. */
bool gate_places_are_ours(const struct gate_asked *a, const struct gate_seat *seat)
{
	return seat->scan != 0 && seat->places > 0 &&
	       text_equal(seat->sailing, a->service.service_id) &&
	       (seat->places_scan > a->gate->head.uploaded ||
		seat->places_at > a->held->made_at_s * SECOND_MS);
}

static void count_places(struct gate_asked *a)
{
	uint32_t taken = a->service.taken;

	if (!a->service_known || a->service.allotment == 0)
		return;
	for (uint32_t i = 0; i < a->gate->limits.tickets; i++)
		if (gate_places_are_ours(a, &a->gate->seats[i]))
			taken += a->gate->seats[i].places;
	a->service.taken = (uint16_t)(taken < a->service.allotment ? taken : a->service.allotment);
}

/* What this gate remembers, with the places that the bundle says are held. */
static void take_bookings(struct gate_asked *a)
{
	struct use *use = &a->use;
	const struct booking *booking;

	for (uint32_t n = 0; (booking = gate_booking(a->held, a->ticket.id, n)) != NULL; n++) {
		const struct service *service = gate_service(a->held, booking->service_id);
		struct use_reservation *held = NULL;

		for (uint16_t i = 0; i < use->reservation_count; i++)
			if (text_equal(use->reservations[i].service_id, booking->service_id))
				held = &use->reservations[i];
		if (held == NULL && use->reservation_count < USE_RESERVATION_COUNT_MAX)
			held = &use->reservations[use->reservation_count++];
		if (held == NULL)
			return;
		mem_copy(held->operator_id, a->place.operator_id, sizeof(held->operator_id));
		mem_copy(held->service_id, booking->service_id, sizeof(held->service_id));
		held->mode = service != NULL ? service->mode : a->place.mode;
		held->seats = booking->seats;
	}
}

/* False: the disk lost what it remembered of this ticket; nobody may pass by a ticket that may have
 * been used. */
static bool recall(struct gate_asked *a)
{
	a->seat = gate_memory_find(a->gate, a->ticket.id);
	if (a->seat != GATE_NO_SEAT && !gate_memory_read(&a->use, a->gate, a->seat))
		return false;
	a->use.status =
	    (uint8_t)gate_ticket_state(a->held, a->ticket.status_list, a->ticket.status_index);
	take_bookings(a);
	return true;
}

static void decide(struct gate_asked *a)
{
	struct scan_place place = { .gate = &a->place,
				    .operator= & a->held->place.operator,
				    .service = a->service_known ? &a->service : NULL,
				    .service_named = a->service_named,
				    .service_known = a->service_known,
				    .boundary_min = a->held->place.boundary_min,
				    .od_fare_yen = -1,
				    .through_fare_yen = -1 };
	struct extensions extensions = { a->held->extensions, a->held->extension_count };
	struct scan_input in = { .ticket = &a->ticket,
				 .product = a->product,
				 .use = &a->use,
				 .place = &place,
				 .scan = &a->scan,
				 .extensions = &extensions,
				 .by_coupon = a->by_coupon };

	a->scan.service_id = a->service_named ? a->service_id : "";
	a->scan.proof_past_s = a->held->rules.proof_past_s;
	a->scan.proof_ahead_s = a->held->rules.proof_ahead_s;
	scan_decide(&a->outcome, &in);
	a->outcome.next.ride_count = 0; /* What is over is asked by the server alone. */
}

void gate_asked_begin(struct gate_asked *a, struct hitotsu_gate *gate,
		      const struct hitotsu_gate_scan *said)
{
	*a = (struct gate_asked){ .gate = gate,
				  .held = gate_held(gate),
				  .said = said,
				  .seat = GATE_NO_SEAT,
				  .service_id = gate_or_empty(said->service) };
	a->place = a->held->place.gate;
	a->scan.kind = (enum scan_kind)said->kind;
	a->scan.at = said->at_ms;
	a->scan.riders = (uint8_t)(said->riders == 0 ? 1 : said->riders);
	a->scan.stop = a->place.stop[0] != '\0' ? a->place.stop : gate_or_empty(said->stop);
	if ((a->place.mode == MODE_bus || a->place.mode == MODE_rail) && a->place.route[0] == '\0')
		mem_copy(a->place.route, a->service_id, text_size(a->service_id));
}

enum hitotsu_gate_status gate_asked_decide(struct gate_asked *a)
{
	struct slice text = slice_of(a->said->code, a->said->code_size);

	if (slice_starts(text, SLICE(TICKET_CODE_PREFIX)))
		read_own(a, text);
	else
		read_coupon(a, text);
	a->outcome.verdict = a->refused;
	if (a->refused != SCAN_ADMITTED)
		return HITOTSU_GATE_OK;
	find_service(a);
	count_places(a);
	if (!recall(a)) {
		a->gate->damaged++;
		return gate_say(a->gate, HITOTSU_GATE_FILE_DAMAGED, "a ticket was lost");
	}
	decide(a);
	return HITOTSU_GATE_OK;
}
