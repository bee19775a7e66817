/* tests/presentation_test.c - the phone's proof: to the byte, to the second, by that key alone.
 * Without it a copied code might ride as well as the ticket.
 */
#include "qr/presentation.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "qr/cose.h"
#include "qr/image.h"
#include "tests/ticket_samples.h"

enum { AT_S = 0x6a200100 };

struct shown {
	uint8_t bytes[PRESENTATION_SIZE_MAX];
	size_t size;
	struct sign_key device;
	struct issued issued;
};

static struct slice bytes_of(const struct shown *shown)
{
	return slice_of(shown->bytes, shown->size);
}

static bool show(struct shown *out, struct ticket ticket, int64_t iat_s)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = "a phone";
	struct keyring ring;

	ring_make(&ring);
	sign_key_from_seed(&out->device, seed);
	issue(&out->issued, &ticket, &ring.keys[0]);
	return presentation_make(out->bytes, &out->size, sizeof(out->bytes),
				 slice_of(out->issued.bytes, out->issued.size), iat_s,
				 &out->device);
}

static void what_a_phone_makes_is_read(void **state)
{
	/* 18([<< {1: -8, 15: {6: 1780482304}} >>, {}, ticket, signature]) */
	static const uint8_t head[] = { 0xd2, 0x84, 0x4b, 0xa2, 0x01, 0x27, 0x0f, 0xa1, 0x06,
					0x1a, 0x6a, 0x20, 0x01, 0x00, 0xa0, 0x58, 181 };
	struct presentation read;
	struct shown shown;

	(void)state;
	assert_true(show(&shown, device_ticket(), AT_S));
	assert_int_equal(shown.size, 181 + 83);
	assert_memory_equal(shown.bytes, head, sizeof(head));
	assert_int_equal(presentation_read(&read, bytes_of(&shown)), PRESENTATION_OK);
	assert_int_equal(read.iat_s, AT_S);
	assert_true(slice_equal(read.ticket, slice_of(shown.issued.bytes, shown.issued.size)));
	assert_true(presentation_verify(bytes_of(&shown), shown.device.public_key));
	shown.device.public_key[0] ^= 1;
	assert_false(presentation_verify(bytes_of(&shown), shown.device.public_key));
}

static void the_largest_fills_version_12(void **state)
{
	char code[PRESENTATION_CODE_SIZE_MAX];
	struct shown shown;

	(void)state;
	assert_true(show(&shown, large_device_ticket(), AT_S));
	assert_int_equal(shown.size, PRESENTATION_SIZE_MAX);
	ticket_code(code, sizeof(code), bytes_of(&shown));
	assert_int_equal(image_qr_version(code), 12);
	/* After 2106 the time takes four bytes more. */
	assert_false(show(&shown, large_device_ticket(), INT64_C(1) << 32));
	assert_int_equal(shown.size, 0);
	assert_true(show(&shown, device_ticket(), INT64_C(1) << 32));
	assert_true(show(&shown, device_ticket(), 0));
	assert_false(show(&shown, device_ticket(), -1));
}

static void a_plain_ticket_is_bare(void **state)
{
	struct presentation read;
	struct shown shown;

	(void)state;
	assert_true(show(&shown, device_ticket(), AT_S));
	assert_int_equal(presentation_read(&read, slice_of(shown.issued.bytes, shown.issued.size)),
			 PRESENTATION_BARE);
	assert_false(presentation_verify(slice_of(shown.issued.bytes, shown.issued.size),
					 shown.device.public_key));
}

static void every_bit_counts(void **state)
{
	struct presentation read;
	struct shown shown;

	(void)state;
	assert_true(show(&shown, device_ticket(), AT_S));
	for (size_t bit = 0; bit < 8 * shown.size; bit++) {
		shown.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(presentation_verify(bytes_of(&shown), shown.device.public_key));
		shown.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < shown.size; size++)
		assert_int_equal(presentation_read(&read, slice_of(shown.bytes, size)),
				 PRESENTATION_MALFORMED);
}

