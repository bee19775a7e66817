/* tests/gate_test.c - a gate of its own: which bundles it takes, and what it says of a code when
 * nobody can be asked. Without it an offline gate would be believed and never tried.
 */
#include "core/date.h"
#include "tests/gate_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct gate place;

static struct gw_bundle whole(int64_t number)
{
	return (struct gw_bundle){
		.number = number, .gate = &place, .products = &gw_product, .product_count = 1
	};
}

static const char *load_at(struct hitotsu_gate *gate, const struct gw_bundle *said, time_ms at)
{
	struct slice bytes = gw_bundle(said);

	return hitotsu_gate_status_name(hitotsu_gate_load(gate, bytes.data, bytes.size, at));
}

static const char *load(struct hitotsu_gate *gate, const struct gw_bundle *said)
{
	return load_at(gate, said, gw_now);
}

static struct hitotsu_gate *open_shop(const char *name)
{
	struct hitotsu_gate *gate = gw_open(name);

	place = gw_gate(name, MODE_venue);
	return gate;
}

/* --- bundles --- */
static void a_bundle_is_taken_or_says_why_not(void **state)
{
	int64_t now = gw_now / SECOND_MS;
	struct gate other = gw_gate("other", MODE_venue);
	struct product nine[9];
	const struct {
		const char *status;
		struct gw_bundle change;
	} table[] = {
		{ "OK", { .number = 5 } },
		{ "OK", { .number = 5 } }, /* The same again. */
		{ "OK", { .number = 6 } },
		{ "OLDER", { .number = 5 } },
		{ "EXPIRED", { .number = 7, .made_at_s = now - 100, .expires_at_s = now } },
		{ "OK", { .number = 7, .made_at_s = now - 100, .expires_at_s = now + 1 } },
		{ "FROM_FUTURE", { .number = 8, .made_at_s = now + 301 } },
		{ "OK", { .number = 8, .made_at_s = now + 300 } },
		{ "UNTRUSTED", { .number = 9, .signer = GW_OTHER_BUNDLE_KEY } },
		{ "DELTA_GAP", { .number = 10, .since = 9 } },
		{ "OK", { .number = 9, .since = 8 } },
		{ "OK", { .number = 10, .since = 7 } }, /* It says more than is needed. */
		{ "OTHER_GATE", { .number = 11, .gate = &other } },
		{ "DAMAGED", { .number = 11, .without_section = SECTION_KEYS } },
		{ "DAMAGED", { .number = 11, .without_section = SECTION_PLACE } },
		{ "DAMAGED", { .number = 11, .without_section = SECTION_RULES } },
		{ "FULL", { .number = 11, .products = nine, .product_count = 9 } },
	};
	struct hitotsu_gate *gate = open_shop("takes");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(nine); i++) {
		nine[i] = gw_product;
		nine[i].version = (uint16_t)(i + 1);
	}
	assert_int_equal(hitotsu_gate_bundle_number(gate), 0);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct gw_bundle said = table[i].change;
		int64_t before = hitotsu_gate_bundle_number(gate);
		const char *got;

		said.gate = said.gate != NULL ? said.gate : &place;
		if (said.products == NULL) {
			said.products = &gw_product;
			said.product_count = 1;
		}
		got = load(gate, &said);
		if (strcmp(got, table[i].status) != 0)
			fail_msg("line %zu: %s (%s)", i, got, hitotsu_gate_detail(gate));
		assert_int_equal(hitotsu_gate_bundle_number(gate),
				 strcmp(got, "OK") == 0 ? said.number : before);
	}
	assert_string_equal(hitotsu_gate_detail(gate), "products");
	gw_close(gate);
}

