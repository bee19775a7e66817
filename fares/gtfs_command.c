/* fares/gtfs_command.c - `hitotsu import`. Without it a council could take a feed in only while its
 * server runs.
 */
#include "fares/gtfs_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { IMPORT_ARENA_SIZE = 16 * 1024 * 1024, TABLE_SIZE = 256 * 1024 };
#define IMPORT_FILE_MAX ((off_t)1024 * 1024 * 1024)

/* The file's name without folders and ".zip", as an id. False: nothing of it can be one. */
static bool feed_id_of(char out[SUBJECT_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t size = strlen(name);

	if (size >= 4 && strcasecmp(name + size - 4, ".zip") == 0)
		size -= 4;
	if (size >= SUBJECT_SIZE)
		size = SUBJECT_SIZE - 1;
	for (size_t i = 0; i < size; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			c = '-';
		out[i] = c;
	}
	out[size] = '\0';
	return subject_is_valid(slice_text(out));
}

/* Out: *bytes, to be freed. NULL: why, for people. */
static const char *read_file(struct slice *out, uint8_t **bytes, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat stat;
	const char *why = NULL;

	*bytes = NULL;
	if (file == NULL)
		return strerror(errno);
	if (fstat(fileno(file), &stat) != 0)
		why = strerror(errno);
	else if (!S_ISREG(stat.st_mode))
		why = "not a file";
	else if (stat.st_size > IMPORT_FILE_MAX)
		why = "larger than a gibibyte";
	else if ((*bytes = malloc((size_t)stat.st_size + 1)) == NULL)
		why = "no memory";
	else if (fread(*bytes, 1, (size_t)stat.st_size, file) != (size_t)stat.st_size)
		why = "cannot be read to its end";
	else
		*out = slice_of(*bytes, (size_t)stat.st_size);
	fclose(file);
	if (why != NULL) {
		free(*bytes);
		*bytes = NULL;
	}
	return why;
}

static void print_report(const struct gtfs_report *report)
{
	struct writer w = { .data = malloc(TABLE_SIZE), .size = TABLE_SIZE };

	MUST(w.data != NULL);
	gtfs_report_print(&w, report);
	MUST(!w.failed);
	fwrite(w.data, 1, w.used, stdout);
	fflush(stdout);
	free(w.data);
}

static bool import_bytes(struct store *store, const char *feed_id, struct slice zip, time_ms now)
{
	struct gtfs_import *im = malloc(sizeof(*im));
	struct arena arena;
	bool imported = false;

	MUST(im != NULL);
	if (!arena_open(&arena, IMPORT_ARENA_SIZE)) {
		printf("%s: no memory\n", feed_id);
	} else if (!gtfs_import_begin(im, &arena, feed_id, zip, now)) {
		printf("%s: no memory\n", feed_id);
		arena_close(&arena);
	} else {
		gtfs_import_end(im, store_bulk_wait(&im->bulk, store));
		print_report(&im->report);
		imported = im->report.imported;
		arena_close(&arena);
	}
	free(im);
	return imported;
}

static bool import_path(struct store *store, const char *path, time_ms now)
{
	char feed_id[SUBJECT_SIZE];
	struct slice zip = { 0 };
	uint8_t *bytes;
	const char *why;
	bool imported;

	if (!feed_id_of(feed_id, path)) {
		printf("%s: REFUSED, its name gives no feed id (1 to 32 of a-z, 0-9 and '-')\n",
		       path);
		return false;
	}
	why = read_file(&zip, &bytes, path);
	if (why != NULL) {
		printf("%s: REFUSED, %s\n", path, why);
		return false;
	}
	imported = import_bytes(store, feed_id, zip, now);
	free(bytes);
	return imported;
}

int gtfs_import_command(struct store *store, const char *const *paths, size_t count, time_ms now)
{
	size_t imported = 0;

	for (size_t i = 0; i < count; i++)
		imported += import_path(store, paths[i], now);
	printf("%zu of %zu feeds are in force\n", imported, count);
	return imported == count ? 0 : 1;
}
