/* core/token.c - makes bearer tokens and finds them by their digest. Without it the store would
 * hold tokens as they are, and whoever reads a backup could ask as anybody.
 */
#include "core/token.h"

#include "core/crypto.h"

const char *const call_role_names[] = {
#define X(name) #name,
	CALL_ROLES(X)
#undef X
	    NULL,
};

static const struct shape_field token_fields[] = {
	F_ENUM(struct token, role, 1, SHAPE_REQUIRED, call_role_names, "What its holder may do."),
	F_SUBJECT(struct token, subject, 2, 0,
		  "The partner, operator, gate or other whose it is; none for the council."),
	F_TIME(struct token, made_at, 3, SHAPE_ANSWER, "When it was made."),
	F_TIME(struct token, expires_at, 4, 0,
	       "From when on it is refused; none: it does not expire."),
	F_BOOL(struct token, revoked, 5, SHAPE_ANSWER, "Refused from now on."),
	F_END,
};

const struct shape token_shape = { "Token", sizeof(struct token), token_fields };

void token_make(char out[TOKEN_TEXT_SIZE], const uint8_t random[32])
{
	size_t used;

	mem_copy(out, "hk_", 3);
	used = base64url_encode(out + 3, TOKEN_TEXT_SIZE - 3, slice_of(random, 32));
	MUST(used == TOKEN_TEXT_SIZE - 4);
}

void token_key(char out[TOKEN_KEY_SIZE], struct slice text)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, text);
	mem_copy(out, "token/", 6);
	hex_encode(out + 6, TOKEN_KEY_SIZE - 6, slice_of(digest, sizeof(digest)));
}
