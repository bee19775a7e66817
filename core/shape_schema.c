/* core/shape_schema.c - shapes as JSON Schema. Without it /openapi.json would be written by hand,
 * and soon describe another program.
 */
#include "core/shape_member.h"

#include <stdio.h>

#include "core/call.h"

static void put_text(struct json_out *o, const char *key, const char *text)
{
	json_put_text(o, key, slice_text(text));
}

static void put_string(struct json_out *o, const char *format, const char *pattern)
{
	put_text(o, "type", "string");
	if (format != NULL)
		put_text(o, "format", format);
	if (pattern != NULL)
		put_text(o, "pattern", pattern);
}

/* An optional number that was not said is answered as 0, which may lie outside of a body's bounds.
 */
static void put_int(struct json_out *o, const struct shape_field *f, bool answer)
{
	bool may_be_zero = answer && (f->flags & SHAPE_REQUIRED) == 0;
	int64_t least = may_be_zero && f->min > 0 ? 0 : f->min;
	int64_t most = may_be_zero && f->max < 0 ? 0 : f->max;

	put_text(o, "type", "integer");
	if (least != INT64_MIN)
		json_put_int(o, "minimum", least);
	if (most != INT64_MAX)
		json_put_int(o, "maximum", most);
}

/* The table counts bytes, JSON Schema characters of up to four: the schema refuses only what the
 * program would. */
static void put_text_size(struct json_out *o, const struct shape_field *f)
{
	int64_t least = f->min;

	if ((f->flags & SHAPE_REQUIRED) != 0 && least == 0)
		least = 1;
	put_string(o, NULL, NULL);
	if (least > 0)
		json_put_int(o, "minLength", (least + 3) / 4);
	json_put_int(o, "maxLength", (int64_t)f->size - 1);
}

static void put_bytes(struct json_out *o, const struct shape_field *f)
{
	char pattern[40];

	snprintf(pattern, sizeof(pattern), "^[A-Za-z0-9_-]{%u}$",
		 (unsigned)((f->size * 8 + 5) / 6));
	put_string(o, NULL, pattern);
	put_text(o, "contentEncoding", "base64url");
}

static void put_names(struct json_out *o, const struct shape_field *f)
{
	put_string(o, NULL, NULL);
	json_array(o, "enum");
	for (size_t i = 0; f->names[i] != NULL; i++)
		put_text(o, NULL, f->names[i]);
	json_array_end(o);
}

/* Has it members that only answers have, or that an answer may say where a body may not? */
static bool differs_in_answers(const struct shape *shape)
{
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++) {
		if ((f->flags & SHAPE_SECRET) != 0)
			continue;
		if ((f->flags & SHAPE_ANSWER) != 0)
			return true;
		if (f->type == SHAPE_INT && (f->flags & SHAPE_REQUIRED) == 0 &&
		    (f->min > 0 || f->max < 0))
			return true;
		if (f->of != NULL && differs_in_answers(f->of))
			return true;
	}
	return false;
}

bool shape_schema_name(char out[SHAPE_NAME_SIZE], const struct shape *shape, bool answer)
{
	static const char end[] = "Answer";
	size_t size = text_size(shape->name), tail = sizeof(end) - 1;
	bool named = size >= tail && text_equal(shape->name + size - tail, end);
	bool other = answer && !named && differs_in_answers(shape);

	size = (size_t)snprintf(out, SHAPE_NAME_SIZE, "%s%s", shape->name, other ? end : "");
	MUST(size < SHAPE_NAME_SIZE);
	return other;
}

static void put_ref(struct json_out *o, const struct shape *shape, bool answer)
{
	char name[SHAPE_NAME_SIZE], ref[SHAPE_NAME_SIZE + 32];

	shape_schema_name(name, shape, answer);
	snprintf(ref, sizeof(ref), "#/components/schemas/%s", name);
	put_text(o, "$ref", ref);
}

static void put_set(struct json_out *o, const struct shape_field *f)
{
	put_text(o, "type", "array");
	json_object(o, "items");
	put_names(o, f);
	json_object_end(o);
	json_put_bool(o, "uniqueItems", true);
}

static void put_list(struct json_out *o, const struct shape_field *f, bool answer)
{
	put_text(o, "type", "array");
	json_object(o, "items");
	put_ref(o, f->of, answer);
	json_object_end(o);
	json_put_int(o, "maxItems", f->capacity);
}

static void put_type(struct json_out *o, const struct shape_field *f, bool answer)
{
	switch ((enum shape_type)f->type) {
	case SHAPE_INT:
		put_int(o, f, answer);
		return;
	case SHAPE_BOOL:
		put_text(o, "type", "boolean");
		return;
	case SHAPE_TEXT:
		put_text_size(o, f);
		return;
	case SHAPE_SUBJECT:
		put_string(o, NULL, "^[a-z0-9-]{1,32}$");
		return;
	case SHAPE_UUID:
		put_string(o, "uuid", NULL);
		return;
	case SHAPE_TIME:
		put_string(o, "date-time", NULL);
		return;
	case SHAPE_DATE:
		put_string(o, "date", NULL);
		return;
	case SHAPE_MONTH:
		put_string(o, NULL, "^[0-9]{4}-(0[1-9]|1[0-2])$");
		return;
	case SHAPE_ENUM:
		put_names(o, f);
		return;
	case SHAPE_SET:
		put_set(o, f);
		return;
	case SHAPE_BYTES:
		put_bytes(o, f);
		return;
	case SHAPE_OBJECT:
		put_ref(o, f->of, answer);
		return;
	case SHAPE_LIST:
		put_list(o, f, answer);
	}
}

static bool is_hidden(const struct shape_field *f, bool answer)
{
	return (f->flags & (answer ? SHAPE_SECRET : SHAPE_SECRET | SHAPE_ANSWER)) != 0;
}

static void put_field(struct json_out *o, const struct shape_field *f, bool answer)
{
	shape_field_check(f);
	json_object(o, f->name);
	put_type(o, f, answer);
	if (f->doc != NULL && *f->doc != '\0')
		put_text(o, "description", f->doc);
	if ((f->flags & SHAPE_ANSWER) != 0)
		json_put_bool(o, "readOnly", true);
	json_object_end(o);
}

static void put_required(struct json_out *o, const struct shape *shape, bool answer)
{
	bool begun = false;

	for (const struct shape_field *f = shape->fields; f->name != NULL; f++) {
		if (is_hidden(f, answer) || (f->flags & SHAPE_REQUIRED) == 0)
			continue;
		if (!begun)
			json_array(o, "required");
		begun = true;
		put_text(o, NULL, f->name);
	}
	if (begun)
		json_array_end(o);
}

void shape_to_schema(struct json_out *o, const char *key, const struct shape *shape, bool answer)
{
	json_object(o, key);
	put_text(o, "type", "object");
	json_object(o, "properties");
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++)
		if (!is_hidden(f, answer))
			put_field(o, f, answer);
	json_object_end(o);
	put_required(o, shape, answer);
	if (!answer)
		json_put_bool(o, "additionalProperties", false);
	json_object_end(o);
}
