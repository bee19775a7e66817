/* tests/fact_test.c - what the log holds can be read for ever: every fact comes back as it went,
 * and its bytes never drift. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/cbor.h"
#include "core/seal.h"
#include "fares/fact.h"
#include "tests/flow_world.h"
#include "tests/shape_pass.h"
#include "tests/when.h"

#define COMMAND                                                                                    \
	{                                                                                          \
		{                                                                                  \
			0x01, 0x9a, 0xb8, 0xa6, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01        \
		}                                                                                  \
	}
#define TICKET                                                                                     \
	{                                                                                          \
		{                                                                                  \
			0x01, 0x9a, 0xb8, 0xa6, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xaa        \
		}                                                                                  \
	}
#define AT ((time_ms)1795508330123) /* 2026-11-24T17:18:50.123+09:00 */

static const struct fact facts[] = {
	{ .type = FACT_sold,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .product_number = 3,
	  .product_version = 2,
	  .partner_id = "nanoka",
	  .category = "adult",
	  .riders = 2,
	  .yen_amount = 20000,
	  .not_after = 1798048799999,
	  .n = 1 },
	{ .type = FACT_refunded,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .product_number = 65535,
	  .product_version = 65535,
	  .partner_id = "nanoka",
	  .riders = 9,
	  .yen_amount = 19780,
	  .fee_yen = 220,
	  .fee_to = TO_PARTNER,
	  .n = 4294967295 },
	{ .type = FACT_reserved,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .operator_id = "orc",
	  .service = "oc75-1125",
	  .mode = MODE_air,
	  .riders = 1,
	  .n = 2 },
	{ .type = FACT_scanned,
	  .at = 1795563000000,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .product_number = 3,
	  .product_version = 2,
	  .riders = 2,
	  .operator_id = "sakurajima-ferry",
	  .gate_id = "pier-1",
	  .mode = MODE_ferry,
	  .kind = "check_in",
	  .verdict = "ADMITTED",
	  .stop = "kagoshima-port",
	  .service = "s1125-0900",
	  .deemed_fare_yen = 500,
	  .boarding = true,
	  .over_at = 1795715999999,
	  .n = 2 },
	{ .type = FACT_product_published,
	  .at = AT,
	  .id = COMMAND,
	  .product_number = 1,
	  .product_version = 1 },
	{ .type = FACT_rule_published,
	  .at = AT,
	  .id = COMMAND,
	  .rule_id = "by-fare",
	  .rule_version = 7 },
	{ .type = FACT_operator_changed,
	  .at = AT,
	  .id = COMMAND,
	  .operator_id = "fukuoka-city-subway",
	  .modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_venue),
	  .prefectures = 0x7f,
	  .corporate_number = "3000020401307",
	  .bureau = "九州運輸局",
	  .in_scope = true,
	  .joined = 20781,
	  .left = 21145 },
	{ .type = FACT_partner_registered, .at = AT, .id = COMMAND, .partner_id = "nanoka" },
	{ .type = FACT_feed_imported, .at = AT, .id = COMMAND, .operator_id = "miyako" },
	{ .type = FACT_day_closed, .at = AT, .id = COMMAND, .day = 20781 },
	{ .type = FACT_period_closed, .at = AT, .id = COMMAND, .day = 20758 },
	{ .type = FACT_contest_changed,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .operator_id = "miyako",
	  .verdict = "USED_UP",
	  .changed_id = TICKET,
	  .contested = true,
	  .n = 3 },
	{ .type = FACT_passengers_listed,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .operator_id = "sakurajima-ferry",
	  .service = "s1125-0900",
	  .mode = MODE_ferry,
	  .list_id = COMMAND,
	  .digest = { 1, 2, 3 },
	  .count = 18 },
	{ .type = FACT_erased_passengers, .at = AT, .id = COMMAND, .day = 21145, .count = 4711 },
	{ .type = FACT_flown,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .operator_id = "orc",
	  .service = "oc75-1125",
	  .mode = MODE_air,
	  .kind = "flown",
	  .riders = 2,
	  .boarding = true,
	  .deemed_fare_yen = 18000,
	  .over_at = 1795715999999,
	  .n = 3,
	  .coupon = { 0, 9 } },
	{ .type = FACT_outage_declared,
	  .at = AT,
	  .id = COMMAND,
	  .operator_id = "miyako",
	  .from = 1795563000000,
	  .until = 1795715999999 },
	{ .type = FACT_validity_extended,
	  .at = AT,
	  .id = COMMAND,
	  .ticket_id = TICKET,
	  .product_number = 3,
	  .product_version = 2,
	  .valid_until = 1795715999999,
	  .over_at = 1795715999999,
	  .n = 4 },
	{ .type = FACT_remitted,
	  .at = AT,
	  .id = COMMAND,
	  .partner_id = "nanoka",
	  .yen_amount = 980000,
	  .reference = "20261125-00012",
	  .day = 20782 },
	{ .type = FACT_credit_limited,
	  .at = AT,
	  .id = COMMAND,
	  .partner_id = "nanoka",
	  .limit_yen = -1 },
	{ .type = FACT_claimed,
	  .at = AT,
	  .id = COMMAND,
	  .operator_id = "miyako",
	  .other_id = "sakurajima-ferry",
	  .yen_amount = 300,
	  .day = 20781,
	  .note = "代わりに運んだ" },
	{ .type = FACT_loss_funded,
	  .at = AT,
	  .id = COMMAND,
	  .yen_amount = 640,
	  .note = "resolution 7" },
	{ .type = FACT_line_moved,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .operator_id = "miyako",
	  .line = "miyako.0001.0002.2026-11.0003.0",
	  .move = "decide",
	  .by = "council",
	  .note = "two rides were found",
	  .signed_yen = -120,
	  .other_id = "sakurajima-ferry" },
	{ .type = FACT_counted,
	  .at = AT,
	  .id = COMMAND,
	  .operator_id = "miyako",
	  .day = 20758,
	  .count = 62,
	  .digest = { 4, 5, 6 } },
	{ .type = FACT_declared,
	  .at = AT,
	  .id = COMMAND,
	  .operator_id = "miyako",
	  .day = 20758,
	  .boardings = 4711,
	  .distance_m = 12,
	  .through_distance_m = 34,
	  .run_off = 20999 },
	{ .type = FACT_payout_made,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .count = 71,
	  .yen_amount = 123456789,
	  .pay_on = 20822 },
	{ .type = FACT_payout_invoiced,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .payee_id = "miyako-bus",
	  .count = 72,
	  .yen_amount = 4028 },
	{ .type = FACT_payout_sent,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .count = 71,
	  .yen_amount = 123456789,
	  .pay_on = 20822 },
	{ .type = FACT_payout_paid,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .payee_id = "miyako-bus",
	  .count = 2,
	  .yen_amount = 1140 },
	{ .type = FACT_payout_returned,
	  .at = AT,
	  .id = COMMAND,
	  .day = 20758,
	  .payee_id = "miyako-bus",
	  .count = 2,
	  .yen_amount = 1140,
	  .note = "no such account" },
};

