/* core/log_op.c - without it nobody could check the log but us. */
#include "core/log_op.h"

#include "core/checkpoint.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

/* ---- The checkpoint. ---- */

static bool checkpoint_keys(struct call *call)
{
	const struct record *record;

	call_want(call, CHECKPOINT_KEY);
	record = call_found(call, CHECKPOINT_KEY);
	if (record != NULL && record->version == 0)
		return call_refuse(call, 404, "CHECKPOINT_UNKNOWN",
				   "No checkpoint was made yet: `hitotsu key new --use log` makes "
				   "the key for it, where there is none.");
	return true;
}

static void answer_bytes(struct call *call, const char *type)
{
	struct json_out unused;

	call_reply_json(call, 200, &unused);
	call->reply.content_type = type;
}

static void checkpoint_answer(struct call *call)
{
	answer_bytes(call, "text/plain; charset=utf-8");
	write_bytes(&call->reply.body, call_found(call, CHECKPOINT_KEY)->value);
}

static const struct flow_op checkpoint_op = {
	.name = "checkpoint",
	.parse = no_query,
	.keys = checkpoint_keys,
	.answer = checkpoint_answer,
};

/* ---- Tiles. ---- */

struct tile_cmd {
	struct tile_path path;
	struct tile tile;
};

static bool tile_unknown(struct call *call)
{
	return call_refuse(call, 404, "TILE_UNKNOWN",
			   "There is no such tile (c2sp.org/tlog-tiles), or not that wide.");
}

static bool tile_parse(struct call *call)
{
	struct tile_cmd *cmd = call->cmd;

	return no_query(call) &&
	       (tile_path_read(&cmd->path, call->request->params[0]) || tile_unknown(call));
}

static bool tile_keys(struct call *call)
{
	struct tile_cmd *cmd = call->cmd;
	const struct record *record;
	char key[TILE_KEY_SIZE];

	tile_key(key, cmd->path.level, cmd->path.number);
	call_want(call, key);
	record = call_found(call, key);
	if (record == NULL)
		return true;
	if (record->version == 0)
		return tile_unknown(call);
	MUST(tile_read(&cmd->tile, cmd->path.level, record->value));
	return cmd->tile.width >= cmd->path.width || tile_unknown(call);
}

static void tile_answer(struct call *call)
{
	const struct tile_cmd *cmd = call->cmd;

	answer_bytes(call, "application/octet-stream");
	tile_body(&call->reply.body, &cmd->tile, &cmd->path);
}

static const struct flow_op tile_op = {
	.name = "tile",
	.cmd_size = sizeof(struct tile_cmd),
	.parse = tile_parse,
	.keys = tile_keys,
	.answer = tile_answer,
};

/* ---- Seconds. ---- */

bool log_want_head(struct call *call, struct seal_head *head)
{
	int got = call_load(call, head, &seal_head_shape, seal_head_key);

	if (got < 0)
		*head = (struct seal_head){ .sealed_s = -1 };
	return got != 0;
}

bool log_want_bundle(struct call *call, struct tile *tile, uint64_t number)
{
	const struct record *record;
	char key[TILE_KEY_SIZE];

	tile->width = 0;
	tile_key(key, 0, number);
	call_want(call, key);
	record = call_found(call, key);
	if (record != NULL && record->version > 0)
		MUST(tile_read(tile, 0, record->value));
	return record != NULL;
}

void log_bundle_keys(const struct tile *tile, char event[SEAL_KEY_TEXT_SIZE],
		     char second[SEAL_KEY_TEXT_SIZE])
{
	struct slice first = slice_text(tile->first), prefix = SLICE("sec/0/");
	int64_t at = 0;

	if (!slice_starts(first, prefix)) {
		MUST(seal_event_key_read(&at, first));
		MUST(text_set(event, SEAL_KEY_TEXT_SIZE, first));
		seal_second_key(second, at);
		return;
	}
	MUST(text_set(second, SEAL_KEY_TEXT_SIZE, first));
	for (size_t i = prefix.size; i < first.size; i++)
		at = at * 10 + (first.data[i] - '0');
	seal_range_key(event, at + 1);
}

