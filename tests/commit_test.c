/* tests/commit_test.c - what a close commits: the text of a division, its place in the tree, and
 * the names by which operators know their tickets.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/tree.h"
#include "operators/close.h"
#include "operators/commit.h"
#include "operators/pseudonym.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, DUE = DAY + 3, TICKETS = 300, MANY_WORDS = 16 * 1024 };

static struct books_rig books;

static void a_ticket_is_told_without_names(void **state)
{
	static const char expected[] =
	    "{\"again\":true,\"by\":\"deemed_fare\",\"earned_yen\":1000,\"kind\":\"ticket\","
	    "\"left_yen\":905,\"legs\":[[420,20,0,600,-3],[100,0,300,0,0]],"
	    "\"over\":\"2026-11-26\",\"partner\":\"app\",\"period\":\"2026-12\",\"product\":[1,2],"
	    "\"rides\":\"2026-11\",\"rule\":[\"usual\",3],\"steps\":{\"commission_yen\":50,"
	    "\"council_fee_yen\":25,\"payment_fee_yen\":0,\"pool_yen\":0,\"unused_yen\":5},"
	    "\"ticket\":"
	    "\"0102000000000000000000000000000000000000000000000000000000000000\"}";
	static const uint8_t name[COMMIT_HASH_SIZE] = { 1, 2 };
	struct ticket_split split = {
		.again = true,
		.by = BY_DEEMED_FARE,
		.earned_yen = 1000,
		.over = DAY,
		.period = month_next(month_of(DAY)),
		.rides = month_of(DAY),
		.product_number = 1,
		.product_version = 2,
		.rule_id = "usual",
		.rule_version = 3,
		.partner_id = "app",
		.sums = { .commission_yen = 50, .council_fee_yen = 25, .unused_yen = 5 },
		.legs = { { .operator_id = "bus",
			    .weight = 420,
			    .fixed_yen = 20,
			    .share_yen = 620,
			    .cap_yen = 600,
			    .before_yen = -3 },
			  { .operator_id = "ferry",
			    .weight = 100,
			    .share_yen = 300,
			    .minimum_yen = 300 } },
		.leg_count = 2,
	};
	uint8_t bytes[COMMIT_TEXT_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	(void)state;
	commit_split_text(&to, &split, name);
	write_u8(&to, 0);
	assert_false(to.failed);
	assert_string_equal((char *)bytes, expected);
}

static void a_pool_is_told_with_what_stood_beside_it(void **state)
{
	static const char expected[] =
	    "{\"again\":false,\"beside\":[70,5],\"by\":\"boardings\",\"kind\":\"pool\","
	    "\"left_yen\":900,\"legs\":[[2,10,0,0,0]],\"period\":\"2026-11\",\"product\":[3,1],"
	    "\"rides\":\"2026-11\",\"rule\":[\"pooled\",1],\"tickets\":4,\"unused_yen\":0}";
	struct pool pool = { .period = month_of(DAY),
			     .rides = month_of(DAY),
			     .rule_id = "pooled",
			     .rule_version = 1,
			     .product_number = 3,
			     .product_version = 1,
			     .tickets = 4,
			     .sum_yen = 900,
			     .legs = { { .weight = 2, .fixed_yen = 10, .share_yen = 900 } },
			     .leg_count = 1 };
	struct commit_pool commit = { .beside = { { "app", 70 }, { POOL_COUNCIL, 5 } },
				      .beside_count = 2 };
	uint8_t bytes[COMMIT_TEXT_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	(void)state;
	commit_pool_text(&to, &pool, &commit);
	write_u8(&to, 0);
	assert_string_equal((char *)bytes, expected);
}

/* All members at their widest must fit into a leaf's room, and so into an answer. */
static void the_widest_ticket_fits(void **state)
{
	static const uint8_t name[COMMIT_HASH_SIZE];
	static struct ticket_split split;
	static uint8_t bytes[COMMIT_TEXT_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };

	(void)state;
	split = (struct ticket_split){ .over = DAY,
				       .period = month_of(DAY),
				       .rides = month_of(DAY),
				       .leg_count = SHARING_WEIGHT_COUNT_MAX };
	for (size_t i = 0; i < SHARING_WEIGHT_COUNT_MAX; i++)
		split.legs[i] = (struct split_leg){ .weight = JSON_INT_MAX,
						    .fixed_yen = YEN_MAX,
						    .share_yen = YEN_MAX,
						    .minimum_yen = YEN_MAX,
						    .cap_yen = YEN_MAX,
						    .before_yen = YEN_MAX };
	commit_split_text(&to, &split, name);
	assert_false(to.failed);
	assert_true(to.used < MANY_WORDS);
}

/* node: crypto.createHmac('sha256', bytes 0 to 31).update(the uuid's bytes) */
static void a_pseudonym_is_an_hmac(void **state)
{
	uint8_t secret[VIEW_SECRET_SIZE];
	struct id128 ticket, other, name;
	char text[UUID_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)i;
	assert_true(uuid_decode(&ticket, SLICE("0192f0c1-a5b0-7c3e-8d4f-1122334455ff")));
	name = pseudonym_of(secret, ticket);
	uuid_encode(text, name);
	assert_string_equal(text, "4a99e1f1-452e-16e2-c6d3-a057654fa751");
	secret[0] ^= 1;
	other = pseudonym_of(secret, ticket);
	assert_false(id_equal(name, other));
}

/* ---- The tree of a month. ---- */

static void file_month(void)
{
	for (uint32_t i = 1; i <= TICKETS; i++) {
		books_file(&books, books_sold(i, i % 3 == 0 ? BOOKS_POOLED : BOOKS_USUAL, 1000,
					      DAY - 1, DAY));
		books_file(&books,
			   books_ride(i, i % 2 == 0 ? "bus" : "rail", 200 + i, DAY, DAY, 2));
	}
	books_file(&books, books_day_closed(DUE + 20));
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
}

