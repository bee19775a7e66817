/* tests/call_store_test.c - the records of a call: pages, writes, and limits that answer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/flow_world.h"

static struct world world;

static int open_world(void **state)
{
	(void)state;
	world_open(&world, 3, 4, 4);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

/* Steps that a test does not bend. */
static bool yes(struct call *call)
{
	(void)call;
	return true;
}

static void answer_empty(struct call *call)
{
	struct json_out json;

	call_reply_json(call, 200, &json);
	json_object(&json, NULL);
	json_object_end(&json);
}

static void ask(struct asked *asked, const struct flow_op *op, void *room, const char *name)
{
	asked->start.op = op;
	asked->start.room = room;
	asked->start.inner_name = name;
	world_ask(&world, asked);
}

struct body {
	int64_t by;
};

static const struct shape_field body_fields[] = {
	F_INT(struct body, by, 1, SHAPE_REQUIRED, 0, 9, "How much."),
	F_END,
};
static const struct shape body_shape = { "Body", sizeof(struct body), body_fields };

struct greed { /* What keys asks for. */
	uint32_t records, rounds, each, page_most, pages;
	size_t answer_size;
};

static bool greed_keys(struct call *call)
{
	const struct greed *greed = call->room;
	uint32_t round = 0;

	while (round < greed->rounds &&
	       call_found(call, call_key(call, "round/%04u", round)) != NULL)
		round++;
	if (round < greed->rounds)
		call_want(call, call_key(call, "round/%04u", round));
	for (uint32_t i = 0; i < greed->records; i++)
		call_want(call, call_key(call, "big/%04u", i % greed->each));
	for (uint32_t i = 0; i < greed->pages; i++)
		call_want_page(call, call_key(call, "big/%04u", i), "big/9", greed->page_most);
	return true;
}

static void greed_answer(struct call *call)
{
	const struct greed *greed = call->room;
	struct json_out json;

	call_reply_json(call, 200, &json);
	json_put_text(&json, NULL,
		      slice_of(arena_alloc(call->arena, greed->answer_size / 6),
			       greed->answer_size / 6));
}

static void test_limits(void **state)
{
	static const struct flow_op op = {
		"greed", 0, 0, NULL, greed_keys, yes, NULL, greed_answer
	};
	static const uint8_t value[STORE_VALUE_SIZE_MAX];
	static const struct {
		struct greed greed;
		const char *code;
	} rows[] = {
		{ { .records = 4000, .each = 100 }, "" }, /* The same ones again. */
		{ { .records = CALL_RECORD_COUNT_MAX + 1, .each = 9999 }, "TOO_MUCH_TO_READ" },
		{ { .records = CALL_RECORD_COUNT_MAX, .each = 9999 },
		  "TOO_MUCH_TO_READ" }, /* Bytes. */
		{ { .records = 300, .each = 300 }, "" },
		{ { .rounds = CALL_ROUND_COUNT_MAX - 1 }, "" },
		{ { .rounds = CALL_ROUND_COUNT_MAX + 1 }, "TOO_MUCH_TO_READ" },
		{ { .pages = 1, .page_most = STORE_PAGE_COUNT_MAX }, "" },
		{ { .pages = 2, .page_most = STORE_PAGE_COUNT_MAX }, "TOO_MUCH_TO_READ" },
		{ { .pages = CALL_PAGE_COUNT_MAX, .page_most = 4 }, "" },
		{ { .pages = CALL_PAGE_COUNT_MAX + 1, .page_most = 1 }, "TOO_MUCH_TO_READ" },
		{ { .answer_size = 2 << 20 }, "" },
		{ { .answer_size = 5 << 20 }, "ANSWER_TOO_LARGE" },
	};

	(void)state;
	for (uint32_t i = 0; i < CALL_RECORD_COUNT_MAX; i++)
		world_put(&world, arena_text(&world.arena, "big/%04u", i),
			  slice_of(value, sizeof(value)));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct greed greed = rows[i].greed;
		struct asked asked = { .request = { 0 } };

		ask(&asked, &op, &greed, NULL);
		assert_string_equal(asked.code, rows[i].code);
		assert_int_equal(asked.status, rows[i].code[0] == '\0' ? 200 : 503);
	}
}

static bool list_keys(struct call *call)
{
	const char *const *range = call->room;

	call_want_page(call, range[0], range[1], 3);
	return true;
}

static void list_answer(struct call *call)
{
	const char *const *range = call->room;
	const struct call_page *page = call_found_page(call, range[0], range[1]);
	struct json_out json;

	assert_null(call_found_page(call, range[1], range[0]));
	call_reply_json(call, 200, &json);
	json_array(&json, NULL);
	for (uint32_t i = 0; i < page->count; i++)
		json_put_text(&json, NULL, page->records[i].value);
	json_put_bool(&json, NULL, page->end);
	json_array_end(&json);
}

