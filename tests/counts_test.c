/* tests/counts_test.c - what an operator counted: read, refused, held against ours. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "operators/counts.h"

#define HEADER "service_day,gate_id,boardings,riders\r\n"

static struct counts *counts;
static struct reconciliation *answer;

static void a_file_is_read_by_day_and_gate(void **state)
{
	static const char *const texts[] = {
		HEADER "2026-11-03,pier,10,12\r\n2026-11-03,bus-1,3,3\r\n2026-11-02,pier,1,1\r\n",
		"\xef\xbb\xbf" HEADER "2026-11-03,pier,10,12\n2026-11-03,\"bus-1\",3,3\n\n"
		"2026-11-02,pier,1,1",
	};
	struct counts_fault fault;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (!counts_read(counts, &fault, slice_text(texts[i])))
			fail_msg("%s", fault.what);
		assert_int_equal(counts->rows, 3);
		assert_int_equal(counts->day_count, 2);
		assert_int_equal(counts->days[0].gate_count, 2);
		assert_string_equal(counts->days[0].gates[0].gate_id, "bus-1"); /* In order. */
		assert_int_equal(counts->days[0].gates[0].boardings, 3);
		assert_int_equal(counts->days[0].gates[1].riders, 12);
		assert_int_equal(counts->days[1].day, counts->days[0].day - 1);
		mem_zero(counts, sizeof(*counts));
	}
}

static void what_cannot_be_read_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text, *code, *where;
	} rows[] = {
		{ "", "BAD_COLUMNS", "no row" },
		{ HEADER, "BAD_COLUMNS", "no row" },
		{ "service_day,gate_id,boardings\n", "BAD_COLUMNS", "line 1, column 4" },
		{ "service_day,gate_id,boardings,riders,x\n", "BAD_COLUMNS", "line 1, column 5" },
		{ "day,gate_id,boardings,riders\n", "BAD_COLUMNS", "line 1, column 1" },
		{ "gate_id,service_day,boardings,riders\n", "BAD_COLUMNS", "line 1, column 1" },
		{ HEADER "2026-11-03,pier,1\n", "BAD_COLUMNS", "line 2" },
		{ HEADER "2026-11-03,pier,1,1,1\n", "BAD_COLUMNS", "line 2" },
		{ HEADER "2026-11-31,pier,1,1\n", "BAD_FORMAT", "line 2, column 1" },
		{ HEADER "2026-11-03,Pier,1,1\n", "BAD_FORMAT", "line 2, column 2" },
		{ HEADER "2026-11-03,pier,-1,1\n", "BAD_FORMAT", "line 2, column 3" },
		{ HEADER "2026-11-03,pier,1,1.5\n", "BAD_FORMAT", "line 2, column 4" },
		{ HEADER "2026-11-03,pier,4294967296,1\n", "BAD_FORMAT", "line 2, column 3" },
		{ HEADER "2026-11-03,pier,1,1\n2026-11-03,a,1,1\n2026-11-03,pier,1,1\n",
		  "DUPLICATE_ROW", "line 4" },
		{ HEADER "2026-11-03,\x8d\x60,1,1\n", "NOT_UTF8", "line 2" },
		{ "\x89\x5e\x8d\x73\x93\xfa,gate\n", "NOT_UTF8", "line 1" },
		{ HEADER "\"2026-11-03,pier,1,1\n", "BAD_CSV", "line 2" },
	};
	struct counts_fault fault;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		mem_zero(counts, sizeof(*counts));
		if (counts_read(counts, &fault, slice_text(rows[i].text)) ||
		    strcmp(fault.code, rows[i].code) != 0 ||
		    strstr(fault.what, rows[i].where) == NULL)
			fail_msg("row %zu: %s: %s", i, fault.code, fault.what);
	}
}

static void a_file_has_its_limits(void **state)
{
	char *text = malloc(1 << 16), *at;
	struct counts_fault fault;

	(void)state;
	for (int gates = COUNTS_GATE_COUNT_MAX; gates <= COUNTS_GATE_COUNT_MAX + 1; gates++) {
		at = text + sprintf(text, HEADER);
		for (int i = 0; i < gates; i++)
			at += sprintf(at, "2026-11-03,g%d,1,1\n", i);
		mem_zero(counts, sizeof(*counts));
		assert_int_equal(counts_read(counts, &fault, slice_text(text)),
				 gates == COUNTS_GATE_COUNT_MAX);
	}
	assert_string_equal(fault.code, "TOO_MANY_ROWS");
	at = text + sprintf(text, HEADER);
	for (int i = 0; i <= COUNTS_DAY_COUNT_MAX; i++)
		at += sprintf(at, "2026-%02d-%02d,g,1,1\n", 1 + i / 28, 1 + i % 28);
	mem_zero(counts, sizeof(*counts));
	assert_false(counts_read(counts, &fault, slice_text(text)));
	assert_string_equal(fault.code, "TOO_MANY_ROWS");
	free(text);
}

static void each_side_sees_what_the_other_lacks(void **state)
{
	static const struct counted ours[] = {
		{ 1, { "a", 5, 5 } },
		{ 1, { "b", 2, 3 } },
		{ 2, { "a", 1, 1 } },
		{ 3, { "z", 0, 0 } },
	};
	static const struct counted theirs[] = {
		{ 1, { "a", 5, 5 } },
		{ 1, { "b", 2, 4 } },
		{ 1, { "c", 7, 7 } },
		{ 2, { "b", 0, 0 } },
	};
	static const struct counts_difference differences[] = {
		{ 1, "b", COUNTS_BOTH, 2, 3, 2, 4 },
		{ 1, "c", COUNTS_THEIRS, 0, 0, 7, 7 },
		{ 2, "a", COUNTS_OURS, 1, 1, 0, 0 },
	};

	(void)state;
	assert_true(counts_reconcile(answer, ours, COUNT_OF(ours), theirs, COUNT_OF(theirs)));
	assert_int_equal(answer->agreed, 1);
	assert_int_equal(answer->ours.rows, 4);
	assert_int_equal(answer->ours.boardings, 8);
	assert_int_equal(answer->theirs.riders, 16);
	assert_int_equal(answer->difference_count, COUNT_OF(differences));
	for (size_t i = 0; i < COUNT_OF(differences); i++) {
		const struct counts_difference *is = &answer->differences[i];
		const struct counts_difference *must = &differences[i];

		assert_int_equal(is->service_day, must->service_day);
		assert_string_equal(is->gate_id, must->gate_id);
		assert_int_equal(is->counted_by, must->counted_by);
		assert_int_equal(is->our_boardings, must->our_boardings);
		assert_int_equal(is->our_riders, must->our_riders);
		assert_int_equal(is->their_boardings, must->their_boardings);
		assert_int_equal(is->their_riders, must->their_riders);
	}
}

static int make_room(void **state)
{
	(void)state;
	counts = calloc(1, sizeof(*counts));
	answer = calloc(1, sizeof(*answer));
	return counts == NULL || answer == NULL;
}

static int free_room(void **state)
{
	(void)state;
	free(counts);
	free(answer);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_by_day_and_gate),
		cmocka_unit_test(what_cannot_be_read_is_said_with_its_place),
		cmocka_unit_test(a_file_has_its_limits),
		cmocka_unit_test(each_side_sees_what_the_other_lacks),
	};

	return cmocka_run_group_tests(tests, make_room, free_room);
}
