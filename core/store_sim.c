/* core/store_sim.c - the store of tests: records in memory, and trouble on order. Without it what a
 * flow does when its commit is lost, late or refused would be met for the first time by a
 * traveller.
 *
 * Everything that chance decides comes from the seed, so a run that failed can be had again.
 */
#include "core/store_engine.h"

#include "core/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	LEVEL_COUNT = 20, /* A skip list of a million records. */
	RECORD_SIZE = 64, /* What a record is taken to cost beside its bytes. */
};

struct record {
	struct slice key, value;
	uint64_t version;
	uint8_t *block; /* The value's own bytes. */
	struct record *next[LEVEL_COUNT];
};

/* A request on its way: answered when its turn comes, and applied just before. */
struct pending {
	struct store_req *req;
	struct store_page *page;
	uint64_t due_turn;
	struct pending *next;
};

struct sim {
	struct loop_task turn; /* First, so that its address is the simulator's. */
	struct store *store;
	struct loop *loop;
	struct store_sim_faults faults;
	struct record head; /* Before the first. */
	struct pending *first, **end;
	uint64_t random, turns, batches, used_bytes, limit_bytes;
};

/* splitmix64 (Steele, Lea and Flood 2014): small, and any seed will do. */
static uint64_t draw(struct sim *sim)
{
	uint64_t z = sim->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool chance(struct sim *sim, uint32_t per_1000)
{
	return draw(sim) % 1000 < per_1000;
}

/* Out: before[], the last record of each level whose key is less. Returns the first that is not. */
static struct record *find(struct sim *sim, struct record *before[LEVEL_COUNT], struct slice key)
{
	struct record *at = &sim->head;

	for (int level = LEVEL_COUNT - 1; level >= 0; level--) {
		while (at->next[level] != NULL && slice_compare(at->next[level]->key, key) < 0)
			at = at->next[level];
		before[level] = at;
	}
	return at->next[0];
}

static struct record *find_equal(struct sim *sim, struct record *before[LEVEL_COUNT],
				 struct slice key)
{
	struct record *found = find(sim, before, key);

	return found != NULL && slice_equal(found->key, key) ? found : NULL;
}

static uint8_t *take_copy(struct slice from)
{
	uint8_t *copy = malloc(from.size + 1);

	MUST(copy != NULL);
	mem_copy(copy, from.data, from.size);
	return copy;
}

static void record_free(struct record *record)
{
	free((void *)(uintptr_t)record->key.data);
	free(record->block);
	free(record);
}

static uint64_t record_cost(size_t key_size, size_t value_size)
{
	return RECORD_SIZE + key_size + value_size;
}

static struct record *record_make(struct sim *sim, struct record *before[LEVEL_COUNT],
				  struct slice key)
{
	struct record *record = calloc(1, sizeof(*record));
	uint64_t coins = draw(sim);

	MUST(record != NULL);
	record->key = slice_of(take_copy(key), key.size);
	for (int level = 0; level < LEVEL_COUNT; level++, coins >>= 1) {
		record->next[level] = before[level]->next[level];
		before[level]->next[level] = record;
		if ((coins & 1) == 0)
			break;
	}
	return record;
}

static void record_remove(struct record *record, struct record *before[LEVEL_COUNT])
{
	for (int level = 0; level < LEVEL_COUNT; level++)
		if (before[level]->next[level] == record)
			before[level]->next[level] = record->next[level];
	record_free(record);
}

static void item_apply(struct sim *sim, const struct store_item *item)
{
	struct record *before[LEVEL_COUNT];
	struct record *record;

	if (item->intent == STORE_READ)
		return;
	record = find_equal(sim, before, item->key);
	if (record != NULL)
		sim->used_bytes -= record_cost(record->key.size, record->value.size);
	if (item->intent == STORE_REMOVE) {
		record_remove(record, before);
		return;
	}
	if (record == NULL)
		record = record_make(sim, before, item->key);
	free(record->block);
	record->block = take_copy(item->value);
	record->value = slice_of(record->block, item->value.size);
	record->version = item->intent == STORE_APPEND ? 1 : item->version + 1;
	sim->used_bytes += record_cost(record->key.size, record->value.size);
}

static enum store_status commit_apply(struct sim *sim, const struct store_req *req)
{
	struct record *before[LEVEL_COUNT];
	uint64_t used = sim->used_bytes;
	bool grows = false;

	for (uint32_t i = 0; i < req->item_count; i++) {
		const struct store_item *item = &req->items[i];
		const struct record *record = find_equal(sim, before, item->key);

		if (item->intent != STORE_APPEND &&
		    item->version != (record == NULL ? 0 : record->version))
			return STORE_RETRY;
		if (item->intent == STORE_READ)
			continue;
		if (record != NULL)
			used -= record_cost(record->key.size, record->value.size);
		if (item->intent != STORE_REMOVE)
			used += record_cost(item->key.size, item->value.size);
		grows = grows || item->intent != STORE_REMOVE;
	}
	if (grows && used > sim->limit_bytes)
		return STORE_BUSY;
	for (uint32_t i = 0; i < req->item_count; i++)
		item_apply(sim, &req->items[i]);
	return STORE_OK;
}

static enum store_status commit_try(struct sim *sim, const struct store_req *req)
{
	bool retry = chance(sim, sim->faults.retry_per_1000);
	bool busy = chance(sim, sim->faults.busy_per_1000);
	bool unknown = chance(sim, sim->faults.unknown_per_1000);
	enum store_status status;

	if (retry)
		return STORE_RETRY;
	if (busy)
		return STORE_BUSY;
	status = commit_apply(sim, req);
	return status == STORE_OK && unknown ? STORE_RETRY : status;
}

static void fetch_copy(struct sim *sim, struct store_req *req)
{
	struct record *before[LEVEL_COUNT];

	for (uint32_t i = 0; i < req->item_count; i++) {
		struct store_item *item = &req->items[i];
		const struct record *record = find_equal(sim, before, item->key);

		item->version = record == NULL ? 0 : record->version;
		item->value = (struct slice){ 0 };
		if (record != NULL)
			item->value = arena_copy(req->arena, record->value);
	}
}

static void page_copy(struct sim *sim, struct store_page *page)
{
	struct record *before[LEVEL_COUNT];
	struct slice kind = store_key_kind(page->from);
	const struct record *record = find(sim, before, page->from);
	uint32_t most = page->item_count;

	page->item_count = 0;
	while (record != NULL && page->item_count < most &&
	       slice_equal(store_key_kind(record->key), kind)) {
		struct slice rest =
		    slice_of(record->key.data + kind.size + 1, record->key.size - kind.size - 1);

		if (!store_page_add(page, kind, rest, record->value, record->version))
			break;
		record = record->next[0];
	}
}

static void pending_answer(struct sim *sim, struct pending *pending)
{
	struct store_req *req = pending->req;
	struct store_page *page = pending->page;

	free(pending);
	if (page != NULL) {
		page_copy(sim, page);
		store_answer_page(sim->store, page, STORE_OK);
	} else if (req->is_commit) {
		store_answer(sim->store, req, commit_try(sim, req));
	} else {
		fetch_copy(sim, req);
		store_answer(sim->store, req, STORE_OK);
	}
}

/* Unlinks those whose turn it is before it answers any: an answer may start new requests. */
static void on_turn(struct loop_task *task)
{
	struct sim *sim = (struct sim *)task;
	struct pending *due = NULL, **due_end = &due, **at = &sim->first;
	bool commits = false;

	sim->turns++;
	while (*at != NULL) {
		struct pending *pending = *at;

		if (pending->due_turn > sim->turns) {
			at = &pending->next;
			continue;
		}
		*at = pending->next;
		pending->next = NULL;
		*due_end = pending;
		due_end = &pending->next;
		commits = commits || (pending->req != NULL && pending->req->is_commit);
	}
	sim->end = at;
	sim->batches += commits;
	if (sim->first != NULL)
		loop_post(sim->loop, &sim->turn);
	while (due != NULL) {
		struct pending *pending = due;

		due = pending->next;
		pending_answer(sim, pending);
	}
}

static void pending_add(struct sim *sim, struct store_req *req, struct store_page *page)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	uint32_t turns_max = sim->faults.delay_turns_max;

	MUST(pending != NULL);
	*pending = (struct pending){ .req = req, .page = page };
	pending->due_turn = sim->turns + 1 + (turns_max > 1 ? draw(sim) % turns_max : 0);
	*sim->end = pending;
	sim->end = &pending->next;
	loop_post(sim->loop, &sim->turn);
}