static void what_does_not_fit_is_named(void **state)
{
	static struct section_status statuses[65];
	static struct service services[33];
	static struct booking bookings[65];
	struct hitotsu_gate *gate = open_shop("small");
	struct gw_bundle said = whole(1);

	(void)state;
	for (uint32_t i = 0; i < 65; i++) {
		statuses[i] = (struct section_status){ 1, i, TICKET_REVOKED };
		bookings[i] = (struct booking){ .ticket_id = gw_ticket(i, 1).id, .seats = 1 };
		strcpy(bookings[i].service_id, "s0");
	}
	for (uint32_t i = 0; i < 33; i++) {
		services[i] = (struct service){ .operator_id = "op",
						.mode = MODE_ferry,
						.name_ja = "便",
						.name_en = "s",
						.departs_at = gw_now };
		snprintf(services[i].service_id, ID_SIZE, "s%u", i);
	}
	said.statuses = statuses;
	said.services = services;
	said.bookings = bookings;
	said.status_count = said.booking_count = 64;
	said.service_count = 32;
	assert_string_equal(load(gate, &said), "OK");
	said.number = 1;
	said.status_count = 65;
	assert_string_equal(load(gate, &said), "FULL");
	assert_string_equal(hitotsu_gate_detail(gate), "statuses");
	said.status_count = 0;
	said.service_count = 33;
	assert_string_equal(load(gate, &said), "FULL");
	assert_string_equal(hitotsu_gate_detail(gate), "services");
	said.service_count = 1;
	said.booking_count = 65;
	assert_string_equal(load(gate, &said), "FULL");
	assert_string_equal(hitotsu_gate_detail(gate), "reservations");
	/* A delta that changes what is held takes no more room. */
	said = whole(2);
	said.since = 1;
	said.statuses = statuses;
	said.status_count = 64;
	assert_string_equal(load(gate, &said), "OK");
	gw_close(gate);
}

static void bytes_cut_or_changed_anywhere_are_refused(void **state)
{
	static uint8_t bytes[GW_BUNDLE_SIZE_MAX];
	struct hitotsu_gate *gate = open_shop("cut");
	struct gw_bundle said = whole(1);
	struct slice sound = gw_bundle(&said);

	(void)state;
	for (size_t i = 0; i < sound.size; i++) {
		enum hitotsu_gate_status status = hitotsu_gate_load(gate, sound.data, i, gw_now);

		assert_int_equal(status, HITOTSU_GATE_DAMAGED);
		memcpy(bytes, sound.data, sound.size);
		bytes[i] ^= 1;
		status = hitotsu_gate_load(gate, bytes, sound.size, gw_now);
		assert_true(status == HITOTSU_GATE_DAMAGED || status == HITOTSU_GATE_FORGED ||
			    status == HITOTSU_GATE_UNTRUSTED);
	}
	assert_int_equal(hitotsu_gate_bundle_number(gate), 0);
	assert_int_equal(hitotsu_gate_load(gate, sound.data, sound.size, gw_now), HITOTSU_GATE_OK);
	gw_close(gate);
}

