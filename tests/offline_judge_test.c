/* tests/offline_judge_test.c - one ticket's offline uses beside what it did online: in and out of
 * stations, showings of a phone, places of a sailing. Each story is told in every order, and always
 * ends the same. Without it a gate without a network would let in whom every other gate keeps out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"
#include "core/shape.h"
#include "core/store.h"
#include "operators/mode.h"
#include "operators/offline_uses.h"

#define NOON	 ((time_ms)1795489200000) /* 2026-11-24T12:00:00+09:00 */
#define MIN(n)	 (NOON + (n)*MINUTE_MS)
#define HOURS(n) ((n)*60)

enum { TOLD_MAX = 6, ONLINE_MAX = 4 };

struct told { /* By a gate: minutes from noon, and what comes of it. */
	const char *what;
	int at;
	enum offline_standing stands;
	uint8_t ends; /* 1 + the place of the boarding that it ends; 0: none. */
};

struct online { /* A ride, or a showing, of which the ticket's record tells. */
	const char *what;
	int since, until;
};

struct story {
	const char *what;
	uint16_t uses, stay_max_min, passback_s, room;
	uint8_t riders;
	bool through, dynamic;
	yen cap;
	struct online online[ONLINE_MAX];
	struct told told[TOLD_MAX];
	const char *inside; /* Who is inside at the end; NULL: nobody. */
	const char *proofs; /* What is remembered of the phone. */
	size_t count;
	struct use first_result;
	unsigned orders;
};

struct town {
	struct product product;
	struct ticket ticket;
	struct use use;
	struct offline_uses uses;
};

/* What a gate tells, in words: "enter gate line", "exit gate line", "release", "board", "alight",
 * "sail gate ship seats", "redeem gate"; and behind them "proof=2 riders=2" or "fare=90". A proof
 * is made at its minute; 2b is another of the same. */
static struct offline_use use_told(const struct told *told, uint8_t number)
{
	char kind[16], gate[32], line[32] = "", more[2][16] = { "", "" };
	struct offline_use use = { .at = MIN(told->at), .riders = 1, .fare_yen = 210 };

	assert_true(sscanf(told->what, "%15s %31s %31s %15s %15s", kind, gate, line, more[0],
			   more[1]) >= 3);
	use.scan_id.bytes[15] = number;
	memset(use.fact_id.bytes, number + 1, sizeof(use.fact_id.bytes));
	snprintf(use.gate_id, sizeof(use.gate_id), "%s", gate);
	snprintf(use.operator_id, sizeof(use.operator_id), "%s", line);
	snprintf(use.stop, sizeof(use.stop), "at-%s", gate);
	use.released = strcmp(kind, "release") == 0;
	use.leaving = use.released || strcmp(kind, "exit") == 0 || strcmp(kind, "alight") == 0;
	use.mode = strcmp(kind, "redeem") == 0 ? MODE_venue
		   : strcmp(kind, "sail") == 0 ? MODE_ferry
		   : strcmp(kind, "board") == 0 || strcmp(kind, "alight") == 0 ? MODE_bus
									       : MODE_rail;
	if (use.mode == MODE_ferry)
		snprintf(use.service_id, sizeof(use.service_id), "%s-1", line);
	for (size_t i = 0; i < COUNT_OF(more); i++) {
		int n = 0;
		char other = 0;

		if (sscanf(more[i], "proof=%d%c", &n, &other) >= 1) {
			use.proof.bytes[0] = 1;
			use.proof.bytes[1] = (uint8_t)n;
			use.proof.bytes[2] = (uint8_t)other;
			use.proof_at = MIN(n);
		} else if (sscanf(more[i], "riders=%d", &n) == 1) {
			use.riders = (uint8_t)n;
		} else if (sscanf(more[i], "seats=%d", &n) == 1) {
			use.seats = (uint8_t)n;
		} else if (sscanf(more[i], "fare=%d", &n) == 1) {
			use.fare_yen = n;
		}
	}
	return use;
}

/* "rail line", "bus line" (a ride; until 0: still open), "shown gate" (a proof of that minute, of
 * one rider), "seen gate" (an online scan, which is the ticket's last). */
static void do_online(struct use *use, const struct online *online)
{
	char kind[16], where[16];

	if (online->what == NULL)
		return;
	assert_int_equal(sscanf(online->what, "%15s %15s", kind, where), 2);
	if (strcmp(kind, "shown") == 0) {
		struct use_proof proof = { .at = MIN(online->since), .riders = 1 };

		proof.id.bytes[0] = 1;
		proof.id.bytes[1] = (uint8_t)online->since;
		snprintf(proof.gate, sizeof(proof.gate), "%s", where);
		mode_proof_note(use, &proof);
	} else if (strcmp(kind, "seen") == 0) {
		use->last_at = MIN(online->since);
		snprintf(use->last_gate, sizeof(use->last_gate), "%s", where);
	} else if (online->until != 0) {
		struct use_ride ride = { .since = MIN(online->since),
					 .until = MIN(online->until),
					 .mode = strcmp(kind, "bus") == 0 ? MODE_bus : MODE_rail };

		mode_ride_note(use, &ride);
	} else {
		use->inside = true;
		use->inside_mode = strcmp(kind, "bus") == 0 ? MODE_bus : MODE_rail;
		use->inside_since = MIN(online->since);
		snprintf(use->inside_operator, sizeof(use->inside_operator), "%s", where);
		snprintf(use->inside_stop, sizeof(use->inside_stop), "at-online");
	}
}

static void begin(struct town *town, const struct story *story)
{
	*town = (struct town){ .product = { .uses = story->uses,
					    .modes = 31,
					    .validity = VALIDITY_HOURS,
					    .length = 72,
					    .operator_count = 2,
					    .stay_max_min = story->stay_max_min,
					    .passback_s = story->passback_s,
					    .static_day_cap_yen = story->cap },
			       .ticket = { .riders = story->riders == 0 ? 1 : story->riders,
					   .has_device_key = story->dynamic,
					   .exp_s = MIN(HOURS(240)) / SECOND_MS } };
	strcpy(town->product.operators[0].operator_id, "kita");
	strcpy(town->product.operators[1].operator_id, "jr");
	for (size_t i = 0; i < ONLINE_MAX; i++)
		do_online(&town->use, &story->online[i]);
}

/* Ten yen a minute, of each of two lines. */
static bool reckon(struct offline_uses *list)
{
	bool any = false;

	for (size_t i = 0; i < list->count; i++) {
		struct offline_use *end = &list->uses[i];
		const struct offline_use *begun = offline_begun(list, end);

		if (begun == NULL || id_equal(end->priced_id, begun->fact_id))
			continue;
		any = true;
		end->priced_id = begun->fact_id;
		end->deemed_fare_yen = (end->at - begun->at) / MINUTE_MS * 10;
		if (strcmp(end->operator_id, begun->operator_id) == 0)
			continue;
		end->through_fare_yen = end->deemed_fare_yen;
		strcpy(end->through_operator_id, begun->operator_id);
	}
	return any;
}

