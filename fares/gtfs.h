/* fares/gtfs.h - an operator's timetable and fares as it publishes them (GTFS-JP 1st to 3rd
 * edition, GTFS Schedule with fares v1): what the store keeps of a feed, what an import says, and
 * which fare a ride costs.
 *
 * Records, all of one version of a feed, under keys that hold that version:
 *
 *   feed/<feed>                          struct feed: the version in force and what is in it
 *   feedv/<feed>                         the highest version ever begun
 *   agency/<feed>/<version>/<agency>     struct feed_agency
 *   stop/<feed>/<version>/<stop>         struct feed_stop
 *   route/<feed>/<version>/<route>       struct feed_route
 *   rstop/<feed>/<version>/<route>       struct feed_route_stops: those of its longest trip
 *   fare/<feed>/<version>/<digest>       struct fare, under its route, origin and destination
 *
 * A new version becomes current by one commit of feed/<feed>, so nobody ever sees half a feed;
 * older versions stay, so what was priced by one can be recomputed. <version> is four hex digits.
 *
 * What goes wrong: a problem of a whole file (no zip, encoding, header, a required file missing)
 * refuses the feed and changes nothing. A problem of a row leaves that row out, counted, and listed
 * up to GTFS_REFUSAL_MAX; more than one refused row in GTFS_REFUSED_SHARE of a file refuses the
 * feed too. What was odd but could be read is a note. The codes of all of these are stable.
 */
#ifndef FARES_GTFS_H
#define FARES_GTFS_H

#include "core/call.h"
#include "fares/corporate.h"
#include "fares/mode.h"

enum {
	GTFS_ID_SIZE = 129,   /* Longer ids are refused. */
	GTFS_NAME_SIZE = 193, /* Longer texts are cut, and noted. */
	GTFS_DESC_SIZE = 385,
	GTFS_KEY_ID_MAX = 40, /* Longer ids stand in keys by their digest. */
	GTFS_KEY_PART_SIZE = GTFS_KEY_ID_MAX + 1,
	GTFS_KEY_SIZE = STORE_KEY_SIZE_MAX + 1,
	GTFS_AGENCY_MAX = 8, /* Listed in struct feed. */
	GTFS_ROUTE_STOP_MAX = 256,
	GTFS_FARE_KEYS = 8,
	GTFS_YEN_MAX = 1000000,
	GTFS_VERSION_MAX = 65535,
	GTFS_TRANSFERS_ANY = -1, /* As often as one likes. */
	GTFS_FILE_MAX = 16,
	GTFS_NOTE_MAX = 96,
	GTFS_REFUSAL_MAX = 100,
	GTFS_REFUSED_SHARE = 5,
};

struct feed_agency {
	char agency_id[GTFS_ID_SIZE];
	char name[GTFS_NAME_SIZE], name_en[GTFS_NAME_SIZE];
	char corporate_number[CORPORATE_NUMBER_SIZE]; /* Empty: its id begins with none. */
};
extern const struct shape feed_agency_shape;

struct feed {
	char feed_id[SUBJECT_SIZE];
	uint16_t version; /* From 1. */
	char sha256[65];  /* Of the zip, in hex. */
	time_ms imported_at;
	char publisher[GTFS_NAME_SIZE];
	uint32_t agency_count, stop_count, route_count, fare_count, refused_count;
	struct feed_agency agencies[GTFS_AGENCY_MAX];
	uint16_t agencies_listed;
};
extern const struct shape feed_shape;

struct feed_stop {
	char stop_id[GTFS_ID_SIZE];
	char name_ja[GTFS_NAME_SIZE], name_en[GTFS_NAME_SIZE], name_kana[GTFS_NAME_SIZE];
	int32_t lat_e7, lon_e7; /* WGS 84, degrees times 10^7. */
	char zone_id[GTFS_ID_SIZE];
	char parent[GTFS_ID_SIZE]; /* Its station. */
	uint8_t location_type;
};
extern const struct shape feed_stop_shape;

struct feed_route {
	char route_id[GTFS_ID_SIZE], agency_id[GTFS_ID_SIZE];
	char short_name[GTFS_NAME_SIZE], long_name[GTFS_NAME_SIZE], name_en[GTFS_NAME_SIZE];
	uint16_t route_type; /* GTFS's own or extended. */
	uint8_t mode;	     /* enum fares_mode */
	char desc[GTFS_DESC_SIZE];
	/* Of routes_jp.txt. */
	char origin[GTFS_NAME_SIZE], via[GTFS_NAME_SIZE], destination[GTFS_NAME_SIZE];
};
extern const struct shape feed_route_shape;

struct feed_route_stop {
	char stop_id[GTFS_ID_SIZE];
};

