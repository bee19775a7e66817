/* core/store.c - the gatekeeper before every engine. Without it each engine would check requests in
 * its own way, and a caller's mistake would show only on the one that minds.
 */
#include "core/store_engine.h"

#include <stdio.h>
#include <stdlib.h>

struct store {
	struct loop_task refuse; /* First, so that its address is the store's. */
	const struct store_engine *engine;
	void *state;
	struct loop *loop;
	struct store_queue refused; /* Past the queue's limit. */
	struct store_stats stats;
	uint32_t waiting, commits_waiting;
	bool calling; /* Into the engine: it may not answer now. */
	char kinds[STORE_KIND_COUNT_MAX][STORE_KIND_SIZE_MAX + 1];
	uint32_t kind_count;
};

static const struct store_engine *const engines[] = { &store_lmdb, &store_sim };

static void on_refuse(struct loop_task *task)
{
	struct store *store = (struct store *)task;
	struct store_queue refused = store->refused;
	struct store_req *req;

	store->refused = (struct store_queue){ 0 };
	while ((req = store_queue_pop(&refused)) != NULL)
		store_answer(store, req, STORE_BUSY);
}

bool store_open(struct store **out, struct loop *loop, const char *where, uint64_t limit_bytes,
		char error[STORE_ERROR_SIZE])
{
	struct slice text = slice_text(where);
	struct store *store = calloc(1, sizeof(*store));

	*out = NULL;
	MUST(store != NULL);
	store->loop = loop;
	store->refuse.run = on_refuse;
	for (size_t i = 0; i < COUNT_OF(engines); i++) {
		struct slice scheme = slice_text(engines[i]->scheme);

		if (!slice_starts(text, scheme) || where[scheme.size] != ':')
			continue;
		store->engine = engines[i];
		store->state =
		    engines[i]->open(store, loop, where + scheme.size + 1, limit_bytes, error);
		if (store->state == NULL)
			break;
		*out = store;
		return true;
	}
	if (store->engine == NULL)
		snprintf(error, STORE_ERROR_SIZE,
			 "cannot open store %.100s: say lmdb:DIR or sim:SEED", where);
	free(store);
	return false;
}

void store_close(struct store *store)
{
	while (store->waiting > 0 || store->refuse.posted)
		loop_turn(store->loop);
	store->engine->close(store->state);
	free(store);
}

void *store_engine_state(struct store *store, const struct store_engine *engine)
{
	MUST(store->engine == engine);
	return store->state;
}

struct slice store_key_kind(struct slice key)
{
	size_t size = 0;

	while (size < key.size && key.data[size] != '/')
		size++;
	return slice_of(key.data, size);
}

/* Kinds are written in the program, so a wrong one is a mistake in it. */
static void check_kind(struct slice key)
{
	struct slice kind = store_key_kind(key);

	MUST(kind.size >= 1 && kind.size <= STORE_KIND_SIZE_MAX && kind.size < key.size);
	for (size_t i = 0; i < kind.size; i++)
		MUST(kind.data[i] >= 'a' && kind.data[i] <= 'z');
}

static void check_keys(const struct store_req *req)
{
	MUST(req->done != NULL && req->item_count <= STORE_ITEM_COUNT_MAX);
	for (uint32_t i = 0; i < req->item_count; i++) {
		struct slice key = req->items[i].key;

		check_kind(key);
		MUST(key.size <= STORE_KEY_SIZE_MAX && store_key_kind(key).size + 1 < key.size);
		MUST(i == 0 || slice_compare(req->items[i - 1].key, key) < 0);
	}
}

/* An engine has room for so many kinds; meeting the limit here names the commit that went past it.
 */
static void count_kind(struct store *store, struct slice kind)
{
	for (uint32_t i = 0; i < store->kind_count; i++)
		if (slice_is(kind, store->kinds[i]))
			return;
	MUST(store->kind_count < STORE_KIND_COUNT_MAX);
	MUST(text_set(store->kinds[store->kind_count++], sizeof(store->kinds[0]), kind));
}

static void check_commit(struct store *store, const struct store_req *req)
{
	struct slice kind_before = { 0 };

	check_keys(req);
	for (uint32_t i = 0; i < req->item_count; i++) {
		const struct store_item *item = &req->items[i];
		struct slice kind = store_key_kind(item->key);

		MUST(item->intent <= STORE_REMOVE);
		MUST(item->intent != STORE_REMOVE || item->version != 0);
		if (item->intent != STORE_WRITE && item->intent != STORE_APPEND)
			continue;
		MUST(item->value.size <= STORE_VALUE_SIZE_MAX);
		if (!slice_equal(kind, kind_before))
			count_kind(store, kind);
		kind_before = kind;
	}
}

