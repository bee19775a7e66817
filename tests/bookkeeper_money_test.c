/* tests/bookkeeper_money_test.c - money that comes in, claims, losses, and the close of a month
 * with what becomes of its lines.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fares/credit.h"
#include "operators/close.h"
#include "operators/line_state.h"
#include "operators/posting_key.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3, CLOSE_DAY = 20791 /* 2026-12-04 */ };

static struct books_rig books;

static int open_books(void **state)
{
	(void)state;
	books_open(&books, "sim:1");
	return 0;
}

static int close_books(void **state)
{
	(void)state;
	books_close(&books);
	return 0;
}

static struct fact fact_of(uint8_t type, day_t day)
{
	return (struct fact){ .type = type, .at = books_at(day, 60), .day = day };
}

static struct fact remitted(const char *partner_id, const char *funder_id, yen amount)
{
	struct fact fact = fact_of(FACT_remitted, DAY);

	(void)snprintf(fact.partner_id, ID_SIZE, "%s", partner_id);
	(void)snprintf(fact.other_id, ID_SIZE, "%s", funder_id);
	(void)snprintf(fact.reference, sizeof(fact.reference), "FB-1");
	fact.yen_amount = amount;
	return fact;
}

static struct fact claimed(const char *from, const char *to, yen amount)
{
	struct fact fact = fact_of(FACT_claimed, DAY);

	(void)snprintf(fact.operator_id, ID_SIZE, "%s", from);
	(void)snprintf(fact.other_id, ID_SIZE, "%s", to);
	fact.yen_amount = amount;
	return fact;
}

static struct fact moved(const char *line, const char *move, day_t day)
{
	struct fact fact = fact_of(FACT_line_moved, day);

	fact.day = month_of(DAY);
	(void)snprintf(fact.operator_id, ID_SIZE, "%.*s", (int)strcspn(line, "."), line);
	(void)snprintf(fact.line, sizeof(fact.line), "%s", line);
	(void)snprintf(fact.move, sizeof(fact.move), "%s", move);
	(void)snprintf(fact.by, sizeof(fact.by), "council");
	return fact;
}

static yen line_amount(const char *key)
{
	struct line line;

	(void)books_read(&books, &line, &line_shape, "line/%s", key);
	return line.amount_yen;
}

static void money_comes_in(void **state)
{
	struct credit_owing owing;
	struct fact counted = books_sold(2, BOOKS_PLAIN, 700, DAY, DAY);

	(void)state;
	counted.counted = true;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, counted);
	books_file(&books, books_refunded(1, BOOKS_PLAIN, 900, 100, DAY));
	books_file(&books, remitted("tabi", "", 500));
	books_file(&books, remitted("", "city", 60));
	books_fold(&books);
	assert_int_equal(books_net(&books, "bank"), -560);
	assert_int_equal(books_net(&books, "receivable/partner/tabi"), 900 + 500 - 1700);
	assert_int_equal(books_net(&books, "receivable/funder/city"), 60);
	/* What the sale under a limit counted by itself is not counted twice. */
	assert_true(books_read(&books, &owing, &credit_owing_shape, "bookk/owing/tabi"));
	assert_int_equal(owing.owed_yen, 1000 - 900 - 500);
}

static void what_operators_owe_each_other_sums_to_zero(void **state)
{
	struct period_view period;
	struct identity terms;

	(void)state;
	books_file(&books, claimed("rail", "bus", 300));
	books_file(&books, claimed("bus", "rail", 100));
	books_file(&books, claimed("rail", "ferry", 1));
	books_fold(&books);
	assert_int_equal(books_net(&books, "payable/operator/rail"), -201);
	assert_int_equal(books_net(&books, "payable/operator/bus"), 200);
	assert_int_equal(books_net(&books, "claim/operator/rail/bus"), 0);
	assert_int_equal(line_amount("2026-11/rail/claim"), -201);
	assert_int_equal(line_amount("2026-11/bus/claim"), 200);
	assert_int_equal(line_amount("2026-11/ferry/claim"), 1);
	assert_true(books_read(&books, &period, &period_view_shape, "period/2026-11"));
	assert_int_equal(period.adjusted_yen, 0);
	books_identity(&books, &terms);
	assert_string_equal(terms.fault, "");
	assert_int_equal(terms.claims_yen, 401);
	books_check(&books);
}

