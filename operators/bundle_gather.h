/* operators/bundle_gather.h - for bundle_op.c: what the store holds of one gate's bundle, section
 * by section.
 */
#ifndef OPERATORS_BUNDLE_GATHER_H
#define OPERATORS_BUNDLE_GATHER_H

#include "fares/change.h"
#include "operators/bundle_section.h"
#include "operators/operators_op.h"

enum {
	BUNDLE_AHEAD_H = 48, /* Services and reservations that leave within this, */
	BUNDLE_BEHIND_H = 6, /* or have left within this: they may be late. */
	BUNDLE_DELTA_DAYS = 14,
	BUNDLE_CHANGE_COUNT_MAX = 256, /* More of them make a whole bundle. */
};

struct bundle_cmd {
	int64_t asked_since; /* 0: a whole one. */

	/* By this try's keys. */
	struct gate gate;
	struct operator operator;
	int64_t number, since; /* since 0: whole. */
	struct change changes[BUNDLE_CHANGE_COUNT_MAX];
	size_t change_count;
	day_t first_sale; /* No ticket sold before it can still be valid. */
	struct extension *extensions; /* SECTION_OVERRIDE_COUNT_MAX; those that gates may meet. */
	size_t extension_count;
};

/* One section on its way: counted, or written. */
struct part {
	struct writer *to; /* NULL: it is counted. */
	size_t count, size; /* size: at most so many bytes, head included. */
};

/* Gives a section's items to the part. False: something was asked for and is not there yet, or
 * refused. Called in keys until all are true, then in decide. */
typedef bool bundle_give(struct call *, struct bundle_cmd *, struct part *);
extern bundle_give *const bundle_givers[SECTION_LAST + 1]; /* NULL: it is no array. */

/* The same for the junctions of the gate's operator, which stand within its place. */
bundle_give bundle_give_junctions;

/* bundle_reach.c: what may be met at this gate. --- */
/* Validity that the council made longer: asked for before all that follows. False: not yet, or
 * refused. */
bool bundle_load_overrides(struct call *, struct bundle_cmd *);
bundle_give bundle_give_overrides;
/* Whether a ticket of it may be met from now on. Out: the first day of whose sales one may. */
bool bundle_may_meet(day_t *first_sale, const struct call *, const struct bundle_cmd *,
		     const struct product *);

/* The changes since cmd->since; too many of them, or one that changes which products may be met,
 * and the bundle is a whole one. False: not yet. */
bool bundle_load_changes(struct call *, struct bundle_cmd *);

#endif