/* As an upload does it: what is not stored is not there. */
static void tell_use(struct town *town, const struct story *story, struct offline_use use)
{
	struct offline_terms terms = { .ticket = &town->ticket,
				       .product = &town->product,
				       .boundary_min = 180,
				       .through = { { "jr", "kita" }, { "nishi", "kita" } },
				       .through_count = story->through ? 2 : 0 };
	struct offline_result result;
	struct offline_base base;

	memset(&base, 0xff, sizeof(base));
	offline_base(&base, &town->uses, &town->use);
	(void)offline_add(&town->uses, &use);
	for (size_t i = 0; i < town->uses.count; i++) {
		town->uses.uses[i].room = story->room;
		memset(&town->uses.uses[i].ride_id, 0xee, sizeof(use.ride_id));
		memset(&town->uses.uses[i].day, 0x7e, sizeof(use.day));
		memset(&town->uses.uses[i].taken_yen, 0x0e, sizeof(use.taken_yen));
		memset(&town->uses.uses[i].through_taken_yen, 0x0e, sizeof(use.taken_yen));
	}
	do
		offline_judge(&result, &town->uses, &base, &terms);
	while (story->cap != 0 && reckon(&town->uses));
	offline_write(&town->use, &town->uses, &base, &result, &terms);
	offline_drop(&town->uses, OFFLINE_USE_COUNT_MAX);
}

static const struct offline_use *found(const struct town *town, uint8_t number)
{
	for (size_t i = 0; i < town->uses.count; i++)
		if (!town->uses.uses[i].online && town->uses.uses[i].scan_id.bytes[15] == number)
			return &town->uses.uses[i];
	fail_msg("use %u is not in the list", number);
	return NULL;
}

static const char *inside_of(const struct use *use)
{
	static char text[300];

	if (!use->inside)
		return NULL;
	snprintf(text, sizeof(text), "%s %s %s %lld%s", fares_mode_names[use->inside_mode],
		 use->inside_operator, use->inside_stop,
		 (long long)((use->inside_since - NOON) / MINUTE_MS),
		 use->inside_told ? " told" : "");
	return text;
}

static const char *proofs_of(const struct use *use)
{
	static char text[400];

	text[0] = '\0';
	for (size_t i = 0; i < use->proof_count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:%u+%u",
			 i > 0 ? " " : "", use->proofs[i].gate, use->proofs[i].riders,
			 use->proofs[i].told);
	return text;
}

static void check_text(const char *what, const char *want, const char *got)
{
	if ((want == NULL) != (got == NULL) || (want != NULL && strcmp(want, got) != 0))
		fail_msg("%s: %s instead of %s", what, got == NULL ? "nobody" : got,
			 want == NULL ? "nobody" : want);
}

static void check(const struct town *town, const struct story *story)
{
	for (uint8_t i = 0; i < story->count; i++) {
		const struct told *told = &story->told[i];
		const struct offline_use *use = found(town, i);
		const struct offline_use *begun = offline_begun(&town->uses, use);

		if (use->standing != told->stands)
			fail_msg("%s at %d stands as %s instead of %s", told->what, told->at,
				 offline_standing_names[use->standing],
				 offline_standing_names[told->stands]);
		if (told->ends == 99 ? begun == NULL || !begun->online
				     : begun != (told->ends == 0 ? NULL
								 : found(town, told->ends - 1)))
			fail_msg("%s at %d ends another ride", told->what, told->at);
	}
	check_text("inside", story->inside, inside_of(&town->use));
	check_text("proofs", story->proofs == NULL ? "" : story->proofs, proofs_of(&town->use));
}

/* As they are stored: what lies between a struct's members says nothing. */
static void assert_same_use(const struct use *a, const struct use *b)
{
	static uint8_t bytes[2][4096];
	struct writer as = { .data = bytes[0], .size = sizeof(bytes[0]) };
	struct writer bs = { .data = bytes[1], .size = sizeof(bytes[1]) };

	shape_to_cbor(&as, &use_shape, a);
	shape_to_cbor(&bs, &use_shape, b);
	assert_false(as.failed || bs.failed);
	assert_int_equal(as.used, bs.used);
	assert_memory_equal(bytes[0], bytes[1], as.used);
}

static void tell_story(struct story *story, const uint8_t *order)
{
	struct town *town = calloc(1, sizeof(*town));

	begin(town, story);
	for (size_t i = 0; i < story->count; i++)
		tell_use(town, story, use_told(&story->told[order[i]], order[i]));
	check(town, story);
	if (story->orders++ == 0)
		story->first_result = town->use;
	assert_same_use(&story->first_result, &town->use);
	free(town);
}

/* Each permutation (Heap's algorithm). */
static void permute(struct story *story, uint8_t *order, size_t n)
{
	if (n <= 1) {
		tell_story(story, order);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t other = n % 2 == 0 ? i : 0;
		uint8_t kept;

		permute(story, order, n - 1);
		kept = order[other];
		order[other] = order[n - 1];
		order[n - 1] = kept;
	}
}

#define COUNTS OFFLINE_counts
#define INSIDE OFFLINE_already_inside
#define NO_ENTRY OFFLINE_no_entry
#define OVER OFFLINE_overstayed
#define COPY OFFLINE_passed_back
#define CAPPED OFFLINE_static_capped
#define ONLINE 99 /* Ends the ride that online scans began. */

