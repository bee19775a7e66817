/* qr/ticket.c - without it a pass would be a picture that anybody could draw.
 */
#include "qr/ticket.h"

#include "qr/envelope.h"
#include "qr/expect.h"

enum {
	CLAIM_EXP = 4,
	CLAIM_NBF = 5,
	CLAIM_IAT = 6,
	CLAIM_CTI = 7,
	CLAIM_CNF = 8,
	CLAIM_HITOTSU = -65537
};
enum { CNF_COSE_KEY = 1, KEY_KTY = 1, KEY_CRV = -1, KEY_X = -2, KTY_OKP = 1, CRV_ED25519 = 6 };
enum { HITOTSU_COUNT = 10, SCRATCH_SIZE = TICKET_SIZE_MAX_DEVICE + ENVELOPE_EXTRA_SIZE };

static size_t size_max(const struct ticket *ticket)
{
	return ticket->has_device_key ? TICKET_SIZE_MAX_DEVICE : TICKET_SIZE_MAX;
}

/* Values that no ticket has, whoever signed it. */
static bool ticket_is_sound(const struct ticket *t)
{
	return t->iat_s >= 0 && t->nbf_s >= 0 && t->exp_s >= t->nbf_s &&
	       t->fare_class <= FARE_OTHER && (t->modes & ~TICKET_MODES_ALL) == 0 &&
	       (t->flags & ~TICKET_FLAGS_ALL) == 0;
}

static void write_device_key(struct writer *to, const struct ticket *t)
{
	cbor_put_int(to, CLAIM_CNF);
	cbor_put_map(to, 1);
	cbor_put_int(to, CNF_COSE_KEY);
	cbor_put_map(to, 3);
	cbor_put_int(to, KEY_KTY);
	cbor_put_int(to, KTY_OKP);
	cbor_put_int(to, KEY_CRV);
	cbor_put_int(to, CRV_ED25519);
	cbor_put_int(to, KEY_X);
	cbor_put_bytes(to, slice_of(t->device_key, sizeof(t->device_key)));
}

void ticket_write_claims(struct writer *to, const struct ticket *t)
{
	cbor_put_map(to, t->has_device_key ? 6 : 5);
	cbor_put_int(to, CLAIM_EXP);
	cbor_put_int(to, t->exp_s);
	cbor_put_int(to, CLAIM_NBF);
	cbor_put_int(to, t->nbf_s);
	cbor_put_int(to, CLAIM_IAT);
	cbor_put_int(to, t->iat_s);
	cbor_put_int(to, CLAIM_CTI);
	cbor_put_bytes(to, slice_of(t->id.bytes, sizeof(t->id.bytes)));
	if (t->has_device_key)
		write_device_key(to, t);
	cbor_put_int(to, CLAIM_HITOTSU);
	cbor_put_array(to, HITOTSU_COUNT);
	cbor_put_uint(to, t->product_number);
	cbor_put_uint(to, t->product_version);
	cbor_put_uint(to, t->fare_class);
	cbor_put_uint(to, t->riders);
	cbor_put_uint(to, t->modes);
	cbor_put_uint(to, t->zones);
	cbor_put_uint(to, t->uses);
	cbor_put_uint(to, t->status_list);
	cbor_put_uint(to, t->status_index);
	cbor_put_uint(to, t->flags);
}

static bool read_times_and_id(struct ticket *t, struct reader *r)
{
	return expect_int(r, CLAIM_EXP) && expect_number(r, &t->exp_s, INT64_MAX) &&
	       expect_int(r, CLAIM_NBF) && expect_number(r, &t->nbf_s, INT64_MAX) &&
	       expect_int(r, CLAIM_IAT) && expect_number(r, &t->iat_s, INT64_MAX) &&
	       expect_int(r, CLAIM_CTI) && expect_fixed(r, t->id.bytes, sizeof(t->id.bytes));
}

/* cnf, RFC 8747: {1: {1: 1, -1: 6, -2: key}} */
static bool read_device_key(struct ticket *t, struct reader *r)
{
	return expect_int(r, CLAIM_CNF) && expect_count(r, CBOR_MAP, 1) &&
	       expect_int(r, CNF_COSE_KEY) && expect_count(r, CBOR_MAP, 3) &&
	       expect_int(r, KEY_KTY) && expect_int(r, KTY_OKP) && expect_int(r, KEY_CRV) &&
	       expect_int(r, CRV_ED25519) && expect_int(r, KEY_X) &&
	       expect_fixed(r, t->device_key, sizeof(t->device_key));
}

static bool read_hitotsu(struct ticket *t, struct reader *r)
{
	static const int64_t most[HITOTSU_COUNT] = {
		UINT16_MAX, UINT16_MAX, UINT8_MAX,  UINT8_MAX,  UINT8_MAX,
		UINT32_MAX, UINT16_MAX, UINT32_MAX, UINT32_MAX, UINT8_MAX,
	};
	int64_t value[HITOTSU_COUNT];

	if (!expect_int(r, CLAIM_HITOTSU) || !expect_count(r, CBOR_ARRAY, HITOTSU_COUNT))
		return false;
	for (size_t i = 0; i < HITOTSU_COUNT; i++)
		if (!expect_number(r, &value[i], most[i]))
			return false;
	t->product_number = (uint16_t)value[0];
	t->product_version = (uint16_t)value[1];
	t->fare_class = (uint8_t)value[2];
	t->riders = (uint8_t)value[3];
	t->modes = (uint8_t)value[4];
	t->zones = (uint32_t)value[5];
	t->uses = (uint16_t)value[6];
	t->status_list = (uint32_t)value[7];
	t->status_index = (uint32_t)value[8];
	t->flags = (uint8_t)value[9];
	return true;
}

