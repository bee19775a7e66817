/* core/store_writer.h - group commit, for engines whose disk makes them wait.
 *
 * One thread takes all commits that wait and hands them to the engine as one batch; when the engine
 * comes back, all of them are answered on the loop's thread.
 */
#ifndef CORE_STORE_WRITER_H
#define CORE_STORE_WRITER_H

#include "core/store_engine.h"

struct store_writer; /* Opaque. */

/* write: on the writer's thread; sets the status of every request, in order, and returns when those
 * that are STORE_OK are on disk. It may not change the list. */
struct store_writer *store_writer_open(struct store *, struct loop *,
				       void (*write)(void *engine, const struct store_queue *batch),
				       void *engine);
void store_writer_commit(struct store_writer *, struct store_req *);
/* All must have been answered. */
void store_writer_close(struct store_writer *);

#endif
