/* operators/scan_load.c - brings together what a scan is decided by. Without it a scan told later
 * would be judged by other records than one that is asked.
 */
#include "operators/scan_load.h"

#include "core/date.h"
#include "fares/gtfs.h"

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

void scan_read_code(struct call *call, struct scan_cmd *cmd)
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
	if (cmd->offline)
		return true;
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

const char *scan_stop(const struct scan_cmd *cmd)
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
		*to = scan_stop(cmd);
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

bool scan_load(struct call *call, struct scan_cmd *cmd)
{
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
