/* operators/commit_shape.c - the records of what a close committed. Without it a proof could be
 * made only while the month is being closed.
 */
#include "core/crypto.h"
#include "core/shape.h"
#include "operators/commit.h"

enum { REQ = SHAPE_REQUIRED };

static const struct shape_field hash_fields[] = {
	F_BYTES(struct commit_hash, bytes, 1, REQ, ""),
	F_END,
};
static const struct shape hash_shape = { "CommitHash", sizeof(struct commit_hash), hash_fields };

static const struct shape_field tile_fields[] = {
	F_TEXT(struct commit_tile, first, 1, 0, 0, ""),
	F_LIST(struct commit_tile, hash, 2, 0, &hash_shape, hash_count, ""),
	F_END,
};
const struct shape commit_tile_shape = { "CommitTile", sizeof(struct commit_tile), tile_fields };

static const struct shape_field beside_fields[] = {
	F_TEXT(struct commit_beside, partner_id, 1, REQ, 1, ""),
	F_INT(struct commit_beside, sum_yen, 2, 0, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_END,
};
static const struct shape beside_shape = { "CommitBeside", sizeof(struct commit_beside),
					   beside_fields };

static const struct shape_field pool_fields[] = {
	F_BYTES(struct commit_pool, salt, 1, SHAPE_SECRET, ""),
	F_LIST(struct commit_pool, beside, 2, 0, &beside_shape, beside_count, ""),
	F_END,
};
const struct shape commit_pool_shape = { "CommitPool", sizeof(struct commit_pool), pool_fields };

void commit_split_name(uint8_t out[COMMIT_HASH_SIZE], const struct ticket_split *split)
{
	sha256_three(out, SLICE("hitotsu/commit/name\n"), slice_of(split->salt, SPLIT_SALT_SIZE),
		     slice_of(split->ticket_id.bytes, sizeof(split->ticket_id.bytes)));
}
