/* tests/cose_test.c - the COSE working group's examples, and what makes a COSE_Sign1 none. Without
 * it we might understand only ourselves.
 */
#include "qr/cose.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "core/json.h"

#define VECTORS "../shared/data/vectors/cose/"

enum { OBJECT_SIZE_MAX = 512 };

struct object {
	uint8_t bytes[OBJECT_SIZE_MAX];
	size_t size;
};

static struct slice bytes_of(const struct object *object)
{
	return slice_of(object->bytes, object->size);
}

/* Either case; the group writes capitals. */
static void unhex(struct object *out, struct slice text)
{
	uint8_t lower[2 * OBJECT_SIZE_MAX];

	assert_true(text.size <= sizeof(lower));
	for (size_t i = 0; i < text.size; i++)
		lower[i] = text.data[i] | (text.data[i] >= 'A' && text.data[i] <= 'F' ? 32 : 0);
	out->size = text.size / 2;
	assert_true(hex_decode(out->bytes, out->size, slice_of(lower, text.size)));
}

static enum cose_status verify(struct slice bytes, const struct cose_key *key, struct slice aad)
{
	uint8_t room[2 * OBJECT_SIZE_MAX];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct cose_sign1 sign1;
	enum cose_status status = cose_read(&sign1, bytes);

	return status == COSE_OK ? cose_verify(&sign1, key, aad, &scratch) : status;
}

/* eddsa-sig-01 and its key; it is in the public domain. */
#define EDDSA_SIG_01                                                                               \
	"d28445a201270300a10442313154546869732069732074686520636f6e74656e742e58407142fd2ff96d56db" \
	"85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db340" \
	"85eef013bf08f4a44d6fef0d"
#define EDDSA_KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static struct cose_key eddsa_key(void)
{
	struct cose_key key = { .kid = SLICE("11") };

	assert_true(hex_decode(key.public_key, sizeof(key.public_key), SLICE(EDDSA_KEY)));
	return key;
}

static void eddsa_sig_01_verifies(void **state)
{
	struct cose_key key = eddsa_key();
	struct cose_sign1 sign1;
	struct object object;

	(void)state;
	unhex(&object, SLICE(EDDSA_SIG_01));
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_OK);
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("other")), COSE_FORGED);
	assert_int_equal(cose_read(&sign1, bytes_of(&object)), COSE_OK);
	assert_int_equal(sign1.alg, COSE_ALG_EDDSA);
	assert_true(sign1.alg_protected && sign1.tagged);
	assert_false(sign1.kid_protected || sign1.unprotected_empty || sign1.detached);
	assert_true(slice_is(sign1.kid, "11"));
	assert_true(slice_is(sign1.payload, "This is the content."));
}

static void eddsa_sig_01_fails_with_any_bit_flipped(void **state)
{
	struct cose_key key = eddsa_key();
	struct object object;

	(void)state;
	unhex(&object, SLICE(EDDSA_SIG_01));
	for (size_t bit = 0; bit < 8 * object.size; bit++) {
		object.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_OK);
		object.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < object.size; size++)
		assert_int_equal(verify(slice_of(object.bytes, size), &key, SLICE("")),
				 COSE_MALFORMED);
	object.bytes[object.size++] = 0;
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_MALFORMED);
}

/* False: the file is not there. */
static bool vector_read(struct object *out, const char *path)
{
	static uint8_t text[JSON_SIZE_MAX];
	FILE *file = fopen(path, "rb");
	struct json *root;
	size_t size, at;

	if (file == NULL)
		return false;
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_int_equal(json_parse(&root, &at, slice_of(text, size)), JSON_OK);
	unhex(out, json_text(json_get(json_get(root, "output"), "cbor")));
	json_free(root);
	return true;
}

