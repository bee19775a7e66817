/* tests/fuzz/fuzz_base45.c - any text: what is decoded is encoded to the same text, and any bytes
 * come back. Without it one ticket might have two texts.
 */
#include "qr/base45.h"

#include "tests/fuzz/fuzz.h"

enum { SIZE_MAX_TRIED = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[SIZE_MAX_TRIED];
	static char text[BASE45_TEXT_SIZE(SIZE_MAX_TRIED)];
	size_t used, again;

	if (size > SIZE_MAX_TRIED)
		return 0;
	if (base45_decode(bytes, &used, sizeof(bytes), slice_of(data, size))) {
		MUST(base45_encode(text, sizeof(text), slice_of(bytes, used)) == size);
		MUST(mem_equal(text, data, size));
		/* A byte less of room is a refusal, not an overrun. */
		MUST(used == 0 || !base45_decode(bytes, &again, used - 1, slice_of(data, size)));
	}
	again = base45_encode(text, sizeof(text), slice_of(data, size));
	MUST(base45_decode(bytes, &used, sizeof(bytes), slice_of(text, again)));
	MUST(used == size && mem_equal(bytes, data, size));
	return 0;
}
