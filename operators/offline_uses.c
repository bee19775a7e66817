/* operators/offline_uses.c - one ticket at several gates that could not ask. Without it whoever
 * uploads first would win, and two operators would be told two different stories. Pure.
 */
#include "operators/offline_uses.h"

#include "core/date.h"
#include "operators/mode.h"
#include "operators/offline_cap.h"

const char *const offline_standing_names[] = {
#define X(name, verdict) #name,
	OFFLINE_STANDINGS(X)
#undef X
	NULL,
};

const enum scan_verdict offline_verdicts[OFFLINE_STANDING_COUNT] = {
#define X(name, verdict) SCAN_##verdict,
	OFFLINE_STANDINGS(X)
#undef X
};

/* ---- The order. ---- */

int64_t offline_span(time_ms at)
{
	const int64_t bound = CONTEST_SKEW_S * SECOND_MS;

	return (at - (at % bound + bound) % bound) / bound;
}

static int order_of(const struct offline_use *a, const struct offline_use *b)
{
	int64_t x = offline_span(a->at), y = offline_span(b->at);
	int order = (x > y) - (x < y);

	if (order == 0)
		order = slice_compare(slice_text(a->gate_id), slice_text(b->gate_id));
	if (order == 0)
		order = slice_compare(slice_of(a->scan_id.bytes, sizeof(a->scan_id.bytes)),
				      slice_of(b->scan_id.bytes, sizeof(b->scan_id.bytes)));
	return order;
}

static bool may_be_forgotten(const struct offline_uses *list, const struct offline_use *use)
{
	if (id_is_zero(use->proof) || use->proof_at > list->shown_gone)
		return false;
	for (uint16_t i = 0; i < list->shown_count; i++)
		if (id_equal(list->shown[i].id, use->proof))
			return false;
	for (uint16_t i = 0; i < list->count; i++)
		if (list->uses[i].standing == OFFLINE_counts &&
		    id_equal(list->uses[i].proof, use->proof))
			return false;
	return true;
}

size_t offline_add(struct offline_uses *list, const struct offline_use *use)
{
	size_t at = list->count;
	bool forgotten = may_be_forgotten(list, use);

	MUST(list->count < OFFLINE_ROOM);
	for (; at > 0 && order_of(use, &list->uses[at - 1]) < 0; at--)
		list->uses[at] = list->uses[at - 1];
	list->uses[at] = *use;
	list->uses[at].forgotten = forgotten;
	list->count++;
	return at;
}

/* ---- What it stands on. ---- */

static bool is_counted(const struct offline_use *use)
{
	return !use->leaving && !use->online && use->standing == OFFLINE_counts;
}

static uint16_t less(uint16_t from, uint16_t n)
{
	return from > n ? (uint16_t)(from - n) : 0;
}

uint8_t offline_place(const struct offline_use *one, const struct use *use)
{
	for (size_t i = 0; one->service_id[0] != '\0' && i < use->reservation_count; i++)
		if (text_equal(use->reservations[i].operator_id, one->operator_id) &&
		    text_equal(use->reservations[i].service_id, one->service_id))
			return (uint8_t)(1 + i);
	return 0;
}

static void base_counts(struct offline_base *base, struct offline_uses *list,
			const struct use *use)
{
	uint16_t n = 0, mode_n[MODE_COUNT] = { 0 };

	for (size_t i = 0; i < USE_RESERVATION_COUNT_MAX; i++)
		if (i < use->reservation_count && use->reservations[i].checked_in)
			base->places |= (uint8_t)(1u << i);
	for (size_t i = 0; i < list->count; i++) {
		struct offline_use *one = &list->uses[i];

		one->place = offline_place(one, use);
		if (!is_counted(one))
			continue;
		n++;
		mode_n[one->mode]++;
		if (one->place > 0)
			base->places &= (uint8_t)~(1u << (one->place - 1));
	}
	base->uses = less(use->uses, n);
	for (size_t mode = 0; mode < MODE_COUNT; mode++)
		base->mode_uses[mode] = less(use->mode_uses[mode], mode_n[mode]);
}

/* ---- What is known of online scans. ---- */

static void give_way(struct offline_uses *list, const struct use_proof *proof)
{
	if (proof->at > list->shown_gone)
		list->shown_gone = proof->at;
}

static void take_proof(struct offline_uses *list, const struct use_proof *proof)
{
	uint16_t at = 0;

	for (uint16_t i = 0; i < list->shown_count; i++)
		if (id_equal(list->shown[i].id, proof->id)) {
			if (proof->riders > 0)
				list->shown[i].riders = proof->riders;
			list->shown[i].told = (uint8_t)(list->shown[i].told + proof->told);
			return;
		}
	while (at < list->shown_count && list->shown[at].at >= proof->at)
		at++;
	if (at == OFFLINE_SHOWN_COUNT_MAX) {
		give_way(list, proof);
		return;
	}
	if (list->shown_count == OFFLINE_SHOWN_COUNT_MAX)
		give_way(list, &list->shown[OFFLINE_SHOWN_COUNT_MAX - 1]);
	list->shown_count += list->shown_count < OFFLINE_SHOWN_COUNT_MAX;
	for (uint16_t i = list->shown_count - 1; i > at; i--)
		list->shown[i] = list->shown[i - 1];
	list->shown[at] = *proof;
}