static void examples_of_the_working_group(void **state)
{
	static const struct {
		const char *path;
		enum cose_status status;
	} table[] = {
		{ VECTORS "eddsa-sig-01.json", COSE_OK },
		{ VECTORS "sign-pass-01.json", COSE_UNSUPPORTED_ALG },
		{ VECTORS "sign-pass-02.json", COSE_UNSUPPORTED_ALG },
		{ VECTORS "sign-fail-01.json", COSE_UNSUPPORTED_ALG },
		{ VECTORS "sign-fail-02.json", COSE_UNSUPPORTED_ALG },
		{ VECTORS "sign-fail-03.json", COSE_UNSUPPORTED_ALG },
		{ VECTORS "sign-fail-04.json", COSE_UNSUPPORTED_ALG },
	};
	struct cose_key key = eddsa_key();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct object object;

		if (!vector_read(&object, table[i].path)) {
			print_message("skipped: %s is not there\n", table[i].path);
			skip();
		}
		assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), table[i].status);
	}
}

static void own_key(struct sign_key *sign, struct cose_key *key)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = { 7 };

	sign_key_from_seed(sign, seed);
	*key = (struct cose_key){ 0 };
	mem_copy(key->public_key, sign->public_key, SIGN_PUBLIC_SIZE);
}

/* What is written around the properly signed parts, in hex. */
struct form {
	const char *what, *before, *protected_header, *signed_protected, *unprotected, *payload,
	    *after;
	enum cose_status status;
};

static void put_hex(struct object *to, const char *hex)
{
	struct object part;

	unhex(&part, slice_text(hex));
	mem_copy(to->bytes + to->size, part.bytes, part.size);
	to->size += part.size;
}

/* The payload is always "hi", 6869. */
static void form_make(struct object *out, const struct form *form, const struct sign_key *sign)
{
	uint8_t room[OBJECT_SIZE_MAX], signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct object protected_header;

	unhex(&protected_header, slice_text(form->signed_protected));
	cose_sign(signature, sign, bytes_of(&protected_header), SLICE(""), SLICE("hi"), &scratch);
	out->size = 0;
	put_hex(out, form->before);
	put_hex(out, form->protected_header);
	put_hex(out, form->unprotected);
	put_hex(out, form->payload);
	put_hex(out, "5840");
	mem_copy(out->bytes + out->size, signature, sizeof(signature));
	out->size += sizeof(signature);
	put_hex(out, form->after);
}

#define ALG_SIGNED "43a10127", "a10127"
#define HI         "426869"

