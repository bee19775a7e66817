/* operators/gate_queue.c - what this gate did, kept until the server has it. Without it a ride made
 * without a network would be carried for nothing.
 */
#include "operators/gate_inside.h"

#include "core/date.h"
#include "core/text.h"

enum { LINE_END_SIZE = 2 };
#define SEAT_NONE UINT32_MAX
enum { WHO_SIZE = 28 };
_Static_assert(HITOTSU_GATE_LINE_MAX - 1 + GATE_BLOCK_EXTRA + WHO_SIZE <=
		   GATE_ENTRY_SIZE - GATE_STAMP_SIZE,
	       "an entry");

/* --- one line --- */
static void put_escaped(struct writer *to, uint8_t c)
{
	if (c == '"' || c == '\\') {
		write_u8(to, '\\');
		write_u8(to, c);
	} else if (c < 0x20) {
		write_text(to, "\\u00");
		write_hex(to, slice_of(&c, 1));
	} else {
		write_u8(to, c);
	}
}

/* As JSON, as far as it fits before `limit`. Bytes that are no text become U+FFFD: whoever judges
 * the scan sees that something unreadable was read. */
static void put_text(struct writer *to, const char *key, struct slice text, size_t limit)
{
	static const char unreadable[] = "\xef\xbf\xbd";
	size_t at = 0;

	write_text(to, "\"");
	write_text(to, key);
	write_text(to, "\":\"");
	while (at < text.size) {
		size_t size = 1, most = text.size - at < 4 ? text.size - at : 4;
		struct slice rest = slice_of(text.data + at, most);

		if (to->used + 6 > limit)
			break;
		while (size < most && (rest.data[size] & 0xc0) == 0x80)
			size++;
		if (rest.data[0] == 0 || !text_is_utf8(slice_of(rest.data, size))) {
			size = 1;
			write_text(to, unreadable);
		} else if (size == 1) {
			put_escaped(to, rest.data[0]);
		} else {
			write_bytes(to, slice_of(rest.data, size));
		}
		at += size;
	}
	write_text(to, "\"");
}

static void put_time(struct writer *to, const char *key, time_ms at)
{
	char text[TIME_TEXT_SIZE];

	time_encode(text, at);
	put_text(to, key, slice_text(text), to->size);
}

static void put_number(struct writer *to, const char *key, uint64_t value)
{
	write_text(to, "\"");
	write_text(to, key);
	write_text(to, "\":");
	write_decimal(to, value, 1);
}

void gate_line(struct writer *to, const struct hitotsu_gate_scan *scan, const char *scan_id,
	       const struct gate_held *held, enum scan_verdict verdict)
{
	struct slice code = slice_of(scan->code, scan->code_size);

	if (code.size > GATE_CODE_SIZE_MAX)
		code.size = text_utf8_prefix(slice_of(code.data, GATE_CODE_SIZE_MAX)) > 0
				? text_utf8_prefix(slice_of(code.data, GATE_CODE_SIZE_MAX))
				: GATE_CODE_SIZE_MAX;
	write_text(to, "{");
	put_text(to, "scan_id", slice_text(scan_id), to->size);
	write_text(to, ",");
	put_time(to, "at", scan->at_ms);
	write_text(to, ",");
	put_text(to, "kind", slice_text(scan_kind_names[scan->kind]), to->size);
	write_text(to, ",");
	put_number(to, "riders", scan->riders == 0 ? 1 : scan->riders);
	if (scan->stop != NULL && scan->stop[0] != '\0') {
		write_text(to, ",");
		put_text(to, "stop", slice_text(scan->stop), to->size);
	}
	if (scan->service != NULL && scan->service[0] != '\0') {
		write_text(to, ",");
		put_text(to, "service", slice_text(scan->service), to->size);
	}
	write_text(to, ",");
	put_number(to, "bundle", (uint64_t)held->number);
	write_text(to, ",");
	put_time(to, "bundle_at", held->made_at_s * SECOND_MS);
	write_text(to, ",");
	put_text(to, "verdict", slice_text(scan_verdict_names[verdict]), to->size);
	write_text(to, ",");
	put_text(to, "qr", code, to->size - LINE_END_SIZE);
	write_text(to, "}");
	MUST(!to->failed);
}

/* --- entries --- */
struct entry {
	uint64_t scan;
	int32_t seat;
	struct id128 ticket_id;
};

static void put_entry(struct writer *to, const struct entry *entry)
{
	write_u64(to, entry->scan);
	write_u32(to, entry->seat == GATE_NO_SEAT ? SEAT_NONE : (uint32_t)entry->seat);
	write_bytes(to, slice_of(entry->ticket_id.bytes, 16));
}

bool gate_queue_write(struct hitotsu_gate *gate, int32_t seat, struct id128 ticket_id,
		      struct slice line)
{
	struct writer to = gate_block_begin(gate, GATE_ENTRY_SIZE - GATE_STAMP_SIZE);
	struct entry entry = { gate->last_scan + 1, seat, ticket_id };
	uint64_t place = gate_entry_place(gate, entry.scan);

	MUST(gate_queue_count(gate) < gate->limits.queue_lines);
	put_entry(&to, &entry);
	write_bytes(&to, line);
	if (!gate_write(gate, place, gate_block_end(&to, GATE_BLOCK_ENTRY)))
		return false;
	to = gate_block_begin(gate, GATE_STAMP_SIZE);
	put_entry(&to, &entry);
	return gate_write(gate, place + GATE_ENTRY_SIZE - GATE_STAMP_SIZE,
			  gate_block_end(&to, GATE_BLOCK_ENTRY_STAMP));
}

