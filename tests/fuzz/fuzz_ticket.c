/* tests/fuzz/fuzz_ticket.c - any bytes as a ticket's object, as its claims and as its code: what is
 * read is issued again as the same bytes.
 */
#include "qr/ticket.h"

#include "tests/fuzz/fuzz.h"

/* What is read as claims can be issued, and is read back. */
static void issue_again(const struct ticket *ticket)
{
	uint8_t bytes[TICKET_SIZE_MAX_DEVICE];
	char code[TICKET_CODE_SIZE_MAX];
	struct ticket read;
	size_t used;

	if (ticket_encode(bytes, &used, sizeof(bytes), ticket, fuzz_key(KEY_TICKET)) != TICKET_OK)
		return;
	(void)ticket_code(code, sizeof(code), slice_of(bytes, used));
	MUST(ticket_read(&read, slice_text(code), fuzz_ring()) == TICKET_OK);
	MUST(read.iat_s == ticket->iat_s && id_equal(read.id, ticket->id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[1024];
	struct writer to = { .data = again, .size = sizeof(again) };
	struct slice bytes = slice_of(data, size);
	struct ticket ticket;

	if (size > sizeof(again))
		return 0;
	if (ticket_read_claims(&ticket, bytes)) {
		MUST(ticket.exp_s >= ticket.nbf_s && ticket.iat_s >= 0);
		ticket_write_claims(&to, &ticket);
		MUST(!to.failed && slice_equal(slice_of(again, to.used), bytes));
		issue_again(&ticket);
	}
	if (ticket_parse(&ticket, bytes) == TICKET_OK) {
		MUST(size <= (ticket.has_device_key ? TICKET_SIZE_MAX_DEVICE : TICKET_SIZE_MAX));
		issue_again(&ticket);
	} else {
		MUST(ticket_verify(&ticket, bytes, fuzz_ring()) != TICKET_OK);
	}
	if (ticket_read(&ticket, bytes, fuzz_ring()) == TICKET_OK)
		MUST(ticket_peek(&ticket, bytes) == TICKET_OK);
	return 0;
}
