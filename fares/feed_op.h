/* fares/feed_op.h - feeds over HTTP: import one, list them, read their stops, routes and fares.
 *
 * A walk through a list stays within the version that it began with, since its cursor names it.
 */
#ifndef FARES_FEED_OP_H
#define FARES_FEED_OP_H

#include "core/http.h"
#include "core/listing.h"
#include "fares/gtfs.h"

extern const struct flow_op feed_list_op, feed_get_op, feed_stops_op, feed_routes_op,
    feed_route_stops_op, feed_fares_op;

/* POST /v1/feeds?feed=ID, the zip as the body. Needs no Idempotency-Key: the same bytes again
 * change nothing. room: struct fares_room. */
void feed_import_job(struct http_job *);

#define FEED_READERS                                                                               \
	(ROLES(council) | ROLES(operator) | ROLES(partner) | ROLES(gate) | ROLES(auditor))
#define FEED_LIST_ROUTE(p, which, item, what)                                                      \
	{                                                                                          \
		.method = HTTP_GET, .path = p, .roles = FEED_READERS, .naming = FLOW_QUESTION,     \
		.op = &which, .answer = &item, .answer_list = true, .status = 200,                 \
		.query = LISTING_QUERY, .summary = what,                                           \
	}

/* For the table of fares/fares_api.c. */
#define FEED_ROUTES                                                                                \
	{                                                                                          \
		.method = HTTP_POST,                                                               \
		.path = "/v1/feeds",                                                               \
		.roles = ROLES(council),                                                           \
		.naming = FLOW_QUESTION,                                                           \
		.body_type = "application/zip",                                                    \
		.answer = &gtfs_report_shape,                                                      \
		.status = 201,                                                                     \
		.also_status = 200,                                                                \
		.query = "feed",                                                                   \
		.summary = "Imports a GTFS-JP feed; 200 where the same bytes are in force.",       \
		.job = feed_import_job,                                                            \
	},                                                                                         \
	    FEED_LIST_ROUTE("/v1/feeds", feed_list_op, feed_shape, "The feeds in force."),         \
	    {                                                                                      \
		    .method = HTTP_GET,                                                            \
		    .path = "/v1/feeds/{feed}",                                                    \
		    .roles = FEED_READERS,                                                         \
		    .naming = FLOW_QUESTION,                                                       \
		    .op = &feed_get_op,                                                            \
		    .answer = &feed_shape,                                                         \
		    .status = 200,                                                                 \
		    .summary = "A feed in force: its version and what is in it.",                  \
	    },                                                                                     \
	    FEED_LIST_ROUTE("/v1/feeds/{feed}/stops", feed_stops_op, feed_stop_shape,              \
			    "A feed's stops."),                                                    \
	    FEED_LIST_ROUTE("/v1/feeds/{feed}/routes", feed_routes_op, feed_route_shape,           \
			    "A feed's routes."),                                                   \
	    FEED_LIST_ROUTE("/v1/feeds/{feed}/route-stops", feed_route_stops_op,                   \
			    feed_route_stops_shape, "The stops of each route's longest trip."),    \
	    FEED_LIST_ROUTE("/v1/feeds/{feed}/fares", feed_fares_op, fare_shape,                   \
			    "A feed's fares by route, origin and destination.")

#endif
