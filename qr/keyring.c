/* qr/keyring.c - without it a stolen disk would sign tickets, and a key could never be changed
 * without closing every gate.
 */
#include "qr/keyring.h"

const char *const key_use_names[] = { "ticket", "status", "bundle", "log", NULL };
const char *const key_guard_names[] = { "passphrase", "insecure", NULL };

static const uint8_t check_text[KEY_CHECK_SIZE + 1] = "hitotsu key ring";

/* A time in seconds that a record may hold: up to the year 9999. */
#define SECONDS_MAX ((int64_t)253402300799)

#define K struct key_record
static const struct shape_field key_record_fields[] = {
	F_BYTES(K, kid, 1, SHAPE_REQUIRED, "First 4 bytes of SHA-256(public key)"),
	F_ENUM(K, use, 2, SHAPE_REQUIRED, key_use_names, "The one kind of object it signs"),
	F_BOOL(K, accepts_alg_ed25519, 3, 0, "COSE alg -19 is accepted, not only -8"),
	F_INT(K, not_before_s, 4, 0, 0, SECONDS_MAX, "Signs from, seconds since 1970"),
	F_INT(K, not_after_s, 5, 0, 0, SECONDS_MAX, "Signs until; 0: no end"),
	F_INT(K, retired_s, 6, 0, 0, SECONDS_MAX, "Stopped signing; 0: has not"),
	F_INT(K, revoked_s, 7, 0, 0, SECONDS_MAX, "No longer believed since; 0: believed"),
	F_BYTES(K, public_key, 8, SHAPE_REQUIRED, "Ed25519"),
	F_BYTES(K, sealed, 9, SHAPE_SECRET, "The secret seed under the unlock key"),
	F_END,
};
#undef K
const struct shape key_record_shape = { "KeyRecord", sizeof(struct key_record), key_record_fields };

#define M struct key_meta
static const struct shape_field key_meta_fields[] = {
	F_ENUM(M, guard, 1, SHAPE_REQUIRED, key_guard_names, "What the secrets are sealed under"),
	F_BYTES(M, salt, 2, SHAPE_REQUIRED, "Of the passphrase"),
	F_BYTES(M, check, 3, SHAPE_SECRET, "A known text under the unlock key"),
	F_END,
};
#undef M
const struct shape key_meta_shape = { "KeyMeta", sizeof(struct key_meta), key_meta_fields };

bool keyring_add(struct keyring *ring, const struct keyring_key *key)
{
	if (ring->count == KEYRING_COUNT_MAX || keyring_find(ring, slice_of(key->kid, KID_SIZE)))
		return false;
	ring->keys[ring->count++] = *key;
	return true;
}

const struct keyring_key *keyring_find(const struct keyring *ring, struct slice kid)
{
	for (size_t i = 0; i < ring->count; i++)
		if (slice_equal(slice_of(ring->keys[i].kid, KID_SIZE), kid))
			return &ring->keys[i];
	return NULL;
}

bool keyring_key_believed(const struct keyring_key *key, enum key_use use, int64_t signed_at_s)
{
	if (key->use != use || key->revoked_s != 0 || signed_at_s < key->not_before_s)
		return false;
	if (key->not_after_s != 0 && signed_at_s > key->not_after_s)
		return false;
	return key->retired_s == 0 || signed_at_s <= key->retired_s;
}

const struct keyring_key *keyring_signing(const struct keyring *ring, enum key_use use,
					  int64_t at_s)
{
	const struct keyring_key *best = NULL;

	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_key *key = &ring->keys[i];

		/* Retired ends signing at once, even for a clock that lags. */
		if (!key->may_sign || key->retired_s != 0 || !keyring_key_believed(key, use, at_s))
			continue;
		if (best == NULL || key->not_before_s > best->not_before_s)
			best = key;
	}
	return best;
}

void keyring_wipe(struct keyring *ring)
{
	crypto_wipe(ring, sizeof(*ring));
}

static void kid_of(uint8_t kid[KID_SIZE], const uint8_t public_key[SIGN_PUBLIC_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, slice_of(public_key, SIGN_PUBLIC_SIZE));
	mem_copy(kid, digest, KID_SIZE);
}

void keyring_make(struct keyring_key *out, enum key_use use, int64_t not_before_s,
		  int64_t not_after_s, const uint8_t seed[SIGN_SEED_SIZE])
{
	MUST(use <= KEY_LOG && not_before_s >= 0);
	MUST(not_after_s == 0 || not_after_s >= not_before_s);
	*out = (struct keyring_key){
		.use = (uint8_t)use,
		.not_before_s = not_before_s,
		.not_after_s = not_after_s,
		.may_sign = true,
	};
	sign_key_from_seed(&out->sign, seed);
	mem_copy(out->public_key, out->sign.public_key, SIGN_PUBLIC_SIZE);
	kid_of(out->kid, out->public_key);
}

