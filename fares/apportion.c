/* fares/apportion.c - without it the last yen of a split would be whoever's rounds up first. Pure.
 */
#include "fares/apportion.h"

#include "fares/money.h"

__extension__ typedef unsigned __int128 u128; /* sum times weight needs 103 bits */

struct part {
	uint64_t remainder;
	size_t index;
};

/* Does a come before b for a yen left over? Larger remainder first, then the lower index. */
static bool comes_first(const struct part *a, const struct part *b)
{
	if (a->remainder != b->remainder)
		return a->remainder > b->remainder;
	return a->index < b->index;
}

/* The next best part that has not got its yen: at most `count` of them are asked for, and counts
 * are small. */
static size_t take_best(struct part *parts, size_t from, size_t count)
{
	size_t best = from;
	struct part swap;

	for (size_t i = from + 1; i < count; i++)
		if (comes_first(&parts[i], &parts[best]))
			best = i;
	swap = parts[from];
	parts[from] = parts[best];
	parts[best] = swap;
	return parts[from].index;
}

void apportion(yen *share_yen, uint16_t *rank, yen sum_yen, const uint64_t *weights, size_t count)
{
	struct part parts[APPORTION_COUNT_MAX];
	u128 total = 0;
	yen left = sum_yen;

	MUST(count > 0 && count <= APPORTION_COUNT_MAX && sum_yen >= 0 && sum_yen <= YEN_MAX);
	for (size_t i = 0; i < count; i++) {
		MUST(weights[i] < (uint64_t)1 << 63);
		total += weights[i];
	}
	MUST(total > 0 && total < (u128)1 << 63);
	for (size_t i = 0; i < count; i++) {
		u128 product = (u128)(uint64_t)sum_yen * weights[i];

		share_yen[i] = (yen)(product / total);
		parts[i] = (struct part){ (uint64_t)(product % total), i };
		left -= share_yen[i];
		if (rank != NULL)
			rank[i] = 0;
	}
	MUST(left >= 0 && left < (yen)count);
	for (size_t k = 0; k < (size_t)left; k++) {
		size_t i = take_best(parts, k, count);

		share_yen[i]++;
		if (rank != NULL)
			rank[i] = (uint16_t)(k + 1);
	}
}
