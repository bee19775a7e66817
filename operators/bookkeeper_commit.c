/* operators/bookkeeper_commit.c - the divisions of a month that is being closed become leaves under
 * one root. Without it an operator would see its own share of a ticket and have to believe the
 * weights beside it.
 *
 * A run takes four tiles' worth of records at the most; where the last one ended, the next begins.
 */
#include "operators/bookkeeper_inside.h"

#include "core/crypto.h"
#include "core/date.h"
#include "core/tile.h"
#include "operators/commit.h"

enum {
	COMMIT_PAGE_COUNT_MAX = 4, /* Of tickets, a run. */
	COMMIT_POOL_COUNT_MAX = 8,  /* Pools, a run. */
};
_Static_assert((int)COMMIT_TILE_WIDTH == (int)TILE_WIDTH, "paths are made by core/tile.h");
_Static_assert((int)COMMIT_PAGE_COUNT_MAX * FOLD_PAGE_COUNT_MAX % COMMIT_TILE_WIDTH == 0,
	       "a run ends where a tile does");

struct committing {
	struct books *books;
	struct close_view *view;
	const char *month;
	struct commit_tile *tile; /* Of level 0, the one under way. */
	const char *tile_key;     /* NULL: none is in hand. */
	uint8_t text[COMMIT_TEXT_SIZE_MAX];
};

/* ---- Secrets. ---- */

static void split_salt(uint8_t out[SPLIT_SALT_SIZE], const uint8_t secret[VIEW_SALT_SIZE],
		       const char *month)
{
	uint8_t digest[SHA256_SIZE];

	sha256_three(digest, SLICE("hitotsu/commit/ticket\n"), slice_of(secret, VIEW_SALT_SIZE),
		     slice_text(month));
	mem_copy(out, digest, SPLIT_SALT_SIZE);
}

void books_split_salt(struct books *books, struct ticket_split *split,
		      const uint8_t secret[VIEW_SALT_SIZE])
{
	split_salt(split->salt, secret, books_month(books, split->period));
}

void books_operator_secret(struct books *books, struct op_view *view)
{
	static const uint8_t none[VIEW_SECRET_SIZE];

	if (mem_equal(view->secret, none, sizeof(none)))
		sha256_two(view->secret, SLICE("hitotsu/pseudonym\n"), books->salt);
}

/* ---- The tree. ---- */

static const char *tile_key_of(struct committing *c, unsigned level, uint64_t number)
{
	return fold_key(c->books->fold, "commit/%s/%u/%08llu", c->month, level,
			(unsigned long long)number);
}

static void put_tile(struct committing *c)
{
	if (c->tile_key != NULL && !c->books->waits)
		fold_put(c->books->fold, c->tile_key, &commit_tile_shape, c->tile);
	c->tile_key = NULL;
}

/* The root of a full tile is the next hash of the level above. */
static void rise(struct committing *c, const struct commit_tile *full, uint64_t number)
{
	struct commit_tile *above = fold_alloc(c->books->fold, sizeof(*above));
	struct seal_hash node[COMMIT_TILE_WIDTH];

	mem_copy(node, full->hash, sizeof(node));
	for (unsigned level = 1;; level++) {
		const char *key = tile_key_of(c, level, number / COMMIT_TILE_WIDTH);

		for (size_t width = COMMIT_TILE_WIDTH; width > 1; width /= 2)
			for (size_t i = 0; i < width / 2; i++)
				seal_node(&node[i], &node[2 * i], &node[2 * i + 1]);
		if (!books_get(c->books, above, &commit_tile_shape, key))
			return;
		MUST(above->hash_count == number % COMMIT_TILE_WIDTH);
		mem_copy(above->hash[above->hash_count++].bytes, node[0].bytes, COMMIT_HASH_SIZE);
		fold_put(c->books->fold, key, &commit_tile_shape, above);
		if (above->hash_count < COMMIT_TILE_WIDTH)
			return;
		mem_copy(node, above->hash, sizeof(node));
		number /= COMMIT_TILE_WIDTH;
	}
}

/* False: not in hand. */
static bool take_tile(struct committing *c, struct slice record_key)
{
	uint64_t number = c->view->committed / COMMIT_TILE_WIDTH;

	if (c->tile_key != NULL)
		return true;
	c->tile = fold_alloc(c->books->fold, sizeof(*c->tile));
	c->tile_key = tile_key_of(c, 0, number);
	if (!books_get(c->books, c->tile, &commit_tile_shape, c->tile_key)) {
		mem_zero(c->tile, sizeof(*c->tile)); /* What this run puts there is lost. */
		return false;
	}
	MUST(c->tile->hash_count == c->view->committed % COMMIT_TILE_WIDTH);
	if (c->tile->hash_count == 0)
		MUST(text_set(c->tile->first, sizeof(c->tile->first), record_key));
	return true;
}