static void take_entry(struct entry *out, const struct hitotsu_gate *gate, struct reader *r)
{
	uint32_t seat;
	struct slice id;

	out->scan = read_u64(r);
	seat = read_u32(r);
	out->seat = seat < gate->limits.tickets ? (int32_t)seat : GATE_NO_SEAT;
	id = read_bytes(r, 16);
	mem_copy(out->ticket_id.bytes, id.data, id.size);
}

/* Reads the entry that stands where this scan's would: its line, or no data where only its stamp
 * can be read. False: none does. */
static bool read_entry(struct entry *out, struct slice *line, bool *failed,
		       struct hitotsu_gate *gate, uint64_t place_of)
{
	uint64_t place = gate_entry_place(gate, place_of);
	struct reader r;

	if (gate_block_read(&r, failed, gate, place, GATE_ENTRY_SIZE - GATE_STAMP_SIZE,
			    GATE_BLOCK_ENTRY)) {
		take_entry(out, gate, &r);
		*line = r.rest;
		return !r.failed;
	}
	if (*failed || !gate_block_read(&r, failed, gate, place + GATE_ENTRY_SIZE - GATE_STAMP_SIZE,
					GATE_STAMP_SIZE, GATE_BLOCK_ENTRY_STAMP))
		return false;
	take_entry(out, gate, &r);
	*line = (struct slice){ 0 };
	return !r.failed;
}

/* Newest first, as far as the ring goes back: each seat keeps who wrote it last. The last scan is
 * left out, for it may turn out that it never was. */
static bool note_writers(struct gate_last *last, struct hitotsu_gate *gate)
{
	uint64_t most = gate->limits.queue_lines, scan = gate->last_scan;
	struct slice line;
	bool failed, gap = false;

	last->known_from = scan;
	for (; scan > 0 && gate->last_scan - scan < most; scan--) {
		struct entry entry;
		bool there = read_entry(&entry, &line, &failed, gate, scan);
		struct gate_seat *seat;

		if (failed)
			return false;
		gap = gap || !there || entry.scan != scan;
		if (!gap)
			last->known_from = scan - 1;
		if (!there || entry.scan >= gate->last_scan || entry.seat == GATE_NO_SEAT)
			continue;
		seat = &gate->seats[entry.seat];
		if (entry.scan > seat->scan)
			*seat = (struct gate_seat){ .ticket_id = entry.ticket_id,
						    .scan = entry.scan,
						    .last_at = INT64_MAX,
						    .over_at = INT64_MAX };
	}
	return true;
}

bool gate_queue_open(struct gate_last *last, struct hitotsu_gate *gate)
{
	struct entry entry;
	struct slice line;
	bool failed;

	*last = (struct gate_last){ .seat = GATE_NO_SEAT };
	gate->last_scan = gate->head.uploaded;
	for (uint32_t i = 0; i < gate->limits.queue_lines; i++) {
		bool there = read_entry(&entry, &line, &failed, gate, i);

		if (failed)
			return false;
		if (!there || entry.scan < gate->last_scan)
			continue;
		gate->last_scan = entry.scan;
		last->seat = entry.seat;
		last->ticket_id = entry.ticket_id;
	}
	if (gate_queue_count(gate) > gate->limits.queue_lines) /* A head of long ago. */
		gate->head.uploaded = gate->last_scan - gate->limits.queue_lines;
	for (uint32_t i = 0; i < gate->limits.tickets; i++)
		gate->seats[i] = (struct gate_seat){ 0 };
	return note_writers(last, gate);
}

uint32_t gate_queue_count(const struct hitotsu_gate *gate)
{
	return (uint32_t)(gate->last_scan - gate->head.uploaded);
}

/* Of scans in the queue. False: none any more, for the disk lost it, or fails. */
static bool read_line(struct slice *line, bool *failed, struct hitotsu_gate *gate, uint64_t scan)
{
	struct entry entry;

	return read_entry(&entry, line, failed, gate, scan) && entry.scan == scan &&
	       line->data != NULL;
}

enum hitotsu_gate_status hitotsu_gate_queue_peek(struct hitotsu_gate *gate, char *out,
						 size_t out_size, size_t *used, size_t *lines)
{
	struct writer to = { .data = (uint8_t *)out, .size = out_size };
	struct slice line;
	bool failed;

	*used = *lines = 0;
	if (gate->failed)
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "the file");
	for (uint64_t scan = gate->head.uploaded + 1;
	     scan <= gate->last_scan && *lines < HITOTSU_GATE_BATCH_MAX; scan++) {
		if (!read_line(&line, &failed, gate, scan)) {
			if (failed)
				return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "reading");
			continue;
		}
		if (line.size + 1 > to.size - to.used) {
			if (*lines > 0)
				break;
			*used = line.size + 1;
			return gate_say(gate, HITOTSU_GATE_TOO_SMALL, "the next line");
		}
		write_bytes(&to, line);
		write_text(&to, "\n");
		(*lines)++;
	}
	*used = to.used;
	return gate_say(gate, HITOTSU_GATE_OK, "");
}

enum hitotsu_gate_status hitotsu_gate_queue_done(struct hitotsu_gate *gate, size_t lines)
{
	uint64_t scan = gate->head.uploaded;
	struct slice line;
	bool failed;

	if (gate->failed)
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "the file");
	while (scan < gate->last_scan) {
		bool there = read_line(&line, &failed, gate, scan + 1);

		if (failed)
			return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "reading");
		if (there && lines-- == 0)
			break;
		gate->damaged += !there;
		scan++;
	}
	if (scan == gate->head.uploaded)
		return gate_say(gate, HITOTSU_GATE_OK, "");
	gate->head.uploaded = scan;
	if (!gate_head_save(gate))
		return gate_say(gate, HITOTSU_GATE_FILE_FAILED, "writing");
	return gate_say(gate, HITOTSU_GATE_OK, "");
}
