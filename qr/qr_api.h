/* qr/qr_api.h - what this room answers over HTTP: the public keys. */
#ifndef QR_QR_API_H
#define QR_QR_API_H

#include "core/http.h"
#include "qr/keyring.h"

struct qr_room {
	struct keyring *keys;
};

extern const struct http_routes qr_routes;

#endif
