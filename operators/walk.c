/* operators/walk.c - without it what a command reads would end where a page does. */
#include "operators/walk.h"

const struct record *walk_next(struct call *call, struct walk *walk)
{
	const struct record *last;

	for (;;) {
		if (walk->page == NULL) {
			call_want_page(call, walk->from, walk->until, walk->most);
			walk->page = call_found_page(call, walk->from, walk->until);
			walk->at = 0;
			walk->waits = walk->page == NULL;
			if (walk->waits)
				return NULL;
		}
		if (walk->at < walk->page->count)
			return &walk->page->records[walk->at++];
		if (walk->page->end)
			return NULL;
		last = &walk->page->records[walk->page->count - 1];
		walk->from = call_key(call, "%.*s\x01", (int)last->key.size,
				      (const char *)last->key.data);
		walk->page = NULL;
	}
}
