/* fares/gtfs_shape.c - what a feed's records and an import's report look like. Without it the
 * store, the answers and /openapi.json would each have an opinion of what a stop is.
 */
#include "fares/gtfs.h"

#define DEGREES_E7 ((int64_t)1800000000)
enum { ALWAYS = SHAPE_REQUIRED };

static const struct shape_field agency_fields[] = {
	F_TEXT(struct feed_agency, agency_id, 1, ALWAYS, 1,
	       "As in agency.txt, without spaces at its ends."),
	F_TEXT(struct feed_agency, name, 2, ALWAYS, 0, "Its name."),
	F_TEXT(struct feed_agency, name_en, 3, 0, 0, "Its name in English."),
	F_TEXT(struct feed_agency, corporate_number, 4, 0, 0,
	       "法人番号 that the agency_id begins with, where its check digit is right."),
	F_END,
};
const struct shape feed_agency_shape = { "FeedAgency", sizeof(struct feed_agency), agency_fields };

static const struct shape_field feed_fields[] = {
	F_SUBJECT(struct feed, feed_id, 1, ALWAYS,
		  "The feed; an operator's feed has the operator's id."),
	F_INT(struct feed, version, 2, ALWAYS, 1, GTFS_VERSION_MAX, "Counts imports, from 1."),
	F_TEXT(struct feed, sha256, 3, ALWAYS, 64, "Digest of the zip, in hex."),
	F_TIME(struct feed, imported_at, 4, ALWAYS, "When it was imported."),
	F_TEXT(struct feed, publisher, 5, 0, 0, "feed_publisher_name."),
	F_INT(struct feed, agency_count, 6, ALWAYS, 0, UINT32_MAX, "Agencies."),
	F_INT(struct feed, stop_count, 7, ALWAYS, 0, UINT32_MAX, "Stops, stations and entrances."),
	F_INT(struct feed, route_count, 8, ALWAYS, 0, UINT32_MAX, "Routes."),
	F_INT(struct feed, fare_count, 9, ALWAYS, 0, UINT32_MAX,
	      "Fares by route, origin and destination; several under one rule count once."),
	F_INT(struct feed, refused_count, 10, ALWAYS, 0, UINT32_MAX, "Rows left out."),
	F_LIST(struct feed, agencies, 11, ALWAYS, &feed_agency_shape, agencies_listed,
	       "The first of its agencies."),
	F_END,
};
const struct shape feed_shape = { "Feed", sizeof(struct feed), feed_fields };

static const struct shape_field stop_fields[] = {
	F_TEXT(struct feed_stop, stop_id, 1, ALWAYS, 1, "As in stops.txt."),
	F_TEXT(struct feed_stop, name_ja, 2, ALWAYS, 0, "Its name."),
	F_TEXT(struct feed_stop, name_en, 3, 0, 0, "Its name in English."),
	F_TEXT(struct feed_stop, name_kana, 4, 0, 0, "Its reading (ja-Hrkt)."),
	F_INT(struct feed_stop, lat_e7, 5, ALWAYS, -DEGREES_E7, DEGREES_E7, "Latitude times 10^7."),
	F_INT(struct feed_stop, lon_e7, 6, ALWAYS, -DEGREES_E7, DEGREES_E7,
	      "Longitude times 10^7."),
	F_TEXT(struct feed_stop, zone_id, 7, 0, 0, "Its fare zone."),
	F_TEXT(struct feed_stop, parent, 8, 0, 0, "Its station's stop_id."),
	F_INT(struct feed_stop, location_type, 9, ALWAYS, 0, 4,
	      "0 stop, 1 station, 2 entrance, 3 node, 4 area."),
	F_END,
};
const struct shape feed_stop_shape = { "FeedStop", sizeof(struct feed_stop), stop_fields };

static const struct shape_field route_fields[] = {
	F_TEXT(struct feed_route, route_id, 1, ALWAYS, 1, "As in routes.txt."),
	F_TEXT(struct feed_route, agency_id, 2, ALWAYS, 0, "Its agency."),
	F_TEXT(struct feed_route, short_name, 3, 0, 0, "Its short name."),
	F_TEXT(struct feed_route, long_name, 4, 0, 0, "Its long name."),
	F_TEXT(struct feed_route, name_en, 5, 0, 0, "Its name in English."),
	F_INT(struct feed_route, route_type, 6, ALWAYS, 0, 1799,
	      "GTFS route_type, extended ones included."),
	F_ENUM(struct feed_route, mode, 7, ALWAYS, fares_mode_names,
	       "The mode that route_type means here."),
	F_TEXT(struct feed_route, desc, 8, 0, 0, "route_desc."),
	F_TEXT(struct feed_route, origin, 9, 0, 0, "origin_stop of routes_jp.txt."),
	F_TEXT(struct feed_route, via, 10, 0, 0, "via_stop of routes_jp.txt."),
	F_TEXT(struct feed_route, destination, 11, 0, 0, "destination_stop of routes_jp.txt."),
	F_END,
};
const struct shape feed_route_shape = { "FeedRoute", sizeof(struct feed_route), route_fields };

static const struct shape_field route_stop_fields[] = {
	F_TEXT(struct feed_route_stop, stop_id, 1, ALWAYS, 1, "As in stops.txt."),
	F_END,
};
static const struct shape route_stop_shape = { "FeedRouteStop", sizeof(struct feed_route_stop),
					       route_stop_fields };

