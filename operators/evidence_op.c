/* operators/evidence_op.c - what an operator needs to divide its tickets again, and the proof that
 * it is what the close promised. Without it a commitment would be a number that nobody can open.
 *
 * A page looks at the leaves from an index on, at most to the end of their tile; one whose answer
 * grows large ends early.
 */
#include "operators/evidence_op.h"

#include "core/date.h"
#include "core/tile.h"
#include "operators/pseudonym.h"

enum { EVIDENCE_SIZE_MAX = 512 * 1024 };

struct evidence_cmd {
	struct tile_source source; /* First. */
	struct call *call;
	day_t period;
	char operator_id[ID_SIZE], month[MONTH_TEXT_SIZE];
	uint64_t from;
	struct close_view close;
	struct op_view operator_view;
	struct commit_tile tile;
	struct ticket_split split;
	struct pool pool;
	struct commit_pool commit;
	struct evidence_item item;
	struct tree_path path;
};

/* ---- What is asked for. ---- */

static bool parse(struct call *call)
{
	static const char *const names[] = { "from", NULL };
	struct evidence_cmd *cmd = call->cmd;
	struct slice text;
	int64_t from = 0;

	if (!call_query_only(call, names) || !books_param_period(call, &cmd->period, 0) ||
	    !call_param_subject(call, cmd->operator_id, 1))
		return false;
	if (call->caller.role == ROLE_operator &&
	    !text_equal(call->caller.subject, cmd->operator_id))
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	if (call_query(call, &text, "from") && (!decimal_decode(&from, text) || from < 0))
		return call_refuse(call, 400, "BAD_QUERY",
				   "from must be the index of a leaf, as 0 or 1024.");
	cmd->from = (uint64_t)from;
	month_encode(cmd->month, cmd->period);
	return true;
}

/* ---- Leaves. ---- */

static bool fetch(struct tile_source *source, struct seal_hash *out, const struct tile_path *path)
{
	struct evidence_cmd *cmd = (struct evidence_cmd *)source;
	struct commit_tile *tile = &cmd->tile;

	if (call_load(cmd->call, tile, &commit_tile_shape,
		      call_key(cmd->call, "commit/%s/%u/%08llu", cmd->month, path->level,
			       (unsigned long long)path->number)) <= 0)
		return false;
	MUST(tile->hash_count >= path->width);
	mem_copy(out, tile->hash, path->width * sizeof(*out));
	return true;
}

static bool has_leg(const struct evidence_cmd *cmd, const char *operator_id)
{
	return text_equal(operator_id, cmd->operator_id);
}

/* False: the operator has no part in it. */
static bool take_split(struct evidence_cmd *cmd, const struct record *record)
{
	const struct ticket_split *split = &cmd->split;
	struct evidence_item *item = &cmd->item;

	MUST(shape_from_cbor(&cmd->split, &ticket_split_shape, record->value));
	for (uint16_t i = 0; i < split->leg_count; i++) {
		const struct split_leg *leg = &split->legs[i];

		if (!has_leg(cmd, leg->operator_id))
			continue;
		*item = (struct evidence_item){ .product_number = split->product_number,
						.product_version = split->product_version,
						.rule_version = split->rule_version,
						.rides = split->rides,
						.over = split->over,
						.place = i,
						.share_yen = leg->share_yen,
						.boardings = leg->boardings,
						.riders = leg->riders,
						.deemed_fare_yen = leg->deemed_fare_yen,
						.distance_m = leg->distance_m };
		item->pseudonym = pseudonym_of(cmd->operator_view.secret, split->ticket_id);
		mem_copy(item->rule_id, split->rule_id, ID_SIZE);
		mem_copy(item->salt, split->salt, SPLIT_SALT_SIZE);
		return true;
	}
	return false;
}

static bool take_pool(struct evidence_cmd *cmd, const struct record *record)
{
	const struct pool *pool = &cmd->pool;
	struct evidence_item *item = &cmd->item;

	MUST(shape_from_cbor(&cmd->pool, &pool_shape, record->value));
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];

		if (!has_leg(cmd, leg->operator_id))
			continue;
		*item = (struct evidence_item){ .product_number = pool->product_number,
						.product_version = pool->product_version,
						.rule_version = pool->rule_version,
						.rides = pool->rides,
						.place = i,
						.share_yen = leg->share_yen,
						.boardings = leg->boardings,
						.riders = leg->riders,
						.deemed_fare_yen = leg->deemed_fare_yen,
						.distance_m = leg->distance_m };
		mem_copy(item->rule_id, pool->rule_id, ID_SIZE);
		return true;
	}
	return false;
}