static struct story stories[] = {
	{ .what = "in, in again, out, out again",
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "enter b kita", 10, INSIDE, 0 },
		    { "exit c kita", 20, COUNTS, 1 },
		    { "exit d kita", 30, OFFLINE_ride_contested, 0 },
		    { "exit d kita", 40, NO_ENTRY, 0 } },
	  .count = 5 },
	{ .what = "two rides, one after the other",
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "exit b kita", 20, COUNTS, 1 },
		    { "enter b kita", 30, COUNTS, 0 },
		    { "exit a kita", 50, COUNTS, 3 },
		    { "enter a kita", 60, COUNTS, 0 } },
	  .count = 5,
	  .inside = "rail kita at-a 60 told" },
	{ .what = "an exit whose entry is never told, and one before its entry",
	  .told = { { "exit a kita", -10, NO_ENTRY, 0 }, { "enter b kita", 0, COUNTS, 0 } },
	  .count = 2,
	  .inside = "rail kita at-b 0 told" },
	{ .what = "of two entries in one skew bound the first in the order",
	  .told = { { "enter b kita", 1, INSIDE, 0 },
		    { "enter a kita", 4, COUNTS, 0 },
		    { "exit c kita", 40, COUNTS, 2 } },
	  .count = 3 },
	{ .what = "a short ride within one skew bound, and one before another",
	  .told = { { "enter z kita", 0, COUNTS, 0 },
		    { "exit a kita", 2, COUNTS, 1 },
		    { "enter b kita", 4, COUNTS, 0 },
		    { "exit a kita", 5, COUNTS, 3 } },
	  .count = 4 },
	{ .what = "an exit at the very minute of its entry; the one before it is none of its",
	  .told = { { "enter b kita", 2, COUNTS, 0 },
		    { "exit a kita", 2, COUNTS, 1 },
		    { "exit a kita", 1, NO_ENTRY, 0 } },
	  .count = 3 },
	{ .what = "inside since before, out and in again within one skew bound",
	  .told = { { "enter a kita", -30, COUNTS, 0 },
		    { "enter a kita", 1, COUNTS, 0 },
		    { "exit b kita", 3, COUNTS, 1 },
		    { "exit b kita", 20, COUNTS, 2 } },
	  .count = 4 },
	{ .what = "another line lets nobody out",
	  .told = { { "enter a jr", 0, COUNTS, 0 },
		    { "exit b kita", 20, NO_ENTRY, 0 },
		    { "exit b jr", 30, COUNTS, 1 } },
	  .count = 3 },
	{ .what = "but where its trains go through",
	  .through = true,
	  .told = { { "enter a jr", 0, COUNTS, 0 },
		    { "exit b kita", 20, COUNTS, 1 },
		    { "enter a kita", 30, COUNTS, 0 },
		    { "exit b jr", 40, NO_ENTRY, 0 },
		    { "exit b kita", 50, COUNTS, 3 } },
	  .count = 5 },
	{ .what = "and the product covers where it began",
	  .through = true,
	  .told = { { "enter a nishi", 0, COUNTS, 0 }, { "exit b kita", 20, NO_ENTRY, 0 } },
	  .count = 2,
	  .inside = "rail nishi at-a 0 told" },
	{ .what = "too long inside; whom the staff let out was not",
	  .stay_max_min = 60,
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "exit b kita", 61, OVER, 1 },
		    { "enter a kita", 70, COUNTS, 0 },
		    { "exit b kita", 130, COUNTS, 3 },
		    { "enter a kita", 140, COUNTS, 0 },
		    { "release b kita", 300, COUNTS, 5 } },
	  .count = 6 },
	{ .what = "nobody stays inside over the end of the day, and yet may be let out later",
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "enter b kita", HOURS(15) - 1, INSIDE, 0 },
		    { "enter c kita", HOURS(15), COUNTS, 0 },
		    { "exit c kita", HOURS(15) + 2, COUNTS, 3 } },
	  .count = 4 },
	{ .what = "an exit of the next day ends the ride of the day before",
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "enter c kita", HOURS(15) + 4, COUNTS, 0 },
		    { "exit c kita", HOURS(15) + 2, COUNTS, 1 } },
	  .count = 3,
	  .inside = "rail kita at-c 904 told" },
	{ .what = "inside rail nobody boards a bus; whoever is on a bus may board and enter",
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "board b bus", 10, INSIDE, 0 },
		    { "exit a kita", 20, COUNTS, 1 },
		    { "board b bus", 30, COUNTS, 0 },
		    { "board c bus", 40, COUNTS, 0 },
		    { "alight c bus", 50, COUNTS, 5 } },
	  .count = 6 },
	{ .what = "the same bus twice within the passback time",
	  .passback_s = 600,
	  .told = { { "board b bus", 0, COUNTS, 0 },
		    { "board b bus", 9, INSIDE, 0 },
		    { "board b bus", 10, COUNTS, 0 },
		    { "alight b bus", 15, COUNTS, 3 },
		    { "alight b bus", 30, OFFLINE_ride_contested, 0 } },
	  .count = 5 },
	{ .what = "whoever redeems has left the bus, and not the station",
	  .told = { { "board b bus", 0, COUNTS, 0 },
		    { "redeem s shop", 10, COUNTS, 0 },
		    { "alight b bus", 20, NO_ENTRY, 0 },
		    { "enter a kita", 30, COUNTS, 0 },
		    { "redeem s shop", 40, COUNTS, 0 },
		    { "exit a kita", 50, COUNTS, 4 } },
	  .count = 6 },
	{ .what = "in by rail, out of a bus",
	  .told = { { "enter a kita", 0, COUNTS, 0 }, { "alight b kita", 10, NO_ENTRY, 0 } },
	  .count = 2,
	  .inside = "rail kita at-a 0 told" },
	{ .what = "in and out online: in between nobody enters",
	  .online = { { "rail kita", 0, 20 } },
	  .told = { { "enter a kita", -1, COUNTS, 0 },
		    { "enter b kita", 0, INSIDE, 0 },
		    { "enter b kita", 19, INSIDE, 0 },
		    { "exit c kita", 10, OFFLINE_ride_contested, 0 },
		    { "enter b kita", 20, COUNTS, 0 },
		    { "exit c kita", 30, COUNTS, 5 } },
	  .count = 6 },
	{ .what = "an online ride that is over is ended by nobody else",
	  .online = { { "rail kita", 0, 20 }, { "rail kita", 40, 60 } },
	  .told = { { "exit c kita", 10, NO_ENTRY, 0 },
		    { "enter a kita", 30, COUNTS, 0 },
		    { "exit c kita", 50, NO_ENTRY, 0 },
		    { "exit c kita", 70, NO_ENTRY, 0 } },
	  .count = 4 },
	{ .what = "a bus ride that is over online keeps nobody from the station",
	  .online = { { "bus bus", 0, 20 } },
	  .told = { { "enter a kita", 10, COUNTS, 0 }, { "exit a kita", 15, COUNTS, 1 } },
	  .count = 2 },
	{ .what = "in online, out offline",
	  .online = { { "rail kita", 0, 0 } },
	  .told = { { "enter b kita", 10, INSIDE, 0 },
		    { "exit c kita", 30, COUNTS, ONLINE },
		    { "enter b kita", 40, COUNTS, 0 },
		    { "exit c kita", 50, COUNTS, 3 } },
	  .count = 4 },
	{ .what = "in online, and still there",
	  .online = { { "rail kita", 0, 0 } },
	  .told = { { "enter a kita", -20, COUNTS, 0 },
		    { "exit c kita", -10, COUNTS, 1 },
		    { "exit c kita", -1, NO_ENTRY, 0 } },
	  .count = 3,
	  .inside = "rail kita at-online 0" },
	{ .what = "seen online after the entry: somebody must have come out",
	  .online = { { "seen museum", 20, 0 } },
	  .told = { { "enter a kita", 0, COUNTS, 0 } },
	  .count = 1 },
	{ .what = "seen online before it",
	  .online = { { "seen museum", 0, 0 } },
	  .told = { { "enter a kita", 0, COUNTS, 0 } },
	  .count = 1,
	  .inside = "rail kita at-a 0 told" },
	{ .what = "past its face, for it was used before",
	  .told = { { "redeem b bath", HOURS(241), COUNTS, 0 },
		    { "redeem a bath", HOURS(239), COUNTS, 0 },
		    { "redeem c bath", HOURS(311) - 1, COUNTS, 0 },
		    { "redeem a bath", HOURS(311), OFFLINE_expired, 0 } },
	  .count = 4 },
	{ .what = "past its face, and never used before",
	  .told = { { "redeem b bath", HOURS(240) + 1, OFFLINE_expired, 0 },
		    { "redeem a bath", HOURS(241), OFFLINE_expired, 0 } },
	  .count = 2 },
	{ .what = "one showing at two gates, of which the first in the order has it",
	  .riders = 3,
	  .told = { { "redeem b bath proof=1", 1, COPY, 0 },
		    { "redeem a bath proof=1", 2, COUNTS, 0 },
		    { "redeem c bath proof=1", 6, COPY, 0 } },
	  .proofs = "a:0+1",
	  .count = 3 },
	{ .what = "at its own gate for as many as the ticket carries",
	  .riders = 3,
	  .told = { { "redeem a bath proof=1 riders=2", 1, COUNTS, 0 },
		    { "redeem a bath proof=1 riders=2", 2, COPY, 0 },
		    { "redeem a bath proof=1 riders=1", 3, COUNTS, 0 },
		    { "redeem a bath proof=1 riders=1", 4, COPY, 0 },
		    { "redeem a bath proof=3 riders=3", 4, COUNTS, 0 },
		    { "redeem a bath proof=3b riders=1", 5, COPY, 0 } },
	  .proofs = "a:0+3 a:0+3",
	  .count = 6 },
	{ .what = "shown online before: there for the rest, and nowhere else",
	  .riders = 3,
	  .online = { { "shown a", 1, 0 } },
	  .told = { { "redeem b bath proof=1", 1, COPY, 0 },
		    { "redeem a bath proof=1 riders=2", 2, COUNTS, 0 },
		    { "redeem a bath proof=1 riders=1", 3, COPY, 0 },
		    { "redeem a bath proof=1b", 3, COPY, 0 },
		    { "redeem b bath proof=2", 3, COUNTS, 0 } },
	  .proofs = "b:0+1 a:1+2",
	  .count = 5 },
	{ .what = "on the way out, too: a copy lets nobody out",
	  .riders = 2,
	  .told = { { "enter a kita proof=0", 0, COUNTS, 0 },
		    { "exit b kita proof=0", 1, COPY, 0 },
		    { "exit a kita proof=0", 2, COUNTS, 1 },
		    { "exit a kita proof=0", 3, NO_ENTRY, 0 } },
	  .proofs = "a:0+2",
	  .count = 4 },
	{ .what = "a contested use spends no showing",
	  .uses = 1,
	  .told = { { "redeem b bath proof=5", 6, COUNTS, 0 },
		    { "redeem a bath proof=5", 10, COPY, 0 },
		    { "redeem a bath proof=9", 10, OFFLINE_used_up, 0 } },
	  .proofs = "b:0+1",
	  .count = 3 },
	{ .what = "shown online, a copy at another gate",
	  .riders = 3,
	  .online = { { "shown a", 1, 0 } },
	  .told = { { "redeem b bath proof=1", 1, COPY, 0 } },
	  .proofs = "a:1+0",
	  .count = 1 },
	{ .what = "shown online, another of that time at its gate",
	  .riders = 3,
	  .online = { { "shown a", 1, 0 } },
	  .told = { { "redeem a bath proof=1b", 1, COPY, 0 } },
	  .proofs = "a:1+0",
	  .count = 1 },
	{ .what = "in online at the same moment",
	  .online = { { "rail kita", 0, 20 } },
	  .told = { { "enter b kita", 0, INSIDE, 0 } },
	  .count = 1 },
	{ .what = "a ride that was told at the moment of one that is over online",
	  .online = { { "bus bus", 0, 10 } },
	  .told = { { "board b bus", 0, COUNTS, 0 }, { "alight b bus", 5, COUNTS, 1 },
		    { "alight b bus", 15, NO_ENTRY, 0 } },
	  .count = 3 },
	{ .what = "trains go through to the one line and not to the other",
	  .through = true,
	  .told = { { "enter a jr", 0, COUNTS, 0 }, { "exit b minami", 20, NO_ENTRY, 0 } },
	  .count = 2,
	  .inside = "rail jr at-a 0 told" },
	{ .what = "off one bus and on another in the same minute",
	  .told = { { "board b bus", 0, COUNTS, 0 },
		    { "alight d bus", 10, COUNTS, 1 },
		    { "board c bus", 10, COUNTS, 0 },
		    { "alight c bus", 12, COUNTS, 3 } },
	  .count = 4 },
	{ .what = "a sailing has two places for this ticket",
	  .room = 2,
	  .riders = 3,
	  .told = { { "sail a ship seats=1", 10, COUNTS, 0 },
		    { "sail a ship seats=2", 20, OFFLINE_full, 0 },
		    { "sail b ship seats=1", 30, COUNTS, 0 },
		    { "sail b ship seats=1", 40, OFFLINE_full, 0 },
		    { "sail b boat seats=2", 50, COUNTS, 0 },
		    { "sail b ship", 60, COUNTS, 0 } },
	  .count = 6 },
	{ .what = "what is displaced gives its place to the next",
	  .room = 1,
	  .uses = 1,
	  .told = { { "sail a ship seats=1", 10, COUNTS, 0 },
		    { "sail b boat seats=1", 20, OFFLINE_used_up, 0 },
		    { "sail b ship seats=1", 30, OFFLINE_full, 0 } },
	  .count = 3 },
	{ .what = "a static ticket earns an operator so much a day and no more",
	  .cap = 420,
	  .told = { { "redeem a bath", 0, COUNTS, 0 },
		    { "redeem b bath", 10, COUNTS, 0 },
		    { "redeem b bath fare=1", HOURS(15) - 1, CAPPED, 0 },
		    { "redeem a bath", HOURS(15), COUNTS, 0 },
		    { "redeem s shop fare=420", 30, COUNTS, 0 },
		    { "redeem a bath fare=0", 40, COUNTS, 0 } },
	  .count = 6 },
	{ .what = "and the day before is another",
	  .cap = 210,
	  .told = { { "redeem a bath", HOURS(-9) - 1, COUNTS, 0 },
		    { "redeem a bath", HOURS(-9), COUNTS, 0 },
		    { "redeem a bath fare=1", HOURS(-9) + 1, CAPPED, 0 } },
	  .count = 3 },
	{ .what = "one yen too much, and what is cheaper still has room",
	  .cap = 419,
	  .told = { { "redeem a bath", 0, COUNTS, 0 },
		    { "redeem a bath", 10, CAPPED, 0 },
		    { "redeem a bath fare=209", 20, COUNTS, 0 },
		    { "redeem s shop fare=420", 30, CAPPED, 0 } },
	  .count = 4 },
	{ .what = "within one skew bound the first in the order earns",
	  .cap = 210,
	  .told = { { "redeem b bath", 1, CAPPED, 0 }, { "redeem a bath", 4, COUNTS, 0 } },
	  .count = 2 },
	{ .what = "a phone's ticket is not bounded",
	  .cap = 210,
	  .dynamic = true,
	  .told = { { "redeem a bath", 0, COUNTS, 0 },
		    { "redeem a bath", 10, COUNTS, 0 },
		    { "enter a kita fare=900", 20, COUNTS, 0 },
		    { "exit a kita", 80, COUNTS, 3 } },
	  .count = 4 },
	{ .what = "what is contested for that is no use; used up comes first",
	  .cap = 210,
	  .uses = 2,
	  .told = { { "redeem a bath", 0, COUNTS, 0 },
		    { "redeem a bath", 10, CAPPED, 0 },
		    { "redeem s shop", 20, COUNTS, 0 },
		    { "redeem a bath", 30, OFFLINE_used_up, 0 } },
	  .count = 4 },
	{ .what = "rail: an entry takes the base fare, the exit what is above it",
	  .cap = 420,
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "exit b kita", 30, COUNTS, 1 },
		    { "enter a kita", 40, CAPPED, 0 },
		    { "exit b kita", 50, OFFLINE_ride_contested, 0 },
		    { "redeem s kita fare=120", 60, COUNTS, 0 },
		    { "redeem s kita fare=1", 70, CAPPED, 0 } },
	  .count = 6 },
	{ .what = "an exit that is too much lets go; a short ride takes no less than its entry",
	  .cap = 299,
	  .told = { { "enter a kita", 0, COUNTS, 0 },
		    { "exit b kita", 30, CAPPED, 1 },
		    { "enter a kita fare=89", 40, COUNTS, 0 },
		    { "exit b kita", 41, COUNTS, 3 },
		    { "enter a kita fare=1", 50, CAPPED, 0 } },
	  .count = 5 },
	{ .what = "short rides, after an entry of the day before",
	  .cap = 420,
	  .told = { { "enter a kita", HOURS(-10), COUNTS, 0 },
		    { "enter a kita", 0, COUNTS, 0 },
		    { "exit a kita", 21, COUNTS, 2 },
		    { "enter a kita", 30, COUNTS, 0 },
		    { "exit a kita", 40, COUNTS, 4 },
		    { "enter a kita", 50, CAPPED, 0 } },
	  .count = 6 },
	{ .what = "a bus: an alighting adds to its boarding",
	  .cap = 420,
	  .told = { { "board a bus", 0, COUNTS, 0 },
		    { "alight a bus", 21, COUNTS, 1 },
		    { "board a bus fare=1", 30, CAPPED, 0 } },
	  .count = 3 },
	{ .what = "and may be too much",
	  .cap = 419,
	  .told = { { "board a bus", 0, COUNTS, 0 },
		    { "alight a bus", 21, CAPPED, 1 },
		    { "board a bus fare=209", 30, COUNTS, 0 } },
	  .count = 3,
	  .inside = "bus bus at-a 30 told" },
	{ .what = "through: each line its own part, and its own bound",
	  .cap = 300,
	  .through = true,
	  .told = { { "enter a jr", 0, COUNTS, 0 },
		    { "exit b kita", 30, COUNTS, 1 },
		    { "redeem s jr fare=1", 40, CAPPED, 0 },
		    { "redeem s kita fare=1", 50, CAPPED, 0 },
		    { "redeem s shop", 60, COUNTS, 0 } },
	  .count = 5 },
	{ .what = "through: too much for the line where it began",
	  .cap = 300,
	  .through = true,
	  .told = { { "redeem s jr fare=1", -20, COUNTS, 0 },
		    { "enter a jr", 0, COUNTS, 0 },
		    { "exit b kita", 30, CAPPED, 2 },
		    { "redeem s jr fare=89", 40, COUNTS, 0 },
		    { "redeem s kita fare=300", 50, COUNTS, 0 } },
	  .count = 5 },
	{ .what = "through: too much for the line where it ended",
	  .cap = 300,
	  .through = true,
	  .told = { { "redeem s kita fare=1", -20, COUNTS, 0 },
		    { "enter a jr", 0, COUNTS, 0 },
		    { "exit b kita", 30, CAPPED, 2 } },
	  .count = 3 },
	{ .what = "online rides take nothing; the exit that was told takes all of its ride",
	  .cap = 300,
	  .online = { { "rail kita", -90, -60 }, { "rail kita", 0, 0 } },
	  .told = { { "redeem s kita fare=1", -20, COUNTS, 0 },
		    { "exit c kita", 30, CAPPED, ONLINE },
		    { "redeem s kita fare=299", 40, COUNTS, 0 } },
	  .count = 3 },
	{ .what = "and no more than that",
	  .cap = 300,
	  .online = { { "rail kita", 0, 0 } },
	  .told = { { "exit c kita", 30, COUNTS, ONLINE },
		    { "redeem s kita fare=1", 40, CAPPED, 0 } },
	  .count = 2 },
	{ .what = "what an entry took is the day's on which it was",
	  .cap = 210,
	  .told = { { "enter a kita", HOURS(15) - 10, COUNTS, 0 },
		    { "exit b kita", HOURS(15) + 10, COUNTS, 1 },
		    { "redeem s kita fare=10", HOURS(15) + 20, COUNTS, 0 },
		    { "redeem s kita fare=1", HOURS(15) + 30, CAPPED, 0 } },
	  .count = 4 },
};

