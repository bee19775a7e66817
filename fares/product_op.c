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

static bool nothing_to_decide(struct call *call)
{
	(void)call;
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

static bool rule_parse(struct call *call)
{
	struct product_fault fault;

	if (!no_query(call) || !call_body(call, call->cmd, &rule_shape))
		return false;
	if (!rule_check(call->cmd, &fault))
		return call_refuse_at(call, 422, "BAD_RULE", fault.pointer, "%s", fault.what);
	return true;
}

static bool rule_keys(struct call *call)
{
	struct rule *rule = call->cmd;
	struct rule_head head = { .version = 0 };
	int got = call_load(call, &head, &rule_head_shape, rule_head_key(call, rule->rule_id));

	if (got == 0)
		return true;
	if (head.version == UINT16_MAX)
		return call_refuse(call, 409, "TOO_MANY_VERSIONS",
				   "begin a new rule under another id");
	rule->version = (uint16_t)(head.version + 1);
	rule->published_at = call->now;
	call_want(call, rule_key(call, rule->rule_id, rule->version));
	return true;
}

static void rule_writes(struct call *call)
{
	const struct rule *rule = call->cmd;
	struct rule_head head = { .version = rule->version };
	struct fact fact = { .type = FACT_rule_published,
			     .at = call->now,
			     .id = call->id,
			     .rule_version = rule->version };

	mem_copy(head.rule_id, rule->rule_id, sizeof(head.rule_id));
	mem_copy(fact.rule_id, rule->rule_id, sizeof(fact.rule_id));
	call_put_shape(call, rule_head_key(call, rule->rule_id), &rule_head_shape, &head);
	call_put_shape(call, rule_key(call, rule->rule_id, rule->version), &rule_shape, rule);
	fact_file(call, &fact, 0);
}

static void rule_answer(struct call *call)
{
	const struct rule *rule = call->cmd;

	answer_location(call,
			call_key(call, "/v1/rules/%s?version=%u", rule->rule_id, rule->version));
	call_reply_shape(call, 201, &rule_shape, call->cmd);
}

const struct flow_op rule_put_op = { "rule_put", sizeof(struct rule), 0,           rule_parse,
				     rule_keys,  nothing_to_decide,   rule_writes, rule_answer };

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
	rule_get_keys, nothing_to_decide,         NULL, rule_get_answer
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
	bool ready;

	cmd->product = cmd->asked;
	ready = number_product(call, &cmd->product);
	ready = ready && load_rule(call, &rule, cmd->asked.rule_id, cmd->asked.rule_version, 422);
	ready = ready && check_categories(call, &cmd->product);
	if (!ready)
		return call->problem.status == 0;
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
					nothing_to_decide,
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
	product_get_keys, nothing_to_decide,          NULL, product_get_answer
};

static bool product_list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "product/", NULL);
}

static bool product_list_keys(struct call *call)
{
	listing_page(call, call->cmd);
	return true;
}

static void product_list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &product_head_shape, NULL);
}

const struct flow_op product_list_op = {
	"product_list",    sizeof(struct listing), 0,    product_list_parse,
	product_list_keys, nothing_to_decide,      NULL, product_list_answer
};
