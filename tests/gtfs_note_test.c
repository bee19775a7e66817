/* tests/gtfs_note_test.c - what is odd in a feed and is read, one a line; what an import tells; and
 * which fare a ride costs. */
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

/* --- What is odd, and read --- */

#define BOM "\xef\xbb\xbf"

static const struct {
	const char *file, *text, *code, *told; /* text NULL: missing. */
	uint32_t line, count;
} note_cases[] = {
	{ "agency.txt", BOM "agency_id,agency_name\n3000020401307,a\n8000020401005,b\n",
	  "BYTE_ORDER_MARK", "", 1, 1 },
	{ "agency.txt", "agency_id,agency_name\r\n3000020401307 ,a\r\n8000020401005 , b\r\n",
	  "TRIMMED_SPACES", "", 2, 2 },
	{ "agency.txt",
	  "agency_id,agency_name\n3000020401307 ,a\n3000020401307_0,b\n8000020401005,c\n",
	  "SAME_LEGAL_ENTITY", "3000020401307: agencies 3000020401307 and 3000020401307_0", 0, 1 },
	{ "agency.txt", "agency_id,agency_name\n3000020401307,a\n8000020401005,b\nharbour,c\n",
	  "NO_CORPORATE_NUMBER", "", 4, 1 },
	{ "agency.txt",
	  "agency_id,colour,agency_name,agency_url,shoe_size\n"
	  "3000020401307,x,a,,1\n8000020401005,x,a,,1\n",
	  "UNKNOWN_COLUMNS", "colour shoe_size", 1, 1 },
	{ "agency.txt", "agency_id,agency_name\n3000020401307,a,,\n8000020401005,b\n",
	  "EXTRA_EMPTY_FIELDS", "", 2, 1 },
	{ "agency.txt", "agency_id,agency_name\n\n3000020401307,a\n,\n8000020401005,b\n  \n",
	  "EMPTY_ROWS", "", 4, 2 },
	{ "feed_info.txt", "feed_publisher_name\n", "FEED_INFO_EMPTY", "", 0, 1 },
	{ "feed_info.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "routes_jp.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "fare_attributes.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "trips.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "stop_times.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "translations.txt", NULL, "MISSING_OPTIONAL_FILE", "", 0, 1 },
	{ "fare_attributes.txt",
	  "fare_id,price,currency_type,payment_method\nF1,100.00,JPY,0\nF2,1.0,JPY,0\nF3,3.,JPY,0\n"
	  "F4,4,JPY,0\n",
	  "YEN_WITH_ZEROS", "", 2, 2 },
	{ "fare_attributes.txt",
	  "fare_id,price,currency_type\nF1,1,JPY\nF2,1,JPY\nF3,3,JPY\nF4,4,JPY\n",
	  "PAYMENT_METHOD_EMPTY", "", 2, 4 },
	{ "fare_rules.txt", "fare_id,route_id,origin_id,destination_id\nF1,R1,,\nF2,R2,,\n",
	  "RULE_WITHOUT_PLACES", "", 2, 2 },
	{ "fare_rules.txt", "fare_id,route_id\nF1,R1\nF1,R1\nF2,R1\n", "FARES_MERGED", "", 0, 2 },
	{ "fare_rules.txt", NULL, "FARES_WITHOUT_RULES", "", 0, 1 },
	{ "fare_rules.txt", "fare_id,route_id\n", "FARES_WITHOUT_RULES", "", 0, 1 },
	{ "translations.txt", "trans_id,lang,translation\n港,en,Port\n", "OLD_COLUMN_NAME", "lang",
	  1, 1 },
	{ "routes_jp.txt", "route_id,visi_stop\nR1,駅前\n", "OLD_COLUMN_NAME", "visi_stop", 1, 1 },
	{ "routes_jp.txt", "route_id,via_stop\nR1,駅前\nR9,x\n", "ROUTE_ABSENT", "", 3, 1 },
	{ "routes_jp.txt", "route_id,via_stop\nR1,\"駅前\n港\"\n", "LINE_BREAKS", "", 2, 1 },
};

static void test_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(note_cases); i++) {
		const char *text = note_cases[i].text;
		const struct gtfs_note *note;
		struct feed_files f;

		feed_files_honest(&f);
		feed_files_set(&f, note_cases[i].file,
			       text == NULL ? (struct slice){ 0 } : slice_text(text));
		(void)feed_read(&f); /* Rows that name what is gone may refuse it further on. */
		note = feed_find_note(note_cases[i].code, note_cases[i].file);
		if (note == NULL)
			fail_msg("%zu: no %s; %s %s", i, note_cases[i].code, feed_report.whole.file,
				 feed_report.whole.text);
		if (note->line != note_cases[i].line || note->count != note_cases[i].count ||
		    strstr(note->text, note_cases[i].told) == NULL)
			fail_msg("%zu: %u %u %s", i, note->line, note->count, note->text);
	}
}

