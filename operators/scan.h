/* operators/scan.h - may this ticket pass this gate? The same object runs in the server, in a gate
 * and in the gate page.
 *
 * scan_decide() has an answer for every input; a refusal is a verdict, not an error. A scan sent
 * twice never reaches it: core/flow answers from the first.
 *
 * Whoever is inside gets out: an exit or alighting that ends an open ride of the same mode and
 * operator, or by rail of one whose trains go through to this one's line, is asked for neither
 * validity, the product's passback nor uses. It is asked for the rest: a revoked ticket, another
 * operator's station, too many riders are the staff's. An exit at a pier, an airport or a shop is
 * NO_ENTRY, for these keep nobody inside; any other kind begins a use, whatever the gate calls it.
 * Only somebody inside rail is kept from entering or boarding, and only until the service day is
 * over, when nobody is inside any more; whoever stayed too long is let out by staff, who say
 * `release` instead of `exit`. A bus ride that nobody ended is ended by the next boarding anywhere.
 * A use is one scan, however many its riders.
 *
 * A phone's proof is good at one gate, on the way in or out, for as many riders as its ticket
 * carries; anything more is PASSED_BACK, and so is a proof older than one already seen, or another
 * of its time. By a slow clock an older one may be the phone's own: it passes if it is not among
 * the last USE_PROOF_COUNT_MAX, and not older than all of these where so many are known. Pure.
 */
#ifndef OPERATORS_SCAN_H
#define OPERATORS_SCAN_H

#include "fares/extension.h"
#include "fares/reservation.h"
#include "operators/registry.h"

/* In order of precedence: the first that applies is the answer. This one list feeds the enum, the
 * names on the wire, the documentation, and the test that none is untested. */
#define SCAN_VERDICTS(X)                                                                           \
	X(MALFORMED, "the code is no ticket of ours and no boarding pass")                         \
	X(UNKNOWN_KEY, "signed with a key that is not trusted")                                    \
	X(FORGED, "the signature does not fit")                                                    \
	X(DEVICE_PROOF_MISSING, "a phone's ticket shown without the phone's proof")                \
	X(DEVICE_PROOF_FORGED, "the proof is another phone's, or over other bytes")                \
	X(DEVICE_PROOF_STALE, "the phone's proof is too old, or of a time to come")                \
	X(UNKNOWN_PRODUCT, "the product or its version is not known here")                         \
	X(REVOKED, "refunded or withdrawn")                                                        \
	X(NOT_YET_VALID, "before the first moment of validity")                                    \
	X(EXPIRED, "after the last moment of validity")                                            \
	X(WRONG_OPERATOR, "the product does not cover this operator")                              \
	X(WRONG_MODE, "the product does not cover this mode")                                      \
	X(WRONG_ZONE, "the product does not cover this gate's zone")                               \
	X(WRONG_RIDERS, "more riders than the ticket carries, or none")                            \
	X(NO_RESERVATION, "a reservation is needed and there is none")                             \
	X(WRONG_SERVICE, "reserved on another service, or the service is not here")                \
	X(FULL, "no place left in the allotment")                                                  \
	X(NO_ENTRY, "an exit or alighting without an entry or boarding")                           \
	X(ALREADY_INSIDE, "an entry or boarding while still inside")                               \
	X(OVERSTAYED, "longer inside than the product allows")                                     \
	X(WRONG_ORDER, "the stop comes before the one of boarding")                                \
	X(PASSED_BACK, "at another gate too recently for one person")                              \
	X(USED_UP, "no uses left")                                                                 \
	X(ADMITTED, "let the rider pass")

enum scan_verdict {
#define X(name, why) SCAN_##name,
	SCAN_VERDICTS(X)
#undef X
	SCAN_VERDICT_COUNT
};
extern const char *const scan_verdict_names[]; /* NULL-ended */
extern const char *const scan_verdict_whys[];  /* NULL-ended */

