/* core/fold.c - drives a view over the log. Without it every view would have its own idea of where
 * it stands, of crashes and of a second bookkeeper.
 *
 *   FETCH the position, SCAN a page of events, FETCH what their wants name, and for each of them
 *   run apply:
 *      FOLD_NEED  FETCH what it asked for, or COMMIT the batch and SCAN its range; run it again
 *      FOLD_MORE  take what it put, COMMIT; run it again
 *      FOLD_DONE  take what it put; next event
 *   COMMIT when the batch is full or no more events are there; else go on with the next page.
 *
 * While a commit is on its way to the disk the next batch is put together from what it writes, for
 * the disk is the slower half; but only one is on its way at a time, and what reads the view's
 * range waits for it. Anything but STORE_OK: wait for what is under way, forget all.
 */
#include "core/fold_inside.h"
#include "core/log.h"

#include <stdlib.h>

enum {
	FOLD_PERIOD_MS = 100,
	FOLD_READ_ON_MAX = 500, /* More writes than these: commit first. */
	EVENT_ARENA_SIZE =
	    FOLD_BATCH_COUNT_MAX * (STORE_VALUE_SIZE_MAX + FOLD_MEMO_SIZE_MAX + 256) + (1 << 20),
	EVENT_ARENA_KEEP = 1 << 20,
};
_Static_assert((int)FOLD_BATCH_COUNT_MAX <= (int)STORE_PAGE_COUNT_MAX, "a batch is one page");
_Static_assert((int)FOLD_WRITE_COUNT_MAX < (int)STORE_ITEM_COUNT_MAX, "and the position");

const struct shape fold_position_shape = {
	.name = "FoldPosition",
	.size = sizeof(struct fold_position),
	.fields =
	    (const struct shape_field[]){
		F_TEXT(struct fold_position, key, 1, 0, 0, "the last event folded"),
		F_BOOL(struct fold_position, dropped, 2, 0, "the view is thrown away"),
		F_END,
	    },
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
static bool fold_is_fine(struct fold *fold)
{
	enum store_status broken = fold->broken;

	if (broken == STORE_OK && !fold->closing)
		return true;
	if (fold->reading || fold->writing)
		return false;
	if (fold->closing) {
		fold_free(fold);
		return false;
	}
	fold->broken = STORE_OK;
	fold->known = false;
	if (broken == STORE_RETRY)
		fold_go(fold);
	else
		fold->busy = false; /* The timer tries again. */
	return false;
}

static bool fold_answered(struct fold *fold, bool *under_way, enum store_status status)
{
	MUST(fold->busy && !fold->in_apply && *under_way);
	*under_way = false;
	if (status != STORE_OK)
		fold->broken = status;
	return fold_is_fine(fold);
}

static int compare_items(const void *a, const void *b)
{
	const struct store_item *left = a, *right = b;

	return slice_compare(left->key, right->key);
}

static void sort_items(struct store_item *items, uint32_t count)
{
	qsort(items, count, sizeof(*items), compare_items);
}

static void fold_ask(struct fold *fold, uint32_t count,
		     void (*done)(struct store_req *, enum store_status))
{
	sort_items(fold->items, count);
	fold->req = (struct store_req){
		.items = fold->items, .item_count = count, .arena = &fold->work.batch, .done = done
	};
	fold->reading = true;
	store_fetch(fold->store, &fold->req);
}

/* ---- Committing. ---- */

/* All seconds before the position's are folded. */
static int64_t done_before(const struct fold_position *position)
{
	int64_t second = 0;

	if (position->key[0] == '\0')
		return -1;
	MUST(seal_event_key_read(&second, slice_text(position->key)));
	return second - 1;
}

static void fold_saw_position(struct fold *fold, int64_t done_s)
{
	if (done_s > fold->done_s)
		fold->done_s = done_s;
}

static void fold_committed(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, commit));

	if (!fold_answered(fold, &fold->writing, status))
		return;
	work_committed(&fold->work);
	fold_saw_position(fold, fold->written_s);
	if (!fold->reading)
		fold_run(fold);
}

