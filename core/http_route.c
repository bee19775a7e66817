/* core/http_route.c - finds the route of a path. Without it every room would take paths apart by
 * itself.
 */
#include "core/http_route.h"

#include <arpa/inet.h>
#include <string.h>

/* One segment of a pattern: text before, a {name} or none, text after. */
struct segment {
	struct slice before, after;
	bool named;
};

/* Takes the next segment, without its '/', off the front. */
static struct slice take_segment(struct slice *rest)
{
	size_t n = 0;
	struct slice segment;

	while (n < rest->size && rest->data[n] != '/')
		n++;
	segment = slice_of(rest->data, n);
	n += n < rest->size;
	*rest = slice_of(rest->data + n, rest->size - n);
	return segment;
}

static struct segment read_segment(struct slice text)
{
	size_t open = 0, close;

	while (open < text.size && text.data[open] != '{')
		open++;
	if (open == text.size)
		return (struct segment){ .before = text };
	close = open;
	while (close < text.size && text.data[close] != '}')
		close++;
	MUST(close < text.size);
	return (struct segment){
		.before = slice_of(text.data, open),
		.after = slice_of(text.data + close + 1, text.size - close - 1),
		.named = true,
	};
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode_param(uint8_t out[ROUTE_PARAM_SIZE_MAX], size_t *used, struct slice text)
{
	*used = 0;
	for (size_t i = 0; i < text.size; i++) {
		int c = text.data[i];

		if (c == '%') {
			bool whole = text.size - i > 2;
			int high = whole ? hex_value(text.data[i + 1]) : -1;
			int low = whole ? hex_value(text.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high << 4 | low;
			i += 2;
		}
		if (c == 0 || c == '/' || *used == ROUTE_PARAM_SIZE_MAX)
			return false;
		out[(*used)++] = (uint8_t)c;
	}
	return *used > 0;
}

static bool ends_with(struct slice text, struct slice end)
{
	return text.size >= end.size &&
	       mem_equal(text.data + text.size - end.size, end.data, end.size);
}

static bool match_segment(struct route_match *out, struct segment pattern, struct slice text)
{
	size_t fixed = pattern.before.size + pattern.after.size;

	if (!pattern.named)
		return slice_equal(pattern.before, text);
	if (text.size <= fixed || !slice_starts(text, pattern.before) ||
	    !ends_with(text, pattern.after))
		return false;
	MUST(out->param_count < PATH_PARAM_COUNT_MAX);
	if (!decode_param(out->param[out->param_count], &out->param_size[out->param_count],
			  slice_of(text.data + pattern.before.size, text.size - fixed)))
		return false;
	out->param_count++;
	return true;
}

/* What a pattern says before its first {name}, which tells most of them apart at once. */
static bool begins_alike(const char *pattern, struct slice path)
{
	size_t i = 0;

	for (; pattern[i] != '\0' && pattern[i] != '{'; i++)
		if (i >= path.size || path.data[i] != (uint8_t)pattern[i])
			return false;
	return pattern[i] == '{' || i == path.size;
}

/* "{+rest}": all that is left of the path, as it came. False: the pattern has none. */
static bool match_rest(struct route_match *out, const char *pattern, struct slice path)
{
	size_t at = 0;

	while (pattern[at] != '\0' && pattern[at] != '{')
		at++;
	if (pattern[at] == '\0' || pattern[at + 1] != '+')
		return false;
	if (path.size == at || path.size - at > ROUTE_PARAM_SIZE_MAX)
		return false;
	mem_copy(out->param[0], path.data + at, path.size - at);
	out->param_size[0] = path.size - at;
	out->param_count = 1;
	return true;
}

static bool match_path(struct route_match *out, const char *pattern, struct slice path)
{
	struct slice want, have = slice_of(path.data + 1, path.size - 1);
	bool want_more = true, have_more = true;

	out->param_count = 0;
	if (!begins_alike(pattern, path))
		return false;
	want = slice_text(pattern + 1);
	if (match_rest(out, pattern, path))
		return true;
	while (want_more && have_more) {
		struct slice before_want = want, before_have = have;
		struct slice a = take_segment(&want), b = take_segment(&have);

		if (!match_segment(out, read_segment(a), b))
			return false;
		want_more = a.size < before_want.size;
		have_more = b.size < before_have.size;
	}
	return !want_more && !have_more;
}

/* How much of the segment is told: all, or the text around the name. */
static size_t told(struct slice segment)
{
	struct segment s = read_segment(segment);

	return s.named ? s.before.size + s.after.size : SIZE_MAX;
}

/* Of two patterns that match one path. */
static bool is_nearer(const char *a, const char *b)
{
	struct slice rest_a = slice_text(a + 1), rest_b = slice_text(b + 1);

	while (rest_a.size > 0 && rest_b.size > 0) {
		size_t told_a = told(take_segment(&rest_a)), told_b = told(take_segment(&rest_b));

		if (told_a != told_b)
			return told_a > told_b;
	}
	return false;
}

/* The pattern that says the path best, whatever its method. NULL: none matches. */
static const char *nearest(const struct http_route *const *routes, size_t count, struct slice path)
{
	const char *best = NULL;
	struct route_match ignored;

	for (size_t i = 0; i < count; i++)
		if (match_path(&ignored, routes[i]->path, path) &&
		    (best == NULL || is_nearer(routes[i]->path, best)))
			best = routes[i]->path;
	return best;
}

enum route_found route_find(struct route_match *out, const struct http_route *const *routes,
			    size_t count, enum http_method method, struct slice path)
{
	const char *best;
	struct route_match now;
	bool found = false;
	uint32_t allow = 0;

	if (path.size == 0 || path.data[0] != '/')
		return ROUTE_NO_SUCH;
	best = nearest(routes, count, path);
	for (size_t i = 0; i < count; i++) {
		const struct http_route *route = routes[i];

		if (!match_path(&now, route->path, path) || is_nearer(best, route->path))
			continue;
		allow |= 1u << route->method;
		if (found || route->method != method)
			continue;
		found = true;
		*out = now;
		out->index = i;
	}
	out->allow = allow;
	if (found)
		return ROUTE_FOUND;
	return allow != 0 ? ROUTE_WRONG_METHOD : ROUTE_NO_SUCH;
}

/* One {name} at most: after it closes, no brace. */
static size_t count_names(struct slice segment, bool *valid)
{
	size_t opens = 0, closes = 0;

	for (size_t i = 0; i < segment.size; i++) {
		opens += segment.data[i] == '{';
		closes += segment.data[i] == '}';
		*valid = *valid && closes <= opens;
	}
	*valid = *valid && opens == closes && opens <= 1;
	return opens;
}

bool route_pattern_is_valid(const char *pattern)
{
	struct slice rest = slice_text(pattern);
	size_t names = 0;
	bool valid = true;

	if (!route_path_is_clean(rest))
		return false;
	rest = slice_of(rest.data + 1, rest.size - 1);
	if (rest.size > 0 && rest.data[rest.size - 1] == '/')
		return false;
	while (rest.size > 0) {
		struct slice segment = take_segment(&rest);

		if (segment.size == 0)
			return false;
		names += count_names(segment, &valid);
	}
	return valid && names <= PATH_PARAM_COUNT_MAX;
}

bool route_path_is_clean(struct slice path)
{
	if (path.size == 0 || path.data[0] != '/')
		return false;
	for (size_t i = 0; i < path.size; i++)
		if (path.data[i] <= ' ' || path.data[i] >= 0x7f)
			return false;
	return true;
}

/* Is the header line's name this one (given in lower case)? */
static bool line_is(struct slice line, struct slice name)
{
	if (line.size <= name.size || line.data[name.size] != ':')
		return false;
	for (size_t i = 0; i < name.size; i++) {
		uint8_t c = line.data[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != name.data[i])
			return false;
	}
	return true;
}

static struct slice take_line(struct slice *rest)
{
	size_t n = 0;
	struct slice line;

	while (n < rest->size && rest->data[n] != '\n')
		n++;
	line = slice_of(rest->data, n);
	n += n < rest->size;
	*rest = slice_of(rest->data + n, rest->size - n);
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

bool route_length_is_ambiguous(struct slice head)
{
	struct slice line = take_line(&head);
	unsigned lengths = 0;

	if (line.size == 0) /* An empty line in front of a request is skipped (RFC 9112, 2.2). */
		take_line(&head);
	while (head.size > 0 && (line = take_line(&head)).size > 0) {
		if (line.data[0] == ' ' || line.data[0] == '\t')
			return true;
		lengths += line_is(line, SLICE("content-length")) ||
			   line_is(line, SLICE("transfer-encoding"));
	}
	return lengths > 1;
}

static struct slice trim(struct slice text)
{
	while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = slice_of(text.data + 1, text.size - 1);
	while (text.size > 0 &&
	       (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

static struct slice take_word(struct slice *rest)
{
	struct slice word = *rest;

	word.size = 0;
	while (word.size < rest->size && rest->data[word.size] != ' ')
		word.size++;
	*rest = trim(slice_of(rest->data + word.size, rest->size - word.size));
	return word;
}

static void read_first_line(struct route_head *out, struct slice line)
{
	out->method = take_word(&line);
	out->path = take_word(&line);
	for (size_t i = 0; i < out->path.size; i++)
		if (out->path.data[i] == '?')
			out->path.size = i;
}

static void read_length(struct route_head *out, struct slice text)
{
	int64_t length;

	if (!decimal_decode(&length, text) || length < 0)
		out->length = UINT64_MAX;
	else if ((uint64_t)length > out->length)
		out->length = (uint64_t)length;
}

static bool is_continue(struct slice value)
{
	static const char want[] = "100-continue";
	bool same = value.size == sizeof(want) - 1;

	for (size_t i = 0; same && i < value.size; i++)
		same = value.data[i] == (uint8_t)want[i] ||
		       (value.data[i] | 0x20) == (uint8_t)want[i];
	return same;
}

static void read_head_line(struct route_head *out, struct slice line)
{
	static const struct {
		const char *name;
		size_t size;
	} names[] = { { "content-length", 14 }, { "transfer-encoding", 17 }, { "expect", 6 } };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct slice value;

		if (!line_is(line, slice_of(names[i].name, names[i].size)))
			continue;
		value = trim(
		    slice_of(line.data + names[i].size + 1, line.size - names[i].size - 1));
		if (i == 0)
			read_length(out, value);
		else if (i == 1)
			out->chunked = true;
		else if (is_continue(value))
			out->expects = line.data;
	}
}

bool route_head_read(struct route_head *out, struct slice input)
{
	struct slice rest = input, line;

	*out = (struct route_head){ 0 };
	do /* Empty lines in front of a request are skipped (RFC 9112, 2.2). */
		line = take_line(&rest);
	while (line.size == 0 && rest.size > 0);
	read_first_line(out, line);
	while (rest.size > 0) {
		line = take_line(&rest);
		if (line.size == 0) {
			out->size = input.size - rest.size;
			return rest.data[-1] == '\n';
		}
		read_head_line(out, line);
	}
	return false;
}

/* What stands between the quotes. */
static struct slice opaque_tag(struct slice tag)
{
	if (slice_starts(tag, SLICE("W/")))
		tag = slice_of(tag.data + 2, tag.size - 2);
	if (tag.size >= 2 && tag.data[0] == '"' && tag.data[tag.size - 1] == '"')
		tag = slice_of(tag.data + 1, tag.size - 2);
	return tag;
}

/* A tag may hold a comma. */
static struct slice take_tag(struct slice *rest)
{
	bool quoted = false;
	size_t n = 0;
	struct slice tag;

	while (n < rest->size && (quoted || rest->data[n] != ','))
		quoted ^= rest->data[n++] == '"';
	tag = trim(slice_of(rest->data, n));
	n += n < rest->size;
	*rest = slice_of(rest->data + n, rest->size - n);
	return tag;
}

bool route_tag_matches(struct slice list, struct slice etag)
{
	struct slice want = opaque_tag(etag);

	if (slice_is(trim(list), "*"))
		return true;
	while (list.size > 0) {
		struct slice tag = take_tag(&list), have = opaque_tag(tag);

		if (have.size < tag.size && slice_equal(have, want))
			return true;
	}
	return false;
}

bool http_address(char host[HTTP_HOST_SIZE], uint16_t *port, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon == NULL ? 0 : (size_t)(colon - text);
	struct in_addr address;
	int64_t number;

	if (size == 0 || size >= HTTP_HOST_SIZE ||
	    !decimal_decode(&number, slice_text(colon + 1)) || number < 0 || number > UINT16_MAX)
		return false;
	mem_copy(host, text, size);
	host[size] = '\0';
	*port = (uint16_t)number;
	return inet_pton(AF_INET, host, &address) == 1;
}
