/* tests/fuzz/fuzz_bundle.c - any bytes as a bundle, and as its payload properly signed: what is
 * read is written again as the same bytes.
 */
#include "qr/bundle.h"

#include "qr/envelope.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 65536 };

static uint8_t room[INPUT_MAX + 4096], again[INPUT_MAX + 4096], sealed[INPUT_MAX + 4096];

static void try_bundle(struct slice bytes)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = again, .size = sizeof(again) };
	struct bundle bundle;

	if (bundle_read(&bundle, bytes, fuzz_ring(), FUZZ_AT_S, 0, &scratch) != BUNDLE_OK)
		return;
	MUST(bundle.since == 0 && bundle.number > 0 && bundle.expires_at_s > FUZZ_AT_S);
	MUST(bundle.section_count <= BUNDLE_SECTION_COUNT_MAX);
	scratch.used = 0;
	MUST(bundle_write(&to, &bundle, fuzz_key(KEY_BUNDLE), &scratch) == BUNDLE_OK);
	MUST(slice_equal(slice_of(to.data, to.used), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = sealed, .size = sizeof(sealed) };

	if (size > INPUT_MAX)
		return 0;
	try_bundle(slice_of(data, size));
	envelope_write(&to, slice_of(data, size), fuzz_key(KEY_BUNDLE), BUNDLE_TYP, &scratch);
	try_bundle(slice_of(to.data, to.used));
	return 0;
}
