/* core/call.c - the request read and the answer begun, in the words that every domain uses. Without
 * it each route would decode queries, read bodies and word its refusals in its own way.
 */
#include "core/call_store.h"

#include "core/crypto.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>

/* Refusals quote what came in: what is no UTF-8, or was cut within a character, must not leave
 * again. */
static void clean_text(char *text)
{
	size_t size = text_size(text);

	if (text_is_utf8(slice_of(text, size)))
		return;
	for (size_t i = 0; i < size; i++)
		if ((uint8_t)text[i] >= 0x80)
			text[i] = '?';
}

__attribute__((format(printf, 5, 0))) static bool refuse(struct call *call, uint16_t status,
							 const char *code, const char *pointer,
							 const char *format, va_list args)
{
	struct problem *problem = &call->problem;
	int size;

	MUST(status >= 400 && status <= 599 && code != NULL);
	*problem = (struct problem){ .status = status, .code = code };
	size = vsnprintf(problem->detail, sizeof(problem->detail), format, args);
	MUST(size >= 0);
	if ((size_t)size >= sizeof(problem->detail)) {
		struct slice cut = slice_text(problem->detail);

		problem->detail[text_utf8_prefix(cut)] = '\0';
	}
	clean_text(problem->detail);
	(void)snprintf(problem->pointer, sizeof(problem->pointer), "%s", pointer);
	clean_text(problem->pointer);
	return false;
}

bool call_refuse(struct call *call, uint16_t status, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(call, status, code, "", format, args);
	va_end(args);
	return false;
}

