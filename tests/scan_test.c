/* tests/scan_test.c - reads tests/scan_table.txt and asks scan_decide() what the table says.
 * Without it a gate would be as right as its last edit.
 */
#include "core/date.h"
#include "operators/mode.h"
#include "tests/scan_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void complain(const char *what, const char *want, const char *got)
{
	w.wrong++;
	print_error("%s\n%d: %s\n    %s: %s in the table, %s in truth\n", w.heading, w.line, w.text,
		    what, want, got);
}

/* --- what the table asks ------------------------------------------------------------------- */
struct question {
	struct scan scan;
	struct scan_place place;
	struct scan_input in;
};

static void find_gate(struct scan_place *place, const char *id)
{
	for (size_t i = 0; i < w.gate_count; i++)
		if (strcmp(w.gates[i].gate_id, id) == 0)
			place->gate = &w.gates[i];
	if (place->gate == NULL)
		unreadable(id);
	place->operator = operator_named(place->gate->operator_id);
}

/* As the shell does: where the ride began, if a junction is known from there to here. */
static void find_junction(struct scan_place *place)
{
	place->through_fare_yen = -1;
	for (size_t i = 0; i < w.junction_count; i++) {
		const struct operator *a = w.junctions[i].a, *b = w.junctions[i].b;

		if (b == place->operator && strcmp(a->operator_id, w.use.inside_operator) == 0)
			place->through = a;
		if (a == place->operator && strcmp(b->operator_id, w.use.inside_operator) == 0)
			place->through = b;
	}
}

/* The proof that the phone made at that time. */
static void show_proof(struct scan *scan, const char *made_at)
{
	scan->dynamic = true;
	scan->proof_at = read_time(made_at);
	memcpy(scan->proof.bytes, &scan->proof_at, sizeof(scan->proof_at));
}

static void name_service(struct question *q, const char *id)
{
	q->scan.service_id = id;
	q->place.service_named = true;
	for (size_t i = 0; i < w.service_count; i++)
		if (strcmp(w.services[i].service_id, id) == 0)
			q->place.service = &w.services[i];
	q->place.service_known = q->place.service != NULL;
}

static bool read_more(struct question *q, const char *word)
{
	const char *v;

	if ((v = value_of(word, "proof")) != NULL)
		show_proof(&q->scan, v);
	else if ((v = value_of(word, "past")) != NULL)
		q->scan.proof_past_s = (uint16_t)atoi(v);
	else if ((v = value_of(word, "ahead")) != NULL)
		q->scan.proof_ahead_s = (uint16_t)atoi(v);
	else if ((v = value_of(word, "junction_fare")) != NULL)
		q->place.through_fare_yen = atoi(v);
	else if ((v = value_of(word, "through_of")) != NULL)
		q->place.through = operator_named(v);
	else if (strcmp(word, "resigned") == 0)
		q->scan.proof.bytes[15] = 1;
	else if (strcmp(word, "backwards") == 0)
		q->place.backwards = true;
	else if (strcmp(word, "reversed") == 0)
		q->in.reversed = true;
	else if (strcmp(word, "coupon") == 0)
		q->in.by_coupon = true;
	else
		return false;
	return true;
}

static void read_question(struct question *q, char **words, size_t count)
{
	const char *v;

	if (count < 3)
		unreadable(w.text);
	q->scan.proof_past_s = 45;
	q->scan.proof_ahead_s = 15;
	q->scan.at = read_time(words[0]);
	q->scan.kind = (enum scan_kind)index_of(scan_kind_names, words[1]);
	find_gate(&q->place, words[2]);
	find_junction(&q->place);
	q->scan.riders = w.ticket.riders;
	q->scan.stop = q->place.gate->stop;
	q->scan.service_id = "";
	q->place.boundary_min = DAY_BOUNDARY_MIN;
	q->place.od_fare_yen = -1;
	for (size_t i = 3; i < count; i++) {
		if ((v = value_of(words[i], "riders")) != NULL)
			q->scan.riders = (uint8_t)atoi(v);
		else if ((v = value_of(words[i], "stop")) != NULL)
			q->scan.stop = v;
		else if ((v = value_of(words[i], "feed_fare")) != NULL)
			q->place.od_fare_yen = atoi(v);
		else if ((v = value_of(words[i], "service")) != NULL)
			name_service(q, v);
		else if (!read_more(q, words[i]))
			unreadable(words[i]);
	}
	q->in.ticket = &w.ticket;
	q->in.product = w.product_known ? &w.product : NULL;
	q->in.use = &w.use;
	q->in.place = &q->place;
	q->in.scan = &q->scan;
}

