/* operators/operator_op.c - registering operators and gates, and changing an agreement. Without it
 * nobody could join.
 */
#include "operators/operators_op.h"

#include "fares/leaver.h"
#include "fares/money.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

const char *operator_key(struct call *call, const char *operator_id)
{
	return call_key(call, "operator/%s", operator_id);
}

const char *gate_key(struct call *call, const char *gate_id)
{
	return call_key(call, "gate/%s", gate_id);
}

bool load_operator(struct call *call, struct operator *out, const char *operator_id,
		   uint16_t status)
{
	int got = call_load(call, out, &operator_shape, operator_key(call, operator_id));

	if (got >= 0)
		return got > 0;
	if (status == 404)
		return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
	return call_refuse_at(call, status, "UNKNOWN_OPERATOR", "/operator_id",
			      "there is no such operator; register it first");
}

static bool check_operator(struct call *call, const struct operator *operator)
{
	struct product_fault fault;

	if (operator->corporate_number[0] != '\0' &&
	    !corporate_number_is_valid(operator->corporate_number))
		return call_refuse_at(
		    call, 422, "BAD_CORPORATE_NUMBER", "/corporate_number",
		    "thirteen digits, of which the first is right for the others");
	if (!operator_check(operator, & fault))
		return call_refuse_at(call, 422, "BAD_OPERATOR", fault.pointer, "%s", fault.what);
	return true;
}

/* An operator as it is shown: verified where its legal entity's number is known. */
struct operator_answer {
	struct operator operator;
	bool verified;
};

#define SHOWN(type_, m, flags_, names_, least, most, doc_)				\
	{										\
		.name = #m, .offset = offsetof(struct operator_answer, operator.m),	\
		.size = sizeof(((struct operator *)0)->m), .type = type_, .flags = flags_,\
		.names = names_, .min = least, .max = most, .doc = doc_			\
	}
enum { REQ = SHAPE_REQUIRED };

static const struct shape_field answer_fields[] = {
	SHOWN(SHAPE_SUBJECT, operator_id, REQ, NULL, 0, 0, "its id"),
	SHOWN(SHAPE_TEXT, name_ja, REQ, NULL, 1, 0, "in Japanese"),
	SHOWN(SHAPE_TEXT, name_en, REQ, NULL, 1, 0, "in English"),
	SHOWN(SHAPE_SET, modes, REQ, fares_mode_names, 0, 0, "what it operates"),
	SHOWN(SHAPE_SET, prefectures, REQ, prefecture_names, 0, 0, "where (JIS X 0401)"),
	SHOWN(SHAPE_TEXT, corporate_number, 0, NULL, 0, 0, "法人番号"),
	SHOWN(SHAPE_TEXT, bureau, 0, NULL, 0, 0, "of a public body"),
	SHOWN(SHAPE_BOOL, in_scope, REQ, NULL, 0, 0, "of the plan"),
	SHOWN(SHAPE_DATE, joined, 0, NULL, 0, 0, "agreement in force from"),
	SHOWN(SHAPE_DATE, left, 0, NULL, 0, 0, "until before"),
	SHOWN(SHAPE_DATE, run_off, 0, NULL, 0, 0, "carries what was sold until, where it left"),
	SHOWN(SHAPE_SUBJECT, feed, 0, NULL, 0, 0, "its GTFS-JP feed"),
	SHOWN(SHAPE_INT, base_fare_yen, REQ, NULL, 0, PRICE_YEN_MAX,
	      "deemed fare of a ride whose stops are not known"),
	SHOWN(SHAPE_INT, version, REQ, NULL, 0, UINT32_MAX, "of this record"),
	F_BOOL(struct operator_answer, verified, 0, REQ, "its legal entity's number is known"),
	F_END,
};
const struct shape operator_answer_shape = { "OperatorShown", sizeof(struct operator_answer),
					     answer_fields };

static void answer_fill(struct operator_answer *out, const struct operator *operator)
{
	out->operator= * operator;
	out->verified = operator->corporate_number[0] != '\0';
}

static void answer_operator(struct call *call, uint16_t status, const struct operator *operator)
{
	struct operator_answer answer;

	answer_fill(&answer, operator);
	call_reply_shape(call, status, &operator_answer_shape, &answer);
}

/* What may be changed: all but the id and the version. */
static const struct shape_field patch_fields[] = {
	F_TEXT(struct operator, name_ja, 0, 0, 1, "in Japanese"),
	F_TEXT(struct operator, name_en, 0, 0, 1, "in English"),
	F_SET(struct operator, modes, 0, 0, fares_mode_names, "what it operates"),
	F_SET(struct operator, prefectures, 0, 0, prefecture_names, "where (JIS X 0401)"),
	F_TEXT(struct operator, corporate_number, 0, 0, 0, "法人番号"),
	F_TEXT(struct operator, bureau, 0, 0, 0, "of a public body"),
	F_BOOL(struct operator, in_scope, 0, 0, "of the plan"),
	F_DATE(struct operator, joined, 0, 0, "agreement in force from"),
	F_DATE(struct operator, left, 0, 0, "until before"),
	F_DATE(struct operator, run_off, 0, 0, "carries what was sold until, where it left"),
	F_SUBJECT(struct operator, feed, 0, 0, "its GTFS-JP feed"),
	F_INT(struct operator, base_fare_yen, 0, 0, 0, PRICE_YEN_MAX,
	      "deemed fare of a ride whose stops are not known"),
	F_END,
};
const struct shape operator_patch_shape = { "OperatorPatch", sizeof(struct operator),
					    patch_fields };

