/* operators/outage_op.c - the council declares an outage. Without it an operator would pay for
 * every ride under a mast that somebody else let fall.
 */
#include "operators/outage.h"

#include "core/date.h"
#include "operators/operators_op.h"
#include "operators/walk.h"

#define OUTAGE_UNTIL "outage0" /* The end of the range. */
#define TIME_MOST    ((time_ms)9999999999999)

enum { REQ = SHAPE_REQUIRED, ANS = SHAPE_ANSWER };

static const struct shape_field outage_operator_fields[] = {
	F_SUBJECT(struct outage_operator, operator_id, 1, REQ, "whose gates had no network"),
	F_END,
};
static const struct shape outage_operator_shape = { "OutageOperator",
						    sizeof(struct outage_operator),
						    outage_operator_fields };

static const struct shape_field outage_fields[] = {
	F_UUID(struct outage, outage_id, 1, REQ | ANS, "its name"),
	F_TIME(struct outage, from, 2, REQ, "the first moment of the rides that it covers"),
	F_TIME(struct outage, until, 3, REQ, "the end of them, excluded; at most 31 days later"),
	F_BOOL(struct outage, all, 4, 0, "every operator's; otherwise `operators` names them"),
	F_LIST(struct outage, operators, 5, 0, &outage_operator_shape, operator_count, "whose"),
	F_TEXT(struct outage, reason, 6, REQ, 1, "for the auditor; no personal datum"),
	F_TIME(struct outage, declared_at, 7, REQ | ANS, "uploads after it are judged by it"),
	F_END,
};
const struct shape outage_shape = { "Outage", sizeof(struct outage), outage_fields };

/* --- Asked of an upload --- */

static struct walk walk_since(struct call *call, time_ms earliest)
{
	time_ms from = earliest < 0 ? 0 : earliest;

	return (struct walk){ .from = call_key(call, "outage/%013lld",
					       (long long)(from > TIME_MOST ? TIME_MOST : from)),
			      .until = OUTAGE_UNTIL,
			      .most = STORE_PAGE_COUNT_MAX };
}

bool outages_load(struct call *call, time_ms earliest)
{
	struct walk walk = walk_since(call, earliest);

	while (walk_next(call, &walk) != NULL)
		;
	return !walk.waits;
}

static bool names(const struct outage *outage, const char *operator_id)
{
	for (size_t i = 0; i < outage->operator_count; i++)
		if (text_equal(outage->operators[i].operator_id, operator_id))
			return true;
	return outage->all;
}

bool outage_covers(struct call *call, time_ms earliest, const char *operator_id, time_ms at)
{
	struct walk walk = walk_since(call, earliest);
	const struct record *record;
	struct outage outage;

	while ((record = walk_next(call, &walk)) != NULL) {
		MUST(shape_from_cbor(&outage, &outage_shape, record->value));
		if (at >= outage.from && at < outage.until && names(&outage, operator_id))
			return true;
	}
	MUST(!walk.waits);
	return false;
}

/* --- Declared --- */

struct declare_cmd {
	struct outage outage;
	struct operator operator;
};

static bool refuse_operator(struct call *call, size_t i, const char *code, const char *what)
{
	return call_refuse_at(call, 422, code,
			      call_key(call, "/operators/%zu/operator_id", i), "%s", what);
}

static bool check_operators(struct call *call, const struct outage *outage)
{
	if (outage->all == (outage->operator_count > 0))
		return call_refuse_at(call, 422, "BAD_OUTAGE", "/operators",
				      "either some operators are named, or all is true");
	for (size_t i = 0; i < outage->operator_count; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal(outage->operators[i].operator_id,
				       outage->operators[k].operator_id))
				return refuse_operator(call, i, "REPEATED",
						       "an operator is named once");
	return true;
}

static bool declare_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct outage *outage = &((struct declare_cmd *)call->cmd)->outage;

	if (!call_query_only(call, none) || !call_body(call, outage, &outage_shape))
		return false;
	if (outage->from < 0 || outage->until <= outage->from)
		return call_refuse_at(call, 422, "BAD_OUTAGE", "/until",
				      "it ends before it begins");
	if (outage->until - outage->from > OUTAGE_DAYS_MAX * DAY_MS)
		return call_refuse_at(call, 422, "BAD_OUTAGE", "/until",
				      "at most %d days; declare what comes after as another",
				      OUTAGE_DAYS_MAX);
	return check_operators(call, outage);
}

static bool declare_keys(struct call *call)
{
	struct declare_cmd *cmd = call->cmd;

	for (size_t i = 0; i < cmd->outage.operator_count; i++) {
		const char *key = operator_key(call, cmd->outage.operators[i].operator_id);

		if (call_load(call, &cmd->operator, &operator_shape, key) < 0)
			return refuse_operator(call, i, "UNKNOWN_OPERATOR",
					       "there is no such operator");
	}
	return true;
}

static bool declare_decide(struct call *call)
{
	struct declare_cmd *cmd = call->cmd;

	cmd->outage.outage_id = call_new_id(call);
	cmd->outage.declared_at = call->now;
	return true;
}

/* What changes who pays is in the log. */
static void file_fact(struct call *call, const struct outage *outage, const char *operator_id)
{
	struct fact fact = { .type = FACT_outage_declared,
			     .at = call->now,
			     .id = call->id,
			     .from = outage->from,
			     .until = outage->until };

	mem_copy(fact.operator_id, operator_id, text_size(operator_id));
	(void)fact_file(call, &fact, 0);
}

static void declare_writes(struct call *call)
{
	const struct outage *outage = &((struct declare_cmd *)call->cmd)->outage;
	char id[UUID_TEXT_SIZE];

	uuid_encode(id, outage->outage_id);
	call_append_shape(call,
			  call_key(call, "outage/%013lld/%s", (long long)outage->until, id),
			  &outage_shape, outage);
	if (outage->all)
		file_fact(call, outage, "");
	for (size_t i = 0; i < outage->operator_count; i++)
		file_fact(call, outage, outage->operators[i].operator_id);
}

static void declare_answer(struct call *call)
{
	call_reply_shape(call, 201, &outage_shape, &((struct declare_cmd *)call->cmd)->outage);
}

const struct flow_op outage_declare_op = { "outage_declare", sizeof(struct declare_cmd),
					   0,                declare_parse,
					   declare_keys,     declare_decide,
					   declare_writes,   declare_answer };

static bool list_parse(struct call *call)
{
	return listing_parse(call, call->cmd, "outage/", NULL);
}

static void list_answer(struct call *call)
{
	listing_answer(call, call->cmd, &outage_shape, NULL);
}

const struct flow_op outage_list_op = { "outage_list", sizeof(struct listing),
					0,             list_parse,
					listing_keys,     NULL,
					NULL,          list_answer };
