/* tests/listing_test.c - a list read page by page: each record once, whatever the cursor says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/listing.h"
#include "tests/flow_world.h"
#include "tests/shape_pass.h"

enum { RECORDS = 500 };

struct ship {
	char name[STORE_KEY_SIZE_MAX + 1];
};

static const struct shape_field ship_fields[] = {
	F_TEXT(struct ship, name, 1, SHAPE_REQUIRED, 1, "Its name."),
	F_END,
};
static const struct shape ship_shape = { "Ship", sizeof(struct ship), ship_fields };

static const char *const others[] = { "port", "flag", "owner", "year", "mode", NULL };

static struct room { /* What the next question lists. */
	const char *prefix;
	const char *const *others;
	void (*item)(struct json_out *, const void *);
} room;

static struct world world;

static bool parse(struct call *call)
{
	return listing_parse(call, call->cmd, room.prefix, room.others);
}

static bool keys(struct call *call)
{
	listing_page(call, call->cmd);
	return true;
}

static bool decide(struct call *call)
{
	assert_non_null(listing_page(call, call->cmd));
	return true;
}

static void answer(struct call *call)
{
	listing_answer(call, call->cmd, &ship_shape, room.item);
}

static const struct flow_op op = { "ships", sizeof(struct listing), 0, parse, keys, decide, NULL,
				   answer };

static void put(const char *key)
{
	static uint8_t bytes[TEXT_SIZE];
	struct ship ship;

	assert_true(text_set(ship.name, sizeof(ship.name), slice_text(key)));
	world_put(&world, key, shaped_record(bytes, &ship_shape, &ship));
}

/* A fleet, and its neighbours in the order of keys, which no page may show. */
static int open_world(unsigned sim_seed)
{
	char key[32];

	world_open(&world, sim_seed, 4, 0);
	room = (struct room){ .prefix = "ship/" };
	for (int i = 0; i < RECORDS; i++) {
		(void)snprintf(key, sizeof(key), "ship/%03d", i);
		put(key);
	}
	put("shin/999");
	put("shiq/000");
	return 0;
}

static int open_sim(void **state)
{
	(void)state;
	return open_world(5);
}

static int open_lmdb(void **state)
{
	(void)state;
	return open_world(0);
}

