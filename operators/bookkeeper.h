/* operators/bookkeeper.h - the fold of the log into usage, ledger, lines and counts. Nothing
 * but this writes money, and it asks nothing but the fact, its own views, and immutable product and
 * rule versions.
 *
 * A ticket is earned once, when the service day on which its last validity or last use plus the
 * offline grace falls is closed. A ride that comes after that is in the usage, and in no statement.
 */
#ifndef OPERATORS_BOOKKEEPER_H
#define OPERATORS_BOOKKEEPER_H

#include "core/fold.h"
#include "operators/views.h"

struct bookkeeper_room {
	uint16_t boundary_min, offline_grace_h;
};

extern const struct fold_op bookkeeper_op;

#endif