/* Properly signed, and a byte too long. */
static void one_byte_more_is_none(void **state)
{
	static const uint8_t header[] = { 0xa2, 0x01, 0x27, 0x0f, 0xa1, 0x06,
					  0x1a, 0x6a, 0x20, 0x01, 0x00 };
	uint8_t room[512], bytes[512], ticket[194] = { 0 }, signature[SIGNATURE_SIZE];
	struct presentation read;
	struct shown shown;

	(void)state;
	assert_true(show(&shown, device_ticket(), AT_S));
	for (size_t size = 193; size <= 194; size++) {
		struct writer scratch = { .data = room, .size = sizeof(room) };
		struct writer to = { .data = bytes, .size = sizeof(bytes) };

		cose_sign(signature, &shown.device, slice_of(header, sizeof(header)), SLICE(""),
			  slice_of(ticket, size), &scratch);
		cose_write(&to, slice_of(header, sizeof(header)), slice_of(ticket, size),
			   slice_of(signature, sizeof(signature)));
		assert_int_equal(presentation_read(&read, slice_of(bytes, to.used)),
				 size == 193 ? PRESENTATION_OK : PRESENTATION_MALFORMED);
		assert_int_equal(presentation_verify(slice_of(bytes, to.used),
						     shown.device.public_key),
				 size == 193);
	}
}

static void staleness(void **state)
{
	static const struct {
		const char *what;
		int64_t iat_s;
		time_ms at_ms;
		int64_t past_s, ahead_s;
		bool stale;
	} table[] = {
		{ "at once", 1000, 1000000, 45, 15, false },
		{ "at the last moment", 1000, 1045000, 45, 15, false },
		{ "a millisecond later", 1000, 1045001, 45, 15, true },
		{ "a day later", 1000, 87400000, 45, 15, true },
		{ "as far ahead as may be", 1000, 985000, 45, 15, false },
		{ "a millisecond further", 1000, 984999, 45, 15, true },
		{ "no skew allowed, at once", 1000, 1000000, 0, 0, false },
		{ "no skew allowed, late", 1000, 1000001, 0, 0, true },
		{ "no skew allowed, early", 1000, 999999, 0, 0, true },
		{ "wider bounds", 1000, 1300000, 300, 300, false },
		{ "beyond all time", INT64_MAX, 1000000, 45, INT32_MAX, true },
		{ "before 1970", -1, 0, 45, 15, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (presentation_is_stale(table[i].iat_s, table[i].at_ms, table[i].past_s,
					  table[i].ahead_s) != table[i].stale)
			fail_msg("%s", table[i].what);
}

/* One that is shown for its whole step leaves two more of them to the gate's clock. */
static void a_fresh_one_each_step(void **state)
{
	(void)state;
	assert_int_equal(presentation_step(0), 0);
	assert_int_equal(presentation_step(14999), 0);
	assert_int_equal(presentation_step(15000), 15);
	assert_int_equal(presentation_step(INT64_C(1780482304) * 1000), 1780482300);
	for (time_ms at = 1000000; at < 1030000; at += 500)
		assert_false(presentation_is_stale(presentation_step(at), at + 30000,
						   PRESENTATION_PAST_S, PRESENTATION_AHEAD_S));
}

static void it_is_remembered_by_its_digest(void **state)
{
	uint8_t digest[SHA256_SIZE];
	struct shown shown, later;
	struct id128 id;

	(void)state;
	assert_true(show(&shown, device_ticket(), AT_S));
	assert_true(show(&later, device_ticket(), AT_S + 15));
	sha256(digest, bytes_of(&shown));
	id = presentation_id(bytes_of(&shown));
	assert_memory_equal(id.bytes, digest, sizeof(id.bytes));
	assert_false(id_equal(id, presentation_id(bytes_of(&later))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_phone_makes_is_read),
		cmocka_unit_test(the_largest_fills_version_12),
		cmocka_unit_test(a_plain_ticket_is_bare),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(one_byte_more_is_none),
		cmocka_unit_test(staleness),
		cmocka_unit_test(a_fresh_one_each_step),
		cmocka_unit_test(it_is_remembered_by_its_digest),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
