/* tests/ticket_samples.c - without it each test of a ticket would have one of its own. */
#include "tests/ticket_samples.h"

enum { KEY_FROM_S = 1767225600, KEY_UNTIL_S = 1798761600 }; /* 2026 */

void ring_make(struct keyring *ring)
{
	static const uint8_t seed[SIGN_SEED_SIZE] = "hitotsu golden ticket key";
	struct keyring_key key;

	*ring = (struct keyring){ 0 };
	keyring_make(&key, KEY_TICKET, KEY_FROM_S, KEY_UNTIL_S, seed);
	MUST(keyring_add(ring, &key));
}

struct ticket plain_ticket(void)
{
	struct ticket ticket = {
		.exp_s = 0x6a300000,
		.nbf_s = 0x6a200000,
		.iat_s = 0x6a100000,
		.id = { { 1, 0x92, 0xf1, 0xc5, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1 } },
		.product_number = 100,
		.product_version = 1,
		.riders = 1,
		.modes = TICKET_MODES_ALL,
		.status_list = 1,
		.status_index = 0x1234,
		.flags = TICKET_FLAG_STATIC,
	};

	return ticket;
}

struct ticket device_ticket(void)
{
	struct ticket ticket = plain_ticket();

	ticket.has_device_key = true;
	for (size_t i = 0; i < sizeof(ticket.device_key); i++)
		ticket.device_key[i] = (uint8_t)(i + 1);
	ticket.flags = 0;
	return ticket;
}

static void fill(struct ticket *ticket)
{
	ticket->product_number = ticket->product_version = ticket->uses = UINT16_MAX;
	ticket->fare_class = FARE_OTHER;
	ticket->riders = UINT8_MAX;
	ticket->zones = ticket->status_list = ticket->status_index = UINT32_MAX;
}

struct ticket large_ticket(void)
{
	struct ticket ticket = plain_ticket();

	fill(&ticket);
	return ticket;
}

struct ticket large_device_ticket(void)
{
	struct ticket ticket = device_ticket();

	fill(&ticket);
	ticket.status_list = 0;
	return ticket;
}

void issue(struct issued *out, const struct ticket *ticket, const struct keyring_key *key)
{
	enum ticket_status status =
	    ticket_encode(out->bytes, &out->size, sizeof(out->bytes), ticket, key);

	MUST(status == TICKET_OK);
	ticket_code(out->code, sizeof(out->code), slice_of(out->bytes, out->size));
}

enum ticket_status read_bytes_as_code(struct slice bytes, const struct keyring *ring)
{
	char code[TICKET_CODE_SIZE_MAX + BASE45_TEXT_SIZE(OBJECT_SIZE_MAX)];
	struct ticket read;

	ticket_code(code, sizeof(code), bytes);
	return ticket_read(&read, slice_text(code), ring);
}
