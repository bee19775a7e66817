/* operators/participation.h - who takes part on a day, counted as the plan counts: 社局 in its
 * scope with an agreement in force.
 *
 * The scope is rail, bus, ship and air; who has only venues is not counted. A legal entity counts
 * once however many of its bureaus take part; an operator whose number is not known is taken for
 * one of its own and shown as unverified. By mode and by prefecture, an operator counts in each of
 * its own. Pure.
 */
#ifndef OPERATORS_PARTICIPATION_H
#define OPERATORS_PARTICIPATION_H

#include "operators/views.h"

enum {
	PARTICIPATION_OPERATOR_COUNT_MAX = 2048,
	PARTICIPATION_ACTIVE_DAYS = 30,
	PARTICIPATION_MODES = MODE_BIT(MODE_rail) | MODE_BIT(MODE_bus) | MODE_BIT(MODE_ferry) |
			      MODE_BIT(MODE_air),
};

struct participation {
	uint32_t participants, legal_entities, unverified;
	uint32_t in_scope_total; /* Members or not. */
	uint32_t share_bp;	 /* Participants of these, rounded down. */
	uint32_t active_30_days; /* Participants whose last accepted scan is not older. */
	uint32_t by_mode[MODE_COUNT], by_prefecture[PREFECTURE_COUNT];
};

/* count <= PARTICIPATION_OPERATOR_COUNT_MAX (asserted). */
void participation_count(struct participation *out, const struct op_view *views, size_t count,
			 day_t date);

#endif
