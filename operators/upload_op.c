/* operators/upload_op.c - a gate that was offline tells what it did. Without it a tunnel, a ship or
 * a storm would carry people for nothing.
 *
 * It is judged by the same scan_decide as a scan that is asked, but as its gate could see it: by
 * the ticket's face, its product and the place alone. What came of the ticket elsewhere is
 * operators/offline_uses.h's, and who pays operators/contest.h's. What was done is never refused:
 * a line that is a scan at all is stored, and answered under its scan_id for ever.
 */
#include "operators/upload_op.h"

#include "core/config.h"
#include "core/date.h"
#include "operators/scan_load.h"

struct upload_cmd {
	struct scan_cmd scan; /* First. */
	struct upload_body body;
	bool carried;
	enum scan_verdict gate_verdict;
	struct offline_uses uses;
};

struct changed { /* An offline use that stands otherwise since this one is known. */
	struct offline_use use;
	struct contest contest;
};

struct upload_out {
	enum scan_verdict verdict; /* By all that is known. */
	struct contest contest;
	bool writes_use, writes_uses;
	struct use next;
	time_ms over_at;
	struct changed changed[OFFLINE_USE_COUNT_MAX];
	size_t changed_count;
};

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

static const char *uses_key(struct call *call, struct id128 ticket_id)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, ticket_id);
	return call_key(call, "offuse/%s", text);
}

static bool upload_keys(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	int got_sale, got_uses;

	if (cmd->scan.by_code == SCAN_ADMITTED && !cmd->scan.by_coupon) { /* With the rest. */
		call_want(call, ticket_record_key(call, cmd->scan.ticket.id));
		call_want(call, uses_key(call, cmd->scan.ticket.id));
	}
	cmd->scan.od_fare_yen = -1; /* Where a refused code spares its loading. */
	if (!scan_load(call, &cmd->scan))
		return false;
	if (!cmd->scan.ticket_known)
		return true;
	got_sale = call_load(call, &cmd->scan.sale, &sale_shape,
			     ticket_record_key(call, cmd->scan.ticket.id));
	got_uses = call_load(call, &cmd->uses, &offline_uses_shape,
			     uses_key(call, cmd->scan.ticket.id));
	MUST(got_sale >= 0); /* A use stands beside every sale. */
	if (got_uses < 0)
		mem_zero(&cmd->uses, sizeof(cmd->uses));
	return true;
}

/* ---- As the gate could see it. ---- */

/* Nobody rode yet, and whoever leaves had come in. */
static void forget_elsewhere(struct upload_cmd *cmd)
{
	const struct gate *gate = &cmd->scan.gate;
	struct use *use = &cmd->scan.use;
	struct use seen = { .reservation_count = use->reservation_count };

	/* The code is ours all the same. */
	mem_copy(seen.code_digest, use->code_digest, sizeof(seen.code_digest));
	for (size_t i = 0; i < use->reservation_count; i++) {
		seen.reservations[i] = use->reservations[i];
		seen.reservations[i].checked_in = false;
	}
	if (cmd->scan.body.kind == SCAN_KIND_exit || cmd->scan.body.kind == SCAN_KIND_alight) {
		seen.inside = true;
		seen.inside_mode = gate->mode;
		mem_copy(seen.inside_operator, gate->operator_id, sizeof(seen.inside_operator));
		seen.inside_since = cmd->scan.body.at;
	}
	*use = seen;
}

static bool ride_is_open(const struct upload_cmd *cmd)
{
	const struct use *use = &cmd->scan.use;

	return use->inside && use->inside_mode == cmd->scan.gate.mode &&
	       cmd->scan.body.at >= use->inside_since;
}

/* Out: scan.outcome. An exit is first tried as the end of the ride that is open, which knows its
 * fare. */
