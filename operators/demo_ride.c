/* operators/demo_ride.c - three days on rail, buses, ships and a plane. Without it no gate would
 * ever have been asked.
 */
#include "operators/demo_inside.h"

#include <stdio.h>

enum { RIDE_MIN = 25, PASS_SIZE = 64 };

static void make_scan_id(struct demo *d, char out[UUID_TEXT_SIZE])
{
	uint8_t random[10];

	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)demo_random(d, 256);
	uuid_encode(out, uuid7_make(d->now, random));
}

static int verdict_of(const char *name)
{
	for (int i = 0; i < SCAN_VERDICT_COUNT; i++)
		if (text_equal(scan_verdict_names[i], name))
			return i;
	return -1;
}

static const char *scan_once(struct demo *d, const struct demo_scanned *scanned)
{
	const struct demo_gate *gate = &d->gates[scanned->gate];
	char id[UUID_TEXT_SIZE], at[TIME_TEXT_SIZE];
	const struct json *answer;
	struct json_out *out = demo_body(d);
	int got;

	make_scan_id(d, id);
	time_encode(at, d->now);
	json_put_text(out, "scan_id", slice_text(id));
	json_put_text(out, "qr", slice_text(scanned->code));
	json_put_text(out, "at", slice_text(at));
	json_put_text(out, "kind", slice_text(scan_kind_names[scanned->kind]));
	if (gate->is.stop[0] == '\0' && scanned->stop[0] != '\0')
		json_put_text(out, "stop", slice_text(scanned->stop));
	if (scanned->service[0] != '\0')
		json_put_text(out, "service", slice_text(scanned->service));
	json_put_int(out, "riders", scanned->riders);
	answer = demo_post(d, gate->token, 200, "/v1/scans");
	if (answer == NULL)
		return "";
	got = verdict_of(demo_text(answer, "verdict"));
	if (got < 0)
		return demo_fail(d, "POST /v1/scans: an unknown verdict"), "";
	d->tally[gate->is.mode][got].scans++;
	d->tally[gate->is.mode][got].riders += scanned->riders;
	return scan_verdict_names[got];
}

const char *demo_scan(struct demo *d, const struct demo_scanned *scanned,
		      enum scan_verdict expected)
{
	const char *got = scan_once(d, scanned);

	if (!d->failed && !text_equal(got, scan_verdict_names[expected])) {
		d->unexpected++;
		demo_line(d, "   UNEXPECTED  %s at %s (%s): %s, not %s",
			  scan_kind_names[scanned->kind], d->gates[scanned->gate].is.name,
			  d->gates[scanned->gate].is.gate_id, got, scan_verdict_names[expected]);
	}
	return got;
}

void demo_add_leg(struct demo_ticket *t, int who, unsigned boardings, yen deemed_yen)
{
	size_t i = 0;

	while (i < t->leg_count && t->legs[i].who != who)
		i++;
	MUST(i < DEMO_LEG_MAX);
	if (i == t->leg_count)
		t->legs[t->leg_count++] = (struct demo_leg){ .who = who };
	t->legs[i].weight.boardings += boardings;
	t->legs[i].weight.riders += boardings * t->riders;
	t->legs[i].weight.deemed_fare_yen += (uint64_t)deemed_yen * t->riders;
	t->used = true;
}

/* An airline's boarding pass for the flight of that day (IATA BCBP, 60 characters, one leg). */
static void boarding_pass(char out[PASS_SIZE], const struct demo *d, const struct demo_ticket *t)
{
	day_t day = day_at(d->now), new_year = day_of_civil((struct civil){ 2026, 1, 1 });

	snprintf(out, PASS_SIZE, "M1%-20sE%-7sNGSFUJOC 0075 %03dY%03uA%04u 100", "DEMO/TRAVELLER",
		 t->pnr, (int)(day - new_year + 1) % 1000, (unsigned)(t - d->tickets) % 100,
		 (unsigned)(t - d->tickets) % 10000);
}

