/* fares/gtfs_parse.h - the inside of the GTFS import: one member after another becomes rows of
 * known columns, rows become entries, and everything odd becomes a line of the report. Only
 * fares/gtfs*.c include it.
 */
#ifndef FARES_GTFS_PARSE_H
#define FARES_GTFS_PARSE_H

#include "core/arena.h"
#include "core/csv.h"
#include "fares/gtfs.h"

/* --- What is refused, and what is noted --- */

#define GTFS_REFUSAL_CODES(X)                                                                    \
	X(NOT_A_ZIP, "not a zip archive")                                                        \
	X(ZIP_BOMB, "unpacks to more than is allowed")                                           \
	X(ZIP_DAMAGED, "the archive is damaged")                                                 \
	X(ZIP_LOCKED, "the archive is locked with a password")                                   \
	X(ZIP_TOO_MANY, "the archive has too many members")                                      \
	X(FEED_TOO_LARGE, "more rows than fit into memory")                                      \
	X(MISSING_FILE, "a file that every feed has is missing")                                 \
	X(NOT_UTF8, "not UTF-8; save it as UTF-8")                                               \
	X(BAD_QUOTES, "a quote where none may stand, or one never closed")                       \
	X(TOO_MANY_COLUMNS, "more than 64 columns")                                              \
	X(ROW_TOO_LONG, "a row of more than a mebibyte")                                         \
	X(MISSING_COLUMN, "a column is missing")                                                 \
	X(DUPLICATE_COLUMN, "a column stands twice")                                             \
	X(NO_ROWS, "no row that could be read")                                                  \
	X(TOO_MANY_ROWS_REFUSED, "more than one row in five is refused")                         \
	X(TOO_MANY_VERSIONS, "the feed was imported as often as can be counted; give it a new id") \
	X(IMPORT_OVERTAKEN, "another import of this feed came in between; send it again")        \
	X(STORE_FULL, "the store is full or busy; nothing of the feed counts")                   \
	X(TOO_FEW_FIELDS, "fewer fields than the header")                                        \
	X(TOO_MANY_FIELDS, "more fields than the header")                                        \
	X(MISSING_VALUE, "must not be empty")                                                    \
	X(BAD_NUMBER, "not a number")                                                            \
	X(OUT_OF_RANGE, "out of range")                                                          \
	X(ID_TOO_LONG, "an id of more than 128 bytes")                                           \
	X(NOT_PRINTABLE, "characters that cannot be shown")                                      \
	X(DUPLICATE_ID, "stands there already")                                                  \
	X(UNKNOWN_AGENCY, "not in agency.txt")                                                   \
	X(UNKNOWN_ROUTE, "not in routes.txt")                                                    \
	X(UNKNOWN_FARE, "not in fare_attributes.txt")                                            \
	X(UNKNOWN_ZONE, "no stop has this zone")                                                 \
	X(UNKNOWN_TRIP, "not in trips.txt")                                                      \
	X(UNKNOWN_STOP, "not in stops.txt")                                                      \
	X(NOT_YEN, "not in yen (JPY)")                                                           \
	X(YEN_FRACTION, "a fraction of a yen")                                                   \
	X(CONTAINS_NOT_SUPPORTED, "fares by zones passed through are not supported")

enum gtfs_code {
	GTFS_FINE,
#define X(name, text) GTFS_##name,
	GTFS_REFUSAL_CODES(X)
#undef X
	GTFS_CODE_COUNT
};

