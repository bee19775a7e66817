/* qr/bundle.h - what a gate carries when it has no network, as one signed container; what its
 * sections say is for later rooms.
 *
 * COSE_Sign1 of a bundle key, typ "application/hitotsu-bundle+cose", over a map {1: format (1), 2:
 * number, 3: since, 4: made at, 5: expires at, 6: {section number: bytes}} in deterministic CBOR.
 * One encoding. Numbers only grow; since 0 is a whole bundle, N a delta for a gate that has N or a
 * later one. Nothing is allocated: sections are parts of the bytes given.
 */
#ifndef QR_BUNDLE_H
#define QR_BUNDLE_H

#include "core/codec.h"
#include "qr/keyring.h"

#define BUNDLE_TYP "application/hitotsu-bundle+cose"

enum {
	BUNDLE_FORMAT = 1,
	BUNDLE_SIZE_MAX = 8 * 1024 * 1024,
	BUNDLE_SECTION_COUNT_MAX = 32,
	BUNDLE_AHEAD_S = 300, /* How far a gate's clock may lag behind the server's. */
};

struct bundle_section {
	int64_t number;
	struct slice bytes;
};

struct bundle {
	int64_t number; /* From 1. */
	int64_t since;  /* 0: whole. */
	int64_t made_at_s, expires_at_s;
	size_t section_count;
	struct bundle_section sections[BUNDLE_SECTION_COUNT_MAX]; /* Numbers rising. */
};

enum bundle_status {
	BUNDLE_OK,
	BUNDLE_MALFORMED,
	BUNDLE_TOO_LARGE, /* Of bundle_write alone: what is read and too large is MALFORMED. */
	BUNDLE_UNKNOWN_KEY,
	BUNDLE_FORGED,
	BUNDLE_FROM_FUTURE, /* Made more than BUNDLE_AHEAD_S after now. */
	BUNDLE_EXPIRED,
	BUNDLE_OLDER, /* Than the one held. */
	BUNDLE_GAP,   /* A delta since one that is not held yet: ask for a whole one. */
};

/* Signs. The key holds its secret and is for bundles; `scratch` has bundle_scratch_size() left
 * (asserted). MALFORMED: a value that no bundle may have. TOO_LARGE: more than BUNDLE_SIZE_MAX or
 * than the writer's room. */
MUSTCHECK enum bundle_status bundle_write(struct writer *to, const struct bundle *,
					  const struct keyring_key *, struct writer *scratch);
size_t bundle_scratch_size(const struct bundle *);

/* What it says, unverified, and by which key (part of the bytes) it says it is signed. False: no
 * bundle. For whoever commissions a gate. */
MUSTCHECK bool bundle_peek(struct bundle *out, struct slice *kid, struct slice bytes);

/* Reads and verifies, with `scratch` of bytes.size left (asserted): signed by a bundle key of the
 * ring in force when it was made, neither expired nor of the future at `at_s`, and not older than
 * the one held (0: none is). *out is of use with OK alone. */
MUSTCHECK enum bundle_status bundle_read(struct bundle *out, struct slice bytes,
					 const struct keyring *, int64_t at_s, int64_t held_number,
					 struct writer *scratch);

/* data NULL: it has no such section. */
struct slice bundle_section(const struct bundle *, int64_t number);

#endif
