/* tests/deflate_test.c - packed, unpacked, and never more than was allowed. Without it a few bytes
 * from a stranger could fill a gate's memory.
 */
#include "core/deflate.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define COUNTS_HEAP 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS_HEAP 0
#endif
#endif
#ifndef COUNTS_HEAP
#define COUNTS_HEAP 1
#endif

static size_t heap_asked;

/* glibc's own, behind the name that all libraries call. The sanitizer wants that name for itself.
 */
#if COUNTS_HEAP
extern void *__libc_malloc(size_t);

void *malloc(size_t size)
{
	heap_asked++;
	return __libc_malloc(size);
}
#endif

enum { TEXT_SIZE = 100000 };
static uint8_t text[TEXT_SIZE], packed_room[2 * TEXT_SIZE], unpacked_room[TEXT_SIZE + 1];
static uint8_t pack_room[DEFLATE_PACK_BLOCK_SIZE], unpack_room[DEFLATE_UNPACK_BLOCK_SIZE];

static const struct deflate_block pack_block = { pack_room, sizeof(pack_room) };
static const struct deflate_block unpack_block = { unpack_room, sizeof(unpack_room) };

enum content { ZEROES, STEPS, NOISE };

static void fill(enum content content)
{
	uint32_t state = 1;

	for (size_t i = 0; i < TEXT_SIZE; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = content == ZEROES  ? 0
			  : content == STEPS ? (uint8_t)(i / 100)
					     : (uint8_t)(state >> 24);
	}
}

static struct slice pack(struct slice from, const struct deflate_block *block)
{
	struct writer to = { .data = packed_room, .size = sizeof(packed_room) };

	assert_int_equal(deflate_pack(&to, from, block), DEFLATE_OK);
	return slice_of(to.data, to.used);
}

static enum deflate_status unpack(size_t room, struct slice from, const struct deflate_block *block,
				  size_t *used)
{
	struct writer to = { .data = unpacked_room, .size = room };
	enum deflate_status status = deflate_unpack(&to, from, block);

	*used = to.used;
	return status;
}

static void what_is_packed_unpacks(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 1000, 32768, 65536, TEXT_SIZE };

	(void)state;
	for (enum content content = ZEROES; content <= NOISE; content++) {
		fill(content);
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			struct slice packed = pack(slice_of(text, sizes[i]), &pack_block);
			size_t used;

			assert_int_equal(unpack(sizes[i], packed, &unpack_block, &used),
					 DEFLATE_OK);
			assert_int_equal(used, sizes[i]);
			assert_memory_equal(unpacked_room, text, used);
			assert_int_equal(unpack(sizeof(unpacked_room), packed, NULL, &used),
					 DEFLATE_OK);
			assert_int_equal(used, sizes[i]);
		}
	}
}

static void the_heap_is_not_asked_where_a_block_is_given(void **state)
{
	struct slice packed;
	size_t used, before;

	(void)state;
	fill(NOISE);
	if (!COUNTS_HEAP) {
		print_message("skipped: the sanitizer counts the heap itself\n");
		skip();
	}
	before = heap_asked;
	packed = pack(slice_of(text, TEXT_SIZE), NULL);
	assert_true(heap_asked > before); /* The counter counts. */
	before = heap_asked;
	packed = pack(slice_of(text, TEXT_SIZE), &pack_block);
	assert_int_equal(unpack(TEXT_SIZE - 1, packed, &unpack_block, &used), DEFLATE_TOO_LARGE);
	assert_int_equal(unpack(TEXT_SIZE, packed, &unpack_block, &used), DEFLATE_OK);
	assert_int_equal(heap_asked, before);
}

