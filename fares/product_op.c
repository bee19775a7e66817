/* fares/product_op.c - publishing rules and products: a new version each time, the old ones as they
 * were. Without it what was sold could change under its holder.
 */
#include "fares/change.h"
#include "fares/fares_op.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

static bool version_query(struct call *call, uint16_t *version)
{
	static const char *const names[] = { "version", NULL };
	struct slice text;
	int64_t number = 0;

	if (!call_query_only(call, names))
		return false;
	if (call_query(call, &text, "version") &&
	    (!decimal_decode(&number, text) || number < 1 || number > 65535))
		return call_refuse(call, 400, "BAD_VERSION",
				   "version is a whole number from 1 to 65535");
	*version = (uint16_t)number;
	return true;
}

/* --- Sharing rules --- */

static const char *rule_head_key(struct call *call, const char *rule_id)
{
	return call_key(call, "rulehead/%s", rule_id);
}

static const char *rule_key(struct call *call, const char *rule_id, uint16_t version)
{
	return call_key(call, "rule/%s/%04x", rule_id, version);
}

struct rule_cmd {
	struct rule asked, rule; /* As it came, and in the order that divisions want. */
	struct rule_head head;
};

static bool rule_parse(struct call *call)
{
	struct rule_cmd *cmd = call->cmd;
	struct rule_fault fault;

	if (!no_query(call) || !call_body(call, &cmd->asked, &rule_shape))
		return false;
	if (!rule_check(&cmd->asked, &fault))
		return call_refuse_at(call, 422, "BAD_RULE", fault.pointer, "%s", fault.what);
	return true;
}

/* False: not yet, or refused because nobody registered it. */
static bool check_operator(struct call *call, const char *operator_id, const char *list, size_t i)
{
	const char *prefix = ((const struct fares_room *)call->room)->operator_key_prefix;
	const char *key = call_key(call, "%s%s", prefix, operator_id);
	const struct record *record;

	call_want(call, key);
	record = call_found(call, key);
	if (record == NULL)
		return false;
	return record->version > 0 ||
	       call_refuse_at(call, 422, "UNKNOWN_OPERATOR",
			      call_key(call, "/%s/%zu/operator_id", list, i),
			      "there is no operator %s", operator_id);
}

static bool check_shares(struct call *call, const struct rule *rule)
{
	bool all = true;

	for (size_t i = 0; i < rule->share_count && call->problem.status == 0; i++)
		all = check_operator(call, rule->shares[i].operator_id, "shares", i) && all;
	return all;
}

static bool rule_keys(struct call *call)
{
	struct rule_cmd *cmd = call->cmd;
	struct rule *rule = &cmd->rule;
	int got = call_load(call, &cmd->head, &rule_head_shape,
			    rule_head_key(call, cmd->asked.rule_id));

	if (!check_shares(call, &cmd->asked) || got == 0)
		return call->problem.status == 0;
	if (got < 0)
		cmd->head = (struct rule_head){ 0 };
	if (cmd->head.version == UINT16_MAX)
		return call_refuse(call, 409, "TOO_MANY_VERSIONS",
				   "begin a new rule under another id");
	*rule = cmd->asked;
	rule_order(rule);
	rule->version = (uint16_t)(cmd->head.version + 1);
	rule->published_at = call->now;
	call_want(call, rule_key(call, rule->rule_id, rule->version));
	return true;
}

/* A version is added, and none takes a day on which tickets may have been sold by another. */
static bool rule_is_in_time(struct call *call, bool first)
{
	const struct rule *rule = &((struct rule_cmd *)call->cmd)->rule;

	return first || rule->valid_from > day_at(call->now) ||
	       call_refuse_at(call, 422, "BAD_RULE", "/valid_from",
			      "a version is added for days to come, from tomorrow on");
}

static bool rule_decide(struct call *call)
{
	struct rule_cmd *cmd = call->cmd;
	bool first = cmd->head.span_count == 0;

	cmd->head.version = cmd->rule.version;
	mem_copy(cmd->head.rule_id, cmd->rule.rule_id, sizeof(cmd->head.rule_id));
	if (cmd->rule.valid_from == 0)
		return true;
	if (rule_span_add(&cmd->head, &cmd->rule))
		return rule_is_in_time(call, first);
	if (cmd->head.span_count == RULE_SPAN_COUNT_MAX)
		return call_refuse(call, 409, "TOO_MANY_VERSIONS",
				   "begin a new rule under another id");
	return call_refuse_at(call, 409, "RULE_OVERLAPS", "/valid_from",
			      "another version of this rule is valid on one of these days");
}

