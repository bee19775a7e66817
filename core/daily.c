/* core/daily.c - without it no day would ever end: tickets that are over would not be earned, and a
 * demo could not leave its first second.
 */
#include "core/daily.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"

enum {
	DAILY_EVERY_MS = 1000,
	DAILY_POLL_MS = 5, /* While the fold catches up with a manual clock. */
	DAILY_NAME_SIZE = 24,
};

enum clock_step { CLOCK_IDLE, CLOCK_BEFORE, CLOCK_CLOSING_DAY, CLOCK_AT, CLOCK_FOLDING };

struct daily {
	struct daily_start start;
	struct loop_timer *timer;
	day_t closed; /* As last heard. */
	day_t closing;
	bool busy; /* A close is under way. */
	char name[DAILY_NAME_SIZE];
	struct request request;
	struct flow_start flow;
	struct http_job *job; /* A POST /v1/clock under way. */
	enum clock_step step;
	time_ms target;
	struct seal_wait wait;
};

struct clock_body {
	time_ms now;
};

static const struct shape_field clock_fields[] = {
	F_TIME(struct clock_body, now, 0, SHAPE_REQUIRED,
	       "the time that it is from now on; never back"),
	F_END,
};

static const struct shape clock_shape = { "Clock", sizeof(struct clock_body), clock_fields };

static void clock_move(struct daily *);
static void clock_arrive(struct daily *);

static day_t day_to_close(const struct daily *d)
{
	return service_day_at(clock_now(d->start.clock), d->start.clock->day_boundary_min) - 1;
}

static void day_done(struct flow_start *flow, const struct reply *reply)
{
	struct daily *d = flow->to;

	d->busy = false;
	if (reply->status == 200 || reply->status == 409) {
		d->closed = d->closing;
		if (d->step == CLOCK_CLOSING_DAY)
			clock_move(d);
		return;
	}
	LOG(LOG_WARN, "day_close_refused", LOG_INT("status", reply->status));
	if (d->step == CLOCK_CLOSING_DAY)
		clock_arrive(d); /* The next tick tries again. */
}

static bool close_day(struct daily *d)
{
	char date[DATE_TEXT_SIZE];

	if (d->busy || day_to_close(d) <= d->closed)
		return false;
	d->closing = day_to_close(d);
	date_encode(date, d->closing);
	snprintf(d->name, sizeof(d->name), "day/%s", date);
	d->request = (struct request){ .method = HTTP_POST, .path = SLICE("day") };
	d->flow = (struct flow_start){ .op = d->start.close_day,
				       .room = d->start.room,
				       .request = &d->request,
				       .naming = FLOW_BY_KEY,
				       .roles = ROLES_ANYONE,
				       .inner_name = d->name,
				       .done = day_done,
				       .to = d };
	d->busy = flow_begin(d->start.flows, &d->flow);
	return d->busy;
}

/* A manual clock's passing: first to the second before, so that what happens then (a day's close)
 * has a second of its own which the last step seals. */
static void clock_answer(struct daily *d)
{
	struct http_job *job = d->job;
	struct clock_body body = { .now = d->target };
	struct json_out out;

	d->job = NULL;
	d->step = CLOCK_IDLE;
	if (job == NULL) /* It was told that the disk is full. */
		return;
	job->reply.status = 200;
	json_begin(&out, &job->reply.body);
	shape_to_json(&out, NULL, &clock_shape, &body);
	http_job_done(job);
}

static void clock_sealed(struct seal_wait *wait)
{
	clock_move((struct daily *)((uint8_t *)wait - offsetof(struct daily, wait)));
}

static void clock_to(struct daily *d, time_ms to)
{
	if (to > clock_now(d->start.clock))
		MUST(clock_set(d->start.clock, to));
	d->wait = (struct seal_wait){ .then = clock_sealed, .until = clock_now(d->start.clock) };
	seal_advance(d->start.seal, &d->wait);
}

static void clock_arrive(struct daily *d)
{
	d->step = CLOCK_AT;
	clock_to(d, d->target);
}