void store_fetch(struct store *store, struct store_req *req)
{
	check_keys(req);
	MUST(req->arena != NULL);
	req->is_commit = false;
	store->stats.fetches++;
	store->waiting++;
	store->calling = true;
	store->engine->fetch(store->state, req);
	store->calling = false;
}

void store_commit(struct store *store, struct store_req *req)
{
	check_commit(store, req);
	req->is_commit = true;
	store->stats.commits++;
	store->waiting++;
	if (store->commits_waiting++ >= STORE_QUEUE_COUNT_MAX) {
		store_queue_push(&store->refused, req);
		loop_post(store->loop, &store->refuse);
		return;
	}
	store->calling = true;
	store->engine->commit(store->state, req);
	store->calling = false;
}

void store_scan(struct store *store, struct store_page *page)
{
	MUST(page->done != NULL && page->arena != NULL);
	MUST(page->item_count >= 1 && page->item_count <= STORE_PAGE_COUNT_MAX);
	MUST(page->from.size <= STORE_KEY_SIZE_MAX + 1 &&
	     page->until.size <= STORE_KEY_SIZE_MAX + 1);
	check_kind(page->from);
	page->full = arena_left(page->arena) < page->item_count * sizeof(*page->items);
	page->items = NULL;
	if (page->full)
		page->item_count = 0;
	else
		page->items = arena_alloc(page->arena, page->item_count * sizeof(*page->items));
	store->stats.scans++;
	store->waiting++;
	store->calling = true;
	store->engine->scan(store->state, page);
	store->calling = false;
}

bool store_page_add(struct store_page *page, struct slice kind, struct slice rest,
		    struct slice value, uint64_t version)
{
	enum { SLACK = 32 }; /* Two allocations, each rounded up to 16. */
	struct store_item *item = &page->items[page->item_count];
	uint8_t key[2 * STORE_KEY_SIZE_MAX];
	size_t size = kind.size + 1 + rest.size;

	MUST(size <= sizeof(key));
	mem_copy(key, kind.data, kind.size);
	key[kind.size] = '/';
	mem_copy(key + kind.size + 1, rest.data, rest.size);
	if (page->until.size > 0 && slice_compare(slice_of(key, size), page->until) >= 0)
		return false;
	if (arena_left(page->arena) < size + value.size + SLACK) {
		page->full = true;
		return false;
	}
	*item = (struct store_item){
		.key = arena_copy(page->arena, slice_of(key, size)),
		.value = arena_copy(page->arena, value),
		.version = version,
	};
	page->item_count++;
	return true;
}

void store_answer(struct store *store, struct store_req *req, enum store_status status)
{
	MUST(!store->calling && store->waiting > 0);
	store->waiting--;
	if (req->is_commit) {
		MUST(store->commits_waiting > 0);
		store->commits_waiting--;
		store->stats.retries += status == STORE_RETRY;
	}
	req->next = NULL;
	req->status = status;
	req->done(req, status);
}

void store_answer_page(struct store *store, struct store_page *page, enum store_status status)
{
	MUST(!store->calling && store->waiting > 0);
	store->waiting--;
	page->next = NULL;
	page->status = status;
	page->done(page, status);
}

void store_stats(struct store_stats *out, struct store *store)
{
	*out = store->stats;
	store->engine->stats(store->state, out);
}

bool store_is_full(struct store *store)
{
	struct store_stats now;

	store_stats(&now, store);
	return now.full;
}

/* That `done` is gone is the sign that it ran. */
static void on_waited(struct store_req *req, enum store_status status)
{
	(void)status;
	req->done = NULL;
}

static void on_waited_page(struct store_page *page, enum store_status status)
{
	(void)status;
	page->done = NULL;
}

enum store_status store_fetch_wait(struct store *store, struct store_req *req)
{
	req->done = on_waited;
	store_fetch(store, req);
	while (req->done != NULL)
		loop_turn(store->loop);
	return req->status;
}

enum store_status store_commit_wait(struct store *store, struct store_req *req)
{
	req->done = on_waited;
	store_commit(store, req);
	while (req->done != NULL)
		loop_turn(store->loop);
	return req->status;
}

enum store_status store_scan_wait(struct store *store, struct store_page *page)
{
	page->done = on_waited_page;
	store_scan(store, page);
	while (page->done != NULL)
		loop_turn(store->loop);
	return page->status;
}
