/* operators/gate_memory.c - what this gate knows of the tickets that it let through. Without it a
 * ticket for one ride would ride again as often as it is shown, until the network is back.
 */
#include "operators/gate_inside.h"

enum { COPIES = 2 };

/* Random bits: the end of a UUIDv7. */
static int32_t *bucket_of(const struct hitotsu_gate *gate, struct id128 ticket_id)
{
	uint32_t hash = 0;

	for (size_t i = 12; i < 16; i++)
		hash = hash << 8 | ticket_id.bytes[i];
	return &gate->buckets[hash % gate->limits.tickets];
}

static void link_in(struct hitotsu_gate *gate, int32_t seat)
{
	int32_t *bucket = bucket_of(gate, gate->seats[seat].ticket_id);

	gate->seats[seat].chain = *bucket;
	*bucket = seat;
	gate->seats_used++;
}

static void link_out(struct hitotsu_gate *gate, int32_t seat)
{
	int32_t *link = bucket_of(gate, gate->seats[seat].ticket_id);

	while (*link != seat)
		link = &gate->seats[*link].chain;
	*link = gate->seats[seat].chain;
	gate->seats_used--;
}

int32_t gate_memory_find(const struct hitotsu_gate *gate, struct id128 ticket_id)
{
	int32_t seat = *bucket_of(gate, ticket_id);

	while (seat != GATE_NO_SEAT && !id_equal(gate->seats[seat].ticket_id, ticket_id))
		seat = gate->seats[seat].chain;
	return seat;
}

/* --- on disk --- */
bool gate_memory_write(struct hitotsu_gate *gate, int32_t seat, const struct gate_seat *next,
		       const struct use *use)
{
	struct writer to = gate_block_begin(gate, GATE_SEAT_SIZE);

	write_bytes(&to, slice_of(next->ticket_id.bytes, 16));
	write_u64(&to, next->scan);
	write_u64(&to, (uint64_t)next->over_at);
	gate_text_write(&to, next->sailing, sizeof(next->sailing));
	write_u16(&to, next->places);
	write_u64(&to, (uint64_t)next->places_at);
	write_u64(&to, next->places_scan);
	shape_to_cbor(&to, &use_shape, use);
	return gate_write(gate, gate_seat_place(gate, seat, next->copy),
			  gate_block_end(&to, GATE_BLOCK_SEAT));
}

static bool read_copy(struct gate_seat *out, struct use *use, bool *failed,
		      struct hitotsu_gate *gate, int32_t seat, uint8_t copy)
{
	struct reader r;
	struct slice id;

	*out = (struct gate_seat){ .copy = copy };
	if (!gate_block_read(&r, failed, gate, gate_seat_place(gate, seat, copy), GATE_SEAT_SIZE,
			     GATE_BLOCK_SEAT))
		return false;
	id = read_bytes(&r, 16);
	mem_copy(out->ticket_id.bytes, id.data, id.size);
	out->scan = read_u64(&r);
	out->over_at = (time_ms)read_u64(&r);
	gate_text_read(out->sailing, sizeof(out->sailing), &r);
	out->places = read_u16(&r);
	out->places_at = (time_ms)read_u64(&r);
	out->places_scan = read_u64(&r);
	if (r.failed || !shape_from_cbor(use, &use_shape, r.rest))
		return false;
	out->last_at = use->last_at;
	return out->scan != 0;
}

bool gate_memory_read(struct use *out, struct hitotsu_gate *gate, int32_t seat)
{
	const struct gate_seat *known = &gate->seats[seat];
	struct gate_seat read;
	bool failed;

	return read_copy(&read, out, &failed, gate, seat, known->copy) &&
	       read.scan == known->scan && id_equal(read.ticket_id, known->ticket_id);
}

/* --- opening --- */
/* Of the two copies the newer one counts, if its scan was finished. False: the gate has failed. */
static bool open_seat(bool *voided, struct hitotsu_gate *gate, int32_t seat)
{
	struct gate_seat *known = &gate->seats[seat];

	known->scan = 0;
	for (uint8_t copy = 0; copy < COPIES; copy++) {
		struct gate_seat read;
		struct use use;
		bool failed;

		if (!read_copy(&read, &use, &failed, gate, seat, copy)) {
			if (failed)
				return false;
		} else if (read.scan > gate->last_scan) {
			*voided = true;
			if (!gate_blank(gate, gate_seat_place(gate, seat, copy), GATE_SEAT_SIZE))
				return false;
		} else if (read.scan > known->scan) {
			*known = read;
		}
	}
	return true;
}

static void set_free(struct hitotsu_gate *gate, int32_t seat)
{
	gate->seats[seat] = (struct gate_seat){ .chain = gate->free_seat };
	gate->free_seat = seat;
}

/* A ticket that lost its seat and came back has an old copy where it was: it shows only if the disk
 * lost who sat there since. The newer one counts. */
static void take_seat(struct hitotsu_gate *gate, int32_t seat)
{
	int32_t other = gate_memory_find(gate, gate->seats[seat].ticket_id);

	if (other == GATE_NO_SEAT) {
		link_in(gate, seat);
	} else if (gate->seats[other].scan > gate->seats[seat].scan) {
		set_free(gate, seat);
	} else {
		link_out(gate, other);
		set_free(gate, other);
		link_in(gate, seat);
	}
}

bool gate_memory_open(bool *last_is_there, struct hitotsu_gate *gate, int32_t last_seat)
{
	bool voided = false;

	*last_is_there = false;
	gate->free_seat = GATE_NO_SEAT;
	for (uint32_t i = 0; i < gate->limits.tickets; i++)
		gate->buckets[i] = GATE_NO_SEAT;
	for (int32_t seat = (int32_t)gate->limits.tickets - 1; seat >= 0; seat--) {
		struct gate_seat *known = &gate->seats[seat];

		if (!open_seat(&voided, gate, seat))
			return false;
		if (seat == last_seat)
			*last_is_there = known->scan == gate->last_scan;
		if (known->scan != 0)
			take_seat(gate, seat);
		else
			set_free(gate, seat);
	}
	gate->torn += voided;
	return !voided || gate_sync(gate);
}

/* --- a seat for a ticket --- */
/* Whose ticket is over can do no more harm; else who was here longest ago. */
static bool hurts_less(const struct gate_seat *a, const struct gate_seat *b, time_ms at)
{
	bool a_over = a->over_at < at, b_over = b->over_at < at;

	return a_over != b_over ? a_over : a->last_at < b->last_at;
}

int32_t gate_memory_choose(const struct hitotsu_gate *gate, struct id128 ticket_id, time_ms at)
{
	int32_t seat = gate_memory_find(gate, ticket_id);

	if (seat != GATE_NO_SEAT)
		return seat;
	if (gate->free_seat != GATE_NO_SEAT)
		return gate->free_seat;
	seat = 0;
	for (uint32_t i = 1; i < gate->limits.tickets; i++)
		if (hurts_less(&gate->seats[i], &gate->seats[seat], at))
			seat = (int32_t)i;
	return seat;
}

void gate_memory_note(struct hitotsu_gate *gate, int32_t seat, const struct gate_seat *next,
		      time_ms at)
{
	struct gate_seat *known = &gate->seats[seat];

	if (known->scan == 0) {
		MUST(gate->free_seat == seat);
		gate->free_seat = known->chain;
	} else {
		if (!id_equal(known->ticket_id, next->ticket_id) && known->over_at >= at)
			gate->forgotten++;
		link_out(gate, seat);
	}
	*known = *next;
	link_in(gate, seat);
}
