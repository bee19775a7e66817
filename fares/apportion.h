/* fares/apportion.h - split a sum of yen by weights, to the last yen.
 *
 * Largest remainder: each share is floor(sum * weight / total); the yen left over go one each to
 * the largest remainders, ties to the lower index. The shares always add up to the sum. Pure.
 */
#ifndef FARES_APPORTION_H
#define FARES_APPORTION_H

#include "core/base.h"

enum { APPORTION_COUNT_MAX = 1024 };

/* Out: share_yen[count]; rank[count], or NULL: 1 for the first that got a yen left over, 0 for
 * none. In: 0 <= sum_yen <= YEN_MAX; weights[count], not all zero (asserted), their sum below 2^63,
 * count <= APPORTION_COUNT_MAX. */
void apportion(yen *share_yen, uint16_t *rank, yen sum_yen, const uint64_t *weights, size_t count);

#endif
