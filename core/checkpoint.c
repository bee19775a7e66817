/* core/checkpoint.c - without it two people could not know whether they were shown the same log. */
#include "core/checkpoint.h"

#define SEALED "sealed "

void checkpoint_write_hash(struct writer *to, const struct seal_hash *hash)
{
	char text[SHA256_SIZE * 2];

	base64_encode(text, sizeof(text), slice_of(hash->bytes, SHA256_SIZE));
	write_text(to, text);
	write_text(to, "\n");
}

bool checkpoint_read_hash(struct seal_hash *out, struct slice text)
{
	size_t used;

	return base64_decode(out->bytes, &used, sizeof(out->bytes), text) && used == SHA256_SIZE;
}

void checkpoint_write(struct writer *to, const struct checkpoint *checkpoint)
{
	write_text(to, checkpoint->origin);
	write_text(to, "\n");
	write_decimal(to, checkpoint->size, 1);
	write_text(to, "\n");
	checkpoint_write_hash(to, &checkpoint->root);
	if (checkpoint->sealed_s < 0)
		return;
	write_text(to, SEALED);
	write_decimal(to, (uint64_t)checkpoint->sealed_s, 1);
	write_text(to, "\n");
}

bool checkpoint_take_line(struct slice *out, struct slice *rest)
{
	size_t n = 0;

	while (n < rest->size && rest->data[n] != '\n')
		n++;
	if (n == rest->size)
		return false;
	*out = slice_of(rest->data, n);
	*rest = slice_of(rest->data + n + 1, rest->size - n - 1);
	return true;
}

/* Said twice, it says nothing. */
static bool read_extensions(struct checkpoint *out, struct slice rest)
{
	struct slice line, sealed = SLICE(SEALED);

	while (rest.size > 0) {
		if (!checkpoint_take_line(&line, &rest) || line.size == 0)
			return false;
		if (!slice_starts(line, sealed))
			continue;
		line = slice_of(line.data + sealed.size, line.size - sealed.size);
		if (out->sealed_s >= 0 || !decimal_decode(&out->sealed_s, line) ||
		    out->sealed_s < 0)
			return false;
	}
	return true;
}

bool checkpoint_read(struct checkpoint *out, struct slice text)
{
	struct slice rest = text, line;
	int64_t size;

	*out = (struct checkpoint){ .sealed_s = -1 };
	if (!checkpoint_take_line(&line, &rest) || line.size == 0 ||
	    !text_set(out->origin, sizeof(out->origin), line) ||
	    !checkpoint_take_line(&line, &rest) || !decimal_decode(&size, line) || size < 0 ||
	    !checkpoint_take_line(&line, &rest) || !checkpoint_read_hash(&out->root, line))
		return false;
	out->size = (uint64_t)size;
	return read_extensions(out, rest);
}
