/* operators/upload_load.c - what a line of a batch is judged by, beside what a scan is: the
 * ticket's other uses offline, and the council's outages. Without it each would be judged alone.
 */
#include "operators/upload_inside.h"

#include "core/config.h"
#include "operators/outage.h"

const char *upload_uses_key(struct call *call, struct id128 ticket_id)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, ticket_id);
	return call_key(call, "use/%s/offline", text);
}

static bool is_old(const struct call *call, int64_t bundle, time_ms at)
{
	const struct operators_room *room = call->room;

	return contest_bundle_is_old(bundle, at, (uint16_t)room->config->bundle_max_age_h);
}

/* Outages matter to old bundles alone, so most uploads ask for none. */
static bool load_outages(struct call *call, struct upload_cmd *cmd)
{
	time_ms first = UPLOAD_NEVER;

	if (is_old(call, cmd->body.bundle, cmd->body.scan.at))
		first = cmd->body.scan.at;
	for (size_t i = 0; i < cmd->uses.count; i++) {
		const struct offline_use *use = &cmd->uses.uses[i];

		if (use->at < first && is_old(call, use->bundle, use->at))
			first = use->at;
	}
	cmd->outages_from = first;
	return first == UPLOAD_NEVER || outages_load(call, first);
}

bool upload_in_outage(struct call *call, const struct upload_cmd *cmd, const char *operator_id,
		      time_ms at, int64_t bundle)
{
	return is_old(call, bundle, at) &&
	       outage_covers(call, cmd->outages_from, operator_id, at);
}

static time_ms last_ride(const struct upload_cmd *cmd)
{
	time_ms last = cmd->scan.body.at;

	for (size_t i = 0; i < cmd->uses.count; i++)
		if (cmd->uses.uses[i].at > last)
			last = cmd->uses.uses[i].at;
	return last;
}

/* None. What stands behind a count says nothing, and is most of it. */
static void forget_uses(struct offline_uses *uses)
{
	const size_t from = offsetof(struct offline_uses, count);

	mem_zero((uint8_t *)uses + from, sizeof(*uses) - from);
}

bool upload_keys(struct call *call)
{
	struct upload_cmd *cmd = call->cmd;
	int got_sale, got_uses;

	if (cmd->scan.by_code == SCAN_ADMITTED && !cmd->scan.by_coupon) { /* With the rest. */
		call_want(call, ticket_record_key(call, cmd->scan.ticket.id));
		call_want(call, upload_uses_key(call, cmd->scan.ticket.id));
	}
	cmd->scan.od_fare_yen = -1; /* Where a refused code spares its loading. */
	if (!scan_load(call, &cmd->scan))
		return false;
	cmd->uses.count = 0;
	if (!cmd->scan.ticket_known)
		return load_outages(call, cmd) || call->problem.status == 0;
	got_sale = call_load(call, &cmd->scan.sale, &sale_shape,
			     ticket_record_key(call, cmd->scan.ticket.id));
	got_uses = call_load(call, &cmd->uses, &offline_uses_shape,
			     upload_uses_key(call, cmd->scan.ticket.id));
	MUST(got_sale >= 0); /* A use stands beside every sale. */
	if (got_uses < 0)
		forget_uses(&cmd->uses);
	scan_want_check(call, &cmd->scan);
	if (got_uses == 0)
		return true;
	return (scan_load_extensions(call, &cmd->scan, last_ride(cmd)) &&
		load_outages(call, cmd) && upload_join(call)) ||
	       call->problem.status == 0;
}