static void append(struct committing *c, struct slice record_key, struct slice salt,
		   struct slice text)
{
	struct seal_hash leaf;

	if (take_tile(c, record_key)) {
		seal_leaf(&leaf, salt, text);
		mem_copy(c->tile->hash[c->tile->hash_count++].bytes, leaf.bytes, COMMIT_HASH_SIZE);
	}
	c->view->committed++;
	if (c->view->committed % COMMIT_TILE_WIDTH == 0) {
		if (!c->books->waits)
			rise(c, c->tile, c->view->committed / COMMIT_TILE_WIDTH - 1);
		put_tile(c);
	}
}

struct commit_source {
	struct tile_source source; /* First. */
	struct committing *c;
};

static bool fetch(struct tile_source *source, struct seal_hash *out, const struct tile_path *path)
{
	struct committing *c = ((struct commit_source *)source)->c;
	struct commit_tile *tile = fold_alloc(c->books->fold, sizeof(*tile));

	if (!books_get(c->books, tile, &commit_tile_shape,
		       tile_key_of(c, path->level, path->number)))
		return false;
	MUST(tile->hash_count >= path->width);
	mem_copy(out, tile->hash, path->width * sizeof(*out));
	return true;
}

static bool find_root(struct committing *c)
{
	struct commit_source *from = fold_alloc(c->books->fold, sizeof(*from));
	struct seal_hash root;

	mem_zero(from, sizeof(*from));
	from->source.size = c->view->committed;
	from->source.fetch = fetch;
	from->c = c;
	tile_source_begin(&from->source);
	if (c->view->committed == 0)
		sha256(root.bytes, slice_of(NULL, 0));
	else if (!tree_root(&root, &from->source.reader, c->view->committed))
		return false;
	mem_copy(c->view->commit_root, root.bytes, COMMIT_HASH_SIZE);
	return true;
}

/* ---- Leaves. ---- */

static void commit_ticket(struct committing *c, struct slice key, struct ticket_split *split)
{
	struct writer to = { .data = c->text, .size = sizeof(c->text) };
	uint8_t name[COMMIT_HASH_SIZE], *chain = c->view->commit_chain;
	struct slice salt = slice_of(split->salt, SPLIT_SALT_SIZE);

	if (!books_get(c->books, split, &ticket_split_shape, (const char *)key.data))
		return;
	commit_split_name(name, split);
	commit_split_text(&to, split, name);
	MUST(!to.failed);
	append(c, key, salt, slice_of(to.data, to.used));
	sha256_two(chain, slice_of(chain, COMMIT_HASH_SIZE), salt);
}

/* False: not in hand. */
static bool gather_beside(struct committing *c, struct commit_pool *commit, const char *place)
{
	struct books *books = c->books;
	const char *until = fold_key(books->fold, "pool/p/%s0", place);
	const char *from = fold_key(books->fold, "pool/p/%s/", place);
	size_t prefix = text_size(from);
	struct pool_beside *beside = fold_alloc(books->fold, sizeof(*beside));
	const struct slice *keys;
	uint32_t count;

	do {
		if (!fold_page(books->fold, &keys, &count, from, until)) {
			books->waits = true;
			return false;
		}
		for (uint32_t i = 0; i < count; i++) {
			const char *key = (const char *)keys[i].data;
			struct commit_beside *to = &commit->beside[commit->beside_count];

			if (!books_get(books, beside, &pool_beside_shape, key) ||
			    commit->beside_count == COMMIT_BESIDE_COUNT_MAX)
				continue;
			MUST(text_set(to->partner_id, ID_SIZE, slice_text(key + prefix)));
			to->sum_yen = beside->sum_yen;
			commit->beside_count++;
		}
		if (count > 0)
			from = fold_key(books->fold, "%s\x01", (const char *)keys[count - 1].data);
	} while (count == FOLD_PAGE_COUNT_MAX);
	return true;
}