static void rule_writes(struct call *call)
{
	const struct rule_cmd *cmd = call->cmd;
	const struct rule *rule = &cmd->rule;
	struct fact fact = { .type = FACT_rule_published,
			     .at = call->now,
			     .id = call->id,
			     .rule_version = rule->version };

	mem_copy(fact.rule_id, rule->rule_id, sizeof(fact.rule_id));
	call_put_shape(call, rule_head_key(call, rule->rule_id), &rule_head_shape, &cmd->head);
	call_put_shape(call, rule_key(call, rule->rule_id, rule->version), &rule_shape, rule);
	fact_file(call, &fact, 0);
}

static void rule_answer(struct call *call)
{
	const struct rule *rule = &((struct rule_cmd *)call->cmd)->rule;

	answer_location(call,
			call_key(call, "/v1/rules/%s?version=%u", rule->rule_id, rule->version));
	call_reply_shape(call, 201, &rule_shape, rule);
}

const struct flow_op rule_put_op = {
	"rule_put", sizeof(struct rule_cmd), 0,           rule_parse,
	rule_keys,  rule_decide,             rule_writes, rule_answer
};

static bool rule_get_parse(struct call *call)
{
	struct rule *rule = call->cmd;

	return call_param_subject(call, rule->rule_id, 0) && version_query(call, &rule->version);
}

/* Out: the rule; version 0 asks for the newest. False: not yet, or refused. */
static bool load_rule(struct call *call, struct rule *out, const char *rule_id, uint16_t version,
		      uint16_t status)
{
	struct rule_head head;
	int got = call_load(call, &head, &rule_head_shape, rule_head_key(call, rule_id));

	if (got == 0)
		return false;
	if (got > 0)
		got = call_load(call, out, &rule_shape,
				rule_key(call, rule_id, version == 0 ? head.version : version));
	if (got < 0)
		return call_refuse_at(call, status, "UNKNOWN_RULE", "/rule_id",
				      "there is no such sharing rule");
	return got > 0;
}

struct rule_found {
	struct rule asked, found;
};

static bool rule_get_keys(struct call *call)
{
	struct rule_found *cmd = call->cmd;

	return load_rule(call, &cmd->found, cmd->asked.rule_id, cmd->asked.version, 404) ||
	       call->problem.status == 0;
}

static void rule_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &rule_shape, &((struct rule_found *)call->cmd)->found);
}

const struct flow_op rule_get_op = {
	"rule_get",    sizeof(struct rule_found), 0,    rule_get_parse,
	rule_get_keys, NULL,         NULL, rule_get_answer
};

/* --- Products --- */

struct product_cmd {
	struct product asked, product;
};

static const char *head_key(struct call *call, const char *product_id)
{
	return call_key(call, "product/%s", product_id);
}

static const char *version_key(struct call *call, const struct product *product)
{
	return call_key(call, "prodver/%04x/%04x", product->number, product->version);
}

static bool product_parse(struct call *call)
{
	struct product_cmd *cmd = call->cmd;
	struct product_fault fault;

	if (!no_query(call) || !call_body(call, &cmd->asked, &product_shape))
		return false;
	if (!product_check(&cmd->asked, &fault))
		return call_refuse_at(call, 422, "BAD_PRODUCT", fault.pointer, "%s", fault.what);
	return true;
}

static bool check_categories(struct call *call, const struct product *product)
{
	bool all = true;

	for (size_t i = 0; i < product->price_count; i++) {
		struct rider_category category;
		int got = call_load(call, &category, &rider_category_shape,
				    call_key(call, "rider/%s", product->prices[i].category));

		if (got < 0)
			return call_refuse_at(call, 422, "UNKNOWN_CATEGORY", "/prices",
					      "there is no rider category %s",
					      product->prices[i].category);
		all = all && got > 0;
	}
	return all;
}