static void a_delta_is_laid_over_what_is_held(void **state)
{
	struct hitotsu_gate *gate = open_shop("delta");
	struct ticket first = gw_ticket(1, 1), second = gw_ticket(2, 1), newer = gw_ticket(3, 1);
	struct product next = gw_product;
	struct section_status revoked = { 327, 1, TICKET_REVOKED },
			      blocked = { 327, 2, TICKET_BLOCKED };
	struct section_status again = { 327, 2, TICKET_VALID };
	struct gw_bundle said = whole(1);

	(void)state;
	newer.product_version = next.version = 2;
	said.statuses = &blocked;
	said.status_count = 1;
	assert_string_equal(load(gate, &said), "OK");
	assert_string_equal(gw_ask(gate, gw_code(&first), "redeem", gw_now), "ADMITTED");
	assert_string_equal(gw_ask(gate, gw_code(&second), "redeem", gw_now), "REVOKED");
	assert_string_equal(gw_ask(gate, gw_code(&newer), "redeem", gw_now), "UNKNOWN_PRODUCT");
	said = (struct gw_bundle){ .number = 2, .since = 1, .gate = &place };
	said.products = &next;
	said.product_count = 1;
	said.statuses = &revoked;
	said.status_count = 1;
	assert_string_equal(load(gate, &said), "OK");
	assert_string_equal(gw_ask(gate, gw_code(&first), "redeem", gw_now), "REVOKED");
	assert_string_equal(gw_ask(gate, gw_code(&second), "redeem", gw_now), "REVOKED");
	assert_string_equal(gw_ask(gate, gw_code(&newer), "redeem", gw_now), "ADMITTED");
	said = (struct gw_bundle){ .number = 3, .since = 2, .gate = &place };
	said.statuses = &again;
	said.status_count = 1;
	assert_string_equal(load(gate, &said), "OK");
	assert_string_equal(gw_ask(gate, gw_code(&first), "redeem", gw_now), "REVOKED");
	assert_string_equal(gw_ask(gate, gw_code(&second), "redeem", gw_now), "ADMITTED");
	/* A whole one takes the place of all that. */
	said = whole(4);
	assert_string_equal(load(gate, &said), "OK");
	assert_string_equal(gw_ask(gate, gw_code(&first), "redeem", gw_now), "ADMITTED");
	assert_string_equal(gw_ask(gate, gw_code(&newer), "redeem", gw_now), "UNKNOWN_PRODUCT");
	gw_close(gate);
}

static void a_newer_bundle_is_not_forgotten_with_the_program(void **state)
{
	struct hitotsu_gate *gate = open_shop("behind");
	struct ticket ticket = gw_ticket(1, 1);
	struct gw_bundle base = whole(5), delta = whole(9);

	(void)state;
	delta.since = 5;
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "redeem", gw_now), "NO_BUNDLE");
	assert_string_equal(load(gate, &base), "OK");
	assert_string_equal(load(gate, &delta), "OK");
	gw_close(gate);
	gate = open_shop("behind");
	assert_string_equal(load(gate, &delta), "DELTA_GAP");
	assert_string_equal(load(gate, &base), "BEHIND");
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "redeem", gw_now), "NO_BUNDLE");
	assert_string_equal(load(gate, &delta), "OK");
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "redeem", gw_now), "ADMITTED");
	gw_close(gate);
}

static void keys_come_with_bundles_and_go(void **state)
{
	struct hitotsu_gate *gate = open_shop("keys");
	struct gw_bundle said = whole(1);
	uint8_t key[HITOTSU_GATE_KEY_SIZE];
	struct slice bytes;

	(void)state;
	said.key_count = GW_KEYS;
	assert_string_equal(load(gate, &said), "OK");
	gw_close(gate);
	gate = open_shop("keys"); /* Set up with the first key alone, it knows the second. */
	said.number = 2;
	said.signer = GW_OTHER_BUNDLE_KEY;
	gw.ring.keys[GW_BUNDLE_KEY].revoked_s = 1;
	bytes = gw_bundle(&said);
	assert_true(hitotsu_gate_bundle_key(key, gate, bytes.data, bytes.size));
	assert_memory_equal(key, gw.ring.keys[GW_OTHER_BUNDLE_KEY].public_key, sizeof(key));
	assert_false(hitotsu_gate_bundle_key(key, gate, bytes.data, bytes.size - 1));
	assert_string_equal(load(gate, &said), "OK");
	gw.ring.keys[GW_BUNDLE_KEY].revoked_s = 0;
	said.number = 3;
	said.signer = GW_BUNDLE_KEY;
	assert_string_equal(load(gate, &said), "UNTRUSTED");
	gw_close(gate);
	gate = open_shop("keys"); /* Though it is set up with that key. */
	assert_string_equal(load(gate, &said), "UNTRUSTED");
	gw_close(gate);
}

