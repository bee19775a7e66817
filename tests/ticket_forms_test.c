/* tests/ticket_forms_test.c - objects that are properly signed and yet no ticket. Without it one
 * ticket could come in many shapes, and a status or a ban would meet only one of them.
 */
#include "qr/ticket.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/cbor.h"
#include "qr/cose.h"
#include "tests/ticket_samples.h"

/* What follows is signed as it stands, with the right key: only its form is wrong. */
#define P             "a201270444K"
#define TIMES         "041a6a300000051a6a200000061a6a100000"
#define CTI           "07500192f1c5000070008000000000000001"
#define OWN           "3a000100008a18640100"
#define OWN_END       "01181f000001191234"
#define C             "a5" TIMES CTI OWN OWN_END "01"
#define KEY_X         "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define CNF(cose_key) "a6" TIMES CTI "08" cose_key OWN OWN_END "00"

static const struct form {
	const char *what;
	const char *head, *protected_header, *unprotected, *claims, *after;
	const char *claims_head, *signature_head; /* NULL: the shortest. */
	enum ticket_status status;
} forms[] = {
	{ "as it should be", "d284", P, "a0", C, "", NULL, NULL, TICKET_OK },
	{ "with device key", "d284", P, "a0", CNF("a101a3010120062158 20" KEY_X), "", NULL, NULL,
	  TICKET_OK },
#define REFUSED_HEAD(what, head, after)                                                            \
	{                                                                                          \
		what, head, P, "a0", C, after, NULL, NULL, TICKET_MALFORMED                        \
	}
	REFUSED_HEAD("no tag", "84", ""),
	REFUSED_HEAD("tag 17", "d184", ""),
	REFUSED_HEAD("tag in two bytes", "d81284", ""),
	REFUSED_HEAD("CWT tag", "d83dd284", ""),
	REFUSED_HEAD("tag twice", "d2d284", ""),
	REFUSED_HEAD("count in two bytes", "d29804", ""),
	REFUSED_HEAD("indefinite array", "d29f", "ff"),
	REFUSED_HEAD("array of five", "d285", "00"),
	REFUSED_HEAD("trailing byte", "d284", "00"),
#define REFUSED_HEADERS(what, protected_header, unprotected)                                       \
	{                                                                                          \
		what, "d284", protected_header, unprotected, C, "", NULL, NULL, TICKET_MALFORMED   \
	}
	REFUSED_HEADERS("something unprotected", P, "a10540"),
	REFUSED_HEADERS("kid in both", P, "a10444K"),
	REFUSED_HEADERS("empty map in two bytes", P, "b800"),
	REFUSED_HEADERS("empty map, indefinite", P, "bfff"),
	REFUSED_HEADERS("alg unprotected", "a10444K", "a10127"),
	REFUSED_HEADERS("kid unprotected", "a10127", "a10444K"),
	REFUSED_HEADERS("nothing protected", "", "a201270444K"),
	REFUSED_HEADERS("no kid", "a10127", "a0"),
	REFUSED_HEADERS("no alg", "a10444K", "a0"),
	REFUSED_HEADERS("kid of three", "a2012704430102 03", "a0"),
	REFUSED_HEADERS("kid is text", "a201270464414141 41", "a0"),
	REFUSED_HEADERS("alg twice", "a3012701270444K", "a0"),
	REFUSED_HEADERS("kid before alg", "a20444K0127", "a0"),
	REFUSED_HEADERS("alg in two bytes", "a20138070444K", "a0"),
	REFUSED_HEADERS("kid length in two bytes", "a2012704 5804K", "a0"),
	REFUSED_HEADERS("a content type", "a3012703000444K", "a0"),
	REFUSED_HEADERS("CWT claims beside", "a301270444K0fa0", "a0"),
	REFUSED_HEADERS("unknown is critical", "a40127028118630444K186300", "a0"),
	REFUSED_HEADERS("kid is critical", "a301270281040444K", "a0"),
	REFUSED_HEADERS("protected with more", P "00", "a0"),
	REFUSED_HEADERS("ES256", "a201260444K", "a0"),
	REFUSED_HEADERS("Ed25519 of a key that knows it not", "a201320444K", "a0"),
#define REFUSED(what, claims)                                                                      \
	{                                                                                          \
		what, "d284", P, "a0", claims, "", NULL, NULL, TICKET_MALFORMED                    \
	}
	{ "length in three bytes", "d284", P, "a0", C, "", "590041", NULL, TICKET_MALFORMED },
	{ "indefinite claims", "d284", P, "a0", C, "", "5f5841", NULL, TICKET_MALFORMED },
	{ "signature length in three", "d284", P, "a0", C, "", NULL, "590040", TICKET_MALFORMED },
	{ "claims are nil", "d284", P, "a0", "", "", "f6", NULL, TICKET_MALFORMED },
	REFUSED("no claims", ""),
	REFUSED("an empty map", "a0"),
	REFUSED("CWT tag inside", "d83d" C),
	REFUSED("trailing claim byte", C "00"),
	REFUSED("map in two bytes", "b805" TIMES CTI OWN OWN_END "01"),
	REFUSED("map, indefinite", "bf" TIMES CTI OWN OWN_END "01ff"),
	REFUSED("one claim unsaid", "a6" TIMES CTI OWN OWN_END "01"),
	REFUSED("a claim of nobody's", "a6" TIMES CTI OWN OWN_END "013a0001000100"),
	REFUSED("an issuer", "a6016161" TIMES CTI OWN OWN_END "01"),
	REFUSED("no exp", "a4051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp twice", "a6041a6a300000" TIMES CTI OWN OWN_END "01"),
	REFUSED("nbf first", "a5051a6a200000041a6a300000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("claim key in two bytes",
		"a518041a6a300000051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp in nine bytes",
		"a5041b000000006a300000051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp is negative", "a50420051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp before nbf", "a50400051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp is a float", "a504fa4e800000051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp beyond int64",
		"a5041bffffffffffffffff051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("exp is tagged", "a504c11a6a300000051a6a200000061a6a100000" CTI OWN OWN_END "01"),
	REFUSED("cti of 15", "a5" TIMES "074f0192f1c50000700080000000000000" OWN OWN_END "01"),
	REFUSED("cti is text", "a5" TIMES "077061616161616161616161616161616161" OWN OWN_END "01"),
	REFUSED("array of nine", "a5" TIMES CTI "3a000100008918640100" OWN_END),
	REFUSED("array of eleven", "a5" TIMES CTI "3a000100008b18640100" OWN_END "0100"),
	REFUSED("array, indefinite", "a5" TIMES CTI "3a000100009f18640100" OWN_END "01ff"),
	REFUSED("product in three bytes", "a5" TIMES CTI "3a000100008a1900640100" OWN_END "01"),
	REFUSED("product of 65536", "a5" TIMES CTI "3a000100008a1a000100000100" OWN_END "01"),
	REFUSED("negative version", "a5" TIMES CTI "3a000100008a18642000" OWN_END "01"),
	REFUSED("fare class of 3", "a5" TIMES CTI "3a000100008a18640103" OWN_END "01"),
	REFUSED("256 riders", "a5" TIMES CTI OWN "190100181f00000119123401"),
	REFUSED("a mode of 32", "a5" TIMES CTI OWN "01182000000119123401"),
	REFUSED("zones beyond 32 bits", "a5" TIMES CTI OWN "01181f1b0000000100000000000119123401"),
	REFUSED("a flag of 2", "a5" TIMES CTI OWN OWN_END "02"),
	REFUSED("flags are true", "a5" TIMES CTI OWN OWN_END "f5"),
	REFUSED("device key of type EC", CNF("a101a3010220062158 20" KEY_X)),
	REFUSED("device key on X25519", CNF("a101a3010120042158 20" KEY_X)),
	REFUSED("device key by kid", CNF("a103440102 0304")),
	REFUSED("device key of none", CNF("a0")),
	REFUSED("device key, indefinite", CNF("a101bf010120062158 20" KEY_X "ff")),
	REFUSED("device key with alg", CNF("a101a40101032720062158 20" KEY_X)),
	REFUSED("device key unordered", CNF("a101a320060101215820" KEY_X)),
	REFUSED("device key of 31", CNF("a101a301012006214c0102030405060708090a0b0c")),
};

struct object {
	uint8_t bytes[OBJECT_SIZE_MAX];
	size_t size;
};

/* Hex with spaces, and K for the kid. */
static void put_hex(struct object *to, const char *hex, const struct keyring_key *key)
{
	uint8_t text[2];
	size_t held = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == 'K') {
			mem_copy(to->bytes + to->size, key->kid, KID_SIZE);
			to->size += KID_SIZE;
		} else if (*hex != ' ') {
			text[held++] = (uint8_t)*hex;
		}
		if (held == 2) {
			assert_true(hex_decode(to->bytes + to->size, 1, slice_of(text, 2)));
			to->size++;
			held = 0;
		}
	}
	assert_int_equal(held, 0);
}

