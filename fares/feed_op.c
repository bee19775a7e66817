/* fares/feed_op.c - reads what the feeds say. Without it partners and gates could not name the
 * stops and fares that operators publish.
 */
#include "fares/feed_op.h"

/* What is listed, by the op that asks. */
struct feed_list {
	const struct flow_op *op;
	const char *kind; /* NULL: the feeds themselves. */
	const struct shape *shape;
};

static const struct feed_list lists[] = {
	{ &feed_list_op, NULL, &feed_shape },
	{ &feed_stops_op, "stop", &feed_stop_shape },
	{ &feed_routes_op, "route", &feed_route_shape },
	{ &feed_route_stops_op, "rstop", &feed_route_stops_shape },
	{ &feed_fares_op, "fare", &fare_shape },
};

enum {
	VERSION_DIGITS = 4,
	ANSWER_ROOM = 64 * 1024, /* Left in an answer: one more item surely fits. */
};

struct list_cmd {
	char feed_id[SUBJECT_SIZE];
	struct listing listing;
};

struct list_out {
	const struct call_page *page;
};

static const struct feed_list *list_of(const struct call *call)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (lists[i].op == call->op)
			return &lists[i];
	MUST(!"an op that lists nothing");
	return NULL;
}

/* --- The question --- */

/* The prefix is that of all versions, so that a cursor names the version it walks through. */
static bool list_parse(struct call *call)
{
	const struct feed_list *list = list_of(call);
	struct list_cmd *cmd = call->cmd;

	if (list->kind == NULL)
		return listing_parse(call, &cmd->listing, "feed/", NULL);
	return call_param_subject(call, cmd->feed_id, 0) &&
	       listing_parse(call, &cmd->listing,
			     call_key(call, "%s/%s/", list->kind, cmd->feed_id), NULL);
}

/* 0: not yet fetched; -1: refused; 1: there. */
static int load_feed(struct call *call, struct feed *feed, const char *feed_id)
{
	int got = call_load(call, feed, &feed_shape, call_key(call, "feed/%s", feed_id));

	if (got < 0)
		call_refuse(call, 404, "NO_SUCH_FEED", "There is no feed '%s'.", feed_id);
	return got;
}

/* The version in force for a first page, the cursor's for a later one; done once, then the same
 * again. False: no answer ever gave this cursor. */
static bool keep_to_version(struct listing *listing, const struct feed *feed)
{
	size_t prefix = text_size(listing->prefix), from = text_size(listing->from);
	struct writer w = { .data = (uint8_t *)listing->from + prefix, .size = VERSION_DIGITS + 1 };
	uint8_t version[2] = { (uint8_t)(feed->version >> 8), (uint8_t)feed->version };

	MUST(prefix + VERSION_DIGITS + 2 < sizeof(listing->until));
	if (from == prefix) {
		write_hex(&w, slice_of(version, sizeof(version)));
		write_u8(&w, '/');
		listing->from[prefix + VERSION_DIGITS + 1] = '\0';
	} else if (from <= prefix + VERSION_DIGITS ||
		   listing->from[prefix + VERSION_DIGITS] != '/') {
		return false;
	}
	mem_copy(listing->until, listing->from, prefix + VERSION_DIGITS);
	listing->until[prefix + VERSION_DIGITS] = '/' + 1;
	listing->until[prefix + VERSION_DIGITS + 1] = '\0';
	return true;
}

static bool list_keys(struct call *call)
{
	struct list_cmd *cmd = call->cmd;
	struct list_out *out = call->out;
	struct feed feed;

	if (list_of(call)->kind != NULL) {
		int got = load_feed(call, &feed, cmd->feed_id);

		if (got <= 0)
			return got == 0;
		if (!keep_to_version(&cmd->listing, &feed))
			return call_refuse(
			    call, 400, "BAD_CURSOR",
			    "take the cursor from `next` of the page before, unchanged");
	}
	out->page = listing_page(call, &cmd->listing);
	return true;
}

static bool list_decide(struct call *call)
{
	const struct list_out *out = call->out;

	MUST(out->page != NULL);
	return true;
}

/* --- The answer --- */

static void put_cursor(struct json_out *json, const struct listing *listing, struct slice key)
{
	size_t prefix = text_size(listing->prefix);
	char text[2 * STORE_KEY_SIZE_MAX];
	size_t size =
	    base64url_encode(text, sizeof(text), slice_of(key.data + prefix, key.size - prefix));

	json_put_text(json, "next", slice_of(text, size));
}

/* As listing_answer, but these records can be large: a page ends where the answer is full. */
static void list_answer(struct call *call)
{
	const struct shape *shape = list_of(call)->shape;
	const struct list_cmd *cmd = call->cmd;
	const struct list_out *out = call->out;
	const struct call_page *page = out->page;
	const struct writer *body = &call->reply.body;
	void *value = arena_alloc(call->arena, shape->size);
	struct json_out json;
	uint32_t i = 0;

	call_reply_json(call, 200, &json);
	json_object(&json, NULL);
	json_array(&json, "items");
	for (; i < page->count && body->size - body->used > ANSWER_ROOM; i++) {
		MUST(shape_from_cbor(value, shape, page->records[i].value));
		shape_to_json(&json, NULL, shape, value);
	}
	json_array_end(&json);
	if (i > 0 && (i < page->count || !page->end))
		put_cursor(&json, &cmd->listing, page->records[i - 1].key);
	else
		json_put_null(&json, "next");
	json_object_end(&json);
}

#define LIST_OP(what)                                                                              \
	{                                                                                          \
		.name = what, .cmd_size = sizeof(struct list_cmd),                                 \
		.out_size = sizeof(struct list_out), .parse = list_parse, .keys = list_keys,       \
		.decide = list_decide, .answer = list_answer,                                      \
	}

const struct flow_op feed_list_op = LIST_OP("feed_list");
const struct flow_op feed_stops_op = LIST_OP("feed_stops");
const struct flow_op feed_routes_op = LIST_OP("feed_routes");
const struct flow_op feed_route_stops_op = LIST_OP("feed_route_stops");
const struct flow_op feed_fares_op = LIST_OP("feed_fares");

/* --- One feed --- */

struct get_cmd {
	char feed_id[SUBJECT_SIZE];
};

static bool get_parse(struct call *call)
{
	static const char *const names[] = { NULL };
	struct get_cmd *cmd = call->cmd;

	return call_query_only(call, names) && call_param_subject(call, cmd->feed_id, 0);
}

static bool get_keys(struct call *call)
{
	const struct get_cmd *cmd = call->cmd;

	return load_feed(call, call->out, cmd->feed_id) >= 0;
}

static bool get_decide(struct call *call)
{
	const struct feed *feed = call->out;

	MUST(feed->version > 0);
	return true;
}

static void get_answer(struct call *call)
{
	call_reply_shape(call, 200, &feed_shape, call->out);
}

const struct flow_op feed_get_op = {
	.name = "feed_get",
	.cmd_size = sizeof(struct get_cmd),
	.out_size = sizeof(struct feed),
	.parse = get_parse,
	.keys = get_keys,
	.decide = get_decide,
	.answer = get_answer,
};
