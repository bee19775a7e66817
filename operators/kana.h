/* operators/kana.h - names as banks write them: the letters of Zengin files, a byte each.
 *
 * The letters are those of the Japanese Bankers Association's record formats, in CP932 (JIS X
 * 0201): digits, A to Z, half-width katakana, space and ( ) - . , / \ and the corner brackets. A
 * voicing mark (dakuten, handakuten) is a byte of its own. Small kana become large ones, the long
 * vowel a hyphen, small letters capitals, wo its sound o: bank accounts' names have none of them.
 * Written in full-width or half-width kana, hiragana or ASCII it is the same name. What has no such
 * letter (kanji, the middle dot, wi, we) is not guessed at. Pure.
 */
#ifndef OPERATORS_KANA_H
#define OPERATORS_KANA_H

#include "core/codec.h"

enum kana_status {
	KANA_OK,
	KANA_FORBIDDEN, /* A character that no account's name has: *fault says which. */
	KANA_TOO_LONG,  /* More bytes than there is room for; *fault: the first that has none. */
};

struct kana_fault {
	size_t place;   /* Which character of the text, from 1. */
	char text[5];   /* It, in UTF-8. */
	uint32_t point; /* Its number in Unicode. */
};

/* Out: the bytes, and how many. In: UTF-8 (asserted). Fills *fault where it is not KANA_OK. */
enum kana_status kana_encode(uint8_t *out, size_t *used, size_t most, struct kana_fault *,
			     struct slice text);

/* Such bytes in UTF-8, half-width. */
void kana_write_utf8(struct writer *, struct slice bytes);

#endif
