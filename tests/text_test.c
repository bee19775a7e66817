/* tests/text_test.c - what counts as text, and the arena it is kept in. Without it a name could
 * hide characters that turn it into another's.
 */
#include "core/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/arena.h"

static void texts_are_judged(void **state)
{
	static const struct {
		const char *text;
		size_t prefix; /* Whole UTF-8 from the start. */
		bool printable;
	} table[] = {
		{ "", 0, true },
		{ "Hakata", 6, true },
		{ "博多駅", 9, true },
		{ "🚃", 4, true },
		{ "\xf4\x8f\xbf\xbf", 4, true }, /* U+10FFFF */
		{ "\xf4\x90\x80\x80", 0, false },
		{ "\xf5\x80\x80\x80", 0, false },
		{ "\xc0\x80", 0, false },
		{ "\xc1\xbf", 0, false },
		{ "\xe0\x9f\xbf", 0, false },
		{ "\xf0\x8f\xbf\xbf", 0, false },
		{ "\xed\x9f\xbf", 3, true },  /* U+D7FF, */
		{ "\xed\xa0\x80", 0, false }, /* U+D800, */
		{ "\xed\xbf\xbf", 0, false }, /* U+DFFF, */
		{ "\xee\x80\x80", 3, true },  /* U+E000. */
		{ "a\x80", 1, false },
		{ "ab\xe4\xb9", 2, false },
		{ "ab\xe4\xb9z", 2, false },
		{ "ab\xff", 2, false },
		{ "a\tb", 3, false },
		{ "a\nb", 3, false },
		{ "\x7f", 1, false },
		{ "\xc2\x85", 2, false },     /* U+0085, next line. */
		{ "\xc2\xa0", 2, true },      /* U+00A0 */
		{ "\xe2\x80\xa7", 3, true },  /* U+2027 */
		{ "\xe2\x80\xa8", 3, false }, /* U+2028 */
		{ "\xe2\x80\xa9", 3, false }, /* U+2029 */
		{ "\xe2\x80\xaa", 3, false }, /* U+202A */
		{ "a\xe2\x80\xae"
		  "b",
		  5, false },                 /* U+202E */
		{ "\xe2\x80\xaf", 3, true },  /* U+202F */
		{ "\xe2\x81\xa5", 3, true },  /* U+2065 */
		{ "\xe2\x81\xa6", 3, false }, /* U+2066 */
		{ "\xe2\x81\xa9", 3, false }, /* U+2069 */
		{ "\xe2\x81\xaa", 3, true },  /* U+206A */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct slice text = slice_text(table[i].text);

		if (text_utf8_prefix(text) != table[i].prefix ||
		    text_is_utf8(text) != (table[i].prefix == text.size) ||
		    text_is_printable(text) != table[i].printable)
			fail_msg("row %zu", i);
	}
	assert_true(text_is_utf8(slice_of("a\0b", 3)));
	assert_false(text_is_printable(slice_of("a\0b", 3)));
}

static void white_space_is_trimmed(void **state)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "", "" },
		{ " \t\r\n\v\f", "" },
		{ "　", "" },
		{ " 　 博多　駅 　\r\n", "博多　駅" },
		{ "a b", "a b" },
		{ "\xe3\x80", "\xe3\x80" },
		{ "\x80\x80", "\x80\x80" },
		{ "\xc2\xa0", "\xc2\xa0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_true(slice_is(text_trim(slice_text(table[i].in)), table[i].out));
	assert_int_equal(text_trim((struct slice){ 0 }).size, 0);
}

static void one_byte_order_mark_is_dropped(void **state)
{
	(void)state;
	assert_true(slice_is(text_without_bom(SLICE("\xef\xbb\xbf"
						    "a")),
			     "a"));
	assert_true(slice_is(text_without_bom(SLICE("\xef\xbb\xbf\xef\xbb\xbf")), "\xef\xbb\xbf"));
	assert_true(slice_is(text_without_bom(SLICE("\xef\xbb")), "\xef\xbb"));
	assert_true(slice_is(text_without_bom(SLICE("a\xef\xbb\xbf")), "a\xef\xbb\xbf"));
	assert_int_equal(text_without_bom((struct slice){ 0 }).size, 0);
}

static bool is_zero(const uint8_t *at, size_t size)
{
	while (size > 0 && at[size - 1] == 0)
		size--;
	return size == 0;
}

static void what_an_arena_gives_is_zero_and_aligned(void **state)
{
	static const size_t keeps[] = { 0, 1, 5000, 40000, 1 << 20 };
	struct arena arena;

	(void)state;
	assert_true(arena_open(&arena, 100000));
	for (size_t k = 0; k < COUNT_OF(keeps); k++) {
		for (size_t size = 0; size < 400; size += 7) {
			uint8_t *at = arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)at % 16, 0);
			assert_true(is_zero(at, size));
			__builtin_memset(at, 0xee, size);
		}
		assert_string_equal(arena_text(&arena, "%s-%d", "fare", 7), "fare-7");
		assert_true(slice_is(arena_copy(&arena, SLICE("copy")), "copy"));
		assert_int_equal(arena_copy(&arena, (struct slice){ 0 }).size, 0);
		arena_reset(&arena, keeps[k]);
		assert_int_equal(arena_left(&arena), arena.size);
	}
	assert_true(is_zero(arena_alloc(&arena, arena_left(&arena)), arena.size));
	assert_int_equal(arena_left(&arena), 0);
	assert_int_equal((uintptr_t)arena_alloc(&arena, 0) % 16, 0);
	arena_close(&arena);
	arena_close(&arena);
	assert_false(arena_open(&arena, SIZE_MAX / 4));
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_judged),
		cmocka_unit_test(white_space_is_trimmed),
		cmocka_unit_test(one_byte_order_mark_is_dropped),
		cmocka_unit_test(what_an_arena_gives_is_zero_and_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
