/* core/json.c - the door to cJSON, and the way out. Without it a key given twice or
 * 9007199254740993 would reach a price as whatever the parser made of it.
 *
 * A text is first checked to the letter (core/json_scan), then given to cJSON, then walked beside
 * its tree: there keys are compared, and numbers marked that are exact integers.
 */
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/json_scan.h"
#include "core/text.h"

/* One member of an object, for finding a key that was there before. */
struct key {
	const char *name;
	size_t at;
};

static int key_order(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

/* By sorting: an object of tens of thousands of keys must not cost their square. */
static bool keys_differ(struct json_scan *s, struct key *keys, size_t count)
{
	size_t first = SIZE_MAX;

	if (count > 1)
		qsort(keys, count, sizeof(*keys), key_order);
	for (size_t i = 1; i < count; i++)
		if (strcmp(keys[i - 1].name, keys[i].name) == 0 && keys[i].at < first)
			first = keys[i].at;
	if (first == SIZE_MAX)
		return true;
	s->at = first;
	return json_scan_fail(s, JSON_DUPLICATE_KEY);
}

/* The start of the next string or number. The text is known to be JSON and is walked in the
 * order of the tree, so the next one is the one looked for. */
static size_t walk_to(struct json_scan *s, bool string)
{
	uint8_t c;

	while ((c = json_scan_peek(s)) != '"' && c != '-' && !(c >= '0' && c <= '9'))
		s->at++;
	MUST(s->at < s->size && (c == '"') == string);
	return s->at;
}

static bool walk_value(struct json_scan *s, cJSON *node);

static bool walk_object(struct json_scan *s, cJSON *object)
{
	size_t count = json_count((const struct json *)object), i = 0;
	struct key *keys = calloc(count + 1, sizeof(*keys));
	bool fine = keys != NULL || json_scan_fail(s, JSON_NO_MEMORY);

	for (cJSON *child = object->child; fine && child != NULL; child = child->next) {
		keys[i++] = (struct key){ child->string, walk_to(s, true) };
		MUST(json_scan_string(s));
		fine = walk_value(s, child);
	}
	fine = fine && keys_differ(s, keys, count);
	free(keys);
	return fine;
}

/* cJSON keeps doubles only; its `valueint`, which it no longer uses, says here whether the
 * double is exactly the integer that was written. */
static void walk_number(struct json_scan *s, cJSON *node)
{
	size_t from = walk_to(s, false);
	int64_t value;

	MUST(json_scan_number(s));
	node->valueint = decimal_decode(&value, slice_of(s->data + from, s->at - from)) &&
			 value >= -JSON_INT_MAX && value <= JSON_INT_MAX;
}

static bool walk_value(struct json_scan *s, cJSON *node)
{
	switch (json_type((const struct json *)node)) {
	case JSON_NUMBER:
		walk_number(s, node);
		return true;
	case JSON_TEXT:
		walk_to(s, true);
		MUST(json_scan_string(s));
		return true;
	case JSON_OBJECT:
		return walk_object(s, node);
	case JSON_ARRAY:
		for (cJSON *child = node->child; child != NULL; child = child->next)
			if (!walk_value(s, child))
				return false;
		return true;
	default:
		return true;
	}
}

static cJSON *parse(struct json_scan *s, struct slice text)
{
	cJSON *root;

	if (!json_scan_text(s))
		return NULL;
	s->at = 0;
	root = cJSON_ParseWithLengthOpts((const char *)text.data, text.size, NULL, false);
	if (root == NULL) {
		json_scan_fail(s, JSON_NO_MEMORY);
		return NULL;
	}
	if (!walk_value(s, root)) {
		cJSON_Delete(root);
		return NULL;
	}
	return root;
}

enum json_error json_parse(struct json **out, size_t *at, struct slice text)
{
	struct json_scan s = { .data = text.data, .size = text.size };

	*out = NULL;
	*at = 0;
	if (text.size > JSON_SIZE_MAX) {
		*at = JSON_SIZE_MAX;
		return JSON_TOO_LARGE;
	}
	*at = text_utf8_prefix(text);
	if (*at < text.size)
		return JSON_NOT_UTF8;
	*out = (struct json *)parse(&s, text);
	*at = s.at;
	return s.error;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)root);
}

const char *json_error_text(enum json_error error)
{
	static const char *const texts[] = {
		[JSON_OK] = "no error",
		[JSON_SYNTAX] = "not JSON",
		[JSON_TOO_LARGE] = "too large",
		[JSON_TOO_DEEP] = "nested too deep",
		[JSON_DUPLICATE_KEY] = "the same key twice in one object",
		[JSON_NOT_UTF8] = "not UTF-8",
		[JSON_NO_MEMORY] = "out of memory",
	};

	MUST((size_t)error < COUNT_OF(texts));
	return texts[error];
}