static void test_every_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stories); i++) {
		uint8_t order[TOLD_MAX] = { 0, 1, 2, 3, 4, 5 };

		print_message("%s\n", stories[i].what);
		permute(&stories[i], order, stories[i].count);
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

enum { RANDOM_USES = 24 };

static void tell_shuffled(struct town *town, const struct story *story, const struct told *told,
			  uint64_t *seed)
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
		tell_use(town, story, use_told(&told[order[i]], order[i]));
}

/* What counts, as the facts tell of it. */
static yen earned(const struct town *town, const char *operator_id, day_t day)
{
	yen sum = 0;

	for (size_t i = 0; i < town->uses.count; i++) {
		const struct offline_use *use = &town->uses.uses[i];
		yen fare = use->leaving		      ? use->deemed_fare_yen
			   : use->mode == MODE_rail ? 0
						      : use->fare_yen;

		if (use->online || use->standing != COUNTS || service_day_at(use->at, 180) != day)
			continue;
		if (strcmp(use->operator_id, operator_id) == 0)
			sum += fare;
		if (strcmp(use->through_operator_id, operator_id) == 0)
			sum += use->through_fare_yen;
	}
	return sum;
}

static void check_bound(const struct town *town, const struct story *story)
{
	static const char *const operators[] = { "kita", "jr", "bus", "shop", "ship" };

	for (size_t i = 0; story->cap != 0 && i < COUNT_OF(operators); i++)
		if (earned(town, operators[i], service_day_at(NOON, 180)) > story->cap)
			fail_msg("%s earns more than %lld", operators[i], (long long)story->cap);
}

