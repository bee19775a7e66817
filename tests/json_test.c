/* tests/json_test.c - what is JSON, what only looks like it, and the way out. Without it a body
 * that two parsers read differently could pass as one request.
 */
#include "core/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void texts_that_are_json(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} table[] = {
		{ "null", JSON_NULL },
		{ "true", JSON_BOOL },
		{ "false", JSON_BOOL },
		{ "0", JSON_NUMBER },
		{ "-0", JSON_NUMBER },
		{ "-1.5e+10", JSON_NUMBER },
		{ "1E400", JSON_NUMBER },
		{ "0.1", JSON_NUMBER },
		{ "0e0", JSON_NUMBER },
		{ "\"\"", JSON_TEXT },
		{ "[]", JSON_ARRAY },
		{ "{}", JSON_OBJECT },
		{ " \t\r\n[ ] \n", JSON_ARRAY },
		{ "{ \"a\" : [ 1 , 2 ] }", JSON_OBJECT },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_TEXT },
		{ "\"\x7f\"", JSON_TEXT },
		{ "\"\\ud83d\\ude83\"", JSON_TEXT },
		{ "\"九州\"", JSON_TEXT },
		{ "{\"a\":1,\"A\":2,\"\":3}", JSON_OBJECT },
		{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", JSON_ARRAY },
		{ "\"[[[[[[[[[[[[[[[[[[[[[[[[[[\"", JSON_TEXT },
		{ "[{\"a\":1},{\"a\":2}]", JSON_ARRAY },
		{ "{\"a\":{\"a\":{\"a\":1}}}", JSON_OBJECT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct json *root;
		size_t at;
		enum json_error error = json_parse(&root, &at, slice_text(table[i].text));

		if (error != JSON_OK)
			fail_msg("%s: %s", table[i].text, json_error_text(error));
		assert_int_equal(json_type(root), table[i].type);
		json_free(root);
	}
}

