/* fares/sharing.h - how one sum of yen divides: a rule's steps in series over weights, without
 * names.
 *
 *   rule/<rule_id>/<version>   struct rule, version 4 hex; never changes
 *   rulehead/<rule_id>         struct rule_head: the newest version Pure.
 */
#ifndef FARES_SHARING_H
#define FARES_SHARING_H

#include "fares/product.h"

enum step_kind { STEP_COMMISSION, STEP_COUNCIL_FEE, STEP_SPLIT };
enum step_base { BASE_EARNED, BASE_LEFT }; /* The price earned, or what the steps before left. */
enum step_by { BY_BOARDINGS, BY_RIDERS, BY_DEEMED_FARE };
enum unused_to { UNUSED_TO_COUNCIL, UNUSED_TO_PARTNER };

/* A product's operators, all of them, may have carried one ticket. */
enum { RULE_STEP_COUNT_MAX = 8, SHARING_WEIGHT_COUNT_MAX = PRODUCT_OPERATOR_COUNT_MAX };

struct rule_step {
	uint8_t kind, base, by;
	uint16_t basis_points; /* Commission and fee; rounded down. */
};

struct rule {
	char rule_id[ID_SIZE];
	uint16_t version;
	struct rule_step steps[RULE_STEP_COUNT_MAX]; /* The last, and only the last, is a split. */
	uint16_t step_count;
	uint8_t
	    unused_to; /* Who gets what a pass that nobody used would have given to operators. */
	time_ms published_at;
};
extern const struct shape rule_shape;

struct rule_head {
	char rule_id[ID_SIZE];
	uint16_t version;
};
extern const struct shape rule_head_shape;

MUSTCHECK bool rule_check(const struct rule *, struct product_fault *);

struct ride_weight { /* What one operator did for one ticket. */
	uint64_t boardings, riders, deemed_fare_yen;
};

struct sharing { /* Sums to the yen: commission + council_fee + unused + all shares == earned
		    (asserted). */
	yen commission_yen, council_fee_yen, unused_yen;
	yen share_yen[SHARING_WEIGHT_COUNT_MAX];
	uint64_t weight[SHARING_WEIGHT_COUNT_MAX], weight_sum;
	uint16_t rank[SHARING_WEIGHT_COUNT_MAX]; /* Among the remainders, 1 is first; 0: no yen left
						    over came. */
	uint8_t split_step;                      /* Index of the step that split. */
	uint8_t by; /* What it split by after all: deemed fares that are all zero fall back to
		       boardings. */
};

/* In: rides[count] in the order that breaks ties (operator id). earned_yen >= 0. */
void sharing_divide(struct sharing *out, const struct rule *, yen earned_yen,
		    const struct ride_weight *rides, size_t count);

#endif
