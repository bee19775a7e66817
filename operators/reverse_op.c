/* operators/reverse_op.c - the rider's phone reads the vehicle's code, and shows the answer moving.
 * Without it a bus without a scanner would carry nobody by a code.
 *
 * The partner's server asks for its own ticket, which its app has opened: no code of the ticket is
 * shown and no proof asked for. A driver who looks sees six characters that change every
 * MOVING_STEP_S: the first thirty bits, five at a time, of SHA-256(scan_id || the step's first
 * second as eight bytes, high first). Whoever knows the scan_id, as the app and the vehicle's own
 * screen do, tells them for any time; a picture shows old ones.
 */
#include "operators/scan_load.h"

#include "core/crypto.h"
#include "core/date.h"

#define VEHICLE_PREFIX "HG1:"

enum { MOVING_STEP_S = 15 };

struct reverse_body {
	struct id128 scan_id, ticket_id;
	char vehicle[sizeof(VEHICLE_PREFIX) + SUBJECT_SIZE];
	time_ms at;
	uint8_t kind;
	char stop[STOP_ID_SIZE], service[STOP_ID_SIZE];
	uint8_t riders;
};

struct reverse_cmd {
	struct scan_cmd scan; /* First: it is what the steps of a scan see. */
	struct reverse_body body;
};
_Static_assert(offsetof(struct reverse_cmd, scan) == 0, "a reverse scan is a scan");

static const struct shape_field body_fields[] = {
	F_UUID(struct reverse_body, scan_id, 0, SHAPE_REQUIRED,
	       "made by the app (UUIDv7); the same one when the scan is sent again"),
	F_UUID(struct reverse_body, ticket_id, 0, SHAPE_REQUIRED, "a ticket of the partner's"),
	F_TEXT(struct reverse_body, vehicle, 0, SHAPE_REQUIRED, 1,
	       "the vehicle's code as it was read: HG1: and the gate's id"),
	F_TIME(struct reverse_body, at, 0, SHAPE_REQUIRED, "by the phone's clock"),
	F_ENUM(struct reverse_body, kind, 0, SHAPE_REQUIRED, scan_kind_names,
	       "what the rider does"),
	F_TEXT(struct reverse_body, stop, 0, 0, 0, "where, as the operator's feed spells it"),
	F_TEXT(struct reverse_body, service, 0, 0, 0,
	       "ferry, air: the service; bus, rail: the route of a moving gate"),
	F_INT(struct reverse_body, riders, 0, 0, 0, 99, "how many pass now; none said: 1"),
	F_END,
};
const struct shape reverse_body_shape = { "ReverseScan", sizeof(struct reverse_body), body_fields };

static const struct shape_field moving_fields[] = {
	F_TEXT(struct scan_moving, show, 0, SHAPE_REQUIRED, 1, "six characters"),
	F_TIME(struct scan_moving, until, 0, SHAPE_REQUIRED, "when the next ones follow"),
	F_END,
};
const struct shape scan_moving_shape = { "ScanMoving", sizeof(struct scan_moving), moving_fields };

static bool read_vehicle(char gate_id[ID_SIZE], const char *vehicle)
{
	struct slice text = slice_text(vehicle), id;

	if (!slice_starts(text, SLICE(VEHICLE_PREFIX)))
		return false;
	id = slice_of(text.data + sizeof(VEHICLE_PREFIX) - 1,
		      text.size - (sizeof(VEHICLE_PREFIX) - 1));
	return subject_is_valid(id) && text_set(gate_id, ID_SIZE, id);
}

/* A gate may have the partner's name, and both may make the same id: a version that no scan_id has
 * keeps their commands apart. */
static struct id128 name_of(struct id128 scan_id)
{
	scan_id.bytes[6] = (uint8_t)(0x80 | (scan_id.bytes[6] & 0x0f));
	return scan_id;
}

static bool reverse_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct reverse_cmd *cmd = call->cmd;
	const struct reverse_body *body = &cmd->body;
	struct scan_cmd *scan = &cmd->scan;
	time_ms made_at;

	if (!call_query_only(call, none) || !call_body(call, &cmd->body, &reverse_body_shape))
		return false;
	if (!uuid7_time(&made_at, body->scan_id))
		return call_refuse_at(call, 422, "BAD_FORMAT", "/scan_id",
				      "a UUID of version 7 (RFC 9562)");
	if (!read_vehicle(scan->reverse_gate, body->vehicle))
		return call_refuse_at(call, 422, "BAD_FORMAT", "/vehicle",
				      "HG1: and the id of the vehicle's gate");
	scan->reversed = true;
	scan->by_code = SCAN_ADMITTED;
	scan->reverse_ticket = body->ticket_id;
	scan->body = (struct scan_body){ .scan_id = body->scan_id,
					 .at = body->at,
					 .kind = body->kind,
					 .riders = body->riders == 0 ? 1 : body->riders };
	mem_copy(scan->body.stop, body->stop, sizeof(body->stop));
	mem_copy(scan->body.service, body->service, sizeof(body->service));
	call_name(call, slice_text(call->caller.subject), name_of(body->scan_id));
	call_hot(call, use_record_key(call, body->ticket_id));
	return true;
}

static bool reverse_keys(struct call *call)
{
	struct reverse_cmd *cmd = call->cmd;

	return scan_load(call, &cmd->scan);
}

static bool reverse_decide(struct call *call)
{
	struct reverse_cmd *cmd = call->cmd;

	scan_judge(call, &cmd->scan);
	return true;
}

static void reverse_writes(struct call *call)
{
	struct reverse_cmd *cmd = call->cmd;
	struct fact fact;

	scan_fill_fact(call, &cmd->scan, &fact);
	scan_write(call, &cmd->scan, &fact);
}

static void fill_moving(struct scan_moving *out, struct id128 scan_id, time_ms now)
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's base32. */
	int64_t first_s = now / SECOND_MS / MOVING_STEP_S * MOVING_STEP_S;
	uint8_t step[8], digest[SHA256_SIZE];
	uint32_t bits = 0;

	for (size_t i = 0; i < sizeof(step); i++)
		step[i] = (uint8_t)((uint64_t)first_s >> (56 - 8 * i));
	sha256_two(digest, slice_of(scan_id.bytes, sizeof(scan_id.bytes)),
		   slice_of(step, sizeof(step)));
	for (size_t i = 0; i < 4; i++)
		bits = bits << 8 | digest[i];
	for (size_t i = 0; i + 1 < sizeof(out->show); i++)
		out->show[i] = letters[bits >> (27 - 5 * i) & 31];
	out->until = (first_s + MOVING_STEP_S) * SECOND_MS;
}

static void reverse_answer(struct call *call)
{
	const struct reverse_cmd *cmd = call->cmd;
	struct scan_answer answer;

	scan_fill_answer(&answer, &cmd->scan);
	if (cmd->scan.outcome.verdict == SCAN_ADMITTED)
		fill_moving(&answer.moving, cmd->body.scan_id, call->now);
	call->reply.counts_as = (uint8_t)(1 + cmd->scan.outcome.verdict);
	call_reply_shape(call, 200, &scan_answer_shape, &answer);
}

const struct flow_op reverse_scan_op = { "reverse_scan", sizeof(struct reverse_cmd),
					 0,              reverse_parse,
					 reverse_keys,   reverse_decide,
					 reverse_writes, reverse_answer };
