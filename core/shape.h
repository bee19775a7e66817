/* core/shape.h - what a struct looks like, told once: its JSON in, its JSON out, its stored CBOR
 * and its JSON Schema in /openapi.json all come from one table, so they cannot disagree.
 *
 * A shaped struct is flat memory: fixed arrays, no pointers; its zero value is "nothing said". JSON
 * in is strict: an unknown key, a wrong type or a value out of range is refused with its place (RFC
 * 6901). Stored, a record is a CBOR map from each field's tag (never reused) to its value, empty
 * ones left out; unknown tags are skipped, so an older program reads a newer record.
 *
 * Texts on the wire: ids as UUIDs, times RFC 3339, dates YYYY-MM-DD, months YYYY-MM, bytes
 * base64url.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include "core/codec.h"
#include "core/json.h"

enum shape_type {
	SHAPE_INT, /* int64_t, int32_t, uint32_t, uint16_t, uint8_t: told by `size` and `min` < 0 */
	SHAPE_BOOL,    /* bool */
	SHAPE_TEXT,    /* char[size], NUL-terminated, printable UTF-8; min: least bytes */
	SHAPE_SUBJECT, /* char[SUBJECT_SIZE]: an id that people choose */
	SHAPE_UUID,    /* struct id128 */
	SHAPE_TIME,    /* time_ms */
	SHAPE_DATE,    /* day_t */
	SHAPE_MONTH,   /* day_t, the month's first day */
	SHAPE_ENUM,    /* uint8_t, an index into `names` */
	SHAPE_SET,     /* uint32_t, bit i for names[i]; JSON: array of names */
	SHAPE_BYTES,   /* uint8_t[size], always full (a key, a digest) */
	SHAPE_OBJECT,  /* a struct of shape `of` */
	SHAPE_LIST, /* an array of structs of shape `of`, used length in a uint16_t at count_offset
		     */
};

enum shape_flags {
	SHAPE_REQUIRED = 1, /* Must be said in a body; always said in an answer. */
	SHAPE_ANSWER = 2,   /* In answers only: a body that says it is refused as unknown. */
	SHAPE_SECRET = 4,   /* Stored only: neither in bodies nor in answers. */
	SHAPE_ANY_TEXT = 8, /* SHAPE_TEXT as somebody else made it: control characters too. */
};

struct shape_field {
	const char *name;
	uint8_t type, tag, flags; /* tag 0: never stored. */
	uint32_t offset, size;    /* size: of the member, or of one item of a list */
	int64_t min, max;
	const char *const *names; /* NULL-ended */
	const struct shape *of;
	uint32_t count_offset, capacity;
	const char *doc;
};

struct shape {
	const char *name; /* As in /openapi.json: Product, TicketAnswer. */
	size_t size;
	const struct shape_field *fields; /* In the order of the answer; ends with name NULL. */
};

#define SHAPE_MEMBER(T, m) .name = #m, .offset = offsetof(T, m), .size = sizeof(((T *)0)->m)
#define F_INT(T, m, t, f, least, most, what)                                                       \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_INT, .tag = t, .flags = f, .min = least,         \
				    .max = most, .doc = what                                       \
	}
#define F_BOOL(T, m, t, f, what)                                                                   \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_BOOL, .tag = t, .flags = f, .doc = what          \
	}
#define F_TEXT(T, m, t, f, least, what)                                                            \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_TEXT, .tag = t, .flags = f, .min = least,        \
				    .doc = what                                                    \
	}
#define F_SUBJECT(T, m, t, f, what)                                                                \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_SUBJECT, .tag = t, .flags = f, .doc = what       \
	}
#define F_UUID(T, m, t, f, what)                                                                   \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_UUID, .tag = t, .flags = f, .doc = what          \
	}
#define F_TIME(T, m, t, f, what)                                                                   \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_TIME, .tag = t, .flags = f, .doc = what          \
	}
