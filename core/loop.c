/* core/loop.c - the one place that sleeps. Without it every room would meet libuv, and answers
 * would be given from inside the callbacks that free what they speak of.
 */
#include "core/loop.h"

#include "core/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

enum {
	SIGNAL_COUNT = 2,
	CLOSE_TURNS_MAX =
	    1000, /* What is being closed needs one or two; what is not would need for ever. */
};

struct loop {
	uv_loop_t uv;
	uv_check_t turn_end;
	unsigned pass_max;  /* In one turn. */
	uv_idle_t no_sleep; /* Active while tasks wait: the turn must come to its end at once. */
	uv_async_t wake;
	uv_signal_t signals[SIGNAL_COUNT];
	void (*on_signal)(void *);
	void *on_signal_to;
	pthread_mutex_t lock; /* Guards the three lists' pointers and every task's `posted`. */
	struct loop_task *first, *last; /* For the next end of a turn. */
	struct loop_task *due;          /* Of the end of this turn, not yet run. */
	size_t work_count;
	bool turning, stopping;
};

struct loop_timer {
	uv_timer_t uv;
	void (*fire)(void *);
	void *to;
};

struct work_engine {
	uv_work_t uv;
	struct loop *loop;
	struct loop_work *work;
};

static bool task_push(struct loop *loop, struct loop_task *task)
{
	bool fresh;

	MUST(task->run != NULL);
	pthread_mutex_lock(&loop->lock);
	fresh = !task->posted;
	if (fresh) {
		task->posted = true;
		task->next = NULL;
		if (loop->first == NULL)
			loop->first = task;
		else
			loop->last->next = task;
		loop->last = task;
	}
	pthread_mutex_unlock(&loop->lock);
	return fresh;
}

static struct loop_task *due_pop(struct loop *loop)
{
	struct loop_task *task;

	pthread_mutex_lock(&loop->lock);
	task = loop->due;
	if (task != NULL) {
		loop->due = task->next;
		task->posted = false;
	}
	pthread_mutex_unlock(&loop->lock);
	return task;
}

/* Takes what is posted by now. False: nothing, or an outer pass is at work: h2o turns the loop
 * within a task that ends it. */
static bool take_due(struct loop *loop)
{
	bool taken;

	pthread_mutex_lock(&loop->lock);
	taken = loop->due == NULL && loop->first != NULL;
	if (taken) {
		loop->due = loop->first;
		loop->first = NULL;
	}
	pthread_mutex_unlock(&loop->lock);
	return taken;
}

/* A command takes several steps, each posted by the one before: some passes in one turn spare it as
 * many waits for the network. They are counted, so that a task which posts itself starves nobody.
 */
static void on_turn_end(uv_check_t *check)
{
	struct loop *loop = check->data;
	struct loop_task *task;

	for (unsigned pass = 0; pass < loop->pass_max && take_due(loop); pass++)
		while ((task = due_pop(loop)) != NULL)
			task->run(task);
	pthread_mutex_lock(&loop->lock);
	if (loop->first == NULL && loop->due == NULL)
		uv_idle_stop(&loop->no_sleep);
	pthread_mutex_unlock(&loop->lock);
}

void loop_limit_passes(struct loop *loop, unsigned most)
{
	MUST(most > 0 && most <= LOOP_PASS_MAX);
	loop->pass_max = most;
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle; /* That it is active is all that it is for. */
}

static void on_wake(uv_async_t *async)
{
	(void)async; /* The end of the turn, which is near, runs what was posted. */
}

