/* core/seal.c - the sealer at work: closes seconds, reads what they hold, moves the head. Without
 * it facts would lie in the store in no order that anybody had agreed to.
 *
 * A step asks one question until its answer is "rest", and each answer but that ends in a commit:
 *
 *   nothing is known                  FETCH the head
 *   sealed_s < closed_s               SCAN the events, page by page; COMMIT sec/ and the head
 *   the clock is past closed_s,
 *   or fences do not reach ahead      FETCH the fences that go; COMMIT those, new ones, the head
 *   none of these                     rest
 *
 * RETRY says that another sealer was here: then nothing is known.
 */
#include "core/seal.h"

#include <stdlib.h>

enum {
	SEAL_PERIOD_MS = 250,
	SEAL_GRACE_S = 1,      /* How long a real clock leaves a second to commits under way. */
	CLOSE_COUNT_MAX = 64,  /* Fences removed in one commit. */
	SECOND_COUNT_MAX = 32, /* Seconds sealed in one commit. */
	ITEM_COUNT_MAX = CLOSE_COUNT_MAX + 2 * SEAL_AHEAD_S + 1,
	HEAD_SIZE_MAX = 4096,
	SECOND_SIZE_MAX = 256,
	SEAL_ARENA_SIZE = STORE_PAGE_COUNT_MAX * (STORE_VALUE_SIZE_MAX + 256) + (1 << 20),
	SEAL_ARENA_KEEP = 1 << 20,
};
_Static_assert((int)ITEM_COUNT_MAX <= (int)STORE_ITEM_COUNT_MAX, "one commit holds them");
_Static_assert((int)SECOND_COUNT_MAX + 1 <= (int)ITEM_COUNT_MAX, "one commit holds them");

struct seal {
	struct store *store;
	const struct clock *clock;
	struct loop_timer *timer;
	void (*ready)(void *);
	void *to;
	struct seal_wait *waits;
	bool busy, known, closing;
	int64_t sealed_s; /* As last seen on disk: what others are told. */
	uint64_t leaf_count;
	int64_t now_s;         /* When the move under way was chosen: it does not jump meanwhile. */
	struct seal_head head; /* On disk, at this version; of use while `known`. */
	uint64_t version;
	struct seal_head next; /* What the commit under way makes of it. */
	struct seal_second seconds[SECOND_COUNT_MAX];
	uint32_t second_count;
	int64_t second; /* The one being hashed, and how many of its events are. */
	uint64_t event_count;
	struct arena arena; /* One request's: reset before the next. */
	struct store_req req;
	struct store_page page;
	struct store_item items[ITEM_COUNT_MAX];
};

static void seal_go(struct seal *);

static void seal_free(struct seal *seal)
{
	arena_close(&seal->arena);
	free(seal);
}

/* What an answer means for the step. False: nothing more to do in this callback. */
static bool seal_answered(struct seal *seal, enum store_status status)
{
	MUST(seal->busy);
	if (seal->closing) {
		seal_free(seal);
		return false;
	}
	if (status == STORE_OK)
		return true;
	seal->known = false;
	if (status == STORE_RETRY)
		seal_go(seal);
	else
		seal->busy = false; /* The timer tries again. */
	return false;
}

static void seal_request(struct seal *seal, void (*done)(struct store_req *, enum store_status))
{
	seal->req.items = seal->items;
	seal->req.arena = &seal->arena;
	seal->req.done = done;
	seal->req.item_count = 0;
	arena_reset(&seal->arena, SEAL_ARENA_KEEP);
}

static struct store_item *seal_item(struct seal *seal, enum store_intent intent, uint64_t version,
				    void (*key)(char *, int64_t), int64_t second)
{
	struct store_item *item = &seal->items[seal->req.item_count++];
	char *text = arena_alloc(&seal->arena, SEAL_KEY_TEXT_SIZE);

	MUST(item < seal->items + ITEM_COUNT_MAX);
	key(text, second);
	*item = (struct store_item){ slice_text(text), .version = version, .intent = intent };
	return item;
}

