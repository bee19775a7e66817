/* operators/trial.c - one ticket after the other divided by another rule, and the sums of both.
 * Without it a what-if would be a guess.
 */
#include "operators/trial.h"

#include "core/date.h"

/* ---- Sums. ---- */

/* Found, or made at its place. NULL: no room. */
static struct what_if_share *share_of(struct what_if *a, const char *operator_id)
{
	uint16_t at = 0;

	for (; at < a->operator_count; at++) {
		int order = slice_compare(slice_text(a->operators[at].operator_id),
					  slice_text(operator_id));

		if (order == 0)
			return &a->operators[at];
		if (order > 0)
			break;
	}
	MUST(a->operator_count < WHAT_IF_OPERATOR_COUNT_MAX); /* As many as there are views of. */
	for (uint16_t i = a->operator_count; i > at; i--)
		a->operators[i] = a->operators[i - 1];
	a->operator_count++;
	a->operators[at] = (struct what_if_share){ 0 };
	MUST(text_set(a->operators[at].operator_id, ID_SIZE, slice_text(operator_id)));
	return &a->operators[at];
}

static bool is_gone(void *to, const char *operator_id)
{
	const struct trial *t = to;

	for (size_t i = 0; i < t->operator_count; i++)
		if (text_equal(t->operators[i].operator_id, operator_id))
			return t->operators[i].run_off != 0 &&
			       t->gone_day > t->operators[i].run_off;
	return false;
}

static void add_now(struct trial *t)
{
	struct what_if *a = &t->answer;
	const struct sharing *s = &t->sharing;
	bool to_partner = t->rule.unused_to == UNUSED_TO_PARTNER;

	a->partners[0].now_yen += s->commission_yen + s->payment_fee_yen;
	a->council[0].now_yen += s->council_fee_yen;
	*(to_partner ? &a->partners[0].now_yen : &a->council[0].now_yen) += s->unused_yen;
	for (uint16_t i = 0; i < t->parties.count; i++)
		if (s->share_yen[i] != 0)
			share_of(a, t->parties.list[i].operator_id)->now_yen += s->share_yen[i];
}

static void add_was(struct trial *t)
{
	struct what_if *a = &t->answer;
	const struct ticket_split *split = &t->split;
	bool to_partner = split->unused_to == UNUSED_TO_PARTNER;

	a->partners[0].was_yen += split->sums.commission_yen + split->sums.payment_fee_yen;
	a->council[0].was_yen += split->sums.council_fee_yen;
	*(to_partner ? &a->partners[0].was_yen : &a->council[0].was_yen) += split->sums.unused_yen;
	for (uint16_t i = 0; i < split->leg_count; i++)
		if (split->legs[i].share_yen != 0)
			share_of(a, split->legs[i].operator_id)->was_yen +=
			    split->legs[i].share_yen;
}

/* ---- One ticket. ---- */

static void add_ride(struct ride_weight *to, const struct split_leg *leg)
{
	to->boardings += leg->boardings;
	to->riders += leg->riders;
	to->deemed_fare_yen += leg->deemed_fare_yen;
	to->distance_m += leg->distance_m;
	to->legs++;
}

/* False: more pools than a trial holds. */
static bool add_to_pool(struct trial *t, uint16_t product)
{
	const struct ticket_split *split = &t->split;
	struct try_pool *pool = NULL;
	bool used = false;

	for (uint16_t i = 0; i < split->leg_count; i++)
		used = used || split_leg_carried(&split->legs[i]);
	if (!used && t->sharing.pool_yen == 0)
		return true;
	for (size_t i = 0; i < t->pool_count; i++)
		if (t->pools[i].product == product)
			pool = &t->pools[i];
	if (pool == NULL) {
		if (t->pool_count == WHAT_IF_POOL_COUNT_MAX)
			return false;
		pool = &t->pools[t->pool_count++];
		pool->product = product;
	}
	pool->sum_yen += t->sharing.pool_yen;
	for (uint16_t i = 0; i < split->leg_count; i++)
		if (split_leg_carried(&split->legs[i]))
			add_ride(&parties_at(&pool->parties, split->legs[i].operator_id)->did,
				 &split->legs[i]);
	return true;
}

/* An operator is told of those that it carried, or has or would have a share of by the rule. */
static bool concerns(const struct trial *t)
{
	const char *who = t->job->caller.subject;

	if (t->job->caller.role != ROLE_operator)
		return true;
	for (uint16_t i = 0; i < t->parties.count; i++)
		if (text_equal(t->parties.list[i].operator_id, who))
			return true;
	for (uint16_t i = 0; i < t->split.leg_count; i++)
		if (text_equal(t->split.legs[i].operator_id, who))
			return true;
	return false;
}

bool trial_ticket(struct trial *t, uint16_t product)
{
	const struct ticket_split *split = &t->split;

	add_was(t);
	t->parties = (struct parties){ .count = 0 };
	for (uint16_t i = 0; i < split->leg_count; i++)
		if (split_leg_carried(&split->legs[i]))
			add_ride(&parties_at(&t->parties, split->legs[i].operator_id)->did,
				 &split->legs[i]);
	t->gone_day = split->over;
	parties_add_shares(&t->parties, &t->rule, &t->products[product], is_gone, t);
	parties_weights(t->weights, &t->parties);
	sharing_divide(&t->sharing, &t->rule, split->earned_yen, t->weights, t->parties.count);
	add_now(t);
	t->answer.tickets += concerns(t);
	return t->rule.pooling != POOLING_MONTH || add_to_pool(t, product);
}

void trial_pools(struct trial *t)
{
	bool declared = t->rule.steps[t->rule.step_count - 1].by == BY_DECLARED_COUNTS;

	t->gone_day = month_next(t->answer.order.period) - 1;
	for (size_t i = 0; i < t->pool_count; i++) {
		const struct try_pool *pool = &t->pools[i];
		const struct product *product = &t->products[pool->product];

		t->parties = pool->parties;
		for (size_t k = 0; k < t->declared_count && declared; k++)
			if (t->declared[k].boardings > 0 &&
			    product_covers_operator(product, t->declared[k].operator_id))
				parties_at(&t->parties, t->declared[k].operator_id)->did.declared =
				    t->declared[k].boardings;
		parties_add_shares(&t->parties, &t->rule, product, is_gone, t);
		parties_weights(t->weights, &t->parties);
		sharing_divide_pool(&t->sharing, &t->rule, pool->sum_yen, t->weights,
				    t->parties.count);
		if (t->rule.unused_to == UNUSED_TO_PARTNER) { /* Of a pool it is the council's. */
			t->answer.council[0].now_yen += t->sharing.unused_yen;
			t->sharing.unused_yen = 0;
		}
		add_now(t);
	}
}

/* ---- The month's own pools. ---- */

void trial_add_pool(struct trial *t)
{
	t->answer.council[0].was_yen += t->pool.unused_yen;
	for (uint16_t i = 0; i < t->pool.leg_count; i++)
		if (t->pool.legs[i].share_yen != 0)
			share_of(&t->answer, t->pool.legs[i].operator_id)->was_yen +=
			    t->pool.legs[i].share_yen;
}

void trial_differences(struct trial *t)
{
	struct what_if *a = &t->answer;

	a->partner_count = a->council_count = 1;
	a->partners[0].difference_yen = a->partners[0].now_yen - a->partners[0].was_yen;
	a->council[0].difference_yen = a->council[0].now_yen - a->council[0].was_yen;
	for (uint16_t i = 0; i < a->operator_count; i++)
		a->operators[i].difference_yen = a->operators[i].now_yen - a->operators[i].was_yen;
}
