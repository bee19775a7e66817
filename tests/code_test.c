/* tests/code_test.c - forged, stripped, spliced, signed again, truncated, reordered: each attack on
 * a code with its answer. Without it a gate might be opened by the one that nobody thought of.
 */
#include "qr/code.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/cbor.h"
#include "qr/cose.h"
#include "tests/ticket_samples.h"

#define IAT "6a200100"
enum { IAT_S = 0x6a200100 };

struct object {
	uint8_t bytes[OBJECT_SIZE_MAX];
	size_t size;
};

static struct slice bytes_of(const struct object *object)
{
	return slice_of(object->bytes, object->size);
}

/* Who there is: an issuer, who is believed; two phones; a stranger who signs tickets. */
static struct world {
	struct keyring ring;
	struct keyring_key stranger;
	struct sign_key phone, other_phone;
	/* dynamic: two of the same phone, one of the other's. */
	struct object printed, dynamic, second, others;
} world;

static void put_ticket(struct object *out, struct ticket ticket, const struct keyring_key *key,
		       const struct sign_key *device, uint8_t last_of_id)
{
	struct issued issued;

	if (device != NULL)
		mem_copy(ticket.device_key, device->public_key, sizeof(ticket.device_key));
	ticket.id.bytes[15] = last_of_id;
	issue(&issued, &ticket, key);
	out->size = issued.size;
	mem_copy(out->bytes, issued.bytes, issued.size);
}

static void world_make(void)
{
	static const uint8_t seeds[3][SIGN_SEED_SIZE] = { "phone", "other phone", "stranger" };
	const struct keyring_key *key = &world.ring.keys[0];

	ring_make(&world.ring);
	sign_key_from_seed(&world.phone, seeds[0]);
	sign_key_from_seed(&world.other_phone, seeds[1]);
	keyring_make(&world.stranger, KEY_TICKET, 0, 0, seeds[2]);
	put_ticket(&world.printed, plain_ticket(), key, NULL, 1);
	put_ticket(&world.dynamic, device_ticket(), key, &world.phone, 2);
	put_ticket(&world.second, device_ticket(), key, &world.phone, 3);
	put_ticket(&world.others, device_ticket(), key, &world.other_phone, 4);
}

static void present(struct object *out, const struct object *ticket, const struct sign_key *device)
{
	assert_true(presentation_make(out->bytes, &out->size, sizeof(out->bytes), bytes_of(ticket),
				      IAT_S, device));
}

static void printed_as_it_is(struct object *out)
{
	*out = world.printed;
}

static void presented(struct object *out)
{
	present(out, &world.dynamic, &world.phone);
}

static void stripped(struct object *out)
{
	*out = world.dynamic;
}

static void wrapped_though_printed(struct object *out)
{
	present(out, &world.printed, &world.phone);
}

static void signed_by_another_phone(struct object *out)
{
	present(out, &world.dynamic, &world.other_phone);
}

static void signed_by_the_issuer(struct object *out)
{
	present(out, &world.dynamic, &world.ring.keys[0].sign);
}

/* One proof, another ticket of the same length in it. */
static void splice(struct object *out, const struct object *ticket)
{
	presented(out);
	assert_int_equal(ticket->size, world.dynamic.size);
	mem_copy(out->bytes + out->size - 66 - ticket->size, ticket->bytes, ticket->size);
}

static void spliced_same_phone(struct object *out)
{
	splice(out, &world.second);
}

static void spliced_other_phone(struct object *out)
{
	splice(out, &world.others);
}

static void time_moved(struct object *out)
{
	presented(out);
	out->bytes[13]++;
}

static void signature_altered(struct object *out)
{
	presented(out);
	out->bytes[out->size - 1] ^= 1;
}

/* The issuer's signature stands last in a ticket. */
static void altered_inside(struct object *out)
{
	struct object ticket = world.dynamic;

	ticket.bytes[ticket.size - 1] ^= 1;
	present(out, &ticket, &world.phone);
}

static void altered_and_stripped(struct object *out)
{
	*out = world.dynamic;
	out->bytes[out->size - 1] ^= 1;
}

/* The thief's own key put into somebody's ticket. */
static void key_replaced(struct object *out)
{
	struct object ticket = world.dynamic;
	size_t at = 0;

	while (!mem_equal(ticket.bytes + at, world.phone.public_key, SIGN_PUBLIC_SIZE))
		at++;
	mem_copy(ticket.bytes + at, world.other_phone.public_key, SIGN_PUBLIC_SIZE);
	present(out, &ticket, &world.other_phone);
}

