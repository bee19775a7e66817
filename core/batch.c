/* core/batch.c - runs the lines of a body as commands. Without it a gate that was offline for a day
 * would ask ten thousand times.
 */
#include "core/batch.h"

enum {
	BATCH_WAIT_MS = 5, /* Until a flow is free, or what stood in the way may be gone. */
	BATCH_ROOM_APART = 64 * 1024,
};

enum slot_state { SLOT_FREE, SLOT_UNDER_WAY, SLOT_AGAIN, SLOT_ANSWERED };

struct batch;

struct slot { /* One line from its start until its answer stands behind those before it. */
	struct batch *batch;
	enum slot_state state;
	unsigned tries;
	uint32_t line; /* As its sender counts. */
	struct request request;
	struct flow_start flow;
	size_t used;
	uint8_t answer[BATCH_ANSWER_SIZE_MAX];
};

struct batch {
	struct http_job *job;
	const struct flow_op *op;
	struct slice rest; /* Lines not yet begun. */
	uint32_t line;     /* The last one taken from it. */
	uint32_t begun, answered, under_way;
	bool lines_left;
	bool waited; /* Since the first line without an answer was refused. */
	struct slot slots[BATCH_UNDER_WAY_MAX]; /* Of line n, n % BATCH_UNDER_WAY_MAX. */
	struct loop_task turn;
	struct loop_timer *timer;
};

static bool line_is_empty(struct slice line)
{
	for (size_t i = 0; i < line.size; i++)
		if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r')
			return false;
	return true;
}

bool batch_take_line(struct slice *out, uint32_t *number, struct slice *rest)
{
	while (rest->size > 0) {
		size_t n = 0;

		while (n < rest->size && rest->data[n] != '\n')
			n++;
		*out = slice_of(rest->data, n);
		n += n < rest->size;
		*rest = slice_of(rest->data + n, rest->size - n);
		++*number;
		if (!line_is_empty(*out))
			return true;
	}
	return false;
}

uint32_t batch_count_lines(struct slice rest)
{
	uint32_t count = 0, number = 0;
	struct slice line;

	while (count <= BATCH_LINE_COUNT_MAX && batch_take_line(&line, &number, &rest))
		count++;
	return count;
}

static struct slot *slot_of(struct batch *batch, uint32_t nth)
{
	return &batch->slots[nth % BATCH_UNDER_WAY_MAX];
}

static void put_problem(struct slot *slot, int64_t status, struct slice code, struct slice detail,
			struct slice pointer)
{
	struct writer to = { .data = slot->answer, .size = sizeof(slot->answer) };
	struct json_out out;

	json_begin(&out, &to);
	json_object(&out, NULL);
	json_put_int(&out, "line", slot->line);
	json_put_int(&out, "status", status);
	json_put_text(&out, "code", code);
	json_put_text(&out, "detail", detail);
	if (pointer.size > 0)
		json_put_text(&out, "pointer", pointer);
	json_object_end(&out);
	MUST(!to.failed);
	slot->used = to.used;
	slot->state = SLOT_ANSWERED;
}

static void put_own_problem(struct slot *slot, int64_t status, const char *code, const char *detail)
{
	put_problem(slot, status, slice_text(code), slice_text(detail), slice_of(NULL, 0));
}

static struct slice member(const struct json *problem, const char *name)
{
	const struct json *value = json_get(problem, name);

	return value == NULL ? slice_of(NULL, 0) : json_text(value);
}

static void take_problem(struct slot *slot, const struct reply *reply)
{
	struct json *problem;
	size_t at;

	if (json_parse(&problem, &at, slice_of(reply->body.data, reply->body.used)) != JSON_OK) {
		put_own_problem(slot, 503, "NO_MEMORY", "There is no memory for this line now.");
		return;
	}
	put_problem(slot, reply->status, member(problem, "code"), member(problem, "detail"),
		    member(problem, "pointer"));
	json_free(problem);
}

static void on_line_done(struct flow_start *flow, const struct reply *reply)
{
	struct slot *slot = flow->to;
	struct batch *batch = slot->batch;

	MUST(slot->state == SLOT_UNDER_WAY);
	batch->under_way--;
	if (reply->status >= 400 && reply->retry_after_s > 0 && slot->tries < BATCH_TRIES) {
		slot->state = SLOT_AGAIN;
	} else if (reply->status >= 400) {
		take_problem(slot, reply);
	} else if (reply->body.used > sizeof(slot->answer)) {
		put_own_problem(slot, 503, "ANSWER_TOO_LARGE",
				"The answer is larger than a line may be.");
	} else {
		mem_copy(slot->answer, reply->body.data, reply->body.used);
		slot->used = reply->body.used;
		slot->state = SLOT_ANSWERED;
	}
	loop_post(batch->job->loop, &batch->turn);
}

