/* operators/posting_key.h - how postings are found: by their period, and by account.
 * operators/views.h says what the keys look like.
 */
#ifndef OPERATORS_POSTING_KEY_H
#define OPERATORS_POSTING_KEY_H

#include "core/base.h"

enum { POSTING_MONTH_SIZE = 5, POSTING_ACCOUNT_SIZE = 17 };

/* "0682": keys are short, so months are counted from January 1970. */
void posting_month(char out[POSTING_MONTH_SIZE], day_t period);
/* Has the account a list of its own, posta/? */
bool posting_is_listed(const char *account);
/* An account's name may be longer than a key has room for. */
void posting_account(char out[POSTING_ACCOUNT_SIZE], const char *account);

#endif
