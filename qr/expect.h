/* qr/expect.h - what must come next in an object that has one encoding.
 *
 * Each reads one item; false where it is another. After the first false the rest is of no use.
 */
#ifndef QR_EXPECT_H
#define QR_EXPECT_H

#include "core/cbor.h"

MUSTCHECK bool expect_int(struct reader *, int64_t value);
MUSTCHECK bool expect_text(struct reader *, const char *text);
/* The head of an array or a map. */
MUSTCHECK bool expect_count(struct reader *, enum cbor_kind, uint64_t count);
/* From 0 to `most`. */
MUSTCHECK bool expect_number(struct reader *, int64_t *out, int64_t most);
/* A byte string of just that size, copied; or a byte or text string of any, as a slice. */
MUSTCHECK bool expect_fixed(struct reader *, uint8_t *out, size_t size);
MUSTCHECK bool expect_string(struct reader *, enum cbor_kind, struct slice *out);

#endif