static const struct refusal {
	const char *text;
	enum json_error error;
	size_t at;
} refusals[] = {
	{ "", JSON_SYNTAX, 0 },
	{ "  ", JSON_SYNTAX, 2 },
	{ "nul", JSON_SYNTAX, 3 },
	{ "True", JSON_SYNTAX, 0 },
	{ "nulL", JSON_SYNTAX, 3 },
	{ "NaN", JSON_SYNTAX, 0 },
	{ "Infinity", JSON_SYNTAX, 0 },
	{ "-Infinity", JSON_SYNTAX, 1 },
	{ "01", JSON_SYNTAX, 1 },
	{ "-01", JSON_SYNTAX, 2 },
	{ "+1", JSON_SYNTAX, 0 },
	{ "-", JSON_SYNTAX, 1 },
	{ ".5", JSON_SYNTAX, 0 },
	{ "1.", JSON_SYNTAX, 2 },
	{ "1.e5", JSON_SYNTAX, 2 },
	{ "1e", JSON_SYNTAX, 2 },
	{ "1e+", JSON_SYNTAX, 3 },
	{ "0x10", JSON_SYNTAX, 1 },
	{ "1 2", JSON_SYNTAX, 2 },
	{ "1_000", JSON_SYNTAX, 1 },
	{ "{} {}", JSON_SYNTAX, 3 },
	{ "[1,]", JSON_SYNTAX, 3 },
	{ "[,1]", JSON_SYNTAX, 1 },
	{ "[1 2]", JSON_SYNTAX, 3 },
	{ "[", JSON_SYNTAX, 1 },
	{ "]", JSON_SYNTAX, 0 },
	{ "[1}", JSON_SYNTAX, 2 },
	{ "{", JSON_SYNTAX, 1 },
	{ "{\"a\"}", JSON_SYNTAX, 4 },
	{ "{\"a\":}", JSON_SYNTAX, 5 },
	{ "{\"a\":1,}", JSON_SYNTAX, 7 },
	{ "{a:1}", JSON_SYNTAX, 1 },
	{ "{'a':1}", JSON_SYNTAX, 1 },
	{ "{1:1}", JSON_SYNTAX, 1 },
	{ "{\"a\":1 \"b\":2}", JSON_SYNTAX, 7 },
	{ "{\"a\":1", JSON_SYNTAX, 6 },
	{ "\"", JSON_SYNTAX, 1 },
	{ "\"abc", JSON_SYNTAX, 4 },
	{ "\"a\nb\"", JSON_SYNTAX, 2 },
	{ "\"a\tb\"", JSON_SYNTAX, 2 },
	{ "\"\\x41\"", JSON_SYNTAX, 2 },
	{ "\"\\", JSON_SYNTAX, 2 },
	{ "\"\\\"", JSON_SYNTAX, 3 },
	{ "\"\\u12\"", JSON_SYNTAX, 5 },
	{ "\"\\u12g4\"", JSON_SYNTAX, 5 },
	{ "\"\\u0000\"", JSON_SYNTAX, 7 },
	{ "{\"a\\u0000b\":1}", JSON_SYNTAX, 9 },
	{ "\"\\ud800\"", JSON_SYNTAX, 7 },
	{ "\"\\udc00\"", JSON_SYNTAX, 7 },
	{ "\"\\ud800\\u0041\"", JSON_SYNTAX, 13 },
	{ "\"\\ud800\\ud800\"", JSON_SYNTAX, 13 },
	{ "\"\\ud800\\n\"", JSON_SYNTAX, 8 },
	{ "/* */ 1", JSON_SYNTAX, 0 },
	{ "1 // one", JSON_SYNTAX, 2 },
	{ "\xef\xbb\xbf{}", JSON_SYNTAX, 0 }, /* A byte-order mark. */
	{ "\xc2\xa0"
	  "1",
	  JSON_SYNTAX, 0 }, /* White space, but not JSON's. */
	{ "1\x0c", JSON_SYNTAX, 1 },
	/* 64 digits, one more than cJSON can take. */
	{ "[1111111111222222222233333333334444444444555555555566666666667777]", JSON_SYNTAX, 65 },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", JSON_TOO_DEEP, 16 },
	{ "[[[[[[[[[[[[[[[[{", JSON_TOO_DEEP, 16 },
	{ "{\"a\":1,\"b\":2,\"a\":3}", JSON_DUPLICATE_KEY, 13 },
	{ "{\"\":1,\"\":2}", JSON_DUPLICATE_KEY, 6 },
	{ "{\"a\":1,\"\\u0061\":2}", JSON_DUPLICATE_KEY, 7 },
	{ "[0,{\"x\":{\"k\":\"1, \\\"2\",\"k\":-3}}]", JSON_DUPLICATE_KEY, 22 },
	{ "{\"b\":0,\"a\":0,\"a\":0,\"b\":0}", JSON_DUPLICATE_KEY, 13 }, /* The first to repeat. */
	{ "\"\xff\"", JSON_NOT_UTF8, 1 },
	{ "\"ab\xc0\x80\"", JSON_NOT_UTF8, 3 },
	{ "\"\xed\xa0\x80\"", JSON_NOT_UTF8, 1 },
	{ "\"\xf4\x90\x80\x80\"", JSON_NOT_UTF8, 1 },
	{ "\"\xe4\xb9\"", JSON_NOT_UTF8, 1 },
	{ "{}\x80", JSON_NOT_UTF8, 2 },
};

static void check_refusal(const struct refusal *refusal, struct slice text)
{
	/* In memory of its very size, so that a sanitizer sees a step past the end. */
	uint8_t *copy = malloc(text.size > 0 ? text.size : 1);
	struct json *root = NULL;
	size_t at = 0;
	enum json_error error;

	mem_copy(copy, text.data, text.size);
	error = json_parse(&root, &at, slice_of(copy, text.size));
	if (error != refusal->error || at != refusal->at || root != NULL)
		fail_msg("%s: %s at %zu", refusal->text, json_error_text(error), at);
	free(copy);
}

