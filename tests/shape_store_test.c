/* tests/shape_store_test.c - stored and read again: exact, cut short, altered, by an old program.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/date.h"
#include "tests/shape_pass.h"

static const struct {
	const char *hex;
	bool good;
} stored_cards[] = {
	{ "a0", true },
	{ "a10161"
	  "61",
	  true },
	{ "a2016161"
	  "0205",
	  true },
	{ "a2016161"
	  "1905dc"
	  "f6",
	  true }, /* Unknown 1500: skipped. */
	{ "a2016161"
	  "1837"
	  "8201a10102",
	  true },                    /* Unknown 55, nested: skipped. */
	{ "a1036401020304", false }, /* Text where bytes belong. */
	{ "a1034401020304", true },
	{ "a10343010203", false }, /* Too few bytes. */
	{ "a103450102030405", false },
	{ "a10344"
	  "00000000",
	  false }, /* Empty values are left out. */
	{ "a10200", false },
	{ "a10160", false },
	{ "a1016c"
	  "6161616161616161616161"
	  "61",
	  true },
	{ "a1016d"
	  "616161616161616161616161"
	  "61",
	  false }, /* No room for the NUL. */
	{ "a10161"
	  "00",
	  false }, /* A NUL within. */
	{ "a10161"
	  "ff",
	  false },                           /* Not UTF-8. */
	{ "a10219ffff", true },              /* Fits, though the table's bound is 9. */
	{ "a1021a00010000", false },         /* Wider than uint16_t. */
	{ "a10220", false },                 /* Negative. */
	{ "a1021805", false },               /* Not the shortest. */
	{ "a102f5", false },                 /* A boolean. */
	{ "a1041b7fffffffffffffff", false }, /* No real time. */
	{ "a202050161"
	  "61",
	  false }, /* Keys out of order. */
	{ "a201616101"
	  "6162",
	  false },             /* A key twice. */
	{ "a1616101", false }, /* A key that is text. */
	{ "a000", false },     /* Something after it. */
	{ "", false },
	{ "80", false },
	{ "bf0205ff", false }, /* Indefinite length. */
	{ "bbffffffffffffffff", false },
};

static void test_stored_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(stored_cards); i++) {
		uint8_t bytes[64];
		size_t size = strlen(stored_cards[i].hex) / 2;
		struct card card;

		assert_true(hex_decode(bytes, size, slice_text(stored_cards[i].hex)));
		if (shape_from_cbor(&card, &shaped_card, slice_of(bytes, size)) !=
		    stored_cards[i].good)
			fail_msg("%s: %s", stored_cards[i].hex,
				 stored_cards[i].good ? "refused" : "accepted");
	}
}

