/* core/shape_store.c - structs as stored CBOR. Without it each record would have its own reader,
 * and a field added to one program would break the other's.
 */
#include "core/shape_member.h"

#include "core/cbor.h"

static void put_member(struct writer *w, const struct shape_field *f, const void *value)
{
	const uint8_t *at = member_of(f, value);
	size_t count;

	MUST(member_is_sound(f, value));
	switch ((enum shape_type)f->type) {
	case SHAPE_BOOL:
		cbor_put_bool(w, true);
		return;
	case SHAPE_TEXT:
	case SHAPE_SUBJECT:
		cbor_put_text(w, member_text(f, value));
		return;
	case SHAPE_UUID:
	case SHAPE_BYTES:
		cbor_put_bytes(w, slice_of(at, f->size));
		return;
	case SHAPE_OBJECT:
		shape_to_cbor(w, f->of, at);
		return;
	case SHAPE_LIST:
		count = member_count(f, value);
		cbor_put_array(w, count);
		for (size_t i = 0; i < count; i++)
			shape_to_cbor(w, f->of, member_item(f, value, i));
		return;
	default:
		cbor_put_int(w, member_int(f, value));
	}
}

/* What is said, by tag, for tables stand in the order of the answer, which is nearly that of the
 * tags. Two fields never share one (asserted). */
static size_t said_fields(const struct shape_field *said[UINT8_MAX], const struct shape *shape,
			  const void *value)
{
	size_t count = 0;

	for (const struct shape_field *f = shape->fields; f->name != NULL; f++) {
		size_t at = count;

		shape_field_check(f);
		if (f->tag == 0 || member_is_empty(f, value, SHAPE_STORED))
			continue;
		MUST(count < UINT8_MAX);
		for (; at > 0 && said[at - 1]->tag > f->tag; at--)
			said[at] = said[at - 1];
		MUST(at == 0 || said[at - 1]->tag != f->tag);
		said[at] = f;
		count++;
	}
	return count;
}

void shape_to_cbor(struct writer *w, const struct shape *shape, const void *value)
{
	const struct shape_field *said[UINT8_MAX];
	size_t count = said_fields(said, shape, value);

	cbor_put_map(w, count);
	for (size_t i = 0; i < count; i++) {
		cbor_put_uint(w, said[i]->tag);
		put_member(w, said[i], value);
	}
}

static bool take_map(struct reader *r, const struct shape *shape, void *out, bool may_be_empty);

/* Only the width is asked of a number, not the table's bounds: those are a rule for bodies, and a
 * record written under yesterday's rule must still be read. */
static bool take_int(struct reader *r, const struct shape_field *f, void *value)
{
	struct cbor_item item = cbor_next(r);

	if (item.kind != (f->type == SHAPE_BOOL ? CBOR_BOOL : CBOR_INT))
		return false;
	if (!member_int_fits(f, item.value))
		return false;
	member_set_int(f, value, item.value);
	return true;
}

static bool take_text(struct reader *r, const struct shape_field *f, void *value)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == CBOR_TEXT && text_set((char *)member_in(f, value), f->size, item.bytes);
}

static bool take_bytes(struct reader *r, const struct shape_field *f, void *value)
{
	struct cbor_item item = cbor_next(r);

	if (item.kind != CBOR_BYTES || item.bytes.size != f->size)
		return false;
	mem_copy(member_in(f, value), item.bytes.data, f->size);
	return true;
}

static bool take_list(struct reader *r, const struct shape_field *f, void *value)
{
	struct cbor_item item = cbor_next(r);
	uint16_t count;

	if (item.kind != CBOR_ARRAY || item.count > f->capacity)
		return false;
	count = (uint16_t)item.count;
	mem_copy((uint8_t *)value + f->count_offset, &count, sizeof(count));
	for (size_t i = 0; i < count; i++)
		if (!take_map(r, f->of, member_in(f, value) + i * f->size, true))
			return false;
	return true;
}

static bool take_member(struct reader *r, const struct shape_field *f, void *value)
{
	switch ((enum shape_type)f->type) {
	case SHAPE_TEXT:
	case SHAPE_SUBJECT:
		return take_text(r, f, value);
	case SHAPE_UUID:
	case SHAPE_BYTES:
		return take_bytes(r, f, value);
	case SHAPE_OBJECT:
		return take_map(r, f->of, member_in(f, value), false);
	case SHAPE_LIST:
		return take_list(r, f, value);
	default:
		return take_int(r, f, value);
	}
}

static const struct shape_field *field_of_tag(const struct shape *shape, int64_t tag)
{
	for (const struct shape_field *f = shape->fields; tag > 0 && f->name != NULL; f++)
		if (f->tag == tag)
			return f;
	return NULL;
}

/* An empty value is never written, so one that is said is a second encoding of the same record. An
 * object that says something is let be: what a newer program said in it may be unknown here. */
static bool take_pair(struct reader *r, const struct shape *shape, void *out, int64_t tag)
{
	const struct shape_field *f = field_of_tag(shape, tag);
	struct slice skipped;

	if (f == NULL)
		return cbor_skip(r, &skipped);
	return take_member(r, f, out) && member_is_sound(f, out) &&
	       (f->type == SHAPE_OBJECT || !member_is_empty(f, out, SHAPE_STORED));
}

static bool take_map(struct reader *r, const struct shape *shape, void *out, bool may_be_empty)
{
	struct cbor_item map = cbor_next(r);
	struct slice last = { 0 };
	int64_t tag;

	if (map.kind != CBOR_MAP || (map.count == 0 && !may_be_empty))
		return false;
	for (uint64_t i = 0; i < map.count; i++)
		if (!cbor_map_key(r, &last, &tag) || !take_pair(r, shape, out, tag))
			return false;
	return true;
}

bool shape_from_cbor(void *out, const struct shape *shape, struct slice record)
{
	struct reader r = { .rest = record };

	mem_zero(out, shape->size);
	return take_map(&r, shape, out, true) && !r.failed && r.rest.size == 0;
}
