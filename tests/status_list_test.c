/* tests/status_list_test.c - the draft's own vectors, and lists that are not to be believed.
 * Without it our lists might be readable to ourselves alone.
 */
#include "qr/status_list.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/cbor.h"
#include "qr/bundle.h"
#include "qr/cose.h"
#include "qr/envelope.h"

#define URI "https://example.org/v1/status-lists/7"

enum { IAT_S = 0x6a200000, EXP_S = IAT_S + 86400, TTL_S = 300 };

static struct keyring ring;
static const struct keyring_key *status_key, *bundle_key;
static uint8_t room[STATUS_LIST_SCRATCH_SIZE], object_room[STATUS_LIST_SIZE_MAX];
static uint8_t statuses_room[STATUS_LIST_BYTES_MAX];
static uint8_t block_room[DEFLATE_PACK_BLOCK_SIZE];
static const struct deflate_block block = { block_room, sizeof(block_room) };

/* The draft's example of two bits: its statuses, bytes, and their zlib form in base64url. */
static const uint8_t draft_statuses[] = { 1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3 };
static const uint8_t draft_bytes[] = { 0xc9, 0x44, 0xf9 };
#define DRAFT_LST "eNo76fITAAPfAgc"

static void ring_fill(void)
{
	static const uint8_t seeds[2][SIGN_SEED_SIZE] = { "status key", "bundle key" };
	struct keyring_key key;

	keyring_make(&key, KEY_STATUS, IAT_S, EXP_S, seeds[0]);
	MUST(keyring_add(&ring, &key));
	keyring_make(&key, KEY_BUNDLE, IAT_S, EXP_S, seeds[1]);
	MUST(keyring_add(&ring, &key));
	status_key = &ring.keys[0];
	bundle_key = &ring.keys[1];
}

static struct status_list plain_list(void)
{
	return (struct status_list){
		.uri = SLICE(URI), .iat_s = IAT_S, .exp_s = EXP_S, .ttl_s = TTL_S
	};
}

static struct slice list_make(const struct status_list *list, struct slice statuses)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = object_room, .size = sizeof(object_room) };

	assert_int_equal(status_list_write(&to, list, statuses, status_key, &scratch, &block),
			 STATUS_LIST_OK);
	return slice_of(to.data, to.used);
}

static enum status_list_status list_read(struct status_list *out, struct slice bytes)
{
	struct writer scratch = { .data = room, .size = bytes.size };

	return status_list_read(out, bytes, &ring, IAT_S, &scratch);
}

static void the_drafts_vector_is_read(void **state)
{
	uint8_t packed[32];
	struct writer to = { .data = statuses_room, .size = sizeof(statuses_room) };
	struct status_list list = plain_list();
	enum token_status status;
	struct slice statuses;

	(void)state;
	assert_true(base64url_decode(packed, &list.packed.size, sizeof(packed), SLICE(DRAFT_LST)));
	list.packed.data = packed;
	assert_int_equal(status_list_unpack(&to, &list, &block), STATUS_LIST_OK);
	statuses = slice_of(to.data, to.used);
	assert_true(slice_equal(statuses, slice_of(draft_bytes, sizeof(draft_bytes))));
	for (uint32_t i = 0; i < COUNT_OF(draft_statuses); i++) {
		assert_true(status_list_get(&status, statuses, i));
		assert_int_equal(status, draft_statuses[i]);
	}
	assert_false(status_list_get(&status, statuses, COUNT_OF(draft_statuses)));
	assert_int_equal(status, TOKEN_INVALID);
	assert_false(status_list_get(&status, statuses, UINT32_MAX));
}

static void the_drafts_vector_is_written(void **state)
{
	struct status_entry entries[COUNT_OF(draft_statuses) + 1];
	uint8_t statuses[sizeof(draft_bytes)], packed[32];
	char text[64];
	struct writer to = { .data = packed, .size = sizeof(packed) };

	(void)state;
	/* In any order; the last one of an index counts. */
	entries[0] = (struct status_entry){ 5, TOKEN_APPLICATION };
	for (uint32_t i = 0; i < COUNT_OF(draft_statuses); i++) {
		uint32_t index = COUNT_OF(draft_statuses) - 1 - i;

		entries[i + 1] = (struct status_entry){ index, draft_statuses[index] };
	}
	status_list_build(statuses, sizeof(statuses), entries, COUNT_OF(entries));
	assert_memory_equal(statuses, draft_bytes, sizeof(draft_bytes));
	assert_int_equal(deflate_pack(&to, slice_of(statuses, sizeof(statuses)), &block),
			 DEFLATE_OK);
	base64url_encode(text, sizeof(text), slice_of(to.data, to.used));
	assert_string_equal(text, DRAFT_LST);
}

