/* tests/shape_test.c - bodies in, answers out: what is refused, where, and why. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/shape_pass.h"

static const struct {
	const char *body, *code, *pointer;
} bad_bodies[] = {
	{ "[]", "WRONG_TYPE", "" },
	{ "null", "WRONG_TYPE", "" },
	{ "{}", "MISSING_FIELD", "/name" },
	{ "{\"nam\":\"x\"}", "UNKNOWN_FIELD", "/nam" },
	{ "{\"a/b~c\":1,\"name\":\"x\"}", "UNKNOWN_FIELD", "/a~1b~0c" },
	{ "{\"\":1,\"name\":\"x\"}", "UNKNOWN_FIELD", "/" },
	{ "{\"name\":null}", "WRONG_TYPE", "/name" },
	{ "{\"name\":1}", "WRONG_TYPE", "/name" },
	{ "{\"name\":\"\"}", "OUT_OF_RANGE", "/name" },
	{ "{\"name\":\"thirteen byte\"}", "OUT_OF_RANGE", "/name" },
	{ "{\"name\":\"a\\nb\"}", "BAD_FORMAT", "/name" },
	{ "{\"name\":\"a\xe2\x80\xae"
	  "b\"}",
	  "BAD_FORMAT", "/name" },
	{ "{\"name\":\"x\",\"owner\":\"JR\"}", "BAD_FORMAT", "/owner" },
	{ "{\"name\":\"x\",\"owner\":\"\"}", "BAD_FORMAT", "/owner" },
	{ "{\"name\":\"x\",\"owner\":\"a23456789012345678901234567890123\"}", "BAD_FORMAT",
	  "/owner" },
	{ "{\"name\":\"x\",\"id\":\"0192f7b45c007abc8def0123456789ab\"}", "BAD_FORMAT", "/id" },
	{ "{\"name\":\"x\",\"id\":\"00000000-0000-0000-0000-000000000000\"}", "OUT_OF_RANGE",
	  "/id" },
	{ "{\"name\":\"x\",\"price\":\"1\"}", "WRONG_TYPE", "/price" },
	{ "{\"name\":\"x\",\"price\":1.5}", "WRONG_TYPE", "/price" },
	{ "{\"name\":\"x\",\"price\":9007199254740993}", "WRONG_TYPE", "/price" },
	{ "{\"name\":\"x\",\"offset\":-721}", "OUT_OF_RANGE", "/offset" },
	{ "{\"name\":\"x\",\"offset\":2147483648}", "OUT_OF_RANGE", "/offset" },
	{ "{\"name\":\"x\",\"riders\":-1}", "OUT_OF_RANGE", "/riders" },
	{ "{\"name\":\"x\",\"riders\":4294967296}", "OUT_OF_RANGE", "/riders" },
	{ "{\"name\":\"x\",\"minutes\":65536}", "OUT_OF_RANGE", "/minutes" },
	{ "{\"name\":\"x\",\"zone\":201}", "OUT_OF_RANGE", "/zone" },
	{ "{\"name\":\"x\",\"balance\":-32769}", "OUT_OF_RANGE", "/balance" },
	{ "{\"name\":\"x\",\"open\":1}", "WRONG_TYPE", "/open" },
	{ "{\"name\":\"x\",\"at\":\"2027-04-01T09:00:00\"}", "BAD_FORMAT", "/at" },
	{ "{\"name\":\"x\",\"at\":\"1970-01-01T00:00:00Z\"}", "OUT_OF_RANGE", "/at" },
	{ "{\"name\":\"x\",\"at\":1}", "WRONG_TYPE", "/at" },
	{ "{\"name\":\"x\",\"day\":\"2027-02-29\"}", "BAD_FORMAT", "/day" },
	{ "{\"name\":\"x\",\"day\":\"1970-01-01\"}", "OUT_OF_RANGE", "/day" },
	{ "{\"name\":\"x\",\"day\":\"2200-01-01\"}", "OUT_OF_RANGE", "/day" },
	{ "{\"name\":\"x\",\"at\":\"2200-01-01T00:00:00+09:00\"}", "OUT_OF_RANGE", "/at" },
	{ "{\"name\":\"x\",\"day\":\"9999-12-31\"}", "OUT_OF_RANGE", "/day" },
	{ "{\"name\":\"x\",\"month\":\"2027-13\"}", "BAD_FORMAT", "/month" },
	{ "{\"name\":\"x\",\"month\":\"2027-04-01\"}", "BAD_FORMAT", "/month" },
	{ "{\"name\":\"x\",\"mode\":\"air\"}", "BAD_FORMAT", "/mode" },
	{ "{\"name\":\"x\",\"mode\":1}", "WRONG_TYPE", "/mode" },
	{ "{\"name\":\"x\",\"days\":\"mon\"}", "WRONG_TYPE", "/days" },
	{ "{\"name\":\"x\",\"days\":[\"mon\",1]}", "WRONG_TYPE", "/days/1" },
	{ "{\"name\":\"x\",\"days\":[\"mon\",\"day\"]}", "BAD_FORMAT", "/days/1" },
	{ "{\"name\":\"x\",\"days\":[\"mon\",\"tue\",\"mon\"]}", "BAD_FORMAT", "/days/2" },
	{ "{\"name\":\"x\",\"key\":\"AQIDBAUGBw==\"}", "BAD_FORMAT", "/key" },
	{ "{\"name\":\"x\",\"key\":\"AQIDBAUG\"}", "BAD_FORMAT", "/key" },
	{ "{\"name\":\"x\",\"key\":\"AQIDBAUGBwg\"}", "BAD_FORMAT", "/key" },
	{ "{\"name\":\"x\",\"key\":\"AAAAAAAAAA\"}", "OUT_OF_RANGE", "/key" },
	{ "{\"name\":\"x\",\"home\":[]}", "WRONG_TYPE", "/home" },
	{ "{\"name\":\"x\",\"home\":{}}", "MISSING_FIELD", "/home/yen" },
	{ "{\"name\":\"x\",\"home\":{\"yen\":1,\"stop\":\"a\"}}", "OUT_OF_RANGE", "/home/stop" },
	{ "{\"name\":\"x\",\"home\":{\"yen\":1,\"stop\":\"\"}}", "OUT_OF_RANGE", "/home/stop" },
	{ "{\"name\":\"x\",\"legs\":{}}", "WRONG_TYPE", "/legs" },
	{ "{\"name\":\"x\",\"legs\":[1]}", "WRONG_TYPE", "/legs/0" },
	{ "{\"name\":\"x\",\"legs\":[{\"yen\":1},{\"yen\":1},{\"yen\":-1}]}", "OUT_OF_RANGE",
	  "/legs/2/yen" },
	{ "{\"name\":\"x\",\"legs\":[{\"yen\":1},{\"yem\":1}]}", "UNKNOWN_FIELD", "/legs/1/yem" },
	{ "{\"name\":\"x\",\"legs\":[{},{},{},{}]}", "TOO_MANY_ITEMS", "/legs" },
};

static void test_bad_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_bodies); i++) {
		struct shape_error error;
		struct pass pass;

		if (shaped_read(&pass, &error, &shaped_pass, slice_text(bad_bodies[i].body)))
			fail_msg("accepted: %s", bad_bodies[i].body);
		if (strcmp(error.code, bad_bodies[i].code) != 0 ||
		    strcmp(error.pointer, bad_bodies[i].pointer) != 0)
			fail_msg("%s: %s at \"%s\"", bad_bodies[i].body, error.code, error.pointer);
		assert_true(strlen(error.detail) > 0);
	}
}

static void test_good_bodies(void **state)
{
	static const struct {
		const char *body;
		const char *answer;
	} rows[] = {
		{ shaped_full_body, shaped_full_body },
		{ "{\"name\":\"x\"}",
		  "{\"name\":\"x\",\"price\":0,\"offset\":0,\"riders\":0,\"minutes\":0,\"zone\":0,"
		  "\"balance\":0,\"open\":false,\"mode\":\"rail\",\"days\":[]}" },
		{ "{\"zone\":null,\"owner\":null,\"legs\":null,\"home\":null,\"name\":\"twelve "
		  "bytes\","
		  "\"mode\":null,\"days\":null,\"at\":null,\"id\":null,\"price\":null}",
		  "{\"name\":\"twelve bytes\",\"price\":0,\"offset\":0,\"riders\":0,\"minutes\":0,"
		  "\"zone\":0,\"balance\":0,\"open\":false,\"mode\":\"rail\",\"days\":[]}" },
		{ "{\"name\":\"x\",\"legs\":[],\"at\":\"2027-04-01T00:00:00.25Z\","
		  "\"id\":\"0192F7B4-5C00-7ABC-8DEF-0123456789AB\",\"balance\":32767}",
		  "{\"name\":\"x\",\"id\":\"0192f7b4-5c00-7abc-8def-0123456789ab\",\"price\":0,"
		  "\"offset\":0,\"riders\":0,\"minutes\":0,\"zone\":0,\"balance\":32767,"
		  "\"open\":false,\"at\":\"2027-04-01T09:00:00.250+09:00\",\"mode\":\"rail\","
		  "\"days\":[]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct shape_error error;
		uint8_t bytes[TEXT_SIZE];
		struct pass pass, again;

		assert_true(shaped_read(&pass, &error, &shaped_pass, slice_text(rows[i].body)));
		assert_null(error.code);
		assert_string_equal(shaped_answer(&shaped_pass, &pass), rows[i].answer);
		assert_true(shape_from_cbor(&again, &shaped_pass,
					    shaped_record(bytes, &shaped_pass, &pass)));
		assert_memory_equal(&pass, &again, sizeof(pass));
		assert_string_equal(shaped_answer(&shaped_pass, &again), rows[i].answer);
	}
}

/* A pointer that finds no room names the place around it, and never half a step. */
static void test_long_names(void **state)
{
	struct shape_error error;
	struct pass pass;
	char body[600], name[301];

	(void)state;
	for (size_t size = 60; size <= 300; size++) {
		memset(name, size % 2 == 0 ? '/' : 'n', size);
		name[size] = '\0';
		snprintf(body, sizeof(body), "{\"name\":\"x\",\"legs\":[{\"yen\":1,\"%s\":1}]}",
			 name);
		assert_false(shaped_read(&pass, &error, &shaped_pass, slice_text(body)));
		assert_string_equal(error.code, "UNKNOWN_FIELD");
		if (size % 2 == 0 || size > 95 - strlen("/legs/0/"))
			assert_string_equal(error.pointer, "/legs/0");
		else
			assert_int_equal(strlen(error.pointer), strlen("/legs/0/") + size);
	}
}

