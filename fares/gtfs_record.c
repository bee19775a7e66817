/* fares/gtfs_record.c - what was read becomes records under keys. Without it a feed would be read
 * and forgotten.
 */
#include "fares/gtfs_parse.h"

#include <stdio.h>
#include <stdlib.h>

struct making {
	struct gtfs *g;
	struct gtfs_list items;
	const char *feed_id;
	uint16_t version;
};

/* Everything was bounded when it was read. */
static void set(char *out, size_t size, struct slice from)
{
	MUST(text_set(out, size, from));
}

#define SET(member, from) set(member, sizeof(member), from)

/* False: no room in memory, which refuses the feed. *fits false: too large for one record, nothing
 * added. */
static bool add(struct making *m, const char key[GTFS_KEY_SIZE], const struct shape *shape,
		const void *value, bool *fits)
{
	uint8_t room[STORE_VALUE_SIZE_MAX];
	struct writer w = { .data = room, .size = sizeof(room) };
	struct store_item *item;

	shape_to_cbor(&w, shape, value);
	*fits = !w.failed;
	if (w.failed)
		return true;
	if (arena_left(m->g->keep) < 2 * sizeof(room))
		return gtfs_refuse_feed(m->g->report, GTFS_FEED_TOO_LARGE, "the zip", 0, NULL);
	item = gtfs_list_add(m->g, &m->items, sizeof(*item));
	if (item == NULL)
		return false;
	item->key = arena_copy(m->g->keep, slice_text(key));
	item->value = arena_copy(m->g->keep, slice_of(room, w.used));
	return true;
}

static bool add_named(struct making *m, const char *kind, struct slice id,
		      const struct shape *shape, const void *value)
{
	char key[GTFS_KEY_SIZE];
	bool fits;

	gtfs_record_key(key, kind, m->feed_id, m->version, id);
	if (!add(m, key, shape, value, &fits))
		return false;
	MUST(fits);
	return true;
}

static void fill_agency(struct feed_agency *out, const struct gtfs_agency *from)
{
	*out = (struct feed_agency){ 0 };
	SET(out->agency_id, from->id);
	SET(out->name, from->name);
	SET(out->name_en, from->name_en);
	mem_copy(out->corporate_number, from->corporate_number, sizeof(out->corporate_number));
}

static bool add_agencies(struct making *m)
{
	const struct gtfs_agency *agencies = m->g->agencies.items;

	for (uint32_t i = 0; i < m->g->agencies.count; i++) {
		struct feed_agency agency;

		fill_agency(&agency, &agencies[i]);
		if (!add_named(m, "agency", agencies[i].id, &feed_agency_shape, &agency))
			return false;
	}
	return true;
}

static bool add_stops(struct making *m)
{
	const struct gtfs_stop *stops = m->g->stops.items;

	for (uint32_t i = 0; i < m->g->stops.count; i++) {
		const struct gtfs_stop *from = &stops[i];
		struct feed_stop stop = { .lat_e7 = from->lat_e7,
					  .lon_e7 = from->lon_e7,
					  .location_type = from->location_type };

		SET(stop.stop_id, from->id);
		SET(stop.name_ja, from->name);
		SET(stop.name_en, from->name_en);
		SET(stop.name_kana, from->name_kana);
		SET(stop.zone_id, from->zone);
		SET(stop.parent, from->parent);
		if (!add_named(m, "stop", from->id, &feed_stop_shape, &stop))
			return false;
	}
	return true;
}

/* A list too long for one record is cut at its end, and noted. */
static bool add_route_stops(struct making *m, const struct gtfs_route *route)
{
	const struct gtfs_stop *stops = m->g->stops.items;
	struct feed_route_stops list = { .stop_count = (uint16_t)route->stop_count,
					 .one_way = !route->other_ways };
	char key[GTFS_KEY_SIZE];
	bool fits = false;

	SET(list.route_id, route->id);
	for (uint32_t i = 0; i < route->stop_count; i++)
		SET(list.stops[i].stop_id, stops[route->stops[i]].id);
	gtfs_record_key(key, "rstop", m->feed_id, m->version, route->id);
	for (;;) {
		if (!add(m, key, &feed_route_stops_shape, &list, &fits))
			return false;
		if (fits)
			return true;
		list.stop_count--;
		gtfs_note(m->g, GTFS_NOTE_ROUTE_STOPS_CUT, "stop_times.txt", 0, NULL);
	}
}

