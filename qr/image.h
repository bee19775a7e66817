/* qr/image.h - a code as a picture; the door to libqrencode and libpng.
 *
 * QR, error correction M, one alphanumeric segment (the code is base45's alphabet), the smallest
 * version that holds it, a quiet zone of four modules. The same code gives the same bytes.
 */
#ifndef QR_IMAGE_H
#define QR_IMAGE_H

#include "core/codec.h"

enum { IMAGE_SCALE_MAX = 32, IMAGE_QUIET_MODULES = 4 };

/* One path, black on white, scaling with its frame; `title` is what a screen reader says (escaped
 * here; printable UTF-8 is the caller's to see to). False: the code is not alphanumeric or too
 * long, or the writer is full. */
MUSTCHECK bool image_qr_svg(struct writer *, const char *code, struct slice title);
/* 1 bit a pixel, `scale` pixels a module, 1 to IMAGE_SCALE_MAX. False: as above, or another scale.
 */
MUSTCHECK bool image_qr_png(struct writer *, const char *code, unsigned scale);
/* The QR version (1 to 40) that the code takes; 0: none does. */
unsigned image_qr_version(const char *code);

#endif