static void file_operator(struct call *call, const struct operator *operator)
{
	struct fact fact = { .type = FACT_operator_changed,
			     .at = call->now,
			     .id = call->id,
			     .modes = operator->modes,
			     .prefectures = operator->prefectures,
			     .in_scope = operator->in_scope,
			     .n = operator->version,
			     .joined = operator->joined,
			     .left = operator->left,
			     .run_off = operator->run_off };

	mem_copy(fact.operator_id, operator->operator_id, sizeof(fact.operator_id));
	mem_copy(fact.corporate_number, operator->corporate_number, sizeof(fact.corporate_number));
	mem_copy(fact.bureau, operator->bureau, sizeof(fact.bureau));
	call_put_shape(call, operator_key(call, operator->operator_id), &operator_shape, operator);
	fact_file(call, &fact, 0);
}

static bool put_parse(struct call *call)
{
	return no_query(call) && call_body(call, call->cmd, &operator_shape) &&
	       check_operator(call, call->cmd);
}

/* Sales ask one record for all who left. */
static void load_leavers(struct call *call, struct leavers *leavers)
{
	if (call_load(call, leavers, &leavers_shape, leavers_key) < 0)
		leavers->count = 0;
}

static bool set_leaver(struct call *call, struct leavers *leavers, const struct operator *operator)
{
	return leavers_set(leavers, operator->operator_id, operator->left) ||
	       call_refuse(call, 409, "TOO_MANY_LEAVERS", "more than %d operators have left",
			   LEAVER_COUNT_MAX);
}

static void put_leavers(struct call *call, const struct leavers *leavers)
{
	call_put_shape(call, leavers_key, &leavers_shape, leavers);
}

struct put_cmd {
	struct operator operator; /* The body. */
	struct leavers leavers;
};

static bool put_keys(struct call *call)
{
	struct put_cmd *cmd = call->cmd;

	call_want(call, operator_key(call, cmd->operator.operator_id));
	load_leavers(call, &cmd->leavers);
	return true;
}

static bool put_decide(struct call *call)
{
	struct operator *operator= call->cmd;

	if (call_found(call, operator_key(call, operator->operator_id))->version != 0)
		return call_refuse(call, 409, "OPERATOR_EXISTS",
				   "this id is registered; use PATCH to change it");
	operator->version = 1;
	return set_leaver(call, &((struct put_cmd *)call->cmd)->leavers, operator);
}

static void put_writes(struct call *call)
{
	const struct put_cmd *cmd = call->cmd;

	file_operator(call, &cmd->operator);
	if (cmd->operator.left != 0)
		put_leavers(call, &cmd->leavers);
}

static void put_answer(struct call *call)
{
	const struct operator *operator = call->cmd;

	answer_location(call, call_key(call, "/v1/operators/%s", operator->operator_id));
	answer_operator(call, 201, call->cmd);
}

const struct flow_op operator_put_op = {
	"operator_put", sizeof(struct put_cmd), 0, put_parse, put_keys, put_decide, put_writes,
	put_answer
};

/* --- PATCH: what is said changes, null clears, the rest stays (RFC 7396) --- */

struct patch_cmd {
	char operator_id[ID_SIZE];
	struct operator operator;
	struct leavers leavers;
	day_t left; /* As it was. */
};

static bool patch_parse(struct call *call)
{
	struct patch_cmd *cmd = call->cmd;
	struct operator checked = { .version = 0 };

	return no_query(call) && call_param_subject(call, cmd->operator_id, 0) &&
	       call_patch(call, &checked, &operator_patch_shape);
}

static bool patch_keys(struct call *call)
{
	struct patch_cmd *cmd = call->cmd;

	if (call->op->writes != NULL)
		load_leavers(call, &cmd->leavers);
	return load_operator(call, &cmd->operator, cmd->operator_id, 404) ||
	       call->problem.status == 0;
}

static bool patch_decide(struct call *call)
{
	struct patch_cmd *cmd = call->cmd;

	cmd->left = cmd->operator.left;
	if (!call_patch(call, &cmd->operator, & operator_patch_shape) ||
	    !check_operator(call, &cmd->operator))
		return false;
	cmd->operator.version++;
	return set_leaver(call, &cmd->leavers, &cmd->operator);
}

static void patch_writes(struct call *call)
{
	const struct patch_cmd *cmd = call->cmd;

	file_operator(call, &cmd->operator);
	if (cmd->operator.left != cmd->left)
		put_leavers(call, &cmd->leavers);
}

static void patch_answer(struct call *call)
{
	answer_operator(call, 200, &((struct patch_cmd *)call->cmd)->operator);
}

const struct flow_op operator_patch_op = { "operator_patch",
					   sizeof(struct patch_cmd),
					   0,
					   patch_parse,
					   patch_keys,
					   patch_decide,
					   patch_writes,
					   patch_answer };

/* --- Questions --- */

static bool get_parse(struct call *call)
{
	struct patch_cmd *cmd = call->cmd;

	return no_query(call) && call_param_subject(call, cmd->operator_id, 0);
}

static void get_answer(struct call *call)
{
	answer_operator(call, 200, &((struct patch_cmd *)call->cmd)->operator);
}

const struct flow_op operator_get_op = {
	"operator_get", sizeof(struct patch_cmd), 0,    get_parse,
	patch_keys,     NULL,        NULL, get_answer
};

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "operator/", NULL);
}

static void list_item(struct json_out *out, const void *record)
{
	struct operator_answer answer;

	answer_fill(&answer, record);
	shape_to_json(out, NULL, &operator_answer_shape, &answer);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &operator_shape, list_item);
}

const struct flow_op operator_list_op = {
	"operator_list", sizeof(struct listing), 0,    list_parse,
	listing_keys,       NULL,      NULL, list_answer
};
