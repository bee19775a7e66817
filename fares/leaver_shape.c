/* fares/leaver_shape.c - the record of those who left. Without it each sale would ask after every
 * operator of its product.
 */
#include "core/shape.h"
#include "fares/leaver.h"

static const struct shape_field leaver_fields[] = {
	F_SUBJECT(struct leaver, operator_id, 1, SHAPE_REQUIRED, "who"),
	F_DATE(struct leaver, left, 2, SHAPE_REQUIRED, "first day without its agreement"),
	F_END,
};
static const struct shape leaver_shape = { "Leaver", sizeof(struct leaver), leaver_fields };

static const struct shape_field fields[] = {
	F_LIST(struct leavers, items, 1, 0, &leaver_shape, count, "all of them"),
	F_END,
};
const struct shape leavers_shape = { "Leavers", sizeof(struct leavers), fields };
