/* tests/log_rig.c - hands for the tests of the log; without them each test would be plumbing. */
#include "tests/log_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/checkpoint.h"
#include "core/tile.h"

enum { ARENA_SIZE = 256 << 20, ARENA_KEEP = 1 << 20 };

static void store_of(struct rig *rig, const char *where)
{
	char error[STORE_ERROR_SIZE] = "";

	if (!store_open(&rig->store, rig->loop, where, 64 << 20, error)) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
}

static void lmdb_of(struct rig *rig)
{
	char where[RIG_DIR_SIZE + 8];

	snprintf(where, sizeof(where), "lmdb:%s", rig->dir);
	store_of(rig, where);
}

void rig_open(struct rig *rig, const char *where, int64_t now_s)
{
	*rig = (struct rig){ 0 };
	MUST(crypto_init());
	MUST(loop_open(&rig->loop));
	loop_limit_passes(rig->loop, 1);
	MUST(arena_open(&rig->arena, ARENA_SIZE));
	clock_init(&rig->clock, true, now_s * 1000);
	if (!text_equal(where, "lmdb")) {
		store_of(rig, where);
		return;
	}
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/hitotsu-log-XXXXXX");
	MUST(mkdtemp(rig->dir) != NULL);
	lmdb_of(rig);
}

void rig_reopen(struct rig *rig)
{
	MUST(rig->dir[0] != '\0');
	store_close(rig->store);
	lmdb_of(rig);
}

void rig_close(struct rig *rig)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char path[RIG_DIR_SIZE + 16];

	store_close(rig->store);
	loop_close(rig->loop);
	arena_close(&rig->arena);
	if (rig->dir[0] == '\0')
		return;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", rig->dir, files[i]);
		unlink(path);
	}
	rmdir(rig->dir);
}

void rig_fresh(struct rig *rig)
{
	arena_reset(&rig->arena, ARENA_KEEP);
}

void rig_set_second(struct rig *rig, int64_t now_s)
{
	MUST(clock_set(&rig->clock, now_s * 1000));
}

void rig_faults(struct rig *rig, uint32_t per_1000, uint32_t delay_turns_max)
{
	struct store_sim_faults faults = {
		.retry_per_1000 = per_1000,
		.unknown_per_1000 = per_1000,
		.busy_per_1000 = per_1000 / 20,
		.delay_turns_max = delay_turns_max,
	};

	store_sim_set_faults(rig->store, &faults);
}

static void turn_until(struct rig *rig, const bool *flag)
{
	for (int turns = 0; !*flag; turns++) {
		MUST(turns < RIG_TURNS_MAX);
		loop_turn(rig->loop);
	}
}

static void set_flag(void *to)
{
	*(bool *)to = true;
}

static const struct sign_key *rig_key(void *to, int64_t at_s)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = { 4 };
	static struct sign_key key;

	(void)to;
	(void)at_s;
	sign_key_from_seed(&key, seed);
	return &key;
}

const struct note_signer rig_signer = { .name = "rig.example/log", .key = rig_key };

struct seal *rig_seal(struct rig *rig)
{
	struct seal *seal;
	bool ready = false;

	MUST(seal_open(&seal, rig->loop, rig->store, &rig->clock, set_flag, &ready));
	seal_sign(seal, &rig_signer);
	turn_until(rig, &ready);
	return seal;
}

static void set_wait(struct seal_wait *wait)
{
	((struct rig_wait *)wait)->done = true;
}

void rig_advance_start(struct rig *rig, struct seal *seal, struct rig_wait *wait)
{
	*wait = (struct rig_wait){ .wait = { .then = set_wait, .until = clock_now(&rig->clock) } };
	seal_advance(seal, &wait->wait);
	MUST(!wait->done);
}

void rig_advance(struct rig *rig, struct seal *seal)
{
	struct rig_wait wait;

	rig_advance_start(rig, seal, &wait);
	turn_until(rig, &wait.done);
}

static void event_done(struct store_req *req, enum store_status status)
{
	(void)status; /* It stays in the request. */
	((struct rig_event *)req)->done = true;
}

void rig_event_start(struct rig *rig, struct rig_event *event, int64_t second, uint32_t number,
		     const char *text)
{
	struct id128 id = { { 0 } };
	struct slice bytes = slice_text(text);

	*event = (struct rig_event){ .req = { .items = event->items, .item_count = 2 } };
	for (size_t i = 0; i < 4; i++)
		id.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	seal_event_key(event->event_key, second, id, 0);
	seal_open_key(event->fence_key, second);
	MUST(bytes.size <= sizeof(event->value) - SEAL_SALT_SIZE);
	for (size_t i = 0; i < SEAL_SALT_SIZE; i++)
		event->value[i] = (uint8_t)(number * 31 + i);
	mem_copy(event->value + SEAL_SALT_SIZE, bytes.data, bytes.size);
	event->items[0] = (struct store_item){
		.key = slice_text(event->event_key),
		.value = slice_of(event->value, SEAL_SALT_SIZE + bytes.size),
		.intent = STORE_APPEND,
	};
	event->items[1] = (struct store_item){
		.key = slice_text(event->fence_key),
		.version = 1,
		.intent = STORE_READ,
	};
	event->req.done = event_done;
	store_commit(rig->store, &event->req);
}

