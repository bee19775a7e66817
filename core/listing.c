/* core/listing.c - without it every list would page in its own way. */
#include "core/listing.h"

#include <string.h>

static bool parse_limit(struct call *call, struct listing *listing)
{
	struct slice text;
	int64_t limit = LISTING_LIMIT;

	if (call_query(call, &text, "limit") &&
	    (!decimal_decode(&limit, text) || limit < 1 || limit > LISTING_LIMIT_MAX))
		return call_refuse(call, 400, "BAD_LIMIT", "limit is a whole number from 1 to %d",
				   LISTING_LIMIT_MAX);
	listing->limit = (uint32_t)limit;
	return true;
}

/* The page begins right behind the record that the cursor names. */
static bool parse_cursor(struct call *call, struct listing *listing)
{
	uint8_t tail[STORE_KEY_SIZE_MAX];
	size_t used, prefix = strlen(listing->prefix);
	struct slice text;

	memcpy(listing->from, listing->prefix, prefix + 1);
	if (!call_query(call, &text, "cursor"))
		return true;
	if (!base64url_decode(tail, &used, sizeof(tail), text) || used == 0 ||
	    prefix + used > STORE_KEY_SIZE_MAX || memchr(tail, 0, used) != NULL)
		return call_refuse(call, 400, "BAD_CURSOR",
				   "take the cursor from `next` of the page before, unchanged");
	memcpy(listing->from + prefix, tail, used);
	listing->from[prefix + used] = '\x01';
	listing->from[prefix + used + 1] = '\0';
	return true;
}

bool listing_parse(struct call *call, struct listing *listing, const char *prefix,
		   const char *const *others)
{
	const char *names[8] = { "limit", "cursor" };
	size_t count = 2, size = strlen(prefix);

	while (others != NULL && others[count - 2] != NULL) {
		MUST(count + 1 < COUNT_OF(names));
		names[count] = others[count - 2];
		count++;
	}
	MUST(size > 0 && size < sizeof(listing->prefix) && prefix[size - 1] == '/');
	memcpy(listing->prefix, prefix, size + 1);
	memcpy(listing->until, prefix, size + 1);
	listing->until[size - 1] = '/' + 1;
	return call_query_only(call, names) && parse_limit(call, listing) &&
	       parse_cursor(call, listing);
}

const struct call_page *listing_page(struct call *call, const struct listing *listing)
{
	const struct call_page *page = call_found_page(call, listing->from, listing->until);

	if (page == NULL)
		call_want_page(call, listing->from, listing->until, listing->limit);
	return page;
}

bool listing_keys(struct call *call)
{
	(void)listing_page(call, call->cmd);
	return true;
}

void listing_put_next(struct json_out *out, const struct listing *listing,
		      const struct call_page *page)
{
	char text[STORE_KEY_SIZE_MAX * 2];
	size_t prefix = strlen(listing->prefix);
	struct slice key;

	if (page->end || page->count == 0) {
		json_put_null(out, "next");
		return;
	}
	key = page->records[page->count - 1].key;
	base64url_encode(text, sizeof(text), slice_of(key.data + prefix, key.size - prefix));
	json_put_text(out, "next", slice_text(text));
}

void listing_answer(struct call *call, const struct listing *listing, const struct shape *stored,
		    void (*item)(struct json_out *, const void *record))
{
	const struct call_page *page = listing_page(call, listing);
	void *value = arena_alloc(call->arena, stored->size);
	struct json_out out;

	MUST(page != NULL);
	call_reply_json(call, 200, &out);
	json_object(&out, NULL);
	json_array(&out, "items");
	for (uint32_t i = 0; i < page->count; i++) {
		MUST(shape_from_cbor(value, stored, page->records[i].value));
		if (item == NULL)
			shape_to_json(&out, NULL, stored, value);
		else
			item(&out, value);
	}
	json_array_end(&out);
	listing_put_next(&out, listing, page);
	json_object_end(&out);
}
