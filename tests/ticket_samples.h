/* tests/ticket_samples.h - the tickets that tests speak of, of a key that is always the same. */
#ifndef TESTS_TICKET_SAMPLES_H
#define TESTS_TICKET_SAMPLES_H

#include "qr/ticket.h"

enum { OBJECT_SIZE_MAX = 512 };

/* One key for tickets, of a fixed seed. */
void ring_make(struct keyring *ring);

struct ticket plain_ticket(void);
struct ticket device_ticket(void);
/* Everything as large as it may be where there is no device key. */
struct ticket large_ticket(void);
/* A device key leaves room for all but one of the largest. */
struct ticket large_device_ticket(void);

struct issued {
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	size_t size;
	char code[TICKET_CODE_SIZE_MAX];
};

void issue(struct issued *out, const struct ticket *ticket, const struct keyring_key *key);
/* Up to OBJECT_SIZE_MAX bytes, put into base45 and read. */
enum ticket_status read_bytes_as_code(struct slice bytes, const struct keyring *ring);

#endif
