/* operators/rebuild.c - without it nobody could say that the books hold what the log says, and
 * nothing else.
 */
#include "operators/rebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fold_drop.h"

enum { REBUILD_ARENA_SIZE = 64 * 1024 * 1024, KIND_COUNT_MAX = 32, SHOW_EACH_MS = 500 };

struct rebuilding {
	const struct rebuild *with;
	struct arena arena;
	struct seal *seal;
	struct fold *fold;
	size_t kind_count;
	struct fold_sum before[KIND_COUNT_MAX], after[KIND_COUNT_MAX];
	uint64_t shown_ns;
	bool terminal, ready, broken_off; /* The books before were no books. */
};

static void show(struct rebuilding *r, const char *what, uint64_t done, uint64_t all)
{
	uint64_t now = clock_monotonic_ns();

	if (!r->terminal || now - r->shown_ns < (uint64_t)SHOW_EACH_MS * 1000000)
		return;
	r->shown_ns = now;
	if (all > 0)
		printf("\r  %-24s %12llu of %llu  ", what, (unsigned long long)done,
		       (unsigned long long)all);
	else
		printf("\r  %-24s %12llu  ", what, (unsigned long long)done);
	fflush(stdout);
}

static void dropped(void *to, uint64_t removed)
{
	show(to, "records dropped", removed, 0);
}

static bool add_up(struct rebuilding *r, struct fold_sum *sums)
{
	for (size_t i = 0; i < r->kind_count; i++) {
		show(r, "adding up kinds", i, r->kind_count);
		if (!fold_add_up(&sums[i], r->with->store, &r->arena, bookkeeper_kinds[i]))
			return false;
	}
	return true;
}

static void on_ready(void *to)
{
	((struct rebuilding *)to)->ready = true;
}

static bool fold_all(struct rebuilding *r)
{
	const struct rebuild *with = r->with;
	int64_t first_s, last_s;

	if (!seal_open(&r->seal, with->loop, with->store, with->clock, on_ready, r))
		return false;
	while (!r->ready)
		loop_turn(with->loop);
	last_s = seal_closed_second(r->seal);
	if (!fold_open(&r->fold, with->loop, with->store, r->seal, &bookkeeper_op, with->room))
		return false;
	first_s = -1;
	while (fold_done_second(r->fold) < last_s) {
		int64_t done_s = fold_done_second(r->fold);

		loop_turn(with->loop);
		if (first_s < 0 && done_s > 0)
			first_s = done_s;
		if (first_s > 0)
			show(r, "seconds of the log", (uint64_t)(done_s - first_s),
			     (uint64_t)(last_s - first_s));
	}
	return true;
}

static int compare(const struct rebuilding *r)
{
	unsigned long long records = 0;
	unsigned differ = 0;

	for (size_t i = 0; i < r->kind_count; i++) {
		const struct fold_sum *before = &r->before[i], *after = &r->after[i];

		records += after->records;
		if (r->broken_off || (before->records == after->records &&
		    mem_equal(before->digest, after->digest, FOLD_SUM_SIZE)))
			continue;
		differ++;
		printf("  %-8s other than before: %llu records, there were %llu\n",
		       bookkeeper_kinds[i], (unsigned long long)after->records,
		       (unsigned long long)before->records);
	}
	if (differ == 0)
		printf("%llu records, %s\n", records,
		       r->broken_off ? "after a rebuild that was broken off"
				     : "the same bytes as before");
	else
		printf("%llu records; %u kinds are other than before, and are what the log says "
		       "now\n", records, differ);
	return differ == 0 ? 0 : 3;
}

static int run(struct rebuilding *r)
{
	const struct rebuild *with = r->with;

	if (!arena_open(&r->arena, REBUILD_ARENA_SIZE) || !add_up(r, r->before))
		return 1;
	r->broken_off = fold_drop_is_broken_off(with->store, &r->arena, bookkeeper_op.view);
	if (!fold_drop(with->store, &r->arena, bookkeeper_op.view, bookkeeper_kinds, r->kind_count,
		       dropped, r) ||
	    !fold_all(r) || !add_up(r, r->after))
		return 1;
	if (r->terminal)
		printf("\r%60s\r", "");
	printf("%llu leaves in the log\n", (unsigned long long)seal_leaf_count(r->seal));
	return compare(r);
}

int rebuild_books(const struct rebuild *with)
{
	struct rebuilding *r = calloc(1, sizeof(*r));
	int code;

	MUST(r != NULL);
	r->with = with;
	r->terminal = isatty(STDOUT_FILENO) == 1;
	while (bookkeeper_kinds[r->kind_count] != NULL)
		r->kind_count++;
	MUST(r->kind_count <= KIND_COUNT_MAX);
	code = run(r);
	if (code == 1)
		fprintf(stderr, "hitotsu: rebuild: the store does not answer; run it again\n");
	if (r->fold != NULL)
		fold_close(r->fold);
	if (r->seal != NULL)
		seal_close(r->seal);
	arena_close(&r->arena);
	free(r);
	return code;
}
