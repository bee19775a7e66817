/* core/fold_work.h - for fold*.c only: the records that a batch has in hand, in three layers.
 *
 *   on disk     version, and value until something is put; or on its way there
 *   the batch   what whole events put: `dirty`
 *   this run    what the run of apply under way put: `next_*`, while `attempt` is its own
 *
 * A run that ends in FOLD_NEED leaves nothing behind, because the next one has another number.
 *
 * What is small is kept as the struct that it is, for some records are written by every event; it
 * is encoded once a commit. The rest is kept as its bytes.
 */
#ifndef CORE_FOLD_WORK_H
#define CORE_FOLD_WORK_H

#include "core/fold.h"

struct fold_value { /* Present: as a struct of the shape, or as bytes. */
	const struct shape *shape;
	const void *decoded; /* NULL: as bytes. */
	struct slice bytes;
};

struct fold_record {
	struct fold_record *chain;
	struct slice key;        /* NUL-terminated. */
	struct fold_value value; /* While present. */
	struct fold_value next_value;
	void *room;       /* Where the struct is kept, once it was put. */
	uint64_t version; /* On disk. */
	uint64_t attempt;
	bool wanted; /* Not in hand yet: nothing but the key is of use. */
	bool present, next_present, dirty;
	bool writing; /* In the commit under way, as it stood then; the version is that of after. */
};

enum {
	WORK_BUCKET_COUNT = 16384,
	WORK_WANT_COUNT_MAX = STORE_ITEM_COUNT_MAX - 1, /* And the position. */
	WORK_DECODED_SIZE_MAX = 512,
	WORK_RANGE_COUNT_MAX = FOLD_WRITE_COUNT_MAX + FOLD_PAGE_COUNT_MAX + STORE_PAGE_COUNT_MAX,
};

struct fold_range { /* What an event has seen of a range, on disk. */
	struct fold_range *next;
	struct slice from, until;
	struct fold_record *records[WORK_RANGE_COUNT_MAX];
	uint32_t count;
	bool end;
};

struct fold_work {
	struct arena batch, run;
	struct fold_record *buckets[WORK_BUCKET_COUNT];
	struct fold_record *dirty[FOLD_WRITE_COUNT_MAX];
	struct fold_record *touched[FOLD_WRITE_COUNT_MAX]; /* By this run. */
	struct fold_record *wants[WORK_WANT_COUNT_MAX];    /* Asked for, not in hand. */
	struct fold_record *written[FOLD_WRITE_COUNT_MAX]; /* By the commit under way. */
	uint32_t dirty_count, touched_count, want_count, written_count;
	struct fold_range *ranges, *range_wanted;
	uint64_t attempt;
	uint8_t buffer[STORE_VALUE_SIZE_MAX];
};

MUSTCHECK bool work_open(struct fold_work *);
void work_close(struct fold_work *);
void work_drop(struct fold_work *);       /* Nothing is in hand. */
void work_drop_clean(struct fold_work *); /* Nothing but what is not on disk yet. */
bool work_is_heavy(const struct fold_work *);

void work_start_run(struct fold_work *);
struct fold_record *work_find(const struct fold_work *, struct slice key);
/* As it stands on disk (version 0: absent); the value lies in the batch's arena. One that is in
 * hand already is left as it is. NULL: in hand at another version. */
struct fold_record *work_load(struct fold_work *, const struct store_item *);
bool work_present(const struct fold_work *, const struct fold_record *);
/* Of one that is present. */
void work_read(struct fold_work *, struct fold_record *, const struct shape *, void *out);
void work_want(struct fold_work *, struct slice key);
void work_put(struct fold_work *, struct fold_record *, const struct shape *, const void *value);
void work_remove(struct fold_work *, struct fold_record *);

/* Would what this run put fit into the batch's commit? */
bool work_fits(const struct fold_work *);
void work_accept(struct fold_work *);
/* The batch's writes as items, unordered, at most FOLD_WRITE_COUNT_MAX; a new batch begins upon
 * them. None may be under way (asserted). */
uint32_t work_write(struct fold_work *, struct store_item *items);
void work_committed(struct fold_work *);

/* Found or made. */
struct fold_range *work_range(struct fold_work *, struct slice from, struct slice until);
/* False: a record is in hand at another version. */
MUSTCHECK bool work_range_load(struct fold_work *, struct fold_range *, const struct store_page *);
/* The first keys as this run sees them. False: more of the range must be loaded. */
bool work_range_keys(struct fold_work *, const struct fold_range *, const struct slice **keys,
		     uint32_t *count);

#endif
