/* tests/seal_tiles_test.c - the tree as it lies on disk: the same to the byte whatever happened
 * while it was sealed, of a second too large for one commit, and of a store older than its tiles.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/tile.h"
#include "tests/log_rig.h"

enum { NOW = 1790000000, MANY = 3 * TILE_WIDTH, BIG = 64 * TILE_WIDTH + 700 };

static void file_events(struct rig *rig, int64_t second, uint32_t count)
{
	static struct rig_event events[1024];

	for (uint32_t at = 0; at < count; at += COUNT_OF(events)) {
		uint32_t some = count - at < COUNT_OF(events) ? count - at : COUNT_OF(events);

		for (uint32_t i = 0; i < some; i++)
			rig_event_start(rig, &events[i], second, at + i, "x");
		for (uint32_t i = 0; i < some; i++) {
			while (!events[i].done)
				loop_turn(rig->loop);
			assert_int_equal(events[i].req.status, STORE_OK);
		}
	}
}

/* All that others see of the tree, in one digest. */
static void digest_of(struct rig *rig, uint8_t out[SHA256_SIZE])
{
	static const char *const kinds[] = { "sec", "tile", "note" };

	mem_zero(out, SHA256_SIZE);
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		uint32_t count;
		struct store_item *items = rig_records(rig, &count, kinds[k]);

		for (uint32_t i = 0; i < count; i++)
			sha256_three(out, slice_of(out, SHA256_SIZE), items[i].key, items[i].value);
	}
	rig_fresh(rig);
}

/* What stands on disk is what its leaves' data make of it. Returns how many leaves there are. */
static uint64_t check_tiles(struct rig *rig)
{
	static struct seal_hash data[2 * BIG];
	static struct tile tile;
	struct seal_head head;
	uint64_t count = 0;

	rig_head(rig, &head);
	for (uint64_t number = 0; tile_width_at(head.leaf_count, 0, number) > 0; number++) {
		char key[TILE_KEY_SIZE];

		tile_key(key, 0, number);
		assert_true(tile_read(&tile, 0, rig_record(rig, key).value));
		memcpy(data + count, tile.hash, tile.width * sizeof(tile.hash[0]));
		count += tile.width;
	}
	rig_check_tiles(rig, data, count);
	rig_fresh(rig);
	return count;
}

static void the_same_however_often_it_was_broken_off(void **state)
{
	uint8_t whole[SHA256_SIZE], broken[SHA256_SIZE];
	uint32_t midst = 0;

	(void)state;
	for (uint32_t turns = 0; turns <= 40; turns++) {
		struct rig rig;
		struct seal *seal;
		struct seal_head head;
		struct rig_wait wait;

		rig_open(&rig, "sim:3", NOW);
		seal = rig_seal(&rig);
		for (uint32_t second = 0; second < 3; second++)
			file_events(&rig, NOW + second, MANY + 50 * second);
		rig_set_second(&rig, NOW + 3);
		if (turns > 0) {
			rig_advance_start(&rig, seal, &wait);
			for (uint32_t i = 0; i < turns / 2 && !wait.done; i++)
				loop_turn(rig.loop);
			if (turns % 2 == 1)
				rig_faults(&rig, 1000, 0);
			seal_close(seal);
			rig_head(&rig, &head);
			rig_faults(&rig, 0, 0);
			midst += head.sealed_s < head.closed_s;
			seal = rig_seal(&rig);
		}
		rig_advance(&rig, seal);
		assert_int_equal(check_tiles(&rig), 3 * MANY + 150 + 3);
		digest_of(&rig, turns == 0 ? whole : broken);
		if (turns > 0)
			assert_memory_equal(broken, whole, SHA256_SIZE);
		seal_close(seal);
		rig_close(&rig);
	}
	assert_true(midst >= 2);
}

/* Broken off after each number of turns too: the head says how much of the second is in. */
static void a_second_larger_than_a_commit(void **state)
{
	uint8_t whole[SHA256_SIZE], broken[SHA256_SIZE];
	uint32_t parts = 0;

	(void)state;
	for (uint32_t turns = 0; turns <= 132; turns += turns == 0 ? 60 : 4) {
		struct rig rig;
		struct seal *seal;
		struct seal_head head;
		struct rig_wait wait;

		rig_open(&rig, "sim:5", NOW);
		seal = rig_seal(&rig);
		file_events(&rig, NOW, 2);
		file_events(&rig, NOW + 1, BIG);
		rig_set_second(&rig, NOW + 2);
		if (turns > 0) {
			rig_advance_start(&rig, seal, &wait);
			for (uint32_t i = 0; i < turns && !wait.done; i++)
				loop_turn(rig.loop);
			seal_close(seal);
			rig_head(&rig, &head);
			parts += head.part_second != 0;
			seal = rig_seal(&rig);
		}
		rig_advance(&rig, seal);
		assert_int_equal(check_tiles(&rig), BIG + 4);
		digest_of(&rig, turns == 0 ? whole : broken);
		if (turns > 0)
			assert_memory_equal(broken, whole, SHA256_SIZE);
		seal_close(seal);
		rig_close(&rig);
	}
	assert_true(parts >= 1);
}

