/* fares/leaver.h - operators whose agreement ended: nothing more is sold that names one.
 *
 *   leaver/all   struct leavers: one record, for each sale reads it
 *
 * The room of operators keeps it. What was sold before is carried until the operator's run-off.
 * Pure.
 */
#ifndef FARES_LEAVER_H
#define FARES_LEAVER_H

#include "fares/product.h"

enum { LEAVER_COUNT_MAX = 256 };

struct leaver {
	char operator_id[ID_SIZE];
	day_t left; /* The first day without its agreement. */
};

struct leavers {
	struct leaver items[LEAVER_COUNT_MAX];
	uint16_t count;
};
extern const struct shape leavers_shape;
extern const char leavers_key[];

/* left 0: it is no leaver any more. False: no room. */
MUSTCHECK bool leavers_set(struct leavers *, const char *operator_id, day_t left);
/* The first of the product's operators that has left by this day, or NULL. */
const char *leavers_of(const struct leavers *, const struct product *, day_t);

#endif
