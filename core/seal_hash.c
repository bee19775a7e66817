/* core/seal_hash.c - closed seconds become leaves of the tree. Without it what was filed would have
 * no order and no proof.
 */
#include "core/seal_inside.h"

/* Of a second that was sealed before there were tiles: what was said of it then. NULL: none. */
static const struct seal_second *sealed_before(const struct seal *seal, int64_t second,
					       uint64_t *version)
{
	*version = 0;
	for (uint32_t i = 0; i < seal->before_count; i++)
		if (seal->before[i].second == second) {
			*version = seal->before_version[i];
			return &seal->before[i];
		}
	MUST(second > seal->head.reseal_s);
	return NULL;
}

static void end_second(struct seal *seal)
{
	struct seal_second *at = &seal->seconds[seal->second_count];
	const struct seal_second *before =
	    sealed_before(seal, seal->second, &seal->second_version[seal->second_count]);
	char key[SEAL_KEY_TEXT_SIZE];
	uint8_t last[64];
	struct slice event =
	    slice_of(last, seal_second_closed(last, seal->second, seal->event_count));
	struct seal_hash data;

	MUST(++seal->second_count <= SEAL_SECOND_COUNT_MAX && seal->event_count > 0);
	*at = (struct seal_second){ .second = seal->second };
	seal_closed_salt(at->salt, event);
	if (before != NULL)
		mem_copy(at->salt, before->salt, sizeof(at->salt));
	seal_leaf_data(&data, slice_of(at->salt, sizeof(at->salt)), event);
	seal_second_key(key, seal->second);
	seal_tiles_append(seal, &data, slice_text(key));
	at->leaf_count = seal->event_count + 1;
	at->first_index = seal->next.leaf_count - at->leaf_count;
	seal_root(&at->root, &seal->next);
	/* The same events as then, or the store was tampered with: nothing of it may be signed. */
	if (before != NULL)
		MUST(at->first_index == before->first_index &&
		     at->leaf_count == before->leaf_count &&
		     mem_equal(at->root.bytes, before->root.bytes, SHA256_SIZE));
	seal->next.last_full_s = seal->second;
	seal->event_count = 0;
}

static void commit_seconds(struct seal *seal, int64_t sealed_s)
{
	seal->next.sealed_s = sealed_s;
	seal->hashed = true;
	seal_request(seal, seal_committed);
	seal_put_head(seal);
	for (uint32_t i = 0; i < seal->second_count; i++)
		seal_item(seal, STORE_WRITE, seal->second_version[i], seal_second_key,
			  seal->seconds[i].second)
		    ->value =
		    seal_encoded(seal, &seal_second_shape, &seal->seconds[i], SEAL_SECOND_SIZE_MAX);
	seal_tiles_put(seal);
	seal_commit(seal);
}

/* More than one commit may take: the head says where the next goes on. */
static void commit_part(struct seal *seal, struct slice last)
{
	seal->next.part_second = seal->second;
	seal->next.part_count = seal->event_count;
	MUST(text_set(seal->next.part_key, sizeof(seal->next.part_key), last));
	commit_seconds(seal, seal->second - 1);
}

/* False: a commit's worth of seconds is hashed, and this event belongs to the next. */
static bool take(struct seal *seal, const struct store_item *item)
{
	struct seal_hash data;
	int64_t second;

	MUST(seal_event_key_read(&second, item->key));
	MUST(item->value.size >= SEAL_SALT_SIZE);
	MUST(second > seal->head.sealed_s && second <= seal->head.closed_s);
	MUST(second >= seal->second);
	if (second != seal->second && seal->event_count > 0)
		end_second(seal);
	if (seal->second_count == SEAL_SECOND_COUNT_MAX)
		return false;
	seal->second = second;
	seal_leaf_data(&data, slice_of(item->value.data, SEAL_SALT_SIZE),
		       slice_of(item->value.data + SEAL_SALT_SIZE,
				item->value.size - SEAL_SALT_SIZE));
	seal_tiles_append(seal, &data, item->key);
	seal->event_count++;
	return true;
}

static void scanned(struct store_page *page, enum store_status status);

static void scan(struct seal *seal, struct slice from)
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
		.done = scanned,
	};
	store_scan(seal->store, &seal->page);
}

