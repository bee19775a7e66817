/* fares/departure.h - services and the places held on them, in the order of their departure: what
 * the next two days bring is read without asking every ticket.
 *
 *   depart/<operator_id>/<second, 10 digits>/<service_id>   empty: there is such a service
 *   resv/<operator_id>/<second>/<ticket, base64url><8 hex>  struct booking; the hex tells services
 *                                                           of the same second apart
 *
 * Who changes a reservation in a ticket's use record changes this in the same commit.
 */
#ifndef FARES_DEPARTURE_H
#define FARES_DEPARTURE_H

#include "core/call.h"
#include "fares/booking.h"

const char *booking_key(struct call *, const char *operator_id, const char *service_id,
			time_ms departs_at, struct id128 ticket_id);
const char *depart_key(struct call *, const struct service *);
/* Come before whatever departs at or after that second. */
const char *booking_range_key(struct call *, const char *operator_id, int64_t second);
const char *depart_range_key(struct call *, const char *operator_id, int64_t second);
/* False: the key names no service (asked of the store's own keys: asserted there). */
MUSTCHECK bool depart_key_read(char service_id[ID_SIZE], struct slice key);

#endif
