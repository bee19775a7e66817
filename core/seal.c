/* core/seal.c - the sealer at work: closes seconds, reads what they hold, moves the head. Without
 * it facts would lie in the store in no order that anybody had agreed to.
 *
 * A step asks one question until its answer is "rest", and each answer but that ends in a commit:
 *
 *   nothing is known                  FETCH the head
 *   sealed_s < closed_s               FETCH the tiles at the edge, if they are not in hand; SCAN
 *                                     the events, page by page; COMMIT sec/, tiles, checkpoint
 *                                     and the head
 *   the clock is past closed_s,
 *   or fences do not reach ahead      FETCH the fences that go; COMMIT those, new ones, the head
 *   none of these                     rest
 *
 * RETRY says that another sealer was here: then nothing is known.
 */
#include "core/seal_inside.h"

#include <stdlib.h>

#include "core/checkpoint.h"
#include "core/log.h"

static void seal_go(struct seal *);

static void seal_free(struct seal *seal)
{
	arena_close(&seal->arena);
	arena_close(&seal->made);
	free(seal);
}

/* What an answer means for the step. False: nothing more to do in this callback. */
bool seal_answered(struct seal *seal, enum store_status status)
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

void seal_request(struct seal *seal, void (*done)(struct store_req *, enum store_status))
{
	seal->req.items = seal->items;
	seal->req.arena = &seal->arena;
	seal->req.done = done;
	seal->req.item_count = 0;
	arena_reset(&seal->arena, SEAL_ARENA_KEEP);
}

struct store_item *seal_item(struct seal *seal, enum store_intent intent, uint64_t version,
			     void (*key)(char *, int64_t), int64_t second)
{
	struct store_item *item = &seal->items[seal->req.item_count++];
	char *text = arena_alloc(&seal->arena, SEAL_KEY_TEXT_SIZE);

	MUST(item < seal->items + SEAL_ITEM_COUNT_MAX);
	key(text, second);
	*item = (struct store_item){ slice_text(text), .version = version, .intent = intent };
	return item;
}

struct slice seal_encoded(struct seal *seal, const struct shape *shape, const void *value,
			  size_t size_max)
{
	struct writer w = { .data = arena_alloc(&seal->arena, size_max), .size = size_max };

	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	return slice_of(w.data, w.used);
}

/* The next head, signed. None is made in the midst of a second. */
static void put_checkpoint(struct seal *seal)
{
	const struct seal_head *next = &seal->next;
	const struct note_signer *signer = seal->signer;
	const struct sign_key *sign;
	struct checkpoint checkpoint = { .size = next->leaf_count, .sealed_s = next->sealed_s };
	struct writer to = { .data = arena_alloc(&seal->arena, CHECKPOINT_SIZE_MAX),
			     .size = CHECKPOINT_SIZE_MAX };
	struct note_key key;
	struct slice text;

	seal->writes_note = false;
	if (signer == NULL || next->part_second != 0 ||
	    (seal->note_version > 0 && next->sealed_s == seal->head.sealed_s))
		return;
	sign = signer->key(signer->to, seal->now_s);
	if (sign == NULL)
		return;
	MUST(note_key_make(&key, signer->name, NOTE_ED25519, sign->public_key));
	MUST(text_set(checkpoint.origin, sizeof(checkpoint.origin), slice_text(signer->name)));
	seal_root(&checkpoint.root, next);
	checkpoint_write(&to, &checkpoint);
	text = slice_of(to.data, to.used);
	write_text(&to, "\n");
	note_sign(&to, &key, sign, text, 0);
	MUST(!to.failed);
	seal->writes_note = true;
	seal->items[seal->req.item_count++] = (struct store_item){
		.key = SLICE(CHECKPOINT_KEY),
		.value = slice_of(to.data, to.used),
		.version = seal->note_version,
		.intent = STORE_WRITE,
	};
}

void seal_put_head(struct seal *seal)
{
	MUST(seal->next.sealed_s <= seal->next.closed_s);
	MUST(seal->next.closed_s <= seal->next.opened_s);
	MUST(seal->req.item_count + 2 <= SEAL_ITEM_COUNT_MAX);
	put_checkpoint(seal);
	seal->items[seal->req.item_count++] = (struct store_item){
		.key = slice_text(seal_head_key),
		.value = seal_encoded(seal, &seal_head_shape, &seal->next, SEAL_HEAD_SIZE_MAX),
		.version = seal->version,
		.intent = STORE_WRITE,
	};
}

static int compare_items(const void *a, const void *b)
{
	const struct store_item *x = a, *y = b;

	return slice_compare(x->key, y->key);
}

void seal_commit(struct seal *seal)
{
	qsort(seal->items, seal->req.item_count, sizeof(seal->items[0]), compare_items);
	store_commit(seal->store, &seal->req);
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

void seal_committed(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));

	if (!seal_answered(seal, status))
		return;
	seal->head = seal->next;
	seal->version++;
	seal->note_version += seal->writes_note;
	if (seal->hashed)
		seal_tiles_committed(seal);
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
	seal->hashed = false;
	seal_open_ahead(seal);
	seal_put_head(seal);
	seal_commit(seal);
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
	if (last - closed_s > SEAL_CLOSE_COUNT_MAX)
		seal->next.closed_s = last = closed_s + SEAL_CLOSE_COUNT_MAX;
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

/* ---- One step. ---- */

static void seal_fetched_head(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));
	const struct store_item *item = &seal->items[1];
	int64_t before = seal->now_s - 1;

	if (!seal_answered(seal, status))
		return;
	seal->note_version = seal->items[0].version;
	seal->version = item->version;
	if (item->version > 0)
		MUST(shape_from_cbor(&seal->head, &seal_head_shape, item->value));
	else
		seal->head = (struct seal_head){ .sealed_s = before,
						 .closed_s = before,
						 .opened_s = before,
						 .last_full_s = -1,
						 .tiled = true };
	if (!seal->head.tiled) {
		LOG(LOG_INFO, "building_tiles", LOG_INT("leaves", seal->head.leaf_count));
		seal_begin_anew(seal);
	}
	seal_saw_head(seal);
	seal_go(seal);
}

static void seal_fetch_head(struct seal *seal)
{
	seal_request(seal, seal_fetched_head);
	seal->req.item_count = 2;
	seal->items[0] = (struct store_item){ .key = SLICE(CHECKPOINT_KEY) };
	seal->items[1] = (struct store_item){ .key = slice_text(seal_head_key) };
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
	if (!arena_open(&seal->arena, SEAL_ARENA_SIZE) ||
	    !arena_open(&seal->made, SEAL_MADE_SIZE)) {
		arena_close(&seal->arena);
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

void seal_sign(struct seal *seal, const struct note_signer *signer)
{
	MUST(note_name_is_valid(slice_text(signer->name)));
	seal->signer = signer;
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
