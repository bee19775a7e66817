/* operators/bundle_gather.c - without it a gate's bundle would be whatever fitted on one page of
 * the store.
 */
#include "operators/bundle_gather.h"

#include "core/cbor.h"
#include "core/date.h"
#include "fares/departure.h"
#include "fares/revocation.h"
#include "operators/walk.h"

enum {
	PRODUCT_PAGE = 64, /* Products are large. */
	ITEM_HEAD_MAX = 9,
	KEY_SIZE_MAX = 96,
	STATUS_SIZE_MAX = 16,
};

static void part_record(struct part *part, struct slice record)
{
	part->count++;
	part->size += ITEM_HEAD_MAX + record.size;
	if (part->to != NULL)
		cbor_put_bytes(part->to, record);
}

/* --- Changes --- */

bool bundle_load_changes(struct call *call, struct bundle_cmd *cmd)
{
	const char *from = change_range_key(call, cmd->since + 1);
	const struct call_page *page;

	cmd->change_count = 0;
	if (cmd->since == 0)
		return true;
	call_want_page(call, from, CHANGE_UNTIL, BUNDLE_CHANGE_COUNT_MAX);
	page = call_found_page(call, from, CHANGE_UNTIL);
	if (page == NULL)
		return false;
	if (!page->end) {
		cmd->since = 0;
		return true;
	}
	for (uint32_t i = 0; i < page->count; i++) {
		MUST(shape_from_cbor(&cmd->changes[i], &change_shape, page->records[i].value));
		if (cmd->changes[i].kind == CHANGE_OVERRIDE)
			cmd->since = 0;
	}
	cmd->change_count = cmd->since == 0 ? 0 : page->count;
	return true;
}

/* --- Keys --- */

static bool give_keys(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	const struct operators_room *room = call->room;

	(void)cmd;
	for (size_t i = 0; i < room->keys->count; i++) {
		part->count++;
		part->size += KEY_SIZE_MAX;
		if (part->to != NULL)
			section_put_key(part->to, &room->keys->keys[i]);
	}
	return true;
}

static bool give_nothing(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	(void)call;
	(void)cmd;
	(void)part;
	return true;
}

/* --- Junctions: a few in all --- */

bool bundle_give_junctions(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	struct walk walk = { "junction/", "junction0", .most = STORE_PAGE_COUNT_MAX };
	const char *own = cmd->operator.operator_id;
	const struct record *record;
	struct junction junction;

	while ((record = walk_next(call, &walk)) != NULL) {
		MUST(shape_from_cbor(&junction, &junction_shape, record->value));
		if (text_equal(junction.operator_a, own) || text_equal(junction.operator_b, own))
			part_record(part, record->value);
	}
	if (part->count > SECTION_JUNCTION_COUNT_MAX)
		return call_refuse(call, 503, "BUNDLE_TOO_LARGE",
				   "more than %d junctions of one operator",
				   SECTION_JUNCTION_COUNT_MAX);
	return !walk.waits;
}

/* --- Products --- */

/* The bundle takes it, where the gate may meet it. */
static void give_product(struct call *call, struct bundle_cmd *cmd, struct part *part,
			 struct slice record)
{
	day_t first_sale;
	struct product product;

	MUST(shape_from_cbor(&product, &product_shape, record));
	if (!product_covers_operator(&product, cmd->operator.operator_id) ||
	    !bundle_may_meet(&first_sale, call, cmd, &product))
		return;
	part_record(part, record);
	if (first_sale < cmd->first_sale)
		cmd->first_sale = first_sale;
}

static bool give_new_products(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	bool all = true;

	for (size_t i = 0; i < cmd->change_count; i++) {
		const struct change *change = &cmd->changes[i];
		const struct record *record;
		const char *key;

		if (change->kind != CHANGE_PRODUCT)
			continue;
		key = call_key(call, "prodver/%04x/%04x", change->product_number,
			       change->product_version);
		call_want(call, key);
		record = call_found(call, key);
		all = all && record != NULL;
		if (record != NULL)
			give_product(call, cmd, part, record->value);
	}
	return all;
}

