/* operators/audit_inside.h - what the files of `hitotsu audit` share: audit.c takes the words,
 * audit_source.c asks a server or a store, audit_receipt.c holds a receipt against the log,
 * audit_witness.c is a witness.
 */
#ifndef OPERATORS_AUDIT_INSIDE_H
#define OPERATORS_AUDIT_INSIDE_H

#include "core/client.h"
#include "core/receipt.h"
#include "core/tile.h"
#include "core/witness.h"
#include "operators/audit.h"

enum {
	AUDIT_KEPT = 0,
	AUDIT_UNKNOWN = 1,
	AUDIT_ASKED_WRONGLY = 2,
	AUDIT_LEFT_OUT = 3,
	AUDIT_TOO_EARLY = 4,
	AUDIT_ARENA_SIZE = 512 * 1024 * 1024, /* Address space. */
	AUDIT_KEY_COUNT_MAX = WITNESS_LOG_COUNT_MAX,
};

struct audit_options {
	const char *server, *data, *witness, *name, *key, *listen, *ready_file;
	const char *logs[AUDIT_KEY_COUNT_MAX];
	size_t log_count;
	char **rest;
	size_t rest_count;
};

struct audit_store; /* A store asked without a server. */

struct audit_source {
	struct client *client; /* Or: */
	struct audit_store *store;
	struct arena *arena;
};

/* False, and said, where it cannot be. */
MUSTCHECK bool audit_open(struct audit_source *, const struct audit_options *, struct arena *);
void audit_close(struct audit_source *);
/* False, and said unless quiet: no answer, or another status than 200. */
MUSTCHECK bool audit_get(struct audit_source *, struct slice *out, const char *path);
bool audit_say(const char *what, const char *why); /* Always false. */

struct audit_log { /* A checkpoint, verified, and the tree under it. */
	struct audit_source *source;
	struct note_key keys[AUDIT_KEY_COUNT_MAX];
	size_t key_count;
	struct slice note; /* As it came. */
	struct checkpoint checkpoint;
	struct tile_source tiles;
};
/* With the keys named (logs), or those that the source names. False, and said. */
MUSTCHECK bool audit_log_read(struct audit_log *, struct audit_source *,
			      const struct audit_options *);
/* A leaf's data. False: it cannot be had. */
MUSTCHECK bool audit_log_data(struct audit_log *, struct seal_hash *out, uint64_t index);
/* The path by which the leaf is in the tree; checked. False: it is not. */
MUSTCHECK bool audit_log_path(struct audit_log *, struct tree_path *, const struct seal_hash *leaf,
			      uint64_t index);

int audit_receipt(const struct audit_options *, struct arena *);
int audit_cosign(const struct audit_options *, struct arena *);
int audit_witness(const struct audit_options *, struct arena *);

#endif
