/* tests/store_contract_test.c - what every engine promises. One list of cases for all engines:
 * without it the simulator would pass what the disk refuses, and every test above it would be worth
 * nothing.
 */
#include "core/store_engine.h"
#include "tests/store_help.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RACERS = 64, LIMIT_SMALL = 256 << 10, TEXT_SIZE = 512 };

#define OK STORE_OK /* For a table's sake. */
#define RETRY STORE_RETRY

static void versions_decide(void **state)
{
	static const struct {
		struct {
			const char *items;
			enum store_status status;
		} steps[4];
		const char *stands;
	} table[] = {
		{ { { "", OK } }, "r k/a@0=" },
		{ { { "w k/a@0=x", OK } }, "r k/a@1=x r k/b@0= r z/a@0=" },
		{ { { "w k/a@0=", OK } }, "r k/a@1=" },
		{ { { "w k/a@0=x", OK }, { "w k/a@1=y", OK } }, "r k/a@2=y" },
		{ { { "w k/a@0=x", OK }, { "w k/a@0=y", RETRY } }, "r k/a@1=x" },
		{ { { "w k/a@0=x", OK }, { "w k/a@2=y", RETRY } }, "r k/a@1=x" },
		/* What is only read. */
		{ { { "r q/a@0=", OK } }, "r q/a@0=" },
		{ { { "r k/a@0= w k/b@0=x", OK } }, "r k/a@0= r k/b@1=x" },
		{ { { "r k/a@1= w k/b@0=x", RETRY } }, "r k/a@0= r k/b@0=" },
		{ { { "w k/a@0=x", OK }, { "r k/a@0= w k/b@0=x", RETRY } }, "r k/b@0=" },
		{ { { "w k/a@0=x", OK }, { "r k/a@1= w k/b@0=x", OK } },
		  "r k/a@1=x r k/b@1=x" },
		/* What is removed. */
		{ { { "w k/a@0=x", OK }, { "d k/a@1=", OK } }, "r k/a@0=" },
		{ { { "w k/a@0=x", OK }, { "d k/a@2=", RETRY } }, "r k/a@1=x" },
		{ { { "d k/a@1=", RETRY } }, "r k/a@0=" },
		{ { { "w k/a@0=x", OK }, { "d k/a@1=", OK }, { "w k/a@0=y", OK } },
		  "r k/a@1=y" },
		{ { { "w k/a@0=x", OK }, { "d k/a@1=", OK }, { "w k/a@1=y", RETRY } },
		  "r k/a@0=" },
		/* What is appended: no version is asked for. */
		{ { { "a ev/1@0=x", OK } }, "r ev/1@1=x" },
		{ { { "a ev/1@9=x", OK }, { "a ev/1@0=x", OK } }, "r ev/1@1=x" },
		/* All or none, wherever the loser stands, and over kinds. */
		{ { { "w a/1@0=x w b/1@0=x w c/1@7=x", RETRY } }, "r a/1@0= r b/1@0= r c/1@0=" },
		{ { { "w a/1@7=x w b/1@0=x a c/1@0=x", RETRY } }, "r a/1@0= r b/1@0= r c/1@0=" },
		{ { { "w a/1@0=x", OK }, { "d a/1@1= w b/1@0=y r c/1@0=", OK } },
		  "r a/1@0= r b/1@1=y" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		help_renew(HELP_LIMIT_SIZE);
		for (size_t k = 0; k < COUNT_OF(table[i].steps) && table[i].steps[k].items != NULL;
		     k++)
			assert_int_equal(help_commit(table[i].steps[k].items),
					 table[i].steps[k].status);
		help_assert_stands(table[i].stands);
	}
}

static void pages_follow_the_table(void **state)
{
	static const struct {
		const char *from, *until;
		uint32_t most;
		const char *found;
	} table[] = {
		{ "b/", "", 256, "b/1 b/11 b/2 b/3" },
		{ "b/", "b0", 256, "b/1 b/11 b/2 b/3" },
		{ "b/", "", 3, "b/1 b/11 b/2" },
		{ "b/1", "", 1, "b/1" },
		{ "b/10", "", 256, "b/11 b/2 b/3" },
		{ "b/1", "b/2", 256, "b/1 b/11" },
		{ "b/1", "b/20", 256, "b/1 b/11 b/2" },
		{ "b/1", "b/1", 256, "" },
		{ "b/2", "b/1", 256, "" },
		{ "b/2", "a/", 256, "" },
		{ "b/2", "c/9", 256, "b/2 b/3" },
		{ "b/4", "", 256, "" },
		{ "a/", "", 256, "a/9" },
		{ "c/", "", 256, "" },
		{ "bb/", "", 256, "bb/1" },
		{ "zz/", "", 256, "" },
	};

	(void)state;
	assert_int_equal(help_commit("w a/9@0=1 w b/1@0=2 w b/11@0=3 w b/2@0=4 w b/3@0=5"), OK);
	assert_int_equal(help_commit("w bb/1@0=6"), STORE_OK);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char found[TEXT_SIZE] = "";
		struct store_page page = { .from = slice_text(table[i].from),
					   .until = slice_text(table[i].until),
					   .item_count = table[i].most,
					   .arena = &help_arena };

		assert_int_equal(store_scan_wait(help_store, &page), STORE_OK);
		for (uint32_t k = 0; k < page.item_count; k++) {
			const struct store_item *item = &page.items[k];

			assert_int_equal(item->version, 1);
			assert_int_equal(item->value.size, 1);
			strcat(found, k > 0 ? " " : "");
			strncat(found, (const char *)item->key.data, item->key.size);
		}
		assert_string_equal(found, table[i].found);
		assert_false(page.full);
	}
}

