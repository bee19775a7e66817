/* tests/pass_leg_test.c - which leg of a boarding pass is meant, as a table. */
#include "operators/pass_leg.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "qr/bcbp.h"

enum { TODAY = 20000 };
#define NONE      { false, false, false, TODAY }
#define OURS(d)   { true, true, false, TODAY + (d) }
#define NAMED(d)  { true, true, true, TODAY + (d) }
#define OTHERS(d) { true, false, false, TODAY + (d) }

static const struct row {
	const char *what;
	struct pass_leg legs[BCBP_LEG_COUNT_MAX];
	int chosen;
} rows[] = {
	{ "nobody's", { NONE, NONE, NONE, NONE }, -1 },
	{ "the first", { OURS(0), NONE, NONE, NONE }, 0 },
	{ "the second", { NONE, OURS(0), NONE, NONE }, 1 },
	{ "the third", { NONE, NONE, OURS(0), NONE }, 2 },
	{ "the fourth", { NONE, NONE, NONE, OURS(0) }, 3 },
	{ "both today: in their order", { NONE, OURS(0), OURS(0), NONE }, 1 },
	{ "there and back: today's", { OURS(-1), OURS(0), NONE, NONE }, 1 },
	{ "there and back: today's, again", { OURS(0), OURS(1), NONE, NONE }, 0 },
	{ "a day late or a day early: in their order", { OURS(1), OURS(-1), NONE, NONE }, 0 },
	{ "the nearest", { OURS(-3), OURS(-2), OURS(4), NONE }, 1 },
	{ "the one that the gate names", { OURS(0), NONE, NAMED(2), NONE }, 2 },
	{ "another operator's, where there is no other", { NONE, OTHERS(0), NONE, NONE }, 1 },
	{ "its own before another's", { OTHERS(0), OURS(3), NONE, NONE }, 1 },
	{ "its own before another's, the other way", { OURS(3), OTHERS(0), NONE, NONE }, 0 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (pass_leg_choose(rows[i].legs, BCBP_LEG_COUNT_MAX, TODAY) != rows[i].chosen)
			fail_msg("%s", rows[i].what);
	assert_int_equal(pass_leg_choose(rows[1].legs, 0, TODAY), -1);
	assert_int_equal(pass_leg_choose(rows[4].legs, 3, TODAY), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
