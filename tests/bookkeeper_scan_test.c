/* tests/bookkeeper_scan_test.c - what an offline scan is to the books: a leg, a loss or nothing,
 * and a line that its operator reads; whatever is told first. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "operators/contest.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3 };

static struct books_rig books;

static int open_books(void **state)
{
	(void)state;
	books_open(&books, "sim:3");
	return 0;
}

static int close_books(void **state)
{
	(void)state;
	books_check(&books);
	books_close(&books);
	return 0;
}

static yen owed(const char *operator_id)
{
	char account[ACCOUNT_SIZE];

	account_payable_operator(account, operator_id);
	return books_net(&books, account);
}

static struct id128 id_of(uint32_t number)
{
	struct id128 id = { { 0 } };

	for (size_t i = 0; i < 4; i++)
		id.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	id.bytes[15] = 1;
	return id;
}

/* A ride told offline. why NONE: it counts. */
static struct fact told(const char *operator_id, uint32_t n, enum contest_why why,
			const char *bearer, yen borne)
{
	struct fact fact = books_ride(1, operator_id, 200, DAY, DAY, n);

	fact.offline = true;
	snprintf(fact.gate_id, sizeof(fact.gate_id), "gate-%s", operator_id);
	snprintf(fact.gate_verdict, sizeof(fact.gate_verdict), "ADMITTED");
	fact.bundle_s = 77;
	fact.uploaded_at = fact.at + HOUR_MS;
	fact.contested = why != CONTEST_NONE;
	fact.borne_yen = borne;
	snprintf(fact.bearer, sizeof(fact.bearer), "%s", bearer);
	snprintf(fact.contest_why, sizeof(fact.contest_why), "%s", contest_why_names[why]);
	if (fact.contested)
		snprintf(fact.verdict, sizeof(fact.verdict), "USED_UP");
	return fact;
}

static struct fact changed(struct fact fact, uint32_t first)
{
	fact.type = FACT_contest_changed;
	fact.changed_id = id_of(first);
	fact.kind[0] = '\0';
	fact.gate_verdict[0] = '\0';
	return fact;
}

static bool listed(struct scan_view *view, const char *kind, const struct fact *fact,
		   uint32_t number)
{
	char hex[HEX32_SIZE];
	struct id128 id = id_of(number);

	hex_encode(hex, sizeof(hex), slice_of(id.bytes, sizeof(id.bytes)));
	return books_read(&books, view, &scan_view_shape, "%s/%s/%013lld/%s", kind,
			  fact->operator_id, (long long)fact->at, hex);
}

static uint64_t scans_of_day(const char *verdict)
{
	struct tally tally;
	char date[DATE_TEXT_SIZE];

	date_encode(date, DAY);
	(void)books_read(&books, &tally, &tally_shape, "usage/%s/bus/%s", date, verdict);
	return tally.scans;
}

static void earn(void)
{
	books_next_second(&books);
	books_file(&books, books_day_closed(DUE));
	books_fold(&books);
}

/* ---- One ticket of 1000 yen, sold; a bus carried it online, a rail offline. ---- */

