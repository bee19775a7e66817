/* operators/demo_feed.c - the demo's feeds: imported, read back, and given to their operators.
 * Without it nobody would ride between real stops at real fares.
 */
#include "operators/demo_inside.h"

#include <stdlib.h>
#include <string.h>

enum {
	STOPS_MOST = 6000,
	ROUTES_MOST = 2000,
	FARES_MOST = 6000,
	ROUTE_STOPS_LIMIT = 10, /* A page of them stays far below what one JSON text may have. */
	STOPS_OF_ROUTE_MOST = 256,
};

/* The file's name without folders and ending, as an id. */
static const char *stem_of(struct demo *d, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	char id[ID_SIZE];
	size_t size = 0;

	while (name[size] != '\0' && name[size] != '.' && size + 1 < sizeof(id)) {
		char c = name[size];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		id[size++] = (char)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-');
	}
	id[size] = '\0';
	return demo_keep(d, size == 0 ? "feed" : id);
}

static void take_stop(struct demo *d, void *to, const struct json *item)
{
	struct demo_feed *feed = to;

	if (feed->stop_count == STOPS_MOST)
		return;
	feed->stops[feed->stop_count++] = (struct demo_stop){
		.id = demo_keep(d, demo_text(item, "stop_id")),
		.name = demo_keep(d, demo_text(item, "name_ja")),
		.zone = demo_keep(d, demo_text(item, "zone_id")),
		.parent = demo_keep(d, demo_text(item, "parent")),
		.lat_e7 = (int32_t)demo_int(item, "lat_e7"),
		.lon_e7 = (int32_t)demo_int(item, "lon_e7"),
	};
}

static uint8_t mode_of(const char *name)
{
	for (uint8_t mode = 0; mode < MODE_COUNT; mode++)
		if (text_equal(fares_mode_names[mode], name))
			return mode;
	return MODE_bus;
}

static void take_route(struct demo *d, void *to, const struct json *item)
{
	struct demo_feed *feed = to;

	if (feed->route_count == ROUTES_MOST)
		return;
	feed->routes[feed->route_count++] = (struct demo_route){
		.id = demo_keep(d, demo_text(item, "route_id")),
		.mode = mode_of(demo_text(item, "mode")),
	};
}

static void take_route_stops(struct demo *d, void *to, const struct json *item)
{
	struct demo_feed *feed = to;
	const char *id = demo_text(item, "route_id");
	const struct json *stops = json_get(item, "stops");
	struct demo_route *route = NULL;

	for (size_t i = 0; i < feed->route_count && route == NULL; i++)
		if (text_equal(feed->routes[i].id, id))
			route = &feed->routes[i];
	if (route == NULL || stops == NULL)
		return;
	route->stops = arena_alloc(&d->keep, sizeof(*route->stops) * STOPS_OF_ROUTE_MOST);
	for (const struct json *stop = json_first(stops);
	     stop != NULL && route->stop_count < STOPS_OF_ROUTE_MOST; stop = json_next(stop))
		route->stops[route->stop_count++] = demo_keep(d, demo_text(stop, "stop_id"));
}

static void take_fare(struct demo *d, void *to, const struct json *item)
{
	struct demo_feed *feed = to;

	if (feed->fare_count == FARES_MOST)
		return;
	feed->fares[feed->fare_count++] = (struct demo_fare){
		.route = demo_keep(d, demo_text(item, "route_id")),
		.from = demo_keep(d, demo_text(item, "origin_zone")),
		.to = demo_keep(d, demo_text(item, "destination_zone")),
		.yen = demo_int(item, "yen"),
	};
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct demo_stop *)a)->id, ((const struct demo_stop *)b)->id);
}

const struct demo_stop *demo_stop_of(const struct demo_feed *feed, const char *id)
{
	struct demo_stop wanted = { .id = id };

	return bsearch(&wanted, feed->stops, feed->stop_count, sizeof(wanted), by_id);
}

/* A platform's fares go by its station's zone. */
static void sort_stops(struct demo_feed *feed)
{
	qsort(feed->stops, feed->stop_count, sizeof(feed->stops[0]), by_id);
	for (size_t i = 0; i < feed->stop_count; i++) {
		struct demo_stop *stop = &feed->stops[i];
		const struct demo_stop *station =
		    stop->parent[0] == '\0' ? NULL : demo_stop_of(feed, stop->parent);

		if (stop->zone[0] == '\0' && station != NULL)
			stop->zone = station->zone;
	}
}