static enum scan_kind kind_on(uint8_t mode)
{
	return mode == MODE_rail  ? SCAN_KIND_enter
	       : mode == MODE_bus ? SCAN_KIND_board
				  : SCAN_KIND_check_in;
}

void demo_get_on(struct demo *d, struct demo_ticket *t, int index, const char *service)
{
	const struct demo_way *way = &d->ways[index];
	char pass[PASS_SIZE];
	struct demo_scanned scanned = { .code = t->code,
					.gate = way->gate_on,
					.kind = kind_on(way->mode),
					.stop = way->from,
					.service = service,
					.riders = t->riders };

	if (way->mode == MODE_air && (t - d->tickets) % 2 == 0) {
		boarding_pass(pass, d, t);
		scanned.code = pass;
		scanned.service = "";
	}
	if (!text_equal(demo_scan(d, &scanned, SCAN_ADMITTED), scan_verdict_names[SCAN_ADMITTED]))
		return;
	demo_add_leg(t, way->who, 1, way->on_yen);
	t->rides++;
	t->last_gate = way->gate_on;
	t->aboard = way->gate_off >= 0 ? index : -1;
}

static void get_off(struct demo *d, struct demo_ticket *t)
{
	const struct demo_way *way = &d->ways[t->aboard];
	struct demo_scanned scanned = { .code = t->code,
					.gate = way->gate_off,
					.stop = way->to,
					.kind = way->mode == MODE_rail ? SCAN_KIND_exit
								       : SCAN_KIND_alight,
					.service = way->mode == MODE_bus ? way->route : "",
					.riders = t->riders };

	t->aboard = -1;
	if (text_equal(demo_scan(d, &scanned, SCAN_ADMITTED), scan_verdict_names[SCAN_ADMITTED]))
		demo_add_leg(t, way->who, 0, way->off_yen);
}

/* --- Who rides where --- */

static bool suits(const struct demo *d, const struct demo_ticket *t, const struct demo_way *way,
		  unsigned slot)
{
	bool feed = d->operators[way->who].feed >= 0, ferry = way->mode == MODE_ferry;

	switch (t->product) {
	case DEMO_BUS_PASS:
		return way->mode == MODE_bus || ferry;
	case DEMO_CITY:
		return way->in_city;
	case DEMO_ISLAND:
		if (slot == 1)
			return way->mode == MODE_bus && feed;
		return ferry && (feed || way == &d->ways[d->small_ferry]);
	default:
		return way->mode == MODE_rail && way->who == d->ways[d->round_rail].who;
	}
}

/* A buses' slot on an island without buses is a ship's. -1: nothing suits. */
static int pick_way(struct demo *d, const struct demo_ticket *t, unsigned slot)
{
	int found[DEMO_WAY_MAX];
	uint32_t count = 0;

	for (size_t i = 0; i < d->way_count; i++)
		if (suits(d, t, &d->ways[i], slot))
			found[count++] = (int)i;
	if (count == 0)
		return t->product == DEMO_ISLAND && slot == 1 ? pick_way(d, t, 0) : -1;
	return found[demo_random(d, count)];
}

static bool rides_now(struct demo *d, const struct demo_ticket *t, unsigned day, unsigned slot)
{
	if (t->part != DEMO_RIDES || t->busy_slot == day * DEMO_SLOT_COUNT + slot + 1)
		return false;
	switch (t->product) {
	case DEMO_BUS_PASS:
		return t->rides == 0 || demo_random(d, 4) > 0;
	case DEMO_CITY:
	case DEMO_ISLAND:
		return day == t->first_day;
	default:
		return slot == 0   ? day != 1
		       : slot == 1 ? day == demo_ferry_day(d, t)
				   : day == demo_flight_day(d, t);
	}
}