struct expected { /* The leaves, one by one, as anybody would make them. */
	struct seal_head head;
	uint8_t chain[SHA256_SIZE];
};

static void add_tickets(struct expected *e)
{
	static struct ticket_split split;
	static uint8_t bytes[COMMIT_TEXT_SIZE_MAX];
	uint32_t count;
	struct store_item *items = rig_records(&books.rig, &count, "split");

	assert_int_equal(count, TICKETS);
	for (uint32_t i = 0; i < count; i++) {
		struct writer to = { .data = bytes, .size = sizeof(bytes) };
		struct slice salt = slice_of(split.salt, sizeof(split.salt));
		uint8_t name[COMMIT_HASH_SIZE];
		struct seal_hash leaf;

		assert_true(shape_from_cbor(&split, &ticket_split_shape, items[i].value));
		commit_split_name(name, &split);
		commit_split_text(&to, &split, name);
		seal_leaf(&leaf, salt, slice_of(to.data, to.used));
		seal_append(&e->head, &leaf);
		sha256_two(e->chain, slice_of(e->chain, SHA256_SIZE), salt);
	}
}

static void add_pool(struct expected *e)
{
	static struct pool pool;
	static struct commit_pool commit;
	static uint8_t bytes[COMMIT_TEXT_SIZE_MAX];
	uint8_t digest[SHA256_SIZE];
	struct seal_hash leaf;
	uint32_t count;
	struct store_item *items = rig_records(&books.rig, &count, "pool");

	for (uint32_t i = 0; i < count; i++) {
		size_t prefix = strlen("pool/split/2026-11/");
		struct writer to = { .data = bytes, .size = sizeof(bytes) };
		struct slice at = items[i].key;

		if (!slice_starts(at, SLICE("pool/split/2026-11/")))
			continue;
		at = slice_of(at.data + prefix, at.size - prefix);
		assert_true(shape_from_cbor(&pool, &pool_shape, items[i].value));
		assert_true(books_read(&books, &commit, &commit_pool_shape,
				       "commit/pool/2026-11/%.*s", (int)at.size,
				       (const char *)at.data));
		sha256_three(digest, SLICE("hitotsu/commit/pool\n"),
			     slice_of(e->chain, SHA256_SIZE), at);
		assert_memory_equal(commit.salt, digest, SPLIT_SALT_SIZE);
		commit_pool_text(&to, &pool, &commit);
		seal_leaf(&leaf, slice_of(commit.salt, SPLIT_SALT_SIZE),
			  slice_of(to.data, to.used));
		seal_append(&e->head, &leaf);
	}
}

static void a_close_commits_every_division(void **state)
{
	struct expected e = { 0 };
	struct seal_hash root;
	struct close_view view;
	static struct commit_tile tile;

	(void)state;
	books_open(&books, "sim:4");
	file_month();
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.state, CLOSE_CLOSED);
	assert_int_equal(view.committed_tickets, TICKETS);
	assert_int_equal(view.committed, TICKETS + 1);
	assert_int_equal(view.boundary_min, books.room.boundary_min);
	assert_int_equal(view.late_limit_days, BOOKS_LATE_DAYS);
	add_tickets(&e);
	assert_memory_equal(view.commit_chain, e.chain, SHA256_SIZE);
	add_pool(&e);
	assert_int_equal(e.head.leaf_count, view.committed);
	seal_root(&root, &e.head);
	assert_memory_equal(view.commit_root, root.bytes, SHA256_SIZE);
	assert_true(books_read(&books, &tile, &commit_tile_shape, "commit/2026-11/0/00000000"));
	assert_int_equal(tile.hash_count, COMMIT_TILE_WIDTH);
	assert_true(books_read(&books, &tile, &commit_tile_shape, "commit/2026-11/0/00000001"));
	assert_int_equal(tile.hash_count, TICKETS + 1 - COMMIT_TILE_WIDTH);
	assert_true(books_read(&books, &tile, &commit_tile_shape, "commit/2026-11/1/00000000"));
	assert_int_equal(tile.hash_count, 1);
	books_check(&books);
	books_close(&books);
}

static void folded_again_it_commits_the_same(void **state)
{
	uint8_t first[SHA256_SIZE], second[SHA256_SIZE];

	(void)state;
	books_open(&books, "sim:5");
	file_month();
	books_digest(&books, first);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	books_fold(&books);
	books_digest(&books, second);
	assert_memory_equal(first, second, SHA256_SIZE);
	books_close(&books);
}

static void a_month_without_any_has_an_empty_tree(void **state)
{
	uint8_t empty[SHA256_SIZE];
	struct close_view view;

	(void)state;
	books_open(&books, "sim:6");
	books_file(&books, books_period_closed(DAY));
	books_fold(&books);
	assert_true(books_read(&books, &view, &close_view_shape, "close/2026-11"));
	assert_int_equal(view.committed, 0);
	sha256(empty, slice_of(NULL, 0));
	assert_memory_equal(view.commit_root, empty, SHA256_SIZE);
	books_close(&books);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_is_told_without_names),
		cmocka_unit_test(a_pool_is_told_with_what_stood_beside_it),
		cmocka_unit_test(the_widest_ticket_fits),
		cmocka_unit_test(a_pseudonym_is_an_hmac),
		cmocka_unit_test(a_close_commits_every_division),
		cmocka_unit_test(folded_again_it_commits_the_same),
		cmocka_unit_test(a_month_without_any_has_an_empty_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
