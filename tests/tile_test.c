/* tests/tile_test.c - tiles as C2SP tlog-tiles names them, and proofs made of nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/checkpoint.h"
#include "core/tile.h"
#include "tests/log_rig.h"

/* ---- Paths. ---- */

static void paths_of_the_specification(void **state)
{
	static const struct {
		const char *path;
		struct tile_path is;
	} table[] = {
		{ "0/000", { false, 0, 0, 256 } },
		{ "0/x001/x234/067", { false, 0, 1234067, 256 } },
		{ "3/255", { false, 3, 255, 256 } },
		{ "5/x001/000", { false, 5, 1000, 256 } },
		{ "1/000.p/1", { false, 1, 0, 1 } },
		{ "0/x001/234.p/255", { false, 0, 1234, 255 } },
		{ "entries/000.p/17", { true, 0, 0, 17 } },
		{ "entries/x001/x000/000", { true, 0, 1000000, 256 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct tile_path path;
		char text[TILE_PATH_SIZE];

		assert_true(tile_path_read(&path, slice_text(table[i].path)));
		assert_int_equal(path.entries, table[i].is.entries);
		assert_int_equal(path.level, table[i].is.level);
		assert_int_equal(path.number, table[i].is.number);
		assert_int_equal(path.width, table[i].is.width);
		tile_path_write(text, &path);
		assert_memory_equal(text, "/tile/", 6);
		assert_string_equal(text + 6, table[i].path);
	}
}

static void paths_that_are_none(void **state)
{
	static const char *const table[] = {
		"",
		"0",
		"0/",
		"/000",
		"0/0",
		"0/00",
		"0/0000",
		"0/x000/001",
		"0/x01/001",
		"0/001/001",
		"0/x001",
		"0/x001/",
		"00/000",
		"-1/000",
		"6/000",
		"63/000",
		"x/000",
		"0/000.p",
		"0/000.p/",
		"0/000.p/0",
		"0/000.p/01",
		"0/000.p/256",
		"0/000.p/-1",
		"0/000/1",
		"0/000.q/1",
		"0/.p/1",
		"entry/000",
		"entries",
		"entries/",
		"entries/000.p",
		"0/000.p/1/",
		"0/000.p/1/2",
		"0/00a",
		"0/x999/x999/x999/x999/x999/999",
		"0/%30%30%30",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct tile_path path;

		if (tile_path_read(&path, slice_text(table[i])))
			print_error("%s\n", table[i]);
		assert_false(tile_path_read(&path, slice_text(table[i])));
	}
}

/* The specification's example: 70,000 leaves. */
static void widths_of_a_tree_of_70000(void **state)
{
	static const struct {
		unsigned level;
		uint64_t number;
		uint16_t width;
	} table[] = {
		{ 0, 0, 256 }, { 0, 272, 256 }, { 0, 273, 112 },      { 0, 274, 0 },
		{ 1, 0, 256 }, { 1, 1, 17 },    { 1, 2, 0 },          { 2, 0, 1 },
		{ 2, 1, 0 },   { 3, 0, 0 },     { 0, UINT64_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(tile_width_at(70000, table[i].level, table[i].number),
				 table[i].width);
	assert_int_equal(tile_width_at(256, 0, 0), 256);
	assert_int_equal(tile_width_at(256, 0, 1), 0);
	assert_int_equal(tile_width_at(256, 1, 0), 1);
	assert_int_equal(tile_width_at(0, 0, 0), 0);
}

/* ---- Proofs, over a tree whose tiles are computed when asked for. ---- */

enum { LEAF_COUNT = 70001 };
static struct seal_hash leaves[LEAF_COUNT];

static bool fetch(struct tile_source *source, struct seal_hash *out, const struct tile_path *path)
{
	assert_false(path->entries);
	for (uint16_t i = 0; i < path->width; i++) {
		uint64_t size = (uint64_t)1 << (8 * path->level);
		uint64_t first = (path->number * TILE_WIDTH + i) * size;

		assert_true(first + size <= source->size);
		rig_root(out[i].bytes, leaves + first, size);
	}
	return true;
}

static struct tile_source *source_of(uint64_t size)
{
	static struct tile_source source;

	source.size = size;
	source.fetch = fetch;
	tile_source_begin(&source);
	return &source;
}

static void make_leaves(void)
{
	for (size_t i = 0; i < LEAF_COUNT; i++)
		sha256(leaves[i].bytes, slice_of(&i, sizeof(i)));
}

/* Each bit of the path, the leaf, the roots and the numbers counts. */
static void check_inclusion(uint64_t index, uint64_t size)
{
	struct tile_source *source = source_of(size);
	struct seal_hash root, naive, leaf = leaves[index];
	struct tree_path path;

	rig_root(naive.bytes, leaves, size);
	assert_true(tree_root(&root, &source->reader, size));
	assert_memory_equal(root.bytes, naive.bytes, SHA256_SIZE);
	assert_true(tree_inclusion(&path, &source->reader, index, size));
	assert_true(tree_includes(&root, size, &leaf, index, &path));
	assert_false(tree_includes(&root, size, &leaf, size, &path));
	if (size > 1)
		assert_false(tree_includes(&root, size, &leaf, (index + 1) % size, &path));
	leaf.bytes[0] ^= 1;
	assert_false(tree_includes(&root, size, &leaf, index, &path));
	leaf.bytes[0] ^= 1;
	root.bytes[31] ^= 1;
	assert_false(tree_includes(&root, size, &leaf, index, &path));
	root.bytes[31] ^= 1;
	for (size_t i = 0; i < path.count; i++) {
		path.hash[i].bytes[i % 32] ^= 4;
		assert_false(tree_includes(&root, size, &leaf, index, &path));
		path.hash[i].bytes[i % 32] ^= 4;
	}
	path.hash[path.count++] = leaf;
	assert_false(tree_includes(&root, size, &leaf, index, &path));
	path.count -= 2;
	if (size > 1)
		assert_false(tree_includes(&root, size, &leaf, index, &path));
}

static void check_consistency(uint64_t old, uint64_t size)
{
	struct tile_source *source = source_of(size);
	struct seal_hash root, old_root;
	struct tree_path path;

	rig_root(root.bytes, leaves, size);
	rig_root(old_root.bytes, leaves, old);
	assert_true(tree_consistency(&path, &source->reader, old, size));
	assert_true(tree_extends(&root, size, &old_root, old, &path));
	if (old == 0)
		return;
	old_root.bytes[3] ^= 1;
	assert_false(tree_extends(&root, size, &old_root, old, &path));
	old_root.bytes[3] ^= 1;
	root.bytes[3] ^= 1;
	assert_false(tree_extends(&root, size, &old_root, old, &path));
	root.bytes[3] ^= 1;
	for (size_t i = 0; i < path.count; i++) {
		path.hash[i].bytes[i % 32] ^= 4;
		assert_false(tree_extends(&root, size, &old_root, old, &path));
		path.hash[i].bytes[i % 32] ^= 4;
	}
	path.hash[path.count++] = root;
	assert_false(tree_extends(&root, size, &old_root, old, &path));
	path.count -= 2;
	if (old < size)
		assert_false(tree_extends(&root, size, &old_root, old, &path));
	assert_false(tree_extends(&old_root, old, &root, size + 1, &path));
}

static void proofs_of_small_trees(void **state)
{
	(void)state;
	make_leaves();
	for (uint64_t size = 1; size <= 70; size++) {
		for (uint64_t index = 0; index < size; index++)
			check_inclusion(index, size);
		for (uint64_t old = 0; old <= size; old++)
			check_consistency(old, size);
	}
}

static void proofs_across_tiles(void **state)
{
	static const uint64_t sizes[] = { 255, 256, 257, 512, 65536, LEAF_COUNT };
	static const uint64_t at[] = { 1, 255, 256, 257, 65536, 70000 };

	(void)state;
	make_leaves();
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t k = 0; k < COUNT_OF(at); k++) {
			if (at[k] < sizes[i])
				check_inclusion(at[k], sizes[i]);
			if (at[k] <= sizes[i])
				check_consistency(at[k], sizes[i]);
		}
}

/* ---- Records and what is served of them. ---- */

static void a_tile_is_read_as_it_was_written(void **state)
{
	static struct tile tile, again;
	uint8_t room[TILE_RECORD_SIZE_MAX], body[TILE_BODY_SIZE_MAX];

	(void)state;
	for (unsigned level = 0; level < 2; level++)
		for (uint16_t width = 1; width <= TILE_WIDTH; width += 51) {
			struct writer to = { .data = room, .size = sizeof(room) };

			crypto_random(&tile, sizeof(tile));
			MUST(text_set(tile.first, sizeof(tile.first),
				      SLICE("ev/0/1790000000/019aff000000000000000000000000002a")));
			tile.width = width;
			tile_write(&to, &tile, level);
			assert_false(to.failed);
			assert_true(tile_read(&again, level, slice_of(room, to.used)));
			assert_int_equal(again.width, width);
			assert_memory_equal(again.hash, tile.hash, width * 32u);
			if (level == 0)
				assert_string_equal(again.first, tile.first);
			assert_false(tile_read(&again, level, slice_of(room, to.used - 1)));
		}
	assert_false(tile_read(&again, 0, SLICE("")));
	assert_false(tile_read(&again, 1, SLICE("")));
	assert_false(tile_read(&again, 0,
			       SLICE("\xff"
				     "ev/")));
	tile.width = 200;
	for (int entries = 0; entries < 2; entries++) {
		struct writer to = { .data = body, .size = sizeof(body) };
		struct tile_path path = { .entries = entries == 1, .width = 3 };
		uint8_t marked[33] = { 0 }, leaf[SHA256_SIZE];

		tile_body(&to, &tile, &path);
		assert_int_equal(to.used, entries == 1 ? 3 * 34 : 3 * 32);
		memcpy(marked + 1, tile.hash[2].bytes, 32);
		sha256(leaf, slice_of(marked, sizeof(marked)));
		if (entries == 1) {
			assert_memory_equal(body + 68, "\0\x20", 2);
			assert_memory_equal(body + 70, tile.hash[2].bytes, 32);
		} else {
			assert_memory_equal(body + 64, leaf, 32);
		}
	}
}

/* ---- Checkpoints. ---- */

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static void checkpoints(void **state)
{
	static const struct {
		const char *text;
		bool read;
		uint64_t size;
		int64_t sealed_s;
	} table[] = {
		{ "example.com/sofa\n20852163\n" ROOT, true, 20852163, -1 },
		{ "example.com/sofa\n0\n" ROOT "sealed 1790000000\n", true, 0, 1790000000 },
		{ "example.com/sofa\n1\n" ROOT "other 5\nsealed 7\n", true, 1, 7 },
		{ "example.com/sofa\n1\n" ROOT "sealed 7\nsealed 7\n", false, 0, 0 },
		{ "example.com/sofa\n1\n" ROOT "sealed x\n", false, 0, 0 },
		{ "example.com/sofa\n1\n" ROOT "sealed -7\n", false, 0, 0 },
		{ "example.com/sofa\n1\n" ROOT "\n", false, 0, 0 },
		{ "example.com/sofa\n1\n" ROOT "sealed 7", false, 0, 0 },
		{ "example.com/sofa\n01\n" ROOT, false, 0, 0 },
		{ "example.com/sofa\n-1\n" ROOT, false, 0, 0 },
		{ "example.com/sofa\n\n" ROOT, false, 0, 0 },
		{ "\n1\n" ROOT, false, 0, 0 },
		{ "example.com/sofa\n1\nCsUY\n", false, 0, 0 },
		{ "example.com/sofa\n1\n", false, 0, 0 },
		{ "", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct checkpoint checkpoint;
		uint8_t room[CHECKPOINT_SIZE_MAX];
		struct writer to = { .data = room, .size = sizeof(room) };

		assert_int_equal(checkpoint_read(&checkpoint, slice_text(table[i].text)),
				 table[i].read);
		if (!table[i].read)
			continue;
		assert_int_equal(checkpoint.size, table[i].size);
		assert_int_equal(checkpoint.sealed_s, table[i].sealed_s);
		checkpoint_write(&to, &checkpoint);
		if (strstr(table[i].text, "other") == NULL)
			assert_true(slice_is(slice_of(room, to.used), table[i].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_the_specification),
		cmocka_unit_test(paths_that_are_none),
		cmocka_unit_test(widths_of_a_tree_of_70000),
		cmocka_unit_test(proofs_of_small_trees),
		cmocka_unit_test(proofs_across_tiles),
		cmocka_unit_test(a_tile_is_read_as_it_was_written),
		cmocka_unit_test(checkpoints),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
