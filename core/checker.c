/* core/checker.c - threads beside the loop. Without it one core would prove the phones' signatures
 * while the others watched, and every gate would wait for every phone.
 */
#include "core/checker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHECKER_THREAD_COUNT_MAX = 8 };

struct jobs { /* In the order they came. */
	struct checker_job *first, *last;
};

struct checker {
	struct loop_task hand_over; /* First, so that its address is the checker's. */
	struct loop_task take_back;
	struct loop *loop;
	struct jobs fresh; /* Of this turn of the loop. */
	size_t under_way;
	pthread_t threads[CHECKER_THREAD_COUNT_MAX];
	unsigned thread_count;
	pthread_mutex_t lock; /* Guards what follows. */
	pthread_cond_t work;
	struct jobs queue, done;
	bool closing;
};

static void jobs_push(struct jobs *jobs, struct checker_job *job)
{
	job->next = NULL;
	if (jobs->first == NULL)
		jobs->first = job;
	else
		jobs->last->next = job;
	jobs->last = job;
}

static struct checker_job *jobs_pop(struct jobs *jobs)
{
	struct checker_job *job = jobs->first;

	if (job != NULL)
		jobs->first = job->next;
	return job;
}

static void *thread_run(void *arg)
{
	struct checker *checker = arg;

	pthread_mutex_lock(&checker->lock);
	for (;;) {
		struct checker_job *job;
		bool first;

		while (checker->queue.first == NULL && !checker->closing)
			pthread_cond_wait(&checker->work, &checker->lock);
		job = jobs_pop(&checker->queue);
		if (job == NULL)
			break;
		pthread_mutex_unlock(&checker->lock);
		job->work(job);
		pthread_mutex_lock(&checker->lock);
		first = checker->done.first == NULL;
		jobs_push(&checker->done, job);
		if (first)
			loop_post_from_thread(checker->loop, &checker->take_back);
	}
	pthread_mutex_unlock(&checker->lock);
	return NULL;
}

/* Signals are the loop's. */
static void threads_start(struct checker *checker)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t all, before;

	sigfillset(&all);
	MUST(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	while (checker->thread_count == 0 ||
	       (checker->thread_count < cores && checker->thread_count < CHECKER_THREAD_COUNT_MAX))
		MUST(pthread_create(&checker->threads[checker->thread_count++], NULL, thread_run,
				    checker) == 0);
	MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static void on_hand_over(struct loop_task *task)
{
	struct checker *checker = (struct checker *)task;
	struct jobs fresh = checker->fresh;

	checker->fresh = (struct jobs){ 0 };
	if (fresh.first == NULL)
		return;
	if (checker->thread_count == 0)
		threads_start(checker);
	pthread_mutex_lock(&checker->lock);
	if (checker->queue.first == NULL)
		checker->queue.first = fresh.first;
	else
		checker->queue.last->next = fresh.first;
	checker->queue.last = fresh.last;
	if (fresh.first == fresh.last)
		pthread_cond_signal(&checker->work);
	else
		pthread_cond_broadcast(&checker->work);
	pthread_mutex_unlock(&checker->lock);
}

static void on_take_back(struct loop_task *task)
{
	struct checker *checker =
	    (struct checker *)((char *)task - offsetof(struct checker, take_back));
	struct checker_job *job;
	struct jobs done;

	pthread_mutex_lock(&checker->lock);
	done = checker->done;
	checker->done = (struct jobs){ 0 };
	pthread_mutex_unlock(&checker->lock);
	while ((job = jobs_pop(&done)) != NULL) {
		MUST(checker->under_way > 0);
		checker->under_way--;
		job->after(job);
	}
}

void checker_start(struct checker *checker, struct checker_job *job)
{
	MUST(job->work != NULL && job->after != NULL);
	checker->under_way++;
	jobs_push(&checker->fresh, job);
	loop_post(checker->loop, &checker->hand_over);
}

bool checker_open(struct checker **out, struct loop *loop)
{
	struct checker *checker = calloc(1, sizeof(*checker));

	*out = checker;
	if (checker == NULL)
		return false;
	checker->loop = loop;
	checker->hand_over.run = on_hand_over;
	checker->take_back.run = on_take_back;
	MUST(pthread_mutex_init(&checker->lock, NULL) == 0);
	MUST(pthread_cond_init(&checker->work, NULL) == 0);
	return true;
}

void checker_close(struct checker *checker)
{
	if (checker == NULL)
		return;
	MUST(checker->under_way == 0);
	pthread_mutex_lock(&checker->lock);
	checker->closing = true;
	pthread_cond_broadcast(&checker->work);
	pthread_mutex_unlock(&checker->lock);
	for (unsigned i = 0; i < checker->thread_count; i++)
		MUST(pthread_join(checker->threads[i], NULL) == 0);
	/* The loop may still hold a task of ours, though with nothing to do. */
	while (checker->hand_over.posted || checker->take_back.posted)
		loop_turn(checker->loop);
	pthread_cond_destroy(&checker->work);
	pthread_mutex_destroy(&checker->lock);
	free(checker);
}
