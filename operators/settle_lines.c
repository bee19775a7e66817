/* operators/settle_lines.c - what was divided again, beside what the books say. Without it two
 * sums would stand in two files and be compared by eye.
 */
#include "operators/settle_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "fares/money.h"

struct amounts { /* Of one line: an operator's of one kind, all tax classes together. */
	yen amount_yen;
	int64_t tickets, boardings, riders, deemed_fare_yen;
};

struct comparing {
	struct settle_store *s;
	struct recompute *done;
	struct amounts *stored; /* [kind * operator_count + operator] */
	bool agree;
};

static size_t place_of(const struct settle_store *s, int kind, const char *operator_id)
{
	int place = settle_operator(s, operator_id);

	MUST(kind >= 0 && place >= 0); /* All that the month names was seen before. */
	return (size_t)kind * s->operator_count + (size_t)place;
}

/* ---- Pools. ---- */

static void gather(const struct pool *pool, const struct rule *rule,
		   struct ride_weight did[SHARING_WEIGHT_COUNT_MAX])
{
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];

		did[i] = (struct ride_weight){ .boardings = leg->boardings,
					       .riders = leg->riders,
					       .deemed_fare_yen = leg->deemed_fare_yen,
					       .distance_m = leg->distance_m,
					       .declared = leg->declared,
					       .legs = leg->legs,
					       .minimum_yen = leg->minimum_yen,
					       .cap_yen = leg->cap_yen };
		for (uint16_t k = 0; k < rule->share_count; k++)
			if (text_equal(rule->shares[k].operator_id, leg->operator_id))
				did[i].share_weight = rule->shares[k].weight;
	}
}

/* Of tickets of this month alone, none divided in an earlier one: they must add up to it. */
static bool adds_up(const struct comparing *c, const struct pool *pool, int kind)
{
	const struct settle_store *s = c->s;
	yen tickets = c->done->whole[kind].pool_yen - s->less_whole[kind].pool_yen;

	for (uint16_t i = 0; i < pool->leg_count; i++)
		if (pool->legs[i].before_yen != 0)
			return true;
	if (pool->rides != s->order->period || pool->before_unused_yen != 0)
		return true;
	for (uint16_t i = 0; i < pool->leg_count; i++) {
		const struct pool_leg *leg = &pool->legs[i];
		size_t at = place_of(s, kind, leg->operator_id);

		if (leg->boardings != c->done->sums[at].boardings - s->less[at].boardings ||
		    leg->riders != c->done->sums[at].riders - s->less[at].riders ||
		    leg->deemed_fare_yen !=
			    c->done->sums[at].deemed_fare_yen - s->less[at].deemed_fare_yen)
			return false;
	}
	return tickets == pool->sum_yen;
}

static bool divide_pool(struct settle_store *s, void *to, struct slice value)
{
	struct comparing *c = to;
	struct pool *pool = &s->pool;
	struct ride_weight did[SHARING_WEIGHT_COUNT_MAX];
	struct sharing sharing;
	int kind;

	MUST(shape_from_cbor(pool, &pool_shape, value));
	kind = settle_kind(s, pool->rides, pool->product_number, pool->product_version,
			   pool->rule_id, pool->rule_version);
	MUST(kind >= 0);
	if ((s->kinds[kind].flags & SHEET_POOL_APART) == 0)
		return true;
	if (!adds_up(c, pool, kind)) {
		c->agree = false;
		printf("pool,%u,%u,%s,DIFFERS: not the sum of its tickets\n", pool->product_number,
		       pool->product_version, pool->rule_id);
	}
	gather(pool, s->rules[kind], did);
	sharing_divide_pool(&sharing, s->rules[kind], pool->sum_yen, did, pool->leg_count);
	for (uint16_t i = 0; i < pool->leg_count; i++)
		c->done->sums[place_of(s, kind, pool->legs[i].operator_id)].share_yen +=
			sharing.share_yen[i] - pool->legs[i].before_yen;
	/* What a pool leaves over is the council's, whoever has what nobody used. */
	c->done->whole[kind].council_fee_yen += sharing.unused_yen - pool->before_unused_yen;
	return true;
}

/* ---- Lines. ---- */

static bool add_stored(struct settle_store *s, void *to, struct slice value)
{
	struct comparing *c = to;
	struct amounts *stored;
	struct line line;

	MUST(shape_from_cbor(&line, &line_shape, value));
	if (line.kind != LINE_rides)
		return true;
	stored = &c->stored[place_of(s, settle_kind(s, line.rides, line.product_number,
						    line.product_version, line.rule_id,
						    line.rule_version),
				     line.operator_id)];
	stored->amount_yen += line.amount_yen;
	stored->tickets += line.tickets;
	stored->boardings += line.boardings;
	stored->riders += line.riders;
	stored->deemed_fare_yen += line.deemed_fare_yen;
	return true;
}

