/* tests/bundle_test.c - a gate's bundle: whole, in force, of the right key and not older than the
 * one held, or refused. Without it a gate might go back to yesterday's revocations.
 */
#include "qr/bundle.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/cbor.h"
#include "qr/cose.h"
#include "qr/envelope.h"
#include "qr/status_list.h"

enum { MADE_S = 0x6a200000, EXPIRES_S = MADE_S + 86400, SMALL = 4096 };

static struct keyring ring;
static const struct keyring_key *bundle_key, *log_key;
static uint8_t room[BUNDLE_SIZE_MAX + 4096], object_room[BUNDLE_SIZE_MAX + 1];

static void ring_fill(void)
{
	static const uint8_t seeds[2][SIGN_SEED_SIZE] = { "bundle key", "log key" };
	struct keyring_key key;

	keyring_make(&key, KEY_BUNDLE, 0, EXPIRES_S, seeds[0]);
	MUST(keyring_add(&ring, &key));
	keyring_make(&key, KEY_LOG, 0, EXPIRES_S, seeds[1]);
	MUST(keyring_add(&ring, &key));
	bundle_key = &ring.keys[0];
	log_key = &ring.keys[1];
}

static struct bundle plain_bundle(void)
{
	return (struct bundle){
		.number = 17,
		.made_at_s = MADE_S,
		.expires_at_s = EXPIRES_S,
		.section_count = 3,
		.sections = { { 1, SLICE("keys") }, { 2, SLICE("") }, { 300, SLICE("place") } },
	};
}

static enum bundle_status bundle_make(struct slice *out, const struct bundle *bundle, size_t size)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = object_room, .size = size };
	enum bundle_status status = bundle_write(&to, bundle, bundle_key, &scratch);

	*out = slice_of(to.data, to.used);
	return status;
}

static enum bundle_status bundle_look(struct bundle *out, struct slice bytes, int64_t at_s,
				      int64_t held)
{
	struct writer scratch = { .data = room, .size = bytes.size };

	return bundle_read(out, bytes, &ring, at_s, held, &scratch);
}

static void what_is_written_is_read(void **state)
{
	struct bundle made = plain_bundle(), read;
	struct slice bytes;

	(void)state;
	assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
	assert_int_equal(bundle_look(&read, bytes, MADE_S, 0), BUNDLE_OK);
	assert_int_equal(read.number, 17);
	assert_int_equal(read.since, 0);
	assert_int_equal(read.made_at_s, MADE_S);
	assert_int_equal(read.expires_at_s, EXPIRES_S);
	assert_int_equal(read.section_count, 3);
	assert_true(slice_is(bundle_section(&read, 1), "keys"));
	assert_true(slice_is(bundle_section(&read, 300), "place"));
	assert_int_equal(bundle_section(&read, 2).size, 0);
	assert_non_null(bundle_section(&read, 2).data);
	assert_null(bundle_section(&read, 3).data);
	made.section_count = 0;
	assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
	assert_int_equal(bundle_look(&read, bytes, MADE_S, 0), BUNDLE_OK);
	assert_int_equal(read.section_count, 0);
}

/* By RFC 9052 alone. */
static void another_reader_verifies_it(void **state)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct cose_key key = { .kid = slice_of(bundle_key->kid, KID_SIZE) };
	struct bundle made = plain_bundle();
	struct cose_sign1 sign1;
	struct slice bytes;

	(void)state;
	mem_copy(key.public_key, bundle_key->public_key, SIGN_PUBLIC_SIZE);
	assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
	assert_int_equal(cose_read(&sign1, bytes), COSE_OK);
	assert_true(sign1.tagged && sign1.unprotected_empty);
	assert_int_equal(cose_verify(&sign1, &key, SLICE(""), &scratch), COSE_OK);
	assert_int_equal(sign1.payload.data[0], 0xa6);
}