/* --- what the table answers ---------------------------------------------------------------- */
static void expect(const char *what, const char *want, const char *got)
{
	if (strcmp(want, got) != 0)
		complain(what, want, got);
}

static void expect_number(const char *what, long long want, long long got)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", want);
	expect(what, text, number_word(got));
}

static void expect_time(const char *what, const char *want, time_ms got)
{
	time_ms at = strcmp(want, "-") == 0 ? 0 : read_time(want);

	if (at != got)
		complain(what, want, time_word(got));
}

/* What the table need not say: a refusal changes nothing, an admission is counted. */
static void expect_the_usual(const struct question *q)
{
	const struct use *was = &w.use, *next = &w.out.next;
	bool admitted = w.out.verdict == SCAN_ADMITTED;
	bool leaving = q->scan.kind == SCAN_KIND_exit || q->scan.kind == SCAN_KIND_alight ||
		       q->scan.kind == SCAN_KIND_release;
	unsigned uses = admitted && !leaving && was->uses < UINT16_MAX;

	if (!admitted && memcmp(was, next, sizeof(*was)) != 0)
		complain("the ticket's use", "unchanged", "changed");
	expect_number("a use begins", admitted && !leaving, w.out.boarding);
	expect_number("n", was->n + admitted, next->n);
	expect_number("uses", was->uses + uses, next->uses);
	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		expect_number(fares_mode_names[mode],
			      was->mode_uses[mode] + (mode == q->place.gate->mode ? uses : 0),
			      next->mode_uses[mode]);
	expect_time("last event", time_word(was->last_event_at), next->last_event_at);
	if (admitted && q->scan.at >= was->last_at) {
		expect("last gate", q->place.gate->gate_id, next->last_gate);
		expect_number("last", q->scan.at, next->last_at);
	}
	if (!next->inside)
		expect_number("left of a closed ride", 0,
			      next->inside_mode + next->inside_operator[0] + next->inside_stop[0] +
				      next->inside_route[0] + next->inside_since);
}

static const char *checked_in(void)
{
	static char list[SCAN_LINE_SIZE];

	list[0] = '\0';
	for (size_t i = 0; i < w.out.next.reservation_count; i++)
		if (w.out.next.reservations[i].checked_in) {
			strcat(list, list[0] == '\0' ? "" : ",");
			strcat(list, w.out.next.reservations[i].service_id);
		}
	return list[0] == '\0' ? "-" : list;
}

static const char *dash(const char *text)
{
	return text[0] == '\0' ? "-" : text;
}

static bool expect_ride(const char *word)
{
	static const struct use_ride none;
	const struct use *next = &w.out.next;
	const struct use_ride *last = next->ride_count > 0 ? &next->rides[next->ride_count - 1]
							   : &none;
	const char *v;

	if ((v = value_of(word, "rides")) != NULL)
		expect("rides", v, number_word(next->ride_count));
	else if ((v = value_of(word, "ride")) != NULL)
		expect("ride", v, last == &none ? "-" : fares_mode_names[last->mode]);
	else if ((v = value_of(word, "ride_since")) != NULL)
		expect_time("ride_since", v, last->since);
	else if ((v = value_of(word, "ride_until")) != NULL)
		expect_time("ride_until", v, last->until);
	else
		return false;
	return true;
}

