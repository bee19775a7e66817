/* operators/gross.h - what an operator took in before commission and fees, by class of consumption
 * tax.
 *
 * Of one ticket: commission, payment fee and council fee, each apportioned over the operators'
 * shares of that ticket (largest remainder, ties to the lower operator id), belong to whom the
 * share does; gross is share and parts together. Where no operator has a share, they are nobody's.
 *
 * A share is of the product's class but for the product's tax parts of that operator, each
 * yen_a_rider for every rider of its boardings, in the order of the product, as far as the share
 * goes. Commission and fee follow the classes of the share, apportioned again, ties to the first
 * class. Pure.
 */
#ifndef OPERATORS_GROSS_H
#define OPERATORS_GROSS_H

#include "fares/product.h"
#include "operators/pool.h"
#include "operators/split.h"

struct gross_part { /* gross = amount + commission + fee */
	yen amount_yen, commission_yen, fee_yen;
};

struct gross { /* Of one operator. */
	struct gross_part of[TAX_CLASS_COUNT];
};

/* Out: one a leg of the split. Pooled by month: amounts only, all of the product's class; the rest
 * is the pool's. */
void gross_of_split(struct gross *out, const struct ticket_split *, const struct product *,
		    bool pooled);

/* Out: one a leg of a pool that is divided, of a sum that its tickets gave beside: apportioned over
 * what each got in all, fixed amounts and share; zero where nobody got anything. */
void gross_of_pool(yen *out, const struct pool *, yen sum_yen);

#endif
