/* tests/contest_test.c - who bears what an offline gate let pass, as a table; and that the uses of
 * one ticket at several offline gates stand the same in whatever order they are told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "operators/offline_uses.h"

/* A ride at noon, uploaded at one, by a gate with a bundle of eleven. Times are minutes from noon.
 */
#define NOON	 ((time_ms)1795489200000) /* 2026-11-24T12:00:00+09:00 */
#define MIN(n)	 (NOON + (n)*MINUTE_MS)
#define HOURS(n) ((n)*60)

struct row {
	enum scan_verdict verdict;
	int at, uploaded, bundle_at; /* Minutes. */
	int revoked_at;		     /* Minutes; 0: not known. */
	enum bearer bearer;
	yen borne;
	enum contest_why why;
};

#define COUNCIL	 BEARER_COUNCIL
#define OPERATOR BEARER_OPERATOR
#define ROW(v, at, up, bundle, revoked, who, yen, why)                                             \
	{                                                                                          \
		SCAN_##v, at, up, bundle, revoked, who, yen, CONTEST_##why                         \
	}

static const struct row rows[] = {
	/* verdict, at, uploaded, bundle made, revoked; bearer, yen, why */
	ROW(ADMITTED, 0, 60, -60, 0, BEARER_NONE, 0, NONE),
	ROW(ADMITTED, 0, HOURS(73), -60, 0, BEARER_NONE, 0, NONE),
	ROW(ADMITTED, 0, 60, -HOURS(25), 0, BEARER_NONE, 0, NONE),
	/* The clock. */
	ROW(ADMITTED, 65, 60, -60, 0, BEARER_NONE, 0, NONE),
	ROW(ADMITTED, 66, 60, -60, 0, OPERATOR, 210, CLOCK_WRONG),
	ROW(ADMITTED, 0, 60, 5, 0, BEARER_NONE, 0, NONE),
	ROW(ADMITTED, 0, 60, 6, 0, OPERATOR, 210, CLOCK_WRONG),
	ROW(USED_UP, 66, 60, -60, 0, OPERATOR, 210, CLOCK_WRONG),
	ROW(FORGED, 66, 60, -60, 0, OPERATOR, 210, CLOCK_WRONG),
	/* A number that nobody gave out yet. */
	ROW(ADMITTED, 60, 60, 60, 0, BEARER_NONE, 0, NONE),
	ROW(ADMITTED, 60, 60, 61, 0, OPERATOR, 210, BUNDLE_UNKNOWN),
	ROW(ADMITTED, 0, 60, 61, 0, OPERATOR, 210, BUNDLE_UNKNOWN),
	ROW(FORGED, 0, 60, HOURS(999), 0, OPERATOR, 210, BUNDLE_UNKNOWN),
	/* A clock that is a day off. */
	ROW(ADMITTED, -HOURS(24), 60, -60, 0, OPERATOR, 210, CLOCK_WRONG),
	ROW(ADMITTED, HOURS(24), 60, -60, 0, OPERATOR, 210, CLOCK_WRONG),
	/* What the gate had in hand. */
	ROW(MALFORMED, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(UNKNOWN_KEY, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(FORGED, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(DEVICE_PROOF_MISSING, 0, 60, -60, 0, OPERATOR, 210, NO_RIDE),
	ROW(DEVICE_PROOF_FORGED, 0, 60, -60, 0, OPERATOR, 210, NO_RIDE),
	ROW(DEVICE_PROOF_STALE, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(UNKNOWN_PRODUCT, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(NOT_YET_VALID, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(WRONG_OPERATOR, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(WRONG_MODE, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(WRONG_ZONE, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(WRONG_RIDERS, 0, 60, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(WRONG_ZONE, 0, HOURS(73), -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(NO_RESERVATION, 0, 60, -60, 0, OPERATOR, 210, BUNDLE_SAID_NO),
	ROW(WRONG_SERVICE, 0, 60, -60, 0, OPERATOR, 210, BUNDLE_SAID_NO),
	ROW(WRONG_SERVICE, 0, HOURS(73), -60, 0, OPERATOR, 210, BUNDLE_SAID_NO),
	/* The face says until minute 90. */
	ROW(EXPIRED, 91, 120, -60, 0, OPERATOR, 210, FACE_SAID_NO),
	ROW(EXPIRED, 90, 120, -60, 0, COUNCIL, 210, USED_ELSEWHERE),
	/* Refunds. */
	ROW(REVOKED, 0, 60, -60, -61, OPERATOR, 210, BUNDLE_SAID_NO),
	ROW(REVOKED, 0, 60, -60, -60, OPERATOR, 210, BUNDLE_SAID_NO),
	ROW(REVOKED, 0, 60, -60, -59, COUNCIL, 210, REFUNDED_AFTER_BUNDLE),
	ROW(REVOKED, 0, 60, -60, 0, COUNCIL, 210, REFUNDED_AFTER_BUNDLE),
	ROW(REVOKED, -10, 60, -60, -10, COUNCIL, 210, REFUNDED_AFTER_BUNDLE),
	ROW(REVOKED, 0, 60, -60, 1, COUNCIL, 210, REFUNDED_AFTER_RIDE),
	ROW(REVOKED, 0, 60, -HOURS(25), 1, COUNCIL, 210, REFUNDED_AFTER_RIDE),
	ROW(REVOKED, 0, 60, -HOURS(25), -59, OPERATOR, 210, BUNDLE_TOO_OLD),
	ROW(REVOKED, 0, HOURS(73), -60, 1, OPERATOR, 210, UPLOADED_TOO_LATE),
	/* What no gate could know, and from when on its bundle is too old for that. */
	ROW(PASSED_BACK, 0, 60, -60, 0, COUNCIL, 210, USED_ELSEWHERE),
	ROW(USED_UP, 0, 60, -60, 0, COUNCIL, 210, USED_ELSEWHERE),
	ROW(FULL, 0, 60, -60, 0, COUNCIL, 210, COULD_NOT_KNOW),
	ROW(NO_ENTRY, 0, 60, -60, 0, COUNCIL, 210, COULD_NOT_KNOW),
	ROW(OVERSTAYED, 0, 60, -60, 0, COUNCIL, 210, COULD_NOT_KNOW),
	ROW(ALREADY_INSIDE, 0, 60, -60, 0, COUNCIL, 210, COULD_NOT_KNOW),
	ROW(USED_UP, 0, 60, -HOURS(24), 0, COUNCIL, 210, USED_ELSEWHERE),
	ROW(USED_UP, 0, 60, -HOURS(24) - 1, 0, OPERATOR, 210, BUNDLE_TOO_OLD),
	ROW(USED_UP, 0, HOURS(72), -60, 0, COUNCIL, 210, USED_ELSEWHERE),
	ROW(USED_UP, 0, HOURS(72) + 1, -60, 0, OPERATOR, 210, UPLOADED_TOO_LATE),
	ROW(USED_UP, 0, HOURS(73), -HOURS(25), 0, OPERATOR, 210, UPLOADED_TOO_LATE),
	/* What the ticket may earn: nothing proves that anybody rode, however good the gate. */
	ROW(USED_UP, 0, 60, -60, 0, OPERATOR, 210, STATIC_CAP),
	ROW(USED_UP, 0, HOURS(73), -HOURS(25), 0, OPERATOR, 210, STATIC_CAP),
};

static struct contest_input input_of(const struct row *row)
{
	return (struct contest_input){ .verdict = row->verdict,
				       .carried = true,
				       .static_capped = row->why == CONTEST_STATIC_CAP,
				       .at = MIN(row->at),
				       .uploaded_at = MIN(row->uploaded),
				       .bundle = MIN(row->bundle_at) / SECOND_MS,
				       .face_until = MIN(90),
				       .revoked_at = row->revoked_at == 0 ? 0
									  : MIN(row->revoked_at),
				       .bundle_max_age_h = 24,
				       .grace_h = 72,
				       .fare_yen = 210,
				       .price_yen = 640 };
}

static void check_row(size_t i, const struct contest *contest, const struct row *row)
{
	if (contest->contested == (row->why != CONTEST_NONE) && contest->bearer == row->bearer &&
	    contest->borne_yen == row->borne && contest->why == row->why)
		return;
	print_error("row %zu, %s: %s bears %lld, %s\n", i, scan_verdict_names[row->verdict],
		    bearer_names[contest->bearer], (long long)contest->borne_yen,
		    contest_why_names[contest->why]);
	fail();
}

static void test_table(void **state)
{
	struct contest contest;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct contest_input in = input_of(&rows[i]);

		contest_decide(&contest, &in);
		check_row(i, &contest, &rows[i]);
	}
}

static void test_every_why_is_in_the_table(void **state)
{
	(void)state;
	for (unsigned why = 0; why < CONTEST_RIDE_CONTESTED; why++) { /* That one is not decided. */
		size_t i = 0;

		while (i < COUNT_OF(rows) && rows[i].why != why)
			i++;
		if (i == COUNT_OF(rows))
			fail_msg("%s is not in the table", contest_why_names[why]);
	}
}

static void test_whom_the_gate_refused_nobody_bears(void **state)
{
	struct contest contest;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct contest_input in = input_of(&rows[i]);

		in.carried = false;
		contest_decide(&contest, &in);
		assert_false(contest.contested);
		assert_int_equal(contest.bearer, BEARER_NONE);
		assert_int_equal(contest.borne_yen, 0);
		assert_int_equal(contest.why, CONTEST_NONE);
	}
}

static void test_never_more_than_the_price(void **state)
{
	static const struct {
		yen fare, price, borne;
	} cases[] = { { 210, 640, 210 }, { 640, 640, 640 }, { 641, 640, 640 }, { 12000, 640, 640 },
		      { 210, 0, 0 },	 { 0, 640, 0 },	    { 210, -1, 210 } };
	struct contest contest;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (unsigned v = SCAN_FORGED; v <= SCAN_USED_UP; v += SCAN_USED_UP - SCAN_FORGED) {
			struct row row = ROW(USED_UP, 0, 60, -60, 0, COUNCIL, 0, NONE);
			struct contest_input in = input_of(&row);

			in.verdict = (enum scan_verdict)v;
			in.fare_yen = cases[i].fare;
			in.price_yen = cases[i].price;
			contest_decide(&contest, &in);
			assert_true(contest.contested);
			assert_int_equal(contest.borne_yen, cases[i].borne);
		}
}

static void test_a_gate_without_a_bundle(void **state)
{
	struct row row = ROW(USED_UP, 0, 60, 0, 0, COUNCIL, 0, NONE);
	struct contest_input in = input_of(&row);
	struct contest contest;

	(void)state;
	in.bundle = 0;
	contest_decide(&contest, &in);
	assert_int_equal(contest.why, CONTEST_BUNDLE_TOO_OLD);
	in.verdict = SCAN_ADMITTED;
	contest_decide(&contest, &in);
	assert_false(contest.contested);
	in.verdict = SCAN_REVOKED;
	in.revoked_at = MIN(-5);
	contest_decide(&contest, &in);
	assert_int_equal(contest.why, CONTEST_BUNDLE_TOO_OLD);
}

/* The council has said that nobody could fetch a newer one: then it is as if this one were new. */
static void test_an_outage(void **state)
{
	static const struct row outages[] = {
		ROW(USED_UP, 0, 60, -HOURS(25), 0, COUNCIL, 210, USED_ELSEWHERE),
		ROW(USED_UP, 0, 60, -HOURS(999), 0, COUNCIL, 210, USED_ELSEWHERE),
		ROW(REVOKED, 0, 60, -HOURS(25), -59, COUNCIL, 210, REFUNDED_AFTER_BUNDLE),
		/* It excuses nothing else. */
		ROW(ADMITTED, 0, 60, -HOURS(25), 0, BEARER_NONE, 0, NONE),
		ROW(USED_UP, 0, HOURS(73), -HOURS(25), 0, OPERATOR, 210, UPLOADED_TOO_LATE),
		ROW(WRONG_ZONE, 0, 60, -HOURS(25), 0, OPERATOR, 210, FACE_SAID_NO),
		ROW(REVOKED, 0, 60, -HOURS(25), -HOURS(26), OPERATOR, 210, BUNDLE_SAID_NO),
		ROW(USED_UP, 66, 60, -HOURS(25), 0, OPERATOR, 210, CLOCK_WRONG),
	};
	struct contest contest;
	struct contest_input in;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(outages); i++) {
		in = input_of(&outages[i]);
		in.outage = true;
		contest_decide(&contest, &in);
		check_row(i, &contest, &outages[i]);
	}
	in = input_of(&outages[0]);
	in.outage = true;
	in.bundle = 0; /* It held none to grow old. */
	contest_decide(&contest, &in);
	assert_int_equal(contest.why, CONTEST_BUNDLE_TOO_OLD);
}

/* ---- Several offline gates. ---- */

struct told { /* One use, as a gate tells it. */
	const char *gate;
	int at; /* Minutes. */
	uint8_t mode;
	const char *service;
	uint8_t proof;
	bool leaving;
	enum offline_standing stands;
};

struct town { /* One ticket. */
	struct product product;
	struct ticket ticket;
	struct use use;
	struct offline_uses uses;
};

static void town_begin(struct town *town, uint16_t uses)
{
	*town = (struct town){ .product = { .uses = uses,
					    .modes = 31,
					    .validity = VALIDITY_HOURS,
					    .length = 24 },
			       .ticket = { .riders = 2,
					   .exp_s = MIN(HOURS(240)) / SECOND_MS } };
}

static struct offline_use use_told(const struct told *told, uint8_t number)
{
	struct offline_use use = { .at = MIN(told->at),
				   .uploaded_at = MIN(600),
				   .mode = told->mode,
				   .riders = 1,
				   .leaving = told->leaving };

	memset(use.fact_id.bytes, number + 1, sizeof(use.fact_id.bytes));
	use.scan_id.bytes[15] = number;
	use.proof.bytes[0] = told->proof;
	use.proof_at = MIN(0) + told->proof * SECOND_MS;
	snprintf(use.gate_id, sizeof(use.gate_id), "%s", told->gate);
	snprintf(use.operator_id, sizeof(use.operator_id), "line-%u", told->mode);
	if (told->service != NULL)
		snprintf(use.service_id, sizeof(use.service_id), "%s", told->service);
	return use;
}

/* As an upload does it: a list comes from the store without places. */
static void tell_use(struct town *town, struct offline_use use)
{
	struct offline_terms terms = { .ticket = &town->ticket,
				       .product = &town->product,
				       .boundary_min = 180 };
	struct offline_result result;
	struct offline_base base;
	size_t at;

	memset(&base, 0xff, sizeof(base));
	for (size_t i = 0; i < town->uses.count; i++)
		town->uses.uses[i].place = 0;
	offline_base(&base, &town->uses, &town->use);
	use.place = offline_place(&use, &town->use);
	at = offline_add(&town->uses, &use);
	assert_true(id_equal(town->uses.uses[at].fact_id, use.fact_id));
	offline_judge(&result, &town->uses, &base, &terms);
	offline_write(&town->use, &town->uses, &base, &result, &terms);
	offline_drop(&town->uses, OFFLINE_USE_COUNT_MAX);
}

static void tell(struct town *town, const struct told *told, uint8_t number)
{
	tell_use(town, use_told(told, number));
}

static const struct offline_use *found(const struct town *town, uint8_t number)
{
	for (size_t i = 0; i < town->uses.count; i++)
		if (town->uses.uses[i].scan_id.bytes[15] == number)
			return &town->uses.uses[i];
	fail_msg("use %u is not in the list", number);
	return NULL;
}

static void check_standings(const struct town *town, const struct told *told, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct offline_use *use = found(town, (uint8_t)i);

		if (use->standing != told[i].stands)
			fail_msg("use %zu stands as %s instead of %s", i,
				 offline_standing_names[use->standing],
				 offline_standing_names[told[i].stands]);
	}
}

enum { TOLD_COUNT_MAX = 6 };

/* Calls each permutation of 0 .. count-1 (Heap's algorithm). */
static void permute(uint8_t *order, size_t count, size_t n,
		    void (*each)(const uint8_t *order, size_t count, void *to), void *to)
{
	if (n <= 1) {
		each(order, count, to);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t other = n % 2 == 0 ? i : 0;
		uint8_t kept;

		permute(order, count, n - 1, each, to);
		kept = order[other];
		order[other] = order[n - 1];
		order[n - 1] = kept;
	}
}

struct story { /* What is told of one ticket, in every order. */
	const char *what;
	uint16_t uses, passback_s, mode_uses_bus;
	uint16_t online;	  /* Uses that online gates let pass before. */
	int online_first;	  /* Minutes, of these. */
	int online_last;	  /* Minutes; of the last, at "online". */
	struct told told[TOLD_COUNT_MAX];
	size_t count;
	struct use first_result;
	unsigned orders;
};

static void begin_story(struct town *town, const struct story *story)
{
	static const char *const services[] = { "ship-1", "ship-2" };

	town_begin(town, story->uses);
	town->product.passback_s = story->passback_s;
	if (story->mode_uses_bus > 0) {
		town->product.mode_uses[0] =
			(struct product_mode_uses){ MODE_bus, story->mode_uses_bus };
		town->product.mode_use_count = 1;
	}
	town->use.uses = town->use.mode_uses[MODE_rail] = story->online;
	if (story->online_first != 0)
		town->use.first_used_at = MIN(story->online_first);
	if (story->online_last != 0) {
		town->use.last_at = MIN(story->online_last);
		strcpy(town->use.last_gate, "online");
	}
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		struct use_reservation *held = &town->use.reservations[i];

		strcpy(held->operator_id, "line-2");
		strcpy(held->service_id, services[i]);
	}
	town->use.reservation_count = COUNT_OF(services);
}

static void tell_story(const uint8_t *order, size_t count, void *to)
{
	struct story *story = to;
	struct town *town = calloc(1, sizeof(*town));

	begin_story(town, story);
	for (size_t i = 0; i < count; i++)
		tell(town, &story->told[order[i]], order[i]);
	check_standings(town, story->told, count);
	if (story->orders++ == 0)
		story->first_result = town->use;
	assert_memory_equal(&story->first_result, &town->use, sizeof(town->use));
	free(town);
}

#define RAIL	 MODE_rail, NULL, 0, false
#define SHOP	 MODE_venue, NULL, 0, false /* Keeps nobody inside. */
#define BUS	 MODE_bus, NULL, 0, false
#define LEAVES	 MODE_rail, NULL, 0, true
#define PROOF(n) MODE_venue, NULL, n, false
#define SHIP(id) MODE_ferry, id, 0, false

static struct story stories[] = {
	{ .what = "one use, three gates",
	  .uses = 1,
	  .told = { { "c", 20, SHOP, OFFLINE_used_up },
		    { "a", 10, SHOP, OFFLINE_used_up },
		    { "b", 4, SHOP, OFFLINE_counts } },
	  .count = 3 },
	{ .what = "two uses, three gates, six tellings",
	  .uses = 2,
	  .told = { { "a", 0, SHOP, OFFLINE_counts },
		    { "b", 30, SHOP, OFFLINE_used_up },
		    { "c", 10, SHOP, OFFLINE_counts },
		    { "a", 40, SHOP, OFFLINE_used_up },
		    { "b", 60, SHOP, OFFLINE_used_up },
		    { "c", 50, SHOP, OFFLINE_used_up } },
	  .count = 6 },
	{ .what = "within one skew bound the gate's id decides, then the scan's",
	  .uses = 2,
	  .told = { { "b", 4, SHOP, OFFLINE_used_up },
		    { "a", 4, SHOP, OFFLINE_counts },
		    { "a", 3, SHOP, OFFLINE_counts },
		    { "c", 0, SHOP, OFFLINE_used_up },
		    { "a", 2, SHOP, OFFLINE_used_up } },
	  .count = 5 },
	{ .what = "online admissions stand, even later ones",
	  .uses = 3,
	  .online = 2,
	  .online_first = 90,
	  .told = { { "a", 20, SHOP, OFFLINE_used_up },
		    { "b", 10, SHOP, OFFLINE_counts },
		    { "c", 30, SHOP, OFFLINE_used_up } },
	  .count = 3 },
	{ .what = "uses of one mode, and what their refusal leaves to another",
	  .uses = 2,
	  .mode_uses_bus = 1,
	  .told = { { "a", 0, BUS, OFFLINE_counts },
		    { "b", 10, BUS, OFFLINE_used_up },
		    { "c", 20, SHOP, OFFLINE_counts },
		    { "d", 30, SHOP, OFFLINE_used_up } },
	  .count = 4 },
	{ .what = "a copy at another gate too soon; the same gate may ask again",
	  .passback_s = 600,
	  .told = { { "a", 0, SHOP, OFFLINE_counts },
		    { "b", 9, SHOP, OFFLINE_passed_back },
		    { "c", 18, SHOP, OFFLINE_counts },
		    { "c", 20, SHOP, OFFLINE_counts },
		    { "a", 30, SHOP, OFFLINE_counts },
		    { "b", 20, SHOP, OFFLINE_passed_back } },
	  .count = 6 },
	{ .what = "passed back from an online gate, before or after",
	  .passback_s = 600,
	  .online = 1,
	  .online_first = -5,
	  .online_last = 20,
	  .told = { { "a", 11, SHOP, OFFLINE_passed_back },
		    { "a", 29, SHOP, OFFLINE_passed_back },
		    { "online", 25, SHOP, OFFLINE_counts },
		    { "a", 10, SHOP, OFFLINE_counts } },
	  .count = 4 },
	{ .what = "one proof of a phone at two gates",
	  .told = { { "a", 0, PROOF(1), OFFLINE_counts },
		    { "b", 0, PROOF(1), OFFLINE_passed_back },
		    { "b", 1, PROOF(2), OFFLINE_counts },
		    { "b", 2, PROOF(2), OFFLINE_counts },
		    { "b", 3, PROOF(0), OFFLINE_counts },
		    { "c", 3, PROOF(0), OFFLINE_counts } },
	  .count = 6 },
	{ .what = "24 hours from the first use, wherever that was told of",
	  .told = { { "a", 0, SHOP, OFFLINE_counts },
		    { "b", HOURS(24) - 1, SHOP, OFFLINE_counts },
		    { "c", HOURS(24), SHOP, OFFLINE_expired },
		    { "a", HOURS(25), SHOP, OFFLINE_expired } },
	  .count = 4 },
	{ .what = "first used online; what was before is not after its end",
	  .online = 1,
	  .online_first = 60,
	  .told = { { "a", HOURS(25), SHOP, OFFLINE_expired },
		    { "b", HOURS(25) - 1, SHOP, OFFLINE_counts },
		    { "c", HOURS(24), SHOP, OFFLINE_counts } },
	  .count = 3 },
	{ .what = "expired comes before passed back, that before used up",
	  .uses = 1,
	  .passback_s = 600,
	  .told = { { "a", 0, SHOP, OFFLINE_counts },
		    { "b", 6, SHOP, OFFLINE_passed_back },
		    { "b", 20, SHOP, OFFLINE_used_up },
		    { "b", HOURS(30), SHOP, OFFLINE_expired } },
	  .count = 4 },
	{ .what = "whoever leaves stands as it came in",
	  .uses = 1,
	  .told = { { "a", 0, RAIL, OFFLINE_counts },
		    { "b", 10, LEAVES, OFFLINE_counts },
		    { "c", 20, RAIL, OFFLINE_used_up },
		    { "a", 22, LEAVES, OFFLINE_ride_contested },
		    { "d", 21, BUS, OFFLINE_used_up },
		    { "b", -1, LEAVES, OFFLINE_no_entry } },
	  .count = 6 },
	{ .what = "an exit ends a ride that counts before one that is contested, of its own line",
	  .uses = 1,
	  .told = { { "a", 20, RAIL, OFFLINE_counts },
		    { "c", 20, RAIL, OFFLINE_used_up },
		    { "b", 20, LEAVES, OFFLINE_counts },
		    { "b", 40, RAIL, OFFLINE_used_up },
		    { "a", 41, LEAVES, OFFLINE_ride_contested },
		    { "b", 30, MODE_bus, NULL, 0, true, OFFLINE_no_entry } },
	  .count = 6 },
	{ .what = "nothing left: the first ride is contested, and so is its end, once",
	  .uses = 1,
	  .online = 1,
	  .told = { { "b", 0, RAIL, OFFLINE_used_up },
		    { "a", 3, LEAVES, OFFLINE_ride_contested },
		    { "c", 10, LEAVES, OFFLINE_no_entry } },
	  .count = 3 },
	{ .what = "the same, the first in the order being the ride",
	  .uses = 1,
	  .online = 1,
	  .told = { { "a", 0, RAIL, OFFLINE_used_up },
		    { "b", 10, LEAVES, OFFLINE_ride_contested } },
	  .count = 2 },
	{ .what = "a reservation is checked in once",
	  .told = { { "p", 0, SHIP("ship-1"), OFFLINE_counts },
		    { "q", 10, SHIP("ship-1"), OFFLINE_used_up },
		    { "q", 20, SHIP("ship-2"), OFFLINE_counts },
		    { "q", 30, SHIP("ship-3"), OFFLINE_counts },
		    { "q", 40, SHIP("ship-3"), OFFLINE_counts } },
	  .count = 5 },
};

static void test_every_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stories); i++) {
		uint8_t order[TOLD_COUNT_MAX] = { 0, 1, 2, 3, 4, 5 };

		print_message("%s\n", stories[i].what);
		permute(order, stories[i].count, stories[i].count, tell_story, &stories[i]);
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

enum { RANDOM_USES = 40 };

static void tell_shuffled(struct town *town, const struct told *told, uint64_t *seed)
{
	uint8_t order[RANDOM_USES];

	for (uint8_t i = 0; i < RANDOM_USES; i++)
		order[i] = i;
	for (size_t i = RANDOM_USES - 1; i > 0; i--) {
		size_t k = next_random(seed) % (i + 1);
		uint8_t kept = order[i];

		order[i] = order[k];
		order[k] = kept;
	}
	for (size_t i = 0; i < RANDOM_USES; i++)
		tell(town, &told[order[i]], order[i]);
}

static void make_told(struct told *told, uint64_t *seed)
{
	static const char *const gates[] = { "a", "b", "c" };

	for (size_t i = 0; i < RANDOM_USES; i++)
		told[i] = (struct told){ .gate = gates[next_random(seed) % 3],
					 .at = (int)(next_random(seed) % HOURS(26)),
					 .mode = (uint8_t)(next_random(seed) % 2),
					 .proof = (uint8_t)(next_random(seed) % 8),
					 .leaving = next_random(seed) % 4 == 0 };
}

/* Two orders of the same forty, many times over: the same list, the same ticket. */
static void test_random_orders(void **state)
{
	struct town *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	uint64_t seed = 20261124;
	struct told told[RANDOM_USES];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		make_told(told, &seed);
		town_begin(a, (uint16_t)(next_random(&seed) % 12));
		a->product.passback_s = (uint16_t)(next_random(&seed) % 900);
		a->use.uses = a->use.mode_uses[MODE_rail] = (uint16_t)(next_random(&seed) % 3);
		*b = *a;
		tell_shuffled(a, told, &seed);
		tell_shuffled(b, told, &seed);
		assert_memory_equal(&a->use, &b->use, sizeof(a->use));
		assert_int_equal(a->uses.count, b->uses.count);
		for (size_t i = 0; i < a->uses.count; i++) {
			assert_int_equal(a->uses.uses[i].scan_id.bytes[15],
					 b->uses.uses[i].scan_id.bytes[15]);
			assert_int_equal(a->uses.uses[i].standing, b->uses.uses[i].standing);
		}
	}
	free(a);
	free(b);
}

/* Online uses between two tellings are counted, and those that were told count for the gates. */
static void test_online_between(void **state)
{
	static const struct told first = { "a", 30, SHOP, OFFLINE_counts };
	static const struct told second = { "b", 10, SHOP, OFFLINE_counts };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 2);
	tell(town, &first, 0);
	assert_int_equal(town->use.uses, 1);
	assert_int_equal(town->use.first_used_at, MIN(30));
	assert_int_equal(town->use.last_at, MIN(30));
	assert_string_equal(town->use.last_gate, "a");
	assert_int_equal(town->use.valid_until, MIN(30) + 24 * HOUR_MS - 1);
	town->use.uses++; /* An online gate lets it pass. */
	town->use.mode_uses[MODE_venue]++;
	town->use.last_at = MIN(60);
	strcpy(town->use.last_gate, "online");
	tell(town, &second, 1);
	assert_int_equal(found(town, 1)->standing, OFFLINE_counts);
	assert_int_equal(found(town, 0)->standing, OFFLINE_used_up);
	assert_int_equal(town->use.uses, 2);
	assert_int_equal(town->use.mode_uses[MODE_venue], 2);
	assert_int_equal(town->use.first_used_at, MIN(10));
	assert_int_equal(town->use.last_at, MIN(60));
	assert_string_equal(town->use.last_gate, "online");
	free(town);
}

/* The same gate asks online: what it wrote is not what was written here. */
static void test_online_at_the_same_gate(void **state)
{
	static const struct told first = { "a", 30, SHOP, OFFLINE_counts };
	static const struct told second = { "a", 10, SHOP, OFFLINE_counts };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 0);
	tell(town, &first, 0);
	town->use.last_at = MIN(60);
	tell(town, &second, 1);
	assert_int_equal(town->use.last_at, MIN(60));
	strcpy(town->use.last_gate, "online");
	tell(town, &second, 2);
	assert_string_equal(town->use.last_gate, "online");
	free(town);
}

/* The last scan is the latest that counts; of two at one time the online one stays. */
static void test_last_scan(void **state)
{
	static const struct told told[] = { { "a", 0, SHOP, OFFLINE_counts },
					    { "b", 30, SHOP, OFFLINE_counts },
					    { "c", 20, SHOP, OFFLINE_counts },
					    { "d", 90, SHOP, OFFLINE_used_up } };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 3);
	for (uint8_t i = 0; i < COUNT_OF(told); i++)
		tell(town, &told[i], i);
	assert_int_equal(town->use.last_at, MIN(30));
	assert_string_equal(town->use.last_gate, "b");
	town_begin(town, 3);
	town->use.last_at = MIN(30);
	strcpy(town->use.last_gate, "online");
	tell(town, &told[1], 1);
	assert_string_equal(town->use.last_gate, "online");
	free(town);
}

static void reserve(struct town *town, const char *service_id, bool checked_in)
{
	struct use_reservation *held = &town->use.reservations[town->use.reservation_count++];

	*held = (struct use_reservation){ .operator_id = "line-2", .checked_in = checked_in };
	strcpy(held->service_id, service_id);
}

static void test_reservations(void **state)
{
	static const struct told told[] = {
		{ "p", 10, SHIP("ship-1"), OFFLINE_used_up },
		{ "q", 20, SHIP("ship-3"), OFFLINE_counts },
		{ "p", 15, SHIP("ship-3"), OFFLINE_counts },
		{ "p", 30, SHIP("ship-2"), OFFLINE_counts },
		{ "p", 40, SHOP, OFFLINE_counts },
	};
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 0);
	reserve(town, "ship-1", true);
	reserve(town, "ship-2", false);
	reserve(town, "ship-3", false);
	reserve(town, "ship-4", true);
	for (uint8_t i = 0; i < 2; i++)
		tell(town, &told[i], i);
	assert_int_equal(found(town, 0)->standing, OFFLINE_used_up);
	assert_int_equal(found(town, 1)->standing, OFFLINE_counts);
	assert_true(town->use.reservations[0].checked_in);
	assert_false(town->use.reservations[1].checked_in);
	assert_true(town->use.reservations[2].checked_in);
	assert_true(town->use.reservations[3].checked_in);
	tell(town, &told[2], 2);
	assert_int_equal(found(town, 1)->standing, OFFLINE_used_up);
	assert_int_equal(found(town, 2)->standing, OFFLINE_counts);
	/* The first one is given back, and the others move up. */
	town->use.reservations[0] = town->use.reservations[1];
	town->use.reservations[1] = town->use.reservations[2];
	town->use.reservation_count = 2;
	tell(town, &told[4], 4);
	assert_false(town->use.reservations[0].checked_in);
	assert_true(town->use.reservations[1].checked_in);
	assert_int_equal(found(town, 2)->standing, OFFLINE_counts);
	tell(town, &told[3], 3);
	assert_true(town->use.reservations[0].checked_in);
	assert_int_equal(found(town, 3)->standing, OFFLINE_counts);
	free(town);
}

