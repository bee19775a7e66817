/* operators/mode.c - what several modes ask. Without it each mode would have its own idea of a
 * ride. Pure.
 */
#include "operators/mode.h"

#include "core/date.h"

bool mode_takes_kind(enum fares_mode mode, enum scan_kind kind)
{
	static const uint8_t kinds[MODE_COUNT] = {
		[MODE_rail] =
		    1u << SCAN_KIND_enter | 1u << SCAN_KIND_exit | 1u << SCAN_KIND_release,
		[MODE_bus] = 1u << SCAN_KIND_board | 1u << SCAN_KIND_alight,
		[MODE_ferry] = 1u << SCAN_KIND_check_in,
		[MODE_air] = 1u << SCAN_KIND_check_in,
		[MODE_venue] = 1u << SCAN_KIND_redeem,
	};

	MUST(mode < MODE_COUNT && kind < SCAN_KIND_COUNT);
	return (kinds[mode] >> kind & 1) != 0;
}

bool mode_kind_leaves(enum scan_kind kind)
{
	return kind == SCAN_KIND_exit || kind == SCAN_KIND_alight || kind == SCAN_KIND_release;
}

bool mode_is_leaving(const struct scan_input *in)
{
	return mode_kind_leaves(in->scan->kind);
}

bool mode_is_through(const struct scan_input *in)
{
	const struct operator *from = in->place->through;

	return from != NULL && in->place->gate->mode == MODE_rail &&
	       text_equal(from->operator_id, in->use->inside_operator) &&
	       product_covers_operator(in->product, from->operator_id);
}

bool mode_ends_ride(const struct scan_input *in)
{
	const struct use *use = in->use;

	return mode_is_leaving(in) && use->inside && use->inside_mode == in->place->gate->mode &&
	       (text_equal(use->inside_operator, in->place->gate->operator_id) ||
		mode_is_through(in));
}

bool mode_is_inside_rail(const struct scan_input *in)
{
	const struct use *use = in->use;
	uint16_t boundary = in->place->boundary_min;

	return use->inside && use->inside_mode == MODE_rail &&
	       service_day_at(in->scan->at, boundary) <=
		   service_day_at(use->inside_since, boundary);
}

bool mode_is_recent(const struct scan_input *in)
{
	time_ms apart = in->scan->at - in->use->last_at;

	if (apart < 0)
		apart = -apart; /* Clocks differ, uploads come late. */
	return apart < in->product->passback_s * SECOND_MS;
}

/* A stop too long to be one of a feed's is as good as unknown. */
static void set_stop(char out[STOP_ID_SIZE], const char *stop)
{
	bool fits = text_set(out, STOP_ID_SIZE, slice_text(stop));

	(void)fits;
}

void mode_ride_open(struct scan_outcome *out, const struct scan_input *in)
{
	const struct gate *gate = in->place->gate;
	struct use *next = &out->next;

	if (next->inside)
		mode_ride_close(out, in);
	next->inside = true;
	next->inside_mode = gate->mode;
	mem_copy(next->inside_operator, gate->operator_id, sizeof(next->inside_operator));
	set_stop(next->inside_stop, in->scan->stop);
	set_stop(next->inside_route, gate->route);
	next->inside_since = in->scan->at;
}

void mode_ride_note(struct use *use, const struct use_ride *ride)
{
	if (use->ride_count == USE_RIDE_COUNT_MAX) {
		for (size_t i = 1; i < USE_RIDE_COUNT_MAX; i++)
			use->rides[i - 1] = use->rides[i];
		use->ride_count--;
	}
	use->rides[use->ride_count++] = *ride;
}

void mode_ride_close(struct scan_outcome *out, const struct scan_input *in)
{
	struct use *next = &out->next;
	struct use_ride ride = { .since = next->inside_since,
				 .until = in->scan->at,
				 .mode = next->inside_mode,
				 .told = next->inside_told };

	mode_ride_note(next, &ride);
	next->inside = next->inside_told = false;
	next->inside_mode = 0;
	mem_zero(next->inside_operator, sizeof(next->inside_operator));
	mem_zero(next->inside_stop, sizeof(next->inside_stop));
	mem_zero(next->inside_route, sizeof(next->inside_route));
	next->inside_since = 0;
}

