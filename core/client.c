/* core/client.c - asks HTTP servers; the door to libcurl. Without it the demo would have to reach
 * behind the program's own front.
 */
#include "core/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CLIENT_TIMEOUT_S = 60,
	CLIENT_CONNECT_TIMEOUT_S = 10,
	CLIENT_URL_SIZE = 4096,
	CLIENT_HEADER_SIZE = 512,
	CLIENT_BODY_SIZE_MAX = 64 * 1024 * 1024,
};

struct client {
	CURL *easy;
	char base[CLIENT_URL_SIZE / 2];
	char error[CURL_ERROR_SIZE];
};

struct answer_body {
	uint8_t *data;
	size_t used, size;
	bool too_large;
};

static bool base_is_valid(const char *url)
{
	return strncmp(url, "http://", 7) == 0    ? url[7] != '\0' && url[7] != '/'
	       : strncmp(url, "https://", 8) == 0 ? url[8] != '\0' && url[8] != '/'
						  : false;
}

static size_t on_body(char *data, size_t one, size_t count, void *to)
{
	struct answer_body *body = to;
	size_t size = one * count;

	if (size > CLIENT_BODY_SIZE_MAX - body->used) {
		body->too_large = true;
		return 0;
	}
	if (size > body->size - body->used) {
		size_t more =
		    body->size * 2 > body->used + size ? body->size * 2 : body->used + size;
		uint8_t *grown = realloc(body->data, more);

		if (grown == NULL)
			return 0;
		body->data = grown;
		body->size = more;
	}
	mem_copy(body->data + body->used, data, size);
	body->used += size;
	return size;
}

bool client_open(struct client **out, const char *base_url)
{
	static bool ready;
	struct client *client = calloc(1, sizeof(*client));
	size_t size = strlen(base_url);

	*out = NULL;
	ready = ready || curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	while (size > 0 && base_url[size - 1] == '/')
		size--;
	if (client == NULL || !ready || !base_is_valid(base_url) ||
	    !text_set(client->base, sizeof(client->base), slice_of(base_url, size)) ||
	    (client->easy = curl_easy_init()) == NULL) {
		free(client);
		return false;
	}
	*out = client;
	return true;
}

void client_close(struct client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->easy);
	free(client);
}

/* False: no room, or a line break in the value. */
static bool add_header(struct curl_slist **list, const char *format, const char *value)
{
	char line[CLIENT_HEADER_SIZE];
	struct curl_slist *longer;
	int size = snprintf(line, sizeof(line), format, value);

	if (size < 0 || (size_t)size >= sizeof(line) || strpbrk(value, "\r\n") != NULL)
		return false;
	longer = curl_slist_append(*list, line);
	if (longer == NULL)
		return false;
	*list = longer;
	return true;
}

static bool make_headers(struct curl_slist **list, const struct client_ask *ask)
{
	const char *type = ask->content_type != NULL ? ask->content_type : "application/json";

	/* Waiting for 100 Continue would cost a round trip and gain nothing here. */
	return add_header(list, "Expect:%s", "") && add_header(list, "Accept: %s", "*/*") &&
	       (ask->token == NULL || add_header(list, "Authorization: Bearer %s", ask->token)) &&
	       (ask->key == NULL || (strpbrk(ask->key, "\"\\") == NULL &&
				     add_header(list, "Idempotency-Key: \"%s\"", ask->key))) &&
	       add_header(list, "Content-Type: %s", ask->body.size > 0 ? type : "");
}

/* The handle keeps its connection; all else is set anew for each request. */
static void set_options(struct client *client, const struct client_ask *ask, const char *url,
			struct curl_slist *headers, struct answer_body *body)
{
	CURL *easy = client->easy;

	curl_easy_reset(easy);
	client->error[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)CLIENT_TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CLIENT_CONNECT_TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
	if (strcmp(ask->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(ask->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.size);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
				 ask->body.size > 0 ? (const char *)ask->body.data : "");
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, ask->method);
	}
}

static void say_why(struct client_answer *out, const struct client_ask *ask, const char *why)
{
	*out = (struct client_answer){ 0 };
	if (arena_left(ask->arena) > strlen(why) + 64)
		out->body = slice_text(arena_text(ask->arena, "%s", why));
	else
		out->body = SLICE("no room for the answer");
}

static void read_answer(struct client_answer *out, struct client *client,
			const struct client_ask *ask, const struct answer_body *body)
{
	const char *type = NULL;
	long status = 0;

	if (arena_left(ask->arena) < body->used + 64) {
		say_why(out, ask, "the answer is larger than the room for it");
		return;
	}
	curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(client->easy, CURLINFO_CONTENT_TYPE, &type);
	*out = (struct client_answer){
		.status = (unsigned)status,
		.body = arena_copy(ask->arena, slice_of(body->data, body->used)),
	};
	if (type != NULL &&
	    !text_set(out->content_type, sizeof(out->content_type), slice_text(type)))
		out->content_type[0] = '\0';
}

void client_ask(struct client_answer *out, struct client *client, const struct client_ask *ask)
{
	char url[CLIENT_URL_SIZE];
	struct answer_body body = { 0 };
	struct curl_slist *headers = NULL;
	int size = snprintf(url, sizeof(url), "%s%s", client->base, ask->path);
	CURLcode code;

	MUST(ask->path[0] == '/');
	if (size < 0 || (size_t)size >= sizeof(url) || !make_headers(&headers, ask)) {
		say_why(out, ask,
			"the path, token or key is too long or holds what a header may not");
		curl_slist_free_all(headers);
		return;
	}
	set_options(client, ask, url, headers, &body);
	code = curl_easy_perform(client->easy);
	if (code == CURLE_OK)
		read_answer(out, client, ask, &body);
	else
		say_why(out, ask,
			body.too_large             ? "the answer is too large"
			: client->error[0] != '\0' ? client->error
						   : curl_easy_strerror(code));
	curl_slist_free_all(headers);
	free(body.data);
}
