/* operators/gate_queue.c - what this gate did, kept until the server has it. Without it a ride made
 * without a network would be carried for nothing.
 */
#include "operators/gate_inside.h"

#include "core/date.h"
#include "core/text.h"

enum { LINE_END_SIZE = 2 };
#define SEAT_NONE UINT32_MAX
_Static_assert(HITOTSU_GATE_LINE_MAX - 1 + GATE_BLOCK_EXTRA + 12 <= GATE_ENTRY_SIZE, "an entry");

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
bool gate_queue_write(struct hitotsu_gate *gate, int32_t seat, struct slice line)
{
	struct writer to = gate_block_begin(gate, GATE_ENTRY_SIZE);
	uint64_t scan = gate->last_scan + 1;

	MUST(gate_queue_count(gate) < gate->limits.queue_lines);
	write_u64(&to, scan);
	write_u32(&to, seat == GATE_NO_SEAT ? SEAT_NONE : (uint32_t)seat);
	write_bytes(&to, line);
	return gate_write(gate, gate_entry_place(gate, scan),
			  gate_block_end(&to, GATE_BLOCK_ENTRY));
}

/* Reads the entry that stands where this scan's would. False: none does. */
static bool read_entry(uint64_t *scan, int32_t *seat, struct slice *line, bool *failed,
		       struct hitotsu_gate *gate, uint64_t place_of)
{
	struct reader r;
	uint32_t wrote;

	if (!gate_block_read(&r, failed, gate, gate_entry_place(gate, place_of), GATE_ENTRY_SIZE,
			     GATE_BLOCK_ENTRY))
		return false;
	*scan = read_u64(&r);
	wrote = read_u32(&r);
	*seat = wrote < gate->limits.tickets ? (int32_t)wrote : GATE_NO_SEAT;
	*line = r.rest;
	return !r.failed;
}

bool gate_queue_open(int32_t *last_seat, struct hitotsu_gate *gate)
{
	uint64_t scan;
	struct slice line;
	int32_t seat;
	bool failed;

	*last_seat = GATE_NO_SEAT;
	gate->last_scan = gate->head.uploaded;
	for (uint32_t i = 0; i < gate->limits.queue_lines; i++) {
		bool there = read_entry(&scan, &seat, &line, &failed, gate, i);

		if (failed)
			return false;
		if (!there || scan < gate->last_scan)
			continue;
		gate->last_scan = scan;
		*last_seat = seat;
	}
	if (gate_queue_count(gate) > gate->limits.queue_lines) /* A head of long ago. */
		gate->head.uploaded = gate->last_scan - gate->limits.queue_lines;
	return true;
}

uint32_t gate_queue_count(const struct hitotsu_gate *gate)
{
	return (uint32_t)(gate->last_scan - gate->head.uploaded);
}

/* Of scans in the queue. False: none any more, for the disk lost it, or fails. */
static bool read_line(struct slice *line, bool *failed, struct hitotsu_gate *gate, uint64_t scan)
{
	uint64_t there;
	int32_t seat;

	return read_entry(&there, &seat, line, failed, gate, scan) && there == scan;
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
		if (line.size + 1 > to.size - to.used)
			break;
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
