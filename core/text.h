/* core/text.h - what counts as text; the door to utf8proc. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/base.h"

bool text_is_utf8(struct slice); /* RFC 3629: no surrogates, nothing overlong, at most U+10FFFF. */
size_t text_utf8_prefix(struct slice); /* How many bytes from the start are whole UTF-8. */
/* UTF-8 without control characters (Cc) and what acts like one: U+2028 and 9, U+202A to E,
 * U+2066 to 9. */
bool text_is_printable(struct slice);
struct slice text_trim(
    struct slice); /* ASCII and ideographic (U+3000) white space off both ends. */
struct slice text_without_bom(struct slice);

#endif
