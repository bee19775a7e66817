/* core/flow_queue.c - one after another on a hot record, one at a time under a name. Without it a
 * well-loved ticket would be a storm of RETRY, and a command sent twice at once would be decided
 * twice.
 */
#include "core/flow_inside.h"

static uint32_t name_bucket(const struct flow *flow)
{
	struct reader id = { .rest = slice_of(flow->call.id.bytes, sizeof(flow->call.id.bytes)) };

	(void)read_u64(&id); /* A digest: any of its bits will do. */
	return read_u32(&id) & (flow->home->bucket_count - 1);
}

bool flow_name_take(struct flow *flow)
{
	struct flow **bucket = &flow->home->names[name_bucket(flow)];

	MUST(flow->found.named && !flow->name_taken);
	for (struct flow *other = *bucket; other != NULL; other = other->name_next)
		if (id_equal(other->call.id, flow->call.id))
			return false;
	flow->name_next = *bucket;
	*bucket = flow;
	flow->name_taken = true;
	return true;
}

static struct flow **hot_bucket(const struct flow *flow)
{
	struct slice key = flow->found.hot;
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ key.data[i]) * 16777619u;
	return &flow->home->hots[(hash ^ hash >> 16) & (flow->home->bucket_count - 1)];
}

static void hot_hold(struct flow *flow)
{
	struct flow **bucket = hot_bucket(flow);

	flow->hot_next = *bucket;
	*bucket = flow;
	flow->hot_held = true;
}

bool flow_hot_take(struct flow *flow)
{
	struct flow *holder = *hot_bucket(flow);

	MUST(flow->found.hot.size > 0 && !flow->hot_held);
	while (holder != NULL && !slice_equal(holder->found.hot, flow->found.hot))
		holder = holder->hot_next;
	if (holder == NULL) {
		hot_hold(flow);
		return true;
	}
	flow->next = NULL;
	if (holder->behind_last == NULL)
		holder->behind_first = flow;
	else
		holder->behind_last->next = flow;
	holder->behind_last = flow;
	return false;
}

static void unlink_hot(struct flow *flow)
{
	struct flow **at = hot_bucket(flow);

	while (*at != flow)
		at = &(*at)->hot_next;
	*at = flow->hot_next;
	flow->hot_held = false;
}

static void unlink_name(struct flow *flow)
{
	struct flow **at = &flow->home->names[name_bucket(flow)];

	while (*at != flow)
		at = &(*at)->name_next;
	*at = flow->name_next;
	flow->name_taken = false;
}

void flow_release(struct flow *flow)
{
	struct flow *heir = flow->behind_first;

	if (flow->name_taken)
		unlink_name(flow);
	MUST(flow->hot_held || heir == NULL);
	if (!flow->hot_held)
		return;
	unlink_hot(flow);
	if (heir == NULL)
		return;
	heir->behind_first = heir->next;
	heir->behind_last = heir->next == NULL ? NULL : flow->behind_last;
	heir->next = NULL;
	flow->behind_first = flow->behind_last = NULL;
	hot_hold(heir);
	flow_wake(heir);
}