/* Two orders of the same, many times over: the same list, the same ticket; nobody is inside twice,
 * and no showing lets in more than its ticket carries. */
static void test_random_orders(void **state)
{
	static const char *const words[] = {
		"enter a kita",		"enter b kita",		"exit a kita",
		"exit b kita",		"exit b jr",		"enter b jr",
		"board c bus",		"alight c bus",		"redeem s shop",
		"enter a kita proof=1", "exit a kita proof=1",	"redeem s shop proof=2",
		"redeem t shop proof=2", "release a kita",	"sail p ship seats=1",
	};
	struct town *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	struct told told[RANDOM_USES];
	uint64_t seed = 20261124;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct story story = { .uses = (uint16_t)(next_random(&seed) % 12),
				       .stay_max_min = (uint16_t)(next_random(&seed) % 200),
				       .passback_s = (uint16_t)(next_random(&seed) % 400),
				       .room = (uint16_t)(next_random(&seed) % 3),
				       .riders = (uint8_t)(1 + next_random(&seed) % 3),
				       .through = next_random(&seed) % 2 == 0,
				       .cap = (yen)(next_random(&seed) % 2500 * (round % 2)),
				       .online = { { "rail kita", 30, 50 },
						   { "rail jr", 300, 0 },
						   { "shown s", 2, 0 } } };

		for (size_t i = 0; i < RANDOM_USES; i++)
			told[i] = (struct told){ words[next_random(&seed) % COUNT_OF(words)],
						 .at = (int)(next_random(&seed) % 400) };
		begin(a, &story);
		begin(b, &story);
		tell_shuffled(a, &story, told, &seed);
		tell_shuffled(b, &story, told, &seed);
		assert_same_use(&a->use, &b->use);
		assert_int_equal(a->uses.count, b->uses.count);
		check_bound(a, &story);
		for (size_t i = 0; i < a->uses.count; i++)
			assert_memory_equal(&a->uses.uses[i], &b->uses.uses[i],
					    sizeof(a->uses.uses[i]));
	}
	free(a);
	free(b);
}

/* Told first, and then shown online: the gates that ask know of it. */
static void test_online_knows_what_was_told(void **state)
{
	static const struct told first = { "redeem a bath proof=1", 1, COUNTS, 0 };
	static const struct told second = { "redeem a bath proof=1", 2, COPY, 0 };
	struct story story = { .riders = 2 };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&first, 0));
	assert_string_equal(proofs_of(&town->use), "a:0+1");
	do_online(&town->use, &(struct online){ "shown a", 1, 0 });
	assert_string_equal(proofs_of(&town->use), "a:1+1");
	tell_use(town, &story, use_told(&second, 1)); /* Two have passed. */
	assert_int_equal(found(town, 1)->standing, COPY);
	assert_string_equal(proofs_of(&town->use), "a:1+1");
	free(town);
}