static const struct form forms[] = {
	{ "plain", "d284", ALG_SIGNED, "a0", HI, "", COSE_OK },
	{ "without the tag", "84", ALG_SIGNED, "a0", HI, "", COSE_OK },
	{ "tag in two bytes", "d81284", ALG_SIGNED, "a0", HI, "", COSE_OK },
	{ "payload length in two bytes", "d284", ALG_SIGNED, "a0", "58026869", "", COSE_OK },
	{ "alg after kid", "d284", "46a204413101 27", NULL, "a0", HI, "", COSE_OK },
	{ "alg unprotected", "d284", "40", "", "a10127", HI, "", COSE_OK },
	{ "an empty map protected", "d284", "41a0", "", "a10127", HI, "", COSE_OK },
	{ "kid unprotected", "d284", ALG_SIGNED, "a1044131", HI, "", COSE_OK },
	{ "a float in a header", "d284", ALG_SIGNED, "a11863f93c00", HI, "", COSE_OK },
	{ "a map in a header", "d284", ALG_SIGNED, "a11863a26161016162820102", HI, "", COSE_OK },
	{ "a tag in a header", "d284", ALG_SIGNED, "a11863c100", HI, "", COSE_OK },
	{ "as deep as it may be", "d284", ALG_SIGNED, "a11863818181818181818100", HI, "", COSE_OK },
	{ "sixteen parameters", "d284", ALG_SIGNED,
	  "af050006000700080009000a000b000c000d000e000f001000110012001300", HI, "", COSE_OK },
	{ "seventeen parameters", "d284", ALG_SIGNED,
	  "b0050006000700080009000a000b000c000d000e000f0010001100120013001400", HI, "",
	  COSE_MALFORMED },
	{ "a head of no size", "d284", ALG_SIGNED, "a118631c", HI, "", COSE_MALFORMED },
	{ "the same within an array", "d284", ALG_SIGNED, "a11863821c00", HI, "", COSE_MALFORMED },
	{ "a label that is text", "d284", ALG_SIGNED, "a1616101", HI, "", COSE_OK },
	{ "kid is critical", "d284", "49a301270281040441 31", NULL, "a0", HI, "", COSE_OK },
	{ "another tag", "d384", ALG_SIGNED, "a0", HI, "", COSE_MALFORMED },
	{ "two tags", "d2d284", ALG_SIGNED, "a0", HI, "", COSE_MALFORMED },
	{ "an array of five", "d285", ALG_SIGNED, "a0", HI, "00", COSE_MALFORMED },
	{ "indefinite array", "d29f", ALG_SIGNED, "a0", HI, "ff", COSE_MALFORMED },
	{ "indefinite payload", "d284", ALG_SIGNED, "a0", "5f426869ff", "", COSE_MALFORMED },
	{ "trailing byte", "d284", ALG_SIGNED, "a0", HI, "00", COSE_MALFORMED },
	{ "payload is text", "d284", ALG_SIGNED, "a0", "626869", "", COSE_MALFORMED },
	{ "alg twice in one", "d284", "45a201270127", NULL, "a0", HI, "", COSE_MALFORMED },
	{ "alg in both", "d284", ALG_SIGNED, "a10127", HI, "", COSE_MALFORMED },
	{ "alg twice, once longer", "d284", ALG_SIGNED, "a1180127", HI, "", COSE_MALFORMED },
	{ "text label twice", "d284", ALG_SIGNED, "a2616101616102", HI, "", COSE_MALFORMED },
	{ "no alg", "d284", "40", "", "a0", HI, "", COSE_MALFORMED },
	{ "alg is bytes", "d284", "44a1014127", NULL, "a0", HI, "", COSE_MALFORMED },
	{ "kid is text", "d284", ALG_SIGNED, "a1046131", HI, "", COSE_MALFORMED },
	{ "text not UTF-8", "d284", ALG_SIGNED, "a1186361ff", HI, "", COSE_MALFORMED },
	{ "protected is a map", "d284", "a10127", "a10127", "a0", HI, "", COSE_MALFORMED },
	{ "protected with more", "d284", "44a1012700", NULL, "a0", HI, "", COSE_MALFORMED },
	{ "unprotected is an array", "d284", ALG_SIGNED, "80", HI, "", COSE_MALFORMED },
	{ "deep", "d284", ALG_SIGNED, "a1186381818181818181818181818100", HI, "", COSE_MALFORMED },
	{ "a count that is a lie", "d284", ALG_SIGNED, "a118639bffffffffffffffff", HI, "",
	  COSE_MALFORMED },
	{ "a length that is a lie", "d284", ALG_SIGNED, "a0", "5bffffffffffffffff6869", "",
	  COSE_MALFORMED },
	{ "unknown is critical", "d284", "48a3012702810505 40", NULL, "a0", HI, "",
	  COSE_MALFORMED },
	{ "unknown, there, is critical", "d284", "4aa301270281186318 6300", NULL, "a0", HI, "",
	  COSE_MALFORMED },
	{ "absent is critical", "d284", "46a20127028104", NULL, "a1044131", HI, "",
	  COSE_MALFORMED },
	{ "nothing is critical", "d284", "45a201270280", NULL, "a0", HI, "", COSE_MALFORMED },
	{ "critical is a number", "d284", "45a201270201", NULL, "a0", HI, "", COSE_MALFORMED },
	{ "critical unprotected", "d284", ALG_SIGNED, "a1028101", HI, "", COSE_MALFORMED },
	{ "ES256", "d284", "43a10126", "a10126", "a0", HI, "", COSE_UNSUPPORTED_ALG },
	{ "Ed25519 where the key does not say so", "d284", "43a10132", "a10132", "a0", HI, "",
	  COSE_UNSUPPORTED_ALG },
	{ "alg by name", "d284", "44a1016131", "a1016131", "a0", HI, "", COSE_UNSUPPORTED_ALG },
	{ "another protected header signed", "d284", "43a10127", "a0", "a0", HI, "", COSE_FORGED },
	{ "another payload", "d284", ALG_SIGNED, "a0", "426870", "", COSE_FORGED },
};

