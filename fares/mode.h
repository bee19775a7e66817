/* fares/mode.h - the modes of travel that a ticket may cover (Transmodel: Mode). Pure. */
#ifndef FARES_MODE_H
#define FARES_MODE_H

#include "core/base.h"

/* The order is on the ticket (bits of its modes): never change it. */
#define FARES_MODES(X) X(rail) X(bus) X(ferry) X(air) X(venue)
enum fares_mode {
#define X(name) MODE_##name,
	FARES_MODES(X)
#undef X
	    MODE_COUNT
};
#define MODE_BIT(mode) (1u << (mode))

extern const char *const fares_mode_names[]; /* NULL-ended */

#endif