const struct use_proof *mode_proof_find(const struct use *use, struct id128 id)
{
	for (size_t i = 0; i < use->proof_count; i++)
		if (id_equal(use->proofs[i].id, id))
			return &use->proofs[i];
	return NULL;
}

static uint8_t added(uint8_t a, uint8_t b)
{
	return a + b < UINT8_MAX ? (uint8_t)(a + b) : UINT8_MAX;
}

static bool add_riders(struct use *use, const struct use_proof *proof)
{
	for (size_t i = 0; i < use->proof_count; i++) {
		struct use_proof *known = &use->proofs[i];

		if (!id_equal(known->id, proof->id))
			continue;
		known->riders = added(known->riders, proof->riders);
		known->told = added(known->told, proof->told);
		return true;
	}
	return false;
}

void mode_proof_note(struct use *use, const struct use_proof *proof)
{
	size_t at = 0;

	if (add_riders(use, proof))
		return;
	while (at < use->proof_count && use->proofs[at].at >= proof->at)
		at++;
	if (at == USE_PROOF_COUNT_MAX)
		return; /* Older than all: check_proof_again refuses it from now on. */
	if (use->proof_count < USE_PROOF_COUNT_MAX)
		use->proof_count++;
	for (size_t i = use->proof_count - 1u; i > at; i--)
		use->proofs[i] = use->proofs[i - 1];
	use->proofs[at] = *proof;
}

yen mode_fare(const struct scan_input *in)
{
	return in->place->od_fare_yen >= 0 ? in->place->od_fare_yen
					   : in->place->operator->base_fare_yen;
}

int mode_reservation_index(const struct scan_input *in)
{
	const struct service *service = in->place->service;

	if (service == NULL)
		return -1;
	for (int i = 0; i < in->use->reservation_count; i++) {
		const struct use_reservation *held = &in->use->reservations[i];

		if (text_equal(held->operator_id, service->operator_id) &&
		    text_equal(held->service_id, service->service_id))
			return i;
	}
	return -1;
}

/* A place not yet used, on whichever service of this gate's operator or mode. */
static bool holds_another(const struct scan_input *in)
{
	const struct gate *gate = in->place->gate;

	for (size_t i = 0; i < in->use->reservation_count; i++) {
		const struct use_reservation *held = &in->use->reservations[i];

		if (!held->checked_in &&
		    (held->mode == gate->mode || text_equal(held->operator_id, gate->operator_id)))
			return true;
	}
	return false;
}

static bool service_is_here(const struct service *service, const struct gate *gate, time_ms at)
{
	return service->mode == gate->mode && text_equal(service->operator_id, gate->operator_id) &&
	       at - service->departs_at <= SERVICE_LEFT_MAX_H * HOUR_MS &&
	       service->departs_at - at <= SERVICE_AHEAD_MAX_H * HOUR_MS;
}

/* A boarding pass alone opens nothing: it is the reservation that makes it a ticket of ours. */
enum scan_verdict mode_service_decide(struct scan_outcome *out, const struct scan_input *in)
{
	const struct scan_place *place = in->place;
	bool needed =
	    in->by_coupon || (in->product->reserved_modes & MODE_BIT(place->gate->mode)) != 0;
	int held = mode_reservation_index(in);

	if (needed && held < 0)
		return holds_another(in) ? SCAN_WRONG_SERVICE : SCAN_NO_RESERVATION;
	if (place->service == NULL)
		return place->service_named ? SCAN_WRONG_SERVICE : SCAN_ADMITTED;
	if (!service_is_here(place->service, place->gate, in->scan->at))
		return SCAN_WRONG_SERVICE;
	if (held < 0)
		return SCAN_ADMITTED;
	if (in->use->reservations[held].checked_in)
		return SCAN_USED_UP;
	out->next.reservations[held].checked_in = true;
	return SCAN_ADMITTED;
}