static void clock_move(struct daily *d)
{
	switch (d->step) {
	case CLOCK_IDLE:
		d->step = CLOCK_BEFORE;
		clock_to(d, d->target - SECOND_MS);
		return;
	case CLOCK_BEFORE:
	case CLOCK_CLOSING_DAY:
		d->step = CLOCK_CLOSING_DAY;
		if (!close_day(d) && !d->busy)
			clock_arrive(d);
		return;
	case CLOCK_AT:
		d->step = CLOCK_FOLDING;
		fold_kick(d->start.fold);
		loop_timer_start(d->timer, DAILY_POLL_MS, DAILY_POLL_MS);
		return;
	case CLOCK_FOLDING:
		if (fold_done_second(d->start.fold) < d->target / SECOND_MS - 1)
			return;
		loop_timer_start(d->timer, DAILY_EVERY_MS, DAILY_EVERY_MS);
		clock_answer(d);
		return;
	}
}

static void job_refuse(struct http_job *job, uint16_t status, const char *code, const char *detail)
{
	struct problem problem = { .status = status, .code = code };

	snprintf(problem.detail, sizeof(problem.detail), "%s", detail);
	reply_problem(&job->reply, &problem, "/v1/clock");
	http_job_done(job);
}

static void refuse_full(struct http_job *job)
{
	job_refuse(job, 503, "STORE_BUSY",
		   "the disk is full; the clock goes on when there is room");
}

/* What is written only then is waited for no longer. */
static void tick(void *to)
{
	struct daily *d = to;
	struct http_job *job = d->job;

	if (d->step == CLOCK_FOLDING)
		clock_move(d);
	else if (d->step == CLOCK_IDLE)
		close_day(d);
	if (d->job == NULL || d->job != job || !store_is_full(d->start.store))
		return;
	d->job = NULL;
	refuse_full(job);
}

static void clock_job(struct http_job *job)
{
	const struct clock_body *body = job->body;
	struct daily *d = job->room;

	if (d->step != CLOCK_IDLE && store_is_full(d->start.store)) {
		refuse_full(job);
		return;
	}
	if (d->step != CLOCK_IDLE) {
		job_refuse(job, 409, "STILL_RUNNING",
			   "the clock is being moved; send it again after the answer");
		return;
	}
	if (body->now < clock_now(d->start.clock)) {
		job_refuse(job, 422, "CLOCK_BACKWARD",
			   "time moves forward only; send a later time");
		return;
	}
	d->job = job;
	d->target = body->now;
	clock_move(d);
}

static const struct http_route clock_routes[] = {
	{ .method = HTTP_POST,
	  .path = "/v1/clock",
	  .roles = ROLES(council),
	  .body = &clock_shape,
	  .answer = &clock_shape,
	  .status = 200,
	  .summary = "Set the manual clock forward (demos and tests only)",
	  .job = clock_job },
};

const struct http_routes daily_routes = { "clock", clock_routes, COUNT_OF(clock_routes) };

void clock_resume(struct clock *clock, struct store *store, struct arena *arena)
{
	struct store_item item = { .key = slice_text(seal_head_key) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = arena };
	struct seal_head head;

	if (store_fetch_wait(store, &req) != STORE_OK || item.version == 0)
		return;
	MUST(shape_from_cbor(&head, &seal_head_shape, item.value));
	if ((head.closed_s + 1) * SECOND_MS > clock_now(clock))
		MUST(clock_set(clock, (head.closed_s + 1) * SECOND_MS));
}

bool daily_open(struct daily **out, const struct daily_start *start)
{
	struct daily *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return false;
	d->start = *start;
	d->timer = loop_timer_open(start->loop, tick, d);
	loop_timer_start(d->timer, 1, DAILY_EVERY_MS);
	*out = d;
	return true;
}

void daily_stop(struct daily *d)
{
	if (d != NULL)
		loop_timer_stop(d->timer);
}

void daily_close(struct daily *d)
{
	if (d == NULL)
		return;
	loop_timer_close(d->timer);
	free(d);
}