static const struct shape_field route_stops_fields[] = {
	F_TEXT(struct feed_route_stops, route_id, 1, ALWAYS, 1, "As in routes.txt."),
	F_LIST(struct feed_route_stops, stops, 2, ALWAYS, &route_stop_shape, stop_count,
	       "The stops of the route's longest trip, in order."),
	F_BOOL(struct feed_route_stops, one_way, 3, 0,
	       "Every trip of the route runs in this order."),
	F_END,
};
const struct shape feed_route_stops_shape = { "FeedRouteStops", sizeof(struct feed_route_stops),
					      route_stops_fields };

static const struct shape_field fare_fields[] = {
	F_TEXT(struct fare, route_id, 1, 0, 0, "The route; left out: any."),
	F_TEXT(struct fare, origin_zone, 2, 0, 0, "The zone of boarding; left out: any."),
	F_TEXT(struct fare, destination_zone, 3, 0, 0, "The zone of alighting; left out: any."),
	F_INT(struct fare, yen, 4, ALWAYS, 0, GTFS_YEN_MAX, "The fare of an adult."),
	F_TEXT(struct fare, fare_id, 5, ALWAYS, 1, "As in fare_attributes.txt."),
	F_INT(struct fare, transfers, 6, ALWAYS, GTFS_TRANSFERS_ANY, 5,
	      "Transfers it allows; -1: any number."),
	F_INT(struct fare, payment_method, 7, ALWAYS, 0, 1, "0 on board, 1 before boarding."),
	F_END,
};
const struct shape fare_shape = { "FeedFare", sizeof(struct fare), fare_fields };

static const struct shape_field version_fields[] = {
	F_INT(struct feed_version, last, 1, 0, 0, GTFS_VERSION_MAX,
	      "The highest version ever begun."),
	F_END,
};
const struct shape feed_version_shape = { "FeedVersion", sizeof(struct feed_version),
					  version_fields };

static const struct shape_field file_fields[] = {
	F_TEXT(struct gtfs_file, file, 0, ALWAYS, 0, "Its name."),
	F_INT(struct gtfs_file, rows, 0, ALWAYS, 0, UINT32_MAX, "Rows read, without the header."),
	F_INT(struct gtfs_file, refused, 0, ALWAYS, 0, UINT32_MAX, "Rows left out of these."),
	F_END,
};
static const struct shape file_shape = { "ImportFile", sizeof(struct gtfs_file), file_fields };

static const struct shape_field note_fields[] = {
	F_TEXT(struct gtfs_note, file, 0, ALWAYS, 0, "Where."),
	F_INT(struct gtfs_note, line, 0, ALWAYS, 0, UINT32_MAX,
	      "The first such line; 0: the whole file."),
	F_INT(struct gtfs_note, count, 0, ALWAYS, 1, UINT32_MAX, "How often."),
	F_TEXT(struct gtfs_note, code, 0, ALWAYS, 0, "Stable."),
	F_TEXT(struct gtfs_note, text, 0, ALWAYS, 0, "For people."),
	F_END,
};
static const struct shape note_shape = { "ImportNote", sizeof(struct gtfs_note), note_fields };

static const struct shape_field refusal_fields[] = {
	F_TEXT(struct gtfs_refusal, file, 0, ALWAYS, 0, "Where."),
	F_INT(struct gtfs_refusal, line, 0, ALWAYS, 0, UINT32_MAX,
	      "The line where the row begins."),
	F_TEXT(struct gtfs_refusal, code, 0, ALWAYS, 0, "Stable."),
	F_TEXT(struct gtfs_refusal, text, 0, ALWAYS, 0, "For people."),
	F_END,
};
static const struct shape refusal_shape = { "ImportRefusal", sizeof(struct gtfs_refusal),
					    refusal_fields };

static const struct shape_field report_fields[] = {
	F_SUBJECT(struct gtfs_report, feed_id, 0, ALWAYS, "The feed."),
	F_BOOL(struct gtfs_report, imported, 0, ALWAYS, "It is in force."),
	F_BOOL(struct gtfs_report, unchanged, 0, ALWAYS, "The same bytes were in force already."),
	F_INT(struct gtfs_report, version, 0, ALWAYS, 0, GTFS_VERSION_MAX, "The version in force."),
	F_TEXT(struct gtfs_report, publisher, 0, 0, 0, "feed_publisher_name."),
	F_TEXT(struct gtfs_report, sha256, 0, 0, 0, "Digest of the zip, in hex."),
	F_LIST(struct gtfs_report, files, 0, ALWAYS, &file_shape, file_count, "What was read."),
	F_LIST(struct gtfs_report, notes, 0, ALWAYS, &note_shape, note_count,
	       "What was odd, and read."),
	F_INT(struct gtfs_report, refused_rows, 0, ALWAYS, 0, UINT32_MAX, "Rows left out."),
	F_LIST(struct gtfs_report, refusals, 0, ALWAYS, &refusal_shape, refusal_count,
	       "The first of the rows left out."),
	F_END,
};
const struct shape gtfs_report_shape = { "FeedImport", sizeof(struct gtfs_report), report_fields };
