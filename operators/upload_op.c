/* operators/upload_op.c - a gate that was offline tells what it did. Without it a tunnel, a ship or
 * a storm would carry people for nothing.
 *
 * It is judged by the same scan_decide as a scan that is asked, but as its gate could see it: by
 * the ticket's face, its product and the place alone. What came of the ticket elsewhere is
 * operators/offline_uses.h's, and who pays operators/contest.h's. What was done is never refused:
 * a line that is a scan at all is stored, and answered under its scan_id for ever.
 */
#include "operators/upload_inside.h"

#include "core/config.h"
#include "core/date.h"
#include "operators/mode.h"

static bool read_verdict(enum scan_verdict *out, const char *name)
{
	for (unsigned i = 0; i < SCAN_VERDICT_COUNT; i++)
		if (text_equal(scan_verdict_names[i], name)) {
			*out = (enum scan_verdict)i;
			return true;
		}
	return false;
}

static bool upload_parse(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;

	if (!call_body(call, &cmd->body, &upload_body_shape))
		return false;
	if (cmd->body.verdict[0] == '\0')
		MUST(text_set(cmd->body.verdict, sizeof(cmd->body.verdict), SLICE("ADMITTED")));
	if (!read_verdict(&cmd->gate_verdict, cmd->body.verdict))
		return call_refuse_at(call, 422, "BAD_FORMAT", "/verdict",
				      "a verdict's name, as ADMITTED");
	cmd->carried = cmd->gate_verdict == SCAN_ADMITTED;
	cmd->scan.body = cmd->body.scan;
	cmd->scan.offline = true;
	call_first_answer_wins(call);
	return scan_take_body(call, &cmd->scan);
}

/* ---- As the gate could see it. ---- */

/* Nobody rode yet, and whoever leaves had come in. Past its face it may have been used before, at
 * the last moment of that. */
static void forget_elsewhere(const struct call *call, struct upload_cmd *cmd)
{
	const struct gate *gate = &cmd->scan.gate;
	time_ms face = cmd->scan.ticket_known ? offline_face_until(&cmd->scan.ticket) : 0;
	struct use *use = &cmd->scan.use;
	struct use seen = { .reservation_count = use->reservation_count };

	if (cmd->scan.product_known && cmd->scan.body.at > face) {
		seen.first_used_at = face;
		seen.valid_until = validity_until(&cmd->scan.product, face, face,
						  call->day_boundary_min);
	}
	/* The code is ours all the same. */
	mem_copy(seen.code_digest, use->code_digest, sizeof(seen.code_digest));
	for (size_t i = 0; i < use->reservation_count; i++) {
		seen.reservations[i] = use->reservations[i];
		seen.reservations[i].checked_in = false;
	}
	if (mode_kind_leaves(cmd->scan.body.kind)) {
		seen.inside = true;
		seen.inside_mode = gate->mode;
		mem_copy(seen.inside_operator, gate->operator_id, sizeof(seen.inside_operator));
		seen.inside_since = cmd->scan.body.at;
	}
	*use = seen;
}

/* Out: scan.outcome. What became of the ticket and of the sailing's places elsewhere is asked
 * where all uses of this ticket are. */
static void judge_face(struct call *call, struct upload_cmd *cmd)
{
	struct use *use = &cmd->scan.use, kept = *use;
	struct service *service = &cmd->scan.service, known = *service;

	use->status = TICKET_VALID;
	forget_elsewhere(call, cmd);
	service->taken = 0;
	if (service->allotment > 0)
		service->allotment = UINT16_MAX;
	scan_judge(call, &cmd->scan);
	*use = kept;
	*service = known;
}

/* When the ticket is over, and how many uses it has left, as its record would stand: asked of one
 * that is revoked, the decision says this and nothing else. */
static void judge_end(struct call *call, struct upload_cmd *cmd, struct upload_out *out)
{
	struct scan_outcome outcome = cmd->scan.outcome;
	struct use kept = cmd->scan.use;

	cmd->scan.use = out->next;
	cmd->scan.use.status = TICKET_REVOKED;
	scan_judge_again(call, &cmd->scan);
	out->over_at = cmd->scan.outcome.over_at;
	outcome.uses_left = cmd->scan.outcome.uses_left;
	outcome.valid_until = cmd->scan.outcome.valid_until;
	cmd->scan.use = kept;
	cmd->scan.outcome = outcome;
}

/* ---- Who bears it. ---- */

/* What is the same for every use of this ticket. */
static struct contest_input terms_of(const struct call *call, const struct upload_cmd *cmd)
{
	const struct operators_room *room = call->room;

