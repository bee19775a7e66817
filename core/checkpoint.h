/* core/checkpoint.h - the log's head for everybody: C2SP tlog-checkpoint, a signed note of
 *
 *   <origin>
 *   <leaves, decimal>
 *   <root, base64>
 *   sealed <second>
 *
 * The last line is ours, an extension: every second up to this one is in the tree, events or none.
 * Without it nobody could tell a second that was left out from one that is still to come.
 */
#ifndef CORE_CHECKPOINT_H
#define CORE_CHECKPOINT_H

#include "core/seal.h"

#define CHECKPOINT_KEY "note/checkpoint"
enum { CHECKPOINT_SIZE_MAX = 1024 };

struct checkpoint {
	char origin[NOTE_NAME_SIZE];
	uint64_t size;
	struct seal_hash root;
	int64_t sealed_s; /* -1: it does not say. */
};

/* The note's text. */
void checkpoint_write(struct writer *, const struct checkpoint *);
/* Other extensions are skipped. False: no checkpoint. */
MUSTCHECK bool checkpoint_read(struct checkpoint *out, struct slice text);
/* A line of base64 that is one hash. */
MUSTCHECK bool checkpoint_read_hash(struct seal_hash *out, struct slice text);
void checkpoint_write_hash(struct writer *, const struct seal_hash *);
/* Up to a newline, which goes too. False: there is none. */
MUSTCHECK bool checkpoint_take_line(struct slice *out, struct slice *rest);

#endif