/* What was told of it is here already. */
static void take_shown(struct offline_uses *list, const struct use *use)
{
	for (uint16_t i = 0; i < use->proof_count; i++) {
		struct use_proof proof = use->proofs[i];

		proof.told = 0;
		if (proof.riders > 0)
			take_proof(list, &proof);
	}
}

static void take_ride(struct offline_uses *list, const struct use_ride *ride)
{
	uint16_t at = list->ride_count;

	for (uint16_t i = 0; i < list->ride_count; i++)
		if (list->rides[i].since == ride->since && list->rides[i].until == ride->until &&
		    list->rides[i].mode == ride->mode)
			return;
	while (at > 0 && list->rides[at - 1].until > ride->until)
		at--;
	if (list->ride_count == OFFLINE_RIDE_COUNT_MAX) { /* The first gives way. */
		if (at == 0)
			return;
		at--;
		for (uint16_t i = 0; i < at; i++)
			list->rides[i] = list->rides[i + 1];
	} else {
		for (uint16_t i = list->ride_count; i > at; i--)
			list->rides[i] = list->rides[i - 1];
		list->ride_count++;
	}
	list->rides[at] = *ride;
}

/* The ride that online scans left open, once, under a name that it alone has. */
static void take_open_ride(struct offline_uses *list, const struct use *use)
{
	struct offline_use ride = { .at = use->inside_since,
				    .mode = use->inside_mode,
				    .online = true,
				    .standing = OFFLINE_counts };

	if (!use->inside || use->inside_told || list->count >= OFFLINE_ROOM)
		return;
	for (uint16_t i = 0; i < list->count; i++)
		if (list->uses[i].online && list->uses[i].at == ride.at)
			return;
	for (unsigned i = 0; i < 8; i++)
		ride.fact_id.bytes[i] = (uint8_t)((uint64_t)ride.at >> (56 - 8 * i));
	ride.fact_id.bytes[15] = 1;
	ride.scan_id = ride.fact_id;
	mem_copy(ride.operator_id, use->inside_operator, sizeof(ride.operator_id));
	mem_copy(ride.stop, use->inside_stop, sizeof(ride.stop));
	mem_copy(ride.route, use->inside_route, sizeof(ride.route));
	(void)offline_add(list, &ride);
}

/* What stands in the ticket's record was written here, or by an online scan since. */
void offline_base(struct offline_base *base, struct offline_uses *list, const struct use *use)
{
	bool first_is_ours = list->written_first == use->first_used_at;
	bool last_is_ours = list->written_last == use->last_at &&
			    text_equal(list->written_gate, use->last_gate);

	*base = (struct offline_base){ 0 };
	take_open_ride(list, use);
	for (uint16_t i = 0; i < use->ride_count; i++)
		take_ride(list, &use->rides[i]);
	take_shown(list, use);
	base_counts(base, list, use);
	base->first_used_at = first_is_ours ? list->online_first : use->first_used_at;
	base->last_at = last_is_ours ? list->online_last : use->last_at;
	mem_copy(base->last_gate, last_is_ours ? list->online_gate : use->last_gate,
		 sizeof(base->last_gate));
}

const struct offline_use *offline_begun(const struct offline_uses *list,
					const struct offline_use *end)
{
	for (uint16_t i = 0; end->leaving && i < list->count; i++)
		if (!list->uses[i].leaving && !id_is_zero(end->ride_id) &&
		    id_equal(list->uses[i].fact_id, end->ride_id))
			return &list->uses[i];
	return NULL;
}

time_ms offline_face_until(const struct ticket *ticket)
{
	return (ticket->exp_s + 1) * SECOND_MS - 1;
}

/* ---- What it makes of the ticket's record. ---- */

static void write_last(struct use *use, const struct offline_uses *list,
		       const struct offline_base *base)
{
	use->last_at = base->last_at;
	mem_copy(use->last_gate, base->last_gate, sizeof(use->last_gate));
	for (uint16_t i = 0; i < list->count; i++) {
		const struct offline_use *one = &list->uses[i];

		if (one->online || one->standing != OFFLINE_counts || one->at <= use->last_at)
			continue;
		use->last_at = one->at;
		mem_copy(use->last_gate, one->gate_id, sizeof(use->last_gate));
	}
}

static void write_proofs(struct use *use, const struct offline_uses *list)
{
	mem_zero(use->proofs, sizeof(use->proofs));
	use->proof_count = 0;
	for (uint16_t i = 0; i < list->shown_count; i++)
		mode_proof_note(use, &list->shown[i]);
	for (uint16_t i = 0; i < list->count; i++) {
		const struct offline_use *one = &list->uses[i];
		struct use_proof proof = { .id = one->proof,
					   .at = one->proof_at,
					   .told = one->riders };

		if (one->online || id_is_zero(one->proof) || one->standing != OFFLINE_counts)
			continue;
		mem_copy(proof.gate, one->gate_id, sizeof(proof.gate));
		mode_proof_note(use, &proof);
	}
}

