/* core/store_full.c - without it a server whose disk is full would be sent everybody's commands,
 * and would answer each of them that it cannot.
 */
#include "core/store_full.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>

bool store_disk_is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

void store_full_note(struct store_full *full, const char *reason)
{
	if (reason != NULL && full->failed_ns == 0)
		LOG(LOG_WARN, "store_full", LOG_TEXT("reason", reason));
	if (reason == NULL && full->failed_ns != 0)
		LOG(LOG_INFO, "store_room_again", LOG_TEXT("reason", "a write found room"));
	full->failed_ns = reason == NULL ? 0 : clock_monotonic_ns();
}

void store_full_tell(struct store_stats *stats, const struct store_full *full, uint64_t on_disk)
{
	uint64_t failed_ns = full->failed_ns, in_map = stats->limit_bytes - stats->used_bytes;

	stats->full = failed_ns != 0 && (on_disk < STORE_ROOM_LEAST || in_map < STORE_ROOM_LEAST ||
					 clock_monotonic_ns() - failed_ns < STORE_FULL_NS);
}
