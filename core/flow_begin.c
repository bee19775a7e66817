/* core/flow_begin.c - flows taken and given back; who asks, and what. Without it a request would be
 * decided before anybody knew whose it is.
 */
#include "core/flow_inside.h"

#include "core/token.h"

#include <stdlib.h>

static struct flow *flow_of_turn(struct loop_task *task)
{
	return (struct flow *)((char *)task - offsetof(struct flow, turn));
}

static struct flow *flow_of_reclaim(struct loop_task *task)
{
	return (struct flow *)((char *)task - offsetof(struct flow, reclaim));
}

static void flow_reclaim(struct loop_task *task)
{
	struct flow *flow = flow_of_reclaim(task);
	struct flows *home = flow->home;

	flow->start = NULL;
	flow_move(flow, FLOW_FREE);
	arena_reset(&flow->arena, FLOW_ARENA_KEEP);
	flow->next = home->free; /* Last in, first out: its pages are still warm. */
	home->free = flow;
	home->active--;
}

static void flow_parse(struct flow *flow)
{
	struct call *call = &flow->call;
	bool parsed;

	flow_move(flow, FLOW_PARSED);
	if (!flow_name_begin(flow)) {
		flow_reply_problem(flow);
		return;
	}
	parsed = call->op->parse == NULL || call->op->parse(call);
	MUST(parsed == (call->problem.status == 0));
	if (flow->found.excess != CALL_FITS)
		flow_refuse_excess(flow);
	else if (!parsed)
		flow_reply_problem(flow);
	else {
		MUST(flow->found.named == flow_is_command(flow));
		flow->mark = flow->arena.used;
		if (flow->found.named)
			flow_name_digest(flow);
		if (flow->found.named && !flow_name_take(flow))
			flow_refuse(flow, 409, "STILL_RUNNING", 1,
				    "The same request is under way. Its answer will come there.");
		else if (flow->found.hot.size > 0 && !flow_hot_take(flow))
			flow_move(flow, FLOW_WAITING);
		else
			flow_try(flow);
	}
}

/* Unknown, expired and revoked sound alike: a guesser learns nothing. */
static bool read_token(struct flow *flow, const struct call_entry *entry)
{
	struct caller *caller = &flow->call.caller;
	struct token token;

	if (entry->record.version == 0)
		return false;
	MUST(shape_from_cbor(&token, &token_shape, entry->record.value));
	if (token.revoked || token.role >= ROLE_COUNT ||
	    (token.expires_at != 0 && token.expires_at <= flow->call.now))
		return false;
	caller->known = true;
	caller->role = (enum call_role)token.role;
	mem_copy(caller->subject, token.subject, sizeof(caller->subject));
	MUST(text_set(caller->token_id, sizeof(caller->token_id),
		      slice_of(entry->record.key.data + sizeof("token/") - 1, 16)));
	return true;
}

void flow_authorize(struct flow *flow)
{
	const struct call_entry *entry = flow->found.entries[0];
	uint32_t roles = flow->start->roles;

	MUST(flow->found.entry_count == 1 && entry->use == CALL_USE_TOKEN && entry->fetched);
	if (!read_token(flow, entry))
		flow_refuse(flow, 401, "TOKEN_UNKNOWN", 0, "This token gives no access.");
	else if (roles != ROLES_ANYONE && (roles & 1u << flow->call.caller.role) == 0)
		flow_refuse(flow, 403, "ROLE_NOT_ALLOWED", 0, "This token's role may not do this.");
	else {
		call_store_drop(&flow->found);
		flow_parse(flow);
	}
}

/* Who asks in another's name was let in by its token, for the same roles. */
static void flow_ask_as(struct flow *flow)
{
	uint32_t roles = flow->start->roles;

	flow->call.caller = *flow->start->as;
	MUST(roles == ROLES_ANYONE || (roles & 1u << flow->call.caller.role) != 0);
	flow_parse(flow);
}

static void flow_ask(struct flow *flow)
{
	char key[TOKEN_KEY_SIZE];

	if (flow->start->as != NULL) {
		flow_ask_as(flow);
	} else if (flow->start->token.size > 0) {
		token_key(key, flow->start->token);
		MUST(call_entry_want(&flow->call, key, CALL_USE_TOKEN) != NULL);
		MUST(flow_read(flow));
	} else if (flow->start->roles != ROLES_ANYONE) {
		flow_refuse(flow, 401, "TOKEN_MISSING", 0,
			    "Send a header like Authorization: Bearer hk_...");
	} else {
		flow_parse(flow);
	}
}

static void flow_turn(struct loop_task *task)
{
	struct flow *flow = flow_of_turn(task);

	if (flow->state == FLOW_ASKED)
		flow_ask(flow);
	else if (flow->deferred)
		flow_look_again(flow);
	else
		flow_try(flow);
}

