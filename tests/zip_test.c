/* tests/zip_test.c - archives that are honest, broken, locked and malicious. Without it the first
 * zip bomb sent as a timetable would find out.
 */
#include "core/zip.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define zip_file libzip_member /* As in core/zip.c. */
#include <zip.h>
#undef zip_file

#define ARENA_SIZE ((size_t)8 << 20)

struct member {
	const char *name;
	struct slice bytes;
	int method;
	bool locked;
};

struct packed {
	uint8_t data[1 << 17];
	size_t size;
};

static void add_member(zip_t *archive, const struct member *m)
{
	zip_source_t *from = zip_source_buffer(archive, m->bytes.data, m->bytes.size, 0);
	zip_int64_t index = zip_file_add(archive, m->name, from, 0);

	MUST(index >= 0);
	MUST(zip_set_file_compression(archive, (zip_uint64_t)index, m->method, 0) == 0);
	if (m->locked)
		MUST(zip_file_set_encryption(archive, (zip_uint64_t)index, ZIP_EM_AES_256,
					     "pass") == 0);
}

static struct slice pack(struct packed *out, const struct member *members, size_t count)
{
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *archive = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
	zip_int64_t size;

	MUST(archive != NULL);
	zip_source_keep(source);
	for (size_t i = 0; i < count; i++)
		add_member(archive, &members[i]);
	MUST(zip_close(archive) == 0);
	MUST(zip_source_open(source) == 0);
	size = zip_source_read(source, out->data, sizeof(out->data));
	MUST(size > 0 && size < (zip_int64_t)sizeof(out->data));
	out->size = (size_t)size;
	zip_source_close(source);
	zip_source_free(source);
	return slice_of(out->data, out->size);
}

static struct packed packed;
static struct arena arena;

static int open_arena(void **state)
{
	(void)state;
	return arena_open(&arena, ARENA_SIZE) ? 0 : -1;
}

static int close_arena(void **state)
{
	(void)state;
	arena_close(&arena);
	return 0;
}

/* What the first problem is on the way to this member's bytes. */
static enum zip_status fetch(struct slice *out, struct slice bytes, const char *name)
{
	struct zip_file *file;
	enum zip_status status = zip_file_open(&file, bytes);

	arena_reset(&arena, 0);
	*out = (struct slice){ 0 };
	if (status == ZIP_FOUND)
		status = zip_file_read(file, out, &arena, name);
	else
		assert_null(file);
	if (status != ZIP_FOUND)
		assert_int_equal(out->size, 0);
	zip_file_close(file);
	return status;
}

#define STOPS SLICE("stop_id\nhakata\n")

