/* core/batch.h - many commands in one request: each line of an NDJSON body is a command of its own,
 * and each has its own line in the answer, in the order of the lines.
 *
 * The lines run side by side, at most BATCH_UNDER_WAY_MAX at once, in no order: a batch is no
 * transaction, and what depends on another line does not belong into one. Empty lines are skipped.
 * A line that is refused answers {"line": n, "status", "code", "detail", "pointer"}, n counted from
 * 1, empty lines included. One that meets a refusal that passes (contention, a store that is busy,
 * the same command still running) is tried again once all lines before it are answered.
 */
#ifndef CORE_BATCH_H
#define CORE_BATCH_H

#include "core/http.h"

enum {
	BATCH_LINE_COUNT_MAX = 10000, /* Not counting empty ones; more: 413 TOO_MANY_LINES. */
	BATCH_LINE_SIZE_MAX = 8192,   /* A longer one is that line's 413 LINE_TOO_LONG. */
	BATCH_ANSWER_SIZE_MAX = 3072, /* Of one line; a longer one is that line's 503. */
	BATCH_UNDER_WAY_MAX = 256,
	BATCH_TRIES = 20,
};
#define BATCH_TYPE "application/x-ndjson"

/* Answers the job. op: names itself (call_name), and reads its line by call_body; its caller is the
 * job's, its room the job's. */
void batch_run(struct http_job *, const struct flow_op *);

/* The next line with something in it, off the front, without its newline; *number is counted on.
 * False: there is none. */
bool batch_take_line(struct slice *out, uint32_t *number, struct slice *rest);
/* Past BATCH_LINE_COUNT_MAX they are counted no further. */
uint32_t batch_count_lines(struct slice body);

#endif
