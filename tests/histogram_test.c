/* tests/histogram_test.c - percentiles against the sorted truth. Without it the bench could flatter
 * us by a bucket.
 */
#include "core/histogram.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

enum { VALUE_COUNT = 20000 };

static const uint32_t asked[] = { 0, 1, 100, 2500, 5000, 9000, 9900, 9990, 9999, 10000 };

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 17;
}

static void check_against(const uint64_t *sorted, size_t count, const struct histogram *h)
{
	assert_int_equal(h->count, count);
	assert_int_equal(h->most, sorted[count - 1]);
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		size_t rank = (count * asked[i] + HISTOGRAM_PARTS - 1) / HISTOGRAM_PARTS;
		uint64_t truth = sorted[rank > 0 ? rank - 1 : 0];
		uint64_t told = histogram_at(h, asked[i]);
		uint64_t off = told > truth ? told - truth : truth - told;

		if (off * 100 > truth)
			fail_msg("%u parts: %llu, told as %llu", asked[i],
				 (unsigned long long)truth, (unsigned long long)told);
	}
}

static void percentiles_are_within_one_per_cent(void **state)
{
	static const unsigned bits[] = { 1, 5, 7, 8, 9, 12, 20, 30, 41 };
	uint64_t *values = malloc(VALUE_COUNT * sizeof(*values)), seed = 42;
	struct histogram *h = malloc(sizeof(*h));

	(void)state;
	for (size_t k = 0; k < COUNT_OF(bits); k++) {
		*h = (struct histogram){ 0 };
		for (size_t i = 0; i < VALUE_COUNT; i++) {
			values[i] = draw(&seed) & (((uint64_t)1 << bits[k]) - 1);
			/* A long tail, as latencies have. */
			values[i] >>= draw(&seed) % (bits[k] + 1);
			histogram_add(h, values[i]);
		}
		qsort(values, VALUE_COUNT, sizeof(*values), by_size);
		check_against(values, VALUE_COUNT, h);
	}
	free(values);
	free(h);
}

static void edges_of_buckets_are_told_apart(void **state)
{
	struct histogram *h = malloc(sizeof(*h));

	(void)state;
	for (unsigned bit = 0; bit < HISTOGRAM_VALUE_BITS; bit++)
		for (int step = -1; step <= 1; step++) {
			uint64_t value = ((uint64_t)1 << bit) + (uint64_t)(int64_t)step;

			*h = (struct histogram){ 0 };
			histogram_add(h, value);
			check_against(&value, 1, h);
		}
	free(h);
}

static void what_is_beyond_counts_as_the_most(void **state)
{
	struct histogram *h = calloc(1, sizeof(*h));

	(void)state;
	assert_int_equal(histogram_at(h, 9900), 0);
	assert_int_equal(histogram_mean(h), 0);
	histogram_add(h, UINT64_MAX);
	assert_int_equal(h->most, ((uint64_t)1 << HISTOGRAM_VALUE_BITS) - 1);
	assert_true(histogram_at(h, HISTOGRAM_PARTS) <= h->most);
	assert_true(histogram_at(h, HISTOGRAM_PARTS) > h->most / 100 * 99);
	free(h);
}

static void two_add_up_to_one(void **state)
{
	struct histogram *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		histogram_add(i % 2 == 0 ? a : b, i);
	histogram_join(a, b);
	assert_int_equal(a->count, 100);
	assert_int_equal(a->most, 100);
	assert_int_equal(histogram_at(a, 5000), 50);
	assert_int_equal(histogram_at(a, 9900), 99);
	assert_int_equal(histogram_mean(a), 50);
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_within_one_per_cent),
		cmocka_unit_test(edges_of_buckets_are_told_apart),
		cmocka_unit_test(what_is_beyond_counts_as_the_most),
		cmocka_unit_test(two_add_up_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
