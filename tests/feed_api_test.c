/* tests/feed_api_test.c - feeds over HTTP: imported by the council, read by everybody with a token,
 * refused with a code, and walked page by page within one version.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/client.h"
#include "fares/fares_api.h"
#include "fares/feed_op.h"
#include "tests/feed_zip.h"
#include "tests/flow_world.h"

/* For the leak checker: h2o keeps a few free blocks a thread, and they go with the server's thread.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}

static const struct http_route routes[] = { FEED_ROUTES };
static const struct http_routes feed_routes = { "feeds", routes, COUNT_OF(routes) };

static struct world world;
static struct fares_room room;
static struct config config;
static struct http *http;
static struct client *client;
static struct arena arena;
static const char *council, *gate;
static pthread_t thread;

static void *run(void *to)
{
	(void)to;
	loop_run(world.loop);
	return NULL;
}

static void on_closed(void *to)
{
	(void)to;
	loop_stop(world.loop);
}

static void on_stop(struct loop_task *task)
{
	(void)task;
	http_close(http, on_closed, NULL);
}

static int setup(void **state)
{
	char error[HTTP_ERROR_SIZE], url[64];
	struct http_start start;

	(void)state;
	world_open(&world, 0, 16, 0);
	config_default(&config);
	council = world_token(&world, ROLE_council, "", WORLD_START + DAY_MS, false);
	gate = world_token(&world, ROLE_gate, "g", WORLD_START + DAY_MS, false);
	room =
	    (struct fares_room){ .store = world.store, .loop = world.loop, .clock = &world.clock };
	start = (struct http_start){ .loop = world.loop, .flows = world.flows, .store = world.store,
				     .metrics = &world.metrics, .config = &config,
				     .clock = &world.clock, .host = "127.0.0.1" };
	if (!http_open(&http, &start, error))
		fail_msg("%s", error);
	http_add(http, &feed_routes, &room);
	if (!http_listen(http, error))
		fail_msg("%s", error);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", http_port(http));
	assert_true(client_open(&client, url));
	assert_true(arena_open(&arena, 64 << 20));
	return pthread_create(&thread, NULL, run, NULL);
}

static int teardown(void **state)
{
	static struct loop_task stop = { .run = on_stop };

	(void)state;
	client_close(client);
	loop_post_from_thread(world.loop, &stop);
	pthread_join(thread, NULL);
	arena_close(&arena);
	world_close(&world);
	return 0;
}

static struct client_answer ask(const char *method, const char *path, const char *token,
				const char *type, struct slice body)
{
	struct client_ask what = { .method = method, .path = path, .token = token,
				   .content_type = type, .body = body, .arena = &arena };
	struct client_answer answer;

	client_ask(&answer, client, &what);
	return answer;
}

static void expect(struct client_answer answer, unsigned status, const char *told)
{
	const char *text = arena_text(&arena, "%.*s", (int)answer.body.size,
				      (const char *)answer.body.data);

	if (answer.status != status || strstr(text, told) == NULL)
		fail_msg("%u, not %u with %s: %s", answer.status, status, told, text);
}

static void expect_get(const char *path, unsigned status, const char *told)
{
	expect(ask("GET", path, gate, NULL, (struct slice){ 0 }), status, told);
}

static struct slice honest_zip(void)
{
	struct feed_files f;

	feed_files_honest(&f);
	return feed_files_zip(&f);
}

static void test_import(void **state)
{
	struct slice zip = honest_zip();
	const char *type = "application/zip";

	(void)state;
	expect_get("/v1/feeds", 200, "{\"items\":[],\"next\":null}");
	expect_get("/v1/feeds/sea", 404, "\"NO_SUCH_FEED\"");
	expect(ask("POST", "/v1/feeds?feed=sea", council, type, zip), 201,
	       "\"feed_id\":\"sea\",\"imported\":true,\"unchanged\":false,\"version\":1");
	expect(ask("POST", "/v1/feeds?feed=sea", council, type, zip), 200, "\"unchanged\":true");
	expect_get("/v1/feeds", 200, "\"feed_id\":\"sea\",\"version\":1");
	expect_get("/v1/feeds/sea", 200, "\"fare_count\":4");
	free((void *)zip.data);
}

static void test_refused(void **state)
{
	struct slice zip = honest_zip(), junk = SLICE("this is no archive of any kind");
	const char *type = "application/zip";

	(void)state;
	expect(ask("POST", "/v1/feeds?feed=sea", NULL, type, zip), 401, "");
	expect(ask("POST", "/v1/feeds?feed=sea", gate, type, zip), 403, "");
	expect(ask("POST", "/v1/feeds", council, type, zip), 400, "FEED_ID_MALFORMED");
	expect(ask("POST", "/v1/feeds?feed=Sea", council, type, zip), 400, "FEED_ID_MALFORMED");
	expect(ask("POST", "/v1/feeds?feed=sea&x=1", council, type, zip), 400, "UNKNOWN_PARAMETER");
	expect(ask("POST", "/v1/feeds?feed=sea", council, "text/csv", zip), 415,
	       "UNSUPPORTED_MEDIA_TYPE");
	expect(ask("POST", "/v1/feeds?feed=sea", council, type, junk), 422, "\"NOT_A_ZIP\"");
	expect_get("/v1/feeds/sea", 404, "NO_SUCH_FEED");
	expect(ask("POST", "/v1/feeds?feed=sea", council, type, zip), 201, "\"version\":1");
	free((void *)zip.data);
}

static void test_lists(void **state)
{
	struct slice zip = honest_zip();

	(void)state;
	expect(ask("POST", "/v1/feeds?feed=sea", council, "application/zip", zip), 201, "");
	expect_get("/v1/feeds/sea/stops", 200, "\"name_kana\":\"みなと\"");
	expect_get("/v1/feeds/sea/routes", 200, "\"mode\":\"ferry\"");
	expect_get("/v1/feeds/sea/route-stops", 200,
		   "{\"route_id\":\"R1\",\"stops\":[{\"stop_id\":\"S1\"},{\"stop_id\":\"S2\"},"
		   "{\"stop_id\":\"S3\"}],\"one_way\":true}");
	expect_get("/v1/feeds/sea/fares", 200, "\"yen\":1000000");
	expect_get("/v1/feeds/hill/fares", 404, "NO_SUCH_FEED");
	expect_get("/v1/feeds/sea/fares?limit=0", 400, "BAD_LIMIT");
	expect_get("/v1/feeds/sea/fares?cursor=AAAA", 400, "BAD_CURSOR");
	expect_get("/v1/feeds/sea/fares?cursor=MDAwMQ", 400, "BAD_CURSOR");  /* 0001 */
	expect_get("/v1/feeds/sea/fares?cursor=MDAwMTk", 400, "BAD_CURSOR"); /* 00019 */
	free((void *)zip.data);
}

