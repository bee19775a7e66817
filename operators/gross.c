/* operators/gross.c - without it a statement would say what an operator is paid and never what its
 * riders paid. Pure. */
#include "operators/gross.h"

#include "fares/apportion.h"

/* Nothing to anybody where nobody weighs anything. */
static void share_out(yen *out, yen sum_yen, const yen *over, size_t count)
{
	uint64_t weights[SHARING_WEIGHT_COUNT_MAX], total = 0;

	for (size_t i = 0; i < count; i++) {
		MUST(over[i] >= 0);
		out[i] = 0;
		weights[i] = (uint64_t)over[i];
		total += weights[i];
	}
	if (total > 0)
		apportion(out, NULL, sum_yen, weights, count);
}

static void class_amounts(struct gross *out, const struct split_leg *leg,
			  const struct product *product)
{
	yen left = leg->share_yen;

	for (size_t i = 0; i < product->tax_part_count; i++) {
		const struct product_tax_part *part = &product->tax_parts[i];
		uint64_t most;

		if (!text_equal(part->operator_id, leg->operator_id))
			continue;
		most = leg->riders > (uint64_t)left ? (uint64_t)left
						    : leg->riders * (uint64_t)part->yen_a_rider;
		out->of[part->tax_class].amount_yen = most < (uint64_t)left ? (yen)most : left;
		left -= out->of[part->tax_class].amount_yen;
	}
	out->of[product->tax_class].amount_yen += left;
}

static void class_parts(struct gross *out, yen commission, yen fee)
{
	yen amounts[TAX_CLASS_COUNT], commissions[TAX_CLASS_COUNT], fees[TAX_CLASS_COUNT];

	for (size_t i = 0; i < TAX_CLASS_COUNT; i++)
		amounts[i] = out->of[i].amount_yen;
	share_out(commissions, commission, amounts, TAX_CLASS_COUNT);
	share_out(fees, fee, amounts, TAX_CLASS_COUNT);
	for (size_t i = 0; i < TAX_CLASS_COUNT; i++) {
		out->of[i].commission_yen = commissions[i];
		out->of[i].fee_yen = fees[i];
	}
}

void gross_of_split(struct gross *out, const struct ticket_split *split,
		    const struct product *product, bool pooled)
{
	yen shares[SHARING_WEIGHT_COUNT_MAX] = { 0 }, commissions[SHARING_WEIGHT_COUNT_MAX];
	yen payments[SHARING_WEIGHT_COUNT_MAX], fees[SHARING_WEIGHT_COUNT_MAX];
	size_t count = split->leg_count;

	for (size_t i = 0; i < count; i++)
		shares[i] = split->legs[i].share_yen;
	share_out(commissions, split->sums.commission_yen, shares, count);
	share_out(payments, split->sums.payment_fee_yen, shares, count);
	share_out(fees, split->sums.council_fee_yen, shares, count);
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct gross){ 0 };
		if (pooled) {
			out[i].of[product->tax_class].amount_yen = shares[i];
			continue;
		}
		class_amounts(&out[i], &split->legs[i], product);
		class_parts(&out[i], commissions[i] + payments[i], fees[i]);
	}
}

void gross_of_pool(yen *out, const struct pool *pool, yen sum_yen)
{
	yen shares[SHARING_WEIGHT_COUNT_MAX] = { 0 };

	for (size_t i = 0; i < pool->leg_count; i++)
		shares[i] = pool->legs[i].fixed_yen + pool->legs[i].share_yen;
	share_out(out, sum_yen, shares, pool->leg_count);
}
