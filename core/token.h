/* core/token.h - bearer tokens: who may ask, stored only as a digest.
 *
 * A token is "hk_" and 43 base64url characters (32 random bytes); its record, under token/<hex of
 * SHA-256 of the text>, says role and subject. The text is shown once, when it is made.
 */
#ifndef CORE_TOKEN_H
#define CORE_TOKEN_H

#include "core/call.h"

enum { TOKEN_TEXT_SIZE = 3 + 43 + 1, TOKEN_KEY_SIZE = 6 + 64 + 1 };

struct token {
	uint8_t role; /* enum call_role */
	char subject[SUBJECT_SIZE];
	time_ms made_at, expires_at; /* expires_at 0: does not. */
	bool revoked;
};
extern const struct shape token_shape;
extern const char *const call_role_names[]; /* NULL-ended */

void token_make(char out[TOKEN_TEXT_SIZE], const uint8_t random[32]);
/* "token/<hex>" of a text as it came in a header. */
void token_key(char out[TOKEN_KEY_SIZE], struct slice text);

#endif
