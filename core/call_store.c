/* core/call_store.c - the records of one call: asked for, found, written. Without it every domain
 * would keep its own list of keys and versions, and forget one.
 */
#include "core/call_store.h"

#include "core/crypto.h"
#include "core/key.h"
#include "core/seal.h"

#include <stdarg.h>

void call_store_drop(struct call_store *found)
{
	mem_zero(found->buckets, sizeof(found->buckets));
	found->entry_count = found->wanted_count = found->write_count = 0;
	found->event_count = found->range_count = 0;
	found->excess = CALL_FITS;
	found->first_event = (struct slice){ 0 };
	found->wants_receipt = false;
	found->check = NULL;
}

bool call_room(struct call *call, size_t size, size_t least, enum call_excess excess)
{
	if (arena_left(call->arena) >= size + least)
		return true;
	call->found->excess = excess;
	return false;
}

static uint32_t bucket_of(struct slice key)
{
	return slice_hash(key) % CALL_BUCKET_COUNT;
}

struct call_entry *call_entry_find(const struct call_store *found, struct slice key)
{
	struct call_entry *entry = found->buckets[bucket_of(key)];

	while (entry != NULL && !slice_equal(entry->record.key, key))
		entry = entry->next;
	return entry;
}

static bool in_arena(const struct call *call, const void *at)
{
	const uint8_t *byte = at;

	return byte >= call->arena->block && byte < call->arena->block + call->arena->used;
}

/* NUL-terminated, as keys are handed around. */
static struct slice keep_key(struct call *call, struct slice key)
{
	uint8_t *at;

	if (in_arena(call, key.data))
		return key;
	at = arena_alloc(call->arena, key.size + 1);
	mem_copy(at, key.data, key.size);
	return slice_of(at, key.size);
}

struct call_entry *call_entry_make(struct call *call, const char *key_text, enum call_use use)
{
	struct call_store *found = call->found;
	struct slice key = slice_text(key_text);
	struct call_entry *entry = call_entry_find(found, key);
	uint32_t bucket = bucket_of(key);

	if (entry != NULL)
		return entry;
	MUST(key.size > 0 && key.size <= STORE_KEY_SIZE_MAX);
	if (found->entry_count == CALL_ENTRY_COUNT_MAX) {
		found->excess = CALL_WRITES_TOO_MUCH;
		return NULL;
	}
	if (!call_room(call, sizeof(*entry) + sizeof(found->spare), CALL_ROOM_WRITE,
		       CALL_READS_TOO_MUCH))
		return NULL;
	entry = arena_alloc(call->arena, sizeof(*entry));
	entry->record.key = keep_key(call, key);
	entry->use = use;
	entry->next = found->buckets[bucket];
	found->buckets[bucket] = entry;
	found->entries[found->entry_count++] = entry;
	return entry;
}

struct call_entry *call_entry_want(struct call *call, const char *key, enum call_use use)
{
	struct call_store *found = call->found;
	struct call_entry *entry = call_entry_find(found, slice_text(key));

	if (entry != NULL && entry->wanted)
		return entry;
	MUST(entry == NULL); /* One that was only appended cannot be read in the same call. */
	if (use == CALL_USE_DOMAIN && found->wanted_count == CALL_RECORD_COUNT_MAX) {
		found->excess = CALL_READS_TOO_MUCH;
		return NULL;
	}
	entry = call_entry_make(call, key, use);
	if (entry == NULL)
		return NULL;
	entry->wanted = true;
	if (use == CALL_USE_DOMAIN)
		found->wanted_count++;
	return entry;
}

struct call_entry *call_fence_want(struct call *call, int64_t second)
{
	char key[SEAL_KEY_TEXT_SIZE];
	struct call_entry *entry;

	seal_open_key(key, second);
	entry = call_entry_want(call, key, CALL_USE_FENCE);
	if (entry != NULL)
		entry->second = second;
	return entry;
}

