/* tests/route_test.c - which route a path names, as a table. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/http_route.h"

static const struct http_route routes[] = {
	{ .method = HTTP_GET, .path = "/" },
	{ .method = HTTP_GET, .path = "/v1/tickets/{id}" },
	{ .method = HTTP_POST, .path = "/v1/tickets" },
	{ .method = HTTP_GET, .path = "/v1/tickets/{id}/{part}" },
	{ .method = HTTP_GET, .path = "/v1/tickets/{id}/qr.svg" },
	{ .method = HTTP_POST, .path = "/v1/tickets/{id}/activate" },
	{ .method = HTTP_GET, .path = "/v1/tickets/export" },
	{ .method = HTTP_GET, .path = "/v1/settlements/{period}/statements/{operator}" },
	{ .method = HTTP_GET, .path = "/v1/settlements/{period}/statements/{operator}.json" },
	{ .method = HTTP_GET, .path = "/v1/settlements/{period}/statements/{operator}.audit.json" },
	{ .method = HTTP_GET, .path = "/tile/{level}/{n}" },
	{ .method = HTTP_GET, .path = "/tile/{level}/x{high}/{n}" },
	{ .method = HTTP_GET, .path = "/tile/{level}/{n}.p/{width}" },
	{ .method = HTTP_DELETE, .path = "/v1/tickets/{id}" },
	{ .method = HTTP_GET, .path = "/log/{+rest}" },
};

#define A8  "aaaaaaaa"
#define A64 A8 A8 A8 A8 A8 A8 A8 A8

static const struct {
	enum http_method method;
	const char *path, *want; /* "route index: params", or the refusal. */
} paths[] = {
	{ HTTP_GET, "/", "0:" },
	{ HTTP_GET, "/v1/tickets/7", "1: 7" },
	{ HTTP_POST, "/v1/tickets", "2:" },
	{ HTTP_GET, "/v1/tickets/7/qr.svg", "4: 7" },
	{ HTTP_GET, "/v1/tickets/7/qr.png", "3: 7 qr.png" },
	/* The pattern that says more is meant, whatever its method. */
	{ HTTP_GET, "/v1/tickets/7/activate", "wrong method 2" },
	{ HTTP_GET, "/v1/tickets/7/activated", "3: 7 activated" },
	{ HTTP_POST, "/v1/tickets/7/activate", "5: 7" },
	{ HTTP_GET, "/v1/tickets/export", "6:" },
	{ HTTP_DELETE, "/v1/tickets/export", "wrong method 1" },
	{ HTTP_DELETE, "/v1/tickets/7", "13: 7" },
	{ HTTP_GET, "/v1/settlements/2026-10/statements/jr9", "7: 2026-10 jr9" },
	{ HTTP_GET, "/v1/settlements/2026-10/statements/jr9.json", "8: 2026-10 jr9" },
	{ HTTP_GET, "/v1/settlements/2026-10/statements/jr9.audit.json", "9: 2026-10 jr9" },
	{ HTTP_GET, "/v1/settlements/2026-10/statements/.json", "7: 2026-10 .json" },
	{ HTTP_GET, "/v1/settlements/2026-10/statements/a.jsonx", "7: 2026-10 a.jsonx" },
	{ HTTP_GET, "/tile/0/067", "10: 0 067" },
	{ HTTP_GET, "/tile/0/x001/067", "11: 0 001 067" },
	{ HTTP_GET, "/tile/0/067.p/5", "12: 0 067 5" },
	/* The rest is as it came. */
	{ HTTP_GET, "/log/x001/234.p/5", "14: x001/234.p/5" },
	{ HTTP_GET, "/log/a%2fb/", "14: a%2fb/" },
	{ HTTP_GET, "/log//", "14: /" },
	{ HTTP_GET, "/log/" A64, "14: " A64 },
	{ HTTP_GET, "/log/" A64 "a", "no such" },
	{ HTTP_GET, "/log/", "no such" },
	{ HTTP_GET, "/log", "no such" },
	{ HTTP_POST, "/log/x", "wrong method 1" },
	/* What stands for a name is decoded, once. */
	{ HTTP_GET, "/v1/tickets/a%20b", "1: a b" },
	{ HTTP_GET, "/v1/tickets/%e5%9B%BD", "1: \xe5\x9b\xbd" },
	{ HTTP_GET, "/v1/tickets/%2541", "1: %41" },
	{ HTTP_GET, "/v1/tickets/a+b", "1: a+b" },
	{ HTTP_GET, "/v1/tickets/..", "1: .." },
	{ HTTP_GET, "/v1/tickets/" A64, "1: " A64 },
	{ HTTP_GET, "/v1/tickets/a", "1: a" },
	/* Nothing of that name. */
	{ HTTP_GET, "/v1/tickets/" A64 "a", "no such" },
	{ HTTP_GET, "/v1/tickets/%00", "no such" },
	{ HTTP_GET, "/v1/tickets/a%2Fb", "no such" },
	{ HTTP_GET, "/v1/tickets/%", "no such" },
	{ HTTP_GET, "/v1/tickets/%4", "no such" },
	{ HTTP_GET, "/v1/tickets/%4g", "no such" },
	{ HTTP_GET, "/v1/tickets/%-1", "no such" },
	{ HTTP_GET, "/v1/tickets/", "no such" },
	{ HTTP_GET, "/v1/tickets/7/", "no such" },
	{ HTTP_GET, "/v1/tickets//qr.svg", "no such" },
	{ HTTP_GET, "//v1/tickets/7", "no such" },
	{ HTTP_GET, "/v1", "no such" },
	{ HTTP_GET, "/V1/tickets/7", "no such" },
	{ HTTP_GET, "/v1/%74ickets/7", "no such" },
	{ HTTP_GET, "/v1/tickets/7/qr.svg/more", "no such" },
	{ HTTP_GET, "", "no such" },
	{ HTTP_GET, "v1/tickets/7", "no such" },
	{ HTTP_GET, "http://x/v1/tickets/7", "no such" },
	/* The methods that the path has: bit 0 GET, 1 POST, 2 PATCH, 3 DELETE. */
	{ HTTP_GET, "/v1/tickets", "wrong method 2" },
	{ HTTP_PATCH, "/v1/tickets/7", "wrong method 9" },
	{ HTTP_PATCH, "/v1/tickets/7/activate", "wrong method 2" },
	{ HTTP_POST, "/v1/tickets/7/qr.svg", "wrong method 1" },
};