void flow_wake(struct flow *flow)
{
	MUST(flow->state == FLOW_WAITING && flow->hot_held);
	loop_post(flow->home->loop, &flow->turn);
}

static void open_flow(struct flow *flow, struct flow_start *start)
{
	const struct flow_op *op = start->op;
	struct flows *home = flow->home;
	struct call *call = &flow->call;

	flow->start = start;
	flow->began_ns = clock_monotonic_ns();
	flow->tries = 0;
	flow->next = flow->behind_first = flow->behind_last = NULL;
	flow->ahead = flow->after = NULL;
	flow->train = 0;
	flow->train_writes = 0;
	flow->looked_ahead = flow->deferred = false;
	call_store_drop(&flow->found);
	flow->found.inner = start->inner_name != NULL;
	flow->found.named = flow->found.names_self = flow->found.first_answer_wins = false;
	flow->found.hot = (struct slice){ 0 };
	*call = (struct call){
		.op = op,
		.room = start->room,
		.request = start->request,
		.now = clock_now(home->clock),
		.day_boundary_min = home->clock->day_boundary_min,
		.arena = &flow->arena,
		.cmd = arena_alloc(&flow->arena, op->cmd_size),
		.out = arena_alloc(&flow->arena, op->out_size),
		.found = &flow->found,
	};
	flow->mark = flow->arena.used;
}

bool flow_begin(struct flows *flows, struct flow_start *start)
{
	struct flow *flow = flows->free;
	bool command = start->naming != FLOW_QUESTION || start->inner_name != NULL;

	MUST(start->op != NULL && start->request != NULL && start->done != NULL);
	MUST((start->op->writes != NULL) == command);
	MUST(start->inner_name == NULL || start->token.size == 0);
	MUST(start->as == NULL || (start->token.size == 0 && start->as->known));
	if (flow == NULL) {
		if (flows->metrics != NULL)
			flows->metrics->flow_full++;
		return false;
	}
	flows->free = flow->next;
	flows->active++;
	open_flow(flow, start);
	flow_move(flow, FLOW_ASKED);
	loop_post(flows->loop, &flow->turn);
	return true;
}

uint32_t flows_active(const struct flows *flows)
{
	return flows->active;
}

static uint32_t power_of_two(uint32_t least)
{
	uint32_t n = 16;

	while (n < least)
		n *= 2;
	return n;
}

bool flows_open(struct flows **out, struct loop *loop, struct store *store,
		const struct clock *clock, struct metrics *metrics, uint32_t count)
{
	struct flows *flows = calloc(1, sizeof(*flows));

	MUST(count > 0 && count <= 65536);
	*out = NULL;
	if (flows == NULL)
		return false;
	*flows = (struct flows){ .loop = loop, .store = store, .clock = clock, .metrics = metrics };
	flows->bucket_count = power_of_two(count);
	flows->all = calloc(count, sizeof(struct flow));
	flows->names = calloc(flows->bucket_count, sizeof(struct flow *));
	flows->hots = calloc(flows->bucket_count, sizeof(struct flow *));
	if (flows->all == NULL || flows->names == NULL || flows->hots == NULL ||
	    !call_cache_open(&flows->cache) || !checker_open(&flows->checker, loop))
		goto failed;
	for (; flows->count < count; flows->count++) {
		struct flow *flow = &flows->all[flows->count];

		if (!arena_open(&flow->arena, FLOW_ARENA_SIZE))
			goto failed;
		flow->home = flows;
		flow->found.cache = flows->cache;
		flow->turn.run = flow_turn;
		flow->reclaim.run = flow_reclaim;
		flow->next = flows->free;
		flows->free = flow;
	}
	*out = flows;
	return true;
failed:
	flows_close(flows);
	return false;
}

static void drain_look(void *to)
{
	struct flows *flows = to;

	if (flows->active > 0)
		return;
	loop_timer_close(flows->drain_timer);
	flows->drain_timer = NULL;
	flows->drained(flows->drained_to);
}

void flows_drain(struct flows *flows, void (*then)(void *), void *to)
{
	MUST(flows->drain_timer == NULL);
	flows->drained = then;
	flows->drained_to = to;
	flows->drain_timer = loop_timer_open(flows->loop, drain_look, flows);
	loop_timer_start(flows->drain_timer, FLOW_DRAIN_LOOK_MS, FLOW_DRAIN_LOOK_MS);
}

void flows_close(struct flows *flows)
{
	if (flows == NULL)
		return;
	MUST(flows->active == 0);
	checker_close(flows->checker);
	call_cache_close(flows->cache);
	flow_receipts_close(flows);
	for (uint32_t i = 0; i < flows->count; i++)
		arena_close(&flows->all[i].arena);
	free(flows->all);
	free(flows->names);
	free(flows->hots);
	free(flows);
}