	return (struct contest_input){
		.carried = true,
		.face_until = cmd->scan.ticket_known ? offline_face_until(&cmd->scan.ticket) : 0,
		.revoked_at = cmd->scan.use.refunded_at,
		.bundle_max_age_h = (uint16_t)room->config->bundle_max_age_h,
		.grace_h = room->offline_grace_h,
		.price_yen = cmd->scan.ticket_known ? cmd->scan.sale.price_yen : -1,
	};
}

static void contest_this(struct call *call, const struct upload_cmd *cmd, struct upload_out *out)
{
	struct contest_input in = terms_of(call, cmd);

	in.verdict = out->verdict;
	in.carried = cmd->carried;
	in.at = cmd->body.scan.at;
	in.uploaded_at = call->now;
	in.bundle = cmd->body.bundle;
	in.outage = upload_in_outage(call, cmd, cmd->scan.gate.operator_id, in.at, in.bundle);
	in.fare_yen = upload_fare(cmd);
	contest_decide(&out->contest, &in);
}

static void contest_use(struct call *call, const struct upload_cmd *cmd, struct contest *contest,
			const struct offline_use *use)
{
	struct contest_input in = terms_of(call, cmd);

	in.verdict = offline_verdicts[use->standing];
	in.at = use->at;
	in.uploaded_at = use->uploaded_at;
	in.bundle = use->bundle;
	in.outage = upload_in_outage(call, cmd, use->operator_id, in.at, in.bundle);
	in.static_capped = use->standing == OFFLINE_static_capped;
	in.fare_yen = use->fare_yen;
	if (in.static_capped && use->leaving)
		in.fare_yen = use->deemed_fare_yen;
	contest_decide(contest, &in);
	if (use->standing == OFFLINE_ride_contested)
		contest->why = CONTEST_RIDE_CONTESTED;
}

/* ---- Among the ticket's other uses. ---- */

static bool is_as_before(const struct offline_use *use, const struct upload_was *was)
{
	return use->standing == was->standing && use->deemed_fare_yen == was->deemed_fare_yen &&
	       use->through_fare_yen == was->through_fare_yen &&
	       use->distance_m == was->distance_m &&
	       use->through_distance_m == was->through_distance_m &&
	       text_equal(use->through_operator_id, was->through_operator_id);
}

static void note_changes(struct call *call, const struct upload_cmd *cmd, struct upload_out *out)
{
	for (size_t i = 0; i < cmd->was_count; i++) {
		struct changed *changed = &out->changed[out->changed_count];
		size_t at = 0;

		while (at < cmd->uses.count &&
		       !id_equal(cmd->uses.uses[at].fact_id, cmd->was[i].fact_id))
			at++;
		MUST(at < cmd->uses.count);
		if (is_as_before(&cmd->uses.uses[at], &cmd->was[i]))
			continue;
		changed->at = at;
		contest_use(call, cmd, &changed->contest, &cmd->uses.uses[at]);
		out->changed_count++;
	}
}

static void join_others(struct call *call, struct upload_cmd *cmd, struct upload_out *out)
{
	struct offline_use *use = &cmd->uses.uses[cmd->at];

	MUST(id_equal(use->fact_id, call->id));
	if (!use->leaving) {
		use->deemed_fare_yen = cmd->scan.outcome.deemed_fare_yen;
		use->distance_m = cmd->scan.od_metres * use->riders;
	}
	offline_write(&out->next, &cmd->uses, &cmd->base, &cmd->result, &cmd->terms);
	out->writes_uses = true;
	out->verdict = offline_verdicts[use->standing];
	contest_use(call, cmd, &out->contest, use);
	note_changes(call, cmd, out);
}

/* What the face says comes first, in the order of verdicts: the gate had it in hand. A reservation
 * is given back with its ticket. */
static bool upload_decide(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	struct upload_out *out = call->out;

	judge_face(call, cmd);
	out->next = cmd->scan.use;
	out->verdict = cmd->scan.outcome.verdict;
	if (cmd->scan.ticket_known && out->verdict > SCAN_WRONG_RIDERS &&
	    cmd->scan.use.status != TICKET_VALID)
		out->verdict = SCAN_REVOKED;
	contest_this(call, cmd, out);
	if (!cmd->carried)
		out->verdict = cmd->gate_verdict;
	else if (!out->contest.contested && out->verdict == SCAN_ADMITTED)
		join_others(call, cmd, out);
	out->writes_use = cmd->carried && cmd->scan.ticket_known;
	if (!out->writes_use)
		return true;
	out->next.n++;
	if (cmd->scan.refused == SCAN_ADMITTED)
		judge_end(call, cmd, out);
	return true;
}

/* ---- What is written. ---- */

