/* qr/keyring_store.h - the key ring as the store holds it, read before anything is served. */
#ifndef QR_KEYRING_STORE_H
#define QR_KEYRING_STORE_H

#include "core/store.h"
#include "qr/keyring.h"

/* Loads every key, unlocked by the passphrase (empty for the insecure kind). NULL, or why not and
 * what to do. Blocks, turning the store's loop: for the start of a program. */
MUSTCHECK const char *keyring_load(struct keyring *, struct store *, struct slice passphrase,
				   struct arena *);

#endif
