/* tests/bundle_section_test.c - the sections of a bundle, written and read again, cut short
 * anywhere, and bent. Without it a gate would be the first to find out that it cannot read what we
 * sign.
 */
#include "operators/bundle_section.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/cbor.h"

enum { ROOM = 65536 };
static uint8_t room[ROOM];

static struct writer fresh(void)
{
	return (struct writer){ .data = room, .size = ROOM };
}

static struct slice done(const struct writer *to)
{
	assert_false(to->failed);
	return slice_of(to->data, to->used);
}

static struct keyring_key key_of(uint8_t n, enum key_use use)
{
	uint8_t seed[SIGN_SEED_SIZE] = { n };
	struct keyring_key key;

	keyring_make(&key, use, 1000 + n, n == 2 ? 5000 : 0, seed);
	key.retired_s = n == 3 ? 3000 : 0;
	key.revoked_s = n == 4 ? 4000 : 0;
	key.accepts_alg_ed25519 = n == 5;
	return key;
}

/* --- One way of reading each section to its end --- */

typedef enum section_got reads(struct slice);

static enum section_got read_keys(struct slice bytes)
{
	struct keyring_key key;
	struct section section;
	enum section_got got;

	section_open(&section, bytes);
	do
		got = section_next_key(&section, &key);
	while (got == SECTION_ITEM);
	return got;
}

static enum section_got read_statuses(struct slice bytes)
{
	struct section_status status;
	struct section section;
	enum section_got got;

	section_open(&section, bytes);
	do
		got = section_next_status(&section, &status);
	while (got == SECTION_ITEM);
	return got;
}

static enum section_got read_records(struct slice bytes)
{
	struct section section;
	enum section_got got;
	struct slice record;

	section_open(&section, bytes);
	do
		got = section_next_record(&section, &record);
	while (got == SECTION_ITEM);
	return got;
}

static enum section_got read_place(struct slice bytes)
{
	static struct section_place place;

	return section_read_place(&place, bytes) ? SECTION_END : SECTION_BROKEN;
}

static enum section_got read_rules(struct slice bytes)
{
	struct section_rules rules;

	return section_read_rules(&rules, bytes) ? SECTION_END : SECTION_BROKEN;
}

/* --- One of each, to be cut and bent --- */

static struct slice written_keys(void)
{
	struct writer to = fresh();

	cbor_put_array(&to, 5);
	for (uint8_t n = 1; n <= 5; n++) {
		struct keyring_key key = key_of(n, n % 4);

		section_put_key(&to, &key);
	}
	return done(&to);
}

static struct slice written_statuses(void)
{
	static const struct section_status table[] = {
		{ 0, 0, TICKET_REVOKED },
		{ 327, 1048575, TICKET_BLOCKED },
		{ 65535, 23, TICKET_VALID },
	};
	struct writer to = fresh();

	cbor_put_array(&to, COUNT_OF(table));
	for (size_t i = 0; i < COUNT_OF(table); i++)
		section_put_status(&to, &table[i]);
	return done(&to);
}

static struct slice record_in(uint8_t *at, size_t size, const struct shape *shape,
			      const void *value)
{
	struct writer to = { .data = at, .size = size };

	shape_to_cbor(&to, shape, value);
	return done(&to);
}

static struct slice written_records(void)
{
	struct booking booking = { .service_id = "oc-75", .ticket_id = { { 1 } }, .seats = 2 };
	uint8_t bytes[256];
	struct slice record = record_in(bytes, sizeof(bytes), &booking_shape, &booking);
	struct writer to = fresh();

	cbor_put_array(&to, 3);
	for (size_t i = 0; i < 3; i++)
		cbor_put_bytes(&to, record);
	return done(&to);
}

static struct slice place_of(const char *gate_operator, const char *operator_id)
{
	static const uint8_t empty = 0x80;
	struct gate gate = { .gate_id = "tenjin", .name = "Tenjin", .stop = "K08" };
	struct operator owner = { .name_ja = "地下鉄", .name_en = "Subway", .modes = 1 };
	uint8_t gate_bytes[512], owner_bytes[1024];
	struct writer to = fresh();