static void test_pages(void **state)
{
	static const struct flow_op op = { "list", 0, 0, NULL, list_keys, yes, NULL, list_answer };
	static const struct {
		const char *range[2], *answer;
	} rows[] = {
		{ { "p/", "p0" }, "[\"1\",\"2\",\"3\",false]" },
		{ { "p/2", "p0" }, "[\"2\",\"3\",\"4\",false]" },
		{ { "p/3", "p0" }, "[\"3\",\"4\",true]" },
		{ { "p/1", "p/3" }, "[\"1\",\"2\",true]" },
		{ { "p/5", "p0" }, "[true]" },
		{ { "o/", "o0" }, "[true]" },
	};

	(void)state;
	for (int i = 1; i <= 4; i++)
		world_put(&world, arena_text(&world.arena, "p/%d", i),
			  slice_text(arena_text(&world.arena, "%d", i)));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked = { .request = { 0 } };

		ask(&asked, &op, (void *)(uintptr_t)rows[i].range, NULL);
		assert_string_equal(asked.body, rows[i].answer);
	}
}

struct mover { /* Changes a record while a command that only read it is decided. */
	struct store_req req;
	struct store_item item;
	unsigned decided;
	struct id128 id[2];
};

static void moved(struct store_req *req, enum store_status status)
{
	(void)req;
	assert_int_equal(status, STORE_OK);
}

static bool move_keys(struct call *call)
{
	struct mover *mover = call->room;

	mover->id[call_found(call, "w/read") != NULL] = call_new_id(call);
	call_want(call, "w/read");
	call_want(call, "w/a");
	call_want(call, "w/b");
	call_want(call, "w/none");
	call_want(call, "w/made");
	return true;
}

static bool move_decide(struct call *call)
{
	struct mover *mover = call->room;
	struct id128 id = call_new_id(call);

	assert_true(id_equal(mover->id[0], mover->id[1])); /* In each round of a try. */
	assert_false(id_equal(mover->id[0], id));
	if (mover->decided++ > 0)
		return true;
	mover->item = (struct store_item){ .key = SLICE("w/read"), .value = SLICE("2") };
	mover->item.version = call_found(call, "w/read")->version;
	mover->item.intent = STORE_WRITE;
	mover->req = (struct store_req){ .items = &mover->item, .item_count = 1, .done = moved };
	store_commit(world.store, &mover->req);
	return true;
}

static void move_writes(struct call *call)
{
	const struct body body = { .by = 7 };

	call_put(call, "w/a", SLICE("first"));
	call_put(call, "w/a", call_found(call, "w/read")->value); /* The last one counts. */
	call_put(call, "w/b", SLICE("gone"));
	call_remove(call, "w/b");
	call_remove(call, "w/none");
	call_append_shape(call, call_key(call, "w/new-%d", 1), &body_shape, &body);
	call_append_shape(call, "w/made", &body_shape, &body); /* Known, so its version counts. */
}

static void test_writes(void **state)
{
	static const struct flow_op op = { "move",    0,           0,           NULL,
					   move_keys, move_decide, move_writes, answer_empty };
	struct mover mover = { .decided = 0 };
	struct asked asked = { .request = { 0 } };

	(void)state;
	world_put(&world, "w/read", SLICE("1"));
	world_put(&world, "w/b", SLICE("b"));
	world_put(&world, "w/made", SLICE("made"));
	ask(&asked, &op, &mover, "move");
	assert_int_equal(asked.status, 200);
	assert_int_equal(mover.decided, 2); /* What was only read had moved. */
	assert_true(slice_is(world_get(&world, "w/a"), "2"));
	assert_int_equal(world_get(&world, "w/b").size, 0);
	assert_int_equal(world_count(&world, "w/", "w0"), 4); /* a, made, new-1, read */
	assert_int_equal(world_version(&world, "w/made"), 2);
}

struct flood {
	uint32_t count;
	size_t size;
};

static bool flood_keys(struct call *call)
{
	const struct flood *flood = call->room;

	for (uint32_t i = 0; i < flood->count; i++)
		call_want(call, call_key(call, "f/%04u", i));
	return true;
}

static void flood_writes(struct call *call)
{
	static const uint8_t value[STORE_VALUE_SIZE_MAX + 1];
	const struct flood *flood = call->room;

	for (uint32_t i = 0; i < flood->count; i++)
		call_put(call, call_key(call, "f/%04u", i), slice_of(value, flood->size));
}

static void test_write_limits(void **state)
{
	static const struct flow_op op = { "flood",      0,           0, NULL, flood_keys, yes,
					   flood_writes, answer_empty };
	static const struct {
		struct flood flood;
		const char *code;
	} rows[] = {
		{ { 1, STORE_VALUE_SIZE_MAX + 1 }, "TOO_MUCH_TO_WRITE" },
		{ { CALL_WRITE_COUNT_MAX + 1, 1 }, "TOO_MUCH_TO_WRITE" },
		{ { 500, STORE_VALUE_SIZE_MAX }, "TOO_MUCH_TO_WRITE" },
		{ { 0, 0 }, "" },
		{ { 1, STORE_VALUE_SIZE_MAX }, "" },
		{ { CALL_WRITE_COUNT_MAX, 1 }, "" },
		{ { 400, STORE_VALUE_SIZE_MAX }, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct flood flood = rows[i].flood;
		struct asked asked = { .request = { 0 } };
		bool fits = rows[i].code[0] == '\0';

		ask(&asked, &op, &flood, arena_text(&world.arena, "flood %zu", i));
		assert_string_equal(asked.code, rows[i].code);
		assert_int_equal(asked.status, fits ? 200 : 503);
		assert_true(fits || world_count(&world, "f/", "f0") == 0);
	}
	assert_int_equal(world_count(&world, "f/", "f0"), CALL_WRITE_COUNT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_pages, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_writes, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_write_limits, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
