/* tests/http_test.c - what comes over the wire and what goes back. */
#include "tests/http_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/client.h"

/* For the leak checker: h2o keeps a few free blocks a thread, and they go with the server's thread.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}

static const struct {
	const char *text;
	int status;
	const char *code, *header;
} refusals[] = {
	{ "GET /nope HTTP/1.1\r\n" H "\r\n", 404, "NO_SUCH_ROUTE", "" },
	{ "GET /v1/things/a%00 HTTP/1.1\r\n" H "\r\n", 404, "NO_SUCH_ROUTE", "" },
	{ "PATCH /v1/things HTTP/1.1\r\n" H "\r\n", 405, "METHOD_NOT_ALLOWED",
	  "allow: GET, HEAD, POST\r\n" },
	{ "OPTIONS /v1/feeds HTTP/1.1\r\n" H "\r\n", 405, "METHOD_NOT_ALLOWED", "allow: POST\r\n" },
	{ "BREW /v1/things/7 HTTP/1.1\r\n" H "\r\n", 405, "METHOD_NOT_ALLOWED",
	  "allow: GET, HEAD, DELETE\r\n" },
	{ "HEAD /v1/feeds HTTP/1.1\r\n" H "\r\n", 405, "", "allow: POST\r\n" },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", 400, "MALFORMED_PATH", "" },
	{ "GET /v1/things/\xff HTTP/1.1\r\n" H "\r\n", 400, "MALFORMED_PATH", "" },
	{ "GET /" X256 X256 " HTTP/1.1\r\n" H "\r\n", 414, "URI_TOO_LONG", "" },
	{ "GET /v1/things HTTP/1.1\r\n" H "\r\n", 401, "TOKEN_MISSING",
	  "www-authenticate: Bearer realm=\"hitotsu\"\r\n" },
	{ "GET /v1/things HTTP/1.1\r\n" H "Authorization: Basic eDp5\r\n\r\n", 401,
	  "TOKEN_MALFORMED", "error=\"invalid_token\"" },
	{ "GET /v1/things HTTP/1.1\r\n" H "Authorization: Bearer \r\n\r\n", 401, "TOKEN_MALFORMED",
	  "" },
	{ "GET /v1/things HTTP/1.1\r\n" H "Authorization: Bearer " X256 "x\r\n\r\n", 401,
	  "TOKEN_MALFORMED", "" },
	{ "GET /v1/things HTTP/1.1\r\n" H AS_GATE AS_COUNCIL "\r\n", 401, "TOKEN_MALFORMED", "" },
	{ "GET /v1/things HTTP/1.1\r\n" H "Authorization: Bearer hk_nobody\r\n\r\n", 401,
	  "TOKEN_UNKNOWN", "error=\"invalid_token\"" },
	{ "POST /v1/things HTTP/1.1\r\n" H AS_GATE JSON
	  "Idempotency-Key: \"k\"\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
	  403, "ROLE_NOT_ALLOWED", "" },
	{ "POST /v1/things HTTP/1.1\r\n" H AS_COUNCIL JSON
	  "Content-Length: 12\r\n\r\n{\"name\":\"a\"}",
	  400, "IDEMPOTENCY_KEY_MISSING", "" },
	{ "POST /v1/things HTTP/1.1\r\n" H AS_COUNCIL JSON
	  "Idempotency-Key: \"k\"\r\nIdempotency-Key: \"l\"\r\nContent-Length: 0\r\n\r\n",
	  400, "REPEATED_HEADER", "" },
	{ "POST /v1/things HTTP/1.1\r\n" H AS_COUNCIL JSON
	  "Idempotency-Key: \"k\"\r\nContent-Length: 2\r\n\r\n{}",
	  422, "MISSING_FIELD", "" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H AS_GATE "Content-Length: 0\r\n\r\n", 403,
	  "ROLE_NOT_ALLOWED", "" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", 401, "TOKEN_MISSING",
	  "www-authenticate: " },
	{ "GET /v1/busy HTTP/1.1\r\n" H "\r\n", 429, "TOO_OFTEN", "retry-after: 7\r\n" },
	/* h2o's own refusals, in our words. */
	{ "POST /v1/feeds?a=b HTTP/1.1\r\n" H "Content-Length: 524289\r\n\r\n", 413,
	  "BODY_TOO_LARGE", "Connection: close\r\n" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H "Content-Length: x\r\n\r\n", 400, "MALFORMED_REQUEST",
	  "Connection: close\r\n" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", 400,
	  "MALFORMED_REQUEST", "Connection: close\r\n" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
	  "MALFORMED_REQUEST", "Connection: close\r\n" },
	{ "POST /v1/feeds HTTP/1.1\r\n" H "Content-Length: 1\r\nExpect: wonders\r\n\r\n", 417,
	  "MALFORMED_REQUEST", "Connection: close\r\n" },
};

