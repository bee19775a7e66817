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
static void put_seat(struct writer *to, const struct gate_seat *seat)
{
	write_bytes(to, slice_of(seat->ticket_id.bytes, 16));
	write_u64(to, seat->scan);
	write_u64(to, (uint64_t)seat->last_at);
	write_u64(to, (uint64_t)seat->over_at);
	gate_text_write(to, seat->sailing, sizeof(seat->sailing));
	write_u16(to, seat->places);
	write_u64(to, (uint64_t)seat->places_at);
	write_u64(to, seat->places_scan);
}

static void take_seat(struct gate_seat *out, uint8_t copy, struct reader *r)
{
	struct slice id = read_bytes(r, 16);

	*out = (struct gate_seat){ .copy = copy };
	mem_copy(out->ticket_id.bytes, id.data, id.size);
	out->scan = read_u64(r);
	out->last_at = (time_ms)read_u64(r);
	out->over_at = (time_ms)read_u64(r);
	gate_text_read(out->sailing, sizeof(out->sailing), r);
	out->places = read_u16(r);
	out->places_at = (time_ms)read_u64(r);
	out->places_scan = read_u64(r);
}

static bool write_stamp(struct hitotsu_gate *gate, int32_t seat, const struct gate_seat *next)
{
	struct writer to = gate_block_begin(gate, GATE_STAMP_SIZE);

	put_seat(&to, next);
	return gate_write(gate,
			  gate_seat_place(gate, seat, next->copy) + GATE_SEAT_SIZE -
			      GATE_STAMP_SIZE,
			  gate_block_end(&to, GATE_BLOCK_SEAT_STAMP));
}

bool gate_memory_write(struct hitotsu_gate *gate, int32_t seat, const struct gate_seat *next,
		       const struct use *use)
{
	struct writer to = gate_block_begin(gate, GATE_SEAT_SIZE - GATE_STAMP_SIZE);

	put_seat(&to, next);
	shape_to_cbor(&to, &use_shape, use);
	return gate_write(gate, gate_seat_place(gate, seat, next->copy),
			  gate_block_end(&to, GATE_BLOCK_SEAT)) &&
	       write_stamp(gate, seat, next);
}

/* A copy that nobody has written yet says so: zeroes would be what a disk that forgets gives. */
static bool write_blank(struct hitotsu_gate *gate, int32_t seat, uint8_t copy)
{
	static const struct use none;
	const struct gate_seat blank = { .copy = copy };

	return gate_memory_write(gate, seat, &blank, &none);
}

bool gate_memory_make(struct hitotsu_gate *gate)
{
	for (int32_t seat = 0; seat < (int32_t)gate->limits.tickets; seat++)
		for (uint8_t copy = 0; copy < COPIES; copy++)
			if (!write_blank(gate, seat, copy))
				return false;
	return true;
}

static bool read_body(struct gate_seat *out, struct use *use, bool *failed,
		      struct hitotsu_gate *gate, int32_t seat, uint8_t copy)
{
	struct reader r;

	if (!gate_block_read(&r, failed, gate, gate_seat_place(gate, seat, copy),
			     GATE_SEAT_SIZE - GATE_STAMP_SIZE, GATE_BLOCK_SEAT))
		return false;
	take_seat(out, copy, &r);
	return !r.failed && shape_from_cbor(use, &use_shape, r.rest);
}

static bool read_stamp(struct gate_seat *out, bool *failed, struct hitotsu_gate *gate,
		       int32_t seat, uint8_t copy)
{
	uint64_t at = gate_seat_place(gate, seat, copy) + GATE_SEAT_SIZE - GATE_STAMP_SIZE;
	struct reader r;

	if (!gate_block_read(&r, failed, gate, at, GATE_STAMP_SIZE, GATE_BLOCK_SEAT_STAMP))
		return false;
	take_seat(out, copy, &r);
	return !r.failed;
}

bool gate_memory_read(struct use *out, struct hitotsu_gate *gate, int32_t seat)
{
	const struct gate_seat *known = &gate->seats[seat];
	struct gate_seat read;
	bool failed;

	return read_body(&read, out, &failed, gate, seat, known->copy) &&
	       read.scan == known->scan && id_equal(read.ticket_id, known->ticket_id);
}

/* --- opening --- */
/* What is found of one seat. */
struct found {
	struct hitotsu_gate *gate;
	int32_t seat;
	struct gate_seat best; /* The newest that can be read; scan 0: none. */
	struct gate_seat lost; /* The newest that is known of and cannot be read; scan 0: none. */
	bool unknown[COPIES];  /* Of which nothing can be read. */
	bool useless[COPIES];  /* Cannot be read, and the other copy is newer. */
	bool voided;
};

static void note_lost(struct found *f, const struct gate_seat *lost)
{
	if (lost->scan > f->lost.scan)
		f->lost = *lost;
}

