/* core/shape.c - bodies in, by the shapes' tables. Without it every command would check its own
 * fields, and each would forget another one.
 */
#include "core/shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/call.h"
#include "core/date.h"
#include "core/shape_member.h"
#include "core/text.h"

/* Where in the body we are. A copy goes down with each step, so nothing need be put back. */
struct place {
	struct shape_error *error;
	size_t used; /* Of error->pointer. */
	bool full;   /* What is deeper found no room: the pointer stays at the place around it. */
};

static bool read_struct(struct place, const struct shape *, void *out, const struct json *);

/* RFC 6901: '~' and '/' stand for themselves only as ~0 and ~1. */
static struct place place_in(struct place at, const char *name)
{
	struct writer w = { .data = (uint8_t *)at.error->pointer,
			    .size = SHAPE_POINTER_SIZE - 1,
			    .used = at.used };

	write_u8(&w, '/');
	for (; *name != '\0'; name++) {
		if (*name == '~' || *name == '/')
			write_text(&w, *name == '~' ? "~0" : "~1");
		else
			write_u8(&w, (uint8_t)*name);
	}
	at.full = at.full || w.failed;
	if (!at.full)
		at.used = w.used;
	return at;
}

static struct place place_at(struct place at, size_t index)
{
	char text[21];

	snprintf(text, sizeof(text), "%zu", index);
	return place_in(at, text);
}

/* Always false, so that a reader may end with it. */
__attribute__((format(printf, 3, 4))) static bool refuse(struct place at, const char *code,
							 const char *format, ...)
{
	va_list args;

	at.error->code = code;
	at.error->pointer[at.used] = '\0';
	va_start(args, format);
	vsnprintf(at.error->detail, sizeof(at.error->detail), format, args);
	va_end(args);
	return false;
}

/* Lists as many of the names as there is room for. */
static bool refuse_name(struct place at, const char *const *names)
{
	enum { MORE_SIZE = sizeof(", ...") };
	struct shape_error *error = at.error;
	struct writer w = { .data = (uint8_t *)error->detail,
			    .size = sizeof(error->detail) - MORE_SIZE };
	size_t fitting;

	write_text(&w, "must be one of: ");
	for (size_t i = 0; names[i] != NULL; i++) {
		fitting = w.used;
		write_text(&w, i > 0 ? ", " : "");
		write_text(&w, names[i]);
		if (w.failed) {
			w = (struct writer){ w.data, sizeof(error->detail), fitting, false };
			write_text(&w, ", ...");
			break;
		}
	}
	error->detail[w.used] = '\0';
	error->code = "BAD_FORMAT";
	error->pointer[at.used] = '\0';
	return false;
}

/* A value whose bits mean "nothing said" cannot be said. */
static bool refuse_if_empty(struct place at, const struct shape_field *f, const void *value)
{
	if (!member_is_empty(f, value, SHAPE_SHOWN))
		return true;
	return refuse(at, "OUT_OF_RANGE",
		      "this value stands for none: leave the field out instead");
}

static bool read_int(struct place at, const struct shape_field *f, void *value,
		     const struct json *in)
{
	int64_t number;

	if (!json_int(in, &number))
		return refuse(at, "WRONG_TYPE", "must be a whole number within 2^53");
	if (number < f->min || number > f->max)
		return refuse(at, "OUT_OF_RANGE", "must be %" PRId64 " to %" PRId64, f->min,
			      f->max);
	member_set_int(f, value, number);
	return true;
}

static bool read_bool(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	bool said;

	if (!json_bool(in, &said))
		return refuse(at, "WRONG_TYPE", "must be true or false");
	member_set_int(f, value, said);
	return true;
}

static bool read_text(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	struct slice text = json_text(in);
	int64_t least = f->min;

	if ((f->flags & SHAPE_REQUIRED) != 0 && least == 0)
		least = 1;
	if ((int64_t)text.size < least || text.size >= f->size)
		return refuse(at, "OUT_OF_RANGE",
			      "must have %" PRId64 " to %" PRIu32 " bytes of UTF-8", least,
			      f->size - 1);
	if (((f->flags & SHAPE_ANY_TEXT) == 0 && !text_is_printable(text)) ||
	    !text_set((char *)member_in(f, value), f->size, text))
		return refuse(at, "BAD_FORMAT", "must have no control characters");
	return true;
}

static bool read_subject(struct place at, const struct shape_field *f, void *value,
			 const struct json *in)
{
	struct slice text = json_text(in);

	if (!subject_is_valid(text) || !text_set((char *)member_in(f, value), f->size, text))
		return refuse(at, "BAD_FORMAT", "must be 1 to %d of a-z, 0-9 and '-'",
			      SUBJECT_SIZE - 1);
	return true;
}

