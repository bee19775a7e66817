/* core/store_bulk.c - takes a whole timetable in. Without it an import would be one commit too
 * large for the store, or a feed half old and half new while it runs.
 */
#include "core/store_bulk.h"

enum step { STEP_FETCH, STEP_PAGE, STEP_PREPARE, STEP_FIRST, STEP_RECORDS, STEP_LAST, STEP_END };

static struct store_bulk *bulk_of_req(struct store_req *req)
{
	return (struct store_bulk *)((uint8_t *)req - offsetof(struct store_bulk, req));
}

/* Whether a step has anything to do; one without is passed over. */
static bool step_is_due(const struct store_bulk *b)
{
	switch ((enum step)b->step) {
	case STEP_FETCH:
		return b->found_count > 0;
	case STEP_PAGE:
		return b->page.item_count > 0;
	case STEP_FIRST:
		return b->first_count > 0;
	case STEP_RECORDS:
		return b->written < b->record_count;
	case STEP_LAST:
		return b->last_count > 0;
	default:
		return true;
	}
}

static void set_req(struct store_bulk *b, struct store_item *items, size_t count)
{
	b->req.items = items;
	b->req.item_count = (uint32_t)count;
	b->req.arena = b->arena;
}

static void set_slice(struct store_bulk *b)
{
	struct store_item *items = b->records + b->written;
	size_t left = b->record_count - b->written;
	size_t count = left < STORE_ITEM_COUNT_MAX ? left : STORE_ITEM_COUNT_MAX;

	for (size_t i = 0; i < count; i++) {
		items[i].intent = STORE_APPEND;
		items[i].version = 0;
	}
	set_req(b, items, count);
	b->written += count;
}

/* The request of this step, but for the page and the preparation. */
static void set_step(struct store_bulk *b)
{
	if (b->step == STEP_FETCH)
		set_req(b, b->found, b->found_count);
	else if (b->step == STEP_FIRST)
		set_req(b, b->first, b->first_count);
	else if (b->step == STEP_RECORDS)
		set_slice(b);
	else
		set_req(b, b->last, b->last_count);
}

static void check_edges(const struct store_bulk *b)
{
	MUST(b->found_count <= STORE_BULK_EDGE_MAX && b->first_count <= STORE_BULK_EDGE_MAX);
	MUST(b->last_count <= STORE_BULK_EDGE_MAX);
}

static void begin(struct store_bulk *b, struct store *store)
{
	check_edges(b);
	b->store = store;
	b->page.arena = b->arena;
	b->first_count = b->last_count = 0;
	b->record_count = b->written = 0;
	b->step = STEP_FETCH;
}

/* To the next step that is due, from the present one on. */
static void skip_idle(struct store_bulk *b)
{
	while (!step_is_due(b))
		b->step++;
}

static void run_step(struct store_bulk *b);

static void step_done(struct store_bulk *b, enum store_status status)
{
	if (status != STORE_OK) {
		b->done(b, status);
		return;
	}
	if (b->step != STEP_RECORDS)
		b->step++;
	run_step(b);
}

static void req_done(struct store_req *req, enum store_status status)
{
	step_done(bulk_of_req(req), status);
}

static void page_done(struct store_page *page, enum store_status status)
{
	step_done((struct store_bulk *)((uint8_t *)page - offsetof(struct store_bulk, page)),
		  status);
}

static struct store_bulk *bulk_of_work(struct loop_work *work)
{
	return (struct store_bulk *)((uint8_t *)work - offsetof(struct store_bulk, work));
}

static void work_run(struct loop_work *work)
{
	struct store_bulk *b = bulk_of_work(work);

	b->prepare(b);
}

static void work_after(struct loop_work *work)
{
	check_edges(bulk_of_work(work));
	step_done(bulk_of_work(work), STORE_OK);
}

static void run_step(struct store_bulk *b)
{
	skip_idle(b);
	switch ((enum step)b->step) {
	case STEP_FETCH:
		set_step(b);
		store_fetch(b->store, &b->req);
		return;
	case STEP_PAGE:
		store_scan(b->store, &b->page);
		return;
	case STEP_PREPARE:
		loop_work_start(b->loop, &b->work);
		return;
	case STEP_END:
		b->done(b, STORE_OK);
		return;
	default:
		set_step(b);
		store_commit(b->store, &b->req);
	}
}

void store_bulk_start(struct store_bulk *b, struct loop *loop, struct store *store)
{
	begin(b, store);
	b->loop = loop;
	b->req.done = req_done;
	b->page.done = page_done;
	b->work = (struct loop_work){ .work = work_run, .after = work_after };
	run_step(b);
}

static enum store_status wait_step(struct store_bulk *b)
{
	switch ((enum step)b->step) {
	case STEP_FETCH:
		set_step(b);
		return store_fetch_wait(b->store, &b->req);
	case STEP_PAGE:
		return store_scan_wait(b->store, &b->page);
	case STEP_PREPARE:
		b->prepare(b);
		check_edges(b);
		return STORE_OK;
	default:
		set_step(b);
		return store_commit_wait(b->store, &b->req);
	}
}

enum store_status store_bulk_wait(struct store_bulk *b, struct store *store)
{
	begin(b, store);
	for (skip_idle(b); b->step != STEP_END; skip_idle(b)) {
		enum store_status status = wait_step(b);

		if (status != STORE_OK)
			return status;
		if (b->step != STEP_RECORDS)
			b->step++;
	}
	return STORE_OK;
}
