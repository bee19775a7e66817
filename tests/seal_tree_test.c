/* tests/seal_tree_test.c - the log's keys and hashes, as RFC 6962 and others have them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/codec.h"
#include "tests/log_rig.h"

enum { NOW = 1790000000 };

static void root_of_0_to_300_leaves(void **state)
{
	struct seal_hash leaves[300], root;
	struct seal_head head = { 0 };
	uint8_t naive[SHA256_SIZE];

	(void)state;
	for (size_t n = 0; n <= COUNT_OF(leaves); n++) {
		rig_root(naive, leaves, n);
		seal_root(&root, &head);
		assert_memory_equal(root.bytes, naive, SHA256_SIZE);
		assert_int_equal(head.leaf_count, n);
		if (n == COUNT_OF(leaves))
			break;
		sha256(leaves[n].bytes, slice_of(&n, sizeof(n)));
		seal_append(&head, &leaves[n]);
	}
}

/* The vectors of Google's Certificate Transparency, and the empty tree's root of RFC 6962. */
static void root_of_known_trees(void **state)
{
	static const struct {
		const char *input, *root;
	} table[] = {
		{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "5051525354555657",
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "606162636465666768696a6b6c6d6e6f",
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct seal_head head = { 0 };
	struct seal_hash leaf, root;
	char hex[2 * SHA256_SIZE + 1];

	(void)state;
	seal_root(&root, &head);
	hex_encode(hex, sizeof(hex), slice_of(root.bytes, SHA256_SIZE));
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint8_t input[17] = { 0 };
		size_t size = strlen(table[i].input) / 2;

		assert_true(hex_decode(input + 1, size, slice_text(table[i].input)));
		sha256(leaf.bytes, slice_of(input, size + 1));
		seal_append(&head, &leaf);
		seal_root(&root, &head);
		hex_encode(hex, sizeof(hex), slice_of(root.bytes, SHA256_SIZE));
		assert_string_equal(hex, table[i].root);
	}
}

static void keys_sort_by_time(void **state)
{
	struct id128 id = { { 0x01, 0x9a, 0xff } };
	char key[SEAL_KEY_TEXT_SIZE], before[SEAL_KEY_TEXT_SIZE], after[SEAL_KEY_TEXT_SIZE];

	(void)state;
	seal_open_key(key, 7);
	assert_string_equal(key, "open/0/0000000007");
	seal_second_key(key, NOW);
	assert_string_equal(key, "sec/0/1790000000");
	seal_event_key(key, NOW, id, 0x2a);
	assert_string_equal(key, "ev/0/1790000000/019aff000000000000000000000000002a");
	seal_range_key(before, NOW);
	seal_range_key(after, NOW + 1);
	assert_true(strcmp(before, key) < 0 && strcmp(key, after) < 0);
}

static void event_keys_are_read(void **state)
{
	static const struct {
		const char *key;
		int64_t second; /* -1: refused. */
	} table[] = {
		{ "ev/0/1790000000/019aff000000000000000000000000002a", 1790000000 },
		{ "ev/0/0000000000/019aff000000000000000000000000002a", 0 },
		{ "ev/0/179000000x/019aff000000000000000000000000002a", -1 },
		{ "ev/0/1790000000-019aff000000000000000000000000002a", -1 },
		{ "ev/1/1790000000/019aff000000000000000000000000002a", -1 },
		{ "ev/0/1790000000/019aff000000000000000000000000002", -1 },
		{ "ev/0/1790000000", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		int64_t second;
		bool good = seal_event_key_read(&second, slice_text(table[i].key));

		assert_int_equal(good, table[i].second >= 0);
		if (good)
			assert_int_equal(second, table[i].second);
	}
}

static void second_closed_is_canonical(void **state)
{
	static const char want[] = "a3006d7365636f6e645f636c6f736564011a6ab13b800218c8";
	char hex[129];
	uint8_t bytes[64];
	size_t size = seal_second_closed(bytes, 1790000000, 200);

	(void)state;
	hex_encode(hex, sizeof(hex), slice_of(bytes, size));
	assert_string_equal(hex, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_of_0_to_300_leaves),
		cmocka_unit_test(root_of_known_trees),
		cmocka_unit_test(keys_sort_by_time),
		cmocka_unit_test(event_keys_are_read),
		cmocka_unit_test(second_closed_is_canonical),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