/* What was told began a ride, an online gate ended it, and then more is told. */
static void test_told_and_ended_online(void **state)
{
	static const struct told enter = { "enter a kita", 0, COUNTS, 0 };
	static const struct told between = { "exit b kita", 10, NO_ENTRY, 0 };
	static const struct told again = { "enter b kita", 25, INSIDE, 0 };
	static const struct told after = { "enter b kita", 40, COUNTS, 0 };
	struct use_ride ride = { MIN(0), MIN(30), MODE_rail, true };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&enter, 0));
	check_text("inside", "rail kita at-a 0 told", inside_of(&town->use));
	mode_ride_note(&town->use, &ride);
	town->use.inside = town->use.inside_told = false;
	town->use.last_at = MIN(30);
	tell_use(town, &story, use_told(&between, 1));
	assert_int_equal(found(town, 0)->standing, COUNTS);
	assert_int_equal(found(town, 1)->standing, NO_ENTRY);
	check_text("inside", NULL, inside_of(&town->use));
	tell_use(town, &story, use_told(&again, 2));
	assert_int_equal(found(town, 2)->standing, INSIDE);
	tell_use(town, &story, use_told(&after, 3));
	assert_int_equal(found(town, 3)->standing, COUNTS);
	check_text("inside", "rail kita at-b 40 told", inside_of(&town->use));
	free(town);
}

/* Two exits of one ride, the earlier told last: the online ride is ended by the earlier one. */
static void test_an_exit_displaced(void **state)
{
	static const struct told late = { "exit c kita", 30, COUNTS, 0 };
	static const struct told early = { "exit b kita", 20, COUNTS, 0 };
	struct story story = { .online = { { "rail kita", 0, 0 } } };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&late, 0));
	assert_int_equal(found(town, 0)->standing, COUNTS);
	check_text("inside", NULL, inside_of(&town->use));
	tell_use(town, &story, use_told(&early, 1));
	assert_int_equal(found(town, 1)->standing, COUNTS);
	assert_int_equal(found(town, 0)->standing, NO_ENTRY);
	assert_true(offline_begun(&town->uses, found(town, 1))->online);
	assert_null(offline_begun(&town->uses, found(town, 0)));
	free(town);
}

/* A fare belongs to the ride that it was reckoned for. */
static void test_prices(void **state)
{
	static const struct told enter = { "enter a kita", 0, COUNTS, 0 };
	static const struct told closer = { "enter b kita", 10, INSIDE, 0 };
	static const struct told earlier = { "exit b kita", 20, COUNTS, 0 };
	static const struct told leave = { "exit c kita", 30, COUNTS, 0 };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));
	struct offline_use *end;

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&enter, 0));
	tell_use(town, &story, use_told(&leave, 1));
	end = (struct offline_use *)found(town, 1);
	assert_true(id_equal(end->ride_id, found(town, 0)->fact_id));
	assert_true(id_is_zero(end->priced_id));
	end->priced_id = end->ride_id; /* As the upload does. */
	end->deemed_fare_yen = 260;
	end->through_fare_yen = 170;
	strcpy(end->through_operator_id, "jr");
	tell_use(town, &story, use_told(&closer, 2));
	end = (struct offline_use *)found(town, 1);
	assert_int_equal(end->deemed_fare_yen, 260);
	assert_int_equal(end->through_fare_yen, 170);
	assert_string_equal(end->through_operator_id, "jr");
	tell_use(town, &story, use_told(&earlier, 3));
	end = (struct offline_use *)found(town, 1);
	assert_int_equal(end->standing, OFFLINE_ride_contested);
	assert_int_equal(end->deemed_fare_yen, 0);
	assert_int_equal(end->through_fare_yen, 0);
	assert_string_equal(end->through_operator_id, "");
	assert_true(id_is_zero(end->priced_id));
	free(town);
}

/* The stop before the one of boarding, for the ride that it was asked of. */
static void test_backwards(void **state)
{
	static const struct told board = { "board a bus", 0, COUNTS, 0 };
	static const struct told alight = { "alight a bus", 10, OFFLINE_wrong_order, 0 };
	static const struct told after = { "board a bus", 5, COUNTS, 0 };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));
	struct offline_use told = use_told(&alight, 1);

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&board, 0));
	told.backwards = true;
	told.priced_id = found(town, 0)->fact_id;
	tell_use(town, &story, told);
	assert_int_equal(found(town, 1)->standing, OFFLINE_wrong_order);
	assert_int_equal(offline_verdicts[OFFLINE_wrong_order], SCAN_WRONG_ORDER);
	assert_false(town->use.inside); /* It let go all the same. */
	tell_use(town, &story, use_told(&after, 2));
	assert_int_equal(found(town, 1)->standing, COUNTS);
	assert_false(found(town, 1)->backwards);
	free(town);
}

/* Where all count and there is no room, a ride leaves with its exit, and is known as one that is
 * over; so is its showing. */
static void test_a_ride_leaves(void **state)
{
	static const struct told enter = { "enter a kita proof=0", 0, COUNTS, 0 };
	static const struct told leave = { "exit b kita", 20, COUNTS, 0 };
	static const struct told inside = { "enter c kita", 10, INSIDE, 0 };
	static const struct told copy = { "redeem z bath proof=0", 21, COPY, 0 };
	struct told more = { "redeem s shop", 0, COUNTS, 0 };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&enter, 0));
	tell_use(town, &story, use_told(&leave, 1));
	for (uint8_t i = 0; i < OFFLINE_USE_COUNT_MAX - 1; i++) {
		more.at = 30 + i;
		tell_use(town, &story, use_told(&more, 2 + i));
	}
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX - 1);
	assert_int_equal(town->uses.uses[0].scan_id.bytes[15], 2);
	assert_int_equal(town->use.uses, OFFLINE_USE_COUNT_MAX);
	tell_use(town, &story, use_told(&inside, 100));
	assert_int_equal(found(town, 100)->standing, INSIDE);
	more.at = 200;
	tell_use(town, &story, use_told(&copy, 101));
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX);
	assert_int_equal(found(town, 2)->standing, COUNTS);
	for (size_t i = 0; i < town->uses.count; i++)
		assert_int_not_equal(town->uses.uses[i].scan_id.bytes[15], 101);
	assert_int_equal(town->use.uses, OFFLINE_USE_COUNT_MAX);
	free(town);
}

/* So many showings that the first are forgotten: a copy of one of these is not good again, not once
 * and not fifty times. One that is new, and late, is. */
static void test_forgotten_showings(void **state)
{
	enum { MANY = OFFLINE_USE_COUNT_MAX + OFFLINE_SHOWN_COUNT_MAX + 16 };
	struct story story = { .what = "many showings" };
	struct town *town = calloc(1, sizeof(*town));
	char what[48];
	uint16_t uses;

	(void)state;
	begin(town, &story);
	for (int i = 0; i < MANY; i++) {
		snprintf(what, sizeof(what), "redeem a bath proof=%d", 10 * i);
		tell_use(town, &story, use_told(&(struct told){ what, 10 * i, COUNTS, 0 }, i));
	}
	uses = town->use.uses;
	assert_int_equal(uses, MANY);
	for (int again = 0; again < 3; again++)
		for (int i = 0; i < MANY; i++) {
			snprintf(what, sizeof(what), "redeem a bath proof=%d", 10 * i);
			tell_use(town, &story,
				 use_told(&(struct told){ what, 10 * i + 1, COPY, 0 }, 200));
			if (town->use.uses != uses)
				fail_msg("a copy of the showing of minute %d counts", 10 * i);
		}
	tell_use(town, &story,
		 use_told(&(struct told){ "redeem b bath proof=1100", 1100, COUNTS, 0 }, 201));
	assert_int_equal(found(town, 201)->standing, COUNTS);
	free(town);
}