static struct slice seal_encoded(struct seal *seal, const struct shape *shape, const void *value,
				 size_t size_max)
{
	struct writer w = { .data = arena_alloc(&seal->arena, size_max), .size = size_max };

	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	return slice_of(w.data, w.used);
}

static void seal_put_head(struct seal *seal)
{
	MUST(seal->next.sealed_s <= seal->next.closed_s);
	MUST(seal->next.closed_s <= seal->next.opened_s);
	MUST(seal->req.item_count < ITEM_COUNT_MAX);
	seal->items[seal->req.item_count++] = (struct store_item){
		.key = slice_text(seal_head_key),
		.value = seal_encoded(seal, &seal_head_shape, &seal->next, HEAD_SIZE_MAX),
		.version = seal->version,
		.intent = STORE_WRITE,
	};
}

static void seal_saw_head(struct seal *seal)
{
	seal->known = true;
	if (seal->version == 0)
		return; /* The clock's idea of it; nothing is on disk. */
	MUST(seal->head.sealed_s >= seal->sealed_s);
	seal->sealed_s = seal->head.sealed_s;
	seal->leaf_count = seal->head.leaf_count;
}

static void seal_committed(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));

	if (!seal_answered(seal, status))
		return;
	seal->head = seal->next;
	seal->version++;
	seal_saw_head(seal);
	seal_go(seal);
}

/* ---- Closing and opening. ---- */

/* The last second that the clock lets close. */
static int64_t seal_passed(const struct seal *seal)
{
	return seal->now_s - 1 - (seal->clock->manual ? 0 : SEAL_GRACE_S);
}

static bool seal_moves_fences(const struct seal *seal)
{
	return seal_passed(seal) > seal->head.closed_s ||
	       seal->now_s + SEAL_AHEAD_S > seal->head.opened_s;
}

/* Only once all is closed that can be: else a jump of a month would fence every second in it. */
static void seal_open_ahead(struct seal *seal)
{
	static const uint8_t nothing = 0xa0; /* An empty CBOR map: a fence says all by standing. */
	struct seal_head *next = &seal->next;

	if (next->closed_s < seal_passed(seal))
		return;
	if (next->opened_s < next->closed_s)
		next->opened_s = next->closed_s; /* What the jump passed over. */
	while (next->opened_s < seal->now_s + SEAL_AHEAD_S) {
		next->opened_s++;
		seal_item(seal, STORE_WRITE, 0, seal_open_key, next->opened_s)->value =
		    slice_of(&nothing, 1);
	}
}

/* Fences that stand, at their versions, are in the items; next.closed_s is where closing ends. */
static void seal_commit_fences(struct seal *seal)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < seal->req.item_count; i++) {
		if (seal->items[i].version == 0)
			continue;
		seal->items[i].intent = STORE_REMOVE;
		seal->items[i].value = slice_of(NULL, 0);
		seal->items[count++] = seal->items[i];
	}
	seal->req.item_count = count;
	seal->req.done = seal_committed;
	seal_open_ahead(seal);
	seal_put_head(seal);
	store_commit(seal->store, &seal->req);
}

static void seal_fetched_fences(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));

	if (seal_answered(seal, status))
		seal_commit_fences(seal);
}

static void seal_move_fences(struct seal *seal)
{
	int64_t closed_s = seal->head.closed_s, passed = seal_passed(seal);
	int64_t last = passed < seal->head.opened_s ? passed : seal->head.opened_s;

	seal->next = seal->head;
	if (last - closed_s > CLOSE_COUNT_MAX)
		seal->next.closed_s = last = closed_s + CLOSE_COUNT_MAX;
	else if (passed > closed_s)
		seal->next.closed_s = passed;
	seal_request(seal, seal_fetched_fences);
	for (int64_t second = closed_s + 1; second <= last; second++)
		(void)seal_item(seal, STORE_READ, 0, seal_open_key, second);
	if (seal->req.item_count > 0)
		store_fetch(seal->store, &seal->req);
	else
		seal_commit_fences(seal);
}

/* ---- Hashing what was closed. ---- */

