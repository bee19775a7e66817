/* core/zip.h - the members of a zip archive held in memory; the door to libzip.
 *
 * Nothing is written to disk and no path of the archive is followed. Limits guard against bombs:
 * the sizes an archive claims are checked before reading, and what is read is checked against the
 * claim.
 */
#ifndef CORE_ZIP_H
#define CORE_ZIP_H

#include "core/arena.h"

enum { ZIP_MEMBER_COUNT_MAX = 64 };
#define ZIP_MEMBER_SIZE_MAX ((size_t)512 * 1024 * 1024) /* stop_times of a large city: 150 MB */
#define ZIP_TOTAL_SIZE_MAX  ((size_t)1024 * 1024 * 1024)
#define ZIP_RATIO_MAX       200 /* Honest feeds reach 30. */

enum zip_status {
	ZIP_FOUND,
	ZIP_ABSENT,
	ZIP_NOT_ONE,
	ZIP_BOMB,
	ZIP_TOO_MANY,
	ZIP_DAMAGED,
	ZIP_LOCKED
};

struct zip_file; /* Opaque. */

/* `bytes` stay the caller's until zip_close. */
MUSTCHECK enum zip_status zip_file_open(struct zip_file **out, struct slice bytes);
void zip_file_close(struct zip_file *);
/* The member's bytes, in the arena; ZIP_BOMB also where they would not fit in it. Members in one
 * folder at the top are found without its name. */
MUSTCHECK enum zip_status zip_file_read(struct zip_file *, struct slice *out, struct arena *,
					const char *name);
const char *zip_status_text(enum zip_status);

#endif
