/* core/tree.h - proofs about an RFC 6962 tree: made from its nodes, and checked without them.
 *
 * A node is named by its level and index: the root of the 2^level leaves from index * 2^level on,
 * all of which must be there. core/tile.h has them stored, in eights of levels.
 */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include "core/seal.h"

enum { TREE_PATH_MAX = 63 };

struct tree_path {
	struct seal_hash hash[TREE_PATH_MAX]; /* From the leaf up. */
	size_t count;
};

struct tree_reader { /* Embed it first. */
	/* False: it cannot be had; then the whole is false. */
	bool (*node)(struct tree_reader *, struct seal_hash *out, unsigned level, uint64_t index);
};

MUSTCHECK bool tree_root(struct seal_hash *out, struct tree_reader *, uint64_t size);
/* index < size (asserted). */
MUSTCHECK bool tree_inclusion(struct tree_path *out, struct tree_reader *, uint64_t index,
			      uint64_t size);
/* old <= size (asserted); of 0, and of size itself, the proof is empty. */
MUSTCHECK bool tree_consistency(struct tree_path *out, struct tree_reader *, uint64_t old,
				uint64_t size);

/* Does the tree of that root and size have the leaf at the index? */
bool tree_includes(const struct seal_hash *root, uint64_t size, const struct seal_hash *leaf,
		   uint64_t index, const struct tree_path *);
/* Is the old tree the beginning of the other one? Of an old size of 0 it always is. */
bool tree_extends(const struct seal_hash *root, uint64_t size, const struct seal_hash *old_root,
		  uint64_t old, const struct tree_path *);

#endif
