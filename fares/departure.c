/* fares/departure.c - without it a pier's list of tomorrow would be a search through every ticket.
 */
#include "fares/departure.h"

#include "core/crypto.h"
#include "core/date.h"

enum { TICKET_TEXT_SIZE = 23, SERVICE_MARK_SIZE = 4 };

const char *booking_key(struct call *call, const char *operator_id, const char *service_id,
			time_ms departs_at, struct id128 ticket_id)
{
	char ticket[TICKET_TEXT_SIZE], mark[2 * SERVICE_MARK_SIZE + 1];
	uint8_t digest[SHA256_SIZE];

	base64url_encode(ticket, sizeof(ticket), slice_of(ticket_id.bytes, 16));
	sha256(digest, slice_text(service_id));
	hex_encode(mark, sizeof(mark), slice_of(digest, SERVICE_MARK_SIZE));
	return call_key(call, "resv/%s/%010lld/%s%s", operator_id,
			(long long)(departs_at / SECOND_MS), ticket, mark);
}

const char *depart_key(struct call *call, const struct service *service)
{
	return call_key(call, "depart/%s/%010lld/%s", service->operator_id,
			(long long)(service->departs_at / SECOND_MS), service->service_id);
}

const char *booking_range_key(struct call *call, const char *operator_id, int64_t second)
{
	return call_key(call, "resv/%s/%010lld", operator_id, (long long)second);
}

const char *depart_range_key(struct call *call, const char *operator_id, int64_t second)
{
	return call_key(call, "depart/%s/%010lld", operator_id, (long long)second);
}

bool depart_key_read(char service_id[ID_SIZE], struct slice key)
{
	size_t at = key.size;

	while (at > 0 && key.data[at - 1] != '/')
		at--;
	return at > 0 && text_set(service_id, ID_SIZE, slice_of(key.data + at, key.size - at)) &&
	       service_id[0] != '\0';
}
