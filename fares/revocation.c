/* fares/revocation.c - without it a list of a million tickets would be read to find the ten that
 * were given back.
 */
#include "fares/revocation.h"

#include "core/date.h"

enum { ENTRY_SIZE = 2, STATUS_BITS = 4 };

uint16_t revocation_list(day_t sold_on)
{
	day_t first = day_of_civil((struct civil){ 2026, 1, 1 });

	return sold_on < first || sold_on - first > UINT16_MAX ? 0 : (uint16_t)(sold_on - first);
}

const char *revocation_range_key(struct call *call, uint32_t list)
{
	/* The list after the last one: the range's end. */
	return list > UINT16_MAX ? REVOCATION_UNTIL : call_key(call, "rev/%04x/", list);
}

const char *revocation_key(struct call *call, uint16_t list, uint32_t index)
{
	MUST(index < SLOT_INDEX_COUNT);
	return call_key(call, "rev/%04x/%02x", list, index / REVOCATION_CHUNK_COUNT);
}

bool revocation_key_read(uint16_t *list, uint32_t *first_index, struct slice key)
{
	uint8_t bytes[2], chunk;

	if (key.size != sizeof("rev/0000/00") - 1 || !slice_starts(key, SLICE("rev/")) ||
	    key.data[8] != '/' || !hex_decode(bytes, 2, slice_of(key.data + 4, 4)) ||
	    !hex_decode(&chunk, 1, slice_of(key.data + 9, 2)))
		return false;
	*list = (uint16_t)(bytes[0] << 8 | bytes[1]);
	*first_index = (uint32_t)chunk * REVOCATION_CHUNK_COUNT;
	return true;
}

size_t revocation_count(struct slice chunk)
{
	return chunk.size / ENTRY_SIZE;
}

struct revocation revocation_at(struct slice chunk, uint32_t first_index, size_t n)
{
	const uint8_t *at = chunk.data + n * ENTRY_SIZE;
	uint32_t word = (uint32_t)at[0] << 8 | at[1];

	MUST(n < revocation_count(chunk));
	return (struct revocation){ first_index + (word >> STATUS_BITS),
				    (uint8_t)(word & ((1u << STATUS_BITS) - 1)) };
}

uint8_t revocation_status(struct slice chunk, uint32_t index)
{
	uint32_t first = index - index % REVOCATION_CHUNK_COUNT;

	for (size_t i = 0; i < revocation_count(chunk); i++) {
		struct revocation one = revocation_at(chunk, first, i);

		if (one.index == index)
			return one.status;
	}
	return TICKET_VALID;
}

static size_t put_entry(uint8_t *out, size_t used, struct revocation one)
{
	uint32_t word = one.index % REVOCATION_CHUNK_COUNT << STATUS_BITS | one.status;

	out[used] = (uint8_t)(word >> 8);
	out[used + 1] = (uint8_t)word;
	return used + ENTRY_SIZE;
}

size_t revocation_set(uint8_t out[REVOCATION_CHUNK_SIZE_MAX], struct slice chunk,
		      struct revocation set)
{
	uint32_t first = set.index - set.index % REVOCATION_CHUNK_COUNT;
	bool pending = set.status != TICKET_VALID;
	size_t used = 0;

	MUST(set.status < 1u << STATUS_BITS);
	for (size_t i = 0; i < revocation_count(chunk); i++) {
		struct revocation one = revocation_at(chunk, first, i);

		if (pending && one.index >= set.index) {
			used = put_entry(out, used, set);
			pending = false;
		}
		if (one.index != set.index)
			used = put_entry(out, used, one);
	}
	return pending ? put_entry(out, used, set) : used;
}

void revocation_want(struct call *call, uint16_t list, uint32_t index)
{
	call_want(call, revocation_key(call, list, index));
}

void revocation_put(struct call *call, uint16_t list, struct revocation set)
{
	const char *key = revocation_key(call, list, set.index);
	const struct record *record = call_found(call, key);
	uint8_t chunk[REVOCATION_CHUNK_SIZE_MAX];
	size_t size;

	MUST(record != NULL);
	size = revocation_set(chunk, record->value, set);
	if (size == 0)
		call_remove(call, key);
	else
		call_put(call, key, slice_of(chunk, size));
}
