/* core/codec.h - bytes to words and back, never past an end.
 *
 * A writer that has run out of room sets `failed` and ignores what follows; look at it once, at the
 * end. The encodings are RFC 4648 (hex in lower case, base64url without padding, base64 with it)
 * and RFC 9562 (UUID). Pure.
 */
#ifndef CORE_CODEC_H
#define CORE_CODEC_H

#include "core/base.h"

struct writer {
	uint8_t *data;
	size_t size, used;
	bool failed;
};

void write_bytes(struct writer *, struct slice);
void write_u8(struct writer *, uint8_t);
void write_u16(struct writer *, uint16_t); /* Big-endian, all of them. */
void write_u32(struct writer *, uint32_t);
void write_u64(struct writer *, uint64_t);
void write_text(struct writer *, const char *);
/* Decimal, zero-padded to at least `digits` (at most 20). */
void write_decimal(struct writer *, uint64_t, unsigned digits);
void write_hex(struct writer *, struct slice);

struct reader {
	struct slice rest;
	bool failed; /* Asked for more than there was; zeroes were given. */
};

struct slice read_bytes(struct reader *, size_t size);
uint8_t read_u8(struct reader *);
uint16_t read_u16(struct reader *);
uint32_t read_u32(struct reader *);
uint64_t read_u64(struct reader *);

enum { UUID_TEXT_SIZE = 37, HEX32_SIZE = 33 };

/* NUL-terminated; out_size >= 2 * size + 1 (asserted). */
void hex_encode(char *out, size_t out_size, struct slice);
MUSTCHECK bool hex_decode(uint8_t *out, size_t out_size,
			  struct slice text); /* Exactly out_size bytes, lower case. */
/* NUL-terminated; returns the length. */
size_t base64url_encode(char *out, size_t out_size, struct slice);
/* False for anything but the one canonical unpadded encoding. */
MUSTCHECK bool base64url_decode(uint8_t *out, size_t *out_used, size_t out_size, struct slice text);
/* The same for base64, with its padding. */
size_t base64_encode(char *out, size_t out_size, struct slice);
MUSTCHECK bool base64_decode(uint8_t *out, size_t *out_used, size_t out_size, struct slice text);

void uuid_encode(char out[UUID_TEXT_SIZE], struct id128);
/* Lower or upper case, the 8-4-4-4-12 form only. */
MUSTCHECK bool uuid_decode(struct id128 *out, struct slice text);
/* Version 7, RFC 9562 section 5.7: milliseconds, then the given random bits. */
struct id128 uuid7_make(time_ms at, const uint8_t random[10]);
MUSTCHECK bool uuid7_time(time_ms *out, struct id128);

/* A whole number, decimal, optional minus, no leading zero or plus, nothing after it. */
MUSTCHECK bool decimal_decode(int64_t *out, struct slice text);

#endif