static void members_are_found(void **state)
{
	static const struct {
		const char *names[4];
		const char *wanted;
		enum zip_status status;
	} table[] = {
		{ { "stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "agency.txt", "stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "agency.txt" }, "stops.txt", ZIP_ABSENT },
		{ { "Stops.txt" }, "stops.txt", ZIP_ABSENT },
		{ { "stops.txt.bak" }, "stops.txt", ZIP_ABSENT },
		{ { "feed/stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "feed/agency.txt", "feed/stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "feed/stops.txt" }, "feed/stops.txt", ZIP_FOUND },
		{ { "feed/stops.txt", "__MACOSX/feed/._stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "__MACOSX/feed/._stops.txt", "feed/stops.txt" }, "stops.txt", ZIP_FOUND },
		{ { "a/agency.txt", "b/stops.txt" },
		  "stops.txt",
		  ZIP_ABSENT }, /* Which of the two? */
		{ { "a/stops.txt", "b/agency.txt", "a/trips.txt" }, "stops.txt", ZIP_ABSENT },
		{ { "agency.txt", "old/stops.txt" }, "stops.txt", ZIP_ABSENT },
		{ { "old/stops.txt", "agency.txt" }, "stops.txt", ZIP_ABSENT },
		{ { "a/b/stops.txt" }, "stops.txt", ZIP_ABSENT }, /* One folder, not two. */
		{ { "../stops.txt" }, "../../stops.txt", ZIP_ABSENT },
		{ { "九州/stops.txt" }, "stops.txt", ZIP_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct member members[4];
		struct slice out;
		size_t count = 0;

		for (; count < 4 && table[i].names[count] != NULL; count++)
			members[count] = (struct member){ .name = table[i].names[count],
							  .bytes = STOPS,
							  .method = ZIP_CM_DEFLATE };
		if (fetch(&out, pack(&packed, members, count), table[i].wanted) != table[i].status)
			fail_msg("row %zu", i);
		if (table[i].status == ZIP_FOUND)
			assert_true(slice_equal(out, STOPS));
	}
}

static void an_empty_member_is_there(void **state)
{
	const struct member members[] = { { "a.txt", SLICE(""), ZIP_CM_DEFLATE, false },
					  { "b.txt", SLICE("b"), ZIP_CM_STORE, false } };
	struct slice out, bytes = pack(&packed, members, 2);

	(void)state;
	assert_int_equal(fetch(&out, bytes, "a.txt"), ZIP_FOUND);
	assert_int_equal(out.size, 0);
	assert_int_equal(fetch(&out, bytes, "b.txt"), ZIP_FOUND);
	assert_true(slice_is(out, "b"));
}

static void what_is_no_archive_is_refused(void **state)
{
	static const char *const table[] = {
		"",         "P",           "PK", "stop_id,stop_name\n", "PK\x03\x04 and so on",
		"%PDF-1.7", "\x1f\x8b\x08"
	};
	struct slice out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(fetch(&out, slice_text(table[i]), "stops.txt"), ZIP_NOT_ONE);
}

/* Cut anywhere, or with any one byte another, it is refused or gives the true bytes. */
static void damage_never_passes_for_data(void **state)
{
	const struct member members[] = { { "stops.txt", STOPS, ZIP_CM_DEFLATE, false },
					  { "trips.txt", STOPS, ZIP_CM_STORE, false } };
	struct slice out, bytes = pack(&packed, members, 2);
	uint8_t *copy;

	(void)state;
	for (size_t size = 0; size < bytes.size; size++) {
		copy = malloc(size + 1);
		mem_copy(copy, bytes.data, size);
		assert_int_not_equal(fetch(&out, slice_of(copy, size), "stops.txt"), ZIP_FOUND);
		free(copy);
	}
	for (size_t i = 0; i < bytes.size; i++)
		for (int flip = 1; flip < 256; flip = flip * 2 + 1) {
			packed.data[i] ^= (uint8_t)flip;
			if (fetch(&out, bytes, "trips.txt") == ZIP_FOUND &&
			    !slice_equal(out, STOPS))
				fail_msg("byte %zu", i);
			if (fetch(&out, bytes, "stops.txt") == ZIP_FOUND &&
			    !slice_equal(out, STOPS))
				fail_msg("byte %zu", i);
			packed.data[i] ^= (uint8_t)flip;
		}
}

/* The central directory's entry of the nth member; its sizes stand at 20 and 24. */
static uint8_t *central(size_t n)
{
	for (size_t i = 0; i + 4 < packed.size; i++)
		if (mem_equal(packed.data + i, "PK\1\2", 4) && n-- == 0)
			return packed.data + i;
	MUST(false);
	return NULL;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static void bombs_are_not_unpacked(void **state)
{
	size_t size = 4 << 20;
	struct member zeros = { "stops.txt", { calloc(1, size), size }, ZIP_CM_DEFLATE, false };
	struct member random = { "stops.txt", { NULL, 0 }, ZIP_CM_STORE, false };
	struct slice out, bytes;
	uint8_t *noise = malloc(60000);

	(void)state;
	assert_int_equal(fetch(&out, pack(&packed, &zeros, 1), "stops.txt"),
			 ZIP_BOMB); /* 1 to 1000 */
	/* It claims to be small: then more comes out than was claimed. */
	put_u32(central(0) + 24, 100);
	assert_int_equal(fetch(&out, slice_of(packed.data, packed.size), "stops.txt"), ZIP_DAMAGED);
	/* It claims more than it has. */
	for (size_t i = 0; i < 60000; i++)
		noise[i] = (uint8_t)(i * i >> 7);
	random.bytes = slice_of(noise, 60000);
	bytes = pack(&packed, &random, 1);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_FOUND);
	put_u32(central(0) + 24, 4 << 20);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_DAMAGED);
	/* More than the arena, more than a member may have, more than the archive. */
	put_u32(central(0) + 24, (uint32_t)ARENA_SIZE + 1);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_BOMB);
	put_u32(central(0) + 24, (uint32_t)ZIP_MEMBER_SIZE_MAX + 1);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_BOMB);
	put_u32(central(0) + 24, 60000);
	put_u32(central(0) + 20, (uint32_t)bytes.size + 1);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_BOMB);
	free(noise);
	free((void *)(uintptr_t)zeros.bytes.data);
}

