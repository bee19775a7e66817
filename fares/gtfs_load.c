/* fares/gtfs_load.c - puts a feed that was read into force. Without it half of a new fare table
 * could be charged beside half of the old one.
 */
#include "fares/gtfs_load.h"

#include <stdio.h>

#include "fares/gtfs_parse.h"

enum { FOUND_FEED, FOUND_VERSION };

static void note_other_feeds(struct gtfs_import *im)
{
	const struct store_page *page = &im->bulk.page;

	for (uint32_t i = 0; i < page->item_count; i++) {
		struct feed other;

		MUST(shape_from_cbor(&other, &feed_shape, page->items[i].value));
		if (!text_equal(other.feed_id, im->report.feed_id))
			gtfs_note_twins(&im->report, &im->feed, &other);
	}
}

/* Whether the same bytes are in force; then *out is how. */
static bool is_in_force(struct feed *out, const struct gtfs_import *im)
{
	const struct store_item *found = &im->bulk.found[FOUND_FEED];

	if (found->version == 0)
		return false;
	MUST(shape_from_cbor(out, &feed_shape, found->value));
	return text_equal(out->sha256, im->report.sha256);
}

static bool next_version(struct gtfs_import *im, struct feed_version *version)
{
	const struct store_item *found = &im->bulk.found[FOUND_VERSION];

	*version = (struct feed_version){ 0 };
	if (found->version > 0)
		MUST(shape_from_cbor(version, &feed_version_shape, found->value));
	if (version->last == GTFS_VERSION_MAX)
		return gtfs_refuse_feed(&im->report, GTFS_TOO_MANY_VERSIONS, "the zip", 0, NULL);
	version->last++;
	return true;
}

static struct slice encode(uint8_t *room, size_t size, const struct shape *shape, const void *value)
{
	struct writer w = { .data = room, .size = size };

	shape_to_cbor(&w, shape, value);
	MUST(!w.failed);
	return slice_of(room, w.used);
}

/* The claim in the first commit; the feed, and that the claim still stands, in the last. */
static void set_edges(struct gtfs_import *im, const struct feed_version *version)
{
	struct store_bulk *b = &im->bulk;
	uint64_t feed_seen = b->found[FOUND_FEED].version;
	uint64_t version_seen = b->found[FOUND_VERSION].version;

	b->first[0] = (struct store_item){
		.key = slice_text(im->version_key),
		.value = encode(im->version_value, sizeof(im->version_value), &feed_version_shape,
				version),
		.version = version_seen,
		.intent = STORE_WRITE,
	};
	b->last[0] = (struct store_item){
		.key = slice_text(im->feed_key),
		.value = encode(im->feed_value, sizeof(im->feed_value), &feed_shape, &im->feed),
		.version = feed_seen,
		.intent = STORE_WRITE,
	};
	b->last[1] = (struct store_item){
		.key = slice_text(im->version_key),
		.version = version_seen + 1,
		.intent = STORE_READ,
	};
	b->first_count = 1;
	b->last_count = 2;
}

static void prepare(struct store_bulk *b)
{
	struct gtfs_import *im =
		(struct gtfs_import *)((uint8_t *)b - offsetof(struct gtfs_import, bulk));
	struct feed_version version;
	struct gtfs_records records;
	struct feed current;
	struct gtfs *g;

	if (!gtfs_read(&g, &im->report, &im->keep, &im->scratch, im->zip))
		return;
	gtfs_summary(&im->feed, g);
	note_other_feeds(im);
	im->report.unchanged = is_in_force(&current, im);
	if (im->report.unchanged) {
		im->feed = current;
		return;
	}
	if (!next_version(im, &version) ||
	    !gtfs_records_make(&records, g, im->report.feed_id, version.last))
		return;
	im->feed.version = version.last;
	im->feed.imported_at = im->now;
	set_edges(im, &version);
	b->records = records.items;
	b->record_count = records.count;
}

bool gtfs_import_begin(struct gtfs_import *im, struct arena *arena, const char *feed_id,
		       struct slice zip, time_ms now)
{
	struct store_bulk *b = &im->bulk;

	mem_zero(im, sizeof(*im));
	MUST(text_set(im->report.feed_id, sizeof(im->report.feed_id), slice_text(feed_id)));
	if (!arena_open(&im->keep, GTFS_KEEP_SIZE))
		return false;
	if (!arena_open(&im->scratch, GTFS_SCRATCH_SIZE)) {
		arena_close(&im->keep);
		return false;
	}
	im->zip = zip;
	im->now = now;
	snprintf(im->feed_key, sizeof(im->feed_key), "feed/%s", feed_id);
	snprintf(im->version_key, sizeof(im->version_key), "feedv/%s", feed_id);
	b->arena = arena;
	b->found[FOUND_FEED].key = slice_text(im->feed_key);
	b->found[FOUND_VERSION].key = slice_text(im->version_key);
	b->found_count = 2;
	b->page.from = SLICE("feed/");
	b->page.until = SLICE("feed0");
	b->page.item_count = GTFS_FEED_COUNT_MAX;
	b->prepare = prepare;
	return true;
}

void gtfs_import_end(struct gtfs_import *im, enum store_status status)
{
	struct gtfs_report *report = &im->report;

	if (status == STORE_RETRY)
		gtfs_refuse_feed(report, GTFS_IMPORT_OVERTAKEN, "the zip", 0, NULL);
	else if (status != STORE_OK)
		gtfs_refuse_feed(report, GTFS_STORE_FULL, "the zip", 0, NULL);
	report->imported = report->whole.code[0] == '\0';
	report->unchanged = report->unchanged && report->imported;
	report->version = report->imported ? im->feed.version : 0;
	arena_close(&im->keep);
	arena_close(&im->scratch);
}
