/* tests/cbor_test.c - each item's one encoding, and every other that must be refused. Without it
 * two texts of one ticket could both verify.
 */
#include "core/cbor.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t data[128];
	size_t size;
};

static struct bytes unhex(const char *text)
{
	struct bytes out = { .size = text_size(text) / 2 };

	MUST(out.size <= sizeof(out.data));
	MUST(hex_decode(out.data, out.size, slice_text(text)));
	return out;
}

/* RFC 8949 appendix A, and the borders of each length. */
static const struct {
	int64_t value;
	const char *hex;
} ints[] = {
	{ 0, "00" },
	{ 1, "01" },
	{ 10, "0a" },
	{ 23, "17" },
	{ 24, "1818" },
	{ 255, "18ff" },
	{ 256, "190100" },
	{ 65535, "19ffff" },
	{ 65536, "1a00010000" },
	{ 4294967295, "1affffffff" },
	{ 4294967296, "1b0000000100000000" },
	{ INT64_MAX, "1b7fffffffffffffff" },
	{ -1, "20" },
	{ -24, "37" },
	{ -25, "3818" },
	{ -256, "38ff" },
	{ -257, "390100" },
	{ -65536, "39ffff" },
	{ -65537, "3a00010000" },
	{ -4294967297, "3b0000000100000000" },
	{ INT64_MIN, "3b7fffffffffffffff" },
};

static void integers_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ints); i++) {
		struct bytes wanted = unhex(ints[i].hex);
		uint8_t data[9];
		struct writer w = { .data = data, .size = sizeof(data) };
		struct reader r = { .rest = slice_of(data, 0) };
		struct cbor_item item;

		cbor_put_int(&w, ints[i].value);
		assert_int_equal(w.used, wanted.size);
		assert_memory_equal(data, wanted.data, wanted.size);
		r.rest.size = w.used;
		item = cbor_next(&r);
		assert_int_equal(item.kind, CBOR_INT);
		assert_true(item.value == ints[i].value);
		assert_int_equal(cbor_next(&r).kind, CBOR_END);
		assert_false(r.failed);
	}
}

static void other_items_are_written(void **state)
{
	uint8_t data[64];
	struct writer w = { .data = data, .size = sizeof(data) };
	struct bytes wanted = unhex("d2"
				    "d818"
				    "84"
				    "a1"
				    "43010203"
				    "63e4b99d"
				    "f5"
				    "f4"
				    "40"
				    "60"
				    "1bffffffffffffffff"
				    "9818"
				    "b818");

	(void)state;
	cbor_put_tag(&w, 18);
	cbor_put_tag(&w, 24);
	cbor_put_array(&w, 4);
	cbor_put_map(&w, 1);
	cbor_put_bytes(&w, SLICE("\1\2\3"));
	cbor_put_text(&w, SLICE("九"));
	cbor_put_bool(&w, true);
	cbor_put_bool(&w, false);
	cbor_put_bytes(&w, SLICE(""));
	cbor_put_text(&w, SLICE(""));
	cbor_put_uint(&w, UINT64_MAX);
	cbor_put_array(&w, 24);
	cbor_put_map(&w, 24);
	assert_false(w.failed);
	assert_int_equal(w.used, wanted.size);
	assert_memory_equal(data, wanted.data, wanted.size);
	w = (struct writer){ .data = data, .size = 3 };
	cbor_put_bytes(&w, SLICE("\1\2\3"));
	assert_true(w.failed);
}

