/* fares/rider_op.c - rider categories and selling partners, kept as data. Without it a new category
 * would need a new program.
 */
#include "fares/fares_op.h"

#include "fares/money.h"

static bool no_query(struct call *call)
{
	static const char *const none[] = { NULL };

	return call_query_only(call, none);
}

static bool rider_parse(struct call *call)
{
	struct rider_category *category = call->cmd;

	if (!no_query(call) || !call_body(call, category, &rider_category_shape))
		return false;
	if (category->age_until < category->age_from)
		return call_refuse_at(call, 422, "OUT_OF_RANGE", "/age_until",
				      "not below age_from");
	return true;
}

static const char *rider_key(struct call *call)
{
	return call_key(call, "rider/%s", ((struct rider_category *)call->cmd)->category);
}

static bool rider_keys(struct call *call)
{
	call_want(call, rider_key(call));
	return true;
}

static void rider_writes(struct call *call)
{
	call_put_shape(call, rider_key(call), &rider_category_shape, call->cmd);
}

static void rider_answer(struct call *call)
{
	call_reply_shape(call, 201, &rider_category_shape, call->cmd);
}

const struct flow_op rider_put_op = { "rider_put",
				      sizeof(struct rider_category),
				      0,
				      rider_parse,
				      rider_keys,
				      NULL,
				      rider_writes,
				      rider_answer };

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "rider/", NULL);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &rider_category_shape, NULL);
}

const struct flow_op rider_list_op = { "rider_list", sizeof(struct listing), 0,    list_parse,
				       listing_keys,    NULL,      NULL, list_answer };

static const struct shape_field partner_fields[] = {
	F_SUBJECT(struct partner, partner_id, 1, SHAPE_REQUIRED, "its id"),
	F_TEXT(struct partner, name_ja, 2, SHAPE_REQUIRED, 1, "in Japanese"),
	F_TEXT(struct partner, name_en, 3, SHAPE_REQUIRED, 1, "in English"),
	F_TIME(struct partner, registered_at, 4, SHAPE_ANSWER, "when"),
	F_BOOL(struct partner, credit_limited, 5, SHAPE_ANSWER, "it may owe so much and no more"),
	F_INT(struct partner, credit_limit_yen, 6, SHAPE_ANSWER, 0, YEN_MAX, "how much"),
	F_END,
};
const struct shape partner_shape = { "Partner", sizeof(struct partner), partner_fields };

static const char *partner_key(struct call *call)
{
	return call_key(call, "partner/%s", ((struct partner *)call->cmd)->partner_id);
}

static bool partner_parse(struct call *call)
{
	return no_query(call) && call_body(call, call->cmd, &partner_shape);
}

static bool partner_keys(struct call *call)
{
	call_want(call, partner_key(call));
	return true;
}

static bool partner_decide(struct call *call)
{
	if (call_found(call, partner_key(call))->version != 0)
		return call_refuse(call, 409, "PARTNER_EXISTS",
				   "this partner is registered; choose another id");
	((struct partner *)call->cmd)->registered_at = call->now;
	return true;
}

static void partner_writes(struct call *call)
{
	const struct partner *partner = call->cmd;
	struct fact fact = { .type = FACT_partner_registered, .at = call->now, .id = call->id };

	call_put_shape(call, partner_key(call), &partner_shape, partner);
	mem_copy(fact.partner_id, partner->partner_id, sizeof(fact.partner_id));
	fact_file(call, &fact, 0);
}

static void partner_answer(struct call *call)
{
	const struct partner *partner = call->cmd;

	answer_location(call, call_key(call, "/v1/partners/%s", partner->partner_id));
	call_reply_shape(call, 201, &partner_shape, partner);
}

const struct flow_op partner_put_op = { "partner_put",  sizeof(struct partner), 0,
					partner_parse,  partner_keys,           partner_decide,
					partner_writes, partner_answer };

static bool partner_get_parse(struct call *call)
{
	struct partner *partner = call->cmd;

	if (!no_query(call) || !call_param_subject(call, partner->partner_id, 0))
		return false;
	if (call->caller.role == ROLE_partner &&
	    !text_equal(call->caller.subject, partner->partner_id))
		return call_refuse(call, 404, "PARTNER_UNKNOWN", "there is no such partner");
	return true;
}

static bool partner_get_keys(struct call *call)
{
	const char *key = partner_key(call);
	struct partner found;
	int got = call_load(call, &found, &partner_shape, key);

	if (got < 0)
		return call_refuse(call, 404, "PARTNER_UNKNOWN", "there is no such partner");
	if (got > 0)
		*(struct partner *)call->cmd = found;
	return true;
}

static void partner_get_answer(struct call *call)
{
	call_reply_shape(call, 200, &partner_shape, call->cmd);
}

const struct flow_op partner_get_op = {
	"partner_get",    sizeof(struct partner), 0,    partner_get_parse,
	partner_get_keys, NULL,      NULL, partner_get_answer
};