#define SCAN_KINDS(X) X(enter) X(exit) X(board) X(alight) X(check_in) X(redeem) X(release)
enum scan_kind {
#define X(name) SCAN_KIND_##name,
	SCAN_KINDS(X)
#undef X
	SCAN_KIND_COUNT
};
extern const char *const scan_kind_names[]; /* NULL-ended */

struct scan {
	enum scan_kind kind;
	time_ms at; /* By the gate's clock; the shell bounds its skew. */
	uint8_t riders;
	const char *stop;       /* Where: the gate's own or, if it moves, as scanned. "" unknown. */
	const char *service_id; /* The sailing or flight being checked in; "" none. */
	/* Shown by the ticket's phone, whose signature was verified. Its time, what to remember it
	 * by, and how old or how far ahead of `at` it may be. */
	bool dynamic;
	time_ms proof_at;
	struct id128 proof;
	uint16_t proof_past_s, proof_ahead_s;
};

struct scan_place { /* The gate and what stands around it. */
	const struct gate *gate;
	const struct operator *operator;
	/* NULL: none named, or not known (then service_known is false). */
	const struct service *service;
	bool service_named, service_known;
	uint16_t boundary_min;
	/* One rider's fare from where the ride began, or of the sailing; -1: not known. */
	yen od_fare_yen;
	/* Rail: the operator with whom the ride began, where its trains go through to this one's
	 * line: never this gate's own. One rider's fare with it, to the junction; -1: not known.
	 * od_fare_yen is then from the junction on. NULL: no such ride. */
	const struct operator *through;
	yen through_fare_yen;
	bool backwards; /* Bus: the stop comes before the one of boarding, surely. */
};

struct scan_input {
	const struct ticket *ticket;
	const struct product *product; /* NULL: UNKNOWN_PRODUCT. */
	const struct use *use;
	const struct scan_place *place;
	const struct scan *scan;
	const struct extensions *extensions; /* Of the ticket's validity; NULL: none. */
	bool by_coupon; /* Found by an airline's boarding pass, not by our own code. */
	bool reversed;  /* The rider's app read the vehicle's code, and shows none of the ticket. */
};

enum { SCAN_USES_NO_LIMIT = 0xffff };

struct scan_outcome {
	enum scan_verdict verdict;
	struct use next;       /* As it was, where refused. The caller sets its last_event_at. */
	bool boarding;	       /* A use begins here. */
	yen deemed_fare_yen;   /* All riders; what this scan adds for the gate's operator. */
	bool through;	       /* Ends a ride that began with the operator use->inside_operator. */
	yen through_fare_yen;  /* All riders; what this scan adds for that one. */
	uint16_t takes_places; /* Of the service's allotment, by someone without a reservation. */
	/* When the ticket's last validity or last use is past: the latter where no use is left in
	 * all, or of any mode, and nobody is inside. Never after the validity. */
	time_ms over_at;
	time_ms valid_until; /* The last moment; next.valid_until is without extensions. */
	/* At this gate: in all, or of its mode, whichever is less. SCAN_USES_NO_LIMIT; 0 where the
	 * product is unknown. */
	uint16_t uses_left;
};

void scan_decide(struct scan_outcome *, const struct scan_input *);

/* For scan.c: one file a mode decides what the mode alone knows. SCAN_ADMITTED: nothing against it.
 * Each sets the part of *out that its mode changes (inside, fare, places). */
enum scan_verdict mode_rail_decide(struct scan_outcome *, const struct scan_input *);
enum scan_verdict mode_bus_decide(struct scan_outcome *, const struct scan_input *);
enum scan_verdict mode_ferry_decide(struct scan_outcome *, const struct scan_input *);
enum scan_verdict mode_air_decide(struct scan_outcome *, const struct scan_input *);
enum scan_verdict mode_venue_decide(struct scan_outcome *, const struct scan_input *);

#endif
