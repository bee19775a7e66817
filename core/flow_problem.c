/* core/flow_problem.c - a refusal as application/problem+json (RFC 9457). Without it each refusal
 * would be worded where it happens, and no program could read them alike.
 */
#include "core/flow.h"

#include <string.h>

static const char hex_digits[] = "0123456789ABCDEFabcdef";

/* TOKEN_MISSING becomes "Token missing": the type's title never differs between two occurrences. */
static void write_title(char *out, size_t out_size, const char *code)
{
	size_t n = 0;

	for (; code[n] != '\0' && n + 1 < out_size; n++) {
		char c = code[n];

		if (c == '_')
			c = ' ';
		else if (n > 0 && c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		out[n] = c;
	}
	out[n] = '\0';
}

/* What a URI's path may hold (RFC 3986, 3.3); a request may come with less. */
static bool is_uri_path(const char *text)
{
	for (; *text != '\0'; text++) {
		bool letter = (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z');

		if (*text == '%' && (text[1] == '\0' || strchr(hex_digits, text[1]) == NULL ||
				     text[2] == '\0' || strchr(hex_digits, text[2]) == NULL))
			return false;
		if (!letter && strchr("0123456789-._~!$&'()*+,;=:@/%", *text) == NULL)
			return false;
	}
	return true;
}

void reply_problem(struct reply *reply, const struct problem *problem, const char *instance)
{
	char title[64], type[96];
	struct writer to = { .data = (uint8_t *)type, .size = sizeof(type) - 1 };
	struct json_out json;

	MUST(problem->status >= 400 && problem->code != NULL);
	write_title(title, sizeof(title), problem->code);
	write_text(&to, "urn:hitotsu:problem:");
	write_text(&to, problem->code);
	MUST(!to.failed);
	type[to.used] = '\0';
	reply->status = problem->status;
	reply->content_type = "application/problem+json";
	reply->retry_after_s = problem->retry_after_s;
	json_begin(&json, &reply->body);
	json_object(&json, NULL);
	json_put_text(&json, "type", slice_text(type));
	json_put_text(&json, "title", slice_text(title));
	json_put_int(&json, "status", problem->status);
	json_put_text(&json, "detail", slice_text(problem->detail));
	json_put_text(&json, "code", slice_text(problem->code));
	if (instance != NULL && instance[0] != '\0' && is_uri_path(instance))
		json_put_text(&json, "instance", slice_text(instance));
	if (problem->pointer[0] != '\0')
		json_put_text(&json, "pointer", slice_text(problem->pointer));
	json_object_end(&json);
}
