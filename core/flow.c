/* core/flow.c - the one state machine through which every command and question passes. Without it
 * each route would wait, retry and forget in its own way.
 */
#include "core/flow_inside.h"

#include "core/crypto.h"
#include "core/seal.h"
#include "core/text.h"

#include <stdlib.h>

#define MAY(state) (1u << FLOW_##state)
static const unsigned may_follow[FLOW_STATE_COUNT] = {
	[FLOW_FREE] = MAY(ASKED),
	[FLOW_ASKED] = MAY(PARSED) | MAY(REPLIED),
	[FLOW_PARSED] = MAY(WAITING) | MAY(FETCHING) | MAY(REPLIED),
	[FLOW_WAITING] = MAY(FETCHING),
	[FLOW_FETCHING] = MAY(FETCHING) | MAY(CHECKING) | MAY(DECIDED) | MAY(REPLIED),
	[FLOW_CHECKING] = MAY(DECIDED),
	[FLOW_DECIDED] = MAY(FETCHING) | MAY(COMMITTING) | MAY(REPLIED),
	[FLOW_COMMITTING] = MAY(WAITING) | MAY(FETCHING) | MAY(REPLIED),
	[FLOW_REPLIED] = MAY(FREE),
};

bool flow_is_command(const struct flow *flow)
{
	return flow->call.op->writes != NULL;
}

/* What must hold in each state, whatever led there. */
static void flow_check(const struct flow *flow)
{
	bool held = flow->found.hot.size == 0 || flow->hot_held;

	MUST((flow->start == NULL) == (flow->state == FLOW_FREE));
	switch (flow->state) {
	case FLOW_FREE:
	case FLOW_REPLIED:
		MUST(!flow->name_taken && !flow->hot_held && flow->behind_first == NULL);
		break;
	case FLOW_WAITING:
		MUST(!flow->hot_held && flow->ahead == NULL && flow->tries < FLOW_TRIES);
		break;
	case FLOW_FETCHING:
	case FLOW_CHECKING:
	case FLOW_DECIDED:
		MUST(held && flow->tries >= 1 && flow->tries <= FLOW_TRIES);
		MUST(!flow_is_command(flow) || flow->name_taken);
		break;
	case FLOW_COMMITTING:
		MUST(flow->name_taken && flow->written && flow->name->commits);
		MUST(flow->found.excess == CALL_FITS && flow->call.reply.status >= 200);
		break;
	default:
		MUST(flow->tries == 0 && !flow->name_taken && !flow->hot_held);
		break;
	}
}

/* The only writer of a flow's state. */
void flow_move(struct flow *flow, enum flow_state to)
{
	MUST((may_follow[flow->state] & 1u << to) != 0);
	flow->state = to;
	flow_check(flow);
}

void flow_reply(struct flow *flow)
{
	struct metrics *metrics = flow->home->metrics;
	struct reply *reply = &flow->call.reply;

	MUST(reply->status >= 200 && reply->status <= 599);
	flow_release(flow);
	flow_move(flow, FLOW_REPLIED);
	if (metrics != NULL) {
		metrics_observe(metrics_op(metrics, flow->call.op->name), reply->status,
				(clock_monotonic_ns() - flow->began_ns) / 1000);
		if (reply->counts_as > 0)
			metrics->scans_by_verdict[reply->counts_as - 1]++;
	}
	flow->start->done(flow->start, reply);
	loop_post(flow->home->loop, &flow->reclaim);
}

/* Answers call->problem. */
void flow_reply_problem(struct flow *flow)
{
	struct reply *reply = &flow->call.reply;
	char instance[256];

	MUST(flow->call.problem.status != 0);
	*reply = (struct reply){
		.body = { .data = flow->problem, .size = sizeof(flow->problem) },
	};
	if (!text_is_utf8(flow->call.request->path) ||
	    !text_set(instance, sizeof(instance), flow->call.request->path))
		instance[0] = '\0';
	reply_problem(reply, &flow->call.problem, instance);
	MUST(!reply->body.failed);
	flow_reply(flow);
}