static void test_who_is_paid(void **state)
{
	static const struct {
		enum contest_why why;
		const char *bearer;
		yen borne;
		yen bus, rail, lost; /* Owed in the end, and borne by the council. */
	} rows[] = {
		{ CONTEST_NONE, "", 0, 461, 461, 0 },
		{ CONTEST_FACE_SAID_NO, "operator", 200, 922, 0, 0 },
		{ CONTEST_USED_ELSEWHERE, "council", 200, 922, 200, 200 },
		{ CONTEST_USED_ELSEWHERE, "council", 0, 922, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (i > 0) {
			books_check(&books);
			books_close(&books);
			books_open(&books, "sim:3");
		}
		books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
		books_file(&books, books_ride(1, "bus", 200, DAY, DAY, 2));
		books_file(&books, told("rail", 3, rows[i].why, rows[i].bearer, rows[i].borne));
		books_fold(&books);
		earn();
		assert_int_equal(owed("bus"), rows[i].bus);
		assert_int_equal(owed("rail"), rows[i].rail);
		assert_int_equal(books_net(&books, ACCOUNT_LOSS_COUNCIL), -rows[i].lost);
	}
}

static void test_lists(void **state)
{
	struct fact ride = told("rail", 3, CONTEST_USED_ELSEWHERE, "council", 200);
	struct fact online = books_ride(1, "bus", 200, DAY, DAY, 2);
	struct fact refused = online;
	struct scan_view view;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
	books_file(&books, ride);
	snprintf(online.gate_id, sizeof(online.gate_id), "door");
	books_file(&books, online);
	snprintf(refused.verdict, sizeof(refused.verdict), "FORGED");
	snprintf(refused.gate_id, sizeof(refused.gate_id), "door");
	refused.ticket_id = (struct id128){ { 0 } };
	refused.n = 0;
	books_file(&books, refused);
	books_fold(&books);
	assert_true(listed(&view, "oscan", &ride, 1));
	assert_true(view.contested && view.offline && view.bundle == 77);
	assert_string_equal(view.bearer, "council");
	assert_string_equal(view.contest_why, "USED_ELSEWHERE");
	assert_string_equal(view.verdict, "USED_UP");
	assert_string_equal(view.gate_verdict, "ADMITTED");
	assert_string_equal(view.gate_id, "gate-rail");
	assert_string_equal(view.kind, "board");
	assert_int_equal(view.borne_yen, 200);
	assert_int_equal(view.riders, 1);
	assert_int_equal(view.uploaded_at, ride.at + HOUR_MS);
	assert_true(listed(&view, "ocont", &ride, 1));
	assert_string_equal(view.kind, "board");
	assert_true(listed(&view, "oscan", &online, 2));
	assert_string_equal(view.verdict, "ADMITTED");
	assert_false(listed(&view, "ocont", &online, 2));
	assert_true(listed(&view, "oscan", &refused, 3));
	assert_string_equal(view.verdict, "FORGED");
	assert_int_equal(scans_of_day("USED_UP"), 1);
	assert_int_equal(scans_of_day("ADMITTED"), 1);
	assert_int_equal(scans_of_day("FORGED"), 1);
	earn();
}

/* ---- What it was said to be changes. ---- */

enum { FIRST = 1, SECOND = 2 };

/* The scan is told by fact FIRST with n = 3; then it is something else with n = 4. `swapped`: the
 * log's order within the second puts the change first. */
static void tell_twice(struct fact first, struct fact then, bool swapped)
{
	books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
	if (swapped) { /* By the command's name: the lower comes first. */
		then.changed_id = id_of(30);
		books_file_as(&books, first, 30);
		books_file_as(&books, then, 20);
	} else {
		books_file_as(&books, first, FIRST);
		books_file_as(&books, then, SECOND);
	}
	books_fold(&books);
}

static void test_changes(void **state)
{
	static const struct {
		enum contest_why was, is;
		const char *was_bearer, *is_bearer;
		yen was_yen, is_yen;
		yen rail, lost;
		const char *verdict;
	} rows[] = {
		{ CONTEST_NONE, CONTEST_USED_ELSEWHERE, "", "council", 0, 200, 200, 200,
		  "USED_UP" },
		{ CONTEST_NONE, CONTEST_BUNDLE_TOO_OLD, "", "operator", 0, 200, 0, 0, "USED_UP" },
		{ CONTEST_USED_ELSEWHERE, CONTEST_NONE, "council", "", 200, 0, 922, 0, "ADMITTED" },
		{ CONTEST_BUNDLE_TOO_OLD, CONTEST_NONE, "operator", "", 200, 0, 922, 0,
		  "ADMITTED" },
		{ CONTEST_USED_ELSEWHERE, CONTEST_USED_ELSEWHERE, "council", "council", 200, 200,
		  200, 200, "USED_UP" },
		{ CONTEST_USED_ELSEWHERE, CONTEST_USED_ELSEWHERE, "council", "council", 200, 150,
		  150, 150, "USED_UP" },
		{ CONTEST_USED_ELSEWHERE, CONTEST_BUNDLE_TOO_OLD, "council", "operator", 200, 200,
		  0, 0, "USED_UP" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
		size_t r = i / 2;
		bool swapped = i % 2 == 1;
		struct fact first =
			told("rail", 3, rows[r].was, rows[r].was_bearer, rows[r].was_yen);
		struct fact then = changed(
			told("rail", 4, rows[r].is, rows[r].is_bearer, rows[r].is_yen), FIRST);
		struct scan_view view;

		if (i > 0) {
			books_check(&books);
			books_close(&books);
			books_open(&books, "sim:3");
		}
		tell_twice(first, then, swapped);
		assert_true(listed(&view, "oscan", &first, swapped ? 30 : FIRST));
		assert_string_equal(view.verdict, rows[r].verdict);
		assert_string_equal(view.kind, "board");
		assert_string_equal(view.gate_verdict, "ADMITTED");
		assert_int_equal(view.borne_yen, rows[r].is_yen);
		assert_int_equal(view.contested, rows[r].is != CONTEST_NONE);
		assert_int_equal(listed(&view, "ocont", &first, swapped ? 30 : FIRST),
				 rows[r].is != CONTEST_NONE);
		assert_int_equal(scans_of_day(rows[r].verdict), 1);
		assert_int_equal(scans_of_day("USED_UP") + scans_of_day("ADMITTED"), 1);
		assert_int_equal(books_net(&books, ACCOUNT_LOSS_COUNCIL), -rows[r].lost);
		earn();
		assert_int_equal(owed("rail"), rows[r].rail);
	}
}

/* One command may change several scans, and bear a loss of its own: none of it is one posting. */
static void test_several_at_once(void **state)
{
	struct fact a = told("rail", 3, CONTEST_NONE, "", 0);
	struct fact b = told("bus", 4, CONTEST_NONE, "", 0);
	struct fact own = told("ship", 5, CONTEST_USED_ELSEWHERE, "council", 300);
	struct fact other;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
	books_file_as(&books, a, 1);
	books_file_as(&books, b, 2);
	books_fold(&books);
	other = changed(told("rail", 5, CONTEST_USED_ELSEWHERE, "council", 100), 1);
	books_file_as(&books, own, 70);
	books_next_second(&books); /* The rig gives a second's events names of their own. */
	books_file_as(&books, other, 70);
	books_next_second(&books);
	other = changed(told("bus", 5, CONTEST_USED_ELSEWHERE, "council", 200), 2);
	books_file_as(&books, other, 70);
	books_fold(&books);
	assert_int_equal(books_net(&books, ACCOUNT_LOSS_COUNCIL), -600);
	assert_int_equal(owed("rail"), 100);
	assert_int_equal(owed("bus"), 200);
	assert_int_equal(owed("ship"), 300);
	earn();
}

/* Its share is taken back and the loss paid instead, and the other way round. */
static void test_after_it_is_earned(void **state)
{
	struct fact rail = told("rail", 3, CONTEST_NONE, "", 0);
	struct fact bus = told("bus", 4, CONTEST_USED_ELSEWHERE, "council", 200);
	struct scan_view view;

	(void)state;
	books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
	books_file_as(&books, rail, 1);
	books_file_as(&books, bus, 2);
	books_fold(&books);
	earn();
	assert_int_equal(owed("rail"), 922);
	assert_int_equal(owed("bus"), 200);
	books_file(&books, changed(told("rail", 5, CONTEST_USED_ELSEWHERE, "council", 200), 1));
	books_file(&books, changed(told("bus", 5, CONTEST_NONE, "", 0), 2));
	books_fold(&books);
	assert_int_equal(owed("rail"), 200);
	assert_int_equal(owed("bus"), 922);
	assert_int_equal(books_net(&books, ACCOUNT_LOSS_COUNCIL), -200);
	assert_true(listed(&view, "ocont", &rail, 1));
	assert_false(listed(&view, "ocont", &bus, 2));
}

/* A clock that was wrong: the code was good, the ride earns nothing. */
static void test_contested_but_admitted(void **state)
{
	struct fact rail = told("rail", 3, CONTEST_CLOCK_WRONG, "operator", 200);
	struct op_view view;

	(void)state;
	snprintf(rail.verdict, sizeof(rail.verdict), "ADMITTED");
	books_file(&books, books_sold(1, BOOKS_USUAL, 1000, DAY, DAY));
	books_file(&books, books_ride(1, "bus", 200, DAY, DAY, 2));
	books_file(&books, rail);
	books_fold(&books);
	(void)books_read(&books, &view, &op_view_shape, "opview/rail");
	assert_int_equal(view.last_admitted, 0);
	earn();
	assert_int_equal(owed("rail"), 0);
	assert_int_equal(owed("bus"), 922);
}

static void test_from_nothing_it_is_the_same(void **state)
{
	uint8_t before[SHA256_SIZE], after[SHA256_SIZE];

	(void)state;
	tell_twice(told("rail", 3, CONTEST_NONE, "", 0),
		   changed(told("rail", 4, CONTEST_USED_ELSEWHERE, "council", 200), FIRST), true);
	earn();
	books_digest(&books, before);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, after);
	assert_memory_equal(before, after, sizeof(before));
}

#define TEST(what) cmocka_unit_test_setup_teardown(what, open_books, close_books)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_is_paid),	       TEST(test_lists),
		TEST(test_changes),	       TEST(test_several_at_once),
		TEST(test_after_it_is_earned), TEST(test_contested_but_admitted),
		TEST(test_from_nothing_it_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