const char *call_key(struct call *call, const char *format, ...)
{
	char text[STORE_KEY_SIZE_MAX + 1];
	struct call_entry *entry;
	struct slice key;
	va_list args;

	va_start(args, format);
	key = slice_of(text, key_print(text, format, args));
	va_end(args);
	/* The keys step names the same records again and again: they are written down once. */
	entry = call_entry_find(call->found, key);
	if (entry != NULL)
		return (const char *)entry->record.key.data;
	if (call_room(call, sizeof(text), CALL_ROOM_LEAST, CALL_READS_TOO_MUCH))
		return (const char *)keep_key(call, key).data;
	MUST(text_set(call->found->spare, sizeof(call->found->spare), key));
	return call->found->spare;
}

void call_want(struct call *call, const char *key)
{
	struct call_entry *entry = call_entry_want(call, key, CALL_USE_DOMAIN);

	/* As read, unless it is written: so no decision stands on what has moved. */
	if (entry != NULL)
		entry->commits = true;
}

const struct record *call_found(const struct call *call, const char *key)
{
	const struct call_entry *entry = call_entry_find(call->found, slice_text(key));

	return entry != NULL && entry->fetched ? &entry->record : NULL;
}

int call_load(struct call *call, void *out, const struct shape *shape, const char *key)
{
	struct call_cache *cache = call->found->cache;
	const struct record *record;

	call_want(call, key);
	record = call_found(call, key);
	if (record == NULL)
		return 0;
	if (record->version == 0)
		return -1;
	if (cache != NULL && call_cache_get(cache, out, shape, record))
		return 1;
	MUST(shape_from_cbor(out, shape, record->value));
	if (cache != NULL)
		call_cache_keep(cache, shape, record, out);
	return 1;
}

void call_check(struct call *call, void (*check)(struct call *))
{
	call->found->check = check;
	call->found->check_is_long = false;
}

void call_check_long(struct call *call, void (*check)(struct call *))
{
	call->found->check = check;
	call->found->check_is_long = true;
}

bool call_guess(const struct call *call, void *out, const struct shape *shape, const char *key)
{
	struct call_cache *cache = call->found->cache;

	return cache != NULL && call_cache_guess(cache, out, shape, slice_text(key));
}

static struct call_range *find_range(const struct call *call, const char *from, const char *until)
{
	const struct call_store *found = call->found;

	for (uint32_t i = 0; i < found->range_count; i++)
		if (slice_is(found->ranges[i]->from, from) &&
		    slice_is(found->ranges[i]->until, until))
			return found->ranges[i];
	return NULL;
}

void call_want_page(struct call *call, const char *from, const char *until, uint32_t most)
{
	struct call_store *found = call->found;
	struct call_range *range = find_range(call, from, until);

	MUST(most > 0 && most <= STORE_PAGE_COUNT_MAX);
	if (range != NULL)
		return;
	if (found->range_count == CALL_PAGE_COUNT_MAX) {
		found->excess = CALL_READS_TOO_MUCH;
		return;
	}
	if (!call_room(call, sizeof(*range) + 2 * sizeof(found->spare), CALL_ROOM_READ,
		       CALL_READS_TOO_MUCH))
		return;
	range = arena_alloc(call->arena, sizeof(*range));
	range->from = keep_key(call, slice_text(from));
	range->until = keep_key(call, slice_text(until));
	range->most = most;
	found->ranges[found->range_count++] = range;
}

const struct call_page *call_found_page(const struct call *call, const char *from,
					const char *until)
{
	const struct call_range *range = find_range(call, from, until);

	return range != NULL && range->fetched ? &range->page : NULL;
}

void call_entry_write(struct call *call, struct call_entry *entry, struct slice value,
		      enum store_intent intent)
{
	struct call_store *found = call->found;
	bool again = entry->commits && entry->intent != STORE_READ;

	if (value.size > STORE_VALUE_SIZE_MAX ||
	    (!again && found->write_count == CALL_WRITE_COUNT_MAX)) {
		found->excess = CALL_WRITES_TOO_MUCH;
		return;
	}
	if (value.size > 0 && !in_arena(call, value.data)) {
		if (!call_room(call, value.size, CALL_ROOM_WRITE, CALL_WRITES_TOO_MUCH))
			return;
		value = arena_copy(call->arena, value);
	}
	if (!again)
		found->write_count++;
	entry->value = value;
	entry->intent = intent;
	entry->commits = true;
}