static void test_every_fact_comes_back(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(facts), FACT_TYPE_COUNT);
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		static uint8_t bytes[TEXT_SIZE], again[TEXT_SIZE];
		struct slice event = shaped_record(bytes, &fact_shape, &facts[i]);
		struct fact read;

		assert_int_equal(facts[i].type, i);
		assert_true(fact_read(&read, event));
		assert_memory_equal(&read, &facts[i], sizeof(read));
		assert_true(slice_equal(shaped_record(again, &fact_shape, &read), event));
	}
}

/* Stored by place: a name that moves would turn a sale into something else. */
static void test_types_keep_their_places(void **state)
{
	static const char *const names[] = {
		"sold",
		"refunded",
		"reserved",
		"scanned",
		"product_published",
		"rule_published",
		"operator_changed",
		"partner_registered",
		"feed_imported",
		"day_closed",
		"period_closed",
		"contest_changed",
		"passengers_listed",
		"erased_passengers",
		"flown",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_string_equal(fact_type_names[i], names[i]);
	assert_null(fact_type_names[FACT_TYPE_COUNT]);
}

/* Worked out by hand from core/shape.h: a map by tag, in order, without what is empty. A log of
 * years stands on these bytes; should this fail, mend the code and not the test. */
static const struct golden {
	const char *key, *value, *member;
} sold[] = {
	{ "ab", "", "eleven pairs; type 0 is not said" },
	{ "02", "1b000001a20ca2de8b", "at" },
	{ "03", "50019ab8a6000070008000000000000001", "id" },
	{ "04", "50019ab8a60000700080000000000000aa", "ticket_id" },
	{ "05", "03", "product_number" },
	{ "06", "02", "product_version" },
	{ "07", "666e616e6f6b61", "partner_id" },
	{ "08", "656164756c74", "category" },
	{ "09", "02", "riders" },
	{ "0a", "194e20", "yen_amount" },
	{ "0d", "1b000001a2a40f5cff", "not_after" },
	{ "1818", "01", "n" },
}, scanned[] = {
	{ "b2", "", "eighteen pairs" },
	{ "01", "03", "type" },
	{ "02", "1b000001a20fe510c0", "at" },
	{ "03", "50019ab8a6000070008000000000000001", "id" },
	{ "04", "50019ab8a60000700080000000000000aa", "ticket_id" },
	{ "05", "03", "product_number" },
	{ "06", "02", "product_version" },
	{ "09", "02", "riders" },
	{ "0e", "7073616b7572616a696d612d6665727279", "operator_id" },
	{ "0f", "66706965722d31", "gate_id" },
	{ "10", "02", "mode" },
	{ "11", "68636865636b5f696e", "kind" },
	{ "12", "6841444d4954544544", "verdict" },
	{ "13", "6e6b61676f7368696d612d706f7274", "stop" },
	{ "14", "6a73313132352d30393030", "service" },
	{ "15", "1901f4", "deemed_fare_yen" },
	{ "16", "f5", "boarding" },
	{ "17", "1b000001a21903a8ff", "over_at" },
	{ "1818", "02", "n" },
};

static void same_bytes(const struct fact *fact, const struct golden *rows, size_t count)
{
	static uint8_t bytes[TEXT_SIZE];
	static char text[2 * TEXT_SIZE + 1];
	const char *at = text;

	hex_encode(text, sizeof(text), shaped_record(bytes, &fact_shape, fact));
	for (size_t i = 0; i < count; i++) {
		size_t key = strlen(rows[i].key), value = strlen(rows[i].value);

		if (strncmp(at, rows[i].key, key) != 0 ||
		    strncmp(at + key, rows[i].value, value) != 0)
			fail_msg("%s: %.60s", rows[i].member, at);
		at += key + value;
	}
	assert_string_equal(at, "");
}

static void test_golden(void **state)
{
	(void)state;
	same_bytes(&facts[FACT_sold], sold, COUNT_OF(sold));
	same_bytes(&facts[FACT_scanned], scanned, COUNT_OF(scanned));
}

/* Says everything, each text to its last byte. */
static struct fact fullest(void)
{
	struct fact f = {
		.type = FACT_period_closed,
		.at = AT,
		.id = COMMAND,
		.ticket_id = TICKET,
		.product_number = 65535,
		.product_version = 65535,
		.riders = 255,
		.yen_amount = JSON_INT_MAX,
		.fee_yen = JSON_INT_MAX,
		.fee_to = TO_PARTNER,
		.not_after = AT,
		.mode = MODE_venue,
		.deemed_fare_yen = JSON_INT_MAX,
		.boarding = true,
		.over_at = AT,
		.n = UINT32_MAX,
		.rule_version = 65535,
		.modes = 0x1f,
		.prefectures = 0x7f,
		.in_scope = true,
		.joined = on("9999-12-31"),
		.left = on("9999-12-31"),
		.day = on("9999-12-31"),
	};

#define FILL(text) memset(f.text, 'x', sizeof(f.text) - 1)
	FILL(partner_id), FILL(category), FILL(operator_id), FILL(gate_id), FILL(kind);
	FILL(verdict), FILL(stop), FILL(service), FILL(rule_id), FILL(corporate_number);
	FILL(bureau);
#undef FILL
	return f;
}

static void test_fullest(void **state)
{
	enum { FIELDS = 34 };
	static uint8_t bytes[TEXT_SIZE];
	const struct fact full = fullest();
	struct slice event = shaped_record(bytes, &fact_shape, &full);
	struct reader r = { .rest = event };
	struct cbor_item map = cbor_next(&r);
	struct slice last = { 0 }, value;
	struct fact read;
	int64_t key;

	(void)state;
	assert_int_equal(map.kind, CBOR_MAP);
	assert_int_equal(map.count, FIELDS);
	for (int64_t tag = 1; tag <= FIELDS; tag++) {
		assert_true(cbor_map_key(&r, &last, &key));
		assert_int_equal(key, tag);
		assert_true(cbor_skip(&r, &value));
	}
	assert_int_equal(r.rest.size, 0);
	assert_true(fact_read(&read, event));
	assert_memory_equal(&read, &full, sizeof(read));
}

/* What lies behind a text's end is nobody's: it neither enters the log nor changes its bytes. */
static void test_bytes_are_the_facts_alone(void **state)
{
	static uint8_t clean[TEXT_SIZE], dirty[TEXT_SIZE];
	struct fact fact;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		fact = facts[i];
		for (size_t k = strlen(fact.partner_id) + 1; k < sizeof(fact.partner_id); k++)
			fact.partner_id[k] = 'X';
		for (size_t k = strlen(fact.stop) + 1; k < sizeof(fact.stop); k++)
			fact.stop[k] = 'X';
		assert_true(slice_equal(shaped_record(dirty, &fact_shape, &fact),
					shaped_record(clean, &fact_shape, &facts[i])));
	}
}

