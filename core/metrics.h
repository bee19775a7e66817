/* core/metrics.h - counters and durations in the Prometheus text format 0.0.4.
 *
 * Names and labels are fixed at compile time, so nothing a client sends can make a new series.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "core/codec.h"

enum { METRICS_OP_COUNT_MAX = 128, METRICS_BUCKET_COUNT = 12 };

struct metrics_op { /* One route or inner command. */
	const char *name;
	uint64_t by_class[6]; /* Answers by status / 100; 0: any other status. */
	uint64_t bucket[METRICS_BUCKET_COUNT], sum_us, count;
};

struct metrics {
	struct metrics_op ops[METRICS_OP_COUNT_MAX];
	size_t op_count;
	uint64_t flow_retries, flow_full;
	uint64_t identity_failed; /* 1: the latest close was stopped, the books did not add up. */
	uint64_t connections;             /* Open now: up and down. */
	uint64_t scans_by_verdict[64];    /* By the index the operators' room gives; named by
					     verdict_names. */
	const char *const *verdict_names; /* NULL-ended, or NULL. */
};

struct metrics_now { /* Looked up when asked. */
	uint64_t store_commits, store_batches, store_retries, store_used_bytes, store_limit_bytes;
	uint64_t log_leaves, flows_active, seal_lag_s, fold_lag_s;
};

struct metrics_op *metrics_op(struct metrics *,
			      const char *name); /* Found or made; the text must stay. */
void metrics_observe(struct metrics_op *, unsigned status, uint64_t duration_us);
void metrics_write(struct writer *, const struct metrics *, const struct metrics_now *);

#endif
