/* fares/change.c - without it a gate would fetch the whole bundle for one refunded ticket. */
#include "fares/change.h"

#include "core/date.h"

static const char *const kind_names[] = { "product", "status", "service", "reservation",
					  "override", NULL };

static const struct shape_field fields[] = {
	F_ENUM(struct change, kind, 1, SHAPE_REQUIRED, kind_names, "what changed"),
	F_INT(struct change, product_number, 2, 0, 0, 65535, ""),
	F_INT(struct change, product_version, 3, 0, 0, 65535, ""),
	F_INT(struct change, status_list, 4, 0, 0, 65535, ""),
	F_INT(struct change, status_index, 5, 0, 0, SLOT_INDEX_COUNT - 1, ""),
	F_SUBJECT(struct change, operator_id, 6, 0, "of the service"),
	F_SUBJECT(struct change, service_id, 7, 0, ""),
	F_TIME(struct change, departs_at, 8, 0, ""),
	F_UUID(struct change, ticket_id, 9, 0, ""),
	F_END,
};
const struct shape change_shape = { "Change", sizeof(struct change), fields };

const char *change_range_key(struct call *call, int64_t second)
{
	return call_key(call, "chg/%010lld", (long long)second);
}

void change_file(struct call *call, const struct change *change, uint8_t k, time_ms filed_at)
{
	char id[HEX32_SIZE];

	hex_encode(id, sizeof(id), slice_of(call->id.bytes, sizeof(call->id.bytes)));
	call_append_shape(call,
			  call_key(call, "chg/%010lld/%s%02x", (long long)(filed_at / SECOND_MS),
				   id, k),
			  &change_shape, change);
}
