/* fares/mode.c - the names of the modes on the wire. Pure. */
#include "fares/mode.h"

const char *const fares_mode_names[] = {
#define X(name) #name,
	FARES_MODES(X)
#undef X
	    NULL,
};