static void may_a_gate_load_it(void **state)
{
	static const struct {
		const char *what;
		int64_t since, at_s, held;
		enum bundle_status status;
	} table[] = {
		{ "the first", 0, MADE_S, 0, BUNDLE_OK },
		{ "the next", 0, MADE_S, 16, BUNDLE_OK },
		{ "the same again", 0, MADE_S, 17, BUNDLE_OK },
		{ "one older than held", 0, MADE_S, 18, BUNDLE_OLDER },
		{ "in its last second", 0, EXPIRES_S - 1, 16, BUNDLE_OK },
		{ "expired", 0, EXPIRES_S, 16, BUNDLE_EXPIRED },
		{ "expired and older", 0, EXPIRES_S, 18, BUNDLE_EXPIRED },
		{ "by a clock that lags", 0, MADE_S - BUNDLE_AHEAD_S, 16, BUNDLE_OK },
		{ "of the future", 0, MADE_S - BUNDLE_AHEAD_S - 1, 16, BUNDLE_FROM_FUTURE },
		{ "a delta since the one held", 10, MADE_S, 10, BUNDLE_OK },
		{ "a delta since an earlier one", 10, MADE_S, 12, BUNDLE_OK },
		{ "a delta since a later one", 10, MADE_S, 9, BUNDLE_GAP },
		{ "a delta since something, nothing held", 10, MADE_S, 0, BUNDLE_GAP },
		{ "an old delta", 10, MADE_S, 18, BUNDLE_OLDER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct bundle made = plain_bundle(), read;
		struct slice bytes;

		made.since = table[i].since;
		assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
		if (bundle_look(&read, bytes, table[i].at_s, table[i].held) != table[i].status)
			fail_msg("%s", table[i].what);
	}
}

static void bundles_that_none_may_be(void **state)
{
	static const struct {
		const char *what;
		struct bundle bundle;
	} table[] = {
		{ "number 0", { .expires_at_s = 1 } },
		{ "a negative number", { .number = -1 } },
		{ "since itself", { .number = 5, .since = 5 } },
		{ "since a later one", { .number = 5, .since = 6 } },
		{ "since a negative one", { .number = 5, .since = -1 } },
		{ "before 1970", { .number = 5, .made_at_s = -1 } },
		{ "expired before it was made",
		  { .number = 5, .made_at_s = 2, .expires_at_s = 1 } },
		{ "sections falling",
		  { .number = 5,
		    .section_count = 2,
		    .sections = { { .number = 2 }, { 1, { 0 } } } } },
		{ "a section twice",
		  { .number = 5,
		    .section_count = 2,
		    .sections = { { .number = 2 }, { 2, { 0 } } } } },
		{ "a negative section",
		  { .number = 5, .section_count = 1, .sections = { { .number = -1 } } } },
		{ "too many sections",
		  { .number = 5, .section_count = BUNDLE_SECTION_COUNT_MAX + 1 } },
	};
	struct slice bytes;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (bundle_make(&bytes, &table[i].bundle, SMALL) != BUNDLE_MALFORMED)
			fail_msg("%s", table[i].what);
}

static void every_bit_and_every_cut(void **state)
{
	struct bundle made = plain_bundle(), read;
	struct slice bytes;

	(void)state;
	assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
	for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
		object_room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(bundle_look(&read, bytes, MADE_S, 0), BUNDLE_OK);
		object_room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < bytes.size; size++)
		assert_int_equal(bundle_look(&read, slice_of(bytes.data, size), MADE_S, 0),
				 BUNDLE_MALFORMED);
	object_room[bytes.size] = 0;
	assert_int_equal(bundle_look(&read, slice_of(bytes.data, bytes.size + 1), MADE_S, 0),
			 BUNDLE_MALFORMED);
	object_room[bytes.size - 1] ^= 1;
	assert_int_equal(bundle_look(&read, bytes, MADE_S, 0), BUNDLE_FORGED);
}

static void keys_that_are_not_believed(void **state)
{
	static const struct {
		const char *what;
		struct keyring_key key; /* What the gate's ring says of the bundle's key. */
		enum bundle_status status;
	} table[] = {
		{ "in force", { .use = KEY_BUNDLE }, BUNDLE_OK },
		{ "of tickets", { .use = KEY_TICKET }, BUNDLE_UNKNOWN_KEY },
		{ "of status lists", { .use = KEY_STATUS }, BUNDLE_UNKNOWN_KEY },
		{ "since later",
		  { .use = KEY_BUNDLE, .not_before_s = MADE_S + 1 },
		  BUNDLE_UNKNOWN_KEY },
		{ "until before",
		  { .use = KEY_BUNDLE, .not_after_s = MADE_S - 1 },
		  BUNDLE_UNKNOWN_KEY },
		{ "retired before",
		  { .use = KEY_BUNDLE, .retired_s = MADE_S - 1 },
		  BUNDLE_UNKNOWN_KEY },
		{ "revoked", { .use = KEY_BUNDLE, .revoked_s = 1 }, BUNDLE_UNKNOWN_KEY },
	};
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct keyring gate = { .count = 1 };
	struct bundle made = plain_bundle(), read;
	struct slice bytes;

	(void)state;
	assert_int_equal(bundle_make(&bytes, &made, SMALL), BUNDLE_OK);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		gate.keys[0] = table[i].key;
		mem_copy(gate.keys[0].kid, bundle_key->kid, KID_SIZE);
		mem_copy(gate.keys[0].public_key, bundle_key->public_key, SIGN_PUBLIC_SIZE);
		scratch.used = 0;
		if (bundle_read(&read, bytes, &gate, MADE_S, 0, &scratch) != table[i].status)
			fail_msg("%s", table[i].what);
	}
}

