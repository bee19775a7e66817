/* core/checker.h - a few threads that compute while the loop goes on: short work, of which many
 * requests bring a piece each, as a signature. What takes long is loop_work's, so that no gate
 * waits behind an import.
 *
 * Jobs that are started in one turn of the loop are handed over together, and what is done by the
 * time the loop looks comes back together: a wake costs more than a lock.
 */
#ifndef CORE_CHECKER_H
#define CORE_CHECKER_H

#include "core/loop.h"

struct checker; /* Of one loop. */

struct checker_job {                         /* Embed it; the checker's until `after`. */
	void (*work)(struct checker_job *);  /* On a thread of the checker. */
	void (*after)(struct checker_job *); /* On the loop's, never within checker_start. */
	struct checker_job *next;
};

/* The threads, one a core, begin with the first job. */
MUSTCHECK bool checker_open(struct checker **, struct loop *);
void checker_start(struct checker *, struct checker_job *);
/* None may be under way (asserted). */
void checker_close(struct checker *);

#endif
