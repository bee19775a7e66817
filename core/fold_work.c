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
	work->dirty_count = work->want_count = work->written_count = 0;
	work->ranges = NULL;
	arena_reset(&work->batch, KEEP_SIZE);
	work_start_run(work);
}

void work_drop_clean(struct fold_work *work)
{
	for (size_t i = 0; i < WORK_BUCKET_COUNT; i++) {
		struct fold_record **at = &work->buckets[i];

		while (*at != NULL)
			if ((*at)->dirty || (*at)->writing)
				at = &(*at)->chain;
			else
				*at = (*at)->chain;
	}
	work->want_count = 0;
	work->ranges = NULL;
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

static struct fold_record *find(const struct fold_work *work, struct slice key)
{
	struct fold_record *record = work->buckets[bucket_of(key)];

	while (record != NULL && !slice_equal(record->key, key))
		record = record->chain;
	return record;
}

struct fold_record *work_find(const struct fold_work *work, struct slice key)
{
	struct fold_record *record = find(work, key);

	return record != NULL && !record->wanted ? record : NULL;
}

static struct slice copy_terminated(struct arena *arena, struct slice from)
{
	uint8_t *at = arena_alloc(arena, from.size + 1);

	mem_copy(at, from.data, from.size);
	at[from.size] = 0;
	return slice_of(at, from.size);
}

/* The record's own room for its struct: records of one key are of one shape. */
static const void *keep_decoded(struct fold_work *work, struct fold_record *record,
				const struct shape *shape, const void *value)
{
	if (record->room == NULL)
		record->room = arena_alloc(&work->batch, shape->size);
	mem_copy(record->room, value, shape->size);
	return record->room;
}

static struct fold_record *make(struct fold_work *work, struct slice key)
{
	struct fold_record **bucket = &work->buckets[bucket_of(key)];
	struct fold_record *record = arena_alloc(&work->batch, sizeof(*record));

	*record =
	    (struct fold_record){ .chain = *bucket, .key = copy_terminated(&work->batch, key) };
	*bucket = record;
	return record;
}

struct fold_record *work_load(struct fold_work *work, const struct store_item *item)
{
	struct fold_record *record = find(work, item->key);

	if (record == NULL)
		record = make(work, item->key);
	else if (!record->wanted)
		return record->version == item->version ? record : NULL;
	record->wanted = false;
	record->value = (struct fold_value){ .bytes = item->value };
	record->version = item->version;
	record->present = item->version != 0;
	return record;
}

bool work_present(const struct fold_work *work, const struct fold_record *record)
{
	return record->attempt == work->attempt ? record->next_present : record->present;
}

/* What is small stays decoded once it was asked for. */
void work_read(struct fold_work *work, struct fold_record *record, const struct shape *shape,
	       void *out)
{
	struct fold_value *value =
	    record->attempt == work->attempt ? &record->next_value : &record->value;

	MUST(work_present(work, record));
	if (value->decoded != NULL) {
		MUST(value->shape == shape);
		mem_copy(out, value->decoded, shape->size);
		return;
	}
	MUST(shape_from_cbor(out, shape, value->bytes));
	if (shape->size > WORK_DECODED_SIZE_MAX || value != &record->value)
		return;
	value->shape = shape;
	value->decoded = keep_decoded(work, record, shape, out);
}

/* Past the limit a key is asked for again by the next run. */
void work_want(struct fold_work *work, struct slice key)
{
	if (find(work, key) != NULL || work->want_count == WORK_WANT_COUNT_MAX)
		return;
	work->wants[work->want_count] = make(work, key);
	work->wants[work->want_count++]->wanted = true;
}

static void touch(struct fold_work *work, struct fold_record *record, bool present,
		  struct fold_value value)
{
	if (record->attempt != work->attempt) {
		MUST(work->touched_count < FOLD_WRITE_COUNT_MAX);
		work->touched[work->touched_count++] = record;
	}
	record->attempt = work->attempt;
	record->next_present = present;
	record->next_value = value;
}

static struct slice encode(struct fold_work *work, struct arena *arena, const struct shape *shape,
			   const void *value)
{
	struct writer w = { .data = work->buffer, .size = sizeof(work->buffer) };

	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	return arena_copy(arena, slice_of(w.data, w.used));
}

void work_put(struct fold_work *work, struct fold_record *record, const struct shape *shape,
	      const void *value)
{
	struct fold_value next = { .shape = shape };

	if (shape->size <= WORK_DECODED_SIZE_MAX)
		next.decoded = arena_copy(&work->run, slice_of(value, shape->size)).data;
	else
		next.bytes = encode(work, &work->run, shape, value);
	touch(work, record, true, next);
}

void work_remove(struct fold_work *work, struct fold_record *record)
{
	MUST(work_present(work, record));
	touch(work, record, false, (struct fold_value){ 0 });
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
		record->value = record->next_value;
		if (record->value.decoded != NULL)
			record->value.decoded =
			    keep_decoded(work, record, record->value.shape, record->value.decoded);
		else
			record->value.bytes = arena_copy(&work->batch, record->value.bytes);
		if (!record->dirty)
			work->dirty[work->dirty_count++] = record;
		record->dirty = true;
	}
	work_start_run(work);
}

static struct slice bytes_of(struct fold_work *work, const struct fold_record *record)
{
	const struct fold_value *value = &record->value;

	if (!record->present)
		return slice_of(NULL, 0);
	return value->decoded != NULL ? encode(work, &work->batch, value->shape, value->decoded)
				      : value->bytes;
}

uint32_t work_write(struct fold_work *work, struct store_item *items)
{
	uint32_t count = 0;

	MUST(work->written_count == 0);
	for (uint32_t i = 0; i < work->dirty_count; i++) {
		struct fold_record *record = work->dirty[i];

		record->dirty = false;
		if (!record->present && record->version == 0)
			continue; /* Came and went within the batch. */
		items[count++] = (struct store_item){
			.key = record->key,
			.value = bytes_of(work, record),
			.version = record->version,
			.intent = record->present ? STORE_WRITE : STORE_REMOVE,
		};
		record->version = record->present ? record->version + 1 : 0;
		record->writing = true;
		work->written[work->written_count++] = record;
	}
	work->dirty_count = 0;
	return count;
}

void work_committed(struct fold_work *work)
{
	for (uint32_t i = 0; i < work->written_count; i++)
		work->written[i]->writing = false;
	work->written_count = 0;
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
	MUST(!range->end && work->dirty_count == 0 && work->written_count == 0);
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
