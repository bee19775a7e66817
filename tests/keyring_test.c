/* tests/keyring_test.c - which key signs, which is believed, and who can open them. Without it a
 * key might sign after it was retired, or be read by whoever has the disk.
 */
#include "qr/keyring.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum { RECORD_SIZE_MAX = 512 };

static struct keyring_key key_of(uint8_t number, enum key_use use)
{
	uint8_t seed[SIGN_SEED_SIZE] = { number };
	struct keyring_key key;

	keyring_make(&key, use, 100, 0, seed);
	return key;
}

static void kid_is_the_digests_start(void **state)
{
	/* RFC 8032 section 7.1, TEST 1; the digest by sha256sum. */
	static const uint8_t seed[SIGN_SEED_SIZE] = {
		0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
		0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
		0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
	};
	struct keyring_key key;
	char text[KEY_RECORD_KEY_SIZE];

	(void)state;
	keyring_make(&key, KEY_LOG, 0, 0, seed);
	keyring_record_key(text, key.kid);
	assert_string_equal(text, "key/21fe31df");
}

static void found_by_kid(void **state)
{
	struct keyring ring = { 0 };
	struct keyring_key key;

	(void)state;
	for (uint8_t i = 0; i < KEYRING_COUNT_MAX; i++) {
		key = key_of(i, KEY_TICKET);
		assert_null(keyring_find(&ring, slice_of(key.kid, KID_SIZE)));
		assert_true(keyring_add(&ring, &key));
		assert_ptr_equal(keyring_find(&ring, slice_of(key.kid, KID_SIZE)), &ring.keys[i]);
		assert_false(keyring_add(&ring, &key)); /* That kid is taken. */
	}
	key = key_of(KEYRING_COUNT_MAX, KEY_TICKET);
	assert_false(keyring_add(&ring, &key)); /* Full. */
	assert_null(keyring_find(&ring, slice_of(key.kid, KID_SIZE - 1)));
	assert_null(keyring_find(&ring, SLICE("")));
	keyring_wipe(&ring);
	assert_int_equal(ring.count, 0);
	assert_int_equal(ring.keys[0].sign.secret[0], 0);
}

static void the_signing_key_in_force(void **state)
{
	static const struct {
		const char *what;
		int64_t at_s;
		int expected; /* An index, or -1. */
	} table[] = {
		{ "before any", 99, -1 },      { "the first", 100, 0 },
		{ "still", 199, 0 },           { "the newer", 200, 1 },
		{ "its end", 299, 1 },         { "its last second", 300, 1 },
		{ "the older again", 301, 0 }, { "much later", 9999, 0 },
	};
	struct keyring ring = { 0 };
	struct keyring_key keys[6];

	(void)state;
	for (uint8_t i = 0; i < COUNT_OF(keys); i++)
		keys[i] = key_of(i, KEY_TICKET);
	keys[1].not_before_s = 200;
	keys[1].not_after_s = 300;
	keys[2].not_before_s = 250; /* Newer still, but */
	keys[2].retired_s = 5000;
	keys[3].not_before_s = 250;
	keys[3].revoked_s = 5000;
	keys[4].not_before_s = 250;
	keys[4].may_sign = false;
	keys[5].not_before_s = 250;
	keys[5].use = KEY_BUNDLE;
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		assert_true(keyring_add(&ring, &keys[i]));
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct keyring_key *key = keyring_signing(&ring, KEY_TICKET, table[i].at_s);
		int found = key == NULL ? -1 : (int)(key - ring.keys);

		if (found != table[i].expected)
			fail_msg("%s: %d", table[i].what, found);
	}
	assert_ptr_equal(keyring_signing(&ring, KEY_BUNDLE, 250), &ring.keys[5]);
	assert_null(keyring_signing(&ring, KEY_LOG, 250));
	/* Of two that came into force together the one that stood there first. */
	ring.keys[1].not_before_s = 100;
	assert_ptr_equal(keyring_signing(&ring, KEY_TICKET, 200), &ring.keys[0]);
}

