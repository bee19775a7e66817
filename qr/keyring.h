/* qr/keyring.h - the keys that sign tickets, status lists, bundles and the log: which is in force,
 * which is still believed, and how their secrets are kept.
 *
 * A key signs one kind of object. Its kid is the first four bytes of SHA-256(public key). It signs
 * from not_before until not_after or until it is retired; what it signed in that time stays
 * believed, until it is revoked: then nothing of it is. Secrets are stored sealed under an unlock
 * key that comes from a passphrase; the insecure kind, for demos, seals under a key of zeroes and
 * says so in its record.
 */
#ifndef QR_KEYRING_H
#define QR_KEYRING_H

#include "core/crypto.h"
#include "core/shape.h"

enum {
	KID_SIZE = 4,
	KEYRING_COUNT_MAX = 32,
	KEY_RECORD_KEY_SIZE = 4 + 2 * KID_SIZE + 1, /* "key/<8 hex>" */
	KEY_CHECK_SIZE = 16,
};

enum key_use { KEY_TICKET, KEY_STATUS, KEY_BUNDLE, KEY_LOG };
extern const char *const key_use_names[]; /* NULL-ended */

struct keyring_key {
	uint8_t kid[KID_SIZE];
	uint8_t use;              /* enum key_use */
	bool accepts_alg_ed25519; /* Also COSE alg -19 (RFC 9864), not only -8. */
	int64_t not_before_s, not_after_s, retired_s, revoked_s; /* 0: none. */
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	bool may_sign; /* `sign` is there. */
	struct sign_key sign;
};

struct keyring {
	struct keyring_key keys[KEYRING_COUNT_MAX];
	size_t count;
	bool insecure; /* Its secrets stand readable in the store: for demos. */
};

/* False: full, or another key of that kid is there. */
MUSTCHECK bool keyring_add(struct keyring *, const struct keyring_key *);
/* NULL: none. Revoked ones are found too. */
const struct keyring_key *keyring_find(const struct keyring *, struct slice kid);
/* The key to sign with at that time: the one that came into force last. NULL: none. */
const struct keyring_key *keyring_signing(const struct keyring *, enum key_use, int64_t at_s);
/* Whether to believe an object that says it was signed for this use at this time. */
bool keyring_key_believed(const struct keyring_key *, enum key_use, int64_t signed_at_s);
void keyring_wipe(struct keyring *);

/* A new key of the given 32 random bytes. not_after_s 0: no end. */
void keyring_make(struct keyring_key *out, enum key_use, int64_t not_before_s, int64_t not_after_s,
		  const uint8_t seed[SIGN_SEED_SIZE]);

/* How the store keeps a key, under keyring_record_key(): "key/<kid in hex>". */
struct key_record {
	uint8_t kid[KID_SIZE];
	uint8_t use;
	bool accepts_alg_ed25519;
	int64_t not_before_s, not_after_s, retired_s, revoked_s;
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	uint8_t sealed[SIGN_SEED_SIZE + SEAL_EXTRA_SIZE];
};
extern const struct shape key_record_shape;
#define KEY_RECORD_FIRST "key/" /* The range in which all of them stand. */
#define KEY_RECORD_UNTIL "key0"
void keyring_record_key(char out[KEY_RECORD_KEY_SIZE], const uint8_t kid[KID_SIZE]);

/* How the secrets are guarded, under KEY_META_KEY. */
enum key_guard { KEY_GUARD_PASSPHRASE, KEY_GUARD_INSECURE };
extern const char *const key_guard_names[]; /* NULL-ended */
struct key_meta {
	uint8_t guard; /* enum key_guard */
	uint8_t salt[PASS_SALT_SIZE];
	uint8_t check[KEY_CHECK_SIZE +
		      SEAL_EXTRA_SIZE]; /* A known text, sealed: tells a wrong passphrase. */
};
extern const struct shape key_meta_shape;
#define KEY_META_KEY "keymeta/main"

enum key_unlock_status {
	KEY_UNLOCKED,
	KEY_WRONG_PASSPHRASE,
	KEY_NO_MEMORY, /* For Argon2id. */
};

/* Out: *meta to be stored, and the unlock key. The passphrase of the insecure kind is empty. */
MUSTCHECK enum key_unlock_status keyring_guard(struct key_meta *, uint8_t unlock[SEAL_KEY_SIZE],
					       enum key_guard, struct slice passphrase,
					       const uint8_t salt[PASS_SALT_SIZE]);
/* The unlock key of a stored guard. */
MUSTCHECK enum key_unlock_status keyring_unlock(uint8_t unlock[SEAL_KEY_SIZE],
						const struct key_meta *, struct slice passphrase);

/* The key must hold its secret (asserted). */
void keyring_seal(struct key_record *out, const struct keyring_key *,
		  const uint8_t unlock[SEAL_KEY_SIZE]);
/* With its secret; unlock NULL: the public part alone. False: another unlock key, or a record whose
 * parts do not belong together. */
MUSTCHECK bool keyring_unseal(struct keyring_key *out, const struct key_record *,
			      const uint8_t *unlock);

#endif
