/* operators/rebuild.h - `hitotsu rebuild`: the books are thrown away and folded again from the log,
 * and are compared with what they were.
 */
#ifndef OPERATORS_REBUILD_H
#define OPERATORS_REBUILD_H

#include "core/clock.h"
#include "operators/bookkeeper.h"

struct rebuild {
	struct loop *loop;
	struct store *store; /* No server has it open. */
	const struct clock *clock;
	struct bookkeeper_room *room;
};

/* Says what it does on standard output. The exit code: 0 the same bytes as before, or a broken-off
 * rebuild is finished; 1 the store did not answer; 3 the books are others than before: they are
 * what the log says now. */
int rebuild_books(const struct rebuild *);

#endif
