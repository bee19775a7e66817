/* qr/code.h - whatever a rider shows a gate in our format, a bare ticket or a phone's presentation,
 * read and believed in one go.
 *
 * The statuses are the scan verdicts of the same names, in their order of precedence. Whether a
 * proof is stale or was shown before is not said here: that needs the gate's clock and memory, and
 * is the decider's.
 */
#ifndef QR_CODE_H
#define QR_CODE_H

#include "qr/presentation.h"

enum code_status {
	CODE_OK,
	CODE_MALFORMED, /* A signature of a phone around a ticket that names none is so, too. */
	CODE_UNKNOWN_KEY,
	CODE_FORGED,
	CODE_DEVICE_PROOF_MISSING, /* Stripped: the ticket has a device key and is shown bare. */
	CODE_DEVICE_PROOF_FORGED,
};

enum code_proof { CODE_PROOF_UNCHECKED, CODE_PROOF_HOLDS, CODE_PROOF_FORGED };

struct code { /* May be copied. */
	struct ticket ticket;
	uint8_t proof; /* enum code_proof: what code_check_proof found. */
	bool presented; /* By a phone, and then: */
	int64_t presented_s;
	uint16_t size, ticket_at, ticket_size; /* Of bytes. */
	uint8_t bytes[PRESENTATION_SIZE_MAX];  /* As presented: the whole object. */
};

/* What it says, unverified: OK or MALFORMED. *out is of use with OK alone. */
MUSTCHECK enum code_status code_parse(struct code *out, struct slice text);
/* Whether to believe what code_parse read. */
MUSTCHECK enum code_status code_verify(const struct code *, const struct keyring *);
/* The same where the caller knows that the ticket's bytes (code_ticket) are ours, having issued or
 * verified just them before: all but the issuer's signature, for it costs most of the time. */
MUSTCHECK enum code_status code_verify_known(const struct code *, const struct keyring *);
/* Of one presented: checks the phone's signature and notes what it found, so that the two above
 * need not do it. It touches nothing but the code: for another thread. */
void code_check_proof(struct code *);
/* Both in one. */
MUSTCHECK enum code_status code_read(struct code *out, struct slice text, const struct keyring *);

/* The ticket's COSE_Sign1: part of `bytes`. */
struct slice code_ticket(const struct code *);
/* What to remember a presentation by; zero for a bare ticket. */
struct id128 code_presentation_id(const struct code *);

#endif