/* Of another operator's service of the same name, or none, nothing is checked in. */
static void test_places(void **state)
{
	struct use use = { .reservation_count = 2 };
	struct offline_use told = { .operator_id = "line-2" };

	(void)state;
	strcpy(use.reservations[0].operator_id, "line-3");
	strcpy(use.reservations[0].service_id, "ship-1");
	strcpy(use.reservations[1].operator_id, "line-2");
	strcpy(use.reservations[1].service_id, "ship-1");
	strcpy(use.reservations[2].operator_id, "line-2");
	strcpy(use.reservations[2].service_id, "ship-2");
	assert_int_equal(offline_place(&told, &use), 0);
	strcpy(told.service_id, "ship-1");
	assert_int_equal(offline_place(&told, &use), 2);
	strcpy(told.service_id, "ship-2"); /* No longer the ticket's. */
	assert_int_equal(offline_place(&told, &use), 0);
	strcpy(told.service_id, "ship-1");
	strcpy(told.operator_id, "line-3");
	assert_int_equal(offline_place(&told, &use), 1);
}

static void test_last_moment(void **state)
{
	static const struct told first = { "a", 0, SHOP, OFFLINE_counts };
	struct town *town = calloc(1, sizeof(*town));
	struct offline_use use;
	time_ms last = MIN(HOURS(240)) + 999;

	(void)state;
	town_begin(town, 0);
	town->product.validity = VALIDITY_FIXED;
	tell(town, &first, 0);
	assert_int_equal(offline_face_until(&town->ticket), last);
	assert_int_equal(town->use.valid_until, last);
	use = use_told(&first, 1);
	use.at = last;
	tell_use(town, use);
	assert_int_equal(found(town, 1)->standing, OFFLINE_counts);
	use = use_told(&first, 2);
	use.at = last + 1;
	tell_use(town, use);
	assert_int_equal(found(town, 2)->standing, OFFLINE_expired);
	free(town);
}