static bool give_products(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	struct walk walk = { "prodver/", "prodver0", .most = PRODUCT_PAGE };
	const struct record *record;

	if (cmd->since != 0)
		return give_new_products(call, cmd, part);
	cmd->first_sale = service_day_at(call->now, call->day_boundary_min);
	while ((record = walk_next(call, &walk)) != NULL)
		give_product(call, cmd, part, record->value);
	if (part->count > SECTION_PRODUCT_COUNT_MAX)
		return call_refuse(call, 503, "BUNDLE_TOO_LARGE",
				   "more than %d product versions may be met here",
				   SECTION_PRODUCT_COUNT_MAX);
	return !walk.waits;
}

/* --- Statuses --- */

static void part_status(struct part *part, uint16_t list, struct revocation one)
{
	struct section_status status = { list, one.index, one.status };

	part->count++;
	part->size += STATUS_SIZE_MAX;
	if (part->to != NULL)
		section_put_status(part->to, &status);
}

static bool give_new_statuses(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	bool all = true;

	for (size_t i = 0; i < cmd->change_count; i++) {
		const struct change *change = &cmd->changes[i];
		const struct record *record;
		const char *key;

		if (change->kind != CHANGE_STATUS)
			continue;
		key = revocation_key(call, change->status_list, change->status_index);
		call_want(call, key);
		record = call_found(call, key);
		all = all && record != NULL;
		if (record != NULL)
			part_status(part, change->status_list,
				    (struct revocation){
					change->status_index,
					revocation_status(record->value, change->status_index) });
	}
	return all;
}

/* Of the lists whose tickets may still be valid; which these are, products say. */
static bool give_statuses(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	struct walk walk = { .until = REVOCATION_UNTIL, .most = STORE_PAGE_COUNT_MAX };
	struct part products = { 0 };
	const struct record *record;

	if (cmd->since != 0)
		return give_new_statuses(call, cmd, part);
	if (!give_products(call, cmd, &products))
		return false;
	walk.from = revocation_range_key(call, revocation_list(cmd->first_sale));
	while ((record = walk_next(call, &walk)) != NULL) {
		uint32_t first;
		uint16_t list;

		MUST(revocation_key_read(&list, &first, record->key));
		for (size_t i = 0; i < revocation_count(record->value); i++)
			part_status(part, list, revocation_at(record->value, first, i));
	}
	return !walk.waits;
}

/* --- Services and reservations --- */

/* Departures [from, until) that the bundle holds; of a delta, those that are new in it: what the
 * held one had not come to yet. */
static void window(int64_t *from_s, int64_t *until_s, const struct call *call,
		   const struct bundle_cmd *cmd)
{
	*from_s = (call->now - BUNDLE_BEHIND_H * HOUR_MS) / SECOND_MS;
	*until_s = (call->now + BUNDLE_AHEAD_H * HOUR_MS) / SECOND_MS;
	if (cmd->since != 0)
		*from_s = cmd->since + BUNDLE_AHEAD_H * HOUR_MS / SECOND_MS;
	if (*from_s > *until_s)
		*from_s = *until_s;
}

/* Whether a change is of this gate's operator and of a departure that the bundle holds. */
static bool concerns(const struct call *call, const struct bundle_cmd *cmd,
		     const struct change *change)
{
	return (change->kind == CHANGE_SERVICE || change->kind == CHANGE_RESERVATION) &&
	       text_equal(change->operator_id, cmd->operator.operator_id) &&
	       change->departs_at >= call->now - BUNDLE_BEHIND_H * HOUR_MS &&
	       change->departs_at < call->now + BUNDLE_AHEAD_H * HOUR_MS;
}

/* False: not there yet. */
static bool give_service(struct call *call, const struct bundle_cmd *cmd, struct part *part,
			 const char *service_id)
{
	const char *key = service_record_key(call, cmd->operator.operator_id, service_id);
	const struct record *record;

	call_want(call, key);
	record = call_found(call, key);
	if (record != NULL && record->version != 0)
		part_record(part, record->value);
	return record != NULL;
}

