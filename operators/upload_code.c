/* operators/upload_code.c - the code that an offline gate read, kept as it was. Without it nobody
 * could judge again what a gate let pass, and each side would have only its word.
 *
 * It is its operator's evidence and nobody else's. A ticket of ours names nobody; anything else may
 * be a boarding pass, which has a name in it, and is kept as a digest alone.
 */
#include "operators/upload_inside.h"

#include "core/crypto.h"

static const char *kept_key(struct call *call, const char *gate_id, struct id128 scan_id)
{
	char hex[HEX32_SIZE];

	hex_encode(hex, sizeof(hex), slice_of(scan_id.bytes, sizeof(scan_id.bytes)));
	return call_key(call, "scode/%s/%s", gate_id, hex);
}

/* The line's own name has the gate and the scan's, so that nobody else writes there. */
void upload_keep_code(struct call *call)
{
	const struct upload_cmd *cmd = call->cmd;
	struct slice code = slice_text(cmd->body.scan.qr);
	struct upload_code kept = { .scan_id = cmd->body.scan.scan_id, .uploaded_at = call->now };

	mem_copy(kept.gate_id, cmd->scan.gate.gate_id, sizeof(kept.gate_id));
	mem_copy(kept.operator_id, cmd->scan.gate.operator_id, sizeof(kept.operator_id));
	sha256(kept.digest, code);
	if (slice_starts(code, SLICE(TICKET_CODE_PREFIX)))
		MUST(text_set(kept.code, sizeof(kept.code), code));
	call_append_shape(call, kept_key(call, kept.gate_id, kept.scan_id), &upload_code_shape,
			  &kept);
}

struct kept_cmd {
	char operator_id[SUBJECT_SIZE], gate_id[SUBJECT_SIZE];
	struct id128 scan_id;
	struct upload_code kept;
};

static bool refuse_unknown(struct call *call)
{
	return call_refuse(call, 404, "SCAN_UNKNOWN",
			   "no such scan was uploaded by a gate of yours");
}

static bool kept_parse(struct call *call)
{
	static const char *const none[] = { NULL };
	struct kept_cmd *cmd = call->cmd;

	return call_query_only(call, none) && call_param_subject(call, cmd->operator_id, 0) &&
	       call_param_subject(call, cmd->gate_id, 1) &&
	       call_param_uuid(call, &cmd->scan_id, 2) &&
	       (text_equal(call->caller.subject, cmd->operator_id) || refuse_unknown(call));
}

static bool kept_keys(struct call *call)
{
	struct kept_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->kept, &upload_code_shape,
		      kept_key(call, cmd->gate_id, cmd->scan_id)) < 0)
		return refuse_unknown(call);
	return true;
}

static bool kept_decide(struct call *call)
{
	const struct kept_cmd *cmd = call->cmd;

	return text_equal(cmd->kept.operator_id, cmd->operator_id) || refuse_unknown(call);
}

static void kept_answer(struct call *call)
{
	const struct kept_cmd *cmd = call->cmd;

	call_reply_shape(call, 200, &upload_code_shape, &cmd->kept);
}

const struct flow_op upload_code_op = { .name = "upload_code",
					.cmd_size = sizeof(struct kept_cmd),
					.parse = kept_parse,
					.keys = kept_keys,
					.decide = kept_decide,
					.answer = kept_answer };
