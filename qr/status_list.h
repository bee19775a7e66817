/* qr/status_list.h - two bits a ticket that say whether it was revoked or blocked after it was
 * sold: a Token Status List (draft-ietf-oauth-status-list), CWT form.
 *
 * COSE_Sign1 of a status key, typ "application/statuslist+cwt"; claims 2 sub (the list's URI), 4
 * exp, 6 iat, 65534 ttl, 65533 {"lst": zlib, "bits": 2}. The status of index i stands in byte i /
 * 4, from the low bits up. Deterministic, one encoding. Nothing is allocated but by zlib, and not
 * even there if a block is given.
 */
#ifndef QR_STATUS_LIST_H
#define QR_STATUS_LIST_H

#include "core/deflate.h"
#include "qr/keyring.h"

#define STATUS_LIST_TYP "application/statuslist+cwt"

enum {
	STATUS_LIST_BITS = 2,
	STATUS_LIST_COUNT_MAX = 1 << 20,
	STATUS_LIST_BYTES_MAX = STATUS_LIST_COUNT_MAX * STATUS_LIST_BITS / 8,
	STATUS_LIST_URI_SIZE_MAX = 255,
	/* zlib makes what cannot be packed a little larger. */
	STATUS_LIST_PACKED_MAX = STATUS_LIST_BYTES_MAX + STATUS_LIST_BYTES_MAX / 1000 + 64,
	STATUS_LIST_SIZE_MAX = STATUS_LIST_PACKED_MAX + 512, /* The object. */
	STATUS_LIST_SCRATCH_SIZE = 3 * STATUS_LIST_SIZE_MAX, /* Of writing any list. */
};

enum token_status {
	TOKEN_VALID,
	TOKEN_INVALID,     /* REVOKED */
	TOKEN_SUSPENDED,   /* BLOCKED */
	TOKEN_APPLICATION, /* Ours to give a meaning to: it has none. */
};

struct status_entry {
	uint32_t index;
	uint8_t status; /* enum token_status */
};

/* Out: statuses[size], VALID but for the entries. Each index is below 4 * size (asserted); the last
 * entry of an index counts. */
void status_list_build(uint8_t *statuses, size_t size, const struct status_entry *, size_t count);
/* False: beyond the list, which says nothing of it then; such a ticket is not to be let pass. */
MUSTCHECK bool status_list_get(enum token_status *out, struct slice statuses, uint32_t index);

struct status_list {
	struct slice uri;            /* sub */
	int64_t iat_s, exp_s, ttl_s; /* ttl: ask for a newer one after so many seconds. */
	struct slice packed;         /* lst, when read: see status_list_unpack. */
};

enum status_list_status {
	STATUS_LIST_OK,
	STATUS_LIST_MALFORMED,
	STATUS_LIST_UNKNOWN_KEY,
	STATUS_LIST_FORGED,
	STATUS_LIST_EXPIRED,
	STATUS_LIST_TOO_LARGE, /* For the writer, or the room to unpack into. */
	STATUS_LIST_NO_MEMORY, /* For zlib. */
};

/* Signs. Of `list`, `packed` is not looked at. The key holds its secret and is for status lists,
 * `scratch` has 3 * (size + size / 1000 + 576) bytes (asserted). MALFORMED: a URI that is empty,
 * too long or no UTF-8, a negative time, or more statuses than STATUS_LIST_COUNT_MAX. */
MUSTCHECK enum status_list_status status_list_write(
    struct writer *to, const struct status_list *list, struct slice statuses,
    const struct keyring_key *, struct writer *scratch, const struct deflate_block *);

/* Reads and verifies: signed by a status key of the ring that was in force at its iat, and not yet
 * expired at `at_s`. Of which list it is, is for the caller to compare. `scratch` has bytes.size
 * left (asserted); *out is of use with OK alone, and part of `bytes`. */
MUSTCHECK enum status_list_status status_list_read(struct status_list *out, struct slice bytes,
						   const struct keyring *, int64_t at_s,
						   struct writer *scratch);
/* The statuses, behind what stands in the writer, whose room is the limit. */
MUSTCHECK enum status_list_status status_list_unpack(struct writer *statuses,
						     const struct status_list *,
						     const struct deflate_block *);

#endif
