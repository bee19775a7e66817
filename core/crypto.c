/* core/crypto.c - the door to libsodium. Without it each room would choose its own primitive, and
 * the choice could not be read in one place.
 */
#include "core/crypto.h"

#include <sodium.h>

_Static_assert(SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "seed");
_Static_assert(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "public key");
_Static_assert(SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "secret key");
_Static_assert(SIGNATURE_SIZE == crypto_sign_BYTES, "signature");
_Static_assert(SHA256_SIZE == crypto_hash_sha256_BYTES, "digest");
_Static_assert(SEAL_KEY_SIZE == crypto_secretbox_KEYBYTES, "sealing key");
_Static_assert(SEAL_EXTRA_SIZE == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, "seal");
_Static_assert(PASS_SALT_SIZE == crypto_pwhash_SALTBYTES, "salt");

bool crypto_init(void)
{
	return sodium_init() >= 0;
}

void crypto_random(void *out, size_t size)
{
	randombytes_buf(out, size);
}

void sign_key_from_seed(struct sign_key *key, const uint8_t seed[SIGN_SEED_SIZE])
{
	MUST(crypto_sign_seed_keypair(key->public_key, key->secret, seed) == 0);
}

void sign_make(uint8_t out[SIGNATURE_SIZE], const struct sign_key *key, struct slice message)
{
	MUST(crypto_sign_detached(out, NULL, message.data, message.size, key->secret) == 0);
}

bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_SIZE], struct slice message,
		 const uint8_t signature[SIGNATURE_SIZE])
{
	return crypto_sign_verify_detached(signature, message.data, message.size, public_key) == 0;
}

bool sign_key_is_sound(const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
	return crypto_core_ed25519_is_valid_point(public_key) == 1;
}

void sha256_three(uint8_t out[SHA256_SIZE], struct slice a, struct slice b, struct slice c)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	if (a.size > 0)
		crypto_hash_sha256_update(&state, a.data, a.size);
	if (b.size > 0)
		crypto_hash_sha256_update(&state, b.data, b.size);
	if (c.size > 0)
		crypto_hash_sha256_update(&state, c.data, c.size);
	crypto_hash_sha256_final(&state, out);
}

void sha256_two(uint8_t out[SHA256_SIZE], struct slice first, struct slice second)
{
	sha256_three(out, first, second, (struct slice){ 0 });
}

void sha256(uint8_t out[SHA256_SIZE], struct slice message)
{
	sha256_three(out, message, (struct slice){ 0 }, (struct slice){ 0 });
}

void digest_parts(uint8_t *out, size_t out_size, const struct slice *parts, size_t count)
{
	crypto_generichash_state state;

	MUST(out_size >= crypto_generichash_BYTES_MIN && out_size <= crypto_generichash_BYTES_MAX);
	MUST(crypto_generichash_init(&state, NULL, 0, out_size) == 0);
	for (size_t i = 0; i < count; i++) {
		uint64_t size = parts[i].size;
		uint8_t before[8];

		for (int k = 7; k >= 0; k--, size >>= 8)
			before[k] = (uint8_t)size;
		MUST(crypto_generichash_update(&state, before, sizeof(before)) == 0);
		if (parts[i].size > 0)
			MUST(crypto_generichash_update(&state, parts[i].data, parts[i].size) == 0);
	}
	MUST(crypto_generichash_final(&state, out, out_size) == 0);
}

void secret_seal(uint8_t *out, size_t out_size, const uint8_t key[SEAL_KEY_SIZE],
		 struct slice message)
{
	uint8_t *box = out + crypto_secretbox_NONCEBYTES;

	MUST(out_size >= SEAL_EXTRA_SIZE && out_size - SEAL_EXTRA_SIZE == message.size);
	/* 192 bits: a random nonce is never met twice. */
	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	MUST(crypto_secretbox_easy(box, message.data, message.size, out, key) == 0);
}

bool secret_open(uint8_t *out, size_t out_size, const uint8_t key[SEAL_KEY_SIZE],
		 struct slice sealed)
{
	const uint8_t *box;

	if (sealed.size < SEAL_EXTRA_SIZE)
		return false;
	MUST(out_size == sealed.size - SEAL_EXTRA_SIZE);
	box = sealed.data + crypto_secretbox_NONCEBYTES;
	return crypto_secretbox_open_easy(out, box, sealed.size - crypto_secretbox_NONCEBYTES,
					  sealed.data, key) == 0;
}

/* The limits are part of the format: with others, another key comes out. */
bool secret_from_passphrase(uint8_t key[SEAL_KEY_SIZE], struct slice passphrase,
			    const uint8_t salt[PASS_SALT_SIZE])
{
	return crypto_pwhash(key, SEAL_KEY_SIZE, (const char *)passphrase.data, passphrase.size,
			     salt, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			     crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
	return sodium_memcmp(a, b, size) == 0;
}

void crypto_wipe(void *at, size_t size)
{
	sodium_memzero(at, size);
}
