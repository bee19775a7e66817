/* core/histogram.c - counts by size. Without it a slow answer in ten thousand would vanish in an
 * average. Pure.
 */
#include "core/histogram.h"

static const uint64_t value_most = ((uint64_t)1 << HISTOGRAM_VALUE_BITS) - 1;

static size_t bucket_of(uint64_t value)
{
	unsigned shift;

	if (value >> HISTOGRAM_BITS == 0)
		return (size_t)value;
	shift = 63u - HISTOGRAM_BITS - (unsigned)__builtin_clzll(value);
	return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* The middle of what falls into the bucket. */
static uint64_t value_of(size_t bucket)
{
	unsigned shift = (unsigned)(bucket >> HISTOGRAM_BITS);
	uint64_t least;

	if (shift <= 1)
		return bucket;
	shift--;
	least = (uint64_t)(bucket - ((size_t)shift << HISTOGRAM_BITS)) << shift;
	return least + (((uint64_t)1 << shift) - 1) / 2;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	uint64_t bounded = value > value_most ? value_most : value;
	size_t bucket = bucket_of(bounded);

	MUST(bucket < HISTOGRAM_BUCKET_COUNT);
	h->bucket[bucket]++;
	h->count++;
	h->sum += bounded;
	if (bounded > h->most)
		h->most = bounded;
}

void histogram_join(struct histogram *h, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
		h->bucket[i] += from->bucket[i];
	h->count += from->count;
	h->sum += from->sum;
	if (from->most > h->most)
		h->most = from->most;
}

/* The rank is rounded up, in two steps, so that no count overflows. */
uint64_t histogram_at(const struct histogram *h, uint32_t parts)
{
	uint64_t whole = h->count / HISTOGRAM_PARTS, rest = h->count % HISTOGRAM_PARTS;
	uint64_t rank, seen = 0, value;

	MUST(parts <= HISTOGRAM_PARTS);
	rank = whole * parts + (rest * parts + HISTOGRAM_PARTS - 1) / HISTOGRAM_PARTS;
	if (h->count == 0)
		return 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
		seen += h->bucket[i];
		if (seen == 0 || seen < rank)
			continue;
		value = value_of(i);
		return value < h->most ? value : h->most;
	}
	return h->most;
}

uint64_t histogram_mean(const struct histogram *h)
{
	return h->count == 0 ? 0 : h->sum / h->count;
}