static void test_nothing_counts(void **state)
{
	static const struct told told = { "a", 0, SHOP, OFFLINE_used_up };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 1);
	town->use.uses = 1;
	tell(town, &told, 0);
	assert_int_equal(found(town, 0)->standing, OFFLINE_used_up);
	assert_int_equal(town->use.first_used_at, 0);
	assert_int_equal(town->use.valid_until, 0);
	assert_int_equal(town->use.last_at, 0);
	free(town);
}

static void test_counts_have_an_end(void **state)
{
	static const struct told told = { "a", 0, SHOP, OFFLINE_counts };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	town_begin(town, 0);
	town->use.uses = town->use.mode_uses[MODE_venue] = UINT16_MAX;
	town->use.mode_uses[MODE_bus] = 7;
	tell(town, &told, 0);
	assert_int_equal(town->use.uses, UINT16_MAX);
	assert_int_equal(town->use.mode_uses[MODE_venue], UINT16_MAX);
	assert_int_equal(town->use.mode_uses[MODE_bus], 7);
	free(town);
}

/* Of more than the list holds, the first in the order leave and go on counting. */
static void test_full_list(void **state)
{
	struct town *town = calloc(1, sizeof(*town));
	struct told told = { "a", 0, SHOP, OFFLINE_counts };

	(void)state;
	town_begin(town, OFFLINE_USE_COUNT_MAX + 5);
	town->product.length = 999;
	for (uint8_t i = 0; i < OFFLINE_USE_COUNT_MAX + 5; i++) {
		told.at = 10 * i;
		tell(town, &told, i);
		assert_int_equal(found(town, i)->standing, OFFLINE_counts);
	}
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX);
	assert_int_equal(town->uses.uses[0].scan_id.bytes[15], 5);
	assert_int_equal(town->use.uses, OFFLINE_USE_COUNT_MAX + 5);
	free(town);
}