/* Two members that share their packed bytes: the way to a bomb of modest ratios. */
static void shared_bytes_are_refused(void **state)
{
	uint8_t noise[20000];
	struct member members[] = { { "a.txt", slice_of(noise, sizeof(noise)), ZIP_CM_STORE,
				      false },
				    { "b.txt", slice_of(noise, 1), ZIP_CM_STORE, false } };
	struct slice out, bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * i >> 7);
	bytes = pack(&packed, members, 2);
	assert_int_equal(fetch(&out, bytes, "a.txt"), ZIP_FOUND);
	put_u32(central(1) + 20, sizeof(noise));
	put_u32(central(1) + 24, sizeof(noise));
	put_u32(central(1) + 42, 0); /* Where the first begins. */
	assert_int_equal(fetch(&out, bytes, "b.txt"), ZIP_BOMB);
}

static void members_are_counted(void **state)
{
	struct member members[ZIP_MEMBER_COUNT_MAX + 1];
	char names[ZIP_MEMBER_COUNT_MAX + 1][8];
	struct slice out;

	(void)state;
	for (int i = 0; i <= ZIP_MEMBER_COUNT_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%d.txt", i);
		members[i] =
		    (struct member){ .name = names[i], .bytes = STOPS, .method = ZIP_CM_DEFLATE };
	}
	assert_int_equal(fetch(&out, pack(&packed, members, ZIP_MEMBER_COUNT_MAX), "63.txt"),
			 ZIP_FOUND);
	assert_int_equal(fetch(&out, pack(&packed, members, ZIP_MEMBER_COUNT_MAX + 1), "0.txt"),
			 ZIP_TOO_MANY);
}

static void a_name_twice_is_refused(void **state)
{
	const struct member members[] = { { "stops.txt", SLICE("good"), ZIP_CM_STORE, false },
					  { "stopz.txt", SLICE("evil"), ZIP_CM_STORE, false } };
	struct slice out, bytes = pack(&packed, members, 2);

	(void)state;
	for (size_t i = 0; i + 5 < packed.size; i++)
		if (mem_equal(packed.data + i, "stopz", 5))
			packed.data[i + 4] = 's';
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_DAMAGED);
}

static void locked_and_strange_members_are_refused(void **state)
{
	const struct member members[] = { { "locked.txt", STOPS, ZIP_CM_DEFLATE, true },
					  { "bzip2.txt", STOPS, ZIP_CM_BZIP2, false },
					  { "stops.txt", STOPS, ZIP_CM_DEFLATE, false } };
	struct slice out, bytes = pack(&packed, members, 3);

	(void)state;
	assert_int_equal(fetch(&out, bytes, "locked.txt"), ZIP_LOCKED);
	assert_int_equal(fetch(&out, bytes, "bzip2.txt"), ZIP_DAMAGED);
	assert_int_equal(fetch(&out, bytes, "stops.txt"), ZIP_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(an_empty_member_is_there),
		cmocka_unit_test(what_is_no_archive_is_refused),
		cmocka_unit_test(damage_never_passes_for_data),
		cmocka_unit_test(bombs_are_not_unpacked),
		cmocka_unit_test(shared_bytes_are_refused),
		cmocka_unit_test(members_are_counted),
		cmocka_unit_test(a_name_twice_is_refused),
		cmocka_unit_test(locked_and_strange_members_are_refused),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
