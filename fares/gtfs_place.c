/* fares/gtfs_place.c - agencies, stops and routes. Without it a gate's stop would be a word that no
 * fare table knows.
 */
#include "fares/gtfs_parse.h"

#include <stdio.h>

/* Puts an entry under its id, unless another is there. */
static bool claim_id(struct gtfs *g, struct gtfs_map *ids, struct slice id, uint32_t index,
		     int column)
{
	bool fresh;
	uint32_t *value = gtfs_map_put(g, ids, id, &fresh);

	if (value == NULL)
		return false;
	if (!fresh)
		return gtfs_refuse(g, GTFS_DUPLICATE_ID, column);
	*value = index;
	return true;
}

/* --- agency.txt --- */

enum { AGENCY_ID, AGENCY_NAME };

static const struct gtfs_column agency_columns[] = {
	[AGENCY_ID] = { "agency_id", NULL, true },
	[AGENCY_NAME] = { "agency_name", NULL, true },
	{ NULL, NULL, false },
};

static bool agency_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_agency agency = { 0 }, *kept;

	(void)row;
	if (!gtfs_take_id(g, &agency.id, AGENCY_ID) ||
	    !gtfs_take_text(g, &agency.name, AGENCY_NAME, GTFS_NAME_SIZE) ||
	    !claim_id(g, &g->agency_ids, agency.id, g->agencies.count, AGENCY_ID))
		return false;
	if (!corporate_number_in(agency.corporate_number, agency.id))
		gtfs_note_row(g, GTFS_NOTE_NO_CORPORATE_NUMBER, NULL);
	kept = gtfs_list_add(g, &g->agencies, sizeof(*kept));
	if (kept != NULL)
		*kept = agency;
	return kept != NULL;
}

const struct gtfs_table gtfs_agency_table = {
	.name = "agency.txt",
	.required = true,
	.columns = agency_columns,
	.known = "agency_url agency_timezone agency_lang agency_phone agency_fare_url agency_email "
		 "cemv_support",
	.row = agency_row,
};

void gtfs_agencies_end(struct gtfs *g)
{
	const struct gtfs_agency *agencies = g->agencies.items;

	if (g->agencies.count > GTFS_AGENCY_MAX)
		gtfs_note(g, GTFS_NOTE_AGENCIES_NOT_LISTED, "agency.txt", 0, NULL);
	for (uint32_t i = 0; i < g->agencies.count && i < GTFS_AGENCY_MAX; i++)
		for (uint32_t j = 0; j < i; j++) {
			char text[400];

			if (agencies[i].corporate_number[0] == '\0' ||
			    !text_equal(agencies[i].corporate_number, agencies[j].corporate_number))
				continue;
			snprintf(text, sizeof(text), "%s: agencies %.*s and %.*s",
				 agencies[i].corporate_number, (int)agencies[j].id.size,
				 (const char *)agencies[j].id.data, (int)agencies[i].id.size,
				 (const char *)agencies[i].id.data);
			gtfs_report_note(g->report, GTFS_NOTE_SAME_LEGAL_ENTITY, "agency.txt", 0,
					 text);
			break;
		}
}

/* --- stops.txt --- */

enum { STOP_ID, STOP_NAME, STOP_LAT, STOP_LON, STOP_ZONE, STOP_TYPE, STOP_PARENT };

static const struct gtfs_column stop_columns[] = {
	[STOP_ID] = { "stop_id", NULL, true },
	[STOP_NAME] = { "stop_name", NULL, true },
	[STOP_LAT] = { "stop_lat", NULL, true },
	[STOP_LON] = { "stop_lon", NULL, true },
	[STOP_ZONE] = { "zone_id", NULL, false },
	[STOP_TYPE] = { "location_type", NULL, false },
	[STOP_PARENT] = { "parent_station", NULL, false },
	{ NULL, NULL, false },
};

enum { STOP_TYPE_ENTRANCE = 2, STOP_TYPE_MAX = 4 };

/* A node within a station and an area of platforms may leave its place and name to the station. */
static bool stop_place(struct gtfs *g, struct gtfs_stop *stop, const struct gtfs_row *row)
{
	bool may_lack = stop->location_type > STOP_TYPE_ENTRANCE;

	if (stop->name.size == 0 && !may_lack)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, STOP_NAME);
	if (may_lack && row->fields[STOP_LAT].size == 0 && row->fields[STOP_LON].size == 0)
		return true;
	return gtfs_take_degrees(g, &stop->lat_e7, STOP_LAT, 90) &&
	       gtfs_take_degrees(g, &stop->lon_e7, STOP_LON, 180);
}

