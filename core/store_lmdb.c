/* core/store_lmdb.c - records on this machine's disk; the door to LMDB. Without it nothing that was
 * answered would still be known after the power went.
 *
 * One writer thread drains what waits into one transaction: one fsync pays for all of it, and only
 * then is any of it answered. Reads happen at the end of the loop's turn, all in one read
 * transaction. Each kind has a database of its own, because keys that grow in the middle of one
 * tree leave half its pages empty. A value is its version, 8 bytes big-endian, and the bytes.
 */
#include "core/store_engine.h"

#include "core/codec.h"
#include "core/folder.h"
#include "core/log.h"
#include "core/store_full.h"
#include "core/store_writer.h"

#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	LIMIT_SIZE_MIN = 64 << 10,
	VERSION_SIZE = 8,
	ROOM_AN_ITEM = 16 << 10, /* The pages from a tree's root to a record, written anew. */
	ROOM_A_BATCH = 1 << 20, /* The lists of free pages, and other programs' writes meanwhile. */
};

struct kind {
	char name[STORE_KIND_SIZE_MAX + 1];
	uint64_t letters;
	MDB_dbi dbi;
};

struct lmdb {
	struct loop_task turn; /* First, so that its address is the engine's. */
	struct store *store;
	struct loop *loop;
	struct store_writer *writer;
	int lock_fd;
	MDB_env *env;
	_Atomic uint64_t batches;

	/* The loop's thread. */
	struct store_queue fetches; /* Of this turn. */
	struct store_page *pages;   /* Of this turn, the last one first: no order is promised. */
	MDB_txn *reader;            /* Reset between turns. */
	uint32_t reader_kind_count;

	/* The writer's thread. */
	uint32_t kind_count; /* With those that its transaction made. */
	bool kinds_locked;
	struct store_full full;

	/* Held to make a kind and to begin a read: LMDB's list of databases is for one thread. */
	pthread_mutex_t kinds_lock;
	struct kind kinds[STORE_KIND_COUNT_MAX];
	uint32_t kinds_published;
};

/* A disk that fails cannot be asked again: what it says of a page that it failed to write may be a
 * lie. The next start reads what is really there. */
static void must_work(const char *what, int rc)
{
	if (rc == 0)
		return;
	LOG(LOG_ERROR, "store_stopped", LOG_TEXT("at", what), LOG_TEXT("reason", mdb_strerror(rc)),
	    LOG_INT("code", rc), LOG_TEXT("do", "look at the disk, make room, start again"));
	_exit(EX_IOERR);
}

static MDB_val val_of(struct slice bytes)
{
	return (MDB_val){ .mv_size = bytes.size, .mv_data = (void *)(uintptr_t)bytes.data };
}

static struct slice slice_of_val(MDB_val val)
{
	return slice_of(val.mv_data, val.mv_size);
}

static struct slice key_rest(struct slice key)
{
	size_t skip = store_key_kind(key).size + 1;

	return slice_of(key.data + skip, key.size - skip);
}

static struct slice record_open(uint64_t *version, MDB_val val)
{
	struct reader reader = { .rest = slice_of_val(val) };

	*version = read_u64(&reader);
	if (reader.failed || *version == 0)
		must_work("record", MDB_CORRUPTED);
	return reader.rest;
}

static const struct kind *kind_find(const struct lmdb *db, uint32_t count, struct slice name)
{
	uint64_t letters = store_kind_letters(name);

	for (uint32_t i = 0; i < count; i++)
		if (db->kinds[i].letters == letters)
			return &db->kinds[i];
	return NULL;
}

static int kind_make(const struct kind **out, struct lmdb *db, MDB_txn *txn, struct slice name)
{
	struct kind *kind;
	int rc;

	*out = kind_find(db, db->kind_count, name);
	if (*out != NULL)
		return 0;
	MUST(db->kind_count < STORE_KIND_COUNT_MAX);
	if (!db->kinds_locked)
		pthread_mutex_lock(&db->kinds_lock);
	db->kinds_locked = true;
	kind = &db->kinds[db->kind_count];
	MUST(text_set(kind->name, sizeof(kind->name), name));
	kind->letters = store_kind_letters(name);
	rc = mdb_dbi_open(txn, kind->name, MDB_CREATE, &kind->dbi);
	if (rc != 0)
		return rc;
	db->kind_count++;
	*out = kind;
	return 0;
}

