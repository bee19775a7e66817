/* tests/base45_test.c - RFC 9285's examples, and every text a strict decoder refuses. Without it
 * two texts could be one ticket.
 */
#include "qr/base45.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define BYTES(literal)                                                                             \
	{                                                                                          \
		(const uint8_t *)(literal), sizeof(literal) - 1                                    \
	}

static void examples_of_rfc_9285(void **state)
{
	static const struct {
		struct slice bytes;
		const char *text;
	} table[] = {
		{ BYTES("AB"), "BB8" },
		{ BYTES("Hello!!"), "%69 VD92EX0" },
		{ BYTES("base-45"), "UJCLQE7W581" },
		{ BYTES("ietf!"), "QED8WEX0" },
		{ BYTES(""), "" },
		{ BYTES("\x00"), "00" },
		{ BYTES("\xff"), "U5" },
		{ BYTES("\x00\x00"), "000" },
		{ BYTES("\xff\xff"), "FGW" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char text[16];
		uint8_t bytes[16];
		size_t used;

		assert_int_equal(base45_encode(text, sizeof(text), table[i].bytes),
				 text_size(table[i].text));
		assert_string_equal(text, table[i].text);
		assert_true(base45_decode(bytes, &used, sizeof(bytes), slice_text(text)));
		assert_true(slice_equal(slice_of(bytes, used), table[i].bytes));
	}
}

static void refused(void **state)
{
	static const struct slice table[] = {
		BYTES("GGW"),      /* 65536 */
		BYTES(":::"),      /* 91124 */
		BYTES("V5"),       /* 256 */
		BYTES("::"),       /* 2024 */
		BYTES("BB8V5"),    /* the same at an end */
		BYTES("GGWBB8"),   /* and at a start */
		BYTES("A"),        /* 1 modulo 3 */
		BYTES("BB8B"),     /* again */
		BYTES("bb8"),      /* lower case */
		BYTES("B8b"),      /* in part */
		BYTES("BB="),      /* no digit */
		BYTES("BB\n"),     /* nor this */
		BYTES("\0BB"),     /* nor NUL */
		BYTES("BB8\0\0"),  /* nor after the text */
		BYTES("\xc3\x9cG") /* nor what is not ASCII */
	};
	uint8_t bytes[16];
	size_t used;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_false(base45_decode(bytes, &used, sizeof(bytes), table[i]));
}

static void room_is_counted_before_it_is_used(void **state)
{
	uint8_t bytes[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
	size_t used;

	(void)state;
	assert_false(base45_decode(bytes, &used, 6, SLICE("%69 VD92EX0")));
	assert_int_equal(bytes[0], 9);
	assert_true(base45_decode(bytes, &used, 7, SLICE("%69 VD92EX0")));
	assert_int_equal(used, 7);
	assert_int_equal(bytes[7], 9);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void round_trips(void **state)
{
	uint64_t seed = 45;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		uint8_t bytes[64], again[64];
		char text[BASE45_TEXT_SIZE(64)];
		size_t size = next_random(&seed) % sizeof(bytes), used, again_used;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(next_random(&seed) >> 32);
		used = base45_encode(text, sizeof(text), slice_of(bytes, size));
		assert_int_equal(used, BASE45_TEXT_SIZE(size) - 1);
		assert_true(base45_decode(again, &again_used, sizeof(again), slice_text(text)));
		assert_true(slice_equal(slice_of(again, again_used), slice_of(bytes, size)));
	}
}

/* Every text of three characters is either refused or the one text of its bytes. */
static void one_text_for_the_same_bytes(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 1u << 21; n++) {
		uint8_t text[3] = { n & 127, n >> 7 & 127, n >> 14 }, bytes[2];
		char again[4];
		size_t used;

		if (!base45_decode(bytes, &used, sizeof(bytes), slice_of(text, 3)))
			continue;
		base45_encode(again, sizeof(again), slice_of(bytes, used));
		assert_memory_equal(again, text, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_rfc_9285),
		cmocka_unit_test(refused),
		cmocka_unit_test(room_is_counted_before_it_is_used),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(one_text_for_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
