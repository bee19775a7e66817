/* fares/gtfs_list.c - lists that grow and a map by text, both in an arena. Without it every reader
 * of a feed's file would have a limit of its own, or none.
 */
#include "fares/gtfs_parse.h"

enum { LIST_FIRST = 64, MAP_FIRST = 128 };

/* NULL where the feed has outgrown its memory, which refuses it. */
static void *take(struct gtfs *g, size_t size)
{
	if (size + 64 <= arena_left(g->keep))
		return arena_alloc(g->keep, size);
	gtfs_refuse_feed(g->report, GTFS_FEED_TOO_LARGE, g->file, g->row != NULL ? g->row->line : 0,
			 NULL);
	return NULL;
}

void *gtfs_list_add(struct gtfs *g, struct gtfs_list *list, size_t item_size)
{
	if (list->count == list->capacity) {
		uint32_t capacity = list->capacity == 0 ? LIST_FIRST : list->capacity * 2;
		void *items = take(g, (size_t)capacity * item_size);

		if (items == NULL)
			return NULL;
		mem_copy(items, list->items, (size_t)list->count * item_size);
		list->items = items;
		list->capacity = capacity;
	}
	return (uint8_t *)list->items + (size_t)list->count++ * item_size;
}

/* FNV-1a, then stirred, for the low bits choose the slot. Collisions cost time only, and only the
 * council may import. */
static uint64_t hash(struct slice key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.size; i++)
		h = (h ^ key.data[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return h * 0x9e3779b97f4a7c15u >> 24;
}

static struct gtfs_slot *find_slot(const struct gtfs_map *map, struct slice key)
{
	uint32_t mask = map->capacity - 1;
	uint32_t at = (uint32_t)hash(key) & mask;

	while (map->slots[at].used != 0 && !slice_equal(map->slots[at].key, key))
		at = (at + 1) & mask;
	return &map->slots[at];
}

static bool grow(struct gtfs *g, struct gtfs_map *map)
{
	struct gtfs_map wider = { .capacity = map->capacity == 0 ? MAP_FIRST : map->capacity * 2 };

	wider.slots = take(g, (size_t)wider.capacity * sizeof(*wider.slots));
	if (wider.slots == NULL)
		return false;
	for (uint32_t i = 0; i < map->capacity; i++)
		if (map->slots[i].used != 0)
			*find_slot(&wider, map->slots[i].key) = map->slots[i];
	wider.count = map->count;
	*map = wider;
	return true;
}

uint32_t *gtfs_map_put(struct gtfs *g, struct gtfs_map *map, struct slice key, bool *fresh)
{
	struct gtfs_slot *slot;

	if (map->count * 2 >= map->capacity && !grow(g, map))
		return NULL;
	slot = find_slot(map, key);
	*fresh = slot->used == 0;
	if (*fresh) {
		slot->key = key;
		slot->used = 1;
		map->count++;
	}
	return &slot->value;
}

bool gtfs_map_get(const struct gtfs_map *map, uint32_t *out, struct slice key)
{
	const struct gtfs_slot *slot;

	if (map->count == 0)
		return false;
	slot = find_slot(map, key);
	if (slot->used == 0)
		return false;
	*out = slot->value;
	return true;
}
