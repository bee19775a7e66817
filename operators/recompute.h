/* operators/recompute.h - a month divided once more from its rides, by all processors at once.
 *
 * The same fares/sharing does it that divided the month first. Sums do not depend on who adds them
 * up: the same sheet gives the same answer on any number of threads. Memory: a block and a table of
 * sums a thread, however many rides there are. A rule that is pooled by month is divided by what
 * its kind's tickets left together; one that goes by declared counts needs more than a sheet has,
 * and its pool stays whole.
 */
#ifndef OPERATORS_RECOMPUTE_H
#define OPERATORS_RECOMPUTE_H

#include "operators/ride_sheet.h"

struct recompute_sum { /* One operator's of one kind. */
	yen share_yen;
	uint64_t tickets, boardings, riders, deemed_fare_yen, distance_m;
};

struct recompute_whole { /* Of one kind: what did not go to operators, and what all of it was. */
	yen earned_yen, commission_yen, payment_fee_yen, council_fee_yen, unused_yen, pool_yen;
	uint64_t tickets;
};

struct recompute {
	const struct sheet *sheet;
	struct recompute_sum *sums;    /* [kind * operator_count + operator] */
	struct recompute_whole *whole; /* [kind] */
	bool damaged;
};

/* `threads` 0: as many as there are processors. False: no memory, or out->damaged. What it holds is
 * given back by recompute_close either way. */
MUSTCHECK bool recompute_run(struct recompute *out, const struct sheet *, unsigned threads);
void recompute_close(struct recompute *);

#endif