static bool add_routes(struct making *m)
{
	const struct gtfs_route *routes = m->g->routes.items;

	for (uint32_t i = 0; i < m->g->routes.count; i++) {
		const struct gtfs_route *from = &routes[i];
		struct feed_route route = { .route_type = from->type, .mode = from->mode };

		SET(route.route_id, from->id);
		SET(route.agency_id, from->agency);
		SET(route.short_name, from->short_name);
		SET(route.long_name, from->long_name);
		SET(route.name_en, from->name_en);
		SET(route.desc, from->desc);
		SET(route.origin, from->origin);
		SET(route.via, from->via);
		SET(route.destination, from->destination);
		if (!add_named(m, "route", from->id, &feed_route_shape, &route) ||
		    (from->stop_count > 0 && !add_route_stops(m, from)))
			return false;
	}
	return true;
}

static bool add_fares(struct making *m)
{
	const struct gtfs_rule *rules = m->g->rules.items;
	const struct gtfs_fare *fares = m->g->fares.items;

	for (uint32_t i = 0; i < m->g->rules.count; i++) {
		const struct gtfs_fare *from = &fares[rules[i].fare];
		struct fare fare = { .yen = from->yen,
				     .transfers = from->transfers,
				     .payment_method = from->payment_method };
		char key[GTFS_KEY_SIZE];
		bool fits;

		SET(fare.route_id, rules[i].route);
		SET(fare.origin_zone, rules[i].origin);
		SET(fare.destination_zone, rules[i].destination);
		SET(fare.fare_id, from->id);
		gtfs_fare_key(key, m->feed_id, m->version, rules[i].route, rules[i].origin,
			      rules[i].destination);
		if (!add(m, key, &fare_shape, &fare, &fits))
			return false;
		MUST(fits);
	}
	return true;
}

static int compare_items(const void *left, const void *right)
{
	const struct store_item *a = left, *b = right;

	return slice_compare(a->key, b->key);
}

bool gtfs_records_make(struct gtfs_records *out, struct gtfs *g, const char *feed_id,
		       uint16_t version)
{
	struct making m = { .g = g, .feed_id = feed_id, .version = version };

	*out = (struct gtfs_records){ 0 };
	g->file = "the zip";
	if (!add_agencies(&m) || !add_stops(&m) || !add_routes(&m) || !add_fares(&m))
		return false;
	qsort(m.items.items, m.items.count, sizeof(struct store_item), compare_items);
	*out = (struct gtfs_records){ m.items.items, m.items.count };
	return true;
}

void gtfs_summary(struct feed *out, const struct gtfs *g)
{
	const struct gtfs_agency *agencies = g->agencies.items;
	const struct gtfs_report *report = g->report;

	*out = (struct feed){ .agency_count = g->agencies.count,
			      .stop_count = g->stops.count,
			      .route_count = g->routes.count,
			      .fare_count = g->rules.count,
			      .refused_count = report->refused_rows };
	mem_copy(out->feed_id, report->feed_id, sizeof(out->feed_id));
	mem_copy(out->sha256, report->sha256, sizeof(out->sha256));
	mem_copy(out->publisher, report->publisher, sizeof(out->publisher));
	for (uint32_t i = 0; i < g->agencies.count && i < GTFS_AGENCY_MAX; i++)
		fill_agency(&out->agencies[out->agencies_listed++], &agencies[i]);
}

void gtfs_note_twins(struct gtfs_report *report, const struct feed *own, const struct feed *other)
{
	for (uint16_t i = 0; i < own->agencies_listed; i++)
		for (uint16_t j = 0; j < other->agencies_listed; j++) {
			const struct feed_agency *a = &own->agencies[i], *b = &other->agencies[j];
			char text[400];

			if (a->corporate_number[0] == '\0' ||
			    !text_equal(a->corporate_number, b->corporate_number))
				continue;
			snprintf(text, sizeof(text), "%s: %s here and %s of %s",
				 a->corporate_number, a->agency_id, b->agency_id, other->feed_id);
			gtfs_report_note(report, GTFS_NOTE_SAME_LEGAL_ENTITY, "agency.txt", 0,
					 text);
		}
}
