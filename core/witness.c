/* core/witness.c - without it a log could show each reader another past. */
#include "core/witness.h"

static const struct shape_field state_fields[] = {
	F_TEXT(struct witness_state, origin, 1, SHAPE_REQUIRED, 1, "the log's"),
	F_INT(struct witness_state, size, 2, 0, 0, JSON_INT_MAX, "its leaves"),
	F_BYTES(struct witness_state, root, 3, 0, "its root"),
	F_END,
};
const struct shape witness_state_shape = { "WitnessState", sizeof(struct witness_state),
					   state_fields };

bool witness_read(struct witness_request *out, struct slice body)
{
	struct slice rest = body, line, old = SLICE("old ");
	int64_t size;

	out->proof.count = 0;
	if (body.size > WITNESS_REQUEST_SIZE_MAX || !checkpoint_take_line(&line, &rest) ||
	    !slice_starts(line, old) ||
	    !decimal_decode(&size, slice_of(line.data + old.size, line.size - old.size)) ||
	    size < 0)
		return false;
	out->old = (uint64_t)size;
	for (;;) {
		if (!checkpoint_take_line(&line, &rest))
			return false;
		if (line.size == 0)
			break;
		if (out->proof.count == TREE_PATH_MAX ||
		    !checkpoint_read_hash(&out->proof.hash[out->proof.count++], line))
			return false;
	}
	return note_parse(&out->note, rest) && checkpoint_read(&out->checkpoint, out->note.text);
}

void witness_write(struct writer *to, uint64_t old, const struct tree_path *proof,
		   struct slice note)
{
	write_text(to, "old ");
	write_decimal(to, old, 1);
	write_text(to, "\n");
	for (size_t i = 0; i < proof->count; i++)
		checkpoint_write_hash(to, &proof->hash[i]);
	write_text(to, "\n");
	write_bytes(to, note);
}

/* 200: one of its keys signed it, and none of them was forged. */
static uint16_t judge_signature(const struct witness_request *request, const struct note_key *logs,
				size_t log_count)
{
	bool known = false, verified = false;
	int64_t at_s;

	for (size_t i = 0; i < log_count; i++) {
		if (!text_equal(logs[i].name, request->checkpoint.origin))
			continue;
		known = true;
		verified |= note_verify(&request->note, &logs[i], &at_s) == NOTE_VERIFIED;
	}
	return !known ? 404 : !verified ? 403 : 200;
}

uint16_t witness_judge(struct witness_state *state, const struct witness_request *request,
		       const struct note_key *logs, size_t log_count)
{
	const struct checkpoint *checkpoint = &request->checkpoint;
	uint16_t status = judge_signature(request, logs, log_count);

	if (status != 200)
		return status;
	if (request->old > checkpoint->size)
		return 400;
	if (request->old != state->size)
		return 409;
	if (request->old == checkpoint->size && request->old > 0 &&
	    !mem_equal(state->root.bytes, checkpoint->root.bytes, SHA256_SIZE))
		return 409;
	if (!tree_extends(&checkpoint->root, checkpoint->size, &state->root, state->size,
			  &request->proof))
		return 422;
	mem_copy(state->origin, checkpoint->origin, sizeof(state->origin));
	state->size = checkpoint->size;
	state->root = checkpoint->root;
	return 200;
}