	assert_true(text_set(gate.operator_id, ID_SIZE, slice_text(gate_operator)));
	assert_true(text_set(owner.operator_id, ID_SIZE, slice_text(operator_id)));
	section_put_place(&to, record_in(gate_bytes, sizeof(gate_bytes), &gate_shape, &gate),
			  record_in(owner_bytes, sizeof(owner_bytes), &operator_shape, &owner), 180,
			  slice_of(&empty, 1));
	return done(&to);
}

static struct slice written_place(void)
{
	return place_of("subway", "subway");
}

static struct slice written_rules(void)
{
	struct section_rules rules = { 45, 15, 24 };
	struct writer to = fresh();

	section_put_rules(&to, &rules);
	return done(&to);
}

static const struct {
	const char *name;
	struct slice (*write)(void);
	reads *read;
} sections[] = {
	{ "keys", written_keys, read_keys },
	{ "statuses", written_statuses, read_statuses },
	{ "records", written_records, read_records },
	{ "place", written_place, read_place },
	{ "rules", written_rules, read_rules },
};

/* --- Tests --- */

static void keys_come_back_without_secrets(void **state)
{
	struct section section;

	(void)state;
	section_open(&section, written_keys());
	for (uint8_t n = 1; n <= 5; n++) {
		struct keyring_key wrote = key_of(n, n % 4), read;

		assert_int_equal(section_next_key(&section, &read), SECTION_ITEM);
		assert_memory_equal(read.kid, wrote.kid, KID_SIZE);
		assert_memory_equal(read.public_key, wrote.public_key, SIGN_PUBLIC_SIZE);
		assert_int_equal(read.use, wrote.use);
		assert_int_equal(read.not_before_s, wrote.not_before_s);
		assert_int_equal(read.not_after_s, wrote.not_after_s);
		assert_int_equal(read.retired_s, wrote.retired_s);
		assert_int_equal(read.revoked_s, wrote.revoked_s);
		assert_int_equal(read.accepts_alg_ed25519, wrote.accepts_alg_ed25519);
		assert_false(read.may_sign);
	}
}

static void statuses_come_back(void **state)
{
	static const struct section_status table[] = {
		{ 0, 0, TICKET_REVOKED },
		{ 327, 1048575, TICKET_BLOCKED },
		{ 65535, 23, TICKET_VALID },
	};
	struct section_status status;
	struct section section;

	(void)state;
	section_open(&section, written_statuses());
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		assert_int_equal(section_next_status(&section, &status), SECTION_ITEM);
		assert_int_equal(status.list, table[i].list);
		assert_int_equal(status.index, table[i].index);
		assert_int_equal(status.status, table[i].status);
	}
	assert_int_equal(section_next_status(&section, &status), SECTION_END);
	assert_int_equal(section_next_status(&section, &status), SECTION_END);
}

static void records_come_back(void **state)
{
	struct section section;
	struct booking booking;
	struct slice record;

	(void)state;
	section_open(&section, written_records());
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(section_next_record(&section, &record), SECTION_ITEM);
		assert_true(section_read_booking(&booking, record));
		assert_string_equal(booking.service_id, "oc-75");
		assert_int_equal(booking.seats, 2);
	}
	assert_int_equal(section_next_record(&section, &record), SECTION_END);
}

static void the_largest_product_comes_back(void **state)
{
	static struct product product, read;
	static uint8_t bytes[16384];
	struct slice record;

	(void)state;
	product = (struct product){ .product_id = "p", .number = 65535, .version = 65535 };
	product.operator_count = PRODUCT_OPERATOR_COUNT_MAX;
	for (size_t i = 0; i < PRODUCT_OPERATOR_COUNT_MAX; i++) {
		for (size_t k = 0; k + 1 < ID_SIZE; k++)
			product.operators[i].operator_id[k] = (char)('a' + (i + k) % 26);
	}
	assert_true(text_set(product.name_ja, NAME_SIZE, SLICE("券")));
	assert_true(text_set(product.name_en, NAME_SIZE, SLICE("Pass")));
	assert_true(text_set(product.rule_id, ID_SIZE, SLICE("rule")));
	record = record_in(bytes, sizeof(bytes), &product_shape, &product);
	assert_true(section_read_product(&read, record));
	assert_memory_equal(&read, &product, sizeof(read));
}

