/* operators/posting_key.c - without it who writes a posting's place and who reads it would each
 * spell it in their own way.
 */
#include "operators/posting_key.h"

#include "core/codec.h"
#include "core/crypto.h"
#include "core/date.h"
#include "fares/ledger.h"

void posting_month(char out[POSTING_MONTH_SIZE], day_t period)
{
	struct civil civil = civil_of_day(period);
	struct writer to = { .data = (uint8_t *)out, .size = POSTING_MONTH_SIZE };

	MUST(civil.year >= 1970);
	write_decimal(&to, (uint64_t)(civil.year - 1970) * 12 + civil.month - 1, 4);
	write_u8(&to, 0);
	MUST(!to.failed);
}

bool posting_is_listed(const char *account)
{
	return !text_equal(account, ACCOUNT_UNEARNED) &&
	       !slice_starts(slice_text(account), SLICE("pool/"));
}

void posting_account(char out[POSTING_ACCOUNT_SIZE], const char *account)
{
	struct slice name = slice_text(account);
	uint8_t digest[16]; /* The least that the hash gives; half of it names. */

	digest_parts(digest, sizeof(digest), &name, 1);
	hex_encode(out, POSTING_ACCOUNT_SIZE, slice_of(digest, 8));
}
