/* fares/gtfs_trip.c - the stops of a route in the order of its longest trip. Without it a ride
 * could be offered between two stops that no service joins.
 */
#include "fares/gtfs_parse.h"

#include <stdlib.h>

/* --- trips.txt --- */

enum { TRIP_ROUTE, TRIP_ID };

static const struct gtfs_column trip_columns[] = {
	[TRIP_ROUTE] = { "route_id", NULL, true },
	[TRIP_ID] = { "trip_id", NULL, true },
	{ NULL, NULL, false },
};

static bool trip_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_trip trip = { 0 }, *kept;
	struct slice route;
	uint32_t *index;
	bool fresh;

	(void)row;
	if (!gtfs_take_id(g, &trip.id, TRIP_ID) || !gtfs_check_id(g, &route, TRIP_ROUTE))
		return false;
	if (!gtfs_map_get(&g->route_ids, &trip.route, route))
		return gtfs_refuse(g, GTFS_UNKNOWN_ROUTE, TRIP_ROUTE);
	index = gtfs_map_put(g, &g->trip_ids, trip.id, &fresh);
	if (index == NULL)
		return false;
	if (!fresh)
		return gtfs_refuse(g, GTFS_DUPLICATE_ID, TRIP_ID);
	*index = g->trips.count;
	kept = gtfs_list_add(g, &g->trips, sizeof(*kept));
	if (kept != NULL)
		*kept = trip;
	return kept != NULL;
}

const struct gtfs_table gtfs_trip_table = {
	.name = "trips.txt",
	.columns = trip_columns,
	.known =
	    "service_id trip_headsign trip_short_name direction_id block_id shape_id "
	    "wheelchair_accessible bikes_allowed cars_allowed jp_trip_desc jp_trip_desc_symbol "
	    "jp_office_id jp_pattern_id",
	.row = trip_row,
};

/* --- stop_times.txt --- */

enum { TIME_TRIP, TIME_STOP, TIME_SEQUENCE };

static const struct gtfs_column stop_time_columns[] = {
	[TIME_TRIP] = { "trip_id", NULL, true },
	[TIME_STOP] = { "stop_id", NULL, true },
	[TIME_SEQUENCE] = { "stop_sequence", NULL, true },
	{ NULL, NULL, false },
};

/* Rows of one trip stand together as a rule, so the last one is looked at first. */
static bool find_trip(struct gtfs *g, uint32_t *index)
{
	const struct gtfs_trip *trips = g->trips.items;
	struct slice id;

	if (!gtfs_check_id(g, &id, TIME_TRIP))
		return false;
	if (g->last_trip < g->trips.count && slice_equal(trips[g->last_trip].id, id)) {
		*index = g->last_trip;
		return true;
	}
	if (!gtfs_map_get(&g->trip_ids, index, id))
		return gtfs_refuse(g, GTFS_UNKNOWN_TRIP, TIME_TRIP);
	g->last_trip = *index;
	return true;
}

static bool read_stop_time(struct gtfs *g, uint32_t *trip, uint32_t *stop, uint32_t *sequence)
{
	struct slice id;
	int64_t number;

	if (!find_trip(g, trip) || !gtfs_check_id(g, &id, TIME_STOP) ||
	    !gtfs_take_int(g, &number, TIME_SEQUENCE, 0, UINT32_MAX, -1))
		return false;
	if (!gtfs_map_get(&g->stop_ids, stop, id))
		return gtfs_refuse(g, GTFS_UNKNOWN_STOP, TIME_STOP);
	if (number < 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, TIME_SEQUENCE);
	*sequence = (uint32_t)number;
	return true;
}

static bool stop_time_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_trip *trip;
	uint32_t index, stop, sequence;

	(void)row;
	if (!read_stop_time(g, &index, &stop, &sequence))
		return false;
	trip = (struct gtfs_trip *)g->trips.items + index;
	if (trip->stop_count == 0 || sequence < trip->first_sequence) {
		trip->first_sequence = sequence;
		trip->first_stop = stop;
	}
	if (trip->stop_count == 0 || sequence >= trip->last_sequence) {
		trip->last_sequence = sequence;
		trip->last_stop = stop;
	}
	trip->stop_count++;
	return true;
}

#define STOP_TIME_KNOWN                                                                          \
	"arrival_time departure_time stop_headsign pickup_type drop_off_type continuous_pickup "  \
	"continuous_drop_off shape_dist_traveled timepoint location_group_id location_id "        \
	"start_pickup_drop_off_window end_pickup_drop_off_window pickup_booking_rule_id "         \
	"drop_off_booking_rule_id"

