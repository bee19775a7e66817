/* core/codec.c - the one place where a length meets an end. Without it every format in the house
 * would do its own arithmetic on pointers. Pure.
 */
#include "core/codec.h"

void write_bytes(struct writer *w, struct slice from)
{
	if (w->failed || from.size > w->size - w->used) {
		w->failed = true;
		return;
	}
	if (from.size > 0)
		mem_copy(w->data + w->used, from.data, from.size);
	w->used += from.size;
}

static void write_big_endian(struct writer *w, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
	write_bytes(w, slice_of(bytes, size));
}

void write_u8(struct writer *w, uint8_t value)
{
	w->failed = w->failed || w->used == w->size;
	if (!w->failed)
		w->data[w->used++] = value;
}

void write_u16(struct writer *w, uint16_t value)
{
	write_big_endian(w, value, 2);
}

void write_u32(struct writer *w, uint32_t value)
{
	write_big_endian(w, value, 4);
}

void write_u64(struct writer *w, uint64_t value)
{
	write_big_endian(w, value, 8);
}

void write_text(struct writer *w, const char *text)
{
	write_bytes(w, slice_text(text));
}

void write_decimal(struct writer *w, uint64_t value, unsigned digits)
{
	uint8_t text[20];
	size_t at = sizeof(text);

	MUST(digits <= sizeof(text));
	do {
		text[--at] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	while (sizeof(text) - at < digits)
		text[--at] = '0';
	write_bytes(w, slice_of(text + at, sizeof(text) - at));
}

static const char hex_digits[] = "0123456789abcdef";

void write_hex(struct writer *w, struct slice from)
{
	for (size_t i = 0; i < from.size; i++) {
		uint8_t pair[2] = { (uint8_t)hex_digits[from.data[i] >> 4],
				    (uint8_t)hex_digits[from.data[i] & 15] };

		write_bytes(w, slice_of(pair, sizeof(pair)));
	}
}

struct slice read_bytes(struct reader *r, size_t size)
{
	struct slice taken = { r->rest.data, size };

	if (r->failed || size > r->rest.size) {
		r->failed = true;
		return (struct slice){ 0 };
	}
	if (size > 0)
		r->rest.data += size;
	r->rest.size -= size;
	return taken;
}

static uint64_t read_big_endian(struct reader *r, size_t size)
{
	struct slice from = read_bytes(r, size);
	uint64_t value = 0;

	for (size_t i = 0; i < from.size; i++)
		value = value << 8 | from.data[i];
	return value;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_big_endian(r, 1);
}

uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_big_endian(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)read_big_endian(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return read_big_endian(r, 8);
}

void hex_encode(char *out, size_t out_size, struct slice from)
{
	MUST(out_size > from.size && out_size - from.size > from.size);
	for (size_t i = 0; i < from.size; i++) {
		out[2 * i] = hex_digits[from.data[i] >> 4];
		out[2 * i + 1] = hex_digits[from.data[i] & 15];
	}
	out[2 * from.size] = '\0';
}

/* 16: no digit. */
static uint8_t hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint8_t)(c - 'a' + 10);
	return 16;
}

bool hex_decode(uint8_t *out, size_t out_size, struct slice text)
{
	if (text.size % 2 != 0 || text.size / 2 != out_size)
		return false;
	for (size_t i = 0; i < out_size; i++) {
		uint8_t high = hex_value(text.data[2 * i]), low = hex_value(text.data[2 * i + 1]);

		if (high > 15 || low > 15)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(char *out, size_t out_size, struct slice from)
{
	size_t used = 0, i = 0;
	uint32_t bits = 0;
	unsigned held = 0;

	MUST(from.size < SIZE_MAX / 8 && out_size > (from.size * 8 + 5) / 6);
	for (; from.size - i >= 3; i += 3) { /* The whole blocks, which are nearly all. */
		uint32_t block = (uint32_t)from.data[i] << 16 | (uint32_t)from.data[i + 1] << 8 |
				 from.data[i + 2];

		out[used++] = base64url_digits[block >> 18];
		out[used++] = base64url_digits[block >> 12 & 63];
		out[used++] = base64url_digits[block >> 6 & 63];
		out[used++] = base64url_digits[block & 63];
	}
	for (; i < from.size; i++) {
		bits = (bits << 8 | from.data[i]) & 0xffff;
		for (held += 8; held >= 6; held -= 6)
			out[used++] = base64url_digits[bits >> (held - 6) & 63];
	}
	if (held > 0)
		out[used++] = base64url_digits[bits << (6 - held) & 63];
	out[used] = '\0';
	return used;
}

/* 64: no digit. */
static uint8_t base64url_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	return c == '-' ? 62 : c == '_' ? 63 : 64;
}

bool base64url_decode(uint8_t *out, size_t *out_used, size_t out_size, struct slice text)
{
	size_t used = 0;
	uint32_t bits = 0;
	unsigned held = 0;

	*out_used = 0;
	if (text.size % 4 == 1)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t value = base64url_value(text.data[i]);

		if (value > 63)
			return false;
		bits = (bits << 6 | value) & 0xffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (used == out_size)
			return false;
		out[used++] = (uint8_t)(bits >> held);
	}
	/* Left-over bits that are not zero would be a second text for the same bytes. */
	if ((bits & ((1u << held) - 1)) != 0)
		return false;
	*out_used = used;
	return true;
}

