/* tests/gtfs_load_test.c - feeds go into a store: versions, the same bytes again, two at a time,
 * twins, and the real feeds with their stops, orders and fares.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto.h"
#include "fares/gtfs_load.h"
#include "tests/feed_zip.h"
#include "tests/flow_world.h"

static struct world world;
static struct gtfs_import import;
static struct arena arena;

static int setup(void **state)
{
	(void)state;
	world_open(&world, 0, 16, 0);
	return arena_open(&arena, 64 << 20) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_close(&arena);
	world_close(&world);
	return 0;
}

static bool import_zip(const char *feed_id, struct slice zip)
{
	arena_reset(&arena, 0);
	assert_true(gtfs_import_begin(&import, &arena, feed_id, zip, WORLD_START));
	gtfs_import_end(&import, store_bulk_wait(&import.bulk, world.store));
	return import.report.imported;
}

static bool import_files(const char *feed_id, const struct feed_files *f)
{
	struct slice zip = feed_files_zip(f);
	bool imported = import_zip(feed_id, zip);

	free((void *)zip.data);
	return imported;
}

static bool load(void *out, const struct shape *shape, const char *key)
{
	struct slice value = world_get(&world, key);

	return value.size > 0 && shape_from_cbor(out, shape, value);
}

static void test_records(void **state)
{
	struct feed_agency agency;
	struct feed_route_stops *list = malloc(sizeof(*list));
	struct feed_route route;
	struct feed_stop stop;
	struct feed_files f;
	struct feed feed;
	struct fare fare;
	char key[GTFS_KEY_SIZE];

	(void)state;
	feed_files_honest(&f);
	assert_true(import_files("sea", &f));
	assert_int_equal(import.report.version, 1);
	assert_true(load(&feed, &feed_shape, "feed/sea"));
	assert_string_equal(feed.feed_id, "sea");
	assert_string_equal(feed.publisher, "九州の町");
	assert_int_equal(feed.version, 1);
	assert_int_equal(feed.imported_at, WORLD_START);
	assert_int_equal(feed.stop_count + 10 * feed.route_count + 100 * feed.fare_count, 444);
	assert_int_equal(feed.agencies_listed, 4);
	assert_string_equal(feed.agencies[0].corporate_number, "3000020401307");
	assert_true(load(&agency, &feed_agency_shape, "agency/sea/0001/3000020401307"));
	assert_string_equal(agency.name_en, "Sea");
	assert_true(load(&stop, &feed_stop_shape, "stop/sea/0001/S1"));
	assert_string_equal(stop.name_kana, "みなと");
	assert_int_equal(stop.lon_e7, 1303250000);
	assert_true(load(&route, &feed_route_shape, "route/sea/0001/R1"));
	assert_string_equal(route.destination, "空港");
	assert_int_equal(route.mode, MODE_bus);
	assert_true(load(list, &feed_route_stops_shape, "rstop/sea/0001/R1"));
	assert_int_equal(list->stop_count, 3);
	assert_string_equal(list->stops[2].stop_id, "S3");
	assert_true(list->one_way);
	gtfs_fare_key(key, "sea", 1, SLICE("R1"), SLICE("Z1"), SLICE("Z3"));
	assert_true(load(&fare, &fare_shape, key));
	assert_int_equal(fare.yen, 260);
	assert_int_equal(fare.transfers, GTFS_TRANSFERS_ANY);
	assert_int_equal(fare.payment_method, 1);
	assert_string_equal(fare.destination_zone, "Z3");
	free(list);
}

static void test_versions(void **state)
{
	struct feed_files f;
	struct feed_stop stop;
	struct feed feed;

	(void)state;
	feed_files_honest(&f);
	assert_true(import_files("sea", &f));
	assert_true(import_files("sea", &f));
	assert_true(import.report.unchanged);
	assert_int_equal(import.report.version, 1);
	assert_int_equal(world_count(&world, "stop/", "stop0"), 4);

	/* A refused feed changes nothing. */
	feed_files_set(&f, "agency.txt", (struct slice){ 0 });
	assert_false(import_files("sea", &f));
	assert_true(load(&feed, &feed_shape, "feed/sea"));
	assert_int_equal(feed.version, 1);

	feed_files_honest(&f);
	feed_files_set(&f, "stops.txt",
		       slice_text(
			   "stop_id,stop_name,stop_lat,stop_lon,zone_id\nS1,a,1,1,Z1\nS2,b,1,1,Z2\n"
			   "S3,c,1,1,Z3\n"));
	assert_true(import_files("sea", &f));
	assert_false(import.report.unchanged);
	assert_true(load(&feed, &feed_shape, "feed/sea"));
	assert_int_equal(feed.version, 2);
	assert_int_equal(feed.stop_count, 3);
	assert_true(load(&stop, &feed_stop_shape, "stop/sea/0002/S1"));
	assert_string_equal(stop.name_ja, "a");
	assert_true(load(&stop, &feed_stop_shape, "stop/sea/0001/S1")); /* The older one stays. */
	assert_string_equal(stop.name_ja, "港");
}