static void a_bundle_that_grows_old_decides_and_says_so(void **state)
{
	struct hitotsu_gate *gate = open_shop("old");
	struct gw_bundle said = whole(1);
	struct ticket ticket = gw_ticket(1, 1);
	time_ms made = gw_now - MINUTE_MS;

	(void)state;
	said.expires_at_s = made / SECOND_MS + 30 * 3600;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", made + 24 * HOUR_MS),
			    "ADMITTED");
	assert_false(gw_answer.bundle_old || gw_answer.bundle_expired);
	assert_int_equal(gw_answer.bundle_number, 1);
	assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", made + 24 * HOUR_MS + 1),
			    "ADMITTED");
	assert_true(gw_answer.bundle_old && !gw_answer.bundle_expired);
	assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", made + 30 * HOUR_MS),
			    "ADMITTED");
	assert_true(gw_answer.bundle_old && gw_answer.bundle_expired);
	gw_close(gate);
}

/* --- codes --- */
static void a_code_is_believed_or_not(void **state)
{
	struct hitotsu_gate *gate = open_shop("codes");
	struct ticket ticket = gw_ticket(1, 1), phone = gw_phone_ticket(2, 1);
	struct gw_bundle said = whole(1);
	char code[GW_CODE_SIZE], bare[GW_CODE_SIZE], shown[GW_CODE_SIZE];

	(void)state;
	gw_load(gate, &said);
	strcpy(code, gw_code(&ticket));
	strcpy(bare, gw_code(&phone));
	strcpy(shown, gw_presented(&phone, gw_now));
	assert_string_equal(gw_ask(gate, code, "redeem", gw_now), "ADMITTED");
	assert_string_equal(gw_answer.product_id, "pass");
	assert_int_equal(strlen(gw_answer.ticket_id), 36);
	assert_string_equal(gw_answer.scan_id, "");
	assert_int_equal(gw_answer.uses_left, 2);
	assert_string_equal(gw_ask(gate, bare, "redeem", gw_now), "DEVICE_PROOF_MISSING");
	assert_string_equal(gw_ask(gate, shown, "redeem", gw_now), "ADMITTED");
	assert_string_equal(gw_ask(gate, shown, "redeem", gw_now + 46 * SECOND_MS),
			    "DEVICE_PROOF_STALE");
	assert_string_equal(gw_ask(gate, gw_presented(&phone, gw_now + 16 * SECOND_MS), "redeem",
				   gw_now),
			    "DEVICE_PROOF_STALE");
	assert_string_equal(gw_ask(gate, gw_presented(&phone, (time_ms)9e18), "redeem", gw_now),
			    "DEVICE_PROOF_STALE");
	sign_key_from_seed(&gw.phone, (const uint8_t *)"another phone's thirty-two bytes");
	assert_string_equal(gw_ask(gate, gw_presented(&phone, gw_now), "redeem", gw_now),
			    "DEVICE_PROOF_FORGED");
	sign_key_from_seed(&gw.phone, (const uint8_t *)"the phone's thirty-two byte seed");
	assert_string_equal(gw_ask(gate, "hello", "redeem", gw_now), "MALFORMED");
	assert_string_equal(gw_answer.ticket_id, "");
	assert_string_equal(gw_ask(gate, "KM1:", "redeem", gw_now), "MALFORMED");
	code[strlen(code) - 9] ^= code[strlen(code) - 9] == '0' ? 1 : '0' ^ code[strlen(code) - 9];
	assert_string_equal(gw_ask(gate, code, "redeem", gw_now), "FORGED");
	said.number = 2;
	said.key_count = 0;
	gw.ring.keys[GW_TICKET_KEY].revoked_s = 1;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, gw_code(&ticket), "redeem", gw_now), "UNKNOWN_KEY");
	gw.ring.keys[GW_TICKET_KEY].revoked_s = 0;
	gw_close(gate);
}