/* What has left the list still bounds its day, and closes the days before it. */
static void test_left_and_bounded(void **state)
{
	enum { MANY = OFFLINE_USE_COUNT_MAX - 1 };
	static const struct told enter = { "enter a shop", -60, COUNTS, 0 };
	static const struct told leave = { "exit a shop", -30, COUNTS, 0 };
	static const struct told same_day = { "redeem s shop fare=1", 400, CAPPED, 0 };
	static const struct told before = { "redeem s shop fare=1", HOURS(-9) - 1, CAPPED, 0 };
	static const struct told free_of_charge = { "redeem s shop fare=0", HOURS(-20), COUNTS, 0 };
	static const struct told after = { "redeem s shop fare=300", HOURS(15), COUNTS, 0 };
	struct story story = { .cap = 300 + 210 * MANY };
	struct town *town = calloc(1, sizeof(*town));
	struct told more = { "redeem s shop", 0, COUNTS, 0 };

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&enter, 100));
	tell_use(town, &story, use_told(&leave, 101));
	for (uint8_t i = 0; i < MANY; i++) {
		more.at = 5 * i;
		tell_use(town, &story, use_told(&more, i));
	}
	assert_int_equal(town->uses.count, MANY); /* In and out have left. */
	assert_int_equal(town->uses.gone_yen, 300);
	assert_int_equal(town->uses.gone_day, service_day_at(NOON, 180));
	assert_int_equal(town->use.uses, 1 + MANY);
	tell_use(town, &story, use_told(&same_day, 102));
	assert_int_equal(found(town, 102)->standing, CAPPED);
	tell_use(town, &story, use_told(&before, 103));
	assert_int_equal(town->use.uses, 1 + MANY);
	tell_use(town, &story, use_told(&after, 104));
	assert_int_equal(found(town, 104)->standing, COUNTS);
	assert_int_equal(town->use.uses, 2 + MANY);
	more.at = HOURS(15) + 10;
	tell_use(town, &story, use_told(&more, 105)); /* The first of the day before leaves. */
	assert_int_equal(town->uses.gone_yen, 300 + 210);
	tell_use(town, &story, use_told(&free_of_charge, 106));
	assert_int_equal(town->use.uses, 4 + MANY);
	assert_int_equal(town->uses.gone_yen, 300 + 210);
	offline_drop(&town->uses, 1);
	assert_int_equal(town->uses.gone_day, service_day_at(NOON, 180) + 1);
	assert_int_equal(town->uses.gone_yen, 300);
	town->uses.gone_day++; /* At a day's end the order may have a later day first. */
	offline_drop(&town->uses, 0);
	assert_int_equal(town->uses.gone_yen, 300);
	free(town);
}

/* Of online rides and showings the newest are known, once each. */
static void test_memory(void **state)
{
	static const struct told told = { "redeem s shop", 0, COUNTS, 0 };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	for (int i = 1; i <= 3 * OFFLINE_RIDE_COUNT_MAX; i++) {
		do_online(&town->use, &(struct online){ "rail kita", 10 * i, 10 * i + 5 });
		do_online(&town->use, &(struct online){ "shown a", i, 0 });
		tell_use(town, &story, use_told(&told, 0));
		town->uses.count = 0;
		town->use.uses = 0;
		assert_int_equal(town->uses.ride_count,
				 i < OFFLINE_RIDE_COUNT_MAX ? i : OFFLINE_RIDE_COUNT_MAX);
		assert_int_equal(town->uses.shown_count,
				 i < OFFLINE_SHOWN_COUNT_MAX ? i : OFFLINE_SHOWN_COUNT_MAX);
		assert_int_equal(town->uses.rides[town->uses.ride_count - 1].since, MIN(10 * i));
		assert_int_equal(town->uses.shown[0].at, MIN(i));
		assert_int_equal(town->use.proof_count,
				 i < USE_PROOF_COUNT_MAX ? i : USE_PROOF_COUNT_MAX);
		assert_int_equal(town->use.proofs[0].at, MIN(i));
	}
	assert_int_equal(town->uses.rides[0].since,
			 MIN(10 * (2 * OFFLINE_RIDE_COUNT_MAX + 1)));
	for (int i = 1; i < OFFLINE_RIDE_COUNT_MAX; i++)
		assert_true(town->uses.rides[i - 1].until < town->uses.rides[i].until);
	for (int i = 1; i < OFFLINE_SHOWN_COUNT_MAX; i++)
		assert_true(town->uses.shown[i - 1].at > town->uses.shown[i].at);
	free(town);
}

/* Two rides that online scans left open, one after the other, each ended by what was told. */
static void test_two_open_rides(void **state)
{
	static const struct told first = { "exit c kita", 10, COUNTS, 0 };
	static const struct told second = { "exit c kita", 40, COUNTS, 0 };
	static const struct told same = { "redeem s shop", 30, COUNTS, 0 };
	struct story story = { .online = { { "rail kita", 0, 0 } } };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&first, 0));
	tell_use(town, &story, use_told(&same, 1));
	do_online(&town->use, &(struct online){ "rail kita", 30, 0 });
	tell_use(town, &story, use_told(&second, 2));
	assert_int_equal(found(town, 0)->standing, COUNTS);
	assert_int_equal(found(town, 2)->standing, COUNTS);
	assert_int_equal(offline_begun(&town->uses, found(town, 0))->at, MIN(0));
	assert_int_equal(offline_begun(&town->uses, found(town, 2))->at, MIN(30));
	assert_int_equal(town->uses.count, 5);
	assert_false(town->use.inside);
	free(town);
}

/* Rides that are told of by the ticket's record in whatever order stand in the order of their ends,
 * each once. */
static void test_rides_in_order(void **state)
{
	static const int rides[][2] = { { 50, 60 }, { 10, 20 }, { 30, 40 }, { 30, 45 },
					{ 10, 20 }, { 35, 45 }, { 10, 20 } };
	static const int want[][2] = { { 10, 20 }, { 30, 40 }, { 30, 45 }, { 35, 45 }, { 50, 60 } };
	static const struct told told = { "redeem s shop", 0, COUNTS, 0 };
	struct story story = { 0 };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	for (size_t i = 0; i < COUNT_OF(rides); i++)
		do_online(&town->use, &(struct online){ "rail kita", rides[i][0], rides[i][1] });
	tell_use(town, &story, use_told(&told, 0));
	assert_int_equal(town->uses.ride_count, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_int_equal(town->uses.rides[i].since, MIN(want[i][0]));
		assert_int_equal(town->uses.rides[i].until, MIN(want[i][1]));
	}
	/* Without room the first gives way, and one that ended before it is not taken. */
	for (int i = 0; i < OFFLINE_RIDE_COUNT_MAX; i++) {
		do_online(&town->use, &(struct online){ "rail kita", 100 + 10 * i, 105 + 10 * i });
		if (i % USE_RIDE_COUNT_MAX == USE_RIDE_COUNT_MAX - 1)
			tell_use(town, &story, use_told(&told, (uint8_t)(1 + i)));
	}
	assert_int_equal(town->uses.ride_count, OFFLINE_RIDE_COUNT_MAX);
	assert_int_equal(town->uses.rides[0].since, MIN(100));
	do_online(&town->use, &(struct online){ "rail kita", 1, 2 });
	do_online(&town->use, &(struct online){ "rail kita", 106, 108 });
	tell_use(town, &story, use_told(&told, 200));
	assert_int_equal(town->uses.rides[0].since, MIN(106));
	assert_int_equal(town->uses.rides[1].since, MIN(110));
	assert_int_equal(town->uses.rides[OFFLINE_RIDE_COUNT_MAX - 1].since,
			 MIN(100 + 10 * (OFFLINE_RIDE_COUNT_MAX - 1)));
	free(town);
}