bool loop_open(struct loop **out)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	*out = NULL;
	if (loop == NULL)
		return false;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return false;
	}
	/* A peer that goes away is a failed write, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	MUST(pthread_mutex_init(&loop->lock, NULL) == 0);
	MUST(uv_check_init(&loop->uv, &loop->turn_end) == 0);
	MUST(uv_idle_init(&loop->uv, &loop->no_sleep) == 0);
	MUST(uv_async_init(&loop->uv, &loop->wake, on_wake) == 0);
	loop->turn_end.data = loop;
	loop->pass_max = LOOP_PASS_MAX;
	MUST(uv_check_start(&loop->turn_end, on_turn_end) == 0);
	*out = loop;
	return true;
}

static bool tasks_wait(struct loop *loop)
{
	bool waits;

	pthread_mutex_lock(&loop->lock);
	waits = loop->first != NULL;
	pthread_mutex_unlock(&loop->lock);
	return waits;
}

static void turn(struct loop *loop, uv_run_mode mode)
{
	MUST(!loop->turning);
	loop->turning = true;
	uv_run(&loop->uv, mode);
	loop->turning = false;
}

void loop_run(struct loop *loop)
{
	while (!loop->stopping)
		turn(loop, UV_RUN_DEFAULT);
	while (tasks_wait(loop))
		turn(loop, UV_RUN_NOWAIT);
	loop->stopping = false;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
	uv_stop(&loop->uv);
}

void loop_turn(struct loop *loop)
{
	turn(loop, UV_RUN_ONCE);
}

static void name_what_is_left(uv_handle_t *handle, void *to)
{
	(void)to;
	LOG(LOG_ERROR, "loop_handle_left", LOG_TEXT("type", uv_handle_type_name(handle->type)),
	    LOG_INT("closing", uv_is_closing(handle)));
}

void loop_close(struct loop *loop)
{
	int busy = UV_EBUSY;

	while (loop->work_count > 0 || tasks_wait(loop))
		loop_turn(loop);
	uv_close((uv_handle_t *)&loop->turn_end, NULL);
	uv_close((uv_handle_t *)&loop->no_sleep, NULL);
	uv_close((uv_handle_t *)&loop->wake, NULL);
	for (size_t i = 0; loop->on_signal != NULL && i < SIGNAL_COUNT; i++)
		uv_close((uv_handle_t *)&loop->signals[i], NULL);
	for (int turns = 0; busy != 0 && turns < CLOSE_TURNS_MAX; turns++) {
		turn(loop, UV_RUN_NOWAIT);
		busy = uv_loop_close(&loop->uv);
	}
	if (busy != 0)
		uv_walk(&loop->uv, name_what_is_left, NULL);
	MUST(busy == 0);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void loop_post(struct loop *loop, struct loop_task *task)
{
	if (task_push(loop, task))
		uv_idle_start(&loop->no_sleep, on_idle);
}

void loop_post_from_thread(struct loop *loop, struct loop_task *task)
{
	if (task_push(loop, task))
		uv_async_send(&loop->wake);
}

static void on_timer(uv_timer_t *uv)
{
	struct loop_timer *timer = uv->data;

	timer->fire(timer->to);
}

struct loop_timer *loop_timer_open(struct loop *loop, void (*fire)(void *), void *to)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	MUST(timer != NULL && fire != NULL);
	MUST(uv_timer_init(&loop->uv, &timer->uv) == 0);
	timer->uv.data = timer;
	timer->fire = fire;
	timer->to = to;
	return timer;
}

/* The loop's time is that of its turn's start: a timer set after long work would fire too soon. */
void loop_timer_start(struct loop_timer *timer, uint64_t first_ms, uint64_t repeat_ms)
{
	uv_update_time(timer->uv.loop);
	MUST(uv_timer_start(&timer->uv, on_timer, first_ms, repeat_ms) == 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
	uv_timer_stop(&timer->uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void loop_timer_close(struct loop_timer *timer)
{
	if (timer != NULL)
		uv_close((uv_handle_t *)&timer->uv, on_timer_closed);
}

/* Once: a second signal meets the system's own answer, so that a stop which hangs can be ended. */
static void on_stop_signal(uv_signal_t *uv, int number)
{
	struct loop *loop = uv->data;

	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		uv_signal_stop(&loop->signals[i]);
	LOG(LOG_INFO, "signal", LOG_INT("number", number));
	loop->on_signal(loop->on_signal_to);
}

void loop_on_signal(struct loop *loop, void (*stop)(void *), void *to)
{
	static const int numbers[SIGNAL_COUNT] = { SIGINT, SIGTERM };

	MUST(loop->on_signal == NULL && stop != NULL);
	loop->on_signal = stop;
	loop->on_signal_to = to;
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		MUST(uv_signal_init(&loop->uv, &loop->signals[i]) == 0);
		loop->signals[i].data = loop;
		MUST(uv_signal_start(&loop->signals[i], on_stop_signal, numbers[i]) == 0);
	}
}

static void on_work(uv_work_t *uv)
{
	struct work_engine *engine = uv->data;

	engine->work->work(engine->work);
}

static void on_work_done(uv_work_t *uv, int status)
{
	struct work_engine *engine = uv->data;
	struct loop_work *work = engine->work;

	MUST(status == 0); /* Nobody cancels work. */
	engine->loop->work_count--;
	work->engine = NULL;
	free(engine);
	work->after(work);
}

void loop_work_start(struct loop *loop, struct loop_work *work)
{
	struct work_engine *engine = calloc(1, sizeof(*engine));

	MUST(engine != NULL && work->engine == NULL);
	*engine = (struct work_engine){ .loop = loop, .work = work };
	engine->uv.data = engine;
	work->engine = engine;
	loop->work_count++;
	MUST(uv_queue_work(&loop->uv, &engine->uv, on_work, on_work_done) == 0);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
	return &loop->uv;
}