static void what_cannot_be_asked_is_no_scan(void **state)
{
	struct hitotsu_gate *gate = open_shop("asks");
	struct gw_bundle said = whole(1);
	struct hitotsu_gate_answer answer;
	struct ticket ticket = gw_ticket(1, 1);
	const char *code = gw_code(&ticket);
	char long_stop[STOP_ID_SIZE + 1];
	const struct {
		const char *status;
		struct hitotsu_gate_scan scan;
	} table[] = {
		{ "OK", { code, strlen(code), HITOTSU_GATE_REDEEM, gw_now, 0, NULL, NULL, false } },
		{ "OK", { code, strlen(code), HITOTSU_GATE_REDEEM, gw_now, 99, "", "", false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, gw_now, 100, NULL, NULL, false } },
		{ "BAD_SCAN", { code, 0, HITOTSU_GATE_REDEEM, gw_now, 1, NULL, NULL, false } },
		{ "BAD_SCAN", { NULL, 9, HITOTSU_GATE_REDEEM, gw_now, 1, NULL, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, 0, 1, NULL, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, INT64_MIN, 1, NULL, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, INT64_MAX, 1, NULL, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), (enum hitotsu_gate_kind)7, gw_now, 1, NULL, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, gw_now, 1, long_stop, NULL, false } },
		{ "BAD_SCAN",
		  { code, strlen(code), HITOTSU_GATE_REDEEM, gw_now, 1, NULL, "\n", false } },
		{ "WRONG_KIND",
		  { code, strlen(code), HITOTSU_GATE_ENTER, gw_now, 1, NULL, NULL, false } },
		{ "WRONG_KIND",
		  { code, strlen(code), HITOTSU_GATE_RELEASE, gw_now, 1, NULL, NULL, false } },
	};

	(void)state;
	memset(long_stop, 'x', sizeof(long_stop));
	long_stop[STOP_ID_SIZE] = '\0';
	gw_load(gate, &said);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		enum hitotsu_gate_status status = hitotsu_gate_ask(&answer, gate, &table[i].scan);

		if (strcmp(hitotsu_gate_status_name(status), table[i].status) != 0)
			fail_msg("line %zu: %s", i, hitotsu_gate_status_name(status));
		if (status != HITOTSU_GATE_OK)
			assert_int_equal(hitotsu_gate_decide(&answer, gate, &table[i].scan),
					 status);
	}
	assert_string_equal(gw_queue(gate), "");
	gw_close(gate);
}

static void one_proof_lets_one_party_in_once(void **state)
{
	struct hitotsu_gate *gate = open_shop("proofs");
	struct gw_bundle said = whole(1);
	struct ticket phone = gw_phone_ticket(1, 1);
	char shown[GW_CODE_SIZE];

	(void)state;
	gw_load(gate, &said);
	strcpy(shown, gw_presented(&phone, gw_now));
	assert_string_equal(gw_decide(gate, shown, "redeem", gw_now), "ADMITTED");
	assert_string_equal(gw_decide(gate, shown, "redeem", gw_now + 1000), "PASSED_BACK");
	gw_close(gate);
	gate = open_shop("proofs");
	gw_load(gate, &said);
	assert_string_equal(gw_decide(gate, shown, "redeem", gw_now + 2000), "PASSED_BACK");
	assert_string_equal(gw_decide(gate, gw_presented(&phone, gw_now + 15000), "redeem",
				      gw_now + 15000),
			    "ADMITTED");
	gw_close(gate);
}

static void a_train_is_entered_and_left(void **state)
{
	struct hitotsu_gate *gate = gw_open("rail");
	struct product timed = gw_product;
	struct gw_bundle said = whole(1);
	struct ticket ticket = gw_ticket(1, 1), late = gw_ticket(2, 1);

	(void)state;
	place = gw_gate("rail", MODE_rail);
	timed.stay_max_min = 10;
	said.products = &timed;
	gw_load(gate, &said);
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "exit", gw_now), "NO_ENTRY");
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "enter", gw_now), "ADMITTED");
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "enter", gw_now + 1),
			    "ALREADY_INSIDE");
	assert_string_equal(gw_decide(gate, gw_code(&ticket), "exit", gw_now + 2), "ADMITTED");
	assert_string_equal(gw_decide(gate, gw_code(&late), "enter", gw_now), "ADMITTED");
	assert_string_equal(gw_decide(gate, gw_code(&late), "exit", gw_now + 11 * MINUTE_MS),
			    "OVERSTAYED");
	gw_close(gate);
}

