/* core/histogram.h - how long things took, all of them, in little room: buckets that grow with what
 * they hold, as HdrHistogram's do.
 *
 * Below 2^HISTOGRAM_BITS a value has a bucket of its own; above it a power of two is cut into as
 * many equal parts, so that what is read back lies within 1/2^(HISTOGRAM_BITS + 1) of what was
 * said: half a per cent. Pure.
 */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include "core/base.h"

enum {
	HISTOGRAM_BITS = 7,
	HISTOGRAM_VALUE_BITS = 42, /* In nanoseconds, 73 minutes; what is more counts as that. */
	HISTOGRAM_BUCKET_COUNT = (HISTOGRAM_VALUE_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
	HISTOGRAM_PARTS = 10000, /* A percentile is asked for in these: 9900 is the 99th. */
};

struct histogram { /* All zero: empty. */
	uint64_t count, sum, most;
	uint64_t bucket[HISTOGRAM_BUCKET_COUNT];
};

void histogram_add(struct histogram *, uint64_t value);
void histogram_join(struct histogram *, const struct histogram *from);
/* The least value that so many parts of all are at most; 0 of none. Never above `most`. */
uint64_t histogram_at(const struct histogram *, uint32_t parts);
uint64_t histogram_mean(const struct histogram *);

#endif