/* Walks /stops one by one; after the first page a new version comes into force. */
static void test_walk(void **state)
{
	static const char *const stops[] = { "S1", "S2", "S3", "S4" };
	struct slice zip = honest_zip();
	struct feed_files f;
	char path[160] = "/v1/feeds/sea/stops?limit=1";

	(void)state;
	expect(ask("POST", "/v1/feeds?feed=sea", council, "application/zip", zip), 201, "");
	free((void *)zip.data);
	for (size_t i = 0; i < COUNT_OF(stops); i++) {
		struct client_answer answer = ask("GET", path, gate, NULL, (struct slice){ 0 });
		const char *text = arena_text(&arena, "%.*s", (int)answer.body.size,
					      (const char *)answer.body.data);
		const char *next = strstr(text, "\"next\":\"");

		expect(answer, 200, arena_text(&arena, "\"stop_id\":\"%s\"", stops[i]));
		if (i == 0) {
			feed_files_honest(&f);
			feed_files_set(&f, "feed_info.txt", (struct slice){ 0 });
			feed_files_set(&f, "stops.txt",
				       slice_text("stop_id,stop_name,stop_lat,stop_lon,zone_id\n"
						  "A1,a,1,1,Z1\nA2,a,1,1,Z2\nA3,a,1,1,Z3\n"));
			feed_files_set(&f, "stop_times.txt", (struct slice){ 0 });
			zip = feed_files_zip(&f);
			expect(ask("POST", "/v1/feeds?feed=sea", council, "application/zip", zip),
			       201, "\"version\":2");
			free((void *)zip.data);
		}
		if (i + 1 == COUNT_OF(stops) && next == NULL)
			break;
		assert_non_null(next);
		snprintf(path, sizeof(path), "/v1/feeds/sea/stops?limit=1&cursor=%.*s",
			 (int)strcspn(next + 8, "\""), next + 8);
	}
	expect_get("/v1/feeds/sea/stops?limit=1", 200, "\"stop_id\":\"A1\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_import, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_walk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
