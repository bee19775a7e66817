/* qr/keyring_store.h - the key ring as the store holds it: read before anything is served, changed
 * while nothing is.
 */
#ifndef QR_KEYRING_STORE_H
#define QR_KEYRING_STORE_H

#include "core/store.h"
#include "qr/keyring.h"

enum { KEY_PASSPHRASE_SIZE_MAX = 1024 };
/* A passphrase is its file's first line. Out: *text, part of `out`; empty where path is NULL. NULL,
 * or why not. */
MUSTCHECK const char *keyring_passphrase(char out[KEY_PASSPHRASE_SIZE_MAX], struct slice *text,
					 const char *path);

/* Loads every key, unlocked by the passphrase (empty for the insecure kind). NULL, or why not and
 * what to do. Blocks, turning the store's loop: for the start of a program. */
MUSTCHECK const char *keyring_load(struct keyring *, struct store *, struct slice passphrase,
				   struct arena *);

/* `hitotsu key`: lists the ring on standard output, after a change where there is one.
 *
 *   (no words)           the list alone
 *   new                  a key for `use`; in force now where none of that use is, otherwise after
 *                        lead_s, when every gate will have heard of it
 *   retire KID           signs no more; what it signed stays believed. Not the last of its use.
 *   revoke KID           nothing that it signed is believed any more. There is no way back.
 */
struct keyring_command {
	const char *const *words;
	size_t word_count;
	const char *use; /* NULL: not said. */
	struct slice passphrase;
	int64_t now_s, lead_s;
};
/* NULL, or why not and what to do: then nothing has changed. Blocks as keyring_load does. */
MUSTCHECK const char *keyring_command(const struct keyring_command *, struct keyring *,
				      struct store *, struct arena *);

#endif
