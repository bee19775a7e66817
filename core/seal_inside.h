/* core/seal_inside.h - what the files of the sealer share: seal.c takes its steps, seal_hash.c
 * hashes what was closed, seal_tiles.c keeps the tiles that grow.
 */
#ifndef CORE_SEAL_INSIDE_H
#define CORE_SEAL_INSIDE_H

#include "core/seal.h"
#include "core/tile.h"

enum {
	SEAL_PERIOD_MS = 250,
	SEAL_GRACE_S = 1,          /* How long a real clock leaves a second to commits under way. */
	SEAL_CLOSE_COUNT_MAX = 64, /* Fences removed in one commit. */
	SEAL_SECOND_COUNT_MAX = 32,             /* Seconds sealed in one commit. */
	SEAL_LEAF_COUNT_STEP = 64 * TILE_WIDTH, /* Leaves hashed in one commit. */
	/* What one commit may put besides: full tiles, those at the edge, head and checkpoint. */
	SEAL_TILE_COUNT_MAX = SEAL_LEAF_COUNT_STEP / TILE_WIDTH + 2 + 2 * TILE_LEVEL_COUNT,
	SEAL_ITEM_COUNT_MAX = SEAL_CLOSE_COUNT_MAX + 2 * SEAL_AHEAD_S + SEAL_TILE_COUNT_MAX + 4,
	SEAL_HEAD_SIZE_MAX = 4096,
	SEAL_SECOND_SIZE_MAX = 256,
	SEAL_ARENA_SIZE = STORE_PAGE_COUNT_MAX * (STORE_VALUE_SIZE_MAX + 256) + (1 << 20),
	SEAL_MADE_SIZE = SEAL_TILE_COUNT_MAX * (TILE_RECORD_SIZE_MAX + 64) + (1 << 20),
	SEAL_ARENA_KEEP = 1 << 20,
};
_Static_assert((int)SEAL_ITEM_COUNT_MAX <= (int)STORE_ITEM_COUNT_MAX, "one commit holds them");

/* The tiles at the tree's right edge, which still grow. */
struct seal_tiles {
	bool known; /* They are those of a tree of `leaf_count`, at these versions. */
	uint64_t leaf_count;
	struct tile tile[TILE_LEVEL_COUNT];
	uint64_t version[TILE_LEVEL_COUNT]; /* On disk; 0: not there. */
	bool changed[TILE_LEVEL_COUNT];
};

struct seal {
	struct store *store;
	const struct clock *clock;
	struct loop_timer *timer;
	const struct note_signer *signer; /* Or NULL. */
	void (*ready)(void *);
	void *to;
	struct seal_wait *waits;
	bool busy, known, closing;
	int64_t sealed_s; /* As last seen on disk: what others are told. */
	uint64_t leaf_count;
	int64_t now_s;         /* When the move under way was chosen: it does not jump meanwhile. */
	struct seal_head head; /* On disk, at this version; of use while `known`. */
	uint64_t version, note_version;
	bool writes_note, hashed; /* What the commit under way does. */
	struct seal_head next;    /* What the commit under way makes of it. */
	struct seal_second seconds[SEAL_SECOND_COUNT_MAX];
	uint64_t second_version[SEAL_SECOND_COUNT_MAX];
	uint32_t second_count;
	int64_t second; /* The one being hashed, and how many of its events are. */
	uint64_t event_count;
	struct seal_second before[SEAL_SECOND_COUNT_MAX + 1]; /* Sealed once, and now again. */
	uint64_t before_version[SEAL_SECOND_COUNT_MAX + 1];
	uint32_t before_count;
	struct seal_tiles tiles;
	/* Tiles that the step under way made full, in the arena `made`. */
	struct store_item full[SEAL_TILE_COUNT_MAX];
	uint32_t full_count;
	struct arena arena; /* One request's: reset before the next. */
	struct arena made;  /* One step's. */
	struct store_req req;
	struct store_page page;
	struct store_item items[SEAL_ITEM_COUNT_MAX];
};

/* seal.c */
/* What an answer means for the step. False: nothing more to do in this callback. */
MUSTCHECK bool seal_answered(struct seal *, enum store_status);
void seal_request(struct seal *, void (*done)(struct store_req *, enum store_status));
struct store_item *seal_item(struct seal *, enum store_intent, uint64_t version,
			     void (*key)(char *, int64_t), int64_t second);
struct slice seal_encoded(struct seal *, const struct shape *, const void *value, size_t size_max);
void seal_put_head(struct seal *);
/* The items in the order of their keys, as the store wants them. */
void seal_commit(struct seal *);
void seal_committed(struct store_req *, enum store_status);

/* seal_hash.c: seconds up to closed_s become leaves, until a commit's worth is there. */
void seal_hash_closed(struct seal *);
/* A head of a time before there were tiles begins anew. */
void seal_begin_anew(struct seal *);

/* seal_tiles.c */
/* True: the edge is in memory. False: seal_tiles_fetch gets it. */
bool seal_tiles_ready(const struct seal *);
void seal_tiles_fetch(struct seal *, void (*done)(struct store_req *, enum store_status));
void seal_tiles_fetched(struct seal *);
/* The next leaf, which came from the record of that key. */
void seal_tiles_append(struct seal *, const struct seal_hash *data, struct slice key);
/* Into the commit: full ones, and what changed at the edge. */
void seal_tiles_put(struct seal *);
void seal_tiles_committed(struct seal *);

#endif
