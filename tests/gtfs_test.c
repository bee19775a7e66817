/* tests/gtfs_test.c - an honest feed, and every refusal of a row or a feed, one a line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/feed_zip.h"

static bool is(struct slice text, const char *wanted)
{
	return slice_is(text, wanted);
}

/* --- An honest feed --- */

static void test_honest(void **state)
{
	struct feed_files f;
	struct gtfs *g;
	const struct gtfs_stop *stops;
	const struct gtfs_route *routes;

	(void)state;
	feed_files_honest(&f);
	g = feed_read(&f);
	assert_non_null(g);
	assert_int_equal(feed_report.note_count, 0);
	assert_int_equal(feed_report.refused_rows, 0);
	assert_int_equal(feed_report.file_count, 10);
	assert_string_equal(feed_report.publisher, "九州の町");
	stops = g->stops.items;
	routes = g->routes.items;
	assert_int_equal(g->stops.count, 4);
	assert_true(is(stops[0].name, "港") && is(stops[0].name_en, "Port"));
	assert_true(is(stops[0].name_kana, "みなと") && is(stops[0].zone, "Z1"));
	assert_true(is(stops[1].name_en, "Station") && stops[1].name_kana.size == 0);
	assert_int_equal(stops[1].lat_e7, 335900001);
	assert_int_equal(stops[2].lat_e7, -332500000);
	assert_true(is(routes[0].name_en, "Coast Line") && is(routes[0].via, "駅前"));
	assert_int_equal(routes[0].mode, MODE_bus);
	assert_int_equal(routes[1].mode, MODE_rail);
	assert_int_equal(routes[2].mode, MODE_ferry);
	assert_int_equal(routes[3].mode, MODE_bus);
	/* The longer of two trips, by its stop_sequence and not by the file. */
	assert_int_equal(routes[0].stop_count, 3);
	assert_true(is(stops[routes[0].stops[0]].id, "S1"));
	assert_true(is(stops[routes[0].stops[1]].id, "S2"));
	assert_true(is(stops[routes[0].stops[2]].id, "S3"));
	assert_int_equal(g->rules.count, 4);
}

/* --- A route that goes one way --- */

static const struct {
	const char *stop_times; /* Of T1 and T2, both of R1. */
	bool other_ways;
} way_cases[] = {
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S1,1\nT2,,,S3,2\n", false },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S3,9\nT2,,,S2,8\n", false },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S2,1\nT2,,,S1,2\n", true },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S1,0\nT2,,,S4,1\n", true },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S4,0\nT2,,,S3,1\n", true },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S3,3\nT2,,,S2,1\n", false },
	{ "T1,,,S1,1\nT1,,,S2,2\nT1,,,S1,3\nT2,,,S1,1\nT2,,,S2,2\n", true },
	{ "T1,,,S1,1\nT1,,,S2,2\n", false },
};

static void test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(way_cases); i++) {
		char text[400];
		struct feed_files f;
		struct gtfs *g;

		snprintf(text, sizeof(text),
			 "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n%s",
			 way_cases[i].stop_times);
		feed_files_honest(&f);
		feed_files_set(&f, "stop_times.txt", slice_text(text));
		g = feed_read(&f);
		assert_non_null(g);
		if (((struct gtfs_route *)g->routes.items)->other_ways != way_cases[i].other_ways)
			fail_msg("case %zu", i);
	}
}

/* --- A row that is refused --- */