void flow_refuse(struct flow *flow, uint16_t status, const char *code, uint16_t retry_after_s,
		 const char *detail)
{
	call_refuse(&flow->call, status, code, "%s", detail);
	flow->call.problem.retry_after_s = retry_after_s;
	flow_reply_problem(flow);
}

void flow_refuse_excess(struct flow *flow)
{
	if (flow->found.excess == CALL_READS_TOO_MUCH)
		flow_refuse(flow, 503, "TOO_MUCH_TO_READ", 0,
			    "This needs more records at once than one request may read.");
	else
		flow_refuse(flow, 503, "TOO_MUCH_TO_WRITE", 0,
			    "This would write more at once than one request may.");
}

/* What is found and built in a try goes; what parse made stays below the mark. */
static void flow_forget(struct flow *flow)
{
	MUST(flow->arena.used >= flow->mark);
	mem_zero(flow->arena.block + flow->mark, flow->arena.used - flow->mark);
	flow->arena.used = flow->mark;
	call_store_drop(&flow->found);
	flow->name = NULL;
	flow->written = flow->keys_refused = flow->looked_ahead = false;
	flow->rounds = 0;
}

void flow_try(struct flow *flow)
{
	struct call *call = &flow->call;

	flow_forget(flow);
	flow->tries++;
	call->now = clock_now(flow->home->clock);
	call->problem = (struct problem){ 0 };
	call->reply = (struct reply){ 0 };
	call->random_drawn = false;
	mem_zero(call->out, call->op->out_size);
	if (flow_is_command(flow)) {
		flow->name = call_entry_want(call, flow->found.name_key, CALL_USE_NAME);
		MUST(flow->name != NULL && call_fence_want(call, call->now / 1000) != NULL);
	}
	flow_move(flow, FLOW_FETCHING);
	flow_continue(flow);
}

/* Something moved under this try: all of it again, with a fresh now. */
static void flow_again(struct flow *flow, bool no_fence)
{
	struct metrics *metrics = flow->home->metrics;

	if (flow->tries == FLOW_TRIES && no_fence) {
		flow_refuse(flow, 503, "NOT_READY", 1,
			    "The log takes no events at this second yet.");
		return;
	}
	if (flow->tries == FLOW_TRIES) {
		flow_refuse(flow, 409, "CONTENTION", 1,
			    "Others kept changing the same records. Send the same request again.");
		return;
	}
	if (metrics != NULL)
		metrics->flow_retries++;
	flow_hot_unhitch(flow);
	if (flow->found.hot.size > 0 && !flow->hot_held && !flow_hot_take(flow))
		flow_move(flow,
			  FLOW_WAITING); /* It had passed the record on: to the end of the queue. */
	else
		flow_try(flow);
}

/* A refusal writes nothing, so no version would be checked: it must not stand on what may never be.
 */
static void flow_refuse_surely(struct flow *flow)
{
	if (!flow->looked_ahead)
		flow_reply_problem(flow);
	else if (flow->ahead != NULL)
		flow->deferred = true;
	else
		flow_look_again(flow);
}

void flow_look_again(struct flow *flow)
{
	flow->deferred = false;
	flow->tries--; /* Nothing was in its way. */
	flow_try(flow);
}

void flow_store_failed(struct flow *flow, enum store_status status)
{
	if (status == STORE_RETRY && flow->state != FLOW_ASKED)
		flow_again(flow, false);
	else if (status == STORE_DOWN)
		flow_refuse(flow, 503, "STORE_DOWN", 1, "The store cannot be reached.");
	else
		flow_refuse(flow, 503, "STORE_BUSY", 1,
			    "The store has more to do than it can take.");
}

