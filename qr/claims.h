/* qr/claims.h - what a ticket says, as a struct: for those who decide and never decode. Pure. */
#ifndef QR_CLAIMS_H
#define QR_CLAIMS_H

#include "core/base.h"

enum {
	TICKET_SIZE_MAX = 172,        /* QR version 9 (M) */
	TICKET_SIZE_MAX_DEVICE = 193, /* QR version 10 (M), with a device key */
	TICKET_DEVICE_KEY_SIZE = 32,
	TICKET_ZONE_COUNT_MAX = 32,
};
#define TICKET_CODE_PREFIX "KM1:"

enum fare_class { FARE_FULL = 0, FARE_HALF = 1, FARE_OTHER = 2 };

enum {
	TICKET_MODE_RAIL = 1,
	TICKET_MODE_BUS = 2,
	TICKET_MODE_FERRY = 4,
	TICKET_MODE_AIR = 8,
	TICKET_MODE_VENUE = 16,
	TICKET_MODES_ALL = 31,
};

enum { TICKET_FLAG_STATIC = 1, TICKET_FLAGS_ALL = 1 }; /* May be shown without a device's proof. */

struct ticket {
	int64_t exp_s, nbf_s, iat_s; /* Seconds since 1970, not negative. */
	struct id128 id;             /* UUIDv7 */
	bool has_device_key;
	uint8_t device_key[TICKET_DEVICE_KEY_SIZE];
	uint16_t product_number, product_version;
	uint8_t fare_class; /* enum fare_class */
	uint8_t riders;
	uint8_t modes;  /* TICKET_MODE_* */
	uint32_t zones; /* Bit i: the i-th zone of the product version; 0: everywhere it covers. */
	uint16_t uses;  /* 0: unlimited */
	uint32_t status_list, status_index;
	uint8_t flags; /* TICKET_FLAG_* */
};

#endif