static void a_page_ends_where_its_arena_does(void **state)
{
	static const struct {
		size_t size;
		uint32_t found;
		bool full;
	} table[] = {
		{ 4096, 0, true },   { 16384, 0, true }, { 32768, 1, true },
		{ 65536, 3, false }, { 0, 0, true }, /* Not even the list. */
	};

	(void)state;
	assert_int_equal(help_put("k/1", STORE_VALUE_SIZE_MAX), STORE_OK);
	assert_int_equal(help_put("k/2", STORE_VALUE_SIZE_MAX), STORE_OK);
	assert_int_equal(help_put("k/3", STORE_VALUE_SIZE_MAX), STORE_OK);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct store_page page = { .from = SLICE("k/"),
					   .item_count = 8,
					   .arena = &help_arena };

		arena_reset(&help_arena, HELP_ARENA_SIZE);
		arena_alloc(&help_arena, HELP_ARENA_SIZE - table[i].size);
		assert_int_equal(store_scan_wait(help_store, &page), STORE_OK);
		assert_int_equal(page.item_count, table[i].found);
		assert_int_equal(page.full, table[i].full);
	}
}

static void fetched_bytes_are_the_arenas(void **state)
{
	struct store_item item = { .key = SLICE("k/a") };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &help_arena };

	(void)state;
	assert_int_equal(help_commit("w k/a@0=first"), STORE_OK);
	assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	assert_in_range((uintptr_t)item.value.data, (uintptr_t)help_arena.block,
			(uintptr_t)help_arena.block + help_arena.used - item.value.size);
	for (int i = 1; i < 40; i++) { /* Its page is used again by now. */
		char text[32];

		snprintf(text, sizeof(text), "w k/a@%d=other", i);
		assert_int_equal(help_commit(text), STORE_OK);
	}
	assert_true(slice_is(item.value, "first"));
}

struct many {
	struct store_req req;
	struct store_item item;
	char key[16];
	int answers;
};

static uint32_t answered, by_status[STORE_DOWN + 1];

