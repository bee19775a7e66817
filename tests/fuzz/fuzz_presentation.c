/* tests/fuzz/fuzz_presentation.c - any bytes as a presentation, and any text as a code: one
 * encoding, and no dynamic ticket without its proof.
 */
#include "qr/code.h"

#include "tests/fuzz/fuzz.h"

static void try_bytes(struct slice bytes)
{
	uint8_t again[PRESENTATION_SIZE_MAX];
	struct presentation presentation, ours;
	size_t used;

	if (presentation_read(&presentation, bytes) != PRESENTATION_OK) {
		MUST(!presentation_verify(bytes, fuzz_phone()->public_key));
		return;
	}
	/* All but the signature is ours to write. */
	MUST(presentation.iat_s >= 0 && bytes.size <= PRESENTATION_SIZE_MAX);
	MUST(presentation_make(again, &used, sizeof(again), presentation.ticket, presentation.iat_s,
			       fuzz_phone()));
	MUST(used == bytes.size && mem_equal(again, bytes.data, used - SIGNATURE_SIZE));
	MUST(presentation_read(&ours, slice_of(again, used)) == PRESENTATION_OK);
	MUST(presentation_verify(slice_of(again, used), fuzz_phone()->public_key));
	(void)presentation_is_stale(presentation.iat_s, (time_ms)FUZZ_AT_S * 1000,
				    PRESENTATION_PAST_S, PRESENTATION_AHEAD_S);
}

static void try_text(struct slice text)
{
	enum code_status status, known;
	struct code code;

	status = code_read(&code, text, fuzz_ring());
	if (code_parse(&code, text) != CODE_OK) {
		MUST(status == CODE_MALFORMED);
		return;
	}
	known = code_verify_known(&code, fuzz_ring());
	if (status == CODE_OK) {
		MUST(known == CODE_OK);
		MUST(code.presented == code.ticket.has_device_key);
	}
	if (code.ticket.has_device_key && !code.presented)
		MUST(known == CODE_DEVICE_PROOF_MISSING || known == CODE_UNKNOWN_KEY);
	MUST(status != CODE_FORGED || known != CODE_UNKNOWN_KEY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[4 + BASE45_TEXT_SIZE(1024)];

	if (size > 1024)
		return 0;
	try_bytes(slice_of(data, size));
	try_text(slice_of(data, size));
	(void)ticket_code(text, sizeof(text), slice_of(data, size));
	try_text(slice_text(text));
	return 0;
}
