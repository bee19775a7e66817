/* operators/scan_fare.c - what the operators' own feeds say of a ride: its fare, its parts where
 * trains go through, and whether the bus goes that way. Without it every ride would be worth the
 * base fare.
 */
#include "operators/scan_load.h"

#include "core/distance.h"
#include "fares/gtfs.h"
#include "operators/mode.h"

struct part { /* Of a ride, with one operator. */
	const struct operator *operator;
	const char *from, *to, *route;
};

/* The zone that a stop's fares go by, its own or its station's. False: not yet. */
static bool load_zone(struct call *call, const struct feed *feed, const char *stop_id,
		      char zone[GTFS_ID_SIZE])
{
	struct feed_stop stop;
	int got = call_load(call, &stop, &feed_stop_shape,
			    gtfs_call_key(call, "stop", feed, slice_text(stop_id)));

	zone[0] = '\0';
	if (got > 0 && stop.zone_id[0] == '\0' && stop.parent[0] != '\0')
		got = call_load(call, &stop, &feed_stop_shape,
				gtfs_call_key(call, "stop", feed, slice_text(stop.parent)));
	if (got > 0)
		mem_copy(zone, stop.zone_id, sizeof(stop.zone_id));
	return got != 0;
}

/* As in call_load; 0 and -1 too. */
static int load_feed(struct call *call, struct feed *feed, const struct operator *operator)
{
	if (operator->feed[0] == '\0')
		return -1;
	return call_load(call, feed, &feed_shape, call_key(call, "feed/%s", operator->feed));
}

/* From stop to stop, where the feed has both. True: known, or known not to be. */
static bool load_metres(struct call *call, uint32_t *out, const struct feed *feed,
			const struct part *part)
{
	struct feed_stop from, to;
	int got_from = call_load(call, &from, &feed_stop_shape,
				 gtfs_call_key(call, "stop", feed, slice_text(part->from)));
	int got_to = call_load(call, &to, &feed_stop_shape,
			       gtfs_call_key(call, "stop", feed, slice_text(part->to)));

	if (got_from > 0 && got_to > 0)
		*out = (uint32_t)distance_m(from.lat_e7, from.lon_e7, to.lat_e7, to.lon_e7);
	return got_from != 0 && got_to != 0;
}

/* One rider's fare as the operator's own feed has it, -1 where it does not, and the way. True:
 * known, or known not to be. */
static bool load_part(struct call *call, yen *out, uint32_t *metres, const struct part *part)
{
	const char *keys[GTFS_FARE_KEYS];
	char zone_from[GTFS_ID_SIZE], zone_to[GTFS_ID_SIZE];
	struct fare *fares = arena_alloc(call->arena, sizeof(*fares) * GTFS_FARE_KEYS);
	struct feed *feed = arena_alloc(call->arena, sizeof(*feed));
	size_t count, found = 0;
	bool all;
	int got;

	*out = -1;
	*metres = 0;
	if (part->from[0] == '\0' || part->to[0] == '\0')
		return true;
	got = load_feed(call, feed, part->operator);
	if (got <= 0)
		return got < 0;
	all = load_metres(call, metres, feed, part);
	if (!load_zone(call, feed, part->from, zone_from) ||
	    !load_zone(call, feed, part->to, zone_to))
		return false;
	count = gtfs_fare_keys(keys, call, feed, slice_text(part->route), slice_text(zone_from),
			       slice_text(zone_to));
	for (size_t i = 0; i < count; i++) {
		got = call_load(call, &fares[found], &fare_shape, keys[i]);
		all = all && got != 0;
		found += got > 0;
	}
	if (all && !gtfs_fare_choose(out, fares, found))
		*out = -1;
	return all;
}

/* Of a through ride: to the junction, or from it. Who stays at the junction is not carried. */
static bool load_through_part(struct call *call, yen *out, uint32_t *metres,
			      const struct part *part)
{
	if (part->from[0] == '\0' || !text_equal(part->from, part->to))
		return load_part(call, out, metres, part);
	*out = 0;
	*metres = 0;
	return true;
}

static bool is_through(const struct scan_ride *ride)
{
	return ride->mode == MODE_rail &&
	       !text_equal(ride->from_operator, ride->to_operator->operator_id);
}