/* A bus free of charge publishes stops and routes, and no fares. */
static void test_no_fares(void **state)
{
	struct feed_files f;
	struct gtfs *g;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "fare_attributes.txt", (struct slice){ 0 });
	feed_files_set(&f, "fare_rules.txt", (struct slice){ 0 });
	g = feed_read(&f);
	assert_non_null(g);
	assert_non_null(feed_find_note("NO_FARES", "fare_attributes.txt"));
	assert_int_equal(g->rules.count, 0);
	feed_files_set(&f, "fare_attributes.txt", slice_text("fare_id,price,currency_type\n"));
	assert_non_null(feed_read(&f));
	assert_non_null(feed_find_note("NO_FARES", "fare_attributes.txt"));
}

static void test_old_route_file(void **state)
{
	struct feed_files f;
	struct gtfs *g;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "route_jp.txt",
		       slice_text("route_id,origin_stop,visi_stop\nR2,港,駅前\n"));
	feed_files_set(&f, "routes_jp.txt", (struct slice){ 0 });
	g = feed_read(&f);
	assert_non_null(g);
	assert_non_null(feed_find_note("OLD_FILE_NAME", "route_jp.txt"));
	assert_true(is(((struct gtfs_route *)g->routes.items)[1].via, "駅前"));
}

static void test_old_translations(void **state)
{
	const struct gtfs_stop *stops;
	struct feed_files f;
	struct gtfs *g;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "translations.txt",
		       slice_text("trans_id,lang,translation\n港,ja,港\n港,ja-HRKT,みなと\n"
				  "港,en,Port\n渡船,EN-gb,Ferry\n海,en,Sea\n港,en,Second\n"));
	g = feed_read(&f);
	assert_non_null(g);
	stops = g->stops.items;
	assert_true(is(stops[0].name_en, "Port") && is(stops[0].name_kana, "みなと"));
	assert_true(is(((struct gtfs_route *)g->routes.items)[2].name_en, "Ferry"));
	assert_true(is(((struct gtfs_agency *)g->agencies.items)[0].name_en, "Sea"));
}

/* Of two fares with one rule the lower stays; a fare that no rule names is not for everybody. */
static void test_fares_merged(void **state)
{
	const struct gtfs_rule *rules;
	struct feed_files f;
	struct gtfs *g;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "fare_rules.txt",
		       slice_text(
			   "fare_id,origin_id,destination_id\nF3,Z1,Z2\nF1,Z1,Z2\nF2,Z1,Z2\n"));
	g = feed_read(&f);
	assert_non_null(g);
	rules = g->rules.items;
	assert_int_equal(g->rules.count, 1);
	assert_true(is(((struct gtfs_fare *)g->fares.items)[rules[0].fare].id, "F1"));
	assert_int_equal(feed_find_note("FARE_NOT_USED", "fare_attributes.txt")->count, 1);
	feed_files_set(&f, "fare_rules.txt", (struct slice){ 0 });
	g = feed_read(&f);
	rules = g->rules.items;
	assert_int_equal(g->rules.count, 1);
	assert_int_equal(rules[0].route.size + rules[0].origin.size + rules[0].destination.size, 0);
}

static void test_long_texts(void **state)
{
	char line[1024], id[140];
	const struct gtfs_stop *stops;
	struct feed_files f;
	struct gtfs *g;
	char *text, *second;

	(void)state;
	memset(id, 'x', sizeof(id));
	id[128] = '\0';
	feed_files_honest(&f);
	snprintf(line, sizeof(line), "%s,%s,33,130,,0", id,
		 "長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い"
		 "長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い長い");
	text = feed_files_add_line(&f, "stops.txt", line);
	id[128] = 'x';
	id[129] = '\0';
	snprintf(line, sizeof(line), "%s,y,33,130,,0", id);
	second = feed_files_add_line(&f, "stops.txt", line);
	g = feed_read(&f);
	assert_non_null(g);
	stops = g->stops.items;
	assert_int_equal(g->stops.count, 5);
	assert_int_equal(stops[4].id.size, 128);
	assert_int_equal(stops[4].name.size, 192);
	assert_non_null(feed_find_note("TEXT_CUT", "stops.txt"));
	assert_string_equal(feed_report.refusals[0].code, "ID_TOO_LONG");
	free(text);
	free(second);
}