static bool stop_texts(struct gtfs *g, struct gtfs_stop *stop)
{
	return gtfs_take_id(g, &stop->id, STOP_ID) &&
	       gtfs_take_text(g, &stop->name, STOP_NAME, GTFS_NAME_SIZE) &&
	       gtfs_check_id(g, &stop->zone, STOP_ZONE) &&
	       gtfs_check_id(g, &stop->parent, STOP_PARENT);
}

static bool stop_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_stop stop = { 0 }, *kept;
	int64_t type;
	bool fresh;

	if (!stop_texts(g, &stop) || !gtfs_take_int(g, &type, STOP_TYPE, 0, STOP_TYPE_MAX, 0))
		return false;
	stop.location_type = (uint8_t)type;
	stop.zone = arena_copy(g->keep, stop.zone);
	stop.parent = arena_copy(g->keep, stop.parent);
	if (!stop_place(g, &stop, row) ||
	    !claim_id(g, &g->stop_ids, stop.id, g->stops.count, STOP_ID))
		return false;
	if (stop.zone.size > 0) {
		uint32_t *first = gtfs_map_put(g, &g->zones, stop.zone, &fresh);

		if (first == NULL)
			return false;
		if (fresh)
			*first = g->stops.count;
	}
	kept = gtfs_list_add(g, &g->stops, sizeof(*kept));
	if (kept != NULL)
		*kept = stop;
	return kept != NULL;
}

const struct gtfs_table gtfs_stop_table = {
	.name = "stops.txt",
	.required = true,
	.columns = stop_columns,
	.known =
	    "stop_code tts_stop_name stop_desc stop_url stop_timezone wheelchair_boarding level_id "
	    "platform_code stop_access",
	.row = stop_row,
};

/* --- routes.txt --- */

enum { ROUTE_ID, ROUTE_AGENCY, ROUTE_SHORT, ROUTE_LONG, ROUTE_DESC, ROUTE_TYPE };

static const struct gtfs_column route_columns[] = {
	[ROUTE_ID] = { "route_id", NULL, true },
	[ROUTE_AGENCY] = { "agency_id", NULL, false },
	[ROUTE_SHORT] = { "route_short_name", NULL, false },
	[ROUTE_LONG] = { "route_long_name", NULL, false },
	[ROUTE_DESC] = { "route_desc", NULL, false },
	[ROUTE_TYPE] = { "route_type", NULL, true },
	{ NULL, NULL, false },
};

/* GTFS route types and the extended ones (the hierarchy of vehicle types). */
static const struct {
	uint16_t from, to;
	uint8_t mode;
} route_modes[] = {
	{ 0, 2, MODE_rail },	   /* tram, subway, rail */
	{ 3, 3, MODE_bus },
	{ 4, 4, MODE_ferry },
	{ 5, 7, MODE_rail },	   /* cable tram, aerial lift, funicular */
	{ 11, 11, MODE_bus },	   /* trolleybus */
	{ 12, 12, MODE_rail },	   /* monorail */
	{ 100, 117, MODE_rail },
	{ 200, 209, MODE_bus },    /* coach */
	{ 300, 699, MODE_rail },   /* suburban, urban, metro, underground */
	{ 700, 899, MODE_bus },    /* bus, trolleybus */
	{ 900, 999, MODE_rail },   /* tram */
	{ 1000, 1099, MODE_ferry }, /* water */
	{ 1100, 1199, MODE_air },
	{ 1200, 1299, MODE_ferry },
	{ 1300, 1499, MODE_rail }, /* aerial lift, funicular */
};

static bool route_mode(struct gtfs *g, struct gtfs_route *route)
{
	int64_t type;

	if (!gtfs_take_int(g, &type, ROUTE_TYPE, 0, 1799, -1))
		return false;
	if (type < 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, ROUTE_TYPE);
	for (size_t i = 0; i < COUNT_OF(route_modes); i++)
		if (type >= route_modes[i].from && type <= route_modes[i].to) {
			route->type = (uint16_t)type;
			route->mode = route_modes[i].mode;
			return true;
		}
	return gtfs_refuse(g, GTFS_OUT_OF_RANGE, ROUTE_TYPE);
}

