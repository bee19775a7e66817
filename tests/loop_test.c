/* tests/loop_test.c - when things run. Without it a task run too early would free what its caller
 * still holds, and nobody would know why.
 */
#include "core/loop.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREAD_COUNT = 4, TASKS_A_THREAD = 200 };

static struct loop *loop;
static char notes[64];

static int setup(void **state)
{
	(void)state;
	notes[0] = '\0';
	return loop_open(&loop) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	loop_close(loop);
	return 0;
}

static struct loop_timer *timer;
static int fired;

static void on_fire(void *to)
{
	if (++fired < *(int *)to)
		return;
	loop_timer_close(timer);
	loop_stop(loop);
}

struct noted {
	struct loop_task task;
	const char *note;
	struct noted *then; /* Posted from within. */
};

static void on_noted(struct loop_task *task)
{
	struct noted *noted = (struct noted *)task;

	strcat(notes, noted->note);
	if (noted->then != NULL)
		loop_post(loop, &noted->then->task);
}

static void tasks_run_in_order_at_the_end_of_the_turn(void **state)
{
	struct noted late = { { .run = on_noted }, "d", NULL };
	struct noted b = { { .run = on_noted }, "b", NULL };
	struct noted a = { { .run = on_noted }, "a", &late };
	struct noted c = { { .run = on_noted }, "c", &b };

	(void)state;
	loop_post(loop, &a.task);
	loop_post(loop, &b.task);
	loop_post(loop, &a.task); /* Twice before it ran: once. */
	loop_post(loop, &c.task);
	assert_string_equal(notes, "");
	loop_turn(loop);
	assert_string_equal(notes, "abcdb");
}

/* The network must have its turn too. */
static void a_task_that_posts_itself_starves_nobody(void **state)
{
	struct noted a = { { .run = on_noted }, "a", &a };

	(void)state;
	loop_post(loop, &a.task);
	loop_turn(loop);
	assert_int_equal(strlen(notes), LOOP_PASS_MAX);
	a.then = NULL;
	loop_turn(loop);
	assert_int_equal(strlen(notes), LOOP_PASS_MAX + 1);
}

static void a_task_waiting_in_this_turn_is_not_posted_again(void **state)
{
	struct noted b = { { .run = on_noted }, "b", NULL };
	struct noted a = { { .run = on_noted }, "a", &b };

	(void)state;
	loop_post(loop, &a.task);
	loop_post(loop, &b.task);
	loop_turn(loop);
	assert_string_equal(notes, "ab");
	assert_false(b.task.posted);
}

/* It would else turn for ever at full speed. */
static void a_loop_with_nothing_to_do_sleeps(void **state)
{
	struct noted a = { { .run = on_noted }, "a", NULL };
	int once = 1, turns = 0;

	(void)state;
	fired = 0;
	loop_post(loop, &a.task);
	loop_turn(loop);
	timer = loop_timer_open(loop, on_fire, &once);
	loop_timer_start(timer, 30, 0);
	for (; fired == 0; turns++)
		loop_turn(loop);
	assert_in_range(turns, 1, 3);
	loop_run(loop);
}

struct spread {
	struct loop_task tasks[TASKS_A_THREAD];
	pthread_t thread;
};

static int ran;
static pthread_t loop_thread;

static void on_spread(struct loop_task *task)
{
	(void)task;
	assert_true(pthread_equal(loop_thread, pthread_self()));
	if (++ran == THREAD_COUNT * TASKS_A_THREAD)
		loop_stop(loop);
}

static void *post_all(void *arg)
{
	struct spread *spread = arg;

	for (int i = 0; i < TASKS_A_THREAD; i++) {
		spread->tasks[i].run = on_spread;
		loop_post_from_thread(loop, &spread->tasks[i]);
	}
	return NULL;
}

static void any_thread_may_post(void **state)
{
	static struct spread spreads[THREAD_COUNT];

	(void)state;
	ran = 0;
	loop_thread = pthread_self();
	for (int i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_create(&spreads[i].thread, NULL, post_all, &spreads[i]),
				 0);
	loop_run(loop);
	for (int i = 0; i < THREAD_COUNT; i++)
		assert_int_equal(pthread_join(spreads[i].thread, NULL), 0);
	assert_int_equal(ran, THREAD_COUNT * TASKS_A_THREAD);
}

