/* tests/store_help.c - a store to try things on. Without it each test of a store would make its own
 * and leave its folder behind.
 */
#include "tests/store_help.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 512, COPY_COUNT = 8 };

struct loop *help_loop;
struct store *help_store;
struct arena help_arena;
const char *help_scheme;
char help_where[128], help_folder[64];

void help_open(uint64_t limit_bytes)
{
	char error[STORE_ERROR_SIZE];

	if (!store_open(&help_store, help_loop, help_where, limit_bytes, error))
		fail_msg("%s", error);
}

int help_setup(void **state)
{
	(void)state;
	strcpy(help_folder, "/tmp/store-test-XXXXXX");
	if (mkdtemp(help_folder) == NULL || !loop_open(&help_loop) ||
	    !arena_open(&help_arena, HELP_ARENA_SIZE))
		return -1;
	if (strcmp(help_scheme, "sim") == 0)
		strcpy(help_where, "sim:42");
	else
		snprintf(help_where, sizeof(help_where), "%s:%s/s", help_scheme, help_folder);
	help_open(HELP_LIMIT_SIZE);
	return 0;
}

static void store_forget(void)
{
	static const char *const names[] = { "s/data.mdb", "s/lock.mdb", "s/lock" };
	char path[128];

	store_close(help_store);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", help_folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/s", help_folder);
	rmdir(path);
}

int help_teardown(void **state)
{
	(void)state;
	store_forget();
	arena_close(&help_arena);
	loop_close(help_loop);
	return rmdir(help_folder);
}

void help_renew(uint64_t limit_bytes)
{
	store_forget();
	help_open(limit_bytes);
}

uint32_t help_items(struct store_item items[HELP_ITEMS_MAX], const char *text)
{
	static const char intents[] = "rwad";
	static char copies[COPY_COUNT][TEXT_SIZE]; /* The items point into them. */
	static unsigned turn;
	char *copy = copies[turn++ % COPY_COUNT], *save = NULL, *word;
	uint32_t count = 0;

	snprintf(copy, TEXT_SIZE, "%s", text);
	for (word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		char *key = strtok_r(NULL, " ", &save);
		char *at = key == NULL ? NULL : strchr(key, '@');
		char *is = at == NULL ? NULL : strchr(at, '=');

		assert_true(count < HELP_ITEMS_MAX && is != NULL && strchr(intents, *word) != NULL);
		*at = *is = '\0';
		items[count++] = (struct store_item){
			.key = slice_text(key),
			.value = slice_text(is + 1),
			.version = strtoull(at + 1, NULL, 10),
			.intent = (enum store_intent)(strchr(intents, *word) - intents),
		};
	}
	return count;
}

enum store_status help_commit(const char *text)
{
	struct store_item items[HELP_ITEMS_MAX];
	struct store_req req = { .items = items, .item_count = help_items(items, text) };

	return store_commit_wait(help_store, &req);
}

void help_assert_stands(const char *text)
{
	struct store_item wanted[HELP_ITEMS_MAX] = { 0 }, items[HELP_ITEMS_MAX];
	struct store_req req = { .items = items, .arena = &help_arena };

	req.item_count = help_items(wanted, text);
	memcpy(items, wanted, sizeof(items));
	assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	for (uint32_t i = 0; i < req.item_count; i++) {
		assert_int_equal(items[i].version, wanted[i].version);
		assert_true(slice_equal(items[i].value, wanted[i].value));
	}
}

enum store_status help_put(const char *key, size_t size)
{
	static uint8_t bytes[STORE_VALUE_SIZE_MAX];
	struct store_item item = {
		.key = slice_text(key),
		.value = slice_of(bytes, size),
		.intent = STORE_APPEND,
	};
	struct store_req req = { .items = &item, .item_count = 1 };

	memset(bytes, key[text_size(key) - 1], sizeof(bytes));
	return store_commit_wait(help_store, &req);
}
