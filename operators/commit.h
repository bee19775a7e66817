/* operators/commit.h - what a close promises of every division in its month, hidden and provable:
 * the leaves of an RFC 6962 tree whose root stands in the close. docs/audit.md says it to people.
 *
 *   commit/<YYYY-MM>/<level>/<number, 8 digits>   struct commit_tile: as core/tile.h cuts a tree;
 *                                                 of level 0 leaves, of others roots of full tiles
 *   commit/pool/<YYYY-MM>/<place>                 struct commit_pool: a pool's, as it was committed
 *
 * First come the month's records split/ in the order of their keys, then its records pool/split/. A
 * leaf's data is SHA-256(salt || text): the text is what an operator needs to divide again, without
 * the others' names, as canonical JSON (RFC 8785); the salt is made of what the log keeps secret,
 * so that a rebuild finds the same bytes and a rival does not:
 *
 *   ticket   SHA-256("hitotsu/commit/ticket\n" || salt of its `sold` || "2026-11")[0..16]
 *   pool     SHA-256("hitotsu/commit/pool\n" || chain || place)[0..16]
 *   chain    begins with the last close's (zeroes: none) and becomes, with each ticket's leaf,
 *            SHA-256(chain || its salt)
 *   ticket   named in its text by SHA-256("hitotsu/commit/name\n" || salt || uuid)
 *
 * Pure.
 */
#ifndef OPERATORS_COMMIT_H
#define OPERATORS_COMMIT_H

#include "core/codec.h"
#include "operators/pool.h"
#include "operators/split.h"

enum {
	COMMIT_HASH_SIZE = 32,
	COMMIT_TILE_WIDTH = 256,
	COMMIT_TEXT_SIZE_MAX = 32 * 1024,
	COMMIT_BESIDE_COUNT_MAX = 256, /* More partners sell one pool: the rest is not committed. */
};

struct commit_hash {
	uint8_t bytes[COMMIT_HASH_SIZE];
};

struct commit_tile {
	char first[97]; /* Level 0: the key of the record of its first leaf. */
	struct commit_hash hash[COMMIT_TILE_WIDTH];
	uint16_t hash_count;
};

struct commit_beside {
	char partner_id[ID_SIZE]; /* "~": the council. */
	yen sum_yen;
};

struct commit_pool {
	uint8_t salt[SPLIT_SALT_SIZE];
	struct commit_beside beside[COMMIT_BESIDE_COUNT_MAX]; /* By id, the council last. */
	uint16_t beside_count;
};
extern const struct shape commit_tile_shape, commit_pool_shape;

/* name: of the ticket, hidden. */
void commit_split_text(struct writer *, const struct ticket_split *,
		       const uint8_t name[COMMIT_HASH_SIZE]);
void commit_pool_text(struct writer *, const struct pool *, const struct commit_pool *);
/* What the split divided: what the shares hold beyond fixed amounts, and what nobody got. */
yen commit_split_left(const struct ticket_split *);

/* commit_shape.c: the ticket's name in its text. */
void commit_split_name(uint8_t out[COMMIT_HASH_SIZE], const struct ticket_split *);

#endif