/* What was beside the pool when it was committed. False: not fetched yet. */
static bool load_beside(struct evidence_cmd *cmd, struct slice key)
{
	size_t prefix = text_size("pool/split/2026-11/");
	const char *commit_key =
		call_key(cmd->call, "commit/pool/%s/%.*s", cmd->month, (int)(key.size - prefix),
			 (const char *)key.data + prefix);
	int got = call_load(cmd->call, &cmd->commit, &commit_pool_shape, commit_key);

	MUST(got >= 0); /* As many as there are pools. */
	if (got == 0)
		return false;
	mem_copy(cmd->item.salt, cmd->commit.salt, SPLIT_SALT_SIZE);
	mem_copy(cmd->item.beside, cmd->commit.beside, sizeof(cmd->item.beside));
	cmd->item.beside_count = cmd->commit.beside_count;
	return true;
}

/* Calls `each` for every leaf of the page in which the operator has a part, with its item begun.
 * False: something is not fetched yet. */
static bool walk_tickets(struct evidence_cmd *cmd, uint64_t until,
			 bool (*each)(struct evidence_cmd *, uint64_t index, struct slice key,
				      void *to),
			 void *to)
{
	uint64_t number = cmd->from / TILE_WIDTH, index = number * TILE_WIDTH;
	const char *from, *end = call_key(cmd->call, "split/%s0", cmd->month);
	const struct call_page *page;

	if (call_load(cmd->call, &cmd->tile, &commit_tile_shape,
		      call_key(cmd->call, "commit/%s/0/%08llu", cmd->month,
			       (unsigned long long)number)) <= 0)
		return false;
	from = call_key(cmd->call, "%s", cmd->tile.first);
	call_want_page(cmd->call, from, end, TILE_WIDTH);
	page = call_found_page(cmd->call, from, end);
	if (page == NULL)
		return false;
	for (uint32_t i = 0; i < page->count && index < until; i++, index++)
		if (index >= cmd->from && take_split(cmd, &page->records[i]) &&
		    !each(cmd, index, page->records[i].key, to))
			return false;
	return true;
}

struct pool_walk {
	struct evidence_cmd *cmd;
	uint64_t index, until;
	bool (*each)(struct evidence_cmd *, uint64_t index, struct slice key, void *to);
	void *to;
	bool all;
};

static void walk_pool(void *to, const struct record *record)
{
	struct pool_walk *walk = to;
	uint64_t index = walk->index++;

	if (!walk->all || index < walk->cmd->from || index >= walk->until ||
	    !take_pool(walk->cmd, record))
		return;
	walk->all = load_beside(walk->cmd, record->key) &&
		    walk->each(walk->cmd, index, record->key, walk->to);
}

static bool walk_pools(struct evidence_cmd *cmd, uint64_t until,
		       bool (*each)(struct evidence_cmd *, uint64_t index, struct slice key,
				    void *to),
		       void *to)
{
	struct pool_walk walk = { cmd, cmd->close.committed_tickets, until, each, to, true };

	return books_walk(cmd->call, call_key(cmd->call, "pool/split/%s/", cmd->month),
			  call_key(cmd->call, "pool/split/%s0", cmd->month), walk_pool, &walk) &&
	       walk.all;
}

/* One behind the last leaf of the page. */
static uint64_t page_end(const struct evidence_cmd *cmd)
{
	uint64_t tickets = cmd->close.committed_tickets;
	uint64_t end = (cmd->from / TILE_WIDTH + 1) * TILE_WIDTH;
	uint64_t most = cmd->from < tickets ? tickets : cmd->close.committed;

	if (end > cmd->from + EVIDENCE_LEAF_COUNT_MAX)
		end = cmd->from + EVIDENCE_LEAF_COUNT_MAX;
	return end < most ? end : most;
}

static bool walk_page(struct evidence_cmd *cmd,
		      bool (*each)(struct evidence_cmd *, uint64_t index, struct slice key,
				   void *to),
		      void *to)
{
	if (cmd->from >= cmd->close.committed)
		return true;
	return cmd->from < cmd->close.committed_tickets
		       ? walk_tickets(cmd, page_end(cmd), each, to)
		       : walk_pools(cmd, page_end(cmd), each, to);
}

/* ---- In keys: all that its proofs need. ---- */

static bool find_path(struct evidence_cmd *cmd, uint64_t index)
{
	return tree_inclusion(&cmd->path, &cmd->source.reader, index, cmd->close.committed);
}

