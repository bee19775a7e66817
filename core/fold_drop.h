/* core/fold_drop.h - a view is thrown away, so that it can be folded again from the log's start.
 *
 * For programs that have the store to themselves; blocking. A mark in the view's position goes
 * first: whoever finds it folds nothing (core/fold.h), so that a drop that was broken off cannot
 * be mistaken for a view; it is done again.
 */
#ifndef CORE_FOLD_DROP_H
#define CORE_FOLD_DROP_H

#include "core/arena.h"
#include "core/crypto.h"
#include "core/store.h"

enum { FOLD_SUM_SIZE = 32 };

struct fold_sum { /* Of all records of some kinds, in the order of their keys. */
	uint64_t records;
	uint8_t digest[FOLD_SUM_SIZE]; /* BLAKE2b, chained: digest, key, value. */
};

/* False: the store does not answer. `kinds` without the '/'. */
MUSTCHECK bool fold_add_up(struct fold_sum *out, struct store *, struct arena *, const char *kind);
/* Was a drop of this view broken off? False, too, where the store does not answer. */
bool fold_drop_is_broken_off(struct store *, struct arena *, const char *view);
/* Removes all records of these kinds, then the view's position. each(to, removed), or NULL, now and
 * then. */
MUSTCHECK bool fold_drop(struct store *, struct arena *, const char *view,
			 const char *const *kinds, size_t count,
			 void (*each)(void *to, uint64_t removed), void *to);

#endif