static void sim_fetch(void *engine, struct store_req *req)
{
	pending_add(engine, req, NULL);
}

static void sim_commit(void *engine, struct store_req *req)
{
	pending_add(engine, req, NULL);
}

static void sim_scan(void *engine, struct store_page *page)
{
	pending_add(engine, NULL, page);
}

static void sim_stats(void *engine, struct store_stats *stats)
{
	const struct sim *sim = engine;

	stats->batches = sim->batches;
	stats->used_bytes = sim->used_bytes;
	stats->limit_bytes = sim->limit_bytes;
}

void store_sim_set_faults(struct store *store, const struct store_sim_faults *faults)
{
	struct sim *sim = store_engine_state(store, &store_sim);

	MUST(faults->retry_per_1000 <= 1000 && faults->unknown_per_1000 <= 1000);
	MUST(faults->busy_per_1000 <= 1000);
	sim->faults = *faults;
}

static void *sim_open(struct store *store, struct loop *loop, const char *where,
		      uint64_t limit_bytes, char error[STORE_ERROR_SIZE])
{
	struct sim *sim;
	int64_t seed;

	if (!decimal_decode(&seed, slice_text(where))) {
		snprintf(error, STORE_ERROR_SIZE,
			 "cannot open store sim:%.100s: say sim:SEED, a number", where);
		return NULL;
	}
	sim = calloc(1, sizeof(*sim));
	MUST(sim != NULL);
	sim->turn.run = on_turn;
	sim->store = store;
	sim->loop = loop;
	sim->random = (uint64_t)seed;
	sim->limit_bytes = limit_bytes;
	sim->end = &sim->first;
	return sim;
}

static void sim_close(void *engine)
{
	struct sim *sim = engine;

	while (sim->turn.posted)
		loop_turn(sim->loop); /* The loop holds our task, though with nothing to do. */
	while (sim->head.next[0] != NULL) {
		struct record *record = sim->head.next[0];

		sim->head.next[0] = record->next[0];
		record_free(record);
	}
	free(sim);
}

const struct store_engine store_sim = {
	.scheme = "sim",
	.open = sim_open,
	.close = sim_close,
	.fetch = sim_fetch,
	.commit = sim_commit,
	.scan = sim_scan,
	.stats = sim_stats,
};
