/* core/child.h - the program starting itself again, for a demo that talks to a real server.
 *
 * Blocking; never on a loop's thread. A child ends with its parent.
 */
#ifndef CORE_CHILD_H
#define CORE_CHILD_H

#include "core/base.h"

struct child {
	int pid;
};

enum { CHILD_ARG_COUNT_MAX = 32 };

/* argv ends with NULL; argv[0] NULL means this very program. out_path takes its standard output,
 * log_path its standard error; NULL: shared with ours. */
MUSTCHECK bool child_start(struct child *, const char *const *argv, const char *out_path,
			   const char *log_path);
/* Its exit code, or 128 + the signal that ended it. */
int child_wait(struct child *);
/* Asks it to stop (SIGTERM) and waits. */
int child_stop(struct child *);
/* Waits until the file has a line, at most so long; false: it ended or time is up. */
MUSTCHECK bool child_await_line(struct child *, const char *path, char *line, size_t size,
				unsigned most_ms);
/* Until SIGINT or SIGTERM comes to us, or the child ends. */
void child_hold(struct child *);

#endif
