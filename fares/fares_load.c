/* fares/fares_load.c - records that several commands need, found the same way by all. Without it
 * each would have its own idea of who may see a ticket.
 */
#include "fares/fares_op.h"

#include "core/crypto.h"

#include <string.h>

static const char *uuid_key(struct call *call, const char *kind, struct id128 id)
{
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, id);
	return call_key(call, "%s/%s", kind, text);
}

void code_digest(uint8_t out[CODE_DIGEST_SIZE], struct slice ticket)
{
	digest_parts(out, CODE_DIGEST_SIZE, &ticket, 1);
}

const char *ticket_record_key(struct call *call, struct id128 ticket_id)
{
	return uuid_key(call, "ticket", ticket_id);
}

const char *use_record_key(struct call *call, struct id128 ticket_id)
{
	return uuid_key(call, "use", ticket_id);
}

const char *service_record_key(struct call *call, const char *operator_id, const char *service_id)
{
	return call_key(call, "service/%s/%s", operator_id, service_id);
}

void answer_location(struct call *call, const char *path)
{
	MUST(text_set(call->reply.location, sizeof(call->reply.location), slice_text(path)));
}

bool load_ticket(struct call *call, struct sale *sale, struct use *use, struct id128 ticket_id)
{
	int got = call_load(call, sale, &sale_shape, ticket_record_key(call, ticket_id));
	int got_use = call_load(call, use, &use_shape, use_record_key(call, ticket_id));

	if (got < 0)
		return call_refuse(call, 404, "TICKET_UNKNOWN", "there is no such ticket of yours");
	return got > 0 && got_use > 0;
}

bool may_see_ticket(struct call *call, const struct sale *sale)
{
	if (call->caller.role == ROLE_council ||
	    strcmp(call->caller.subject, sale->partner_id) == 0)
		return true;
	return call_refuse(call, 404, "TICKET_UNKNOWN", "there is no such ticket of yours");
}

bool load_product_version(struct call *call, struct product *product, uint16_t number,
			  uint16_t version)
{
	int got = call_load(call, product, &product_shape,
			    call_key(call, "prodver/%04x/%04x", number, version));

	if (got < 0)
		return call_refuse(call, 404, "PRODUCT_UNKNOWN", "the product has no such version");
	return got > 0;
}

bool load_product(struct call *call, struct product *product, const char *product_id,
		  uint16_t version)
{
	struct product_head head;
	int got =
	    call_load(call, &head, &product_head_shape, call_key(call, "product/%s", product_id));

	if (got < 0)
		return call_refuse(call, 404, "PRODUCT_UNKNOWN", "there is no such product");
	if (got == 0)
		return false;
	return load_product_version(call, product, head.number,
				    version == 0 ? head.version : version);
}