static void one_item_is_read(void **state)
{
	static const struct {
		const char *hex;
		enum cbor_kind kind;
		int64_t value;
		uint64_t count;
		const char *bytes;
	} table[] = {
		{ "", CBOR_END, 0, 0, "" },
		{ "40", CBOR_BYTES, 0, 0, "" },
		{ "43616263", CBOR_BYTES, 0, 0, "abc" },
		{ "4161ff", CBOR_BYTES, 0, 0, "a" }, /* What follows is not this item's. */
		{ "60", CBOR_TEXT, 0, 0, "" },
		{ "63e4b99d", CBOR_TEXT, 0, 0, "九" },
		{ "f4", CBOR_BOOL, 0, 0, "" },
		{ "f5", CBOR_BOOL, 1, 0, "" },
		{ "f6", CBOR_NULL, 0, 0, "" },
		{ "80", CBOR_ARRAY, 0, 0, "" },
		{ "820000", CBOR_ARRAY, 0, 2, "" },
		{ "a0", CBOR_MAP, 0, 0, "" },
		{ "a10000", CBOR_MAP, 0, 1, "" },
		{ "c000", CBOR_TAG, 0, 0, "" },
		{ "c600", CBOR_TAG, 0, 6, "" },
		{ "d200", CBOR_TAG, 0, 18, "" },
		{ "d400", CBOR_TAG, 0, 20, "" },
		{ "d700", CBOR_TAG, 0, 23, "" },
		{ "d81800", CBOR_TAG, 0, 24, "" },
		{ "d83d00", CBOR_TAG, 0, 61, "" },
		{ "d9d9f700", CBOR_TAG, 0, 55799, "" },
		{ "da0001000000", CBOR_TAG, 0, 65536, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct bytes in = unhex(table[i].hex);
		struct reader r = { .rest = slice_of(in.data, in.size) };
		struct cbor_item item = cbor_next(&r);

		if (item.kind != table[i].kind || item.value != table[i].value ||
		    item.count != table[i].count || !slice_is(item.bytes, table[i].bytes))
			fail_msg("%s", table[i].hex);
		assert_false(r.failed);
	}
}

static const struct {
	const char *why, *items;
} refused[] = {
	{ "longer than need be: integers", "1800 1817 190000 1900ff 1a0000ffff 1b00000000ffffffff "
					   "3800 3817 3900ff 3a0000ffff 3b00000000ffffffff " },
	{ "longer than need be: strings",
	  "580161 59000161 5a0000000161 5b000000000000000161 780161 7900016100 " },
	{ "longer than need be: counts and tags",
	  "980100 99000100 b8010000 b900010000 d81200 d81700 d9001200 da0000001200 d900ff00 " },
	{ "indefinite", "5f4161ff 7f6161ff 9f00ff bf0000ff ff " },
	{ "floats", "f90000 fa47c35000 fb3ff199999999999a f97e00 " },
	{ "simple values, true in two bytes", "f7 e0 f3 f8ff f814 f815 f818 " },
	{ "reserved lengths", "1c 1d 1e 1f 3c 3f 5c 7d 9e bc dc df fc fe " },
	{ "beyond int64",
	  "1b8000000000000000 1bffffffffffffffff 3b8000000000000000 3bffffffffffffffff " },
	{ "cut short: heads", "18 19 1901 1a010000 1b01000000000000 58 78 98 b8 d8 d9d9 " },
	{ "cut short: strings",
	  "41 426f 5818 61 62e4 5bffffffffffffffff61 7bffffffffffffffff61 5a7fffffff61 " },
	{ "more items than bytes",
	  "81 8300 9bffffffffffffffff00 a1 a100 a2000000 bbffffffffffffffff00 "
	  "bb800000000000000000 " },
	{ "not UTF-8: cut, overlong, a surrogate, too high, alone",
	  "62e4b9 62c080 63eda080 64f4908080 6180 61ff " },
};

static void check_refused(const char *why, struct slice hex)
{
	uint8_t *in = malloc(hex.size); /* Twice what is needed; the end is what matters. */
	struct reader r = { .rest = slice_of(in + hex.size / 2, hex.size / 2) };
	enum cbor_kind kind;

	assert_true(hex_decode(in + hex.size / 2, hex.size / 2, hex));
	kind = cbor_next(&r).kind;
	if (kind != CBOR_BROKEN || !r.failed)
		fail_msg("%s: %.*s gave %d", why, (int)hex.size, (const char *)hex.data, (int)kind);
	assert_int_equal(cbor_next(&r).kind, CBOR_BROKEN);
	assert_false(cbor_skip(&r, NULL));
	free(in);
}

static void a_second_encoding_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		for (const char *at = refused[i].items, *end; *at != '\0'; at = end + 1) {
			end = strchr(at, ' ');
			check_refused(refused[i].why, slice_of(at, (size_t)(end - at)));
		}
}

