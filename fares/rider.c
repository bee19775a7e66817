/* fares/rider.c - the categories a store begins with; more are added as data. */
#include "fares/rider.h"

#include "core/shape.h"
#include "qr/ticket.h"

const char *const fare_class_names[] = { "full", "half", "other", NULL };

static const struct shape_field fields[] = {
	F_SUBJECT(struct rider_category, category, 1, SHAPE_REQUIRED, "its id"),
	F_TEXT(struct rider_category, name_ja, 2, SHAPE_REQUIRED, 1, "in Japanese"),
	F_TEXT(struct rider_category, name_en, 3, SHAPE_REQUIRED, 1, "in English"),
	F_INT(struct rider_category, age_from, 4, 0, 0, 120, "youngest age"),
	F_INT(struct rider_category, age_until, 5, SHAPE_REQUIRED, 0, 120, "oldest age, included"),
	F_ENUM(struct rider_category, fare_class, 6, SHAPE_REQUIRED, fare_class_names,
	       "what a ticket says of it: full, half, or other (see the proof)"),
	F_END,
};

const struct shape rider_category_shape = { "RiderCategory", sizeof(struct rider_category),
					    fields };

/* Ages as in the operators' conditions of carriage: a child goes to elementary school, an infant
 * not yet, a baby is under one. */
const struct rider_category rider_seed[RIDER_SEED_COUNT] = {
	{ "adult", "大人", "Adult", 12, 120, FARE_FULL },
	{ "child", "小児", "Child", 6, 11, FARE_HALF },
	{ "infant", "幼児", "Infant", 1, 5, FARE_OTHER },
	{ "baby", "乳児", "Baby", 0, 0, FARE_OTHER },
	{ "senior", "シニア", "Senior", 65, 120, FARE_OTHER },
	{ "concession", "割引", "Concession", 0, 120, FARE_OTHER },
	{ "carer", "介護者", "Carer", 0, 120, FARE_OTHER },
};
