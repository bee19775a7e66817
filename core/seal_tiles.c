/* core/seal_tiles.c - the tiles at the tree's right edge, and those that a step made full. Without
 * it the tree would be hashed and nobody could be shown how.
 */
#include "core/seal_inside.h"

/* Its tile of that level in a tree of `leaf_count`: the one that is not full, or not yet begun. */
static uint64_t edge_number(uint64_t leaf_count, unsigned level)
{
	return leaf_count >> (8 * (level + 1));
}

static unsigned edge_width(uint64_t leaf_count, unsigned level)
{
	return (unsigned)(leaf_count >> (8 * level)) % TILE_WIDTH;
}

bool seal_tiles_ready(const struct seal *seal)
{
	return seal->tiles.known && seal->tiles.leaf_count == seal->head.leaf_count;
}

void seal_tiles_fetch(struct seal *seal, void (*done)(struct store_req *, enum store_status))
{
	uint64_t leaf_count = seal->head.leaf_count;

	seal_request(seal, done);
	for (unsigned level = 0; level < TILE_LEVEL_COUNT; level++) {
		char *key = arena_alloc(&seal->arena, TILE_KEY_SIZE);

		tile_key(key, level, edge_number(leaf_count, level));
		seal->items[seal->req.item_count++] = (struct store_item){ .key = slice_text(key) };
	}
	store_fetch(seal->store, &seal->req);
}

/* The head was read before them; had it moved since, the commit will say so. */
void seal_tiles_fetched(struct seal *seal)
{
	struct seal_tiles *tiles = &seal->tiles;
	uint64_t leaf_count = seal->head.leaf_count;

	tiles->known = true;
	tiles->leaf_count = leaf_count;
	for (unsigned level = 0; level < TILE_LEVEL_COUNT; level++) {
		const struct store_item *item = &seal->items[level];
		struct tile *tile = &tiles->tile[level];
		unsigned width = edge_width(leaf_count, level);

		tiles->version[level] = item->version;
		tiles->changed[level] = false;
		tile->width = 0;
		if (item->version > 0)
			MUST(tile_read(tile, level, item->value));
		if (tile->width != width) /* Another sealer is at work. */
			tiles->known = false;
	}
}

static struct slice encoded(const struct seal *seal, struct arena *arena, unsigned level)
{
	struct writer to = { .size = TILE_RECORD_SIZE_MAX };

	to.data = arena_alloc(arena, to.size);
	tile_write(&to, &seal->tiles.tile[level], level);
	MUST(!to.failed);
	return slice_of(to.data, to.used);
}

static struct store_item edge_item(struct seal *seal, struct arena *arena, unsigned level,
				   uint64_t number)
{
	char *key = arena_alloc(arena, TILE_KEY_SIZE);

	tile_key(key, level, number);
	return (struct store_item){
		.key = slice_text(key),
		.value = encoded(seal, arena, level),
		.version = seal->tiles.version[level],
		.intent = STORE_WRITE,
	};
}

/* One hash more. A full tile goes into the commit, and the next begins. */
static void grow(struct seal *seal, unsigned level, const struct seal_hash *hash, uint64_t index)
{
	struct seal_tiles *tiles = &seal->tiles;
	struct tile *tile = &tiles->tile[level];

	MUST(tile->width < TILE_WIDTH && index % TILE_WIDTH == tile->width);
	tile->hash[tile->width++] = *hash;
	tiles->changed[level] = true;
	if (tile->width < TILE_WIDTH)
		return;
	MUST(seal->full_count < SEAL_TILE_COUNT_MAX);
	seal->full[seal->full_count++] = edge_item(seal, &seal->made, level, index / TILE_WIDTH);
	tiles->version[level] = 0;
	tiles->changed[level] = false;
	tile->width = 0;
}

static void joined(void *to, unsigned level, const struct seal_hash *root)
{
	struct seal *seal = to;

	if (level % 8 == 0)
		grow(seal, level / 8, root, seal->next.leaf_count >> level);
}

void seal_tiles_append(struct seal *seal, const struct seal_hash *data, struct slice key)
{
	struct tile *tile = &seal->tiles.tile[0];
	struct seal_hash leaf;

	if (tile->width == 0)
		MUST(text_set(tile->first, sizeof(tile->first), key));
	grow(seal, 0, data, seal->next.leaf_count);
	seal_leaf_of(&leaf, data);
	seal_append_telling(&seal->next, &leaf, joined, seal);
}

void seal_tiles_put(struct seal *seal)
{
	for (uint32_t i = 0; i < seal->full_count; i++)
		seal->items[seal->req.item_count++] = seal->full[i];
	for (unsigned level = 0; level < TILE_LEVEL_COUNT; level++)
		if (seal->tiles.changed[level])
			seal->items[seal->req.item_count++] =
			    edge_item(seal, &seal->made, level,
				      edge_number(seal->next.leaf_count, level));
	MUST(seal->req.item_count <= SEAL_ITEM_COUNT_MAX);
	seal->tiles.known = false; /* Until it is on disk. */
}

void seal_tiles_committed(struct seal *seal)
{
	struct seal_tiles *tiles = &seal->tiles;

	for (unsigned level = 0; level < TILE_LEVEL_COUNT; level++) {
		tiles->version[level] += tiles->changed[level];
		tiles->changed[level] = false;
	}
	tiles->known = true;
	tiles->leaf_count = seal->head.leaf_count;
}
