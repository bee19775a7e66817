/* operators/demo_ask.c - the demo asks the server over HTTP. Without it the journey would go
 * behind the program's own front, and prove nothing.
 */
#include "operators/demo_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATH_SIZE = 768,
	BODY_SIZE = 64 * 1024,
	FEED_SIZE_MAX = 64 * 1024 * 1024,
	SCRATCH_KEEP = 1 << 20
};

static const char *format_path(char out[PATH_SIZE], const char *format, va_list args)
{
	int size = vsnprintf(out, PATH_SIZE, format, args);

	MUST(size > 0 && size < PATH_SIZE);
	return out;
}

struct json_out *demo_body(struct demo *d)
{
	arena_reset(&d->scratch, SCRATCH_KEEP);
	d->body_to =
	    (struct writer){ .data = arena_alloc(&d->scratch, BODY_SIZE), .size = BODY_SIZE };
	json_begin(&d->body, &d->body_to);
	json_object(&d->body, NULL);
	return &d->body;
}

/* What went wrong, with the server's own code and words where it gave them. */
static void say_unexpected(struct demo *d, const struct client_ask *ask,
			   const struct client_answer *answer)
{
	const char *code = demo_text(d->answer, "code"), *detail = demo_text(d->answer, "detail");
	const char *pointer = demo_text(d->answer, "pointer");

	if (answer->status == 0)
		demo_fail(d, "%s %s: no answer: %.*s", ask->method, ask->path,
			  (int)answer->body.size, (const char *)answer->body.data);
	else
		demo_fail(d, "%s %s: %u %s %s %s", ask->method, ask->path, answer->status, code,
			  pointer, detail);
}

/* Asks, and parses what is JSON. False: answered otherwise than expected, and said so. */
static bool ask_once(struct demo *d, struct client_answer *answer, struct client_ask *ask,
		     unsigned expected)
{
	size_t at;

	json_free(d->answer);
	d->answer = NULL;
	ask->arena = &d->scratch;
	client_ask(answer, d->client, ask);
	if (strstr(answer->content_type, "json") != NULL &&
	    json_parse(&d->answer, &at, answer->body) != JSON_OK)
		d->answer = NULL;
	if (answer->status == expected || (expected == 201 && answer->status == 200))
		return true;
	say_unexpected(d, ask, answer);
	return false;
}

const struct json *demo_post(struct demo *d, const char *token, unsigned expected, const char *path,
			     ...)
{
	char text[PATH_SIZE], key[24];
	struct client_answer answer;
	struct client_ask ask = { .method = "POST", .token = token, .key = key };
	va_list args;

	va_start(args, path);
	ask.path = format_path(text, path, args);
	va_end(args);
	json_object_end(&d->body);
	MUST(!d->body_to.failed);
	ask.body = slice_of(d->body_to.data, d->body_to.used);
	snprintf(key, sizeof(key), "demo-%06llu", (unsigned long long)++d->key);
	return ask_once(d, &answer, &ask, expected) ? d->answer : NULL;
}

static bool get(struct demo *d, struct client_answer *answer, const char *token, const char *path)
{
	struct client_ask ask = { .method = "GET", .path = path, .token = token };

	arena_reset(&d->scratch, SCRATCH_KEEP);
	return ask_once(d, answer, &ask, 200);
}

const struct json *demo_get(struct demo *d, const char *token, const char *path, ...)
{
	char text[PATH_SIZE];
	struct client_answer answer;
	va_list args;
	bool good;

	va_start(args, path);
	good = get(d, &answer, token, format_path(text, path, args));
	va_end(args);
	if (good && d->answer == NULL)
		demo_fail(d, "GET %s: its answer is not JSON that this program reads", text);
	return good ? d->answer : NULL;
}

bool demo_fetch_file(struct demo *d, const char *token, const char *file, const char *path, ...)
{
	char text[PATH_SIZE], name[PATH_SIZE];
	struct client_answer answer;
	FILE *out;
	va_list args;
	bool good;

	va_start(args, path);
	good = get(d, &answer, token, format_path(text, path, args));
	va_end(args);
	if (!good)
		return false;
	snprintf(name, sizeof(name), "%s/%s", d->start->out_dir, file);
	out = fopen(name, "wb");
	good =
	    out != NULL && fwrite(answer.body.data, 1, answer.body.size, out) == answer.body.size;
	if (out == NULL || fclose(out) != 0 || !good)
		return demo_fail(d, "%s cannot be written", name), false;
	return true;
}

