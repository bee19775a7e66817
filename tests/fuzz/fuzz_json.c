/* tests/fuzz/fuzz_json.c - any text as JSON, and each of its lines as one of NDJSON: what is read,
 * written and read again is written the same.
 */
#include "core/json.h"

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 65536 };

static void write_value(struct json_out *out, const char *key, const struct json *value)
{
	int64_t number;
	bool truth;

	switch (json_type(value)) {
	case JSON_NULL:
		json_put_null(out, key);
		break;
	case JSON_BOOL:
		MUST(json_bool(value, &truth));
		json_put_bool(out, key, truth);
		break;
	case JSON_NUMBER: /* What is no whole number cannot be written, and stands as null. */
		if (json_int(value, &number))
			json_put_int(out, key, number);
		else
			json_put_null(out, key);
		break;
	case JSON_TEXT:
		json_put_text(out, key, json_text(value));
		break;
	case JSON_ARRAY:
		json_array(out, key);
		for (value = json_first(value); value != NULL; value = json_next(value))
			write_value(out, NULL, value);
		json_array_end(out);
		break;
	case JSON_OBJECT:
		json_object(out, key);
		for (value = json_first(value); value != NULL; value = json_next(value))
			write_value(out, json_name(value), value);
		json_object_end(out);
		break;
	}
}

static struct slice write_again(struct writer *to, struct json *root)
{
	struct json_out out;

	json_begin(&out, to);
	write_value(&out, NULL, root);
	json_free(root);
	MUST(!to->failed);
	return slice_of(to->data, to->used);
}

static void try_text(struct slice text)
{
	/* A control character of one byte is written in six. */
	static uint8_t first_room[6 * INPUT_MAX + 64], second_room[6 * INPUT_MAX + 64];
	struct writer first = { .data = first_room, .size = sizeof(first_room) };
	struct writer second = { .data = second_room, .size = sizeof(second_room) };
	struct json *root;
	struct slice written;
	size_t at;

	if (json_parse(&root, &at, text) != JSON_OK) {
		MUST(root == NULL && at <= text.size);
		return;
	}
	written = write_again(&first, root);
	if (written.size > JSON_SIZE_MAX)
		return;
	MUST(json_parse(&root, &at, written) == JSON_OK);
	MUST(slice_equal(write_again(&second, root), written));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t start = 0;

	if (size > INPUT_MAX)
		return 0;
	try_text(slice_of(data, size));
	for (size_t i = 0; i <= size; i++)
		if (i == size || data[i] == '\n') {
			try_text(slice_of(data + start, i - start));
			start = i + 1;
		}
	return 0;
}