static bool expect_proof(const char *word)
{
	const struct use_proof *newest = &w.out.next.proofs[0];
	const char *v;

	if ((v = value_of(word, "proof_gate")) != NULL)
		expect("proof_gate", v, dash(newest->gate));
	else if ((v = value_of(word, "newest")) != NULL)
		expect_time("newest", v, newest->at);
	else if ((v = value_of(word, "passed")) != NULL)
		expect("passed", v, number_word(newest->riders));
	else if ((v = value_of(word, "known")) != NULL)
		expect("known", v, number_word(w.out.next.proof_count));
	else
		return false;
	return true;
}

static void expect_word(const char *word)
{
	const struct use *next = &w.out.next;
	const char *v;

	if (expect_proof(word) || expect_ride(word))
		return;
	if ((v = value_of(word, "left")) != NULL)
		expect("left", v, w.out.uses_left == 0xffff ? "any" : number_word(w.out.uses_left));
	else if ((v = value_of(word, "over")) != NULL)
		expect_time("over", v, w.out.over_at);
	else if ((v = value_of(word, "first")) != NULL)
		expect_time("first", v, next->first_used_at);
	else if ((v = value_of(word, "until")) != NULL)
		expect_time("until", v, next->valid_until);
	else if ((v = value_of(word, "inside")) != NULL)
		expect("inside", v, next->inside ? fares_mode_names[next->inside_mode] : "-");
	else if ((v = value_of(word, "of")) != NULL)
		expect("of", v, dash(next->inside_operator));
	else if ((v = value_of(word, "from")) != NULL)
		expect("from", v, dash(next->inside_stop));
	else if ((v = value_of(word, "route")) != NULL)
		expect("route", v, dash(next->inside_route));
	else if ((v = value_of(word, "since")) != NULL)
		expect_time("since", v, next->inside_since);
	else if ((v = value_of(word, "last")) != NULL)
		expect_time("last", v, next->last_at);
	else if ((v = value_of(word, "last_gate")) != NULL)
		expect("last_gate", v, next->last_gate);
	else if ((v = value_of(word, "checked_in")) != NULL)
		expect("checked_in", v, checked_in());
	else
		unreadable(word);
}

static void read_answer(const struct question *q, char **words, size_t count)
{
	long long fare = 0, places = 0, through_fare = 0;
	bool through = false;
	const char *v;

	if (count == 0)
		unreadable("->");
	index_of(scan_verdict_names, words[0]);
	expect("verdict", words[0], scan_verdict_names[w.out.verdict]);
	for (size_t i = 1; i < count; i++) {
		if ((v = value_of(words[i], "yen")) != NULL)
			fare = atoi(v);
		else if ((v = value_of(words[i], "places")) != NULL)
			places = atoi(v);
		else if ((v = value_of(words[i], "through")) != NULL)
			through = true, through_fare = atoi(v);
		else
			expect_word(words[i]);
	}
	expect_number("yen", fare, w.out.deemed_fare_yen);
	expect_number("through service", through, w.out.through);
	expect_number("yen of where it began", through_fare, w.out.through_fare_yen);
	expect_number("places", places, w.out.takes_places);
	expect_the_usual(q);
}

static void ask(char **words, size_t count)
{
	struct question q = { 0 };
	struct service *service;
	size_t arrow = 0;

	while (arrow < count && strcmp(words[arrow], "->") != 0)
		arrow++;
	if (arrow == count)
		unreadable(w.text);
	read_question(&q, words, arrow);
	memset(&w.out, 0xa5, sizeof(w.out));
	scan_decide(&w.out, &q.in);
	w.seen[w.out.verdict] = true;
	read_answer(&q, words + arrow + 1, count - arrow - 1);
	service = (struct service *)q.place.service;
	if (service != NULL)
		service->taken = (uint16_t)(service->taken + w.out.takes_places);
	w.use = w.out.next;
}

