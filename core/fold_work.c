/* core/fold_work.c - the batch's records and what became of them. Without it a half-run event would
 * leave half of its postings in the ledger.
 */
#include "core/fold_work.h"

#include <stdlib.h>

enum {
	KEEP_SIZE = 1 << 20,
	HEAVY_SIZE = 64 << 20, /* Past it the batch is committed and dropped. */
};
/* One event may bring as much again as a heavy batch holds, and a run all of its writes. */
static const size_t batch_size = (size_t)512 << 20, run_size = (size_t)64 << 20;

bool work_open(struct fold_work *work)
{
	if (!arena_open(&work->batch, batch_size))
		return false;
	if (arena_open(&work->run, run_size))
		return true;
	arena_close(&work->batch);
	return false;
}

void work_close(struct fold_work *work)
{
	arena_close(&work->batch);
	arena_close(&work->run);
}

void work_drop(struct fold_work *work)
{
	mem_zero(work->buckets, sizeof(work->buckets));
	work->dirty_count = 0;
	work->ranges = NULL;
	arena_reset(&work->batch, KEEP_SIZE);
	work_start_run(work);
}

bool work_is_heavy(const struct fold_work *work)
{
	return work->batch.used > HEAVY_SIZE;
}

void work_start_run(struct fold_work *work)
{
	work->attempt++;
	work->touched_count = 0;
	work->want_count = 0;
	work->range_wanted = NULL;
	arena_reset(&work->run, KEEP_SIZE);
}

/* FNV-1a, whose low bits are good enough for keys that we make ourselves. */
static size_t bucket_of(struct slice key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ key.data[i]) * 16777619u;
	return (hash ^ hash >> 16) % WORK_BUCKET_COUNT;
}

struct fold_record *work_find(const struct fold_work *work, struct slice key)
{
	struct fold_record *record = work->buckets[bucket_of(key)];

	while (record != NULL && !slice_equal(record->key, key))
		record = record->chain;
	return record;
}

static struct slice copy_terminated(struct arena *arena, struct slice from)
{
	uint8_t *at = arena_alloc(arena, from.size + 1);

	mem_copy(at, from.data, from.size);
	at[from.size] = 0;
	return slice_of(at, from.size);
}

struct fold_record *work_load(struct fold_work *work, const struct store_item *item)
{
	struct fold_record **bucket = &work->buckets[bucket_of(item->key)];
	struct fold_record *record = work_find(work, item->key);

	if (record != NULL)
		return record->version == item->version ? record : NULL;
	record = arena_alloc(&work->batch, sizeof(*record));
	*record = (struct fold_record){
		.chain = *bucket,
		.key = copy_terminated(&work->batch, item->key),
		.value = item->value,
		.version = item->version,
		.present = item->version != 0,
	};
	*bucket = record;
	return record;
}

bool work_present(const struct fold_work *work, const struct fold_record *record)
{
	return record->attempt == work->attempt ? record->next_present : record->present;
}

struct slice work_value(const struct fold_work *work, const struct fold_record *record)
{
	MUST(work_present(work, record));
	return record->attempt == work->attempt ? record->next_value : record->value;
}

/* Past the limit a key is asked for again by the next run. */
void work_want(struct fold_work *work, struct slice key)
{
	for (uint32_t i = 0; i < work->want_count; i++)
		if (slice_equal(work->wants[i], key))
			return;
	if (work->want_count < WORK_WANT_COUNT_MAX)
		work->wants[work->want_count++] = copy_terminated(&work->run, key);
}

static void touch(struct fold_work *work, struct fold_record *record, bool present,
		  struct slice value)
{
	if (record->attempt != work->attempt) {
		MUST(work->touched_count < FOLD_WRITE_COUNT_MAX);
		work->touched[work->touched_count++] = record;
	}
	record->attempt = work->attempt;
	record->next_present = present;
	record->next_value = value;
}

void work_put(struct fold_work *work, struct fold_record *record, struct slice value)
{
	touch(work, record, true, value);
}

