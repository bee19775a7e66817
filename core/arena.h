/* core/arena.h - memory that lives as long as one piece of work and goes all at once.
 *
 * An arena is one stretch of address space, taken at the start; only the pages that are touched
 * cost memory. Allocation never fails within its size: sizes are chosen so that the limits on input
 * keep every honest use inside, and reaching the end is asserted. Where the end can be reached by
 * data, ask arena_left() first.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include "core/base.h"

struct arena {
	uint8_t *block;
	size_t size, used;
};

/* Maps `size` bytes of address space. False when the system refuses. */
MUSTCHECK bool arena_open(struct arena *, size_t size);
void arena_close(struct arena *);

/* Zeroed, aligned to 16. */
void *arena_alloc(struct arena *, size_t size);
struct slice arena_copy(struct arena *, struct slice);
/* printf into the arena; NUL-terminated. */
const char *arena_text(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t arena_left(const struct arena *);

/* Everything allocated is gone. Pages beyond `keep` bytes go back to the system. */
void arena_reset(struct arena *, size_t keep);

#endif