/* Who entered elsewhere: the gate cannot know, the server can. */
static void who_entered_elsewhere_is_let_out(void **state)
{
	static const struct {
		enum hitotsu_gate_kind kind;
		bool lets_out, admitted;
		const char *verdict, *told;
	} rows[] = {
		{ HITOTSU_GATE_EXIT, false, false, "NO_ENTRY", "\"verdict\":\"NO_ENTRY\"" },
		{ HITOTSU_GATE_EXIT, true, true, "NO_ENTRY", "\"verdict\":\"ADMITTED\"" },
		{ HITOTSU_GATE_RELEASE, true, true, "NO_ENTRY", "\"verdict\":\"ADMITTED\"" },
		{ HITOTSU_GATE_ENTER, true, true, "ADMITTED", "\"verdict\":\"ADMITTED\"" },
		{ HITOTSU_GATE_ENTER, true, false, "ALREADY_INSIDE",
		  "\"verdict\":\"ALREADY_INSIDE\"" },
	};
	struct hitotsu_gate *gate = gw_open("elsewhere");
	struct gw_bundle said = whole(1);
	struct ticket ticket = gw_ticket(1, 1);
	const char *code = gw_code(&ticket);

	(void)state;
	place = gw_gate("rail", MODE_rail);
	gw_load(gate, &said);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct hitotsu_gate_scan scan = { .code = code,
						  .code_size = strlen(code),
						  .kind = rows[i].kind,
						  .at_ms = gw_now + (time_ms)i,
						  .lets_out = rows[i].lets_out };
		struct hitotsu_gate_answer answer;

		assert_int_equal(hitotsu_gate_decide(&answer, gate, &scan), HITOTSU_GATE_OK);
		assert_string_equal(answer.verdict, rows[i].verdict);
		assert_int_equal(answer.admitted, rows[i].admitted);
		assert_non_null(strstr(gw_queue(gate), rows[i].told));
		assert_int_equal(hitotsu_gate_queue_done(gate, 1), HITOTSU_GATE_OK);
	}
	gw_close(gate);
}

/* --- places --- */
static struct service sailing(const char *id, uint16_t allotment, uint16_t taken)
{
	struct service service = { .operator_id = "op",
				   .mode = MODE_ferry,
				   .name_ja = "便",
				   .name_en = "sailing",
				   .departs_at = gw_now + HOUR_MS,
				   .allotment = allotment,
				   .taken = taken };

	strcpy(service.service_id, id);
	return service;
}

static const char *check_in(struct hitotsu_gate *gate, const struct ticket *ticket,
			    const char *service, time_ms at)
{
	const char *code = gw_code(ticket);
	struct hitotsu_gate_scan scan = { .code = code,
					  .code_size = strlen(code),
					  .kind = HITOTSU_GATE_CHECK_IN,
					  .at_ms = at,
					  .riders = ticket->riders,
					  .service = service };

	assert_int_equal(hitotsu_gate_decide(&gw_answer, gate, &scan), HITOTSU_GATE_OK);
	return gw_answer.verdict;
}

