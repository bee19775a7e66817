/* core/text.c - refuses what would look like something else. Without it a name with a hidden turn
 * of direction could pass for another operator's.
 */
#include "core/text.h"

#include <utf8proc.h>

/* A character's size in bytes; 0: not UTF-8. Out: *point. */
static size_t next_point(struct slice rest, int32_t *point)
{
	utf8proc_ssize_t limit = rest.size < 4 ? (utf8proc_ssize_t)rest.size : 4;
	utf8proc_ssize_t size = utf8proc_iterate(rest.data, limit, point);

	return size > 0 ? (size_t)size : 0;
}

static bool is_ascii_8(const uint8_t *at)
{
	uint64_t word;

	mem_copy(&word, at, sizeof(word));
	return (word & 0x8080808080808080u) == 0;
}

size_t text_utf8_prefix(struct slice text)
{
	size_t at = 0;
	int32_t point;

	while (at < text.size) {
		size_t size = 1;

		if (text.size - at >= sizeof(uint64_t) && is_ascii_8(text.data + at))
			size = sizeof(uint64_t);
		else if (text.data[at] >= 0x80)
			size = next_point(slice_of(text.data + at, text.size - at), &point);
		if (size == 0)
			break;
		at += size;
	}
	return at;
}

bool text_is_utf8(struct slice text)
{
	return text_utf8_prefix(text) == text.size;
}

/* Embeddings, overrides and isolates of direction show a text in another order than it has. */
static bool point_turns_direction(int32_t point)
{
	return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

bool text_is_printable(struct slice text)
{
	size_t at = 0;

	while (at < text.size) {
		int32_t point;
		size_t size = next_point(slice_of(text.data + at, text.size - at), &point);
		utf8proc_category_t category;

		if (size == 0 || point_turns_direction(point))
			return false;
		category = utf8proc_category(point);
		if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
		    category == UTF8PROC_CATEGORY_ZP)
			return false;
		at += size;
	}
	return true;
}

static size_t space_before(struct slice text)
{
	if (text.size > 0 &&
	    (text.data[0] == ' ' || (text.data[0] >= '\t' && text.data[0] <= '\r')))
		return 1;
	return slice_starts(text, SLICE("\xe3\x80\x80")) ? 3 : 0;
}

static size_t space_after(struct slice text)
{
	if (text.size > 0 && space_before(slice_of(text.data + text.size - 1, 1)) > 0)
		return 1;
	return text.size >= 3 && space_before(slice_of(text.data + text.size - 3, 3)) == 3 ? 3 : 0;
}

struct slice text_trim(struct slice text)
{
	size_t size;

	while ((size = space_before(text)) > 0)
		text = slice_of(text.data + size, text.size - size);
	while ((size = space_after(text)) > 0)
		text.size -= size;
	return text;
}

struct slice text_without_bom(struct slice text)
{
	struct slice bom = SLICE("\xef\xbb\xbf");

	return slice_starts(text, bom) ? slice_of(text.data + bom.size, text.size - bom.size)
				       : text;
}
