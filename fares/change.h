/* fares/change.h - what a gate's bundle carries and has changed, filed under the second in which it
 * did, so that a delta need not compare two bundles.
 *
 *   chg/<second, 10 digits>/<command's id in hex><k, 2 hex>   struct change
 *
 * A change names what changed; how it stands is read where it stands. Its commit names the second's
 * fence, so that a second that is closed holds all of its changes. Keys, a gate's place and its
 * rules are in every bundle and need none.
 */
#ifndef FARES_CHANGE_H
#define FARES_CHANGE_H

#include "core/call.h"
#include "fares/sale.h"

enum change_kind {
	CHANGE_PRODUCT,     /* product_number, product_version: published */
	CHANGE_STATUS,      /* status_list, status_index: a ticket's status */
	CHANGE_SERVICE,     /* operator_id, service_id, departs_at */
	CHANGE_RESERVATION, /* the same and ticket_id: held or given back; its service's places too
			     */
	CHANGE_OVERRIDE,    /* product_number (0: each): its tickets are valid longer */
};

struct change {
	uint8_t kind; /* enum change_kind */
	uint16_t product_number, product_version, status_list;
	uint32_t status_index;
	char operator_id[ID_SIZE], service_id[ID_SIZE];
	time_ms departs_at;
	struct id128 ticket_id;
};
extern const struct shape change_shape;
#define CHANGE_UNTIL "chg0" /* The end of the range. */

/* In writes. filed_at: what call_event, fact_file or call_fence returned. k: its place among those
 * of this command. */
void change_file(struct call *, const struct change *, uint8_t k, time_ms filed_at);
/* Comes before every change of this second. */
const char *change_range_key(struct call *, int64_t second);

#endif
