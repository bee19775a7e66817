/* core/witness.h - what a witness does with a checkpoint that a log shows it: C2SP tlog-witness,
 * add-checkpoint, without the wire and without the disk.
 *
 * A witness cosigns what extends what it cosigned last, and nothing else: so a log that it watches
 * can neither shrink nor be two logs for two people.
 */
#ifndef CORE_WITNESS_H
#define CORE_WITNESS_H

#include "core/checkpoint.h"
#include "core/tree.h"

enum { WITNESS_LOG_COUNT_MAX = 16, WITNESS_REQUEST_SIZE_MAX = 64 * 1024 };

struct witness_request { /* "old N", the proof's hashes, an empty line, a checkpoint. */
	uint64_t old;
	struct tree_path proof;
	struct note note;
	struct checkpoint checkpoint;
};

/* Slices of the body. False: 400. */
MUSTCHECK bool witness_read(struct witness_request *out, struct slice body);
/* The same, for those who ask. The note is as the log gave it. */
void witness_write(struct writer *, uint64_t old, const struct tree_path *, struct slice note);

struct witness_state { /* Of one log: what was cosigned last. Stored. */
	char origin[NOTE_NAME_SIZE];
	uint64_t size;
	struct seal_hash root;
};
extern const struct shape witness_state_shape;

/* The answer's status: 200 (cosign it, once *state is stored; then it is the request's), 400, 403,
 * 404, 409 (say state->size) or 422. state->size is 0 where none was cosigned yet. */
uint16_t witness_judge(struct witness_state *, const struct witness_request *,
		       const struct note_key *logs, size_t log_count);

#endif
