/* tests/ticket_test.c - what a ticket is, to the byte, and everything that is none. Without it a
 * gate might take for a ticket what nobody sold. `--write` writes the golden file anew.
 */
#include "qr/ticket.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "core/json.h"
#include "qr/cose.h"
#include "tests/ticket_samples.h"

#define GOLDEN "tests/golden/tickets.json"

static bool ticket_equal(const struct ticket *a, const struct ticket *b)
{
	return a->exp_s == b->exp_s && a->nbf_s == b->nbf_s && a->iat_s == b->iat_s &&
	       id_equal(a->id, b->id) && a->has_device_key == b->has_device_key &&
	       mem_equal(a->device_key, b->device_key, sizeof(a->device_key)) &&
	       a->product_number == b->product_number && a->product_version == b->product_version &&
	       a->fare_class == b->fare_class && a->riders == b->riders && a->modes == b->modes &&
	       a->zones == b->zones && a->uses == b->uses && a->status_list == b->status_list &&
	       a->status_index == b->status_index && a->flags == b->flags;
}

static const struct golden {
	const char *name;
	struct ticket (*make)(void);
	size_t size;
} golden[] = {
	{ "pass", plain_ticket, 138 },
	{ "pass with device key", device_ticket, 181 },
	{ "largest pass", large_ticket, 154 },
	{ "largest pass with device key", large_device_ticket, 193 },
};

static void sizes_and_round_trips(void **state)
{
	struct keyring ring;

	(void)state;
	ring_make(&ring);
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct ticket ticket = golden[i].make(), read;
		struct issued issued;

		issue(&issued, &ticket, &ring.keys[0]);
		assert_int_equal(issued.size, golden[i].size);
		assert_int_equal(ticket_read(&read, slice_text(issued.code), &ring), TICKET_OK);
		assert_true(ticket_equal(&read, &ticket));
		assert_int_equal(ticket_peek(&read, slice_text(issued.code)), TICKET_OK);
		assert_true(ticket_equal(&read, &ticket));
	}
}

static void the_encoder_refuses(void **state)
{
	static const struct {
		const char *what;
		bool device;
		struct ticket change; /* Added to the ticket. */
		enum ticket_status status;
	} table[] = {
		{ "nothing", false, { 0 }, TICKET_OK },
		{ "nothing, with device key", true, { 0 }, TICKET_OK },
		{ "times beyond 2106", false, { .exp_s = INT64_C(1) << 32 }, TICKET_OK },
		{ "1970 itself",
		  false,
		  { .exp_s = -0x6a300000, .nbf_s = -0x6a200000, .iat_s = -0x6a100000 },
		  TICKET_OK },
		{ "193 and a byte", true, { .status_list = 24 }, TICKET_TOO_LARGE },
		{ "ends before it begins", false, { .nbf_s = 0x100001 }, TICKET_MALFORMED },
		{ "before 1970", false, { .iat_s = -0x6a100001 }, TICKET_MALFORMED },
		{ "a fare class of 3", false, { .fare_class = 1 }, TICKET_MALFORMED },
		{ "a mode of 32", false, { .modes = 32 }, TICKET_MALFORMED },
		{ "a flag of 2", false, { .flags = 2 }, TICKET_MALFORMED },
	};
	struct keyring ring;

	(void)state;
	ring_make(&ring);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct ticket *change = &table[i].change;
		struct ticket ticket = table[i].device ? large_device_ticket() : large_ticket();
		uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
		size_t used;

		ticket.exp_s += change->exp_s;
		ticket.nbf_s += change->nbf_s;
		ticket.iat_s += change->iat_s;
		ticket.fare_class = (uint8_t)(ticket.fare_class + change->fare_class);
		ticket.modes |= change->modes;
		ticket.flags |= change->flags;
		ticket.status_list += change->status_list;
		if (ticket_encode(bytes, &used, sizeof(bytes), &ticket, &ring.keys[0]) !=
		    table[i].status)
			fail_msg("%s", table[i].what);
		assert_true(table[i].status == TICKET_OK || used == 0);
	}
}

static void every_bit_counts(void **state)
{
	struct keyring ring;

	(void)state;
	ring_make(&ring);
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct ticket ticket = golden[i].make(), read;
		struct issued issued;

		issue(&issued, &ticket, &ring.keys[0]);
		for (size_t bit = 0; bit < 8 * issued.size; bit++) {
			issued.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_not_equal(read_bytes_as_code(slice_of(issued.bytes, issued.size),
								&ring),
					     TICKET_OK);
			issued.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t bit = 0; bit < 8 * text_size(issued.code); bit++) {
			issued.code[bit / 8] ^= (char)(1 << bit % 8);
			assert_int_not_equal(ticket_read(&read, slice_text(issued.code), &ring),
					     TICKET_OK);
			issued.code[bit / 8] ^= (char)(1 << bit % 8);
		}
	}
}

