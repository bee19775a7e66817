/* tests/flow_world.h - a loop, a store, a manual clock and flows for tests, with requests that
 * remember how they were answered.
 */
#ifndef TESTS_FLOW_WORLD_H
#define TESTS_FLOW_WORLD_H

#include "core/flow.h"
#include "core/metrics.h"

#define WORLD_START ((time_ms)1764000000000) /* 2025-11-25T01:00:00+09:00 */

struct world {
	struct loop *loop;
	struct store *store;
	struct flows *flows;
	struct clock clock;
	struct metrics metrics;
	struct arena arena;
	char dir[64]; /* Of LMDB; empty: the simulator. */
};

/* sim_seed 0: LMDB in a fresh folder. Fences stand for `fence_s` seconds from WORLD_START on. */
void world_open(struct world *, unsigned sim_seed, uint32_t flow_count, unsigned fence_s);
void world_close(struct world *);
void world_put(struct world *, const char *key, struct slice value);
void world_remove(struct world *, const char *key);
struct slice world_get(struct world *, const char *key); /* Empty: absent. */
uint64_t world_version(struct world *, const char *key);
uint32_t world_count(struct world *, const char *from, const char *until);
/* A token's text, as it would come in a header; its record is put. */
const char *world_token(struct world *, enum call_role, const char *subject, time_ms expires_at,
			bool revoked);

enum { WORLD_ANSWER_SIZE = 1024 };

struct asked { /* Fill start and request, then world_ask. */
	struct flow_start start;
	struct request request;
	unsigned answers; /* How often it was answered: once. */
	unsigned order;   /* The how many-th answer of the world it was. */
	uint16_t status, retry_after_s;
	char code[48]; /* Of a problem; empty: none. */
	char body[WORLD_ANSWER_SIZE];
	size_t body_size;
};

MUSTCHECK bool world_begin(struct world *, struct asked *);
void world_run(struct world *); /* Until no flow is under way. */
void world_ask(struct world *, struct asked *);

#endif
