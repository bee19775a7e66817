/* fares/credit_shape.c - what a partner owes, in the store. Without it the bookkeeper and a sale
 * could not tell each other.
 */
#include "fares/credit.h"

static const struct shape_field sold_fields[] = {
	F_INT(struct credit_sold, sold_yen, 1, 0, 0, JSON_INT_MAX, "sold under a limit"),
	F_END,
};
const struct shape credit_sold_shape = { "CreditSold", sizeof(struct credit_sold), sold_fields };

static const struct shape_field owing_fields[] = {
	F_INT(struct credit_owing, owed_yen, 1, 0, -JSON_INT_MAX, JSON_INT_MAX, "all else"),
	F_END,
};
const struct shape credit_owing_shape = { "CreditOwing", sizeof(struct credit_owing),
					  owing_fields };