#define GTFS_NOTE_CODES(X)                                                                       \
	X(BYTE_ORDER_MARK, "begins with a byte-order mark; read past it")                        \
	X(UNKNOWN_COLUMNS, "columns that are not known here; not kept")                          \
	X(MISSING_OPTIONAL_FILE, "not in the archive; read without it")                          \
	X(OLD_FILE_NAME, "the file's older name")                                                \
	X(OLD_COLUMN_NAME, "a column's older or misspelt name")                                  \
	X(TRIMMED_SPACES, "spaces at the ends of fields, cut off")                               \
	X(EMPTY_ROWS, "rows without any value, passed over")                                     \
	X(EXTRA_EMPTY_FIELDS, "empty fields behind the last column, passed over")                \
	X(TEXT_CUT, "texts too long to keep, cut")                                               \
	X(LINE_BREAKS, "line breaks and tabs within texts, made spaces")                         \
	X(FEED_INFO_EMPTY, "no rows: the publisher is not known")                                \
	X(NO_FARES, "the feed has no fares")                                                     \
	X(YEN_WITH_ZEROS, "yen with zeros behind a point, read as whole yen")                    \
	X(RULE_WITHOUT_PLACES, "rules without origin and destination: they apply to any ride")   \
	X(FARES_WITHOUT_RULES, "no rules: every fare applies to any ride")                       \
	X(FARE_NOT_USED, "fares that no rule names; not used")                                   \
	X(FARES_MERGED, "several fares under one rule; the lowest is kept")                      \
	X(PAYMENT_METHOD_EMPTY, "no payment method; taken as paid on board")                     \
	X(ROUTE_ABSENT, "rows on routes that are not in routes.txt, passed over")                \
	X(ROUTE_WITHOUT_AGENCY, "routes without agency_id, given to the only agency")            \
	X(FARE_IN_DESCRIPTION, "route_desc tells a child's fare (小児) in words; not a fare here") \
	X(NO_CORPORATE_NUMBER, "agency ids that begin with no valid corporate number (法人番号)") \
	X(SAME_LEGAL_ENTITY, "one legal entity (法人番号)")                                      \
	X(AGENCIES_NOT_LISTED, "more agencies than the summary lists")                           \
	X(ROUTE_STOPS_CUT, "stops of a route's longest trip that are more than can be kept")

enum gtfs_note_code {
#define X(name, text) GTFS_NOTE_##name,
	GTFS_NOTE_CODES(X)
#undef X
	GTFS_NOTE_CODE_COUNT
};

/* --- Lists and maps in an arena --- */

struct gtfs_list {
	void *items;
	uint32_t count, capacity;
};

struct gtfs_slot {
	struct slice key;
	uint32_t value, used;
};

struct gtfs_map { /* Text to number. The keys stay the caller's. */
	struct gtfs_slot *slots;
	uint32_t count, capacity;
};

/* --- Entries. Slices live in `keep`. --- */

struct gtfs_agency {
	struct slice id, name, name_en;
	char corporate_number[CORPORATE_NUMBER_SIZE];
};

struct gtfs_stop {
	struct slice id, name, name_en, name_kana, zone, parent;
	int32_t lat_e7, lon_e7;
	uint8_t location_type;
};

struct gtfs_route {
	struct slice id, agency, short_name, long_name, name_en, desc, origin, via, destination;
	uint16_t type;
	uint8_t mode;
	uint32_t best_trip; /* Plus one: the trip with most stops. 0: none. */
	uint32_t *stops;    /* Indices, in order. */
	uint32_t stop_count;
	bool other_ways; /* A trip that does not surely run in this order. */
};

struct gtfs_fare {
	struct slice id;
	yen yen;
	int8_t transfers;
	uint8_t payment_method;
	bool used;
};

struct gtfs_rule { /* Slices of the entries that it names; empty: any. */
	struct slice route, origin, destination;
	uint32_t fare;
};

struct gtfs_trip {
	struct slice id;
	uint32_t route, stop_count;
	uint32_t first_stop, first_sequence, last_stop, last_sequence;
};

/* --- A member as a table --- */

enum { GTFS_COLUMN_MAX = 16 };

struct gtfs_column {
	const char *name, *old_name; /* old_name: NULL, or one that is read as well. */
	bool required;
};

struct gtfs_row {
	uint32_t line;
	struct slice fields[GTFS_COLUMN_MAX]; /* By the table's columns, trimmed; absent: empty. */
};

struct gtfs_table {
	const char *name, *old_name;
	bool required;
	const struct gtfs_column *columns; /* Ends with name NULL. */
	const char *known; /* Further columns of the standard, by spaces: not worth a note. */
	/* False: refused; gtfs_refuse was called. */
	bool (*row)(struct gtfs *, const struct gtfs_row *);
};

struct gtfs {
	struct arena *keep, *scratch;
	struct gtfs_report *report;
	struct slice publisher;
	struct gtfs_list agencies, stops, routes, fares, rules, trips, words;
	struct gtfs_map agency_ids, stop_ids, zones, route_ids, fare_ids, trip_ids, word_keys;

	/* The table being read. */
	const struct gtfs_table *table;
	const char *file; /* Its name as found. */
	struct gtfs_file *counts;
	const struct gtfs_row *row;
	int8_t places[CSV_COLUMN_COUNT_MAX]; /* Field of the file -> column of the table, or -1. */
	uint32_t header_count;
	bool again; /* Read once more: nothing is counted or told twice. */
	bool stopped;
	uint32_t last_trip;
};

