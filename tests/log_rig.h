/* tests/log_rig.h - a loop, a store, a manual clock and hands for the tests of the log. */
#ifndef TESTS_LOG_RIG_H
#define TESTS_LOG_RIG_H

#include "core/clock.h"
#include "core/loop.h"
#include "core/seal.h"
#include "core/store_engine.h"

enum { RIG_DIR_SIZE = 64, RIG_TURNS_MAX = 1000000 };

struct rig {
	struct loop *loop;
	struct store *store;
	struct clock clock;
	struct arena arena; /* Of the hands below; rig_fresh empties it. */
	char dir[RIG_DIR_SIZE];
};

/* "sim:SEED", or "lmdb" for a folder of its own that rig_close removes. */
void rig_open(struct rig *, const char *where, int64_t now_s);
void rig_reopen(struct rig *); /* The same LMDB again, as after a crash. */
void rig_close(struct rig *);
void rig_fresh(struct rig *);
void rig_set_second(struct rig *, int64_t now_s);
void rig_faults(struct rig *, uint32_t per_1000, uint32_t delay_turns_max);

/* Signs the rig's checkpoints; its name is "rig.example/log". */
extern const struct note_signer rig_signer;
/* Opens a sealer that signs and waits until it is ready. */
struct seal *rig_seal(struct rig *);
/* Asks it to seal what the clock has passed; and waits for that. */
struct rig_wait {
	struct seal_wait wait; /* First, so that its address is the flag's. */
	bool done;
};
void rig_advance_start(struct rig *, struct seal *, struct rig_wait *);
void rig_advance(struct rig *, struct seal *);

/* Files an event under a second as flow does: appended, its fence named as read. */
struct rig_event {
	struct store_req req;
	struct store_item items[2];
	char event_key[SEAL_KEY_TEXT_SIZE], fence_key[SEAL_KEY_TEXT_SIZE];
	uint8_t value[SEAL_SALT_SIZE + 256];
	bool done;
};
void rig_event_start(struct rig *, struct rig_event *, int64_t second, uint32_t number,
		     const char *text);
enum store_status rig_event(struct rig *, int64_t second, uint32_t number, const char *text);

/* Every record of a kind, in key order, in the rig's arena. */
struct store_item *rig_records(struct rig *, uint32_t *count, const char *kind);
/* One record; version 0 when absent. */
struct store_item rig_record(struct rig *, const char *key);
void rig_head(struct rig *, struct seal_head *);

/* RFC 6962 as its section 2.1 says it, which is not how core/seal_tree.c does it. */
void rig_root(uint8_t out[SHA256_SIZE], const struct seal_hash *leaves, size_t count);
void rig_leaf(struct seal_hash *out, const uint8_t *salted, size_t size);
/* The tiles on disk are those of the leaves of that data, and no others; the checkpoint is the
 * head's. */
void rig_check_tiles(struct rig *, const struct seal_hash *data, uint64_t count);

#endif