static void test_refusals(void **state)
{

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct answer a = ask(refusals[i].text);

		if (a.status != refusals[i].status)
			fail_msg("%s: %d %s", refusals[i].text, a.status, a.body);
		has(a.body, refusals[i].code);
		has(a.head, refusals[i].header);
		has(a.head, "content-type: application/problem+json\r\n");
		has(a.head, "x-content-type-options: nosniff\r\n");
		has(a.head, "cache-control: no-store\r\n");
		has_not(a.body, "a=b");
		has_not(a.head, "erver: ");
	}
	has(ask("GET /nope?token=x HTTP/1.1\r\n" H "\r\n").body, "\"instance\":\"/nope\"");
	has(ask("GET /n%2f~(*) HTTP/1.1\r\n" H "\r\n").body, "\"instance\":\"/n%2f~(*)\"");
	has_not(ask("GET /{nope} HTTP/1.1\r\n" H "\r\n").body, "\"instance\"");
	has_not(ask("GET /no%pe HTTP/1.1\r\n" H "\r\n").body, "\"instance\"");
	has_not(ask("GET /nope% HTTP/1.1\r\n" H "\r\n").body, "\"instance\"");
}

static void test_answers(void **state)
{
	struct answer a =
	    ask("GET /v1/things/a%20b?limit=3 HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc");

	(void)state;
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "{\"id\":\"a b\",\"query\":\"limit=3\",\"body\":0}");
	has(a.head, "content-type: application/json\r\n");
	has(a.head, "etag: \"e1\"\r\n");
	has(a.head, "cache-control: no-store\r\n");
	a = ask("GET /v1/keys HTTP/1.1\r\n" H "\r\n");
	has(a.head, "cache-control: public, max-age=60\r\n");
	a = ask("GET /v1/things/7 HTTP/1.1\r\n" H "If-None-Match: \"e0\", W/\"e1\"\r\n\r\n");
	assert_int_equal(a.status, 304);
	assert_int_equal(a.size, 0);
	has(a.head, "etag: \"e1\"\r\n");
	has(a.head, "Connection: keep-alive\r\n");
	has_not(a.head, "\ncontent-type");
	has_not(a.head, "hunked");
	a = ask("GET /v1/things/7 HTTP/1.1\r\n" H "If-None-Match: \"e0\"\r\n\r\n");
	assert_int_equal(a.status, 200);
	a = ask("GET /v1/busy HTTP/1.1\r\n" H "If-None-Match: *\r\n\r\n");
	assert_int_equal(a.status, 429);
	a = ask("HEAD /v1/things/7 HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(a.status, 200);
	has(a.head, "Content-Length: 30\r\n");
	a = ask("GET /v1/things/7/file.csv HTTP/1.1\r\n" H "\r\n");
	has(a.head, "content-type: text/csv\r\n");
	has(a.head, "content-disposition: attachment; filename=\"things.csv\"\r\n");
	has_not(a.head, "evil");
	a = ask("GET /v1/things HTTP/1.1\r\n" H "Authorization: bEaReR " SERVE_GATE "\r\n\r\n");
	assert_int_equal(a.status, 200);
	a = ask("DELETE /v1/things/7 HTTP/1.1\r\n" H AS_COUNCIL "Idempotency-Key: \"d\"\r\n\r\n");
	assert_int_equal(a.status, 204);
	has_not(a.head, "ontent-length");
	has_not(a.head, "ontent-Length");
	has_not(a.head, "ontent-type:");
	has_not(a.head, "chunked");
	a = ask("GET /v1/large HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(a.size, 3 * 1024 * 1024);
}

static void test_command(void **state)
{
	char first[256];
	struct answer a;

	(void)state;
	a = ask("POST /v1/things HTTP/1.1\r\n" H AS_COUNCIL JSON
		"Idempotency-Key: \"first\"\r\nContent-Length: 15\r\n\r\n{\"name\":\"bell\"}");
	assert_int_equal(a.status, 201);
	has(a.head, "location: /v1/things/bell\r\n");
	snprintf(first, sizeof(first), "%s", a.body);
	a = ask("POST /v1/things HTTP/1.1\r\n" H AS_COUNCIL JSON
		"Idempotency-Key: \"first\"\r\nTransfer-Encoding: chunked\r\n\r\n"
		"8\r\n{\"name\":\r\n7\r\n\"bell\"}\r\n0\r\n\r\n");
	assert_int_equal(a.status, 201);
	assert_string_equal(a.body, first);
}

static void test_own_routes(void **state)
{
	struct answer a = ask("GET /healthz HTTP/1.1\r\n" H "\r\n");

	(void)state;
	assert_string_equal(a.body, "{\"status\":\"ok\"}");
	assert_int_equal(ask("GET /readyz HTTP/1.1\r\n" H "\r\n").status, 200);
	__atomic_store_n(&server.not_ready, true, __ATOMIC_SEQ_CST);
	a = ask("GET /readyz HTTP/1.1\r\n" H "\r\n");
	__atomic_store_n(&server.not_ready, false, __ATOMIC_SEQ_CST);
	assert_int_equal(a.status, 503);
	has(a.body, "NOT_READY");
	has(a.body, "The log is not open.");
	has(a.head, "retry-after: ");
	a = ask("GET /metrics HTTP/1.1\r\n" H "\r\n");
	has(a.head, "content-type: text/plain; version=0.0.4\r\n");
	has(a.body, "hitotsu_requests_total{op=\"get_thing\",class=\"2xx\"}");
	has(a.body, "hitotsu_connections 1\n");
	a = ask("GET /openapi.json HTTP/1.1\r\n" H "\r\n");
	has(a.body, "\"/v1/things/{id}/file.csv\":{\"get\":{\"operationId\":"
		    "\"get_v1_things_id_file_csv\"");
}

/* Written where a linter can find it, if one asks. */
static void test_openapi(void **state)
{
	struct answer a = ask("GET /openapi.json HTTP/1.1\r\n" H "\r\n");
	const char *to = getenv("OPENAPI_TO");
	struct json *json;
	const struct json *schemas;
	size_t at;

	(void)state;
	assert_int_equal(json_parse(&json, &at, slice_of(a.body, a.size)), JSON_OK);
	assert_int_equal(json_count(json_get(json, "paths")), 15);
	schemas = json_get(json_get(json, "components"), "schemas");
	assert_non_null(json_get(schemas, "Problem"));
	assert_non_null(json_get(schemas, "Thing"));
	assert_non_null(json_get(schemas, "ThingAnswer"));
	assert_non_null(json_get(schemas, "BoxAnswer"));
	assert_null(json_get(schemas, "Box"));
	json_free(json);
	has(a.body, "\"x-roles\":[\"council\",\"gate\"]");
	has(a.body, "\"items\":{\"$ref\":\"#/components/schemas/ThingAnswer\"}");
	has(a.body, "\"200\":{\"description\":\"Success; it was so before.\"");
	has_not(a.body, "secret");
	if (to != NULL) {
		FILE *file = fopen(to, "w");

		assert_non_null(file);
		fwrite(a.body, 1, a.size, file);
		fclose(file);
	}
}

static void test_bodies(void **state)
{
	static char text[HTTP_BODY_MAX_KIB * 1024 + 4096];
	static const struct {
		const char *path;
		size_t size;
		int status;
	} rows[] = {
		{ "/v1/feeds", 0, 202 },
		{ "/v1/feeds", 300 * 1024, 202 },
		{ "/v1/feeds", HTTP_BODY_MAX_KIB * 1024, 202 },
		{ "/v1/feeds", HTTP_BODY_MAX_KIB * 1024 + 1, 413 },
		{ "/v1/things", JSON_SIZE_MAX + 1, 413 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wire *w = open_wire(0);
		struct answer a;
		int used = snprintf(text, sizeof(text),
				    "POST %s HTTP/1.1\r\n" H AS_COUNCIL JSON
				    "Idempotency-Key: \"b\"\r\nContent-Length: %zu\r\n\r\n",
				    rows[i].path, rows[i].size);
		bool refused = rows[i].size > HTTP_BODY_MAX_KIB * 1024;

		memset(text + used, ' ', rows[i].size);
		say(w->fd, text, (size_t)used + (refused ? 0 : rows[i].size));
		a = hear_answer(w, false);
		close(w->fd);
		if (a.status != rows[i].status)
			fail_msg("%s %zu: %d %s", rows[i].path, rows[i].size, a.status, a.body);
		if (a.status == 413)
			has(a.body, "BODY_TOO_LARGE");
	}
	has(ask("POST /v1/feeds HTTP/1.1\r\n" H AS_COUNCIL
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n")
		.body,
	    "{\"bytes\":5,\"role\":\"council\"}");
}

static const struct {
	struct client_ask ask;
	unsigned status;
	const char *part, *body;
} client_rows[] = {
	{ { .method = "GET", .path = "/v1/things/7?limit=1" }, 200, "limit=1", "" },
	{ { .method = "GET", .path = "/v1/things" }, 401, "TOKEN_MISSING", "" },
	{ { .method = "GET", .path = "/v1/things", .token = SERVE_GATE }, 200, "{", "" },
	{ { .method = "POST", .path = "/v1/things", .token = SERVE_COUNCIL, .key = "client" },
	  201,
	  "drum",
	  "{\"name\":\"drum\"}" },
	{ { .method = "POST",
	    .path = "/v1/feeds",
	    .token = SERVE_COUNCIL,
	    .content_type = "application/zip" },
	  202,
	  "\"bytes\":3",
	  "zip" },
	{ { .method = "DELETE", .path = "/v1/things/7", .token = SERVE_COUNCIL, .key = "x" },
	  204,
	  "",
	  "" },
	{ { .method = "HEAD", .path = "/healthz" }, 200, "", "" },
	{ { .method = "GET", .path = "/", .token = "a\r\nb" }, 0, "header", "" },
	{ { .method = "POST", .path = "/", .key = "a\"b" }, 0, "header", "" },
};

static void test_client(void **state)
{
	struct client *client, *none;
	struct client_answer a;
	struct arena arena;
	char url[64];

	(void)state;
	assert_true(arena_open(&arena, 1 << 20));
	assert_false(client_open(&none, "file:///etc/passwd"));
	assert_false(client_open(&none, "ftp://a"));
	assert_false(client_open(&none, "http://"));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server.port);
	assert_true(client_open(&client, url));
	for (size_t i = 0; i < COUNT_OF(client_rows); i++) {
		struct client_ask one = client_rows[i].ask;

		one.arena = &arena;
		one.body = slice_text(client_rows[i].body);
		client_ask(&a, client, &one);
		if (a.status != client_rows[i].status)
			fail_msg("%s %s: %u %.*s", one.method, one.path, a.status, (int)a.body.size,
				 (const char *)a.body.data);
		if (client_rows[i].part[0] != '\0')
			assert_non_null(memmem(a.body.data, a.body.size, client_rows[i].part,
					       strlen(client_rows[i].part)));
	}
	client_ask(&a, client,
		   &(struct client_ask){ .method = "GET", .path = "/v1/large", .arena = &arena });
	assert_int_equal(a.status, 0); /* Larger than the arena. */
	client_close(client);
	assert_true(client_open(&client, "http://127.0.0.1:1"));
	client_ask(&a, client,
		   &(struct client_ask){ .method = "GET", .path = "/", .arena = &arena });
	assert_int_equal(a.status, 0);
	assert_true(a.body.size > 0);
	client_close(client);
	arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_command),  cmocka_unit_test(test_own_routes),
		cmocka_unit_test(test_openapi),  cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_client),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
