/* operators/operators_api.h - what this room answers over HTTP: operators, gates, tokens, scans,
 * settlements, ledger, usage and participation.
 */
#ifndef OPERATORS_OPERATORS_API_H
#define OPERATORS_OPERATORS_API_H

#include "core/http.h"
#include "qr/keyring.h"

struct note_signer;

struct operators_room {
	const struct keyring *keys; /* What tickets are verified with. */
	uint16_t offline_grace_h;
	const struct config *config;
	const struct note_signer *signer; /* Of the log, for closes; or NULL. */
	struct store *store;              /* For what-ifs, which read a month. */
};

extern const struct http_routes operators_routes;
extern const struct flow_op close_day_op; /* For core/daily. */

/* What `hitotsu init` puts into an empty store: the plan's targets. */
size_t operators_seed(struct store_item *items, size_t most, struct arena *);

#endif