static void what_is_written_is_read(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 4096, STATUS_LIST_BYTES_MAX };
	static uint8_t statuses[STATUS_LIST_BYTES_MAX];
	uint32_t noise = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(statuses); i++) {
		noise = noise * 1664525 + 1013904223;
		statuses[i] = (uint8_t)(noise >> 24);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct writer to = { .data = statuses_room, .size = sizes[i] };
		struct status_list made = plain_list(), read;
		struct slice object = list_make(&made, slice_of(statuses, sizes[i]));

		assert_int_equal(list_read(&read, object), STATUS_LIST_OK);
		assert_true(slice_is(read.uri, URI));
		assert_int_equal(read.iat_s, IAT_S);
		assert_int_equal(read.exp_s, EXP_S);
		assert_int_equal(read.ttl_s, TTL_S);
		assert_int_equal(status_list_unpack(&to, &read, NULL), STATUS_LIST_OK);
		assert_int_equal(to.used, sizes[i]);
		assert_memory_equal(to.data, statuses, sizes[i]);
	}
}

/* By the draft and RFC 9052 alone: nothing of qr/status_list or qr/envelope reads here. */
static void another_reader_understands_it(void **state)
{
	struct status_list made = plain_list();
	struct slice object = list_make(&made, slice_of(draft_bytes, sizeof(draft_bytes)));
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct slice last = { 0 }, lst = { 0 }, sub = { 0 };
	int64_t label, bits = 0, claim[7] = { 0 }, ttl = 0;
	struct cose_key key = { .kid = slice_of(status_key->kid, KID_SIZE) };
	struct cose_sign1 sign1;
	struct cbor_item map;
	struct reader r;

	(void)state;
	mem_copy(key.public_key, status_key->public_key, SIGN_PUBLIC_SIZE);
	assert_int_equal(cose_read(&sign1, object), COSE_OK);
	assert_int_equal(cose_verify(&sign1, &key, SLICE(""), &scratch), COSE_OK);
	assert_true(sign1.tagged);
	r = (struct reader){ .rest = sign1.protected_header };
	assert_int_equal(cbor_next(&r).count, 3);
	while (r.rest.size > 0) {
		assert_true(cbor_map_key(&r, &last, &label));
		map = cbor_next(&r);
		if (label == 16)
			assert_true(slice_is(map.bytes, "application/statuslist+cwt"));
	}
	assert_int_equal(label, 16);
	r = (struct reader){ .rest = sign1.payload };
	assert_int_equal(cbor_next(&r).kind, CBOR_MAP);
	last = (struct slice){ 0 };
	for (int i = 0; i < 5; i++) {
		assert_true(cbor_map_key(&r, &last, &label));
		if (label == 65533) {
			assert_int_equal(cbor_next(&r).count, 2);
			assert_true(slice_is(cbor_next(&r).bytes, "lst"));
			lst = cbor_next(&r).bytes;
			assert_true(slice_is(cbor_next(&r).bytes, "bits"));
			bits = cbor_next(&r).value;
		} else if (label == 65534) {
			ttl = cbor_next(&r).value;
		} else {
			struct cbor_item item = cbor_next(&r);

			assert_true(label == 2 || label == 4 || label == 6);
			claim[label] = item.value;
			sub = label == 2 ? item.bytes : sub;
		}
	}
	assert_int_equal(r.rest.size, 0);
	assert_true(slice_is(sub, URI));
	assert_int_equal(claim[4], EXP_S);
	assert_int_equal(claim[6], IAT_S);
	assert_int_equal(ttl, TTL_S);
	assert_int_equal(bits, 2);
	assert_int_equal(lst.size, 11);
}

