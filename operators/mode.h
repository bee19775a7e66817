/* operators/mode.h - for scan.c and the mode_*.c files: what a scan means whatever the mode. Pure.
 */
#ifndef OPERATORS_MODE_H
#define OPERATORS_MODE_H

#include "operators/scan.h"

enum {
	SERVICE_LEFT_MAX_H =
	    2, /* Checked in until so long after it left: late boats, late uploads. */
	SERVICE_AHEAD_MAX_H = 24, /* Checked in from so long before it leaves. */
};

/* Whether a gate of this mode asks such things at all; other kinds are not decided. */
bool mode_takes_kind(enum fares_mode, enum scan_kind);

/* The rider goes: an exit, an alighting, or let out by staff. Every other kind begins a use. */
bool mode_kind_leaves(enum scan_kind);
bool mode_is_leaving(const struct scan_input *);
/* The rider goes, from a ride that is open with this gate's mode and operator, or is a through one.
 * Whoever came in validly gets out: validity, passback and uses are not asked. */
bool mode_ends_ride(const struct scan_input *);
/* Of a ride that is open: it began by rail with another operator, also the product's, whose trains
 * go through to this one's line. */
bool mode_is_through(const struct scan_input *);
/* Less than the product's passback time between this scan and the last one admitted, whichever is
 * the later. */
bool mode_is_recent(const struct scan_input *);

/* Inside rail, and still of this service day: at its end nobody is inside any more. */
bool mode_is_inside_rail(const struct scan_input *);

void mode_ride_open(struct scan_outcome *, const struct scan_input *);
void mode_ride_close(struct scan_outcome *, const struct scan_input *);
/* Remembers one that is over: the last ones, in the order of the calls. */
void mode_ride_note(struct use *, const struct use_ride *);

/* A showing that was admitted is remembered: the newest ones, the newest first, whatever the order
 * of the calls. Known already: its riders are added. */
void mode_proof_note(struct use *, const struct use_proof *);
/* NULL: not known. */
const struct use_proof *mode_proof_find(const struct use *, struct id128);

/* One rider's fare as the feed says, or the operator's base fare. */
yen mode_fare(const struct scan_input *);

/* Index of the reservation on exactly this service; -1: none. */
int mode_reservation_index(const struct scan_input *);
/* The service being checked in, and the reservation where the product or a boarding pass asks for
 * one. It is checked in. */
enum scan_verdict mode_service_decide(struct scan_outcome *, const struct scan_input *);

#endif
