/* core/store_bulk.h - very many new records that count all at once: an import.
 *
 *   found    a few records, and a page, are fetched
 *   prepare  on a pool thread, with nothing to wait for: names what is to be written
 *   first    one commit that claims the right to make the records (a number that nobody else has)
 *   records  appended in slices of STORE_ITEM_COUNT_MAX
 *   last     one commit that lets them count
 *
 * A crash or a refusal in between leaves records that nothing points at. STORE_RETRY in the first
 * or last commit means that somebody else was faster; nothing counts then.
 */
#ifndef CORE_STORE_BULK_H
#define CORE_STORE_BULK_H

#include "core/loop.h"
#include "core/store.h"

enum { STORE_BULK_EDGE_MAX = 4 };

struct store_bulk {          /* The caller's, with all it points at, until `done` has begun. */
	struct arena *arena; /* For what is found. */
	struct store_item found[STORE_BULK_EDGE_MAX]; /* In: keys, ascending. */
	uint32_t found_count;
	struct store_page page; /* In: from, until, item_count (0: no page is asked for). */
	/* Fills what follows; leaves all of it empty where nothing is to be written. */
	void (*prepare)(struct store_bulk *);
	struct store_item first[STORE_BULK_EDGE_MAX], last[STORE_BULK_EDGE_MAX];
	uint32_t first_count, last_count;
	struct store_item
	    *records; /* Keys ascending that nobody else can make; intent is set here. */
	size_t record_count;
	void (*done)(struct store_bulk *, enum store_status); /* On the loop's thread, once. */
	void *to;

	/* Its own. */
	struct store *store;
	struct loop *loop;
	struct store_req req;
	struct loop_work work;
	size_t written;
	uint8_t step;
};

void store_bulk_start(struct store_bulk *, struct loop *, struct store *);
/* For programs without a running loop; `done` is not called. */
MUSTCHECK enum store_status store_bulk_wait(struct store_bulk *, struct store *);

#endif
