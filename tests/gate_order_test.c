/* tests/gate_order_test.c - the tables of a gate against the plainest thing that does the same.
 * Without it a status could be lost among sixty thousand.
 */
#include "operators/gate_table.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 60, LIMIT = 40 };

struct thing {
	struct gate_item item;
	uint32_t key;
	uint8_t value, more[90];
};

static int order(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static bool keep(const void *item, const void *with)
{
	return ((const struct thing *)item)->value != *(const uint8_t *)with;
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void the_later_of_two_counts(void **state)
{
	static const uint8_t gone = 0;
	void *memory = malloc(gate_table_size(sizeof(struct thing), LIMIT));
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uint8_t model[KEYS] = { 0 };
		struct gate_table table;
		size_t held = 0;
		bool fits = true;

		gate_table_init(&table, memory, sizeof(struct thing), LIMIT, order);
		for (uint32_t n = next(&seed) % 200; fits && n > 0; n--) {
			struct thing thing = { .key = next(&seed) % (round % 2 ? LIMIT : KEYS),
					       .value = (uint8_t)(next(&seed) % 3) };

			memset(thing.more, thing.value, sizeof(thing.more));
			fits = gate_table_add(&table, &thing);
			model[thing.key] = thing.value;
			if (next(&seed) % 16 == 0)
				fits = gate_table_settle(&table, NULL, NULL) && fits;
		}
		if (!fits) { /* More than the limit of different ones: that can be. */
			assert_true(round % 2 == 0);
			continue;
		}
		fits = gate_table_settle(&table, keep, &gone);
		for (uint32_t key = 0; key < KEYS; key++) {
			struct thing like = { .key = key };
			const struct thing *found = gate_table_find(&table, &like);

			held += model[key] != 0;
			assert_int_equal(found == NULL ? 0 : found->value, model[key]);
			if (found != NULL)
				assert_int_equal(found->more[89], model[key]);
		}
		assert_int_equal(table.count, held);
		assert_int_equal(fits, held <= LIMIT);
	}
	free(memory);
}

static void a_copy_is_the_same(void **state)
{
	size_t size = gate_table_size(sizeof(struct thing), LIMIT);
	void *memory = malloc(size), *other = malloc(size);
	struct gate_table a, b;

	(void)state;
	gate_table_init(&a, memory, sizeof(struct thing), LIMIT, order);
	gate_table_init(&b, other, sizeof(struct thing), LIMIT, order);
	for (uint32_t i = LIMIT; i-- > 0;) {
		struct thing thing = { .key = i, .value = (uint8_t)i };

		assert_true(gate_table_add(&a, &thing));
	}
	assert_true(gate_table_settle(&a, NULL, NULL));
	gate_table_copy(&b, &a);
	for (uint32_t i = 0; i < LIMIT; i++) {
		struct thing like = { .key = i };

		assert_int_equal(((const struct thing *)gate_table_at(&b, i))->value, i);
		assert_int_equal(gate_table_first(&b, &like), i);
	}
	free(memory);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_later_of_two_counts),
		cmocka_unit_test(a_copy_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
