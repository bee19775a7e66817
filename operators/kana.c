/* operators/kana.c - kana in bank files. Without it a transfer would come back for its payee's
 * name. Pure. */
#include "operators/kana.h"

enum {
	DAKUTEN = 0xde,
	HANDAKUTEN = 0xdf,
	HYPHEN = '-',
	KATAKANA_FIRST = 0x30a1,
	KATAKANA_LAST = 0x30f4,
	HIRAGANA_FIRST = 0x3041,
	HIRAGANA_LAST = 0x3094,
	HALF_FIRST = 0xff61, /* As byte 0xa1. */
	HALF_LAST = 0xff9f,
	WIDE_FIRST = 0xff01, /* As '!'. */
	WIDE_LAST = 0xff5e,
};

/* U+30A1 to U+30F4 in order: the byte of the large kana, 0 where there is none; small ones are
 * large. */
static const uint8_t letters[KATAKANA_LAST - KATAKANA_FIRST + 1] = {
	0xb1, 0xb1, 0xb2, 0xb2, 0xb3, 0xb3, 0xb4, 0xb4, 0xb5, 0xb5,             /* a i u e o */
	0xb6, 0xb6, 0xb7, 0xb7, 0xb8, 0xb8, 0xb9, 0xb9, 0xba, 0xba,             /* ka to go */
	0xbb, 0xbb, 0xbc, 0xbc, 0xbd, 0xbd, 0xbe, 0xbe, 0xbf, 0xbf,             /* sa to zo */
	0xc0, 0xc0, 0xc1, 0xc1, 0xc2, 0xc2, 0xc2, 0xc3, 0xc3, 0xc4, 0xc4,       /* ta to do */
	0xc5, 0xc6, 0xc7, 0xc8, 0xc9,                                           /* na to no */
	0xca, 0xca, 0xca, 0xcb, 0xcb, 0xcb, 0xcc, 0xcc, 0xcc, 0xcd, 0xcd, 0xcd, /* ha to pe */
	0xce, 0xce, 0xce,                                                       /* ho bo po */
	0xcf, 0xd0, 0xd1, 0xd2, 0xd3,                                           /* ma to mo */
	0xd4, 0xd4, 0xd5, 0xd5, 0xd6, 0xd6,                                     /* ya yu yo */
	0xd7, 0xd8, 0xd9, 0xda, 0xdb,                                           /* ra to ro */
	0xdc, 0xdc, 0,    0,    0xb5, 0xdd, 0xb3, /* wa wi we wo n vu */
};

/* Bytes 0xa6 (wo) to 0xaf (small tu) of half-width kana, large. */
static const uint8_t half_small[] = { 0xb5, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xd4, 0xd5, 0xd6, 0xc2 };

/* The voicing mark that follows the letter of a full-width katakana, or 0. */
static uint8_t mark_of(uint32_t c)
{
	if (c == 0x30f4)
		return DAKUTEN;
	if (c >= 0x30cf && c <= 0x30dd) { /* ha ba pa, hi bi pi, ... */
		uint32_t third = (c - 0x30cf) % 3;

		return third == 0 ? 0 : third == 1 ? DAKUTEN : HANDAKUTEN;
	}
	if (c >= 0x30ab && c <= 0x30c2) /* ka ga ... ti di */
		return (c - 0x30ab) % 2 == 1 ? DAKUTEN : 0;
	return c == 0x30c5 || c == 0x30c7 || c == 0x30c9 ? DAKUTEN : 0; /* du de do */
}

static uint8_t ascii_letter(uint32_t c)
{
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return (uint8_t)c;
	switch (c) {
	case ' ':
	case '(':
	case ')':
	case '-':
	case '.':
	case ',':
	case '/':
	case '\\':
		return (uint8_t)c;
	default:
		return 0;
	}
}

static uint8_t half_letter(uint8_t byte)
{
	if (byte >= 0xa6 && byte <= 0xaf)
		return half_small[byte - 0xa6];
	if (byte == 0xb0)
		return HYPHEN;
	return byte >= 0xb1 || byte == 0xa2 || byte == 0xa3 ? byte : 0;
}

static uint8_t sign_letter(uint32_t c)
{
	switch (c) {
	case 0x3000:
		return ' ';
	case 0x300c:
		return 0xa2; /* Corner brackets. */
	case 0x300d:
		return 0xa3;
	case 0x3099:
	case 0x309b:
		return DAKUTEN;
	case 0x309a:
	case 0x309c:
		return HANDAKUTEN;
	case 0x30fc: /* The long vowel, and what is typed for it or for a hyphen. */
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2015:
	case 0x2212:
		return HYPHEN;
	case 0xa5:
	case 0xffe5:
		return '\\'; /* The yen sign stands in its place. */
	default:
		return 0;
	}
}

/* Out: one byte or two; 0 of them: there is no such letter. */
static size_t letter(uint8_t out[2], uint32_t c)
{
	if (c >= HIRAGANA_FIRST && c <= HIRAGANA_LAST)
		c += KATAKANA_FIRST - HIRAGANA_FIRST;
	if (c == 0x30f5 || c == 0x3095) /* Small ka and ke. */
		c = 0x30ab;
	if (c == 0x30f6 || c == 0x3096)
		c = 0x30b1;
	out[1] = 0;
	if (c >= KATAKANA_FIRST && c <= KATAKANA_LAST) {
		out[0] = letters[c - KATAKANA_FIRST];
		out[1] = mark_of(c);
	} else if (c >= HALF_FIRST && c <= HALF_LAST) {
		out[0] = half_letter((uint8_t)(c - HALF_FIRST + 0xa1));
	} else if (c >= WIDE_FIRST && c <= WIDE_LAST) {
		out[0] = ascii_letter(c - WIDE_FIRST + '!');
	} else {
		out[0] = c < 0x80 ? ascii_letter(c) : sign_letter(c);
	}
	if (out[0] == 0)
		return 0;
	return out[1] == 0 ? 1 : 2;
}

static uint32_t next_point(struct slice text, size_t *at)
{
	uint8_t first = text.data[*at];
	size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? first : first & (0x3fu >> more);

	MUST(*at + more < text.size && (first < 0x80 || first >= 0xc2));
	for (size_t i = 1; i <= more; i++)
		c = c << 6 | (text.data[*at + i] & 0x3fu);
	*at += more + 1;
	return c;
}

enum kana_status kana_encode(uint8_t *out, size_t *used, size_t most, struct kana_fault *fault,
			     struct slice text)
{
	size_t place = 0;

	*used = 0;
	for (size_t at = 0; at < text.size;) {
		size_t from = at, count;
		uint8_t bytes[2];
		uint32_t c = next_point(text, &at);

		place++;
		count = letter(bytes, c);
		if (count > 0 && *used + count <= most) {
			mem_copy(out + *used, bytes, count);
			*used += count;
			continue;
		}
		*fault = (struct kana_fault){ .place = place, .point = c };
		mem_copy(fault->text, text.data + from, at - from);
		return count == 0 ? KANA_FORBIDDEN : KANA_TOO_LONG;
	}
	return KANA_OK;
}

void kana_write_utf8(struct writer *to, struct slice bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t byte = bytes.data[i];
		uint32_t c;

		if (byte < 0x80) {
			write_u8(to, byte);
			continue;
		}
		MUST(byte >= 0xa1 && byte <= 0xdf);
		c = HALF_FIRST + (uint32_t)(byte - 0xa1);
		write_u8(to, (uint8_t)(0xe0 | c >> 12));
		write_u8(to, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		write_u8(to, (uint8_t)(0x80 | (c & 0x3f)));
	}
}