enum store_status rig_event(struct rig *rig, int64_t second, uint32_t number, const char *text)
{
	struct rig_event event;

	rig_event_start(rig, &event, second, number, text);
	turn_until(rig, &event.done);
	return event.req.status;
}

struct store_item *rig_records(struct rig *rig, uint32_t *count, const char *kind)
{
	enum { RECORD_COUNT_MAX = 40000 };
	struct store_item *all = arena_alloc(&rig->arena, RECORD_COUNT_MAX * sizeof(*all));
	struct slice from = slice_text(arena_text(&rig->arena, "%s/", kind));
	struct slice until = slice_text(arena_text(&rig->arena, "%s0", kind)); /* '0' is '/' + 1. */

	*count = 0;
	for (;;) {
		struct store_page page = {
			.from = from,
			.until = until,
			.item_count = STORE_PAGE_COUNT_MAX,
			.arena = &rig->arena,
		};

		MUST(store_scan_wait(rig->store, &page) == STORE_OK && !page.full);
		MUST(*count + page.item_count <= RECORD_COUNT_MAX);
		mem_copy(all + *count, page.items, page.item_count * sizeof(*all));
		*count += page.item_count;
		if (page.item_count < STORE_PAGE_COUNT_MAX)
			return all;
		from = slice_text(arena_text(&rig->arena, "%.*s!", (int)all[*count - 1].key.size,
					     (const char *)all[*count - 1].key.data));
	}
}

struct store_item rig_record(struct rig *rig, const char *key)
{
	struct store_item item = { .key = slice_text(key) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &rig->arena };

	MUST(store_fetch_wait(rig->store, &req) == STORE_OK);
	return item;
}

void rig_head(struct rig *rig, struct seal_head *head)
{
	struct store_item item = rig_record(rig, seal_head_key);

	MUST(item.version > 0);
	MUST(shape_from_cbor(head, &seal_head_shape, item.value));
}

void rig_root(uint8_t out[SHA256_SIZE], const struct seal_hash *leaves, size_t count)
{
	uint8_t left[SHA256_SIZE], right[SHA256_SIZE];
	size_t k = 1;

	if (count == 0) {
		sha256(out, slice_of("", 0));
		return;
	}
	if (count == 1) {
		mem_copy(out, leaves[0].bytes, SHA256_SIZE);
		return;
	}
	while (k * 2 < count)
		k *= 2;
	rig_root(left, leaves, k);
	rig_root(right, leaves + k, count - k);
	sha256_three(out, slice_of("\x01", 1), slice_of(left, SHA256_SIZE),
		     slice_of(right, SHA256_SIZE));
}

void rig_leaf(struct seal_hash *out, const uint8_t *salted, size_t size)
{
	uint8_t bytes[1 + SHA256_SIZE] = { 0 };

	sha256(bytes + 1, slice_of(salted, size));
	sha256(out->bytes, slice_of(bytes, sizeof(bytes)));
}

static void check_checkpoint(struct rig *rig, const struct seal_head *head)
{
	struct store_item item = rig_record(rig, CHECKPOINT_KEY);
	struct checkpoint checkpoint;
	struct seal_hash root;
	struct note_key key;
	struct note note;
	int64_t at_s;

	seal_root(&root, head);
	MUST(note_key_make(&key, rig_signer.name, NOTE_ED25519, rig_key(NULL, 0)->public_key));
	MUST(item.version > 0 && note_parse(&note, item.value));
	MUST(note_verify(&note, &key, &at_s) == NOTE_VERIFIED);
	MUST(checkpoint_read(&checkpoint, note.text));
	MUST(checkpoint.sealed_s == head->sealed_s && checkpoint.size == head->leaf_count);
	MUST(mem_equal(checkpoint.root.bytes, root.bytes, SHA256_SIZE));
}

void rig_check_tiles(struct rig *rig, const struct seal_hash *data, uint64_t count)
{
	struct seal_hash *leaves = arena_alloc(&rig->arena, (count + 1) * sizeof(*leaves));
	static struct tile tile;
	struct seal_head head;
	uint32_t expected = 0, found;

	for (uint64_t i = 0; i < count; i++)
		seal_leaf_of(&leaves[i], &data[i]);
	(void)rig_records(rig, &found, "tile");
	for (unsigned level = 0; count >> (8 * level) > 0; level++)
		for (uint64_t number = 0; tile_width_at(count, level, number) > 0; number++) {
			uint64_t size = (uint64_t)1 << (8 * level), at = number * TILE_WIDTH;
			struct store_item item;
			char key[TILE_KEY_SIZE];

			tile_key(key, level, number);
			item = rig_record(rig, key);
			MUST(item.version > 0 && tile_read(&tile, level, item.value));
			MUST(tile.width == tile_width_at(count, level, number));
			MUST(level > 0 || rig_record(rig, tile.first).version > 0);
			for (uint16_t i = 0; i < tile.width; i++) {
				struct seal_hash root = data[at + i];

				if (level > 0)
					rig_root(root.bytes, leaves + (at + i) * size, size);
				MUST(mem_equal(root.bytes, tile.hash[i].bytes, SHA256_SIZE));
			}
			expected++;
		}
	MUST(expected == found);
	rig_head(rig, &head);
	MUST(head.leaf_count == count && head.tiled);
	if (head.part_second == 0)
		check_checkpoint(rig, &head);
}