/* Another import claims a version while this one is under way: this one counts for nothing. */
static struct feed_version claimed;
static void (*prepare)(struct store_bulk *);
static bool claim_early;

static void prepare_and_be_overtaken(struct store_bulk *bulk)
{
	static uint8_t bytes[16];
	struct writer w = { .data = bytes, .size = sizeof(bytes) };

	if (claim_early) {
		claimed.last = 1;
		shape_to_cbor(&w, &feed_version_shape, &claimed);
		world_put(&world, "feedv/sea", slice_of(bytes, w.used));
	}
	prepare(bulk);
}

static void test_overtaken(void **state)
{
	struct feed_files f;
	struct slice zip;

	(void)state;
	feed_files_honest(&f);
	zip = feed_files_zip(&f);
	assert_true(gtfs_import_begin(&import, &arena, "sea", zip, WORLD_START));
	prepare = import.bulk.prepare;
	import.bulk.prepare = prepare_and_be_overtaken;
	claim_early = true;
	gtfs_import_end(&import, store_bulk_wait(&import.bulk, world.store));
	assert_false(import.report.imported);
	assert_string_equal(import.report.whole.code, "IMPORT_OVERTAKEN");
	assert_int_equal(world_get(&world, "feed/sea").size, 0);
	assert_int_equal(world_count(&world, "stop/", "stop0"), 0);
	assert_true(import_zip("sea", zip)); /* And the next one works. */
	assert_int_equal(import.report.version, 2);
	free((void *)zip.data);
}

static bool noted(const char *code, const char *told)
{
	for (uint16_t i = 0; i < import.report.note_count; i++)
		if (strcmp(import.report.notes[i].code, code) == 0 &&
		    strstr(import.report.notes[i].text, told) != NULL)
			return true;
	return false;
}

static void test_twin_feeds(void **state)
{
	struct feed_files f;

	(void)state;
	feed_files_honest(&f);
	feed_files_set(&f, "routes.txt",
		       slice_text("route_id,agency_id,route_type\nR1,3000020401307,3\n"
				  "R2,3000020401307,3\nR3,3000020401307,3\n"
				  "R4,3000020401307,3\n"));
	feed_files_set(&f, "agency.txt",
		       slice_text("agency_id,agency_name\n3000020401307 ,ferry\n"));
	assert_true(import_files("ferry", &f));
	assert_false(noted("SAME_LEGAL_ENTITY", ""));
	feed_files_set(&f, "agency.txt",
		       slice_text("agency_id,agency_name\n3000020401307_0,subway\n"));
	feed_files_set(&f, "routes.txt",
		       slice_text("route_id,agency_id,route_type\nR1,,3\nR2,,3\nR3,,3\n"
				  "R4,3000020401307_0,3\n"));
	assert_true(import_files("subway", &f));
	assert_true(noted("SAME_LEGAL_ENTITY", "3000020401307_0 here and 3000020401307 of ferry"));
	assert_true(noted("ROUTE_WITHOUT_AGENCY", ""));
}

/* More records than one commit takes. */
static void test_many_fares(void **state)
{
	enum { STOPS = 60 };
	char *stops = malloc(64 * STOPS + 64), *rules = malloc(32 * STOPS * STOPS + 64);
	char *s = stops, *r = rules;
	char key[GTFS_KEY_SIZE];
	struct feed_files f;
	struct fare fare;

	(void)state;
	s += sprintf(s, "stop_id,stop_name,stop_lat,stop_lon,zone_id\n");
	r += sprintf(r, "fare_id,origin_id,destination_id\n");
	for (int i = 0; i < STOPS; i++)
		s += sprintf(s, "S%d,s,33,130,z%d\n", i, i);
	for (int i = 0; i < STOPS * STOPS; i++)
		r += sprintf(r, "F%d,z%d,z%d\n", 1 + i % 3, i / STOPS, i % STOPS);
	feed_files_honest(&f);
	feed_files_set(&f, "stops.txt", slice_text(stops));
	feed_files_set(&f, "fare_rules.txt", slice_text(rules));
	assert_true(import_files("many", &f));
	assert_int_equal(import.feed.fare_count, STOPS * STOPS);
	assert_int_equal(world_count(&world, "fare/", "fare0"), STOPS * STOPS);
	gtfs_fare_key(key, "many", 1, (struct slice){ 0 }, SLICE("z59"), SLICE("z59"));
	assert_true(load(&fare, &fare_shape, key));
	assert_int_equal(fare.yen,
			 300 - 40 * ((59 * 60 + 59) % 3 == 1) - 90 * ((59 * 60 + 59) % 3 == 0));
	free(stops);
	free(rules);
}

