/* operators/counts_op.c - an operator uploads what it counted, and sees what each side has that the
 * other lacks. Without it a dispute would be one word against another.
 */
#include "operators/money_op.h"

#include "core/crypto.h"
#include "core/date.h"
#include "operators/counts.h"
#include "operators/operators_op.h"

enum { REQ = SHAPE_REQUIRED };
#define F_COUNTED(T, m, t, what) F_INT(T, m, t, REQ, 0, JSON_INT_MAX, what)

static const struct shape_field day_fields[] = {
	F_DATE(struct counts_day, day, 1, REQ, "the service day"),
	F_TIME(struct counts_day, at, 2, REQ, "when it was told"),
	F_LIST(struct counts_day, gates, 3, 0, &gate_tally_shape, gate_count, "by gate"),
	F_END,
};
const struct shape counts_day_shape = { "CountsDay", sizeof(struct counts_day), day_fields };

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "OPERATOR_UNKNOWN", "there is no such operator");
}

/* Another operator's is as unknown as one that nobody registered. */
static bool parse_operator(struct call *call, char out[ID_SIZE])
{
	if (!call_param_subject(call, out, 0))
		return false;
	return call->caller.role != ROLE_operator || text_equal(call->caller.subject, out) ||
	       refuse_unknown(call);
}

static bool operator_is_there(struct call *call, const char *operator_id)
{
	const char *key = operator_key(call, operator_id);

	call_want(call, key);
	return call_found(call, key) == NULL || call_found(call, key)->version > 0 ||
	       refuse_unknown(call);
}

static const char *day_key(struct call *call, const char *operator_id, day_t day)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, day);
	return call_key(call, "counts/%s/%s", operator_id, date);
}

/* --- POST /v1/operators/{operator_id}/counts --- */

struct counts_cmd {
	char operator_id[ID_SIZE];
	struct counts counts;
};

static bool counts_parse(struct call *call)
{
	struct counts_cmd *cmd = call->cmd;
	struct counts_fault fault;

	if (!books_no_query(call) || !parse_operator(call, cmd->operator_id))
		return false;
	if (!call_type_is(call->request->content_type, "text/csv"))
		return call_refuse(call, 415, "UNSUPPORTED_MEDIA_TYPE",
				   "The body must be sent as Content-Type: text/csv, in UTF-8.");
	return counts_read(&cmd->counts, &fault, call->request->body) ||
	       call_refuse(call, 422, fault.code, "%s", fault.what);
}

static bool counts_keys(struct call *call)
{
	const struct counts_cmd *cmd = call->cmd;

	for (uint16_t i = 0; i < cmd->counts.day_count; i++)
		call_want(call, day_key(call, cmd->operator_id, cmd->counts.days[i].day));
	return operator_is_there(call, cmd->operator_id);
}

static day_t first_day(const struct counts *counts)
{
	day_t first = counts->days[0].day;

	for (uint16_t i = 1; i < counts->day_count; i++)
		if (counts->days[i].day < first)
			first = counts->days[i].day;
	return first;
}

/* The file itself is not kept; its digest in the log says which it was. */
static void counts_writes(struct call *call)
{
	struct counts_cmd *cmd = call->cmd;
	struct fact fact = { .type = FACT_counted,
			     .at = call->now,
			     .id = call->id,
			     .day = first_day(&cmd->counts),
			     .count = cmd->counts.rows };

	for (uint16_t i = 0; i < cmd->counts.day_count; i++) {
		struct counts_day *day = &cmd->counts.days[i];

		day->at = call->now;
		call_put_shape(call, day_key(call, cmd->operator_id, day->day), &counts_day_shape,
			       day);
	}
	mem_copy(fact.operator_id, cmd->operator_id, sizeof(fact.operator_id));
	digest_parts(fact.digest, sizeof(fact.digest), &call->request->body, 1);
	fact_file(call, &fact, 0);
}

struct counts_answer {
	char operator_id[ID_SIZE];
	uint32_t days, rows;
};

static const struct shape_field answer_fields[] = {
	F_SUBJECT(struct counts_answer, operator_id, 0, REQ, "who counted"),
	F_INT(struct counts_answer, days, 0, REQ, 1, COUNTS_DAY_COUNT_MAX,
	      "service days; each stands as this file says, whatever one before it said"),
	F_INT(struct counts_answer, rows, 0, REQ, 1, UINT32_MAX, "rows"),
	F_END,
};
const struct shape counts_answer_shape = { "CountsTaken", sizeof(struct counts_answer),
					   answer_fields };

static void counts_reply(struct call *call)
{
	const struct counts_cmd *cmd = call->cmd;
	struct counts_answer answer = { .days = cmd->counts.day_count, .rows = cmd->counts.rows };

	mem_copy(answer.operator_id, cmd->operator_id, sizeof(answer.operator_id));
	call_reply_shape(call, 200, &counts_answer_shape, &answer);
}

const struct flow_op counts_op = { .name = "counts",
				   .cmd_size = sizeof(struct counts_cmd),
				   .parse = counts_parse,
				   .keys = counts_keys,
				   .writes = counts_writes,
				   .answer = counts_reply };

/* --- GET /v1/operators/{operator_id}/reconciliation --- */

static const char *const side_names[] = { "ours", "theirs", "both", NULL };

