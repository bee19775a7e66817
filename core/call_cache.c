/* core/call_cache.c - without it every scan would take its product's fifty operators apart anew. */
#include "core/call_cache.h"

#include <stdlib.h>

enum { CACHE_SLOT_COUNT = 1024 };

static const struct slice kinds[] = { { (const uint8_t *)"prodver/", 8 },
				      { (const uint8_t *)"gate/", 5 },
				      { (const uint8_t *)"operator/", 9 },
				      { (const uint8_t *)"rule/", 5 },
				      { (const uint8_t *)"partner/", 8 } };

struct slot {
	uint8_t key[STORE_KEY_SIZE_MAX];
	size_t key_size;
	uint64_t version; /* 0: empty. */
	const struct shape *shape;
	void *value;
};

struct call_cache {
	struct slot slots[CACHE_SLOT_COUNT];
};

bool call_cache_open(struct call_cache **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL;
}

void call_cache_close(struct call_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < CACHE_SLOT_COUNT; i++)
		free(cache->slots[i].value);
	free(cache);
}

static bool is_kept(struct slice key)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_starts(key, kinds[i]))
			return true;
	return false;
}

static struct slot *slot_of(struct call_cache *cache, struct slice key)
{
	return &cache->slots[slice_hash(key) % CACHE_SLOT_COUNT];
}

static const struct slot *find(struct call_cache *cache, const struct shape *shape,
			       struct slice key)
{
	const struct slot *slot = is_kept(key) ? slot_of(cache, key) : NULL;

	if (slot == NULL || slot->shape != shape ||
	    !slice_equal(slice_of(slot->key, slot->key_size), key))
		return NULL;
	return slot;
}

bool call_cache_get(struct call_cache *cache, void *out, const struct shape *shape,
		    const struct record *record)
{
	const struct slot *slot = find(cache, shape, record->key);

	if (slot == NULL || slot->version != record->version)
		return false;
	mem_copy(out, slot->value, shape->size);
	return true;
}

bool call_cache_guess(struct call_cache *cache, void *out, const struct shape *shape,
		      struct slice key)
{
	const struct slot *slot = find(cache, shape, key);

	if (slot == NULL)
		return false;
	mem_copy(out, slot->value, shape->size);
	return true;
}

/* The newcomer takes the slot: what is asked for often comes back soon. */
void call_cache_keep(struct call_cache *cache, const struct shape *shape,
		     const struct record *record, const void *value)
{
	struct slot *slot;
	void *room;

	if (!is_kept(record->key))
		return;
	slot = slot_of(cache, record->key);
	room = slot->shape == shape ? slot->value : realloc(slot->value, shape->size);
	if (room == NULL)
		return;
	mem_copy(slot->key, record->key.data, record->key.size);
	slot->key_size = record->key.size;
	slot->version = record->version;
	slot->shape = shape;
	slot->value = room;
	mem_copy(room, value, shape->size);
}
