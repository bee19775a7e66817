/* qr/base45.h - bytes as the 45 characters that a QR code packs tightest (RFC 9285).
 *
 * Decoding is strict, so that bytes have one text: lower case, a length of 1 modulo 3, and triples
 * or pairs beyond their range (":::", "GGW", "::") are refused. Pure.
 */
#ifndef QR_BASE45_H
#define QR_BASE45_H

#include "core/base.h"

#define BASE45_TEXT_SIZE(bytes) ((bytes) / 2 * 3 + (bytes) % 2 * 2 + 1) /* With the NUL. */

/* NUL-terminated; returns the length. out_size >= BASE45_TEXT_SIZE(from.size) (asserted). */
size_t base45_encode(char *out, size_t out_size, struct slice from);

/* Out: *used bytes of out. False: not base45, or more than out_size bytes. */
MUSTCHECK bool base45_decode(uint8_t *out, size_t *used, size_t out_size, struct slice text);

#endif