static void every_truncation_is_malformed(void **state)
{
	struct ticket ticket = device_ticket(), read;
	struct keyring ring;
	struct issued issued;

	(void)state;
	ring_make(&ring);
	issue(&issued, &ticket, &ring.keys[0]);
	for (size_t size = 0; size < issued.size; size++)
		assert_int_equal(read_bytes_as_code(slice_of(issued.bytes, size), &ring),
				 TICKET_MALFORMED);
	for (size_t size = 0; size < text_size(issued.code); size++)
		assert_int_equal(ticket_read(&read, slice_of(issued.code, size), &ring),
				 TICKET_MALFORMED);
}

static void texts_that_are_no_code(void **state)
{
	struct ticket ticket = plain_ticket(), read;
	char text[TICKET_CODE_SIZE_MAX + 8];
	struct keyring ring;
	struct issued issued;

	(void)state;
	ring_make(&ring);
	issue(&issued, &ticket, &ring.keys[0]);
	assert_int_equal(ticket_read(&read, SLICE(""), &ring), TICKET_MALFORMED);
	assert_int_equal(ticket_read(&read, SLICE("KM1:"), &ring), TICKET_MALFORMED);
	assert_int_equal(ticket_read(&read, SLICE("KM1:GGW"), &ring), TICKET_MALFORMED);
	assert_int_equal(ticket_read(&read, SLICE("https://example.org/"), &ring),
			 TICKET_MALFORMED);
	assert_int_equal(ticket_read(&read, slice_text(issued.code + 4), &ring), TICKET_MALFORMED);
	issued.code[2] = '2';
	assert_int_equal(ticket_read(&read, slice_text(issued.code), &ring), TICKET_MALFORMED);
	issued.code[2] = '1';
	issued.code[0] = 'k';
	assert_int_equal(ticket_read(&read, slice_text(issued.code), &ring), TICKET_MALFORMED);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i < 4 ? TICKET_CODE_PREFIX[i] : '0';
	assert_int_equal(ticket_read(&read, slice_of(text, sizeof(text)), &ring), TICKET_MALFORMED);
}

static void a_ticket_inside_another_object_is_none(void **state)
{
	uint8_t room[OBJECT_SIZE_MAX], bytes[OBJECT_SIZE_MAX], protected_bytes[16];
	uint8_t signature[SIGNATURE_SIZE];
	struct writer scratch = { .data = room, .size = sizeof(room) };
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct writer protected_header = { .data = protected_bytes,
					   .size = sizeof(protected_bytes) };
	struct ticket ticket = plain_ticket();
	struct slice inner;
	struct keyring ring;
	struct issued issued;

	(void)state;
	ring_make(&ring);
	issue(&issued, &ticket, &ring.keys[0]);
	inner = slice_of(issued.bytes, issued.size);
	cose_write_protected(&protected_header, COSE_ALG_EDDSA,
			     slice_of(ring.keys[0].kid, KID_SIZE));
	cose_sign(signature, &ring.keys[0].sign,
		  slice_of(protected_header.data, protected_header.used), SLICE(""), inner,
		  &scratch);
	cose_write(&to, slice_of(protected_header.data, protected_header.used), inner,
		   slice_of(signature, sizeof(signature)));
	assert_int_equal(read_bytes_as_code(slice_of(bytes, to.used), &ring), TICKET_MALFORMED);
}

static void keys_that_are_not_believed(void **state)
{
	static const struct {
		const char *what;
		struct keyring_key key; /* What the gate's ring says of the ticket's key. */
		enum ticket_status status;
	} table[] = {
		{ "in force", { .use = KEY_TICKET }, TICKET_OK },
		{ "since that second", { .not_before_s = 0x6a100000 }, TICKET_OK },
		{ "since the next", { .not_before_s = 0x6a100001 }, TICKET_UNKNOWN_KEY },
		{ "until that second", { .not_after_s = 0x6a100000 }, TICKET_OK },
		{ "until the one before", { .not_after_s = 0x6a0fffff }, TICKET_UNKNOWN_KEY },
		{ "retired then", { .retired_s = 0x6a100000 }, TICKET_OK },
		{ "retired before", { .retired_s = 0x6a0fffff }, TICKET_UNKNOWN_KEY },
		{ "revoked since", { .revoked_s = 0x6a200000 }, TICKET_UNKNOWN_KEY },
		{ "of status lists", { .use = KEY_STATUS }, TICKET_UNKNOWN_KEY },
		{ "of bundles", { .use = KEY_BUNDLE }, TICKET_UNKNOWN_KEY },
		{ "of the log", { .use = KEY_LOG }, TICKET_UNKNOWN_KEY },
	};
	struct ticket ticket = plain_ticket(), read;
	struct keyring ring, gate = { 0 };
	struct issued issued;

	(void)state;
	ring_make(&ring);
	issue(&issued, &ticket, &ring.keys[0]);
	assert_int_equal(ticket_read(&read, slice_text(issued.code), &gate), TICKET_UNKNOWN_KEY);
	gate.count = 1;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		gate.keys[0] = table[i].key;
		mem_copy(gate.keys[0].kid, ring.keys[0].kid, KID_SIZE);
		mem_copy(gate.keys[0].public_key, ring.keys[0].public_key, SIGN_PUBLIC_SIZE);
		if (ticket_read(&read, slice_text(issued.code), &gate) != table[i].status)
			fail_msg("%s", table[i].what);
	}
}