static struct amounts divided(const struct comparing *c, size_t at)
{
	const struct recompute_sum *sum = &c->done->sums[at], *less = &c->s->less[at];

	return (struct amounts){ sum->share_yen - less->share_yen,
				 (int64_t)(sum->tickets - less->tickets),
				 (int64_t)(sum->boardings - less->boardings),
				 (int64_t)(sum->riders - less->riders),
				 (int64_t)(sum->deemed_fare_yen - less->deemed_fare_yen) };
}

static const char *first_difference(const struct amounts *a, const struct amounts *b)
{
	if (a->amount_yen != b->amount_yen)
		return "DIFFERS: amount";
	if (a->tickets != b->tickets)
		return "DIFFERS: tickets";
	if (a->boardings != b->boardings)
		return "DIFFERS: boardings";
	if (a->riders != b->riders)
		return "DIFFERS: riders";
	return a->deemed_fare_yen != b->deemed_fare_yen ? "DIFFERS: deemed fare" : NULL;
}

static void print_line(struct comparing *c, size_t kind, size_t place)
{
	const struct settle_store *s = c->s;
	size_t at = kind * s->operator_count + place;
	struct amounts again = divided(c, at), *stored = &c->stored[at];
	static const struct amounts nothing;
	const char *wrong = first_difference(stored, &again);
	char rides[MONTH_TEXT_SIZE];

	if (wrong == NULL && first_difference(&again, &nothing) == NULL)
		return;
	month_encode(rides, s->kinds[kind].rides);
	printf("%s,%u,%u,%s,%s,%u,%lld,%lld,%lld,%lld,%lld,%s\n", s->operators[place],
	       s->kinds[kind].product_number, s->kinds[kind].product_version, rides,
	       s->rule_ids[kind], s->rule_versions[kind], (long long)again.tickets,
	       (long long)again.boardings, (long long)again.deemed_fare_yen,
	       (long long)stored->amount_yen, (long long)again.amount_yen,
	       wrong == NULL ? "agrees" : wrong);
	c->agree = c->agree && wrong == NULL;
}

/* ---- The month's totals. ---- */

static void print_total(struct comparing *c, const char *who, yen stored, yen again)
{
	printf("all %s,,,,,,,,,%lld,%lld,%s\n", who, (long long)stored, (long long)again,
	       stored == again ? "agrees" : "DIFFERS: amount");
	c->agree = c->agree && stored == again;
}

static bool compare_totals(struct comparing *c)
{
	struct settle_store *s = c->s;
	yen operators = 0, partners = 0, council = 0;
	struct period_view view;
	char key[STORE_KEY_SIZE_MAX];

	(void)snprintf(key, sizeof(key), "period/%s", s->month);
	if (!settle_get(s, &view, &period_view_shape, key))
		return false;
	for (size_t i = 0; i < s->kind_count * s->operator_count; i++)
		operators += divided(c, i).amount_yen;
	for (size_t i = 0; i < s->kind_count; i++) {
		const struct recompute_whole *all = &c->done->whole[i], *less = &s->less_whole[i];
		yen unused = all->unused_yen - less->unused_yen;
		bool to_partner = s->rules[i]->unused_to == UNUSED_TO_PARTNER;

		partners += all->commission_yen - less->commission_yen + all->payment_fee_yen -
			    less->payment_fee_yen + (to_partner ? unused : 0);
		council += all->council_fee_yen - less->council_fee_yen + (to_partner ? 0 : unused);
	}
	print_total(c, "operators", view.operators_yen, operators);
	print_total(c, "partners", view.partners_yen, partners);
	print_total(c, "council", view.council_yen, council);
	return true;
}

bool settle_compare(struct settle_store *s, struct recompute *done, bool *agree)
{
	struct comparing c = { .s = s, .done = done, .agree = true };
	char pools[STORE_KEY_SIZE_MAX], lines[STORE_KEY_SIZE_MAX];
	bool good;

	(void)snprintf(pools, sizeof(pools), "pool/split/%s/", s->month);
	(void)snprintf(lines, sizeof(lines), "line/%s/", s->month);
	c.stored = calloc(s->kind_count * s->operator_count + 1, sizeof(*c.stored));
	MUST(c.stored != NULL);
	printf("operator,product,version,rides,rule,rule_version,tickets,boardings,"
	       "deemed_fare_yen,stored_yen,divided_yen,verdict\n");
	good = settle_walk(s, pools, divide_pool, &c) && settle_walk(s, lines, add_stored, &c);
	for (size_t place = 0; good && place < s->operator_count; place++)
		for (size_t kind = 0; kind < s->kind_count; kind++)
			print_line(&c, kind, place);
	good = good && compare_totals(&c);
	free(c.stored);
	*agree = c.agree;
	return good;
}
