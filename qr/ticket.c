/* qr/ticket.c - without it a pass would be a picture that anybody could draw.
 */
#include "qr/ticket.h"

#include "core/cbor.h"
#include "qr/cose.h"

enum {
	CLAIM_EXP = 4,
	CLAIM_NBF = 5,
	CLAIM_IAT = 6,
	CLAIM_CTI = 7,
	CLAIM_CNF = 8,
	CLAIM_HITOTSU = -65537
};
enum { CNF_COSE_KEY = 1, KEY_KTY = 1, KEY_CRV = -1, KEY_X = -2, KTY_OKP = 1, CRV_ED25519 = 6 };
enum { HITOTSU_COUNT = 10, PROTECTED_SIZE_MAX = 16, SCRATCH_SIZE = 512 };

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

static bool next_is(struct reader *r, int64_t value)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == CBOR_INT && item.value == value;
}

static bool next_counts(struct reader *r, enum cbor_kind kind, uint64_t count)
{
	struct cbor_item item = cbor_next(r);

	return item.kind == kind && item.count == count;
}

static bool next_number(struct reader *r, int64_t *out, int64_t most)
{
	struct cbor_item item = cbor_next(r);

	*out = item.value;
	return item.kind == CBOR_INT && item.value >= 0 && item.value <= most;
}

static bool next_fixed(struct reader *r, uint8_t *out, size_t size)
{
	struct cbor_item item = cbor_next(r);

	if (item.kind != CBOR_BYTES || item.bytes.size != size)
		return false;
	mem_copy(out, item.bytes.data, size);
	return true;
}

static bool read_times_and_id(struct ticket *t, struct reader *r)
{
	return next_is(r, CLAIM_EXP) && next_number(r, &t->exp_s, INT64_MAX) &&
	       next_is(r, CLAIM_NBF) && next_number(r, &t->nbf_s, INT64_MAX) &&
	       next_is(r, CLAIM_IAT) && next_number(r, &t->iat_s, INT64_MAX) &&
	       next_is(r, CLAIM_CTI) && next_fixed(r, t->id.bytes, sizeof(t->id.bytes));
}

/* cnf, RFC 8747: {1: {1: 1, -1: 6, -2: key}} */
static bool read_device_key(struct ticket *t, struct reader *r)
{
	return next_is(r, CLAIM_CNF) && next_counts(r, CBOR_MAP, 1) && next_is(r, CNF_COSE_KEY) &&
	       next_counts(r, CBOR_MAP, 3) && next_is(r, KEY_KTY) && next_is(r, KTY_OKP) &&
	       next_is(r, KEY_CRV) && next_is(r, CRV_ED25519) && next_is(r, KEY_X) &&
	       next_fixed(r, t->device_key, sizeof(t->device_key));
}