/* False: the gate has failed. */
static bool look_at_copy(struct found *f, uint8_t copy)
{
	struct gate_seat body = { 0 }, stamp = { 0 };
	struct use use;
	bool failed, stamped;
	bool whole = read_body(&body, &use, &failed, f->gate, f->seat, copy);

	if (failed)
		return false;
	stamped = read_stamp(&stamp, &failed, f->gate, f->seat, copy);
	if (failed)
		return false;
	if ((whole && body.scan > f->gate->last_scan) ||
	    (stamped && stamp.scan > f->gate->last_scan)) {
		f->voided = true;
		return write_blank(f->gate, f->seat, copy);
	}
	if (whole && body.scan > f->best.scan)
		f->best = body;
	f->unknown[copy] = !whole && !stamped;
	f->useless[copy] = !whole;
	if (stamped && (!whole || stamp.scan > body.scan))
		note_lost(f, &stamp);
	return stamped || !whole || write_stamp(f->gate, f->seat, &body);
}

/* The queue's last scan wrote here. Its entry alone proves nothing, for a crash may have come
 * between the two; but what the server has, or what left a trace, was whole once. */
static bool look_for_last(struct found *f, const struct gate_last *last)
{
	bool trace = f->best.scan == f->gate->last_scan || f->lost.scan == f->gate->last_scan ||
		     f->unknown[0] || f->unknown[1] || f->gate->head.uploaded >= f->gate->last_scan;

	if (trace)
		note_lost(f, &(struct gate_seat){ .ticket_id = last->ticket_id,
						  .scan = f->gate->last_scan,
						  .last_at = INT64_MAX,
						  .over_at = INT64_MAX });
	return trace;
}

/* Nobody can read any more what this ticket did here: from now on it is refused, and its seat says
 * so also when the queue has forgotten it. */
static bool keep_lost(struct found *f)
{
	f->lost.copy = f->best.scan != 0 ? 1 - f->best.copy : f->unknown[1] && !f->unknown[0];
	f->gate->damaged++;
	f->gate->seats[f->seat] = f->lost;
	return write_stamp(f->gate, f->seat, &f->lost);
}

/* What cannot be read is older than what can: a write that a crash cut short, or no loss. */
static bool keep_best(struct found *f)
{
	f->gate->seats[f->seat] = f->best;
	for (uint8_t copy = 0; copy < COPIES; copy++)
		if (f->useless[copy] && !write_blank(f->gate, f->seat, copy))
			return false;
	return true;
}

/* The queue has said in the seat who wrote it last, as far as it goes back. */
static enum hitotsu_gate_status open_seat(struct gate_last *last, bool *voided,
					  struct hitotsu_gate *gate, int32_t seat)
{
	struct found f = { .gate = gate, .seat = seat, .lost = gate->seats[seat] };
	bool kept;

	if (!look_at_copy(&f, 0) || !look_at_copy(&f, 1))
		return HITOTSU_GATE_FILE_FAILED;
	if (seat == last->seat)
		last->is_there = look_for_last(&f, last);
	*voided = *voided || f.voided;
	if ((f.unknown[0] || f.unknown[1]) && f.lost.scan < last->known_from &&
	    f.best.scan < last->known_from)
		return gate_say(gate, HITOTSU_GATE_FILE_DAMAGED, "whose ticket was lost is lost");
	kept = f.lost.scan > f.best.scan ? keep_lost(&f) : keep_best(&f);
	return kept ? HITOTSU_GATE_OK : HITOTSU_GATE_FILE_FAILED;
}

static void set_free(struct hitotsu_gate *gate, int32_t seat)
{
	gate->seats[seat] = (struct gate_seat){ .chain = gate->free_seat };
	gate->free_seat = seat;
}

/* A ticket that lost its seat and came back has an old copy where it was: it shows only if the disk
 * lost who sat there since. The newer one counts. */
static void sit_down(struct hitotsu_gate *gate, int32_t seat)
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

enum hitotsu_gate_status gate_memory_open(struct hitotsu_gate *gate, struct gate_last *last)
{
	bool voided = false;

	gate->free_seat = GATE_NO_SEAT;
	for (uint32_t i = 0; i < gate->limits.tickets; i++)
		gate->buckets[i] = GATE_NO_SEAT;
	for (int32_t seat = (int32_t)gate->limits.tickets - 1; seat >= 0; seat--) {
		enum hitotsu_gate_status status = open_seat(last, &voided, gate, seat);

		if (status != HITOTSU_GATE_OK)
			return status;
		if (gate->seats[seat].scan != 0)
			sit_down(gate, seat);
		else
			set_free(gate, seat);
	}
	gate->torn += voided;
	return gate_sync(gate) ? HITOTSU_GATE_OK : HITOTSU_GATE_FILE_FAILED;
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
