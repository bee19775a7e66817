/* operators/scan_op.c - a gate asks, is answered, and the answer is a fact. It fetches what
 * scan_decide wants to know, and writes three records: the ticket's use, the fact, and the answer
 * under the scan's name.
 */
#include "operators/scan_load.h"

#include "core/date.h"

/* A proof of a time that time_ms cannot tell is stale by a thousand years already. */
#define PROOF_AT_MAX_S (INT64_MAX / 2000)

/* Many tickets take the places of one sailing, as reservations do; whoever boards otherwise writes
 * the ticket's record alone. A gate that is not known yet is asked for later, and queues better the
 * next time. */
static const char *hot_key(struct call *call, const struct scan_cmd *cmd)
{
	const char *service = cmd->body.service;
	struct gate gate;

	if (cmd->body.kind == SCAN_KIND_check_in && subject_is_valid(slice_text(service)) &&
	    call_guess(call, &gate, &gate_shape, gate_key(call, call->caller.subject)) &&
	    gate.mode == MODE_ferry)
		return service_record_key(call, gate.operator_id, service);
	return use_record_key(call, cmd->ticket.id);
}

bool scan_take_body(struct call *call, struct scan_cmd *cmd)
{
	time_ms made_at;

	if (!uuid7_time(&made_at, cmd->body.scan_id))
		return call_refuse_at(call, 422, "BAD_FORMAT", "/scan_id",
				      "a UUID of version 7 (RFC 9562)");
	if (cmd->body.riders == 0)
		cmd->body.riders = 1;
	scan_read_code(cmd);
	call_name(call, slice_text(call->caller.subject), cmd->body.scan_id);
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon)
		call_hot(call, hot_key(call, cmd));
	return true;
}

static bool scan_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct scan_cmd *cmd = call->cmd;

	return call_query_only(call, none) && call_body(call, &cmd->body, &scan_body_shape) &&
	       scan_take_body(call, cmd);
}

/* The ticket's bytes are those that were issued: we signed them, and need not ask if we did. */
static bool is_as_issued(const struct scan_cmd *cmd)
{
	uint8_t digest[CODE_DIGEST_SIZE];

	code_digest(digest, code_ticket(&cmd->code));
	return mem_equal(digest, cmd->use.code_digest, sizeof(digest));
}

static void check_proof(struct call *call)
{
	struct scan_cmd *cmd = call->cmd;

	code_check_proof(&cmd->code);
}

/* Once a code, for its bytes do not change from try to try. */
void scan_want_check(struct call *call, const struct scan_cmd *cmd)
{
	const struct code *code = &cmd->code;

	MUST(cmd == call->cmd);
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon && !cmd->reversed &&
	    cmd->ticket_known && cmd->refused == SCAN_ADMITTED && code->presented &&
	    code->proof == CODE_PROOF_UNCHECKED && is_as_issued(cmd))
		call_check(call, check_proof);
}

static bool scan_keys(struct call *call)
{
	if (!scan_load(call, call->cmd))
		return false;
	scan_want_check(call, call->cmd);
	return true;
}

/* The key first, for that costs nothing, and never forgotten: what a revoked key signed is refused,
 * issued or not. */
static enum scan_verdict verify(const struct call *call, const struct scan_cmd *cmd)
{
	static const enum scan_verdict verdicts[] = {
		[CODE_OK] = SCAN_ADMITTED,
		[CODE_MALFORMED] = SCAN_MALFORMED,
		[CODE_UNKNOWN_KEY] = SCAN_UNKNOWN_KEY,
		[CODE_FORGED] = SCAN_FORGED,
		[CODE_DEVICE_PROOF_MISSING] = SCAN_DEVICE_PROOF_MISSING,
		[CODE_DEVICE_PROOF_FORGED] = SCAN_DEVICE_PROOF_FORGED,
	};
	const struct keyring *keys = ((const struct operators_room *)call->room)->keys;
	struct slice ticket = code_ticket(&cmd->code);

