/* tests/revocation_test.c - chunks of tickets taken back, against a plain array that says the same.
 * Without it a refund could push another one out.
 */
#include "fares/revocation.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/date.h"

static void lists_are_numbered_by_day(void **state)
{
	static const struct {
		struct civil day;
		uint16_t list;
	} table[] = {
		{ { 2026, 1, 1 }, 0 },   { { 2026, 1, 2 }, 1 },   { { 2026, 12, 31 }, 364 },
		{ { 2027, 1, 1 }, 365 }, { { 2025, 12, 31 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(revocation_list(day_of_civil(table[i].day)), table[i].list);
}

static void keys_name_list_and_chunk(void **state)
{
	static const struct {
		const char *key;
		bool reads;
		uint16_t list;
		uint32_t first;
	} table[] = {
		{ "rev/0000/00", true, 0, 0 },
		{ "rev/0147/01", true, 327, 4096 },
		{ "rev/ffff/ff", true, 65535, 255 * 4096 },
		{ "rev/ffff/f", false, 0, 0 },
		{ "rev/ffff-ff", false, 0, 0 },
		{ "res/ffff/ff", false, 0, 0 },
		{ "rev/FFFF/ff", false, 0, 0 },
		{ "rev/ffff/ff0", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint32_t first = 0;
		uint16_t list = 0;

		assert_int_equal(revocation_key_read(&list, &first, slice_text(table[i].key)),
				 table[i].reads);
		if (!table[i].reads)
			continue;
		assert_int_equal(list, table[i].list);
		assert_int_equal(first, table[i].first);
	}
}

/* Every entry that the model has, rising, and no other. */
static void assert_chunk(struct slice chunk, uint32_t first,
			 const uint8_t model[REVOCATION_CHUNK_COUNT])
{
	size_t n = 0;

	for (uint32_t i = 0; i < REVOCATION_CHUNK_COUNT; i++) {
		struct revocation one;

		if (model[i] == TICKET_VALID)
			continue;
		assert_true(n < revocation_count(chunk));
		one = revocation_at(chunk, first, n++);
		assert_int_equal(one.index, first + i);
		assert_int_equal(one.status, model[i]);
	}
	assert_int_equal(n, revocation_count(chunk));
}

static void a_chunk_is_as_a_plain_array_says(void **state)
{
	static uint8_t a[REVOCATION_CHUNK_SIZE_MAX], b[REVOCATION_CHUNK_SIZE_MAX],
	    model[REVOCATION_CHUNK_COUNT];
	const uint32_t first = 7 * REVOCATION_CHUNK_COUNT;
	struct slice chunk = { 0 };
	uint64_t seed = 42;

	(void)state;
	for (unsigned step = 0; step < 3000; step++) {
		uint8_t *to = chunk.data == a ? b : a;
		struct revocation set;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		set = (struct revocation){ first + (uint32_t)(seed >> 33) % 300,
					   (uint8_t)((seed >> 60) % 3) };
		model[set.index - first] = set.status;
		chunk = slice_of(to, revocation_set(to, chunk, set));
		assert_int_equal(revocation_status(chunk, set.index), set.status);
		if (step % 100 == 0)
			assert_chunk(chunk, first, model);
	}
	assert_chunk(chunk, first, model);
}

static void a_chunk_may_be_full(void **state)
{
	static uint8_t a[REVOCATION_CHUNK_SIZE_MAX], b[REVOCATION_CHUNK_SIZE_MAX],
	    model[REVOCATION_CHUNK_COUNT];
	struct slice chunk = { 0 };

	(void)state;
	for (uint32_t i = 0; i < REVOCATION_CHUNK_COUNT; i++) {
		uint32_t index = i * 1021 % REVOCATION_CHUNK_COUNT;
		uint8_t *to = chunk.data == a ? b : a;

		model[index] = TICKET_REVOKED;
		chunk = slice_of(to, revocation_set(to, chunk,
						    (struct revocation){ index, TICKET_REVOKED }));
	}
	assert_int_equal(chunk.size, REVOCATION_CHUNK_SIZE_MAX);
	assert_chunk(chunk, 0, model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_numbered_by_day),
		cmocka_unit_test(keys_name_list_and_chunk),
		cmocka_unit_test(a_chunk_is_as_a_plain_array_says),
		cmocka_unit_test(a_chunk_may_be_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