void call_put(struct call *call, const char *key, struct slice value)
{
	struct call_entry *entry = call_entry_find(call->found, slice_text(key));

	MUST(call->op->writes != NULL);
	if (call->found->excess != CALL_FITS)
		return; /* The key may be one that no longer fitted; nothing will be written. */
	MUST(entry != NULL && entry->fetched);
	call_entry_write(call, entry, value, STORE_WRITE);
}

/* The record's bytes at the arena's cursor, and no more room taken than they need. */
static bool encode(struct call *call, struct slice *out, const struct shape *shape,
		   const void *value)
{
	struct writer to = { .size = STORE_VALUE_SIZE_MAX };
	size_t mark = call->arena->used;

	if (!call_room(call, to.size, CALL_ROOM_WRITE, CALL_WRITES_TOO_MUCH))
		return false;
	to.data = arena_alloc(call->arena, to.size);
	shape_to_cbor(&to, shape, value);
	if (to.failed) {
		call->found->excess = CALL_WRITES_TOO_MUCH;
		return false;
	}
	call->arena->used = mark + (to.used + 15) / 16 * 16;
	*out = slice_of(to.data, to.used);
	return true;
}

void call_put_shape(struct call *call, const char *key, const struct shape *shape,
		    const void *value)
{
	struct slice bytes;

	if (encode(call, &bytes, shape, value))
		call_put(call, key, bytes);
}

/* Found or made to be appended; one that was wanted is written like any other. */
static void append(struct call *call, const char *key, struct slice value)
{
	struct call_entry *entry = call_entry_make(call, key, CALL_USE_DOMAIN);

	MUST(call->op->writes != NULL);
	if (entry == NULL)
		return;
	MUST(!entry->wanted || entry->fetched);
	call_entry_write(call, entry, value, entry->wanted ? STORE_WRITE : STORE_APPEND);
}

void call_append_shape(struct call *call, const char *key, const struct shape *shape,
		       const void *value)
{
	struct slice bytes;

	if (encode(call, &bytes, shape, value))
		append(call, key, bytes);
}

void call_remove(struct call *call, const char *key)
{
	struct call_entry *entry = call_entry_find(call->found, slice_text(key));

	MUST(call->op->writes != NULL);
	if (call->found->excess != CALL_FITS)
		return;
	MUST(entry != NULL && entry->fetched);
	/* What is not there needs no removing: it must only stay absent. */
	call_entry_write(call, entry, (struct slice){ 0 },
			 entry->record.version == 0 ? STORE_READ : STORE_REMOVE);
}

time_ms call_event(struct call *call, struct slice event, time_ms after)
{
	int64_t second = (after > call->now ? after : call->now) / 1000;
	struct call_store *found = call->found;
	char key[SEAL_KEY_TEXT_SIZE];
	struct call_entry *fence;
	uint8_t *at;

	MUST(call->op->writes != NULL && call->now >= 0);
	if (found->event_count == CALL_EVENT_COUNT_MAX) {
		found->excess = CALL_WRITES_TOO_MUCH;
		return second * 1000;
	}
	if (!call_room(call, SEAL_SALT_SIZE + event.size, CALL_ROOM_WRITE, CALL_WRITES_TOO_MUCH))
		return second * 1000;
	fence = call_fence_want(call, second);
	if (fence == NULL)
		return second * 1000;
	fence->commits = true; /* As read: closing the second removes it. */
	at = arena_alloc(call->arena, SEAL_SALT_SIZE + event.size);
	crypto_random(at, SEAL_SALT_SIZE);
	mem_copy(at + SEAL_SALT_SIZE, event.data, event.size);
	if (found->event_count == 0) {
		found->first_event = slice_of(at, SEAL_SALT_SIZE + event.size);
		found->first_second = second;
	}
	seal_event_key(key, second, call->id, (uint8_t)found->event_count++);
	append(call, key, slice_of(at, SEAL_SALT_SIZE + event.size));
	return second * 1000;
}

void call_receipt(struct call *call)
{
	call->found->wants_receipt = true;
}

time_ms call_fence(struct call *call)
{
	int64_t second = call->now / 1000;
	struct call_entry *fence = call_fence_want(call, second);

	MUST(call->op->writes != NULL && call->now >= 0);
	if (fence != NULL)
		fence->commits = true;
	return second * 1000;
}