static const struct {
	const char *file, *line, *code, *text; /* text: stands within what is told. */
} row_cases[] = {
	{ "agency.txt", "3000020401307_0,x,http://a", "TOO_FEW_FIELDS", "header" },
	{ "agency.txt", "a,b,c,d,e", "TOO_MANY_FIELDS", "header" },
	{ "agency.txt", ",x,,", "MISSING_VALUE", "agency_id" },
	{ "agency.txt", "3000020401307 ,x,,", "DUPLICATE_ID", "3000020401307" },
	{ "stops.txt", "S9,x,33", "TOO_FEW_FIELDS", "" },
	{ "stops.txt", "S1,x,33,130,Z1,0", "DUPLICATE_ID", "stop_id \"S1\"" },
	{ "stops.txt", ",x,33,130,Z1,0", "MISSING_VALUE", "stop_id" },
	{ "stops.txt", "S9,,33,130,Z1,0", "MISSING_VALUE", "stop_name" },
	{ "stops.txt", "S9,x,90.1,130,Z1,0", "OUT_OF_RANGE", "stop_lat \"90.1\"" },
	{ "stops.txt", "S9,x,90.0000001,130,Z1,0", "OUT_OF_RANGE", "stop_lat" },
	{ "stops.txt", "S9,x,33,-181,Z1,0", "OUT_OF_RANGE", "stop_lon" },
	{ "stops.txt", "S9,x,3e1,130,Z1,0", "BAD_NUMBER", "stop_lat" },
	{ "stops.txt", "S9,x,.,130,Z1,0", "BAD_NUMBER", "stop_lat" },
	{ "stops.txt", "S9,x,,130,Z1,0", "MISSING_VALUE", "stop_lat" },
	{ "stops.txt", "S9,x,33,130,Z1,5", "OUT_OF_RANGE", "location_type" },
	{ "stops.txt", "S9\x01,x,33,130,Z1,0", "NOT_PRINTABLE", "stop_id" },
	{ "stops.txt", "S9,x\xe2\x80\xae,33,130,Z1,0", "NOT_PRINTABLE", "stop_name" },
	{ "routes.txt", "R9,nobody,9,x,,3", "UNKNOWN_AGENCY", "agency_id \"nobody\"" },
	{ "routes.txt", "R9,,9,x,,3", "MISSING_VALUE", "agency_id" },
	{ "routes.txt", "R1,3000020401307,9,x,,3", "DUPLICATE_ID", "R1" },
	{ "routes.txt", "R9,3000020401307,9,x,,", "MISSING_VALUE", "route_type" },
	{ "routes.txt", "R9,3000020401307,9,x,,8", "OUT_OF_RANGE", "route_type \"8\"" },
	{ "routes.txt", "R9,3000020401307,9,x,,1500", "OUT_OF_RANGE", "route_type" },
	{ "routes.txt", "R9,3000020401307,9,x,,bus", "BAD_NUMBER", "route_type" },
	{ "fare_attributes.txt", "F1,100,JPY,0,0", "DUPLICATE_ID", "F1" },
	{ "fare_attributes.txt", "F9,-1,JPY,0,0", "OUT_OF_RANGE", "price \"-1\"" },
	{ "fare_attributes.txt", "F9,1000001,JPY,0,0", "OUT_OF_RANGE", "price" },
	{ "fare_attributes.txt", "F9,99999999999999999999999999,JPY,0,0", "OUT_OF_RANGE", "price" },
	{ "fare_attributes.txt", "F9,100.50,JPY,0,0", "YEN_FRACTION", "price \"100.50\"" },
	{ "fare_attributes.txt", "F9,,JPY,0,0", "MISSING_VALUE", "price" },
	{ "fare_attributes.txt", "F9,百円,JPY,0,0", "BAD_NUMBER", "price" },
	{ "fare_attributes.txt", "F9,1.0.0,JPY,0,0", "BAD_NUMBER", "price" },
	{ "fare_attributes.txt", "F9,1,USD,0,0", "NOT_YEN", "currency_type \"USD\"" },
	{ "fare_attributes.txt", "F9,1,JPY,2,0", "OUT_OF_RANGE", "payment_method" },
	{ "fare_attributes.txt", "F9,1,JPY,0,6", "OUT_OF_RANGE", "transfers" },
	{ "fare_attributes.txt", "F9,1,JPY,0", "TOO_FEW_FIELDS", "" },
	{ "fare_rules.txt", "F9,R1,Z1,Z2,", "UNKNOWN_FARE", "fare_id \"F9\"" },
	{ "fare_rules.txt", ",R1,Z1,Z2,", "MISSING_VALUE", "fare_id" },
	{ "fare_rules.txt", "F1,R9,Z1,Z2,", "UNKNOWN_ROUTE", "R9" },
	{ "fare_rules.txt", "F1,R1,Z9,Z2,", "UNKNOWN_ZONE", "origin_id \"Z9\"" },
	{ "fare_rules.txt", "F1,R1,Z1,Z9,", "UNKNOWN_ZONE", "destination_id \"Z9\"" },
	{ "fare_rules.txt", "F1,R1,Z1,Z2,Z3", "CONTAINS_NOT_SUPPORTED", "contains_id \"Z3\"" },
	{ "trips.txt", "R9,w,T9", "UNKNOWN_ROUTE", "R9" },
	{ "trips.txt", "R1,w,T1", "DUPLICATE_ID", "T1" },
	{ "trips.txt", "R1,w,", "MISSING_VALUE", "trip_id" },
	{ "stop_times.txt", "T9,1,1,S1,1", "UNKNOWN_TRIP", "T9" },
	{ "stop_times.txt", "T1,1,1,S9,1", "UNKNOWN_STOP", "S9" },
	{ "stop_times.txt", "T1,1,1,S1,-1", "OUT_OF_RANGE", "stop_sequence" },
	{ "stop_times.txt", "T1,1,1,S1,", "MISSING_VALUE", "stop_sequence" },
	{ "translations.txt", "stops,stop_name,,x,S1,,", "MISSING_VALUE", "language" },
	{ "translations.txt", ",stop_name,en,x,S1,,", "MISSING_VALUE", "table_name" },
};

