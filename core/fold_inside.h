/* core/fold_inside.h - what fold.c (when) and fold_apply.c (what) share. */
#ifndef CORE_FOLD_INSIDE_H
#define CORE_FOLD_INSIDE_H

#include "core/fold_work.h"

enum {
	FOLD_POSITION_SIZE_MAX = 128,
	FOLD_MEMO_SIZE_MAX = 16 * 1024, /* What wants may keep of an event. */
};

struct fold_position {
	char key[SEAL_KEY_TEXT_SIZE]; /* Of the last event folded whole; empty: none. */
	bool dropped;                 /* core/fold_drop.h was broken off: there is no view. */
};
extern const struct shape fold_position_shape;

struct fold {
	struct store *store;
	struct seal *seal;
	struct loop_timer *timer;
	const struct fold_op *op;
	void *room;
	char view_key[STORE_KEY_SIZE_MAX + 1];
	bool busy, known, closing;
	bool reading, writing;    /* Under way. */
	enum store_status broken; /* Not STORE_OK: all is forgotten once nothing is under way. */
	bool moved;               /* The batch has folded an event. */
	bool in_pieces;           /* The next event has begun: its last run said FOLD_MORE. */
	bool in_apply, in_wants;
	int64_t done_s, target_s;      /* target_s: where the page under way ends at the latest. */
	struct fold_position position; /* With what the batch has folded. */
	uint64_t version;
	struct fold_work work;
	struct arena events;
	struct store_req req, commit;
	struct store_page page; /* Of events. */
	uint32_t next_event;
	void *memos[FOLD_BATCH_COUNT_MAX]; /* Of the page's events. */
	struct store_page scan;            /* Of the view's own records. */
	struct fold_range *scanning;
	uint8_t position_bytes[FOLD_POSITION_SIZE_MAX];
	int64_t written_s; /* Of the position that the commit under way writes. */
	struct store_item items[STORE_ITEM_COUNT_MAX], writes[STORE_ITEM_COUNT_MAX];
};

/* fold_apply.c. True: something must be fetched for the page's events. */
MUSTCHECK bool fold_name_wants(struct fold *);
enum fold_result fold_apply(struct fold *); /* The next event. */

#endif
