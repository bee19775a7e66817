/* core/cbor.c - one object, one encoding. Without it two byte strings could mean the same ticket,
 * and a signature would cover only one of them.
 */
#include "core/cbor.h"

#include <cbor.h>

#include "core/text.h"

enum { HEAD_SIZE_MAX = 9, SHORT_MOST = 23, TAG_MAJOR = 6 };

static void put_head(struct writer *w, const uint8_t head[HEAD_SIZE_MAX], size_t size)
{
	MUST(size > 0 && size <= HEAD_SIZE_MAX);
	write_bytes(w, slice_of(head, size));
}

void cbor_put_uint(struct writer *w, uint64_t value)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_uint(value, head, sizeof(head)));
}

void cbor_put_int(struct writer *w, int64_t value)
{
	uint8_t head[HEAD_SIZE_MAX];

	if (value >= 0)
		cbor_put_uint(w, (uint64_t)value);
	else
		put_head(w, head, cbor_encode_negint((uint64_t)(-1 - value), head, sizeof(head)));
}

void cbor_put_bytes_head(struct writer *w, size_t size)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_bytestring_start(size, head, sizeof(head)));
}

void cbor_put_bytes(struct writer *w, struct slice bytes)
{
	cbor_put_bytes_head(w, bytes.size);
	write_bytes(w, bytes);
}

void cbor_put_text(struct writer *w, struct slice text)
{
	uint8_t head[HEAD_SIZE_MAX];

	MUST(text_is_utf8(text));
	put_head(w, head, cbor_encode_string_start(text.size, head, sizeof(head)));
	write_bytes(w, text);
}

void cbor_put_bool(struct writer *w, bool value)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_bool(value, head, sizeof(head)));
}

void cbor_put_array(struct writer *w, size_t count)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_array_start(count, head, sizeof(head)));
}

void cbor_put_map(struct writer *w, size_t pairs)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_map_start(pairs, head, sizeof(head)));
}

void cbor_put_tag(struct writer *w, uint64_t tag)
{
	uint8_t head[HEAD_SIZE_MAX];

	put_head(w, head, cbor_encode_tag(tag, head, sizeof(head)));
}

/* What a callback of libcbor saw; `head` is the least size its head can have. */
struct seen {
	struct cbor_item item;
	size_t head;
};

static size_t head_size(uint64_t value)
{
	return value <= SHORT_MOST   ? 1
	       : value <= UINT8_MAX  ? 2
	       : value <= UINT16_MAX ? 3
	       : value <= UINT32_MAX ? 5
				     : HEAD_SIZE_MAX;
}

static void see_int(struct seen *seen, uint64_t value, bool negative)
{
	if (value > INT64_MAX)
		return; /* Stays CBOR_BROKEN. */
	seen->item.kind = CBOR_INT;
	seen->item.value = negative ? -1 - (int64_t)value : (int64_t)value;
	seen->head = head_size(value);
}

static void see_u8(void *to, uint8_t value)
{
	see_int(to, value, false);
}

static void see_u16(void *to, uint16_t value)
{
	see_int(to, value, false);
}

static void see_u32(void *to, uint32_t value)
{
	see_int(to, value, false);
}

static void see_u64(void *to, uint64_t value)
{
	see_int(to, value, false);
}

static void see_n8(void *to, uint8_t value)
{
	see_int(to, value, true);
}

static void see_n16(void *to, uint16_t value)
{
	see_int(to, value, true);
}

static void see_n32(void *to, uint32_t value)
{
	see_int(to, value, true);
}

static void see_n64(void *to, uint64_t value)
{
	see_int(to, value, true);
}

static void see_string(struct seen *seen, enum cbor_kind kind, struct slice bytes)
{
	seen->item.kind = kind;
	seen->item.bytes = bytes;
	seen->head = head_size(bytes.size);
}

static void see_bytes(void *to, cbor_data data, size_t size)
{
	see_string(to, CBOR_BYTES, slice_of(data, size));
}

static void see_text(void *to, cbor_data data, size_t size)
{
	if (text_is_utf8(slice_of(data, size)))
		see_string(to, CBOR_TEXT, slice_of(data, size));
}

static void see_count(struct seen *seen, enum cbor_kind kind, uint64_t count)
{
	seen->item.kind = kind;
	seen->item.count = count;
	seen->head = head_size(count);
}

static void see_array(void *to, size_t count)
{
	see_count(to, CBOR_ARRAY, count);
}

static void see_map(void *to, size_t pairs)
{
	see_count(to, CBOR_MAP, pairs);
}

static void see_tag(void *to, uint64_t tag)
{
	see_count(to, CBOR_TAG, tag);
}

