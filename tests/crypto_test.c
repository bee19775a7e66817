/* tests/crypto_test.c - published vectors through our door. Without it a signature that others
 * refuse could open a gate.
 */
#include "core/crypto.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"

#define WYCHEPROOF "../shared/data/vectors/wycheproof/ed25519_test.json"

enum { HEX_BYTES_MAX = 4096 };

static struct slice unhex(uint8_t out[HEX_BYTES_MAX], struct slice text)
{
	MUST(text.size / 2 <= HEX_BYTES_MAX && hex_decode(out, text.size / 2, text));
	return slice_of(out, text.size / 2);
}

static void ed25519_of_rfc_8032(void **state)
{
	static const struct {
		const char *seed, *public_key, *message, *signature;
	} table[] = {
		/* Section 7.1 */
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint8_t seed[HEX_BYTES_MAX], public_key[HEX_BYTES_MAX], message[HEX_BYTES_MAX];
		uint8_t wanted[HEX_BYTES_MAX], made[SIGNATURE_SIZE];
		struct slice text = unhex(message, slice_text(table[i].message));
		struct sign_key key;

		unhex(seed, slice_text(table[i].seed));
		unhex(public_key, slice_text(table[i].public_key));
		unhex(wanted, slice_text(table[i].signature));
		sign_key_from_seed(&key, seed);
		assert_memory_equal(key.public_key, public_key, SIGN_PUBLIC_SIZE);
		sign_make(made, &key, text);
		assert_memory_equal(made, wanted, SIGNATURE_SIZE);
		assert_true(sign_verify(public_key, text, made));
		assert_true(sign_key_is_sound(public_key));
		for (size_t bit = 0; bit < SIGNATURE_SIZE * 8; bit++) {
			made[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(sign_verify(public_key, text, made));
			made[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		public_key[0] ^= 1;
		assert_false(sign_verify(public_key, text, made));
	}
}

static void small_order_keys_are_refused(void **state)
{
	static const char *const keys[] = {
		/* With R of the same point and S = 0 they "sign" anything. */
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		/* 2^255 - 19 + 3: the second spelling of a point that is sound. */
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		/* On no curve. */
		"0200000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		uint8_t key[HEX_BYTES_MAX], signature[SIGNATURE_SIZE] = { 0 };

		unhex(key, slice_text(keys[i]));
		mem_copy(signature, key, SIGN_PUBLIC_SIZE);
		assert_false(sign_key_is_sound(key));
		assert_false(sign_verify(key, SLICE("any"), signature));
		mem_zero(signature, sizeof(signature));
		signature[0] = 1;
		assert_false(sign_verify(key, SLICE("any"), signature));
	}
}

static struct slice text_at(const struct json *object, const char *name)
{
	const struct json *value = json_get(object, name);

	MUST(value != NULL);
	return json_text(value);
}

static size_t check_group(const struct json *group)
{
	uint8_t key[HEX_BYTES_MAX], message[HEX_BYTES_MAX], signature[HEX_BYTES_MAX];
	const struct json *holder = json_get(group, "publicKey");
	size_t count = 0;

	if (holder == NULL)
		holder = json_get(group, "key");
	assert_int_equal(unhex(key, text_at(holder, "pk")).size, SIGN_PUBLIC_SIZE);
	for (const struct json *t = json_first(json_get(group, "tests")); t != NULL;
	     t = json_next(t)) {
		struct slice text = unhex(message, text_at(t, "msg"));
		struct slice sig = unhex(signature, text_at(t, "sig"));
		bool fine = sig.size == SIGNATURE_SIZE && sign_verify(key, text, sig.data);
		int64_t id;

		assert_true(json_int(json_get(t, "tcId"), &id));
		if (fine != slice_is(text_at(t, "result"), "valid"))
			fail_msg("wycheproof case %d", (int)id);
		count++;
	}
	return count;
}

static void all_of_wycheproof(void **state)
{
	uint8_t *text = malloc(JSON_SIZE_MAX);
	FILE *file = fopen(WYCHEPROOF, "rb");
	size_t size, at, count = 0;
	struct json *root;
	int64_t wanted;

	(void)state;
	if (file == NULL) {
		printf("skipped: no " WYCHEPROOF "\n");
		free(text);
		skip();
	}
	size = fread(text, 1, JSON_SIZE_MAX, file);
	fclose(file);
	assert_int_equal(json_parse(&root, &at, slice_of(text, size)), JSON_OK);
	for (const struct json *g = json_first(json_get(root, "testGroups")); g != NULL;
	     g = json_next(g))
		count += check_group(g);
	assert_true(json_int(json_get(root, "numberOfTests"), &wanted));
	assert_true(count > 100 && count == (size_t)wanted);
	json_free(root);
	free(text);
}

static void digests(void **state)
{
	static const struct { /* FIPS 180-4 examples. */
		const char *message, *digest;
	} table[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct slice message = slice_text(table[i].message);
		uint8_t out[SHA256_SIZE];
		char text[2 * SHA256_SIZE + 1];

		sha256(out, message);
		hex_encode(text, sizeof(text), slice_of(out, sizeof(out)));
		assert_string_equal(text, table[i].digest);
		for (size_t cut = 0; cut <= message.size; cut++) {
			uint8_t two[SHA256_SIZE], three[SHA256_SIZE];
			struct slice head = slice_of(message.data, cut);
			struct slice tail = slice_of(message.data + cut, message.size - cut);

			sha256_two(two, head, tail);
			sha256_three(three, (struct slice){ 0 }, head, tail);
			assert_memory_equal(two, out, SHA256_SIZE);
			assert_memory_equal(three, out, SHA256_SIZE);
		}
	}
}

static void what_is_sealed_opens_with_its_key_only(void **state)
{
	struct slice message = SLICE("a webhook's secret");
	uint8_t key[SEAL_KEY_SIZE], sealed[64], again[64], opened[64];
	size_t size = message.size + SEAL_EXTRA_SIZE;

	(void)state;
	crypto_random(key, sizeof(key));
	secret_seal(sealed, size, key, message);
	secret_seal(again, size, key, message);
	assert_memory_not_equal(sealed, again, 24); /* Never one nonce twice. */
	assert_true(secret_open(opened, message.size, key, slice_of(sealed, size)));
	assert_memory_equal(opened, message.data, message.size);
	for (size_t i = 0; i < size; i++) {
		sealed[i] ^= 0x10;
		assert_false(secret_open(opened, message.size, key, slice_of(sealed, size)));
		sealed[i] ^= 0x10;
	}
	assert_false(secret_open(opened, message.size - 1, key, slice_of(sealed, size - 1)));
	for (size_t cut = 0; cut < SEAL_EXTRA_SIZE; cut++)
		assert_false(secret_open(opened, 0, key, slice_of(sealed, cut)));
	assert_false(secret_open(opened, 0, key, slice_of(NULL, 0)));
	key[31] ^= 1;
	assert_false(secret_open(opened, message.size, key, slice_of(sealed, size)));
	secret_seal(sealed, SEAL_EXTRA_SIZE, key, SLICE(""));
	assert_true(secret_open(opened, 0, key, slice_of(sealed, SEAL_EXTRA_SIZE)));
}

static void a_passphrase_gives_its_key(void **state)
{
	uint8_t salt[PASS_SALT_SIZE] = { 1 }, other[PASS_SALT_SIZE] = { 2 };
	uint8_t a[SEAL_KEY_SIZE], b[SEAL_KEY_SIZE];

	(void)state;
	assert_true(secret_from_passphrase(a, SLICE("kyushu"), salt));
	assert_true(secret_from_passphrase(b, SLICE("kyushu"), salt));
	assert_true(crypto_equal(a, b, sizeof(a)));
	assert_true(secret_from_passphrase(b, SLICE("kyushu"), other));
	assert_false(crypto_equal(a, b, sizeof(a)));
	assert_true(secret_from_passphrase(b, SLICE("Kyushu"), salt));
	assert_false(crypto_equal(a, b, sizeof(a)));
}

static void wiped_is_zero(void **state)
{
	uint8_t secret[40], zero[40] = { 0 };

	(void)state;
	crypto_random(secret, sizeof(secret));
	assert_false(crypto_equal(secret, zero, sizeof(zero)));
	crypto_wipe(secret, sizeof(secret));
	assert_true(crypto_equal(secret, zero, sizeof(zero)));
	assert_true(crypto_equal(secret, zero, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_of_rfc_8032),
		cmocka_unit_test(small_order_keys_are_refused),
		cmocka_unit_test(all_of_wycheproof),
		cmocka_unit_test(digests),
		cmocka_unit_test(what_is_sealed_opens_with_its_key_only),
		cmocka_unit_test(a_passphrase_gives_its_key),
		cmocka_unit_test(wiped_is_zero),
	};

	return crypto_init() && crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
