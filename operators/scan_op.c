/* operators/scan_op.c - a gate asks, is answered, and the answer is a fact. It fetches what
 * scan_decide wants to know, and writes three records: the ticket's use, the fact, and the answer
 * under the scan's name.
 */
#include "operators/operators_op.h"

#include "core/date.h"
#include "fares/gtfs.h"
#include "qr/bcbp.h"
#include "qr/ticket.h"

enum { SCAN_SKEW_S = 300, HALF_YEAR_DAYS = 183 };

struct scan_cmd {
	struct scan_body body;
	bool by_coupon;
	enum scan_verdict by_code; /* By the code alone; SCAN_ADMITTED: not refused. */
	enum scan_verdict refused; /* The same, and by what this try found. */
	struct ticket ticket;
	struct bcbp pass;
	struct gate gate;
	struct operator operator;
	struct coupon coupon;
	struct sale sale; /* By a coupon only: our own code says all of it. */
	struct use use;
	struct product product;
	struct service service;
	bool ticket_known, product_known, service_named, service_known;
	yen od_fare_yen; /* -1: not known. */
	struct scan_outcome outcome;
};

static bool kind_fits(uint8_t kind, uint8_t mode)
{
	static const uint8_t kinds[MODE_COUNT] = {
		[MODE_rail] = 1u << SCAN_KIND_enter | 1u << SCAN_KIND_exit,
		[MODE_bus] = 1u << SCAN_KIND_board | 1u << SCAN_KIND_alight,
		[MODE_ferry] = 1u << SCAN_KIND_check_in,
		[MODE_air] = 1u << SCAN_KIND_check_in,
		[MODE_venue] = 1u << SCAN_KIND_redeem,
	};

	return (kinds[mode] >> kind & 1) != 0;
}

/* What the code is, before anything is fetched. */
static void read_code(struct call *call, struct scan_cmd *cmd)
{
	const struct operators_room *room = call->room;
	struct slice code = slice_text(cmd->body.qr);
	static const enum scan_verdict verdicts[] = {
		[TICKET_OK] = SCAN_ADMITTED,         [TICKET_MALFORMED] = SCAN_MALFORMED,
		[TICKET_TOO_LARGE] = SCAN_MALFORMED, [TICKET_UNKNOWN_KEY] = SCAN_UNKNOWN_KEY,
		[TICKET_FORGED] = SCAN_FORGED,
	};

	if (slice_starts(code, SLICE(TICKET_CODE_PREFIX))) {
		cmd->by_code = verdicts[ticket_read(&cmd->ticket, code, room->keys)];
		return;
	}
	cmd->by_coupon = bcbp_read(&cmd->pass, code);
	cmd->pass.passenger_name = slice_of(NULL, 0); /* Not needed, so not kept. */
	cmd->by_code = cmd->by_coupon ? SCAN_ADMITTED : SCAN_MALFORMED;
}

static bool scan_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct scan_cmd *cmd = call->cmd;
	time_ms made_at;

	if (!call_query_only(call, none) || !call_body(call, &cmd->body, &scan_body_shape))
		return false;
	if (!uuid7_time(&made_at, cmd->body.scan_id))
		return call_refuse_at(call, 422, "BAD_FORMAT", "/scan_id",
				      "a UUID of version 7 (RFC 9562)");
	if (cmd->body.riders == 0)
		cmd->body.riders = 1;
	read_code(call, cmd);
	call_name(call, slice_text(call->caller.subject), cmd->body.scan_id);
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon)
		call_hot(call, use_record_key(call, cmd->ticket.id));
	return true;
}