static void forms_of_an_object(void **state)
{
	struct cose_key key;
	struct sign_key sign;

	(void)state;
	own_key(&sign, &key);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct form form = forms[i];
		char protected_header[64], inner[64];
		struct object object;
		size_t used = 0;

		/* Spaces are for the eye; what is signed is the byte string's content. */
		for (const char *c = form.protected_header; *c != '\0'; c++)
			if (*c != ' ')
				protected_header[used++] = *c;
		protected_header[used] = '\0';
		form.protected_header = protected_header;
		if (form.signed_protected == NULL) {
			assert_true(
			    text_set(inner, sizeof(inner), slice_text(protected_header + 2)));
			form.signed_protected = inner;
		}
		form_make(&object, &form, &sign);
		if (verify(bytes_of(&object), &key, SLICE("")) != form.status)
			fail_msg("%s", form.what);
	}
}

static void keys_say_what_they_accept(void **state)
{
	static const struct form ed25519 = { "",         "d284", "43a10132", "a10132",
					     "a1044131", HI,     "",         COSE_OK };
	struct cose_key key;
	struct sign_key sign;
	struct object object;

	(void)state;
	own_key(&sign, &key);
	form_make(&object, &ed25519, &sign);
	key.accepts_alg_ed25519 = true;
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_OK);
	key.kid = SLICE("1");
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_OK);
	key.kid = SLICE("2");
	assert_int_equal(verify(bytes_of(&object), &key, SLICE("")), COSE_FORGED);
}

static void a_payload_may_stand_elsewhere(void **state)
{
	static const struct form detached = { "", "d284", ALG_SIGNED, "a0", "f6", "", COSE_OK };
	uint8_t room[OBJECT_SIZE_MAX];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct cose_sign1 sign1;
	struct cose_key key;
	struct sign_key sign;
	struct object object;

	(void)state;
	own_key(&sign, &key);
	form_make(&object, &detached, &sign);
	assert_int_equal(cose_read(&sign1, bytes_of(&object)), COSE_OK);
	assert_true(sign1.detached);
	assert_int_equal(cose_verify(&sign1, &key, SLICE(""), &scratch), COSE_FORGED);
	sign1.payload = SLICE("hi");
	assert_int_equal(cose_verify(&sign1, &key, SLICE(""), &scratch), COSE_OK);
}

static void what_we_write_we_read(void **state)
{
	uint8_t room[OBJECT_SIZE_MAX], protected_bytes[32], bytes[256], signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer protected_header = { .data = protected_bytes,
					   .size = sizeof(protected_bytes) };
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct slice aad = SLICE("aad"), payload = SLICE("payload"), protected_slice;
	struct cose_sign1 sign1;
	struct cose_key key;
	struct sign_key sign;

	(void)state;
	own_key(&sign, &key);
	cose_write_protected(&protected_header, COSE_ALG_EDDSA, SLICE("kid4"));
	protected_slice = slice_of(protected_bytes, protected_header.used);
	cose_sign(signature, &sign, protected_slice, aad, payload, &scratch);
	assert_true(scratch.used <= cose_scratch_size(protected_slice, aad, payload));
	cose_write(&to, protected_slice, payload, slice_of(signature, sizeof(signature)));
	assert_false(to.failed);
	key.kid = SLICE("kid4");
	assert_int_equal(verify(slice_of(bytes, to.used), &key, aad), COSE_OK);
	assert_int_equal(verify(slice_of(bytes, to.used), &key, SLICE("")), COSE_FORGED);
	assert_int_equal(cose_read(&sign1, slice_of(bytes, to.used)), COSE_OK);
	assert_true(sign1.unprotected_empty && sign1.kid_protected && sign1.tagged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eddsa_sig_01_verifies),
		cmocka_unit_test(eddsa_sig_01_fails_with_any_bit_flipped),
		cmocka_unit_test(examples_of_the_working_group),
		cmocka_unit_test(forms_of_an_object),
		cmocka_unit_test(keys_say_what_they_accept),
		cmocka_unit_test(a_payload_may_stand_elsewhere),
		cmocka_unit_test(what_we_write_we_read),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