	if (cmd->refused != SCAN_ADMITTED)
		return ticket_verify_key(&cmd->ticket, ticket, keys) == TICKET_OK
			       ? cmd->refused
			       : SCAN_UNKNOWN_KEY;
	return verdicts[is_as_issued(cmd) ? code_verify_known(&cmd->code, keys)
					  : code_verify(&cmd->code, keys)];
}

time_ms scan_proof_at(const struct code *code)
{
	int64_t made_s = code->presented_s;

	return (made_s < PROOF_AT_MAX_S ? made_s : PROOF_AT_MAX_S) * SECOND_MS;
}

static struct scan scan_of(const struct call *call, const struct scan_cmd *cmd)
{
	const struct config *config = ((const struct operators_room *)call->room)->config;
	const struct code *code = &cmd->code;

	return (struct scan){ .kind = cmd->body.kind,
			      .at = cmd->body.at,
			      .riders = cmd->body.riders,
			      .stop = scan_stop(cmd),
			      .service_id = cmd->service_named ? cmd->body.service : "",
			      .dynamic = code->presented,
			      .proof_at = scan_proof_at(code),
			      .proof = code_presentation_id(code),
			      .proof_past_s = (uint16_t)config->proof_past_s,
			      .proof_ahead_s = (uint16_t)config->proof_ahead_s };
}

void scan_judge_again(struct call *call, struct scan_cmd *cmd)
{
	struct gate gate = cmd->gate;
	struct scan scan = scan_of(call, cmd);
	struct scan_place place = { .gate = &gate,
				    .operator = &cmd->operator,
				    .service = cmd->service_known ? &cmd->service : NULL,
				    .service_named = cmd->service_named,
				    .service_known = cmd->service_known,
				    .boundary_min = call->day_boundary_min,
				    .od_fare_yen = cmd->od_fare_yen,
				    .through = cmd->through_known ? &cmd->through : NULL,
				    .through_fare_yen = cmd->through_fare_yen,
				    .backwards = cmd->backwards };
	struct scan_input input = { .ticket = &cmd->ticket,
				    .product = cmd->product_known ? &cmd->product : NULL,
				    .use = &cmd->use,
				    .place = &place,
				    .scan = &scan,
				    .extensions = &cmd->extensions,
				    .by_coupon = cmd->by_coupon,
				    .reversed = cmd->reversed };

	mem_copy(gate.route, scan_route(cmd), text_size(scan_route(cmd)) + 1);
	scan_decide(&cmd->outcome, &input);
}

/* A code that was not proved to be ours says nothing, not even which ticket it is. */
void scan_judge(struct call *call, struct scan_cmd *cmd)
{
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon && !cmd->reversed)
		cmd->refused = verify(call, cmd);
	cmd->outcome = (struct scan_outcome){ .verdict = cmd->refused };
	if (cmd->refused <= SCAN_FORGED)
		cmd->ticket_known = cmd->product_known = false;
	if (cmd->refused == SCAN_ADMITTED)
		scan_judge_again(call, cmd);
}

static bool scan_decide_op(struct call *call)
{
	scan_judge(call, call->cmd);
	return true;
}

