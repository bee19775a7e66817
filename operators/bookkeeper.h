/* operators/bookkeeper.h - the fold of the log into usage, ledger, lines and counts. Nothing
 * but this writes money, and it asks nothing but the fact, its own views, and immutable product and
 * rule versions.
 *
 * A ticket is earned when the service day on which its last validity or last use plus the offline
 * grace falls is closed. A ride that comes after that divides it again in the open period, within
 * the late limit; later still it is kept and shown, and in no statement.
 */
#ifndef OPERATORS_BOOKKEEPER_H
#define OPERATORS_BOOKKEEPER_H

#include "core/config.h"
#include "core/fold.h"
#include "operators/views.h"

struct bookkeeper_room {
	uint16_t boundary_min, offline_grace_h;
	uint16_t late_limit_days; /* After the close of its month a ride is paid no more. */
	uint64_t *identity_failed; /* Or NULL: 1 since a close that it stopped, for /metrics. */
};

/* identity_failed: as in the room. */
void bookkeeper_room_make(struct bookkeeper_room *, const struct config *,
			  uint64_t *identity_failed);

extern const struct fold_op bookkeeper_op;
/* All kinds of records that it makes, but for its position; NULL-ended. */
extern const char *const bookkeeper_kinds[];

#endif