static void commit_pool(struct committing *c, struct slice key)
{
	struct books *books = c->books;
	const char *place = (const char *)key.data + text_size("pool/split/2026-11/");
	const char *commit_key = fold_key(books->fold, "commit/pool/%s/%s", c->month, place);
	struct writer to = { .data = c->text, .size = sizeof(c->text) };
	struct pool *pool = fold_alloc(books->fold, sizeof(*pool));
	struct commit_pool *commit = fold_alloc(books->fold, sizeof(*commit));
	uint8_t digest[SHA256_SIZE];
	bool got = books_get(books, pool, &pool_shape, (const char *)key.data);

	if (!books_get(books, commit, &commit_pool_shape, commit_key) || !got)
		return;
	mem_zero(commit, sizeof(*commit));
	if (!gather_beside(c, commit, place))
		return;
	sha256_three(digest, SLICE("hitotsu/commit/pool\n"),
		     slice_of(c->view->commit_chain, COMMIT_HASH_SIZE), slice_text(place));
	mem_copy(commit->salt, digest, SPLIT_SALT_SIZE);
	commit_pool_text(&to, pool, commit);
	MUST(!to.failed);
	append(c, key, slice_of(commit->salt, SPLIT_SALT_SIZE), slice_of(to.data, to.used));
	if (!books->waits)
		fold_put(books->fold, commit_key, &commit_pool_shape, commit);
}

/* ---- A run. ---- */

struct run { /* Its records' keys. */
	struct slice keys[COMMIT_PAGE_COUNT_MAX * FOLD_PAGE_COUNT_MAX];
	uint32_t count;
	bool end;
};

/* False: not in hand. */
static bool find_keys(struct committing *c, struct run *run, const char *prefix, uint32_t most)
{
	struct books *books = c->books;
	const char *until = fold_key(books->fold, "%s%s0", prefix, c->month);
	const char *from = c->view->commit_cursor[0] == '\0'
				   ? fold_key(books->fold, "%s%s/", prefix, c->month)
				   : fold_key(books->fold, "%s\x01", c->view->commit_cursor);
	const struct slice *keys;
	uint32_t count;

	run->count = 0;
	run->end = false;
	while (run->count < most && !run->end) {
		if (!fold_page(books->fold, &keys, &count, from, until))
			return false;
		run->end = count < FOLD_PAGE_COUNT_MAX;
		for (uint32_t i = 0; i < count && run->count < most; i++)
			run->keys[run->count++] = keys[i];
		if (run->count == most && count > 0)
			run->end = run->end && keys[count - 1].data == run->keys[most - 1].data;
		if (count > 0)
			from = fold_key(books->fold, "%s\x01", (const char *)keys[count - 1].data);
	}
	return true;
}

static void end_run(struct committing *c, const struct run *run)
{
	struct close_view *view = c->view;

	put_tile(c);
	view->commit_cursor[0] = '\0';
	if (!run->end)
		MUST(text_set(view->commit_cursor, sizeof(view->commit_cursor),
			      run->keys[run->count - 1]));
}

/* The chain goes on where the month before left it. */
static bool begin_chain(struct committing *c)
{
	struct close_view *before = fold_alloc(c->books->fold, sizeof(*before));
	day_t last = month_of(c->view->period - 1);

	if (!books_get(c->books, before, &close_view_shape,
		       fold_key(c->books->fold, "close/%s", books_month(c->books, last))))
		return false;
	mem_copy(c->view->commit_chain, before->commit_chain, COMMIT_HASH_SIZE);
	return true;
}

static enum fold_result commit_tickets(struct committing *c)
{
	struct ticket_split *split = fold_alloc(c->books->fold, sizeof(*split));
	struct run *run = fold_alloc(c->books->fold, sizeof(*run));

	if (c->view->committed == 0 && !begin_chain(c))
		return FOLD_NEED;
	if (!find_keys(c, run, "split/", COUNT_OF(run->keys)))
		return FOLD_NEED;
	for (uint32_t i = 0; i < run->count; i++)
		commit_ticket(c, run->keys[i], split);
	if (c->books->waits)
		return FOLD_NEED;
	end_run(c, run);
	c->view->tickets_committed = run->end;
	c->view->committed_tickets = c->view->committed;
	return FOLD_MORE;
}

/* The root comes last, in a run that finds all tiles as they are. */
static enum fold_result commit_pools(struct committing *c)
{
	struct run *run = fold_alloc(c->books->fold, sizeof(*run));

	if (!find_keys(c, run, "pool/split/", COMMIT_POOL_COUNT_MAX))
		return FOLD_NEED;
	for (uint32_t i = 0; i < run->count; i++)
		commit_pool(c, run->keys[i]);
	if (c->books->waits)
		return FOLD_NEED;
	end_run(c, run);
	if (!run->end)
		return FOLD_MORE;
	return find_root(c) ? FOLD_DONE : FOLD_NEED;
}

enum fold_result books_commit(struct books *books, struct close_view *view)
{
	struct committing *c = fold_alloc(books->fold, sizeof(*c));

	c->books = books;
	c->view = view;
	c->month = books_month(books, view->period);
	c->tile_key = NULL;
	return view->tickets_committed ? commit_pools(c) : commit_tickets(c);
}
