/* qr/envelope.h - what we sign, whatever is in it: a COSE_Sign1 that names its key and, but for
 * tickets, its type.
 *
 * Tag 18, protected header {1: alg, 4: kid, 16: typ (RFC 9596)}, unprotected header empty, one
 * encoding. A key signs one kind of object, and is believed for what it signed while in force.
 * Nothing is allocated: the payload is part of the bytes given.
 */
#ifndef QR_ENVELOPE_H
#define QR_ENVELOPE_H

#include "qr/cose.h"
#include "qr/keyring.h"

enum { ENVELOPE_TYP_SIZE_MAX = 40, ENVELOPE_EXTRA_SIZE = 160 };

enum envelope_status {
	ENVELOPE_OK,
	ENVELOPE_MALFORMED,
	ENVELOPE_UNKNOWN_KEY, /* Not in the ring, of another use, or not believed at that time. */
	ENVELOPE_FORGED,
};

/* Room that signing or verifying needs in `scratch` beyond what is used of it. */
size_t envelope_scratch_size(struct slice payload);

/* Writes the object; the key holds its secret, `scratch` has the room (both asserted), typ "":
 * none. The payload may stand behind to->used in the writer's own room: it is read before the
 * object is written. The writer fails where the object does not fit. */
void envelope_write(struct writer *to, struct slice payload, const struct keyring_key *,
		    const char *typ, struct writer *scratch);

/* False: another form or type, or another encoding of it. Nothing is verified yet. */
MUSTCHECK bool envelope_read(struct cose_sign1 *out, struct slice bytes, const char *typ);

/* The ring's key that is believed for this use at this time; NULL: none. */
const struct keyring_key *envelope_key(const struct cose_sign1 *, const struct keyring *,
				       enum key_use, int64_t signed_at_s);

/* `signed_at_s`: when the payload says that it was signed. */
MUSTCHECK enum envelope_status envelope_verify(const struct cose_sign1 *, const struct keyring *,
					       enum key_use, int64_t signed_at_s,
					       struct writer *scratch);

#endif
