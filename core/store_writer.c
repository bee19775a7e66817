/* core/store_writer.c - the thread that waits for the disk. Without it every commit would pay for a
 * sync of its own, and the loop would stand still while it did.
 */
#include "core/store_writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum {
	BATCH_ITEM_COUNT_MAX = 16384, /* Bounds how long the first of a batch waits for the last. */
	BATCH_SIZE_MAX = 16 << 20,    /* Bounds the memory of a transaction. */
};

struct task {
	struct loop_task task; /* First, so that its address is this. */
	struct store_writer *writer;
};

struct store_writer {
	struct store *store;
	struct loop *loop;
	void (*write)(void *engine, const struct store_queue *batch);
	void *engine;
	struct task turn, answer;
	struct store_queue commits; /* Of this turn of the loop. */
	pthread_t thread;
	pthread_mutex_t lock; /* Guards what follows. */
	pthread_cond_t work;
	struct store_queue queue, written;
	bool closing;
};

/* Called with the lock held. A batch holds at least one request, whatever its size. */
static struct store_queue batch_take(struct store_writer *writer)
{
	struct store_queue batch = { 0 };
	uint64_t items = 0, size = 0;

	while (writer->queue.first != NULL) {
		const struct store_req *req = writer->queue.first;

		items += req->item_count;
		for (uint32_t i = 0; i < req->item_count; i++)
			size += req->items[i].value.size;
		if (batch.count > 0 && (items > BATCH_ITEM_COUNT_MAX || size > BATCH_SIZE_MAX))
			break;
		store_queue_push(&batch, store_queue_pop(&writer->queue));
	}
	return batch;
}

static void *thread_run(void *arg)
{
	struct store_writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		struct store_queue batch;

		while (writer->queue.first == NULL && !writer->closing)
			pthread_cond_wait(&writer->work, &writer->lock);
		if (writer->queue.first == NULL)
			break;
		batch = batch_take(writer);
		pthread_mutex_unlock(&writer->lock);
		writer->write(writer->engine, &batch);
		pthread_mutex_lock(&writer->lock);
		store_queue_join(&writer->written, &batch);
		loop_post_from_thread(writer->loop, &writer->answer.task);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void on_answer(struct loop_task *task)
{
	struct store_writer *writer = ((struct task *)task)->writer;
	struct store_queue written;
	struct store_req *req;

	pthread_mutex_lock(&writer->lock);
	written = writer->written;
	writer->written = (struct store_queue){ 0 };
	pthread_mutex_unlock(&writer->lock);
	while ((req = store_queue_pop(&written)) != NULL)
		store_answer(writer->store, req, req->status);
}

/* The commits of one turn reach the thread together: it would else wake for the first alone. */
static void on_turn(struct loop_task *task)
{
	struct store_writer *writer = ((struct task *)task)->writer;

	pthread_mutex_lock(&writer->lock);
	store_queue_join(&writer->queue, &writer->commits);
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
}

void store_writer_commit(struct store_writer *writer, struct store_req *req)
{
	store_queue_push(&writer->commits, req);
	loop_post(writer->loop, &writer->turn.task);
}

/* Signals are the loop's; one that met this thread would only wake it for nothing. */
static void thread_start(struct store_writer *writer)
{
	sigset_t all, before;

	sigfillset(&all);
	MUST(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	MUST(pthread_create(&writer->thread, NULL, thread_run, writer) == 0);
	MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

struct store_writer *store_writer_open(struct store *store, struct loop *loop,
				       void (*write)(void *engine, const struct store_queue *batch),
				       void *engine)
{
	struct store_writer *writer = calloc(1, sizeof(*writer));

	MUST(writer != NULL && write != NULL);
	writer->store = store;
	writer->loop = loop;
	writer->write = write;
	writer->engine = engine;
	writer->turn = (struct task){ .task.run = on_turn, .writer = writer };
	writer->answer = (struct task){ .task.run = on_answer, .writer = writer };
	MUST(pthread_mutex_init(&writer->lock, NULL) == 0);
	MUST(pthread_cond_init(&writer->work, NULL) == 0);
	thread_start(writer);
	return writer;
}

void store_writer_close(struct store_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	MUST(writer->queue.first == NULL && writer->commits.first == NULL);
	writer->closing = true;
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	MUST(pthread_join(writer->thread, NULL) == 0);
	/* The loop may still hold a task of ours, though with nothing to do. */
	while (writer->turn.task.posted || writer->answer.task.posted)
		loop_turn(writer->loop);
	MUST(writer->written.first == NULL);
	pthread_cond_destroy(&writer->work);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}
