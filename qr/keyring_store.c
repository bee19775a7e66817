/* qr/keyring_store.c - without it a server would start and sign nothing, and sign with one key for
 * ever.
 */
#include "qr/keyring_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/date.h"

const char *keyring_passphrase(char out[KEY_PASSPHRASE_SIZE_MAX], struct slice *text,
			       const char *path)
{
	const char *why = NULL;
	FILE *file;

	*text = slice_of(out, 0);
	if (path == NULL)
		return NULL;
	file = fopen(path, "r");
	if (file == NULL)
		return strerror(errno);
	if (fgets(out, KEY_PASSPHRASE_SIZE_MAX, file) == NULL)
		why = "it is empty";
	else
		*text = slice_of(out, strcspn(out, "\r\n"));
	fclose(file);
	return why;
}

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

/* --- hitotsu key --- */

/* Writes one record, new (version 0) or in place of the one that is there. */
static const char *store_key(struct store *store, const struct key_record *record, bool is_new,
			     struct arena *arena)
{
	char key[KEY_RECORD_KEY_SIZE];
	struct writer to = { .data = arena_alloc(arena, STORE_VALUE_SIZE_MAX),
			     .size = STORE_VALUE_SIZE_MAX };
	struct store_item item = { .key = slice_of(key, sizeof(key) - 1) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };

	keyring_record_key(key, record->kid);
	if (store_fetch_wait(store, &req) != STORE_OK || (item.version == 0) != is_new)
		return "the store cannot be read";
	shape_to_cbor(&to, &key_record_shape, record);
	MUST(!to.failed);
	item.value = slice_of(to.data, to.used);
	item.intent = STORE_WRITE;
	return store_commit_wait(store, &req) == STORE_OK ? NULL : "the store did not take it";
}

static int use_named(const char *name)
{
	for (int i = 0; name != NULL && key_use_names[i] != NULL; i++)
		if (text_equal(key_use_names[i], name))
			return i;
	return -1;
}

static const char *key_new(const struct keyring_command *command, struct keyring *ring,
			   struct store *store, struct arena *arena)
{
	int use = use_named(command->use);
	int64_t from = command->now_s;
	uint8_t seed[SIGN_SEED_SIZE], unlock_key[SEAL_KEY_SIZE];
	struct key_record record;
	struct keyring_key key;
	const char *why;

	if (use < 0)
		return "say what it is to sign: --use ticket, status, bundle or log";
	if (ring->count == KEYRING_COUNT_MAX)
		return "the ring is full";
	if (keyring_signing(ring, (enum key_use)use, command->now_s) != NULL)
		from += command->lead_s;
	why = unlock(unlock_key, ring, store, command->passphrase, arena);
	if (why != NULL)
		return why;
	crypto_random(seed, sizeof(seed));
	keyring_make(&key, (enum key_use)use, from, 0, seed);
	keyring_seal(&record, &key, unlock_key);
	why = store_key(store, &record, true, arena);
	if (why == NULL && !keyring_add(ring, &key))
		why = "two keys have one kid; try again"; /* Once in 100 million times. */
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(unlock_key, sizeof(unlock_key));
	crypto_wipe(&key, sizeof(key));
	return why;
}

static struct keyring_key *key_named(struct keyring *ring, const char *name)
{
	uint8_t kid[KID_SIZE];

	if (!hex_decode(kid, sizeof(kid), slice_text(name)))
		return NULL;
	for (size_t i = 0; i < ring->count; i++)
		if (mem_equal(ring->keys[i].kid, kid, KID_SIZE))
			return &ring->keys[i];
	return NULL;
}

/* Whether another key of its use signs now. */
static bool has_successor(const struct keyring *ring, const struct keyring_key *key, int64_t now_s)
{
	struct keyring others = *ring;
	struct keyring_key *same;
	char kid[2 * KID_SIZE + 1];
	bool found;

	hex_encode(kid, sizeof(kid), slice_of(key->kid, KID_SIZE));
	same = key_named(&others, kid);
	same->retired_s = now_s;
	found = keyring_signing(&others, (enum key_use)key->use, now_s) != NULL;
	keyring_wipe(&others);
	return found;
}

/* The record as it stands, with one time set: its secret stays sealed as it was. */
static const char *key_end(const struct keyring_command *command, struct keyring_key *key,
			   struct store *store, bool revoke, struct arena *arena)
{
	char record_key[KEY_RECORD_KEY_SIZE];
	struct store_item item = { .key = slice_of(record_key, sizeof(record_key) - 1) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };
	struct key_record record;
	const char *why;

	keyring_record_key(record_key, key->kid);
	if (store_fetch_wait(store, &req) != STORE_OK || item.version == 0)
		return "the store cannot be read";
	MUST(shape_from_cbor(&record, &key_record_shape, item.value));
	*(revoke ? &record.revoked_s : &record.retired_s) = command->now_s;
	why = store_key(store, &record, false, arena);
	if (why == NULL) {
		key->retired_s = record.retired_s;
		key->revoked_s = record.revoked_s;
	}
	return why;
}

static void key_print(const struct keyring_key *key)
{
	char kid[2 * KID_SIZE + 1], time[TIME_TEXT_SIZE];

	hex_encode(kid, sizeof(kid), slice_of(key->kid, KID_SIZE));
	time_encode(time, key->not_before_s * SECOND_MS);
	printf("%s  %-6s  %s", kid, key_use_names[key->use], time);
	if (key->revoked_s != 0 || key->retired_s != 0) {
		bool revoked = key->revoked_s != 0;

		time_encode(time, (revoked ? key->revoked_s : key->retired_s) * SECOND_MS);
		printf("  %s %s", revoked ? "revoked" : "retired", time);
	}
	printf("\n");
}

static const char *key_change(const struct keyring_command *command, struct keyring *ring,
			      struct store *store, struct arena *arena)
{
	const char *verb = command->words[0];
	struct keyring_key *key;
	bool revoke = text_equal(verb, "revoke");

	if (text_equal(verb, "new") && command->word_count == 1)
		return key_new(command, ring, store, arena);
	if ((!revoke && !text_equal(verb, "retire")) || command->word_count != 2)
		return "say nothing more, or new --use USE, retire KID, revoke KID";
	key = key_named(ring, command->words[1]);
	if (key == NULL)
		return "there is no key of that kid; `hitotsu key` lists them";
	if (key->revoked_s != 0)
		return "it is revoked already";
	if (!revoke && key->retired_s != 0)
		return "it is retired already";
	if (!revoke && !has_successor(ring, key, command->now_s))
		return "no other key of its use is in force; make one first: key new --use USE";
	return key_end(command, key, store, revoke, arena);
}

const char *keyring_command(const struct keyring_command *command, struct keyring *ring,
			    struct store *store, struct arena *arena)
{
	const char *why = keyring_load(ring, store, command->passphrase, arena);

	if (why == NULL && command->word_count > 0)
		why = key_change(command, ring, store, arena);
	if (why != NULL)
		return why;
	printf("kid       use     in force from\n");
	for (size_t i = 0; i < ring->count; i++)
		key_print(&ring->keys[i]);
	return NULL;
}
