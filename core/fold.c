/* core/fold.c - drives a view over the log. Without it every view would have its own idea of where
 * it stands, of crashes and of a second bookkeeper.
 *
 *   FETCH the position, SCAN a page of events, and for each of them run apply:
 *      FOLD_NEED  FETCH what it asked for, or COMMIT the batch and SCAN its range; run it again
 *      FOLD_MORE  take what it put, COMMIT; run it again
 *      FOLD_DONE  take what it put; next event
 *   COMMIT at the page's end, or before when the batch is full. Anything but STORE_OK: forget all.
 */
#include "core/fold.h"

#include "core/fold_work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FOLD_PERIOD_MS = 100,
	FOLD_POSITION_SIZE_MAX = 128,
	EVENT_ARENA_SIZE = FOLD_BATCH_COUNT_MAX * (STORE_VALUE_SIZE_MAX + 256) + (1 << 20),
	EVENT_ARENA_KEEP = 1 << 20,
};
_Static_assert((int)FOLD_BATCH_COUNT_MAX <= (int)STORE_PAGE_COUNT_MAX, "a batch is one page");
_Static_assert((int)FOLD_WRITE_COUNT_MAX < (int)STORE_ITEM_COUNT_MAX, "and the position");

struct fold_position {
	char key[SEAL_KEY_TEXT_SIZE]; /* Of the last event folded whole; empty: none. */
};

static const struct shape fold_position_shape = {
	.name = "FoldPosition",
	.size = sizeof(struct fold_position),
	.fields =
	    (const struct shape_field[]){
		F_TEXT(struct fold_position, key, 1, 0, 0, "the last event folded"),
		F_END,
	    },
};

struct fold {
	struct store *store;
	struct seal *seal;
	struct loop_timer *timer;
	const struct fold_op *op;
	void *room;
	char view_key[STORE_KEY_SIZE_MAX + 1];
	bool busy, known, closing;
	bool moved; /* The batch has folded an event. */
	bool in_apply;
	int64_t done_s, target_s;      /* target_s: where the page under way ends at the latest. */
	struct fold_position position; /* With what the batch has folded. */
	uint64_t version;
	struct fold_work work;
	struct arena events;
	struct store_req req;
	struct store_page page; /* Of events. */
	uint32_t next_event;
	struct store_page scan; /* Of the view's own records. */
	struct fold_range *scanning;
	uint8_t position_bytes[FOLD_POSITION_SIZE_MAX];
	struct store_item items[STORE_ITEM_COUNT_MAX];
};

static void fold_go(struct fold *);
static void fold_run(struct fold *);

static void fold_free(struct fold *fold)
{
	work_close(&fold->work);
	arena_close(&fold->events);
	free(fold);
}

/* False: nothing more to do in this callback. */
static bool fold_answered(struct fold *fold, enum store_status status)
{
	MUST(fold->busy && !fold->in_apply);
	if (fold->closing) {
		fold_free(fold);
		return false;
	}
	if (status == STORE_OK)
		return true;
	fold->known = false;
	if (status == STORE_RETRY)
		fold_go(fold);
	else
		fold->busy = false; /* The timer tries again. */
	return false;
}

static int compare_items(const void *a, const void *b)
{
	const struct store_item *left = a, *right = b;

	return slice_compare(left->key, right->key);
}

static void fold_request(struct fold *fold, void (*done)(struct store_req *, enum store_status))
{
	qsort(fold->items, fold->req.item_count, sizeof(fold->items[0]), compare_items);
	fold->req.items = fold->items;
	fold->req.arena = &fold->work.batch;
	fold->req.done = done;
}

/* ---- Committing. ---- */

static void fold_saw_position(struct fold *fold)
{
	int64_t second = 0;

	if (fold->position.key[0] == '\0')
		return;
	MUST(seal_event_key_read(&second, slice_text(fold->position.key)));
	if (second - 1 > fold->done_s)
		fold->done_s = second - 1;
}

static void fold_committed(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, req));

	if (!fold_answered(fold, status))
		return;
	fold->version++;
	fold->moved = false;
	work_committed(&fold->work);
	fold->work.ranges = NULL;
	if (work_is_heavy(&fold->work))
		work_drop(&fold->work);
	fold_saw_position(fold);
	fold_run(fold);
}

static void fold_commit(struct fold *fold)
{
	struct writer w = { .data = fold->position_bytes, .size = sizeof(fold->position_bytes) };

	shape_to_cbor(&w, &fold_position_shape, &fold->position);
	MUST(!w.failed);
	fold->req.item_count = work_items(&fold->work, fold->items);
	fold->items[fold->req.item_count++] = (struct store_item){
		.key = slice_text(fold->view_key),
		.value = slice_of(w.data, w.used),
		.version = fold->version,
		.intent = STORE_WRITE,
	};
	fold_request(fold, fold_committed);
	store_commit(fold->store, &fold->req);
}

/* ---- Getting what a run asked for. ---- */