static bool read_hitotsu(struct ticket *t, struct reader *r)
{
	static const int64_t most[HITOTSU_COUNT] = {
		UINT16_MAX, UINT16_MAX, UINT8_MAX,  UINT8_MAX,  UINT8_MAX,
		UINT32_MAX, UINT16_MAX, UINT32_MAX, UINT32_MAX, UINT8_MAX,
	};
	int64_t value[HITOTSU_COUNT];

	if (!next_is(r, CLAIM_HITOTSU) || !next_counts(r, CBOR_ARRAY, HITOTSU_COUNT))
		return false;
	for (size_t i = 0; i < HITOTSU_COUNT; i++)
		if (!next_number(r, &value[i], most[i]))
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
	uint8_t protected_bytes[PROTECTED_SIZE_MAX], claims_bytes[TICKET_SIZE_MAX_DEVICE];
	uint8_t scratch_bytes[SCRATCH_SIZE], signature[SIGNATURE_SIZE];
	struct writer protected_header = { .data = protected_bytes,
					   .size = sizeof(protected_bytes) };
	struct writer claims = { .data = claims_bytes, .size = sizeof(claims_bytes) };
	struct writer scratch = { .data = scratch_bytes, .size = sizeof(scratch_bytes) };
	struct writer to = { .data = out, .size = size_max(ticket) };

	MUST(key->may_sign && key->use == KEY_TICKET && out_size >= TICKET_SIZE_MAX_DEVICE);
	*used = 0;
	if (!ticket_is_sound(ticket))
		return TICKET_MALFORMED;
	cose_write_protected(&protected_header, COSE_ALG_EDDSA, slice_of(key->kid, KID_SIZE));
	ticket_write_claims(&claims, ticket);
	MUST(!protected_header.failed && !claims.failed);
	cose_sign(signature, &key->sign, slice_of(protected_header.data, protected_header.used),
		  (struct slice){ 0 }, slice_of(claims.data, claims.used), &scratch);
	cose_write(&to, slice_of(protected_header.data, protected_header.used),
		   slice_of(claims.data, claims.used), slice_of(signature, sizeof(signature)));
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

/* One ticket, one encoding: whatever else the bytes could have been written as, non-minimal,
 * unordered or with more in it, is not what we write again. */
static bool is_the_one_encoding(const struct ticket *ticket, const struct cose_sign1 *sign1,
				struct slice bytes)
{
	uint8_t protected_bytes[PROTECTED_SIZE_MAX], claims_bytes[TICKET_SIZE_MAX_DEVICE];
	uint8_t again[TICKET_SIZE_MAX_DEVICE];
	struct writer protected_header = { .data = protected_bytes,
					   .size = sizeof(protected_bytes) };
	struct writer claims = { .data = claims_bytes, .size = sizeof(claims_bytes) };
	struct writer to = { .data = again, .size = size_max(ticket) };

	cose_write_protected(&protected_header, sign1->alg, sign1->kid);
	ticket_write_claims(&claims, ticket);
	cose_write(&to, slice_of(protected_header.data, protected_header.used),
		   slice_of(claims.data, claims.used), sign1->signature);
	return !protected_header.failed && !claims.failed && !to.failed &&
	       slice_equal(slice_of(again, to.used), bytes);
}

/* Everything that can be told without a key. `bytes` is where sign1's slices point. */
static bool ticket_parse(struct ticket *out, struct cose_sign1 *sign1,
			 uint8_t bytes[TICKET_SIZE_MAX_DEVICE], struct slice code)
{
	struct slice prefix = SLICE(TICKET_CODE_PREFIX);
	size_t used;

	*out = (struct ticket){ 0 };
	if (!slice_starts(code, prefix) || code.size >= TICKET_CODE_SIZE_MAX)
		return false;
	if (!base45_decode(bytes, &used, TICKET_SIZE_MAX_DEVICE,
			   slice_of(code.data + prefix.size, code.size - prefix.size)))
		return false;
	if (cose_read(sign1, slice_of(bytes, used)) != COSE_OK)
		return false;
	if (!sign1->tagged || !sign1->unprotected_empty || !sign1->alg_protected ||
	    !sign1->kid_protected || sign1->kid.size != KID_SIZE || sign1->detached ||
	    sign1->signature.size != SIGNATURE_SIZE)
		return false;
	return ticket_read_claims(out, sign1->payload) &&
	       is_the_one_encoding(out, sign1, slice_of(bytes, used));
}

enum ticket_status ticket_peek(struct ticket *out, struct slice code)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	struct cose_sign1 sign1;

	return ticket_parse(out, &sign1, bytes, code) ? TICKET_OK : TICKET_MALFORMED;
}

enum ticket_status ticket_read(struct ticket *out, struct slice code, const struct keyring *ring)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE], scratch_bytes[SCRATCH_SIZE];
	struct writer scratch = { .data = scratch_bytes, .size = sizeof(scratch_bytes) };
	struct cose_key cose_key = { 0 };
	const struct keyring_key *key;
	struct cose_sign1 sign1;

	if (!ticket_parse(out, &sign1, bytes, code))
		return TICKET_MALFORMED;
	key = keyring_find(ring, sign1.kid);
	if (key == NULL || !keyring_key_believed(key, KEY_TICKET, out->iat_s))
		return TICKET_UNKNOWN_KEY;
	cose_key.kid = slice_of(key->kid, KID_SIZE);
	cose_key.accepts_alg_ed25519 = key->accepts_alg_ed25519;
	mem_copy(cose_key.public_key, key->public_key, SIGN_PUBLIC_SIZE);
	switch (cose_verify(&sign1, &cose_key, (struct slice){ 0 }, &scratch)) {
	case COSE_OK:
		return TICKET_OK;
	case COSE_FORGED:
		return TICKET_FORGED;
	default:
		return TICKET_MALFORMED;
	}
}
