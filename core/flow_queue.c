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

	return &flow->home->hots[slice_hash(key) & (flow->home->bucket_count - 1)];
}

static void hot_hold(struct flow *flow)
{
	struct flow **bucket = hot_bucket(flow);

	flow->hot_next = *bucket;
	*bucket = flow;
	flow->hot_held = true;
}

static void unlink_hot(struct flow *flow)
{
	struct flow **at = hot_bucket(flow);

	while (*at != flow)
		at = &(*at)->hot_next;
	*at = flow->hot_next;
	flow->hot_held = false;
}

/* The record goes from one that is being written to one that decides. */
static void hot_hand_over(struct flow *from, struct flow *to)
{
	unlink_hot(from);
	hot_hold(to);
	MUST(from->after == NULL && to->ahead == NULL);
	from->after = to;
	to->ahead = from;
	to->train = from->train + 1;
}

static bool may_pass(const struct flow *holder)
{
	return holder->state == FLOW_COMMITTING && holder->behind_first == NULL &&
	       holder->train < FLOW_TRAIN_MAX;
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
	if (may_pass(holder)) {
		hot_hand_over(holder, flow);
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

/* The first in the queue gets what is left of it. */
static struct flow *take_heir(struct flow *flow)
{
	struct flow *heir = flow->behind_first;

	if (heir == NULL)
		return NULL;
	heir->behind_first = heir->next;
	heir->behind_last = heir->next == NULL ? NULL : flow->behind_last;
	heir->next = NULL;
	flow->behind_first = flow->behind_last = NULL;
	return heir;
}

static uint64_t bit_of(struct slice key)
{
	return (uint64_t)1 << (slice_hash(key) & 63);
}

/* Those behind it ask for many records, of which it and those before it write one or two. A name
 * is asked for by nobody but its own command, and an event by none. */
static void note_writes(struct flow *flow)
{
	flow->train_writes = flow->ahead == NULL ? 0 : flow->ahead->train_writes;
	for (uint32_t i = 0; i < flow->found.entry_count; i++) {
		const struct call_entry *entry = flow->found.entries[i];

		if (entry->commits && entry->intent != STORE_READ && entry->use != CALL_USE_NAME &&
		    !slice_starts(entry->record.key, SLICE("ev/")))
			flow->train_writes |= bit_of(entry->record.key);
	}
}

void flow_hot_pass(struct flow *flow)
{
	struct flow *heir;

	MUST(flow->state == FLOW_COMMITTING);
	if (!flow->hot_held)
		return;
	note_writes(flow);
	if (flow->train >= FLOW_TRAIN_MAX)
		return;
	heir = take_heir(flow);
	if (heir == NULL)
		return;
	hot_hand_over(flow, heir);
	flow_wake(heir);
}

/* Versions alone do not tell that it was written by the one ahead: should that one fail, and
 * somebody who never stood in this queue have written the record in its stead, the number is the
 * same. The name of the one ahead is there only if its own commit was. */
static bool lean_on(struct flow *flow, const struct flow *ahead)
{
	struct call_entry *name =
	    call_entry_make(&flow->call, ahead->found.name_key, CALL_USE_NAME);

	if (name == NULL)
		return false;
	MUST(name != flow->name);
	name->record.version = ahead->name->record.version + 1;
	name->fetched = name->commits = true;
	name->intent = STORE_READ;
	return true;
}

/* The store takes commits in their order and checks each one's versions: should the one ahead fail,
 * whoever built upon it is sent back too. */
void flow_hot_look_ahead(struct flow *flow, struct call_entry *entry)
{
	if (flow->ahead == NULL || (flow->ahead->train_writes & bit_of(entry->record.key)) == 0)
		return;
	for (struct flow *a = flow->ahead; a != NULL; a = a->ahead) {
		const struct call_entry *theirs = call_entry_find(&a->found, entry->record.key);
		uint64_t version;

		if (theirs == NULL || !theirs->commits || theirs->intent == STORE_READ)
			continue;
		version = theirs->intent == STORE_REMOVE ? 0 : theirs->record.version + 1;
		if (version != 0 && entry->record.version >= version)
			return; /* On disk already. */
		if (!call_room(&flow->call, theirs->value.size, CALL_ROOM_LEAST,
			       CALL_READS_TOO_MUCH))
			return;
		if (!lean_on(flow, a))
			return;
		flow->looked_ahead = true;
		entry->record.version = version;
		entry->record.value = arena_copy(&flow->arena, theirs->value);
		return;
	}
}

void flow_hot_unhitch(struct flow *flow)
{
	struct flow *after = flow->after;

	if (flow->ahead != NULL)
		flow->ahead->after = NULL;
	flow->after = flow->ahead = NULL;
	flow->train = 0;
	if (after == NULL)
		return;
	after->ahead = NULL;
	after->train = 0;
	if (after->deferred)
		loop_post(flow->home->loop, &after->turn);
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
	struct flow *heir;

	if (flow->name_taken)
		unlink_name(flow);
	flow_hot_unhitch(flow);
	MUST(flow->hot_held || flow->behind_first == NULL);
	if (!flow->hot_held)
		return;
	unlink_hot(flow);
	heir = take_heir(flow);
	if (heir == NULL)
		return;
	hot_hold(heir);
	flow_wake(heir);
}
