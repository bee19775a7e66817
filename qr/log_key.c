/* qr/log_key.c - without it the log would have to be given the key ring to be signed. */
#include "qr/log_key.h"

const struct sign_key *log_key_at(void *to, int64_t at_s)
{
	const struct keyring_key *key = keyring_signing(to, KEY_LOG, at_s);

	return key == NULL ? NULL : &key->sign;
}
