/* tests/line_state_test.c - from each state by each move: where to, or nowhere. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/line_state.h"

static void every_move_from_every_state(void **state)
{
	/* "-": it may not. */
	static const struct {
		const char *from, *agree, *silence, *dispute, *decide, *send, *pay, *back;
	} rows[] = {
		{ "OPEN", "AGREED", "AGREED", "DISPUTED", "-", "-", "-", "-" },
		{ "AGREED", "-", "-", "-", "-", "SENT", "-", "-" },
		{ "DISPUTED", "-", "-", "-", "AGREED", "-", "-", "-" },
		{ "SENT", "-", "-", "-", "-", "-", "PAID", "RETURNED" },
		{ "PAID", "-", "-", "-", "-", "-", "-", "RETURNED" },
		{ "RETURNED", "-", "-", "-", "-", "SENT", "-", "-" },
	};

	(void)state;
	assert_int_equal(COUNT_OF(rows), LINE_STATE_COUNT);
	for (uint8_t from = 0; from < LINE_STATE_COUNT; from++) {
		const char *to[] = { rows[from].agree,	rows[from].silence, rows[from].dispute,
				     rows[from].decide, rows[from].send,    rows[from].pay,
				     rows[from].back };

		assert_string_equal(line_state_names[from], rows[from].from);
		assert_int_equal(COUNT_OF(to), LINE_MOVE_COUNT);
		for (size_t move = 0; move < LINE_MOVE_COUNT; move++) {
			uint8_t next = 99;
			bool may = line_state_move(&next, from, (enum line_move)move);

			if (may != (to[move][0] != '-') ||
			    (may && strcmp(line_state_names[next], to[move]) != 0))
				fail_msg("%s by %s", rows[from].from, line_move_names[move]);
			assert_true(may || next == 99);
		}
	}
}

static void moves_have_names(void **state)
{
	static const char *const names[] = { "agree", "silence", "dispute", "decide",
					     "send",  "pay",	 "return" };
	enum line_move move;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_true(line_move_read(&move, names[i]));
		assert_int_equal(move, i);
	}
	assert_false(line_move_read(&move, ""));
	assert_false(line_move_read(&move, "agreed"));
}

static void a_line_remembers_who_moved_it(void **state)
{
	struct line_view view = { .amount_yen = 10 };
	char why[8];

	(void)state;
	assert_false(line_view_move(&view, LINE_MOVE_pay, 5, "bank", ""));
	assert_int_equal(view.step_count, 0);
	assert_true(line_view_move(&view, LINE_MOVE_dispute, 5, "operator/rail", "too few"));
	assert_true(line_view_move(&view, LINE_MOVE_decide, 6, "council", "not so"));
	assert_int_equal(view.state, LINE_AGREED);
	assert_int_equal(view.step_count, 2);
	assert_int_equal(view.steps[0].state, LINE_DISPUTED);
	assert_int_equal(view.steps[0].at, 5);
	assert_string_equal(view.steps[0].by, "operator/rail");
	assert_string_equal(view.steps[0].why, "too few");
	assert_string_equal(view.steps[1].by, "council");
	for (int i = 0; i < 6; i++) { /* Two steps each: the first stays, and the latest. */
		(void)snprintf(why, sizeof(why), "%d", i);
		assert_true(line_view_move(&view, LINE_MOVE_send, 10 + i, "council", why));
		assert_true(line_view_move(&view, LINE_MOVE_return, 10 + i, "bank", why));
	}
	assert_int_equal(view.step_count, LINE_STEP_COUNT_MAX);
	assert_string_equal(view.steps[0].why, "too few");
	assert_string_equal(view.steps[1].why, "2");
	assert_int_equal(view.steps[1].state, LINE_RETURNED);
	assert_string_equal(view.steps[LINE_STEP_COUNT_MAX - 1].why, "5");
	assert_int_equal(view.steps[LINE_STEP_COUNT_MAX - 1].state, LINE_RETURNED);
}

static void an_id_is_its_key(void **state)
{
	static const struct {
		const char *id, *tail; /* NULL: none. */
	} rows[] = {
		{ "ferry.0001.0002.2026-11.0001", "ferry/0001/0002/2026-11/0001" },
		{ "a-1.claim", "a-1/claim" },
		{ "ferry", NULL },
		{ "", NULL },
		{ "ferry/0001", NULL },
		{ "Ferry.0001", NULL },
		{ "ferry.0001 ", NULL },
		{ "ferry.%", NULL },
	};
	char text[LINE_ID_SIZE], longest[LINE_ID_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(line_tail_of(text, slice_text(rows[i].id)), rows[i].tail != NULL);
		if (rows[i].tail == NULL)
			continue;
		assert_string_equal(text, rows[i].tail);
		assert_true(line_id_of(text, slice_text(rows[i].tail)));
		assert_string_equal(text, rows[i].id);
	}
	assert_false(line_id_of(text, SLICE("a.b/c")));
	memset(longest, 'a', sizeof(longest));
	longest[1] = '/';
	assert_false(line_id_of(text, slice_of(longest, LINE_ID_SIZE)));
	assert_true(line_id_of(text, slice_of(longest, LINE_ID_SIZE - 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_move_from_every_state),
		cmocka_unit_test(moves_have_names),
		cmocka_unit_test(a_line_remembers_who_moved_it),
		cmocka_unit_test(an_id_is_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
