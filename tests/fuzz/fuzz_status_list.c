/* tests/fuzz/fuzz_status_list.c - any bytes as a status list, as its claims properly signed, and as
 * a zlib stream: the room is the limit, and what is read is written again as the same bytes.
 */
#include "qr/status_list.h"

#include "qr/envelope.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 4096, STATUSES_MAX = 4096 };

static uint8_t room[4 * (INPUT_MAX + STATUSES_MAX)], object[2 * INPUT_MAX];
static uint8_t statuses[STATUSES_MAX + 1], block_room[DEFLATE_PACK_BLOCK_SIZE];
static const struct deflate_block block = { block_room, sizeof(block_room) };

static void try_list(struct slice bytes)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = statuses, .size = STATUSES_MAX };
	struct status_list list, again;
	enum token_status status;

	if (status_list_read(&list, bytes, fuzz_ring(), FUZZ_AT_S, &scratch) != STATUS_LIST_OK)
		return;
	MUST(list.exp_s > FUZZ_AT_S);
	statuses[STATUSES_MAX] = 77;
	if (status_list_unpack(&to, &list, &block) != STATUS_LIST_OK) {
		MUST(to.used == 0 && statuses[STATUSES_MAX] == 77);
		return;
	}
	MUST(statuses[STATUSES_MAX] == 77);
	for (uint32_t i = 0; i < 4 * to.used; i++)
		MUST(status_list_get(&status, slice_of(statuses, to.used), i));
	MUST(!status_list_get(&status, slice_of(statuses, to.used), (uint32_t)(4 * to.used)));
	scratch.used = 0;
	to = (struct writer){ .data = object, .size = sizeof(object) };
	MUST(status_list_write(&to, &list, slice_of(statuses, STATUSES_MAX), fuzz_key(KEY_STATUS),
			       &scratch, &block) == STATUS_LIST_OK);
	scratch.used = 0;
	MUST(status_list_read(&again, slice_of(to.data, to.used), fuzz_ring(), FUZZ_AT_S,
			      &scratch) == STATUS_LIST_OK);
	MUST(slice_equal(again.uri, list.uri) && again.ttl_s == list.ttl_s);
}

static void try_stream(struct slice bytes)
{
	struct writer to = { .data = statuses, .size = STATUSES_MAX };
	struct writer heap = to, packed = { .data = room, .size = sizeof(room) };
	enum deflate_status status = deflate_unpack(&to, bytes, &block);

	MUST(deflate_unpack(&heap, bytes, NULL) == status && heap.used == to.used);
	MUST(deflate_pack(&packed, bytes, &block) == DEFLATE_OK);
	to = (struct writer){ .data = object, .size = sizeof(object) };
	MUST(deflate_unpack(&to, slice_of(packed.data, packed.used), &block) == DEFLATE_OK);
	MUST(slice_equal(slice_of(object, to.used), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t sealed[2 * INPUT_MAX];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = sealed, .size = sizeof(sealed) };

	if (size > INPUT_MAX)
		return 0;
	try_list(slice_of(data, size));
	try_stream(slice_of(data, size));
	envelope_write(&to, slice_of(data, size), fuzz_key(KEY_STATUS), STATUS_LIST_TYP, &scratch);
	try_list(slice_of(to.data, to.used));
	return 0;
}
