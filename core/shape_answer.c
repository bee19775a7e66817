/* core/shape_answer.c - answers out, by the shapes' tables. Without it what is stored as a secret
 * would be one forgotten line away from being shown.
 */
#include "core/shape_member.h"

#include "core/date.h"

static void put_text(struct json_out *o, const char *key, const char *text)
{
	json_put_text(o, key, slice_text(text));
}

static void put_time(struct json_out *o, const struct shape_field *f, int64_t number)
{
	char text[TIME_TEXT_SIZE];

	_Static_assert(sizeof(text) >= DATE_TEXT_SIZE && sizeof(text) >= MONTH_TEXT_SIZE,
		       "room for all");
	if (f->type == SHAPE_TIME)
		time_encode(text, number);
	else if (f->type == SHAPE_DATE)
		date_encode(text, (day_t)number);
	else
		month_encode(text, (day_t)number);
	put_text(o, f->name, text);
}

static void put_set(struct json_out *o, const struct shape_field *f, int64_t bits)
{
	json_array(o, f->name);
	for (size_t i = 0; f->names[i] != NULL; i++)
		if ((bits >> i & 1) != 0)
			put_text(o, NULL, f->names[i]);
	json_array_end(o);
}

static void put_bytes(struct json_out *o, const struct shape_field *f, const void *value)
{
	char text[SHAPE_BYTES_SIZE_MAX / 3 * 4 + 5];

	base64url_encode(text, sizeof(text), slice_of(member_of(f, value), f->size));
	put_text(o, f->name, text);
}

static void put_list(struct json_out *o, const struct shape_field *f, const void *value)
{
	json_array(o, f->name);
	for (size_t i = 0; i < member_count(f, value); i++)
		shape_to_json(o, NULL, f->of, member_item(f, value, i));
	json_array_end(o);
}

static void put_member(struct json_out *o, const struct shape_field *f, const void *value)
{
	char uuid[UUID_TEXT_SIZE];
	struct id128 id;

	MUST(member_is_sound(f, value));
	switch ((enum shape_type)f->type) {
	case SHAPE_INT:
		json_put_int(o, f->name, member_int(f, value));
		return;
	case SHAPE_BOOL:
		json_put_bool(o, f->name, member_int(f, value) != 0);
		return;
	case SHAPE_TEXT:
	case SHAPE_SUBJECT:
		json_put_text(o, f->name, member_text(f, value));
		return;
	case SHAPE_UUID:
		mem_copy(&id, member_of(f, value), sizeof(id));
		uuid_encode(uuid, id);
		put_text(o, f->name, uuid);
		return;
	case SHAPE_TIME:
	case SHAPE_DATE:
	case SHAPE_MONTH:
		put_time(o, f, member_int(f, value));
		return;
	case SHAPE_ENUM:
		put_text(o, f->name, f->names[member_int(f, value)]);
		return;
	case SHAPE_SET:
		put_set(o, f, member_int(f, value));
		return;
	case SHAPE_BYTES:
		put_bytes(o, f, value);
		return;
	case SHAPE_OBJECT:
		shape_to_json(o, f->name, f->of, member_of(f, value));
		return;
	case SHAPE_LIST:
		put_list(o, f, value);
	}
}

static bool is_always_said(const struct shape_field *f)
{
	return (f->flags & SHAPE_REQUIRED) != 0 || f->type == SHAPE_INT || f->type == SHAPE_BOOL ||
	       f->type == SHAPE_ENUM || f->type == SHAPE_SET;
}

void shape_to_json(struct json_out *o, const char *key, const struct shape *shape,
		   const void *value)
{
	json_object(o, key);
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++) {
		shape_field_check(f);
		if ((f->flags & SHAPE_SECRET) != 0)
			continue;
		if (is_always_said(f) || !member_is_empty(f, value, SHAPE_SHOWN))
			put_member(o, f, value);
	}
	json_object_end(o);
}
