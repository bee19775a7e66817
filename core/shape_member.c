/* core/shape_member.c - reads and writes struct members by their tables. Without it JSON, CBOR and
 * schema would each do their own arithmetic on offsets, and one of them would be wrong.
 */
#include "core/shape_member.h"

#include "core/call.h"
#include "core/date.h"
#include "core/text.h"

enum { SET_NAME_COUNT_MAX = 32, ENUM_NAME_COUNT_MAX = 256 };

size_t shape_name_count(const char *const *names)
{
	size_t count = 0;

	while (names[count] != NULL)
		count++;
	return count;
}

bool member_int_is_signed(const struct shape_field *f)
{
	switch (f->type) {
	case SHAPE_INT:
		return f->size == 8 || f->min < 0;
	case SHAPE_TIME:
	case SHAPE_DATE:
	case SHAPE_MONTH:
		return true;
	default:
		return false;
	}
}

bool member_int_fits(const struct shape_field *f, int64_t number)
{
	unsigned bits = 8 * f->size;

	if (f->size == 8)
		return true;
	if (member_int_is_signed(f))
		return number >= -((int64_t)1 << (bits - 1)) && number < (int64_t)1 << (bits - 1);
	return number >= 0 && number < (int64_t)1 << bits;
}

static void check_int(const struct shape_field *f)
{
	MUST(f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8);
	MUST(f->min <= f->max && member_int_fits(f, f->min) && member_int_fits(f, f->max));
}

static void check_names(const struct shape_field *f)
{
	size_t count;

	MUST(f->names != NULL);
	count = shape_name_count(f->names);
	MUST(f->size == (f->type == SHAPE_ENUM ? sizeof(uint8_t) : sizeof(uint32_t)));
	MUST(count > 0 &&
	     count <= (f->type == SHAPE_ENUM ? ENUM_NAME_COUNT_MAX : SET_NAME_COUNT_MAX));
}

void shape_field_check(const struct shape_field *f)
{
	switch ((enum shape_type)f->type) {
	case SHAPE_INT:
		check_int(f);
		return;
	case SHAPE_BOOL:
		MUST(f->size == sizeof(bool));
		return;
	case SHAPE_TEXT:
		MUST(f->size >= 2 && f->min >= 0 && f->min < (int64_t)f->size);
		return;
	case SHAPE_SUBJECT:
		MUST(f->size == SUBJECT_SIZE);
		return;
	case SHAPE_UUID:
		MUST(f->size == sizeof(struct id128));
		return;
	case SHAPE_TIME:
		MUST(f->size == sizeof(time_ms));
		return;
	case SHAPE_DATE:
	case SHAPE_MONTH:
		MUST(f->size == sizeof(day_t));
		return;
	case SHAPE_ENUM:
	case SHAPE_SET:
		check_names(f);
		return;
	case SHAPE_BYTES:
		MUST(f->size > 0 && f->size <= SHAPE_BYTES_SIZE_MAX);
		return;
	case SHAPE_OBJECT:
		MUST(f->of != NULL && f->of->size == f->size);
		return;
	case SHAPE_LIST:
		MUST(f->of != NULL && f->of->size == f->size);
		MUST(f->capacity > 0 && f->capacity <= UINT16_MAX);
		return;
	}
	MUST(!"a shape type");
}

int64_t member_int(const struct shape_field *f, const void *value)
{
	const uint8_t *at = member_of(f, value);
	bool with_sign = member_int_is_signed(f);
	uint16_t two;
	uint32_t four;
	int64_t eight;

	switch (f->size) {
	case 1:
		return with_sign ? (int64_t)(int8_t)*at : (int64_t)*at;
	case 2:
		mem_copy(&two, at, sizeof(two));
		return with_sign ? (int64_t)(int16_t)two : (int64_t)two;
	case 4:
		mem_copy(&four, at, sizeof(four));
		return with_sign ? (int64_t)(int32_t)four : (int64_t)four;
	default:
		MUST(f->size == sizeof(eight));
		mem_copy(&eight, at, sizeof(eight));
		return eight;
	}
}