/* Whether an earlier change, or the window, brings the same service. */
static bool is_given(const struct call *call, const struct bundle_cmd *cmd, size_t n)
{
	const struct change *change = &cmd->changes[n];
	int64_t from_s, until_s;

	window(&from_s, &until_s, call, cmd);
	if (change->departs_at / SECOND_MS >= from_s)
		return true;
	for (size_t i = 0; i < n; i++)
		if (concerns(call, cmd, &cmd->changes[i]) &&
		    text_equal(cmd->changes[i].service_id, change->service_id))
			return true;
	return false;
}

static bool give_services(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	struct walk walk = { .most = STORE_PAGE_COUNT_MAX };
	const struct record *record;
	char service_id[ID_SIZE];
	int64_t from_s, until_s;
	bool all = true;

	window(&from_s, &until_s, call, cmd);
	walk.from = depart_range_key(call, cmd->operator.operator_id, from_s);
	walk.until = depart_range_key(call, cmd->operator.operator_id, until_s);
	while (from_s < until_s && (record = walk_next(call, &walk)) != NULL) {
		MUST(depart_key_read(service_id, record->key));
		all = give_service(call, cmd, part, service_id) && all;
	}
	for (size_t i = 0; i < cmd->change_count; i++)
		if (concerns(call, cmd, &cmd->changes[i]) && !is_given(call, cmd, i))
			all = give_service(call, cmd, part, cmd->changes[i].service_id) && all;
	if (part->count > SECTION_SERVICE_COUNT_MAX)
		return call_refuse(call, 503, "BUNDLE_TOO_LARGE",
				   "more than %d services leave within two days",
				   SECTION_SERVICE_COUNT_MAX);
	return all && !walk.waits;
}

/* A reservation that changed: as it stands, or given back. */
static bool give_changed(struct call *call, struct part *part, const struct change *change)
{
	const char *key = booking_key(call, change->operator_id, change->service_id,
				      change->departs_at, change->ticket_id);
	struct booking none = { .ticket_id = change->ticket_id };
	uint8_t bytes[128];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	const struct record *record;

	call_want(call, key);
	record = call_found(call, key);
	if (record == NULL)
		return false;
	if (record->version != 0) {
		part_record(part, record->value);
		return true;
	}
	mem_copy(none.service_id, change->service_id, sizeof(none.service_id));
	shape_to_cbor(&to, &booking_shape, &none);
	MUST(!to.failed);
	part_record(part, slice_of(to.data, to.used));
	return true;
}

static bool give_reservations(struct call *call, struct bundle_cmd *cmd, struct part *part)
{
	struct walk walk = { .most = STORE_PAGE_COUNT_MAX };
	const struct record *record;
	int64_t from_s, until_s;
	bool all = true;

	window(&from_s, &until_s, call, cmd);
	walk.from = booking_range_key(call, cmd->operator.operator_id, from_s);
	walk.until = booking_range_key(call, cmd->operator.operator_id, until_s);
	while (from_s < until_s && (record = walk_next(call, &walk)) != NULL)
		part_record(part, record->value);
	for (size_t i = 0; i < cmd->change_count; i++)
		if (cmd->changes[i].kind == CHANGE_RESERVATION &&
		    concerns(call, cmd, &cmd->changes[i]) &&
		    cmd->changes[i].departs_at / SECOND_MS < from_s)
			all = give_changed(call, part, &cmd->changes[i]) && all;
	return all && !walk.waits;
}

bundle_give *const bundle_givers[SECTION_LAST + 1] = {
	[SECTION_KEYS] = give_keys,
	[SECTION_STATUSES] = give_statuses,
	[SECTION_OVERRIDES] = bundle_give_overrides,
	[SECTION_PRODUCTS] = give_products,
	[SECTION_DAY_TYPES] = give_nothing,
	[SECTION_ROUTE_SETS] = give_nothing,
	[SECTION_EXCESS_FARES] = give_nothing,
	[SECTION_RESERVATIONS] = give_reservations,
	[SECTION_SERVICES] = give_services,
};