static void judge_face(struct call *call, struct upload_cmd *cmd)
{
	struct use *use = &cmd->scan.use, kept = *use;
	bool leaves = cmd->scan.body.kind == SCAN_KIND_exit ||
		      cmd->scan.body.kind == SCAN_KIND_alight;

	use->status = TICKET_VALID;
	if (!leaves || !ride_is_open(cmd))
		forget_elsewhere(cmd);
	scan_judge(call, &cmd->scan);
	if (leaves && cmd->scan.refused == SCAN_ADMITTED &&
	    cmd->scan.outcome.verdict != SCAN_ADMITTED) {
		forget_elsewhere(cmd);
		scan_judge_again(call, &cmd->scan);
	}
	*use = kept;
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
	outcome.next.valid_until = out->next.valid_until;
	cmd->scan.use = kept;
	cmd->scan.outcome = outcome;
}

/* ---- Who bears it. ---- */

static yen fare_of(const struct upload_cmd *cmd)
{
	const struct scan_cmd *scan = &cmd->scan;
	yen each = scan->od_fare_yen >= 0 ? scan->od_fare_yen : scan->operator.base_fare_yen;

	if (scan->body.kind == SCAN_KIND_exit || scan->body.kind == SCAN_KIND_alight)
		return 0; /* Its boarding tells it. */
	if (scan->service_known && scan->service.deemed_fare_yen > 0)
		each = scan->service.deemed_fare_yen;
	return each * scan->body.riders;
}

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
	in.bundle_at = cmd->body.bundle_at;
	in.fare_yen = fare_of(cmd);
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
	in.bundle_at = use->bundle_at;
	in.fare_yen = use->fare_yen;
	contest_decide(contest, &in);
	if (use->standing == OFFLINE_ride_contested)
		contest->why = CONTEST_RIDE_CONTESTED;
}

/* ---- Among the ticket's other uses. ---- */

static void make_use(struct call *call, const struct upload_cmd *cmd, struct offline_use *use)
{
	const struct scan_cmd *scan = &cmd->scan;

	*use = (struct offline_use){
		.scan_id = scan->body.scan_id,
		.fact_id = call->id,
		.at = scan->body.at,
		.uploaded_at = call->now,
		.bundle = cmd->body.bundle,
		.bundle_at = cmd->body.bundle_at,
		.mode = scan->gate.mode,
		.riders = scan->body.riders,
		.leaving = !scan->outcome.boarding,
		.deemed_fare_yen = scan->outcome.deemed_fare_yen,
		.fare_yen = fare_of(cmd),
	};
	mem_copy(use->gate_id, scan->gate.gate_id, sizeof(use->gate_id));
	mem_copy(use->operator_id, scan->gate.operator_id, sizeof(use->operator_id));
	if (scan->service_known)
		mem_copy(use->service_id, scan->service.service_id, sizeof(use->service_id));
	if (scan->code.presented)
		use->proof = code_presentation_id(&scan->code);
	use->place = offline_place(use, &scan->use);
}

static void note_changes(struct call *call, const struct upload_cmd *cmd, struct upload_out *out,
			 const struct offline_uses *before)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct offline_use *was = &before->uses[i], *is = NULL;
		struct changed *changed = &out->changed[out->changed_count];

		for (size_t k = 0; k < cmd->uses.count; k++)
			if (id_equal(cmd->uses.uses[k].fact_id, was->fact_id))
				is = &cmd->uses.uses[k];
		if (is == NULL || is->standing == was->standing)
			continue;
		changed->use = *is;
		contest_use(call, cmd, &changed->contest, is);
		out->changed_count++;
	}
}

/* The ride that the newcomer begins or ends, unless a later scan has told of another. */
static void note_inside(const struct upload_cmd *cmd, struct upload_out *out)
{
	const struct use *seen = &cmd->scan.outcome.next;
	struct use *next = &out->next;

	if (cmd->scan.body.at < cmd->scan.use.last_at)
		return;
	if (!cmd->scan.outcome.boarding && !ride_is_open(cmd))
		return;
	next->inside = seen->inside;
	next->inside_mode = seen->inside_mode;
	next->inside_since = seen->inside_since;
	mem_copy(next->inside_operator, seen->inside_operator, sizeof(next->inside_operator));
	mem_copy(next->inside_stop, seen->inside_stop, sizeof(next->inside_stop));
	mem_copy(next->inside_route, seen->inside_route, sizeof(next->inside_route));
}