static void take_totals(struct demo *d, struct demo_feed *feed, const struct json *root)
{
	size_t count = 0;

	feed->agency_count = demo_int(root, "agency_count");
	feed->stop_total = demo_int(root, "stop_count");
	feed->route_total = demo_int(root, "route_count");
	feed->fare_total = demo_int(root, "fare_count");
	feed->refused = demo_int(root, "refused_count");
	for (const struct json *a = json_first(json_get(root, "agencies"));
	     a != NULL && count < DEMO_AGENCY_MAX; a = json_next(a), count++) {
		bool set = text_set(feed->corporate_numbers[count], CORPORATE_NUMBER_SIZE,
				    slice_text(demo_text(a, "corporate_number")));

		(void)set; /* Longer than a number is none. */
		if (count == 0)
			feed->agency = demo_keep(d, demo_text(a, "name"));
	}
}

/* The mode of most of its routes, and its lowest fare. */
static void sum_up(struct demo_feed *feed)
{
	size_t routes[MODE_COUNT] = { 0 };

	for (size_t i = 0; i < feed->route_count; i++)
		if (++routes[feed->routes[i].mode] > routes[feed->mode])
			feed->mode = feed->routes[i].mode;
	if (feed->route_count > 0 && routes[feed->mode] == 0)
		feed->mode = feed->routes[0].mode;
	for (size_t i = 0; i < feed->fare_count; i++)
		if (i == 0 || feed->fares[i].yen < feed->lowest_yen)
			feed->lowest_yen = feed->fares[i].yen;
}

static bool read_back(struct demo *d, struct demo_feed *feed)
{
	const struct json *root = demo_get(d, d->start->council_token, "/v1/feeds/%s", feed->id);
	char path[ID_SIZE + 32];
	static const char *const lists[] = { "stops", "routes", "route-stops", "fares" };
	static void (*const takes[])(struct demo *, void *,
				     const struct json *) = { take_stop, take_route,
							      take_route_stops, take_fare };
	static const unsigned most[] = { STOPS_MOST, ROUTES_MOST, ROUTES_MOST, FARES_MOST };

	if (root == NULL)
		return false;
	take_totals(d, feed, root);
	feed->whole = true;
	feed->stops = arena_alloc(&d->keep, sizeof(*feed->stops) * STOPS_MOST);
	feed->routes = arena_alloc(&d->keep, sizeof(*feed->routes) * ROUTES_MOST);
	feed->fares = arena_alloc(&d->keep, sizeof(*feed->fares) * FARES_MOST);
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		unsigned limit = i == 2 ? ROUTE_STOPS_LIMIT : DEMO_PAGE_LIMIT;
		struct writer to = { .data = (uint8_t *)path, .size = sizeof(path) };

		write_text(&to, "/v1/feeds/");
		write_text(&to, feed->id);
		write_text(&to, "/");
		write_text(&to, lists[i]);
		write_u8(&to, 0);
		MUST(!to.failed);
		if (!demo_pages(d, path, limit, most[i] / limit, &feed->whole, takes[i], feed))
			return false;
	}
	sort_stops(feed);
	sum_up(feed);
	return true;
}

yen demo_fare_of(const struct demo_feed *feed, const char *route, const char *from_stop,
		 const char *to_stop)
{
	const struct demo_stop *a = demo_stop_of(feed, from_stop), *b = demo_stop_of(feed, to_stop);
	const char *from = a == NULL ? "" : a->zone, *to = b == NULL ? "" : b->zone;
	yen best = -1;

	for (size_t i = 0; i < feed->fare_count; i++) {
		const struct demo_fare *fare = &feed->fares[i];

		if ((fare->route[0] == '\0' || text_equal(fare->route, route)) &&
		    (fare->from[0] == '\0' || text_equal(fare->from, from)) &&
		    (fare->to[0] == '\0' || text_equal(fare->to, to)) &&
		    (best < 0 || fare->yen < best))
			best = fare->yen;
	}
	return best;
}

static bool is_new(const struct demo *d, const char *id)
{
	for (size_t i = 0; i < d->feed_count; i++)
		if (text_equal(d->feeds[i].id, id))
			return false;
	return true;
}

