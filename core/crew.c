/* core/crew.c - threads that start, work and are waited for. Without it a month would be recomputed
 * by one processor while the others look on.
 */
#include "core/crew.h"

#include <pthread.h>
#include <unistd.h>

struct member {
	void (*work)(void *to, unsigned i);
	void *to;
	unsigned i;
};

static void *start(void *at)
{
	struct member *member = at;

	member->work(member->to, member->i);
	return NULL;
}

void crew_run(unsigned size, void (*work)(void *to, unsigned i), void *to)
{
	struct member members[CREW_SIZE_MAX];
	pthread_t threads[CREW_SIZE_MAX];
	unsigned started = 0;

	MUST(size > 0 && size <= CREW_SIZE_MAX);
	for (unsigned i = 0; i < size; i++)
		members[i] = (struct member){ work, to, i };
	while (started + 1 < size &&
	       pthread_create(&threads[started], NULL, start, &members[started + 1]) == 0)
		started++;
	work(to, 0);
	for (unsigned i = started + 1; i < size; i++) /* No thread was to be had for these. */
		work(to, i);
	for (unsigned i = 0; i < started; i++)
		MUST(pthread_join(threads[i], NULL) == 0);
}

unsigned crew_size(void)
{
	long found = sysconf(_SC_NPROCESSORS_ONLN);

	return found < 1 ? 1 : found > CREW_SIZE_MAX ? (unsigned)CREW_SIZE_MAX : (unsigned)found;
}