static void by_a_stranger(struct object *out)
{
	struct object ticket;

	put_ticket(&ticket, device_ticket(), &world.stranger, &world.phone, 5);
	present(out, &ticket, &world.phone);
}

static void by_a_stranger_stripped(struct object *out)
{
	put_ticket(out, device_ticket(), &world.stranger, &world.phone, 5);
}

static void by_a_stranger_under_our_name(struct object *out)
{
	struct keyring_key key = world.stranger;
	struct object ticket;

	mem_copy(key.kid, world.ring.keys[0].kid, KID_SIZE);
	put_ticket(&ticket, device_ticket(), &key, &world.phone, 5);
	present(out, &ticket, &world.phone);
}

static void half_of_a_proof(struct object *out)
{
	struct object ticket = world.dynamic;

	ticket.size -= 64;
	present(out, &ticket, &world.phone);
}

static void no_ticket_inside(struct object *out)
{
	static const struct object text = { "a ticket, honestly", 18 };

	present(out, &text, &world.phone);
}

static const struct {
	const char *what;
	void (*make)(struct object *out);
	enum code_status status, known; /* known: where the ticket's bytes are said to be ours. */
} attacks[] = {
	{ "printed, as it is", printed_as_it_is, CODE_OK, CODE_OK },
	{ "presented", presented, CODE_OK, CODE_OK },
	{ "stripped", stripped, CODE_DEVICE_PROOF_MISSING, CODE_DEVICE_PROOF_MISSING },
	{ "wrapped, though printed", wrapped_though_printed, CODE_MALFORMED, CODE_MALFORMED },
	{ "signed by another phone", signed_by_another_phone, CODE_DEVICE_PROOF_FORGED,
	  CODE_DEVICE_PROOF_FORGED },
	{ "signed by the issuer", signed_by_the_issuer, CODE_DEVICE_PROOF_FORGED,
	  CODE_DEVICE_PROOF_FORGED },
	{ "spliced, same phone", spliced_same_phone, CODE_DEVICE_PROOF_FORGED,
	  CODE_DEVICE_PROOF_FORGED },
	{ "spliced, other phone", spliced_other_phone, CODE_DEVICE_PROOF_FORGED,
	  CODE_DEVICE_PROOF_FORGED },
	{ "its time moved", time_moved, CODE_DEVICE_PROOF_FORGED, CODE_DEVICE_PROOF_FORGED },
	{ "signature altered", signature_altered, CODE_DEVICE_PROOF_FORGED,
	  CODE_DEVICE_PROOF_FORGED },
	{ "altered inside, signed again", altered_inside, CODE_FORGED, CODE_OK },
	{ "altered and stripped", altered_and_stripped, CODE_FORGED, CODE_DEVICE_PROOF_MISSING },
	{ "the thief's key put in", key_replaced, CODE_FORGED, CODE_OK },
	{ "by a stranger", by_a_stranger, CODE_UNKNOWN_KEY, CODE_UNKNOWN_KEY },
	{ "by a stranger, stripped", by_a_stranger_stripped, CODE_UNKNOWN_KEY, CODE_UNKNOWN_KEY },
	{ "by a stranger under our name", by_a_stranger_under_our_name, CODE_FORGED, CODE_OK },
	{ "a ticket without its signature", half_of_a_proof, CODE_MALFORMED, CODE_MALFORMED },
	{ "no ticket inside", no_ticket_inside, CODE_MALFORMED, CODE_MALFORMED },
};

enum { CODE_ROOM = 4 + BASE45_TEXT_SIZE(OBJECT_SIZE_MAX) };

static enum code_status read_object(struct code *out, const struct object *object, bool known)
{
	char text[CODE_ROOM];
	enum code_status status;

	ticket_code(text, sizeof(text), bytes_of(object));
	if (!known)
		return code_read(out, slice_text(text), &world.ring);
	status = code_parse(out, slice_text(text));
	return status == CODE_OK ? code_verify_known(out, &world.ring) : status;
}

static void attacks_and_their_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(attacks); i++) {
		struct object object = { .size = 0 };
		struct code code;

		attacks[i].make(&object);
		if (read_object(&code, &object, false) != attacks[i].status)
			fail_msg("%s", attacks[i].what);
		if (read_object(&code, &object, true) != attacks[i].known)
			fail_msg("%s, known", attacks[i].what);
	}
}

