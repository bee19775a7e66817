/* operators/bundle_op.c - GET /v1/gate-bundle: what a gate needs to decide alone, signed. Without
 * it a gate would stand open, or shut, as soon as its network is gone.
 *
 * Its number is the last second that the log has closed, read before all else: whatever was
 * committed in a closed second is found by the reads that follow, so a delta since that number
 * misses nothing. What was found beyond it comes a second time with the next delta.
 */
#include "operators/bundle_gather.h"

#include "core/cbor.h"
#include "core/date.h"
#include "core/seal.h"

enum {
	MAP_SIZE_MAX = 64,     /* Of a section that is a map, beside its records. */
	SIGNED_EXTRA = 1024,   /* Container and signature, beside the sections. */
	ETAG_SPAN_S = 300, /* After it a gate that holds the same is given it anew. */
	ETAG_DIGEST_SIZE = 12,
	ANSWER_REST = 1 << 17, /* What core/flow keeps of the arena behind an answer, and more. */
};

struct bundle_out {
	const struct keyring_key *key;
	struct bundle bundle;
	struct writer scratch;
};

static bool bundle_parse(struct call *call)
{
	static const char *const names[] = { "since", NULL };
	struct bundle_cmd *cmd = call->cmd;
	struct slice text;

	if (!call_query_only(call, names))
		return false;
	if (call_query(call, &text, "since") &&
	    (!decimal_decode(&cmd->asked_since, text) || cmd->asked_since < 0))
		return call_refuse(call, 400, "BAD_SINCE",
				   "since is the number of the bundle that the gate holds");
	return true;
}

/* The number, and what the delta begins after. A number that this server never gave, or one of long
 * ago, gets a whole bundle; so does a delta with too much in it. */
static bool load_number(struct call *call, struct bundle_cmd *cmd)
{
	struct seal_head head;
	int got = call_load(call, &head, &seal_head_shape, seal_head_key);
	int64_t oldest;

	if (got == 0)
		return false;
	if (got < 0 || head.closed_s < 2)
		return call_refuse(call, 503, "NOT_READY", "the log has no closed second yet");
	cmd->number = head.closed_s;
	oldest = cmd->number - BUNDLE_DELTA_DAYS * DAY_MS / SECOND_MS;
	cmd->since = cmd->asked_since;
	if (cmd->since > cmd->number || cmd->since < oldest)
		cmd->since = 0;
	if (cmd->since == cmd->number) /* A delta begins before its number. */
		cmd->since--;
	return true;
}

static bool load_place(struct call *call, struct bundle_cmd *cmd)
{
	int got = call_load(call, &cmd->gate, &gate_shape, gate_key(call, call->caller.subject));

	if (got < 0)
		return call_refuse(call, 403, "GATE_UNKNOWN",
				   "this token's gate is not registered");
	return got > 0 && load_operator(call, &cmd->operator, cmd->gate.operator_id, 422);
}

/* The number's round ends before anything else is asked for: see above. */
static bool bundle_keys(struct call *call)
{
	struct bundle_cmd *cmd = call->cmd;
	struct part junctions = { 0 };

	if (!load_number(call, cmd) || !load_place(call, cmd) || !bundle_load_changes(call, cmd) ||
	    !bundle_load_overrides(call, cmd))
		return call->problem.status == 0;
	(void)bundle_give_junctions(call, cmd, &junctions);
	for (size_t i = 0; i <= SECTION_LAST && call->problem.status == 0; i++) {
		struct part counted = { 0 };

		/* All are asked, so that what they want is fetched together. */
		if (bundle_givers[i] != NULL)
			(void)bundle_givers[i](call, cmd, &counted);
	}
	return call->problem.status == 0;
}

static struct slice record_of(struct call *call, const char *key)
{
	return call_found(call, key)->value;
}

/* The junctions' section stands within the place's. */
static struct slice write_junctions(struct call *call, struct bundle_cmd *cmd)
{
	struct part counted = { 0 }, written = { 0 };
	struct writer to = { .data = NULL };

	MUST(bundle_give_junctions(call, cmd, &counted));
	to.size = MAP_SIZE_MAX + counted.size;
	to.data = arena_alloc(call->arena, to.size);
	written.to = &to;
	cbor_put_array(&to, counted.count);
	MUST(bundle_give_junctions(call, cmd, &written) && !to.failed);
	return slice_of(to.data, to.used);
}

static void write_place(struct call *call, struct bundle_cmd *cmd, struct writer *to)
{
	section_put_place(to, record_of(call, gate_key(call, cmd->gate.gate_id)),
			  record_of(call, operator_key(call, cmd->operator.operator_id)),
			  call->day_boundary_min, write_junctions(call, cmd));
}

static void write_rules(struct call *call, struct writer *to)
{
	const struct config *config = ((const struct operators_room *)call->room)->config;
	struct section_rules rules = { (uint16_t)config->proof_past_s,
				       (uint16_t)config->proof_ahead_s,
				       (uint16_t)config->bundle_max_age_h };

	section_put_rules(to, &rules);
}

