/* core/json.h - JSON in (the door to cJSON) and JSON out.
 *
 * In: RFC 8259 as narrowed by I-JSON (RFC 7493): UTF-8, no key twice, integers within 2^53. A text
 * that is too large, too deep or not JSON is refused with a reason and the byte where it went
 * wrong. Out: written straight into the caller's buffer, integers exact, keys in the order given.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/codec.h"

enum { JSON_SIZE_MAX = 256 * 1024, JSON_DEPTH_MAX = 16 };
#define JSON_INT_MAX ((int64_t)9007199254740991)

enum json_error {
	JSON_OK,
	JSON_SYNTAX,
	JSON_TOO_LARGE,
	JSON_TOO_DEEP,
	JSON_DUPLICATE_KEY,
	JSON_NOT_UTF8,
	JSON_NO_MEMORY,
};

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json; /* One value of a parsed text; alive until the root is freed. */

/* Out: *out, to be given to json_free; *at, the byte where it went wrong. */
MUSTCHECK enum json_error json_parse(struct json **out, size_t *at, struct slice text);
void json_free(struct json *root); /* NULL: nothing. */
const char *json_error_text(enum json_error);

enum json_type json_type(const struct json *);
const struct json *json_get(const struct json *object, const char *name); /* NULL: none. */
const struct json *json_first(const struct json *container);              /* NULL: empty. */
const struct json *json_next(const struct json *);                        /* NULL: the last. */
const char *json_name(const struct json *member);
size_t json_count(const struct json *container);
/* False: not a whole number within +-JSON_INT_MAX, or written with a fraction, an exponent or as
 * -0: 1.0 and 1e2 are refused, so that no yen ever passes through a double. */
MUSTCHECK bool json_int(const struct json *, int64_t *out);
MUSTCHECK bool json_bool(const struct json *, bool *out);
struct slice json_text(const struct json *); /* JSON_TEXT only (asserted); never holds a NUL. */

struct json_out {
	struct writer *to;
	bool comma; /* A value stands before the next one. */
};

void json_begin(struct json_out *, struct writer *to);
void json_object(struct json_out *, const char *key); /* key NULL: within an array, or the root. */
void json_object_end(struct json_out *);
void json_array(struct json_out *, const char *key);
void json_array_end(struct json_out *);
void json_put_int(struct json_out *, const char *key, int64_t);
void json_put_bool(struct json_out *, const char *key, bool);
/* What is not UTF-8 is written as U+FFFD. */
void json_put_text(struct json_out *, const char *key, struct slice);
void json_put_null(struct json_out *, const char *key);
void json_put_raw(struct json_out *, const char *key, struct slice json); /* Already JSON. */

#endif
