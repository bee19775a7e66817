/* core/store_full.h - whether there is room to write, as far as the last write tells.
 *
 * A write that found none is remembered until one succeeds, or until there is room again and none
 * has failed for a while: for a server that is not ready is sent nothing to write.
 */
#ifndef CORE_STORE_FULL_H
#define CORE_STORE_FULL_H

#include "core/store.h"

enum { STORE_FULL_NS = 2 * 1000 * 1000 * 1000, STORE_ROOM_LEAST = 2 << 20 };

struct store_full {
	_Atomic uint64_t failed_ns; /* 0: the last write found room. */
};

/* Of an errno: there was no room on the disk, and nothing worse. */
bool store_disk_is_full(int error);
/* By the writer, of each batch. reason: why there was no room; NULL: there was. */
void store_full_note(struct store_full *, const char *reason);
/* By any thread: stats->full, of the other numbers there and of what is left on the disk. */
void store_full_tell(struct store_stats *stats, const struct store_full *, uint64_t on_disk);

#endif
