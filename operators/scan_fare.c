/* operators/scan_fare.c - what the operators' own feeds say of a ride: its fare, its parts where
 * trains go through, and whether the bus goes that way. Without it every ride would be worth the
 * base fare.
 */
#include "operators/scan_load.h"

#include "fares/gtfs.h"

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

/* One rider's fare as the operator's own feed has it, -1 where it does not. True: known, or known
 * not to be. */
static bool load_part(struct call *call, yen *out, const struct part *part)
{
	const char *keys[GTFS_FARE_KEYS];
	char zone_from[GTFS_ID_SIZE], zone_to[GTFS_ID_SIZE];
	struct fare *fares = arena_alloc(call->arena, sizeof(*fares) * GTFS_FARE_KEYS);
	struct feed *feed = arena_alloc(call->arena, sizeof(*feed));
	size_t count, found = 0;
	bool all = true;
	int got;

	*out = -1;
	if (part->from[0] == '\0' || part->to[0] == '\0')
		return true;
	got = load_feed(call, feed, part->operator);
	if (got <= 0)
		return got < 0;
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
static bool load_through_part(struct call *call, yen *out, const struct part *part)
{
	if (part->from[0] == '\0' || !text_equal(part->from, part->to))
		return load_part(call, out, part);
	*out = 0;
	return true;
}

static bool is_leaving(const struct scan_cmd *cmd)
{
	return cmd->body.kind == SCAN_KIND_exit || cmd->body.kind == SCAN_KIND_alight;
}

static bool may_be_through(const struct scan_cmd *cmd)
{
	return cmd->gate.mode == MODE_rail && is_leaving(cmd) && cmd->use.inside &&
	       cmd->use.inside_mode == MODE_rail &&
	       !text_equal(cmd->use.inside_operator, cmd->gate.operator_id);
}

static bool load_through(struct call *call, struct scan_cmd *cmd)
{
	const struct use *use = &cmd->use;
	struct junction junction;
	struct part first = { &cmd->through, use->inside_stop, "", use->inside_route };
	struct part second = { &cmd->operator, "", scan_stop(cmd), scan_route(cmd) };
	int got = call_load(call, &junction, &junction_shape,
			    junction_key(call, use->inside_operator, cmd->gate.operator_id));
	int known = call_load(call, &cmd->through, &operator_shape,
			      operator_key(call, use->inside_operator));
	bool all;

	if (got <= 0 || known <= 0)
		return got != 0 && known != 0;
	cmd->through_known = true;
	first.to = junction_stop(&junction, use->inside_operator);
	second.from = junction_stop(&junction, cmd->gate.operator_id);
	all = load_through_part(call, &cmd->through_fare_yen, &first);
	return load_through_part(call, &cmd->od_fare_yen, &second) && all;
}

/* Between which stops, on which route, this scan's fare lies; where it has none they are empty. */
static struct part part_of(const struct scan_cmd *cmd)
{
	const struct service *service = &cmd->service;

	if (cmd->gate.mode == MODE_ferry && cmd->service_known)
		return (struct part){ &cmd->operator, service->from_stop, service->to_stop,
				      service->route_id };
	if (is_leaving(cmd))
		return (struct part){ &cmd->operator, cmd->use.inside_stop, scan_stop(cmd),
				      cmd->use.inside_route };
	return (struct part){ &cmd->operator, "", "", "" };
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
static bool load_order(struct call *call, struct scan_cmd *cmd)
{
	const struct use *use = &cmd->use;
	const char *to = scan_stop(cmd);
	struct feed *feed = arena_alloc(call->arena, sizeof(*feed));
	struct feed_route_stops *list = arena_alloc(call->arena, sizeof(*list));
	int got;

	if (use->inside_route[0] == '\0' || use->inside_stop[0] == '\0' || to[0] == '\0')
		return true;
	got = load_feed(call, feed, &cmd->operator);
	if (got > 0)
		got = call_load(call, list, &feed_route_stops_shape,
				gtfs_call_key(call, "rstop", feed, slice_text(use->inside_route)));
	if (got > 0)
		cmd->backwards = is_backwards(list, use->inside_stop, to);
	return got != 0;
}

bool scan_load_fare(struct call *call, struct scan_cmd *cmd)
{
	struct part part = part_of(cmd);
	bool all;

	cmd->od_fare_yen = cmd->through_fare_yen = -1;
	cmd->through_known = cmd->backwards = false;
	if (may_be_through(cmd))
		return load_through(call, cmd);
	all = load_part(call, &cmd->od_fare_yen, &part);
	if (cmd->gate.mode == MODE_bus && is_leaving(cmd) && cmd->use.inside)
		return load_order(call, cmd) && all;
	return all;
}