static void seal_end_second(struct seal *seal)
{
	struct seal_second *at = &seal->seconds[seal->second_count++];
	uint8_t last[64];
	struct seal_hash leaf;

	MUST(seal->second_count <= SECOND_COUNT_MAX && seal->event_count > 0);
	*at = (struct seal_second){ .second = seal->second };
	crypto_random(at->salt, sizeof(at->salt));
	seal_leaf(&leaf, slice_of(at->salt, sizeof(at->salt)),
		  slice_of(last, seal_second_closed(last, seal->second, seal->event_count)));
	seal_append(&seal->next, &leaf);
	at->leaf_count = seal->event_count + 1;
	at->first_index = seal->next.leaf_count - at->leaf_count;
	seal_root(&at->root, &seal->next);
	seal->next.last_full_s = seal->second;
	seal->event_count = 0;
}

/* False: a commit's worth of seconds is hashed, and this event belongs to the next. */
static bool seal_take(struct seal *seal, const struct store_item *item)
{
	struct seal_hash leaf;
	int64_t second;

	MUST(seal_event_key_read(&second, item->key));
	MUST(item->value.size >= SEAL_SALT_SIZE);
	MUST(second > seal->head.sealed_s && second <= seal->head.closed_s);
	MUST(second >= seal->second);
	if (second != seal->second && seal->event_count > 0)
		seal_end_second(seal);
	if (seal->second_count == SECOND_COUNT_MAX)
		return false;
	seal->second = second;
	seal_leaf(&leaf, slice_of(item->value.data, SEAL_SALT_SIZE),
		  slice_of(item->value.data + SEAL_SALT_SIZE, item->value.size - SEAL_SALT_SIZE));
	seal_append(&seal->next, &leaf);
	seal->event_count++;
	return true;
}

static void seal_commit_seconds(struct seal *seal, int64_t sealed_s)
{
	seal->next.sealed_s = sealed_s;
	seal_request(seal, seal_committed);
	seal_put_head(seal);
	for (uint32_t i = 0; i < seal->second_count; i++)
		seal_item(seal, STORE_WRITE, 0, seal_second_key, seal->seconds[i].second)->value =
		    seal_encoded(seal, &seal_second_shape, &seal->seconds[i], SECOND_SIZE_MAX);
	store_commit(seal->store, &seal->req);
}

static void seal_scanned(struct store_page *page, enum store_status status);

static void seal_scan(struct seal *seal, struct slice from)
{
	char until[SEAL_KEY_TEXT_SIZE];
	uint8_t start[SEAL_KEY_TEXT_SIZE];

	MUST(from.size <= sizeof(start)); /* It lies in the arena that is reset here. */
	mem_copy(start, from.data, from.size);
	arena_reset(&seal->arena, SEAL_ARENA_KEEP);
	seal_range_key(until, seal->head.closed_s + 1);
	seal->page = (struct store_page){
		.from = arena_copy(&seal->arena, slice_of(start, from.size)),
		.until = arena_copy(&seal->arena, slice_text(until)),
		.item_count = STORE_PAGE_COUNT_MAX,
		.arena = &seal->arena,
		.done = seal_scanned,
	};
	store_scan(seal->store, &seal->page);
}

static void seal_scanned(struct store_page *page, enum store_status status)
{
	struct seal *seal = (void *)((char *)page - offsetof(struct seal, page));
	uint8_t after[SEAL_KEY_TEXT_SIZE] = { 0 };

	if (!seal_answered(seal, status))
		return;
	for (uint32_t i = 0; i < page->item_count; i++) {
		if (seal_take(seal, &page->items[i]))
			continue;
		seal_commit_seconds(seal, seal->second);
		return;
	}
	if (page->item_count == STORE_PAGE_COUNT_MAX || page->full) {
		struct slice last;

		MUST(page->item_count > 0);
		last = page->items[page->item_count - 1].key;
		mem_copy(after, last.data, last.size);
		seal_scan(seal, slice_of(after, last.size + 1)); /* The key and a zero byte. */
		return;
	}
	if (seal->event_count > 0)
		seal_end_second(seal);
	seal_commit_seconds(seal, seal->head.closed_s);
}