static bool route_agency(struct gtfs *g, struct gtfs_route *route)
{
	const struct gtfs_agency *agencies = g->agencies.items;
	uint32_t index = 0;

	if (!gtfs_check_id(g, &route->agency, ROUTE_AGENCY))
		return false;
	if (route->agency.size == 0 && g->agencies.count == 1)
		gtfs_note_row(g, GTFS_NOTE_ROUTE_WITHOUT_AGENCY, NULL);
	else if (route->agency.size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, ROUTE_AGENCY);
	else if (!gtfs_map_get(&g->agency_ids, &index, route->agency))
		return gtfs_refuse(g, GTFS_UNKNOWN_AGENCY, ROUTE_AGENCY);
	route->agency = agencies[index].id;
	return true;
}

/* Feeds tell a child's fare in words, for fares v1 has no place for it. */
static bool tells_child_fare(struct slice desc)
{
	struct slice child = SLICE("小児");

	for (size_t i = 0; i + child.size <= desc.size; i++)
		if (mem_equal(desc.data + i, child.data, child.size))
			return true;
	return false;
}

static bool route_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_route route = { 0 }, *kept;

	(void)row;
	if (!gtfs_take_id(g, &route.id, ROUTE_ID) || !route_agency(g, &route) ||
	    !gtfs_take_text(g, &route.short_name, ROUTE_SHORT, GTFS_NAME_SIZE) ||
	    !gtfs_take_text(g, &route.long_name, ROUTE_LONG, GTFS_NAME_SIZE) ||
	    !gtfs_take_text(g, &route.desc, ROUTE_DESC, GTFS_DESC_SIZE) || !route_mode(g, &route) ||
	    !claim_id(g, &g->route_ids, route.id, g->routes.count, ROUTE_ID))
		return false;
	if (tells_child_fare(route.desc))
		gtfs_note_row(g, GTFS_NOTE_FARE_IN_DESCRIPTION, NULL);
	kept = gtfs_list_add(g, &g->routes, sizeof(*kept));
	if (kept != NULL)
		*kept = route;
	return kept != NULL;
}

const struct gtfs_table gtfs_route_table = {
	.name = "routes.txt",
	.required = true,
	.columns = route_columns,
	.known = "route_url route_color route_text_color route_sort_order continuous_pickup "
		 "continuous_drop_off network_id jp_parent_route_id cemv_support",
	.row = route_row,
};

/* --- routes_jp.txt, route_jp.txt --- */

enum { JP_ROUTE, JP_ORIGIN, JP_VIA, JP_DESTINATION };

static const struct gtfs_column route_jp_columns[] = {
	[JP_ROUTE] = { "route_id", NULL, true },
	[JP_ORIGIN] = { "origin_stop", NULL, false },
	[JP_VIA] = { "via_stop", "visi_stop", false },
	[JP_DESTINATION] = { "destination_stop", NULL, false },
	{ NULL, NULL, false },
};

static bool route_jp_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_route *routes = g->routes.items, *route;
	struct slice id;
	uint32_t index;

	(void)row;
	if (!gtfs_check_id(g, &id, JP_ROUTE))
		return false;
	if (!gtfs_map_get(&g->route_ids, &index, id)) {
		/* It would only add to a route, so nothing is lost. */
		gtfs_note_row(g, GTFS_NOTE_ROUTE_ABSENT, NULL);
		return true;
	}
	route = &routes[index];
	return gtfs_take_text(g, &route->origin, JP_ORIGIN, GTFS_NAME_SIZE) &&
	       gtfs_take_text(g, &route->via, JP_VIA, GTFS_NAME_SIZE) &&
	       gtfs_take_text(g, &route->destination, JP_DESTINATION, GTFS_NAME_SIZE);
}

const struct gtfs_table gtfs_route_jp_table = {
	.name = "routes_jp.txt",
	.old_name = "route_jp.txt",
	.columns = route_jp_columns,
	.known = "route_update_date",
	.row = route_jp_row,
};

/* --- feed_info.txt --- */

static const struct gtfs_column info_columns[] = {
	{ "feed_publisher_name", NULL, true },
	{ NULL, NULL, false },
};

static bool info_row(struct gtfs *g, const struct gtfs_row *row)
{
	(void)row;
	return g->publisher.size > 0 || gtfs_take_text(g, &g->publisher, 0, GTFS_NAME_SIZE);
}

const struct gtfs_table gtfs_info_table = {
	.name = "feed_info.txt",
	.columns = info_columns,
	.known =
	    "feed_publisher_url feed_lang default_lang feed_start_date feed_end_date feed_version "
	    "feed_contact_email feed_contact_url",
	.row = info_row,
};