/* ---- A store of a time before there were tiles. ---- */

static void put(struct rig *rig, const char *key, const struct shape *shape, const void *value)
{
	struct writer to = { .data = arena_alloc(&rig->arena, 4096), .size = 4096 };
	struct store_item item = { .key = slice_text(key),
				   .version = rig_record(rig, key).version,
				   .intent = shape == NULL ? STORE_REMOVE : STORE_WRITE };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &rig->arena };

	if (shape != NULL)
		shape_to_cbor(&to, shape, value);
	item.value = slice_of(to.data, to.used);
	assert_int_equal(store_commit_wait(rig->store, &req), STORE_OK);
}

static const char *text_of(struct rig *rig, struct slice key)
{
	return arena_text(&rig->arena, "%.*s", (int)key.size, (const char *)key.data);
}

/* Seals anew as it was done then: random salts, no tiles, no checkpoint. */
static void make_old(struct rig *rig)
{
	struct store_item *events, *seconds, *tiles;
	uint32_t event_count, second_count, tile_count, at = 0;
	struct seal_head head;

	rig_head(rig, &head);
	head.leaf_count = head.edge_count = 0;
	head.tiled = false;
	events = rig_records(rig, &event_count, "ev");
	seconds = rig_records(rig, &second_count, "sec");
	tiles = rig_records(rig, &tile_count, "tile");
	for (uint32_t i = 0; i < second_count; i++) {
		struct seal_second sec;
		struct seal_hash leaf;
		uint8_t last[64];

		assert_true(shape_from_cbor(&sec, &seal_second_shape, seconds[i].value));
		crypto_random(sec.salt, sizeof(sec.salt));
		for (uint64_t k = 0; k + 1 < sec.leaf_count; k++, at++) {
			rig_leaf(&leaf, events[at].value.data, events[at].value.size);
			seal_append(&head, &leaf);
		}
		seal_leaf(&leaf, slice_of(sec.salt, sizeof(sec.salt)),
			  slice_of(last, seal_second_closed(last, sec.second, sec.leaf_count - 1)));
		seal_append(&head, &leaf);
		seal_root(&sec.root, &head);
		put(rig, text_of(rig, seconds[i].key), &seal_second_shape, &sec);
	}
	for (uint32_t i = 0; i < tile_count; i++)
		put(rig, text_of(rig, tiles[i].key), NULL, NULL);
	put(rig, "note/checkpoint", NULL, NULL);
	put(rig, seal_head_key, &seal_head_shape, &head);
	rig_fresh(rig);
}

static void set_flag(void *to)
{
	*(bool *)to = true;
}

static void a_store_older_than_its_tiles_gets_them(void **state)
{
	(void)state;
	for (uint32_t turns = 0; turns < 60; turns += 4) {
		struct rig rig;
		struct seal *seal;
		struct seal_head old, head;
		struct seal_hash old_root, root;

		rig_open(&rig, "sim:7", NOW);
		seal = rig_seal(&rig);
		for (uint32_t second = 0; second < 100; second++)
			file_events(&rig, NOW + second, second % 3 == 0 ? 40 : 0);
		rig_set_second(&rig, NOW + 110);
		rig_advance(&rig, seal);
		seal_close(seal);
		make_old(&rig);
		rig_head(&rig, &old);
		seal_root(&old_root, &old);

		if (turns > 0) { /* Killed while it builds. */
			bool ready = false;

			assert_true(
			    seal_open(&seal, rig.loop, rig.store, &rig.clock, set_flag, &ready));
			seal_sign(seal, &rig_signer);
			for (uint32_t i = 0; i < turns && !ready; i++)
				loop_turn(rig.loop);
			seal_close(seal);
		}
		seal = rig_seal(&rig);
		assert_int_equal(seal_closed_second(seal), NOW + 109);
		assert_int_equal(check_tiles(&rig), 34 * 41);
		rig_head(&rig, &head);
		seal_root(&root, &head);
		assert_memory_equal(root.bytes, old_root.bytes, SHA256_SIZE);
		assert_int_equal(head.last_full_s, old.last_full_s);
		assert_int_equal(head.reseal_s, old.sealed_s);
		file_events(&rig, NOW + 110, 300);
		rig_set_second(&rig, NOW + 200);
		rig_advance(&rig, seal);
		assert_int_equal(check_tiles(&rig), 34 * 41 + 301);
		seal_close(seal);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_however_often_it_was_broken_off),
		cmocka_unit_test(a_second_larger_than_a_commit),
		cmocka_unit_test(a_store_older_than_its_tiles_gets_them),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
