/* tests/config_test.c - settings that are taken, and every line that is not. Without it a slip of
 * the pen in a file could start the house with limits nobody chose.
 */
#include "core/config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/config_testXXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/h.ini", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void save(struct slice text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
	assert_int_equal(fclose(file), 0);
}

static bool same(const struct config *a, const struct config *b)
{
	return mem_equal(a, b, sizeof(*a));
}

static void defaults_lie_in_their_ranges(void **state)
{
	struct config config;

	(void)state;
	config_default(&config);
#define X(name, least, most, value, what)                                                          \
	assert_true(config.name == value && least <= value && value <= most);                      \
	assert_true(sizeof(what) > 10);
	CONFIG_SETTINGS(X)
#undef X
}

static void settings_are_taken(void **state)
{
	static const struct {
		const char *text;
		int64_t flow_count, http_timeout_s;
	} table[] = {
		{ "", 4096, 10 },
		{ "\n\n", 4096, 10 },
		{ "; nothing\n# nothing\n", 4096, 10 },
		{ "flow_count = 16\n", 16, 10 },
		{ "flow_count=65536", 65536, 10 },
		{ "flow_count: 17\r\nhttp_timeout_s = 300\r\n", 17, 300 },
		{ "[hitotsu]\nflow_count = 18 ; a few\n", 18, 10 },
		{ "http_timeout_s = 1\n[hitotsu]\nflow_count = 19\n", 19, 1 },
		{ "\xef\xbb\xbf"
		  "flow_count = 20\n",
		  20, 10 },
		{ "[hitotsu]\n  flow_count = 21  \n", 21, 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char error[CONFIG_ERROR_SIZE];
		struct config config, wanted;

		config_default(&config);
		config_default(&wanted);
		wanted.flow_count = table[i].flow_count;
		wanted.http_timeout_s = table[i].http_timeout_s;
		save(slice_text(table[i].text));
		if (!config_read(&config, path, error))
			fail_msg("%s: %s", table[i].text, error);
		assert_true(same(&config, &wanted));
		assert_string_equal(error, "");
	}
}

#define LONG_40 "0123456789012345678901234567890123456789"

static void lines_are_refused(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} table[] = {
		{ "flow_count = 15\n", 1, "give a whole number from 16 to 65536" },
		{ "flow_count = 65537\n", 1, "65537" },
		{ "\n\nflow_count = -16\n", 3, "flow_count = -16" },
		{ "flow_count = 0x20\n", 1, "flow_count" },
		{ "flow_count = 016\n", 1, "flow_count" },
		{ "flow_count = +16\n", 1, "flow_count" },
		{ "flow_count = 16.0\n", 1, "flow_count" },
		{ "flow_count = 16 17\n", 1, "flow_count" },
		{ "flow_count = 99999999999999999999\n", 1, "flow_count" },
		{ "flow_count =\n", 1, "flow_count" },
		{ "flow_count = many\n", 1, "many" },
		{ "flow_counts = 16\n", 1, "flow_counts is no setting" },
		{ "Flow_count = 16\n", 1, "Flow_count is no setting" },
		{ "= 16\n", 1, " is no setting" },
		{ "flow_count = 16\nflow_count = 16\n", 2, "flow_count is given twice" },
		{ "flow_count = 16\n[hitotsu]\nflow_count = 16\n", 3, "given twice" },
		{ "flow_count = 16\n  17\n", 2, "given twice" }, /* No continued lines. */
		{ "[hitotsu\nflow_count = 16\n", 1, "neither" },
		{ "[Hitotsu]\nflow_count = 16\n", 2, "[Hitotsu] is no section" },
		{ "[store]\nflow_count = 16\n", 2, "use [hitotsu]" },
		{ "flow_count\n", 1, "neither" },
		{ "\nhello\nflow_count = 1\n", 2, "neither" },
		{ "flow_count = 1\nhello\n", 1, "flow_count = 1 " },
		{ "flow_count = 16\n;" LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 "\n", 2,
		  "longer than" },
		{ LONG_40 LONG_40 "=" LONG_40 "\n", 1, "no setting" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char error[CONFIG_ERROR_SIZE], place[96];
		struct config config, before;

		config_default(&config);
		config.http_timeout_s = 33;
		before = config;
		save(slice_text(table[i].text));
		if (config_read(&config, path, error))
			fail_msg("taken: %s", table[i].text);
		assert_true(same(&config, &before));
		snprintf(place, sizeof(place), "%s:%d: ", path, table[i].line);
		if (strncmp(error, place, strlen(place)) != 0 ||
		    strstr(error, table[i].says) == NULL)
			fail_msg("%s: %s", table[i].text, error);
	}
}

static void a_nul_is_refused(void **state)
{
	char error[CONFIG_ERROR_SIZE];
	struct config config;

	(void)state;
	config_default(&config);
	save(slice_of("flow_count = 16\0 17\n", 20));
	assert_false(config_read(&config, path, error));
	assert_non_null(strstr(error, ":1: the line"));
}

static void a_file_that_is_not_there_is_told(void **state)
{
	char error[CONFIG_ERROR_SIZE], long_path[600];
	struct config config;

	(void)state;
	config_default(&config);
	unlink(path);
	assert_false(config_read(&config, path, error));
	assert_non_null(strstr(error, "h.ini: cannot be opened: No such file"));
	assert_false(config_read(&config, folder, error));
	assert_non_null(strstr(error, ": cannot be read: Is a directory"));
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_false(config_read(&config, long_path, error));
	assert_non_null(strstr(error, "cannot be opened"));
}

static void a_name_is_taken_or_refused(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: taken. */
	} table[] = {
		{ "log_origin = tickets.example.jp/log\n", NULL },
		{ "log_origin = x\n", NULL },
		{ "log_origin = a b\n", "log_origin = a b is refused" },
		{ "log_origin = a+b\n", "refused" },
		{ "log_origin =\n", "refused" },
		{ "log_origin = \xe4\xb9\x9d\n", "refused" },
		{ "log_origin = x\nlog_origin = x\n", ":2: log_origin is given twice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char error[CONFIG_ERROR_SIZE];
		struct config config;
		bool taken;

		config_default(&config);
		assert_string_equal(config.log_origin, "hitotsu.invalid/log");
		save(slice_text(table[i].text));
		taken = config_read(&config, path, error);
		assert_int_equal(taken, table[i].says == NULL);
		if (!taken)
			assert_non_null(strstr(error, table[i].says));
	}
}

static void the_document_is_itself_a_file(void **state)
{
	char text[4096], error[CONFIG_ERROR_SIZE];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };
	struct config config, defaults;

	(void)state;
	config_document(&w);
	assert_false(w.failed);
	text[w.used] = '\0';
	assert_non_null(
	    strstr(text,
		   "; commands that may be under way at once, 16 to 65536\nflow_count = 4096\n"));
	save(slice_of(text, w.used));
	config_default(&defaults);
	memset(&config, 0, sizeof(config));
	if (!config_read(&config, path, error))
		fail_msg("%s", error);
	assert_true(same(&config, &defaults)); /* So every setting is in it. */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_lie_in_their_ranges),
		cmocka_unit_test(settings_are_taken),
		cmocka_unit_test(lines_are_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_told),
		cmocka_unit_test(a_name_is_taken_or_refused),
		cmocka_unit_test(the_document_is_itself_a_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
