/* tests/fuzz/fuzz_cose.c - any bytes as COSE_Sign1: slices stay inside, nothing is believed that
 * the key did not sign, and what is as we write it is written again as the same bytes.
 */
#include "qr/cose.h"

#include "tests/fuzz/fuzz.h"

static bool is_inside(struct slice part, struct slice whole)
{
	return part.data == NULL || (part.data >= whole.data && part.size <= whole.size &&
				     part.data - whole.data <= (ptrdiff_t)(whole.size - part.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[65536 + 64];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct slice bytes = slice_of(data, size);
	struct cose_key key = { .accepts_alg_ed25519 = true };
	struct cose_sign1 sign1;

	if (size > 65536 || cose_read(&sign1, bytes) != COSE_OK)
		return 0;
	MUST(is_inside(sign1.protected_header, bytes) && is_inside(sign1.kid, bytes));
	MUST(is_inside(sign1.payload, bytes) && is_inside(sign1.signature, bytes));
	MUST(cose_scratch_size(sign1.protected_header, SLICE(""), sign1.payload) <= sizeof(room));
	mem_copy(key.public_key, fuzz_key(KEY_TICKET)->public_key, SIGN_PUBLIC_SIZE);
	if (cose_verify(&sign1, &key, SLICE(""), &scratch) == COSE_OK)
		MUST(cose_verify(&sign1, &key, SLICE("aad"), &scratch) == COSE_FORGED);
	if (cose_is_as_written(&sign1, bytes)) {
		struct writer to = { .data = room, .size = sizeof(room) };

		MUST(sign1.tagged && sign1.unprotected_empty);
		cose_write(&to, sign1.protected_header, sign1.payload, sign1.signature);
		MUST(slice_equal(slice_of(room, to.used), bytes));
	}
	return 0;
}
