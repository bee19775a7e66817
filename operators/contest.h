/* operators/contest.h - what was done offline, judged: is it contested, and who bears how many yen
 * of it, and why.
 *
 * The rider was carried; the question is only who pays. One that the server would have refused is
 * contested. Its operator bears it where its own gate could have known: the clock, the ticket's
 * face, the bundle in the gate, a bundle too old to be trusted, an upload too late to be checked;
 * and what a static ticket earns beyond its product's bound, for nothing proves that anybody rode.
 * What no gate could know, the council bears: a refund after the ride or after the bundle, uses at
 * other gates. What the gate refused carried nobody and is never contested.
 *
 * When a bundle was made is nobody's word: its number is the second, by the server's clock, up to
 * which it tells what happened. Pure.
 */
#ifndef OPERATORS_CONTEST_H
#define OPERATORS_CONTEST_H

#include "operators/scan.h"

enum { CONTEST_SKEW_S = 300 }; /* How far the clock of an honest gate may be off. */

/* Stable names: they are in the log and on the wire. In order of precedence, but for NONE. */
#define CONTEST_WHYS(X)                                                                            \
	X(NONE, "")                                                                                \
	X(BUNDLE_UNKNOWN, "the gate names a bundle that was not given out when it uploaded")       \
	X(CLOCK_WRONG, "the gate's clock was wrong: ahead of the upload, or behind its bundle")    \
	X(NO_RIDE, "a phone's ticket without its phone's proof is no ride")                        \
	X(FACE_SAID_NO, "the ticket's own face said no")                                           \
	X(BUNDLE_SAID_NO, "the bundle in the gate said no")                                        \
	X(STATIC_CAP, "a static ticket had earned its operator as much that day as it may")        \
	X(UPLOADED_TOO_LATE, "uploaded after the grace")                                           \
	X(REFUNDED_AFTER_RIDE, "refunded after the ride and before its upload")                    \
	X(BUNDLE_TOO_OLD, "the gate held no bundle, or one too old")                               \
	X(REFUNDED_AFTER_BUNDLE, "taken back after the gate's bundle was made")                    \
	X(USED_ELSEWHERE, "used before, at gates of which this one could not know")                \
	X(COULD_NOT_KNOW, "refused for what an offline gate could not know")                       \
	X(RIDE_CONTESTED, "the end of a ride whose beginning is contested")

enum contest_why {
#define X(name, what) CONTEST_##name,
	CONTEST_WHYS(X)
#undef X
	CONTEST_WHY_COUNT
};
extern const char *const contest_why_names[]; /* NULL-ended; NONE is "". */

enum bearer { BEARER_NONE, BEARER_OPERATOR, BEARER_COUNCIL };
extern const char *const bearer_names[]; /* NULL-ended: "", "operator", "council" */

struct contest_input {
	enum scan_verdict verdict; /* By all that the server knows. */
	bool carried;		   /* The gate let the rider pass. */
	bool static_capped;	   /* More than a static ticket may earn its operator a day. */
	time_ms at, uploaded_at;   /* By the gate's clock; by the server's. */
	int64_t bundle;		   /* Its number; 0: the gate held none. */
	bool outage;		   /* Declared by the council for the ride's operator and time. */
	time_ms face_until;	   /* The ticket's own last moment. */
	time_ms revoked_at;	   /* When it was refunded or withdrawn; 0: not known. */
	uint16_t bundle_max_age_h, grace_h;
	yen fare_yen;  /* What carrying them is deemed to be worth, all riders. */
	yen price_yen; /* Of the ticket; -1: no ticket of ours. */
};

struct contest {
	bool contested;
	enum bearer bearer;
	yen borne_yen;
	enum contest_why why;
};

/* Whether an outage matters to a ride at that time by that bundle. */
bool contest_bundle_is_old(int64_t bundle, time_ms at, uint16_t bundle_max_age_h);
void contest_decide(struct contest *, const struct contest_input *);

#endif
