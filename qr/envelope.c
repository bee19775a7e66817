/* qr/envelope.c - without it a status list could be passed off as a bundle, and one object could be
 * written in many ways.
 */
#include "qr/envelope.h"

enum { PROTECTED_SIZE_MAX = 24 + ENVELOPE_TYP_SIZE_MAX };

size_t envelope_scratch_size(struct slice payload)
{
	return payload.size + ENVELOPE_EXTRA_SIZE;
}

static struct writer protected_make(uint8_t room[PROTECTED_SIZE_MAX], int64_t alg, struct slice kid,
				    const char *typ)
{
	struct writer to = { .data = room, .size = PROTECTED_SIZE_MAX };

	cose_write_protected_typed(&to, alg, kid, slice_text(typ));
	return to;
}

void envelope_write(struct writer *to, struct slice payload, const struct keyring_key *key,
		    const char *typ, struct writer *scratch)
{
	uint8_t room[PROTECTED_SIZE_MAX], signature[SIGNATURE_SIZE];
	struct writer header =
	    protected_make(room, COSE_ALG_EDDSA, slice_of(key->kid, KID_SIZE), typ);
	struct slice protected_header = slice_of(room, header.used);

	MUST(key->may_sign && !header.failed);
	cose_sign(signature, &key->sign, protected_header, (struct slice){ 0 }, payload, scratch);
	/* The Sig_structure ends with the payload, where writing the object does not reach it. */
	payload = slice_of(scratch->data + scratch->used - payload.size, payload.size);
	cose_write(to, protected_header, payload, slice_of(signature, sizeof(signature)));
}

bool envelope_read(struct cose_sign1 *out, struct slice bytes, const char *typ)
{
	uint8_t room[PROTECTED_SIZE_MAX];
	struct writer header;

	if (cose_read(out, bytes) != COSE_OK || out->kid.size != KID_SIZE)
		return false;
	header = protected_make(room, out->alg, out->kid, typ);
	MUST(!header.failed);
	return slice_equal(slice_of(room, header.used), out->protected_header) &&
	       cose_is_as_written(out, bytes);
}

const struct keyring_key *envelope_key(const struct cose_sign1 *sign1, const struct keyring *ring,
				       enum key_use use, int64_t signed_at_s)
{
	const struct keyring_key *key = keyring_find(ring, sign1->kid);

	return key != NULL && keyring_key_believed(key, use, signed_at_s) ? key : NULL;
}

enum envelope_status envelope_verify(const struct cose_sign1 *sign1, const struct keyring *ring,
				     enum key_use use, int64_t signed_at_s, struct writer *scratch)
{
	const struct keyring_key *key = envelope_key(sign1, ring, use, signed_at_s);
	struct cose_key cose_key = { 0 };

	if (key == NULL)
		return ENVELOPE_UNKNOWN_KEY;
	cose_key.kid = slice_of(key->kid, KID_SIZE);
	cose_key.accepts_alg_ed25519 = key->accepts_alg_ed25519;
	mem_copy(cose_key.public_key, key->public_key, SIGN_PUBLIC_SIZE);
	switch (cose_verify(sign1, &cose_key, (struct slice){ 0 }, scratch)) {
	case COSE_OK:
		return ENVELOPE_OK;
	case COSE_FORGED:
		return ENVELOPE_FORGED;
	default:
		return ENVELOPE_MALFORMED;
	}
}
