/* qr/bcbp.h - what an airline's boarding pass says (IATA BCBP, Resolution 792, format M, one to
 * four legs).
 *
 * Mandatory items are read strictly, and every size field must come out even with the text's end.
 * Conditional items come in a fixed order, end where their section does, and are given as they
 * stand; what a later version adds behind them is passed over. A pass of one leg that stops after
 * the compartment (it has no seat yet) is read too, with the later items empty. It is unsigned as
 * far as we can tell: the security data are the airline's own. Pure.
 */
#ifndef QR_BCBP_H
#define QR_BCBP_H

#include "core/base.h"

enum { BCBP_SIZE_MAX = 700, BCBP_LEG_COUNT_MAX = 4, BCBP_BAG_TAG_COUNT_MAX = 3 };

/* The conditional items that each leg repeats. Without padding; empty: not said. They are personal
 * data for the most part, so all are parts of the text that was read and not to be kept beyond it.
 */
struct bcbp_extra {
	struct slice airline_numeric_code; /* "014": with the serial number, the ticket's number. */
	struct slice document_number;      /* Form and serial number */
	struct slice selectee;
	struct slice document_verification; /* International: "1" required, "2" done */
	struct slice marketing_carrier;
	struct slice frequent_flyer_airline, frequent_flyer_number;
	struct slice id_ad;        /* Staff and agents' tickets */
	struct slice free_baggage; /* "20K", "4PC" */
	struct slice fast_track;   /* "Y", "N", or empty */
	struct slice airline_use;  /* The airline's own, with its padding. */
};

/* Texts are NUL-terminated, without the spaces they were padded with. */
#define BCBP_LEG_ITEMS                                                                             \
	char pnr[8];                                                                               \
	char from[4], to[4]; /* IATA airport codes */                                              \
	char carrier[4];     /* Operating carrier: 2 or 3 characters */                            \
	char flight[6];      /* "834", "834A": without leading zeros */                            \
	uint16_t julian_day; /* Day of the year, 1 to 366; the year is not said */                 \
	char compartment;                                                                          \
	char seat[5];          /* As printed: "001A"; empty: none */                               \
	char sequence[6];      /* Check-in sequence as printed: "0025"; empty: none */             \
	char passenger_status; /* ' ': none */                                                     \
	struct bcbp_extra extra

struct bcbp_leg {
	BCBP_LEG_ITEMS;
};

struct bcbp {
	char format;     /* 'M' */
	uint8_t legs;    /* 1 to BCBP_LEG_COUNT_MAX */
	bool electronic; /* Electronic ticket indicator */
	/* The passenger's name, padding off: part of the text that was read. Not to be kept beyond
	 * it, for it is a personal datum. */
	struct slice passenger_name;

	/* The items that stand once; ' ' or empty: not said. */
	char version; /* '6'; ' ': there is no conditional section. */
	char passenger_description, checkin_source, issuance_source;
	char issue_year;     /* Its last digit */
	uint16_t issue_day;  /* Of the year; 0: not said */
	char document_type;  /* 'B': boarding pass, 'I': itinerary receipt */
	struct slice issuer; /* Airline */
	struct slice bag_tags[BCBP_BAG_TAG_COUNT_MAX];

	char security_type; /* ' ': no security data. */
	struct slice security;

	union {
		struct bcbp_leg leg[BCBP_LEG_COUNT_MAX];
		struct { /* Most passes have one leg, and its items can be named without it. */
			BCBP_LEG_ITEMS;
		};
	};
};

/* False: not a conforming pass; *out is then of no use. */
MUSTCHECK bool bcbp_read(struct bcbp *out, struct slice text);

#endif
