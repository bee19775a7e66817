/* tests/apportion_test.c - the last yen goes where the largest remainder is, and nowhere else. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/apportion.h"
#include "fares/money.h"

#define WEIGHT_SUM_MAX (((uint64_t)1 << 63) - 1)

static void each_share_is_as_worked_out(void **state)
{
	static const struct {
		yen sum;
		size_t count;
		uint64_t weights[5];
		yen shares[5];
		uint16_t ranks[5];
	} rows[] = {
		/* sum  n   weights               shares                ranks */
		{ 1000, 2, { 1, 1 }, { 500, 500 }, { 0, 0 } },
		{ 1001, 2, { 1, 1 }, { 501, 500 }, { 1, 0 } }, /* A tie: the lower index. */
		{ 1000, 3, { 1, 1, 1 }, { 334, 333, 333 }, { 1, 0, 0 } },
		{ 1001, 3, { 1, 1, 1 }, { 334, 334, 333 }, { 1, 2, 0 } },
		{ 100, 3, { 2, 3, 2 }, { 29, 43, 28 }, { 2, 1, 0 } }, /* 28 4/7, 42 6/7, 28 4/7 */
		{ 10, 3, { 1, 2, 4 }, { 1, 3, 6 }, { 0, 1, 2 } }, /* 1 3/7, 2 6/7, 5 5/7 */
		{ 1, 3, { 0, 5, 5 }, { 0, 1, 0 }, { 0, 1, 0 } },
		{ 0, 3, { 1, 2, 3 }, { 0, 0, 0 }, { 0, 0, 0 } },
		{ 7, 1, { 9 }, { 7 }, { 0 } },
		{ 2, 5, { 1, 1, 1, 1, 1 }, { 1, 1, 0, 0, 0 }, { 1, 2, 0, 0, 0 } },
		{ 9990, 4, { 210, 0, 640, 150 }, { 2098, 0, 6394, 1498 }, { 1, 0, 2, 0 } },
		{ YEN_MAX, 3, { 1, 1, 1 }, { 333333333334, 333333333333, 333333333333 }, { 1 } },
		{ YEN_MAX, 2, { WEIGHT_SUM_MAX - 1, 1 }, { YEN_MAX, 0 }, { 1, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		yen shares[5];
		uint16_t ranks[5];

		apportion(shares, ranks, rows[i].sum, rows[i].weights, rows[i].count);
		for (size_t k = 0; k < rows[i].count; k++) {
			if (shares[k] != rows[i].shares[k] || ranks[k] != rows[i].ranks[k])
				fail_msg("row %zu, share %zu: %lld, rank %u", i, k,
					 (long long)shares[k], ranks[k]);
		}
		apportion(shares, NULL, rows[i].sum, rows[i].weights, rows[i].count);
		assert_memory_equal(shares, rows[i].shares, rows[i].count * sizeof(yen));
	}
}

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Another way to the same: yen after yen, each to whom the exact share still owes most. A share is
 * owed weight / total of all yen; what is owed is kept times total, so that all is whole. */
static void divide_naively(yen *shares, yen sum, const uint64_t *weights, size_t count)
{
	uint64_t total = 0, left = (uint64_t)sum;
	int64_t owed[16];

	for (size_t i = 0; i < count; i++)
		total += weights[i];
	for (size_t i = 0; i < count; i++) {
		shares[i] = 0;
		owed[i] = (int64_t)((uint64_t)sum * weights[i]);
		while (owed[i] >= (int64_t)total) { /* Whole yen first. */
			owed[i] -= (int64_t)total;
			shares[i]++;
			left--;
		}
	}
	for (; left > 0; left--) {
		size_t best = 0;

		for (size_t i = 1; i < count; i++)
			if (owed[i] > owed[best])
				best = i;
		shares[best]++;
		owed[best] -= (int64_t)total;
	}
}

static void a_naive_way_comes_to_the_same(void **state)
{
	(void)state;
	seed = 20261124;
	for (int round = 0; round < 3000; round++) {
		size_t count = 1 + draw(16);
		yen sum = (yen)draw(20000), shares[16], want[16];
		uint64_t weights[16], largest = 1 + draw(round % 2 == 0 ? 4 : 5000);

		for (size_t i = 0; i < count; i++)
			weights[i] = draw(largest + 1);
		weights[draw(count)] += 1;
		divide_naively(want, sum, weights, count);
		apportion(shares, NULL, sum, weights, count);
		assert_memory_equal(shares, want, count * sizeof(yen));
	}
}

/* No share is a yen or more away from its exact part, and all of them are the sum. */
static void shares_are_within_a_yen(void **state)
{
	static uint64_t weights[APPORTION_COUNT_MAX];
	static yen shares[APPORTION_COUNT_MAX];

	(void)state;
	seed = 7;
	for (int round = 0; round < 40; round++) {
		size_t count = round == 0 ? APPORTION_COUNT_MAX : 1 + draw(APPORTION_COUNT_MAX);
		yen sum = round < 2 ? YEN_MAX : (yen)draw((uint64_t)YEN_MAX + 1), added = 0;
		uint64_t total = 0, most = round % 2 == 0 ? 3 : WEIGHT_SUM_MAX / count;

		for (size_t i = 0; i < count; i++) {
			weights[i] = draw(most) + (i == 0);
			total += weights[i];
		}
		apportion(shares, NULL, sum, weights, count);
		for (size_t i = 0; i < count; i++) {
			long double exact = (long double)sum * weights[i] / total;

			assert_true(shares[i] >= 0 && shares[i] - exact < 1.001L &&
				    exact - shares[i] < 1.001L);
			assert_true(weights[i] != 0 || shares[i] == 0);
			added += shares[i];
		}
		assert_int_equal(added, sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_share_is_as_worked_out),
		cmocka_unit_test(a_naive_way_comes_to_the_same),
		cmocka_unit_test(shares_are_within_a_yen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
