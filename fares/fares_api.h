/* fares/fares_api.h - what this room answers over HTTP: products, rules, partners, tickets,
 * reservations and feeds.
 */
#ifndef FARES_FARES_API_H
#define FARES_FARES_API_H

#include "core/http.h"
#include "qr/keyring.h"

struct fares_room {
	struct keyring *keys; /* Tickets are signed with its key in force. */
	struct store *store;  /* For feeds, which are loaded in bulk. */
	struct loop *loop;
	const struct clock *clock;
	const char *operator_key_prefix; /* Of the records of those whom rules and products name. */
};

extern const struct http_routes fares_routes;

/* What `hitotsu init` puts into an empty store. */
size_t fares_seed(struct store_item *items, size_t most, struct arena *);

#endif