#define T struct log_second
static const struct shape_field second_fields[] = {
	F_INT(T, second, 0, SHAPE_REQUIRED, 0, 9999999999, "since 1970, as asked"),
	F_INT(T, sealed_s, 0, SHAPE_REQUIRED, 0, 9999999999, "every second up to it is sealed"),
	F_OBJECT(T, held, 0, 0, &seal_second_shape, "absent: it held nothing"),
	F_OBJECT(T, before, 0, 0, &seal_second_shape,
		 "of a second that held nothing: the last one before it that did"),
	F_OBJECT(T, after, 0, 0, &seal_second_shape, "and the first one after it"),
	F_END,
};
#undef T
const struct shape log_second_shape = { "LogSecond", sizeof(struct log_second), second_fields };

struct second_cmd {
	struct log_second out;
	struct seal_head head;
	struct tile tile;
};

static bool second_parse(struct call *call)
{
	struct second_cmd *cmd = call->cmd;

	if (!no_query(call))
		return false;
	if (!decimal_decode(&cmd->out.second, call->request->params[0]) || cmd->out.second < 0 ||
	    cmd->out.second > 9999999999)
		return call_refuse(call, 404, "SECOND_UNKNOWN",
				   "A second is a number of seconds since 1970.");
	return true;
}

static void read_second(struct seal_second *out, const struct record *record)
{
	MUST(shape_from_cbor(out, &seal_second_shape, record->value));
}

/* The last second before: in the bundle that holds the leaf before `index`. True: known. */
static bool find_before(struct call *call, struct second_cmd *cmd, uint64_t index)
{
	char event[SEAL_KEY_TEXT_SIZE], from[SEAL_KEY_TEXT_SIZE], until[SEAL_KEY_TEXT_SIZE];
	const struct call_page *page;

	if (index == 0)
		return true;
	if (!log_want_bundle(call, &cmd->tile, (index - 1) / TILE_WIDTH))
		return false;
	MUST(cmd->tile.width > 0);
	log_bundle_keys(&cmd->tile, event, from);
	seal_second_key(until, cmd->out.second);
	call_want_page(call, from, until, STORE_PAGE_COUNT_MAX);
	page = call_found_page(call, from, until);
	if (page == NULL)
		return false;
	MUST(page->count > 0 && page->end);
	read_second(&cmd->out.before, &page->records[page->count - 1]);
	return true;
}

static bool second_keys(struct call *call)
{
	struct second_cmd *cmd = call->cmd;
	struct log_second *out = &cmd->out;
	char from[SEAL_KEY_TEXT_SIZE];
	const struct call_page *page;

	seal_second_key(from, out->second);
	call_want_page(call, from, LOG_SECONDS_END, 1);
	if (!log_want_head(call, &cmd->head))
		return true;
	out->sealed_s = cmd->head.sealed_s;
	if (out->second > out->sealed_s)
		return call_refuse(call, 404, "SECOND_UNKNOWN", "This second is not sealed yet.");
	page = call_found_page(call, from, LOG_SECONDS_END);
	if (page == NULL)
		return true;
	if (page->count > 0)
		read_second(&out->after, &page->records[0]);
	if (page->count > 0 && out->after.second == out->second) {
		out->held = out->after;
		out->after = (struct seal_second){ 0 };
		return true;
	}
	(void)find_before(call, cmd,
			  page->count > 0 ? out->after.first_index : cmd->head.leaf_count);
	return true;
}

static void second_answer(struct call *call)
{
	const struct second_cmd *cmd = call->cmd;

	call_reply_shape(call, 200, &log_second_shape, &cmd->out);
}

static const struct flow_op second_op = {
	.name = "log_second",
	.cmd_size = sizeof(struct second_cmd),
	.parse = second_parse,
	.keys = second_keys,
	.answer = second_answer,
};

static const struct http_route routes[] = {
	{ .method = HTTP_GET,
	  .path = "/checkpoint",
	  .op = &checkpoint_op,
	  .answer_type = "text/plain; charset=utf-8",
	  .status = 200,
	  .summary = "The log's signed head (c2sp.org/tlog-checkpoint)" },
	{ .method = HTTP_GET,
	  .path = "/tile/{+tile}",
	  .op = &tile_op,
	  .answer_type = "application/octet-stream",
	  .status = 200,
	  .summary = "Tiles and entry bundles of the log (c2sp.org/tlog-tiles)" },
	{ .method = HTTP_GET,
	  .path = "/v1/log/seconds/{second}",
	  .op = &second_op,
	  .answer = &log_second_shape,
	  .status = 200,
	  .summary = "Where in the log a sealed second lies" },
};

const struct http_routes log_routes = { "log", routes, COUNT_OF(routes) };
