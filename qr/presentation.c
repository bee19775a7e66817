/* qr/presentation.c - without it a screenshot of a ticket would be as good as the ticket.
 */
#include "qr/presentation.h"

#include "qr/cose.h"
#include "qr/expect.h"

enum { HEADER_ALG = 1, HEADER_CWT_CLAIMS = 15, CLAIM_IAT = 6 };
enum { HEADER_SIZE_MAX = 16, SCRATCH_SIZE = PRESENTATION_SIZE_MAX + 64 };

static void write_header(struct writer *to, int64_t iat_s)
{
	cbor_put_map(to, 2);
	cbor_put_int(to, HEADER_ALG);
	cbor_put_int(to, COSE_ALG_EDDSA);
	cbor_put_int(to, HEADER_CWT_CLAIMS);
	cbor_put_map(to, 1);
	cbor_put_int(to, CLAIM_IAT);
	cbor_put_int(to, iat_s);
}

static bool read_header(int64_t *iat_s, struct slice header)
{
	struct reader r = { .rest = header };

	return expect_count(&r, CBOR_MAP, 2) && expect_int(&r, HEADER_ALG) &&
	       expect_int(&r, COSE_ALG_EDDSA) && expect_int(&r, HEADER_CWT_CLAIMS) &&
	       expect_count(&r, CBOR_MAP, 1) && expect_int(&r, CLAIM_IAT) &&
	       expect_number(&r, iat_s, INT64_MAX) && r.rest.size == 0;
}

static enum presentation_status read_sign1(struct presentation *out, struct cose_sign1 *sign1,
					   struct slice bytes)
{
	*out = (struct presentation){ 0 };
	if (bytes.size > PRESENTATION_SIZE_MAX || cose_read(sign1, bytes) != COSE_OK)
		return PRESENTATION_MALFORMED;
	/* A phone's key has no name: what it signs names it by the cnf inside. */
	if (sign1->kid.data != NULL)
		return PRESENTATION_BARE;
	out->ticket = sign1->payload;
	if (!read_header(&out->iat_s, sign1->protected_header) || sign1->payload.size == 0 ||
	    !cose_is_as_written(sign1, bytes))
		return PRESENTATION_MALFORMED;
	return PRESENTATION_OK;
}

enum presentation_status presentation_read(struct presentation *out, struct slice bytes)
{
	struct cose_sign1 sign1;

	return read_sign1(out, &sign1, bytes);
}

bool presentation_verify(struct slice bytes, const uint8_t device_key[SIGN_PUBLIC_SIZE])
{
	uint8_t room[SCRATCH_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct cose_key key = { 0 };
	struct presentation said;
	struct cose_sign1 sign1;

	if (read_sign1(&said, &sign1, bytes) != PRESENTATION_OK)
		return false;
	mem_copy(key.public_key, device_key, SIGN_PUBLIC_SIZE);
	return cose_verify(&sign1, &key, (struct slice){ 0 }, &scratch) == COSE_OK;
}

bool presentation_make(uint8_t *out, size_t *used, size_t out_size, struct slice ticket,
		       int64_t iat_s, const struct sign_key *device)
{
	uint8_t room[SCRATCH_SIZE], header_bytes[HEADER_SIZE_MAX], signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer header = { .data = header_bytes, .size = sizeof(header_bytes) };
	struct writer to = { .data = out, .size = PRESENTATION_SIZE_MAX };

	MUST(out_size >= PRESENTATION_SIZE_MAX);
	*used = 0;
	if (iat_s < 0 || ticket.size == 0 || ticket.size > PRESENTATION_SIZE_MAX)
		return false;
	write_header(&header, iat_s);
	MUST(!header.failed);
	cose_sign(signature, device, slice_of(header_bytes, header.used), (struct slice){ 0 },
		  ticket, &scratch);
	cose_write(&to, slice_of(header_bytes, header.used), ticket,
		   slice_of(signature, sizeof(signature)));
	if (to.failed)
		return false;
	*used = to.used;
	return true;
}

int64_t presentation_step(time_ms at)
{
	int64_t at_s = at / 1000;

	return at_s - at_s % PRESENTATION_STEP_S;
}

bool presentation_is_stale(int64_t iat_s, time_ms at_ms, int64_t past_s, int64_t ahead_s)
{
	int64_t age_ms;

	MUST(past_s >= 0 && past_s <= INT32_MAX && ahead_s >= 0 && ahead_s <= INT32_MAX);
	/* A proof that says a time beyond what time_ms tells is no proof of now. */
	if (iat_s < 0 || iat_s > INT64_MAX / 2000 || at_ms < 0)
		return true;
	age_ms = at_ms - iat_s * 1000;
	return age_ms > past_s * 1000 || -age_ms > ahead_s * 1000;
}

struct id128 presentation_id(struct slice bytes)
{
	uint8_t digest[SHA256_SIZE];
	struct id128 id;

	sha256(digest, bytes);
	mem_copy(id.bytes, digest, sizeof(id.bytes));
	return id;
}
