/* core/call_cache.h - records that hardly ever change, kept decoded: gates, operators, products,
 * rules.
 *
 * Nothing is trusted for its age: the record is fetched all the same, and only a value decoded from
 * that very version of that very key is taken. Kinds whose records are removed and made anew, or
 * are written by commands that queue for a hot record, must not be named here.
 */
#ifndef CORE_CALL_CACHE_H
#define CORE_CALL_CACHE_H

#include "core/call.h"

struct call_cache; /* Of one loop. */

MUSTCHECK bool call_cache_open(struct call_cache **);
void call_cache_close(struct call_cache *);
/* False: not a kind that is kept, or not this version. */
MUSTCHECK bool call_cache_get(struct call_cache *, void *out, const struct shape *,
			      const struct record *);
/* The same, of whatever version. */
MUSTCHECK bool call_cache_guess(struct call_cache *, void *out, const struct shape *,
				struct slice key);
void call_cache_keep(struct call_cache *, const struct shape *, const struct record *,
		     const void *value);

#endif
