/* tests/receipt_test.c - receipts of groups of every size hold, and nothing else does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/receipt.h"
#include "tests/log_rig.h"

static struct receipt_group group;

static void sign_group(uint32_t count, struct sign_key *key)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = { 9 };

	sign_key_from_seed(key, seed);
	group.count = count;
	for (uint32_t i = 0; i < count; i++) {
		crypto_random(&group.of[i].leaf, sizeof(group.of[i].leaf));
		group.of[i].second = 1790000000 + i % 3;
	}
	receipt_sign(&group, "log.example", key);
}

/* The group's root is RFC 6962's of its leaves. */
static void check_root(const struct receipt *receipt)
{
	static struct seal_hash leaves[RECEIPT_GROUP_MAX];
	uint8_t root[SHA256_SIZE];

	for (uint32_t i = 0; i < group.count; i++) {
		uint8_t bytes[41] = { 0 };

		for (int k = 0; k < 8; k++)
			bytes[1 + k] = (uint8_t)((uint64_t)group.of[i].second >> (56 - 8 * k));
		for (int k = 0; k < 32; k++)
			bytes[9 + k] = group.of[i].leaf.bytes[k];
		sha256(leaves[i].bytes, slice_of(bytes, sizeof(bytes)));
	}
	rig_root(root, leaves, group.count);
	assert_memory_equal(root, receipt->root.bytes, SHA256_SIZE);
}

static void each_receipt_holds(void **state)
{
	static const uint32_t counts[] = { 1,  2,  3,  4,   5,   7,   8,    9,
					   31, 64, 65, 255, 256, 600, 1023, RECEIPT_GROUP_MAX };
	struct receipt receipt = { 0 };
	struct sign_key key;

	(void)state;
	for (size_t n = 0; n < COUNT_OF(counts); n++) {
		sign_group(counts[n], &key);
		for (uint32_t i = 0; i < counts[n]; i += 1 + counts[n] / 20) {
			receipt_of(&receipt, &group, i);
			assert_true(receipt_holds(&receipt, "log.example", key.public_key));
		}
		receipt_of(&receipt, &group, counts[n] - 1);
		assert_true(receipt_holds(&receipt, "log.example", key.public_key));
		check_root(&receipt);
	}
}

/* What is written by hand is what the table would write. */
static void its_json_reads_as_the_receipt(void **state)
{
	static const uint32_t counts[] = { 1, 2, 7, 1000 };
	struct sign_key key;

	(void)state;
	for (size_t n = 0; n < COUNT_OF(counts); n++) {
		struct receipt want = { 0 }, have;
		uint8_t room[RECEIPT_JSON_SIZE_MAX];
		struct writer to = { .data = room, .size = sizeof(room) };
		struct shape_error error;
		struct json *root;
		size_t at;

		sign_group(counts[n], &key);
		receipt_of(&want, &group, counts[n] / 2);
		receipt_write(&to, &group, counts[n] / 2);
		assert_false(to.failed);
		assert_int_equal(json_parse(&root, &at, slice_of(room, to.used)), JSON_OK);
		assert_true(shape_from_json(&have, &error, &receipt_shape, root));
		json_free(root);
		assert_string_equal(have.path, want.path);
		assert_true(receipt_holds(&have, "log.example", key.public_key));
		assert_int_equal(have.second, want.second);
		assert_int_equal(have.index, want.index);
		assert_int_equal(have.size, want.size);
		to = (struct writer){ .data = room, .size = 100 };
		receipt_write(&to, &group, 0);
		assert_true(to.failed);
	}
}

static void each_part_of_it_counts(void **state)
{
	struct receipt whole = { 0 }, other;
	struct sign_key key, stranger;
	uint8_t seed[SIGN_SEED_SIZE] = { 1 };

	(void)state;
	sign_group(100, &key);
	sign_key_from_seed(&stranger, seed);
	receipt_of(&whole, &group, 41);
	assert_false(receipt_holds(&whole, "log.exampl", key.public_key));
	assert_false(receipt_holds(&whole, "log.example", stranger.public_key));
	for (int part = 0; part < 8; part++) {
		other = whole;
		switch (part) {
		case 0:
			other.leaf.bytes[5] ^= 1;
			break;
		case 1:
			other.second++;
			break;
		case 2:
			other.index ^= 1;
			break;
		case 3:
			other.size = 200;
			break;
		case 4:
			other.path[3] = other.path[3] == 'A' ? 'B' : 'A';
			break;
		case 5:
			other.root.bytes[0] ^= 1;
			break;
		case 6:
			other.kid[0] ^= 1;
			break;
		default:
			other.signature[63] ^= 1;
			break;
		}
		assert_false(receipt_holds(&other, "log.example", key.public_key));
	}
	other = whole;
	other.path[0] = '\0';
	assert_false(receipt_holds(&other, "log.example", key.public_key));
	other.path[0] = '!';
	assert_false(receipt_holds(&other, "log.example", key.public_key));
	other = whole;
	other.size = 41;
	assert_false(receipt_holds(&other, "log.example", key.public_key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_receipt_holds),
		cmocka_unit_test(its_json_reads_as_the_receipt),
		cmocka_unit_test(each_part_of_it_counts),
	};

	MUST(crypto_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