/* Gives answer() its room at the arena's cursor, and takes back what it left over. */
static bool flow_answer(struct flow *flow)
{
	struct writer *body = &flow->call.reply.body;
	size_t most = flow_is_command(flow) ? JSON_SIZE_MAX : FLOW_QUESTION_ANSWER_MAX;
	size_t left = arena_left(&flow->arena);
	size_t begin = flow->arena.used, end;

	MUST(left > CALL_ROOM_LEAST);
	if (most > left - CALL_ROOM_LEAST)
		most = left - CALL_ROOM_LEAST;
	*body = (struct writer){ .data = arena_alloc(&flow->arena, most), .size = most };
	end = flow->arena.used;
	flow->call.op->answer(&flow->call);
	if (body->failed) {
		flow_refuse(flow, 503, "ANSWER_TOO_LARGE", 0,
			    "The answer is larger than answers may be.");
		return false;
	}
	if (flow->found.excess != CALL_FITS) {
		flow_refuse_excess(flow);
		return false;
	}
	if (flow->arena.used == end)
		flow->arena.used = begin + (body->used + 15) / 16 * 16;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct call_entry *const *x = a, *const *y = b;

	return slice_compare((*x)->record.key, (*y)->record.key);
}

static void committed(struct store_req *req, enum store_status status)
{
	struct flow *flow = (struct flow *)((char *)req - offsetof(struct flow, req));

	if (status == STORE_OK)
		flow_done(flow);
	else
		flow_store_failed(flow, status);
}

static void flow_commit(struct flow *flow)
{
	struct call_store *found = &flow->found;
	struct store_item *items;
	uint32_t count = 0;

	qsort(found->entries, found->entry_count, sizeof(struct call_entry *), compare_entries);
	for (uint32_t i = 0; i < found->entry_count; i++)
		count += found->entries[i]->commits;
	if (count > STORE_ITEM_COUNT_MAX ||
	    !call_room(&flow->call, count * sizeof(*items), 0, CALL_WRITES_TOO_MUCH)) {
		found->excess = CALL_WRITES_TOO_MUCH;
		flow_refuse_excess(flow);
		return;
	}
	items = arena_alloc(&flow->arena, count * sizeof(*items));
	flow->req = (struct store_req){ .items = items, .arena = &flow->arena, .done = committed };
	for (uint32_t i = 0; i < found->entry_count; i++) {
		const struct call_entry *entry = found->entries[i];

		if (!entry->commits)
			continue;
		MUST(entry->fetched || entry->intent == STORE_APPEND);
		items[flow->req.item_count++] = (struct store_item){
			.key = entry->record.key,
			.value = entry->value,
			.version = entry->record.version,
			.intent = entry->intent,
		};
	}
	flow_move(flow, FLOW_COMMITTING);
	store_commit(flow->home->store, &flow->req);
	flow_hot_pass(flow);
}

enum fences { FENCES_STAND, FENCES_UNREAD, FENCES_CLOSED, FENCES_AHEAD };

static enum fences flow_fences(const struct flow *flow)
{
	for (uint32_t i = 0; i < flow->found.entry_count; i++) {
		const struct call_entry *entry = flow->found.entries[i];

		if (entry->use != CALL_USE_FENCE || !entry->commits)
			continue;
		if (!entry->fetched)
			return FENCES_UNREAD;
		if (entry->record.version == 0)
			return entry->second > flow->call.now / 1000 + SEAL_AHEAD_S ? FENCES_AHEAD
										    : FENCES_CLOSED;
	}
	return FENCES_STAND;
}

/* The writes are listed. Their events' seconds must be open; one that lies ahead may be still
 * unread. */
static void flow_settle(struct flow *flow)
{
	switch (flow_fences(flow)) {
	case FENCES_UNREAD:
		flow_move(flow, FLOW_FETCHING);
		flow_continue(flow);
		return;
	case FENCES_CLOSED:
		flow_again(flow, true);
		return;
	case FENCES_AHEAD:
		flow_refuse(flow, 503, "NOT_READY", 1, "The log takes no events that far ahead.");
		return;
	case FENCES_STAND:
		break;
	}
	if (!flow_answer(flow))
		return;
	if (flow_name_keep(flow))
		flow_commit(flow);
	else
		flow_refuse(flow, 503, "ANSWER_TOO_LARGE", 0,
			    "The answer is larger than what is kept for a request sent again. "
			    "Nothing was changed.");
}

