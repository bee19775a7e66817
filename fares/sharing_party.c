/* fares/sharing_party.c - who takes part in a division, by name. Without it a fixed share of one
 * who did not carry would be forgotten, or paid to one that has left. Pure.
 */
#include "fares/sharing.h"

struct party *parties_at(struct parties *parties, const char *operator_id)
{
	uint16_t at = 0;

	for (; at < parties->count; at++) {
		int order = slice_compare(slice_text(parties->list[at].operator_id),
					  slice_text(operator_id));

		if (order == 0)
			return &parties->list[at];
		if (order > 0)
			break;
	}
	if (parties->count == SHARING_WEIGHT_COUNT_MAX)
		return NULL;
	for (uint16_t i = parties->count; i > at; i--)
		parties->list[i] = parties->list[i - 1];
	parties->count++;
	parties->list[at] = (struct party){ 0 };
	MUST(text_set(parties->list[at].operator_id, ID_SIZE, slice_text(operator_id)));
	return &parties->list[at];
}

static struct party *party_of(struct parties *parties, const char *operator_id)
{
	for (uint16_t i = 0; i < parties->count; i++)
		if (text_equal(parties->list[i].operator_id, operator_id))
			return &parties->list[i];
	return NULL;
}

static bool anybody_carried(const struct parties *parties)
{
	for (uint16_t i = 0; i < parties->count; i++)
		if (parties->list[i].did.legs > 0)
			return true;
	return false;
}

/* Who gets something of the split without having carried: by a fixed share, by a month's minimum,
 * by what it declared; or, of what nobody used, by the rule's share. */
static bool comes_in(const struct rule *rule, const struct rule_share *share, bool used)
{
	if (!used && rule->unused_to == UNUSED_TO_OPERATORS && share->weight > 0)
		return true;
	if (rule->steps[rule->step_count - 1].by == BY_FIXED_SHARES && share->weight > 0)
		return true;
	return rule->pooling == POOLING_MONTH && share->minimum_yen > 0;
}

/* Of what nobody used, where the rule names no shares of it: whoever might have carried. */
static void add_product(struct parties *parties, const struct rule *rule,
			const struct product *product,
			bool (*gone)(void *, const char *operator_id), void *to)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < rule->share_count; i++)
		sum += rule->shares[i].weight;
	for (uint16_t i = 0; i < product->operator_count && sum == 0; i++)
		if (!gone(to, product->operators[i].operator_id))
			MUST(parties_at(parties, product->operators[i].operator_id) != NULL);
}

void parties_add_shares(struct parties *parties, const struct rule *rule,
			const struct product *product,
			bool (*gone)(void *, const char *operator_id), void *to)
{
	uint16_t room = (uint16_t)(SHARING_WEIGHT_COUNT_MAX - product->operator_count);
	bool used = anybody_carried(parties);

	for (uint16_t i = 0; i < rule->share_count; i++) {
		const struct rule_share *share = &rule->shares[i];
		struct party *party = party_of(parties, share->operator_id);
		bool left = gone(to, share->operator_id);
		bool known = product_covers_operator(product, share->operator_id);

		if (!known && room == 0)
			continue;
		room -= !known;
		if (party == NULL && !left && comes_in(rule, share, used))
			party = parties_at(parties, share->operator_id);
		if (party == NULL)
			continue;
		party->did.share_weight = left && party->did.legs == 0 ? 0 : share->weight;
		party->did.minimum_yen = left ? 0 : share->minimum_yen;
		party->did.cap_yen = share->cap_yen;
	}
	if (!used && rule->unused_to == UNUSED_TO_OPERATORS)
		add_product(parties, rule, product, gone, to);
}

void parties_weights(struct ride_weight out[SHARING_WEIGHT_COUNT_MAX],
		     const struct parties *parties)
{
	for (uint16_t i = 0; i < parties->count; i++)
		out[i] = parties->list[i].did;
}