static void on_many(struct store_req *req, enum store_status status)
{
	((struct many *)req)->answers++;
	assert_int_equal(req->status, status);
	by_status[status]++;
	answered++;
}

/* Starts them all within one turn, each for a key of its own or all for one. */
static struct many *many_start(uint32_t count, bool one_key, bool fetch)
{
	struct many *many = calloc(count, sizeof(*many));

	answered = 0;
	memset(by_status, 0, sizeof(by_status));
	for (uint32_t i = 0; i < count; i++) {
		snprintf(many[i].key, sizeof(many[i].key), "k/%06u", one_key ? 0 : (unsigned)i);
		many[i].item = (struct store_item){ .key = slice_text(many[i].key),
						    .value = SLICE("value"),
						    .intent = STORE_WRITE };
		many[i].req = (struct store_req){
			.items = &many[i].item,
			.item_count = 1,
			.arena = &help_arena,
			.done = on_many,
		};
		if (fetch)
			store_fetch(help_store, &many[i].req);
		else
			store_commit(help_store, &many[i].req);
		assert_int_equal(answered, 0); /* Never within the call. */
	}
	return many;
}

static void many_finish(struct many *many, uint32_t count)
{
	while (answered < count)
		loop_turn(help_loop);
	for (int i = 0; i < 3; i++) { /* Whoever would answer twice has the time for it. */
		struct store_item item = { .key = SLICE("k/0") };
		struct store_req req = { .items = &item, .item_count = 1, .arena = &help_arena };

		assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(many[i].answers, 1);
	free(many);
}

static void of_two_in_one_turn_one_wins(void **state)
{
	(void)state;
	many_finish(many_start(2, true, false), 2);
	assert_int_equal(by_status[STORE_OK], 1);
	assert_int_equal(by_status[STORE_RETRY], 1);
	help_assert_stands("r k/000000@1=value");
}

static void commits_that_wait_share_a_sync(void **state)
{
	struct store_stats stats;

	(void)state;
	many_finish(many_start(500, false, false), 500);
	many_finish(many_start(500, false, true), 500);
	assert_int_equal(by_status[STORE_OK], 500);
	store_stats(&stats, help_store);
	assert_int_equal(stats.commits, 500);
	assert_int_equal(stats.fetches, 500 + 6);
	assert_in_range(stats.batches, 1, 50);
	assert_int_equal(stats.limit_bytes, HELP_LIMIT_SIZE);
	assert_in_range(stats.used_bytes, 1, HELP_LIMIT_SIZE);
}

static void a_full_queue_says_so(void **state)
{
	enum { COUNT = STORE_QUEUE_COUNT_MAX + 5 };

	(void)state;
	many_finish(many_start(COUNT, false, false), COUNT);
	assert_int_equal(by_status[STORE_OK], STORE_QUEUE_COUNT_MAX);
	assert_int_equal(by_status[STORE_BUSY], 5);
	assert_int_equal(help_commit("w k/z@0=x"), STORE_OK);
}

static void closing_answers_what_waits(void **state)
{
	struct many *many = many_start(100, false, false);

	(void)state;
	store_close(help_store);
	assert_int_equal(answered, 100);
	assert_int_equal(by_status[STORE_OK], 100);
	free(many);
	help_open(HELP_LIMIT_SIZE);
}

/* More items than a batch takes, while the loop is busy elsewhere. */
static void batches_that_end_together_are_all_answered(void **state)
{
	enum { COUNT = 17 };
	static char keys[STORE_ITEM_COUNT_MAX][16];
	static struct store_item items[STORE_ITEM_COUNT_MAX];
	static struct many many[COUNT];

	(void)state;
	answered = 0;
	for (int i = 0; i < STORE_ITEM_COUNT_MAX; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k/%04d", i);
		items[i] = (struct store_item){ .key = slice_text(keys[i]), .intent = STORE_READ };
	}
	for (int i = 0; i < COUNT; i++) {
		many[i].req = (struct store_req){ .items = items,
						  .item_count = STORE_ITEM_COUNT_MAX,
						  .done = on_many };
		store_commit(help_store, &many[i].req);
	}
	loop_turn(help_loop);
	usleep(100000);
	while (answered < COUNT)
		loop_turn(help_loop);
}

static void the_largest_of_each_fits(void **state)
{
	static char keys[STORE_ITEM_COUNT_MAX][STORE_KEY_SIZE_MAX + 1];
	static uint8_t bytes[STORE_VALUE_SIZE_MAX];
	static struct store_item items[STORE_ITEM_COUNT_MAX];
	struct store_req req = { .items = items,
				 .item_count = STORE_ITEM_COUNT_MAX,
				 .arena = &help_arena };
	struct store_page page = { .from = SLICE("longkind/"),
				   .item_count = STORE_PAGE_COUNT_MAX,
				   .arena = &help_arena };

	(void)state;
	memset(bytes, 7, sizeof(bytes));
	for (int i = 0; i < STORE_ITEM_COUNT_MAX; i++) {
		snprintf(keys[i], sizeof(keys[i]), "longkind/%087d", i);
		items[i] =
		    (struct store_item){ .key = slice_text(keys[i]),
					 .value = slice_of(bytes, i == 9 ? sizeof(bytes) : 9),
					 .intent = STORE_WRITE };
		assert_int_equal(items[i].key.size, STORE_KEY_SIZE_MAX);
	}
	assert_int_equal(store_commit_wait(help_store, &req), STORE_OK);
	assert_int_equal(store_commit_wait(help_store, &req), STORE_RETRY);
	assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	assert_int_equal(items[9].value.size, STORE_VALUE_SIZE_MAX);
	assert_int_equal(items[STORE_ITEM_COUNT_MAX - 1].version, 1);
	for (uint32_t pages = 0; pages < STORE_ITEM_COUNT_MAX / STORE_PAGE_COUNT_MAX; pages++) {
		assert_int_equal(store_scan_wait(help_store, &page), STORE_OK);
		assert_int_equal(page.item_count, STORE_PAGE_COUNT_MAX);
		assert_true(slice_is(page.items[0].key, keys[pages * STORE_PAGE_COUNT_MAX]));
		page.from =
		    slice_of(keys[(pages + 1) * STORE_PAGE_COUNT_MAX - 1], STORE_KEY_SIZE_MAX + 1);
	}
	assert_int_equal(store_scan_wait(help_store, &page), STORE_OK);
	assert_int_equal(page.item_count, 0);
}

/* The child stops before it reaches an engine, by the assertion that stays on. */
static void assert_refused(struct store_item *items, uint32_t count)
{
	struct store_req req = { .items = items, .item_count = count, .done = on_many };
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		store_commit(help_store, &req);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_wrong_request_is_a_mistake_in_the_program(void **state)
{
	static const char *const table[] = {
		"w a@0=",    "w /a@0=",          "w k/@0=",           "w K/a@0=",
		"w k1/a@0=", "w toolongki/a@0=", "w k/b@0= w k/a@0=", "w k/a@0= w k/a@0=",
		"d k/a@0=",
	};
	static uint8_t bytes[STORE_VALUE_SIZE_MAX + 1];
	static struct store_item many[STORE_ITEM_COUNT_MAX + 1];
	struct store_item items[HELP_ITEMS_MAX];
	char key[STORE_KEY_SIZE_MAX + 2] = "k/";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_refused(items, help_items(items, table[i]));
	items[0] = (struct store_item){ .key = SLICE("k/a"),
					.value = slice_of(bytes, sizeof(bytes)),
					.intent = STORE_WRITE };
	assert_refused(items, 1);
	memset(key + 2, 'a', STORE_KEY_SIZE_MAX - 1);
	items[0] = (struct store_item){ .key = slice_text(key), .intent = STORE_WRITE };
	assert_refused(items, 1);
	assert_refused(many, COUNT_OF(many));
}

static void a_full_store_is_busy_and_small_writes_go_on(void **state)
{
	char key[8];
	int busy = 0;

	(void)state;
	help_renew(LIMIT_SMALL);
	assert_int_equal(help_commit("w k/a@0=x"), STORE_OK);
	for (int i = 0; i < 30 && busy == 0; i++) {
		snprintf(key, sizeof(key), "b/%02d", i);
		busy += help_put(key, STORE_VALUE_SIZE_MAX) == STORE_BUSY;
		assert_true(busy == 0 || i > 8);
	}
	assert_int_equal(busy, 1);
	if (text_equal(help_scheme, "lmdb"))
		assert_true(store_is_full(help_store));
	assert_int_equal(help_commit("w k/a@1=y"), STORE_OK);
	assert_false(store_is_full(help_store));
	assert_int_equal(help_commit("d b/00@1= d b/01@1= d b/02@1="), STORE_OK);
	assert_int_equal(help_commit("w k/a@2=z"), STORE_OK);
	assert_int_equal(help_put("d/1", STORE_VALUE_SIZE_MAX), STORE_OK);
	help_assert_stands("r b/00@0= r k/a@3=z");
}

/* Sixty-four commands add one to the same counter, each until it is told OK. */
struct racer {
	struct store_req req;
	struct store_item item;
	uint8_t count;
};

static int racing;

static void racer_fetch(struct racer *racer);

static void on_raced(struct store_req *req, enum store_status status)
{
	if (status == STORE_OK)
		racing--;
	else
		racer_fetch((struct racer *)req);
}

static void on_racer_fetched(struct store_req *req, enum store_status status)
{
	struct racer *racer = (struct racer *)req;

	assert_int_equal(status, STORE_OK);
	racer->count = (uint8_t)(1 + (racer->item.value.size == 0 ? 0 : racer->item.value.data[0]));
	racer->item.value = slice_of(&racer->count, 1);
	racer->item.intent = STORE_WRITE;
	req->done = on_raced;
	store_commit(help_store, req);
}

static void racer_fetch(struct racer *racer)
{
	racer->item.key = SLICE("n/one");
	racer->req = (struct store_req){
		.items = &racer->item,
		.item_count = 1,
		.arena = &help_arena,
		.done = on_racer_fetched,
	};
	store_fetch(help_store, &racer->req);
}

static void race(void)
{
	static struct racer racers[RACERS];
	struct store_item item = { .key = SLICE("n/one") };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &help_arena };

	racing = RACERS;
	for (int i = 0; i < RACERS; i++)
		racer_fetch(&racers[i]);
	while (racing > 0)
		loop_turn(help_loop);
	assert_int_equal(store_fetch_wait(help_store, &req), STORE_OK);
	assert_int_equal(item.value.data[0], RACERS);
	assert_int_equal(item.version, RACERS);
}

static void no_addition_is_lost(void **state)
{
	(void)state;
	race();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)

static int run(const char *name)
{
	static const struct CMUnitTest tests[] = {
		CASE(versions_decide),
		CASE(pages_follow_the_table),
		CASE(a_page_ends_where_its_arena_does),
		CASE(fetched_bytes_are_the_arenas),
		CASE(of_two_in_one_turn_one_wins),
		CASE(commits_that_wait_share_a_sync),
		CASE(a_full_queue_says_so),
		CASE(closing_answers_what_waits),
		CASE(batches_that_end_together_are_all_answered),
		CASE(the_largest_of_each_fits),
		CASE(a_wrong_request_is_a_mistake_in_the_program),
		CASE(a_full_store_is_busy_and_small_writes_go_on),
		CASE(no_addition_is_lost),
	};

	help_scheme = name;
	print_message("engine: %s\n", name);
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	return run("lmdb") + run("sim");
}