static void fold_fetched(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, req));
	bool whole = true;

	if (!fold_answered(fold, status))
		return;
	for (uint32_t i = 0; i < req->item_count; i++) {
		const struct store_item *item = &req->items[i];

		if (!slice_is(item->key, fold->view_key))
			whole = work_load(&fold->work, item) != NULL && whole;
		else
			whole = item->version == fold->version && whole;
	}
	if (whole && fold->scanning != NULL)
		whole = work_range_load(&fold->work, fold->scanning, &fold->scan);
	fold->scanning = NULL;
	if (whole) {
		fold_run(fold);
		return;
	}
	fold->known = false; /* Another bookkeeper was here. */
	fold_go(fold);
}

/* The position comes along. As long as it has not moved, no one but us has written the view, so
 * that apply never meets records from after its event. */
static void fold_fetch(struct fold *fold)
{
	uint32_t count = fold->work.want_count;

	for (uint32_t i = 0; i < count; i++)
		fold->items[i] = (struct store_item){ .key = fold->work.wants[i] };
	fold->items[count] = (struct store_item){ .key = slice_text(fold->view_key) };
	fold->req.item_count = count + 1;
	fold_request(fold, fold_fetched);
	store_fetch(fold->store, &fold->req);
}

static void fold_scanned(struct store_page *page, enum store_status status)
{
	struct fold *fold = (void *)((char *)page - offsetof(struct fold, scan));

	if (!fold_answered(fold, status))
		return;
	MUST(!page->full && fold->work.want_count == 0);
	fold_fetch(fold); /* Has the position moved meanwhile? */
}

/* The disk must have what the batch did before its range can be read. */
static void fold_scan(struct fold *fold)
{
	struct fold_range *range = fold->work.range_wanted;
	struct slice from = range->from;

	if (fold->moved) {
		fold_commit(fold);
		return;
	}
	if (range->count > 0) {
		from = range->records[range->count - 1]->key;
		from.size++; /* Its NUL: the first key after it. */
	}
	fold->scanning = range;
	fold->scan = (struct store_page){
		.from = from,
		.until = range->until,
		.item_count = STORE_PAGE_COUNT_MAX,
		.arena = &fold->work.batch,
		.done = fold_scanned,
	};
	store_scan(fold->store, &fold->scan);
}

/* ---- Events. ---- */

static enum fold_result fold_apply(struct fold *fold, struct slice key)
{
	const struct store_item *item = &fold->page.items[fold->next_event];
	struct fold_work *work = &fold->work;
	struct fold_event event = { .key = key };
	enum fold_result result;
	bool needs;

	MUST(seal_event_key_read(&event.second, key));
	MUST(item->value.size >= SEAL_SALT_SIZE);
	event.event.data = item->value.data + SEAL_SALT_SIZE;
	event.event.size = item->value.size - SEAL_SALT_SIZE;
	work_start_run(work);
	fold->in_apply = true;
	result = fold->op->apply(fold, fold->room, &event);
	fold->in_apply = false;
	needs = work->want_count > 0 || work->range_wanted != NULL;
	MUST(needs == (result == FOLD_NEED));
	MUST(result != FOLD_MORE || work->touched_count > 0);
	return result;
}

static void fold_end_page(struct fold *fold)
{
	if (!fold->page.full && fold->page.item_count < FOLD_BATCH_COUNT_MAX)
		fold->done_s = fold->target_s;
	fold_go(fold);
}

/* Runs apply until something must be waited for. */
static void fold_run(struct fold *fold)
{
	while (fold->next_event < fold->page.item_count) {
		struct slice key = fold->page.items[fold->next_event].key;
		enum fold_result result = fold_apply(fold, key);

		if (result == FOLD_NEED) {
			if (fold->work.want_count > 0)
				fold_fetch(fold);
			else
				fold_scan(fold);
			return;
		}
		if (!work_fits(&fold->work)) {
			fold_commit(fold); /* What came before it; then it runs again. */
			return;
		}
		work_accept(&fold->work);
		if (result == FOLD_MORE) {
			fold_commit(fold);
			return;
		}
		MUST(text_set(fold->position.key, sizeof(fold->position.key), key));
		fold->moved = true;
		fold->next_event++;
		fold->work.ranges = NULL;
		if (work_is_heavy(&fold->work))
			break;
	}
	if (fold->moved)
		fold_commit(fold);
	else
		fold_end_page(fold);
}

static void fold_read_events(struct store_page *page, enum store_status status)
{
	struct fold *fold = (void *)((char *)page - offsetof(struct fold, page));

	if (!fold_answered(fold, status))
		return;
	MUST(page->item_count > 0 || !page->full);
	fold_run(fold);
}

/* What is in hand is dropped with each page: a record that another command makes stands on disk
 * before its event is sealed, so what is fetched after the page was read is new enough for it. */
