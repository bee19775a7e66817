/* core/log_op.h - the sealed log for everybody, without a token: its checkpoint, its tiles, and
 * where in it a second lies. Nothing of it tells what happened.
 */
#ifndef CORE_LOG_OP_H
#define CORE_LOG_OP_H

#include "core/http.h"
#include "core/tile.h"

/* Where a second that is sealed lies. The proof is in the tree: each second that held events ends
 * in a second_closed that says how many, and its data can be made from this. */
struct log_second {
	int64_t second, sealed_s;
	struct seal_second held, before, after; /* held: of a second with events. */
};
extern const struct shape log_second_shape;

extern const struct http_routes log_routes;

/* A number of leaves from a record of the head; for other rooms' questions about the log. False:
 * not fetched yet. */
MUSTCHECK bool log_want_head(struct call *, struct seal_head *);
/* The bundle's record, width 0 where there is none. False: not fetched yet. */
MUSTCHECK bool log_want_bundle(struct call *, struct tile *, uint64_t number);
/* The first key of a record that may stand behind the bundle's first leaf: of events, of sec/. */
void log_bundle_keys(const struct tile *, char event[SEAL_KEY_TEXT_SIZE],
		     char second[SEAL_KEY_TEXT_SIZE]);
#define LOG_EVENTS_END  "ev/0/:"
#define LOG_SECONDS_END "sec/0/:"

#endif
