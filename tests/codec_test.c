/* tests/codec_test.c - every encoding both ways, and every text that is nearly one. Without it a
 * length could run past its end unseen.
 */
#include "core/codec.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

static void writes_in_order_big_endian(void **state)
{
	uint8_t data[64];
	struct writer w = { .data = data, .size = sizeof(data) };
	uint8_t wanted[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
			   "hi"
			   "0f"
			   "007"
			   "42";

	(void)state;
	write_u8(&w, 0x01);
	write_u16(&w, 0x0203);
	write_u32(&w, 0x04050607);
	write_u64(&w, 0x08090a0b0c0d0e0f);
	write_text(&w, "hi");
	write_hex(&w, SLICE("\x0f"));
	write_decimal(&w, 7, 3);
	write_decimal(&w, 42, 1);
	assert_false(w.failed);
	assert_int_equal(w.used, sizeof(wanted) - 1);
	assert_memory_equal(data, wanted, w.used);
}

static void a_full_writer_ignores_what_follows(void **state)
{
	uint8_t data[4] = { 9, 9, 9, 9 };
	struct writer w = { .data = data, .size = 3 };

	(void)state;
	write_u16(&w, 0x0102);
	write_u16(&w, 0x0304);
	assert_true(w.failed);
	write_u8(&w, 5); /* Would fit, but a hole must not be filled. */
	write_bytes(&w, (struct slice){ 0 });
	assert_true(w.failed);
	assert_int_equal(w.used, 2);
	assert_int_equal(data[2], 9);
	assert_int_equal(data[3], 9);
	w = (struct writer){ 0 };
	write_bytes(&w, (struct slice){ 0 });
	assert_false(w.failed);
	write_u8(&w, 1);
	assert_true(w.failed);
}

static void decimals_are_padded(void **state)
{
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *text;
	} table[] = {
		{ 0, 0, "0" },     { 0, 1, "0" },       { 0, 20, "00000000000000000000" },
		{ 123, 2, "123" }, { 123, 5, "00123" }, { UINT64_MAX, 1, "18446744073709551615" },
		{ 10, 1, "10" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint8_t data[20];
		struct writer w = { .data = data, .size = sizeof(data) };

		write_decimal(&w, table[i].value, table[i].digits);
		assert_false(w.failed);
		assert_true(slice_is(slice_of(data, w.used), table[i].text));
	}
}

static void reads_what_there_is_and_not_more(void **state)
{
	struct reader r = { .rest =
				SLICE("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
				      "xy") };

	(void)state;
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0203);
	assert_int_equal(read_u32(&r), 0x04050607);
	assert_true(read_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_int_equal(read_bytes(&r, 0).size, 0);
	assert_false(r.failed);
	assert_int_equal(read_u32(&r), 0); /* Two are left. */
	assert_true(r.failed);
	assert_int_equal(read_u8(&r), 0); /* Failed stays failed. */
	assert_int_equal(read_bytes(&r, 1).size, 0);
	r = (struct reader){ .rest = SLICE("abc") };
	assert_int_equal(read_bytes(&r, SIZE_MAX).size, 0);
	assert_true(r.failed);
	r = (struct reader){ 0 };
	assert_int_equal(read_bytes(&r, 0).size, 0);
	assert_false(r.failed);
}

static void hex_both_ways(void **state)
{
	static const struct {
		const char *text;
		bool fine;
	} table[] = {
		{ "00ff10", true },  { "00ff1", false },  { "00ff1000", false },
		{ "", false },       { "00FF10", false }, { "00fg10", false },
		{ "0x0011", false }, { " 00ff1", false }, { "00ff1 ", false },
		{ "-0ff10", false }, { "00f/10", false }, { "00f:10", false },
	};
	uint8_t out[3];
	char text[7];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (hex_decode(out, sizeof(out), slice_text(table[i].text)) != table[i].fine)
			fail_msg("%s", table[i].text);
	hex_encode(text, sizeof(text), SLICE("\x00\xff\x10"));
	assert_string_equal(text, "00ff10");
	assert_true(hex_decode(out, 0, SLICE("")));
	hex_encode(text, 1, SLICE(""));
	assert_string_equal(text, "");
}

static void base64url_both_ways(void **state)
{
	static const struct { /* RFC 4648 section 10, unpadded, and the two letters of its own. */
		const char *bytes, *text;
	} table[] = {
		{ "", "" },
		{ "f", "Zg" },
		{ "fo", "Zm8" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "-_-_" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct slice bytes = slice_text(table[i].bytes);
		uint8_t out[6];
		char text[9];
		size_t used;

		assert_int_equal(base64url_encode(text, text_size(table[i].text) + 1, bytes),
				 text_size(table[i].text));
		assert_string_equal(text, table[i].text);
		assert_true(base64url_decode(out, &used, bytes.size, slice_text(text)));
		assert_true(slice_equal(slice_of(out, used), bytes));
		if (bytes.size > 0)
			assert_false(
			    base64url_decode(out, &used, bytes.size - 1, slice_text(text)));
	}
}

static void base64url_has_one_text_for_each(void **state)
{
	static const char *const refused[] = {
		"Z",       "Zm9vY", "Zg==", "Zg=",   "Zh",   "Zm9",
		"Zm9vYmF", "+/+/",  "Zm 8", "Zm8\n", "Zm8.", "Z\x80",
	};
	uint8_t out[16];
	size_t used;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		if (base64url_decode(out, &used, sizeof(out), slice_text(refused[i])))
			fail_msg("%s", refused[i]);
}

static void base64url_round_trips_every_byte(void **state)
{
	uint8_t bytes[256], out[256];
	char text[343];
	size_t used;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		bytes[i] = (uint8_t)(i * 167);
	for (size_t size = 0; size <= 256; size++) {
		size_t length = base64url_encode(text, sizeof(text), slice_of(bytes, size));

		assert_true(base64url_decode(out, &used, size, slice_of(text, length)));
		assert_int_equal(used, size);
		assert_memory_equal(out, bytes, size);
	}
}

static void uuids_both_ways(void **state)
{
	static const struct {
		const char *text;
		bool fine;
	} table[] = {
		{ "019078e5-d3a0-7c4b-8f21-00ff00ff00ff", true },
		{ "019078E5-D3A0-7C4B-8F21-00FF00FF00FF", true },
		{ "019078e5d3a07c4b8f2100ff00ff00ff", false },
		{ "{019078e5-d3a0-7c4b-8f21-00ff00ff00ff}", false },
		{ "019078e5-d3a0-7c4b-8f21-00ff00ff00f", false },
		{ "019078e5-d3a0-7c4b-8f21-00ff00ff00ff0", false },
		{ "019078e5-d3a0-7c4b-8f2-100ff00ff00ff", false },
		{ "019078e5_d3a0-7c4b-8f21-00ff00ff00ff", false },
		{ "019078e5-d3a0-7c4b-8f21-00ff00ff00fg", false },
		{ "019078e5-d3a0-7c4b-8f21-00ff00ff00f ", false },
		{ "", false },
	};
	char text[UUID_TEXT_SIZE];
	struct id128 id = { { 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (uuid_decode(&id, slice_text(table[i].text)) != table[i].fine)
			fail_msg("%s", table[i].text);
	uuid_encode(text, id); /* Refusals have left it alone. */
	assert_string_equal(text, table[0].text);
}

static void uuid7_keeps_its_time(void **state)
{
	static const time_ms times[] = { 0, 1, 1645557742000, 0xffffffffffff };
	static const uint8_t ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	static const uint8_t rfc[10] = {
		0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f
	};
	char text[UUID_TEXT_SIZE];
	struct id128 id;
	time_ms at;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		id = uuid7_make(times[i], ones);
		assert_int_equal(id.bytes[6], 0x7f);
		assert_int_equal(id.bytes[8], 0xbf);
		assert_true(uuid7_time(&at, id));
		assert_true(at == times[i]);
	}
	uuid_encode(text, uuid7_make(1645557742000, rfc)); /* RFC 9562 appendix A.6 */
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	id.bytes[6] = 0x4f;
	assert_false(uuid7_time(&at, id));
	id.bytes[6] = 0x7f;
	id.bytes[8] = 0xff;
	assert_false(uuid7_time(&at, id));
}

static void decimals_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		bool fine;
		int64_t value;
	} table[] = {
		{ "0", true, 0 },
		{ "7", true, 7 },
		{ "-7", true, -7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "18446744073709551616", false, 0 }, /* 2^64 wraps to 0. */
		{ "-0", false, 0 },
		{ "00", false, 0 },
		{ "01", false, 0 },
		{ "-01", false, 0 },
		{ "+1", false, 0 },
		{ "--1", false, 0 },
		{ "-", false, 0 },
		{ "", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ "0x1", false, 0 },
		{ "\xef\xbc\x91", false, 0 }, /* A full-width 1. */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t value = 42;

		if (decimal_decode(&value, slice_text(table[i].text)) != table[i].fine ||
		    value != (table[i].fine ? table[i].value : 42))
			fail_msg("%s", table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_in_order_big_endian),
		cmocka_unit_test(a_full_writer_ignores_what_follows),
		cmocka_unit_test(decimals_are_padded),
		cmocka_unit_test(reads_what_there_is_and_not_more),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(base64url_both_ways),
		cmocka_unit_test(base64url_has_one_text_for_each),
		cmocka_unit_test(base64url_round_trips_every_byte),
		cmocka_unit_test(uuids_both_ways),
		cmocka_unit_test(uuid7_keeps_its_time),
		cmocka_unit_test(decimals_are_read_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
