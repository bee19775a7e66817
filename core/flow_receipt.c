/* core/flow_receipt.c - what is committed in one turn of the loop gets one signature. Without it
 * each answer would cost one of its own, and scans would be slower by half.
 */
#include "core/flow_inside.h"

#include "core/receipt.h"

#include <stdlib.h>

struct flow_receipts { /* Answers that wait for this turn's end. */
	const struct note_signer *signer;
	struct flow *first, **end;
	struct loop_task turn;
	struct receipt_group group;
};

void flow_leaf(struct flow *flow)
{
	const struct call_store *found = &flow->found;
	struct slice salted = found->first_event;

	flow->has_leaf = found->wants_receipt && salted.size > SEAL_SALT_SIZE;
	if (!flow->has_leaf)
		return;
	seal_leaf(&flow->leaf, slice_of(salted.data, SEAL_SALT_SIZE),
		  slice_of(salted.data + SEAL_SALT_SIZE, salted.size - SEAL_SALT_SIZE));
	flow->leaf_second = found->first_second;
}

void flow_done(struct flow *flow)
{
	struct flow_receipts *receipts = flow->home->receipts;

	if (receipts == NULL || !flow->has_leaf) {
		flow_reply(flow);
		return;
	}
	flow->next = NULL;
	*receipts->end = flow;
	receipts->end = &flow->next;
	loop_post(flow->home->loop, &receipts->turn);
}

/* The answer is an object; the receipt becomes its last member. */
static void append(struct flow *flow, const struct receipt_group *group, uint32_t index)
{
	struct writer *body = &flow->call.reply.body;
	size_t size = body->used + RECEIPT_JSON_SIZE_MAX;
	struct writer longer = { .size = size };

	MUST(body->used >= 2 && body->data[body->used - 1] == '}');
	if (arena_left(&flow->arena) < size + CALL_ROOM_LEAST / 2)
		return; /* It can be asked for again. */
	longer.data = arena_alloc(&flow->arena, size);
	write_bytes(&longer, slice_of(body->data, body->used - 1));
	write_text(&longer, body->used > 2 ? ",\"receipt\":" : "\"receipt\":");
	receipt_write(&longer, group, index);
	write_text(&longer, "}");
	MUST(!longer.failed);
	*body = longer;
}

static void reply_group(struct flow_receipts *receipts, const struct sign_key *key)
{
	struct receipt_group *group = &receipts->group;
	struct flow *first = receipts->first, *flow = first;

	group->count = 0;
	for (; flow != NULL && group->count < RECEIPT_GROUP_MAX; flow = flow->next) {
		group->of[group->count].leaf = flow->leaf;
		group->of[group->count++].second = flow->leaf_second;
	}
	receipts->first = flow;
	if (flow == NULL)
		receipts->end = &receipts->first;
	if (key != NULL)
		receipt_sign(group, receipts->signer->name, key);
	for (uint32_t i = 0; i < group->count; i++) {
		flow = first;
		first = flow->next;
		if (key != NULL)
			append(flow, group, i);
		flow_reply(flow);
	}
}

/* At the turn's end: whatever came from the disk in it is here. */
static void reply_all(struct loop_task *task)
{
	struct flow_receipts *receipts =
	    (struct flow_receipts *)((char *)task - offsetof(struct flow_receipts, turn));
	const struct note_signer *signer = receipts->signer;
	int64_t now_s = clock_now(receipts->first->home->clock) / 1000;
	const struct sign_key *key = signer->key(signer->to, now_s);

	while (receipts->first != NULL)
		reply_group(receipts, key);
}

bool flows_sign(struct flows *flows, const struct note_signer *signer)
{
	struct flow_receipts *receipts = calloc(1, sizeof(*receipts));

	MUST(flows->receipts == NULL && note_name_is_valid(slice_text(signer->name)));
	if (receipts == NULL)
		return false;
	receipts->signer = signer;
	receipts->end = &receipts->first;
	receipts->turn.run = reply_all;
	flows->receipts = receipts;
	return true;
}

void flow_receipts_close(struct flows *flows)
{
	free(flows->receipts);
	flows->receipts = NULL;
}
