/* operators/payout.c - who is paid, who waits, who is invoiced. Without it a debt would be paid out
 * as if it were money owed. Pure. */
#include "operators/payout.h"

#include "core/date.h"

const char *const transfer_state_names[] = {
#define X(name) #name,
	TRANSFER_STATES(X)
#undef X
	    NULL,
};

static day_t months_later(day_t month, int count)
{
	for (int i = 0; i < count; i++)
		month = month_next(month);
	return month;
}

enum payee_fate payee_fate_of(const struct payee_sum *sum, day_t period)
{
	if (sum->amount_yen == 0)
		return FATE_NOTHING;
	if (sum->amount_yen < 0) {
		MUST(sum->since > 0 && sum->since <= period);
		if (sum->left || months_later(sum->since, INVOICE_MONTHS) <= period)
			return FATE_INVOICED;
		return FATE_CARRIED;
	}
	/* Who has left waits for no minimum that will not come any more. */
	if (sum->amount_yen < sum->minimum_yen && !sum->left)
		return FATE_CARRIED;
	return FATE_PAID;
}

day_t payout_usual_day(day_t period)
{
	return months_later(period, 2) - 1;
}

enum transfer_state transfer_state_of(const struct transfer *transfer, time_ms sent_at,
				      const struct transfer_result *result)
{
	if (transfer->amount_yen < 0)
		return TRANSFER_INVOICED;
	if (result != NULL)
		return (enum transfer_state)result->state;
	return sent_at != 0 ? TRANSFER_SENT : TRANSFER_MADE;
}

/* A bank may find out after it said PAID; what came back is paid by the next payout and stays. */
bool transfer_may_move(enum transfer_state from, enum transfer_state to)
{
	if (to == TRANSFER_PAID)
		return from == TRANSFER_SENT;
	return to == TRANSFER_RETURNED && (from == TRANSFER_SENT || from == TRANSFER_PAID);
}