static void the_council_covers_losses(void **state)
{
	struct fact lost = books_ride(1, "rail", 0, DAY, DAY, 2);
	struct fact funded = fact_of(FACT_loss_funded, DAY);
	struct identity terms;

	(void)state;
	lost.contested = lost.offline = true;
	lost.borne_yen = 640;
	(void)snprintf(lost.bearer, sizeof(lost.bearer), "council");
	(void)snprintf(lost.gate_id, sizeof(lost.gate_id), "g");
	funded.yen_amount = 600;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, lost);
	books_file(&books, funded);
	books_fold(&books);
	assert_int_equal(line_amount("2026-11/rail/loss"), 640);
	assert_int_equal(books_net(&books, "income/council"), -600);
	books_identity(&books, &terms);
	assert_string_equal(terms.fault, "");
	assert_int_equal(terms.lost_yen, 640);
	assert_int_equal(terms.loss_yen, 40);
}

/* A posting is found by its period, and by each of its accounts but `unearned`. */
static void postings_are_listed_by_account(void **state)
{
	char account[POSTING_ACCOUNT_SIZE], month[POSTING_MONTH_SIZE];
	struct posting_ref ref;
	struct posting posting;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, remitted("tabi", "", 500));
	books_fold(&books);
	assert_int_equal(books_count(&books, "post"), 2);
	assert_int_equal(books_count(&books, "posta"), 3);
	posting_account(account, "bank");
	posting_month(month, month_of(DAY));
	assert_string_equal(month, "0682");
	assert_true(books_read(&books, &ref, &posting_ref_shape,
			       "posta/%s/0682/%d/00000001%032d/000", account,
			       BOOKS_NOW, 0));
	assert_true(books_read(&books, &posting, &posting_shape, "%s", ref.key));
	assert_int_equal(posting.amount_yen, 500);
	assert_true(posting_is_listed("payable/partner/tabi"));
	assert_false(posting_is_listed("unearned"));
	assert_false(posting_is_listed("pool/by-fare/2026-11"));
}

static void gates_are_counted(void **state)
{
	struct fact ride = books_ride(1, "rail", 100, DAY, DAY, 2), exit = ride;
	struct gate_tally tally;

	(void)state;
	(void)snprintf(ride.gate_id, sizeof(ride.gate_id), "tenjin");
	ride.riders = 3;
	exit = ride;
	exit.boarding = false;
	books_file(&books, books_sold(1, BOOKS_PLAIN, 10, DAY, DAY));
	books_file(&books, ride);
	books_file(&books, exit);
	(void)snprintf(exit.verdict, sizeof(exit.verdict), "USED_UP");
	exit.boarding = true;
	books_file(&books, exit);
	books_fold(&books);
	assert_int_equal(books_count(&books, "recon"), 1);
	assert_true(books_read(&books, &tally, &gate_tally_shape, "recon/rail/2026-11-26/tenjin"));
	assert_string_equal(tally.gate_id, "tenjin");
	assert_int_equal(tally.boardings, 1);
	assert_int_equal(tally.riders, 3);
}

/* ---- The close. ---- */

static void file_a_month(void)
{
	books_file(&books, books_sold(1, BOOKS_PLAIN, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 0, DAY, DAY, 2));
	books_file(&books, books_ride(1, "bus", 0, DAY, DAY, 3));
	books_file(&books, books_sold(2, BOOKS_USUAL, 500, DAY, DAY));
	books_file(&books, books_ride(2, "rail", 9, DAY, DAY, 2));
	books_file(&books, claimed("rail", "bus", 30));
	books_file(&books, books_day_closed(DUE));
}