/* The number of a product that is there, or the next free one. False: not yet, or refused. */
static bool number_product(struct call *call, struct product *product)
{
	struct product_head head, last = { .number = 0 };
	int got = call_load(call, &head, &product_head_shape, head_key(call, product->product_id));
	int got_last = call_load(call, &last, &product_head_shape, "number/product");

	if (got == 0 || got_last == 0)
		return false;
	if (got < 0 && last.number == UINT16_MAX)
		return call_refuse(call, 409, "TOO_MANY_PRODUCTS",
				   "all 65,535 product numbers are given");
	if (got > 0 && head.version == UINT16_MAX)
		return call_refuse(call, 409, "TOO_MANY_VERSIONS",
				   "begin a new product under another id");
	product->number = got > 0 ? head.number : (uint16_t)(last.number + 1);
	product->version = got > 0 ? (uint16_t)(head.version + 1) : 1;
	return true;
}

static bool product_keys(struct call *call)
{
	struct product_cmd *cmd = call->cmd;
	struct rule rule;
	bool ready, known = true;

	cmd->product = cmd->asked;
	for (size_t i = 0; i < cmd->asked.operator_count && call->problem.status == 0; i++)
		known = check_operator(call, cmd->asked.operators[i].operator_id, "operators", i) &&
			known;
	if (call->problem.status != 0)
		return false;
	ready = number_product(call, &cmd->product);
	ready = ready && load_rule(call, &rule, cmd->asked.rule_id, cmd->asked.rule_version, 422);
	ready = ready && check_categories(call, &cmd->product);
	if (!ready || !known)
		return call->problem.status == 0;
	if (rule.pooling == POOLING_MONTH && cmd->asked.tax_part_count > 0)
		return call_refuse_at(call, 422, "BAD_PRODUCT", "/tax_parts",
				      "they are parts of a ticket's shares, and this rule divides "
				      "a month's pool");
	cmd->product.rule_version = rule.version;
	cmd->product.published_at = call->now;
	call_want(call, version_key(call, &cmd->product));
	return true;
}

static void product_writes(struct call *call)
{
	const struct product *product = &((struct product_cmd *)call->cmd)->product;
	struct product_head head = { .number = product->number, .version = product->version };
	struct fact fact = { .type = FACT_product_published,
			     .at = call->now,
			     .id = call->id,
			     .product_number = product->number,
			     .product_version = product->version };
	struct change change = { .kind = CHANGE_PRODUCT,
				 .product_number = product->number,
				 .product_version = product->version };

	mem_copy(head.product_id, product->product_id, sizeof(head.product_id));
	call_put_shape(call, head_key(call, product->product_id), &product_head_shape, &head);
	if (product->version == 1)
		call_put_shape(call, "number/product", &product_head_shape, &head);
	call_put_shape(call, version_key(call, product), &product_shape, product);
	change_file(call, &change, 0, fact_file(call, &fact, 0));
}

static void product_answer(struct call *call)
{
	const struct product *product = &((struct product_cmd *)call->cmd)->product;

	answer_location(call, call_key(call, "/v1/products/%s?version=%u", product->product_id,
				       product->version));
	call_reply_shape(call, 201, &product_shape, product);
}

const struct flow_op product_put_op = { "product_put",
					sizeof(struct product_cmd),
					0,
					product_parse,
					product_keys,
					NULL,
					product_writes,
					product_answer };

static bool product_get_parse(struct call *call)
{
	struct product_cmd *cmd = call->cmd;

	return call_param_subject(call, cmd->asked.product_id, 0) &&
	       version_query(call, &cmd->asked.version);
}

static bool product_get_keys(struct call *call)
{
	struct product_cmd *cmd = call->cmd;

	return load_product(call, &cmd->product, cmd->asked.product_id, cmd->asked.version) ||
	       call->problem.status == 0;
}

static void product_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &product_shape, &((struct product_cmd *)call->cmd)->product);
}

const struct flow_op product_get_op = {
	"product_get",    sizeof(struct product_cmd), 0,    product_get_parse,
	product_get_keys, NULL,          NULL, product_get_answer
};

static bool product_list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "product/", NULL);
}

static void product_list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &product_head_shape, NULL);
}

const struct flow_op product_list_op = {
	"product_list",    sizeof(struct listing), 0,    product_list_parse,
	listing_keys, NULL,      NULL, product_list_answer
};
