/* operators/bundle_section.h - what the sections of a gate's bundle say, written by the server and
 * read by gates: docs/bundle-format.md as code.
 *
 * Sections are deterministic CBOR. In a delta, STATUSES, PRODUCTS, RESERVATIONS and SERVICES hold
 * what changed and are laid over what is held; the others are whole and take its place. Nothing
 * here waits or allocates, and what is read is part of the bytes given or copied.
 */
#ifndef OPERATORS_BUNDLE_SECTION_H
#define OPERATORS_BUNDLE_SECTION_H

#include "core/codec.h"
#include "fares/booking.h"
#include "fares/extension.h"
#include "operators/registry.h"
#include "qr/bundle.h"

enum section_number { /* Stable. */
	/* Array: [kid, use, public key, not before, not after, retired, revoked, takes alg -19] */
	SECTION_KEYS = 1,
	SECTION_STATUSES,  /* Array: [list, index, status]; a ticket not named is VALID. */
	SECTION_OVERRIDES, /* Array of stored records: struct extension. Whole in deltas, too. */
	SECTION_PRODUCTS,  /* Array of stored records: struct product. */
	SECTION_DAY_TYPES, /* Arrays, empty so far: route sets come with products by line. */
	SECTION_ROUTE_SETS,
	SECTION_EXCESS_FARES,
	SECTION_RESERVATIONS, /* Array of stored records: struct booking; no seats: given back. */
	/* Map: 1 gate, 2 operator (stored records), 3 day boundary, 4 junctions (a section). */
	SECTION_PLACE,
	SECTION_RULES,    /* Map: struct section_rules. */
	SECTION_SERVICES, /* Array of stored records: struct service. */
	SECTION_LAST = SECTION_SERVICES,
};

enum { /* What a gate must have room for. The server refuses to build more. */
	SECTION_PRODUCT_COUNT_MAX = 256,
	SECTION_SERVICE_COUNT_MAX = 512,
	SECTION_JUNCTION_COUNT_MAX = 64,
	SECTION_OVERRIDE_COUNT_MAX = 512,
};

struct section_status {
	uint16_t list;
	uint32_t index;
	uint8_t status; /* enum ticket_state; in a delta TICKET_VALID too. */
};

struct section_rules { /* 1 to 3 in this order. A reader skips what it does not know. */
	uint16_t proof_past_s, proof_ahead_s, bundle_max_age_h;
};

struct section_place {
	struct gate gate;
	struct operator operator;
	uint16_t boundary_min;
	struct slice junctions; /* A section of records of its own: section_open. */
};

/* --- Writing: a section's array is begun with its count, then come its items. --- */

void section_put_key(struct writer *, const struct keyring_key *);
void section_put_status(struct writer *, const struct section_status *);
void section_put_rules(struct writer *, const struct section_rules *);
/* gate and operator: stored records; junctions: a whole section. */
void section_put_place(struct writer *, struct slice gate, struct slice operator_record,
		       uint16_t boundary_min, struct slice junctions);

/* --- Reading: item by item. --- */

enum section_got {
	SECTION_ITEM,
	SECTION_END,
	SECTION_BROKEN, /* Not what the server writes: the bundle is not to be used. */
};

struct section {
	struct reader rest;
	uint64_t left;
	bool broken;
};

/* data NULL, for a section that is not there, is an empty one. What is broken shows with the first
 * item. */
void section_open(struct section *, struct slice);
/* *out has no secret. */
MUSTCHECK enum section_got section_next_key(struct section *, struct keyring_key *out);
MUSTCHECK enum section_got section_next_status(struct section *, struct section_status *out);
/* A record's bytes, to be read by one of those below. */
MUSTCHECK enum section_got section_next_record(struct section *, struct slice *out);
MUSTCHECK bool section_read_product(struct product *, struct slice record);
MUSTCHECK bool section_read_service(struct service *, struct slice record);
MUSTCHECK bool section_read_booking(struct booking *, struct slice record);
MUSTCHECK bool section_read_extension(struct extension *, struct slice record);
MUSTCHECK bool section_read_junction(struct junction *, struct slice record);
MUSTCHECK bool section_read_place(struct section_place *, struct slice);
MUSTCHECK bool section_read_rules(struct section_rules *, struct slice);

#endif