/* Payloads that are properly signed, in hexadecimal; made at 1, expiring at 9. */
static const struct {
	const char *what, *payload;
	enum bundle_status status;
} forms[] = {
	{ "as it should be", "a60101020503000401050906a10141ff", BUNDLE_OK },
	{ "no sections", "a60101020503000401050906a0", BUNDLE_OK },
	{ "another format", "a60102020503000401050906a0", BUNDLE_MALFORMED },
	{ "no format", "a5020503000401050906a0", BUNDLE_MALFORMED },
	{ "a key more", "a70101020503000401050906a00700", BUNDLE_MALFORMED },
	{ "keys out of order", "a60205010103000401050906a0", BUNDLE_MALFORMED },
	{ "a number as a text", "a6010102613503000401050906a0", BUNDLE_MALFORMED },
	{ "sections in an array", "a601010205030004010509068141ff", BUNDLE_MALFORMED },
	{ "a section that is a text", "a60101020503000401050906a10161ff", BUNDLE_MALFORMED },
	{ "sections out of order", "a60101020503000401050906a202400140", BUNDLE_MALFORMED },
	{ "a section twice", "a60101020503000401050906a201400140", BUNDLE_MALFORMED },
	{ "a section cut", "a60101020503000401050906a10142ff", BUNDLE_MALFORMED },
	{ "more sections than bytes", "a60101020503000401050906b820", BUNDLE_MALFORMED },
	{ "something behind", "a60101020503000401050906a000", BUNDLE_MALFORMED },
	{ "in a tag", "c1a60101020503000401050906a0", BUNDLE_MALFORMED },
	{ "nothing", "", BUNDLE_MALFORMED },
};

static void forms_of_the_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct writer scratch = { .data = room, .size = sizeof(room) };
		struct writer to = { .data = object_room, .size = SMALL };
		struct slice hex = slice_text(forms[i].payload);
		struct bundle read;
		uint8_t payload[64];

		assert_true(hex_decode(payload, hex.size / 2, hex));
		envelope_write(&to, slice_of(payload, hex.size / 2), bundle_key, BUNDLE_TYP,
			       &scratch);
		if (bundle_look(&read, slice_of(to.data, to.used), 5, 0) != forms[i].status)
			fail_msg("%s", forms[i].what);
		to.used = scratch.used = 0;
		envelope_write(&to, slice_of(payload, hex.size / 2), bundle_key, STATUS_LIST_TYP,
			       &scratch);
		assert_int_equal(bundle_look(&read, slice_of(to.data, to.used), 5, 0),
				 BUNDLE_MALFORMED);
		to.used = scratch.used = 0;
		envelope_write(&to, slice_of(payload, hex.size / 2), log_key, BUNDLE_TYP, &scratch);
		if (forms[i].status == BUNDLE_OK)
			assert_int_equal(bundle_look(&read, slice_of(to.data, to.used), 5, 0),
					 BUNDLE_UNKNOWN_KEY);
	}
}

static void the_largest(void **state)
{
	static uint8_t content[BUNDLE_SIZE_MAX];
	struct bundle made = plain_bundle(), read;
	struct slice bytes;
	size_t extra;

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 >> 3);
	made.section_count = 1;
	made.sections[0].bytes = slice_of(content, 1 << 20);
	assert_int_equal(bundle_make(&bytes, &made, sizeof(object_room)), BUNDLE_OK);
	assert_true(bytes.size - (1 << 20) < bundle_scratch_size(&made) - (1 << 20));
	extra = bytes.size - (1 << 20);
	made.sections[0].bytes.size = BUNDLE_SIZE_MAX - extra;
	assert_int_equal(bundle_make(&bytes, &made, sizeof(object_room)), BUNDLE_OK);
	assert_int_equal(bytes.size, BUNDLE_SIZE_MAX);
	assert_int_equal(bundle_look(&read, bytes, MADE_S, 0), BUNDLE_OK);
	assert_true(slice_equal(bundle_section(&read, 1), made.sections[0].bytes));
	assert_int_equal(bundle_make(&bytes, &made, BUNDLE_SIZE_MAX - 1), BUNDLE_TOO_LARGE);
	assert_int_equal(bytes.size, 0);
	made.sections[0].bytes.size++;
	assert_int_equal(bundle_make(&bytes, &made, sizeof(object_room)), BUNDLE_TOO_LARGE);
	made.sections[0].bytes.size = BUNDLE_SIZE_MAX;
	assert_int_equal(bundle_make(&bytes, &made, sizeof(object_room)), BUNDLE_TOO_LARGE);
	assert_int_equal(bundle_look(&read, slice_of(object_room, sizeof(object_room)), MADE_S, 0),
			 BUNDLE_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(another_reader_verifies_it),
		cmocka_unit_test(may_a_gate_load_it),
		cmocka_unit_test(bundles_that_none_may_be),
		cmocka_unit_test(every_bit_and_every_cut),
		cmocka_unit_test(keys_that_are_not_believed),
		cmocka_unit_test(forms_of_the_payload),
		cmocka_unit_test(the_largest),
	};

	if (!crypto_init())
		return 1;
	ring_fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
