/* operators/audit_cosign.c - `hitotsu audit cosign`: takes the log's checkpoint to a witness and
 * prints it with the witness's line. Without it somebody would have to make consistency proofs by
 * hand.
 */
#include "operators/audit_inside.h"

#include <stdio.h>

enum { COSIGN_TRIES = 3 };

/* Out: *old, if the witness says another size than was said to it. */
static int ask_witness(struct audit_log *log, struct client *client, uint64_t *old)
{
	struct arena *arena = log->source->arena;
	struct writer to = { .data = arena_alloc(arena, WITNESS_REQUEST_SIZE_MAX),
			     .size = WITNESS_REQUEST_SIZE_MAX };
	struct client_ask ask = { .method = "POST",
				  .path = "/add-checkpoint",
				  .content_type = "text/plain",
				  .arena = arena };
	struct client_answer answer;
	struct tree_path path;
	struct slice text;
	int64_t size;

	if (*old > log->checkpoint.size)
		return audit_say("witness", "it has cosigned a larger tree: the log shrank"),
		       AUDIT_LEFT_OUT;
	if (!tree_consistency(&path, &log->tiles.reader, *old, log->checkpoint.size))
		return AUDIT_UNKNOWN;
	witness_write(&to, *old, &path, log->note);
	MUST(!to.failed);
	ask.body = slice_of(to.data, to.used);
	client_ask(&answer, client, &ask);
	text = answer.body;
	if (answer.status == 200) {
		printf("%.*s%.*s", (int)log->note.size, (const char *)log->note.data,
		       (int)text.size, (const char *)text.data);
		return AUDIT_KEPT;
	}
	if (answer.status == 409 && text.size > 0 &&
	    decimal_decode(&size, slice_of(text.data, text.size - 1)) && size >= 0 &&
	    (uint64_t)size != *old) {
		*old = (uint64_t)size;
		return -1;
	}
	fprintf(stderr, "hitotsu: audit: witness: %u %.*s\n", answer.status, (int)text.size,
		(const char *)text.data);
	return answer.status == 409 || answer.status == 422 ? AUDIT_LEFT_OUT : AUDIT_UNKNOWN;
}

int audit_cosign(const struct audit_options *options, struct arena *arena)
{
	struct audit_log *log = arena_alloc(arena, sizeof(*log));
	struct client *client = NULL;
	struct audit_source source;
	int code = AUDIT_UNKNOWN;
	uint64_t old = 0;

	if (options->witness == NULL || !client_open(&client, options->witness))
		return audit_say("--witness", "say where it listens, as http://127.0.0.1:8090"),
		       AUDIT_ASKED_WRONGLY;
	if (!audit_open(&source, options, arena))
		code = AUDIT_ASKED_WRONGLY;
	else if (audit_log_read(log, &source, options))
		for (int i = 0; i < COSIGN_TRIES; i++) {
			code = ask_witness(log, client, &old);
			if (code >= 0)
				break;
		}
	audit_close(&source);
	client_close(client);
	return code < 0 ? AUDIT_UNKNOWN : code;
}
