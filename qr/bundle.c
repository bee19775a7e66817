/* qr/bundle.c - without it a gate underground would have to believe whatever file it was given, or
 * nobody's ticket.
 */
#include "qr/bundle.h"

#include "qr/envelope.h"
#include "qr/expect.h"

enum {
	KEY_FORMAT = 1,
	KEY_NUMBER,
	KEY_SINCE,
	KEY_MADE_AT,
	KEY_EXPIRES_AT,
	KEY_SECTIONS,
	KEY_COUNT = KEY_SECTIONS,
};
enum { HEAD_SIZE_MAX = 9, FIXED_SIZE_MAX = 64 };

static bool bundle_is_sound(const struct bundle *bundle)
{
	if (bundle->number < 1 || bundle->since < 0 || bundle->since >= bundle->number ||
	    bundle->made_at_s < 0 || bundle->expires_at_s < bundle->made_at_s ||
	    bundle->section_count > BUNDLE_SECTION_COUNT_MAX)
		return false;
	for (size_t i = 0; i < bundle->section_count; i++) {
		int64_t before = i == 0 ? -1 : bundle->sections[i - 1].number;

		if (bundle->sections[i].number <= before)
			return false;
	}
	return true;
}

static void write_payload(struct writer *to, const struct bundle *bundle)
{
	cbor_put_map(to, KEY_COUNT);
	cbor_put_int(to, KEY_FORMAT);
	cbor_put_int(to, BUNDLE_FORMAT);
	cbor_put_int(to, KEY_NUMBER);
	cbor_put_int(to, bundle->number);
	cbor_put_int(to, KEY_SINCE);
	cbor_put_int(to, bundle->since);
	cbor_put_int(to, KEY_MADE_AT);
	cbor_put_int(to, bundle->made_at_s);
	cbor_put_int(to, KEY_EXPIRES_AT);
	cbor_put_int(to, bundle->expires_at_s);
	cbor_put_int(to, KEY_SECTIONS);
	cbor_put_map(to, bundle->section_count);
	for (size_t i = 0; i < bundle->section_count; i++) {
		cbor_put_int(to, bundle->sections[i].number);
		cbor_put_bytes(to, bundle->sections[i].bytes);
	}
}

size_t bundle_scratch_size(const struct bundle *bundle)
{
	size_t size = FIXED_SIZE_MAX + ENVELOPE_EXTRA_SIZE;

	for (size_t i = 0; i < bundle->section_count; i++)
		size += 2 * HEAD_SIZE_MAX + bundle->sections[i].bytes.size;
	return size;
}

enum bundle_status bundle_write(struct writer *to, const struct bundle *bundle,
				const struct keyring_key *key, struct writer *scratch)
{
	size_t room = to->size - to->used;
	struct writer payload = { .data = to->data + to->used,
				  .size = room < BUNDLE_SIZE_MAX ? room : BUNDLE_SIZE_MAX };
	struct writer object = payload;

	MUST(key->use == KEY_BUNDLE);
	if (!bundle_is_sound(bundle))
		return BUNDLE_MALFORMED;
	/* First where the object comes to stand, so that 8 MiB are held twice and not three times.
	 */
	write_payload(&payload, bundle);
	if (to->failed || payload.failed)
		return BUNDLE_TOO_LARGE;
	envelope_write(&object, slice_of(payload.data, payload.used), key, BUNDLE_TYP, scratch);
	if (object.failed)
		return BUNDLE_TOO_LARGE;
	to->used += object.used;
	return BUNDLE_OK;
}

static bool read_sections(struct bundle *out, struct reader *r)
{
	struct cbor_item map = cbor_next(r);

	if (map.kind != CBOR_MAP || map.count > BUNDLE_SECTION_COUNT_MAX)
		return false;
	out->section_count = (size_t)map.count;
	for (size_t i = 0; i < out->section_count; i++)
		if (!expect_number(r, &out->sections[i].number, INT64_MAX) ||
		    !expect_string(r, CBOR_BYTES, &out->sections[i].bytes))
			return false;
	return true;
}

static bool read_payload(struct bundle *out, struct slice payload)
{
	struct reader r = { .rest = payload };

	return expect_count(&r, CBOR_MAP, KEY_COUNT) && expect_int(&r, KEY_FORMAT) &&
	       expect_int(&r, BUNDLE_FORMAT) && expect_int(&r, KEY_NUMBER) &&
	       expect_number(&r, &out->number, INT64_MAX) && expect_int(&r, KEY_SINCE) &&
	       expect_number(&r, &out->since, INT64_MAX) && expect_int(&r, KEY_MADE_AT) &&
	       expect_number(&r, &out->made_at_s, INT64_MAX) && expect_int(&r, KEY_EXPIRES_AT) &&
	       expect_number(&r, &out->expires_at_s, INT64_MAX) && expect_int(&r, KEY_SECTIONS) &&
	       read_sections(out, &r) && r.rest.size == 0 && bundle_is_sound(out);
}

/* Whether a gate that holds `held` may take it now. */
static enum bundle_status fits(const struct bundle *bundle, int64_t at_s, int64_t held_number)
{
	if (bundle->made_at_s - BUNDLE_AHEAD_S > at_s)
		return BUNDLE_FROM_FUTURE;
	if (bundle->expires_at_s <= at_s)
		return BUNDLE_EXPIRED;
	if (bundle->number < held_number)
		return BUNDLE_OLDER;
	return bundle->since > held_number ? BUNDLE_GAP : BUNDLE_OK;
}

static bool take(struct bundle *out, struct cose_sign1 *sign1, struct slice bytes)
{
	*out = (struct bundle){ 0 };
	return bytes.size <= BUNDLE_SIZE_MAX && envelope_read(sign1, bytes, BUNDLE_TYP) &&
	       read_payload(out, sign1->payload);
}

bool bundle_peek(struct bundle *out, struct slice *kid, struct slice bytes)
{
	struct cose_sign1 sign1;

	if (!take(out, &sign1, bytes))
		return false;
	*kid = sign1.kid;
	return true;
}

enum bundle_status bundle_read(struct bundle *out, struct slice bytes, const struct keyring *ring,
			       int64_t at_s, int64_t held_number, struct writer *scratch)
{
	static const enum bundle_status by_envelope[] = {
		[ENVELOPE_OK] = BUNDLE_OK,
		[ENVELOPE_MALFORMED] = BUNDLE_MALFORMED,
		[ENVELOPE_UNKNOWN_KEY] = BUNDLE_UNKNOWN_KEY,
		[ENVELOPE_FORGED] = BUNDLE_FORGED,
	};
	enum bundle_status status;
	struct cose_sign1 sign1;

	if (!take(out, &sign1, bytes))
		return BUNDLE_MALFORMED;
	status = by_envelope[envelope_verify(&sign1, ring, KEY_BUNDLE, out->made_at_s, scratch)];
	return status == BUNDLE_OK ? fits(out, at_s, held_number) : status;
}

struct slice bundle_section(const struct bundle *bundle, int64_t number)
{
	for (size_t i = 0; i < bundle->section_count; i++)
		if (bundle->sections[i].number == number)
			return bundle->sections[i].bytes;
	return (struct slice){ 0 };
}
