/* tests/fuzz/fuzz_batch.c - any bytes as the body of a batch: each line is found once, in its place,
 * and nothing of the body is lost but what is empty.
 */
#include "core/batch.h"

#include "core/json.h"
#include "tests/fuzz/fuzz.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Walks over what stands between two lines. Returns how many lines of the sender's that is. */
static uint32_t skip_blanks(struct slice *rest, const uint8_t *until)
{
	uint32_t newlines = 0;

	while (rest->data < until) {
		MUST(rest->data[0] == '\n' || is_blank(rest->data[0]));
		newlines += rest->data[0] == '\n';
		*rest = slice_of(rest->data + 1, rest->size - 1);
	}
	return newlines;
}

static void look_at_line(struct slice line)
{
	bool blank = true;

	for (size_t i = 0; i < line.size; i++) {
		MUST(line.data[i] != '\n');
		blank = blank && is_blank(line.data[i]);
	}
	MUST(!blank);
}

/* As a line's own reader takes it. */
static void parse(struct slice line)
{
	struct json *root;
	size_t at;

	if (line.size <= BATCH_LINE_SIZE_MAX && json_parse(&root, &at, line) == JSON_OK)
		json_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size), seen = rest, line;
	uint32_t number = 0, newlines = 0, count = 0;

	while (batch_take_line(&line, &number, &rest)) {
		MUST(line.data >= seen.data && line.data + line.size <= data + size);
		newlines += skip_blanks(&seen, line.data);
		MUST(number == newlines + 1);
		look_at_line(line);
		if (count < 16)
			parse(line);
		count++;
		seen = slice_of(line.data + line.size, (size_t)(data + size - line.data) - line.size);
	}
	(void)skip_blanks(&seen, data + size);
	MUST(rest.size == 0);
	MUST(batch_count_lines(slice_of(data, size)) ==
	     (count <= BATCH_LINE_COUNT_MAX ? count : BATCH_LINE_COUNT_MAX + 1));
	return 0;
}
