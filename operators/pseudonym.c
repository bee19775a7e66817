/* operators/pseudonym.c - without it a statement would tell an operator which traveller rode with
 * whom.
 */
#include "operators/pseudonym.h"

#include "core/crypto.h"

enum { HMAC_BLOCK_SIZE = 64, INNER_PAD = 0x36, OUTER_PAD = 0x5c };

static void pad(uint8_t out[HMAC_BLOCK_SIZE], const uint8_t *key, uint8_t with)
{
	for (size_t i = 0; i < HMAC_BLOCK_SIZE; i++)
		out[i] = (uint8_t)((i < VIEW_SECRET_SIZE ? key[i] : 0) ^ with);
}

struct id128 pseudonym_of(const uint8_t secret[VIEW_SECRET_SIZE], struct id128 ticket_id)
{
	uint8_t block[HMAC_BLOCK_SIZE], digest[SHA256_SIZE];
	struct id128 out;

	pad(block, secret, INNER_PAD);
	sha256_two(digest, slice_of(block, sizeof(block)),
		   slice_of(ticket_id.bytes, sizeof(ticket_id.bytes)));
	pad(block, secret, OUTER_PAD);
	sha256_two(digest, slice_of(block, sizeof(block)), slice_of(digest, sizeof(digest)));
	crypto_wipe(block, sizeof(block));
	mem_copy(out.bytes, digest, sizeof(out.bytes));
	return out;
}