static void test_command(void **state)
{
	char good[128], bad[128];
	const char *const paths[] = { good, bad };
	struct feed_files f;
	struct slice zip;
	struct feed feed;
	FILE *file;

	(void)state;
	snprintf(good, sizeof(good), "%s/Sea Line_1.ZIP", world.dir);
	snprintf(bad, sizeof(bad), "%s/absent.zip", world.dir);
	feed_files_honest(&f);
	zip = feed_files_zip(&f);
	file = fopen(good, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(zip.data, 1, zip.size, file), zip.size);
	fclose(file);
	free((void *)zip.data);
	assert_int_equal(gtfs_import_command(world.store, paths, 1, WORLD_START), 0);
	assert_true(load(&feed, &feed_shape, "feed/sea-line-1"));
	assert_int_equal(gtfs_import_command(world.store, paths, 2, WORLD_START), 1);
}

/* --- The real ones --- */

static const struct {
	const char *feed;
	uint32_t agencies, stops, routes, fares;
	const char *note; /* A trap of its own. */
	const char *route, *origin, *destination; /* Zones. */
	yen yen; /* -1: no fare. */
} real[] = {
	{ "fukuoka-city-ferry", 1, 7, 9, 13, "TRIMMED_SPACES", "1100", "1110", "1120", 230 },
	{ "fukuoka-city-subway", 1, 107, 3, 1122, "SAME_LEGAL_ENTITY", "空港線", "1", "2", 200 },
	{ "itoshima-city-ferry", 1, 2, 2, 2, "RULE_WITHOUT_PLACES", "10", "", "", 470 },
	{ "kama-city-bus", 1, 276, 30, 51, "OLD_FILE_NAME", "山田バス路線１牛隈・桂川駅方面",
	  "桂川町", "市内", 300 },
	{ "kasuya-town-bus", 1, 131, 6, 0, "NO_FARES", "A-1", "1-0", "2-0", -1 },
	{ "kitakyushu-city-ferry", 1, 5, 4, 8, "YEN_WITH_ZEROS", "TW", "TO", "WA", 100 },
};

static void check_real(size_t i, struct slice zip)
{
	char keys[GTFS_FARE_KEYS][GTFS_KEY_SIZE];
	struct fare found[GTFS_FARE_KEYS];
	size_t count, n = 0;
	yen price = -1;

	if (!import_zip(real[i].feed, zip))
		fail_msg("%s: %s %s", real[i].feed, import.report.whole.file,
			 import.report.whole.text);
	assert_int_equal(import.report.refused_rows, 0);
	assert_int_equal(import.feed.agency_count, real[i].agencies);
	assert_int_equal(import.feed.stop_count, real[i].stops);
	assert_int_equal(import.feed.route_count, real[i].routes);
	assert_int_equal(import.feed.fare_count, real[i].fares);
	assert_true(noted(real[i].note, ""));
	assert_int_equal(strlen(import.feed.agencies[0].corporate_number), 13);
	count = gtfs_fare_keys_write(keys, real[i].feed, 1, slice_text(real[i].route),
				     slice_text(real[i].origin), slice_text(real[i].destination));
	for (size_t k = 0; k < count; k++)
		n += load(&found[n], &fare_shape, keys[k]);
	gtfs_fare_choose(&price, found, n);
	if (price != real[i].yen)
		fail_msg("%s: %lld yen", real[i].feed, (long long)price);
}

static void test_real(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(real); i++) {
		char path[128];
		struct slice zip;

		snprintf(path, sizeof(path), "../shared/data/gtfs-jp/%s.zip", real[i].feed);
		zip = feed_read_path(path);
		if (zip.data == NULL) {
			print_message("skipped: %s is not there\n", path);
			skip();
		}
		check_real(i, zip);
		free((void *)zip.data);
	}
}

/* The subway's longest train calls at the thirteen stations of the airport line or beyond, in
 * order. */
static void test_real_stops(void **state)
{
	struct slice zip = feed_read_path("../shared/data/gtfs-jp/fukuoka-city-subway.zip");
	struct feed_route_stops *list = malloc(sizeof(*list));
	struct feed_stop stop;
	char key[GTFS_KEY_SIZE];

	(void)state;
	if (zip.data == NULL) {
		free(list);
		print_message("skipped: ../shared/data/gtfs-jp is not there\n");
		skip();
	}
	assert_true(import_zip("subway", zip));
	gtfs_record_key(key, "rstop", "subway", 1, SLICE("空港線"));
	assert_true(load(list, &feed_route_stops_shape, key));
	assert_in_range(list->stop_count, 13, 32);
	assert_true(load(&stop, &feed_stop_shape, "stop/subway/0001/1"));
	assert_string_equal(stop.name_ja, "姪浜");
	assert_string_equal(stop.name_en, "Meinohama");
	assert_string_equal(stop.name_kana, "めいのはま");
	free((void *)zip.data);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_records, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overtaken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twin_feeds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_fares, setup, teardown),
		cmocka_unit_test_setup_teardown(test_command, setup, teardown),
		cmocka_unit_test_setup_teardown(test_real, setup, teardown),
		cmocka_unit_test_setup_teardown(test_real_stops, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
