/* core/cbor.c - one object, one encoding. Without it two byte strings could mean the same ticket,
 * and a signature would cover only one of them.
 */
#include "core/cbor.h"

#include <cbor.h>

#include "core/text.h"

enum { HEAD_SIZE_MAX = 9, SHORT_MOST = 23 };
/* The upper three bits of an item's first byte. */
enum { MAJOR_UINT, MAJOR_NEGINT, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

static void put_head(struct writer *w, const uint8_t head[HEAD_SIZE_MAX], size_t size)
{
	MUST(size > 0 && size <= HEAD_SIZE_MAX);
	write_bytes(w, slice_of(head, size));
}

void cbor_put_uint(struct writer *w, uint64_t value)
{
	uint8_t head[HEAD_SIZE_MAX];

	if (value <= SHORT_MOST)
		write_u8(w, (uint8_t)value);
	else
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

/* Floats, breaks and what has no length: stay broken. */
static const struct cbor_callbacks callbacks = {
	.uint8 = see_u8,
	.uint16 = see_u16,
	.uint32 = see_u32,
	.uint64 = see_u64,
	.negint8 = see_n8,
	.negint16 = see_n16,
	.negint32 = see_n32,
	.negint64 = see_n64,
	.byte_string_start = cbor_null_byte_string_start_callback,
	.byte_string = see_bytes,
	.string = see_text,
	.string_start = cbor_null_string_start_callback,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.array_start = see_array,
	.indef_map_start = cbor_null_indef_map_start_callback,
	.map_start = see_map,
	.tag = see_tag,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.float8 = cbor_null_float8_callback,
	.undefined = cbor_null_undefined_callback,
	.null = see_null,
	.boolean = see_bool,
	.indef_break = cbor_null_indef_break_callback,
};

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

/* Most items' heads are one byte long, and need no library. libcbor 0.8 even refuses some: tags 6
 * to 20, of which COSE_Sign1 is one. False: a longer head, or none of these. */
static bool next_short(struct cbor_item *out, struct reader *r)
{
	uint8_t first = r->rest.data[0], value = first & 31;
	struct slice bytes;

	if (value > SHORT_MOST || first >> 5 > MAJOR_TAG)
		return false;
	bytes = slice_of(r->rest.data + 1, value);
	*out = (struct cbor_item){ .count = value };
	switch (first >> 5) {
	case MAJOR_UINT:
		*out = (struct cbor_item){ .kind = CBOR_INT, .value = value };
		break;
	case MAJOR_NEGINT:
		*out = (struct cbor_item){ .kind = CBOR_INT, .value = -1 - (int64_t)value };
		break;
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		if (value >= r->rest.size || (first >> 5 == MAJOR_TEXT && !text_is_utf8(bytes)))
			return false;
		*out =
		    (struct cbor_item){ .kind = first >> 5 == MAJOR_TEXT ? CBOR_TEXT : CBOR_BYTES,
					.bytes = bytes };
		break;
	case MAJOR_ARRAY:
		out->kind = CBOR_ARRAY;
		break;
	case MAJOR_MAP:
		out->kind = CBOR_MAP;
		break;
	default:
		out->kind = CBOR_TAG;
		break;
	}
	read_bytes(r, 1 + out->bytes.size);
	return true;
}

static bool next_long(struct cbor_item *out, struct reader *r)
{
	struct seen seen = { .item = { .kind = CBOR_BROKEN } };
	struct cbor_decoder_result result =
	    cbor_stream_decode(r->rest.data, r->rest.size, &callbacks, &seen);

	if (result.status != CBOR_DECODER_FINISHED || seen.item.kind == CBOR_BROKEN ||
	    result.read != seen.head + seen.item.bytes.size)
		return false;
	read_bytes(r, result.read);
	*out = seen.item;
	return true;
}

struct cbor_item cbor_next(struct reader *r)
{
	struct cbor_item item;

	if (r->failed)
		return broken(r);
	if (r->rest.size == 0)
		return (struct cbor_item){ .kind = CBOR_END };
	if (!next_short(&item, r) && !next_long(&item, r))
		return broken(r);
	return count_fits(&item, r->rest.size) ? item : broken(r);
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