void work_remove(struct fold_work *work, struct fold_record *record)
{
	MUST(work_present(work, record));
	touch(work, record, false, slice_of(NULL, 0));
}

bool work_fits(const struct fold_work *work)
{
	uint32_t fresh = 0;

	for (uint32_t i = 0; i < work->touched_count; i++)
		fresh += !work->touched[i]->dirty;
	return work->dirty_count + fresh <= FOLD_WRITE_COUNT_MAX;
}

void work_accept(struct fold_work *work)
{
	MUST(work_fits(work));
	for (uint32_t i = 0; i < work->touched_count; i++) {
		struct fold_record *record = work->touched[i];

		record->present = record->next_present;
		record->value = arena_copy(&work->batch, record->next_value);
		if (!record->dirty)
			work->dirty[work->dirty_count++] = record;
		record->dirty = true;
	}
	work_start_run(work);
}

uint32_t work_items(const struct fold_work *work, struct store_item *items)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < work->dirty_count; i++) {
		const struct fold_record *record = work->dirty[i];

		if (!record->present && record->version == 0)
			continue; /* Came and went within the batch. */
		items[count++] = (struct store_item){
			.key = record->key,
			.value = record->present ? record->value : slice_of(NULL, 0),
			.version = record->version,
			.intent = record->present ? STORE_WRITE : STORE_REMOVE,
		};
	}
	return count;
}

void work_committed(struct fold_work *work)
{
	for (uint32_t i = 0; i < work->dirty_count; i++) {
		struct fold_record *record = work->dirty[i];

		record->version = record->present ? record->version + 1 : 0;
		record->dirty = false;
	}
	work->dirty_count = 0;
}

struct fold_range *work_range(struct fold_work *work, struct slice from, struct slice until)
{
	struct fold_range *range;

	for (range = work->ranges; range != NULL; range = range->next)
		if (slice_equal(range->from, from) && slice_equal(range->until, until))
			return range;
	range = arena_alloc(&work->batch, sizeof(*range));
	range->next = work->ranges;
	range->from = copy_terminated(&work->batch, from);
	range->until = copy_terminated(&work->batch, until);
	work->ranges = range;
	return range;
}

bool work_range_load(struct fold_work *work, struct fold_range *range,
		     const struct store_page *page)
{
	MUST(!range->end && work->dirty_count == 0);
	for (uint32_t i = 0; i < page->item_count; i++) {
		struct fold_record *record = work_load(work, &page->items[i]);

		if (record == NULL)
			return false;
		MUST(range->count < WORK_RANGE_COUNT_MAX);
		range->records[range->count++] = record;
	}
	range->end = page->item_count < STORE_PAGE_COUNT_MAX;
	return true;
}

static int compare_keys(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Beyond the last key loaded a put of this run may not be shown: others may lie before it. */
static bool range_covers(const struct fold_range *range, struct slice key)
{
	if (slice_compare(key, range->from) < 0 || slice_compare(key, range->until) >= 0)
		return false;
	if (range->end)
		return true;
	return range->count > 0 && slice_compare(key, range->records[range->count - 1]->key) < 0;
}

bool work_range_keys(struct fold_work *work, const struct fold_range *range,
		     const struct slice **keys, uint32_t *count)
{
	struct slice *all =
	    arena_alloc(&work->run, (range->count + work->touched_count) * sizeof(*all));
	uint32_t used = 0;

	for (uint32_t i = 0; i < range->count; i++)
		if (work_present(work, range->records[i]))
			all[used++] = range->records[i]->key;
	for (uint32_t i = 0; i < work->touched_count; i++) {
		const struct fold_record *record = work->touched[i];
		bool fresh = record->version == 0 && record->next_present;

		/* What is on disk was loaded with the range. */
		if (fresh && range_covers(range, record->key))
			all[used++] = record->key;
	}
	qsort(all, used, sizeof(*all), compare_keys);
	*keys = all;
	*count = used < FOLD_PAGE_COUNT_MAX ? used : FOLD_PAGE_COUNT_MAX;
	return used >= FOLD_PAGE_COUNT_MAX || range->end;
}