/* Whoever was let pass online since is not inside by what was told: the exit is yet to be told. */
static void write_inside(struct use *use, const struct offline_base *base,
			 const struct offline_use *ride)
{
	static const struct offline_use none;

	use->inside = ride != NULL && (ride->online || ride->at >= base->last_at);
	use->inside_told = use->inside && !ride->online;
	if (!use->inside)
		ride = &none;
	use->inside_since = ride->at;
	use->inside_mode = ride->mode;
	mem_copy(use->inside_operator, ride->operator_id, sizeof(use->inside_operator));
	mem_copy(use->inside_stop, ride->stop, sizeof(use->inside_stop));
	mem_copy(use->inside_route, ride->route, sizeof(use->inside_route));
}

void offline_write(struct use *use, struct offline_uses *list, const struct offline_base *base,
		   const struct offline_result *result, const struct offline_terms *terms)
{
	use->uses = result->uses;
	mem_copy(use->mode_uses, result->mode_uses, sizeof(use->mode_uses));
	for (size_t i = 0; i < use->reservation_count; i++)
		use->reservations[i].checked_in = (result->places >> i & 1) != 0;
	use->first_used_at = result->first;
	use->valid_until = result->first == 0
				   ? 0
				   : validity_until(terms->product, result->first,
						    offline_face_until(terms->ticket),
						    terms->boundary_min);
	write_last(use, list, base);
	write_proofs(use, list);
	write_inside(use, base, result->inside);
	list->online_first = base->first_used_at;
	list->online_last = base->last_at;
	mem_copy(list->online_gate, base->last_gate, sizeof(list->online_gate));
	list->written_first = use->first_used_at;
	list->written_last = use->last_at;
	mem_copy(list->written_gate, use->last_gate, sizeof(list->written_gate));
}

/* ---- More than there is room for. ---- */

static void take_out(struct offline_uses *list, uint16_t at)
{
	for (uint16_t i = at + 1; i < list->count; i++)
		list->uses[i - 1] = list->uses[i];
	list->count--;
}

/* Its showing and its ride stay known, as those of online scans are. */
static void settle(struct offline_uses *list, const struct offline_use *use)
{
	struct use_proof proof = { .id = use->proof, .at = use->proof_at, .told = use->riders };
	uint16_t end = 0;

	offline_cap_leave(list, use);
	mem_copy(proof.gate, use->gate_id, sizeof(proof.gate));
	if (!id_is_zero(use->proof))
		take_proof(list, &proof);
	while (end < list->count && !(list->uses[end].leaving && !use->leaving &&
				      id_equal(list->uses[end].ride_id, use->fact_id)))
		end++;
	if (end == list->count)
		return;
	offline_cap_leave(list, &list->uses[end]);
	take_ride(list, &(struct use_ride){
				.since = use->at, .until = list->uses[end].at, .mode = use->mode });
	take_out(list, end);
}

void offline_drop(struct offline_uses *list, size_t most)
{
	while (list->count > most) {
		uint16_t at = list->count;
		struct offline_use first;

		while (at > 0 && list->uses[at - 1].standing == OFFLINE_counts)
			at--;
		if (at > 0) {
			take_out(list, at - 1);
			continue;
		}
		first = list->uses[0];
		take_out(list, 0);
		settle(list, &first);
	}
}

/* How many bytes of CBOR at most: numbers that are not there take none. */
static size_t text_most(const char *text)
{
	return text[0] == '\0' ? 0 : 5 + text_size(text);
}

static size_t use_most(const struct offline_use *use)
{
	enum { ID = 19, NUMBER = 11, SMALL = 24 };
	size_t size = 2 * ID + 2 * NUMBER + SMALL;

	size += text_most(use->gate_id) + text_most(use->operator_id) + text_most(use->stop) +
		text_most(use->route) + text_most(use->service_id) +
		text_most(use->through_operator_id);
	size += id_is_zero(use->proof) ? 0 : ID + NUMBER;
	size += id_is_zero(use->priced_id) ? 0 : ID;
	size += NUMBER * (size_t)((use->bundle != 0) + (use->deemed_fare_yen != 0) +
				  (use->fare_yen != 0) + (use->through_fare_yen != 0) +
				  (use->distance_m != 0) + (use->through_distance_m != 0));
	return size;
}

static size_t record_most(const struct offline_uses *list)
{
	enum { PROOF = 45, RIDE = 32, REST = 200 };
	size_t size = REST + RIDE * (size_t)list->ride_count;

	for (uint16_t i = 0; i < list->shown_count; i++)
		size += PROOF + text_most(list->shown[i].gate);
	for (uint16_t i = 0; i < list->count; i++)
		size += use_most(&list->uses[i]);
	return size;
}

void offline_fit(struct offline_uses *list)
{
	offline_drop(list, OFFLINE_USE_COUNT_MAX);
	while (record_most(list) > OFFLINE_RECORD_SIZE_MAX)
		offline_drop(list, list->count - 1u);
}
