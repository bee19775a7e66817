/* core/store_engine.h - for store.c and the engines only.
 *
 * store.c checks every request (limits, key order, kinds, one `done`) before and after the engine
 * sees it, so an engine holds nothing but the engine. An engine answers by store_answer, from the
 * loop's thread, never within the call that started it.
 */
#ifndef CORE_STORE_ENGINE_H
#define CORE_STORE_ENGINE_H

#include "core/loop.h"
#include "core/store.h"

struct store_engine {
	const char *scheme; /* "lmdb", "sim" */
	void *(*open)(struct store *, struct loop *, const char *where, uint64_t limit_bytes,
		      char error[STORE_ERROR_SIZE]); /* The engine's own state, or NULL. */
	void (*close)(void *engine);
	void (*fetch)(void *engine, struct store_req *);
	void (*commit)(void *engine, struct store_req *);
	void (*scan)(void *engine, struct store_page *);
	void (*stats)(void *engine, struct store_stats *);
};

void store_answer(struct store *, struct store_req *, enum store_status);
void store_answer_page(struct store *, struct store_page *, enum store_status);

/* The bytes before the first '/'. The key was checked. */
struct slice store_key_kind(struct slice key);
/* A kind's name in one word, for it is looked up at every key. */
static inline uint64_t store_kind_letters(struct slice kind)
{
	uint64_t letters = 0;

	_Static_assert((int)STORE_KIND_SIZE_MAX <= 8, "a word holds them");
	for (size_t i = 0; i < kind.size; i++)
		letters = letters << 8 | kind.data[i];
	return letters;
}
/* Copies one record into the page's arena. False: the page is complete, by its range or its room;
 * the record was not taken. The caller counts to the most that was asked for. */
MUSTCHECK bool store_page_add(struct store_page *, struct slice kind, struct slice rest,
			      struct slice value, uint64_t version);
void *store_engine_state(struct store *, const struct store_engine *); /* Asserts whose it is. */

/* Requests in the order they came. */
struct store_queue {
	struct store_req *first, *last;
	uint32_t count;
};

static inline void store_queue_push(struct store_queue *queue, struct store_req *req)
{
	req->next = NULL;
	if (queue->first == NULL)
		queue->first = req;
	else
		queue->last->next = req;
	queue->last = req;
	queue->count++;
}

static inline struct store_req *store_queue_pop(struct store_queue *queue)
{
	struct store_req *req = queue->first;

	if (req == NULL)
		return NULL;
	queue->first = req->next;
	queue->count--;
	return req;
}

static inline void store_queue_join(struct store_queue *to, struct store_queue *from)
{
	if (from->first == NULL)
		return;
	if (to->first == NULL)
		to->first = from->first;
	else
		to->last->next = from->first;
	to->last = from->last;
	to->count += from->count;
	*from = (struct store_queue){ 0 };
}

extern const struct store_engine store_lmdb; /* One writer thread, group commit, default sync. */
extern const struct store_engine store_sim;  /* In memory, seeded: delays, retries, lost writes. */

/* The simulator's own handles, for tests. */
struct store_sim_faults {
	uint32_t retry_per_1000;   /* Commits answered RETRY without being applied. */
	uint32_t unknown_per_1000; /* Commits applied but answered RETRY: fate unknown. */
	uint32_t busy_per_1000;
	uint32_t delay_turns_max; /* Each answer comes 1 to this many loop turns later. */
};
void store_sim_set_faults(struct store *, const struct store_sim_faults *);

#endif
