/* core/http_route.h - which route a path names, and whether a request's length can be told.
 *
 * No foreign library is asked: what a stranger sends is judged here by functions a table can test.
 * A pattern's segment is text, or text around one {name}; where several patterns fit, the one with
 * more text in the earlier segment is taken, so that ".../{operator}.json" comes before
 * ".../{operator}". {+name}, last and alone, is all that is left of the path, slashes and all,
 * undecoded (RFC 6570, 3.2.3).
 */
#ifndef CORE_HTTP_ROUTE_H
#define CORE_HTTP_ROUTE_H

#include "core/http.h"

enum { ROUTE_PARAM_SIZE_MAX = 64 }; /* Bytes of one {name}, decoded. */

enum route_found { ROUTE_FOUND, ROUTE_NO_SUCH, ROUTE_WRONG_METHOD };

struct route_match {
	size_t index;
	uint32_t allow; /* Bit of each enum http_method that the path has. */
	size_t param_count;
	uint8_t param[PATH_PARAM_COUNT_MAX][ROUTE_PARAM_SIZE_MAX];
	size_t param_size[PATH_PARAM_COUNT_MAX];
};

/* A path is matched as it came: only what stands for a {name} is percent-decoded, and a name that
 * is empty, too long, badly encoded or holds a NUL or '/' names nothing. */
enum route_found route_find(struct route_match *out, const struct http_route *const *routes,
			    size_t count, enum http_method, struct slice path);

/* For start-up: begins with '/', at most one {name} a segment, PATH_PARAM_COUNT_MAX in all. */
bool route_pattern_is_valid(const char *pattern);

/* `head` begins with a request's first line and holds at least its headers. True: more than one
 * Content-Length or Transfer-Encoding, or a folded line: two servers could read two lengths. */
bool route_length_is_ambiguous(struct slice head);

struct route_head { /* Of a request that is just coming in. */
	struct slice method, path; /* Without its query. */
	size_t size;               /* Up to its body. */
	uint64_t length;           /* The largest that is said; UINT64_MAX: too large to be told. */
	bool chunked;
	const uint8_t *expects; /* Where the header line "Expect: 100-continue" begins, or NULL. */
};

/* False: not yet whole. Nothing is refused here: what is no HTTP has no method. */
bool route_head_read(struct route_head *out, struct slice input);

/* If-None-Match: is `etag` (bare, quoted or weak) among the list's tags, or is it "*"? Tags are
 * compared weakly. */
bool route_tag_matches(struct slice list, struct slice etag);

/* A path that may stand in an answer as it is: begins with '/', visible ASCII only. */
bool route_path_is_clean(struct slice path);

#endif
