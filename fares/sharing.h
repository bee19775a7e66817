/* fares/sharing.h - how one sum of yen divides: a rule's steps in series over weights, without
 * names. docs/sharing-rules.md says it to people, with an example.
 *
 *   rule/<rule_id>/<version>   struct rule, version 4 hex; never changes
 *   rulehead/<rule_id>         struct rule_head: the newest version, and the days of those dated
 * Pure.
 */
#ifndef FARES_SHARING_H
#define FARES_SHARING_H

#include "fares/product.h"

/* Stored by place, as all lists of this file: new ones go to the end. */
enum step_kind {
	STEP_COMMISSION, /* To the partner that sold. */
	STEP_COUNCIL_FEE,
	STEP_SPLIT,
	STEP_PAYMENT_FEE,        /* To the partner too: it bore the card's fee. */
	STEP_FIXED_PER_BOARDING, /* To each operator, for each of its boardings. */
	STEP_FIXED_PER_LEG,      /* To each operator, for each ticket that it carried. */
};
enum step_base { BASE_EARNED, BASE_LEFT }; /* The price earned, or what the steps before left. */
enum step_by {
	BY_BOARDINGS,
	BY_RIDERS,
	BY_DEEMED_FARE,
	BY_DISTANCE,
	BY_DECLARED_COUNTS, /* What operators declared for the month; pooled by month only. */
	BY_FIXED_SHARES,    /* The rule's shares, in basis points: whoever carried. */
	BY_COMPONENT_VALUES, /* The rule's shares, once a ticket, of those who carried it. */
	BY_PRORATE_FACTORS,  /* The rule's shares, times boardings. */
};
extern const char *const step_by_names[]; /* NULL-ended */
enum step_rounding { ROUND_DOWN, ROUND_UP, ROUND_HALF_UP };
enum unused_to { UNUSED_TO_COUNCIL, UNUSED_TO_PARTNER, UNUSED_TO_OPERATORS };
enum pooling { POOLING_TICKET, POOLING_MONTH };

/* A product's operators, all of them, may have carried one ticket. */
enum {
	RULE_STEP_COUNT_MAX = 8,
	SHARING_WEIGHT_COUNT_MAX = PRODUCT_OPERATOR_COUNT_MAX,
	RULE_SHARE_COUNT_MAX = 128,
	RULE_SPAN_COUNT_MAX = 128,
	FIXED_SHARE_SUM = 10000,
	SHARE_WEIGHT_MAX = 1000000000,
};

struct rule_step {
	uint8_t kind, base, by;
	uint16_t basis_points; /* Commission and fees. */
	uint8_t rounding;      /* Of these. */
	yen amount_yen;        /* The fixed amount. */
};

struct rule_share { /* What a rule says of one operator; in the order of their ids. */
	char operator_id[ID_SIZE];
	uint64_t weight; /* A fixed share, a component's value or a prorate factor. */
	yen minimum_yen; /* The split gives it no less, a ticket or a month's pool; 0: none. */
	yen cap_yen;     /* And no more; 0: none. */
};

struct rule {
	char rule_id[ID_SIZE];
	uint16_t version;
	struct rule_step steps[RULE_STEP_COUNT_MAX]; /* The last, and only the last, is a split. */
	uint16_t step_count;
	uint8_t unused_to; /* Who gets what nobody's ride earned, and what caps left over. */
	time_ms published_at;
	day_t valid_from, valid_until; /* First and last day; 0: no date, no end. */
	uint8_t pooling;
	struct rule_share shares[RULE_SHARE_COUNT_MAX];
	uint16_t share_count;
};
extern const struct shape rule_shape;

struct rule_span { /* A dated version. Without an end it lasts until the next begins. */
	uint16_t version;
	day_t from, until; /* The last day; 0: no end. */
};

struct rule_head {
	char rule_id[ID_SIZE];
	uint16_t version;
	struct rule_span spans[RULE_SPAN_COUNT_MAX]; /* By first day. */
	uint16_t span_count;
};
extern const struct shape rule_head_shape;

struct rule_fault {
	char pointer[48]; /* RFC 6901 */
	const char *what;
};
/* False: *fault is the first place where it contradicts itself. */
MUSTCHECK bool rule_check(const struct rule *, struct rule_fault *);
/* Puts the shares into the order of ids. */
void rule_order(struct rule *);

/* Puts a dated version among the others. False: its days are another's, or no place is left. */
MUSTCHECK bool rule_span_add(struct rule_head *, const struct rule *);
/* The version that a ticket over on this day goes by, the one that its product pinned where the
 * series does not reach or the pinned one has no dates. */
uint16_t rule_version_on(const struct rule_head *, uint16_t pinned, day_t);

struct ride_weight { /* What one operator did for one ticket, or for a month's pool. */
	uint64_t boardings, riders, deemed_fare_yen;
	uint64_t distance_m, declared;
	uint64_t legs; /* Tickets that it carried. */
	uint64_t share_weight; /* The rule's share, ... */
	yen minimum_yen, cap_yen; /* ... and its bounds. */
};

enum bound { BOUND_NONE, BOUND_MINIMUM, BOUND_CAP };

struct sharing { /* Sums to the yen: commission + payment_fee + council_fee + unused + pool + all
		    shares == earned (asserted). */
	yen commission_yen, council_fee_yen, unused_yen, payment_fee_yen;
	yen pool_yen; /* POOLING_MONTH: what the month's pool will split. */
	yen share_yen[SHARING_WEIGHT_COUNT_MAX]; /* fixed_yen within. */
	yen fixed_yen[SHARING_WEIGHT_COUNT_MAX];
	uint64_t weight[SHARING_WEIGHT_COUNT_MAX], weight_sum;
	uint16_t rank[SHARING_WEIGHT_COUNT_MAX]; /* Among the remainders, 1 is first; 0: no yen left
						    over came. */
	uint8_t bound[SHARING_WEIGHT_COUNT_MAX]; /* The bound that its part of the split met. */
	uint8_t split_step;                      /* Index of the step that split. */
	uint8_t by; /* What it split by after all: weights that are all zero fall back to
		       boardings. */
};

/* In: parties[count] in the order that breaks ties (operator id). earned_yen >= 0. */
void sharing_divide(struct sharing *out, const struct rule *, yen earned_yen,
		    const struct ride_weight *parties, size_t count);
/* A month's pool, by the rule's split alone. */
void sharing_divide_pool(struct sharing *out, const struct rule *, yen pool_yen,
			 const struct ride_weight *parties, size_t count);

struct party { /* One that a division knows by name. */
	char operator_id[ID_SIZE];
	struct ride_weight did;
};

struct parties { /* In the order of ids. Those who carried are always in; where more than fit are
		    named besides, the last ones stay out. */
	struct party list[SHARING_WEIGHT_COUNT_MAX];
	uint16_t count;
};

/* Found, or made at its place. NULL: no room. */
struct party *parties_at(struct parties *, const char *operator_id);
/* The rule's shares and bounds for those in, and those come in whom the split gives to although
 * they did not carry; not those of whom `gone` says that they have left for good. Who may come in
 * depends on the product and the rule alone: its operators, then the rule's in the order of ids,
 * as far as there is room. */
void parties_add_shares(struct parties *, const struct rule *, const struct product *,
			bool (*gone)(void *, const char *operator_id), void *);
/* Their weights, in order. */
void parties_weights(struct ride_weight out[SHARING_WEIGHT_COUNT_MAX], const struct parties *);

#endif
