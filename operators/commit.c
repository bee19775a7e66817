/* operators/commit.c - the text of a committed division: canonical JSON, keys sorted, whole numbers
 * only. Without it two programs would hash two spellings of the same shares. Pure.
 */
#include "operators/commit.h"

#include "core/date.h"

static void put_int(struct writer *to, int64_t value)
{
	if (value < 0)
		write_u8(to, '-');
	write_decimal(to, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

/* "name":, and a comma where something stands before. */
static void key(struct writer *to, const char *name)
{
	if (to->used > 0 && to->data[to->used - 1] != '{')
		write_u8(to, ',');
	write_u8(to, '"');
	write_text(to, name);
	write_text(to, "\":");
}

static void int_of(struct writer *to, const char *name, int64_t value)
{
	key(to, name);
	put_int(to, value);
}

/* Of ids, names and dates: nothing in them needs an escape. */
static void text_of(struct writer *to, const char *name, const char *value)
{
	key(to, name);
	write_u8(to, '"');
	write_text(to, value);
	write_u8(to, '"');
}

static void bool_of(struct writer *to, const char *name, bool value)
{
	key(to, name);
	write_text(to, value ? "true" : "false");
}

static void month_of_text(struct writer *to, const char *name, day_t month)
{
	char text[MONTH_TEXT_SIZE];

	month_encode(text, month);
	text_of(to, name, text);
}

static void put_product(struct writer *to, uint16_t number, uint16_t version)
{
	key(to, "product");
	write_u8(to, '[');
	put_int(to, number);
	write_u8(to, ',');
	put_int(to, version);
	write_u8(to, ']');
}

static void put_rule(struct writer *to, const char *rule_id, uint16_t version)
{
	key(to, "rule");
	write_text(to, "[\"");
	write_text(to, rule_id);
	write_text(to, "\",");
	put_int(to, version);
	write_u8(to, ']');
}

/* [weight, fixed_yen, minimum_yen, cap_yen, before_yen] */
static void put_leg(struct writer *to, const int64_t part[5])
{
	if (to->data[to->used - 1] != '[')
		write_u8(to, ',');
	for (size_t i = 0; i < 5; i++) {
		write_u8(to, i == 0 ? '[' : ',');
		put_int(to, part[i]);
	}
	write_u8(to, ']');
}

yen commit_split_left(const struct ticket_split *split)
{
	yen left = split->sums.unused_yen;

	for (uint16_t i = 0; i < split->leg_count; i++)
		left += split->legs[i].share_yen - split->legs[i].fixed_yen;
	return left;
}

static void put_split_legs(struct writer *to, const struct ticket_split *split)
{
	key(to, "legs");
	write_u8(to, '[');
	for (uint16_t i = 0; i < split->leg_count; i++) {
		const struct split_leg *leg = &split->legs[i];
		const int64_t part[5] = { (int64_t)leg->weight, leg->fixed_yen, leg->minimum_yen,
					  leg->cap_yen, leg->before_yen };

		put_leg(to, part);
	}
	write_u8(to, ']');
}

static void put_sums(struct writer *to, const struct split_sums *sums)
{
	key(to, "steps");
	write_u8(to, '{');
	int_of(to, "commission_yen", sums->commission_yen);
	int_of(to, "council_fee_yen", sums->council_fee_yen);
	int_of(to, "payment_fee_yen", sums->payment_fee_yen);
	int_of(to, "pool_yen", sums->pool_yen);
	int_of(to, "unused_yen", sums->unused_yen);
	write_u8(to, '}');
}

void commit_split_text(struct writer *to, const struct ticket_split *split,
		       const uint8_t name[COMMIT_HASH_SIZE])
{
	char over[DATE_TEXT_SIZE];

	MUST(to->used == 0);
	date_encode(over, split->over);
	write_u8(to, '{');
	bool_of(to, "again", split->again);
	text_of(to, "by", step_by_names[split->by]);
	int_of(to, "earned_yen", split->earned_yen);
	text_of(to, "kind", "ticket");
	int_of(to, "left_yen", commit_split_left(split));
	put_split_legs(to, split);
	text_of(to, "over", over);
	text_of(to, "partner", split->partner_id);
	month_of_text(to, "period", split->period);
	put_product(to, split->product_number, split->product_version);
	month_of_text(to, "rides", split->rides);
	put_rule(to, split->rule_id, split->rule_version);
	put_sums(to, &split->sums);
	key(to, "ticket");
	write_u8(to, '"');
	write_hex(to, slice_of(name, COMMIT_HASH_SIZE));
	write_text(to, "\"}");
}

/* ---- Pools. ---- */

static bool is_again(const struct pool *pool)
{
	for (uint16_t i = 0; i < pool->leg_count; i++)
		if (pool->legs[i].before_yen != 0)
			return true;
	return pool->before_unused_yen != 0;
}

static void put_beside(struct writer *to, const struct commit_pool *commit)
{
	key(to, "beside");
	write_u8(to, '[');
	for (uint16_t i = 0; i < commit->beside_count; i++) {
		if (i > 0)
			write_u8(to, ',');
		put_int(to, commit->beside[i].sum_yen);
	}
	write_u8(to, ']');
}

static void put_pool_legs(struct writer *to, const struct pool *pool)
{
	key(to, "legs");
	write_u8(to, '[');
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];
		const int64_t part[5] = { (int64_t)leg->weight, leg->fixed_yen, leg->minimum_yen,
					  leg->cap_yen, leg->before_yen };

		put_leg(to, part);
	}
	write_u8(to, ']');
}

void commit_pool_text(struct writer *to, const struct pool *pool, const struct commit_pool *commit)
{
	MUST(to->used == 0);
	write_u8(to, '{');
	bool_of(to, "again", is_again(pool));
	put_beside(to, commit);
	text_of(to, "by", step_by_names[pool->by]);
	text_of(to, "kind", "pool");
	int_of(to, "left_yen", pool->sum_yen);
	put_pool_legs(to, pool);
	month_of_text(to, "period", pool->period);
	put_product(to, pool->product_number, pool->product_version);
	month_of_text(to, "rides", pool->rides);
	put_rule(to, pool->rule_id, pool->rule_version);
	int_of(to, "tickets", (int64_t)pool->tickets);
	int_of(to, "unused_yen", pool->unused_yen);
	write_u8(to, '}');
}
