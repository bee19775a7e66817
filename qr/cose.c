/* qr/cose.c - without it nothing that is signed here could be checked by anybody else's library,
 * nor theirs by us.
 *
 * CBOR heads are read by hand: core/cbor refuses what has a second encoding, and other people's
 * objects need not be deterministic.
 */
#include "qr/cose.h"

#include "core/cbor.h"
#include "core/text.h"

enum { WRITTEN_HEAD_SIZE_MAX = 128 };
enum { TAG_SIGN1 = 18, SKIP_DEPTH_MAX = 8, EMPTY_MAP = 0xa0, NIL = 0xf6 };
enum { LABEL_ALG = 1, LABEL_CRIT = 2, LABEL_CONTENT_TYPE = 3, LABEL_KID = 4, LABEL_TYP = 16 };
enum major { MAJOR_UINT, MAJOR_NINT, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

struct head {
	uint8_t major;
	uint64_t count;
};

/* False: cut short, or an indefinite length. */
static bool head_next(struct reader *r, struct head *out)
{
	uint8_t first = read_u8(r), info = first & 31;

	out->major = first >> 5;
	switch (info) {
	case 24:
		out->count = read_u8(r);
		break;
	case 25:
		out->count = read_u16(r);
		break;
	case 26:
		out->count = read_u32(r);
		break;
	case 27:
		out->count = read_u64(r);
		break;
	default:
		out->count = info;
		break;
	}
	return !r->failed && info < 28;
}

static bool string_rest(struct reader *r, const struct head *head, struct slice *out)
{
	if (head->count > r->rest.size)
		return false;
	*out = read_bytes(r, (size_t)head->count);
	return head->major != MAJOR_TEXT || text_is_utf8(*out);
}

static bool bytes_next(struct reader *r, struct slice *out)
{
	struct head head;

	return head_next(r, &head) && head.major == MAJOR_BYTES && string_rest(r, &head, out);
}

static bool item_skip(struct reader *r, unsigned depth)
{
	struct head head;
	struct slice string;
	uint64_t items = 0;

	if (depth > SKIP_DEPTH_MAX || !head_next(r, &head))
		return false;
	if (head.major == MAJOR_BYTES || head.major == MAJOR_TEXT)
		return string_rest(r, &head, &string);
	if (head.major >= MAJOR_ARRAY && head.major <= MAJOR_TAG)
		items = head.major == MAJOR_TAG ? 1 : head.count;
	/* Each item takes a byte at least: a count beyond them would only be a long way to the end.
	 */
	if (items > r->rest.size)
		return false;
	if (head.major == MAJOR_MAP)
		items *= 2;
	for (uint64_t i = 0; i < items; i++)
		if (!item_skip(r, depth + 1))
			return false;
	return true;
}

/* A parameter's name: an integer or a text. */
struct label {
	struct head head;
	struct slice text;
};

static bool label_next(struct reader *r, struct label *out)
{
	out->text = (struct slice){ 0 };
	if (!head_next(r, &out->head))
		return false;
	if (out->head.major == MAJOR_TEXT)
		return string_rest(r, &out->head, &out->text);
	return out->head.major == MAJOR_UINT || out->head.major == MAJOR_NINT;
}

static bool label_equal(const struct label *a, const struct label *b)
{
	return a->head.major == b->head.major && a->head.count == b->head.count &&
	       slice_equal(a->text, b->text);
}

static bool label_is(const struct label *label, uint64_t number)
{
	return label->head.major == MAJOR_UINT && label->head.count == number;
}

struct headers {
	struct label labels[COSE_HEADER_COUNT_MAX];
	size_t count, protected_count;
	bool alg_there, alg_known;
	struct slice crit; /* The array's bytes. */
};

static bool alg_next(struct cose_sign1 *out, struct headers *headers, struct reader *r)
{
	struct label alg;

	if (!label_next(r, &alg))
		return false;
	headers->alg_there = true;
	headers->alg_known =
	    alg.head.major == MAJOR_NINT &&
	    (alg.head.count == -1 - COSE_ALG_EDDSA || alg.head.count == -1 - COSE_ALG_ED25519);
	if (headers->alg_known)
		out->alg = -1 - (int64_t)alg.head.count;
	return true;
}

static bool parameter_next(struct cose_sign1 *out, struct headers *headers, struct reader *r,
			   bool protected_header)
{
	const struct label *label = &headers->labels[headers->count - 1];
	const uint8_t *start = r->rest.data;

	if (label_is(label, LABEL_ALG)) {
		out->alg_protected = protected_header;
		return alg_next(out, headers, r);
	}
	if (label_is(label, LABEL_KID)) {
		out->kid_protected = protected_header;
		return bytes_next(r, &out->kid);
	}
	if (!item_skip(r, 0))
		return false;
	if (!label_is(label, LABEL_CRIT))
		return true;
	headers->crit = slice_of(start, (size_t)(r->rest.data - start));
	return protected_header;
}

/* A label stands once in both headers together (RFC 9052 section 3). */
static bool header_next(struct cose_sign1 *out, struct headers *headers, struct reader *r,
			bool protected_header)
{
	struct head map;

	if (!head_next(r, &map) || map.major != MAJOR_MAP ||
	    map.count > COSE_HEADER_COUNT_MAX - headers->count)
		return false;
	for (uint64_t i = 0; i < map.count; i++) {
		struct label *label = &headers->labels[headers->count];

		if (!label_next(r, label))
			return false;
		for (size_t j = 0; j < headers->count; j++)
			if (label_equal(&headers->labels[j], label))
				return false;
		headers->count++;
		if (!parameter_next(out, headers, r, protected_header))
			return false;
	}
	return true;
}

/* What is critical must be there, protected, and known to us: of those that change a meaning we
 * know alg, content type and kid. */
static bool crit_is_known(const struct headers *headers)
{
	struct reader r = { .rest = headers->crit };
	struct head array;

	if (headers->crit.size == 0)
		return true;
	if (!head_next(&r, &array) || array.major != MAJOR_ARRAY || array.count == 0)
		return false;
	for (uint64_t i = 0; i < array.count; i++) {
		struct label label;
		bool there = false;

		if (!label_next(&r, &label))
			return false;
		if (!label_is(&label, LABEL_ALG) && !label_is(&label, LABEL_CONTENT_TYPE) &&
		    !label_is(&label, LABEL_KID))
			return false;
		for (size_t j = 0; j < headers->protected_count; j++)
			there = there || label_equal(&headers->labels[j], &label);
		if (!there)
			return false;
	}
	return true;
}

static bool headers_read(struct cose_sign1 *out, struct headers *headers, struct reader *r)
{
	struct reader inner = { 0 };
	size_t left;

	if (!bytes_next(r, &out->protected_header))
		return false;
	inner.rest = out->protected_header;
	if (out->protected_header.size > 0 &&
	    (!header_next(out, headers, &inner, true) || inner.rest.size > 0))
		return false;
	/* An empty map may be written as itself, but is signed as nothing (RFC 9052 section 4.4).
	 */
	if (headers->count == 0)
		out->protected_header = (struct slice){ 0 };
	headers->protected_count = headers->count;
	left = r->rest.size;
	if (!header_next(out, headers, r, false))
		return false;
	out->unprotected_empty =
	    headers->count == headers->protected_count && left - r->rest.size == 1;
	return crit_is_known(headers);
}

static bool payload_next(struct cose_sign1 *out, struct reader *r)
{
	out->detached = r->rest.size > 0 && r->rest.data[0] == NIL;
	if (!out->detached)
		return bytes_next(r, &out->payload);
	read_u8(r);
	return true;
}

enum cose_status cose_read(struct cose_sign1 *out, struct slice bytes)
{
	struct reader r = { .rest = bytes };
	struct headers headers = { 0 };
	struct head head;
	bool wrong_tag = false;