static void a_place_comes_back(void **state)
{
	static struct section_place place;

	(void)state;
	assert_true(section_read_place(&place, written_place()));
	assert_string_equal(place.gate.gate_id, "tenjin");
	assert_string_equal(place.operator.operator_id, "subway");
	assert_int_equal(place.boundary_min, 180);
	assert_int_equal(read_records(place.junctions), SECTION_END);
	assert_false(section_read_place(&place, place_of("subway", "miyako")));
}

static void rules_come_back(void **state)
{
	struct section_rules rules;

	(void)state;
	assert_true(section_read_rules(&rules, written_rules()));
	assert_int_equal(rules.proof_past_s, 45);
	assert_int_equal(rules.proof_ahead_s, 15);
	assert_int_equal(rules.bundle_max_age_h, 24);
}

static void a_section_that_is_not_there_is_empty(void **state)
{
	(void)state;
	assert_int_equal(read_keys((struct slice){ 0 }), SECTION_END);
	assert_int_equal(read_statuses((struct slice){ 0 }), SECTION_END);
	assert_int_equal(read_records((struct slice){ 0 }), SECTION_END);
	assert_int_equal(read_records(SLICE("\x80")), SECTION_END);
	assert_int_equal(read_records(SLICE("")), SECTION_BROKEN);
}

static void every_truncation_is_refused(void **state)
{
	uint8_t copy[4096];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		struct slice whole = sections[i].write();

		assert_true(whole.size < sizeof(copy));
		mem_copy(copy, whole.data, whole.size);
		assert_int_equal(sections[i].read(slice_of(copy, whole.size)), SECTION_END);
		for (size_t size = 0; size < whole.size; size++)
			if (sections[i].read(slice_of(copy, size)) != SECTION_BROKEN)
				fail_msg("%s cut to %zu bytes", sections[i].name, size);
		copy[whole.size] = 0;
		if (sections[i].read(slice_of(copy, whole.size + 1)) != SECTION_BROKEN)
			fail_msg("%s and a byte", sections[i].name);
	}
}

