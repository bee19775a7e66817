/* fares/gtfs.c - reads a feed, file after file. Without it the fares that operators already publish
 * would have to be typed in again.
 */
#include "fares/gtfs_parse.h"

#include "core/crypto.h"
#include "core/zip.h"

static enum gtfs_code code_of_zip(enum zip_status status)
{
	switch (status) {
	case ZIP_NOT_ONE:
		return GTFS_NOT_A_ZIP;
	case ZIP_BOMB:
		return GTFS_ZIP_BOMB;
	case ZIP_TOO_MANY:
		return GTFS_ZIP_TOO_MANY;
	case ZIP_LOCKED:
		return GTFS_ZIP_LOCKED;
	default:
		return GTFS_ZIP_DAMAGED;
	}
}

/* Finds the member by its name or its older one. Out: *file, NULL where there is none. */
static bool find_member(struct gtfs *g, struct zip_file *zip, const struct gtfs_table *table,
			const char **file, struct slice *text)
{
	enum zip_status status;

	arena_reset(g->scratch, 0);
	*file = table->name;
	status = zip_file_read(zip, text, g->scratch, table->name);
	if (status == ZIP_ABSENT && table->old_name != NULL) {
		*file = table->old_name;
		status = zip_file_read(zip, text, g->scratch, table->old_name);
		if (status == ZIP_FOUND)
			gtfs_note(g, GTFS_NOTE_OLD_FILE_NAME, *file, 0, table->name);
	}
	if (status == ZIP_FOUND)
		return true;
	if (status != ZIP_ABSENT)
		return gtfs_refuse_feed(g->report, code_of_zip(status), *file, 0, NULL);
	*file = NULL;
	if (table->required)
		return gtfs_refuse_feed(g->report, GTFS_MISSING_FILE, table->name, 0, NULL);
	gtfs_note(g, GTFS_NOTE_MISSING_OPTIONAL_FILE, table->name, 0, NULL);
	return true;
}

/* What follows from a file as a whole. */
static bool end_table(struct gtfs *g, const struct gtfs_table *table, const char *file,
		      struct slice text)
{
	if (table == &gtfs_agency_table)
		gtfs_agencies_end(g);
	if (table == &gtfs_rule_table)
		return gtfs_fares_end(g);
	if (table == &gtfs_stop_time_table && file != NULL)
		return gtfs_trips_end(g, text);
	if (table == &gtfs_translation_table)
		gtfs_texts_end(g);
	if (table == &gtfs_info_table && file != NULL && g->counts->rows == 0)
		gtfs_note(g, GTFS_NOTE_FEED_INFO_EMPTY, file, 0, NULL);
	return true;
}

/* Each file after those that it names things of. */
static bool read_tables(struct gtfs *g, struct zip_file *zip)
{
	static const struct gtfs_table *const tables[] = {
		&gtfs_info_table,     &gtfs_agency_table, &gtfs_stop_table,
		&gtfs_route_table,    &gtfs_route_jp_table, &gtfs_fare_table,
		&gtfs_rule_table,     &gtfs_trip_table,   &gtfs_stop_time_table,
		&gtfs_translation_table,
	};

	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		struct slice text = { 0 };
		const char *file;

		if (!find_member(g, zip, tables[i], &file, &text) ||
		    (file != NULL && !gtfs_table_read(g, tables[i], file, text)) ||
		    !end_table(g, tables[i], file, text))
			return false;
	}
	return true;
}

static void set_digest(struct gtfs_report *report, struct slice zip)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, zip);
	hex_encode(report->sha256, sizeof(report->sha256), slice_of(digest, sizeof(digest)));
}

bool gtfs_read(struct gtfs **out, struct gtfs_report *report, struct arena *keep,
	       struct arena *scratch, struct slice zip)
{
	struct gtfs *g = arena_alloc(keep, sizeof(*g));
	char feed_id[SUBJECT_SIZE];
	struct zip_file *file;
	enum zip_status status;
	bool fine;

	mem_copy(feed_id, report->feed_id, sizeof(feed_id));
	mem_zero(report, sizeof(*report));
	mem_copy(report->feed_id, feed_id, sizeof(feed_id));
	set_digest(report, zip);
	*g = (struct gtfs){ .keep = keep, .scratch = scratch, .report = report };
	*out = g;
	status = zip_file_open(&file, zip);
	if (status != ZIP_FOUND)
		return gtfs_refuse_feed(report, code_of_zip(status), "the zip", 0, NULL);
	fine = read_tables(g, file);
	zip_file_close(file);
	MUST(fine == (report->whole.code[0] == '\0'));
	if (g->publisher.size > 0)
		MUST(text_set(report->publisher, sizeof(report->publisher), g->publisher));
	return fine;
}
