/* fares/corporate.c - without it a mistyped number would make one operator two, and the count of
 * participating legal entities wrong. Pure. */
#include "fares/corporate.h"

static bool digits_check(const uint8_t digits[CORPORATE_NUMBER_DIGITS])
{
	unsigned sum = 0;

	for (unsigned i = 0; i < CORPORATE_NUMBER_DIGITS; i++)
		if (digits[i] < '0' || digits[i] > '9')
			return false;
	for (unsigned n = 1; n < CORPORATE_NUMBER_DIGITS; n++)
		sum += (unsigned)(digits[CORPORATE_NUMBER_DIGITS - n] - '0') * (n % 2 == 1 ? 1 : 2);
	return (unsigned)(digits[0] - '0') == 9 - sum % 9;
}

bool corporate_number_is_valid(const char *text)
{
	return text_size(text) == CORPORATE_NUMBER_DIGITS && digits_check((const uint8_t *)text);
}

bool corporate_number_in(char out[CORPORATE_NUMBER_SIZE], struct slice id)
{
	out[0] = '\0';
	if (id.size < CORPORATE_NUMBER_DIGITS || !digits_check(id.data))
		return false;
	if (id.size > CORPORATE_NUMBER_DIGITS && id.data[CORPORATE_NUMBER_DIGITS] >= '0' &&
	    id.data[CORPORATE_NUMBER_DIGITS] <= '9')
		return false; /* A longer number that only begins like one. */
	return text_set(out, CORPORATE_NUMBER_SIZE, slice_of(id.data, CORPORATE_NUMBER_DIGITS));
}
