/* qr/cose.h - COSE_Sign1 (RFC 9052 section 4.2) with Ed25519, read, verified, signed and written.
 *
 * General: reads what any library issues, with definite lengths, and tells how it was written; what
 * a ticket must not be is refused by qr/ticket. Algorithms: EdDSA (-8), and Ed25519 (-19, RFC 9864)
 * for a key that says so. Nothing is allocated: all slices are parts of the bytes given.
 */
#ifndef QR_COSE_H
#define QR_COSE_H

#include "core/codec.h"
#include "core/crypto.h"

enum { COSE_ALG_EDDSA = -8, COSE_ALG_ED25519 = -19 };
enum { COSE_HEADER_COUNT_MAX = 16 }; /* Parameters in both headers together. */

enum cose_status {
	COSE_OK,
	COSE_MALFORMED, /* Not one COSE_Sign1, a label twice, or a critical parameter we do not
			   know. */
	COSE_UNSUPPORTED_ALG,
	COSE_FORGED,
};

struct cose_sign1 {
	struct slice protected_header; /* The map's bytes; empty where the map is. */
	int64_t alg;
	bool alg_protected;
	struct slice kid; /* Of either header; data NULL: none. */
	bool kid_protected;
	bool unprotected_empty;
	bool tagged;   /* Tag 18 stood in front. */
	bool detached; /* The payload was nil: the caller sets it before verifying. */
	struct slice payload, signature;
};

struct cose_key {
	struct slice kid; /* The message must name it; empty: any message, or none named. */
	uint8_t public_key[SIGN_PUBLIC_SIZE];
	bool accepts_alg_ed25519;
};

/* Reads the whole of `bytes`. An algorithm we do not know is told before any other fault of a
 * message whose headers can be read, for there is then no telling what else it may mean. */
MUSTCHECK enum cose_status cose_read(struct cose_sign1 *out, struct slice bytes);

/* Room that cose_verify and cose_sign need in `scratch` for the Sig_structure. */
size_t cose_scratch_size(struct slice protected_header, struct slice external_aad,
			 struct slice payload);

/* `scratch` has at least cose_scratch_size() bytes left (asserted); its content is of no use after.
 */
MUSTCHECK enum cose_status cose_verify(const struct cose_sign1 *, const struct cose_key *,
				       struct slice external_aad, struct writer *scratch);

void cose_sign(uint8_t out[SIGNATURE_SIZE], const struct sign_key *, struct slice protected_header,
	       struct slice external_aad, struct slice payload, struct writer *scratch);

/* A protected header of alg and kid, as deterministic CBOR, without the byte string around it. */
void cose_write_protected(struct writer *, int64_t alg, struct slice kid);
/* The same, with the object's type (label 16, RFC 9596); empty: none. */
void cose_write_protected_typed(struct writer *, int64_t alg, struct slice kid, struct slice typ);
/* The object: tag 18, an empty unprotected header. */
void cose_write(struct writer *, struct slice protected_header, struct slice payload,
		struct slice signature);

/* Whether cose_write would write just these bytes, of which cose_read has made the object; how its
 * protected header is written is the caller's to compare. */
MUSTCHECK bool cose_is_as_written(const struct cose_sign1 *, struct slice bytes);

#endif