static bool load_place(struct call *call, struct scan_cmd *cmd)
{
	int got = call_load(call, &cmd->gate, &gate_shape, gate_key(call, call->caller.subject));

	if (got < 0)
		return call_refuse(call, 403, "GATE_UNKNOWN",
				   "this token's gate is not registered");
	if (got == 0 || !load_operator(call, &cmd->operator, cmd->gate.operator_id, 422))
		return false;
	if (!kind_fits(cmd->body.kind, cmd->gate.mode))
		return call_refuse_at(call, 422, "WRONG_KIND", "/kind",
				      "rail: enter or exit; bus: board or alight; ferry and air: "
				      "check_in; venue: redeem");
	if (cmd->body.at > call->now + SCAN_SKEW_S * SECOND_MS ||
	    cmd->body.at < call->now - SCAN_SKEW_S * SECOND_MS)
		return call_refuse_at(call, 422, "CLOCK_SKEW", "/at",
				      "more than %d s from the server's time; set the gate's clock",
				      SCAN_SKEW_S);
	return true;
}

/* A boarding pass names the day of the year: the one nearest to the scan is meant. */
static day_t day_of_pass(const struct scan_cmd *cmd)
{
	day_t at = day_at(cmd->body.at), best = 0;
	int32_t year = civil_of_day(at).year;

	for (int32_t y = year - 1; y <= year + 1; y++) {
		day_t day = day_of_civil((struct civil){ y, 1, 1 }) + cmd->pass.julian_day - 1;

		if (best == 0 ||
		    (day > at ? day - at : at - day) < (best > at ? best - at : at - best))
			best = day;
	}
	return best;
}

static const char *coupon_key(struct call *call, const struct scan_cmd *cmd)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, day_of_pass(cmd));
	return call_key(call, "bcbp/%s/%s/%s/%s", cmd->pass.carrier, cmd->pass.flight, date,
			cmd->pass.pnr);
}

/* The ticket of a boarding pass, as if its own code had been shown. True: known, or known not to
 * be. */
static bool load_coupon(struct call *call, struct scan_cmd *cmd)
{
	int got;

	if (cmd->gate.mode != MODE_air) {
		cmd->refused = SCAN_MALFORMED;
		return true;
	}
	got = call_load(call, &cmd->coupon, &coupon_shape, coupon_key(call, cmd));
	if (got < 0)
		cmd->refused = SCAN_NO_RESERVATION;
	if (got <= 0)
		return got < 0;
	if (!load_ticket(call, &cmd->sale, &cmd->use, cmd->coupon.ticket_id) ||
	    !load_product_version(call, &cmd->product, cmd->sale.product_number,
				  cmd->sale.product_version))
		return false;
	cmd->ticket_known = cmd->product_known = true;
	sale_ticket(&cmd->ticket, &cmd->sale, &cmd->product, FARE_FULL);
	mem_copy(cmd->body.service, cmd->coupon.service_id, sizeof(cmd->coupon.service_id));
	return true;
}

static const char *product_key(struct call *call, const struct ticket *ticket)
{
	return call_key(call, "prodver/%04x/%04x", ticket->product_number, ticket->product_version);
}

/* A code that is signed by us but stands for no sale is none of ours. */
static bool load_code(struct call *call, struct scan_cmd *cmd)
{
	int use = call_load(call, &cmd->use, &use_shape, use_record_key(call, cmd->ticket.id));
	int product = call_load(call, &cmd->product, &product_shape, product_key(call, &cmd->ticket));

	if (use == 0 || product == 0)
		return false;
	cmd->ticket_known = use > 0;
	cmd->product_known = product > 0;
	if (!cmd->ticket_known)
		cmd->refused = SCAN_FORGED;
	return true;
}

static bool load_service(struct call *call, struct scan_cmd *cmd)
{
	struct slice id = slice_text(cmd->body.service);
	int got;

	cmd->service_named =
	    id.size > 0 && (cmd->gate.mode == MODE_ferry || cmd->gate.mode == MODE_air);
	cmd->service_known = false;
	if (!cmd->service_named || !subject_is_valid(id))
		return true;
	got = call_load(call, &cmd->service, &service_shape,
			service_record_key(call, cmd->gate.operator_id, cmd->body.service));
	cmd->service_known = got > 0;
	return got != 0;
}

static const char *stop_of(const struct scan_cmd *cmd)
{
	return cmd->gate.stop[0] != '\0' ? cmd->gate.stop : cmd->body.stop;
}

