/* operators/scan_load.c - brings together what a scan is decided by. Without it a scan told later
 * would be judged by other records than one that is asked.
 */
#include "operators/scan_load.h"

#include "core/date.h"
#include "operators/mode.h"
#include "operators/offline_uses.h"
#include "operators/override.h"
#include "operators/pass_leg.h"

void scan_read_code(struct scan_cmd *cmd)
{
	struct slice code = slice_text(cmd->body.qr);

	if (slice_starts(code, SLICE(TICKET_CODE_PREFIX))) {
		bool read = code_parse(&cmd->code, code) == CODE_OK;

		cmd->by_code = read ? SCAN_ADMITTED : SCAN_MALFORMED;
		cmd->ticket = cmd->code.ticket;
		return;
	}
	cmd->by_coupon = bcbp_read(&cmd->pass, code);
	cmd->pass.passenger_name = slice_of(NULL, 0); /* Not needed, so not kept. */
	cmd->by_code = cmd->by_coupon ? SCAN_ADMITTED : SCAN_MALFORMED;
}

/* The caller, or the vehicle whose code the rider's app read. */
static bool load_gate(struct call *call, struct scan_cmd *cmd)
{
	const char *gate_id = cmd->reversed ? cmd->reverse_gate : call->caller.subject;
	int got = call_load(call, &cmd->gate, &gate_shape, gate_key(call, gate_id));

	if (got >= 0 && (!cmd->reversed || got == 0 || cmd->gate.reverse))
		return got > 0;
	if (cmd->reversed)
		return call_refuse_at(call, 422, "UNKNOWN_VEHICLE", "/vehicle",
				      "no vehicle shows this code to riders' phones");
	return call_refuse(call, 403, "GATE_UNKNOWN", "this token's gate is not registered");
}

static bool load_place(struct call *call, struct scan_cmd *cmd)
{
	if (!load_gate(call, cmd) ||
	    !load_operator(call, &cmd->operator, cmd->gate.operator_id, 422))
		return false;
	if (!mode_takes_kind(cmd->gate.mode, cmd->body.kind))
		return call_refuse_at(call, 422, "WRONG_KIND", "/kind",
				      "rail: enter or exit; bus: board or alight; ferry and air: "
				      "check_in; venue: redeem");
	if (cmd->offline)
		return true;
	if (cmd->body.at > call->now + SCAN_SKEW_S * SECOND_MS ||
	    cmd->body.at < call->now - SCAN_SKEW_S * SECOND_MS)
		return call_refuse_at(call, 422, "CLOCK_SKEW", "/at",
				      "more than %d s from the server's time; set the clock",
				      SCAN_SKEW_S);
	return true;
}

static const char *coupon_key(struct call *call, const struct bcbp_leg *leg, day_t day)
{
	char date[DATE_TEXT_SIZE];

	date_encode(date, day);
	return call_key(call, "bcbp/%s/%s/%s/%s", leg->carrier, leg->flight, date, leg->pnr);
}

/* One leg's coupon. Its pass names the day of the year: the one nearest to the scan is meant.
 * False: not yet. */
static bool load_leg(struct call *call, const struct scan_cmd *cmd, struct pass_leg *leg,
		     struct coupon *coupon, size_t i)
{
	const struct bcbp_leg *said = &cmd->pass.leg[i];
	day_t day = day_of_year_near(said->julian_day, day_at(cmd->body.at));
	int got = call_load(call, coupon, &coupon_shape, coupon_key(call, said, day));

	*leg = (struct pass_leg){ .ours = got > 0, .day = day };
	if (got > 0) {
		leg->here = text_equal(coupon->operator_id, cmd->gate.operator_id);
		leg->named = text_equal(coupon->service_id, cmd->body.service);
	}
	return got != 0;
}

