/* core/json_scan.h - is this JSON? Asked by core/json.c alone, of the bytes themselves.
 *
 * Recursion is bounded by JSON_DEPTH_MAX. UTF-8 is checked before.
 */
#ifndef CORE_JSON_SCAN_H
#define CORE_JSON_SCAN_H

#include "core/json.h"

struct json_scan {
	const uint8_t *data;
	size_t size, at; /* `at`: the next byte, or the one that was wrong. */
	unsigned depth;
	enum json_error error;
};

/* The whole text: one value and white space, nothing else. */
MUSTCHECK bool json_scan_text(struct json_scan *);
/* One string, from its quote; one number, from its first byte. */
MUSTCHECK bool json_scan_string(struct json_scan *);
MUSTCHECK bool json_scan_number(struct json_scan *);

/* The next byte; 0 at the end, and a NUL is nowhere allowed. */
uint8_t json_scan_peek(const struct json_scan *);
bool json_scan_fail(struct json_scan *, enum json_error); /* Always false. */

#endif
