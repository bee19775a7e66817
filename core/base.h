/* core/base.h - the few words every room speaks. Pure. */
#ifndef CORE_BASE_H
#define CORE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUSTCHECK   __attribute__((warn_unused_result))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* An assertion that stays on in production: what it guards is a programmer's error, never an
 * input's. */
#define MUST(cond) ((cond) ? (void)0 : must_fail(#cond, __FILE__, __LINE__))
_Noreturn void must_fail(const char *cond, const char *file, int line);

/* Bytes that somebody else owns. */
struct slice {
	const uint8_t *data;
	size_t size;
};

struct id128 {
	uint8_t bytes[16];
};

typedef int64_t time_ms; /* Milliseconds since 1970-01-01T00:00Z. Always given, never asked for. */
typedef int64_t yen;
typedef int32_t day_t; /* A calendar or service day in Japan: days since 1970-01-01. 0: none. */

#define SLICE(literal) ((struct slice){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static inline void mem_copy(void *to, const void *from, size_t size)
{
	if (size > 0)
		__builtin_memcpy(to, from, size);
}

static inline void mem_zero(void *at, size_t size)
{
	if (size > 0)
		__builtin_memset(at, 0, size);
}

/* Not for secrets: its time tells where the bytes differ. core/crypto.h has crypto_equal. */
static inline bool mem_equal(const void *a, const void *b, size_t size)
{
	return size == 0 || __builtin_memcmp(a, b, size) == 0;
}

/* Length of NUL-terminated text, by hand so that a pure file needs no libc. */
static inline size_t text_size(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0') {
		n++;
		__asm__(""); /* Or the compiler sees strlen here, and calls it. */
	}
	return n;
}

static inline struct slice slice_of(const void *data, size_t size)
{
	return (struct slice){ data, size };
}

static inline struct slice slice_text(const char *text)
{
	return (struct slice){ (const uint8_t *)text, text_size(text) };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.size == b.size && mem_equal(a.data, b.data, a.size);
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_text(text));
}

static inline bool text_equal(const char *a, const char *b)
{
	return slice_equal(slice_text(a), slice_text(b));
}

static inline bool slice_starts(struct slice a, struct slice prefix)
{
	return a.size >= prefix.size && mem_equal(a.data, prefix.data, prefix.size);
}

/* Byte order, shorter first among equals: the order of keys. */
static inline int slice_compare(struct slice a, struct slice b)
{
	size_t n = a.size < b.size ? a.size : b.size;
	int order = n == 0 ? 0 : __builtin_memcmp(a.data, b.data, n);

	return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* For tables in memory that only we fill: eight bytes at a time, well mixed, no defence against an
 * enemy. */
static inline uint32_t slice_hash(struct slice a)
{
	const uint64_t odd = 0x9e3779b97f4a7c15u;
	uint64_t h = a.size * odd;
	size_t at = 0;

	for (; at + 8 <= a.size; at += 8) {
		uint64_t word;

		__builtin_memcpy(&word, a.data + at, 8);
		h = (h ^ word) * odd;
		h ^= h >> 32;
	}
	for (; at < a.size; at++)
		h = (h ^ a.data[at]) * odd;
	return (uint32_t)(h ^ h >> 29);
}

/* Copies into a fixed array as NUL-terminated text. False, and empty text, where it does not fit or
 * holds a NUL. */
MUSTCHECK static inline bool text_set(char *out, size_t out_size, struct slice from)
{
	out[0] = '\0';
	if (from.size >= out_size)
		return false;
	for (size_t i = 0; i < from.size; i++)
		if (from.data[i] == 0)
			return false;
	mem_copy(out, from.data, from.size);
	out[from.size] = '\0';
	return true;
}

static inline bool id_equal(struct id128 a, struct id128 b)
{
	return mem_equal(a.bytes, b.bytes, sizeof(a.bytes));
}

static inline bool id_is_zero(struct id128 id)
{
	return id_equal(id, (struct id128){ { 0 } });
}

#endif
