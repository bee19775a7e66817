/* operators/walk.h - a range of the store, page after page, while keys asks for more.
 */
#ifndef OPERATORS_WALK_H
#define OPERATORS_WALK_H

#include "core/call.h"

struct walk {
	const char *from, *until;
	uint32_t most, at;
	const struct call_page *page;
	bool waits; /* Its next page was asked for. */
};

/* The next record; NULL: the end, or `waits`. */
const struct record *walk_next(struct call *, struct walk *);

#endif
