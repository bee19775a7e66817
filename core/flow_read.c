/* core/flow_read.c - brings a call what it asked for, one request to the store at a time. Without
 * it the arena's end would be met inside the store, where nobody can answer 503.
 */
#include "core/flow_inside.h"

#include <stdlib.h>

static struct flow *flow_of_req(struct store_req *req)
{
	return (struct flow *)((char *)req - offsetof(struct flow, req));
}

static struct flow *flow_of_page(struct store_page *page)
{
	return (struct flow *)((char *)page - offsetof(struct flow, page));
}

static void fetched(struct store_req *req, enum store_status status)
{
	struct flow *flow = flow_of_req(req);

	if (status != STORE_OK) {
		flow_store_failed(flow, status);
		return;
	}
	for (uint32_t i = 0; i < req->item_count; i++) {
		flow->asked[i]->record.value = req->items[i].value;
		flow->asked[i]->record.version = req->items[i].version;
		flow->asked[i]->fetched = true;
		flow_hot_look_ahead(flow, flow->asked[i]);
	}
	flow_continue(flow);
}

static int compare_entries(const void *a, const void *b)
{
	const struct call_entry *const *x = a, *const *y = b;

	return slice_compare((*x)->record.key, (*y)->record.key);
}

/* Every value may be as large as values get, and must fit. What does not, comes with the next
 * request: the commit checks all versions, so that two moments do no harm. */
static uint32_t affordable(struct flow *flow, uint32_t wanted)
{
	size_t each = STORE_VALUE_SIZE_MAX + STORE_KEY_SIZE_MAX + sizeof(struct store_item) +
		      sizeof(struct call_entry *) + 64;
	size_t left = arena_left(&flow->arena);
	size_t most = left > CALL_ROOM_READ ? (left - CALL_ROOM_READ) / each : 0;

	if (most == 0)
		flow->found.excess = CALL_READS_TOO_MUCH;
	return wanted < most ? wanted : (uint32_t)most;
}

static bool read_records(struct flow *flow)
{
	struct call_store *found = &flow->found;
	uint32_t missing = 0, count = 0;

	for (uint32_t i = 0; i < found->entry_count; i++)
		missing += found->entries[i]->wanted && !found->entries[i]->fetched;
	if (missing == 0)
		return false;
	missing = affordable(flow, missing < STORE_ITEM_COUNT_MAX ? missing : STORE_ITEM_COUNT_MAX);
	if (missing == 0)
		return false;
	flow->asked = arena_alloc(&flow->arena, missing * sizeof(struct call_entry *));
	for (uint32_t i = 0; count < missing; i++)
		if (found->entries[i]->wanted && !found->entries[i]->fetched)
			flow->asked[count++] = found->entries[i];
	qsort(flow->asked, count, sizeof(struct call_entry *), compare_entries);
	flow->req = (struct store_req){
		.items = arena_alloc(&flow->arena, count * sizeof(struct store_item)),
		.item_count = count,
		.arena = &flow->arena,
		.done = fetched,
	};
	for (uint32_t i = 0; i < count; i++)
		flow->req.items[i].key = flow->asked[i]->record.key;
	store_fetch(flow->home->store, &flow->req);
	return true;
}

static void scanned(struct store_page *page, enum store_status status)
{
	struct flow *flow = flow_of_page(page);
	struct call_range *range = flow->range;
	struct record *records;

	/* What the page took of its part is taken from the whole. */
	MUST(flow->page_arena.used <= flow->page_arena.size);
	flow->arena.used += (flow->page_arena.used + 15) / 16 * 16;
	if (status != STORE_OK) {
		flow_store_failed(flow, status);
		return;
	}
	if (page->full || !call_room(&flow->call, page->item_count * sizeof(*records),
				     CALL_ROOM_WRITE, CALL_READS_TOO_MUCH)) {
		flow->found.excess = CALL_READS_TOO_MUCH;
		flow_continue(flow);
		return;
	}
	records = arena_alloc(&flow->arena, page->item_count * sizeof(*records));
	for (uint32_t i = 0; i < page->item_count; i++)
		records[i] = (struct record){
			.key = page->items[i].key,
			.value = page->items[i].value,
			.version = page->items[i].version,
		};
	range->page = (struct call_page){
		.records = records,
		.count = page->item_count,
		.end = page->item_count < range->most,
	};
	range->fetched = true;
	flow_continue(flow);
}

static bool read_range(struct flow *flow)
{
	struct call_store *found = &flow->found;
	size_t left = arena_left(&flow->arena);
	uint32_t i = 0;

	while (i < found->range_count && found->ranges[i]->fetched)
		i++;
	if (i == found->range_count)
		return false;
	if (left < CALL_ROOM_READ + CALL_ROOM_WRITE) {
		found->excess = CALL_READS_TOO_MUCH;
		return false;
	}
	flow->range = found->ranges[i];
	flow->page_arena = (struct arena){
		.block = flow->arena.block + flow->arena.used,
		.size = left - CALL_ROOM_READ,
	};
	flow->page = (struct store_page){
		.from = flow->range->from,
		.until = flow->range->until,
		.item_count = flow->range->most,
		.arena = &flow->page_arena,
		.done = scanned,
	};
	store_scan(flow->home->store, &flow->page);
	return true;
}

bool flow_read(struct flow *flow)
{
	if (flow->found.excess != CALL_FITS)
		return false;
	return read_records(flow) || (flow->found.excess == CALL_FITS && read_range(flow));
}
