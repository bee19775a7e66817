/* core/cbor.h - deterministic CBOR (RFC 8949 section 4.2.1), written and read item by item; the
 * door to libcbor.
 *
 * The reader refuses what has a second encoding: indefinite lengths, integers and lengths longer
 * than they need be, map keys out of order or twice, floats and simple values but false, true and
 * null, and text that is not UTF-8. One object has one encoding, so bytes may be compared instead
 * of meanings. Nothing is allocated: byte and text strings are slices of the input.
 */
#ifndef CORE_CBOR_H
#define CORE_CBOR_H

#include "core/codec.h"

void cbor_put_int(struct writer *, int64_t);
void cbor_put_uint(struct writer *, uint64_t);
void cbor_put_bytes(struct writer *, struct slice);
/* For bytes that are written behind it, or stand elsewhere. */
void cbor_put_bytes_head(struct writer *, size_t size);
void cbor_put_text(struct writer *, struct slice);
void cbor_put_bool(struct writer *, bool);
void cbor_put_array(struct writer *, size_t count);
void cbor_put_map(struct writer *, size_t pairs);
void cbor_put_tag(struct writer *, uint64_t tag);

enum cbor_kind {
	CBOR_END, /* Nothing left. */
	CBOR_INT,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_BOOL,
	CBOR_NULL,
	CBOR_BROKEN, /* Not deterministic CBOR, or cut short. */
};

enum { CBOR_DEPTH_MAX = 8 };

struct cbor_item {
	enum cbor_kind kind;
	int64_t value;      /* CBOR_INT, CBOR_BOOL; an integer beyond int64 is CBOR_BROKEN. */
	uint64_t count;     /* CBOR_ARRAY: items; CBOR_MAP: pairs; CBOR_TAG: the tag. */
	struct slice bytes; /* CBOR_BYTES, CBOR_TEXT. */
};

/* Reads one item's head (and, for strings, its bytes) and steps past it. After CBOR_BROKEN the
 * reader stays broken. Key order is checked by cbor_map_key. */
struct cbor_item cbor_next(struct reader *);
/* Reads and steps past one whole item of any kind, nested ones too. False: broken or too deep. */
MUSTCHECK bool cbor_skip(struct reader *, struct slice *whole);

/* Integer keys of a map in deterministic order: call once a pair; `last` starts empty ({0}) and
 * keeps the encoded bytes of the key before. False for a key out of order, twice, or no integer. */
MUSTCHECK bool cbor_map_key(struct reader *, struct slice *last, int64_t *key);

#endif