static void ride(struct demo *d, struct demo_ticket *t, unsigned day, unsigned slot)
{
	char service[ID_SIZE] = "";
	const char *named = service;
	int way = pick_way(d, t, slot);

	if (t->product == DEMO_ROUND && slot > 0) {
		way = slot == 1 ? d->round_ferry : d->round_air;
		demo_special_id(service, slot == 1 ? "tour" : "oc75", day);
	} else if (way < 0) {
		return;
	} else if (d->ways[way].mode == MODE_bus) {
		named = d->ways[way].route;
	} else if (d->ways[way].sails) {
		demo_service_id(service, way, day, slot);
	}
	demo_get_on(d, t, way, named);
}

static bool ride_slot(struct demo *d, unsigned day, unsigned slot)
{
	char what[32];

	snprintf(what, sizeof(what), "riding, day %u, %02u:00", (day + 1) % 10,
		 slot == 0   ? 8
		 : slot == 1 ? 12
			     : 17);
	if (!demo_clock(d, demo_slot(day, slot)) || !demo_refuse_before(d, day, slot))
		return false;
	for (size_t i = 0; i < d->ticket_count && !d->failed; i++) {
		if (rides_now(d, &d->tickets[i], day, slot))
			ride(d, &d->tickets[i], day, slot);
		demo_progress(d, what, i + 1, 2 * d->ticket_count);
	}
	if (d->failed || !demo_refuse_after(d, day, slot) ||
	    !demo_clock(d, demo_slot(day, slot) + RIDE_MIN * MINUTE_MS))
		return false;
	for (size_t i = 0; i < d->ticket_count && !d->failed; i++) {
		if (d->tickets[i].aboard >= 0)
			get_off(d, &d->tickets[i]);
		demo_progress(d, what, d->ticket_count + i + 1, 2 * d->ticket_count);
	}
	return !d->failed;
}

static void say_day(struct demo *d, unsigned day, const struct demo_tally *before)
{
	uint64_t admitted[MODE_COUNT], all = 0;
	char date[DATE_TEXT_SIZE];

	for (size_t mode = 0; mode < MODE_COUNT; mode++) {
		admitted[mode] = d->tally[mode][SCAN_ADMITTED].scans - before[mode].scans;
		all += admitted[mode];
	}
	date_encode(date, day_at(demo_slot(day, 0)));
	demo_line(d, "   %s  %s scans admitted: rail %s  bus %s  ferry %s  air %s", date,
		  demo_number((int64_t)all, 5), demo_number((int64_t)admitted[MODE_rail], 4),
		  demo_number((int64_t)admitted[MODE_bus], 4),
		  demo_number((int64_t)admitted[MODE_ferry], 4),
		  demo_number((int64_t)admitted[MODE_air], 3));
}

/* A few of the rides, to see that stops and fares are the feeds' own. */
static void say_ways(struct demo *d)
{
	demo_line(d, "   some of the ways, with their fares in yen as the feeds have them:");
	for (size_t f = 0; f < d->feed_count; f++)
		for (size_t i = 0; i < d->way_count; i++) {
			const struct demo_way *way = &d->ways[i];
			yen fare = way->on_yen + way->off_yen;

			if (way->who != d->feeds[f].who || way->from[0] == '\0')
				continue;
			demo_line(d, "   %s  %s → %s %s",
				  demo_left(d->operators[way->who].is.name_ja, 30),
				  demo_left(way->from_name, 28), demo_left(way->to_name, 28),
				  fare == 0 ? demo_right("free", 5) : demo_number(fare, 5));
			break;
		}
	demo_line(d, "%s", "");
}

bool demo_ride(struct demo *d)
{
	demo_head(d, "4 Three days on rail, buses, ships and a plane", "3日間の旅");
	say_ways(d);
	for (unsigned day = 0; day < DEMO_DAY_COUNT; day++) {
		struct demo_tally before[MODE_COUNT];

		for (size_t mode = 0; mode < MODE_COUNT; mode++)
			before[mode] = d->tally[mode][SCAN_ADMITTED];
		for (unsigned slot = 0; slot < DEMO_SLOT_COUNT; slot++)
			if (!ride_slot(d, day, slot))
				return false;
		say_day(d, day, before);
	}
	return true;
}
