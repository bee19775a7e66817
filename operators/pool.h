/* operators/pool.h - a month's pool: what the tickets of one product under one rule version left
 * for the operators together, divided when the month is closed.
 *
 *   pool/of/<place>                   struct pool: as it stands now
 *   pool/due/<place>                  struct pool_due: it changed, and the next close divides it
 *   pool/split/<YYYY-MM>/<place>      struct pool: as the close of this period divided it
 *   pool/p/<place>/<partner_id>       struct pool_beside: what its tickets gave to that partner,
 *                                     and, under "~", to the council; and whose gross it is
 *   pool/said/<YYYY-MM>/<operator>    struct declared: what an operator declared for a month
 *
 * A place is <YYYY-MM of the tickets>/<rule_id>/<version>/<product number>/<product version>,
 * numbers as 4 hex digits. Months sort, so a close finds what is due by it in one range.
 *
 * The account pool/<rule_id>/<YYYY-MM> takes what tickets put in and gives what a close divides; a
 * late ride changes the pool of a closed month, and the next close divides it again as it would
 * have been and posts the differences (share_yen less before_yen) in its own period. Pure.
 */
#ifndef OPERATORS_POOL_H
#define OPERATORS_POOL_H

#include "fares/sharing.h"

struct pool_leg { /* One operator's, in the order of ids; gone again where all is zero. */
	char operator_id[ID_SIZE];
	uint64_t boardings, riders, deemed_fare_yen, distance_m, legs, declared;
	uint64_t weight;
	yen share_yen, before_yen; /* As divided last; what earlier periods had posted. */
	uint16_t rank;
	uint8_t bound; /* enum bound */
	yen fixed_yen; /* What its tickets gave it apart from the pool. */
	yen minimum_yen, cap_yen; /* That it was divided by. */
};

struct pool_due { /* Is it divided, and how far are the sums beside it apportioned again? */
	bool divided;
	char cursor[ID_SIZE];
};

struct beside_leg {
	char operator_id[ID_SIZE];
	yen part_yen; /* Of sum_yen, as posted last. */
};

struct pool_beside { /* Commission and payment fees of one partner; or the council's fees. */
	yen sum_yen;
	struct beside_leg legs[SHARING_WEIGHT_COUNT_MAX];
	uint16_t leg_count;
};
#define POOL_COUNCIL "~" /* After all ids. */

struct pool {
	day_t rides, period; /* The tickets' month; the period that divided it last, 0: none yet. */
	char rule_id[ID_SIZE];
	uint16_t rule_version, product_number, product_version;
	uint64_t tickets;
	yen sum_yen;                 /* What the tickets put in. */
	yen unused_yen, before_unused_yen; /* To the council: nobody's weight, or above all caps. */
	uint8_t by;
	uint64_t weight_sum;
	struct pool_leg legs[SHARING_WEIGHT_COUNT_MAX];
	uint16_t leg_count;
};

struct declared {
	char operator_id[ID_SIZE];
	day_t period; /* The month. */
	uint64_t boardings;
};
extern const struct shape pool_shape, declared_shape, pool_due_shape, pool_beside_shape;

#endif
