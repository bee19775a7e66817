/* operators/offline_uses.h - the uses of one ticket that offline gates told of, put in an order
 * that does not ask when they were told.
 *
 *   offuse/<ticket uuid>   struct offline_uses
 *
 * Online admissions stand. Offline ones fill what these left, in the order of (gate time in whole
 * skew bounds, gate id, scan_id); the rest is contested. A use that arrives late may displace one
 * that counted: the same set of uses has the same standings, whatever the order of arrival.
 *
 * What can be said of an offline use without knowing the others of its ticket is said before it
 * comes here. Whether somebody was still inside is not asked at all: an exit may be told later, or
 * never. An exit or an alighting is no use; it stands as the boarding that it ends. Pure.
 */
#ifndef OPERATORS_OFFLINE_USES_H
#define OPERATORS_OFFLINE_USES_H

#include "operators/contest.h"

struct shape;

/* With room for one more fact in one command's events, each of these may change at once. When there
 * are more, the first in the order leaves, and keeps its standing for ever. */
enum { OFFLINE_USE_COUNT_MAX = 60 };

/* Stored by place. */
#define OFFLINE_STANDINGS(X)                                                                       \
	X(counts, ADMITTED) X(expired, EXPIRED) X(passed_back, PASSED_BACK) X(used_up, USED_UP)    \
	X(ride_contested, NO_ENTRY)
enum offline_standing {
#define X(name, verdict) OFFLINE_##name,
	OFFLINE_STANDINGS(X)
#undef X
	OFFLINE_STANDING_COUNT
};
extern const char *const offline_standing_names[]; /* NULL-ended */
extern const enum scan_verdict offline_verdicts[OFFLINE_STANDING_COUNT];

struct offline_use {
	struct id128 scan_id, fact_id; /* fact_id: of the fact that told of it first. */
	time_ms at, uploaded_at, bundle_at;
	int64_t bundle;
	char gate_id[ID_SIZE], operator_id[ID_SIZE];
	uint8_t mode, riders;
	bool leaving;
	char service_id[ID_SIZE]; /* Whose reservation it used; empty: none. */
	uint8_t place; /* 1 + which of the ticket's reservations it is now; 0: none. Not stored. */
	struct id128 proof;  /* Of a phone; zeroes: none. */
	yen deemed_fare_yen; /* What it adds where it counts. */
	yen fare_yen;	     /* What it is worth where it is contested. */
	uint8_t standing;    /* enum offline_standing */
};

struct offline_uses {
	struct offline_use uses[OFFLINE_USE_COUNT_MAX]; /* In the order. */
	uint16_t count;
	/* Of struct use: what the online scans made of it, and what was made of that here. */
	time_ms online_first, online_last, written_first, written_last;
	char online_gate[ID_SIZE], written_gate[ID_SIZE];
};
extern const struct shape offline_uses_shape;

struct offline_base { /* What online scans, and those that left the list, made of the ticket. */
	uint16_t uses, mode_uses[MODE_COUNT];
	uint8_t places; /* Bits: reservations that are checked in. */
	time_ms first_used_at, last_at;
	char last_gate[ID_SIZE];
};

struct offline_terms {
	const struct ticket *ticket;
	const struct product *product;
	uint16_t boundary_min;
};

/* Makes room for one more, and then says on what the list stands. */
void offline_base(struct offline_base *, struct offline_uses *, const struct use *);
uint8_t offline_place(const struct offline_use *, const struct use *);
/* Returns its place. Room must be there (asserted). */
size_t offline_add(struct offline_uses *, const struct offline_use *);
void offline_judge(struct offline_uses *, const struct offline_base *,
		   const struct offline_terms *);
/* What the uses that count make of the ticket's record; inside and n are the caller's. */
void offline_write(struct use *, struct offline_uses *, const struct offline_base *,
		   const struct offline_terms *);
/* The ticket's last whole second, as its face says. */
time_ms offline_face_until(const struct ticket *);

#endif