bool ticket_read_claims(struct ticket *out, struct slice claims)
{
	struct reader r = { .rest = claims };
	struct cbor_item map = cbor_next(&r);

	*out = (struct ticket){ 0 };
	if (map.kind != CBOR_MAP || map.count < 5 || map.count > 6)
		return false;
	out->has_device_key = map.count == 6;
	return read_times_and_id(out, &r) && (!out->has_device_key || read_device_key(out, &r)) &&
	       read_hitotsu(out, &r) && r.rest.size == 0 && ticket_is_sound(out);
}

enum ticket_status ticket_encode(uint8_t *out, size_t *used, size_t out_size,
				 const struct ticket *ticket, const struct keyring_key *key)
{
	uint8_t claims_bytes[TICKET_SIZE_MAX_DEVICE], scratch_bytes[SCRATCH_SIZE];
	struct writer claims = { .data = claims_bytes, .size = sizeof(claims_bytes) };
	struct writer scratch = { .data = scratch_bytes, .size = sizeof(scratch_bytes) };
	struct writer to = { .data = out, .size = size_max(ticket) };

	MUST(key->may_sign && key->use == KEY_TICKET && out_size >= TICKET_SIZE_MAX_DEVICE);
	*used = 0;
	if (!ticket_is_sound(ticket))
		return TICKET_MALFORMED;
	ticket_write_claims(&claims, ticket);
	MUST(!claims.failed);
	envelope_write(&to, slice_of(claims.data, claims.used), key, "", &scratch);
	if (to.failed)
		return TICKET_TOO_LARGE;
	*used = to.used;
	return TICKET_OK;
}

size_t ticket_code(char *out, size_t out_size, struct slice cose)
{
	size_t prefix = sizeof(TICKET_CODE_PREFIX) - 1;

	MUST(out_size > prefix);
	mem_copy(out, TICKET_CODE_PREFIX, prefix);
	return prefix + base45_encode(out + prefix, out_size - prefix, cose);
}

bool ticket_code_bytes(uint8_t *out, size_t *used, size_t out_size, struct slice code)
{
	struct slice prefix = SLICE(TICKET_CODE_PREFIX);

	*used = 0;
	return slice_starts(code, prefix) &&
	       base45_decode(out, used, out_size,
			     slice_of(code.data + prefix.size, code.size - prefix.size));
}

/* One ticket, one encoding: whatever else the claims could have been written as, non-minimal,
 * unordered or with more in it, is not what we write again. */
static bool is_the_one_encoding(const struct ticket *ticket, struct slice claims)
{
	uint8_t again_bytes[TICKET_SIZE_MAX_DEVICE];
	struct writer again = { .data = again_bytes, .size = sizeof(again_bytes) };

	ticket_write_claims(&again, ticket);
	return !again.failed && slice_equal(slice_of(again.data, again.used), claims);
}

enum ticket_status ticket_parse(struct ticket *out, struct slice cose)
{
	struct cose_sign1 sign1;

	*out = (struct ticket){ 0 };
	if (cose.size > TICKET_SIZE_MAX_DEVICE || !envelope_read(&sign1, cose, "") ||
	    !ticket_read_claims(out, sign1.payload) || cose.size > size_max(out) ||
	    !is_the_one_encoding(out, sign1.payload))
		return TICKET_MALFORMED;
	return TICKET_OK;
}

enum ticket_status ticket_verify(const struct ticket *ticket, struct slice cose,
				 const struct keyring *ring)
{
	uint8_t scratch_bytes[SCRATCH_SIZE];
	struct writer scratch = { .data = scratch_bytes, .size = sizeof(scratch_bytes) };
	static const enum ticket_status by_envelope[] = {
		[ENVELOPE_OK] = TICKET_OK,
		[ENVELOPE_MALFORMED] = TICKET_MALFORMED,
		[ENVELOPE_UNKNOWN_KEY] = TICKET_UNKNOWN_KEY,
		[ENVELOPE_FORGED] = TICKET_FORGED,
	};
	struct cose_sign1 sign1;

	if (cose.size > TICKET_SIZE_MAX_DEVICE || !envelope_read(&sign1, cose, ""))
		return TICKET_MALFORMED;
	return by_envelope[envelope_verify(&sign1, ring, KEY_TICKET, ticket->iat_s, &scratch)];
}

enum ticket_status ticket_verify_key(const struct ticket *ticket, struct slice cose,
				     const struct keyring *ring)
{
	struct cose_sign1 sign1;

	if (!envelope_read(&sign1, cose, ""))
		return TICKET_MALFORMED;
	return envelope_key(&sign1, ring, KEY_TICKET, ticket->iat_s) != NULL ? TICKET_OK
									     : TICKET_UNKNOWN_KEY;
}

enum ticket_status ticket_peek(struct ticket *out, struct slice code)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	size_t used;

	if (ticket_code_bytes(bytes, &used, sizeof(bytes), code))
		return ticket_parse(out, slice_of(bytes, used));
	*out = (struct ticket){ 0 };
	return TICKET_MALFORMED;
}

enum ticket_status ticket_read(struct ticket *out, struct slice code, const struct keyring *ring)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	enum ticket_status status;
	size_t used;

	*out = (struct ticket){ 0 };
	if (!ticket_code_bytes(bytes, &used, sizeof(bytes), code))
		return TICKET_MALFORMED;
	status = ticket_parse(out, slice_of(bytes, used));
	return status == TICKET_OK ? ticket_verify(out, slice_of(bytes, used), ring) : status;
}