static void put_contest(struct fact *fact, const struct contest *contest)
{
	fact->offline = true;
	fact->contested = contest->contested;
	fact->borne_yen = contest->borne_yen;
	MUST(text_set(fact->bearer, sizeof(fact->bearer),
		      slice_text(bearer_names[contest->bearer])));
	MUST(text_set(fact->contest_why, sizeof(fact->contest_why),
		      slice_text(contest_why_names[contest->why])));
}

static void put_verdict(struct fact *fact, enum scan_verdict verdict)
{
	MUST(text_set(fact->verdict, sizeof(fact->verdict),
		      slice_text(scan_verdict_names[verdict])));
}

static void put_fare(struct fact *fact, const struct offline_use *use)
{
	fact->deemed_fare_yen = use->deemed_fare_yen;
	fact->through_fare_yen = use->through_fare_yen;
	fact->distance_m = use->distance_m;
	fact->through_distance_m = use->through_distance_m;
	mem_copy(fact->through_operator_id, use->through_operator_id,
		 sizeof(fact->through_operator_id));
}

static void fill_scanned(struct call *call, const struct upload_cmd *cmd,
			 const struct upload_out *out, struct fact *fact)
{
	scan_fill_fact(call, &cmd->scan, fact);
	put_contest(fact, &out->contest);
	put_verdict(fact, out->verdict);
	mem_copy(fact->gate_verdict, cmd->body.verdict, sizeof(fact->gate_verdict));
	fact->bundle_s = cmd->body.bundle;
	fact->uploaded_at = call->now;
	fact->n = out->writes_use ? out->next.n : 0;
	fact->over_at = out->over_at;
	if (!cmd->carried)
		fact->boarding = false;
	if (out->writes_uses)
		put_fare(fact, &cmd->uses.uses[cmd->at]);
}

static void fill_changed(struct call *call, const struct upload_cmd *cmd,
			 const struct upload_out *out, const struct changed *changed,
			 struct fact *fact)
{
	const struct offline_use *use = &cmd->uses.uses[changed->at];

	*fact = (struct fact){
		.type = FACT_contest_changed,
		.at = use->at,
		.id = call->id,
		.ticket_id = cmd->scan.ticket.id,
		.product_number = cmd->scan.ticket.product_number,
		.product_version = cmd->scan.ticket.product_version,
		.riders = use->riders,
		.mode = use->mode,
		.boarding = !use->leaving,
		.n = out->next.n,
		.scan_id = use->scan_id,
		.bundle_s = use->bundle,
		.uploaded_at = use->uploaded_at,
		.changed_id = use->fact_id,
	};
	mem_copy(fact->operator_id, use->operator_id, sizeof(fact->operator_id));
	mem_copy(fact->gate_id, use->gate_id, sizeof(fact->gate_id));
	put_verdict(fact, offline_verdicts[use->standing]);
	put_contest(fact, &changed->contest);
	put_fare(fact, use);
}

static void upload_writes(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	struct upload_out *out = call->out;
	time_ms after = cmd->scan.ticket_known ? cmd->scan.use.last_event_at : 0;
	struct fact fact;

	upload_keep_code(call);
	fill_scanned(call, cmd, out, &fact);
	after = fact_file(call, &fact, after);
	call_receipt(call);
	for (size_t i = 0; i < out->changed_count; i++) {
		fill_changed(call, cmd, out, &out->changed[i], &fact);
		after = fact_file(call, &fact, after);
	}
	if (!out->writes_use)
		return;
	out->next.last_event_at = after;
	call_put_shape(call, use_record_key(call, cmd->scan.ticket.id), &use_shape, &out->next);
	if (!out->writes_uses)
		return;
	upload_put_sailings(call);
	offline_fit(&cmd->uses);
	call_put_shape(call, upload_uses_key(call, cmd->scan.ticket.id), &offline_uses_shape,
		       &cmd->uses);
}

static void upload_answer_op(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	const struct upload_out *out = call->out;
	struct upload_answer answer = { .contested = out->contest.contested,
					.bearer = out->contest.bearer,
					.borne_yen = out->contest.borne_yen,
					.contest_why = out->contest.why };

	cmd->scan.outcome.verdict = out->verdict;
	scan_fill_answer(&answer.scan, &cmd->scan);
	call->reply.counts_as = (uint8_t)(1 + out->verdict);
	call_reply_shape(call, 200, &upload_answer_shape, &answer);
}

const struct flow_op upload_op = { "upload",	  sizeof(struct upload_cmd),
				   sizeof(struct upload_out), upload_parse,
				   upload_keys,	  upload_decide,
				   upload_writes, upload_answer_op };

void upload_job(struct http_job *job)
{
	batch_run(job, &upload_op);
}
