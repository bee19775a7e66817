/* qr/bcbp.h - what an airline's boarding pass says of its first leg (IATA BCBP, Resolution 792,
 * format M).
 *
 * Mandatory items are read, conditional ones and airlines' own only measured: every size field must
 * come out even with the text's end. A pass that stops after the compartment (it has no seat yet)
 * is read too, with the later items empty. It is unsigned: whoever can print can make one. Pure.
 */
#ifndef QR_BCBP_H
#define QR_BCBP_H

#include "core/base.h"

enum { BCBP_SIZE_MAX = 700, BCBP_LEG_COUNT_MAX = 9 };

/* Texts are NUL-terminated, without the spaces they were padded with. */
struct bcbp {
	char format;     /* 'M' */
	uint8_t legs;    /* 1 to 9, of which the first is told here */
	bool electronic; /* Electronic ticket indicator */
	/* The passenger's name, padding off: part of the text that was read. Not to be kept beyond
	 * it, for it is a personal datum. */
	struct slice passenger_name;
	char pnr[8];
	char from[4], to[4]; /* IATA airport codes */
	char carrier[4];     /* Operating carrier: 2 or 3 characters */
	char flight[6];      /* "834", "834A": without leading zeros */
	uint16_t julian_day; /* Day of the year, 1 to 366; the year is not said */
	char compartment;
	char seat[5];          /* As printed: "001A"; empty: none */
	char sequence[6];      /* Check-in sequence as printed: "0025"; empty: none */
	char passenger_status; /* ' ': none */
};

/* False: not a conforming pass; *out is then of no use. */
MUSTCHECK bool bcbp_read(struct bcbp *out, struct slice text);

#endif
