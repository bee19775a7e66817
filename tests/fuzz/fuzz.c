/* tests/fuzz/fuzz.c - without it seeds and targets would not believe the same keys.
 */
#include "tests/fuzz/fuzz.h"

static struct keyring ring;
static struct sign_key phone;

const struct keyring *fuzz_ring(void)
{
	uint8_t seed[SIGN_SEED_SIZE] = "fuzz";
	struct keyring_key key;

	if (ring.count > 0)
		return &ring;
	MUST(crypto_init());
	for (enum key_use use = KEY_TICKET; use <= KEY_LOG; use++) {
		seed[SIGN_SEED_SIZE - 1] = (uint8_t)use;
		keyring_make(&key, use, 0, 0, seed);
		MUST(keyring_add(&ring, &key));
	}
	seed[0] = 'p';
	sign_key_from_seed(&phone, seed);
	return &ring;
}

const struct keyring_key *fuzz_key(enum key_use use)
{
	return &fuzz_ring()->keys[use];
}

const struct sign_key *fuzz_phone(void)
{
	(void)fuzz_ring();
	return &phone;
}