static const struct shape_field difference_fields[] = {
	F_DATE(struct counts_difference, service_day, 0, REQ, "the day"),
	F_SUBJECT(struct counts_difference, gate_id, 0, REQ, "the gate"),
	F_ENUM(struct counts_difference, counted_by, 0, REQ, side_names, "who has it at all"),
	F_COUNTED(struct counts_difference, our_boardings, 0, "by our scans"),
	F_COUNTED(struct counts_difference, our_riders, 0, "by our scans"),
	F_COUNTED(struct counts_difference, their_boardings, 0, "as the operator says"),
	F_COUNTED(struct counts_difference, their_riders, 0, "as the operator says"),
	F_END,
};
static const struct shape difference_shape = { "CountsDifference",
					       sizeof(struct counts_difference),
					       difference_fields };

static const struct shape_field sums_fields[] = {
	F_COUNTED(struct counts_sums, rows, 0, "days and gates"),
	F_COUNTED(struct counts_sums, boardings, 0, "in all"),
	F_COUNTED(struct counts_sums, riders, 0, "in all"),
	F_END,
};
static const struct shape sums_shape = { "CountsSums", sizeof(struct counts_sums), sums_fields };

static const struct shape_field reconciliation_fields[] = {
	F_SUBJECT(struct reconciliation, operator_id, 0, REQ, "whose"),
	F_MONTH(struct reconciliation, period, 0, REQ, "the month of the service days"),
	F_OBJECT(struct reconciliation, ours, 0, REQ, &sums_shape, "by our scans"),
	F_OBJECT(struct reconciliation, theirs, 0, REQ, &sums_shape, "as the operator says"),
	F_COUNTED(struct reconciliation, agreed, 0, "days and gates that both have alike"),
	F_LIST(struct reconciliation, differences, 0, REQ, &difference_shape, difference_count,
	       "all others, by day and gate"),
	F_END,
};
const struct shape reconciliation_shape = { "Reconciliation", sizeof(struct reconciliation),
					    reconciliation_fields };

struct recon_cmd {
	char operator_id[ID_SIZE];
	day_t period;
};

struct side {
	struct counted items[COUNTS_SIDE_COUNT_MAX];
	size_t count;
	bool too_many;
};

struct recon_out {
	struct side ours, theirs;
	struct reconciliation answer;
	struct counts_day day;
};

static bool recon_parse(struct call *call)
{
	static const char *const names[] = { "period", NULL };
	struct recon_cmd *cmd = call->cmd;
	struct slice text;

	if (!parse_operator(call, cmd->operator_id) || !call_query_only(call, names))
		return false;
	cmd->period = month_of(service_day_at(call->now, call->day_boundary_min));
	if (call_query(call, &text, "period") && !month_decode(&cmd->period, text))
		return call_refuse(call, 400, "BAD_PERIOD", "period is a month, as 2026-11");
	return true;
}

static bool walk_month(struct call *call, const char *kind,
		       void (*each)(void *, const struct record *), void *to)
{
	const struct recon_cmd *cmd = call->cmd;
	char month[MONTH_TEXT_SIZE];

	month_encode(month, cmd->period);
	return books_walk(call, call_key(call, "%s/%s/%s-", kind, cmd->operator_id, month),
			  call_key(call, "%s/%s/%s.", kind, cmd->operator_id, month), each, to);
}

static bool recon_keys(struct call *call)
{
	(void)walk_month(call, "recon", NULL, NULL);
	(void)walk_month(call, "counts", NULL, NULL);
	return operator_is_there(call, ((struct recon_cmd *)call->cmd)->operator_id);
}

static void add_counted(struct side *side, day_t day, const struct gate_tally *tally)
{
	if (side->count == COUNTS_SIDE_COUNT_MAX)
		side->too_many = true;
	else
		side->items[side->count++] = (struct counted){ day, *tally };
}

/* "recon/<operator_id>/<YYYY-MM-DD>/<gate_id>" */
static void add_ours(void *to, const struct record *record)
{
	struct recon_out *out = to;
	struct gate_tally tally;
	struct slice key = record->key;
	size_t gate;
	day_t day;

	MUST(shape_from_cbor(&tally, &gate_tally_shape, record->value));
	gate = text_size(tally.gate_id);
	MUST(key.size > gate + DATE_TEXT_SIZE);
	MUST(date_decode(&day, slice_of(key.data + key.size - gate - DATE_TEXT_SIZE,
					DATE_TEXT_SIZE - 1)));
	add_counted(&out->ours, day, &tally);
}

static void add_theirs(void *to, const struct record *record)
{
	struct recon_out *out = to;

	MUST(shape_from_cbor(&out->day, &counts_day_shape, record->value));
	for (uint16_t i = 0; i < out->day.gate_count; i++)
		add_counted(&out->theirs, out->day.day, &out->day.gates[i]);
}

static bool recon_decide(struct call *call)
{
	const struct recon_cmd *cmd = call->cmd;
	struct recon_out *out = call->out;

	if (!walk_month(call, "recon", add_ours, out) ||
	    !walk_month(call, "counts", add_theirs, out) || out->ours.too_many ||
	    out->theirs.too_many)
		return books_refuse_too_much(call);
	mem_copy(out->answer.operator_id, cmd->operator_id, ID_SIZE);
	out->answer.period = cmd->period;
	return counts_reconcile(&out->answer, out->ours.items, out->ours.count, out->theirs.items,
				out->theirs.count) ||
	       books_refuse_too_much(call);
}

static void recon_answer(struct call *call)
{
	call_reply_shape(call, 200, &reconciliation_shape,
			 &((struct recon_out *)call->out)->answer);
}

const struct flow_op reconciliation_op = { "reconciliation",	     sizeof(struct recon_cmd),
					   sizeof(struct recon_out), recon_parse,
					   recon_keys,		     recon_decide,
					   NULL,		     recon_answer };