static void no_more_places_are_given_than_there_are(void **state)
{
	struct hitotsu_gate *gate = gw_open("pier");
	struct service boat = sailing("boat", 5, 1);
	struct gw_bundle said = whole(1);
	struct ticket two = gw_ticket(1, 2), one = gw_ticket(2, 1), held = gw_ticket(3, 2);
	struct booking booking = { .service_id = "boat", .ticket_id = held.id, .seats = 2 };

	(void)state;
	place = gw_gate("pier", MODE_ferry);
	said.services = &boat;
	said.service_count = 1;
	said.bookings = &booking;
	said.booking_count = 1;
	gw_load(gate, &said);
	assert_string_equal(check_in(gate, &two, "boat", gw_now), "ADMITTED");     /* 3 of 5 */
	assert_string_equal(check_in(gate, &two, "boat", gw_now + 1), "ADMITTED"); /* 5 of 5 */
	assert_string_equal(check_in(gate, &one, "boat", gw_now + 2), "FULL");
	gw_close(gate);
	gate = gw_open("pier");
	gw_load(gate, &said);
	assert_string_equal(check_in(gate, &one, "boat", gw_now + 3), "FULL");
	assert_string_equal(check_in(gate, &one, "ship", gw_now + 3), "WRONG_SERVICE");
	assert_string_equal(check_in(gate, &held, "boat", gw_now + 4),
			    "ADMITTED"); /* Has its place. */
	assert_string_equal(check_in(gate, &held, "boat", gw_now + 5), "USED_UP");
	/* Given back: the check-in stays, for it happened. */
	said.number = 2;
	booking.seats = 0;
	said.made_at_s = gw_now / SECOND_MS - 1;
	said.since = 1;
	gw_load(gate, &said);
	assert_string_equal(check_in(gate, &held, "boat", gw_now + 6), "USED_UP");
	/* The server has heard of all four: now its own count is the truth. */
	assert_int_equal(hitotsu_gate_queue_done(gate, 99), HITOTSU_GATE_OK);
	said = whole(3);
	boat = sailing("boat", 5, 4);
	said.services = &boat;
	said.service_count = 1;
	said.made_at_s = gw_now / SECOND_MS + 60;
	gw_load(gate, &said);
	assert_string_equal(check_in(gate, &one, "boat", gw_now + 90000), "ADMITTED");
	assert_string_equal(check_in(gate, &one, "boat", gw_now + 90001), "FULL");
	gw_close(gate);
}

static void a_boarding_pass_is_good_for_the_place_that_was_sold(void **state)
{
	static const char pass[] = "M1TRAVELLER/TEST      EABC123 FUKFUJOC 0075 328Y001A0001 100";
#define OURS   "ABC123 FUKFUJOC 0075 328Y001A0001 100"
#define OTHERS "ELSE01 FUKHNDNH 0101 328Y001A0001 100"
	static const char *const legs[] = {
		"M2TRAVELLER/TEST      E" OTHERS OURS,
		"M3TRAVELLER/TEST      E" OTHERS OTHERS OURS,
		"M4TRAVELLER/TEST      E" OTHERS OTHERS OTHERS OURS,
		"M4TRAVELLER/TEST      E" OTHERS OTHERS OTHERS OTHERS,
	};
	struct hitotsu_gate *gate = gw_open("counter");
	struct ticket ticket = gw_ticket(1, 1);
	struct service flight = sailing("oc75", 2, 2);
	struct booking booking = { .service_id = "oc75",
				   .ticket_id = ticket.id,
				   .seats = 1,
				   .product_number = 7,
				   .product_version = 1,
				   .status_list = 327,
				   .status_index = 1,
				   .sold_at = gw_now - HOUR_MS,
				   .not_before = gw_now - HOUR_MS,
				   .not_after = gw_now + 5 * DAY_MS };
	struct section_status revoked = { 327, 1, TICKET_REVOKED };
	struct gw_bundle said = whole(1);

	(void)state;
	place = gw_gate("counter", MODE_air);
	flight.mode = MODE_air;
	coupon_digest(booking.coupon, "OC", "75", day_at(gw_now), "ABC123");
	said.services = &flight;
	said.service_count = 1;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, pass, "check_in", gw_now), "NO_RESERVATION");
	said.number = 2;
	said.bookings = &booking;
	said.booking_count = 1;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, pass, "check_in", gw_now + DAY_MS), "WRONG_SERVICE");
	for (size_t i = 0; i < COUNT_OF(legs); i++)
		assert_string_equal(gw_ask(gate, legs[i], "check_in", gw_now),
				    i < 3 ? "ADMITTED" : "NO_RESERVATION");
	assert_string_equal(gw_decide(gate, pass, "check_in", gw_now), "ADMITTED");
	assert_int_equal(strlen(gw_answer.ticket_id), 36);
	assert_string_equal(gw_decide(gate, pass, "check_in", gw_now + 1), "USED_UP");
	assert_string_equal(check_in(gate, &ticket, "oc75", gw_now + 2), "USED_UP");
	said.number = 3;
	said.statuses = &revoked;
	said.status_count = 1;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, pass, "check_in", gw_now + 3), "REVOKED");
	said.number = 4;
	said.product_count = 0;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, pass, "check_in", gw_now + 3), "UNKNOWN_PRODUCT");
	gw_close(gate);
	gate = open_shop("no-airport");
	said = whole(1);
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, pass, "redeem", gw_now), "MALFORMED");
	gw_close(gate);
}