/* The member's text, read row by row; `file`: its name as found. False: the feed is refused. */
MUSTCHECK bool gtfs_table_read(struct gtfs *, const struct gtfs_table *, const char *file,
			       struct slice text);
/* The same text once more, for `row`; what was refused before is refused again in silence. */
MUSTCHECK bool gtfs_table_again(struct gtfs *, const struct gtfs_table *, struct slice text);

/* Always false. Of the row, the column's name and value are told; column < 0: neither. */
bool gtfs_refuse(struct gtfs *, enum gtfs_code, int column);
/* Always false. Refuses the whole feed; what is told first stays. */
bool gtfs_refuse_feed(struct gtfs_report *, enum gtfs_code, const char *file, uint32_t line,
		      const char *detail);
/* Once a file and code; later ones are counted. line 0: the whole file. detail NULL: none. */
void gtfs_note(struct gtfs *, enum gtfs_note_code, const char *file, uint32_t line,
	       const char *detail);
void gtfs_note_row(struct gtfs *, enum gtfs_note_code, const char *detail);
void gtfs_report_note(struct gtfs_report *, enum gtfs_note_code, const char *file, uint32_t line,
		      const char *detail);

/* A field as an id, kept. False: refused (empty, too long, not printable). */
MUSTCHECK bool gtfs_take_id(struct gtfs *, struct slice *out, int column);
/* The same, empty allowed, not kept: to look something up. */
MUSTCHECK bool gtfs_check_id(struct gtfs *, struct slice *out, int column);
/* A field as text of at most size - 1 bytes, kept; cut and mended where need be. False: refused. */
MUSTCHECK bool gtfs_take_text(struct gtfs *, struct slice *out, int column, size_t size);
/* A whole number within bounds. False: refused. An empty field is `none`. */
MUSTCHECK bool gtfs_take_int(struct gtfs *, int64_t *out, int column, int64_t least, int64_t most,
			     int64_t none);
/* Degrees, decimal, times 10^7. */
MUSTCHECK bool gtfs_take_degrees(struct gtfs *, int32_t *out, int column, int32_t most);
/* Yen, whole; zeros behind a point are read and noted. */
MUSTCHECK bool gtfs_take_yen(struct gtfs *, yen *out, int column);

/* A zeroed item at the list's end. NULL: no room; the feed is refused. */
void *gtfs_list_add(struct gtfs *, struct gtfs_list *, size_t item_size);
/* Adds or finds. Returns the value's place, with *fresh telling which; NULL: no room. */
uint32_t *gtfs_map_put(struct gtfs *, struct gtfs_map *, struct slice key, bool *fresh);
/* False: not in it. */
bool gtfs_map_get(const struct gtfs_map *, uint32_t *out, struct slice key);

/* --- The files --- */

extern const struct gtfs_table gtfs_agency_table, gtfs_stop_table, gtfs_route_table,
	gtfs_route_jp_table, gtfs_info_table;			     /* gtfs_place.c */
extern const struct gtfs_table gtfs_fare_table, gtfs_rule_table;     /* gtfs_fare.c */
extern const struct gtfs_table gtfs_trip_table, gtfs_stop_time_table; /* gtfs_trip.c */
extern const struct gtfs_table gtfs_translation_table;		     /* gtfs_text.c */

/* After the last fare rule: what the two files mean together. */
bool gtfs_fares_end(struct gtfs *);
/* The stops of each route's longest trip; `text` is stop_times.txt, read before by its table. */
bool gtfs_trips_end(struct gtfs *, struct slice text);
/* Hands the translations that were read to what they name. */
void gtfs_texts_end(struct gtfs *);
/* Notes agencies that are one legal entity. */
void gtfs_agencies_end(struct gtfs *);

/* --- Towards the store (gtfs_record.c) --- */

struct gtfs_records {
	struct store_item *items; /* Keys ascending; in `keep`. */
	uint32_t count;
};

/* All records of the feed but feed/ itself. False: the feed is refused. */
MUSTCHECK bool gtfs_records_make(struct gtfs_records *, struct gtfs *, const char *feed_id,
				 uint16_t version);
/* The summary, but for version and time. */
void gtfs_summary(struct feed *out, const struct gtfs *);
/* Notes agencies that are one legal entity with one of another feed. */
void gtfs_note_twins(struct gtfs_report *, const struct feed *own, const struct feed *other);

#endif
