/* operators/pseudonym.h - a ticket's name for one operator: the operator, told its key, finds its
 * own scans again; two operators cannot see by the names that they carried the same traveller.
 *
 * The first 16 bytes of HMAC-SHA-256 (RFC 2104) over the ticket's 16, by the operator's secret,
 * which is SHA-256("hitotsu/pseudonym\n" || salt of the fact that first told of it).
 */
#ifndef OPERATORS_PSEUDONYM_H
#define OPERATORS_PSEUDONYM_H

#include "operators/views.h"

struct id128 pseudonym_of(const uint8_t secret[VIEW_SECRET_SIZE], struct id128 ticket_id);

#endif