static void put_string(struct object *to, const char *head, struct slice content,
		       const struct keyring_key *key)
{
	struct writer w = { .data = to->bytes, .size = sizeof(to->bytes), .used = to->size };

	if (head == NULL) {
		cbor_put_bytes(&w, content);
		to->size = w.used;
		return;
	}
	put_hex(to, head, key);
	mem_copy(to->bytes + to->size, content.data, content.size);
	to->size += content.size;
}

static void form_make(struct object *out, const struct form *form, const struct keyring_key *key)
{
	struct object protected_header = { .size = 0 }, claims = { .size = 0 };
	uint8_t room[OBJECT_SIZE_MAX], signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };

	put_hex(&protected_header, form->protected_header, key);
	put_hex(&claims, form->claims, key);
	cose_sign(signature, &key->sign, slice_of(protected_header.bytes, protected_header.size),
		  SLICE(""), slice_of(claims.bytes, claims.size), &scratch);
	out->size = 0;
	put_hex(out, form->head, key);
	put_string(out, NULL, slice_of(protected_header.bytes, protected_header.size), key);
	put_hex(out, form->unprotected, key);
	put_string(out, form->claims_head, slice_of(claims.bytes, claims.size), key);
	if (form->claims_head != NULL && form->claims_head[1] == 'f')
		put_hex(out, "ff", key);
	put_string(out, form->signature_head, slice_of(signature, sizeof(signature)), key);
	put_hex(out, form->after, key);
}

static void forms_that_are_no_ticket(void **state)
{
	struct keyring ring;

	(void)state;
	ring_make(&ring);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct object object;

		form_make(&object, &forms[i], &ring.keys[0]);
		if (read_bytes_as_code(slice_of(object.bytes, object.size), &ring) !=
		    forms[i].status)
			fail_msg("%s", forms[i].what);
	}
}

static void alg_ed25519_is_accepted_where_the_ring_says_so(void **state)
{
	static const struct form ed25519 = { "", "d284", "a201320444K", "a0",     C,
					     "", NULL,   NULL,          TICKET_OK };
	struct keyring ring;
	struct object object;

	(void)state;
	ring_make(&ring);
	form_make(&object, &ed25519, &ring.keys[0]);
	ring.keys[0].accepts_alg_ed25519 = true;
	assert_int_equal(read_bytes_as_code(slice_of(object.bytes, object.size), &ring), TICKET_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_that_are_no_ticket),
		cmocka_unit_test(alg_ed25519_is_accepted_where_the_ring_says_so),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
