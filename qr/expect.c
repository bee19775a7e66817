/* qr/expect.c - without it each object that is signed here would walk its CBOR in a way of its own.
 */
#include "qr/expect.h"

bool expect_int(struct reader *r, int64_t value)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == CBOR_INT && item.value == value;
}

bool expect_text(struct reader *r, const char *text)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == CBOR_TEXT && slice_is(item.bytes, text);
}

bool expect_count(struct reader *r, enum cbor_kind kind, uint64_t count)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == kind && item.count == count;
}

bool expect_number(struct reader *r, int64_t *out, int64_t most)
{
	struct cbor_item item = cbor_next(r);

	*out = item.value;
	return item.kind == CBOR_INT && item.value >= 0 && item.value <= most;
}

bool expect_string(struct reader *r, enum cbor_kind kind, struct slice *out)
{
	struct cbor_item item = cbor_next(r);

	*out = item.bytes;
	return item.kind == kind;
}

bool expect_fixed(struct reader *r, uint8_t *out, size_t size)
{
	struct slice bytes;

	if (!expect_string(r, CBOR_BYTES, &bytes) || bytes.size != size)
		return false;
	mem_copy(out, bytes.data, size);
	return true;
}