static void a_close_pins_what_it_stood_on(void **state)
{
	struct close_view view;
	struct close_use use;
	struct line_view line;
	struct seal_second second;
	char key[SEAL_KEY_TEXT_SIZE];

	(void)state;
	file_a_month();
	books_next_second(&books);
	seal_second_key(key, books_last_second(&books));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_CLOSED);
	assert_int_equal(view.lines, 5); /* Two of each, one for the usual product. */
	assert_int_equal(view.lines_done, 5);
	assert_int_equal(view.tickets, 2);
	assert_int_equal(view.operators_yen, 1000 + 461);
	assert_int_equal(view.adjusted_yen, 0);
	assert_int_equal(view.at, books_period_closed(DAY).at);
	assert_true(books_read(&books, &second, &seal_second_shape, "%s", key));
	assert_int_equal(view.second, second.second);
	assert_int_equal(view.log_size, second.first_index + second.leaf_count);
	assert_memory_equal(view.log_root, second.root.bytes, CLOSE_ROOT_SIZE);
	assert_true(books_read(&books, &use, &close_use_shape, "close/2026-11/0002/0002/0001"));
	assert_int_equal(use.lines, 2);
	assert_string_equal(use.rule_id, "plain");
	assert_true(books_read(&books, &use, &close_use_shape, "close/2026-11/0001/0002/0003"));
	assert_int_equal(use.amount_yen, 461);
	assert_true(books_read(&books, &line, &line_view_shape,
			       "lstate/2026-11/rail/0002/0002/2026-11/0001/0"));
	assert_string_equal(line.line_id, "rail.0002.0002.2026-11.0001.0");
	assert_int_equal(line.state, LINE_OPEN);
	assert_int_equal(line.amount_yen, 500);
	assert_true(books_read(&books, &line, &line_view_shape, "lstate/2026-11/rail/claim"));
	assert_int_equal(line.amount_yen, -30);
	books_check(&books);
}

/* Closed on Saturday, 5 December: the tenth bank day after it is Friday, the 18th. */
static void silence_agrees_after_ten_bank_days(void **state)
{
	static const struct {
		day_t closed;
		uint8_t rail, bus;
	} rows[] = {
		{ CLOSE_DAY + 13, LINE_OPEN, LINE_DISPUTED },
		{ CLOSE_DAY + 14, LINE_AGREED, LINE_DISPUTED },
		{ CLOSE_DAY + 40, LINE_AGREED, LINE_DISPUTED },
	};
	struct line_view line;

	(void)state;
	file_a_month();
	books_file(&books, books_period_closed(DAY));
	books_file(&books, moved("bus.0002.0002.2026-11.0001.0", "dispute", CLOSE_DAY + 1));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		books_file(&books, books_day_closed(rows[i].closed));
		books_fold(&books);
		assert_true(books_read(&books, &line, &line_view_shape,
				       "lstate/2026-11/rail/0002/0002/2026-11/0001/0"));
		if (line.state != rows[i].rail)
			fail_msg("row %zu: %s", i, line_state_names[line.state]);
		assert_true(books_read(&books, &line, &line_view_shape,
				       "lstate/2026-11/bus/0002/0002/2026-11/0001/0"));
		assert_int_equal(line.state, rows[i].bus);
		assert_int_equal(line.moves, 1);
	}
	assert_true(books_read(&books, &line, &line_view_shape, "lstate/2026-11/rail/claim"));
	assert_int_equal(line.step_count, 1);
	assert_string_equal(line.steps[0].by, "silence");
}

static void a_decision_is_a_posting_of_the_open_month(void **state)
{
	struct fact decide = moved("rail.0002.0002.2026-11.0001.0", "decide", CLOSE_DAY + 2);
	struct period_view november, december;
	struct line_view line;

	(void)state;
	file_a_month();
	books_file(&books, books_period_closed(DAY));
	books_file(&books, moved("rail.0002.0002.2026-11.0001.0", "dispute", CLOSE_DAY + 1));
	books_fold(&books);
	(void)books_read(&books, &november, &period_view_shape, "period/2026-11");
	decide.signed_yen = 120;
	books_file(&books, decide);
	books_file(&books, decide); /* It is not there any more: nothing moves. */
	decide = moved("bus.0002.0002.2026-11.0001.0", "dispute", CLOSE_DAY + 2);
	books_file(&books, decide);
	decide = moved("bus.0002.0002.2026-11.0001.0", "decide", CLOSE_DAY + 2);
	decide.signed_yen = -7;
	(void)snprintf(decide.other_id, ID_SIZE, "ferry");
	books_file(&books, decide);
	books_fold(&books);
	assert_int_equal(line_amount("2026-11/rail/0002/0002/2026-11/0001/0"), 500);
	assert_int_equal(line_amount("2026-12/rail/correction"), 120);
	assert_int_equal(line_amount("2026-12/bus/correction"), -7);
	assert_int_equal(line_amount("2026-12/ferry/correction"), 7);
	assert_int_equal(books_net(&books, "loss/council"), -120);
	assert_int_equal(books_net(&books, "claim/operator/bus/ferry"), 0);
	assert_true(books_read(&books, &line, &line_view_shape,
			       "lstate/2026-11/rail/0002/0002/2026-11/0001/0"));
	assert_int_equal(line.state, LINE_AGREED);
	assert_int_equal(line.amount_yen, 500);
	assert_int_equal(line.correction_yen, 120);
	assert_int_equal(line.moves, 3);
	assert_true(books_read(&books, &december, &period_view_shape, "period/2026-11"));
	assert_memory_equal(&november, &december, sizeof(november));
	assert_true(books_read(&books, &december, &period_view_shape, "period/2026-12"));
	assert_int_equal(december.adjusted_yen, 120);
	books_check(&books);
}

