/* fares/fact.h - every event of the log, one flat shape: what happened, told once, for ever.
 *
 * A fact is deterministic CBOR, a map by tag, empty fields left out. Its type says which fields
 * count. No personal datum enters: ids, numbers, days and yen only. The bookkeeper folds facts and
 * asks nothing else but immutable records (product and rule versions).
 */
#ifndef FARES_FACT_H
#define FARES_FACT_H

#include "core/call.h"
#include "fares/money.h"
#include "fares/sale.h"

/* Stored by place: new ones go to the end. */
#define FACT_TYPES(X)                                                                              \
	X(sold)     /* ticket_id product partner_id category riders yen not_after */               \
	X(refunded) /* ticket_id product partner_id yen (given back) fee_yen fee_to */             \
	X(reserved) /* ticket_id operator_id service mode riders */                                \
	X(scanned)  /* ticket_id product operator_id gate_id mode kind verdict riders stop service \
		       deemed_fare_yen over_at n */                                                \
	X(product_published)  /* product */                                                        \
	X(rule_published)     /* rule_id rule_version */                                           \
	X(operator_changed)   /* operator_id modes prefectures corporate_number bureau in_scope    \
				 joined left */                                                    \
	X(partner_registered) /* partner_id */                                                     \
	X(feed_imported)      /* operator_id: the feed */                                          \
	X(day_closed)         /* day: every service day up to it */                                \
	X(period_closed)      /* day: the month's first day */                                     \
	X(contest_changed)    /* what an offline scan (changed_id, at) is from now on: scanned */  \
	X(passengers_listed)  /* ticket_id operator_id service mode list_id digest count */        \
	X(erased_passengers)  /* day (their terms were over before it) count */                    \
	X(flown) /* ticket_id product operator_id service mode kind (flown, no_show) coupon riders \
		    and, without a scan, boarding deemed_fare_yen over_at n */                     \
	X(outage_declared)   /* operator_id (none: every one), from, until */                      \
	X(validity_extended) /* ticket_id with over_at n, or product (none: every one) with from   \
				until; valid_until */                                              \
	X(remitted)       /* partner_id, payee_id, or other_id (a funder): yen reference day */    \
	X(credit_limited) /* partner_id limit_yen */                                               \
	X(claimed)        /* operator_id owes other_id since day: yen note */                      \
	X(loss_funded)    /* out of the council's income: yen note */                              \
	X(line_moved)     /* day (its period) operator_id line move by note; decided: signed_yen,  \
			     other_id (whose loss it is; empty: the council's) */                  \
	X(counted)        /* operator_id's own counts: day (the first) count (rows) digest */      \
	X(declared)       /* operator_id boardings in the month of day, by its own count */        \
	X(payout_made)     /* day (the month) count (transfers) yen pay_on */                      \
	X(payout_invoiced) /* day payee_id count (its number) yen */                               \
	X(payout_sent)     /* day count (transfers) yen pay_on: the bank has the order */          \
	X(payout_paid)     /* day payee_id count (its number) yen */                               \
	X(payout_returned) /* day payee_id count (its number) yen note */
enum fact_type {
#define X(name) FACT_##name,
	FACT_TYPES(X)
#undef X
	    FACT_TYPE_COUNT
};
extern const char *const fact_type_names[];

enum {
	FACT_DIGEST_SIZE = 32,
	FACT_COUPON_SIZE = 16,
};

struct fact {
	uint8_t type;
	time_ms at;
	struct id128 id; /* The command's: names the fact. */
	struct id128 ticket_id;
	uint16_t product_number, product_version;
	char partner_id[ID_SIZE], category[ID_SIZE];
	uint8_t riders;
	yen yen_amount, fee_yen;
	uint8_t fee_to;
	time_ms not_after;
	char operator_id[ID_SIZE], gate_id[ID_SIZE];
	uint8_t mode;
	char kind[12],
	    verdict[24]; /* Names of operators/scan.h: a list that may grow in the middle. */
	char stop[STOP_ID_SIZE], service[ID_SIZE];
	yen deemed_fare_yen; /* All riders. */
	bool boarding;       /* A use begins here; an exit or an alighting is none. */
	time_ms over_at; /* When the ticket's last validity or last use is past, as known now. */
	uint32_t n;      /* The ticket's own count of events. */
	char rule_id[ID_SIZE];
	uint16_t rule_version;
	uint32_t modes, prefectures;
	char corporate_number[14], bureau[NAME_SIZE];
	bool in_scope;
	day_t joined, left, day;
	/* A ride by a through service that ended at operator_id's: with whom it began, and what is
	 * deemed for that one's part, all riders. */
	char through_operator_id[ID_SIZE];
	yen through_fare_yen;
	struct id128 scan_id; /* The gate's name for a scan. */
	bool offline;          /* Told after it happened: */
	char gate_verdict[24]; /* what its gate said, */
	int64_t bundle_s;      /* by the bundle of this number, */
	time_ms uploaded_at;
	bool contested; /* and what the server thinks of it: operators/contest.h. */
	char bearer[9];
	yen borne_yen;
	char contest_why[24];
	struct id128 changed_id; /* The fact that told of the scan first. */
	struct id128 list_id;             /* Of a passenger list, random. */
	uint8_t digest[FACT_DIGEST_SIZE]; /* SHA-256 of that list's record, its salt included. */
	uint32_t count;                   /* Persons. */
	uint8_t coupon[FACT_COUPON_SIZE]; /* As fares/booking.h's coupon_digest. */
	/* Of all riders, between stops as the crow flies; of the through part. */
	uint64_t distance_m, through_distance_m;
	uint64_t boardings; /* declared */
	time_ms from, until, valid_until; /* As in outages and validity overrides. */
	char reference[REFERENCE_SIZE];   /* The bank's. */
	bool counted;                     /* The sale stands in limit/<partner>: fares/credit.h. */
	char other_id[ID_SIZE];
	char note[FACT_NOTE_SIZE]; /* What people said; no personal datum. */
	char line[LINE_ID_SIZE], move[12], by[BY_SIZE];
	yen signed_yen;
	yen limit_yen; /* -1: none. */
	day_t run_off; /* operator_changed: its last day at the gates. */
	char payee_id[ID_SIZE];
	day_t pay_on;
};
extern const struct shape fact_shape;

/* Encodes and files it; *after as in call_event. Returns when it is filed. */
time_ms fact_file(struct call *, const struct fact *, time_ms after);
MUSTCHECK bool fact_read(struct fact *out, struct slice event);

#endif