/* Who leaves takes no other's exit along, and its showing is added to what was shown. */
static void test_one_leaves(void **state)
{
	static const struct told first = { "redeem a bath proof=0", 0, COUNTS, 0 };
	static const struct told enter = { "enter a kita", 1, COUNTS, 0 };
	static const struct told leave = { "exit b kita", 20, COUNTS, 2 };
	static const struct told third = { "redeem a bath proof=0", 1, COUNTS, 0 };
	static const struct told fourth = { "redeem a bath proof=0", 2, COPY, 0 };
	struct told more = { "redeem s shop", 0, COUNTS, 0 };
	struct story story = { .riders = 3, .online = { { "shown a", 0, 0 } } };
	struct town *town = calloc(1, sizeof(*town));

	(void)state;
	begin(town, &story);
	tell_use(town, &story, use_told(&first, 0));
	tell_use(town, &story, use_told(&enter, 1));
	tell_use(town, &story, use_told(&leave, 2));
	for (uint8_t i = 0; i < OFFLINE_USE_COUNT_MAX - 2; i++) {
		more.at = 30 + i;
		tell_use(town, &story, use_told(&more, 3 + i));
	}
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX);
	assert_int_equal(found(town, 1)->standing, COUNTS);
	assert_int_equal(found(town, 2)->standing, COUNTS);
	assert_int_equal(town->uses.shown[0].riders, 1);
	assert_int_equal(town->uses.shown[0].told, 1);
	tell_use(town, &story, use_told(&third, 100));
	assert_int_equal(found(town, 100)->standing, COUNTS);
	assert_int_equal(town->uses.count, OFFLINE_USE_COUNT_MAX - 1); /* In and out have left. */
	assert_int_equal(town->uses.uses[0].scan_id.bytes[15], 100);
	tell_use(town, &story, use_told(&fourth, 101));
	assert_int_equal(found(town, 101)->standing, COPY);
	free(town);
}

static void fill(char *text, size_t size)
{
	memset(text, 'a', size);
	text[size] = '\0';
}

/* As long as names may be, and as large as numbers. */
static void lengthen(struct offline_use *use)
{
	fill(use->gate_id, ID_SIZE - 1);
	fill(use->operator_id, ID_SIZE - 1);
	fill(use->service_id, ID_SIZE - 1);
	fill(use->through_operator_id, ID_SIZE - 1);
	fill(use->stop, STOP_ID_SIZE - 1);
	fill(use->route, STOP_ID_SIZE - 1);
	memset(&use->proof, 0xff, sizeof(use->proof));
	memset(&use->priced_id, 0xff, sizeof(use->priced_id));
	use->uploaded_at = use->proof_at = use->at;
	use->riders = use->seats = UINT8_MAX;
	use->leaving = use->released = use->backwards = true;
	use->bundle = use->deemed_fare_yen = use->fare_yen = use->through_fare_yen = JSON_INT_MAX;
}

static void check_record(const struct offline_uses *list)
{
	static uint8_t bytes[STORE_VALUE_SIZE_MAX];
	struct offline_uses *read = calloc(1, sizeof(*read));
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	shape_to_cbor(&to, &offline_uses_shape, list);
	assert_false(to.failed);
	assert_true(shape_from_cbor(read, &offline_uses_shape, slice_of(bytes, to.used)));
	assert_memory_equal(read, list, sizeof(*list));
	free(read);
}

/* Whatever its names, a list fits its record and is read as it was; of usual names, whole. */
static void test_record(void **state)
{
	static const struct told told = { "exit hakata-ekimae fukuoka-city-subway", 0, COUNTS, 0 };
	struct offline_uses *list = calloc(1, sizeof(*list));
	struct use_proof proof = { .riders = 9 };

	(void)state;
	assert_int_equal(OFFLINE_RECORD_SIZE_MAX, STORE_VALUE_SIZE_MAX);
	for (unsigned longest = 0; longest < 2; longest++) {
		memset(list, 0, sizeof(*list));
		for (uint8_t i = 0; i < OFFLINE_ROOM; i++) {
			struct offline_use use = use_told(&told, i);

			use.at += i * MINUTE_MS;
			use.bundle = 1795489200;
			use.priced_id = use.fact_id;
			use.deemed_fare_yen = 260;
			if (longest)
				lengthen(&use);
			(void)offline_add(list, &use);
		}
		for (uint8_t i = 0; i < OFFLINE_RIDE_COUNT_MAX; i++)
			list->rides[i] = (struct use_ride){ MIN(i), MIN(i + 1), MODE_venue, true };
		list->ride_count = OFFLINE_RIDE_COUNT_MAX;
		for (uint8_t i = 0; i < OFFLINE_SHOWN_COUNT_MAX; i++) {
			proof.id.bytes[0] = 1 + i;
			proof.at = MIN(100 - i);
			fill(proof.gate, longest ? ID_SIZE - 1 : 12);
			list->shown[i] = proof;
		}
		list->shown_count = OFFLINE_SHOWN_COUNT_MAX;
		list->gone_day = service_day_at(NOON, 180);
		list->gone_yen = JSON_INT_MAX;
		offline_fit(list);
		memset(&list->uses[list->count], 0,
		       (OFFLINE_ROOM - list->count) * sizeof(list->uses[0]));
		assert_true(longest ? list->count >= 20 : list->count == OFFLINE_USE_COUNT_MAX);
		check_record(list);
	}
	free(list);
}

/* A ticket that rode and was shown as often as is remembered still has its record. */
static void test_use_record(void **state)
{
	static uint8_t bytes[4096];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct use use = { .inside_told = true }, read;

	(void)state;
	for (int i = 1; i <= 20; i++) {
		do_online(&use, &(struct online){ "rail kita", 10 * i, 10 * i + 5 });
		do_online(&use, &(struct online){ "shown gate", i, 0 });
	}
	shape_to_cbor(&to, &use_shape, &use);
	assert_false(to.failed);
	assert_true(shape_from_cbor(&read, &use_shape, slice_of(bytes, to.used)));
	assert_same_use(&read, &use);
	assert_int_equal(read.ride_count, USE_RIDE_COUNT_MAX);
	assert_int_equal(read.rides[0].since, MIN(50));
	assert_int_equal(read.proof_count, USE_PROOF_COUNT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_order),
		cmocka_unit_test(test_random_orders),
		cmocka_unit_test(test_online_knows_what_was_told),
		cmocka_unit_test(test_told_and_ended_online),
		cmocka_unit_test(test_an_exit_displaced),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_a_ride_leaves),
		cmocka_unit_test(test_left_and_bounded),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_forgotten_showings),
		cmocka_unit_test(test_two_open_rides),
		cmocka_unit_test(test_rides_in_order),
		cmocka_unit_test(test_one_leaves),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_use_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