static void lists_that_are_not_believed(void **state)
{
	static const struct {
		const char *what;
		int64_t at_s;
		struct keyring_key key; /* What the gate's ring says of the list's key. */
		enum status_list_status status;
	} table[] = {
		{ "in force", IAT_S, { .use = KEY_STATUS }, STATUS_LIST_OK },
		{ "in its last second", EXP_S - 1, { .use = KEY_STATUS }, STATUS_LIST_OK },
		{ "expired", EXP_S, { .use = KEY_STATUS }, STATUS_LIST_EXPIRED },
		{ "by a key for tickets", IAT_S, { .use = KEY_TICKET }, STATUS_LIST_UNKNOWN_KEY },
		{ "by a key for bundles", IAT_S, { .use = KEY_BUNDLE }, STATUS_LIST_UNKNOWN_KEY },
		{ "by a key that is revoked",
		  IAT_S,
		  { .use = KEY_STATUS, .revoked_s = EXP_S },
		  STATUS_LIST_UNKNOWN_KEY },
		{ "by a key that came later",
		  IAT_S,
		  { .use = KEY_STATUS, .not_before_s = IAT_S + 1 },
		  STATUS_LIST_UNKNOWN_KEY },
	};
	struct status_list made = plain_list(), read;
	struct slice object = list_make(&made, slice_of(draft_bytes, sizeof(draft_bytes)));
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct keyring gate = { .count = 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		gate.keys[0] = table[i].key;
		mem_copy(gate.keys[0].kid, status_key->kid, KID_SIZE);
		mem_copy(gate.keys[0].public_key, status_key->public_key, SIGN_PUBLIC_SIZE);
		scratch.used = 0;
		if (status_list_read(&read, object, &gate, table[i].at_s, &scratch) !=
		    table[i].status)
			fail_msg("%s", table[i].what);
	}
	gate.count = 0;
	scratch.used = 0;
	assert_int_equal(status_list_read(&read, object, &gate, IAT_S, &scratch),
			 STATUS_LIST_UNKNOWN_KEY);
}

static void every_bit_and_every_cut(void **state)
{
	struct status_list made = plain_list(), read;
	struct slice object = list_make(&made, slice_of(draft_bytes, sizeof(draft_bytes)));

	(void)state;
	for (size_t bit = 0; bit < 8 * object.size; bit++) {
		object_room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(list_read(&read, object), STATUS_LIST_OK);
		object_room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < object.size; size++)
		assert_int_equal(list_read(&read, slice_of(object.data, size)),
				 STATUS_LIST_MALFORMED);
	object_room[object.size] = 0;
	assert_int_equal(list_read(&read, slice_of(object.data, object.size + 1)),
			 STATUS_LIST_MALFORMED);
	object_room[object.size - 1] ^= 1;
	assert_int_equal(list_read(&read, object), STATUS_LIST_FORGED);
}

/* Claims that are properly signed, in hexadecimal; LST is the draft's vector. */
#define LST "634c7374"
#define L   "636c73744b78da3be9f2130003df0207"
#define B2  "646269747302"
static const struct {
	const char *what, *claims;
	enum status_list_status status;
} forms[] = {
	{ "as it should be", "a502617504186406 0119fffda2" L B2 "19fffe00", STATUS_LIST_OK },
	{ "one bit", "a5026175041864060119fffda2" L "64626974730119fffe00", STATUS_LIST_MALFORMED },
	{ "bits before lst", "a5026175041864060119fffda2" B2 L "19fffe00", STATUS_LIST_MALFORMED },
	{ "no bits", "a5026175041864060119fffda1" L "19fffe00", STATUS_LIST_MALFORMED },
	{ "another key for lst",
	  "a5026175041864060119fffda2" LST "4b78da3be9f2130003df0207" B2 "19fffe00",
	  STATUS_LIST_MALFORMED },
	{ "no ttl", "a4026175041864060119fffda2" L B2, STATUS_LIST_MALFORMED },
	{ "no uri", "a4041864060119fffda2" L B2 "19fffe00", STATUS_LIST_MALFORMED },
	{ "an empty uri", "a50260041864060119fffda2" L B2 "19fffe00", STATUS_LIST_MALFORMED },
	{ "iat before exp", "a502617506010418 6419fffda2" L B2 "19fffe00", STATUS_LIST_MALFORMED },
	{ "a negative iat", "a5026175041864062019fffda2" L B2 "19fffe00", STATUS_LIST_MALFORMED },
	{ "exp in three bytes", "a502617504190064060119fffda2" L B2 "19fffe00",
	  STATUS_LIST_MALFORMED },
	{ "something behind", "a5026175041864060119fffda2" L B2 "19fffe0000",
	  STATUS_LIST_MALFORMED },
	{ "no map", "80", STATUS_LIST_MALFORMED },
	{ "nothing", "", STATUS_LIST_MALFORMED },
};