	*out = (struct cose_sign1){ 0 };
	if (!head_next(&r, &head))
		return COSE_MALFORMED;
	if (head.major == MAJOR_TAG) {
		out->tagged = head.count == TAG_SIGN1;
		wrong_tag = !out->tagged;
		if (!head_next(&r, &head))
			return COSE_MALFORMED;
	}
	if (head.major != MAJOR_ARRAY || head.count != 4 || !headers_read(out, &headers, &r))
		return COSE_MALFORMED;
	if (headers.alg_there && !headers.alg_known)
		return COSE_UNSUPPORTED_ALG;
	if (wrong_tag || !headers.alg_there || !payload_next(out, &r) ||
	    !bytes_next(&r, &out->signature) || r.rest.size > 0)
		return COSE_MALFORMED;
	return COSE_OK;
}

/* Sig_structure = [ "Signature1", protected, external_aad, payload ] */
static struct slice signed_bytes(struct writer *scratch, struct slice protected_header,
				 struct slice external_aad, struct slice payload)
{
	size_t start = scratch->used;

	cbor_put_array(scratch, 4);
	cbor_put_text(scratch, SLICE("Signature1"));
	cbor_put_bytes(scratch, protected_header);
	cbor_put_bytes(scratch, external_aad);
	cbor_put_bytes(scratch, payload);
	MUST(!scratch->failed);
	return slice_of(scratch->data + start, scratch->used - start);
}

size_t cose_scratch_size(struct slice protected_header, struct slice external_aad,
			 struct slice payload)
{
	enum { ARRAY_AND_TEXT = 1 + 1 + 10, HEAD_MAX = 9 };