static void a_block_may_begin_anywhere_and_be_too_small(void **state)
{
	struct deflate_block odd = { unpack_room + 1, sizeof(unpack_room) - 1 };
	struct deflate_block small = { unpack_room, 1000 };
	struct writer to = { .data = packed_room, .size = sizeof(packed_room) };
	struct slice packed;
	size_t used;

	(void)state;
	fill(STEPS);
	packed = pack(slice_of(text, TEXT_SIZE), NULL);
	assert_int_equal(unpack(TEXT_SIZE, packed, &odd, &used), DEFLATE_OK);
	assert_int_equal(unpack(TEXT_SIZE, packed, &small, &used), DEFLATE_NO_MEMORY);
	assert_int_equal(used, 0);
	assert_int_equal(deflate_pack(&to, SLICE("abc"), &small), DEFLATE_NO_MEMORY);
	small.size = 0;
	assert_int_equal(unpack(TEXT_SIZE, packed, &small, &used), DEFLATE_NO_MEMORY);
}

/* A thousand to one is what zlib can do. */
static void the_room_is_the_limit(void **state)
{
	struct slice packed;
	size_t used;

	(void)state;
	fill(ZEROES);
	packed = pack(slice_of(text, TEXT_SIZE), &pack_block);
	assert_true(packed.size < 200);
	for (size_t room = 0; room <= TEXT_SIZE; room += room < 300 ? 1 : 4999) {
		unpacked_room[room] = 77;
		assert_int_equal(unpack(room, packed, &unpack_block, &used),
				 room == TEXT_SIZE ? DEFLATE_OK : DEFLATE_TOO_LARGE);
		assert_int_equal(used, room == TEXT_SIZE ? TEXT_SIZE : 0);
		assert_int_equal(unpacked_room[room], 77);
	}
	for (size_t room = 0; room < packed.size; room++) {
		struct writer to = { .data = unpacked_room, .size = room };

		assert_int_equal(deflate_pack(&to, slice_of(text, TEXT_SIZE), &pack_block),
				 DEFLATE_TOO_LARGE);
		assert_int_equal(to.used, 0);
	}
}

static void damaged_streams(void **state)
{
	static uint8_t damaged[2 * TEXT_SIZE];
	struct slice packed;
	size_t used, size;

	(void)state;
	fill(STEPS);
	packed = pack(slice_of(text, 5000), &pack_block);
	size = packed.size;
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(unpack(5000, slice_of(packed.data, cut), &unpack_block, &used),
				 DEFLATE_DAMAGED);
	mem_copy(damaged, packed.data, size);
	damaged[size] = 0;
	assert_int_equal(unpack(5000, slice_of(damaged, size + 1), &unpack_block, &used),
			 DEFLATE_DAMAGED);
	/* The checksum's last byte, and a stream that wants a dictionary. */
	damaged[size - 1] ^= 1;
	assert_int_equal(unpack(5000, slice_of(damaged, size), &unpack_block, &used),
			 DEFLATE_DAMAGED);
	assert_int_equal(unpack(5000, SLICE("\x78\xbb\0\0\0\1\x03\0\0\0\0\1"), NULL, &used),
			 DEFLATE_DAMAGED);
	assert_int_equal(unpack(5000, SLICE("KM1:"), NULL, &used), DEFLATE_DAMAGED);
	assert_int_equal(unpack(5000, SLICE(""), NULL, &used), DEFLATE_DAMAGED);
}

static void it_writes_behind_what_is_there(void **state)
{
	struct writer to = { .data = unpacked_room, .size = 8, .used = 3 };
	struct slice packed = pack(SLICE("12345"), &pack_block);

	(void)state;
	mem_copy(unpacked_room, "abc", 3);
	assert_int_equal(deflate_unpack(&to, packed, &unpack_block), DEFLATE_OK);
	assert_int_equal(to.used, 8);
	assert_memory_equal(unpacked_room, "abc12345", 8);
	assert_int_equal(deflate_unpack(&to, packed, &unpack_block), DEFLATE_TOO_LARGE);
	assert_int_equal(to.used, 8);
	to.failed = true;
	to.used = 0;
	assert_int_equal(deflate_unpack(&to, packed, &unpack_block), DEFLATE_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_unpacks),
		cmocka_unit_test(the_heap_is_not_asked_where_a_block_is_given),
		cmocka_unit_test(a_block_may_begin_anywhere_and_be_too_small),
		cmocka_unit_test(the_room_is_the_limit),
		cmocka_unit_test(damaged_streams),
		cmocka_unit_test(it_writes_behind_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
