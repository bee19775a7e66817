/* operators/founding.c - without it there would be no first token, and so no way in. */
#include "operators/founding.h"

#include <stdlib.h>

#include "core/date.h"
#include "fares/fares_api.h"
#include "operators/operators_api.h"

enum { FOUNDING_COUNT_MAX = 32 };

static void put_shape(struct arena *arena, struct store_item *item, const char *key,
		      const struct shape *shape, const void *value)
{
	struct writer to = { .data = arena_alloc(arena, STORE_VALUE_SIZE_MAX),
			     .size = STORE_VALUE_SIZE_MAX };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	*item = (struct store_item){ .key = arena_copy(arena, slice_text(key)),
				     .value = slice_of(to.data, to.used),
				     .intent = STORE_WRITE };
}

static void put_token(struct arena *arena, struct store_item *item, time_ms now,
		      enum call_role role, const char *subject, char text[TOKEN_TEXT_SIZE])
{
	struct token token = { .role = (uint8_t)role, .made_at = now };
	char key[TOKEN_KEY_SIZE];
	uint8_t random[32];

	MUST(text_set(token.subject, sizeof(token.subject), slice_text(subject)));
	crypto_random(random, sizeof(random));
	token_make(text, random);
	token_key(key, slice_text(text));
	put_shape(arena, item, key, &token_shape, &token);
}

static const enum key_use founding_uses[] = { KEY_TICKET, KEY_STATUS, KEY_BUNDLE, KEY_LOG };
enum { KEY_ITEM_COUNT = 1 + COUNT_OF(founding_uses) };

static void put_key(struct arena *arena, struct store_item *item, enum key_use use,
		    int64_t not_before_s, const uint8_t unlock[SEAL_KEY_SIZE])
{
	char record_key[KEY_RECORD_KEY_SIZE];
	uint8_t seed[SIGN_SEED_SIZE];
	struct key_record record;
	struct keyring_key key;

	crypto_random(seed, sizeof(seed));
	keyring_make(&key, use, not_before_s, 0, seed);
	keyring_seal(&record, &key, unlock);
	keyring_record_key(record_key, key.kid);
	put_shape(arena, item, record_key, &key_record_shape, &record);
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(&key, sizeof(key));
}

/* The first signing keys, one a use, and how the secrets are guarded. False: no memory. */
static bool put_keys(struct arena *arena, struct store_item items[KEY_ITEM_COUNT], time_ms now,
		     struct slice passphrase, bool key_of_old)
{
	enum key_guard guard = passphrase.size == 0 ? KEY_GUARD_INSECURE : KEY_GUARD_PASSPHRASE;
	uint8_t salt[PASS_SALT_SIZE], unlock[SEAL_KEY_SIZE];
	struct key_meta meta;

	crypto_random(salt, sizeof(salt));
	if (keyring_guard(&meta, unlock, guard, passphrase, salt) != KEY_UNLOCKED)
		return false;
	put_shape(arena, &items[0], KEY_META_KEY, &key_meta_shape, &meta);
	for (size_t i = 0; i < COUNT_OF(founding_uses); i++)
		put_key(arena, &items[1 + i], founding_uses[i], key_of_old ? 0 : now / SECOND_MS,
			unlock);
	crypto_wipe(unlock, sizeof(unlock));
	return true;
}

static int by_key(const void *a, const void *b)
{
	return slice_compare(((const struct store_item *)a)->key,
			     ((const struct store_item *)b)->key);
}

const char *founding_init(char token[TOKEN_TEXT_SIZE], struct store *store, time_ms now,
			  struct slice passphrase, bool key_of_old, struct arena *arena)
{
	struct store_item items[FOUNDING_COUNT_MAX];
	struct store_req req = { .items = items, .arena = arena };
	size_t count = KEY_ITEM_COUNT + 1;

	if (!put_keys(arena, items, now, passphrase, key_of_old))
		return "no memory for Argon2id (64 MiB are needed)";
	put_token(arena, &items[KEY_ITEM_COUNT], now, ROLE_council, "", token);
	count += fares_seed(items + count, FOUNDING_COUNT_MAX - count, arena);
	count += operators_seed(items + count, FOUNDING_COUNT_MAX - count, arena);
	qsort(items, count, sizeof(items[0]), by_key);
	req.item_count = (uint32_t)count;
	if (store_commit_wait(store, &req) != STORE_OK)
		return "the store holds data already; choose another --data, or go on with "
		       "`hitotsu serve`";
	return NULL;
}

const char *founding_role(enum call_role *out, const char *role, const char *subject)
{
	size_t i = 0;
	bool all;

	while (i < ROLE_COUNT && (role == NULL || !text_equal(call_role_names[i], role)))
		i++;
	if (i == ROLE_COUNT)
		return "say --role council, partner, operator, gate, auditor or funder";
	*out = (enum call_role)i;
	all = *out == ROLE_council || *out == ROLE_auditor;
	if (all && subject != NULL)
		return "--subject: this role has none";
	if (!all && (subject == NULL || !subject_is_valid(slice_text(subject))))
		return "--subject: whose token: an id of a-z, 0-9 and '-'";
	return NULL;
}

bool founding_token(char text[TOKEN_TEXT_SIZE], struct store *store, time_ms now,
		    enum call_role role, const char *subject, struct arena *arena)
{
	struct store_item item;
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };

	put_token(arena, &item, now, role, subject, text);
	return store_commit_wait(store, &req) == STORE_OK;
}
