/* tests/flow_world.c - the shell of flow tests. Without it each test would build its own small
 * server. */
#include "tests/flow_world.h"

#include "core/crypto.h"
#include "core/seal.h"
#include "core/token.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned order;

void world_open(struct world *world, unsigned sim_seed, uint32_t flow_count, unsigned fence_s)
{
	char error[STORE_ERROR_SIZE], where[96], key[SEAL_KEY_TEXT_SIZE];

	*world = (struct world){ .dir = "" };
	MUST(crypto_init());
	MUST(loop_open(&world->loop));
	MUST(arena_open(&world->arena, 64 << 20));
	if (sim_seed != 0) {
		(void)snprintf(where, sizeof(where), "sim:%u", sim_seed);
	} else {
		(void)snprintf(world->dir, sizeof(world->dir), "/tmp/hitotsu-flow-XXXXXX");
		MUST(mkdtemp(world->dir) != NULL);
		(void)snprintf(where, sizeof(where), "lmdb:%s", world->dir);
	}
	if (!store_open(&world->store, world->loop, where, 64 << 20, error)) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	clock_init(&world->clock, true, WORLD_START);
	MUST(flows_open(&world->flows, world->loop, world->store, &world->clock, &world->metrics,
			flow_count));
	for (unsigned i = 0; i < fence_s; i++) {
		seal_open_key(key, WORLD_START / 1000 + i);
		world_put(world, key, SLICE("o"));
	}
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
	(void)about;
	(void)kind;
	(void)at;
	return remove(path);
}

void world_close(struct world *world)
{
	flows_close(world->flows);
	store_close(world->store);
	loop_close(world->loop);
	arena_close(&world->arena);
	if (world->dir[0] != '\0')
		MUST(nftw(world->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static struct store_item fetch(struct world *world, const char *key)
{
	struct store_item item = { .key = slice_text(key) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &world->arena };

	MUST(store_fetch_wait(world->store, &req) == STORE_OK);
	return item;
}

static void commit(struct world *world, struct store_item item)
{
	struct store_req req = { .items = &item, .item_count = 1, .arena = &world->arena };

	MUST(store_commit_wait(world->store, &req) == STORE_OK);
}

void world_put(struct world *world, const char *key, struct slice value)
{
	struct store_item item = fetch(world, key);

	item.value = value;
	item.intent = STORE_WRITE;
	commit(world, item);
}

void world_remove(struct world *world, const char *key)
{
	struct store_item item = fetch(world, key);

	item.intent = STORE_REMOVE;
	commit(world, item);
}

struct slice world_get(struct world *world, const char *key)
{
	return fetch(world, key).value;
}

uint64_t world_version(struct world *world, const char *key)
{
	return fetch(world, key).version;
}

uint32_t world_count(struct world *world, const char *from, const char *until)
{
	struct store_page page = { .from = slice_text(from), .until = slice_text(until) };
	uint32_t count = 0;

	do {
		page.item_count = STORE_PAGE_COUNT_MAX;
		page.arena = &world->arena;
		MUST(store_scan_wait(world->store, &page) == STORE_OK && !page.full);
		count += page.item_count;
		if (page.item_count > 0) /* From just behind the last: its key and a zero byte. */
			page.from = slice_of(
			    arena_text(&world->arena, "%.*s",
				       (int)page.items[page.item_count - 1].key.size,
				       (const char *)page.items[page.item_count - 1].key.data),
			    page.items[page.item_count - 1].key.size + 1);
	} while (page.item_count == STORE_PAGE_COUNT_MAX);
	return count;
}

const char *world_token(struct world *world, enum call_role role, const char *subject,
			time_ms expires_at, bool revoked)
{
	struct token token = { .role = (uint8_t)role,
			       .made_at = WORLD_START,
			       .expires_at = expires_at,
			       .revoked = revoked };
	char *text = arena_alloc(&world->arena, TOKEN_TEXT_SIZE), key[TOKEN_KEY_SIZE];
	uint8_t random[32], bytes[512];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	MUST(text_set(token.subject, sizeof(token.subject), slice_text(subject)));
	crypto_random(random, sizeof(random));
	token_make(text, random);
	token_key(key, slice_text(text));
	shape_to_cbor(&to, &token_shape, &token);
	MUST(!to.failed);
	world_put(world, key, slice_of(bytes, to.used));
	return text;
}

static void done(struct flow_start *start, const struct reply *reply)
{
	struct asked *asked = start->to;
	const char *code;

	asked->answers++;
	asked->order = ++order;
	asked->status = reply->status;
	asked->retry_after_s = reply->retry_after_s;
	asked->code[0] = '\0';
	asked->body_size = reply->body.used;
	(void)snprintf(asked->body, sizeof(asked->body), "%.*s", (int)reply->body.used,
		       (const char *)reply->body.data);
	code = strstr(asked->body, "\"code\":\"");
	if (reply->status >= 400 && code != NULL)
		(void)sscanf(code, "\"code\":\"%47[A-Z_]", asked->code);
}

bool world_begin(struct world *world, struct asked *asked)
{
	asked->start.request = &asked->request;
	asked->start.done = done;
	asked->start.to = asked;
	asked->answers = 0;
	return flow_begin(world->flows, &asked->start);
}

void world_run(struct world *world)
{
	while (flows_active(world->flows) > 0)
		loop_turn(world->loop);
}

void world_ask(struct world *world, struct asked *asked)
{
	MUST(world_begin(world, asked));
	world_run(world);
	MUST(asked->answers == 1);
}