/* False: no flow is free. */
static bool begin_slot(struct batch *batch, struct slot *slot)
{
	struct http_job *job = batch->job;

	slot->flow = (struct flow_start){
		.op = batch->op,
		.room = job->room,
		.request = &slot->request,
		.naming = FLOW_BY_SELF,
		.roles = job->route->roles,
		.as = &job->caller,
		.done = on_line_done,
		.to = slot,
	};
	if (!flow_begin(job->flows, &slot->flow))
		return false;
	slot->state = SLOT_UNDER_WAY;
	slot->tries++;
	batch->under_way++;
	return true;
}

static void fill_slot(struct batch *batch, struct slot *slot, struct slice line)
{
	const struct request *whole = &batch->job->request;

	slot->batch = batch;
	slot->tries = 0;
	slot->line = batch->line;
	slot->request = (struct request){
		.method = whole->method,
		.path = whole->path,
		.content_type = SLICE("application/json"),
		.body = line,
	};
	slot->state = SLOT_AGAIN;
	if (line.size > BATCH_LINE_SIZE_MAX)
		put_own_problem(slot, 413, "LINE_TOO_LONG", "A line may have 8192 bytes.");
}

/* Lines that may begin, in their order. False: no flow is free. */
static bool begin_lines(struct batch *batch)
{
	while (batch->begun - batch->answered < BATCH_UNDER_WAY_MAX) {
		struct slot *slot = slot_of(batch, batch->begun);
		struct slice line;

		if (slot->state == SLOT_FREE) {
			if (!batch_take_line(&line, &batch->line, &batch->rest)) {
				batch->lines_left = false;
				return true;
			}
			fill_slot(batch, slot, line);
		}
		if (slot->state == SLOT_AGAIN && !begin_slot(batch, slot))
			return false;
		batch->begun++;
	}
	return true;
}

/* Answers that stand next in the order go out. */
static void put_answers(struct batch *batch)
{
	struct writer *body = &batch->job->reply.body;

	while (batch->answered < batch->begun) {
		struct slot *slot = slot_of(batch, batch->answered);

		if (slot->state != SLOT_ANSWERED)
			return;
		write_bytes(body, slice_of(slot->answer, slot->used));
		write_u8(body, '\n');
		slot->state = SLOT_FREE;
		batch->answered++;
	}
}

static void batch_end(struct batch *batch)
{
	struct http_job *job = batch->job;

	loop_timer_close(batch->timer);
	job->reply.status = 200;
	job->reply.content_type = BATCH_TYPE;
	http_job_done(job); /* The batch lies in the job's arena. */
}

/* The first line without an answer, if it is to be tried again: all before it are answered. False:
 * it must wait. */
static bool begin_first_again(struct batch *batch)
{
	struct slot *first = slot_of(batch, batch->answered);
	bool waited = batch->waited;

	batch->waited = false;
	if (batch->answered == batch->begun || first->state != SLOT_AGAIN)
		return true;
	return waited && begin_slot(batch, first);
}

static void on_turn(struct loop_task *turn)
{
	struct batch *batch = (struct batch *)((char *)turn - offsetof(struct batch, turn));
	bool began;

	do { /* A line too long is answered without a flow, and makes room. */
		put_answers(batch);
		began = begin_lines(batch);
	} while (slot_of(batch, batch->answered)->state == SLOT_ANSWERED);
	if (!batch->lines_left && batch->answered == batch->begun) {
		batch_end(batch);
		return;
	}
	began = begin_first_again(batch) && began;
	if (!began)
		loop_timer_start(batch->timer, BATCH_WAIT_MS, 0);
}

/* By way of the turn, which may be posted already: the batch may end in it. */
static void on_waited(void *to)
{
	struct batch *batch = to;

	batch->waited = true;
	loop_post(batch->job->loop, &batch->turn);
}

static void refuse(struct http_job *job, uint16_t status, const char *code, const char *detail)
{
	struct problem problem = { .status = status, .code = code };

	MUST(text_set(problem.detail, sizeof(problem.detail), slice_text(detail)));
	reply_problem(&job->reply, &problem, job->route->path);
	http_job_done(job);
}

void batch_run(struct http_job *job, const struct flow_op *op)
{
	uint32_t count = batch_count_lines(job->request.body);
	struct batch *batch;
	size_t room = (size_t)count * (BATCH_ANSWER_SIZE_MAX + 1);

	if (!call_type_is(job->request.content_type, BATCH_TYPE)) {
		refuse(job, 415, "UNSUPPORTED_MEDIA_TYPE",
		       "The body must be lines of JSON sent as Content-Type: " BATCH_TYPE ".");
		return;
	}
	if (count > BATCH_LINE_COUNT_MAX) {
		refuse(job, 413, "TOO_MANY_LINES",
		       "A batch may have 10000 lines; nothing of this one was run.");
		return;
	}
	batch = arena_alloc(job->arena, sizeof(*batch));
	MUST(arena_left(job->arena) > room + BATCH_ROOM_APART);
	job->reply.body = (struct writer){ .data = arena_alloc(job->arena, room), .size = room };
	batch->job = job;
	batch->op = op;
	batch->rest = job->request.body;
	batch->lines_left = true;
	batch->turn.run = on_turn;
	batch->timer = loop_timer_open(job->loop, on_waited, batch);
	loop_post(job->loop, &batch->turn);
}
