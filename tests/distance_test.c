/* tests/distance_test.c - metres between stops, held against libm's own haversine. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/distance.h"

static void places_are_as_far_as_they_are(void **state)
{
	static const struct {
		int32_t lat_a, lon_a, lat_b, lon_b;
		uint64_t metres;
	} rows[] = {
		{ 335897000, 1304207000, 335897000, 1304207000, 0 },
		/* Tenjin to Hakata. */
		{ 335914000, 1303989000, 335897000, 1304207000, 2028 },
		/* Kagoshima's pier to Sakurajima. */
		{ 315963000, 1305636000, 315928000, 1305990000, 3375 },
		/* Hakata to Kagoshima-chuo. */
		{ 335897000, 1304207000, 315839000, 1305416000, 223322 },
		{ 0, 0, 0, 10000000, 111195 },            /* A degree. */
		{ 0, 0, 900000000, 0, 10007557 },         /* To the pole. */
		{ 0, 0, 0, 1800000000, 20015114 },        /* To the other side. */
		{ 0, 1799000000, 0, -1799000000, 22239 }, /* Over the date line. */
		{ 900000000, 0, -900000000, 0, 20015114 },
		{ 100000000, 100000000, 100000010, 100000000, 0 }, /* 11 cm. */
		{ 100000000, 100000000, 100000090, 100000000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t there =
		    distance_m(rows[i].lat_a, rows[i].lon_a, rows[i].lat_b, rows[i].lon_b);

		if (there != rows[i].metres)
			fail_msg("row %zu: %llu", i, (unsigned long long)there);
		assert_int_equal(there, distance_m(rows[i].lat_b, rows[i].lon_b, rows[i].lat_a,
						   rows[i].lon_a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_as_far_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