#define F_DATE(T, m, t, f, what)                                                                   \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_DATE, .tag = t, .flags = f, .doc = what          \
	}
#define F_MONTH(T, m, t, f, what)                                                                  \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_MONTH, .tag = t, .flags = f, .doc = what         \
	}
#define F_ENUM(T, m, t, f, list, what)                                                             \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_ENUM, .tag = t, .flags = f, .names = list,       \
				    .doc = what                                                    \
	}
#define F_SET(T, m, t, f, list, what)                                                              \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_SET, .tag = t, .flags = f, .names = list,        \
				    .doc = what                                                    \
	}
#define F_BYTES(T, m, t, f, what)                                                                  \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_BYTES, .tag = t, .flags = f, .doc = what         \
	}
#define F_OBJECT(T, m, t, f, shape, what)                                                          \
	{                                                                                          \
		SHAPE_MEMBER(T, m), .type = SHAPE_OBJECT, .tag = t, .flags = f, .of = shape,       \
				    .doc = what                                                    \
	}
#define F_LIST(T, m, t, f, shape, n, what)                                                         \
	{                                                                                          \
		.name = #m, .offset = offsetof(T, m), .size = sizeof(((T *)0)->m[0]),              \
		.type = SHAPE_LIST, .tag = t, .flags = f, .of = shape,                             \
		.count_offset = offsetof(T, n),                                                    \
		.capacity = sizeof(((T *)0)->m) / sizeof(((T *)0)->m[0]), .doc = what              \
	}
#define F_END                                                                                      \
	{                                                                                          \
		.name = NULL                                                                       \
	}

enum { SHAPE_POINTER_SIZE = 96, SHAPE_BYTES_SIZE_MAX = 512, SHAPE_YEAR_MAX = 2199 };

struct shape_error {
	const char *code; /* UNKNOWN_FIELD MISSING_FIELD WRONG_TYPE OUT_OF_RANGE BAD_FORMAT
			     TOO_MANY_ITEMS */
	char pointer[SHAPE_POINTER_SIZE]; /* RFC 6901; too long, the place around it. */
	char detail[160];                 /* What it must be. */
};

/* Fills *out, zeroed first. False: *error says what and where; *out is then of no use. An optional
 * null is as good as absent. A value whose bits mean "nothing said" (nil UUID, 1970-01-01, bytes
 * all zero) is refused, for it would be lost. */
MUSTCHECK bool shape_from_json(void *out, struct shape_error *, const struct shape *,
			       const struct json *);
/* RFC 7396: what `in` says changes in *inout, null clears an optional field, the rest stays. False:
 * *error says what and where; *inout is then of no use. The shape lists what may be changed. */
MUSTCHECK bool shape_patch_json(void *inout, struct shape_error *, const struct shape *,
				const struct json *in);
/* One object. Optional empty texts, ids, bytes, times, dates, objects and lists are left out;
 * numbers, booleans, enums and sets are always said. */
void shape_to_json(struct json_out *, const char *key, const struct shape *, const void *value);

/* A value that could not be read again (no real time, an index without a name) is asserted against.
 */
void shape_to_cbor(struct writer *, const struct shape *, const void *value);
/* Zeroes *out first. False: not this shape's record (asked of the store's own bytes: asserted
 * there). */
MUSTCHECK bool shape_from_cbor(void *out, const struct shape *, struct slice);

enum { SHAPE_NAME_SIZE = 64 };
/* The schema's name among the components: the shape's, or with "Answer" behind it where an answer
 * may say what a body may not. True: it is another schema than the body's. */
bool shape_schema_name(char out[SHAPE_NAME_SIZE], const struct shape *, bool answer);
/* JSON Schema (2020-12) of the shape as a body or as an answer; nested shapes by
 * "#/components/schemas/" and that name. */
void shape_to_schema(struct json_out *, const char *key, const struct shape *, bool answer);

#endif
