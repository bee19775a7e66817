/* operators/log_list_op.c - without it the log would be a row of hashes, and nobody whose money it
 * tells of could read it.
 *
 * A page is a bundle of 256 leaves at most, the one that holds `from`: so that both its events and
 * the ends of its seconds are two short ranges of keys.
 */
#include "operators/log_list_op.h"

#include "core/log_op.h"
#include "fares/fact.h"

enum { EVENT_TEXT_SIZE = 4096 };

struct log_entry {
	uint64_t index;
	int64_t second;
	uint8_t salt[SEAL_SALT_SIZE];
	char event[EVENT_TEXT_SIZE];
	struct seal_hash leaf;
};

#define T struct log_entry
static const struct shape_field entry_fields[] = {
	F_INT(T, index, 0, SHAPE_REQUIRED, 0, JSON_INT_MAX, "its place in the log"),
	F_INT(T, second, 0, SHAPE_REQUIRED, 0, JSON_INT_MAX, "under which it is filed"),
	F_BYTES(T, salt, 0, SHAPE_REQUIRED, "random; of a second_closed, made of it"),
	F_TEXT(T, event, 0, SHAPE_REQUIRED, 0, "deterministic CBOR in base64url; fares/fact.h"),
	F_BYTES(T, leaf, 0, SHAPE_REQUIRED, "SHA-256(0x00 || SHA-256(salt || event))"),
	F_END,
};
#undef T
const struct shape log_entry_shape = { "LogEntry", sizeof(struct log_entry), entry_fields };

struct log_cmd {
	uint64_t from;
	struct tile tile;
	char event_from[SEAL_KEY_TEXT_SIZE], second_from[SEAL_KEY_TEXT_SIZE];
};

static bool parse(struct call *call)
{
	static const char *const names[] = { "from", NULL };
	struct log_cmd *cmd = call->cmd;
	struct slice text;
	int64_t from = 0;

	if (!call_query_only(call, names))
		return false;
	if (call_query(call, &text, "from") &&
	    (!decimal_decode(&from, text) || from < 0 || from >= (int64_t)1 << SEAL_EDGE_MAX))
		return call_refuse(call, 400, "BAD_QUERY",
				   "from must be the index of a leaf, as 0 or 1024.");
	cmd->from = (uint64_t)from;
	return true;
}

static bool keys(struct call *call)
{
	struct log_cmd *cmd = call->cmd;

	if (!log_want_bundle(call, &cmd->tile, cmd->from / TILE_WIDTH) || cmd->tile.width == 0)
		return true;
	log_bundle_keys(&cmd->tile, cmd->event_from, cmd->second_from);
	call_want_page(call, cmd->event_from, LOG_EVENTS_END, STORE_PAGE_COUNT_MAX);
	call_want_page(call, cmd->second_from, LOG_SECONDS_END, STORE_PAGE_COUNT_MAX);
	return true;
}

/* What a party may read: facts that name it, and those that name nobody. Where a person rode is no
 * business of whoever sold the ticket. */
static bool concerns(const struct caller *caller, const struct fact *fact)
{
	bool operators = caller->role == ROLE_operator;

	switch (fact->type) {
	case FACT_product_published:
	case FACT_rule_published:
	case FACT_day_closed:
	case FACT_period_closed:
		return true;
	case FACT_validity_extended:
		if (id_is_zero(fact->ticket_id)) /* Of all, or of a product. */
			return true;
		break;
	case FACT_claimed:
	case FACT_line_moved:
		if (operators && text_equal(fact->other_id, caller->subject))
			return true;
		break;
	default:
		break;
	}
	if (operators)
		return text_equal(fact->operator_id, caller->subject) ||
		       text_equal(fact->through_operator_id, caller->subject);
	return caller->role == ROLE_partner && text_equal(fact->partner_id, caller->subject);
}

static bool may_read(const struct caller *caller, struct slice event)
{
	struct fact fact;

	if (caller->role == ROLE_council || caller->role == ROLE_auditor)
		return true;
	MUST(fact_read(&fact, event));
	return concerns(caller, &fact);
}

struct walk { /* Over the bundle's leaves: events, each second's behind it its end. */
	const struct call_page *events, *seconds;
	uint32_t event, second;
};

/* The next leaf's bytes. False: the second's end; *event is then of `last`. */
static bool step(struct walk *walk, struct log_entry *entry, struct slice *event, uint8_t last[64])
{
	struct seal_second sealed = { .second = INT64_MAX };
	int64_t at = INT64_MAX;

	if (walk->second < walk->seconds->count)
		MUST(shape_from_cbor(&sealed, &seal_second_shape,
				     walk->seconds->records[walk->second].value));
	if (walk->event < walk->events->count)
		MUST(seal_event_key_read(&at, walk->events->records[walk->event].key));
	if (at <= sealed.second) {
		const struct record *record = &walk->events->records[walk->event++];

		MUST(at != INT64_MAX);
		entry->second = at;
		mem_copy(entry->salt, record->value.data, SEAL_SALT_SIZE);
		*event = slice_of(record->value.data + SEAL_SALT_SIZE,
				  record->value.size - SEAL_SALT_SIZE);
		return true;
	}
	walk->second++;
	entry->second = sealed.second;
	mem_copy(entry->salt, sealed.salt, SEAL_SALT_SIZE);
	*event = slice_of(last, seal_second_closed(last, sealed.second, sealed.leaf_count - 1));
	return false;
}

static void put_entries(struct call *call, struct json_out *out)
{
	struct log_cmd *cmd = call->cmd;
	struct walk walk = {
		.events = call_found_page(call, cmd->event_from, LOG_EVENTS_END),
		.seconds = call_found_page(call, cmd->second_from, LOG_SECONDS_END),
	};
	struct log_entry *entry = arena_alloc(call->arena, sizeof(*entry));

	for (uint16_t i = 0; i < cmd->tile.width; i++) {
		struct slice event;
		uint8_t last[64];
		bool filed = step(&walk, entry, &event, last);

		entry->index = cmd->from / TILE_WIDTH * TILE_WIDTH + i;
		if (entry->index < cmd->from || (filed && !may_read(&call->caller, event)))
			continue;
		MUST(event.size < EVENT_TEXT_SIZE / 4 * 3);
		base64url_encode(entry->event, sizeof(entry->event), event);
		seal_leaf_of(&entry->leaf, &cmd->tile.hash[i]);
		shape_to_json(out, NULL, &log_entry_shape, entry);
	}
}

static void answer(struct call *call)
{
	const struct log_cmd *cmd = call->cmd;
	struct json_out out;

	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_array(&out, "items");
	if (cmd->tile.width > 0)
		put_entries(call, &out);
	json_array_end(&out);
	if (cmd->tile.width == TILE_WIDTH)
		json_put_text(&out, "next",
			      slice_text(arena_text(
				  call->arena, "%llu",
				  (unsigned long long)(cmd->from / TILE_WIDTH + 1) * TILE_WIDTH)));
	else
		json_put_null(&out, "next");
	json_object_end(&out);
}

const struct flow_op log_list_op = {
	.name = "log_list",
	.cmd_size = sizeof(struct log_cmd),
	.parse = parse,
	.keys = keys,
	.answer = answer,
};