/* A ticket whose sale the log does not have: its month stays open until it has. */
static void money_that_does_not_add_up_stops_the_close(void **state)
{
	uint64_t failed = 0;
	struct close_view view;
	struct book_state book;
	struct period_view period;
	struct book_sums sums;

	(void)state;
	books.room.identity_failed = &failed;
	file_a_month();
	books_file(&books, books_refunded(9, BOOKS_PLAIN, 400, 100, DAY));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_FAILED);
	assert_string_equal(view.fault, "a ticket does not add up");
	assert_int_equal(failed, 1);
	assert_true(books_read(&books, &sums, &book_sums_shape, BOOKS_SUMS_KEY));
	assert_int_equal(sums.tickets_at_fault, 1);
	assert_true(books_read(&books, &period, &period_view_shape, "period/2026-11"));
	assert_int_equal(period.closed_at, 0);
	assert_true(books_read(&books, &book, &book_state_shape, "bookk/state"));
	assert_int_equal(book.open_period, 0);
	assert_int_equal(books_count(&books, "lstate"), 0);
	books_file(&books, books_sold(9, BOOKS_PLAIN, 500, DAY, DAY));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_CLOSED);
	assert_string_equal(view.fault, "");
	assert_int_equal(failed, 0);
	assert_int_equal(books_count(&books, "lstate"), 5);
}

/* More lines than a run fixes, more accounts than a page has, and the same bytes from nothing. */
static void a_wide_month_is_closed_and_rebuilt_alike(void **state)
{
	enum { OPERATORS = 150 };
	uint8_t before[SHA256_SIZE], after[SHA256_SIZE];
	struct close_view view;
	char from[ID_SIZE], to[ID_SIZE];

	(void)state;
	for (int i = 0; i < OPERATORS; i++) {
		(void)snprintf(from, sizeof(from), "op-%03d", i);
		(void)snprintf(to, sizeof(to), "op-%03d", (i + 1) % OPERATORS);
		books_file(&books, claimed(from, to, 1 + i));
	}
	file_a_month();
	books_file(&books, books_period_closed(DAY));
	books_file(&books, books_period_closed(DAY)); /* Closed already. */
	books_file(&books, books_day_closed(CLOSE_DAY + 20));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_CLOSED);
	assert_int_equal(view.lines_done, OPERATORS + 5);
	assert_int_equal(books_count(&books, "lstate"), OPERATORS + 5);
	books_digest(&books, before);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, after);
	assert_memory_equal(before, after, SHA256_SIZE);
	books_check(&books);
}

int main(void)
{
#define MONEY_TEST(f) cmocka_unit_test_setup_teardown(f, open_books, close_books)
	const struct CMUnitTest tests[] = {
		MONEY_TEST(money_comes_in),
		MONEY_TEST(what_operators_owe_each_other_sums_to_zero),
		MONEY_TEST(the_council_covers_losses),
		MONEY_TEST(postings_are_listed_by_account),
		MONEY_TEST(gates_are_counted),
		MONEY_TEST(a_close_pins_what_it_stood_on),
		MONEY_TEST(silence_agrees_after_ten_bank_days),
		MONEY_TEST(a_decision_is_a_posting_of_the_open_month),
		MONEY_TEST(money_that_does_not_add_up_stops_the_close),
		MONEY_TEST(a_wide_month_is_closed_and_rebuilt_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