static void test_broken_is_refused(void **state)
{
	static uint8_t bytes[TEXT_SIZE];
	struct fact read;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		struct slice event = shaped_record(bytes, &fact_shape, &facts[i]);

		for (size_t size = 0; size < event.size; size++)
			assert_false(fact_read(&read, slice_of(event.data, size)));
		bytes[event.size] = 0;
		assert_false(fact_read(&read, slice_of(event.data, event.size + 1)));
	}
}

/* --- Filed by a command --- */

struct room {
	const struct fact *fact;
	time_ms after, filed_at;
	struct id128 id;
};

static bool nothing(struct call *call)
{
	(void)call;
	return true;
}

static void file(struct call *call)
{
	struct room *room = call->room;

	room->id = call->id;
	room->filed_at = fact_file(call, room->fact, room->after);
}

static void answer(struct call *call)
{
	struct json_out json;

	call_reply_json(call, 201, &json);
	json_object(&json, NULL);
	json_object_end(&json);
}

static const struct flow_op op = { "file", 0, 0, nothing, nothing, nothing, file, answer };

static void test_filed(void **state)
{
	static const struct {
		time_ms after, filed_at;
	} rows[] = {
		{ 0, WORLD_START },
		{ WORLD_START - 5000, WORLD_START },
		{ WORLD_START + 4000, WORLD_START + 4000 }, /* Behind its ticket's last event. */
	};
	const struct fact full = fullest();
	struct world world;

	(void)state;
	world_open(&world, 11, 4, 30);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct room room = { .fact = i == 0 ? &full : &facts[i], .after = rows[i].after };
		const char name[] = { '"', 'k', (char)('0' + i), '"' };
		struct asked asked = {
			.start = { .op = &op, .room = &room, .naming = FLOW_BY_KEY },
			.request = { .idempotency_key = slice_of(name, sizeof(name)) },
		};
		char key[SEAL_KEY_TEXT_SIZE];
		struct slice event;
		struct fact read;

		world_ask(&world, &asked);
		assert_int_equal(asked.status, 201);
		assert_int_equal(room.filed_at, rows[i].filed_at);
		seal_event_key(key, room.filed_at / 1000, room.id, 0);
		event = world_get(&world, key);
		assert_true(event.size > SEAL_SALT_SIZE);
		assert_true(fact_read(&read, slice_of(event.data + SEAL_SALT_SIZE,
						      event.size - SEAL_SALT_SIZE)));
		assert_memory_equal(&read, room.fact, sizeof(read));
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fact_comes_back),
		cmocka_unit_test(test_types_keep_their_places),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_fullest),
		cmocka_unit_test(test_bytes_are_the_facts_alone),
		cmocka_unit_test(test_broken_is_refused),
		cmocka_unit_test(test_filed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