static void test_table_for_people(void **state)
{
	static uint8_t room[65536];
	struct writer w = { .data = room, .size = sizeof(room) - 1 };
	struct feed_files f;
	char *text;

	(void)state;
	feed_files_honest(&f);
	text = feed_files_add_line(&f, "fare_rules.txt", "F1,R1,Z1,Z9,");
	assert_non_null(feed_read(&f));
	feed_report.imported = true;
	feed_report.version = 7;
	gtfs_report_print(&w, &feed_report);
	assert_false(w.failed);
	room[w.used] = 0;
	assert_non_null(strstr((char *)room, "feed: imported as version 7, published by 九州の町\n"));
	assert_non_null(strstr((char *)room, "  fare_rules.txt               5         1\n"));
	assert_non_null(
	    strstr((char *)room,
		   "  fare_rules.txt:6            UNKNOWN_ZONE            no stop has this "
		   "zone: destination_id \"Z9\"\n"));
	free(text);
}

/* Every code stands in docs/gtfs-import.md, where a reader of a report looks. */
static void test_documented(void **state)
{
	static const char *const codes[] = {
#define X(name, what) "| `" #name "` | " what " |\n",
		GTFS_REFUSAL_CODES(X) GTFS_NOTE_CODES(X)
#undef X
	};
	struct slice bytes = feed_read_path("docs/gtfs-import.md");
	char *text;

	(void)state;
	assert_non_null(bytes.data);
	text = strndup((const char *)bytes.data, bytes.size);
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (strstr(text, codes[i]) == NULL)
			fail_msg("%s", codes[i]);
	free(text);
	free((void *)bytes.data);
}

/* --- Which fare --- */

static void test_fare_keys(void **state)
{
	char keys[GTFS_FARE_KEYS][GTFS_KEY_SIZE], rule[GTFS_KEY_SIZE];
	struct slice r = SLICE("R1"), a = SLICE("Z1"), b = SLICE("Z2"), none = { 0 };

	(void)state;
	assert_int_equal(gtfs_fare_keys_write(keys, "f", 1, r, a, b), 8);
	gtfs_fare_key(rule, "f", 1, r, a, b);
	assert_string_equal(keys[0], rule);
	gtfs_fare_key(rule, "f", 1, none, none, none);
	assert_string_equal(keys[7], rule);
	for (size_t i = 0; i < 8; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(keys[i], keys[j]);
	assert_int_equal(gtfs_fare_keys_write(keys, "f", 1, none, a, b), 4);
	assert_int_equal(gtfs_fare_keys_write(keys, "f", 1, r, none, none), 2);
	assert_int_equal(gtfs_fare_keys_write(keys, "f", 1, none, none, none), 1);
	assert_string_equal(keys[0], rule);
	gtfs_fare_key(keys[0], "f", 1, SLICE("R"), SLICE("1Z1"),
		      b); /* Parts do not run together. */
	gtfs_fare_key(rule, "f", 1, SLICE("R1"), SLICE("Z1"), b);
	assert_string_not_equal(keys[0], rule);
}

static void test_fare_choose(void **state)
{
	static const struct fare fares[] = { { .yen = 300 }, { .yen = 210 }, { .yen = 260 } };
	yen chosen = -1;

	(void)state;
	assert_false(gtfs_fare_choose(&chosen, fares, 0));
	assert_int_equal(chosen, -1);
	assert_true(gtfs_fare_choose(&chosen, fares, 1));
	assert_int_equal(chosen, 300);
	assert_true(gtfs_fare_choose(&chosen, fares, 3));
	assert_int_equal(chosen, 210);
}

static void test_keys(void **state)
{
	static const char forty[] = "0123456789012345678901234567890123456789";
	char part[GTFS_KEY_PART_SIZE], key[GTFS_KEY_SIZE];

	(void)state;
	gtfs_key(part, slice_text(forty));
	assert_string_equal(part, forty);
	gtfs_key(part, SLICE("01234567890123456789012345678901234567890"));
	assert_int_equal(strlen(part), 33);
	assert_int_equal(part[0], '~');
	gtfs_key(part, SLICE("~"));
	assert_int_equal(strlen(part), 33);
	gtfs_record_key(key, "stop", "subway", 0x1f, SLICE("K01"));
	assert_string_equal(key, "stop/subway/001f/K01");
	gtfs_record_key(key, "agency", "01234567890123456789012345678901", 65535,
			slice_text(forty));
	assert_true(strlen(key) <= STORE_KEY_SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noted),
		cmocka_unit_test(test_no_fares),
		cmocka_unit_test(test_old_route_file),
		cmocka_unit_test(test_old_translations),
		cmocka_unit_test(test_fares_merged),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_table_for_people),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_fare_keys),
		cmocka_unit_test(test_fare_choose),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, feed_open_arenas, feed_close_arenas);
}