static uint32_t count_lines(struct slice text)
{
	uint32_t lines = 0;

	for (size_t i = 0; i < text.size; i++)
		lines += text.data[i] == '\n';
	return lines;
}

static void test_row_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(row_cases); i++) {
		const struct gtfs_refusal *r = &feed_report.refusals[0];
		struct feed_files f;
		char *text;

		feed_files_honest(&f);
		text = feed_files_add_line(&f, row_cases[i].file, row_cases[i].line);
		if (feed_read(&f) == NULL)
			fail_msg("%s: the feed: %s", row_cases[i].line, feed_report.whole.text);
		if (feed_report.refused_rows != 1 || feed_report.refusal_count != 1 ||
		    strcmp(r->code, row_cases[i].code) != 0 ||
		    strcmp(r->file, row_cases[i].file) != 0 ||
		    r->line != count_lines(slice_text(text)) ||
		    strstr(r->text, row_cases[i].text) == NULL)
			fail_msg("%s: %s:%u %s %s", row_cases[i].line, r->file, r->line, r->code,
				 r->text);
		free(text);
	}
}

/* --- A feed that is refused --- */

#define CP932_FUKUOKA "\x95\x9f\x89\xaa"

static const struct {
	const char *file, *text, *code; /* text NULL: missing. */
	uint32_t line;
} feed_cases[] = {
	{ "agency.txt", NULL, "MISSING_FILE", 0 },
	{ "stops.txt", NULL, "MISSING_FILE", 0 },
	{ "routes.txt", NULL, "MISSING_FILE", 0 },
	{ "agency.txt", "", "NO_ROWS", 0 },
	{ "agency.txt", "agency_id,agency_name\n", "NO_ROWS", 0 },
	{ "agency.txt", "agency_name\nx\n", "MISSING_COLUMN", 1 },
	{ "stops.txt", "\nstop_id,stop_name,stop_lat\n", "MISSING_COLUMN", 2 },
	{ "agency.txt", "agency_id,agency_name,agency_id\na,b,c\n", "DUPLICATE_COLUMN", 1 },
	{ "agency.txt", "agency_id,agency_name\na," CP932_FUKUOKA "\n", "NOT_UTF8", 2 },
	{ "fare_rules.txt", "fare_id\nF1\n" CP932_FUKUOKA "\n", "NOT_UTF8", 3 },
	{ "translations.txt", "trans_id,lang,translation\n" CP932_FUKUOKA ",en,x\n", "NOT_UTF8",
	  2 },
	{ "agency.txt", "agency_id,agency_name\n\"a,b\nc,d\n", "BAD_QUOTES", 2 },
	{ "agency.txt", "agency_id,agency_name\n\"a\"x,b\n", "BAD_QUOTES", 2 },
	{ "agency.txt", "agency_id,agency_name\na,b\nc\n", "TOO_MANY_ROWS_REFUSED", 0 },
	{ "fare_attributes.txt",
	  "fare_id,price,currency_type\nF1,1,JPY\nF2,2,JPY\nF3,3,JPY\nF4,x,JPY\n",
	  "TOO_MANY_ROWS_REFUSED", 0 },
};

static void test_feed_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(feed_cases); i++) {
		const char *text = feed_cases[i].text;
		struct feed_files f;

		feed_files_honest(&f);
		feed_files_set(&f, feed_cases[i].file,
			       text == NULL ? (struct slice){ 0 } : slice_text(text));
		if (feed_read(&f) != NULL)
			fail_msg("%zu: read", i);
		if (strcmp(feed_report.whole.code, feed_cases[i].code) != 0 ||
		    strcmp(feed_report.whole.file, feed_cases[i].file) != 0 ||
		    feed_report.whole.line != feed_cases[i].line)
			fail_msg("%zu: %s:%u %s %s", i, feed_report.whole.file,
				 feed_report.whole.line, feed_report.whole.code,
				 feed_report.whole.text);
	}
}

