/* core/seal.h - the log: facts filed under seconds, seconds closed by a fence, each closed second
 * sealed.
 *
 *   open/<shard>/<second>          the fence: there while the second takes events
 *   ev/<shard>/<second>/<cmd><k>   salt (16) || event; <cmd> the command's id, <k> 2 hex
 *   sec/<shard>/<second>           sealed: first index, leaf count, RFC 6962 root after it
 *   seal/<shard>                   the head: last closed and sealed second, leaf count, edge
 *   tile/<level>/<number>          the tree, for others: core/tile.h
 *   note/checkpoint                the head, signed, for others: core/checkpoint.h
 *
 * Seconds are ten decimal digits since 1970, so keys sort by time. An event's commit names
 * open/<second> as read; closing removes it; so a commit that comes later is RETRY and files under
 * the present second. Fences are made SEAL_AHEAD_S ahead, in a commit that names the head. A leaf
 * is SHA-256(0x00 || SHA-256(salt || event)); events are sealed in key order, and the last leaf of
 * a second that held any is `second_closed`. Seconds without events leave neither leaf nor record.
 * The head moves by compare-and-set: of several sealers one wins each step.
 *
 * A second goes through two commits. The first removes its fence and moves closed_s: from then on
 * its events are final. The second writes sec/, tiles and checkpoint and moves sealed_s, leaf_count
 * and the edge; a second of very many events takes several of those, and the head says how far it
 * came. What fails between two is picked up from the head by whoever comes next, and comes out the
 * same to the byte, for the salt of second_closed is made of its content: it hides nothing that the
 * tree's size does not tell. (Seconds sealed before there were tiles keep theirs, which was
 * random; they are hashed anew when a sealer first meets such a head.) A second is closed once
 * the clock is past it; by a real clock one second later, so that commits under way are not sent
 * back. Seconds that a jump of the clock passed over never had a fence; they close with the rest.
 */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include "core/clock.h"
#include "core/crypto.h"
#include "core/loop.h"
#include "core/note.h"
#include "core/shape.h"
#include "core/store.h"

enum {
	SEAL_AHEAD_S = 120,
	SEAL_SALT_SIZE = 16,
	SEAL_EDGE_MAX = 48, /* 2^48 leaves. */
	SEAL_SHARD = 0,
	SEAL_KEY_TEXT_SIZE = 64,
};

struct seal_hash {
	uint8_t bytes[SHA256_SIZE];
};

struct seal_head {
	int64_t sealed_s;    /* Every second up to this one is hashed; never after closed_s. */
	int64_t closed_s;    /* Every second up to this one is closed. */
	int64_t opened_s;    /* Fences stand for (closed_s, opened_s]. */
	int64_t last_full_s; /* The last second that held events. */
	uint64_t leaf_count;
	struct seal_hash edge[SEAL_EDGE_MAX]; /* Roots of the full subtrees, largest first. */
	uint16_t edge_count;
	bool tiled;       /* The tiles of all leaves are there. */
	int64_t reseal_s; /* Seconds up to this one have their sec/ already; 0: none has. */
	/* The second that is sealed in part: its events up to this key. 0: none is. */
	int64_t part_second;
	uint64_t part_count;
	char part_key[SEAL_KEY_TEXT_SIZE];
};
extern const struct shape seal_head_shape;

struct seal_second {
	int64_t second;
	uint64_t first_index, leaf_count; /* second_closed's leaf included. */
	struct seal_hash root;            /* Of the whole tree after this second. */
	uint8_t salt[SEAL_SALT_SIZE];     /* Of its second_closed leaf. */
};
extern const struct shape seal_second_shape;

/* Keys and hashes; no waiting. */
extern const char seal_head_key[]; /* Of this shard. */
void seal_open_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second);
void seal_second_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second);
/* Comes before every event of this second and after every event of the one before. */
void seal_range_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second);
void seal_event_key(char out[SEAL_KEY_TEXT_SIZE], int64_t second, struct id128 command, uint8_t k);
MUSTCHECK bool seal_event_key_read(int64_t *second, struct slice key);
/* The canonical bytes of a second's last leaf: CBOR {0: "second_closed", 1: second, 2: events}. */
size_t seal_second_closed(uint8_t out[64], int64_t second, uint64_t events);
void seal_closed_salt(uint8_t out[SEAL_SALT_SIZE], struct slice second_closed);
/* A leaf's data, and the leaf of it: SHA-256(salt || event), SHA-256(0x00 || data). */
void seal_leaf_data(struct seal_hash *out, struct slice salt, struct slice event);
void seal_leaf_of(struct seal_hash *out, const struct seal_hash *data);
void seal_leaf(struct seal_hash *out, struct slice salt, struct slice event);
/* SHA-256(0x01 || left || right); `out` may be either of the two. */
void seal_node(struct seal_hash *out, const struct seal_hash *left, const struct seal_hash *right);
/* Appends one leaf hash to the tree's right edge; root of the edge. RFC 6962 section 2.1.
 * `joined`, or NULL, is told the root of every subtree of 2^level leaves that the leaf makes full,
 * level > 0. */
void seal_append(struct seal_head *, const struct seal_hash *leaf);
void seal_append_telling(struct seal_head *, const struct seal_hash *leaf,
			 void (*joined)(void *to, unsigned level, const struct seal_hash *),
			 void *to);
void seal_root(struct seal_hash *out, const struct seal_head *);

struct seal; /* The sealer at work. */
/* Calls `ready` once the first fences stand: nothing may be accepted before. */
MUSTCHECK bool seal_open(struct seal **, struct loop *, struct store *, const struct clock *,
			 void (*ready)(void *), void *to);
/* Makes checkpoints from now on, while the signer has a key. It and its name must stay. */
void seal_sign(struct seal *, const struct note_signer *);
/* Closes and seals what the clock has passed and opens ahead; by itself four times a second, and
 * when asked. `then` (or NULL) runs once every second before `until` is sealed on disk and the
 * fence of `until` stands; never within this call, and not at all after seal_close. */
struct seal_wait { /* The caller's, until `then`. */
	void (*then)(struct seal_wait *);
	struct seal_wait *next;
	time_ms until; /* The clock's time when asked; the caller says it. */
};
void seal_advance(struct seal *, struct seal_wait *);
/* Every second up to this one is final and sealed, as last seen on disk; -1 before that. */
int64_t seal_closed_second(const struct seal *);
uint64_t seal_leaf_count(const struct seal *);
/* Before store_close. What the store still has to answer is waited for by itself. */
void seal_close(struct seal *);

#endif