static void forms_of_the_claims(void **state)
{
	struct keyring_key key = *status_key;
	struct keyring gate = { .count = 1 };

	(void)state;
	key.not_before_s = 0;
	gate.keys[0] = key;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		uint8_t claims[128];
		char hex[256];
		struct writer scratch = { .data = room, .size = sizeof(room) };
		struct writer to = { .data = object_room, .size = sizeof(object_room) };
		struct status_list read;
		size_t used = 0;

		for (const char *c = forms[i].claims; *c != '\0'; c++)
			if (*c != ' ')
				hex[used++] = *c;
		assert_true(hex_decode(claims, used / 2, slice_of(hex, used)));
		envelope_write(&to, slice_of(claims, used / 2), &key, STATUS_LIST_TYP, &scratch);
		scratch.used = 0;
		if (status_list_read(&read, slice_of(to.data, to.used), &gate, 50, &scratch) !=
		    forms[i].status)
			fail_msg("%s", forms[i].what);
	}
}

static void one_kind_of_object_is_not_another(void **state)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = object_room, .size = sizeof(object_room) };
	struct status_list made = plain_list(), read;
	struct slice object = list_make(&made, SLICE("\1"));
	uint8_t claims[512];
	struct cose_sign1 sign1;

	(void)state;
	assert_int_equal(cose_read(&sign1, object), COSE_OK);
	mem_copy(claims, sign1.payload.data, sign1.payload.size);
	/* The same claims by the same key, of another type, of none, and by the wrong key. */
	envelope_write(&to, slice_of(claims, sign1.payload.size), status_key, BUNDLE_TYP, &scratch);
	assert_int_equal(list_read(&read, slice_of(to.data, to.used)), STATUS_LIST_MALFORMED);
	to.used = scratch.used = 0;
	envelope_write(&to, slice_of(claims, sign1.payload.size), status_key, "", &scratch);
	assert_int_equal(list_read(&read, slice_of(to.data, to.used)), STATUS_LIST_MALFORMED);
	to.used = scratch.used = 0;
	envelope_write(&to, slice_of(claims, sign1.payload.size), bundle_key, STATUS_LIST_TYP,
		       &scratch);
	assert_int_equal(list_read(&read, slice_of(to.data, to.used)), STATUS_LIST_UNKNOWN_KEY);
}

static void limits(void **state)
{
	static uint8_t zeroes[STATUS_LIST_BYTES_MAX + 1], long_uri[STATUS_LIST_URI_SIZE_MAX + 1];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = object_room, .size = sizeof(object_room) };
	struct writer small = { .data = statuses_room, .size = STATUS_LIST_BYTES_MAX - 1 };
	struct status_list list = plain_list(), read;
	struct slice object;

	(void)state;
	for (size_t i = 0; i < sizeof(long_uri); i++)
		long_uri[i] = 'u';
	assert_int_equal(status_list_write(&to, &list, slice_of(zeroes, sizeof(zeroes)), status_key,
					   &scratch, &block),
			 STATUS_LIST_MALFORMED);
	list.uri = slice_of(long_uri, sizeof(long_uri));
	assert_int_equal(status_list_write(&to, &list, slice_of(zeroes, 1), status_key, &scratch,
					   &block),
			 STATUS_LIST_MALFORMED);
	list.uri.size--;
	to.size = 300;
	assert_int_equal(status_list_write(&to, &list, slice_of(zeroes, 1), status_key, &scratch,
					   &block),
			 STATUS_LIST_TOO_LARGE);
	/* A bomb: 260 bytes and the URI that want to become 256 KiB. */
	object = list_make(&list, slice_of(zeroes, STATUS_LIST_BYTES_MAX));
	assert_true(object.size < 800);
	assert_int_equal(list_read(&read, object), STATUS_LIST_OK);
	assert_int_equal(status_list_unpack(&small, &read, &block), STATUS_LIST_TOO_LARGE);
	assert_int_equal(small.used, 0);
	read.packed.size--;
	small.size++;
	assert_int_equal(status_list_unpack(&small, &read, &block), STATUS_LIST_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_drafts_vector_is_read),
		cmocka_unit_test(the_drafts_vector_is_written),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(another_reader_understands_it),
		cmocka_unit_test(lists_that_are_not_believed),
		cmocka_unit_test(every_bit_and_every_cut),
		cmocka_unit_test(forms_of_the_claims),
		cmocka_unit_test(one_kind_of_object_is_not_another),
		cmocka_unit_test(limits),
	};

	if (!crypto_init())
		return 1;
	ring_fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