/* LMDB closes by itself what a transaction made that then failed. */
static void kinds_settle(struct lmdb *db, bool committed)
{
	if (!db->kinds_locked)
		return;
	if (committed)
		db->kinds_published = db->kind_count;
	db->kind_count = db->kinds_published;
	db->kinds_locked = false;
	pthread_mutex_unlock(&db->kinds_lock);
}

static uint64_t version_now(struct lmdb *db, MDB_txn *txn, struct slice key)
{
	const struct kind *kind = kind_find(db, db->kind_count, store_key_kind(key));
	MDB_val rest = val_of(key_rest(key)), val;
	int rc = kind == NULL ? MDB_NOTFOUND : mdb_get(txn, kind->dbi, &rest, &val);
	uint64_t version;

	if (rc == MDB_NOTFOUND)
		return 0;
	must_work("get", rc);
	(void)record_open(&version, val);
	return version;
}

static int item_write(struct lmdb *db, MDB_txn *txn, const struct store_item *item)
{
	MDB_val val = { .mv_size = VERSION_SIZE + item->value.size };
	MDB_val rest = val_of(key_rest(item->key));
	const struct kind *kind;
	struct writer to;
	int rc;

	if (item->intent == STORE_READ)
		return 0;
	rc = kind_make(&kind, db, txn, store_key_kind(item->key));
	if (rc != 0)
		return rc;
	if (item->intent == STORE_REMOVE)
		return mdb_del(txn, kind->dbi, &rest, NULL);
	rc = mdb_put(txn, kind->dbi, &rest, &val, MDB_RESERVE);
	if (rc != 0)
		return rc;
	to = (struct writer){ .data = val.mv_data, .size = val.mv_size };
	write_u64(&to, item->intent == STORE_APPEND ? 1 : item->version + 1);
	write_bytes(&to, item->value);
	MUST(!to.failed && to.used == to.size);
	return 0;
}

/* All versions are looked at before anything is written, so that a request which lost leaves no
 * trace in the transaction that it shares. */
static int request_write(struct lmdb *db, MDB_txn *txn, struct store_req *req)
{
	int rc = 0;

	req->status = STORE_OK;
	for (uint32_t i = 0; i < req->item_count && req->status == STORE_OK; i++)
		if (req->items[i].intent != STORE_APPEND &&
		    version_now(db, txn, req->items[i].key) != req->items[i].version)
			req->status = STORE_RETRY;
	for (uint32_t i = 0; i < req->item_count && req->status == STORE_OK && rc == 0; i++)
		rc = item_write(db, txn, &req->items[i]);
	return rc;
}

static bool map_is_full(int rc)
{
	return rc == MDB_MAP_FULL || rc == MDB_TXN_FULL;
}

/* One transaction for the requests from `first` up to `end`. Returns 0 when each has its status, or
 * what stopped it; then nothing was written. */
static int span_write(struct lmdb *db, struct store_req *first, const struct store_req *end)
{
	MDB_txn *txn;
	int rc = 0;

	/* LMDB refuses here for good when it could not write its root: that ends the program. */
	must_work("begin", mdb_txn_begin(db->env, NULL, 0, &txn));
	for (struct store_req *req = first; req != end && rc == 0; req = req->next)
		rc = request_write(db, txn, req);
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	kinds_settle(db, rc == 0);
	db->batches += rc == 0;
	return rc;
}

/* LMDB takes a short write for a broken disk. So what a full disk might cut short is not begun. */
static bool disk_has_room(const struct lmdb *db, const struct store_queue *batch)
{
	uint64_t need = ROOM_A_BATCH;

	for (const struct store_req *req = batch->first; req != NULL; req = req->next)
		for (uint32_t i = 0; i < req->item_count; i++)
			need += ROOM_AN_ITEM + req->items[i].value.size;
	return folder_room(db->lock_fd) >= need;
}

/* No root points at a page of the transaction that failed, and the next one writes each page that
 * it uses anew; so a full disk is answered and the work goes on. */
static void batch_write(void *engine, const struct store_queue *batch)
{
	struct lmdb *db = engine;
	int rc = disk_has_room(db, batch) ? span_write(db, batch->first, NULL) : ENOSPC;

	store_full_note(&db->full, rc != 0 ? mdb_strerror(rc) : NULL);
	if (rc == 0)
		return;
	for (struct store_req *req = batch->first; req != NULL; req = req->next) {
		int alone = rc;

		if (map_is_full(rc) && batch->count > 1)
			alone = span_write(db, req, req->next);
		if (alone == 0)
			continue;
		if (!map_is_full(alone) && !store_disk_is_full(alone))
			must_work("commit", alone);
		req->status = STORE_BUSY;
	}
}

