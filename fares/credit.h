/* fares/credit.h - how much a selling partner may owe before its sales stop, and what it owes now.
 *
 *   limit/<partner_id>         struct credit_sold: sales under a limit, counted as they are made
 *   bookk/owing/<partner_id>   struct credit_owing: the bookkeeper's: all else of its receivable
 *
 * Owed are the two together. Without a limit a sale touches neither, so that nobody queues for a
 * partner that has none. With one, sales queue for limit/<partner_id> and each commit counts: two
 * at once cannot both take the last yen. A refund or a remittance frees its yen once the books
 * have folded it, seconds later: never too early. A new limit is exact once the books have folded
 * the second in which it was set: what was sold before without being counted is known by then.
 */
#ifndef FARES_CREDIT_H
#define FARES_CREDIT_H

#include "core/call.h"
#include "fares/fares_op.h"

struct credit_sold {
	yen sold_yen;
};

struct credit_owing {
	yen owed_yen; /* May be below zero: what was refunded or remitted had been counted there. */
};
extern const struct shape credit_sold_shape, credit_owing_shape;

struct credit { /* Part of a cmd. */
	struct credit_sold sold;
	struct credit_owing owing;
};

/* In parse of a sale: queues where its partner is known to have a limit. */
void credit_queue(struct call *);
/* In keys, once the partner is there. */
void credit_load(struct call *, struct credit *, const struct partner *);
/* In decide: counts the sale. False: refused 409 CREDIT_LIMIT_REACHED. */
MUSTCHECK bool credit_take(struct call *, struct credit *, const struct partner *, yen price_yen);
/* In writes. */
void credit_put(struct call *, const struct credit *, const struct partner *);

extern const struct flow_op credit_limit_op, credit_get_op;
extern const struct shape credit_limit_shape, credit_answer_shape;

#endif