void keyring_record_key(char out[KEY_RECORD_KEY_SIZE], const uint8_t kid[KID_SIZE])
{
	mem_copy(out, KEY_RECORD_FIRST, 4);
	hex_encode(out + 4, KEY_RECORD_KEY_SIZE - 4, slice_of(kid, KID_SIZE));
}

static enum key_unlock_status unlock_key(uint8_t unlock[SEAL_KEY_SIZE], enum key_guard guard,
					 struct slice passphrase,
					 const uint8_t salt[PASS_SALT_SIZE])
{
	if (guard == KEY_GUARD_PASSPHRASE)
		return secret_from_passphrase(unlock, passphrase, salt) ? KEY_UNLOCKED
									: KEY_NO_MEMORY;
	mem_zero(unlock, SEAL_KEY_SIZE);
	return KEY_UNLOCKED;
}

enum key_unlock_status keyring_guard(struct key_meta *meta, uint8_t unlock[SEAL_KEY_SIZE],
				     enum key_guard guard, struct slice passphrase,
				     const uint8_t salt[PASS_SALT_SIZE])
{
	enum key_unlock_status status = unlock_key(unlock, guard, passphrase, salt);

	*meta = (struct key_meta){ .guard = (uint8_t)guard };
	mem_copy(meta->salt, salt, PASS_SALT_SIZE);
	if (status == KEY_UNLOCKED)
		secret_seal(meta->check, sizeof(meta->check), unlock,
			    slice_of(check_text, KEY_CHECK_SIZE));
	return status;
}

enum key_unlock_status keyring_unlock(uint8_t unlock[SEAL_KEY_SIZE], const struct key_meta *meta,
				      struct slice passphrase)
{
	enum key_unlock_status status = unlock_key(unlock, meta->guard, passphrase, meta->salt);
	uint8_t opened[KEY_CHECK_SIZE];

	if (status != KEY_UNLOCKED)
		return status;
	if (secret_open(opened, sizeof(opened), unlock,
			slice_of(meta->check, sizeof(meta->check))) &&
	    crypto_equal(opened, check_text, KEY_CHECK_SIZE))
		return KEY_UNLOCKED;
	crypto_wipe(unlock, SEAL_KEY_SIZE);
	return KEY_WRONG_PASSPHRASE;
}

void keyring_seal(struct key_record *out, const struct keyring_key *key,
		  const uint8_t unlock[SEAL_KEY_SIZE])
{
	MUST(key->may_sign);
	*out = (struct key_record){
		.use = key->use,
		.accepts_alg_ed25519 = key->accepts_alg_ed25519,
		.not_before_s = key->not_before_s,
		.not_after_s = key->not_after_s,
		.retired_s = key->retired_s,
		.revoked_s = key->revoked_s,
	};
	mem_copy(out->kid, key->kid, KID_SIZE);
	mem_copy(out->public_key, key->public_key, SIGN_PUBLIC_SIZE);
	/* RFC 8032: an expanded secret begins with its seed. */
	secret_seal(out->sealed, sizeof(out->sealed), unlock,
		    slice_of(key->sign.secret, SIGN_SEED_SIZE));
}

/* The sealed seed must be that of the public key beside it: else a changed record would make us
 * sign what nobody can verify. */
static bool secret_unseal(struct keyring_key *key, const struct key_record *record,
			  const uint8_t unlock[SEAL_KEY_SIZE])
{
	uint8_t seed[SIGN_SEED_SIZE];

	if (!secret_open(seed, sizeof(seed), unlock,
			 slice_of(record->sealed, sizeof(record->sealed))))
		return false;
	sign_key_from_seed(&key->sign, seed);
	crypto_wipe(seed, sizeof(seed));
	key->may_sign = mem_equal(key->sign.public_key, key->public_key, SIGN_PUBLIC_SIZE);
	if (!key->may_sign)
		crypto_wipe(&key->sign, sizeof(key->sign));
	return key->may_sign;
}

bool keyring_unseal(struct keyring_key *out, const struct key_record *record, const uint8_t *unlock)
{
	uint8_t kid[KID_SIZE];

	*out = (struct keyring_key){
		.use = record->use,
		.accepts_alg_ed25519 = record->accepts_alg_ed25519,
		.not_before_s = record->not_before_s,
		.not_after_s = record->not_after_s,
		.retired_s = record->retired_s,
		.revoked_s = record->revoked_s,
	};
	mem_copy(out->kid, record->kid, KID_SIZE);
	mem_copy(out->public_key, record->public_key, SIGN_PUBLIC_SIZE);
	kid_of(kid, record->public_key);
	if (record->use > KEY_LOG || !mem_equal(kid, record->kid, KID_SIZE))
		return false;
	return unlock == NULL || secret_unseal(out, record, unlock);
}