static void what_it_says(void **state)
{
	struct object object;
	struct code code, copy;

	(void)state;
	presented(&object);
	assert_int_equal(read_object(&code, &object, false), CODE_OK);
	copy = code;
	mem_zero(&code, sizeof(code)); /* A copy stands by itself. */
	assert_true(copy.presented);
	assert_int_equal(copy.presented_s, IAT_S);
	assert_int_equal(copy.ticket.id.bytes[15], 2);
	assert_true(slice_equal(code_ticket(&copy), bytes_of(&world.dynamic)));
	assert_true(id_equal(code_presentation_id(&copy), presentation_id(bytes_of(&object))));
	assert_int_equal(code_verify(&copy, &world.ring), CODE_OK);
	assert_int_equal(read_object(&code, &world.printed, false), CODE_OK);
	assert_false(code.presented);
	assert_true(slice_equal(code_ticket(&code), bytes_of(&world.printed)));
	assert_true(id_is_zero(code_presentation_id(&code)));
}

static void a_revoked_key_is_not_believed_of_known_bytes_either(void **state)
{
	struct keyring ring = world.ring;
	struct object object;
	struct code code;

	(void)state;
	presented(&object);
	assert_int_equal(read_object(&code, &object, true), CODE_OK);
	ring.keys[0].revoked_s = IAT_S;
	assert_int_equal(code_verify(&code, &ring), CODE_UNKNOWN_KEY);
	assert_int_equal(code_verify_known(&code, &ring), CODE_UNKNOWN_KEY);
}

/* Outer objects that the phone has properly signed, and whose form alone is wrong. Hexadecimal. */
#define P "a201270fa1061a" IAT
static const struct form {
	const char *what, *head, *protected_header, *unprotected, *after;
	enum code_status status;
} forms[] = {
	{ "as it should be", "d284", P, "a0", "", CODE_OK },
	{ "a time of one byte", "d284", "a201270fa1060f", "a0", "", CODE_OK },
	{ "no tag", "84", P, "a0", "", CODE_MALFORMED },
	{ "tag 17", "d184", P, "a0", "", CODE_MALFORMED },
	{ "CWT tag in front", "d83dd284", P, "a0", "", CODE_MALFORMED },
	{ "tag in two bytes", "d81284", P, "a0", "", CODE_MALFORMED },
	{ "count in two bytes", "d29804", P, "a0", "", CODE_MALFORMED },
	{ "no tag, and the byte made up for", "9804", P, "a0", "", CODE_MALFORMED },
	{ "indefinite array", "d29f", P, "a0", "ff", CODE_MALFORMED },
	{ "trailing byte", "d284", P, "a0", "00", CODE_MALFORMED },
	{ "five items", "d285", P, "a0", "00", CODE_MALFORMED },
	{ "unprotected kid", "d284", P, "a1044131", "", CODE_MALFORMED },
	{ "unprotected anything", "d284", P, "a1186300", "", CODE_MALFORMED },
	{ "unprotected in two bytes", "d284", P, "b800", "", CODE_MALFORMED },
	{ "claims before alg", "d284", "a20fa1061a" IAT "0127", "a0", "", CODE_MALFORMED },
	{ "alg unprotected", "d284", "a10fa1061a" IAT, "a10127", "", CODE_MALFORMED },
	{ "no alg", "d284", "a10fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "alg -19", "d284", "a201320fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "alg -7", "d284", "a201260fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "alg twice", "d284", "a3012701270fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "no claims", "d284", "a10127", "a0", "", CODE_MALFORMED },
	{ "a kid beside them", "d284", "a301270441310fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "a content type", "d284", "a3012703000fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "critical alg", "d284", "a301270281010fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "claims empty", "d284", "a201270fa0", "a0", "", CODE_MALFORMED },
	{ "a claim beside iat", "d284", "a201270fa204000600", "a0", "", CODE_MALFORMED },
	{ "exp and no iat", "d284", "a201270fa1041a" IAT, "a0", "", CODE_MALFORMED },
	{ "time before 1970", "d284", "a201270fa10620", "a0", "", CODE_MALFORMED },
	{ "time as a float", "d284", "a201270fa106fa4eb50000", "a0", "", CODE_MALFORMED },
	{ "time as a text", "d284", "a201270fa1066131", "a0", "", CODE_MALFORMED },
	{ "time in nine bytes", "d284", "a201270fa1061b000000006a200100", "a0", "",
	  CODE_MALFORMED },
	{ "time beyond int64", "d284", "a201270fa1061bffffffffffffffff", "a0", "", CODE_MALFORMED },
	{ "label 15 in two bytes", "d284", "a20127180fa1061a" IAT, "a0", "", CODE_MALFORMED },
	{ "header cut", "d284", "a201270fa1", "a0", "", CODE_MALFORMED },
	{ "header empty", "d284", "", "a0", "", CODE_MALFORMED },
	{ "header in an array", "d284", "8101", "a0", "", CODE_MALFORMED },
};

static struct slice unhex(uint8_t room[64], const char *hex)
{
	size_t size = text_size(hex) / 2;

	assert_true(hex_decode(room, size, slice_text(hex)));
	return slice_of(room, size);
}

static void form_make(struct object *out, const struct form *form, struct slice payload)
{
	uint8_t room[2 * OBJECT_SIZE_MAX], header_room[64], other_room[64];
	uint8_t signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = out->bytes, .size = sizeof(out->bytes) };
	struct slice header = unhex(header_room, form->protected_header);

	cose_sign(signature, &world.phone, header, SLICE(""), payload, &scratch);
	write_bytes(&to, unhex(other_room, form->head));
	cbor_put_bytes(&to, header);
	write_bytes(&to, unhex(other_room, form->unprotected));
	cbor_put_bytes(&to, payload);
	cbor_put_bytes(&to, slice_of(signature, sizeof(signature)));
	write_bytes(&to, unhex(other_room, form->after));
	assert_false(to.failed);
	out->size = to.used;
}

