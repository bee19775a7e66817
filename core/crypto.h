/* core/crypto.h - signatures, digests, sealing and randomness; the door to libsodium.
 *
 * Ed25519 as in RFC 8032, SHA-256 as in FIPS 180-4, secretbox is XSalsa20-Poly1305, passphrases go
 * through Argon2id. Verification refuses small-order keys and non-canonical signatures.
 */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

#include "core/base.h"

enum {
	SIGN_SEED_SIZE = 32,
	SIGN_PUBLIC_SIZE = 32,
	SIGN_SECRET_SIZE = 64,
	SIGNATURE_SIZE = 64,
	SHA256_SIZE = 32,
	SEAL_KEY_SIZE = 32,
	SEAL_EXTRA_SIZE = 24 + 16, /* nonce and tag in front of what was sealed */
	PASS_SALT_SIZE = 16,
};

struct sign_key { /* Wiped by crypto_wipe when done with. */
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	uint8_t secret[SIGN_SECRET_SIZE];
};

/* Once, before anything else. False when the system gives no randomness. */
MUSTCHECK bool crypto_init(void);
void crypto_random(void *out, size_t size);

void sign_key_from_seed(struct sign_key *, const uint8_t seed[SIGN_SEED_SIZE]);
void sign_make(uint8_t out[SIGNATURE_SIZE], const struct sign_key *, struct slice message);
MUSTCHECK bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_SIZE], struct slice message,
			   const uint8_t signature[SIGNATURE_SIZE]);
/* A key that somebody may hold: false of what is no point of the curve, a second spelling of one,
 * or a point of small order, for which anybody can sign. */
MUSTCHECK bool sign_key_is_sound(const uint8_t public_key[SIGN_PUBLIC_SIZE]);

void sha256(uint8_t out[SHA256_SIZE], struct slice message);
void sha256_two(uint8_t out[SHA256_SIZE], struct slice first, struct slice second);
void sha256_three(uint8_t out[SHA256_SIZE], struct slice a, struct slice b, struct slice c);

/* BLAKE2b (RFC 7693) of the parts, each behind its length, so that no two lists flow together. For
 * our own use, where no standard asks for SHA-256: it costs a third. out_size: 16 to 64. */
void digest_parts(uint8_t *out, size_t out_size, const struct slice *parts, size_t count);

/* out_size = message.size + SEAL_EXTRA_SIZE (asserted). */
void secret_seal(uint8_t *out, size_t out_size, const uint8_t key[SEAL_KEY_SIZE],
		 struct slice message);
/* out_size = sealed.size - SEAL_EXTRA_SIZE. False: another key, or altered. */
MUSTCHECK bool secret_open(uint8_t *out, size_t out_size, const uint8_t key[SEAL_KEY_SIZE],
			   struct slice sealed);
/* Takes about a tenth of a second and 64 MiB. False: no memory. */
MUSTCHECK bool secret_from_passphrase(uint8_t key[SEAL_KEY_SIZE], struct slice passphrase,
				      const uint8_t salt[PASS_SALT_SIZE]);

bool crypto_equal(const void *a, const void *b, size_t size); /* In constant time. */
void crypto_wipe(void *at, size_t size);

#endif
