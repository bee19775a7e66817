/* tests/csv_test.c - rows as they are meant and as they come. Without it one stray quote could cost
 * an operator every departure below it.
 */
#include "core/csv.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows as "line:field|field|...;" */
struct notes {
	char text[256];
	size_t used;
	int rows, stop_after;
};

static bool note(void *to, const struct csv_row *row)
{
	struct notes *notes = to;
	struct writer w = { (uint8_t *)notes->text, sizeof(notes->text) - 1, notes->used, false };

	write_decimal(&w, row->line, 1);
	for (uint32_t i = 0; i < row->count; i++) {
		write_text(&w, i == 0 ? ":" : "|");
		write_bytes(&w, row->fields[i]);
	}
	write_text(&w, ";");
	notes->used = w.used;
	notes->text[w.used] = '\0';
	return ++notes->rows != notes->stop_after;
}

static void rows_are_read(void **state)
{
	static const struct {
		const char *text;
		enum csv_status status;
		uint32_t line;
		const char *rows;
	} table[] = {
		{ "", CSV_OK, 0, "" },
		{ "\n", CSV_OK, 1, "" },
		{ "\xef\xbb\xbf", CSV_OK, 0, "" },
		{ "a,b\n1,2\n", CSV_OK, 2, "1:a|b;2:1|2;" },
		{ "a,b\r\n1,2\r\n", CSV_OK, 2, "1:a|b;2:1|2;" },
		{ "a,b\r1,2\r", CSV_OK, 2, "1:a|b;2:1|2;" },
		{ "a,b\n1,2", CSV_OK, 2, "1:a|b;2:1|2;" },
		{ "\xef\xbb\xbf"
		  "a,b\n",
		  CSV_OK, 1, "1:a|b;" },
		{ "\xef\xbb\xbf\"a\",b\n", CSV_OK, 1, "1:a|b;" },
		{ "\n\r\na\n\n\nb\n\n", CSV_OK, 7, "3:a;6:b;" },
		{ ",\n", CSV_OK, 1, "1:|;" },
		{ "a,\n,b", CSV_OK, 2, "1:a|;2:|b;" },
		{ "a,", CSV_OK, 1, "1:a|;" },
		{ "\"\"\n", CSV_OK, 1, "1:;" },
		{ "\"\"", CSV_OK, 1, "1:;" },
		{ " a , b \n", CSV_OK, 1, "1: a | b ;" },
		{ "\" a \",\"b,c\"\n", CSV_OK, 1, "1: a |b,c;" },
		{ "\"say \"\"hi\"\"\",2\n", CSV_OK, 1, "1:say \"hi\"|2;" },
		{ "\"\"\"\"\n", CSV_OK, 1, "1:\";" },
		{ "x\n\"a\nb\r\n\nc\",d\ne\n", CSV_OK, 6, "1:x;2:a\nb\r\n\nc|d;6:e;" },
		{ "\n\"\n\"\nb", CSV_OK, 4, "2:\n;4:b;" },
		{ "a\n\n\"x\ny\"", CSV_OK, 4, "1:a;3:x\ny;" },
		{ "博多,大分\n", CSV_OK, 1, "1:博多|大分;" },
		{ "  \n", CSV_OK, 1, "1:  ;" },
		{ "\t\n", CSV_OK, 1, "1:\t;" },
		/* Quotes out of place. */
		{ "a\nb\"c\n", CSV_BAD_QUOTE, 2, "1:a;" },
		{ "\"a\"b,c\n", CSV_BAD_QUOTE, 1, "" },
		{ "\"a\" ,c\n", CSV_BAD_QUOTE, 1, "" },
		{ "x, \"a\"\n", CSV_BAD_QUOTE, 1, "" },
		{ "a\nb\n\"c\nd\ne\n", CSV_BAD_QUOTE, 3, "1:a;2:b;" },
		{ "\"", CSV_BAD_QUOTE, 1, "" },
		{ "a,\"b", CSV_BAD_QUOTE, 1, "" },
		{ "\"a\"\"", CSV_BAD_QUOTE, 1, "" },
		/* Another encoding. */
		{ "a\nb\n\x94\x8e\x91\xbd\nc\n", CSV_NOT_UTF8, 3, "1:a;2:b;" },
		{ "\xff\xfe"
		  "a",
		  CSV_NOT_UTF8, 1, "" },
		{ "a,\"\n\xe4\xb9\n\x9d\"", CSV_NOT_UTF8, 2, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct slice text = slice_text(table[i].text);
		uint8_t *copy = malloc(text.size + 1);
		struct notes notes = { 0 };
		uint32_t line = 99;
		enum csv_status status;

		mem_copy(copy, text.data, text.size);
		status = csv_read(slice_of(copy, text.size), note, &notes, &line);
		if (status != table[i].status || line != table[i].line)
			fail_msg("%s: %s, line %u", table[i].text, csv_status_text(status), line);
		assert_string_equal(notes.text, table[i].rows);
		free(copy);
	}
}

static void the_reader_stops_when_told(void **state)
{
	struct notes notes = { .stop_after = 2 };
	uint32_t line;

	(void)state;
	assert_int_equal(csv_read(SLICE("a\n\nb\nc\"\n"), note, &notes, &line), CSV_STOPPED);
	assert_int_equal(line, 3);
	assert_string_equal(notes.text, "1:a;3:b;");
	notes = (struct notes){ .stop_after = 1 };
	assert_int_equal(csv_read(SLICE("a"), note, &notes, &line), CSV_STOPPED);
}

static bool count_columns(void *to, const struct csv_row *row)
{
	*(uint32_t *)to = row->count;
	return true;
}

static void columns_have_a_limit(void **state)
{
	char text[CSV_COLUMN_COUNT_MAX + 1];
	uint32_t count = 0, line;

	(void)state;
	memset(text, ',', sizeof(text));
	assert_int_equal(csv_read(slice_of(text, CSV_COLUMN_COUNT_MAX - 1), count_columns, &count,
				  &line),
			 CSV_OK);
	assert_int_equal(count, CSV_COLUMN_COUNT_MAX);
	count = 0;
	assert_int_equal(csv_read(slice_of(text, CSV_COLUMN_COUNT_MAX), count_columns, &count,
				  &line),
			 CSV_TOO_MANY_COLUMNS);
	text[CSV_COLUMN_COUNT_MAX] = '\n';
	assert_int_equal(csv_read(slice_of(text, sizeof(text)), count_columns, &count, &line),
			 CSV_TOO_MANY_COLUMNS);
	assert_int_equal(count, 0);
	assert_int_equal(line, 1);
}

static void a_row_has_a_limit(void **state)
{
	char *text = malloc(CSV_ROW_SIZE_MAX + 1);
	uint32_t count = 0, line;

	(void)state;
	memset(text, 'a', CSV_ROW_SIZE_MAX + 1);
	assert_int_equal(csv_read(slice_of(text, CSV_ROW_SIZE_MAX), count_columns, &count, &line),
			 CSV_OK);
	assert_int_equal(csv_read(slice_of(text, CSV_ROW_SIZE_MAX + 1), count_columns, &count,
				  &line),
			 CSV_ROW_TOO_LONG);
	/* A quote never closed, over many lines. */
	memset(text, '\n', CSV_ROW_SIZE_MAX + 1);
	text[1] = '"';
	assert_int_equal(csv_read(slice_of(text, CSV_ROW_SIZE_MAX + 1), count_columns, &count,
				  &line),
			 CSV_BAD_QUOTE);
	assert_int_equal(line, 2);
	text[0] = '"';
	text[1] = '\n';
	assert_int_equal(csv_read(slice_of(text, CSV_ROW_SIZE_MAX + 1), count_columns, &count,
				  &line),
			 CSV_ROW_TOO_LONG);
	free(text);
}

static void fields_are_written(void **state)
{
	static const struct {
		const char *field, *text;
	} table[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ " spaces ", " spaces " },
		{ "九州", "九州" },
		{ "a,b", "\"a,b\"" },
		{ "a\"b", "\"a\"\"b\"" },
		{ "\"", "\"\"\"\"" },
		{ "a\nb", "\"a\nb\"" },
		{ "a\rb", "\"a\rb\"" },
		{ "=1+1", "\"'=1+1\"" },
		{ "+81", "\"'+81\"" },
		{ "-1", "\"'-1\"" },
		{ "@sum", "\"'@sum\"" },
		{ "\tx", "\"'\tx\"" },
		{ "\r=1", "\"'\r=1\"" },
		{ "=\"a\"", "\"'=\"\"a\"\"\"" },
		{ "1-1", "1-1" },
		{ "'=1", "'=1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint8_t data[64];
		struct writer w = { .data = data, .size = sizeof(data) };

		csv_put_field(&w, slice_text(table[i].field), false);
		assert_int_equal(data[--w.used], ',');
		if (!slice_is(slice_of(data, w.used), table[i].text))
			fail_msg("%s", table[i].field);
	}
}

static void what_is_written_is_read(void **state)
{
	uint8_t data[128];
	struct writer w = { .data = data, .size = sizeof(data) };
	struct notes notes = { 0 };
	uint32_t line;

	(void)state;
	csv_put_field(&w, SLICE("a,\"b\"\r\n"), false);
	csv_put_int(&w, INT64_MIN, false);
	csv_put_int(&w, -5, true);
	csv_put_field(&w, SLICE("=x"), true);
	assert_false(w.failed);
	assert_int_equal(csv_read(slice_of(data, w.used), note, &notes, &line), CSV_OK);
	assert_string_equal(notes.text, "1:a,\"b\"\r\n|-9223372036854775808|-5;3:'=x;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read),
		cmocka_unit_test(the_reader_stops_when_told),
		cmocka_unit_test(columns_have_a_limit),
		cmocka_unit_test(a_row_has_a_limit),
		cmocka_unit_test(fields_are_written),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