static bool read_uuid(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	struct id128 id;

	if (!uuid_decode(&id, json_text(in)))
		return refuse(at, "BAD_FORMAT", "must be a UUID (RFC 9562)");
	mem_copy(member_in(f, value), &id, sizeof(id));
	return refuse_if_empty(at, f, value);
}

/* What is reckoned from a day, validity and grace and a month's end, must stay within the calendar.
 */
static bool refuse_if_far(struct place at, day_t day)
{
	if (civil_of_day(day).year > SHAPE_YEAR_MAX)
		return refuse(at, "OUT_OF_RANGE", "must not be later than the year %d",
			      SHAPE_YEAR_MAX);
	return true;
}

static bool read_time(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	time_ms time;

	if (!time_decode(&time, json_text(in)))
		return refuse(
		    at, "BAD_FORMAT",
		    "must be a time with its offset (RFC 3339), as 2027-04-01T09:00:00+09:00");
	member_set_int(f, value, time);
	return refuse_if_far(at, day_at(time)) && refuse_if_empty(at, f, value);
}

static bool read_day(struct place at, const struct shape_field *f, void *value,
		     const struct json *in)
{
	bool month = f->type == SHAPE_MONTH;
	struct slice text = json_text(in);
	day_t day;

	if (!(month ? month_decode(&day, text) : date_decode(&day, text)))
		return refuse(at, "BAD_FORMAT", "must be a real %s",
			      month ? "month, YYYY-MM" : "date, YYYY-MM-DD");
	member_set_int(f, value, day);
	return refuse_if_far(at, day) && refuse_if_empty(at, f, value);
}

/* False: no such name. */
static bool find_name(size_t *index, const char *const *names, struct slice text)
{
	for (*index = 0; names[*index] != NULL; (*index)++)
		if (slice_is(text, names[*index]))
			return true;
	return false;
}

static bool read_enum(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	size_t index;

	if (!find_name(&index, f->names, json_text(in)))
		return refuse_name(at, f->names);
	member_set_int(f, value, (int64_t)index);
	return true;
}

static bool read_set(struct place at, const struct shape_field *f, void *value,
		     const struct json *in)
{
	size_t index, i = 0;
	int64_t bits = 0;

	for (const struct json *item = json_first(in); item != NULL; item = json_next(item), i++) {
		struct place here = place_at(at, i);

		if (json_type(item) != JSON_TEXT)
			return refuse(here, "WRONG_TYPE", "must be a text");
		if (!find_name(&index, f->names, json_text(item)))
			return refuse_name(here, f->names);
		if ((bits >> index & 1) != 0)
			return refuse(here, "BAD_FORMAT", "stands here twice");
		bits |= (int64_t)1 << index;
	}
	member_set_int(f, value, bits);
	return true;
}

static bool read_bytes_text(struct place at, const struct shape_field *f, void *value,
			    const struct json *in)
{
	size_t used;

	if (!base64url_decode(member_in(f, value), &used, f->size, json_text(in)) ||
	    used != f->size)
		return refuse(at, "BAD_FORMAT",
			      "must be %" PRIu32 " bytes in base64url without padding", f->size);
	return refuse_if_empty(at, f, value);
}

static bool read_object(struct place at, const struct shape_field *f, void *value,
			const struct json *in)
{
	return read_struct(at, f->of, member_in(f, value), in);
}

static bool read_list(struct place at, const struct shape_field *f, void *value,
		      const struct json *in)
{
	size_t size = json_count(in), i = 0;
	uint16_t count = (uint16_t)size;

	if (size > f->capacity)
		return refuse(at, "TOO_MANY_ITEMS", "must have at most %" PRIu32 " items",
			      f->capacity);
	for (const struct json *item = json_first(in); item != NULL; item = json_next(item), i++)
		if (!read_struct(place_at(at, i), f->of, member_in(f, value) + i * f->size, item))
			return false;
	mem_copy((uint8_t *)value + f->count_offset, &count, sizeof(count));
	return true;
}