bool demo_pages(struct demo *d, const char *path, unsigned limit, unsigned pages, bool *whole,
		void (*item)(struct demo *, void *to, const struct json *), void *to)
{
	char cursor[512] = "";

	for (unsigned page = 0; page < pages; page++) {
		const struct json *root =
		    demo_get(d, d->start->council_token, "%s?limit=%u%s%s", path, limit,
			     cursor[0] == '\0' ? "" : "&cursor=", cursor);

		if (root == NULL)
			return false;
		for (const struct json *i = json_first(json_get(root, "items")); i != NULL;
		     i = json_next(i))
			item(d, to, i);
		if (!text_set(cursor, sizeof(cursor), slice_text(demo_text(root, "next"))))
			return demo_fail(d, "GET %s: a cursor of more than %zu bytes", path,
					 sizeof(cursor)),
			       false;
		if (cursor[0] == '\0')
			break;
	}
	if (whole != NULL && cursor[0] != '\0')
		*whole = false;
	return true;
}

static bool read_zip(struct slice *out, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size > 0 && size <= FEED_SIZE_MAX && fseek(file, 0, SEEK_SET) == 0)
		data = malloc((size_t)size);
	if (data != NULL && fread(data, 1, (size_t)size, file) != (size_t)size) {
		free(data);
		data = NULL;
	}
	if (file != NULL)
		fclose(file);
	*out = slice_of(data, data == NULL ? 0 : (size_t)size);
	return data != NULL;
}

bool demo_import(struct demo *d, struct demo_feed *feed)
{
	char path[PATH_SIZE];
	struct client_answer answer;
	struct client_ask ask = { .method = "POST",
				  .path = path,
				  .token = d->start->council_token,
				  .content_type = "application/zip" };
	bool good;

	if (!read_zip(&ask.body, feed->path))
		return demo_fail(d, "%s cannot be read, or is larger than 64 MiB", feed->path),
		       false;
	snprintf(path, sizeof(path), "/v1/feeds?feed=%s", feed->id);
	arena_reset(&d->scratch, SCRATCH_KEEP);
	good = ask_once(d, &answer, &ask, 201);
	free((void *)(uintptr_t)ask.body.data);
	return good;
}

bool demo_clock(struct demo *d, time_ms now)
{
	char text[TIME_TEXT_SIZE];
	struct json_out *body = demo_body(d);

	time_encode(text, now);
	json_put_text(body, "now", slice_text(text));
	if (demo_post(d, d->start->council_token, 200, "/v1/clock") == NULL)
		return false;
	d->now = now;
	return true;
}

bool demo_token(struct demo *d, char out[DEMO_TOKEN_SIZE], const char *role, const char *subject)
{
	struct json_out *body = demo_body(d);
	const struct json *answer;

	json_put_text(body, "role", slice_text(role));
	json_put_text(body, "subject", slice_text(subject));
	answer = demo_post(d, d->start->council_token, 201, "/v1/tokens");
	return answer != NULL &&
	       text_set(out, DEMO_TOKEN_SIZE, slice_text(demo_text(answer, "token")));
}

int64_t demo_int(const struct json *object, const char *name)
{
	const struct json *value = object == NULL ? NULL : json_get(object, name);
	int64_t number = 0;

	return value != NULL && json_type(value) == JSON_NUMBER && json_int(value, &number) ? number
											    : 0;
}

const char *demo_text(const struct json *object, const char *name)
{
	const struct json *value =
	    object == NULL || json_type(object) != JSON_OBJECT ? NULL : json_get(object, name);

	if (value == NULL || json_type(value) != JSON_TEXT)
		return "";
	return (const char *)json_text(value).data; /* It ends with a NUL. */
}

const char *demo_keep(struct demo *d, const char *text)
{
	return text[0] == '\0' ? "" : arena_text(&d->keep, "%s", text);
}

/* xorshift64*: the same journey each time. */
uint32_t demo_random(struct demo *d, uint32_t below)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return (uint32_t)((d->random * UINT64_C(2685821657736338717)) >> 33) % below;
}