/* The key and a zero byte. */
static void scan_after(struct seal *seal, struct slice last)
{
	uint8_t after[SEAL_KEY_TEXT_SIZE] = { 0 };

	MUST(last.size < sizeof(after));
	mem_copy(after, last.data, last.size);
	scan(seal, slice_of(after, last.size + 1));
}

static void scanned(struct store_page *page, enum store_status status)
{
	struct seal *seal = (void *)((char *)page - offsetof(struct seal, page));
	uint64_t before = seal->head.leaf_count;

	if (!seal_answered(seal, status))
		return;
	for (uint32_t i = 0; i < page->item_count; i++) {
		if (!take(seal, &page->items[i])) {
			commit_seconds(seal, seal->second);
			return;
		}
		if (seal->next.leaf_count - before >= SEAL_LEAF_COUNT_STEP) {
			commit_part(seal, page->items[i].key);
			return;
		}
	}
	if (page->item_count == STORE_PAGE_COUNT_MAX || page->full) {
		MUST(page->item_count > 0);
		scan_after(seal, page->items[page->item_count - 1].key);
		return;
	}
	if (seal->event_count > 0)
		end_second(seal);
	commit_seconds(seal, seal->head.closed_s);
}

static void begin(struct seal *seal)
{
	const struct seal_head *head = &seal->head;
	char from[SEAL_KEY_TEXT_SIZE];

	arena_reset(&seal->made, SEAL_ARENA_KEEP);
	seal->tiles.known = false; /* Until what becomes of them is on disk. */
	seal->full_count = 0;
	seal->next = *head;
	seal->second_count = 0;
	seal->second = -1;
	seal->event_count = 0;
	if (head->part_second != 0) {
		MUST(head->part_second > head->sealed_s);
		seal->second = head->part_second;
		seal->event_count = head->part_count;
		seal->next.part_second = 0;
		seal->next.part_count = 0;
		seal->next.part_key[0] = '\0';
		scan_after(seal, slice_text(head->part_key));
		return;
	}
	seal_range_key(from, head->sealed_s + 1);
	scan(seal, slice_text(from));
}

static void fetched_before(struct store_page *page, enum store_status status)
{
	struct seal *seal = (void *)((char *)page - offsetof(struct seal, page));

	if (!seal_answered(seal, status))
		return;
	seal->before_count = page->item_count;
	for (uint32_t i = 0; i < page->item_count; i++) {
		MUST(shape_from_cbor(&seal->before[i], &seal_second_shape, page->items[i].value));
		seal->before_version[i] = page->items[i].version;
	}
	begin(seal);
}

/* As many as one commit can seal, and one in part. */
static void fetch_before(struct seal *seal)
{
	char from[SEAL_KEY_TEXT_SIZE];

	seal->before_count = 0;
	if (seal->head.sealed_s >= seal->head.reseal_s) {
		begin(seal);
		return;
	}
	seal_second_key(from, seal->head.sealed_s + 1);
	arena_reset(&seal->arena, SEAL_ARENA_KEEP);
	seal->page = (struct store_page){
		.from = arena_copy(&seal->arena, slice_text(from)),
		.item_count = SEAL_SECOND_COUNT_MAX + 1,
		.arena = &seal->arena,
		.done = fetched_before,
	};
	store_scan(seal->store, &seal->page);
}

static void fetched_tiles(struct store_req *req, enum store_status status)
{
	struct seal *seal = (void *)((char *)req - offsetof(struct seal, req));

	if (!seal_answered(seal, status))
		return;
	seal_tiles_fetched(seal);
	if (seal->tiles.known)
		fetch_before(seal);
	else
		seal->busy = seal->known = false; /* The timer tries again. */
}

void seal_hash_closed(struct seal *seal)
{
	if (seal_tiles_ready(seal))
		fetch_before(seal);
	else
		seal_tiles_fetch(seal, fetched_tiles);
}

void seal_begin_anew(struct seal *seal)
{
	struct seal_head *head = &seal->head;

	if (head->leaf_count > 0) {
		head->reseal_s = head->sealed_s;
		head->sealed_s = -1;
		head->last_full_s = -1;
		head->leaf_count = 0;
		head->edge_count = 0;
	}
	head->tiled = true;
}