static int close_world(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

static void ask(struct asked *asked, const char *query)
{
	*asked = (struct asked){
		.start = { .op = &op, .naming = FLOW_QUESTION },
		.request = { .method = HTTP_GET, .query = slice_text(query) },
	};
	world_ask(&world, asked);
}

/* The names on a page, and its cursor, "" on the last. */
struct names {
	size_t count;
	char name[LISTING_LIMIT_MAX][STORE_KEY_SIZE_MAX + 1];
	char next[2 * STORE_KEY_SIZE_MAX];
};

static void read_page(struct names *names, const struct asked *asked)
{
	const struct json *items, *next;
	struct json *root;
	size_t at;

	*names = (struct names){ 0 };
	if (asked->status != 200)
		fail_msg("%s", asked->body);
	assert_int_equal(json_parse(&root, &at, slice_of(asked->body, asked->body_size)), JSON_OK);
	assert_int_equal(json_count(root), 2);
	items = json_get(root, "items");
	for (const struct json *i = json_first(items); i != NULL; i = json_next(i))
		assert_true(text_set(names->name[names->count++], sizeof(names->name[0]),
				     json_text(json_get(i, "name"))));
	next = json_get(root, "next");
	if (json_type(next) == JSON_TEXT)
		assert_true(text_set(names->next, sizeof(names->next), json_text(next)));
	else
		assert_int_equal(json_type(next), JSON_NULL);
	json_free(root);
}

/* Asks for the page behind `cursor`; "" for the first. */
static void ask_page(struct names *names, const char *limit, const char *cursor)
{
	struct asked asked;
	char query[256];

	(void)snprintf(query, sizeof(query), "limit=%s%s%s", limit,
		       cursor[0] != '\0' ? "&cursor=" : "", cursor);
	ask(&asked, query);
	read_page(names, &asked);
}

static const char *cursor_of(const char *tail)
{
	static char text[2 * STORE_KEY_SIZE_MAX];

	base64url_encode(text, sizeof(text), slice_text(tail));
	return text;
}

static void test_refusals(void **state)
{
	static const struct {
		const char *query, *code;
	} rows[] = {
		{ "limit=0", "BAD_LIMIT" },
		{ "limit=-1", "BAD_LIMIT" },
		{ "limit=201", "BAD_LIMIT" },
		{ "limit=4294967297", "BAD_LIMIT" },
		{ "limit=18446744073709551617", "BAD_LIMIT" },
		{ "limit=", "BAD_LIMIT" },
		{ "limit=07", "BAD_LIMIT" },
		{ "limit=7.0", "BAD_LIMIT" },
		{ "limit=x", "BAD_LIMIT" },
		{ "limit=%207", "BAD_LIMIT" },
		{ "limit=1&limit=1", "REPEATED_PARAMETER" },
		{ "cursor=MDA3&cursor=MDA3", "REPEATED_PARAMETER" },
		{ "cursor=", "BAD_CURSOR" },
		{ "cursor=MDA3=", "BAD_CURSOR" },
		{ "cursor=M", "BAD_CURSOR" },
		{ "cursor=MDA!", "BAD_CURSOR" },
		{ "cursor=MDB", "BAD_CURSOR" },  /* Left-over bits: a second spelling. */
		{ "cursor=MAAw", "BAD_CURSOR" }, /* "0\0000" */
		{ "cursor=AA", "BAD_CURSOR" },   /* "\0" */
		{ "offset=7", "UNKNOWN_PARAMETER" },
		{ "port=kagoshima", "UNKNOWN_PARAMETER" },
		{ "limit=0&cursor=!", "BAD_LIMIT" },
		{ "limit=0&offset=7", "UNKNOWN_PARAMETER" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;

		ask(&asked, rows[i].query);
		if (asked.status != 400 || !text_equal(asked.code, rows[i].code))
			fail_msg("%s: %u %s", rows[i].query, asked.status, asked.body);
	}
}

static void test_others(void **state)
{
	struct asked asked;

	(void)state;
	room.others = others;
	ask(&asked, "port=kagoshima&limit=1");
	assert_int_equal(asked.status, 200);
	ask(&asked, "limit=1&mode=ferry&year=2026&owner=a&flag=jp&port=b&cursor=MDA3");
	assert_int_equal(asked.status, 200);
	ask(&asked, "limit=1&pier=2");
	assert_string_equal(asked.code, "UNKNOWN_PARAMETER");
	ask(&asked, "port=a&port=b");
	assert_string_equal(asked.code, "REPEATED_PARAMETER");
}

/* Pages of every size: each record once, in order; only the last page has no cursor. */
static void test_walk(void **state)
{
	static const unsigned limits[] = { 1, 7, 10, 11 };
	static struct names names;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		unsigned seen = 0, pages = 0;
		char limit[8], wanted[16];

		(void)snprintf(limit, sizeof(limit), "%u", limits[i]);
		names.next[0] = '\0';
		do {
			ask_page(&names, limit, names.next);
			pages++;
			for (size_t k = 0; k < names.count; k++) {
				(void)snprintf(wanted, sizeof(wanted), "ship/%03u", seen++);
				assert_string_equal(names.name[k], wanted);
			}
			if (names.next[0] != '\0')
				assert_int_equal(names.count, limits[i]);
		} while (names.next[0] != '\0');
		assert_int_equal(seen, RECORDS);
		/* A page that ends with the last record cannot know it: an empty one follows. */
		assert_int_equal(pages, RECORDS / limits[i] + 1);
	}
}

/* The page goes on behind where the one before ended, though records came and went meanwhile. */
static void test_walk_while_it_changes(void **state)
{
	static struct names names;

	(void)state;
	ask_page(&names, "3", "");
	assert_string_equal(names.name[2], "ship/002");
	world_remove(&world, "ship/002"); /* The cursor's own. */
	world_remove(&world, "ship/003");
	put("ship/0025");
	put("ship/002-a");
	put("ship/0019");
	ask_page(&names, "3", names.next);
	assert_string_equal(names.name[0], "ship/002-a");
	assert_string_equal(names.name[1], "ship/0025");
	assert_string_equal(names.name[2], "ship/004");
}

static void test_default_limit(void **state)
{
	struct asked asked;

	(void)state;
	room.prefix = "none/";
	ask(&asked, "");
	assert_int_equal(asked.status, 200);
	assert_string_equal(asked.body, "{\"items\":[],\"next\":null}");
}

static unsigned items;

static void count_item(struct json_out *json, const void *record)
{
	assert_true(text_size(((const struct ship *)record)->name) > 0);
	items++;
	json_put_int(json, NULL, 1);
}

static void test_item_and_limits(void **state)
{
	static const struct {
		const char *query;
		unsigned items;
	} rows[] = {
		{ "", LISTING_LIMIT },
		{ "limit=1", 1 },
		{ "limit=200", LISTING_LIMIT_MAX },
	};

	(void)state;
	room.item = count_item;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct asked asked;

		items = 0;
		ask(&asked, rows[i].query);
		assert_int_equal(asked.status, 200);
		assert_int_equal(items, rows[i].items);
		assert_memory_equal(asked.body, "{\"items\":[1", 11);
	}
}