static void on_stop(struct loop_task *task)
{
	(void)task;
	loop_stop(loop);
}

static void what_is_posted_is_drained_after_stop(void **state)
{
	struct noted b = { { .run = on_noted }, "b", NULL };
	struct noted a = { { .run = on_noted }, "a", &b };
	struct loop_task stop = { .run = on_stop };

	(void)state;
	loop_post(loop, &stop);
	loop_post(loop, &a.task);
	loop_run(loop);
	assert_string_equal(notes, "ab");
	loop_stop(loop); /* Before it runs: it returns at once, and once. */
	loop_run(loop);
}

static void never(void *to)
{
	(void)to;
	fail();
}

static void timers_repeat_until_closed(void **state)
{
	struct loop_timer *stopped = loop_timer_open(loop, never, NULL);
	int times = 3;

	(void)state;
	fired = 0;
	timer = loop_timer_open(loop, on_fire, &times);
	loop_timer_start(stopped, 0, 0);
	loop_timer_stop(stopped);
	loop_timer_start(timer, 1, 1);
	loop_run(loop);
	assert_int_equal(fired, 3);
	loop_timer_close(stopped);
}

static void on_signal(void *to)
{
	++*(int *)to;
	loop_stop(loop);
}

/* In a child, because it is about what ends a program. */
static void a_signal_stops_and_a_second_one_ends(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		pid_t child = fork();
		int status, stops = 0;

		if (child == 0) {
			if (!loop_open(&loop))
				_exit(1);
			loop_on_signal(loop, on_signal, &stops);
			raise(numbers[i]);
			loop_run(loop);
			if (stops == 1)
				raise(numbers[i]);
			_exit(2);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
	}
}

static void a_peer_that_goes_away_is_no_signal(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

struct sum {
	struct loop_work work;
	int64_t upto, sum;
	pthread_t by;
	int after;
};

static void sum_work(struct loop_work *work)
{
	struct sum *sum = (struct sum *)work;

	sum->by = pthread_self();
	for (int64_t i = 1; i <= sum->upto; i++)
		sum->sum += i;
}

static void sum_after(struct loop_work *work)
{
	struct sum *sum = (struct sum *)work;

	assert_true(pthread_equal(loop_thread, pthread_self()));
	if (sum->after++ == 0) {
		loop_work_start(loop, work); /* It may be used again at once. */
		return;
	}
	loop_stop(loop);
}

static void work_is_done_elsewhere_and_answered_here(void **state)
{
	struct sum sum = { .work = { .work = sum_work, .after = sum_after }, .upto = 1000 };

	(void)state;
	loop_thread = pthread_self();
	loop_work_start(loop, &sum.work);
	loop_run(loop);
	assert_int_equal(sum.sum, 2 * 500500);
	assert_false(pthread_equal(sum.by, loop_thread));
}

static struct sum left;

static void left_work(struct loop_work *work)
{
	usleep(50000); /* Longer than closing takes. */
	sum_work(work);
}

static void left_after(struct loop_work *work)
{
	((struct sum *)work)->after++;
}

static void closing_waits_for_work(void **state)
{
	(void)state;
	left = (struct sum){ .work = { .work = left_work, .after = left_after }, .upto = 9 };
	loop_work_start(loop, &left.work);
	loop_close(loop);
	assert_int_equal(left.after, 1);
	assert_true(loop_open(&loop));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_signal_stops_and_a_second_one_ends, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tasks_run_in_order_at_the_end_of_the_turn, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_task_that_posts_itself_starves_nobody, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_task_waiting_in_this_turn_is_not_posted_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_loop_with_nothing_to_do_sleeps, setup, teardown),
		cmocka_unit_test_setup_teardown(any_thread_may_post, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_posted_is_drained_after_stop, setup,
						teardown),
		cmocka_unit_test_setup_teardown(timers_repeat_until_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_peer_that_goes_away_is_no_signal, setup,
						teardown),
		cmocka_unit_test_setup_teardown(work_is_done_elsewhere_and_answered_here, setup,
						teardown),
		cmocka_unit_test_setup_teardown(closing_waits_for_work, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
