/* tests/shape_pass.h - the struct that the tests of core/shape tell of: a member of every type. */
#ifndef TESTS_SHAPE_PASS_H
#define TESTS_SHAPE_PASS_H

#include "core/call.h"

enum { TEXT_SIZE = 16384 };

struct leg {
	int32_t yen;
	uint8_t mode;
	char stop[9];
};

struct pass {
	char name[13];
	char owner[SUBJECT_SIZE];
	struct id128 id;
	int64_t price;
	int32_t offset;
	uint32_t riders;
	uint16_t minutes;
	uint8_t zone;
	int16_t balance;
	bool open;
	time_ms at;
	day_t day, month;
	uint8_t mode;
	uint32_t days;
	uint8_t key[7];
	struct leg home;
	struct leg legs[3];
	uint16_t leg_count;
};

struct card {
	char name[13];
	uint16_t level;
	uint8_t digest[4];
	time_ms made_at;
	uint32_t scratch;
};

extern const char *const shaped_modes[];
/* old_pass: the same struct as an older program knew it, most of its fields unknown. card: fields
 * that only answer, only rest in the store, or are not stored. */
extern const struct shape shaped_leg, shaped_pass, shaped_old_pass, shaped_card;
extern const char shaped_full_body[]; /* A pass that says everything. */

bool shaped_read(void *out, struct shape_error *, const struct shape *, struct slice text);
/* The same buffer at each call. */
const char *shaped_answer(const struct shape *, const void *value);
const char *shaped_schema(const struct shape *, bool answer);
struct slice shaped_record(uint8_t out[TEXT_SIZE], const struct shape *, const void *value);

#endif
