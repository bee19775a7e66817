/* tests/rider_test.c - the categories that a store begins with are sound. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fares/rider.h"
#include "qr/ticket.h"
#include "tests/shape_pass.h"

enum { AGE_MOST = 120 };

static void test_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < RIDER_SEED_COUNT; i++) {
		const struct rider_category *seed = &rider_seed[i];
		const char *body = shaped_answer(&rider_category_shape, seed);
		struct rider_category again;
		struct shape_error error;
		uint8_t bytes[TEXT_SIZE];

		if (!shaped_read(&again, &error, &rider_category_shape, slice_text(body)))
			fail_msg("%s: %s: %s", seed->category, error.pointer, error.detail);
		assert_memory_equal(&again, seed, sizeof(again));
		assert_true(shape_from_cbor(&again, &rider_category_shape,
					    shaped_record(bytes, &rider_category_shape, seed)));
		assert_memory_equal(&again, seed, sizeof(again));
	}
}

static void test_each_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < RIDER_SEED_COUNT; i++) {
		const struct rider_category *seed = &rider_seed[i];

		assert_true(subject_is_valid(slice_text(seed->category)));
		assert_true(seed->name_ja[0] != '\0' && seed->name_en[0] != '\0');
		assert_true(seed->age_from <= seed->age_until && seed->age_until <= AGE_MOST);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(seed->category, rider_seed[k].category);
			assert_string_not_equal(seed->name_ja, rider_seed[k].name_ja);
			assert_string_not_equal(seed->name_en, rider_seed[k].name_en);
		}
	}
}

/* Everybody has one category by age alone; the rest are reliefs that one may ask for. */
static void test_ages(void **state)
{
	static const struct {
		unsigned from, until;
		const char *category;
		enum fare_class fare_class;
	} rows[] = {
		{ 0, 0, "baby", FARE_OTHER },           { 1, 5, "infant", FARE_OTHER },
		{ 6, 11, "child", FARE_HALF },          { 12, AGE_MOST, "adult", FARE_FULL },
		{ 65, AGE_MOST, "senior", FARE_OTHER }, { 0, AGE_MOST, "concession", FARE_OTHER },
		{ 0, AGE_MOST, "carer", FARE_OTHER },
	};
	unsigned age = 0;

	(void)state;
	assert_int_equal(COUNT_OF(rows), RIDER_SEED_COUNT);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct rider_category *seed = rider_seed;

		while (!text_equal(seed->category, rows[i].category)) {
			seed++;
			assert_true(seed < rider_seed + RIDER_SEED_COUNT);
		}
		assert_int_equal(seed->age_from, rows[i].from);
		assert_int_equal(seed->age_until, rows[i].until);
		assert_int_equal(seed->fare_class, rows[i].fare_class);
		if (i < 4) { /* No age between two of them, and none in both. */
			assert_int_equal(seed->age_from, age);
			age = seed->age_until + 1u;
		}
	}
	assert_int_equal(age, AGE_MOST + 1);
}

static void test_fare_classes(void **state)
{
	(void)state;
	assert_string_equal(fare_class_names[FARE_FULL], "full");
	assert_string_equal(fare_class_names[FARE_HALF], "half");
	assert_string_equal(fare_class_names[FARE_OTHER], "other");
	assert_null(fare_class_names[FARE_OTHER + 1]);
}

static void test_refused_bodies(void **state)
{
	static const struct {
		const char *body, *pointer;
	} rows[] = {
#define NAMES "\"name_ja\":\"大人\",\"name_en\":\"Adult\""
		{ "{\"category\":\"A\"," NAMES ",\"age_until\":1,\"fare_class\":\"full\"}",
		  "/category" },
		{ "{\"category\":\"a\"," NAMES ",\"age_until\":121,\"fare_class\":\"full\"}",
		  "/age_until" },
		{ "{\"category\":\"a\"," NAMES ",\"age_until\":-1,\"fare_class\":\"full\"}",
		  "/age_until" },
		{ "{\"category\":\"a\"," NAMES ",\"fare_class\":\"full\"}", "/age_until" },
		{ "{\"category\":\"a\"," NAMES ",\"age_until\":1,\"fare_class\":\"third\"}",
		  "/fare_class" },
		{ "{\"category\":\"a\",\"name_ja\":\"\",\"name_en\":\"A\",\"age_until\":1,"
		  "\"fare_class\":\"full\"}",
		  "/name_ja" },
#undef NAMES
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rider_category category;
		struct shape_error error;

		assert_false(shaped_read(&category, &error, &rider_category_shape,
					 slice_text(rows[i].body)));
		assert_string_equal(error.pointer, rows[i].pointer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),    cmocka_unit_test(test_each_is_sound),
		cmocka_unit_test(test_ages),           cmocka_unit_test(test_fare_classes),
		cmocka_unit_test(test_refused_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
