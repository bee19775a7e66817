/* fares/extension.c - without it a storm would end every pass that it kept people from using. Pure.
 */
#include "fares/extension.h"

static bool fits(const struct extension *e, uint16_t product_number, uint16_t product_version,
		 struct id128 ticket_id, time_ms end)
{
	if (e->product_number != 0 && e->product_number != product_number)
		return false;
	if (e->product_version != 0 && e->product_version != product_version)
		return false;
	if (!id_is_zero(e->ticket_id) && !id_equal(e->ticket_id, ticket_id))
		return false;
	return (e->from == 0 && e->until == 0) || (end >= e->from && end < e->until);
}

time_ms extension_end(const struct extensions *extensions, uint16_t product_number,
		      uint16_t product_version, struct id128 ticket_id, time_ms end)
{
	time_ms last = end;

	for (size_t i = 0; extensions != NULL && i < extensions->count; i++) {
		const struct extension *e = &extensions->list[i];

		if (e->valid_until > last &&
		    fits(e, product_number, product_version, ticket_id, end))
			last = e->valid_until;
	}
	return last;
}

bool extended_add(struct extended *extended, const struct extension *extension, time_ms now)
{
	uint16_t oldest = 0;

	if (extended->count < EXTENDED_COUNT_MAX) {
		extended->list[extended->count++] = *extension;
		return true;
	}
	for (uint16_t i = 1; i < extended->count; i++)
		if (extended->list[i].valid_until < extended->list[oldest].valid_until)
			oldest = i;
	if (extended->list[oldest].valid_until >= now)
		return false;
	extended->list[oldest] = *extension;
	return true;
}