static void test_not_a_zip(void **state)
{
	static const char *const texts[] = { "", "PK", "agency_id,agency_name\n",
					     "PK\x03\x04zzzz" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_null(feed_read_zip(slice_text(texts[i])));
		assert_true(feed_report.whole.code[0] != '\0' && feed_report.file_count == 0);
	}
	assert_null(
	    feed_read_zip(slice_text("no zip at all, only some words in a file of that name")));
	assert_string_equal(feed_report.whole.code, "NOT_A_ZIP");
}

static void test_bomb(void **state)
{
	enum { BOMB_SIZE = 16 << 20 };
	char *zeros = calloc(1, BOMB_SIZE);
	struct feed_files f;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "stop_times.txt", slice_of(zeros, BOMB_SIZE));
	assert_null(feed_read(&f));
	assert_string_equal(feed_report.whole.code, "ZIP_BOMB");
	free(zeros);
}

static void test_many_refusals(void **state)
{
	enum { GOOD = 800, BAD = 200 };
	char *text = malloc(64 * (GOOD + BAD)), *at = text;
	struct feed_files f;
	struct gtfs *g;

	(void)state;
	at += sprintf(at, "fare_id,route_id,origin_id,destination_id\n");
	for (int i = 0; i < GOOD; i++)
		at += sprintf(at, "F1,R1,Z1,Z2\n");
	for (int i = 0; i < BAD; i++)
		at += sprintf(at, "F1,R1,Z1,Z9\n");
	feed_files_honest(&f);
	feed_files_set(&f, "fare_rules.txt", slice_text(text));
	g = feed_read(&f);
	assert_non_null(g); /* One in five is not more than one in five. */
	assert_int_equal(feed_report.refused_rows, BAD);
	assert_int_equal(feed_report.refusal_count, GTFS_REFUSAL_MAX);
	assert_int_equal(g->rules.count, 1);
	assert_int_equal(feed_find_note("FARES_MERGED", "fare_rules.txt")->count, GOOD - 1);
	sprintf(at, "F1,R1,Z1,Z9\n");
	feed_files_set(&f, "fare_rules.txt", slice_text(text));
	assert_null(feed_read(&f));
	assert_string_equal(feed_report.whole.code, "TOO_MANY_ROWS_REFUSED");
	free(text);
}

/* --- Bytes that nobody meant --- */

static uint32_t seed = 20261124;

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

/* A few bytes of one file, or of the zip itself, changed, cut or doubled: whatever comes out, the
 * report must hold together. */
static void test_mutations(void **state)
{
	enum { ROUNDS = 2000 };
	static uint8_t room[65536];
	static const char spice[] = ",\"\n\r\\ 0-.~\xff\x81\xe3\x80\x80\xef\xbb\xbf";

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct feed_files f;
		struct feed_file *file;
		struct slice zip;
		bool raw = round % 4 == 0;
		size_t size;

		feed_files_honest(&f);
		file = &f.files[next_random() % f.count];
		size = file->text.size;
		memcpy(room, file->text.data, size);
		for (uint32_t n = next_random() % 6; !raw && n > 0; n--)
			room[next_random() % size] = (uint8_t)spice[next_random() % sizeof(spice)];
		file->text = slice_of(room, raw ? size : size - next_random() % 4);
		zip = feed_files_zip(&f);
		for (uint32_t n = next_random() % 4; raw && n > 0; n--)
			((uint8_t *)zip.data)[next_random() % zip.size] = (uint8_t)next_random();
		if (feed_read_zip(zip) == NULL)
			assert_true(feed_report.whole.code[0] != '\0' &&
				    feed_report.whole.text[0] != '\0');
		free((void *)zip.data);
		for (uint16_t i = 0; i < feed_report.file_count; i++)
			assert_true(feed_report.files[i].refused <= feed_report.files[i].rows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_row_refused),
		cmocka_unit_test(test_feed_refused),
		cmocka_unit_test(test_not_a_zip),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_many_refusals),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, feed_open_arenas, feed_close_arenas);
}