const struct gtfs_table gtfs_stop_time_table = {
	.name = "stop_times.txt",
	.columns = stop_time_columns,
	.known = STOP_TIME_KNOWN,
	.row = stop_time_row,
};

/* --- The longest trip of each route --- */

struct call_at { /* A stop of one of the longest trips. */
	uint32_t route, sequence, order, stop;
};

static bool longest_row(struct gtfs *g, const struct gtfs_row *row)
{
	const struct gtfs_trip *trips = g->trips.items;
	const struct gtfs_route *routes = g->routes.items;
	uint32_t trip, stop, sequence;
	struct call_at *at;

	(void)row;
	if (!read_stop_time(g, &trip, &stop, &sequence))
		return false;
	if (routes[trips[trip].route].best_trip != trip + 1)
		return true;
	at = gtfs_list_add(g, &g->words, sizeof(*at));
	if (at != NULL)
		*at = (struct call_at){ trips[trip].route, sequence, g->words.count, stop };
	return at != NULL;
}

static const struct gtfs_table longest_table = {
	.name = "stop_times.txt",
	.columns = stop_time_columns,
	.known = STOP_TIME_KNOWN,
	.row = longest_row,
};

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_calls(const void *left, const void *right)
{
	const struct call_at *a = left, *b = right;
	int order = compare_numbers(a->route, b->route);

	if (order == 0)
		order = compare_numbers(a->sequence, b->sequence);
	return order != 0 ? order : compare_numbers(a->order, b->order);
}

static void choose_trips(struct gtfs *g)
{
	const struct gtfs_trip *trips = g->trips.items;
	struct gtfs_route *routes = g->routes.items;

	for (uint32_t i = 0; i < g->trips.count; i++) {
		struct gtfs_route *route = &routes[trips[i].route];

		if (trips[i].stop_count > 0 &&
		    (route->best_trip == 0 ||
		     trips[route->best_trip - 1].stop_count < trips[i].stop_count))
			route->best_trip = i + 1;
	}
}

static bool hand_out(struct gtfs *g)
{
	const struct call_at *calls = g->words.items;
	struct gtfs_route *routes = g->routes.items;
	struct gtfs_list stops = { 0 };

	for (uint32_t i = 0; i < g->words.count; i++) {
		uint32_t *stop = gtfs_list_add(g, &stops, sizeof(*stop));

		if (stop == NULL)
			return false;
		*stop = calls[i].stop;
	}
	for (uint32_t i = 0; i < g->words.count; i++) {
		struct gtfs_route *route = &routes[calls[i].route];

		if (route->stop_count == 0)
			route->stops = (uint32_t *)stops.items + i;
		if (route->stop_count < GTFS_ROUTE_STOP_MAX)
			route->stop_count++;
		else
			gtfs_note(g, GTFS_NOTE_ROUTE_STOPS_CUT, "stop_times.txt", 0, NULL);
	}
	return true;
}

/* Where on the route's longest trip, counted from 1; 0: not on it, or in two places. */
static uint32_t place_of(const struct gtfs_route *route, uint32_t stop)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < route->stop_count; i++)
		if (route->stops[i] == stop) {
			if (place != 0)
				return 0;
			place = i + 1;
		}
	return place;
}

/* Many feeds have both directions, or a loop, under one route: then nobody is told that he rode
 * backwards. */
static void find_other_ways(struct gtfs *g)
{
	const struct gtfs_trip *trips = g->trips.items;
	struct gtfs_route *routes = g->routes.items;

	for (uint32_t i = 0; i < g->trips.count; i++) {
		struct gtfs_route *route = &routes[trips[i].route];
		uint32_t first = place_of(route, trips[i].first_stop);

		if (trips[i].stop_count > 1 &&
		    (first == 0 || first >= place_of(route, trips[i].last_stop)))
			route->other_ways = true;
	}
}

bool gtfs_trips_end(struct gtfs *g, struct slice text)
{
	choose_trips(g);
	g->words = (struct gtfs_list){ 0 };
	if (!gtfs_table_again(g, &longest_table, text))
		return false;
	if (g->words.count > 0)
		qsort(g->words.items, g->words.count, sizeof(struct call_at), compare_calls);
	if (!hand_out(g))
		return false;
	find_other_ways(g);
	g->words = (struct gtfs_list){ 0 };
	return true;
}