static size_t place_size(struct call *call, struct bundle_cmd *cmd)
{
	struct part junctions = { 0 };

	MUST(bundle_give_junctions(call, cmd, &junctions));
	return 2 * MAP_SIZE_MAX + junctions.size +
	       record_of(call, gate_key(call, cmd->gate.gate_id)).size +
	       record_of(call, operator_key(call, cmd->operator.operator_id)).size;
}

/* At most so many bytes in all sections. */
static size_t sections_size(struct call *call, struct bundle_cmd *cmd)
{
	size_t size = place_size(call, cmd) + MAP_SIZE_MAX; /* The rules. */

	for (size_t i = 0; i <= SECTION_LAST; i++) {
		struct part counted = { 0 };

		if (bundle_givers[i] == NULL)
			continue;
		MUST(bundle_givers[i](call, cmd, &counted));
		size += MAP_SIZE_MAX + counted.size;
	}
	return size;
}

static void write_section(struct call *call, struct bundle_cmd *cmd, size_t number,
			  struct writer *to)
{
	struct part counted = { 0 }, written = { .to = to };

	if (number == SECTION_PLACE) {
		write_place(call, cmd, to);
	} else if (number == SECTION_RULES) {
		write_rules(call, to);
	} else {
		MUST(bundle_givers[number](call, cmd, &counted));
		cbor_put_array(to, counted.count);
		MUST(bundle_givers[number](call, cmd, &written) && written.count == counted.count);
	}
}

static void write_sections(struct call *call, struct bundle_cmd *cmd, struct bundle *bundle,
			   struct writer *to)
{
	for (size_t number = SECTION_KEYS; number <= SECTION_LAST; number++) {
		size_t begin = to->used;

		write_section(call, cmd, number, to);
		bundle->sections[bundle->section_count++] = (struct bundle_section){
			(int64_t)number, slice_of(to->data + begin, to->used - begin)
		};
	}
	MUST(!to->failed);
}

static bool bundle_decide(struct call *call)
{
	const struct operators_room *room = call->room;
	struct bundle_cmd *cmd = call->cmd;
	struct bundle_out *out = call->out;
	int64_t now_s = call->now / SECOND_MS;
	struct writer to = { .size = sections_size(call, cmd) };

	out->key = keyring_signing(room->keys, KEY_BUNDLE, now_s);
	if (out->key == NULL)
		return call_refuse(call, 503, "NO_SIGNING_KEY",
				   "no key for bundles is in force; tell the council");
	/* The sections (junctions twice), as they are signed, and the answer. */
	if (arena_left(call->arena) < 4 * (to.size + SIGNED_EXTRA) + ANSWER_REST)
		return call_refuse(call, 503, "BUNDLE_TOO_LARGE",
				   "the bundle of this gate is larger than an answer may be");
	to.data = arena_alloc(call->arena, to.size);
	out->bundle = (struct bundle){
		.number = cmd->number,
		.since = cmd->since,
		.made_at_s = now_s,
		.expires_at_s = now_s + room->config->bundle_ttl_h * HOUR_MS / SECOND_MS,
	};
	write_sections(call, cmd, &out->bundle, &to);
	out->scratch.size = bundle_scratch_size(&out->bundle);
	out->scratch.data = arena_alloc(call->arena, out->scratch.size);
	return true;
}

/* Weak, for the bytes tell the second that they were made in: it says that nothing has changed by
 * which a gate decides, and that what it holds is not old. */
static void put_etag(struct call *call, const struct bundle *bundle)
{
	uint8_t digest[SHA256_SIZE], numbers[2 * 8];
	struct writer w = { .data = numbers, .size = sizeof(numbers) };

	write_u64(&w, (uint64_t)bundle->since);
	write_u64(&w, (uint64_t)(bundle->made_at_s / ETAG_SPAN_S));
	sha256(digest, slice_of(numbers, w.used));
	for (size_t i = 0; i < bundle->section_count; i++)
		sha256_two(digest, slice_of(digest, sizeof(digest)), bundle->sections[i].bytes);
	w = (struct writer){ .data = (uint8_t *)call->reply.etag,
			     .size = sizeof(call->reply.etag) - 1 };
	write_text(&w, "W/\"");
	write_hex(&w, slice_of(digest, ETAG_DIGEST_SIZE));
	write_text(&w, "\"");
	MUST(!w.failed);
}

/* One that does not fit fails the body, and core/flow says so. */
static void bundle_answer(struct call *call)
{
	struct bundle_out *out = call->out;
	struct writer *body = &call->reply.body;
	enum bundle_status status = bundle_write(body, &out->bundle, out->key, &out->scratch);

	MUST(status == BUNDLE_OK || status == BUNDLE_TOO_LARGE);
	body->failed = body->failed || status == BUNDLE_TOO_LARGE;
	call->reply.status = 200;
	call->reply.content_type = BUNDLE_TYP;
	put_etag(call, &out->bundle);
}

const struct flow_op bundle_op = { "gate_bundle",
				   sizeof(struct bundle_cmd),
				   sizeof(struct bundle_out),
				   bundle_parse,
				   bundle_keys,
				   bundle_decide,
				   NULL,
				   bundle_answer };
