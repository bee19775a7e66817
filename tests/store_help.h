/* tests/store_help.h - a store of either engine in its own folder, and records written as text. */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

#include "core/loop.h"
#include "core/store.h"

enum { HELP_ARENA_SIZE = 64 << 20, HELP_LIMIT_SIZE = 256 << 20, HELP_ITEMS_MAX = 8 };

/* One store at a time. */
extern struct loop *help_loop;
extern struct store *help_store;
extern struct arena help_arena;
extern const char *help_scheme; /* "lmdb" or "sim": set it before setup. */
extern char help_where[128];	/* What help_store was opened by. */
extern char help_folder[64];	/* Gone at teardown. */

int help_setup(void **state);
int help_teardown(void **state);
void help_open(uint64_t limit_bytes); /* What was closed: lmdb finds its records, sim is empty. */
void help_renew(uint64_t limit_bytes); /* Closes, forgets all, opens. */

/* "w k/a@1=x": intent (r, w, a, d), key, version, value; items are parted by blanks. */
uint32_t help_items(struct store_item items[HELP_ITEMS_MAX], const char *text);
enum store_status help_commit(const char *text);
void help_assert_stands(const char *text);
/* Appends one record of so many bytes. */
enum store_status help_put(const char *key, size_t size);

#endif
