/* operators/outage.h - times in which the council says that the network, not the operator, was to
 * blame for an old bundle.
 *
 *   outage/<until, ms, 13 digits>/<uuid>   struct outage
 *
 * An outage counts for the uploads that come after it was declared, whenever their rides were. What
 * was judged before stays as it was answered.
 */
#ifndef OPERATORS_OUTAGE_H
#define OPERATORS_OUTAGE_H

#include "core/call.h"
#include "fares/product.h"

enum {
	OUTAGE_OPERATOR_COUNT_MAX = 60, /* A fact for each in one command. */
	OUTAGE_DAYS_MAX = 31,
	OUTAGE_REASON_SIZE = 241,
};

struct outage_operator {
	char operator_id[ID_SIZE];
};

struct outage {
	struct id128 outage_id;
	time_ms from, until; /* Of rides; the last moment excluded. */
	bool all;	     /* Every operator's, */
	struct outage_operator operators[OUTAGE_OPERATOR_COUNT_MAX]; /* or these. */
	uint16_t operator_count;
	char reason[OUTAGE_REASON_SIZE];
	time_ms declared_at;
};
extern const struct shape outage_shape;

/* In keys: all that may cover a ride at `earliest` or later. False: not yet. */
MUSTCHECK bool outages_load(struct call *, time_ms earliest);
/* After that, with the same `earliest`: was there one, of this operator at that time? */
bool outage_covers(struct call *, time_ms earliest, const char *operator_id, time_ms at);

#endif
