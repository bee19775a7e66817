/* qr/keyring_store.c - without it a server would start and sign nothing. */
#include "qr/keyring_store.h"

static const char *unlock(uint8_t key[SEAL_KEY_SIZE], struct keyring *ring, struct store *store,
			  struct slice passphrase, struct arena *arena)
{
	struct store_item item = { .key = SLICE(KEY_META_KEY) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };
	struct key_meta meta;

	if (store_fetch_wait(store, &req) != STORE_OK)
		return "the store cannot be read";
	if (item.version == 0)
		return "there are none here yet; run `hitotsu init` first";
	MUST(shape_from_cbor(&meta, &key_meta_shape, item.value));
	ring->insecure = meta.guard == KEY_GUARD_INSECURE;
	if (!ring->insecure && passphrase.size == 0)
		return "they are under a passphrase; say --passphrase-file FILE";
	if (ring->insecure && passphrase.size > 0)
		return "they were made with --insecure-key, so a passphrase guards nothing; leave "
		       "it out";
	switch (keyring_unlock(key, &meta, passphrase)) {
	case KEY_UNLOCKED:
		return NULL;
	case KEY_NO_MEMORY:
		return "no memory for Argon2id (64 MiB are needed)";
	default:
		return "the passphrase is not theirs";
	}
}

static const char *load(struct keyring *ring, struct store *store, const uint8_t key[SEAL_KEY_SIZE],
			struct arena *arena)
{
	struct store_page page = { .from = SLICE(KEY_RECORD_FIRST),
				   .until = SLICE(KEY_RECORD_UNTIL),
				   .item_count = KEYRING_COUNT_MAX + 1,
				   .arena = arena };

	if (store_scan_wait(store, &page) != STORE_OK)
		return "the store cannot be read";
	if (page.item_count > KEYRING_COUNT_MAX)
		return "there are more keys than a ring holds";
	for (uint32_t i = 0; i < page.item_count; i++) {
		struct key_record record;
		struct keyring_key one;

		MUST(shape_from_cbor(&record, &key_record_shape, page.items[i].value));
		if (!keyring_unseal(&one, &record, key) || !keyring_add(ring, &one))
			return "a key's record is damaged; restore it from a backup";
		crypto_wipe(&one, sizeof(one));
	}
	return NULL;
}

const char *keyring_load(struct keyring *ring, struct store *store, struct slice passphrase,
			 struct arena *arena)
{
	uint8_t key[SEAL_KEY_SIZE];
	const char *why = unlock(key, ring, store, passphrase, arena);

	if (why == NULL)
		why = load(ring, store, key, arena);
	crypto_wipe(key, sizeof(key));
	return why;
}