static void forms_of_a_presentation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct object object;
		struct code code;

		form_make(&object, &forms[i], bytes_of(&world.dynamic));
		if (read_object(&code, &object, false) != forms[i].status)
			fail_msg("%s", forms[i].what);
	}
}

static void a_presentation_of_a_presentation_is_none(void **state)
{
	struct object inner, outer;
	struct code code;

	(void)state;
	presented(&inner);
	form_make(&outer, &forms[0], bytes_of(&inner));
	assert_int_equal(read_object(&code, &outer, false), CODE_MALFORMED);
}

static void every_bit_and_every_cut(void **state)
{
	struct object object, altered;
	char text[CODE_ROOM];
	struct code code;

	(void)state;
	presented(&object);
	for (size_t bit = 0; bit < 8 * object.size; bit++) {
		altered = object;
		altered.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(read_object(&code, &altered, false), CODE_OK);
	}
	for (size_t size = 0; size < object.size; size++) {
		altered = object;
		altered.size = size;
		assert_int_equal(read_object(&code, &altered, false), CODE_MALFORMED);
	}
	ticket_code(text, sizeof(text), bytes_of(&object));
	for (size_t size = 0; size < text_size(text); size++)
		assert_int_equal(code_read(&code, slice_of(text, size), &world.ring),
				 CODE_MALFORMED);
}

/* Bytes exchanged within the object, two by two halves. */
static void reordered(void **state)
{
	struct object object;
	struct code code;

	(void)state;
	presented(&object);
	for (size_t at = 1; at < object.size; at++) {
		struct object turned = object;

		mem_copy(turned.bytes, object.bytes + at, object.size - at);
		mem_copy(turned.bytes + object.size - at, object.bytes, at);
		assert_int_not_equal(read_object(&code, &turned, false), CODE_OK);
	}
}

static void texts_that_are_no_code(void **state)
{
	static const char *const texts[] = {
		"",
		"KM1:",
		"KM1",
		"KM2:ABC",
		"KM1:GGW",
		"KM1::::",
		"KM1:A",
		"km1:RRQ+D9P60CO0P",
		"M1DOE/JOHN            EXXX007 TXLBRUSN 2592 110Y",
		"https://example.org/",
	};
	struct code code;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (code_read(&code, slice_text(texts[i]), &world.ring) != CODE_MALFORMED)
			fail_msg("%s", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attacks_and_their_answers),
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(a_revoked_key_is_not_believed_of_known_bytes_either),
		cmocka_unit_test(forms_of_a_presentation),
		cmocka_unit_test(a_presentation_of_a_presentation_is_none),
		cmocka_unit_test(every_bit_and_every_cut),
		cmocka_unit_test(reordered),
		cmocka_unit_test(texts_that_are_no_code),
	};

	if (!crypto_init())
		return 1;
	world_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