/* Of all its legs, for whoever changes planes shows one pass. As in call_load. */
static int find_coupon(struct call *call, struct scan_cmd *cmd)
{
	struct pass_leg legs[BCBP_LEG_COUNT_MAX];
	struct coupon coupons[BCBP_LEG_COUNT_MAX];
	bool all = true;
	int chosen;

	for (size_t i = 0; i < cmd->pass.legs; i++)
		all = load_leg(call, cmd, &legs[i], &coupons[i], i) && all;
	if (!all)
		return 0;
	chosen = pass_leg_choose(legs, cmd->pass.legs, day_at(cmd->body.at));
	if (chosen < 0)
		return -1;
	cmd->coupon = coupons[chosen];
	return 1;
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
	got = find_coupon(call, cmd);
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

/* A ticket that an app names, which must be its own: as if its code had been shown. */
static bool load_named(struct call *call, struct scan_cmd *cmd)
{
	if (!load_ticket(call, &cmd->sale, &cmd->use, cmd->reverse_ticket) ||
	    !may_see_ticket(call, &cmd->sale) ||
	    !load_product_version(call, &cmd->product, cmd->sale.product_number,
				  cmd->sale.product_version))
		return false;
	cmd->ticket_known = cmd->product_known = true;
	sale_ticket(&cmd->ticket, &cmd->sale, &cmd->product, FARE_FULL);
	return true;
}

/* A code that stands for no sale is none of ours, whoever signed it. */
static bool load_code(struct call *call, struct scan_cmd *cmd)
{
	const struct ticket *ticket = &cmd->ticket;
	int use = call_load(call, &cmd->use, &use_shape, use_record_key(call, ticket->id));
	int product = call_load(call, &cmd->product, &product_shape, product_key(call, ticket));

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

/* ---- Validity that the council made longer. ---- */

static bool load_extended(struct call *call, struct extension *list, size_t *count,
			  uint16_t product_number)
{
	struct extended extended;
	int got = call_load(call, &extended, &extended_shape, extended_key(call, product_number));

	for (uint16_t i = 0; got > 0 && i < extended.count; i++)
		list[(*count)++] = extended.list[i];
	return got != 0;
}

/* The earliest end that the ticket can have: of two uses offline, the one told later may be the
 * first. */
static time_ms first_end(const struct call *call, const struct scan_cmd *cmd)
{
	time_ms face = offline_face_until(&cmd->ticket), first = cmd->use.first_used_at, end = face;

	if (first != 0)
		end = cmd->use.valid_until;
	if (!cmd->offline)
		return end;
	if (first == 0 || cmd->body.at < first)
		first = cmd->body.at;
	first = validity_until(&cmd->product, first, face, call->day_boundary_min);
	return first < end ? first : end;
}

/* A ticket's own extension stands in its record. The others are asked for where it matters, which
 * spares nearly every scan two records. */
bool scan_load_extensions(struct call *call, struct scan_cmd *cmd, time_ms latest)
{
	struct extension *list;
	size_t count = 0;
	bool late, all = true;

	cmd->extensions = (struct extensions){ NULL, 0 };
	if (!cmd->ticket_known || !cmd->product_known)
		return true;
	late = latest > first_end(call, cmd);
	if (!late && cmd->use.extended_until == 0)
		return true;
	list = arena_alloc(call->arena, (2 * EXTENDED_COUNT_MAX + 1) * sizeof(*list));
	if (cmd->use.extended_until != 0)
		list[count++] = (struct extension){ .ticket_id = cmd->ticket.id,
						    .valid_until = cmd->use.extended_until };
	if (late) {
		all = load_extended(call, list, &count, cmd->ticket.product_number);
		all = load_extended(call, list, &count, 0) && all;
	}
	cmd->extensions = (struct extensions){ list, count };
	return all;
}

const char *scan_stop(const struct scan_cmd *cmd)
{
	return cmd->gate.stop[0] != '\0' ? cmd->gate.stop : cmd->body.stop;
}

/* A vehicle may change its route: then it says so at the scan. */
const char *scan_route(const struct scan_cmd *cmd)
{
	bool moves = cmd->gate.mode == MODE_bus || cmd->gate.mode == MODE_rail;

	return cmd->gate.route[0] != '\0' || !moves ? cmd->gate.route : cmd->body.service;
}

static bool load_whose(struct call *call, struct scan_cmd *cmd)
{
	if (cmd->reversed)
		return load_named(call, cmd);
	return cmd->by_coupon ? load_coupon(call, cmd) : load_code(call, cmd);
}

/* A gate stays with its operator, so that both may be asked for at once. */
static void want_operator(struct call *call, const struct scan_cmd *cmd)
{
	struct gate gate;

	if (!cmd->reversed &&
	    call_guess(call, &gate, &gate_shape, gate_key(call, call->caller.subject)))
		call_want(call, operator_key(call, gate.operator_id));
}

bool scan_load(struct call *call, struct scan_cmd *cmd)
{
	cmd->refused = cmd->by_code;
	cmd->ticket_known = cmd->product_known = false;
	cmd->extensions = (struct extensions){ NULL, 0 };
	/* Asked for together with the gate. */
	if (cmd->by_code == SCAN_ADMITTED && !cmd->by_coupon && !cmd->reversed) {
		call_want(call, use_record_key(call, cmd->ticket.id));
		call_want(call, product_key(call, &cmd->ticket));
	}
	want_operator(call, cmd);
	if (!load_place(call, cmd))
		return call->problem.status == 0;
	if (cmd->refused != SCAN_ADMITTED)
		return true;
	if (!load_whose(call, cmd))
		return call->problem.status == 0;
	return cmd->refused != SCAN_ADMITTED || !load_service(call, cmd) ||
	       !scan_load_extensions(call, cmd, cmd->body.at) || scan_load_fare(call, cmd) ||
	       call->problem.status == 0;
}