static void texts_that_only_look_like_json(void **state)
{
	const struct refusal nul = { "NUL", JSON_SYNTAX, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		check_refusal(&refusals[i], slice_text(refusals[i].text));
	check_refusal(&nul, slice_of("1\0", 2));
	check_refusal(&nul, slice_of("\"\0\"", 3));
	check_refusal(&nul, slice_of("[\0]", 3));
}

/* Cutting a good text anywhere leaves no JSON. */
static void no_beginning_is_enough(void **state)
{
	static const char text[] =
	    "{\"a\":[1,-2.5e3,true,null],\"b\\n\":{\"\\ud83d\\ude83\":\"九\"}}";

	(void)state;
	for (size_t size = 0; size <= sizeof(text) - 1; size++) {
		uint8_t *copy = malloc(size + 1);
		struct json *root;
		size_t at;

		mem_copy(copy, text, size);
		copy[size] = '}';
		if (size < sizeof(text) - 1)
			assert_int_not_equal(json_parse(&root, &at, slice_of(copy, size)), JSON_OK);
		else
			assert_int_equal(json_parse(&root, &at, slice_of(copy, size)), JSON_OK);
		json_free(root);
		free(copy);
	}
}

static void size_has_a_limit(void **state)
{
	char *text = malloc(JSON_SIZE_MAX + 1);
	struct json *root;
	size_t at;

	(void)state;
	memset(text, ' ', JSON_SIZE_MAX + 1);
	text[0] = '1';
	assert_int_equal(json_parse(&root, &at, slice_of(text, JSON_SIZE_MAX)), JSON_OK);
	json_free(root);
	assert_int_equal(json_parse(&root, &at, slice_of(text, JSON_SIZE_MAX + 1)), JSON_TOO_LARGE);
	assert_null(root);
	assert_int_equal(at, JSON_SIZE_MAX);
	free(text);
}

/* As many keys as a body can hold, each different but the last. */
static void many_keys_are_compared(void **state)
{
	char *text = malloc(JSON_SIZE_MAX);
	struct writer w = { .data = (uint8_t *)text, .size = JSON_SIZE_MAX };
	struct json *root;
	size_t at, wanted;

	(void)state;
	write_text(&w, "{");
	for (uint64_t i = 0; i < 20000; i++) {
		write_text(&w, "\"");
		write_decimal(&w, i * 7919 % 20000, 5);
		write_text(&w, "\":1,");
	}
	wanted = w.used;
	write_text(&w, "\"12345\":1}");
	assert_false(w.failed);
	assert_int_equal(json_parse(&root, &at, slice_of(text, w.used)), JSON_DUPLICATE_KEY);
	assert_int_equal(at, wanted);
	text[wanted + 1] = 'x';
	assert_int_equal(json_parse(&root, &at, slice_of(text, w.used)), JSON_OK);
	assert_int_equal(json_count(root), 20001);
	json_free(root);
	free(text);
}

static void integers_are_exact_or_none(void **state)
{
	static const struct {
		const char *text;
		bool fine;
		int64_t value;
	} table[] = {
		{ "0", true, 0 },
		{ "-1", true, -1 },
		{ "9007199254740991", true, JSON_INT_MAX },
		{ "-9007199254740991", true, -JSON_INT_MAX },
		{ "9007199254740992", false, 0 },
		{ "9007199254740993", false, 0 },
		{ "-9007199254740992", false, 0 },
		{ "9223372036854775807", false, 0 },
		{ "18446744073709551617", false, 0 },
		{ "1e400", false, 0 },
		{ "1.0", false, 0 },
		{ "1.5", false, 0 },
		{ "1e2", false, 0 },
		{ "1E0", false, 0 },
		{ "100e-2", false, 0 },
		{ "-0", false, 0 },
		{ "0.99999999999999999999999", false, 0 },
		{ "\"1\"", false, 0 },
		{ "true", false, 0 },
		{ "null", false, 0 },
		{ "[1]", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct json *root;
		int64_t value = 42;
		size_t at;

		assert_int_equal(json_parse(&root, &at, slice_text(table[i].text)), JSON_OK);
		if (json_int(root, &value) != table[i].fine ||
		    value != (table[i].fine ? table[i].value : 42))
			fail_msg("%s", table[i].text);
		json_free(root);
	}
}

/* Digits in strings and keys must not be taken for the numbers beside them. */
static void each_number_keeps_its_own_mark(void **state)
{
	struct json *root;
	const struct json *list;
	int64_t value;
	size_t at;

	(void)state;
	assert_int_equal(
	    json_parse(&root, &at,
		       SLICE("{\"1.5\":\"2e2 \\\" -3\",\"n\":[1.5,7,\"8\",{\"9\":-10},1e1,12]}")),
	    JSON_OK);
	list = json_first(json_get(root, "n"));
	assert_false(json_int(list, &value));
	list = json_next(list);
	assert_true(json_int(list, &value) && value == 7);
	list = json_next(json_next(list));
	assert_true(json_int(json_get(list, "9"), &value) && value == -10);
	list = json_next(list);
	assert_false(json_int(list, &value));
	list = json_next(list);
	assert_true(json_int(list, &value) && value == 12);
	assert_null(json_next(list));
	json_free(root);
}

static void a_tree_is_walked(void **state)
{
	struct json *root;
	bool flag = false;
	int64_t value;
	size_t at;

	(void)state;
	assert_int_equal(json_parse(&root, &at,
				    SLICE("{\"a\":true,\"A\":[null,\"\\ud83d\\ude83\"],\"b\":{}}")),
			 JSON_OK);
	assert_int_equal(json_count(root), 3);
	assert_string_equal(json_name(json_first(root)), "a");
	assert_true(json_bool(json_get(root, "a"), &flag) && flag);
	assert_false(json_bool(json_get(root, "b"), &flag));
	assert_false(json_int(json_get(root, "a"), &value));
	assert_int_equal(json_type(json_get(root, "A")), JSON_ARRAY); /* Not "a". */
	assert_true(slice_is(json_text(json_next(json_first(json_get(root, "A")))), "🚃"));
	assert_null(json_get(root, "c"));
	assert_null(json_get(json_get(root, "A"), "a")); /* An array has no members. */
	assert_null(json_first(json_get(root, "b")));
	assert_null(json_next(json_get(root, "b")));
	assert_int_equal(json_count(json_get(root, "b")), 0);
	json_free(root);
	json_free(NULL);
}

static void what_is_written_is_json(void **state)
{
	static const char wanted[] = "{\"n\":-9223372036854775808,\"t\":"
				     "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\x7f九\","
				     "\"list\":[1,[],{},true,null,{\"x\":false}],\"k\\\"\":[],"
				     "\"raw\":{\"y\":1},\"bad\":\"a\xef\xbf\xbd"
				     "b\xef\xbf\xbd\",\"z\":0}";
	uint8_t data[512];
	struct writer w = { .data = data, .size = sizeof(data) };
	struct json_out out;
	struct json *root;
	size_t at;

	(void)state;
	json_begin(&out, &w);
	json_object(&out, NULL);
	json_put_int(&out, "n", INT64_MIN);
	json_put_text(&out, "t", SLICE("a\"\\\b\f\n\r\t\x01\x1f/\x7f九"));
	json_array(&out, "list");
	json_put_int(&out, NULL, 1);
	json_array(&out, NULL);
	json_array_end(&out);
	json_object(&out, NULL);
	json_object_end(&out);
	json_put_bool(&out, NULL, true);
	json_put_null(&out, NULL);
	json_object(&out, NULL);
	json_put_bool(&out, "x", false);
	json_object_end(&out);
	json_array_end(&out);
	json_array(&out, "k\"");
	json_array_end(&out);
	json_put_raw(&out, "raw", SLICE("{\"y\":1}"));
	json_put_text(&out, "bad",
		      SLICE("a\xff"
			    "b\xe4"));
	json_put_int(&out, "z", 0);
	json_object_end(&out);
	assert_false(w.failed);
	assert_int_equal(w.used, sizeof(wanted) - 1);
	assert_memory_equal(data, wanted, w.used);
	assert_int_equal(json_parse(&root, &at, slice_of(data, w.used)), JSON_OK);
	assert_true(slice_is(json_text(json_get(root, "t")), "a\"\\\b\f\n\r\t\x01\x1f/\x7f九"));
	json_free(root);
	for (w.size = 0; w.size < sizeof(wanted) - 1; w.size++) {
		w.used = 0;
		w.failed = false;
		json_begin(&out, &w);
		json_put_raw(&out, NULL, slice_of(wanted, sizeof(wanted) - 1));
		assert_true(w.failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_are_json),
		cmocka_unit_test(texts_that_only_look_like_json),
		cmocka_unit_test(no_beginning_is_enough),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(many_keys_are_compared),
		cmocka_unit_test(integers_are_exact_or_none),
		cmocka_unit_test(each_number_keeps_its_own_mark),
		cmocka_unit_test(a_tree_is_walked),
		cmocka_unit_test(what_is_written_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
