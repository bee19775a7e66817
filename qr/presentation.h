/* qr/presentation.h - the proof that a dynamic ticket is shown by the phone it was sold to, now.
 *
 * An outer COSE_Sign1 (tag 18) by the phone's Ed25519 key, the ticket's cnf: its payload is the
 * whole ticket, its protected header {1: -8, 15: {6: iat}} (CWT Claims in headers, RFC 9597), the
 * unprotected one empty. One encoding. The phone makes a fresh one every PRESENTATION_STEP_S. As a
 * text it is a code like a ticket's: ticket_code. Nothing is allocated.
 */
#ifndef QR_PRESENTATION_H
#define QR_PRESENTATION_H

#include "core/crypto.h"
#include "qr/ticket.h"

enum {
	PRESENTATION_SIZE_MAX = 276, /* QR version 12 (M) */
	PRESENTATION_STEP_S = 15,
	PRESENTATION_PAST_S = 45,  /* How old it may be, and how far ahead, where nobody says */
	PRESENTATION_AHEAD_S = 15, /* otherwise: two steps of slowness, one of a wrong clock. */
};
#define PRESENTATION_CODE_SIZE_MAX (4 + BASE45_TEXT_SIZE(PRESENTATION_SIZE_MAX)) /* With the NUL.  \
										  */

enum presentation_status {
	PRESENTATION_BARE, /* A plain ticket, or something else that names a key. */
	PRESENTATION_OK,
	PRESENTATION_MALFORMED,
};

struct presentation {
	struct slice ticket; /* The ticket's COSE_Sign1: part of the bytes given. */
	int64_t iat_s;
};

/* What it says, unverified; *out is of use with PRESENTATION_OK alone. That its ticket is one, and
 * of that key, is the caller's to see to: qr/code does. */
MUSTCHECK enum presentation_status presentation_read(struct presentation *out, struct slice bytes);
/* Whether these bytes are a presentation signed by that key. */
MUSTCHECK bool presentation_verify(struct slice bytes, const uint8_t device_key[SIGN_PUBLIC_SIZE]);

/* As a wallet does. False: more than PRESENTATION_SIZE_MAX, or iat_s negative. out_size >=
 * PRESENTATION_SIZE_MAX (asserted). */
MUSTCHECK bool presentation_make(uint8_t *out, size_t *used, size_t out_size, struct slice ticket,
				 int64_t iat_s, const struct sign_key *device);
/* The iat of one made at that time: when its step began. */
int64_t presentation_step(time_ms at);

/* Made more than past_s before `at_ms`, or more than ahead_s after it. */
bool presentation_is_stale(int64_t iat_s, time_ms at_ms, int64_t past_s, int64_t ahead_s);

/* What a gate remembers a presentation by: the first 16 bytes of SHA-256 over its bytes. Who has
 * not the key cannot give it another, for the encoding and the signature of it are one each. */
struct id128 presentation_id(struct slice bytes);

#endif
