/* operators/demo.c - the journey, told in order. Without it nobody could see in a minute what
 * the house is for.
 */
#include "operators/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "operators/demo_inside.h"

#define KEEP_SIZE                                                                                  \
	((size_t)512 * 1024 * 1024) /* Address space; touched as far as feeds are large. */
#define SCRATCH_SIZE ((size_t)80 * 1024 * 1024)
#define SEED         UINT64_C(20261103)

static int end(struct demo *d)
{
	bool good = !d->failed && d->checks_failed == 0;

	if (good)
		demo_line(d, "\nAll checks hold. Invented data; the operators named have agreed to "
			     "nothing.");
	else if (d->failed)
		demo_line(d, "\nThe journey broke off; see above.");
	else
		demo_line(d, "\n%u checks FAILED.", d->checks_failed);
	if (good)
		demo_line(d, "架空のデータです。記載の事業者が同意したものではありません。");
	return good ? 0 : 1;
}

int demo_run(const struct demo_start *start)
{
	struct demo *d = calloc(1, sizeof(*d));
	bool went = false;
	int code;

	if (d == NULL)
		return 1;
	d->start = start;
	d->random = SEED;
	d->terminal = isatty(STDOUT_FILENO) == 1;
	if (!arena_open(&d->keep, KEEP_SIZE) || !arena_open(&d->scratch, SCRATCH_SIZE) ||
	    !client_open(&d->client, start->url))
		demo_fail(d, "no memory, or not a server's address: %s", start->url);
	demo_title(d);
	went = !d->failed && demo_keys(d) && demo_feeds(d) && demo_world(d) && demo_sell(d) &&
	       demo_ride(d) && demo_settle(d) && demo_count(d);
	d->failed = d->failed || !went;
	code = end(d);
	json_free(d->answer);
	client_close(d->client);
	arena_close(&d->keep);
	arena_close(&d->scratch);
	free(d);
	return code;
}
