/* fares/extension.h - validity that the council made longer: a storm, a strike, one rider's ticket
 * that failed.
 *
 *   ext/<product number, 4 hex>   struct extended: of that product; 0000: of every product
 *   extick/<valid_until in seconds, 10 digits>/<ticket uuid>   struct extension: of one ticket, for
 *                                 gates' bundles; its use record says it, too
 *
 * A ticket keeps the end that its face and its first use give it, and each extension is asked about
 * that one: extensions do not add up, and in whatever order they were made the latest end holds.
 * They only lengthen. Pure.
 */
#ifndef FARES_EXTENSION_H
#define FARES_EXTENSION_H

#include "core/base.h"

struct shape;

enum { EXTENDED_COUNT_MAX = 16 };

struct extension {
	uint16_t product_number, product_version; /* 0: each. */
	struct id128 ticket_id;			  /* Zeroes: every ticket of the product. */
	/* Tickets that end in here, the last moment excluded. 0, 0: whenever it ends. */
	time_ms from, until;
	time_ms valid_until; /* The last moment, instead. */
	time_ms sold_at;     /* Of a ticket's own: so that its status list is carried, too. */
};
extern const struct shape extension_shape;

struct extended { /* A record's worth; the oldest goes where there is no room. */
	struct extension list[EXTENDED_COUNT_MAX];
	uint16_t count;
};
extern const struct shape extended_shape;

struct extensions { /* Somebody else's array. */
	const struct extension *list;
	size_t count;
};

/* The ticket's last moment, which would be `end`. extensions NULL: there are none. */
time_ms extension_end(const struct extensions *, uint16_t product_number, uint16_t product_version,
		      struct id128 ticket_id, time_ms end);
/* False: there is no room, for all that are in it may still matter at `now`. */
MUSTCHECK bool extended_add(struct extended *, const struct extension *, time_ms now);

#endif