size_t base64_encode(char *out, size_t out_size, struct slice from)
{
	size_t used;

	MUST(from.size < SIZE_MAX / 8 && out_size > (from.size + 2) / 3 * 4);
	used = base64url_encode(out, out_size, from);
	for (size_t i = 0; i < used; i++)
		out[i] = out[i] == '-' ? '+' : out[i] == '_' ? '/' : out[i];
	while (used % 4 != 0)
		out[used++] = '=';
	out[used] = '\0';
	return used;
}

/* Four digits at a time, as base64url has them: a block of ours is never longer. */
bool base64_decode(uint8_t *out, size_t *out_used, size_t out_size, struct slice text)
{
	size_t used = 0;

	*out_used = 0;
	if (text.size % 4 != 0)
		return false;
	for (size_t at = 0; at < text.size; at += 4) {
		uint8_t block[4];
		size_t digits = 4, more;

		mem_copy(block, text.data + at, 4);
		while (at + 4 == text.size && digits > 2 && block[digits - 1] == '=')
			digits--;
		for (size_t i = 0; i < digits; i++) {
			if (block[i] == '-' || block[i] == '_')
				return false;
			block[i] = block[i] == '+' ? '-' : block[i] == '/' ? '_' : block[i];
		}
		if (!base64url_decode(out + used, &more, out_size - used, slice_of(block, digits)))
			return false;
		used += more;
	}
	*out_used = used;
	return true;
}

/* Whether a hyphen stands before this byte of a UUID. */
static bool uuid_hyphen_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_encode(char out[UUID_TEXT_SIZE], struct id128 id)
{
	size_t at = 0;

	for (size_t i = 0; i < sizeof(id.bytes); i++) {
		if (uuid_hyphen_before(i))
			out[at++] = '-';
		out[at++] = hex_digits[id.bytes[i] >> 4];
		out[at++] = hex_digits[id.bytes[i] & 15];
	}
	out[at] = '\0';
}

bool uuid_decode(struct id128 *out, struct slice text)
{
	struct id128 id;
	size_t at = 0;

	if (text.size != UUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < sizeof(id.bytes); i++) {
		uint8_t pair[2];

		if (uuid_hyphen_before(i) && text.data[at++] != '-')
			return false;
		for (size_t j = 0; j < 2; j++) {
			uint8_t c = text.data[at++];

			pair[j] = hex_value(c >= 'A' && c <= 'F' ? (uint8_t)(c - 'A' + 'a') : c);
			if (pair[j] > 15)
				return false;
		}
		id.bytes[i] = (uint8_t)(pair[0] << 4 | pair[1]);
	}
	*out = id;
	return true;
}

struct id128 uuid7_make(time_ms at, const uint8_t random[10])
{
	struct id128 id;

	MUST(at >= 0 && at < (time_ms)1 << 48);
	for (size_t i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(at >> (8 * (5 - i)));
	mem_copy(id.bytes + 6, random, 10);
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x70);
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

bool uuid7_time(time_ms *out, struct id128 id)
{
	time_ms at = 0;

	if (id.bytes[6] >> 4 != 7 || id.bytes[8] >> 6 != 2)
		return false;
	for (size_t i = 0; i < 6; i++)
		at = at << 8 | id.bytes[i];
	*out = at;
	return true;
}

bool decimal_decode(int64_t *out, struct slice text)
{
	bool minus = text.size > 0 && text.data[0] == '-';
	size_t first = minus ? 1 : 0;
	/* Counted downwards: the least int64 has no positive twin. */
	int64_t value = 0;

	if (text.size == first || (text.data[first] == '0' && text.size > 1))
		return false;
	for (size_t i = first; i < text.size; i++) {
		int64_t digit = (int64_t)text.data[i] - '0';

		if (digit < 0 || digit > 9 || value < (INT64_MIN + digit) / 10)
			return false;
		value = value * 10 - digit;
	}
	if (!minus && value == INT64_MIN)
		return false;
	*out = minus ? value : -value;
	return true;
}
