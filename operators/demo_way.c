/* operators/demo_way.c - where the demo's riders get on and off: gates at stations and piers
 * that fares name, in buses, and the ways between them. Without it the rides would be between
 * places that no feed knows.
 */
#include "operators/demo_inside.h"

#include <stdio.h>

enum {
	STATION_MOST = 8,
	RAIL_WAY_MOST = 40,
	BUS_WAY_MOST = 8,
	FERRY_WAY_MOST = 4,
	FEEDLESS_BUS_MOST = 10,
	FEEDLESS_FERRY_MOST = 4,
	/* A box about Fukuoka's stations, in degrees times 10^7. */
	CITY_SOUTH = 335000000,
	CITY_NORTH = 337200000,
	CITY_WEST = 1302000000,
	CITY_EAST = 1304750000,
};
#define CITY_ZONE "fukuoka-city"

static bool in_city(const struct demo_stop *stop)
{
	return stop != NULL && stop->lat_e7 > CITY_SOUTH && stop->lat_e7 < CITY_NORTH &&
	       stop->lon_e7 > CITY_WEST && stop->lon_e7 < CITY_EAST;
}

static int add_gate(struct demo *d, int who, uint8_t mode, const struct demo_stop *stop)
{
	struct demo_gate *gate = &d->gates[d->gate_count];
	char id[ID_SIZE], name[NAME_SIZE];
	unsigned number = 1;

	mem_copy(id, d->operators[who].is.operator_id, ID_SIZE);
	MUST(d->gate_count < DEMO_GATE_MAX);
	for (size_t i = 0; i < d->gate_count; i++)
		number += text_equal(d->gates[i].is.operator_id, id);
	*gate = (struct demo_gate){ .is = { .mode = mode } };
	snprintf(gate->is.gate_id, sizeof(gate->is.gate_id), "%.28s-%u", id, number);
	mem_copy(gate->is.operator_id, id, ID_SIZE);
	snprintf(name, sizeof(name), "%s %u", fares_mode_names[mode], number);
	if (stop != NULL && !text_set(gate->is.stop, sizeof(gate->is.stop), slice_text(stop->id)))
		gate->is.stop[0] = '\0';
	if (stop == NULL || stop->name[0] == '\0' ||
	    !text_set(gate->is.name, NAME_SIZE, slice_text(stop->name)))
		MUST(text_set(gate->is.name, NAME_SIZE, slice_text(name)));
	return (int)d->gate_count++;
}

static struct demo_way *add_way(struct demo *d, int who, uint8_t mode, int on, int off)
{
	struct demo_way *way = &d->ways[d->way_count];
	yen base = d->operators[who].is.base_fare_yen;

	MUST(d->way_count < DEMO_WAY_MAX);
	*way = (struct demo_way){ .who = who,
				  .mode = mode,
				  .gate_on = on,
				  .gate_off = off,
				  .from = "",
				  .to = "",
				  .route = "",
				  .from_name = "",
				  .to_name = "",
				  .exact = true,
				  .on_yen = mode == MODE_rail ? 0 : base };
	if (mode == MODE_rail)
		way->off_yen = base;
	d->way_count++;
	return way;
}

/* What the ride is deemed, as scan_decide will have it: rail when it ends, a ferry when it is
 * checked in, a bus its base fare first and the rest when it ends. */
static void place_way(struct demo_way *way, const struct demo_feed *feed, const char *route,
		      const struct demo_stop *from, const struct demo_stop *to, yen base)
{
	yen fare = demo_fare_of(feed, route, from->id, to->id);

	way->from = from->id;
	way->to = to->id;
	way->route = route;
	way->from_name = from->name;
	way->to_name = to->name;
	way->exact = feed->whole;
	if (fare < 0)
		fare = base;
	if (way->mode == MODE_rail)
		way->off_yen = fare;
	else if (way->mode == MODE_bus)
		way->off_yen = fare > base ? fare - base : 0;
	else
		way->on_yen = fare;
}

/* --- Rail: a gate at each of some stations, and every way between two of them that has a fare
 * --- */

static const char *route_named_from(const struct demo_feed *feed, const char *zone)
{
	for (size_t i = 0; i < feed->fare_count; i++)
		if (text_equal(feed->fares[i].from, zone))
			return feed->fares[i].route;
	return NULL;
}

static size_t stations_of(const struct demo_stop **out, size_t most, const struct demo_feed *feed)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < feed->stop_count && count < most; i++) {
		const struct demo_stop *stop = &feed->stops[i];
		bool seen = stop->zone[0] == '\0' || route_named_from(feed, stop->zone) == NULL;

		for (size_t k = 0; k < count && !seen; k++)
			seen = text_equal(out[k]->zone, stop->zone);
		if (!seen)
			out[count++] = stop;
	}
	if (count <= STATION_MOST)
		return count;
	for (size_t k = 0; k < STATION_MOST; k++)
		out[kept++] = out[k * (count - 1) / (STATION_MOST - 1)];
	return kept;
}

