/* fares/ledger_share.c - what a ticket or a pool gave becomes a posting, or a part of it is taken
 * back. Without it nothing would ever leave `unearned`. Pure.
 */
#include "fares/ledger.h"

static void append(char *to, size_t size, const char *text)
{
	size_t at = text_size(to), n = text_size(text);

	MUST(at + n < size);
	mem_copy(to + at, text, n);
}

void account_pool(char out[ACCOUNT_SIZE], const char *rule_id, const char *month)
{
	mem_zero(out, ACCOUNT_SIZE);
	append(out, ACCOUNT_SIZE, "pool/");
	append(out, ACCOUNT_SIZE, rule_id);
	append(out, ACCOUNT_SIZE, "/");
	append(out, ACCOUNT_SIZE, month);
}

size_t ledger_give(struct posting out[1], const char *from, const char *to, yen more_yen,
		   const char *why)
{
	bool back = more_yen < 0;

	if (more_yen == 0)
		return 0;
	*out = (struct posting){ .amount_yen = back ? -more_yen : more_yen };
	append(out->why, sizeof(out->why), why);
	if (back)
		append(out->why, sizeof(out->why), "_reversed");
	append(out->debit, ACCOUNT_SIZE, back ? to : from);
	append(out->credit, ACCOUNT_SIZE, back ? from : to);
	return 1;
}
