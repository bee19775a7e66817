/* operators/split.h - how one ticket was divided, kept whole so that anyone entitled can do it
 * again.
 *
 *   split/<YYYY-MM of the period>/<uuid>   struct ticket_split
 *
 * One a ticket and period in which money moved for it. A late ride after the ticket was earned
 * leaves the earlier period's record as it was and writes another in the open period: `sums` and
 * share_yen say how the ticket is divided from now on, `before` and before_yen what the earlier
 * periods had posted, and the open period's postings are the difference. In a ticket's first record
 * all that is before is zero.
 *
 * Under a rule that is pooled by month, `pool_yen` is what the ticket put into the pool of its
 * month, and share_yen is fixed amounts only: see operators/pool.h. Pure.
 */
#ifndef OPERATORS_SPLIT_H
#define OPERATORS_SPLIT_H

#include "fares/sharing.h"

enum { SPLIT_SALT_SIZE = 16 };

struct split_leg { /* One operator's, in the order of ids. */
	char operator_id[ID_SIZE];
	uint64_t boardings, riders, deemed_fare_yen, distance_m;
	uint64_t weight; /* Of weight_sum, at the split. */
	yen fixed_yen, share_yen, before_yen; /* fixed_yen is within share_yen. */
	uint16_t rank;
	uint8_t bound; /* enum bound */
	yen minimum_yen, cap_yen; /* That it was divided by. */
};

struct split_sums {
	yen commission_yen, payment_fee_yen, council_fee_yen, unused_yen, pool_yen;
};

struct ticket_split {
	struct id128 ticket_id;
	day_t period, rides; /* Where it is paid; the month in which the ticket was over. */
	day_t over;          /* The service day on which it was. */
	uint16_t product_number, product_version;
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	char partner_id[ID_SIZE];
	uint8_t riders;
	bool again; /* Of a ticket that an earlier period had divided. */
	yen earned_yen;
	struct split_sums sums, before;
	uint8_t unused_to, split_step, by;
	uint64_t weight_sum;
	struct split_leg legs[SHARING_WEIGHT_COUNT_MAX];
	uint16_t leg_count;
	uint8_t salt[SPLIT_SALT_SIZE]; /* Of its leaf: operators/commit.h. */
};
extern const struct shape ticket_split_shape;

static inline bool split_leg_carried(const struct split_leg *leg)
{
	return leg->boardings > 0 || leg->riders > 0 || leg->deemed_fare_yen > 0 ||
	       leg->distance_m > 0;
}

/* What nobody used, and goes to no operator, is none of a pool's. */
static inline bool split_is_in_pool(const struct ticket_split *split)
{
	for (uint16_t i = 0; i < split->leg_count; i++)
		if (split_leg_carried(&split->legs[i]))
			return true;
	return split->sums.pool_yen > 0;
}

#endif