	return ARRAY_AND_TEXT + 3 * HEAD_MAX + protected_header.size + external_aad.size +
	       payload.size;
}

enum cose_status cose_verify(const struct cose_sign1 *sign1, const struct cose_key *key,
			     struct slice external_aad, struct writer *scratch)
{
	struct slice message;

	if (sign1->alg == COSE_ALG_ED25519 && !key->accepts_alg_ed25519)
		return COSE_UNSUPPORTED_ALG;
	if (key->kid.size > 0 && !slice_equal(key->kid, sign1->kid))
		return COSE_FORGED;
	if (sign1->signature.size != SIGNATURE_SIZE)
		return COSE_FORGED;
	message = signed_bytes(scratch, sign1->protected_header, external_aad, sign1->payload);
	return sign_verify(key->public_key, message, sign1->signature.data) ? COSE_OK : COSE_FORGED;
}

void cose_sign(uint8_t out[SIGNATURE_SIZE], const struct sign_key *key,
	       struct slice protected_header, struct slice external_aad, struct slice payload,
	       struct writer *scratch)
{
	sign_make(out, key, signed_bytes(scratch, protected_header, external_aad, payload));
}

void cose_write_protected_typed(struct writer *to, int64_t alg, struct slice kid, struct slice typ)
{
	cbor_put_map(to, typ.size > 0 ? 3 : 2);
	cbor_put_int(to, LABEL_ALG);
	cbor_put_int(to, alg);
	cbor_put_int(to, LABEL_KID);
	cbor_put_bytes(to, kid);
	if (typ.size > 0) {
		cbor_put_int(to, LABEL_TYP);
		cbor_put_text(to, typ);
	}
}

void cose_write_protected(struct writer *to, int64_t alg, struct slice kid)
{
	cose_write_protected_typed(to, alg, kid, (struct slice){ 0 });
}

static void write_head(struct writer *to, struct slice protected_header, size_t payload_size)
{
	cbor_put_tag(to, TAG_SIGN1);
	cbor_put_array(to, 4);
	cbor_put_bytes(to, protected_header);
	write_u8(to, EMPTY_MAP);
	cbor_put_bytes_head(to, payload_size);
}

void cose_write(struct writer *to, struct slice protected_header, struct slice payload,
		struct slice signature)
{
	write_head(to, protected_header, payload.size);
	write_bytes(to, payload);
	cbor_put_bytes(to, signature);
}

bool cose_is_as_written(const struct cose_sign1 *sign1, struct slice bytes)
{
	enum { SIGNATURE_HEAD_SIZE = 2 };
	uint8_t room[WRITTEN_HEAD_SIZE_MAX];
	struct writer head = { .data = room, .size = sizeof(room) };
	size_t after = SIGNATURE_HEAD_SIZE + SIGNATURE_SIZE;

	if (sign1->detached || sign1->signature.size != SIGNATURE_SIZE)
		return false;
	write_head(&head, sign1->protected_header, sign1->payload.size);
	/* The sizes add up only where each head is the shortest. */
	return !head.failed && slice_starts(bytes, slice_of(room, head.used)) &&
	       bytes.size == head.used + sign1->payload.size + after;
}