static const struct {
	bool (*read)(struct place, const struct shape_field *, void *value, const struct json *);
	enum json_type from;
	const char *must;
} readers[] = {
	[SHAPE_INT] = { read_int, JSON_NUMBER, "must be a whole number" },
	[SHAPE_BOOL] = { read_bool, JSON_BOOL, "must be true or false" },
	[SHAPE_TEXT] = { read_text, JSON_TEXT, "must be a text" },
	[SHAPE_SUBJECT] = { read_subject, JSON_TEXT, "must be a text" },
	[SHAPE_UUID] = { read_uuid, JSON_TEXT, "must be a UUID in a text" },
	[SHAPE_TIME] = { read_time, JSON_TEXT, "must be a time in a text" },
	[SHAPE_DATE] = { read_day, JSON_TEXT, "must be a date in a text" },
	[SHAPE_MONTH] = { read_day, JSON_TEXT, "must be a month in a text" },
	[SHAPE_ENUM] = { read_enum, JSON_TEXT, "must be a text" },
	[SHAPE_SET] = { read_set, JSON_ARRAY, "must be an array of texts" },
	[SHAPE_BYTES] = { read_bytes_text, JSON_TEXT, "must be base64url in a text" },
	[SHAPE_OBJECT] = { read_object, JSON_OBJECT, "must be an object" },
	[SHAPE_LIST] = { read_list, JSON_ARRAY, "must be an array" },
};

static const struct shape_field *field_of_body(const struct shape *shape, const char *name)
{
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++)
		if ((f->flags & (SHAPE_ANSWER | SHAPE_SECRET)) == 0 && text_equal(f->name, name))
			return f;
	return NULL;
}

static bool read_member(struct place at, const struct shape_field *f, void *out,
			const struct json *in)
{
	bool required = (f->flags & SHAPE_REQUIRED) != 0;

	if (in == NULL && required)
		return refuse(at, "MISSING_FIELD", "must be there");
	if (in == NULL || (json_type(in) == JSON_NULL && !required))
		return true;
	if (json_type(in) != readers[f->type].from)
		return refuse(at, "WRONG_TYPE", "%s", readers[f->type].must);
	return readers[f->type].read(at, f, out, in);
}

/* Unknown names come first: a misspelt field should not be called missing. */
static bool read_struct(struct place at, const struct shape *shape, void *out,
			const struct json *in)
{
	if (json_type(in) != JSON_OBJECT)
		return refuse(at, "WRONG_TYPE", "must be an object");
	for (const struct json *member = json_first(in); member != NULL; member = json_next(member))
		if (field_of_body(shape, json_name(member)) == NULL)
			return refuse(place_in(at, json_name(member)), "UNKNOWN_FIELD",
				      "is no field of %s in a body", shape->name);
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++) {
		shape_field_check(f);
		if ((f->flags & (SHAPE_ANSWER | SHAPE_SECRET)) != 0)
			continue;
		if (!read_member(place_in(at, f->name), f, out, json_get(in, f->name)))
			return false;
	}
	return true;
}

bool shape_from_json(void *out, struct shape_error *error, const struct shape *shape,
		     const struct json *in)
{
	struct place root = { .error = error };

	mem_zero(out, shape->size);
	mem_zero(error, sizeof(*error));
	if (!read_struct(root, shape, out, in))
		return false;
	mem_zero(error, sizeof(*error));
	return true;
}

/* A number or a name that is always said has no "nothing". */
static bool may_be_cleared(const struct shape_field *f)
{
	switch (f->type) {
	case SHAPE_INT:
	case SHAPE_BOOL:
	case SHAPE_ENUM:
	case SHAPE_SET:
		return false;
	case SHAPE_TEXT:
		return f->min == 0;
	default:
		return true;
	}
}

/* What is said changes, null clears, the rest stays. */
static bool patch_member(struct place at, const struct shape_field *f, void *inout,
			 const struct json *said)
{
	if (json_type(said) == JSON_NULL && !may_be_cleared(f))
		return refuse(at, "WRONG_TYPE", "cannot be cleared; say a value");
	mem_zero(member_in(f, inout), f->type == SHAPE_LIST ? f->size * f->capacity : f->size);
	if (f->type == SHAPE_LIST)
		mem_zero((uint8_t *)inout + f->count_offset, sizeof(uint16_t));
	return read_member(at, f, inout, said);
}

bool shape_patch_json(void *inout, struct shape_error *error, const struct shape *shape,
		      const struct json *in)
{
	struct place root = { .error = error };

	mem_zero(error, sizeof(*error));
	if (json_type(in) != JSON_OBJECT)
		return refuse(root, "WRONG_TYPE", "must be an object");
	for (const struct json *member = json_first(in); member != NULL;
	     member = json_next(member)) {
		const char *name = json_name(member);
		const struct shape_field *f = field_of_body(shape, name);

		if (f == NULL)
			return refuse(place_in(root, name), "UNKNOWN_FIELD",
				      "cannot be changed, or is no field of %s", shape->name);
		if (!patch_member(place_in(root, name), f, inout, member))
			return false;
	}
	return true;
}