static void join_others(struct call *call, struct upload_cmd *cmd, struct upload_out *out)
{
	struct offline_terms terms = { &cmd->scan.ticket, &cmd->scan.product,
				       call->day_boundary_min };
	struct offline_uses *before = arena_alloc(call->arena, sizeof(*before));
	struct offline_base base;
	struct offline_use use;
	size_t at;

	offline_base(&base, &cmd->uses, &cmd->scan.use);
	*before = cmd->uses;
	make_use(call, cmd, &use);
	at = offline_add(&cmd->uses, &use);
	offline_judge(&cmd->uses, &base, &terms);
	offline_write(&out->next, &cmd->uses, &base, &terms);
	out->writes_uses = true;
	out->verdict = offline_verdicts[cmd->uses.uses[at].standing];
	contest_use(call, cmd, &out->contest, &cmd->uses.uses[at]);
	note_changes(call, cmd, out, before);
	if (out->verdict == SCAN_ADMITTED)
		note_inside(cmd, out);
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

static void fill_scanned(struct call *call, const struct upload_cmd *cmd,
			 const struct upload_out *out, struct fact *fact)
{
	scan_fill_fact(call, &cmd->scan, fact);
	put_contest(fact, &out->contest);
	put_verdict(fact, out->verdict);
	mem_copy(fact->gate_verdict, cmd->body.verdict, sizeof(fact->gate_verdict));
	fact->bundle_s = cmd->body.bundle;
	fact->bundle_at = cmd->body.bundle_at;
	fact->uploaded_at = call->now;
	fact->n = out->writes_use ? out->next.n : 0;
	fact->over_at = out->over_at;
	if (!cmd->carried)
		fact->boarding = false;
}

static void fill_changed(struct call *call, const struct upload_cmd *cmd,
			 const struct upload_out *out, const struct changed *changed,
			 struct fact *fact)
{
	const struct offline_use *use = &changed->use;

	*fact = (struct fact){
		.type = FACT_contest_changed,
		.at = use->at,
		.id = call->id,
		.ticket_id = cmd->scan.ticket.id,
		.product_number = cmd->scan.ticket.product_number,
		.product_version = cmd->scan.ticket.product_version,
		.riders = use->riders,
		.mode = use->mode,
		.deemed_fare_yen = use->deemed_fare_yen,
		.boarding = !use->leaving,
		.n = out->next.n,
		.scan_id = use->scan_id,
		.bundle_s = use->bundle,
		.bundle_at = use->bundle_at,
		.uploaded_at = use->uploaded_at,
		.changed_id = use->fact_id,
	};
	mem_copy(fact->operator_id, use->operator_id, sizeof(fact->operator_id));
	mem_copy(fact->gate_id, use->gate_id, sizeof(fact->gate_id));
	put_verdict(fact, offline_verdicts[use->standing]);
	put_contest(fact, &changed->contest);
}

static void put_places(struct call *call, struct upload_cmd *cmd, const struct upload_out *out)
{
	struct service *service = &cmd->scan.service;
	uint16_t taken = cmd->scan.outcome.takes_places;

	if (!out->writes_uses || out->verdict != SCAN_ADMITTED || taken == 0)
		return;
	service->taken = (uint16_t)(service->taken + taken);
	MUST(service->taken <= service->allotment);
	call_put_shape(call,
		       service_record_key(call, cmd->scan.gate.operator_id, service->service_id),
		       &service_shape, service);
}

static void upload_writes(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	struct upload_out *out = call->out;
	time_ms after = cmd->scan.ticket_known ? cmd->scan.use.last_event_at : 0;
	struct fact fact;

	fill_scanned(call, cmd, out, &fact);
	after = fact_file(call, &fact, after);
	for (size_t i = 0; i < out->changed_count; i++) {
		fill_changed(call, cmd, out, &out->changed[i], &fact);
		after = fact_file(call, &fact, after);
	}
	if (!out->writes_use)
		return;
	out->next.last_event_at = after;
	call_put_shape(call, use_record_key(call, cmd->scan.ticket.id), &use_shape, &out->next);
	if (out->writes_uses)
		call_put_shape(call, uses_key(call, cmd->scan.ticket.id), &offline_uses_shape,
			       &cmd->uses);
	put_places(call, cmd, out);
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
