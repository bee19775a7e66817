/* core/shape_member.h - one member of a shaped struct, reached through its field. For core/shape.c,
 * core/shape_store.c and core/shape_schema.c only: rooms see core/shape.h.
 */
#ifndef CORE_SHAPE_MEMBER_H
#define CORE_SHAPE_MEMBER_H

#include "core/shape.h"

/* Which fields count: those that are stored, or those that are answered. */
enum shape_view { SHAPE_STORED, SHAPE_SHOWN };

/* Asserts that the table agrees with itself and with the struct it speaks of. */
void shape_field_check(const struct shape_field *);
size_t shape_name_count(const char *const *names);

/* `value` is the struct, not the member. */
static inline const uint8_t *member_of(const struct shape_field *f, const void *value)
{
	return (const uint8_t *)value + f->offset;
}

static inline uint8_t *member_in(const struct shape_field *f, void *value)
{
	return (uint8_t *)value + f->offset;
}

bool member_int_is_signed(const struct shape_field *);
bool member_int_fits(const struct shape_field *, int64_t number); /* Into the member's width. */
/* Of every type that is a number in memory: INT BOOL TIME DATE MONTH ENUM SET. */
int64_t member_int(const struct shape_field *, const void *value);
void member_set_int(const struct shape_field *, void *value, int64_t number); /* Fits (asserted). */
struct slice member_text(const struct shape_field *, const void *value);
uint16_t member_count(const struct shape_field *, const void *value); /* Of a list's used items. */
const void *member_item(const struct shape_field *, const void *value, size_t i);

/* Says nothing: zero, or nothing but empty members within. */
bool member_is_empty(const struct shape_field *, const void *value, enum shape_view);
bool shape_is_empty(const struct shape *, const void *value, enum shape_view);
/* What can be written and read again: a listed name, a real day, an ended text. Empty is sound. */
bool member_is_sound(const struct shape_field *, const void *value);

#endif
