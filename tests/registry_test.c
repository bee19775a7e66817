/* tests/registry_test.c - agreements by the day, operators that contradict themselves, and what is
 * said of them outside. Without it an operator could be counted on the day after it left.
 */
#include "core/date.h"
#include "core/shape.h"
#include "operators/registry.h"
#include "tests/shape_pass.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static void an_agreement_is_in_force_from_joining_until_before_leaving(void **state)
{
	static const struct {
		day_t joined, left, day;
		bool in_force;
	} table[] = {
		{ 100, 0, 99, false },  { 100, 0, 100, true },	  { 100, 0, 5000, true },
		{ 100, 200, 99, false }, { 100, 200, 100, true }, { 100, 200, 199, true },
		{ 100, 200, 200, false }, { 100, 200, 201, false }, { 0, 0, 100, false },
		{ 1, 0, 1, true },	{ 1, 0, 0, false },	  { 100, 101, 100, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct operator operator = { .joined = table[i].joined, .left = table[i].left };

		assert_int_equal(operator_in_force(&operator, table[i].day), table[i].in_force);
	}
}

static void an_operator_that_contradicts_itself_is_told_where(void **state)
{
	enum { RAIL = MODE_BIT(MODE_rail), AIR = MODE_BIT(MODE_air), BATH = MODE_BIT(MODE_venue) };
	static const struct {
		const char *pointer; /* NULL: it is sound. */
		struct operator operator;
	} table[] = {
		{ NULL, { .modes = RAIL, .prefectures = 1, .in_scope = true } },
		{ NULL, { .modes = AIR, .prefectures = 64, .in_scope = true, .joined = 100 } },
		{ NULL, { .modes = RAIL | BATH, .prefectures = 1, .in_scope = true } },
		{ NULL, { .modes = BATH, .joined = 100, .left = 101 } },
		{ NULL, { .modes = RAIL, .corporate_number = "3000020401307" } },
		{ "/corporate_number", { .modes = RAIL, .corporate_number = "4000020401307" } },
		{ "/corporate_number", { .modes = RAIL, .corporate_number = "300002040130" } },
		{ "/corporate_number", { .modes = RAIL, .corporate_number = "3" } },
		{ "/modes", { .prefectures = 1 } },
		{ "/in_scope", { .modes = BATH, .prefectures = 1, .in_scope = true } },
		{ "/prefectures", { .modes = RAIL, .in_scope = true } },
		{ "/left", { .modes = RAIL, .left = 100 } },
		{ "/left", { .modes = RAIL, .joined = 100, .left = 100 } },
		{ "/left", { .modes = RAIL, .joined = 100, .left = 99 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct product_fault fault = { NULL, NULL };

		assert_int_equal(operator_check(&table[i].operator, &fault),
				 table[i].pointer == NULL);
		if (table[i].pointer == NULL)
			continue;
		assert_string_equal(fault.pointer, table[i].pointer);
		assert_true(text_size(fault.what) > 0);
	}
}

static void prefectures_are_the_seven_of_kyushu(void **state)
{
	(void)state;
	assert_string_equal(prefecture_names[0], "40");
	assert_string_equal(prefecture_names[PREFECTURE_COUNT - 1], "46");
	assert_null(prefecture_names[PREFECTURE_COUNT]);
}

static const char operator_body[] =
	"{\"operator_id\":\"fukuoka-city-ferry\",\"name_ja\":\"福岡市営渡船\","
	"\"name_en\":\"Fukuoka City Ferry\",\"modes\":[\"ferry\"],\"prefectures\":[\"40\"],"
	"\"corporate_number\":\"3000020401307\",\"bureau\":\"市営渡船\",\"in_scope\":true,"
	"\"joined\":\"2026-04-01\",\"feed\":\"fukuoka-ferry\",\"base_fare_yen\":340}";

static void an_operator_is_read_kept_and_said(void **state)
{
	struct operator operator, again;
	struct shape_error error;
	uint8_t bytes[TEXT_SIZE];

	(void)state;
	assert_true(shaped_read(&operator, &error, &operator_shape, slice_text(operator_body)));
	assert_int_equal(operator.modes, MODE_BIT(MODE_ferry));
	assert_int_equal(operator.prefectures, 1);
	assert_int_equal(operator.joined, day_of_civil((struct civil){ 2026, 4, 1 }));
	assert_int_equal(operator.base_fare_yen, 340);
	operator.version = 7;
	operator.left = operator.joined + 365;
	assert_true(shape_from_cbor(&again, &operator_shape,
				    shaped_record(bytes, &operator_shape, &operator)));
	assert_memory_equal(&again, &operator, sizeof(operator));
	assert_string_equal(
		shaped_answer(&operator_shape, &again),
		"{\"operator_id\":\"fukuoka-city-ferry\",\"name_ja\":\"福岡市営渡船\","
		"\"name_en\":\"Fukuoka City Ferry\",\"modes\":[\"ferry\"],\"prefectures\":[\"40\"],"
		"\"corporate_number\":\"3000020401307\",\"bureau\":\"市営渡船\",\"in_scope\":true,"
		"\"joined\":\"2026-04-01\",\"left\":\"2027-04-01\",\"feed\":\"fukuoka-ferry\","
		"\"base_fare_yen\":340,\"version\":7}");
}

static void a_gate_is_read_kept_and_said(void **state)
{
	static const char body[] =
		"{\"gate_id\":\"meinohama-1\",\"operator_id\":\"fukuoka-city-ferry\","
		"\"mode\":\"ferry\",\"name\":\"姪浜\",\"stop\":\"1_1\","
		"\"zone\":\"sea\",\"route\":\"10\",\"reverse\":true}";
	struct gate gate, again;
	struct shape_error error;
	uint8_t bytes[TEXT_SIZE];

	(void)state;
	assert_true(shaped_read(&gate, &error, &gate_shape, slice_text(body)));
	assert_int_equal(gate.mode, MODE_ferry);
	assert_true(shape_from_cbor(&again, &gate_shape, shaped_record(bytes, &gate_shape, &gate)));
	assert_memory_equal(&again, &gate, sizeof(gate));
	assert_string_equal(shaped_answer(&gate_shape, &again), body);
}

/* Either way round it is one junction, and each side keeps its stop. */
static void a_junction_is_one_whoever_is_named_first(void **state)
{
	static const char *const bodies[] = {
		"{\"operator_a\":\"subway\",\"stop_a\":\"K01\",\"operator_b\":\"jr\","
		"\"stop_b\":\"meinohama\",\"name\":\"姪浜\"}",
		"{\"operator_a\":\"jr\",\"stop_a\":\"meinohama\",\"operator_b\":\"subway\","
		"\"stop_b\":\"K01\",\"name\":\"姪浜\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct shape_error error;
		struct junction junction, again;
		uint8_t bytes[TEXT_SIZE];

		assert_true(
			shaped_read(&junction, &error, &junction_shape, slice_text(bodies[i])));
		assert_string_equal(junction_stop(&junction, "subway"), "K01");
		assert_string_equal(junction_stop(&junction, "jr"), "meinohama");
		junction_order(&junction);
		assert_string_equal(shaped_answer(&junction_shape, &junction), bodies[1]);
		assert_true(shape_from_cbor(&again, &junction_shape,
					    shaped_record(bytes, &junction_shape, &junction)));
		assert_memory_equal(&again, &junction, sizeof(junction));
	}
}

static void a_body_says_what_it_may(void **state)
{
	static const struct {
		const struct shape *shape;
		const char *body, *code, *pointer;
	} table[] = {
		{ &operator_shape, "{}", "MISSING_FIELD", "/operator_id" },
		{ &operator_shape,
		  "{\"operator_id\":\"a\",\"name_ja\":\"a\",\"name_en\":\"a\",\"modes\":[],"
		  "\"version\":1}",
		  "UNKNOWN_FIELD", "/version" },
		{ &operator_shape,
		  "{\"operator_id\":\"a\",\"name_ja\":\"a\",\"name_en\":\"a\",\"modes\":[],"
		  "\"prefectures\":[\"13\"]}",
		  "BAD_FORMAT", "/prefectures/0" },
		{ &operator_shape,
		  "{\"operator_id\":\"a\",\"name_ja\":\"a\",\"name_en\":\"a\",\"modes\":[],"
		  "\"base_fare_yen\":-1}",
		  "OUT_OF_RANGE", "/base_fare_yen" },
		{ &gate_shape, "{\"gate_id\":\"a\",\"operator_id\":\"a\",\"mode\":\"boat\"}",
		  "BAD_FORMAT", "/mode" },
		{ &gate_shape, "{\"gate_id\":\"a\",\"operator_id\":\"a\",\"mode\":\"bus\"}",
		  "MISSING_FIELD", "/name" },
	};
	union {
		struct operator operator;
		struct gate gate;
	} out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct shape_error error;

		assert_false(shaped_read(&out, &error, table[i].shape, slice_text(table[i].body)));
		assert_string_equal(error.code, table[i].code);
		assert_string_equal(error.pointer, table[i].pointer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agreement_is_in_force_from_joining_until_before_leaving),
		cmocka_unit_test(an_operator_that_contradicts_itself_is_told_where),
		cmocka_unit_test(prefectures_are_the_seven_of_kyushu),
		cmocka_unit_test(an_operator_is_read_kept_and_said),
		cmocka_unit_test(a_gate_is_read_kept_and_said),
		cmocka_unit_test(a_junction_is_one_whoever_is_named_first),
		cmocka_unit_test(a_body_says_what_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