static void fetch_read(struct lmdb *db, struct store_req *req)
{
	for (uint32_t i = 0; i < req->item_count; i++) {
		struct store_item *item = &req->items[i];
		struct slice name = store_key_kind(item->key);
		const struct kind *kind = kind_find(db, db->reader_kind_count, name);
		MDB_val rest = val_of(key_rest(item->key)), val;
		int rc = kind == NULL ? MDB_NOTFOUND : mdb_get(db->reader, kind->dbi, &rest, &val);

		item->value = (struct slice){ 0 };
		item->version = 0;
		if (rc == MDB_NOTFOUND)
			continue;
		must_work("get", rc);
		item->value = arena_copy(req->arena, record_open(&item->version, val));
	}
}

static void page_read(struct lmdb *db, struct store_page *page)
{
	struct slice name = store_key_kind(page->from);
	const struct kind *kind = kind_find(db, db->reader_kind_count, name);
	MDB_val rest = val_of(key_rest(page->from)), val;
	uint32_t most = page->item_count;
	MDB_cursor *cursor;
	int rc;

	page->item_count = 0;
	if (kind == NULL || most == 0)
		return;
	must_work("cursor", mdb_cursor_open(db->reader, kind->dbi, &cursor));
	/* LMDB knows no empty key. */
	rc = mdb_cursor_get(cursor, &rest, &val, rest.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
	while (rc == 0) {
		uint64_t version;
		struct slice value = record_open(&version, val);

		if (!store_page_add(page, name, slice_of_val(rest), value, version) ||
		    page->item_count == most)
			break;
		rc = mdb_cursor_get(cursor, &rest, &val, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (rc != MDB_NOTFOUND)
		must_work("scan", rc);
}

/* All that was asked in one turn reads in one transaction. */
static void on_turn(struct loop_task *task)
{
	struct lmdb *db = (struct lmdb *)task;
	struct store_queue fetches = db->fetches;
	struct store_page *pages = db->pages, *page;
	struct store_req *req;

	db->fetches = (struct store_queue){ 0 };
	db->pages = NULL;
	pthread_mutex_lock(&db->kinds_lock);
	must_work("renew", mdb_txn_renew(db->reader));
	db->reader_kind_count = db->kinds_published;
	pthread_mutex_unlock(&db->kinds_lock);
	for (req = fetches.first; req != NULL; req = req->next)
		fetch_read(db, req);
	for (page = pages; page != NULL; page = page->next)
		page_read(db, page);
	mdb_txn_reset(db->reader); /* A reader that lingers keeps pages from being used again. */
	while ((req = store_queue_pop(&fetches)) != NULL)
		store_answer(db->store, req, STORE_OK);
	while ((page = pages) != NULL) {
		pages = page->next;
		store_answer_page(db->store, page, STORE_OK);
	}
}

static void lmdb_fetch(void *engine, struct store_req *req)
{
	struct lmdb *db = engine;

	store_queue_push(&db->fetches, req);
	loop_post(db->loop, &db->turn);
}

static void lmdb_commit(void *engine, struct store_req *req)
{
	store_writer_commit(((struct lmdb *)engine)->writer, req);
}

static void lmdb_scan(void *engine, struct store_page *page)
{
	struct lmdb *db = engine;

	page->next = db->pages;
	db->pages = page;
	loop_post(db->loop, &db->turn);
}

static void lmdb_stats(void *engine, struct store_stats *stats)
{
	struct lmdb *db = engine;
	MDB_envinfo info;
	MDB_stat stat;

	MUST(mdb_env_info(db->env, &info) == 0 && mdb_env_stat(db->env, &stat) == 0);
	stats->used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	stats->limit_bytes = info.me_mapsize;
	stats->batches = db->batches;
	store_full_tell(stats, &db->full, folder_room(db->lock_fd));
}

static bool fail(char error[STORE_ERROR_SIZE], const char *dir, const char *why, const char *then)
{
	snprintf(error, STORE_ERROR_SIZE, "cannot open lmdb:%.90s: %.80s: %s", dir, why, then);
	return false;
}

/* LMDB lets several programs share a store; each would here answer from what it alone remembers. */
static bool dir_take(struct lmdb *db, const char *dir, char error[STORE_ERROR_SIZE])
{
	char why[64];
	long holder;

	if (!folder_make(dir))
		return fail(error, dir, strerror(errno), "make its parent folder, or name another");
	db->lock_fd = folder_lock(&holder, dir);
	if (db->lock_fd >= 0)
		return true;
	if (errno != EWOULDBLOCK)
		return fail(error, dir, strerror(errno), "name a folder that you may write");
	snprintf(why, sizeof(why), "process %ld is using it", holder);
	return fail(error, dir, why, "stop that process, or name another folder");
}

static int kinds_load(struct lmdb *db)
{
	MDB_cursor *cursor = NULL;
	MDB_txn *txn = NULL;
	MDB_val name, val;
	MDB_dbi main;
	int rc = mdb_txn_begin(db->env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &main);
	if (rc == 0)
		rc = mdb_cursor_open(txn, main, &cursor);
	while (rc == 0 && (rc = mdb_cursor_get(cursor, &name, &val, MDB_NEXT)) == 0) {
		struct kind *kind = &db->kinds[db->kind_count];
		bool fits = db->kind_count < STORE_KIND_COUNT_MAX &&
			    text_set(kind->name, sizeof(kind->name), slice_of_val(name));

		rc = fits ? mdb_dbi_open(txn, kind->name, 0, &kind->dbi) : MDB_INCOMPATIBLE;
		if (rc == 0)
			db->kinds[db->kind_count++].letters =
			    store_kind_letters(slice_of_val(name));
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	db->kinds_published = db->kind_count;
	if (rc == MDB_NOTFOUND)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static bool env_open(struct lmdb *db, const char *dir, uint64_t limit_bytes,
		     char error[STORE_ERROR_SIZE])
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int dead, rc = mdb_env_create(&db->env);

	MUST(rc == 0);
	if (limit_bytes < LIMIT_SIZE_MIN)
		return fail(error, dir, "its size limit is too small", "allow 65536 bytes or more");
	MUST(mdb_env_set_maxdbs(db->env, STORE_KIND_COUNT_MAX) == 0);
	rc = mdb_env_set_mapsize(db->env, (limit_bytes + page - 1) / page * page);
	if (rc == 0)
		rc = mdb_env_open(db->env, dir, MDB_NOTLS, 0600);
	if (rc == 0)
		rc = mdb_reader_check(db->env, &dead); /* A killed reader's slot holds pages. */
	if (rc == 0)
		rc = kinds_load(db);
	if (rc == 0)
		rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &db->reader);
	if (rc != 0)
		return fail(error, dir, mdb_strerror(rc), "name another, or restore a backup");
	mdb_txn_reset(db->reader);
	if (!folder_sync(dir))
		return fail(error, dir, strerror(errno), "look at the disk");
	return true;
}

static void lmdb_close(void *engine)
{
	struct lmdb *db = engine;

	if (db->writer != NULL)
		store_writer_close(db->writer);
	while (db->turn.posted)
		loop_turn(db->loop); /* The loop holds our task, though with nothing to do. */
	if (db->reader != NULL)
		mdb_txn_abort(db->reader);
	if (db->env != NULL)
		mdb_env_close(db->env);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	pthread_mutex_destroy(&db->kinds_lock);
	free(db);
}

static void *lmdb_open(struct store *store, struct loop *loop, const char *dir,
		       uint64_t limit_bytes, char error[STORE_ERROR_SIZE])
{
	struct lmdb *db = calloc(1, sizeof(*db));

	MUST(db != NULL);
	db->store = store;
	db->loop = loop;
	db->lock_fd = -1;
	db->turn.run = on_turn;
	MUST(pthread_mutex_init(&db->kinds_lock, NULL) == 0);
	if (!dir_take(db, dir, error) || !env_open(db, dir, limit_bytes, error)) {
		lmdb_close(db);
		return NULL;
	}
	db->writer = store_writer_open(store, loop, batch_write, db);
	return db;
}

const struct store_engine store_lmdb = {
	.scheme = "lmdb",
	.open = lmdb_open,
	.close = lmdb_close,
	.fetch = lmdb_fetch,
	.commit = lmdb_commit,
	.scan = lmdb_scan,
	.stats = lmdb_stats,
};
