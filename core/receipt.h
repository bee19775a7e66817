/* core/receipt.h - the signed promise that a fact is in the log: given at once, before its second
 * is sealed, and good against whoever leaves it out.
 *
 * What is committed together is signed together: the facts' leaves, each with its second, are the
 * leaves of a small RFC 6962 tree, and the log's key signs its root:
 *
 *   group leaf   SHA-256(0x00 || second (8 bytes) || leaf (32))
 *   signed       "hitotsu receipt v1\n" <origin> "\n" <root, base64> "\n"
 *
 * No checkpoint can be read from that text, for its second line is no number.
 */
#ifndef CORE_RECEIPT_H
#define CORE_RECEIPT_H

#include "core/seal.h"
#include "core/shape.h"

enum {
	RECEIPT_GROUP_MAX = 1024,
	RECEIPT_PATH_MAX = 10, /* 2^10 leaves. */
	RECEIPT_PATH_TEXT_SIZE = RECEIPT_PATH_MAX * SHA256_SIZE * 4 / 3 + 4,
	RECEIPT_KID_SIZE = 4, /* As in GET /v1/keys: of SHA-256(public key). */
	RECEIPT_JSON_SIZE_MAX = 1024,
	RECEIPT_SAME_SIZE = 320,
};

struct receipt {
	struct seal_hash leaf;
	int64_t second;
	uint32_t index, size;              /* In its group, and of that. */
	char path[RECEIPT_PATH_TEXT_SIZE]; /* The hashes one behind another, base64url. */
	struct seal_hash root;
	uint8_t kid[RECEIPT_KID_SIZE];
	uint8_t signature[SIGNATURE_SIZE];
};
extern const struct shape receipt_shape;

/* Does the key say so? What the leaf is a leaf of is the caller's to know. */
bool receipt_holds(const struct receipt *, const char *origin,
		   const uint8_t public_key[SIGN_PUBLIC_SIZE]);

struct receipt_group { /* Some 64 KiB: one is enough. */
	uint32_t count;
	struct {
		struct seal_hash leaf;
		int64_t second;
	} of[RECEIPT_GROUP_MAX];
	uint32_t level_count;
	uint32_t level_at[RECEIPT_PATH_MAX + 2]; /* Where each level of the tree begins. */
	struct seal_hash node[2 * RECEIPT_GROUP_MAX + RECEIPT_PATH_MAX];
	uint8_t kid[RECEIPT_KID_SIZE], signature[SIGNATURE_SIZE];
	char same[RECEIPT_SAME_SIZE]; /* JSON: what all its receipts have. */
};

/* `count` and `of` are filled, one at least. */
void receipt_sign(struct receipt_group *, const char *origin, const struct sign_key *);
void receipt_of(struct receipt *out, const struct receipt_group *, uint32_t index);
/* The same as JSON, as receipt_shape has it: written by hand, for each scan pays for it. */
void receipt_write(struct writer *, const struct receipt_group *, uint32_t index);

#endif