/* Between which stops, on which route, this scan's fare lies. False: it has none. */
static bool fare_ends(const struct scan_cmd *cmd, const char **from, const char **to,
		      const char **route)
{
	if (cmd->gate.mode == MODE_ferry && cmd->service_known) {
		*from = cmd->service.from_stop;
		*to = cmd->service.to_stop;
		*route = cmd->service.route_id;
	} else if (cmd->body.kind == SCAN_KIND_exit || cmd->body.kind == SCAN_KIND_alight) {
		*from = cmd->use.inside_stop;
		*to = stop_of(cmd);
		*route = cmd->use.inside_route;
	} else {
		return false;
	}
	return **from != '\0' && **to != '\0';
}

/* The zone that a stop's fares go by, its own or its station's. False: not yet. */
static bool load_zone(struct call *call, const struct feed *feed, const char *stop_id,
		      char zone[GTFS_ID_SIZE])
{
	struct feed_stop stop;
	int got = call_load(call, &stop, &feed_stop_shape,
			    gtfs_call_key(call, "stop", feed, slice_text(stop_id)));

	zone[0] = '\0';
	if (got > 0 && stop.zone_id[0] == '\0' && stop.parent[0] != '\0')
		got = call_load(call, &stop, &feed_stop_shape,
				gtfs_call_key(call, "stop", feed, slice_text(stop.parent)));
	if (got > 0)
		mem_copy(zone, stop.zone_id, sizeof(stop.zone_id));
	return got != 0;
}

/* One rider's fare as the operator's own feed has it. True: known, or known not to be. */
static bool load_fare(struct call *call, struct scan_cmd *cmd)
{
	const char *from, *to, *route, *keys[GTFS_FARE_KEYS];
	char zone_from[GTFS_ID_SIZE], zone_to[GTFS_ID_SIZE];
	struct fare *fares = arena_alloc(call->arena, sizeof(*fares) * GTFS_FARE_KEYS);
	struct feed *feed = arena_alloc(call->arena, sizeof(*feed));
	size_t count, found = 0;
	bool all = true;
	int got;

	cmd->od_fare_yen = -1;
	if (cmd->operator.feed[0] == '\0' || !fare_ends(cmd, &from, &to, &route))
		return true;
	got = call_load(call, feed, &feed_shape, call_key(call, "feed/%s", cmd->operator.feed));
	if (got <= 0)
		return got < 0;
	if (!load_zone(call, feed, from, zone_from) || !load_zone(call, feed, to, zone_to))
		return false;
	count = gtfs_fare_keys(keys, call, feed, slice_text(route), slice_text(zone_from),
			       slice_text(zone_to));
	for (size_t i = 0; i < count; i++) {
		got = call_load(call, &fares[found], &fare_shape, keys[i]);
		all = all && got != 0;
		found += got > 0;
	}
	if (all && !gtfs_fare_choose(&cmd->od_fare_yen, fares, found))
		cmd->od_fare_yen = -1;
	return all;
}

static bool scan_keys(struct call *call)
{
	struct scan_cmd *cmd = call->cmd;

	cmd->refused = cmd->by_code;
	cmd->ticket_known = cmd->product_known = false;
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon) { /* Asked for together with the gate. */
		call_want(call, use_record_key(call, cmd->ticket.id));
		call_want(call, product_key(call, &cmd->ticket));
	}
	if (!load_place(call, cmd))
		return call->problem.status == 0;
	if (cmd->refused != SCAN_ADMITTED)
		return true;
	if (!(cmd->by_coupon ? load_coupon(call, cmd) : load_code(call, cmd)))
		return call->problem.status == 0;
	return cmd->refused != SCAN_ADMITTED || !load_service(call, cmd) || load_fare(call, cmd) ||
	       call->problem.status == 0;
}