static void test_stored_passes(void **state)
{
	static const struct {
		const char *hex;
		bool good;
	} rows[] = {
		{ "a110a10101", true },
		{ "a110a0", false },         /* An object that says nothing is left out. */
		{ "a110a1181e01", true },    /* It says what only a newer program knows. */
		{ "a11182a0a0", true },      /* Within a list it keeps its place. */
		{ "a11180", false },         /* An empty list is left out. */
		{ "a11184a0a0a0a0", false }, /* One more than there is room for. */
		{ "a11181a10163", false },   /* Cut short, deep within. */
		{ "a1026161", true },
		{ "a1026141", false },   /* No id that people choose. */
		{ "a10c190100", false }, /* No month's first day. */
		{ "a10c181f", true },
		{ "a10d02", true },
		{ "a10d03", false }, /* No such name. */
		{ "a10e187f", true },
		{ "a10e1880", false }, /* No eighth day. */
		{ "a118c8f5", true },
		{ "a118c8f4", false }, /* False is left out. */
		{ "a118c801", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[64];
		size_t size = strlen(rows[i].hex) / 2;
		struct pass pass;

		assert_true(hex_decode(bytes, size, slice_text(rows[i].hex)));
		if (shape_from_cbor(&pass, &shaped_pass, slice_of(bytes, size)) != rows[i].good)
			fail_msg("%s: %s", rows[i].hex, rows[i].good ? "refused" : "accepted");
	}
}

/* Deterministic: the tags ascend, whatever the order of the table. */
static void test_record_is_exact(void **state)
{
	struct pass pass = {
		.name = "x", .owner = "a", .price = -1, .mode = 2, .open = true, .days = 65
	};
	uint8_t bytes[TEXT_SIZE];
	char hex[200];

	(void)state;
	pass.legs[1].yen = 5;
	pass.leg_count = 2;
	hex_encode(hex, sizeof(hex), shaped_record(bytes, &shaped_pass, &pass));
	assert_string_equal(hex, "a7"
				 "026161"
				 "096178"
				 "0d02"
				 "0e1841"
				 "1182a0a10105"
				 "181e20"
				 "18c8f5");
}

static uint64_t seed;

static uint64_t random_below(uint64_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % most;
}

static int64_t random_int(int64_t least, int64_t most)
{
	uint64_t span = (uint64_t)most - (uint64_t)least;

	switch (random_below(4)) {
	case 0:
		return least;
	case 1:
		return most;
	default:
		return (int64_t)((uint64_t)least + random_below(span) + random_below(2));
	}
}

static void random_text(char *out, size_t size, size_t least, const char *letters)
{
	size_t used = least + random_below(size - least);

	for (size_t i = 0; i < used; i++)
		out[i] = letters[random_below(strlen(letters))];
}

static void random_leg(struct leg *leg)
{
	leg->yen = (int32_t)random_int(0, 100000);
	leg->mode = (uint8_t)random_below(3);
	if (random_below(2) == 0)
		random_text(leg->stop, sizeof(leg->stop), 2, "ab \"\\/<~");
}

static void random_pass(struct pass *pass)
{
	memset(pass, 0, sizeof(*pass));
	random_text(pass->name, sizeof(pass->name), 1, "abc \"\\/\x7e");
	random_text(pass->owner, sizeof(pass->owner), 0, "abz09-");
	if (random_below(2) == 0)
		pass->id = uuid7_make(random_int(0, 4000000000000), (const uint8_t *)"0123456789");
	pass->price = random_int(-JSON_INT_MAX, JSON_INT_MAX);
	pass->offset = (int32_t)random_int(-720, INT32_MAX);
	pass->riders = (uint32_t)random_int(0, UINT32_MAX);
	pass->minutes = (uint16_t)random_int(0, UINT16_MAX);
	pass->zone = (uint8_t)random_int(0, 200);
	pass->balance = (int16_t)random_int(INT16_MIN, INT16_MAX);
	pass->open = random_below(2) == 1;
	pass->at = random_int(-2000000000000, 7200000000000);
	pass->day = (day_t)random_int(-20000, 84000);
	pass->month = month_of((day_t)random_int(-20000, 84000));
	pass->mode = (uint8_t)random_below(3);
	pass->days = (uint32_t)random_below(128);
	if (random_below(2) == 0)
		memcpy(pass->key, "\0\0\0\0\0\0\1", 7);
	if (random_below(2) == 0)
		random_leg(&pass->home);
	pass->leg_count = (uint16_t)random_below(4);
	for (size_t i = 0; i < pass->leg_count; i++)
		random_leg(&pass->legs[i]);
}

static void test_random_round_trips(void **state)
{
	(void)state;
	seed = 20261124;
	for (int i = 0; i < 3000; i++) {
		uint8_t bytes[TEXT_SIZE], twice[TEXT_SIZE];
		struct pass pass, stored, said;
		struct shape_error error;
		struct slice record;
		bool good;

		random_pass(&pass);
		record = shaped_record(bytes, &shaped_pass, &pass);
		assert_true(shape_from_cbor(&stored, &shaped_pass, record));
		assert_memory_equal(&stored, &pass, sizeof(pass));
		assert_true(slice_equal(shaped_record(twice, &shaped_pass, &stored), record));
		good = shaped_read(&said, &error, &shaped_pass,
				   slice_text(shaped_answer(&shaped_pass, &pass)));
		if (!good)
			fail_msg("seed %d: %s %s %s", i, error.code, error.pointer, error.detail);
		assert_memory_equal(&said, &pass, sizeof(pass));
	}
}

static void test_truncated_records(void **state)
{
	uint8_t bytes[TEXT_SIZE];
	struct shape_error error;
	struct pass pass;
	struct slice record;

	(void)state;
	assert_true(shaped_read(&pass, &error, &shaped_pass, slice_text(shaped_full_body)));
	record = shaped_record(bytes, &shaped_pass, &pass);
	for (size_t size = 0; size < record.size; size++) {
		uint8_t cut[TEXT_SIZE];

		memcpy(cut + sizeof(cut) - size, record.data, size);
		assert_false(
		    shape_from_cbor(&pass, &shaped_pass, slice_of(cut + sizeof(cut) - size, size)));
		assert_false(shape_from_cbor(&pass, &shaped_old_pass,
					     slice_of(cut + sizeof(cut) - size, size)));
	}
}

/* What is accepted can always be written and answered again. */
static void test_altered_records(void **state)
{
	uint8_t bytes[TEXT_SIZE], altered[TEXT_SIZE], again[TEXT_SIZE];
	struct pass pass, other;
	struct shape_error error;
	struct slice record;

	(void)state;
	assert_true(shaped_read(&pass, &error, &shaped_pass, slice_text(shaped_full_body)));
	record = shaped_record(bytes, &shaped_pass, &pass);
	for (size_t at = 0; at < record.size; at++) {
		for (unsigned to = 0; to < 256; to++) {
			memcpy(altered, record.data, record.size);
			altered[at] = (uint8_t)to;
			if (!shape_from_cbor(&pass, &shaped_pass, slice_of(altered, record.size)))
				continue;
			shaped_answer(&shaped_pass, &pass);
			assert_true(shape_from_cbor(&other, &shaped_pass,
						    shaped_record(again, &shaped_pass, &pass)));
			assert_memory_equal(&other, &pass, sizeof(pass));
		}
	}
}

static void test_older_program_reads_newer_record(void **state)
{
	uint8_t bytes[TEXT_SIZE];
	struct shape_error error;
	struct pass pass, old;

	(void)state;
	assert_true(shaped_read(&pass, &error, &shaped_pass, slice_text(shaped_full_body)));
	assert_true(
	    shape_from_cbor(&old, &shaped_old_pass, shaped_record(bytes, &shaped_pass, &pass)));
	assert_string_equal(old.name, pass.name);
	assert_int_equal(old.minutes, pass.minutes);
	assert_int_equal(old.riders, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored_bytes),
		cmocka_unit_test(test_stored_passes),
		cmocka_unit_test(test_record_is_exact),
		cmocka_unit_test(test_random_round_trips),
		cmocka_unit_test(test_truncated_records),
		cmocka_unit_test(test_altered_records),
		cmocka_unit_test(test_older_program_reads_newer_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
