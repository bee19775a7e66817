/* core/json_scan.c - RFC 8259 to the letter. Without it "01", "1." and a lone surrogate would mean
 * what the parser behind it makes of them.
 */
#include "core/json_scan.h"

enum { NUMBER_SIZE_MAX = 63 }; /* cJSON would cut a longer one in two. */

bool json_scan_fail(struct json_scan *s, enum json_error error)
{
	s->error = error;
	return false;
}

uint8_t json_scan_peek(const struct json_scan *s)
{
	return s->at < s->size ? s->data[s->at] : 0;
}

static bool scan_take(struct json_scan *s, uint8_t c)
{
	if (json_scan_peek(s) != c)
		return json_scan_fail(s, JSON_SYNTAX);
	s->at++;
	return true;
}

static void scan_space(struct json_scan *s)
{
	uint8_t c;

	while ((c = json_scan_peek(s)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		s->at++;
}

static bool scan_word(struct json_scan *s, const char *word)
{
	while (*word != '\0')
		if (!scan_take(s, (uint8_t)*word++))
			return false;
	return true;
}

static bool scan_digits(struct json_scan *s)
{
	size_t from = s->at;

	while (json_scan_peek(s) >= '0' && json_scan_peek(s) <= '9')
		s->at++;
	return s->at > from || json_scan_fail(s, JSON_SYNTAX);
}

bool json_scan_number(struct json_scan *s)
{
	size_t from = s->at;

	if (json_scan_peek(s) == '-')
		s->at++;
	if (json_scan_peek(s) == '0')
		s->at++; /* Nothing but a fraction or an exponent may follow a zero. */
	else if (!scan_digits(s))
		return false;
	if (json_scan_peek(s) == '.') {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (json_scan_peek(s) == 'e' || json_scan_peek(s) == 'E') {
		s->at++;
		if (json_scan_peek(s) == '+' || json_scan_peek(s) == '-')
			s->at++;
		if (!scan_digits(s))
			return false;
	}
	return s->at - from <= NUMBER_SIZE_MAX || json_scan_fail(s, JSON_SYNTAX);
}

static bool scan_hex4(struct json_scan *s, unsigned *out)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		uint8_t c = json_scan_peek(s);

		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			value = value << 4 | (unsigned)((c | 32) - 'a' + 10);
		else
			return json_scan_fail(s, JSON_SYNTAX);
		s->at++;
	}
	*out = value;
	return true;
}

/* Behind "\u". A lone surrogate is no character, and a NUL would cut the text short for C. */
static bool scan_unicode(struct json_scan *s)
{
	unsigned high, low;

	if (!scan_hex4(s, &high))
		return false;
	if (high == 0 || (high >= 0xdc00 && high <= 0xdfff))
		return json_scan_fail(s, JSON_SYNTAX);
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (!scan_take(s, '\\') || !scan_take(s, 'u') || !scan_hex4(s, &low))
		return false;
	return (low >= 0xdc00 && low <= 0xdfff) || json_scan_fail(s, JSON_SYNTAX);
}

static bool escape_is_known(uint8_t c)
{
	return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
	       c == 't' || c == 'u';
}

bool json_scan_string(struct json_scan *s)
{
	if (!scan_take(s, '"'))
		return false;
	while (json_scan_peek(s) != '"') {
		uint8_t c = json_scan_peek(s);

		if (c < 0x20)
			return json_scan_fail(s, JSON_SYNTAX);
		s->at++;
		if (c != '\\')
			continue;
		c = json_scan_peek(s);
		if (!escape_is_known(c))
			return json_scan_fail(s, JSON_SYNTAX);
		s->at++;
		if (c == 'u' && !scan_unicode(s))
			return false;
	}
	s->at++;
	return true;
}

static bool scan_value(struct json_scan *s);

static bool scan_member(struct json_scan *s, bool named)
{
	scan_space(s);
	if (named) {
		if (!json_scan_string(s))
			return false;
		scan_space(s);
		if (!scan_take(s, ':'))
			return false;
		scan_space(s);
	}
	if (!scan_value(s))
		return false;
	scan_space(s);
	return true;
}

static bool scan_container(struct json_scan *s, uint8_t end)
{
	if (s->depth == JSON_DEPTH_MAX)
		return json_scan_fail(s, JSON_TOO_DEEP);
	s->depth++;
	s->at++;
	scan_space(s);
	if (json_scan_peek(s) != end) {
		while (scan_member(s, end == '}') && json_scan_peek(s) == ',')
			s->at++;
		if (s->error != JSON_OK)
			return false;
	}
	s->depth--;
	return scan_take(s, end);
}

static bool scan_value(struct json_scan *s)
{
	switch (json_scan_peek(s)) {
	case '{':
		return scan_container(s, '}');
	case '[':
		return scan_container(s, ']');
	case '"':
		return json_scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return json_scan_number(s);
	}
}

bool json_scan_text(struct json_scan *s)
{
	scan_space(s);
	if (!scan_value(s))
		return false;
	scan_space(s);
	return s->at == s->size || json_scan_fail(s, JSON_SYNTAX);
}
