/* operators/bundle_reach.c - which tickets a gate may still meet, by their own length and by what
 * the council added to it. Without it a gate would carry every product that was ever sold.
 */
#include "operators/bundle_gather.h"

#include "core/cbor.h"
#include "core/date.h"
#include "operators/override.h"
#include "operators/walk.h"

enum {
	LATE_DAYS = 2, /* A ride that was begun may end after its ticket's last day. */
	EXTENSION_SIZE_MAX = 96,
};

/* Days from a sale to the last on which its ticket may be shown; for fixed dates there is no such
 * span. */
static int32_t days_of_life(const struct product *product)
{
	int32_t days = product->activation_days + LATE_DAYS;

	if (product->validity == VALIDITY_DAYS)
		return days + product->length;
	return days + (product->length + 23) / 24;
}

static bool may_be_met(day_t *first_sale, const struct product *product, day_t today,
		       uint16_t boundary_min)
{
	day_t published = service_day_at(product->published_at, boundary_min);

	*first_sale = published;
	if (product->validity == VALIDITY_FIXED)
		return product->valid_until + LATE_DAYS >= today;
	if (today - days_of_life(product) > published)
		*first_sale = today - days_of_life(product);
	return product->sale_until == 0 || product->sale_until >= *first_sale;
}

static bool is_of(const struct extension *extension, const struct product *product)
{
	return (extension->product_number == 0 || extension->product_number == product->number) &&
	       (extension->product_version == 0 || extension->product_version == product->version);
}

/* As if it were the day on which the first of those tickets ended; a ticket of its own, that of its
 * sale. */
static bool extension_reaches(day_t *first_sale, const struct extension *extension,
			      const struct product *product, uint16_t boundary_min)
{
	if (!is_of(extension, product) || product->published_at >= extension->valid_until)
		return false;
	if (id_is_zero(extension->ticket_id))
		return may_be_met(first_sale, product,
				  service_day_at(extension->from, boundary_min), boundary_min);
	*first_sale = service_day_at(extension->sold_at, boundary_min);
	return true;
}

bool bundle_may_meet(day_t *first_sale, const struct call *call, const struct bundle_cmd *cmd,
		     const struct product *product)
{
	uint16_t boundary_min = call->day_boundary_min;
	bool met = may_be_met(first_sale, product, service_day_at(call->now, boundary_min),
			      boundary_min);

	for (size_t i = 0; i < cmd->extension_count; i++) {
		day_t first;

		if (!extension_reaches(&first, &cmd->extensions[i], product, boundary_min))
			continue;
		*first_sale = met && *first_sale < first ? *first_sale : first;
		met = true;
	}
	return met;
}

/* --- Overrides --- */

static bool take(struct call *call, struct bundle_cmd *cmd, const struct extension *extension)
{
	if (extension->valid_until + LATE_DAYS * DAY_MS < call->now)
		return true;
	if (cmd->extension_count == SECTION_OVERRIDE_COUNT_MAX)
		return call_refuse(call, 503, "BUNDLE_TOO_LARGE",
				   "more than %d validity overrides in force",
				   SECTION_OVERRIDE_COUNT_MAX);
	cmd->extensions[cmd->extension_count++] = *extension;
	return true;
}

/* Of products, and of all. */
static bool load_many(struct call *call, struct bundle_cmd *cmd)
{
	struct walk walk = { "ext/", "ext0", .most = STORE_PAGE_COUNT_MAX };
	const struct record *record;
	struct extended extended;

	while ((record = walk_next(call, &walk)) != NULL) {
		MUST(shape_from_cbor(&extended, &extended_shape, record->value));
		for (uint16_t i = 0; i < extended.count; i++)
			if (!take(call, cmd, &extended.list[i]))
				return false;
	}
	return !walk.waits;
}

/* Of single tickets, where this gate may meet their product. */
static bool load_own(struct call *call, struct bundle_cmd *cmd)
{
	int64_t from_s = (call->now - LATE_DAYS * DAY_MS) / SECOND_MS;
	struct walk walk = { call_key(call, "extick/%010lld", (long long)from_s), "extick0",
			     .most = STORE_PAGE_COUNT_MAX };
	const struct record *record;
	bool all = true;

	while ((record = walk_next(call, &walk)) != NULL) {
		struct extension extension;
		struct product product;
		int got;

		MUST(shape_from_cbor(&extension, &extension_shape, record->value));
		got = call_load(call, &product, &product_shape,
				call_key(call, "prodver/%04x/%04x", extension.product_number,
					 extension.product_version));
		all = all && got != 0;
		if (got > 0 && product_covers_operator(&product, cmd->operator.operator_id) &&
		    !take(call, cmd, &extension))
			return false;
	}
	return all && !walk.waits;
}

bool bundle_load_overrides(struct call *call, struct bundle_cmd *cmd)
{
	if (cmd->extensions == NULL)
		cmd->extensions = arena_alloc(call->arena, SECTION_OVERRIDE_COUNT_MAX *
								   sizeof(*cmd->extensions));
	cmd->extension_count = 0;
	return load_many(call, cmd) && load_own(call, cmd);
}

bool bundle_give_overrides(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	uint8_t bytes[EXTENSION_SIZE_MAX];

	(void)call;
	for (size_t i = 0; i < cmd->extension_count; i++) {
		struct writer to = { .data = bytes, .size = sizeof(bytes) };

		shape_to_cbor(&to, &extension_shape, &cmd->extensions[i]);
		MUST(!to.failed);
		part->count++;
		part->size += sizeof(bytes);
		if (part->to != NULL)
			cbor_put_bytes(part->to, slice_of(to.data, to.used));
	}
	return true;
}
