/* operators/bank.c - could a bank take this account? Without it the first to see a wrong account
 * would be the bank, on the day of payment. Pure. */
#include "operators/bank.h"

#include "fares/corporate.h"

const char *const account_type_names[] = { "ordinary", "current", "savings", "other", NULL };

char bank_account_digit(uint8_t account_type)
{
	MUST(account_type <= ACCOUNT_OTHER);
	return "1249"[account_type];
}

bool bank_digits_are(const char *text, size_t count)
{
	if (text_size(text) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static bool digits(const char *text, size_t count, struct bank_fault *fault, const char *pointer,
		   const char *what)
{
	*fault = (struct bank_fault){ .code = "BAD_ACCOUNT", .pointer = pointer, .what = what };
	return bank_digits_are(text, count);
}

static bool name_fits(const char *name, size_t most, struct bank_fault *fault, const char *pointer)
{
	uint8_t bytes[PAYER_KANA_MAX];
	size_t used;

	MUST(most <= sizeof(bytes));
	*fault = (struct bank_fault){ .pointer = pointer };
	switch (kana_encode(bytes, &used, most, &fault->kana, slice_text(name))) {
	case KANA_OK:
		return true;
	case KANA_FORBIDDEN:
		fault->code = "BAD_KANA";
		return false;
	default:
		fault->code = "NAME_TOO_LONG";
		return false;
	}
}

/* Nothing but spaces is no name. */
static bool is_blank(const char *name)
{
	uint8_t bytes[PAYER_KANA_MAX];
	struct slice kana = bank_kana(bytes, name);

	for (size_t i = 0; i < kana.size; i++)
		if (kana.data[i] != ' ')
			return false;
	return true;
}

bool bank_account_check(const struct bank_account *account, size_t name_most,
			struct bank_fault *fault)
{
	if (!digits(account->bank, BANK_CODE_DIGITS, fault, "/bank",
		    "a bank's code is four digits") ||
	    !digits(account->branch, BRANCH_CODE_DIGITS, fault, "/branch",
		    "a branch's code is three digits") ||
	    !digits(account->account_number, ACCOUNT_NUMBER_DIGITS, fault, "/account_number",
		    "an account's number is seven digits, with zeroes in front") ||
	    !name_fits(account->name_kana, name_most, fault, "/name_kana") ||
	    !name_fits(account->bank_kana, BANK_KANA_MAX, fault, "/bank_kana") ||
	    !name_fits(account->branch_kana, BANK_KANA_MAX, fault, "/branch_kana"))
		return false;
	if (is_blank(account->name_kana)) {
		*fault = (struct bank_fault){ .code = "BAD_KANA",
					      .pointer = "/name_kana",
					      .what = "the account's holder has a name" };
		return false;
	}
	return true;
}

bool invoice_number_is_valid(const char *text, const char *corporate_number)
{
	return text[0] == 'T' && corporate_number_is_valid(text + 1) &&
	       text_equal(text + 1, corporate_number);
}

yen bank_order_sum(const struct bank_order *order)
{
	yen sum = 0;

	for (size_t i = 0; i < order->count; i++)
		sum = yen_add(sum, order->transfers[i].amount_yen);
	return sum;
}

struct slice bank_kana(uint8_t out[PAYER_KANA_MAX], const char *name)
{
	struct kana_fault fault;
	size_t used;

	MUST(kana_encode(out, &used, PAYER_KANA_MAX, &fault, slice_text(name)) == KANA_OK);
	return slice_of(out, used);
}
