/* tests/participation_test.c - who is counted on a day, and as what. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "operators/participation.h"

enum {
	R = MODE_BIT(MODE_rail),
	B = MODE_BIT(MODE_bus),
	F = MODE_BIT(MODE_ferry),
	A = MODE_BIT(MODE_air),
	V = MODE_BIT(MODE_venue),
	DAY = 21000,
	FUKUOKA = 1 << 0,
	OITA = 1 << 4,
	KAGOSHIMA = 1 << 6,
};
#define ONE "7000012050002"
#define TWO "5000020401005"

#define VIEW(id, m, p, number, name, scope, from, until, scan)                                     \
	{                                                                                          \
		.operator_id = id, .modes = m, .prefectures = p, .corporate_number = number,       \
		.bureau = name, .in_scope = scope, .joined = from, .left = until,                  \
		.last_admitted = scan,                                                             \
	}
static const struct op_view views[] = {
	/* id, modes, prefectures, corporate number, bureau, scope, joined, left, last scan */
	VIEW("gone", B, FUKUOKA, ONE, "", true, DAY - 90, DAY, DAY),
	VIEW("rail-1", R, FUKUOKA | OITA, ONE, "", true, DAY - 90, 0, DAY),
	VIEW("bus-1", B, FUKUOKA, ONE, "", true, DAY, 0, DAY - 29), /* Joins on the day. */
	VIEW("city-rail", R, FUKUOKA, TWO, "rail", true, DAY - 1, 0, DAY - 30), /* Too long ago. */
	/* Its last day. */
	VIEW("city-bus", B | F, KAGOSHIMA, TWO, "bus", true, DAY - 1, DAY + 1, 0),
	VIEW("ferry-1", F | V, KAGOSHIMA, "", "", true, DAY - 1, 0, DAY + 3),
	VIEW("ferry-2", F, KAGOSHIMA, "", "", true, DAY - 1, 0, 0),
	VIEW("soon", A, FUKUOKA, "", "", true, DAY + 1, 0, 0),
	VIEW("never", B, FUKUOKA, "", "", true, 0, 0, 0),
	VIEW("far", A, FUKUOKA, "", "", false, DAY - 90, 0, DAY),
	VIEW("onsen", V, OITA, "", "", true, DAY - 90, 0, DAY),
};

static void operators_are_counted_as_the_plan_counts(void **state)
{
	struct participation counts;

	(void)state;
	participation_count(&counts, views, COUNT_OF(views), DAY);
	assert_int_equal(counts.participants, 6);
	assert_int_equal(counts.legal_entities, 4); /* ONE, TWO, and two that are not known. */
	assert_int_equal(counts.unverified, 2);
	assert_int_equal(counts.in_scope_total, 9);
	assert_int_equal(counts.share_bp, 6666);
	assert_int_equal(counts.active_30_days, 3);
	assert_int_equal(counts.by_mode[MODE_rail], 2);
	assert_int_equal(counts.by_mode[MODE_bus], 2);
	assert_int_equal(counts.by_mode[MODE_ferry], 3);
	assert_int_equal(counts.by_mode[MODE_air], 0);
	assert_int_equal(counts.by_mode[MODE_venue], 0);
	assert_int_equal(counts.by_prefecture[0], 3);
	assert_int_equal(counts.by_prefecture[4], 1);
	assert_int_equal(counts.by_prefecture[6], 3);
}

static void agreements_begin_and_end_on_their_days(void **state)
{
	static const struct {
		day_t date;
		uint32_t participants, entities;
	} rows[] = {
		{ DAY - 91, 0, 0 }, { DAY - 90, 2, 1 }, { DAY - 1, 6, 4 },
		{ DAY, 6, 4 },	    { DAY + 1, 6, 5 }, { DAY + 100, 6, 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct participation counts;

		participation_count(&counts, views, COUNT_OF(views), rows[i].date);
		if (counts.participants != rows[i].participants ||
		    counts.legal_entities != rows[i].entities)
			fail_msg("row %zu: %u of %u", i, counts.participants,
				 counts.legal_entities);
	}
}

static void nobody_is_no_division_by_zero(void **state)
{
	struct participation counts;

	(void)state;
	participation_count(&counts, NULL, 0, DAY);
	assert_int_equal(counts.participants, 0);
	assert_int_equal(counts.share_bp, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_are_counted_as_the_plan_counts),
		cmocka_unit_test(agreements_begin_and_end_on_their_days),
		cmocka_unit_test(nobody_is_no_division_by_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
