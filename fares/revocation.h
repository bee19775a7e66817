/* fares/revocation.h - the tickets that are not VALID, kept where status lists and bundles find
 * them without asking every ticket.
 *
 *   rev/<list, 4 hex>/<chunk, 2 hex>   raw: two bytes an entry, rising: place in the chunk << 4 |
 *                                      status
 *
 * A list has SLOT_INDEX_COUNT places in chunks of REVOCATION_CHUNK_COUNT, so that a whole list is
 * one page of the store, however many were taken back. The truth of a ticket stands in its use
 * record; who changes that writes both in one commit.
 */
#ifndef FARES_REVOCATION_H
#define FARES_REVOCATION_H

#include "core/call.h"
#include "fares/sale.h"

enum {
	REVOCATION_CHUNK_COUNT = 4096,
	REVOCATION_CHUNKS = SLOT_INDEX_COUNT / REVOCATION_CHUNK_COUNT,
	REVOCATION_CHUNK_SIZE_MAX = 2 * REVOCATION_CHUNK_COUNT,
};
#define REVOCATION_UNTIL "rev0" /* The end of the range of all lists. */

struct revocation {
	uint32_t index;
	uint8_t status; /* enum ticket_state */
};

/* The list of the tickets sold on that service day: days since the first of 2026. */
uint16_t revocation_list(day_t sold_on);

/* In keys, and then in writes. */
void revocation_want(struct call *, uint16_t list, uint32_t index);
void revocation_put(struct call *, uint16_t list, struct revocation);

const char *revocation_key(struct call *, uint16_t list, uint32_t index); /* Its chunk's. */
/* Comes before every chunk of this list. */
const char *revocation_range_key(struct call *, uint32_t list);
/* Which list and chunk a key names. False: none (asked of the store's own keys: asserted there). */
MUSTCHECK bool revocation_key_read(uint16_t *list, uint32_t *first_index, struct slice key);

/* Chunks as bytes. */
size_t revocation_count(struct slice chunk);
struct revocation revocation_at(struct slice chunk, uint32_t first_index, size_t n);
uint8_t revocation_status(struct slice chunk, uint32_t index);
/* Out: the chunk with that status set, without it where it is TICKET_VALID. Returns its size. */
size_t revocation_set(uint8_t out[REVOCATION_CHUNK_SIZE_MAX], struct slice chunk,
		      struct revocation);

#endif
