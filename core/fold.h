/* core/fold.h - a view is a fold over the sealed log: events in order, records out, position beside
 * them.
 *
 * The driver reads sealed events, gives them one by one to `apply` and commits what it put together
 * with the view's position, so that a crash or a second bookkeeper never folds an event twice.
 * `apply` waits for nothing: it asks for records by fold_get; one that is not in hand makes it
 * return FOLD_NEED, and it is called again from the start of the same event when the record has
 * come. What a run put counts only when it ends in FOLD_DONE or FOLD_MORE. It must be
 * deterministic: the event, the records and nothing else.
 *
 * The position, view/<name>, names the last event that is folded whole. An event that says
 * FOLD_MORE is committed in pieces and comes again, after a crash too, until it says FOLD_DONE: so
 * it must find in the records how far it had come.
 */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include "core/loop.h"
#include "core/seal.h"
#include "core/shape.h"
#include "core/store.h"

enum fold_result {
	FOLD_DONE,
	FOLD_NEED, /* fold_get or fold_page said "not yet"; nothing that was put counts. */
	FOLD_MORE, /* Not finished: commit this much (at least one record) and call again. */
};

struct fold; /* One view's driver. */

struct fold_event {
	int64_t second;
	struct slice key;   /* ev/... */
	struct slice salt, event;
	void *memo;	    /* What `wants` left for `apply`; NULL: nothing. */
};

enum {
	FOLD_WRITE_COUNT_MAX = 4000, /* Records that one run of apply may put or remove. */
	FOLD_PAGE_COUNT_MAX = 256,
	FOLD_BATCH_COUNT_MAX = 256, /* Events read at once; a commit may hold several batches. */
};

struct fold_op {
	const char *view; /* Its position is view/<name>. */
	enum fold_result (*apply)(struct fold *, void *room, const struct fold_event *);
	/* Or NULL. Called once for each event of a batch before any is applied: names by fold_want
	 * what apply will ask for, so that all of it is fetched at once. A hint, no more: what it
	 * leaves out costs apply a round trip. */
	void (*wants)(struct fold *, void *room, struct fold_event *);
};

/* Within wants. */
void fold_want(struct fold *, const char *key);

/* Within apply. A record asked for lives until apply returns. Going on to ask after FOLD_WAIT saves
 * a round trip: all that was missed is then fetched at once. */
enum fold_got { FOLD_WAIT, FOLD_ABSENT, FOLD_GOT };
enum fold_got fold_get(struct fold *, void *out, const struct shape *, const char *key);
/* Both after fold_get of the key, or with a key from fold_page (asserted). */
void fold_put(struct fold *, const char *key, const struct shape *, const void *value);
void fold_remove(struct fold *, const char *key);
/* How many records this run has put or removed so far, each counted once. */
uint32_t fold_write_count(const struct fold *);
const char *fold_key(struct fold *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first keys of [from, until), of the view's own records; fewer than FOLD_PAGE_COUNT_MAX only
 * at the range's end. What earlier events and this run put or removed is seen. NUL-terminated.
 * Costs a commit when events before it in the batch are not on disk yet. False: FOLD_NEED. */
MUSTCHECK bool fold_page(struct fold *, const struct slice **keys, uint32_t *count,
			 const char *from, const char *until);
/* Room for scratch that lives until apply returns; in wants: until its event is applied. */
void *fold_alloc(struct fold *, size_t size);

MUSTCHECK bool fold_open(struct fold **, struct loop *, struct store *, struct seal *,
			 const struct fold_op *, void *room);
/* Folds what is sealed; by itself ten times a second. */
void fold_kick(struct fold *);
/* Every event of a second at or before this is folded, on disk; -1 before that is known. */
int64_t fold_done_second(const struct fold *);
/* The view was thrown away and not made again (core/fold_drop.h): nothing is folded. */
bool fold_is_dropped(const struct fold *);
/* Before seal_close and store_close. What the store still has to answer is waited for by itself. */
void fold_close(struct fold *);

#endif