static void another_keys_signature_is_forged(void **state)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = { 66 };
	struct ticket ticket = plain_ticket(), read;
	struct keyring ring;
	struct keyring_key forger;
	struct issued issued;

	(void)state;
	ring_make(&ring);
	keyring_make(&forger, KEY_TICKET, 0, 0, seed);
	issue(&issued, &ticket, &forger);
	assert_int_equal(ticket_read(&read, slice_text(issued.code), &ring), TICKET_UNKNOWN_KEY);
	mem_copy(forger.kid, ring.keys[0].kid, KID_SIZE);
	issue(&issued, &ticket, &forger);
	assert_int_equal(ticket_read(&read, slice_text(issued.code), &ring), TICKET_FORGED);
	assert_int_equal(ticket_peek(&read, slice_text(issued.code)), TICKET_OK);
}

static void put_ticket(struct json_out *json, const struct golden *entry,
		       const struct keyring_key *key)
{
	struct ticket ticket = entry->make();
	struct issued issued;
	char hex[2 * TICKET_SIZE_MAX_DEVICE + 1], id[UUID_TEXT_SIZE];

	issue(&issued, &ticket, key);
	hex_encode(hex, sizeof(hex), slice_of(issued.bytes, issued.size));
	uuid_encode(id, ticket.id);
	write_text(json->to, "\n");
	json_object(json, NULL);
	json_put_text(json, "name", slice_text(entry->name));
	json_put_text(json, "code", slice_text(issued.code));
	json_put_text(json, "cose", slice_text(hex));
	json_put_int(json, "exp", ticket.exp_s);
	json_put_int(json, "nbf", ticket.nbf_s);
	json_put_int(json, "iat", ticket.iat_s);
	json_put_text(json, "id", slice_text(id));
	if (ticket.has_device_key) {
		hex_encode(hex, sizeof(hex),
			   slice_of(ticket.device_key, sizeof(ticket.device_key)));
		json_put_text(json, "device_key", slice_text(hex));
	}
	json_array(json, "claim");
	json_put_int(json, NULL, ticket.product_number);
	json_put_int(json, NULL, ticket.product_version);
	json_put_int(json, NULL, ticket.fare_class);
	json_put_int(json, NULL, ticket.riders);
	json_put_int(json, NULL, ticket.modes);
	json_put_int(json, NULL, ticket.zones);
	json_put_int(json, NULL, ticket.uses);
	json_put_int(json, NULL, ticket.status_list);
	json_put_int(json, NULL, ticket.status_index);
	json_put_int(json, NULL, ticket.flags);
	json_array_end(json);
	json_object_end(json);
}

static void golden_make(struct writer *to)
{
	char kid[2 * KID_SIZE + 1], public_key[2 * SIGN_PUBLIC_SIZE + 1];
	struct json_out json;
	struct keyring ring;

	ring_make(&ring);
	hex_encode(kid, sizeof(kid), slice_of(ring.keys[0].kid, KID_SIZE));
	hex_encode(public_key, sizeof(public_key),
		   slice_of(ring.keys[0].public_key, SIGN_PUBLIC_SIZE));
	json_begin(&json, to);
	json_object(&json, NULL);
	json_put_text(&json, "kid", slice_text(kid));
	json_put_text(&json, "public_key", slice_text(public_key));
	json_array(&json, "tickets");
	for (size_t i = 0; i < COUNT_OF(golden); i++)
		put_ticket(&json, &golden[i], &ring.keys[0]);
	json_array_end(&json);
	json_object_end(&json);
	write_text(to, "\n");
	assert_false(to->failed);
}

static void golden_tickets_stay_as_they_are(void **state)
{
	static uint8_t made[16384], kept[16384];
	struct writer to = { .data = made, .size = sizeof(made) };
	FILE *file = fopen(GOLDEN, "rb");
	size_t size;

	(void)state;
	assert_non_null(file);
	size = fread(kept, 1, sizeof(kept), file);
	fclose(file);
	golden_make(&to);
	assert_int_equal(to.used, size);
	assert_memory_equal(made, kept, size);
}

static int golden_write(void)
{
	static uint8_t made[16384];
	struct writer to = { .data = made, .size = sizeof(made) };
	FILE *file = fopen(GOLDEN, "wb");
	bool done;

	golden_make(&to);
	if (file == NULL)
		return 1;
	done = fwrite(made, 1, to.used, file) == to.used;
	return fclose(file) == 0 && done ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_round_trips),
		cmocka_unit_test(the_encoder_refuses),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(every_truncation_is_malformed),
		cmocka_unit_test(texts_that_are_no_code),
		cmocka_unit_test(a_ticket_inside_another_object_is_none),
		cmocka_unit_test(keys_that_are_not_believed),
		cmocka_unit_test(another_keys_signature_is_forged),
		cmocka_unit_test(golden_tickets_stay_as_they_are),
	};

	if (!crypto_init())
		return 1;
	if (argc == 2 && text_equal(argv[1], "--write"))
		return golden_write();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