static void test_paths(void **state)
{
	const struct http_route *all[COUNT_OF(routes)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		all[i] = &routes[i];
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct route_match m;
		char have[256];
		size_t used = 0;

		switch (route_find(&m, all, COUNT_OF(all), paths[i].method,
				   slice_text(paths[i].path))) {
		case ROUTE_NO_SUCH:
			snprintf(have, sizeof(have), "no such");
			break;
		case ROUTE_WRONG_METHOD:
			snprintf(have, sizeof(have), "wrong method %u", m.allow);
			break;
		case ROUTE_FOUND:
			used = (size_t)snprintf(have, sizeof(have), "%zu:", m.index);
			for (size_t p = 0; p < m.param_count; p++)
				used += (size_t)snprintf(have + used, sizeof(have) - used, " %.*s",
							 (int)m.param_size[p],
							 (const char *)m.param[p]);
		}
		if (!text_equal(have, paths[i].want))
			print_error("path %s\n", paths[i].path);
		assert_string_equal(have, paths[i].want);
	}
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		bool valid;
	} rows[] = {
		{ "/", true },    { "/a", true },       { "/a/{b}.c/x{d}y/{e}", true },
		{ "", false },    { "a", false },       { "/a/", false },
		{ "//a", false }, { "/{a}{b}", false }, { "/}a{", false },
		{ "/{a", false }, { "/a b", false },    { "/{a}/{b}/{c}/{d}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool valid = route_pattern_is_valid(rows[i].pattern);

		if (valid != rows[i].valid)
			print_error("pattern %s\n", rows[i].pattern);
		assert_int_equal(valid, rows[i].valid);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		const char *head;
		bool ambiguous;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nhost: a\r\n\r\n", false },
		{ "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", false },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", false },
		{ "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\ncontent-length: 4\r\n", false },
		{ "POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
		  true },
		{ "POST / HTTP/1.1\r\nTRANSFER-encoding:chunked\r\nContent-LENGTH: 3\r\n\r\n",
		  true },
		{ "POST / HTTP/1.1\ncontent-length: 3\ntransfer-encoding: chunked\n\n", true },
		{ "\r\nPOST / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\n", true },
		{ "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: a\r\n\r\n",
		  true },
		{ "POST / HTTP/1.1\r\nx: a\r\n content-length: 3\r\n\r\n", true },
		{ "POST / HTTP/1.1\r\nx: a\r\n\tb\r\n\r\n", true },
		{ "POST / HTTP/1.1\r\nx-content-length: 3\r\ncontent-length: 3\r\n\r\n", false },
		{ "POST / HTTP/1.1\r\ncontent-lengths: 3\r\ncontent-length: 3\r\n\r\n", false },
		{ "content-length: 3\r\ncontent-length: 3\r\n\r\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool ambiguous = route_length_is_ambiguous(slice_text(rows[i].head));

		if (ambiguous != rows[i].ambiguous)
			print_error("head %s\n", rows[i].head);
		assert_int_equal(ambiguous, rows[i].ambiguous);
	}
}

static void test_heads(void **state)
{
	static const struct {
		const char *input;
		const char *want; /* "method path length" and 'c'hunked, 'e'xpects; "" not whole. */
	} rows[] = {
		{ "GET / HTTP/1.1\r\nhost: a\r\n\r\n", "GET / 0" },
		{ "GET /a?b=c HTTP/1.1\n\nmore", "GET /a 0" },
		{ "\r\n\r\nPUT /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", "PUT /a 3" },
		{ "POST /a HTTP/1.1\r\nContent-LENGTH:\t12 \r\n\r\n", "POST /a 12" },
		{ "POST /a HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 9\r\n\r\n",
		  "POST /a 9" },
		{ "POST /a HTTP/1.1\r\ncontent-length: -3\r\n\r\n",
		  "POST /a 18446744073709551615" },
		{ "POST /a HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
		  "POST /a 18446744073709551615" },
		{ "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", "POST /a 0 c" },
		{ "POST /a HTTP/1.1\r\nEXPECT: 100-Continue\r\ncontent-length: 1\r\n\r\n",
		  "POST /a 1 e" },
		{ "POST /a HTTP/1.1\r\nexpect: 100-continue, x\r\n\r\n", "POST /a 0" },
		{ "POST /a HTTP/1.1\r\nx: y\r\n\r\nexpect: 100-continue\r\n\r\n", "POST /a 0" },
		{ "\x16\x03\x01\n\n", "\x16\x03\x01  0" },
		{ "GET / HTTP/1.1\r\nhost: a\r\n", "" },
		{ "GET / HTTP/1.1\r\nhost: a\r\n\r", "" },
		{ "GET / HTTP/1.1", "" },
		{ "\r\n\r\n", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct route_head head;
		char have[128] = "";

		if (route_head_read(&head, slice_text(rows[i].input)))
			snprintf(have, sizeof(have), "%.*s %.*s %llu%s%s", (int)head.method.size,
				 (const char *)head.method.data, (int)head.path.size,
				 (const char *)head.path.data, (unsigned long long)head.length,
				 head.chunked ? " c" : "", head.expects != NULL ? " e" : "");
		assert_string_equal(have, rows[i].want);
	}
}

static void test_tags(void **state)
{
	static const struct {
		const char *list, *etag;
		bool match;
	} rows[] = {
		{ "\"a\"", "a", true },
		{ "\"a\"", "\"a\"", true },
		{ "W/\"a\"", "a", true },
		{ "\"a\"", "W/\"a\"", true },
		{ "\"b\", W/\"a\" ,\"c\"", "a", true },
		{ "\"b,\",\"a\"", "a", true },
		{ " * ", "a", true },
		{ "a", "a", false },
		{ "\"b\"", "a", false },
		{ "\"ab\"", "a", false },
		{ "\"b,\"a\"\"", "a", false },
		{ "", "a", false },
		{ ",,", "a", false },
		{ "\"", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(
		    route_tag_matches(slice_text(rows[i].list), slice_text(rows[i].etag)),
		    rows[i].match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