/* False: the one before is still on its way, and what waits for it is tried again then. */
static bool fold_commit(struct fold *fold)
{
	struct writer w = { .data = fold->position_bytes, .size = sizeof(fold->position_bytes) };
	uint32_t count;

	if (fold->writing)
		return false;
	shape_to_cbor(&w, &fold_position_shape, &fold->position);
	MUST(!w.failed);
	count = work_write(&fold->work, fold->writes);
	fold->writes[count++] = (struct store_item){
		.key = slice_text(fold->view_key),
		.value = slice_of(w.data, w.used),
		.version = fold->version++,
		.intent = STORE_WRITE,
	};
	sort_items(fold->writes, count);
	fold->commit = (struct store_req){ .items = fold->writes,
					   .item_count = count,
					   .done = fold_committed };
	fold->written_s = done_before(&fold->position);
	fold->moved = false;
	fold->work.ranges = NULL;
	fold->writing = true;
	store_commit(fold->store, &fold->commit);
	return true;
}

/* ---- Getting what a run asked for. ---- */

/* As it was, or as the commit under way makes it. */
static bool is_our_version(const struct fold *fold, uint64_t version)
{
	return version == fold->version || (fold->writing && version + 1 == fold->version);
}

static void fold_fetched(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, req));
	bool whole = true;

	if (!fold_answered(fold, &fold->reading, status))
		return;
	fold->work.want_count = 0;
	for (uint32_t i = 0; i < req->item_count; i++) {
		const struct store_item *item = &req->items[i];

		if (!slice_is(item->key, fold->view_key))
			whole = work_load(&fold->work, item) != NULL && whole;
		else
			whole = is_our_version(fold, item->version) && whole;
	}
	if (whole && fold->scanning != NULL)
		whole = work_range_load(&fold->work, fold->scanning, &fold->scan);
	fold->scanning = NULL;
	if (whole) {
		fold_run(fold);
		return;
	}
	fold->broken = STORE_RETRY; /* Another bookkeeper was here. */
	(void)fold_is_fine(fold);
}

/* The position comes along. As long as it has not moved, no one but us has written the view, so
 * that apply never meets records from after its event. */
static void fold_fetch(struct fold *fold)
{
	uint32_t count = fold->work.want_count;

	for (uint32_t i = 0; i < count; i++)
		fold->items[i] = (struct store_item){ .key = fold->work.wants[i]->key };
	fold->items[count] = (struct store_item){ .key = slice_text(fold->view_key) };
	fold_ask(fold, count + 1, fold_fetched);
}

static void fold_scanned(struct store_page *page, enum store_status status)
{
	struct fold *fold = (void *)((char *)page - offsetof(struct fold, scan));

	if (!fold_answered(fold, &fold->reading, status))
		return;
	MUST(!page->full && fold->work.want_count == 0);
	fold_fetch(fold); /* Has the position moved meanwhile? */
}

/* The disk must have what was put before its range can be read. As fold_step. */
static bool fold_scan(struct fold *fold)
{
	struct fold_range *range = fold->work.range_wanted;
	struct slice from = range->from;

	if (fold->moved || fold->work.dirty_count > 0)
		return fold_commit(fold);
	if (fold->writing)
		return false;
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
	fold->reading = true;
	store_scan(fold->store, &fold->scan);
	return false;
}

/* ---- Events. ---- */

/* Few writes so far, and more events are there: they go into the same commit. */
static bool fold_reads_on(const struct fold *fold)
{
	return fold->next_event == fold->page.item_count &&
	       (fold->page.full || fold->page.item_count == FOLD_BATCH_COUNT_MAX) &&
	       fold->work.dirty_count < FOLD_READ_ON_MAX && !work_is_heavy(&fold->work);
}

static void fold_read(struct fold *);

/* As fold_step: the page's events are folded, and their commit was handed over. */
static bool fold_end_page(struct fold *fold)
{
	bool last = !fold->page.full && fold->page.item_count < FOLD_BATCH_COUNT_MAX;

	if (fold->writing && (last || work_is_heavy(&fold->work)))
		return false;
	if (last)
		fold->done_s = fold->target_s;
	fold_go(fold);
	return false;
}