static void read_line(char *line)
{
	char *words[SCAN_WORDS_MAX], *save;
	size_t count = 0;

	line[strcspn(line, "#\n")] = '\0';
	assert_true(text_set(w.text, sizeof(w.text), slice_text(line)));
	for (char *word = strtok_r(line, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		assert_true(count < SCAN_WORDS_MAX);
		words[count++] = word;
	}
	if (count == 0)
		return;
	if (strcmp(words[0], "==") == 0)
		memcpy(w.heading, w.text, sizeof(w.heading));
	else if (words[0][0] >= '0' && words[0][0] <= '9')
		ask(words, count);
	else if (!set_up(words, count))
		unreadable(words[0]);
}

static void the_table_holds(void **state)
{
	FILE *table = fopen("tests/scan_table.txt", "r");
	char line[SCAN_LINE_SIZE];

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof(line), table) != NULL) {
		w.line++;
		assert_non_null(strchr(line, '\n'));
		read_line(line);
	}
	fclose(table);
	assert_int_equal(w.wrong, 0);
}

/* What is said of a code and its signatures is the shell's; all else the table must reach. */
static void the_table_reaches_every_verdict(void **state)
{
	(void)state;
	for (int i = SCAN_DEVICE_PROOF_MISSING; i < SCAN_VERDICT_COUNT; i++)
		if (!w.seen[i] && i != SCAN_DEVICE_PROOF_FORGED)
			fail_msg("no line of the table is %s", scan_verdict_names[i]);
}

static void every_name_is_there(void **state)
{
	(void)state;
	assert_string_equal(scan_verdict_names[SCAN_MALFORMED], "MALFORMED");
	assert_string_equal(scan_verdict_names[SCAN_ADMITTED], "ADMITTED");
	assert_string_equal(scan_verdict_whys[SCAN_ADMITTED], "let the rider pass");
	assert_null(scan_verdict_names[SCAN_VERDICT_COUNT]);
	assert_null(scan_verdict_whys[SCAN_VERDICT_COUNT]);
	assert_string_equal(scan_kind_names[SCAN_KIND_redeem], "redeem");
	assert_string_equal(scan_kind_names[SCAN_KIND_release], "release");
	assert_null(scan_kind_names[SCAN_KIND_COUNT]);
}

static void each_mode_has_its_own_words(void **state)
{
	static const char *const words[MODE_COUNT] = {
		[MODE_rail] = "enter exit release", [MODE_bus] = "board alight",
		[MODE_ferry] = "check_in",      [MODE_air] = "check_in",
		[MODE_venue] = "redeem",
	};

	(void)state;
	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		for (unsigned kind = 0; kind < SCAN_KIND_COUNT; kind++)
			assert_int_equal(mode_takes_kind(mode, kind),
					 strstr(words[mode], scan_kind_names[kind]) != NULL);
}

/* In a child: whether it stops itself. */
static bool stops(uint8_t mode, enum scan_kind kind)
{
	struct gate gate = { .mode = mode };
	struct operator operator = { .base_fare_yen = 1 };
	struct scan_place place = { .gate = &gate, .operator = &operator };
	struct scan scan = { .kind = kind, .stop = "", .service_id = "" };
	struct use use = { 0 };
	struct scan_input in = { .ticket = &w.ticket, .product = &w.product, .use = &use,
				 .place = &place,     .scan = &scan };
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		assert_true(freopen("/dev/null", "w", stderr) != NULL);
		scan_decide(&w.out, &in);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void what_no_gate_can_say_stops_the_program(void **state)
{
	(void)state;
	assert_false(stops(MODE_COUNT - 1, SCAN_KIND_COUNT - 1));
	assert_true(stops(MODE_COUNT, SCAN_KIND_enter));
	assert_true(stops(MODE_rail, SCAN_KIND_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds),
		cmocka_unit_test(the_table_reaches_every_verdict),
		cmocka_unit_test(every_name_is_there),
		cmocka_unit_test(each_mode_has_its_own_words),
		cmocka_unit_test(what_no_gate_can_say_stops_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
