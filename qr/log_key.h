/* qr/log_key.h - the key that signs the log, for those who may not know the ring. */
#ifndef QR_LOG_KEY_H
#define QR_LOG_KEY_H

#include "core/note.h"
#include "qr/keyring.h"

/* A signer's `key`; `to` is the struct keyring. NULL: none is in force. */
const struct sign_key *log_key_at(void *to, int64_t at_s);

#endif
