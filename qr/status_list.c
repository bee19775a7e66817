/* qr/status_list.c - without it a ticket that was given back would ride on at every gate that has
 * no network.
 */
#include "qr/status_list.h"

#include "core/text.h"
#include "qr/envelope.h"
#include "qr/expect.h"

enum {
	CLAIM_SUB = 2,
	CLAIM_EXP = 4,
	CLAIM_IAT = 6,
	CLAIM_STATUS_LIST = 65533,
	CLAIM_TTL = 65534,
	CLAIM_COUNT = 5,
};
#define KEY_BITS "bits"
#define KEY_LST  "lst"

enum { PER_BYTE = 8 / STATUS_LIST_BITS, STATUS_MASK = (1 << STATUS_LIST_BITS) - 1 };

void status_list_build(uint8_t *statuses, size_t size, const struct status_entry *entries,
		       size_t count)
{
	mem_zero(statuses, size);
	for (size_t i = 0; i < count; i++) {
		uint32_t at = entries[i].index / PER_BYTE;
		unsigned shift = entries[i].index % PER_BYTE * STATUS_LIST_BITS;

		MUST(at < size && entries[i].status <= STATUS_MASK);
		statuses[at] = (uint8_t)((statuses[at] & ~(STATUS_MASK << shift)) |
					 entries[i].status << shift);
	}
}

bool status_list_get(enum token_status *out, struct slice statuses, uint32_t index)
{
	*out = TOKEN_INVALID;
	if (index / PER_BYTE >= statuses.size)
		return false;
	*out = statuses.data[index / PER_BYTE] >> index % PER_BYTE * STATUS_LIST_BITS & STATUS_MASK;
	return true;
}

static bool list_is_sound(const struct status_list *list)
{
	return list->uri.size > 0 && list->uri.size <= STATUS_LIST_URI_SIZE_MAX &&
	       text_is_utf8(list->uri) && list->iat_s >= 0 && list->exp_s >= 0 && list->ttl_s >= 0;
}

static void write_claims(struct writer *to, const struct status_list *list)
{
	cbor_put_map(to, CLAIM_COUNT);
	cbor_put_int(to, CLAIM_SUB);
	cbor_put_text(to, list->uri);
	cbor_put_int(to, CLAIM_EXP);
	cbor_put_int(to, list->exp_s);
	cbor_put_int(to, CLAIM_IAT);
	cbor_put_int(to, list->iat_s);
	cbor_put_int(to, CLAIM_STATUS_LIST);
	cbor_put_map(to, 2);
	cbor_put_text(to, SLICE(KEY_LST));
	cbor_put_bytes(to, list->packed);
	cbor_put_text(to, SLICE(KEY_BITS));
	cbor_put_int(to, STATUS_LIST_BITS);
	cbor_put_int(to, CLAIM_TTL);
	cbor_put_int(to, list->ttl_s);
}

static bool read_claims(struct status_list *out, struct slice claims)
{
	struct reader r = { .rest = claims };

	return expect_count(&r, CBOR_MAP, CLAIM_COUNT) && expect_int(&r, CLAIM_SUB) &&
	       expect_string(&r, CBOR_TEXT, &out->uri) && expect_int(&r, CLAIM_EXP) &&
	       expect_number(&r, &out->exp_s, INT64_MAX) && expect_int(&r, CLAIM_IAT) &&
	       expect_number(&r, &out->iat_s, INT64_MAX) && expect_int(&r, CLAIM_STATUS_LIST) &&
	       expect_count(&r, CBOR_MAP, 2) && expect_text(&r, KEY_LST) &&
	       expect_string(&r, CBOR_BYTES, &out->packed) && expect_text(&r, KEY_BITS) &&
	       expect_int(&r, STATUS_LIST_BITS) && expect_int(&r, CLAIM_TTL) &&
	       expect_number(&r, &out->ttl_s, INT64_MAX) && r.rest.size == 0 && list_is_sound(out);
}

/* The room behind what is used, as a writer of its own. */
static struct writer writer_behind(const struct writer *w)
{
	return (struct writer){ .data = w->data + w->used, .size = w->size - w->used };
}

enum status_list_status status_list_write(struct writer *to, const struct status_list *list,
					  struct slice statuses, const struct keyring_key *key,
					  struct writer *scratch, const struct deflate_block *block)
{
	struct writer packed = writer_behind(scratch), claims;
	struct status_list whole = *list;
	enum deflate_status status;

	MUST(key->use == KEY_STATUS);
	if (!list_is_sound(list) || statuses.size > STATUS_LIST_BYTES_MAX)
		return STATUS_LIST_MALFORMED;
	status = deflate_pack(&packed, statuses, block);
	MUST(status != DEFLATE_TOO_LARGE);
	if (status != DEFLATE_OK)
		return STATUS_LIST_NO_MEMORY;
	whole.packed = slice_of(packed.data, packed.used);
	scratch->used += packed.used;
	claims = writer_behind(scratch);
	write_claims(&claims, &whole);
	MUST(!claims.failed);
	scratch->used += claims.used;
	envelope_write(to, slice_of(claims.data, claims.used), key, STATUS_LIST_TYP, scratch);
	return to->failed ? STATUS_LIST_TOO_LARGE : STATUS_LIST_OK;
}

enum status_list_status status_list_read(struct status_list *out, struct slice bytes,
					 const struct keyring *ring, int64_t at_s,
					 struct writer *scratch)
{
	static const enum status_list_status by_envelope[] = {
		[ENVELOPE_OK] = STATUS_LIST_OK,
		[ENVELOPE_MALFORMED] = STATUS_LIST_MALFORMED,
		[ENVELOPE_UNKNOWN_KEY] = STATUS_LIST_UNKNOWN_KEY,
		[ENVELOPE_FORGED] = STATUS_LIST_FORGED,
	};
	enum status_list_status status;
	struct cose_sign1 sign1;

	*out = (struct status_list){ 0 };
	if (bytes.size > STATUS_LIST_SIZE_MAX || !envelope_read(&sign1, bytes, STATUS_LIST_TYP) ||
	    !read_claims(out, sign1.payload))
		return STATUS_LIST_MALFORMED;
	status = by_envelope[envelope_verify(&sign1, ring, KEY_STATUS, out->iat_s, scratch)];
	if (status == STATUS_LIST_OK && out->exp_s <= at_s)
		return STATUS_LIST_EXPIRED;
	return status;
}

enum status_list_status status_list_unpack(struct writer *statuses, const struct status_list *list,
					   const struct deflate_block *block)
{
	static const enum status_list_status by_deflate[] = {
		[DEFLATE_OK] = STATUS_LIST_OK,
		[DEFLATE_TOO_LARGE] = STATUS_LIST_TOO_LARGE,
		[DEFLATE_DAMAGED] = STATUS_LIST_MALFORMED,
		[DEFLATE_NO_MEMORY] = STATUS_LIST_NO_MEMORY,
	};

	return by_deflate[deflate_unpack(statuses, list->packed, block)];
}
