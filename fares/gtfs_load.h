/* fares/gtfs_load.h - one import from the bytes of a zip to a version in force.
 *
 * The version's number is claimed by a first commit of feedv/<feed>, its records are appended, and
 * one last commit of feed/<feed> makes it current. Of two imports of one feed at a time, one is
 * overtaken and changes nothing. The very bytes that are in force already change nothing and are
 * reported as unchanged.
 */
#ifndef FARES_GTFS_LOAD_H
#define FARES_GTFS_LOAD_H

#include "core/store_bulk.h"
#include "fares/gtfs.h"

enum { GTFS_FEED_COUNT_MAX = STORE_PAGE_COUNT_MAX }; /* Other feeds looked at for twins. */

struct gtfs_import {
	struct store_bulk bulk; /* Start or wait for it; bulk.done and bulk.to are the caller's. */
	struct gtfs_report report;
	struct feed feed; /* As it is in force after the import. */

	/* Its own. */
	struct slice zip;
	time_ms now;
	struct arena keep, scratch;
	char feed_key[GTFS_KEY_SIZE], version_key[GTFS_KEY_SIZE];
	uint8_t feed_value[STORE_VALUE_SIZE_MAX], version_value[16];
};

/* arena: for what is found, until gtfs_import_end; the zip stays the caller's as long. False: no
 * memory. */
MUSTCHECK bool gtfs_import_begin(struct gtfs_import *, struct arena *, const char *feed_id,
				 struct slice zip, time_ms now);
/* After the bulk's end: completes the report and gives memory back. Out, in the report: imported,
 * unchanged, version or whole. */
void gtfs_import_end(struct gtfs_import *, enum store_status);

/* For `hitotsu import FEED.zip...`: the feed's id is the file's name without ".zip", in lower case,
 * '-' for what an id cannot hold. Prints a table for each. Returns the exit code: 0 when all are in
 * force, 1 when any was refused or could not be read. */
int gtfs_import_command(struct store *, const char *const *paths, size_t count, time_ms now);

#endif