static void what_is_believed(void **state)
{
	static const struct {
		const char *what;
		struct keyring_key key;
		int64_t signed_at_s;
		bool believed;
	} table[] = {
		{ "no bounds", { .use = KEY_STATUS }, 0, true },
		{ "another use", { .use = KEY_TICKET }, 0, false },
		{ "too early", { .use = KEY_STATUS, .not_before_s = 10 }, 9, false },
		{ "from then", { .use = KEY_STATUS, .not_before_s = 10 }, 10, true },
		{ "until then", { .use = KEY_STATUS, .not_after_s = 10 }, 10, true },
		{ "too late", { .use = KEY_STATUS, .not_after_s = 10 }, 11, false },
		{ "retired then", { .use = KEY_STATUS, .retired_s = 10 }, 10, true },
		{ "after its retirement", { .use = KEY_STATUS, .retired_s = 10 }, 11, false },
		{ "revoked later", { .use = KEY_STATUS, .revoked_s = 10 }, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (keyring_key_believed(&table[i].key, KEY_STATUS, table[i].signed_at_s) !=
		    table[i].believed)
			fail_msg("%s", table[i].what);
}

/* As the store keeps it. */
static void store_and_load(void *out, const struct shape *shape, const void *value)
{
	uint8_t bytes[RECORD_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	shape_to_cbor(&to, shape, value);
	assert_false(to.failed);
	assert_true(shape_from_cbor(out, shape, slice_of(bytes, to.used)));
}

static bool same_secret(const struct keyring_key *a, const struct keyring_key *b)
{
	return a->may_sign && b->may_sign &&
	       mem_equal(a->sign.secret, b->sign.secret, SIGN_SECRET_SIZE);
}

static void sealed_and_unsealed(void **state)
{
	static const uint8_t unlock[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	struct keyring_key key = key_of(9, KEY_BUNDLE), back;
	struct key_record record, stored;

	(void)state;
	key.not_after_s = 900;
	key.retired_s = 500;
	key.revoked_s = 600;
	key.accepts_alg_ed25519 = true;
	keyring_seal(&record, &key, unlock);
	store_and_load(&stored, &key_record_shape, &record);
	assert_memory_equal(&stored, &record, sizeof(record));
	for (size_t i = 0; i + SIGN_SEED_SIZE <= sizeof(record); i++)
		assert_memory_not_equal((uint8_t *)&record + i, key.sign.secret, SIGN_SEED_SIZE);

	assert_true(keyring_unseal(&back, &stored, unlock));
	assert_true(same_secret(&back, &key));
	assert_memory_equal(back.kid, key.kid, KID_SIZE);
	assert_int_equal(back.use, KEY_BUNDLE);
	assert_true(back.accepts_alg_ed25519);
	assert_int_equal(back.not_before_s, 100);
	assert_int_equal(back.not_after_s, 900);
	assert_int_equal(back.retired_s, 500);
	assert_int_equal(back.revoked_s, 600);

	assert_true(keyring_unseal(&back, &stored, NULL));
	assert_false(back.may_sign);
	assert_memory_equal(back.public_key, key.public_key, SIGN_PUBLIC_SIZE);
	assert_false(keyring_unseal(&back, &stored, other));
	assert_false(back.may_sign);
}

static void records_whose_parts_do_not_belong_together(void **state)
{
	static const uint8_t unlock[SEAL_KEY_SIZE] = { 1 };
	struct keyring_key key = key_of(9, KEY_TICKET), other = key_of(10, KEY_TICKET), back;
	struct key_record record, changed;

	(void)state;
	keyring_seal(&record, &key, unlock);
	changed = record;
	changed.kid[0] ^= 1;
	assert_false(keyring_unseal(&back, &changed, unlock));
	changed = record;
	changed.public_key[0] ^= 1;
	assert_false(keyring_unseal(&back, &changed, unlock));
	changed = record;
	changed.sealed[40] ^= 1;
	assert_false(keyring_unseal(&back, &changed, unlock));
	changed = record;
	mem_copy(changed.kid, other.kid, KID_SIZE);
	mem_copy(changed.public_key, other.public_key, SIGN_PUBLIC_SIZE);
	assert_false(keyring_unseal(&back, &changed, unlock));
	assert_false(back.may_sign);
	changed = record;
	changed.use = KEY_LOG;
	assert_true(keyring_unseal(&back, &changed, unlock));
	changed.use = KEY_LOG + 1;
	assert_false(keyring_unseal(&back, &changed, unlock));
}

static void guarded_by_a_passphrase(void **state)
{
	static const uint8_t salt[PASS_SALT_SIZE] = { 3 };
	uint8_t made[SEAL_KEY_SIZE], unlock[SEAL_KEY_SIZE];
	struct key_meta meta, stored;

	(void)state;
	assert_int_equal(keyring_guard(&meta, made, KEY_GUARD_PASSPHRASE, SLICE("hakata"), salt),
			 KEY_UNLOCKED);
	store_and_load(&stored, &key_meta_shape, &meta);
	assert_memory_equal(&stored, &meta, sizeof(meta));
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("hakata")), KEY_UNLOCKED);
	assert_memory_equal(unlock, made, SEAL_KEY_SIZE);
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("kokura")), KEY_WRONG_PASSPHRASE);
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("")), KEY_WRONG_PASSPHRASE);
	stored.salt[0] ^= 1;
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("hakata")), KEY_WRONG_PASSPHRASE);
	/* The right key around another text. */
	stored = meta;
	secret_seal(stored.check, sizeof(stored.check), made, SLICE("another key ring"));
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("hakata")), KEY_WRONG_PASSPHRASE);
	/* A passphrase guard is not opened by calling it insecure. */
	stored = meta;
	stored.guard = KEY_GUARD_INSECURE;
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("hakata")), KEY_WRONG_PASSPHRASE);
}

static void insecure_says_so_in_its_record(void **state)
{
	static const uint8_t salt[PASS_SALT_SIZE] = { 3 }, zeroes[SEAL_KEY_SIZE];
	uint8_t unlock[SEAL_KEY_SIZE];
	struct key_meta meta, stored;

	(void)state;
	assert_int_equal(keyring_guard(&meta, unlock, KEY_GUARD_INSECURE, SLICE(""), salt),
			 KEY_UNLOCKED);
	store_and_load(&stored, &key_meta_shape, &meta);
	assert_string_equal(key_guard_names[stored.guard], "insecure");
	assert_int_equal(keyring_unlock(unlock, &stored, SLICE("")), KEY_UNLOCKED);
	assert_memory_equal(unlock, zeroes, SEAL_KEY_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kid_is_the_digests_start),
		cmocka_unit_test(found_by_kid),
		cmocka_unit_test(the_signing_key_in_force),
		cmocka_unit_test(what_is_believed),
		cmocka_unit_test(sealed_and_unsealed),
		cmocka_unit_test(records_whose_parts_do_not_belong_together),
		cmocka_unit_test(guarded_by_a_passphrase),
		cmocka_unit_test(insecure_says_so_in_its_record),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
