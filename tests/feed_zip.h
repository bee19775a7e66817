/* tests/feed_zip.h - a small honest feed, and zips of it with one file put in another's place. */
#ifndef TESTS_FEED_ZIP_H
#define TESTS_FEED_ZIP_H

#include "fares/gtfs_parse.h"

enum { FEED_FILE_COUNT_MAX = 16 };

struct feed_file {
	const char *name;
	struct slice text; /* data NULL: not in the zip. */
};

struct feed_files {
	struct feed_file files[FEED_FILE_COUNT_MAX];
	size_t count;
};

/* Four rows in each file, so that one more that is refused is one in five. */
void feed_files_honest(struct feed_files *);
/* Puts the text in the place of the file of that name, or adds it. */
void feed_files_set(struct feed_files *, const char *name, struct slice text);
struct slice feed_files_get(const struct feed_files *, const char *name);
/* The file's text with a line behind its last; to be freed. */
char *feed_files_add_line(struct feed_files *, const char *name, const char *line);
/* To be freed by free(out.data). */
struct slice feed_files_zip(const struct feed_files *);
/* A whole file of the disk, to be freed; data NULL: not there. */
struct slice feed_read_path(const char *path);

/* --- Reading --- */

extern struct gtfs_report feed_report; /* Of the last reading. */

int feed_open_arenas(void **state); /* cmocka's group setup and teardown. */
int feed_close_arenas(void **state);
/* NULL: refused. Lives until the next reading. */
struct gtfs *feed_read_zip(struct slice zip);
struct gtfs *feed_read(const struct feed_files *);
const struct gtfs_note *feed_find_note(const char *code, const char *file);

#endif