/* Any bit flipped: broken, or read as something else; never more than is there. */
static void every_bit_flipped_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sections); i++) {
		size_t size = sections[i].write().size;

		for (size_t bit = 0; bit < size * 8; bit++) {
			room[bit / 8] ^= (uint8_t)(1 << bit % 8);
			(void)sections[i].read(slice_of(room, size));
			room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void values_out_of_bounds_are_refused(void **state)
{
	const struct {
		const char *what;
		reads *read;
		struct slice bytes;
	} table[] = {
		{ "a list beyond 65535", read_statuses,
		  SLICE("\x81\x83\x1a\x00\x01\x00\x00\x00\x01") },
		{ "an index beyond its list", read_statuses,
		  SLICE("\x81\x83\x00\x1a\x00\x10\x00\x00\x01") },
		{ "a status of no name", read_statuses, SLICE("\x81\x83\x00\x00\x03") },
		{ "a status below none", read_statuses, SLICE("\x81\x83\x00\x00\x20") },
		{ "two numbers", read_statuses, SLICE("\x81\x82\x00\x00") },
		{ "a long integer", read_statuses, SLICE("\x81\x83\x00\x18\x00\x01") },
		{ "an endless array", read_statuses, SLICE("\x9f\xff") },
		{ "more items than there are", read_statuses, SLICE("\x9a\xff\xff\xff\xff") },
		{ "a map of items", read_statuses, SLICE("\xa0") },
		{ "text for bytes", read_records, SLICE("\x81\x60") },
		{ "a rule missing", read_rules, SLICE("\xa2\x01\x18\x2d\x02\x0f") },
		{ "rules out of order", read_rules, SLICE("\xa3\x02\x0f\x01\x18\x2d\x03\x18\x18") },
		{ "a rule twice", read_rules, SLICE("\xa3\x01\x18\x2d\x01\x18\x2d\x03\x18\x18") },
		{ "a rule too large", read_rules,
		  SLICE("\xa3\x01\x1a\x00\x01\x00\x00\x02\x0f\x03\x18\x18") },
		{ "an array of rules", read_rules, SLICE("\x83\x01\x02\x03") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].read(table[i].bytes) != SECTION_BROKEN)
			fail_msg("%s was read", table[i].what);
}

static void a_rule_of_a_later_server_is_skipped(void **state)
{
	struct section_rules rules;

	(void)state;
	assert_true(section_read_rules(&rules, SLICE("\xa4\x01\x18\x2d\x02\x0f\x03\x18\x18\x04\x61"
						     "x")));
	assert_int_equal(rules.bundle_max_age_h, 24);
}

static void a_key_whose_kid_is_not_its_own_is_refused(void **state)
{
	struct keyring_key key = key_of(1, KEY_TICKET);
	struct writer to = fresh();

	(void)state;
	key.kid[0] ^= 1;
	cbor_put_array(&to, 1);
	section_put_key(&to, &key);
	assert_int_equal(read_keys(done(&to)), SECTION_BROKEN);
}

static void after_a_broken_item_there_is_no_other(void **state)
{
	struct section_status status;
	struct section section;

	(void)state;
	section_open(&section, SLICE("\x82\x83\x00\x00\x07\x83\x00\x00\x01"));
	assert_int_equal(section_next_status(&section, &status), SECTION_BROKEN);
	assert_int_equal(section_next_status(&section, &status), SECTION_BROKEN);
}

static void records_of_another_kind_are_refused(void **state)
{
	static struct product product;
	struct booking booking;
	struct service service;
	struct junction junction;

	(void)state;
	assert_false(section_read_product(&product, SLICE("\xa0")));
	assert_false(section_read_service(&service, SLICE("\xa0")));
	assert_false(section_read_booking(&booking, SLICE("\xa0")));
	assert_false(section_read_junction(&junction, SLICE("\xa0")));
	assert_false(section_read_booking(&booking, SLICE("\xa1\x01\x61x"))); /* Nobody's. */
}

/* A digest that anybody can make of what a boarding pass says. */
static void a_coupon_has_the_digest_of_its_words(void **state)
{
	static const uint8_t expected[COUPON_DIGEST_SIZE] = {
		0x76, 0x96, 0xb6, 0xc7, 0x7f, 0xc2, 0xf4, 0xa7,
		0xf1, 0x94, 0x97, 0x65, 0xfd, 0x47, 0x96, 0x65,
	};
	uint8_t digest[COUPON_DIGEST_SIZE];

	(void)state;
	coupon_digest(digest, "OC", "75", 20762, "ABC123"); /* 2026-11-05 */
	assert_memory_equal(digest, expected, sizeof(digest));
}

static void a_booking_says_more_with_a_coupon(void **state)
{
	struct sale sale = { .ticket_id = { { 9 } },
			     .riders = 2,
			     .product_number = 3,
			     .product_version = 4,
			     .status_list = 5,
			     .status_index = 6,
			     .sold_at = 1000,
			     .not_before = 2000,
			     .not_after = 3000 };
	struct service flight = {
		.service_id = "oc-75", .mode = MODE_air, .carrier = "OC", .flight = "75"
	};
	static const uint8_t none[COUPON_DIGEST_SIZE];
	struct booking booking;

	(void)state;
	booking_of(&booking, &sale, &flight, "ABC123");
	assert_memory_not_equal(booking.coupon, none, sizeof(none));
	assert_int_equal(booking.status_index, 6);
	assert_int_equal(booking.not_after, 3000);
	booking_of(&booking, &sale, &flight, "");
	assert_memory_equal(booking.coupon, none, sizeof(none));
	assert_int_equal(booking.status_index, 0);
	assert_int_equal(booking.seats, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_back_without_secrets),
		cmocka_unit_test(statuses_come_back),
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(the_largest_product_comes_back),
		cmocka_unit_test(a_place_comes_back),
		cmocka_unit_test(rules_come_back),
		cmocka_unit_test(a_section_that_is_not_there_is_empty),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_bit_flipped_is_survived),
		cmocka_unit_test(values_out_of_bounds_are_refused),
		cmocka_unit_test(a_rule_of_a_later_server_is_skipped),
		cmocka_unit_test(a_key_whose_kid_is_not_its_own_is_refused),
		cmocka_unit_test(after_a_broken_item_there_is_no_other),
		cmocka_unit_test(records_of_another_kind_are_refused),
		cmocka_unit_test(a_coupon_has_the_digest_of_its_words),
		cmocka_unit_test(a_booking_says_more_with_a_coupon),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
