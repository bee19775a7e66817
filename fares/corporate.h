/* fares/corporate.h - the corporate number (法人番号) of a legal entity: thirteen digits of which
 * the first checks the other twelve.
 *
 * Check digit: 9 - (sum of digit n times weight n) mod 9, n counted from the last digit, the weight
 * 1 where n is odd and 2 where it is even (Ministry of Finance ordinance on corporate numbers,
 * article 2). Pure.
 */
#ifndef FARES_CORPORATE_H
#define FARES_CORPORATE_H

#include "core/base.h"

enum { CORPORATE_NUMBER_DIGITS = 13, CORPORATE_NUMBER_SIZE = CORPORATE_NUMBER_DIGITS + 1 };

/* Exactly thirteen ASCII digits, and the first is right for the rest. */
bool corporate_number_is_valid(const char *text);

/* The valid number that an id begins with: GTFS-JP makes an agency_id of it, with _1 and so on
 * behind it where one legal entity has several agencies. Out: the number. False, and "": there is
 * none. */
bool corporate_number_in(char out[CORPORATE_NUMBER_SIZE], struct slice id);

#endif