struct feed_route_stops {
	char route_id[GTFS_ID_SIZE];
	struct feed_route_stop stops[GTFS_ROUTE_STOP_MAX];
	uint16_t stop_count;
	bool one_way; /* Every trip of the route runs in this order, by its first and last stop. */
};
extern const struct shape feed_route_stops_shape;

struct fare { /* An empty route or zone matches any. */
	char route_id[GTFS_ID_SIZE], origin_zone[GTFS_ID_SIZE], destination_zone[GTFS_ID_SIZE];
	yen yen;
	char fare_id[GTFS_ID_SIZE];
	int8_t transfers; /* GTFS_TRANSFERS_ANY, or how many. */
	uint8_t payment_method; /* 0 on board, 1 before boarding. */
};
extern const struct shape fare_shape;

struct feed_version {
	uint16_t last;
};
extern const struct shape feed_version_shape;

/* --- Keys --- */

/* The id as it stands in a key: itself up to GTFS_KEY_ID_MAX bytes; a longer one, or one that
 * begins with '~', as "~" and the first 32 hex digits of its SHA-256. */
void gtfs_key(char out[GTFS_KEY_PART_SIZE], struct slice id);
/* kind: "agency", "stop", "route" or "rstop". */
void gtfs_record_key(char out[GTFS_KEY_SIZE], const char *kind, const char *feed_id,
		     uint16_t version, struct slice id);
/* The same in the call's arena, for the version in force. */
const char *gtfs_call_key(struct call *, const char *kind, const struct feed *, struct slice id);

/* Of a rule; empty: any. */
void gtfs_fare_key(char out[GTFS_KEY_SIZE], const char *feed_id, uint16_t version,
		   struct slice route, struct slice origin_zone, struct slice destination_zone);

/* --- Which fare? ---
 *
 * A rule of GTFS applies where each field that it states is the ride's; an empty field says
 * nothing. So a ride has at most GTFS_FARE_KEYS candidates, every combination of its route, origin
 * and destination given or left open. All that are found apply alike, none is "more special" (GTFS
 * gives rules no order), and the rider pays the lowest. An import keeps the lowest of several fares
 * with one rule; a fare that no rule names applies everywhere only where the feed has no rules at
 * all. */

/* Out: keys, in the arena; returns how many. route, origin_zone, destination_zone: empty where not
 * known. */
size_t gtfs_fare_keys(const char *keys[GTFS_FARE_KEYS], struct call *, const struct feed *,
		      struct slice route, struct slice origin_zone, struct slice destination_zone);
/* The same without a call. */
size_t gtfs_fare_keys_write(char keys[GTFS_FARE_KEYS][GTFS_KEY_SIZE], const char *feed_id,
			    uint16_t version, struct slice route, struct slice origin_zone,
			    struct slice destination_zone);
/* Of the candidates that were found. False: none; *out is unchanged. Asks nobody. */
bool gtfs_fare_choose(yen *out, const struct fare *candidates, size_t count);

/* --- What an import says --- */

struct gtfs_file {
	char file[32];
	uint32_t rows, refused;
};

struct gtfs_note {
	char file[32];
	uint32_t line;	/* Where first; 0: the whole file. */
	uint32_t count; /* How often. */
	char code[32];
	char text[224];
};

struct gtfs_refusal {
	char file[32];
	uint32_t line; /* 0: the whole file. */
	char code[32];
	char text[224];
};

struct gtfs_report {
	char feed_id[SUBJECT_SIZE];
	bool imported;	/* In force: by this import or, `unchanged`, by an earlier one. */
	bool unchanged; /* The very same bytes are in force already. */
	uint16_t version;
	char publisher[GTFS_NAME_SIZE], sha256[65];
	struct gtfs_file files[GTFS_FILE_MAX];
	uint16_t file_count;
	struct gtfs_note notes[GTFS_NOTE_MAX];
	uint16_t note_count;
	uint32_t refused_rows; /* All of them; `refusals` lists the first. */
	struct gtfs_refusal refusals[GTFS_REFUSAL_MAX];
	uint16_t refusal_count;
	struct gtfs_refusal whole; /* Why the feed is refused; code empty: it is not. */
};
extern const struct shape gtfs_report_shape;

/* A table in columns, for people. */
void gtfs_report_print(struct writer *, const struct gtfs_report *);

/* --- Reading --- */

#define GTFS_KEEP_SIZE ((size_t)2048 * 1024 * 1024)   /* Address space; a feed touches a few MiB. */
#define GTFS_SCRATCH_SIZE ((size_t)520 * 1024 * 1024)  /* One member at a time. */

struct gtfs; /* A feed in memory, opaque; lives as long as `keep`. */

/* Reads a zip; waits for nothing. *report is zeroed first (feed_id is kept). False: the feed is
 * refused, report->whole says why. */
MUSTCHECK bool gtfs_read(struct gtfs **out, struct gtfs_report *report, struct arena *keep,
			 struct arena *scratch, struct slice zip);

#endif