static void fold_read(struct fold *fold)
{
	char from[SEAL_KEY_TEXT_SIZE], until[SEAL_KEY_TEXT_SIZE];
	struct slice start, last = slice_text(fold->position.key);

	work_drop(&fold->work);
	arena_reset(&fold->events, EVENT_ARENA_KEEP);
	fold->moved = false;
	fold->next_event = 0;
	fold->scanning = NULL;
	fold->target_s = seal_closed_second(fold->seal);
	seal_range_key(from, fold->done_s + 1);
	seal_range_key(until, fold->target_s + 1);
	last.size++; /* Its NUL: the first key after it. */
	start = slice_compare(last, slice_text(from)) > 0 ? last : slice_text(from);
	fold->page = (struct store_page){
		.from = arena_copy(&fold->events, start),
		.until = arena_copy(&fold->events, slice_text(until)),
		.item_count = FOLD_BATCH_COUNT_MAX,
		.arena = &fold->events,
		.done = fold_read_events,
	};
	store_scan(fold->store, &fold->page);
}

static void fold_fetched_position(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, req));

	if (!fold_answered(fold, status))
		return;
	fold->known = true;
	fold->version = fold->items[0].version;
	fold->position = (struct fold_position){ 0 };
	if (fold->version > 0)
		MUST(shape_from_cbor(&fold->position, &fold_position_shape, fold->items[0].value));
	fold_saw_position(fold);
	fold_go(fold);
}

static void fold_fetch_position(struct fold *fold)
{
	work_drop(&fold->work);
	fold->req.item_count = 1;
	fold->items[0] = (struct store_item){ .key = slice_text(fold->view_key) };
	fold_request(fold, fold_fetched_position);
	store_fetch(fold->store, &fold->req);
}

static void fold_go(struct fold *fold)
{
	fold->busy = true;
	if (!fold->known)
		fold_fetch_position(fold);
	else if (fold->done_s < seal_closed_second(fold->seal))
		fold_read(fold);
	else
		fold->busy = false;
}

static void fold_tick(void *to)
{
	fold_kick(to);
}

void fold_kick(struct fold *fold)
{
	if (!fold->busy)
		fold_go(fold);
}

int64_t fold_done_second(const struct fold *fold)
{
	return fold->done_s;
}

/* ---- For apply. ---- */

enum fold_got fold_get(struct fold *fold, void *out, const struct shape *shape, const char *key)
{
	const struct fold_record *record = work_find(&fold->work, slice_text(key));

	MUST(fold->in_apply);
	if (record == NULL) {
		work_want(&fold->work, slice_text(key));
		return FOLD_WAIT;
	}
	if (!work_present(&fold->work, record))
		return FOLD_ABSENT;
	MUST(shape_from_cbor(out, shape, work_value(&fold->work, record)));
	return FOLD_GOT;
}

void fold_put(struct fold *fold, const char *key, const struct shape *shape, const void *value)
{
	struct fold_record *record = work_find(&fold->work, slice_text(key));
	struct writer w = { .data = fold->work.buffer, .size = sizeof(fold->work.buffer) };

	MUST(fold->in_apply && record != NULL);
	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	work_put(&fold->work, record, arena_copy(&fold->work.run, slice_of(w.data, w.used)));
}

void fold_remove(struct fold *fold, const char *key)
{
	struct fold_record *record = work_find(&fold->work, slice_text(key));

	MUST(fold->in_apply && record != NULL);
	work_remove(&fold->work, record);
}

const char *fold_key(struct fold *fold, const char *format, ...)
{
	char *text = arena_alloc(&fold->work.run, STORE_KEY_SIZE_MAX + 1);
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(text, STORE_KEY_SIZE_MAX + 1, format, args);
	va_end(args);
	MUST(size > 0 && size <= STORE_KEY_SIZE_MAX);
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
	MUST(fold->in_apply);
	return arena_alloc(&fold->work.run, size);
}

bool fold_open(struct fold **out, struct loop *loop, struct store *store, struct seal *seal,
	       const struct fold_op *op, void *room)
{
	struct fold *fold = calloc(1, sizeof(*fold));
	struct writer w = { .size = STORE_KEY_SIZE_MAX };

	*out = NULL;
	if (fold == NULL)
		return false;
	if (!work_open(&fold->work) || !arena_open(&fold->events, EVENT_ARENA_SIZE)) {
		fold_free(fold);
		return false;
	}
	w.data = (uint8_t *)fold->view_key;
	write_text(&w, "view/");
	write_text(&w, op->view);
	MUST(!w.failed);
	fold->store = store;
	fold->seal = seal;
	fold->op = op;
	fold->room = room;
	fold->done_s = -1;
	fold->timer = loop_timer_open(loop, fold_tick, fold);
	loop_timer_start(fold->timer, FOLD_PERIOD_MS, FOLD_PERIOD_MS);
	*out = fold;
	fold_go(fold);
	return true;
}

void fold_close(struct fold *fold)
{
	if (fold == NULL)
		return;
	MUST(!fold->in_apply);
	loop_timer_close(fold->timer);
	fold->closing = true;
	if (!fold->busy)
		fold_free(fold);
}