static void plan_rail(struct demo *d, const struct demo_feed *feed)
{
	const struct demo_stop *stations[256];
	size_t count = stations_of(stations, COUNT_OF(stations), feed), ways = 0;
	int gates[STATION_MOST];
	yen base = d->operators[feed->who].is.base_fare_yen;

	for (size_t i = 0; i < count; i++) {
		struct gate *gate;

		gates[i] = add_gate(d, feed->who, MODE_rail, stations[i]);
		gate = &d->gates[gates[i]].is;
		MUST(text_set(gate->route, sizeof(gate->route),
			      slice_text(route_named_from(feed, stations[i]->zone))));
		if (in_city(stations[i]))
			MUST(text_set(gate->zone, sizeof(gate->zone), SLICE(CITY_ZONE)));
	}
	for (size_t apart = 1; apart < count; apart++)
		for (size_t i = 0; i < count && ways < RAIL_WAY_MOST; i++) {
			size_t k = (i + apart) % count;
			const char *route = d->gates[gates[i]].is.route;
			struct demo_way *way;

			if (demo_fare_of(feed, route, stations[i]->id, stations[k]->id) < 0)
				continue;
			way = add_way(d, feed->who, MODE_rail, gates[i], gates[k]);
			place_way(way, feed, route, stations[i], stations[k], base);
			way->in_city = in_city(stations[i]) && in_city(stations[k]);
			ways++;
		}
}

/* --- Buses and ferries: ways that fares name --- */

struct pair {
	const char *route;
	const struct demo_stop *from, *to;
};

static bool zone_fits(const struct demo_feed *feed, const char *stop_id, const char *zone)
{
	const struct demo_stop *stop = demo_stop_of(feed, stop_id);

	return stop != NULL && (zone[0] == '\0' || text_equal(stop->zone, zone));
}

/* The first stop of the route in the one zone, and the last one after it in the other. */
static bool pair_on_route(struct pair *out, const struct demo_feed *feed,
			  const struct demo_route *route, const struct demo_fare *fare)
{
	for (size_t i = 0; i < route->stop_count; i++) {
		if (!zone_fits(feed, route->stops[i], fare->from))
			continue;
		for (size_t k = route->stop_count; k-- > i + 1;)
			if (zone_fits(feed, route->stops[k], fare->to) &&
			    !text_equal(route->stops[i], route->stops[k])) {
				*out =
				    (struct pair){ route->id, demo_stop_of(feed, route->stops[i]),
						   demo_stop_of(feed, route->stops[k]) };
				return true;
			}
		return false;
	}
	return false;
}

static bool pair_of(struct pair *out, const struct demo_feed *feed, const struct demo_fare *fare,
		    size_t turn)
{
	*out = (struct pair){ fare->route, NULL, NULL };
	for (size_t i = 0; i < feed->route_count; i++) {
		const struct demo_route *route = &feed->routes[(i + turn) % feed->route_count];

		if (route->mode == feed->mode &&
		    (fare->route[0] == '\0' || text_equal(route->id, fare->route)) &&
		    pair_on_route(out, feed, route, fare))
			return true;
	}
	for (size_t i = 0; i < feed->stop_count; i++) {
		const struct demo_stop *stop = &feed->stops[i];

		if (out->from == NULL && zone_fits(feed, stop->id, fare->from))
			out->from = stop;
		else if (out->to == NULL && zone_fits(feed, stop->id, fare->to))
			out->to = stop;
	}
	return out->from != NULL && out->to != NULL;
}

/* Some of its fares, or of its routes where it has none. */
static size_t pairs_of(struct pair *out, size_t most, const struct demo_feed *feed)
{
	static const struct demo_fare free_ride = { "", "", "", 0 };
	size_t from = feed->fare_count > 0 ? feed->fare_count : feed->route_count, count = 0;

	for (size_t k = 0; k < from && count < most; k++) {
		size_t spread = from > most ? k * from / most : k;
		bool seen = spread >= from;

		if (seen ||
		    !pair_of(&out[count], feed,
			     feed->fare_count > 0 ? &feed->fares[spread] : &free_ride, spread))
			continue;
		for (size_t i = 0; i < count && !seen; i++)
			seen = text_equal(out[i].route, out[count].route) &&
			       out[i].from == out[count].from && out[i].to == out[count].to;
		count += !seen;
	}
	return count;
}

static void plan_bus(struct demo *d, const struct demo_feed *feed)
{
	struct pair pairs[BUS_WAY_MOST];
	size_t count = pairs_of(pairs, COUNT_OF(pairs), feed);
	int vehicles[] = { add_gate(d, feed->who, MODE_bus, NULL),
			   add_gate(d, feed->who, MODE_bus, NULL) };
	yen base = d->operators[feed->who].is.base_fare_yen;

	for (size_t i = 0; i < count; i++) {
		int gate = vehicles[i % COUNT_OF(vehicles)];

		place_way(add_way(d, feed->who, MODE_bus, gate, gate), feed, pairs[i].route,
			  pairs[i].from, pairs[i].to, base);
	}
	if (count == 0)
		add_way(d, feed->who, MODE_bus, vehicles[0], -1);
}