bool demo_feeds(struct demo *d)
{
	demo_head(d, "1 The operators' timetables and fares (GTFS-JP)", "時刻表と運賃の取り込み");
	demo_line(d, "   %s  %s  mode %s %s %s %s", demo_left("feed", 24), demo_left("agency", 32),
		  demo_right("stops", 7), demo_right("routes", 7), demo_right("fares", 8),
		  demo_right("refused", 8));
	if (d->start->feed_count > DEMO_FEED_MAX)
		return demo_fail(d, "at most %d feeds", DEMO_FEED_MAX), false;
	for (size_t i = 0; i < d->start->feed_count; i++) {
		struct demo_feed *feed = &d->feeds[d->feed_count];

		*feed = (struct demo_feed){ .path = d->start->feeds[i],
					    .id = stem_of(d, d->start->feeds[i]),
					    .agency = "",
					    .who = -1 };
		if (!is_new(d, feed->id))
			return demo_fail(d,
					 "two feeds are called %s; give each zip a name of its own",
					 feed->id),
			       false;
		d->feed_count++;
		demo_progress(d, "importing", i, d->start->feed_count);
		if (!demo_import(d, feed) || !read_back(d, feed))
			return false;
		demo_line(d, "   %s  %s  %s %s %s %s %s", demo_left(feed->id, 24),
			  demo_left(feed->agency, 32), demo_left(fares_mode_names[feed->mode], 5),
			  demo_number(feed->stop_total, 6), demo_number(feed->route_total, 7),
			  feed->fare_total == 0 ? demo_right("free", 8)
						: demo_number(feed->fare_total, 8),
			  demo_number(feed->refused, 8));
	}
	return true;
}

/* --- To whom they belong --- */

static bool same_entity(const struct demo_feed *feed, const struct operator *who)
{
	if ((who->modes & MODE_BIT(feed->mode)) == 0 || who->corporate_number[0] == '\0')
		return false;
	for (size_t i = 0; i < DEMO_AGENCY_MAX; i++)
		if (text_equal(feed->corporate_numbers[i], who->corporate_number))
			return true;
	return false;
}

static void give(struct demo *d, size_t feed, size_t who)
{
	struct demo_operator *to = &d->operators[who];

	d->feeds[feed].who = (int)who;
	to->feed = (int)feed;
	to->is.modes |= MODE_BIT(d->feeds[feed].mode);
	MUST(text_set(to->is.feed, sizeof(to->is.feed), slice_text(d->feeds[feed].id)));
}

static void add_operator(struct demo *d, size_t feed)
{
	struct demo_operator *new = &d->operators[d->operator_count];
	struct slice name = slice_text(d->feeds[feed].agency);

	MUST(d->operator_count < DEMO_OPERATOR_MAX);
	*new = (struct demo_operator){ .feed = -1, .is = { .prefectures = 1, .in_scope = true } };
	MUST(text_set(new->is.operator_id, ID_SIZE, slice_text(d->feeds[feed].id)));
	if (name.size == 0 || name.size >= NAME_SIZE)
		name = slice_text(d->feeds[feed].id);
	MUST(text_set(new->is.name_ja, NAME_SIZE, name) &&
	     text_set(new->is.name_en, NAME_SIZE, name));
	mem_copy(new->is.corporate_number, d->feeds[feed].corporate_numbers[0],
		 CORPORATE_NUMBER_SIZE);
	give(d, feed, d->operator_count++);
}

/* The operator whose id the feed has; else one of the same legal entity that runs its mode;
 * else a new one. */
void demo_feed_link(struct demo *d)
{
	for (size_t f = 0; f < d->feed_count; f++)
		for (size_t o = 0; o < d->operator_count; o++)
			if (d->operators[o].feed < 0 &&
			    text_equal(d->operators[o].is.operator_id, d->feeds[f].id))
				give(d, f, o);
	for (size_t f = 0; f < d->feed_count; f++)
		for (size_t o = 0; o < d->operator_count && d->feeds[f].who < 0; o++)
			if (d->operators[o].feed < 0 &&
			    same_entity(&d->feeds[f], &d->operators[o].is))
				give(d, f, o);
	for (size_t f = 0; f < d->feed_count; f++)
		if (d->feeds[f].who < 0)
			add_operator(d, f);
}