static void whole_items_are_skipped(void **state)
{
	static const struct {
		const char *hex;
		size_t size; /* 0: refused. */
	} table[] = {
		{ "00", 1 },
		{ "0001", 1 },
		{ "83010203f6", 4 },
		{ "d28443a10127a0f640", 9 },
		{ "a201020304", 5 },
		{ "a2010220030a", 5 },
		{ "a2616100626161000a", 8 },
		{ "a203040102", 0 },       /* Keys out of order, */
		{ "a201020103", 0 },       /* twice, */
		{ "a262616100616100", 0 }, /* longer before shorter, */
		{ "a220000100", 0 },       /* negative before positive. */
		{ "81a203040102", 0 },
		{ "a201a20304010203", 0 },
		{ "", 0 },
		{ "d2", 0 }, /* A tag of nothing. */
		{ "c1c2", 0 },
		{ "8201", 0 },
		{ "a201020a", 0 },
		{ "82011817", 0 },
		{ "8181818181818180", 8 },
		{ "818181818181818100", 9 },   /* Eight levels, */
		{ "81818181818181818100", 0 }, /* nine. */
		{ "c1c1c1c1c1c1c1c100", 9 },
		{ "c1c1c1c1c1c1c1c1c100", 0 },
		{ "a100a100a100a100a100a100a100a10000", 17 },
		{ "a100a100a100a100a100a100a100a100a10000", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct bytes in = unhex(table[i].hex);
		struct reader r = { .rest = slice_of(in.data, in.size) };
		struct slice whole = SLICE("x");

		if (cbor_skip(&r, &whole) != (table[i].size > 0) || whole.size != table[i].size)
			fail_msg("%s: %zu", table[i].hex, whole.size);
		assert_int_equal(r.failed, table[i].size == 0);
		if (table[i].size > 0)
			assert_int_equal(r.rest.size, in.size - table[i].size);
	}
}

static void map_keys_come_in_order(void **state)
{
	static const struct {
		const char *hex;
		int fine; /* How many keys are read before a refusal. */
	} table[] = {
		{ "01010202030320032103", 5 }, /* 1 2 3 -1 -2: by bytes, not by value. */
		{ "170018180018ff00190100003700", 5 },
		{ "0100010002", 1 },
		{ "02000100", 1 },
		{ "20000000", 1 },
		{ "21002000", 1 },
		{ "1818001700", 1 },
		{ "616100", 0 },
		{ "f500", 0 },
		{ "8000", 0 },
		{ "180100", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct bytes in = unhex(table[i].hex);
		struct reader r = { .rest = slice_of(in.data, in.size) };
		struct slice last = { 0 };
		int64_t key;
		int read = 0;

		while (cbor_map_key(&r, &last, &key) && cbor_skip(&r, NULL))
			read++;
		if (read != table[i].fine || !r.failed)
			fail_msg("%s: %d", table[i].hex, read);
	}
}

static bool write_again(struct writer *w, const struct cbor_item *item)
{
	switch (item->kind) {
	case CBOR_INT:
		cbor_put_int(w, item->value);
		return true;
	case CBOR_BYTES:
		cbor_put_bytes(w, item->bytes);
		return true;
	case CBOR_TEXT:
		cbor_put_text(w, item->bytes);
		return true;
	case CBOR_ARRAY:
		cbor_put_array(w, item->count);
		return true;
	case CBOR_MAP:
		cbor_put_map(w, item->count);
		return true;
	case CBOR_TAG:
		cbor_put_tag(w, item->count);
		return true;
	case CBOR_BOOL:
		cbor_put_bool(w, item->value);
		return true;
	default:
		return false;
	}
}

/* Every pair of first bytes: what is read is what would be written. */
static void what_is_read_is_what_would_be_written(void **state)
{
	static const uint8_t thirds[] = { 0x00, 0x17, 0x18, 0x61, 0x80, 0xff };
	size_t read = 0;

	(void)state;
	for (uint32_t n = 0; n < 0x10000 * COUNT_OF(thirds); n++) {
		uint8_t in[3] = { (uint8_t)(n >> 8), (uint8_t)n, thirds[n >> 16] }, out[12];
		struct reader r = { .rest = slice_of(in, sizeof(in)) };
		struct writer w = { .data = out, .size = sizeof(out) };
		struct cbor_item item = cbor_next(&r);

		if (!write_again(&w, &item))
			continue;
		assert_int_equal(w.used, sizeof(in) - r.rest.size);
		assert_memory_equal(out, in, w.used);
		read++;
	}
	assert_true(read > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_both_ways),
		cmocka_unit_test(other_items_are_written),
		cmocka_unit_test(one_item_is_read),
		cmocka_unit_test(a_second_encoding_is_refused),
		cmocka_unit_test(whole_items_are_skipped),
		cmocka_unit_test(map_keys_come_in_order),
		cmocka_unit_test(what_is_read_is_what_would_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