/* The last that does not count gives way, be it the newest told; the others' standings stay. */
static void test_full_list_of_more_than_count(void **state)
{
	struct town *town = calloc(1, sizeof(*town));
	struct told told = { "a", 0, SHOP, OFFLINE_counts };

	(void)state;
	town_begin(town, OFFLINE_USE_COUNT_MAX - 1);
	town->product.length = 999;
	for (uint8_t i = 0; i < OFFLINE_USE_COUNT_MAX + 1; i++) {
		told.at = 1000 - 10 * i; /* Each comes before all others. */
		tell(town, &told, i);
		assert_int_equal(found(town, i)->standing, OFFLINE_counts);
	}
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX);
	assert_int_equal(town->uses.uses[0].scan_id.bytes[15], OFFLINE_USE_COUNT_MAX);
	assert_int_equal(town->uses.uses[OFFLINE_USE_COUNT_MAX - 1].scan_id.bytes[15], 1);
	assert_int_equal(found(town, 1)->standing, OFFLINE_used_up);
	assert_int_equal(found(town, 2)->standing, OFFLINE_counts);
	told.at = 2000;
	tell(town, &told, 200);
	for (size_t i = 0; i < town->uses.count; i++)
		assert_int_not_equal(town->uses.uses[i].scan_id.bytes[15], 200);
	assert_int_equal(found(town, 1)->standing, OFFLINE_used_up);
	assert_int_equal(town->use.uses, OFFLINE_USE_COUNT_MAX - 1);
	free(town);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_why_is_in_the_table),
		cmocka_unit_test(test_whom_the_gate_refused_nobody_bears),
		cmocka_unit_test(test_never_more_than_the_price),
		cmocka_unit_test(test_a_gate_without_a_bundle),
		cmocka_unit_test(test_an_outage),
		cmocka_unit_test(test_every_order),
		cmocka_unit_test(test_random_orders),
		cmocka_unit_test(test_online_between),
		cmocka_unit_test(test_online_at_the_same_gate),
		cmocka_unit_test(test_last_scan),
		cmocka_unit_test(test_reservations),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_last_moment),
		cmocka_unit_test(test_nothing_counts),
		cmocka_unit_test(test_counts_have_an_end),
		cmocka_unit_test(test_full_list),
		cmocka_unit_test(test_full_list_of_more_than_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