/* Whatever a cursor says, the page stays under its prefix. */
static void test_forged_cursor(void **state)
{
	static const struct {
		const char *tail, *first; /* NULL: an empty page. */
	} rows[] = {
		{ "007", "ship/008" }, { "0071", "ship/008" }, { "006x", "ship/007" },
		{ " ", "ship/000" },   { "\x01", "ship/000" }, { "../shin/999", "ship/000" },
		{ "499", NULL },       { "5", NULL },          { "zzz", NULL },
		{ "\x7f", NULL },      { "\xff\xff", NULL },
	};
	static struct names names;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		ask_page(&names, "2", cursor_of(rows[i].tail));
		assert_int_equal(names.count, rows[i].first == NULL ? 0 : 2);
		if (rows[i].first != NULL)
			assert_string_equal(names.name[0], rows[i].first);
	}
}

/* A list within a list: another operator's records are not reached from here. */
static void test_nested_prefix(void **state)
{
	static struct names names;

	(void)state;
	put("fleet/a/1");
	put("fleet/b/1");
	put("fleet/b/2");
	put("fleet/b-2/1");
	put("fleet/b0/1");
	room.prefix = "fleet/b/";
	ask_page(&names, "200", "");
	assert_int_equal(names.count, 2);
	assert_string_equal(names.name[0], "fleet/b/1");
	ask_page(&names, "1", "");
	assert_string_equal(names.next, cursor_of("1"));
	ask_page(&names, "1", names.next);
	assert_string_equal(names.name[0], "fleet/b/2");
	ask_page(&names, "1", names.next);
	assert_int_equal(names.count, 0);
	assert_string_equal(names.next, "");
	ask_page(&names, "9", cursor_of("../a/0"));
	assert_int_equal(names.count, 2);
}

/* The longest keys that there are can be walked too, and no cursor reaches beyond them. */
static void test_longest_key(void **state)
{
	static struct names names;
	char key[STORE_KEY_SIZE_MAX + 1] = "long/", tail[STORE_KEY_SIZE_MAX + 1] = "";
	struct asked asked;
	char query[256];

	(void)state;
	memset(key + 5, 'k', STORE_KEY_SIZE_MAX - 5);
	for (char c = 'a'; c <= 'c'; c++) {
		key[STORE_KEY_SIZE_MAX - 1] = c;
		put(key);
	}
	room.prefix = "long/";
	for (char c = 'a'; c <= 'c'; c++) {
		ask_page(&names, "1", names.next);
		key[STORE_KEY_SIZE_MAX - 1] = c;
		assert_string_equal(names.name[0], key);
	}
	ask_page(&names, "1", names.next);
	assert_int_equal(names.count, 0);
	memset(tail, 'k', STORE_KEY_SIZE_MAX - 4);
	(void)snprintf(query, sizeof(query), "cursor=%s", cursor_of(tail));
	ask(&asked, query);
	assert_string_equal(asked.code, "BAD_CURSOR");
	memset(tail, 'k', STORE_KEY_SIZE_MAX);
	(void)snprintf(query, sizeof(query), "cursor=%s", cursor_of(tail));
	ask(&asked, query);
	assert_string_equal(asked.code, "BAD_CURSOR");
}

#define ON(test, on) cmocka_unit_test_setup_teardown(test, on, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_refusals, open_sim),
		ON(test_others, open_sim),
		ON(test_walk, open_sim),
		ON(test_walk, open_lmdb),
		ON(test_walk_while_it_changes, open_sim),
		ON(test_walk_while_it_changes, open_lmdb),
		ON(test_default_limit, open_sim),
		ON(test_item_and_limits, open_sim),
		ON(test_forged_cursor, open_sim),
		ON(test_forged_cursor, open_lmdb),
		ON(test_nested_prefix, open_sim),
		ON(test_nested_prefix, open_lmdb),
		ON(test_longest_key, open_sim),
		ON(test_longest_key, open_lmdb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
