/* qr/ticket.h - the signed ticket: claims to bytes, bytes to claims, and whether to believe them.
 *
 * COSE_Sign1 over a CWT (RFC 8392) in deterministic CBOR, as base45 behind "KM1:";
 * docs/ticket-format.md has it item by item. There is one encoding of a ticket: what is read is
 * encoded again and compared.
 */
#ifndef QR_TICKET_H
#define QR_TICKET_H

#include "qr/base45.h"
#include "qr/claims.h"
#include "qr/keyring.h"

#define TICKET_CODE_SIZE_MAX (4 + BASE45_TEXT_SIZE(TICKET_SIZE_MAX_DEVICE)) /* With the NUL. */

enum ticket_status {
	TICKET_OK,
	TICKET_MALFORMED,
	TICKET_TOO_LARGE, /* Of ticket_encode alone: what is read and too large is MALFORMED. */
	TICKET_UNKNOWN_KEY,
	TICKET_FORGED,
};

/* Signs. Out: *used bytes. The key holds its secret, is for tickets, and out_size >=
 * TICKET_SIZE_MAX_DEVICE (asserted). MALFORMED: a value that no ticket may have. */
MUSTCHECK enum ticket_status ticket_encode(uint8_t *out, size_t *used, size_t out_size,
					   const struct ticket *, const struct keyring_key *);

/* "KM1:" and base45, NUL-terminated; returns the length. out_size >= TICKET_CODE_SIZE_MAX is enough
 * for any ticket; room is asserted. */
size_t ticket_code(char *out, size_t out_size, struct slice cose);

/* The bytes behind "KM1:". False: another prefix, not base45, or more than out_size bytes. */
MUSTCHECK bool ticket_code_bytes(uint8_t *out, size_t *used, size_t out_size, struct slice code);

/* What the code says, and whether it is signed by a key of the ring that was in force at its iat.
 * *out is of use with TICKET_OK alone. What costs little is checked first. */
MUSTCHECK enum ticket_status ticket_read(struct ticket *out, struct slice code,
					 const struct keyring *);

/* What the code says, unverified: OK or MALFORMED. For a server that compares the code with what it
 * remembers to have issued, and for showing. */
MUSTCHECK enum ticket_status ticket_peek(struct ticket *out, struct slice code);

/* The same in steps, of the object's bytes: what it says (OK or MALFORMED), then whether to believe
 * it; `ticket` is what it says. */
MUSTCHECK enum ticket_status ticket_parse(struct ticket *out, struct slice cose);
MUSTCHECK enum ticket_status ticket_verify(const struct ticket *, struct slice cose,
					   const struct keyring *);
/* All of ticket_verify but the signature, for bytes known to be ours. */
MUSTCHECK enum ticket_status ticket_verify_key(const struct ticket *, struct slice cose,
					       const struct keyring *);

/* The claims alone, as the CWT's bytes; the writer fails where they do not fit. */
void ticket_write_claims(struct writer *, const struct ticket *);
/* False: not the one encoding of claims that a ticket may have. */
MUSTCHECK bool ticket_read_claims(struct ticket *out, struct slice claims);

#endif