/* What is deeper than a step that found no room is not put in its place. */
static void test_long_step(void **state)
{
	struct outer {
		struct leg leg;
	};
	static const struct shape_field fields[] = {
		{ .name = "a_name_so_long_that_no_pointer_has_room_for_it__"
			  "a_name_so_long_that_no_pointer_has_room_for_it__",
		  .type = SHAPE_OBJECT,
		  .size = sizeof(struct leg),
		  .of = &shaped_leg,
		  .flags = SHAPE_REQUIRED },
		F_END,
	};
	static const struct shape shape = { "Outer", sizeof(struct outer), fields };
	struct shape_error error;
	struct outer outer;
	char body[200];

	(void)state;
	snprintf(body, sizeof(body), "{\"%s\":{\"yen\":-1}}", fields[0].name);
	assert_false(shaped_read(&outer, &error, &shape, slice_text(body)));
	assert_string_equal(error.code, "OUT_OF_RANGE");
	assert_string_equal(error.pointer, "");
}

static void test_enum_names_in_detail(void **state)
{
	static const char *const many[] = {
		"first_of_the_many_names",   "second_of_the_many_names",
		"third_of_the_many_names",   "fourth_of_the_many_names",
		"fifth_of_the_many_names",   "sixth_of_the_many_names",
		"seventh_of_the_many_names", NULL,
	};
	struct choice {
		uint8_t choice;
	};
	static const struct shape_field fields[] = { F_ENUM(struct choice, choice, 1, 0, many, ""),
						     F_END };
	static const struct shape shape = { "Choice", sizeof(struct choice), fields };
	struct shape_error error;
	struct choice choice;
	struct pass pass;

	(void)state;
	assert_false(
	    shaped_read(&pass, &error, &shaped_pass, SLICE("{\"name\":\"x\",\"mode\":\"\"}")));
	assert_string_equal(error.detail, "must be one of: rail, bus, ship");
	assert_false(shaped_read(&choice, &error, &shape, SLICE("{\"choice\":\"none\"}")));
	assert_non_null(strstr(error.detail, "fifth_of_the_many_names, ..."));
	assert_null(strstr(error.detail, "sixth"));
}

