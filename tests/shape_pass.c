/* tests/shape_pass.c - tables and helpers that the tests of core/shape share. */
#include "tests/shape_pass.h"

const char *const shaped_modes[] = { "rail", "bus", "ship", NULL };
static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

static const struct shape_field leg_fields[] = {
	F_INT(struct leg, yen, 1, SHAPE_REQUIRED, 0, 100000, "Its part of the price."),
	F_ENUM(struct leg, mode, 2, 0, shaped_modes, ""),
	F_TEXT(struct leg, stop, 3, 0, 2, ""),
	F_END,
};
const struct shape shaped_leg = { "Leg", sizeof(struct leg), leg_fields };

/* Tags stand out of order on purpose. */
static const struct shape_field pass_fields[] = {
	F_TEXT(struct pass, name, 9, SHAPE_REQUIRED, 0, "What it is called."),
	F_SUBJECT(struct pass, owner, 2, 0, ""),
	F_UUID(struct pass, id, 1, 0, ""),
	F_INT(struct pass, price, 30, 0, -JSON_INT_MAX, JSON_INT_MAX, ""),
	F_INT(struct pass, offset, 4, 0, -720, INT32_MAX, ""),
	F_INT(struct pass, riders, 5, 0, 0, UINT32_MAX, ""),
	F_INT(struct pass, minutes, 6, 0, 0, UINT16_MAX, ""),
	F_INT(struct pass, zone, 7, 0, 0, 200, ""),
	F_INT(struct pass, balance, 8, 0, INT16_MIN, INT16_MAX, ""),
	F_BOOL(struct pass, open, 200, 0, ""),
	F_TIME(struct pass, at, 10, 0, ""),
	F_DATE(struct pass, day, 11, 0, ""),
	F_MONTH(struct pass, month, 12, 0, ""),
	F_ENUM(struct pass, mode, 13, 0, shaped_modes, ""),
	F_SET(struct pass, days, 14, 0, day_names, ""),
	F_BYTES(struct pass, key, 15, 0, ""),
	F_OBJECT(struct pass, home, 16, 0, &shaped_leg, ""),
	F_LIST(struct pass, legs, 17, 0, &shaped_leg, leg_count, ""),
	F_END,
};
const struct shape shaped_pass = { "Pass", sizeof(struct pass), pass_fields };

/* The same names, half of them unknown to it, as an older program would have them. */
static const struct shape_field old_pass_fields[] = {
	F_TEXT(struct pass, name, 9, SHAPE_REQUIRED, 0, ""),
	F_INT(struct pass, minutes, 6, 0, 0, UINT16_MAX, ""),
	F_END,
};
const struct shape shaped_old_pass = { "OldPass", sizeof(struct pass), old_pass_fields };

static const struct shape_field card_fields[] = {
	F_TEXT(struct card, name, 1, SHAPE_REQUIRED, 5, "What it is called."),
	F_INT(struct card, level, 2, 0, 1, 9, ""),
	F_BYTES(struct card, digest, 3, SHAPE_SECRET, ""),
	F_TIME(struct card, made_at, 4, SHAPE_ANSWER | SHAPE_REQUIRED, ""),
	F_INT(struct card, scratch, 0, SHAPE_ANSWER, 0, 99, ""),
	F_END,
};
const struct shape shaped_card = { "Card", sizeof(struct card), card_fields };

const char shaped_full_body[] =
    "{\"name\":\"\xe5\x91\xa8\xe9\x81\x8a\xe5\x88\xb8\",\"owner\":\"jr-9\","
    "\"id\":\"0192f7b4-5c00-7abc-8def-0123456789ab\",\"price\":-9007199254740991,\"offset\":-720,"
    "\"riders\":4294967295,\"minutes\":65535,\"zone\":200,\"balance\":-32768,\"open\":true,"
    "\"at\":\"2027-04-01T09:00:00+09:00\",\"day\":\"2027-04-01\",\"month\":\"2027-04\","
    "\"mode\":\"ship\",\"days\":[\"mon\",\"sun\"],\"key\":\"AQIDBAUGBw\","
    "\"home\":{\"yen\":0,\"mode\":\"rail\",\"stop\":\"ab\"},"
    "\"legs\":[{\"yen\":100000,\"mode\":\"bus\"},{\"yen\":0,\"mode\":\"rail\"}]}";

bool shaped_read(void *out, struct shape_error *error, const struct shape *shape, struct slice text)
{
	struct json *root;
	size_t at;
	bool good;

	MUST(json_parse(&root, &at, text) == JSON_OK);
	good = shape_from_json(out, error, shape, root);
	json_free(root);
	return good;
}

const char *shaped_answer(const struct shape *shape, const void *value)
{
	static char text[TEXT_SIZE];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };
	struct json_out o;

	json_begin(&o, &w);
	shape_to_json(&o, NULL, shape, value);
	MUST(!w.failed);
	text[w.used] = '\0';
	return text;
}

struct slice shaped_record(uint8_t out[TEXT_SIZE], const struct shape *shape, const void *value)
{
	struct writer w = { .data = out, .size = TEXT_SIZE };

	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	return slice_of(out, w.used);
}

const char *shaped_schema(const struct shape *shape, bool answer)
{
	static char text[TEXT_SIZE];
	struct writer w = { .data = (uint8_t *)text, .size = sizeof(text) - 1 };
	struct json_out o;

	json_begin(&o, &w);
	shape_to_schema(&o, NULL, shape, answer);
	MUST(!w.failed);
	text[w.used] = '\0';
	return text;
}