static bool want(struct evidence_cmd *cmd, uint64_t index, struct slice key, void *to)
{
	(void)key;
	(void)to;
	books_want_product(cmd->call, cmd->item.product_number);
	return find_path(cmd, index);
}

static bool keys(struct call *call)
{
	struct evidence_cmd *cmd = call->cmd;
	const char *operator_key = call_key(call, "operator/%s", cmd->operator_id);
	const struct record *operator;
	int got = call_load(call, &cmd->close, &close_view_shape,
			    call_key(call, "close/%s", cmd->month));
	int known = call_load(call, &cmd->operator_view, &op_view_shape,
			      call_key(call, "opview/%s", cmd->operator_id));

	call_want(call, operator_key);
	operator = call_found(call, operator_key);
	if (operator != NULL && operator->version == 0)
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	if (got < 0 || (got > 0 && cmd->close.state != CLOSE_CLOSED))
		return call_refuse(call, 404, "PERIOD_NOT_CLOSED", "this month is not closed");
	if (got == 0 || known == 0)
		return true;
	cmd->call = call;
	cmd->source.size = cmd->close.committed;
	cmd->source.fetch = fetch;
	tile_source_begin(&cmd->source);
	(void)walk_page(cmd, want, NULL);
	return true;
}

/* ---- The answer. ---- */

struct page {
	struct json_out out;
	uint64_t next;
};

static void put_path(struct evidence_item *item, const struct tree_path *path)
{
	uint8_t bytes[TREE_PATH_MAX * SHA256_SIZE];

	for (size_t i = 0; i < path->count; i++)
		mem_copy(bytes + i * SHA256_SIZE, path->hash[i].bytes, SHA256_SIZE);
	base64url_encode(item->path, sizeof(item->path),
			 slice_of(bytes, path->count * SHA256_SIZE));
}

static void put_text(struct evidence_cmd *cmd)
{
	uint8_t name[COMMIT_HASH_SIZE];
	struct writer to = { .data = (uint8_t *)cmd->item.text,
			     .size = sizeof(cmd->item.text) - 1 };

	if (id_is_zero(cmd->item.pseudonym)) {
		commit_pool_text(&to, &cmd->pool, &cmd->commit);
	} else {
		commit_split_name(name, &cmd->split);
		commit_split_text(&to, &cmd->split, name);
	}
	MUST(!to.failed);
	cmd->item.text[to.used] = '\0';
}

static bool put(struct evidence_cmd *cmd, uint64_t index, struct slice key, void *to)
{
	struct page *page = to;
	struct evidence_item *item = &cmd->item;

	(void)key;
	if (page->out.to->used > EVIDENCE_SIZE_MAX) {
		page->next = index;
		return false;
	}
	item->index = index;
	put_text(cmd);
	MUST(find_path(cmd, index));
	put_path(item, &cmd->path);
	books_product_id(cmd->call, item->product_id, item->product_number);
	shape_to_json(&page->out, NULL, evidence_shape_of_item, item);
	return true;
}

static void answer(struct call *call)
{
	struct evidence_cmd *cmd = call->cmd;
	char key[VIEW_SECRET_SIZE * 2], root[COMMIT_HASH_SIZE * 2];
	struct page page = { .next = page_end(cmd) };

	base64url_encode(key, sizeof(key), slice_of(cmd->operator_view.secret, VIEW_SECRET_SIZE));
	base64url_encode(root, sizeof(root), slice_of(cmd->close.commit_root, COMMIT_HASH_SIZE));
	call_reply_json(call, 200, &page.out);
	json_object(&page.out, NULL);
	json_put_text(&page.out, "period", slice_text(cmd->month));
	json_put_text(&page.out, "operator_id", slice_text(cmd->operator_id));
	json_put_text(&page.out, "pseudonym_key", slice_text(key));
	json_put_int(&page.out, "committed", (int64_t)cmd->close.committed);
	json_put_text(&page.out, "commit_root", slice_text(root));
	json_array(&page.out, "items");
	(void)walk_page(cmd, put, &page);
	json_array_end(&page.out);
	if (page.next < cmd->close.committed && page.next > cmd->from)
		json_put_text(&page.out, "next",
			      slice_text(call_key(call, "%llu", (unsigned long long)page.next)));
	json_object_end(&page.out);
}

const struct flow_op evidence_op = { .name = "evidence",
				     .cmd_size = sizeof(struct evidence_cmd),
				     .parse = parse,
				     .keys = keys,
				     .answer = answer };
