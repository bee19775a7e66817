/* operators/close_op.c - GET /v1/settlements/{period}/close: what a close pinned, signed. Without
 * it nobody outside could hold a closed month against the log.
 */
#include "operators/money_op.h"

#include "core/note.h"
#include "operators/close.h"

struct note_cmd {
	day_t period;
	struct close_view view;
};

static bool note_parse_request(struct call *call)
{
	struct note_cmd *cmd = call->cmd;

	return books_no_query(call) && books_param_period(call, &cmd->period, 0);
}

static bool walk_uses(struct call *call, void (*each)(void *, const struct record *), void *to)
{
	const struct note_cmd *cmd = call->cmd;
	const char *key = books_period_key(call, "close", cmd->period);

	return books_walk(call, call_key(call, "%s/", key), call_key(call, "%s0", key), each, to);
}

static void want_product_of(void *to, const struct record *record)
{
	struct close_use use;

	MUST(shape_from_cbor(&use, &close_use_shape, record->value));
	books_want_product(to, use.product_number);
}

static bool note_keys(struct call *call)
{
	struct note_cmd *cmd = call->cmd;

	if (call_load(call, &cmd->view, &close_view_shape,
		      books_period_key(call, "close", cmd->period)) < 0)
		cmd->view = (struct close_view){ 0 };
	(void)walk_uses(call, want_product_of, call);
	return true;
}

static bool note_decide(struct call *call)
{
	const struct close_view *view = &((struct note_cmd *)call->cmd)->view;

	if (view->period != 0 && view->state == CLOSE_FAILED)
		return call_refuse(call, 500, "IDENTITY_FAILED",
				   "the close was stopped: %s; tell the council", view->fault);
	if (view->period == 0 || view->state != CLOSE_CLOSED)
		return call_refuse(call, 404, "PERIOD_NOT_CLOSED", "this month is not closed");
	return true;
}

struct writing {
	struct call *call;
	struct writer *to;
};

static void write_use(void *to, const struct record *record)
{
	struct writing *writing = to;
	char product_id[ID_SIZE];
	struct close_use use;

	MUST(shape_from_cbor(&use, &close_use_shape, record->value));
	books_product_id(writing->call, product_id, use.product_number);
	close_note_use(writing->to, &use, product_id);
}

/* Until the log has a key of its own the text stands alone. */
static void sign(struct call *call, struct writer *to)
{
	const struct operators_room *room = call->room;
	const struct sign_key *secret =
		room->signer == NULL ? NULL
				     : room->signer->key(room->signer->to, call->now / 1000);
	struct slice text = slice_of(to->data, to->used);
	struct note_key key;

	if (secret == NULL)
		return;
	MUST(note_key_make(&key, room->signer->name, NOTE_ED25519, secret->public_key));
	write_u8(to, '\n');
	note_sign(to, &key, secret, text, 0);
}

/* Rivals and partners are told sums only where at least three legal entities share them. */
static bool with_sums(const struct call *call, const struct close_view *view)
{
	return call->caller.role == ROLE_council || call->caller.role == ROLE_auditor ||
	       view->entities == CLOSE_ENTITIES;
}

static void note_answer(struct call *call)
{
	const struct note_cmd *cmd = call->cmd;
	struct writer *to = &call->reply.body;
	struct writing writing = { call, to };

	call->reply.status = 200;
	call->reply.content_type = "text/plain; charset=utf-8";
	close_note_begin(to, &cmd->view, with_sums(call, &cmd->view));
	MUST(walk_uses(call, write_use, &writing));
	sign(call, to);
}

const struct flow_op close_note_op = { .name = "close_note",
				       .cmd_size = sizeof(struct note_cmd),
				       .parse = note_parse_request,
				       .keys = note_keys,
				       .decide = note_decide,
				       .answer = note_answer };