enum json_type json_type(const struct json *value)
{
	switch (((const cJSON *)value)->type & 0xff) {
	case cJSON_NULL:
		return JSON_NULL;
	case cJSON_False:
	case cJSON_True:
		return JSON_BOOL;
	case cJSON_Number:
		return JSON_NUMBER;
	case cJSON_String:
		return JSON_TEXT;
	case cJSON_Array:
		return JSON_ARRAY;
	default:
		return JSON_OBJECT;
	}
}

const struct json *json_first(const struct json *container)
{
	return (const struct json *)((const cJSON *)container)->child;
}

const struct json *json_next(const struct json *value)
{
	return (const struct json *)((const cJSON *)value)->next;
}

const char *json_name(const struct json *member)
{
	return ((const cJSON *)member)->string;
}

const struct json *json_get(const struct json *object, const char *name)
{
	if (json_type(object) != JSON_OBJECT)
		return NULL;
	for (const struct json *m = json_first(object); m != NULL; m = json_next(m))
		if (text_equal(json_name(m), name))
			return m;
	return NULL;
}

size_t json_count(const struct json *container)
{
	size_t count = 0;

	for (const struct json *m = json_first(container); m != NULL; m = json_next(m))
		count++;
	return count;
}

bool json_int(const struct json *value, int64_t *out)
{
	const cJSON *node = (const cJSON *)value;

	if (json_type(value) != JSON_NUMBER || node->valueint != 1)
		return false;
	*out = (int64_t)node->valuedouble;
	return true;
}

bool json_bool(const struct json *value, bool *out)
{
	if (json_type(value) != JSON_BOOL)
		return false;
	*out = (((const cJSON *)value)->type & 0xff) == cJSON_True;
	return true;
}

struct slice json_text(const struct json *value)
{
	MUST(json_type(value) == JSON_TEXT);
	return slice_text(((const cJSON *)value)->valuestring);
}

void json_begin(struct json_out *out, struct writer *to)
{
	*out = (struct json_out){ .to = to };
}

static void put_escaped(struct writer *w, uint8_t c)
{
	static const char shorts[] = "\bb\tt\nn\ff\rr\"\"\\\\";

	write_text(w, "\\");
	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2)
		if ((uint8_t)shorts[i] == c) {
			write_u8(w, (uint8_t)shorts[i + 1]);
			return;
		}
	write_text(w, "u00");
	write_hex(w, slice_of(&c, 1));
}

/* Runs of plain bytes go out in one piece. */
static void put_utf8(struct writer *w, struct slice text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		write_bytes(w, slice_of(text.data + from, i - from));
		put_escaped(w, c);
		from = i + 1;
	}
	if (from < text.size)
		write_bytes(w, slice_of(text.data + from, text.size - from));
}

static void put_string(struct writer *w, struct slice text)
{
	write_text(w, "\"");
	while (text.size > 0) {
		size_t good = text_utf8_prefix(text);

		put_utf8(w, slice_of(text.data, good));
		if (good == text.size)
			break;
		write_text(w, "\xef\xbf\xbd");
		text = slice_of(text.data + good + 1, text.size - good - 1);
	}
	write_text(w, "\"");
}

/* What stands in front of a value: the comma and the key. */
static void put_front(struct json_out *out, const char *key)
{
	if (out->comma)
		write_text(out->to, ",");
	out->comma = true;
	if (key != NULL) {
		put_string(out->to, slice_text(key));
		write_text(out->to, ":");
	}
}

static void put_open(struct json_out *out, const char *key, const char *mark)
{
	put_front(out, key);
	write_text(out->to, mark);
	out->comma = false;
}

static void put_close(struct json_out *out, const char *mark)
{
	write_text(out->to, mark);
	out->comma = true;
}

void json_object(struct json_out *out, const char *key)
{
	put_open(out, key, "{");
}

void json_object_end(struct json_out *out)
{
	put_close(out, "}");
}

void json_array(struct json_out *out, const char *key)
{
	put_open(out, key, "[");
}

void json_array_end(struct json_out *out)
{
	put_close(out, "]");
}

void json_put_int(struct json_out *out, const char *key, int64_t value)
{
	put_front(out, key);
	if (value < 0)
		write_text(out->to, "-");
	write_decimal(out->to, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void json_put_bool(struct json_out *out, const char *key, bool value)
{
	put_front(out, key);
	write_text(out->to, value ? "true" : "false");
}

void json_put_text(struct json_out *out, const char *key, struct slice text)
{
	put_front(out, key);
	put_string(out->to, text);
}

void json_put_null(struct json_out *out, const char *key)
{
	put_front(out, key);
	write_text(out->to, "null");
}

void json_put_raw(struct json_out *out, const char *key, struct slice json)
{
	put_front(out, key);
	write_bytes(out->to, json);
}
