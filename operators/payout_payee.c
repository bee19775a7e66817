/* operators/payout_payee.c - what is owed, by payee: who is paid, who waits, who is invoiced.
 * Without it two operators of one legal entity would get two transfers, and one's debt none.
 */
#include "operators/operators_op.h"
#include "operators/payout_gather.h"

/* "payable/operator/miyako": whose it is. NO_PAYEE: nobody's yet. */
static uint16_t payee_of(const struct gather *gather, const char *account)
{
	static const struct {
		const char *prefix;
		bool partner;
	} prefixes[] = {
		{ "payable/operator/", false },
		{ "payable/partner/", true },
		{ "receivable/partner/", true },
	};

	for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
		const char *id = account + text_size(prefixes[i].prefix);
		const struct gather_party *party;

		if (!slice_starts(slice_text(account), slice_text(prefixes[i].prefix)))
			continue;
		party = gather_party_at(gather, id, prefixes[i].partner);
		return party == NULL ? NO_PAYEE : party->payee;
	}
	MUST(slice_starts(slice_text(account), SLICE(ACCOUNT_PAYEE_PREFIX)));
	for (uint16_t i = 0; i < gather->payee_count; i++)
		if (text_equal(gather->payees[i].payee_id,
			       account + text_size(ACCOUNT_PAYEE_PREFIX)))
			return i;
	return NO_PAYEE;
}

static void join_payees(struct gather *gather)
{
	for (size_t i = 0; i < gather->account_count; i++) {
		struct gather_account *at = &gather->accounts[i];
		struct gather_payee *payee;

		if (at->payable.amount_yen == 0)
			continue;
		at->payee = payee_of(gather, at->payable.account);
		if (at->payee == NO_PAYEE)
			continue;
		payee = &gather->payees[at->payee];
		payee->part_count++;
		payee->sum.amount_yen += at->payable.amount_yen;
		if (at->payable.amount_yen < 0 &&
		    (payee->sum.since == 0 || at->payable.since < payee->sum.since))
			payee->sum.since = at->payable.since;
	}
}

/* Has everyone left that a payee is for? Partners do not leave. False: not fetched yet. */
static bool find_left(struct call *call, struct gather *gather)
{
	day_t today = service_day_at(call->now, call->day_boundary_min);
	bool all = true;

	for (size_t i = 0; i < gather->payee_count; i++)
		gather->payees[i].sum.left = gather->payees[i].part_count > 0;
	for (size_t i = 0; i < gather->party_count; i++) {
		const struct gather_party *party = &gather->parties[i];
		struct payee_sum *sum = &gather->payees[party->payee].sum;
		struct operator taking = { .left = 0 }; /* Part, or not any more. */
		int got;

		if (!sum->left || (sum->amount_yen >= sum->minimum_yen && sum->amount_yen > 0))
			continue;
		if (party->partner) {
			sum->left = false;
			continue;
		}
		got = call_load(call, &taking, &operator_shape, operator_key(call, party->id));
		all = all && got != 0;
		if (taking.left == 0 || taking.left > today)
			sum->left = false;
	}
	return all;
}

static void decide_fates(struct gather *gather)
{
	for (size_t i = 0; i < gather->payee_count; i++) {
		struct gather_payee *payee = &gather->payees[i];

		payee->fate = (uint8_t)payee_fate_of(&payee->sum, gather->period);
		if (payee->fate == FATE_INVOICED && gather->invoice_count == INVOICE_COUNT_MAX)
			payee->fate = FATE_CARRIED; /* The next payout's. */
		if (payee->fate == FATE_INVOICED)
			gather->invoice_count++;
		if (payee->fate != FATE_PAID)
			continue;
		if (gather->transfer_count == TRANSFER_COUNT_MAX ||
		    payee->sum.amount_yen > TRANSFER_YEN_MAX)
			gather->too_many = true;
		gather->transfer_count++;
		gather->total_yen += payee->sum.amount_yen;
	}
}

bool gather_by_payee(struct call *call, struct gather *gather)
{
	join_payees(gather);
	if (!find_left(call, gather))
		return false;
	decide_fates(gather);
	return true;
}

/* ---- Transfers. ---- */

struct finding {
	const char *payee_id;
	struct payee payee;
};

static void find_payee(void *to, const struct record *record)
{
	struct finding *finding = to;
	struct payee payee;

	MUST(shape_from_cbor(&payee, &payee_shape, record->value));
	if (text_equal(payee.payee_id, finding->payee_id))
		finding->payee = payee;
}

void gather_transfer(struct call *call, struct transfer *out, const struct gather *gather, size_t n)
{
	struct finding finding = { .payee_id = gather->payees[n].payee_id };

	MUST(books_walk(call, "payee/", "payee0", find_payee, &finding));
	*out = (struct transfer){ .amount_yen = gather->payees[n].sum.amount_yen,
				  .to = finding.payee.account };
	mem_copy(out->payee_id, finding.payee.payee_id, ID_SIZE);
	for (size_t i = 0; i < gather->account_count; i++) {
		const struct gather_account *at = &gather->accounts[i];

		if (at->payee != n)
			continue;
		MUST(out->part_count < TRANSFER_PART_COUNT_MAX);
		if (out->oldest == 0 || at->payable.since < out->oldest)
			out->oldest = at->payable.since;
		mem_copy(out->parts[out->part_count].account, at->payable.account, ACCOUNT_SIZE);
		out->parts[out->part_count++].amount_yen = at->payable.amount_yen;
	}
}
