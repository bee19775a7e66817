/* tests/extension_test.c - validity that the council made longer, as a table: whose tickets, by how
 * much, and that it is the same in every order; and that the one decision keeps to it.
 */
#include "operators/scan.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/date.h"

#define NOON   ((time_ms)1795489200000) /* 2026-11-24T12:00:00+09:00 */
#define AT(h)  (NOON + (h)*HOUR_MS)
#define OWN(n) { { n } }

static const struct row {
	const char *what;
	struct extension list[4];
	int end, is; /* Hours from noon. The ticket: product 7, version 2, id OWN(1). */
} rows[] = {
	{ "none", { { 0 } }, 0, 0 },
	{ "its product's", { { 7, 0, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 0, 24 },
	{ "its version's", { { 7, 2, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 0, 24 },
	{ "another version's", { { 7, 1, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 0, 0 },
	{ "another product's", { { 8, 2, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 0, 0 },
	{ "everybody's", { { 0, 0, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 0, 24 },
	{ "the first moment", { { 0, 0, OWN(0), AT(0), AT(1), AT(24), 0 } }, 0, 24 },
	{ "after the last", { { 0, 0, OWN(0), AT(-1), AT(0), AT(24), 0 } }, 0, 0 },
	{ "ended before", { { 0, 0, OWN(0), AT(-1), AT(1), AT(24), 0 } }, -2, -2 },
	{ "ends later", { { 0, 0, OWN(0), AT(-1), AT(1), AT(24), 0 } }, 2, 2 },
	{ "its own", { { 7, 2, OWN(1), 0, 0, AT(24), 0 } }, 0, 24 },
	{ "its own, however long it is over", { { 0, 0, OWN(1), 0, 0, AT(24), 0 } }, -999, 24 },
	{ "another ticket's", { { 7, 2, OWN(2), 0, 0, AT(24), 0 } }, 0, 0 },
	{ "never shorter", { { 7, 2, OWN(1), 0, 0, AT(-1), 0 } }, 0, 0 },
	{ "the longest of several",
	  { { 7, 0, OWN(0), AT(-1), AT(1), AT(24), 0 },
	    { 0, 0, OWN(0), AT(-2), AT(2), AT(48), 0 },
	    { 7, 2, OWN(1), 0, 0, AT(30), 0 } },
	  0,
	  48 },
	{ "they do not add up",
	  { { 7, 0, OWN(0), AT(-1), AT(1), AT(24), 0 },
	    { 7, 0, OWN(0), AT(23), AT(25), AT(99), 0 } },
	  0,
	  24 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct extension turned[4];
		struct extensions there = { row->list, 4 }, back = { turned, 4 };
		struct id128 own = OWN(1);

		for (size_t k = 0; k < 4; k++)
			turned[k] = row->list[3 - k];
		if (extension_end(&there, 7, 2, own, AT(row->end)) != AT(row->is) ||
		    extension_end(&back, 7, 2, own, AT(row->end)) != AT(row->is))
			fail_msg("%s", row->what);
		assert_int_equal(extension_end(NULL, 7, 2, own, AT(row->end)), AT(row->end));
	}
}

static void test_room(void **state)
{
	struct extended list = { .count = 0 };
	struct extension one = { .valid_until = AT(10) };

	(void)state;
	for (size_t i = 0; i < EXTENDED_COUNT_MAX; i++) {
		one.valid_until = AT(10 + (int)((i + 5) % EXTENDED_COUNT_MAX));
		assert_true(extended_add(&list, &one, AT(0)));
	}
	assert_false(extended_add(&list, &one, AT(10))); /* Each still counts. */
	one.valid_until = AT(99);
	assert_true(extended_add(&list, &one, AT(10) + 1));
	assert_int_equal(list.count, EXTENDED_COUNT_MAX);
	for (size_t i = 0; i < list.count; i++)
		assert_true(list.list[i].valid_until > AT(10)); /* The oldest has gone. */
}

/* ---- Asked by the decision. ---- */

static struct product product = { .number = 7,
				  .version = 2,
				  .validity = VALIDITY_HOURS,
				  .length = 24,
				  .operators = { { "op" } },
				  .operator_count = 1,
				  .modes = 31 };
static struct gate gate = { .gate_id = "g", .operator_id = "op", .mode = MODE_venue };
static struct operator owner = { .operator_id = "op" };

static struct scan_outcome ask(const struct use *use, time_ms at, const struct extensions *list)
{
	struct ticket ticket = { .id = OWN(1),
				 .product_number = 7,
				 .product_version = 2,
				 .nbf_s = AT(-48) / SECOND_MS,
				 .exp_s = AT(0) / SECOND_MS,
				 .riders = 1,
				 .modes = 31,
				 .flags = TICKET_FLAG_STATIC };
	struct scan scan = { .kind = SCAN_KIND_redeem,
			     .at = at,
			     .riders = 1,
			     .stop = "",
			     .service_id = "" };
	struct scan_place place = {
		.gate = &gate, .operator = &owner, .od_fare_yen = -1, .through_fare_yen = -1
	};
	struct scan_input in = { .ticket = &ticket,
				 .product = &product,
				 .use = use,
				 .place = &place,
				 .scan = &scan,
				 .extensions = list };
	struct scan_outcome out;

	scan_decide(&out, &in);
	return out;
}

static void test_decision(void **state)
{
	static const struct extension storm = { 7, 0, OWN(0), AT(-1), AT(26), AT(72), 0 };
	const struct extensions some = { &storm, 1 };
	struct use use = { .status = TICKET_VALID }, kept;
	struct scan_outcome out;

	(void)state;
	assert_int_equal(ask(&use, AT(1), NULL).verdict, SCAN_EXPIRED);
	assert_int_equal(ask(&use, AT(-49), &some).verdict, SCAN_NOT_YET_VALID);
	assert_int_equal(ask(&use, AT(72) + 1, &some).verdict, SCAN_EXPIRED);
	out = ask(&use, AT(72), &some);
	assert_int_equal(out.verdict, SCAN_ADMITTED);
	assert_int_equal(out.valid_until, AT(96) - 1); /* It begins with its first use. */
	assert_int_equal(out.over_at, AT(96) - 1);
	/* After a first use within its own days the end is another, and extended as that. */
	out = ask(&use, AT(0), &some);
	assert_int_equal(out.next.valid_until, AT(24) - 1);
	assert_int_equal(out.valid_until, AT(72));
	assert_int_equal(out.over_at, AT(72));
	kept = out.next;
	assert_int_equal(ask(&kept, AT(24), NULL).verdict, SCAN_EXPIRED);
	out = ask(&kept, AT(72), &some);
	assert_int_equal(out.verdict, SCAN_ADMITTED);
	assert_int_equal(out.next.valid_until, AT(24) - 1); /* What is kept is its own end. */
	assert_int_equal(ask(&kept, AT(72) + 1, &some).verdict, SCAN_EXPIRED);
	use.status = TICKET_REVOKED;
	assert_int_equal(ask(&use, AT(1), &some).verdict, SCAN_REVOKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