static void plan_ferry(struct demo *d, const struct demo_feed *feed)
{
	struct pair pairs[FERRY_WAY_MOST];
	size_t count = pairs_of(pairs, COUNT_OF(pairs), feed), first = d->gate_count;
	yen base = d->operators[feed->who].is.base_fare_yen;

	for (size_t i = 0; i < count; i++) {
		int pier = -1;
		struct demo_way *way;

		for (size_t g = first; g < d->gate_count; g++)
			if (text_equal(d->gates[g].is.stop, pairs[i].from->id))
				pier = (int)g;
		if (pier < 0)
			pier = add_gate(d, feed->who, MODE_ferry, pairs[i].from);
		way = add_way(d, feed->who, MODE_ferry, pier, -1);
		place_way(way, feed, pairs[i].route, pairs[i].from, pairs[i].to, base);
		way->sails = true;
	}
	if (count == 0)
		add_way(d, feed->who, MODE_ferry, add_gate(d, feed->who, MODE_ferry, NULL), -1);
}

/* --- Where there is no feed --- */

/* A gate each for operators spread over the list. */
static void plan_feedless(struct demo *d, enum fares_mode mode, size_t most)
{
	int found[DEMO_OPERATOR_MAX];
	size_t count = 0;

	for (size_t i = 0; i < d->operator_count; i++)
		if (d->operators[i].feed < 0 && d->operators[i].is.joined != 0 &&
		    d->operators[i].is.modes == MODE_BIT(mode))
			found[count++] = (int)i;
	for (size_t k = 0; k < most && k < count; k++) {
		int who = found[count > most ? k * count / most : k];

		add_way(d, who, (uint8_t)mode, add_gate(d, who, (uint8_t)mode, NULL), -1);
	}
}

static int operator_of(const struct demo *d, const char *id, enum fares_mode mode)
{
	for (size_t i = 0; i < d->operator_count; i++)
		if (text_equal(d->operators[i].is.operator_id, id))
			return (int)i;
	for (size_t i = 0; i < d->operator_count; i++)
		if (d->operators[i].is.joined != 0 &&
		    (d->operators[i].is.modes & MODE_BIT(mode)) != 0)
			return (int)i;
	return 0;
}

static int way_of(const struct demo *d, enum fares_mode mode, const char *operator_id)
{
	int first = -1;

	for (size_t i = d->way_count; i-- > 0;)
		if (d->ways[i].mode == mode) {
			if (text_equal(demo_id(d, d->ways[i].who), operator_id))
				return (int)i;
			first = (int)i;
		}
	return first;
}

/* The city's day pass needs rail in the city: stations in it, or whatever rail there is, or
 * gates of its subway. */
static void plan_city(struct demo *d)
{
	bool any_city = false, any_rail = false;

	for (size_t i = 0; i < d->way_count; i++) {
		any_rail = any_rail || d->ways[i].mode == MODE_rail;
		any_city = any_city || d->ways[i].in_city;
	}
	if (!any_rail) {
		int who = operator_of(d, "fukuoka-city-subway", MODE_rail);
		int on = add_gate(d, who, MODE_rail, NULL), off = add_gate(d, who, MODE_rail, NULL);

		add_way(d, who, MODE_rail, on, off);
	}
	for (size_t i = 0; i < d->way_count && !any_city; i++)
		if (d->ways[i].mode == MODE_rail) {
			d->ways[i].in_city = true;
			MUST(text_set(d->gates[d->ways[i].gate_on].is.zone, ID_SIZE,
				      SLICE(CITY_ZONE)));
			MUST(text_set(d->gates[d->ways[i].gate_off].is.zone, ID_SIZE,
				      SLICE(CITY_ZONE)));
		}
}

void demo_ways(struct demo *d)
{
	int airline = operator_of(d, "orc", MODE_air),
	    ship = operator_of(d, "kyushu-shosen", MODE_ferry);

	for (size_t i = 0; i < d->feed_count; i++)
		switch (d->feeds[i].mode) {
		case MODE_rail:
			plan_rail(d, &d->feeds[i]);
			break;
		case MODE_ferry:
			plan_ferry(d, &d->feeds[i]);
			break;
		case MODE_bus:
			plan_bus(d, &d->feeds[i]);
			break;
		default:
			break;
		}
	plan_city(d);
	d->round_rail = way_of(d, MODE_rail, "jrkyushu");
	d->round_ferry = way_of(d, MODE_ferry, "");
	if (d->round_ferry < 0) {
		add_way(d, ship, MODE_ferry, add_gate(d, ship, MODE_ferry, NULL), -1)->sails = true;
		d->round_ferry = (int)d->way_count - 1;
	}
	d->small_ferry = d->round_ferry;
	plan_feedless(d, MODE_bus, FEEDLESS_BUS_MOST);
	plan_feedless(d, MODE_ferry, FEEDLESS_FERRY_MOST);
	add_way(d, airline, MODE_air, add_gate(d, airline, MODE_air, NULL), -1);
	d->round_air = (int)d->way_count - 1;
}
