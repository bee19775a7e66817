/* tests/token_test.c - a token's text, the key of its record, and the record itself. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/crypto.h"
#include "core/token.h"

static void test_text(void **state)
{
	static const struct {
		uint8_t fill;
		const char *text;
	} rows[] = {
		{ 0x00, "hk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ 0xff, "hk_"
			"__________________________________________8" },
		{ 0xfb, "hk_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[TOKEN_TEXT_SIZE];
		uint8_t random[32];

		memset(random, rows[i].fill, sizeof(random));
		token_make(text, random);
		assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
		assert_string_equal(text, rows[i].text);
	}
}

/* FIPS 180-4's own examples stand in for a token: any text has a key. */
static void test_key(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{ "", "token/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "token/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char key[TOKEN_KEY_SIZE];

		token_key(key, slice_text(rows[i].text));
		assert_int_equal(strlen(key), TOKEN_KEY_SIZE - 1);
		assert_string_equal(key, rows[i].key);
	}
}

static void test_role_names(void **state)
{
	(void)state;
	assert_string_equal(call_role_names[ROLE_council], "council");
	assert_string_equal(call_role_names[ROLE_gate], "gate");
	assert_string_equal(call_role_names[ROLE_funder], "funder");
	assert_null(call_role_names[ROLE_COUNT]);
}

static void test_record(void **state)
{
	struct token token = { .role = ROLE_gate,
			       .subject = "hakata-1",
			       .made_at = 1795536000000,
			       .expires_at = 1806537600000,
			       .revoked = true };
	uint8_t bytes[128];
	struct writer w = { .data = bytes, .size = sizeof(bytes) };
	struct token again;

	(void)state;
	shape_to_cbor(&w, &token_shape, &token);
	assert_false(w.failed);
	assert_true(shape_from_cbor(&again, &token_shape, slice_of(bytes, w.used)));
	assert_int_equal(again.role, token.role);
	assert_string_equal(again.subject, token.subject);
	assert_int_equal(again.made_at, token.made_at);
	assert_int_equal(again.expires_at, token.expires_at);
	assert_true(again.revoked);
}

static void test_bodies(void **state)
{
	static const struct {
		const char *body, *code;
	} rows[] = {
		{ "{\"role\":\"gate\",\"subject\":\"hakata-1\"}", NULL },
		{ "{\"role\":\"council\"}", NULL },
		{ "{\"role\":\"auditor\",\"expires_at\":\"2027-04-01T09:00:00+09:00\"}", NULL },
		{ "{\"subject\":\"hakata-1\"}", "MISSING_FIELD" },
		{ "{\"role\":\"admin\"}", "BAD_FORMAT" },
		{ "{\"role\":\"gate\",\"revoked\":true}", "UNKNOWN_FIELD" },
		{ "{\"role\":\"gate\",\"made_at\":\"2027-04-01T09:00:00+09:00\"}",
		  "UNKNOWN_FIELD" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct shape_error error;
		struct token token;
		struct json *root;
		size_t at;
		bool good;

		assert_int_equal(json_parse(&root, &at, slice_text(rows[i].body)), JSON_OK);
		good = shape_from_json(&token, &error, &token_shape, root);
		json_free(root);
		assert_int_equal(good, rows[i].code == NULL);
		if (!good)
			assert_string_equal(error.code, rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),       cmocka_unit_test(test_key),
		cmocka_unit_test(test_role_names), cmocka_unit_test(test_record),
		cmocka_unit_test(test_bodies),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