void scan_fill_fact(struct call *call, const struct scan_cmd *cmd, struct fact *fact)
{
	const struct scan_outcome *outcome = &cmd->outcome;

	*fact = (struct fact){ .type = FACT_scanned,
			       .at = cmd->body.at,
			       .id = call->id,
			       .scan_id = cmd->body.scan_id,
			       .riders = cmd->body.riders,
			       .mode = cmd->gate.mode,
			       .deemed_fare_yen = outcome->deemed_fare_yen,
			       .boarding = outcome->boarding };
	mem_copy(fact->operator_id, cmd->gate.operator_id, sizeof(fact->operator_id));
	mem_copy(fact->gate_id, cmd->gate.gate_id, sizeof(fact->gate_id));
	MUST(text_set(fact->kind, sizeof(fact->kind), slice_text(scan_kind_names[cmd->body.kind])));
	MUST(text_set(fact->verdict, sizeof(fact->verdict),
		      slice_text(scan_verdict_names[outcome->verdict])));
	MUST(text_set(fact->stop, sizeof(fact->stop), slice_text(scan_stop(cmd))));
	if (cmd->service_known)
		mem_copy(fact->service, cmd->service.service_id, sizeof(fact->service));
	if (!cmd->ticket_known)
		return;
	fact->ticket_id = cmd->ticket.id;
	fact->product_number = cmd->ticket.product_number;
	fact->product_version = cmd->ticket.product_version;
	if (outcome->verdict == SCAN_ADMITTED) {
		fact->over_at = outcome->over_at;
		fact->n = outcome->next.n;
		fact->distance_m = (uint64_t)cmd->od_metres * cmd->body.riders;
	}
	if (outcome->through) {
		mem_copy(fact->through_operator_id, cmd->use.inside_operator, ID_SIZE);
		fact->through_fare_yen = outcome->through_fare_yen;
		fact->through_distance_m = (uint64_t)cmd->through_metres * cmd->body.riders;
	}
}

void scan_write(struct call *call, struct scan_cmd *cmd, const struct fact *fact)
{
	struct scan_outcome *outcome = &cmd->outcome;
	time_ms after = cmd->ticket_known ? cmd->use.last_event_at : 0;

	after = fact_file(call, fact, after);
	call_receipt(call);
	if (outcome->verdict != SCAN_ADMITTED)
		return;
	outcome->next.last_event_at = after;
	call_put_shape(call, use_record_key(call, cmd->ticket.id), &use_shape, &outcome->next);
	if (outcome->takes_places > 0) {
		cmd->service.taken = (uint16_t)(cmd->service.taken + outcome->takes_places);
		MUST(cmd->service.taken <= cmd->service.allotment);
		call_put_shape(call,
			       service_record_key(call, cmd->gate.operator_id,
						  cmd->service.service_id),
			       &service_shape, &cmd->service);
	}
}

static void scan_writes(struct call *call)
{
	struct scan_cmd *cmd = call->cmd;
	struct fact fact;

	scan_fill_fact(call, cmd, &fact);
	scan_write(call, cmd, &fact);
}

void scan_fill_answer(struct scan_answer *answer, const struct scan_cmd *cmd)
{
	const struct scan_outcome *outcome = &cmd->outcome;
	bool admitted = outcome->verdict == SCAN_ADMITTED;

	*answer = (struct scan_answer){ .scan_id = cmd->body.scan_id,
				      .riders = cmd->body.riders,
				      .uses_left = !admitted || outcome->uses_left == UINT16_MAX
						       ? -1
						       : outcome->uses_left,
				      .at = cmd->body.at };

	MUST(text_set(answer->verdict, sizeof(answer->verdict),
		      slice_text(scan_verdict_names[outcome->verdict])));
	MUST(text_set(answer->why, sizeof(answer->why),
		      slice_text(scan_verdict_whys[outcome->verdict])));
	if (cmd->ticket_known)
		answer->ticket_id = cmd->ticket.id;
	if (cmd->product_known)
		mem_copy(answer->product_id, cmd->product.product_id, sizeof(answer->product_id));
	if (admitted)
		answer->valid_until = outcome->valid_until;
	mem_copy(answer->service, cmd->body.service, sizeof(answer->service));
}

static void scan_answer_op(struct call *call)
{
	const struct scan_cmd *cmd = call->cmd;
	struct scan_answer answer;

	scan_fill_answer(&answer, cmd);
	call->reply.counts_as = (uint8_t)(1 + cmd->outcome.verdict);
	call_reply_shape(call, 200, &scan_answer_shape, &answer);
}

const struct flow_op scan_op = { "scan",    sizeof(struct scan_cmd), 0,           scan_parse,
				 scan_keys, scan_decide_op,          scan_writes, scan_answer_op };