bool call_refuse_at(struct call *call, uint16_t status, const char *code, const char *pointer,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(call, status, code, pointer, format, args);
	va_end(args);
	return false;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Takes the text, in any case, off the front; white space before it too. */
static bool take(struct slice *rest, const char *text)
{
	size_t size = text_size(text);

	while (rest->size > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t'))
		*rest = slice_of(rest->data + 1, rest->size - 1);
	if (rest->size < size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (lower(rest->data[i]) != (uint8_t)text[i])
			return false;
	*rest = slice_of(rest->data + size, rest->size - size);
	return true;
}

bool call_type_is(struct slice rest, const char *name)
{
	if (!take(&rest, name))
		return false;
	if (take(&rest, ";") && !take(&rest, "charset=utf-8") && !take(&rest, "charset=\"utf-8\""))
		return false;
	return take(&rest, "") && rest.size == 0;
}

static bool refuse_json(struct call *call, enum json_error error, size_t at)
{
	const char *text = json_error_text(error);

	switch (error) {
	case JSON_TOO_LARGE:
		return call_refuse(call, 413, "BODY_TOO_LARGE", "The body is larger than %d bytes.",
				   JSON_SIZE_MAX);
	case JSON_TOO_DEEP:
		return call_refuse(call, 400, "JSON_TOO_DEEP",
				   "At byte %zu the body nests deeper than %d levels.", at,
				   JSON_DEPTH_MAX);
	case JSON_DUPLICATE_KEY:
		return call_refuse(call, 400, "DUPLICATE_KEY",
				   "At byte %zu an object has a key a second time.", at);
	case JSON_NO_MEMORY:
		call_refuse(call, 503, "NO_MEMORY", "There is no memory for this body now.");
		call->problem.retry_after_s = 1;
		return false;
	default:
		return call_refuse(call, 400, "MALFORMED_JSON",
				   "At byte %zu the body is no JSON: %s.", at, text);
	}
}

static bool read_body(struct call *call, void *out, const struct shape *shape,
		      bool (*read)(void *, struct shape_error *, const struct shape *,
				   const struct json *))
{
	const struct request *request = call->request;
	struct shape_error shape_error;
	struct json *json = NULL;
	enum json_error error;
	size_t at = 0;
	bool fits;

	if (!call->found->inner && !call_type_is(request->content_type, "application/json"))
		return call_refuse(call, 415, "UNSUPPORTED_MEDIA_TYPE",
				   "The body must be sent as Content-Type: application/json.");
	error = json_parse(&json, &at, request->body);
	if (error != JSON_OK)
		return refuse_json(call, error, at);
	fits = read(out, &shape_error, shape, json);
	json_free(json);
	if (!fits)
		return call_refuse_at(call, 422, shape_error.code, shape_error.pointer, "%s",
				      shape_error.detail);
	return true;
}

bool call_body(struct call *call, void *out, const struct shape *shape)
{
	return read_body(call, out, shape, shape_from_json);
}

bool call_patch(struct call *call, void *inout, const struct shape *shape)
{
	return read_body(call, inout, shape, shape_patch_json);
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Into the arena. False: a '%' without two hex digits, or no room. */
static bool decode_percent(struct call *call, struct slice *out, struct slice from)
{
	uint8_t *at;
	size_t used = 0;

	if (!call_room(call, from.size + 1, CALL_ROOM_WRITE, CALL_READS_TOO_MUCH))
		return false;
	at = arena_alloc(call->arena, from.size + 1);
	for (size_t i = 0; i < from.size; i++) {
		uint8_t c = from.data[i];

		if (c == '%') {
			int high = i + 2 < from.size ? hex_digit(from.data[i + 1]) : -1;
			int low = i + 2 < from.size ? hex_digit(from.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (uint8_t)(high * 16 + low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		at[used++] = c;
	}
	*out = slice_of(at, used);
	return true;
}

static struct slice cut_at(struct slice *rest, uint8_t mark)
{
	struct slice part = *rest;
	size_t n = 0;

	while (n < rest->size && rest->data[n] != mark)
		n++;
	part.size = n;
	n += n < rest->size;
	*rest = slice_of(rest->data + n, rest->size - n);
	return part;
}

/* The next parameter that is not empty; name and value still encoded. */
static bool next_parameter(struct slice *rest, struct slice *name, struct slice *value)
{
	while (rest->size > 0) {
		struct slice pair = cut_at(rest, '&');

		if (pair.size == 0)
			continue;
		*name = cut_at(&pair, '=');
		*value = pair;
		return true;
	}
	return false;
}

bool call_query(struct call *call, struct slice *out, const char *wanted)
{
	struct slice rest = call->request->query, name, value, decoded;

	while (next_parameter(&rest, &name, &value))
		if (decode_percent(call, &decoded, name) && slice_is(decoded, wanted))
			return decode_percent(call, out, value);
	return false;
}

static bool check_parameter(struct call *call, uint64_t *seen, const char *const *names,
			    struct slice raw_name, struct slice raw_value)
{
	struct slice name, value;
	unsigned i = 0;

	if (!decode_percent(call, &name, raw_name) || !decode_percent(call, &value, raw_value) ||
	    !text_is_utf8(name) || !text_is_utf8(value))
		return call_refuse(call, 400, "MALFORMED_QUERY",
				   "The query is not percent-encoded UTF-8 (RFC 3986).");
	while (names[i] != NULL && !slice_is(name, names[i]))
		i++;
	MUST(i < 64);
	if (names[i] == NULL)
		return call_refuse(call, 400, "UNKNOWN_PARAMETER",
				   "There is no query parameter '%.*s' here.",
				   (int)(name.size < 64 ? name.size : 64), (const char *)name.data);
	if ((*seen >> i & 1) != 0)
		return call_refuse(call, 400, "REPEATED_PARAMETER",
				   "The query parameter '%s' stands there more than once.",
				   names[i]);
	*seen |= (uint64_t)1 << i;
	return true;
}

bool call_query_only(struct call *call, const char *const *names)
{
	struct slice rest = call->request->query, name, value;
	uint64_t seen = 0;

	while (next_parameter(&rest, &name, &value))
		if (!check_parameter(call, &seen, names, name, value))
			return false;
	return true;
}

/* A path that can name nothing names nothing: the same 404 as for an id that nobody has. */
static bool refuse_param(struct call *call)
{
	return call_refuse(call, 404, "NOT_FOUND", "There is nothing under this path.");
}

bool call_param_subject(struct call *call, char out[SUBJECT_SIZE], size_t n)
{
	MUST(n < PATH_PARAM_COUNT_MAX);
	if (!subject_is_valid(call->request->params[n]) ||
	    !text_set(out, SUBJECT_SIZE, call->request->params[n]))
		return refuse_param(call);
	return true;
}

bool call_param_uuid(struct call *call, struct id128 *out, size_t n)
{
	MUST(n < PATH_PARAM_COUNT_MAX);
	return uuid_decode(out, call->request->params[n]) || refuse_param(call);
}

void call_random(struct call *call, void *out, size_t size)
{
	MUST(size <= sizeof(call->random) - call->random_used);
	if (!call->random_drawn)
		crypto_random(call->random, sizeof(call->random));
	call->random_drawn = true;
	mem_copy(out, call->random + call->random_used, size);
	call->random_used += size;
}

struct id128 call_new_id(struct call *call)
{
	uint8_t random[10];

	call_random(call, random, sizeof(random));
	return uuid7_make(call->now, random);
}

void call_reply_json(struct call *call, uint16_t status, struct json_out *json)
{
	MUST(status >= 200 && status <= 299 && call->reply.body.data != NULL);
	call->reply.status = status;
	call->reply.content_type = NULL;
	json_begin(json, &call->reply.body);
}

void call_reply_shape(struct call *call, uint16_t status, const struct shape *shape,
		      const void *value)
{
	struct json_out json;

	call_reply_json(call, status, &json);
	shape_to_json(&json, NULL, shape, value);
}
