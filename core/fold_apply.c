/* core/fold_apply.c - what a view sees of its fold: an event, and records that are there or not
 * yet. Without it each view would have its own idea of what an event that came too early leaves
 * behind.
 */
#include "core/fold_inside.h"

#include "core/key.h"

static struct fold_event event_of(const struct fold *fold, uint32_t i)
{
	const struct store_item *item = &fold->page.items[i];
	struct fold_event event = { .key = item->key, .memo = fold->memos[i] };

	MUST(seal_event_key_read(&event.second, item->key));
	MUST(item->value.size >= SEAL_SALT_SIZE);
	event.salt = slice_of(item->value.data, SEAL_SALT_SIZE);
	event.event.data = item->value.data + SEAL_SALT_SIZE;
	event.event.size = item->value.size - SEAL_SALT_SIZE;
	return event;
}

bool fold_name_wants(struct fold *fold)
{
	for (uint32_t i = 0; i < fold->page.item_count; i++) {
		struct fold_event event;

		fold->memos[i] = NULL;
		if (fold->op->wants == NULL)
			continue;
		event = event_of(fold, i);
		work_start_run(&fold->work);
		fold->in_wants = true;
		fold->op->wants(fold, fold->room, &event);
		fold->in_wants = false;
		fold->memos[i] = event.memo;
	}
	return fold->work.want_count > 0;
}

enum fold_result fold_apply(struct fold *fold)
{
	struct fold_event event = event_of(fold, fold->next_event);
	struct fold_work *work = &fold->work;
	enum fold_result result;
	bool needs;

	work_start_run(work);
	fold->in_apply = true;
	result = fold->op->apply(fold, fold->room, &event);
	fold->in_apply = false;
	needs = work->want_count > 0 || work->range_wanted != NULL;
	MUST(needs == (result == FOLD_NEED));
	MUST(result != FOLD_MORE || work->touched_count > 0);
	return result;
}

/* ---- For the view. ---- */

enum fold_got fold_get(struct fold *fold, void *out, const struct shape *shape, const char *key)
{
	struct fold_record *record = work_find(&fold->work, slice_text(key));

	MUST(fold->in_apply);
	if (record == NULL) {
		work_want(&fold->work, slice_text(key));
		return FOLD_WAIT;
	}
	if (!work_present(&fold->work, record))
		return FOLD_ABSENT;
	work_read(&fold->work, record, shape, out);
	return FOLD_GOT;
}

void fold_want(struct fold *fold, const char *key)
{
	MUST(fold->in_wants);
	work_want(&fold->work, slice_text(key));
}

void fold_put(struct fold *fold, const char *key, const struct shape *shape, const void *value)
{
	struct fold_record *record = work_find(&fold->work, slice_text(key));

	MUST(fold->in_apply && record != NULL);
	work_put(&fold->work, record, shape, value);
}

void fold_remove(struct fold *fold, const char *key)
{
	struct fold_record *record = work_find(&fold->work, slice_text(key));

	MUST(fold->in_apply && record != NULL);
	work_remove(&fold->work, record);
}

uint32_t fold_write_count(const struct fold *fold)
{
	MUST(fold->in_apply);
	return fold->work.touched_count;
}

const char *fold_key(struct fold *fold, const char *format, ...)
{
	char *text = arena_alloc(&fold->work.run, STORE_KEY_SIZE_MAX + 1);
	va_list args;

	va_start(args, format);
	(void)key_print(text, format, args);
	va_end(args);
	return text;
}

bool fold_page(struct fold *fold, const struct slice **keys, uint32_t *count, const char *from,
	       const char *until)
{
	struct fold_range *range = work_range(&fold->work, slice_text(from), slice_text(until));

	MUST(fold->in_apply);
	if (work_range_keys(&fold->work, range, keys, count))
		return true;
	fold->work.range_wanted = range;
	return false;
}

void *fold_alloc(struct fold *fold, size_t size)
{
	MUST(fold->in_apply || (fold->in_wants && size <= FOLD_MEMO_SIZE_MAX));
	return arena_alloc(fold->in_wants ? &fold->events : &fold->work.run, size);
}
