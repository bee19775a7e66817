/* fares/extension_shape.c - extensions in the store and in gates' bundles. Without it each would
 * spell them in its own way.
 */
#include "core/shape.h"
#include "fares/extension.h"

#define T struct extension
static const struct shape_field fields[] = {
	F_INT(T, product_number, 1, 0, 0, 65535, "0: every product's"),
	F_INT(T, product_version, 2, 0, 0, 65535, "0: every version's"),
	F_UUID(T, ticket_id, 3, 0, "none: every ticket of the product"),
	F_TIME(T, from, 4, 0, "tickets that end in here"),
	F_TIME(T, until, 5, 0, "excluded"),
	F_TIME(T, valid_until, 6, SHAPE_REQUIRED, "the last moment, instead"),
	F_TIME(T, sold_at, 7, 0, "of a ticket's own"),
	F_END,
};
#undef T
const struct shape extension_shape = { "Extension", sizeof(struct extension), fields };

static const struct shape_field extended_fields[] = {
	F_LIST(struct extended, list, 1, 0, &extension_shape, count, ""),
	F_END,
};
const struct shape extended_shape = { "Extended", sizeof(struct extended), extended_fields };
