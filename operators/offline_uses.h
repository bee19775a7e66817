/* operators/offline_uses.h - the uses of one ticket that offline gates told of, put in an order
 * that does not ask when they were told.
 *
 *   use/<ticket uuid>/offline   struct offline_uses
 *
 * Online admissions stand. Offline ones fill what these left, in the order of (gate time in whole
 * skew bounds, gate id, scan_id); the rest is contested. A use that arrives late may displace one
 * that counted: the same set of uses has the same standings, whatever the order of arrival.
 *
 * What can be said of an offline use without knowing the others of its ticket is said before it
 * comes here; here, whether it was too late, whether the sailing had a place, somebody was inside,
 * the phone's proof was shown before, it was too soon elsewhere, how many uses are left, and what
 * a static ticket may still earn that day (operators/offline_cap.h).
 *
 * An exit or an alighting is no use. It ends the ride that is open when it comes: one that counts
 * before one that is contested (ride_contested), and never one that began after it by the gates'
 * clocks. Without any it is no_entry, until its boarding is told of. Within one skew bound clocks
 * have no order, so there an exit comes first where a boarding would else find somebody inside.
 * Nobody is inside any more when the service day is over, for an exit may never be told. An exit
 * that is contested lets go all the same of the ride that it ends, but for one by a copied proof:
 * that was somebody else.
 *
 * A proof that was shown online, or by what was told, is good at one gate for as many as the ticket
 * carries. All that is known of online scans is what struct use remembers when something is told,
 * and what it remembered at earlier tellings. A showing that is no newer than one that gave way,
 * and not known, is a copy: else whoever tells often enough could tell the first again for ever.
 * Pure.
 */
#ifndef OPERATORS_OFFLINE_USES_H
#define OPERATORS_OFFLINE_USES_H

#include "operators/contest.h"

struct shape;

enum {
	/* With room for one more fact in one command's events, each of these may change at once.
	 * When there are more, the last in the order that does not count leaves; where all count,
	 * the first, with the exit that ends it. Who leaves keeps its standing for ever. */
	OFFLINE_USE_COUNT_MAX = 60,
	OFFLINE_RECORD_SIZE_MAX = 16384, /* The store's STORE_VALUE_SIZE_MAX. */
	OFFLINE_ROOM = OFFLINE_USE_COUNT_MAX + 2, /* While one is added, and an online ride. */
	OFFLINE_SHOWN_COUNT_MAX = 24,		  /* The newest that were shown online, */
	OFFLINE_RIDE_COUNT_MAX = 32,		  /* and the last rides that are over. */
	OFFLINE_THROUGH_COUNT_MAX = 16,
};

/* Stored by place. */
#define OFFLINE_STANDINGS(X)                                                                       \
	X(counts, ADMITTED) X(expired, EXPIRED) X(passed_back, PASSED_BACK) X(used_up, USED_UP)    \
	X(ride_contested, NO_ENTRY) X(full, FULL) X(already_inside, ALREADY_INSIDE)                \
	X(no_entry, NO_ENTRY) X(overstayed, OVERSTAYED) X(wrong_order, WRONG_ORDER)                \
	X(static_capped, USED_UP)
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
	time_ms at, uploaded_at;
	int64_t bundle;
	char gate_id[ID_SIZE], operator_id[ID_SIZE];
	uint8_t mode, riders;
	bool leaving;
	bool released; /* Let out by staff, however long it was inside. */
	/* No use that was told: the ride that online scans left open. It counts there, and stands
	 * here for the exits that may end it. */
	bool online;
	char stop[STOP_ID_SIZE], route[STOP_ID_SIZE];
	char service_id[ID_SIZE]; /* The sailing, or whose reservation it used; empty: none. */
	uint8_t place; /* 1 + which of the ticket's reservations it is now; 0: none. Not stored. */
	uint8_t seats; /* Of its sailing's allotment, where it counts: it had no reservation. */
	uint16_t room; /* How many the sailing has for all of this ticket. Not stored. */
	struct id128 proof; /* Of a phone; zeroes: none. */
	time_ms proof_at;
	bool forgotten; /* When it was told, its showing may have been one that gave way. */
	yen deemed_fare_yen; /* What it adds where it counts. */
	yen fare_yen;	     /* What it is worth where it is contested. */
	uint8_t standing;    /* enum offline_standing */
	/* Of an exit: the fact_id of the boarding that it ends, and of the one for which what
	 * follows was reckoned. Zeroes: none. */
	struct id128 ride_id, priced_id;
	bool backwards; /* Its stop comes before that one's. */
	char through_operator_id[ID_SIZE];
	yen through_fare_yen;
	uint32_t distance_m, through_distance_m; /* Of all riders. */
	/* Of its operators' bounds of its service day, where it counts. Not stored. */
	day_t day;
	yen taken_yen, through_taken_yen;
};

struct offline_uses {
	struct offline_use uses[OFFLINE_ROOM]; /* In the order. */
	uint16_t count;
	/* Online, and told by those that have left; the newest first. */
	struct use_proof shown[OFFLINE_SHOWN_COUNT_MAX];
	uint16_t shown_count;
	time_ms shown_gone; /* The newest that gave way, by its proof's time; 0: none. */
	/* The newest day of those that took of their operator's bound and left; 0: none. */
	day_t gone_day;
	yen gone_yen;
	struct use_ride rides[OFFLINE_RIDE_COUNT_MAX]; /* In the order of their ends. */
	uint16_t ride_count;
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

struct offline_through { /* Trains go through from the one's line to the other's. */
	const char *from, *to;
};

struct offline_terms {
	const struct ticket *ticket;
	const struct product *product;
	uint16_t boundary_min;
	const struct extensions *extensions; /* NULL: none. */
	struct offline_through through[OFFLINE_THROUGH_COUNT_MAX];
	size_t through_count;
};

struct offline_result { /* What online scans and the uses that count have made of the ticket. */
	uint16_t uses, mode_uses[MODE_COUNT];
	uint8_t places;
	time_ms first;
	const struct offline_use *inside; /* Whose ride is open at the end; NULL: nobody's. */
};

/* Takes over what online scans left in the ticket's record, and says on what the list stands. */
void offline_base(struct offline_base *, struct offline_uses *, const struct use *);
uint8_t offline_place(const struct offline_use *, const struct use *);
/* Returns its place. Room must be there (asserted). */
size_t offline_add(struct offline_uses *, const struct offline_use *);
/* operators/offline_judge.c. Sets each one's standing and ride_id; an exit whose ride is not the
 * one that it was reckoned for loses its fare. The result is good until the list changes. */
void offline_judge(struct offline_result *, struct offline_uses *, const struct offline_base *,
		   const struct offline_terms *);
/* What the uses that count make of the ticket's record; n is the caller's. */
void offline_write(struct use *, struct offline_uses *, const struct offline_base *,
		   const struct offline_result *, const struct offline_terms *);
/* Until no more than `most` are left. */
void offline_drop(struct offline_uses *, size_t most);
/* Until it fits its record: no more than OFFLINE_USE_COUNT_MAX, fewer where names are long. */
void offline_fit(struct offline_uses *);
/* The boarding that an exit ends; NULL: none. */
const struct offline_use *offline_begun(const struct offline_uses *, const struct offline_use *);
int64_t offline_span(time_ms); /* In whole skew bounds. */
/* The ticket's last whole second, as its face says. */
time_ms offline_face_until(const struct ticket *);

#endif