static void seal_hash_closed(struct seal *seal)
{
	char from[SEAL_KEY_TEXT_SIZE];

	seal->next = seal->head;
	seal->second_count = 0;
	seal->event_count = 0;
	seal->second = -1;
	seal_range_key(from, seal->head.sealed_s + 1);
	seal_scan(seal, slice_text(from));
}

/* ---- One step. ---- */

static void seal_fetched_head(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));
	const struct store_item *item = &seal->items[0];
	int64_t before = seal->now_s - 1;

	if (!seal_answered(seal, status))
		return;
	seal->version = item->version;
	if (item->version > 0)
		MUST(shape_from_cbor(&seal->head, &seal_head_shape, item->value));
	else
		seal->head = (struct seal_head){ .sealed_s = before,
						 .closed_s = before,
						 .opened_s = before,
						 .last_full_s = -1 };
	seal_saw_head(seal);
	seal_go(seal);
}

static void seal_fetch_head(struct seal *seal)
{
	seal_request(seal, seal_fetched_head);
	seal->req.item_count = 1;
	seal->items[0] = (struct store_item){ .key = slice_text(seal_head_key) };
	store_fetch(seal->store, &seal->req);
}

/* Callbacks may close the sealer or ask it again, so it is not touched once they are called. */
static void seal_rest(struct seal *seal)
{
	struct seal_wait **at = &seal->waits, *covered = NULL, **end = &covered;
	void (*ready)(void *) = seal->ready;
	void *to = seal->to;

	seal->busy = seal->known = false;
	seal->ready = NULL;
	while (*at != NULL) {
		struct seal_wait *wait = *at;
		int64_t second = wait->until / 1000;

		if (seal->head.sealed_s < second - 1 || seal->head.opened_s < second) {
			at = &wait->next;
			continue;
		}
		*at = wait->next;
		wait->next = NULL;
		*end = wait;
		end = &wait->next;
	}
	if (ready != NULL)
		ready(to);
	while (covered != NULL) {
		struct seal_wait *wait = covered;

		covered = wait->next;
		if (wait->then != NULL)
			wait->then(wait);
	}
}

static void seal_go(struct seal *seal)
{
	seal->busy = true;
	seal->now_s = clock_now(seal->clock) / 1000;
	if (!seal->known)
		seal_fetch_head(seal);
	else if (seal->head.sealed_s < seal->head.closed_s)
		seal_hash_closed(seal);
	else if (seal_moves_fences(seal))
		seal_move_fences(seal);
	else
		seal_rest(seal);
}

static void seal_tick(void *to)
{
	struct seal *seal = to;

	if (!seal->busy)
		seal_go(seal);
}

bool seal_open(struct seal **out, struct loop *loop, struct store *store, const struct clock *clock,
	       void (*ready)(void *), void *to)
{
	struct seal *seal = calloc(1, sizeof(*seal));

	*out = NULL;
	if (seal == NULL)
		return false;
	if (!arena_open(&seal->arena, SEAL_ARENA_SIZE)) {
		free(seal);
		return false;
	}
	seal->store = store;
	seal->clock = clock;
	seal->ready = ready;
	seal->to = to;
	seal->sealed_s = -1;
	seal->timer = loop_timer_open(loop, seal_tick, seal);
	loop_timer_start(seal->timer, SEAL_PERIOD_MS, SEAL_PERIOD_MS);
	*out = seal;
	seal_go(seal);
	return true;
}

void seal_advance(struct seal *seal, struct seal_wait *wait)
{
	struct seal_wait **end = &seal->waits;

	while (*end != NULL)
		end = &(*end)->next;
	wait->next = NULL;
	*end = wait;
	seal_tick(seal);
}

int64_t seal_closed_second(const struct seal *seal)
{
	return seal->sealed_s;
}

uint64_t seal_leaf_count(const struct seal *seal)
{
	return seal->leaf_count;
}

void seal_close(struct seal *seal)
{
	if (seal == NULL)
		return;
	loop_timer_close(seal->timer);
	seal->waits = NULL;
	seal->closing = true;
	if (!seal->busy)
		seal_free(seal);
}
