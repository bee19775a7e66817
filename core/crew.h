/* core/crew.h - the same work by several threads at once, for programs that do nothing else
 * meanwhile (recomputing, measuring).
 *
 * Blocking; never on a loop's thread.
 */
#ifndef CORE_CREW_H
#define CORE_CREW_H

#include "core/base.h"

enum { CREW_SIZE_MAX = 16 };

/* Calls work(to, i) for i in [0, size), each on a thread of its own, and waits for all. What they
 * write must not overlap. */
void crew_run(unsigned size, void (*work)(void *to, unsigned i), void *to);
/* Processors that this program may use, at most CREW_SIZE_MAX. */
unsigned crew_size(void);

#endif