static bool scan_decide_op(struct call *call)
{
	struct scan_cmd *cmd = call->cmd;
	struct gate gate = cmd->gate;
	struct scan scan = { cmd->body.kind, cmd->body.at, cmd->body.riders, stop_of(cmd),
			     cmd->service_named ? cmd->body.service : "" };
	struct scan_place place = { &gate,
				    &cmd->operator,
				    cmd->service_known ? &cmd->service : NULL,
				    cmd->service_named,
				    cmd->service_known,
				    call->day_boundary_min,
				    cmd->od_fare_yen };
	struct scan_input input = { &cmd->ticket, cmd->product_known ? &cmd->product : NULL,
				    &cmd->use,    &place,
				    &scan,        cmd->by_coupon };

	cmd->outcome = (struct scan_outcome){ .verdict = cmd->refused };
	if (cmd->refused != SCAN_ADMITTED)
		return true;
	/* A vehicle may change its route: then it says so at the scan. */
	if ((gate.mode == MODE_bus || gate.mode == MODE_rail) && gate.route[0] == '\0')
		mem_copy(gate.route, cmd->body.service, sizeof(gate.route));
	scan_decide(&cmd->outcome, &input);
	return true;
}

static void fill_fact(struct call *call, const struct scan_cmd *cmd, struct fact *fact)
{
	const struct scan_outcome *outcome = &cmd->outcome;

	*fact = (struct fact){ .type = FACT_scanned,
			       .at = cmd->body.at,
			       .id = call->id,
			       .riders = cmd->body.riders,
			       .mode = cmd->gate.mode,
			       .deemed_fare_yen = outcome->deemed_fare_yen,
			       .boarding = outcome->boarding };
	mem_copy(fact->operator_id, cmd->gate.operator_id, sizeof(fact->operator_id));
	mem_copy(fact->gate_id, cmd->gate.gate_id, sizeof(fact->gate_id));
	MUST(text_set(fact->kind, sizeof(fact->kind), slice_text(scan_kind_names[cmd->body.kind])));
	MUST(text_set(fact->verdict, sizeof(fact->verdict),
		      slice_text(scan_verdict_names[outcome->verdict])));
	MUST(text_set(fact->stop, sizeof(fact->stop), slice_text(stop_of(cmd))));
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
	}
}

static void scan_writes(struct call *call)
{
	struct scan_cmd *cmd = call->cmd;
	struct scan_outcome *outcome = &cmd->outcome;
	time_ms after = cmd->ticket_known ? cmd->use.last_event_at : 0;
	struct fact fact;

	fill_fact(call, cmd, &fact);
	after = fact_file(call, &fact, after);
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

static void scan_answer_op(struct call *call)
{
	const struct scan_cmd *cmd = call->cmd;
	const struct scan_outcome *outcome = &cmd->outcome;
	bool admitted = outcome->verdict == SCAN_ADMITTED;
	struct scan_answer answer = { .scan_id = cmd->body.scan_id,
				      .riders = cmd->body.riders,
				      .uses_left = !admitted || outcome->uses_left == UINT16_MAX
						       ? -1
						       : outcome->uses_left,
				      .at = cmd->body.at };

	MUST(text_set(answer.verdict, sizeof(answer.verdict),
		      slice_text(scan_verdict_names[outcome->verdict])));
	MUST(text_set(answer.why, sizeof(answer.why),
		      slice_text(scan_verdict_whys[outcome->verdict])));
	if (cmd->ticket_known)
		answer.ticket_id = cmd->ticket.id;
	if (cmd->product_known)
		mem_copy(answer.product_id, cmd->product.product_id, sizeof(answer.product_id));
	if (admitted)
		answer.valid_until = outcome->next.valid_until;
	mem_copy(answer.service, cmd->body.service, sizeof(answer.service));
	call->reply.counts_as = (uint8_t)(1 + outcome->verdict);
	call_reply_shape(call, 200, &scan_answer_shape, &answer);
}

const struct flow_op scan_op = { "scan",    sizeof(struct scan_cmd), 0,           scan_parse,
				 scan_keys, scan_decide_op,          scan_writes, scan_answer_op };
