/* operators/scan_list_op.c - an operator reads what its gates did: every scan, refused ones too,
 * and which are contested. Without it nobody would see that a gate refuses all day.
 *
 * Both lists are kept by the bookkeeper in the order of the gates' time, so that what happened is
 * there once the books have it, some seconds later.
 */
#include "operators/upload_op.h"

#include "core/date.h"

enum { LIST_PAGES_MAX = 24 }; /* Looked through for one answer, however few are wanted. */

struct list_cmd {
	struct listing listing;
	char operator_id[SUBJECT_SIZE], gate[SUBJECT_SIZE];
	struct slice verdict; /* Empty: any. */
};

struct list_out {
	const struct record *found[LISTING_LIMIT_MAX];
	uint32_t count;
	struct slice last; /* The last key looked at. */
	bool end;
};

static bool parse_time(struct call *call, char key[STORE_KEY_SIZE_MAX + 1], const char *prefix,
		       const char *name)
{
	struct slice text;
	time_ms at;
	struct writer to = { .data = (uint8_t *)key, .size = STORE_KEY_SIZE_MAX };

	if (!call_query(call, &text, name))
		return true;
	if (!time_decode(&at, text) || at < 0 || at > (time_ms)9999999999999)
		return call_refuse(call, 400, "BAD_RANGE",
				   "%s is a time, as 2026-11-24T09:00:00+09:00", name);
	write_text(&to, prefix);
	write_decimal(&to, (uint64_t)at, 13);
	MUST(!to.failed);
	key[to.used] = '\0';
	return true;
}

/* A cursor stands where the page before ended, which is behind `from`. */
static bool parse_range(struct call *call, struct list_cmd *cmd)
{
	struct listing *listing = &cmd->listing;
	char from[STORE_KEY_SIZE_MAX + 1] = "";

	if (!parse_time(call, from, listing->prefix, "from") ||
	    !parse_time(call, listing->until, listing->prefix, "until"))
		return false;
	if (slice_compare(slice_text(from), slice_text(listing->from)) > 0)
		mem_copy(listing->from, from, sizeof(from));
	return true;
}

static bool parse_filters(struct call *call, struct list_cmd *cmd)
{
	struct slice gate;

	if (call_query(call, &gate, "gate") &&
	    (!subject_is_valid(gate) || !text_set(cmd->gate, sizeof(cmd->gate), gate)))
		return call_refuse(call, 400, "BAD_GATE", "gate is a gate's id");
	if (!call_query(call, &cmd->verdict, "verdict"))
		return true;
	for (unsigned i = 0; i < SCAN_VERDICT_COUNT; i++)
		if (slice_is(cmd->verdict, scan_verdict_names[i]))
			return true;
	return call_refuse(call, 400, "BAD_VERDICT", "verdict is a verdict's name, as USED_UP");
}

static bool list_parse(struct call *call)
{
	static const char *const others[] = { "gate", "from", "until", "verdict", NULL };
	const char *kind = call->op == &contest_list_op ? "ocont" : "oscan";
	struct list_cmd *cmd = call->cmd;

	if (!call_param_subject(call, cmd->operator_id, 0))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->operator_id))
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	return listing_parse(call, &cmd->listing,
			     call_key(call, "%s/%s/", kind, cmd->operator_id), others) &&
	       parse_range(call, cmd) && parse_filters(call, cmd);
}

static bool fits(const struct list_cmd *cmd, const struct scan_view *view)
{
	if (cmd->gate[0] != '\0' && !text_equal(cmd->gate, view->gate_id))
		return false;
	return cmd->verdict.size == 0 || slice_is(cmd->verdict, view->verdict);
}

/* Takes what fits, until there is enough. */
static void take_page(struct list_out *out, const struct list_cmd *cmd,
		      const struct call_page *page)
{
	struct scan_view view;

	out->end = page->end;
	for (uint32_t i = 0; i < page->count; i++) {
		if (out->count == cmd->listing.limit) {
			out->end = false;
			return;
		}
		MUST(shape_from_cbor(&view, &scan_view_shape, page->records[i].value));
		out->last = page->records[i].key;
		if (fits(cmd, &view))
			out->found[out->count++] = &page->records[i];
	}
}

/* With a filter, pages as large as they come. */
static uint32_t page_size(const struct list_cmd *cmd)
{
	return cmd->gate[0] == '\0' && cmd->verdict.size == 0 ? cmd->listing.limit
							       : STORE_PAGE_COUNT_MAX;
}

/* False: a page is asked for. */
static bool walk(struct call *call, struct list_out *out)
{
	const struct list_cmd *cmd = call->cmd;
	const char *from = cmd->listing.from;

	*out = (struct list_out){ .end = slice_compare(slice_text(from),
						       slice_text(cmd->listing.until)) >= 0 };
	for (unsigned n = 0; n < LIST_PAGES_MAX && !out->end; n++) {
		const struct call_page *page = call_found_page(call, from, cmd->listing.until);

		if (page == NULL) {
			call_want_page(call, from, cmd->listing.until, page_size(cmd));
			return false;
		}
		take_page(out, cmd, page);
		if (out->end || out->count == cmd->listing.limit)
			return true;
		from = call_key(call, "%.*s\x01", (int)out->last.size,
				(const char *)out->last.data);
	}
	return true;
}

static bool list_keys(struct call *call)
{
	const struct list_cmd *cmd = call->cmd;
	const char *key = operator_key(call, cmd->operator_id);
	const struct record *operator;

	call_want(call, key);
	operator = call_found(call, key);
	if (operator != NULL && operator->version == 0)
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	(void)walk(call, call->out);
	return true;
}

static void list_answer(struct call *call)
{
	const struct list_cmd *cmd = call->cmd;
	const struct list_out *out = call->out;
	size_t prefix = text_size(cmd->listing.prefix);
	char next[2 * STORE_KEY_SIZE_MAX];
	struct scan_view view;
	struct json_out json;

	call_reply_json(call, 200, &json);
	json_object(&json, NULL);
	json_array(&json, "items");
	for (uint32_t i = 0; i < out->count; i++) {
		MUST(shape_from_cbor(&view, &scan_view_shape, out->found[i]->value));
		shape_to_json(&json, NULL, &scan_view_shape, &view);
	}
	json_array_end(&json);
	if (out->end || out->last.size == 0) {
		json_put_null(&json, "next");
	} else {
		base64url_encode(next, sizeof(next),
				 slice_of(out->last.data + prefix, out->last.size - prefix));
		json_put_text(&json, "next", slice_text(next));
	}
	json_object_end(&json);
}

const struct flow_op scan_list_op = { "scan_list", sizeof(struct list_cmd), sizeof(struct list_out),
				      list_parse,  list_keys,		     NULL,
				      NULL,	   list_answer };
const struct flow_op contest_list_op = {
	"contest_list", sizeof(struct list_cmd), sizeof(struct list_out), list_parse, list_keys,
	NULL,	NULL,			 list_answer
};
