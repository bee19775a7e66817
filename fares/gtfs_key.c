/* fares/gtfs_key.c - where a feed's records lie, and which of its fares a ride may pay. Without it
 * the import and the gates would look in different places.
 */
#include "fares/gtfs.h"

#include <stdio.h>

#include "core/crypto.h"

enum { DIGEST_PART = 16 };

static void hex_of_digest(char out[HEX32_SIZE], struct slice text)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, text);
	hex_encode(out, HEX32_SIZE, slice_of(digest, DIGEST_PART));
}

void gtfs_key(char out[GTFS_KEY_PART_SIZE], struct slice id)
{
	if (id.size <= GTFS_KEY_ID_MAX && !slice_starts(id, SLICE("~")) &&
	    text_set(out, GTFS_KEY_PART_SIZE, id))
		return;
	out[0] = '~';
	hex_of_digest(out + 1, id);
}

void gtfs_record_key(char out[GTFS_KEY_SIZE], const char *kind, const char *feed_id,
		     uint16_t version, struct slice id)
{
	char part[GTFS_KEY_PART_SIZE];
	int size;

	gtfs_key(part, id);
	size =
	    snprintf(out, GTFS_KEY_SIZE, "%s/%s/%04x/%s", kind, feed_id, (unsigned)version, part);
	MUST(size > 0 && size < GTFS_KEY_SIZE);
}

const char *gtfs_call_key(struct call *call, const char *kind, const struct feed *feed,
			  struct slice id)
{
	char key[GTFS_KEY_SIZE];

	gtfs_record_key(key, kind, feed->feed_id, feed->version, id);
	return call_key(call, "%s", key);
}

/* The digest keeps three ids of any size within one key, and the zero bytes keep them apart. */
void gtfs_fare_key(char out[GTFS_KEY_SIZE], const char *feed_id, uint16_t version,
		   struct slice route, struct slice origin_zone, struct slice destination_zone)
{
	uint8_t text[3 * GTFS_ID_SIZE];
	struct writer w = { .data = text, .size = sizeof(text) };
	char digest[HEX32_SIZE];
	int size;

	write_bytes(&w, route);
	write_u8(&w, 0);
	write_bytes(&w, origin_zone);
	write_u8(&w, 0);
	write_bytes(&w, destination_zone);
	MUST(!w.failed);
	hex_of_digest(digest, slice_of(text, w.used));
	size = snprintf(out, GTFS_KEY_SIZE, "fare/%s/%04x/%s", feed_id, (unsigned)version, digest);
	MUST(size > 0 && size < GTFS_KEY_SIZE);
}

size_t gtfs_fare_keys_write(char keys[GTFS_FARE_KEYS][GTFS_KEY_SIZE], const char *feed_id,
			    uint16_t version, struct slice route, struct slice origin_zone,
			    struct slice destination_zone)
{
	const struct slice given[3] = { route, origin_zone, destination_zone };
	size_t count = 0;

	for (unsigned open = 0; open < GTFS_FARE_KEYS; open++) {
		struct slice parts[3];
		bool twice = false;

		for (unsigned i = 0; i < 3; i++) {
			bool left_open = (open & 1u << i) != 0;

			/* What is not known, or longer than any id, is only ever left open. */
			if (!left_open && (given[i].size == 0 || given[i].size >= GTFS_ID_SIZE))
				twice = true;
			parts[i] = left_open ? (struct slice){ 0 } : given[i];
		}
		if (!twice)
			gtfs_fare_key(keys[count++], feed_id, version, parts[0], parts[1],
				      parts[2]);
	}
	return count;
}

size_t gtfs_fare_keys(const char *keys[GTFS_FARE_KEYS], struct call *call, const struct feed *feed,
		      struct slice route, struct slice origin_zone, struct slice destination_zone)
{
	char texts[GTFS_FARE_KEYS][GTFS_KEY_SIZE];
	size_t count = gtfs_fare_keys_write(texts, feed->feed_id, feed->version, route, origin_zone,
					    destination_zone);

	for (size_t i = 0; i < count; i++)
		keys[i] = call_key(call, "%s", texts[i]);
	return count;
}

bool gtfs_fare_choose(yen *out, const struct fare *candidates, size_t count)
{
	if (count == 0)
		return false;
	*out = candidates[0].yen;
	for (size_t i = 1; i < count; i++)
		if (candidates[i].yen < *out)
			*out = candidates[i].yen;
	return true;
}