static void flow_decide(struct flow *flow)
{
	struct call *call = &flow->call;
	bool decided;

	flow_move(flow, FLOW_DECIDED);
	decided = call->op->decide == NULL || call->op->decide(call);
	if (decided && flow_is_command(flow)) {
		call->op->writes(call);
		flow->written = true;
	}
	MUST(decided == (call->problem.status == 0));
	if (flow->found.excess != CALL_FITS)
		flow_refuse_excess(flow);
	else if (!decided)
		flow_refuse_surely(flow);
	else if (flow_is_command(flow))
		flow_settle(flow);
	else if (flow_answer(flow))
		flow_reply(flow);
}

/* On a thread of the checker. */
static void check_work(struct checker_job *job)
{
	struct flow *flow = (struct flow *)((char *)job - offsetof(struct flow, check));

	flow->found.check(&flow->call);
}

static void check_done(struct checker_job *job)
{
	flow_decide((struct flow *)((char *)job - offsetof(struct flow, check)));
}

static void long_check_work(struct loop_work *work)
{
	struct flow *flow = (struct flow *)((char *)work - offsetof(struct flow, long_check));

	flow->found.check(&flow->call);
}

static void long_check_done(struct loop_work *work)
{
	flow_decide((struct flow *)((char *)work - offsetof(struct flow, long_check)));
}

/* Decided here, or after what it wants to have checked elsewhere. */
static void flow_judge(struct flow *flow)
{
	if (flow->found.check == NULL) {
		flow_decide(flow);
		return;
	}
	flow_move(flow, FLOW_CHECKING);
	if (flow->found.check_is_long) {
		flow->long_check = (struct loop_work){ .work = long_check_work,
						       .after = long_check_done };
		loop_work_start(flow->home->loop, &flow->long_check);
		return;
	}
	flow->check = (struct checker_job){ .work = check_work, .after = check_done };
	checker_start(flow->home->checker, &flow->check);
}

/* Asks the domain what else it needs. The first refusal of a command waits for its name's record:
 * it may have been answered long ago, when it was still in time. */
static bool flow_keys(struct flow *flow)
{
	struct call *call = &flow->call;

	if (flow->rounds++ == CALL_ROUND_COUNT_MAX) {
		flow->found.excess = CALL_READS_TOO_MUCH;
		return false;
	}
	call->random_used = 0; /* The same ids in each round of one try. */
	if (call->op->keys == NULL || call->op->keys(call))
		return true;
	MUST(call->problem.status != 0);
	flow->keys_refused = true;
	return flow->name != NULL && !flow->name->fetched;
}

static void flow_round(struct flow *flow)
{
	if (flow->name != NULL && flow->name->fetched && flow->name->record.version != 0) {
		if (flow_name_replay(flow))
			flow_done(flow);
		else
			flow_reply_problem(flow);
		return;
	}
	if (flow->found.excess == CALL_FITS && !flow->keys_refused) {
		if (flow->written) {
			flow_move(flow, FLOW_DECIDED);
			flow_settle(flow);
			return;
		}
		if (flow_keys(flow) && flow_read(flow))
			return;
	}
	if (flow->found.excess != CALL_FITS)
		flow_refuse_excess(flow);
	else if (flow->keys_refused)
		flow_refuse_surely(flow);
	else
		flow_judge(flow);
}

void flow_continue(struct flow *flow)
{
	MUST(flow->state == FLOW_ASKED || flow->state == FLOW_FETCHING);
	if (flow->state == FLOW_ASKED)
		flow_authorize(flow);
	else if (flow->rounds == 0 || !flow_read(flow))
		flow_round(flow);
}