/* A ticket of five days; told by the next bundle, and gone with the one after. */
static void validity_is_as_long_as_the_bundle_says(void **state)
{
	struct hitotsu_gate *gate = open_shop("storm");
	struct ticket ticket = gw_ticket(1, 1), other = gw_ticket(2, 1);
	time_ms end = (ticket.exp_s + 1) * SECOND_MS;
	struct extension storm = { .product_number = 7,
				   .from = end - DAY_MS,
				   .until = end + DAY_MS,
				   .valid_until = end + 2 * DAY_MS };
	struct extension own = { .ticket_id = ticket.id, .valid_until = end + 3 * DAY_MS };
	struct extension too_many[SECTION_OVERRIDE_COUNT_MAX + 1] = { own };
	struct gw_bundle said = whole(1);
	char code[GW_CODE_SIZE];

	(void)state;
	strcpy(code, gw_code(&ticket));
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, code, "redeem", end - 1), "ADMITTED");
	assert_string_equal(gw_ask(gate, code, "redeem", end), "EXPIRED");
	said = whole(2);
	said.since = 1;
	said.extensions = &storm;
	said.extension_count = 1;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, code, "redeem", storm.valid_until), "ADMITTED");
	assert_string_equal(gw_ask(gate, code, "redeem", storm.valid_until + 1), "EXPIRED");
	said.number = 3;
	said.extensions = &own;
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, code, "redeem", own.valid_until), "ADMITTED");
	assert_string_equal(gw_ask(gate, gw_code(&other), "redeem", end), "EXPIRED");
	for (size_t i = 1; i < COUNT_OF(too_many); i++)
		too_many[i] = own;
	said.number = 4;
	said.extensions = too_many;
	said.extension_count = COUNT_OF(too_many);
	assert_string_equal(load(gate, &said), "FULL");
	assert_string_equal(hitotsu_gate_detail(gate), "overrides");
	said.extension_count--;
	gw_load(gate, &said);
	said = whole(5);
	gw_load(gate, &said);
	assert_string_equal(gw_ask(gate, code, "redeem", end), "EXPIRED");
	gw_close(gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bundle_is_taken_or_says_why_not),
		cmocka_unit_test(what_does_not_fit_is_named),
		cmocka_unit_test(bytes_cut_or_changed_anywhere_are_refused),
		cmocka_unit_test(a_delta_is_laid_over_what_is_held),
		cmocka_unit_test(a_newer_bundle_is_not_forgotten_with_the_program),
		cmocka_unit_test(keys_come_with_bundles_and_go),
		cmocka_unit_test(a_bundle_that_grows_old_decides_and_says_so),
		cmocka_unit_test(a_code_is_believed_or_not),
		cmocka_unit_test(what_cannot_be_asked_is_no_scan),
		cmocka_unit_test(one_proof_lets_one_party_in_once),
		cmocka_unit_test(a_train_is_entered_and_left),
		cmocka_unit_test(who_entered_elsewhere_is_let_out),
		cmocka_unit_test(no_more_places_are_given_than_there_are),
		cmocka_unit_test(a_boarding_pass_is_good_for_the_place_that_was_sold),
		cmocka_unit_test(validity_is_as_long_as_the_bundle_says),
	};

	return cmocka_run_group_tests(tests, gw_make, gw_remove);
}