static void see_null(void *to)
{
	struct seen *seen = to;

	seen->item.kind = CBOR_NULL;
	seen->head = 1;
}

static void see_bool(void *to, bool value)
{
	struct seen *seen = to;

	seen->item.kind = CBOR_BOOL;
	seen->item.value = value;
	seen->head = 1;
}

static struct cbor_callbacks callbacks(void)
{
	struct cbor_callbacks to =
	    cbor_empty_callbacks; /* Floats, breaks, indefinite: stay broken. */

	to.uint8 = see_u8;
	to.uint16 = see_u16;
	to.uint32 = see_u32;
	to.uint64 = see_u64;
	to.negint8 = see_n8;
	to.negint16 = see_n16;
	to.negint32 = see_n32;
	to.negint64 = see_n64;
	to.byte_string = see_bytes;
	to.string = see_text;
	to.array_start = see_array;
	to.map_start = see_map;
	to.tag = see_tag;
	to.null = see_null;
	to.boolean = see_bool;
	return to;
}

static struct cbor_item broken(struct reader *r)
{
	r->failed = true;
	return (struct cbor_item){ .kind = CBOR_BROKEN };
}

/* Every item takes a byte at least, so a count beyond what is left is a lie that need not be
 * believed until its end. */
static bool count_fits(const struct cbor_item *item, size_t left)
{
	if (item->kind == CBOR_ARRAY)
		return item->count <= left;
	return item->kind != CBOR_MAP || item->count <= left / 2;
}

struct cbor_item cbor_next(struct reader *r)
{
	struct seen seen = { .item = { .kind = CBOR_BROKEN } };
	struct cbor_callbacks to = callbacks();
	struct cbor_decoder_result result;
	uint8_t first;

	if (r->failed)
		return broken(r);
	if (r->rest.size == 0)
		return (struct cbor_item){ .kind = CBOR_END };
	first = r->rest.data[0];
	/* libcbor 0.8 refuses tags 6 to 20 in their short form; COSE_Sign1 is tag 18. */
	if (first >> 5 == TAG_MAJOR && (first & 31) <= SHORT_MOST) {
		read_u8(r);
		return (struct cbor_item){ .kind = CBOR_TAG, .count = first & 31 };
	}
	result = cbor_stream_decode(r->rest.data, r->rest.size, &to, &seen);
	if (result.status != CBOR_DECODER_FINISHED || seen.item.kind == CBOR_BROKEN ||
	    result.read != seen.head + seen.item.bytes.size)
		return broken(r);
	read_bytes(r, result.read);
	return count_fits(&seen.item, r->rest.size) ? seen.item : broken(r);
}

static bool skip(struct reader *r, struct slice *whole, unsigned depth);

static bool skip_map(struct reader *r, uint64_t pairs, unsigned depth)
{
	struct slice last = { 0 }, key, value;

	for (uint64_t i = 0; i < pairs; i++) {
		if (!skip(r, &key, depth) || (i > 0 && slice_compare(last, key) >= 0) ||
		    !skip(r, &value, depth))
			return false;
		last = key;
	}
	return true;
}

/* `depth`: how many more levels may open. */
static bool skip(struct reader *r, struct slice *whole, unsigned depth)
{
	struct slice from = r->rest, inner;
	struct cbor_item item = cbor_next(r);
	uint64_t count = item.kind == CBOR_ARRAY ? item.count : 1;

	if (item.kind == CBOR_END || item.kind == CBOR_BROKEN)
		return false;
	if (item.kind == CBOR_ARRAY || item.kind == CBOR_TAG || item.kind == CBOR_MAP) {
		if (depth == 0)
			return false;
		if (item.kind == CBOR_MAP && !skip_map(r, item.count, depth - 1))
			return false;
		for (uint64_t i = 0; item.kind != CBOR_MAP && i < count; i++)
			if (!skip(r, &inner, depth - 1))
				return false;
	}
	*whole = slice_of(from.data, from.size - r->rest.size);
	return true;
}

bool cbor_skip(struct reader *r, struct slice *whole)
{
	struct slice found = { 0 };
	bool fine = skip(r, &found, CBOR_DEPTH_MAX);

	if (whole != NULL)
		*whole = found;
	if (!fine)
		r->failed = true;
	return fine;
}

bool cbor_map_key(struct reader *r, struct slice *last, int64_t *key)
{
	struct slice from = r->rest, encoded;
	struct cbor_item item = cbor_next(r);

	encoded = slice_of(from.data, from.size - r->rest.size);
	if (item.kind != CBOR_INT || (last->size > 0 && slice_compare(*last, encoded) >= 0)) {
		r->failed = true;
		return false;
	}
	*last = encoded;
	*key = item.value;
	return true;
}
