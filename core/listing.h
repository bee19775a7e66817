/* core/listing.h - one page of the records under a prefix, as {"items": [...], "next": cursor or
 * null}.
 *
 * A cursor is where the page before ended; it is opaque to clients, and a forged one is only
 * another place under the same prefix.
 */
#ifndef CORE_LISTING_H
#define CORE_LISTING_H

#include "core/call.h"

enum { LISTING_LIMIT_MAX = 200, LISTING_LIMIT = 50 };
#define LISTING_QUERY "limit cursor" /* For http_route.query. */

struct listing {                             /* Part of a cmd. */
	char prefix[STORE_KEY_SIZE_MAX + 1]; /* "operator/" */
	char from[STORE_KEY_SIZE_MAX + 2], until[STORE_KEY_SIZE_MAX + 1];
	uint32_t limit;
};

/* In parse: reads limit and cursor. others: further parameters that this question takes,
 * NULL-ended, or NULL. False: refused. */
MUSTCHECK bool listing_parse(struct call *, struct listing *, const char *prefix,
			     const char *const *others);
/* In keys, and again in answer: the page, or NULL while it is not there. */
const struct call_page *listing_page(struct call *, const struct listing *);
/* For an op whose cmd is a struct listing: its `keys`. */
bool listing_keys(struct call *);
/* The last member of an answer that is written by hand. */
void listing_put_next(struct json_out *, const struct listing *, const struct call_page *);
/* In answer. Each record is read as `stored` and given to `item`, which writes one object (key
 * NULL); item NULL: it is written as `stored`. */
void listing_answer(struct call *, const struct listing *, const struct shape *stored,
		    void (*item)(struct json_out *, const void *record));

#endif