static void test_answer_and_secret_fields(void **state)
{
	static const char *const refused[][2] = {
		{ "{\"name\":\"abcde\",\"made_at\":\"2027-04-01T09:00:00+09:00\"}", "/made_at" },
		{ "{\"name\":\"abcde\",\"scratch\":1}", "/scratch" },
		{ "{\"name\":\"abcde\",\"digest\":\"AQIDBA\"}", "/digest" },
	};
	struct card card, again;
	struct shape_error error;
	uint8_t bytes[TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		assert_false(shaped_read(&card, &error, &shaped_card, slice_text(refused[i][0])));
		assert_string_equal(error.code, "UNKNOWN_FIELD");
		assert_string_equal(error.pointer, refused[i][1]);
	}
	assert_false(shaped_read(&card, &error, &shaped_card, SLICE("{\"name\":\"abcd\"}")));
	assert_string_equal(error.code, "OUT_OF_RANGE");
	assert_true(shaped_read(&card, &error, &shaped_card, SLICE("{\"name\":\"abcde\"}")));
	memcpy(card.digest, "\1\2\3\4", 4);
	card.scratch = 7;
	card.made_at = 1806537600000;
	assert_string_equal(
	    shaped_answer(&shaped_card, &card),
	    "{\"name\":\"abcde\",\"level\":0,\"made_at\":\"2027-04-01T09:00:00+09:00\","
	    "\"scratch\":7}");
	assert_true(
	    shape_from_cbor(&again, &shaped_card, shaped_record(bytes, &shaped_card, &card)));
	assert_memory_equal(again.digest, card.digest, 4);
	assert_int_equal(again.scratch, 0); /* Tag 0 is never stored. */
}

static void test_subjects(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "a", true },
		{ "jr-kyushu", true },
		{ "0", true },
		{ "-", true },
		{ "", false },
		{ "A", false },
		{ "a_b", false },
		{ "a b", false },
		{ "\xe4\xb9\x9d", false },
		{ "a2345678901234567890123456789012", true },
		{ "a23456789012345678901234567890123", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(subject_is_valid(slice_text(rows[i].text)), rows[i].good);
	assert_false(subject_is_valid(SLICE("a\0b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_good_bodies),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_long_step),
		cmocka_unit_test(test_enum_names_in_detail),
		cmocka_unit_test(test_answer_and_secret_fields),
		cmocka_unit_test(test_subjects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