void member_set_int(const struct shape_field *f, void *value, int64_t number)
{
	uint8_t *at = member_in(f, value);
	uint8_t one = (uint8_t)number;
	uint16_t two = (uint16_t)number;
	uint32_t four = (uint32_t)number;

	MUST(member_int_fits(f, number));
	switch (f->size) {
	case 1:
		mem_copy(at, &one, sizeof(one));
		return;
	case 2:
		mem_copy(at, &two, sizeof(two));
		return;
	case 4:
		mem_copy(at, &four, sizeof(four));
		return;
	default:
		MUST(f->size == sizeof(number));
		mem_copy(at, &number, sizeof(number));
	}
}

/* A text without its NUL comes out as long as its member: no more is ever read. */
struct slice member_text(const struct shape_field *f, const void *value)
{
	const uint8_t *at = member_of(f, value);
	size_t size = 0;

	while (size < f->size && at[size] != 0)
		size++;
	return slice_of(at, size);
}

uint16_t member_count(const struct shape_field *f, const void *value)
{
	uint16_t count;

	mem_copy(&count, (const uint8_t *)value + f->count_offset, sizeof(count));
	MUST(count <= f->capacity);
	return count;
}

const void *member_item(const struct shape_field *f, const void *value, size_t i)
{
	return member_of(f, value) + i * f->size;
}

static bool bytes_are_zero(const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != 0)
			return false;
	return true;
}

bool member_is_empty(const struct shape_field *f, const void *value, enum shape_view view)
{
	switch ((enum shape_type)f->type) {
	case SHAPE_TEXT:
	case SHAPE_SUBJECT:
		return *member_of(f, value) == 0;
	case SHAPE_UUID:
	case SHAPE_BYTES:
		return bytes_are_zero(member_of(f, value), f->size);
	case SHAPE_OBJECT:
		return shape_is_empty(f->of, member_of(f, value), view);
	case SHAPE_LIST:
		return member_count(f, value) == 0;
	default:
		return member_int(f, value) == 0;
	}
}

static bool field_counts(const struct shape_field *f, enum shape_view view)
{
	return view == SHAPE_STORED ? f->tag != 0 : (f->flags & SHAPE_SECRET) == 0;
}

bool shape_is_empty(const struct shape *shape, const void *value, enum shape_view view)
{
	for (const struct shape_field *f = shape->fields; f->name != NULL; f++)
		if (field_counts(f, view) && !member_is_empty(f, value, view))
			return false;
	return true;
}

/* Here, where no JSON is: a gate asks it of its bundle, too. */
bool subject_is_valid(struct slice text)
{
	if (text.size == 0 || text.size >= SUBJECT_SIZE)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return false;
	}
	return true;
}

static bool number_is_sound(const struct shape_field *f, int64_t number)
{
	size_t count;

	switch ((enum shape_type)f->type) {
	case SHAPE_BOOL:
		return number == 0 || number == 1;
	case SHAPE_TIME:
		return time_is_real(number);
	case SHAPE_DATE:
		return civil_is_real(civil_of_day((day_t)number));
	case SHAPE_MONTH:
		return civil_is_real(civil_of_day((day_t)number)) &&
		       civil_of_day((day_t)number).day == 1;
	case SHAPE_ENUM:
		return (size_t)number < shape_name_count(f->names);
	case SHAPE_SET:
		count = shape_name_count(f->names);
		return (uint64_t)number >> count == 0;
	default:
		return true;
	}
}

bool member_is_sound(const struct shape_field *f, const void *value)
{
	struct slice text;

	switch ((enum shape_type)f->type) {
	case SHAPE_TEXT:
		text = member_text(f, value);
		return text.size < f->size && text_is_utf8(text);
	case SHAPE_SUBJECT:
		text = member_text(f, value);
		return text.size == 0 || subject_is_valid(text);
	case SHAPE_UUID:
	case SHAPE_BYTES:
	case SHAPE_OBJECT:
	case SHAPE_LIST:
		return true;
	default:
		return number_is_sound(f, member_int(f, value));
	}
}