static bool load_through(struct call *call, struct scan_ride_fare *out,
			 const struct scan_ride *ride)
{
	const char *to_operator = ride->to_operator->operator_id;
	struct junction junction;
	struct part first = { &out->through, ride->from_stop, "", ride->from_route };
	struct part second = { ride->to_operator, "", ride->to_stop, ride->to_route };
	int got = call_load(call, &junction, &junction_shape,
			    junction_key(call, ride->from_operator, to_operator));
	int known = call_load(call, &out->through, &operator_shape,
			      operator_key(call, ride->from_operator));
	bool all;

	if (got <= 0 || known <= 0)
		return got != 0 && known != 0;
	out->through_known = true;
	first.to = junction_stop(&junction, ride->from_operator);
	second.from = junction_stop(&junction, to_operator);
	all = load_through_part(call, &out->through_fare_yen, &out->through_metres, &first);
	return load_through_part(call, &out->od_fare_yen, &out->od_metres, &second) && all;
}

/* No place where the one stands before the other. */
static bool is_backwards(const struct feed_route_stops *list, const char *from, const char *to)
{
	bool from_seen = false, to_seen = false;

	for (size_t i = 0; i < list->stop_count; i++) {
		const char *stop = list->stops[i].stop_id;

		if (from_seen && text_equal(stop, to))
			return false;
		from_seen = from_seen || text_equal(stop, from);
		to_seen = to_seen || text_equal(stop, to);
	}
	return list->one_way && from_seen && to_seen && !text_equal(from, to);
}

/* Whether the stop comes before the one of boarding on a route that goes one way. */
static bool load_order(struct call *call, struct scan_ride_fare *out, const struct scan_ride *ride)
{
	struct feed *feed = arena_alloc(call->arena, sizeof(*feed));
	struct feed_route_stops *list = arena_alloc(call->arena, sizeof(*list));
	int got;

	if (ride->from_route[0] == '\0' || ride->from_stop[0] == '\0' || ride->to_stop[0] == '\0')
		return true;
	got = load_feed(call, feed, ride->to_operator);
	if (got > 0)
		got = call_load(call, list, &feed_route_stops_shape,
				gtfs_call_key(call, "rstop", feed, slice_text(ride->from_route)));
	if (got > 0)
		out->backwards = is_backwards(list, ride->from_stop, ride->to_stop);
	return got != 0;
}

bool scan_load_ride(struct call *call, struct scan_ride_fare *out, const struct scan_ride *ride)
{
	struct part part = { ride->to_operator, ride->from_stop, ride->to_stop, ride->from_route };
	bool all;

	*out = (struct scan_ride_fare){ .od_fare_yen = -1, .through_fare_yen = -1 };
	if (is_through(ride))
		return load_through(call, out, ride);
	all = load_part(call, &out->od_fare_yen, &out->od_metres, &part);
	if (ride->mode == MODE_bus)
		return load_order(call, out, ride) && all;
	return all;
}

/* The ride that this scan ends, if it may end the open one. */
static bool load_end(struct call *call, struct scan_cmd *cmd)
{
	const struct use *use = &cmd->use;
	struct scan_ride ride = { cmd->gate.mode, use->inside_operator, use->inside_stop,
				  use->inside_route, &cmd->operator, scan_stop(cmd),
				  scan_route(cmd) };
	struct scan_ride_fare fare;
	bool all;

	if (!use->inside || use->inside_mode != cmd->gate.mode)
		return true;
	all = scan_load_ride(call, &fare, &ride);
	cmd->od_fare_yen = fare.od_fare_yen;
	cmd->through_fare_yen = fare.through_fare_yen;
	cmd->od_metres = fare.od_metres;
	cmd->through_metres = fare.through_metres;
	cmd->through_known = fare.through_known;
	cmd->through = fare.through;
	cmd->backwards = fare.backwards;
	return all;
}

bool scan_load_fare(struct call *call, struct scan_cmd *cmd)
{
	const struct service *service = &cmd->service;
	struct part part = { &cmd->operator, service->from_stop, service->to_stop,
			     service->route_id };

	cmd->od_fare_yen = cmd->through_fare_yen = -1;
	cmd->od_metres = cmd->through_metres = 0;
	cmd->through_known = cmd->backwards = false;
	if (mode_kind_leaves(cmd->body.kind))
		return cmd->offline || load_end(call, cmd); /* operators/upload_join.c knows. */
	if (cmd->gate.mode == MODE_ferry && cmd->service_known)
		return load_part(call, &cmd->od_fare_yen, &cmd->od_metres, &part);
	return true;
}
