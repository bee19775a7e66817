/* core/store.h - ordered, versioned records: three verbs, any engine.
 *
 * A record is key -> (value, version). Version 0 means "absent"; each committed write adds one. An
 * engine promises exactly this, and nothing more:
 *
 *   fetch   a few named records, as they stood at one moment
 *   commit  all writes or none, and only if every record named, written or only read, is still at
 *           the version its writer saw; STORE_OK means "on disk"
 *   scan    one page of a key range, in byte order, within one kind
 *
 * A key is "kind/rest": the bytes before the first '/' name the record's kind (1 to 8 lower-case
 * letters). A removed record that is made again starts at version 1. A request belongs to its
 * caller, who keeps it and everything it points at alive until `done`. Fetched bytes are copied
 * into req->arena and live as long as the arena does. `done` runs once, on the loop thread, and
 * never before the call that started it has returned.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "core/arena.h"

enum {
	STORE_KEY_SIZE_MAX = 96,
	STORE_KIND_SIZE_MAX = 8,
	STORE_KIND_COUNT_MAX = 96,
	STORE_VALUE_SIZE_MAX = 16384,
	STORE_ITEM_COUNT_MAX = 4096, /* A command names a handful; the bookkeeper, all of it. */
	STORE_PAGE_COUNT_MAX = 256,
	STORE_QUEUE_COUNT_MAX = 8192, /* Commits not yet answered; past it STORE_BUSY. */
};

enum store_status {
	STORE_OK,
	STORE_RETRY, /* A record moved, or the commit's fate is unknown: fetch, decide again. */
	STORE_BUSY,  /* The queue, or the disk, is full. Nothing was written. */
	STORE_DOWN,  /* The engine cannot be reached. Nothing was written. */
};

enum store_intent {
	STORE_READ, /* Must still be at this version (0: must be absent); not written. */
	STORE_WRITE,
	STORE_APPEND, /* A key that nobody else can make: no version to check, version 1 it is. */
	STORE_REMOVE, /* Must be at this version, which is not 0. */
};

struct store_item {
	struct slice key;
	struct slice value; /* Fetched, or to write. */
	uint64_t version;   /* Fetched: as found. Commit: as it must still be. */
	enum store_intent intent;
};

struct store_req {
	struct store_item *items; /* Keys ascending, no two equal. */
	uint32_t item_count;
	struct arena *arena; /* For fetch. */
	void (*done)(struct store_req *, enum store_status);
	struct store_req *next; /* The engine's, until `done`. */
	enum store_status status;
	bool is_commit; /* The store's. */
};

struct store_page {
	/* [from, until). `from` names the kind ("kind/" alone is its start, a key and a NUL what
	 * follows that key); the page stops at that kind's end, and so does an empty `until`. */
	struct slice from, until;
	struct store_item *items; /* Out: in the arena. */
	uint32_t item_count;      /* In: at most. Out: found; fewer than asked means the end. */
	struct arena *arena;      /* A page that does not fit ends early: `full`. */
	bool full;                /* Out: the arena had no more room; there may be more. */
	void (*done)(struct store_page *, enum store_status);
	struct store_page *next;
	enum store_status status;
};

struct store; /* Opaque: no MDB_txn and no PGconn passes this line. */
struct loop;

struct store_stats {
	uint64_t fetches, commits, retries, scans, batches; /* batches: transactions written. */
	uint64_t used_bytes, limit_bytes;
	bool full; /* The last write found no room, on the disk or in the map. */
};

/* where: "lmdb:DIR" (made if it is not there) or "sim:SEED". limit_bytes: the map's size. False:
 * *error says why and what to do, in the caller's buffer. */
enum { STORE_ERROR_SIZE = 256 };
MUSTCHECK bool store_open(struct store **out, struct loop *, const char *where,
			  uint64_t limit_bytes, char error[STORE_ERROR_SIZE]);
/* Turns the loop until all is answered, so not from within a callback. Before loop_close. */
void store_close(struct store *);

void store_fetch(struct store *, struct store_req *);
void store_commit(struct store *, struct store_req *);
void store_scan(struct store *, struct store_page *);
void store_stats(struct store_stats *, struct store *);
bool store_is_full(struct store *);

/* For programs without a running loop (init, import): turns it. `done` is not used. */
MUSTCHECK enum store_status store_fetch_wait(struct store *, struct store_req *);
MUSTCHECK enum store_status store_commit_wait(struct store *, struct store_req *);
MUSTCHECK enum store_status store_scan_wait(struct store *, struct store_page *);

#endif
