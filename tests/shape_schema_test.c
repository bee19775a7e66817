/* tests/shape_schema_test.c - what /openapi.json is told; tables that lie about their structs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/shape_pass.h"

static void test_schema(void **state)
{
	static const char *const parts[] = {
		"\"owner\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]{1,32}$\"}",
		"\"id\":{\"type\":\"string\",\"format\":\"uuid\"}",
		"\"zone\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":200}",
		"\"open\":{\"type\":\"boolean\"}",
		"\"at\":{\"type\":\"string\",\"format\":\"date-time\"}",
		"\"day\":{\"type\":\"string\",\"format\":\"date\"}",
		"\"month\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-(0[1-9]|1[0-2])$\"}",
		"\"mode\":{\"type\":\"string\",\"enum\":[\"rail\",\"bus\",\"ship\"]}",
		"\"days\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[",
		"\"sun\"]},\"uniqueItems\":true}",
		"\"key\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{10}$\",",
		"\"home\":{\"$ref\":\"#/components/schemas/Leg\"}",
		"\"legs\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Leg\"},",
		"\"maxItems\":3}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (strstr(shaped_schema(&shaped_pass, false), parts[i]) == NULL)
			fail_msg("not there: %s", parts[i]);
	assert_string_equal(
	    shaped_schema(&shaped_card, false),
	    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":2,"
	    "\"maxLength\":12,\"description\":\"What it is called.\"},\"level\":{\"type\":"
	    "\"integer\",\"minimum\":1,\"maximum\":9}},\"required\":[\"name\"],"
	    "\"additionalProperties\":false}");
	assert_string_equal(
	    shaped_schema(&shaped_card, true),
	    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":2,"
	    "\"maxLength\":12,\"description\":\"What it is called.\"},\"level\":{\"type\":"
	    "\"integer\",\"minimum\":0,\"maximum\":9},\"made_at\":{\"type\":\"string\",\"format\":"
	    "\"date-time\",\"readOnly\":true},\"scratch\":{\"type\":\"integer\",\"minimum\":0,"
	    "\"maximum\":99,\"readOnly\":true}},\"required\":[\"name\",\"made_at\"]}");
}

static void test_names(void **state)
{
	static const struct {
		const struct shape *shape;
		bool answer;
		const char *name;
		bool other;
	} rows[] = {
		{ &shaped_leg, false, "Leg", false },
		{ &shaped_leg, true, "Leg", false },
		{ &shaped_card, false, "Card", false },
		{ &shaped_card, true, "CardAnswer", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char name[SHAPE_NAME_SIZE];

		assert_int_equal(shape_schema_name(name, rows[i].shape, rows[i].answer),
				 rows[i].other);
		assert_string_equal(name, rows[i].name);
	}
}

/* A table that disagrees with its struct stops the program at its first use. */
static bool stops(const struct shape_field *fields, size_t size)
{
	const struct shape shape = { "Wrong", size, fields };
	pid_t child;
	int status;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		shaped_schema(&shape, false);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_tables_that_lie(void **state)
{
	struct wrong {
		uint8_t small;
		int16_t middle;
		uint8_t odd[3];
	};
	static const struct shape_field rows[][2] = {
		{ F_INT(struct wrong, small, 1, 0, 0, 256, ""), F_END },
		{ F_INT(struct wrong, small, 1, 0, -1, 128, ""), F_END },
		{ F_INT(struct wrong, middle, 1, 0, -32769, 0, ""), F_END },
		{ F_INT(struct wrong, middle, 1, 0, 2, 1, ""), F_END },
		{ F_INT(struct wrong, odd, 1, 0, 0, 1, ""), F_END },
		{ F_BOOL(struct wrong, middle, 1, 0, ""), F_END },
		{ F_UUID(struct wrong, odd, 1, 0, ""), F_END },
		{ F_TEXT(struct wrong, odd, 1, 0, 3, ""), F_END },
		{ F_SUBJECT(struct wrong, odd, 1, 0, ""), F_END },
		{ F_ENUM(struct wrong, middle, 1, 0, shaped_modes, ""), F_END },
		{ F_OBJECT(struct wrong, odd, 1, 0, &shaped_leg, ""), F_END },
	};
	static const struct shape_field good[] = { F_INT(struct wrong, small, 1, 0, 0, 255, ""),
						   F_END };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_true(stops(rows[i], sizeof(struct wrong)));
	assert_false(stops(good, sizeof(struct wrong)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_tables_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
