/* core/fold_drop.c - without it a view that was folded wrongly would stay wrong. */
#include "core/fold_drop.h"

#include <stdio.h>

#include "core/fold_inside.h"

enum { DROP_ARENA_KEEP = 1 << 20 };

/* The page that begins behind `after` (the kind's first, where it is empty). */
static bool read_page(struct store_page *page, struct store *store, struct arena *arena,
		      const char *kind, struct slice after)
{
	char start[STORE_KIND_SIZE_MAX + 2];

	(void)snprintf(start, sizeof(start), "%s/", kind);
	*page = (struct store_page){ .item_count = STORE_PAGE_COUNT_MAX, .arena = arena };
	page->from = after.size > 0 ? after : slice_text(start);
	return store_scan_wait(store, page) == STORE_OK;
}

static void add(struct fold_sum *sum, const struct store_item *item)
{
	const struct slice parts[] = { slice_of(sum->digest, sizeof(sum->digest)), item->key,
				       item->value };
	uint8_t next[FOLD_SUM_SIZE];

	digest_parts(next, sizeof(next), parts, COUNT_OF(parts));
	mem_copy(sum->digest, next, sizeof(next));
	sum->records++;
}

bool fold_add_up(struct fold_sum *out, struct store *store, struct arena *arena, const char *kind)
{
	uint8_t last[STORE_KEY_SIZE_MAX + 1];
	struct slice after = slice_of(last, 0);
	struct store_page page;

	*out = (struct fold_sum){ 0 };
	for (;;) {
		arena_reset(arena, DROP_ARENA_KEEP);
		if (!read_page(&page, store, arena, kind, after))
			return false;
		for (uint32_t i = 0; i < page.item_count; i++)
			add(out, &page.items[i]);
		if (page.item_count == 0 || (page.item_count < STORE_PAGE_COUNT_MAX && !page.full))
			return true;
		after.size = page.items[page.item_count - 1].key.size + 1; /* And a NUL. */
		mem_copy(last, page.items[page.item_count - 1].key.data, after.size - 1);
		last[after.size - 1] = 0;
	}
}

/* False: the store does not answer. *removed is 0 at the end. */
static bool remove_page(struct store *store, struct arena *arena, const char *kind,
			uint32_t *removed)
{
	struct store_req req = { .arena = arena };
	struct store_page page;

	arena_reset(arena, DROP_ARENA_KEEP);
	if (!read_page(&page, store, arena, kind, slice_of(NULL, 0)))
		return false;
	*removed = page.item_count;
	if (page.item_count == 0)
		return true;
	for (uint32_t i = 0; i < page.item_count; i++) {
		page.items[i].intent = STORE_REMOVE;
		page.items[i].value = slice_of(NULL, 0);
	}
	req.items = page.items;
	req.item_count = page.item_count;
	return store_commit_wait(store, &req) == STORE_OK;
}

static bool fetch_position(struct store_item *item, struct store *store, struct arena *arena,
			   const char *view)
{
	struct store_req req = { .items = item, .item_count = 1, .arena = arena };

	arena_reset(arena, DROP_ARENA_KEEP);
	*item = (struct store_item){ .key = slice_text(arena_text(arena, "view/%s", view)) };
	return store_fetch_wait(store, &req) == STORE_OK;
}

bool fold_drop_is_broken_off(struct store *store, struct arena *arena, const char *view)
{
	struct fold_position position;
	struct store_item item;

	if (!fetch_position(&item, store, arena, view) || item.version == 0)
		return false;
	MUST(shape_from_cbor(&position, &fold_position_shape, item.value));
	return position.dropped;
}

/* Writes the mark, or takes it away. */
static bool mark(struct store *store, struct arena *arena, const char *view, bool dropped)
{
	struct fold_position position = { .dropped = true };
	uint8_t bytes[FOLD_POSITION_SIZE_MAX];
	struct writer w = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item;
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };

	if (!fetch_position(&item, store, arena, view))
		return false;
	if (!dropped && item.version == 0)
		return true;
	shape_to_cbor(&w, &fold_position_shape, &position);
	MUST(!w.failed);
	item.value = dropped ? slice_of(bytes, w.used) : slice_of(NULL, 0);
	item.intent = dropped ? STORE_WRITE : STORE_REMOVE;
	return store_commit_wait(store, &req) == STORE_OK;
}

bool fold_drop(struct store *store, struct arena *arena, const char *view,
	       const char *const *kinds, size_t count, void (*each)(void *to, uint64_t removed),
	       void *to)
{
	uint64_t all = 0;

	if (!mark(store, arena, view, true))
		return false;
	for (size_t i = 0; i < count; i++) {
		uint32_t removed;

		do {
			if (!remove_page(store, arena, kinds[i], &removed))
				return false;
			all += removed;
			if (each != NULL)
				each(to, all);
		} while (removed > 0);
	}
	return mark(store, arena, view, false);
}
