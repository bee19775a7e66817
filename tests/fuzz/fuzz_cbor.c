/* tests/fuzz/fuzz_cbor.c - any bytes as CBOR: what is read item by item is written again as the
 * same bytes. Without it two byte strings might be one object.
 */
#include "core/cbor.h"

#include "tests/fuzz/fuzz.h"

static void write_item(struct writer *to, const struct cbor_item *item)
{
	switch (item->kind) {
	case CBOR_INT:
		cbor_put_int(to, item->value);
		break;
	case CBOR_BYTES:
		cbor_put_bytes(to, item->bytes);
		break;
	case CBOR_TEXT:
		cbor_put_text(to, item->bytes);
		break;
	case CBOR_ARRAY:
		cbor_put_array(to, (size_t)item->count);
		break;
	case CBOR_MAP:
		cbor_put_map(to, (size_t)item->count);
		break;
	case CBOR_TAG:
		cbor_put_tag(to, item->count);
		break;
	case CBOR_BOOL:
		cbor_put_bool(to, item->value != 0);
		break;
	case CBOR_NULL:
		write_u8(to, 0xf6);
		break;
	case CBOR_END:
	case CBOR_BROKEN:
		MUST(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[65536];
	struct writer to = { .data = again, .size = sizeof(again) };
	struct reader r = { .rest = slice_of(data, size) };
	struct reader whole = r;
	struct slice object;
	struct cbor_item item;

	if (size > sizeof(again))
		return 0;
	for (item = cbor_next(&r); item.kind != CBOR_END && item.kind != CBOR_BROKEN;
	     item = cbor_next(&r)) {
		write_item(&to, &item);
		MUST(!to.failed && to.used == size - r.rest.size);
	}
	MUST(mem_equal(again, data, to.used));
	MUST(item.kind == CBOR_BROKEN || to.used == size);
	if (cbor_skip(&whole, &object)) {
		MUST(object.data == data && object.size > 0);
		MUST(object.size + whole.rest.size == size && object.size <= to.used);
	}
	return 0;
}
