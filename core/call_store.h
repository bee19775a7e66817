/* core/call_store.h - what one call has asked of the store, found there and will write; for
 * core/call and core/flow only. The domain sees it through core/call.h.
 *
 * One table of entries, found by key: an entry is wanted (to be fetched), fetched (its version is
 * known) and perhaps written. Entries are made in the arena and never move within a try; a new try
 * drops all.
 */
#ifndef CORE_CALL_STORE_H
#define CORE_CALL_STORE_H

#include "core/call.h"
#include "core/call_cache.h"

enum {
	CALL_BUCKET_COUNT = 128,
	/* The command's name, its token, and the fences of its events stand beside what it asked
	   for. */
	CALL_ENTRY_COUNT_MAX =
	    CALL_RECORD_COUNT_MAX + CALL_WRITE_COUNT_MAX + 2 * CALL_EVENT_COUNT_MAX + 4,
	CALL_ROOM_READ = 1024 * 1024, /* What is read leaves this much of the arena for the rest; */
	CALL_ROOM_WRITE = 512 * 1024, /* what is written leaves this much for the answer; */
	CALL_ROOM_LEAST = 64 * 1024,  /* and the answer this much for ending well. */
};

enum call_use {
	CALL_USE_DOMAIN,
	CALL_USE_TOKEN,
	CALL_USE_NAME,
	CALL_USE_FENCE,
};

struct call_entry {
	struct record record;
	struct call_entry *next; /* In its bucket. */
	enum call_use use;
	bool wanted, fetched;
	bool commits; /* Named in the commit, as `intent` says. */
	enum store_intent intent;
	struct slice value; /* To write. */
	int64_t second;     /* Of a fence. */
};

struct call_range { /* One page asked for. */
	struct slice from, until;
	uint32_t most;
	bool fetched;
	struct call_page page;
};

enum call_excess { CALL_FITS, CALL_READS_TOO_MUCH, CALL_WRITES_TOO_MUCH };

struct call_store {
	struct call_entry *buckets[CALL_BUCKET_COUNT];
	struct call_entry *entries[CALL_ENTRY_COUNT_MAX];
	struct call_range *ranges[CALL_PAGE_COUNT_MAX];
	uint32_t entry_count, wanted_count, write_count, event_count, range_count;
	/* A limit was met: the steps go on, their outcome is thrown away and the answer is 503. */
	enum call_excess excess;
	struct slice first_event; /* With its salt; empty: there is none. */
	int64_t first_second;     /* Under which it is filed. */
	bool wants_receipt;
	void (*check)(struct call *); /* Before decide; NULL: none. */
	bool check_is_long;
	char spare[STORE_KEY_SIZE_MAX + 1]; /* The key that no longer fitted. */

	struct call_cache *cache; /* The flows' own; NULL: none. */

	/* Said in parse; kept from try to try. */
	bool inner; /* A command of the program's own. */
	bool names_self, named, first_answer_wins;
	char name_key[STORE_KEY_SIZE_MAX + 1];
	struct slice hot; /* Empty: none. */
};

/* Forgets what was found and will be written, not what parse said. */
void call_store_drop(struct call_store *);
/* True: `size` bytes fit into the arena and leave `least`. False: the excess is noted. */
MUSTCHECK bool call_room(struct call *, size_t size, size_t least, enum call_excess);
struct call_entry *call_entry_find(const struct call_store *, struct slice key);
/* Found or made; NULL when the table or the arena is full (the excess is noted). */
struct call_entry *call_entry_make(struct call *, const char *key, enum call_use);
/* A new entry is wanted at once. */
struct call_entry *call_entry_want(struct call *, const char *key, enum call_use);
/* The fence of a second. */
struct call_entry *call_fence_want(struct call *, int64_t second);
/* Sets what the entry writes. Bytes outside the arena are copied into it. */
void call_entry_write(struct call *, struct call_entry *, struct slice value, enum store_intent);

#endif