/* An event in very many pieces goes on with nothing in hand, for what they left does not fit. As
 * fold_step, unless there is nothing to let go of. */
static bool fold_lets_go(struct fold *fold)
{
	if (!fold->in_pieces || !work_is_heavy(&fold->work))
		return true;
	if (fold->work.dirty_count > 0)
		return fold_commit(fold);
	if (fold->writing)
		return false;
	work_drop(&fold->work);
	return true;
}

/* As fold_step, of the next event. */
static bool fold_take(struct fold *fold)
{
	enum fold_result result;

	if (!fold_lets_go(fold))
		return false;
	fold->in_pieces = false;
	result = fold_apply(fold);
	if (result == FOLD_NEED && fold->work.want_count > 0) {
		fold_fetch(fold);
		return false;
	}
	if (result == FOLD_NEED)
		return fold_scan(fold);
	if (!work_fits(&fold->work))
		return fold_commit(fold); /* What came before it; then it runs again. */
	work_accept(&fold->work);
	fold->in_pieces = result == FOLD_MORE;
	if (result == FOLD_MORE)
		return fold_commit(fold);
	MUST(text_set(fold->position.key, sizeof(fold->position.key),
		      fold->page.items[fold->next_event].key));
	fold->moved = true;
	fold->next_event++;
	fold->work.ranges = NULL;
	return !work_is_heavy(&fold->work) || fold_commit(fold);
}

/* False: something must be waited for, or there is nothing to do. */
static bool fold_step(struct fold *fold)
{
	if (fold->next_event < fold->page.item_count)
		return fold_take(fold);
	if (fold->moved && !fold_reads_on(fold))
		return fold_commit(fold);
	if (!fold->moved)
		return fold_end_page(fold);
	fold_read(fold);
	return false;
}

static void fold_run(struct fold *fold)
{
	while (fold_step(fold))
		;
}

static void fold_read_events(struct store_page *page, enum store_status status)
{
	struct fold *fold = (void *)((char *)page - offsetof(struct fold, page));

	if (!fold_answered(fold, &fold->reading, status))
		return;
	MUST(page->item_count > 0 || !page->full);
	if (fold_name_wants(fold))
		fold_fetch(fold);
	else
		fold_run(fold);
}

/* What is in hand, but for what is not on disk yet, is dropped with each page: a record that
 * another command makes stands on disk before its event is sealed, so what is fetched after the
 * page was read is new enough for it. */
static void fold_read(struct fold *fold)
{
	char from[SEAL_KEY_TEXT_SIZE], until[SEAL_KEY_TEXT_SIZE];
	struct slice start, last = slice_text(fold->position.key);

	if (fold->work.dirty_count > 0 || fold->writing)
		work_drop_clean(&fold->work);
	else
		work_drop(&fold->work);
	arena_reset(&fold->events, EVENT_ARENA_KEEP);
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
	fold->reading = true;
	store_scan(fold->store, &fold->page);
}

static void fold_fetched_position(struct store_req *req, enum store_status status)
{
	struct fold *fold = (void *)((char *)req - offsetof(struct fold, req));

	if (!fold_answered(fold, &fold->reading, status))
		return;
	fold->known = true;
	fold->version = fold->items[0].version;
	fold->position = (struct fold_position){ 0 };
	if (fold->version > 0)
		MUST(shape_from_cbor(&fold->position, &fold_position_shape, fold->items[0].value));
	if (fold->position.dropped) {
		LOG(LOG_ERROR, "view_dropped", LOG_TEXT("view", fold->op->view),
		    LOG_TEXT("why", "a rebuild was broken off; stop, and run hitotsu rebuild"));
		return; /* Busy for ever: nothing is folded. */
	}
	fold_saw_position(fold, done_before(&fold->position));
	fold_go(fold);
}

static void fold_fetch_position(struct fold *fold)
{
	work_drop(&fold->work);
	fold->moved = false;
	fold->items[0] = (struct store_item){ .key = slice_text(fold->view_key) };
	fold_ask(fold, 1, fold_fetched_position);
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

bool fold_is_dropped(const struct fold *fold)
{
	return fold->position.dropped;
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
