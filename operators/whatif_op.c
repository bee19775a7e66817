/* operators/whatif_op.c - what another rule would have given in a closed month. Without it a
 * council would vote on a rule and learn in a month what it did.
 *
 * The records split/ of the month are read page by page, the loop free in between, and each is
 * divided once more: what has changed is nothing but sums in memory. Tickets over in another month
 * stay out, for their pools are another month's.
 */
#include "operators/trial.h"

#include <stdlib.h>

#include "core/date.h"

/* ---- The end. ---- */

static void finish(struct trial *t)
{
	struct http_job *job = t->job;

	arena_close(&t->arena);
	free(t);
	http_job_done(job);
}

static void refuse(struct trial *t, uint16_t status, const char *code, const char *detail)
{
	struct problem problem = { .status = status,
				   .code = code,
				   .retry_after_s = status == 503 ? 1 : 0 };

	MUST(text_set(problem.detail, sizeof(problem.detail), slice_text(detail)));
	reply_problem(&t->job->reply, &problem, "/v1/settlements/what-if");
	finish(t);
}

static void keep_own(struct what_if *answer, const char *operator_id)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < answer->operator_count; i++)
		if (text_equal(answer->operators[i].operator_id, operator_id))
			answer->operators[kept++] = answer->operators[i];
	answer->operator_count = kept;
	answer->partner_count = answer->council_count = 0;
}

static void answer(struct trial *t)
{
	struct what_if *a = &t->answer;
	struct json_out json;

	trial_differences(t);
	if (t->job->caller.role == ROLE_operator)
		keep_own(a, t->job->caller.subject);
	t->job->reply.status = 200;
	json_begin(&json, &t->job->reply.body);
	shape_to_json(&json, NULL, &what_if_shape, a);
	finish(t);
}

/* ---- Step by step. ---- */

static const char *tickets_rule(const struct trial *t)
{
	return t->answer.order.instead_of[0] != '\0' ? t->answer.order.instead_of
						     : t->answer.order.rule_id;
}

static void on_page(struct store_page *, enum store_status);
static void on_records(struct store_req *, enum store_status);

static struct trial *trial_of_page(struct store_page *page)
{
	return (struct trial *)((uint8_t *)page - offsetof(struct trial, page));
}

static struct trial *trial_of_req(struct store_req *req)
{
	return (struct trial *)((uint8_t *)req - offsetof(struct trial, req));
}

static void set_key(char out[WHAT_IF_KEY_SIZE], const char *a, const char *b, const char *c)
{
	struct writer to = { .data = (uint8_t *)out, .size = WHAT_IF_KEY_SIZE - 1 };

	write_text(&to, a);
	write_text(&to, b);
	write_text(&to, c);
	MUST(!to.failed);
	out[to.used] = '\0';
}

static void next_page(struct trial *t)
{
	arena_reset(&t->arena, WHAT_IF_PAGE_SIZE);
	t->at = 0;
	t->page = (struct store_page){ .from = slice_text(t->from),
				       .until = slice_text(t->until),
				       .item_count = WHAT_IF_PAGE_COUNT,
				       .arena = &t->arena,
				       .done = on_page };
	store_scan(t->store, &t->page);
}

/* Everything under a prefix that ends in '/'. */
static void walk(struct trial *t, enum try_step step, const char *a, const char *b, const char *c)
{
	size_t size;

	t->step = step;
	set_key(t->from, a, b, c);
	set_key(t->until, a, b, c);
	size = text_size(t->until);
	MUST(t->until[size - 1] == '/');
	t->until[size - 1] = '/' + 1;
	next_page(t);
}

static void fetch(struct trial *t, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		t->items[i] = (struct store_item){ .key = slice_text(t->keys[i]) };
	t->req = (struct store_req){
		.items = t->items, .item_count = count, .arena = &t->arena, .done = on_records
	};
	store_fetch(t->store, &t->req);
}

static void next_step(struct trial *t)
{
	char month[MONTH_TEXT_SIZE];

	month_encode(month, t->answer.order.period);
	switch (t->step) {
	case TRY_HEAD:
		walk(t, TRY_OPERATORS, "opview/", "", "");
		return;
	case TRY_OPERATORS:
		walk(t, TRY_DECLARED, "pool/said/", month, "/");
		return;
	case TRY_DECLARED:
		walk(t, TRY_SPLITS, "split/", month, "/");
		return;
	case TRY_SPLITS:
	case TRY_PRODUCT:
		trial_pools(t);
		walk(t, TRY_POOLS, "pool/split/", month, "/");
		return;
	case TRY_POOLS:
		answer(t);
		return;
	}
}

static int product_index(const struct trial *t)
{
	for (size_t i = 0; i < t->product_count; i++)
		if (t->products[i].number == t->split.product_number &&
		    t->products[i].version == t->split.product_version)
			return (int)i;
	return -1;
}

static void fetch_product(struct trial *t)
{
	char number[5], version[6] = "/";
	uint8_t bytes[4] = { (uint8_t)(t->split.product_number >> 8),
			     (uint8_t)t->split.product_number,
			     (uint8_t)(t->split.product_version >> 8),
			     (uint8_t)t->split.product_version };

	if (t->product_count == WHAT_IF_PRODUCT_COUNT_MAX) {
		refuse(t, 503, "TOO_MUCH_TO_READ",
		       "the month has more products than a trial holds");
		return;
	}
	hex_encode(number, sizeof(number), slice_of(bytes, 2));
	hex_encode(version + 1, sizeof(version) - 1, slice_of(bytes + 2, 2));
	set_key(t->keys[0], "prodver/", number, version);
	t->step = TRY_PRODUCT;
	fetch(t, 1);
}

static bool is_asked_for(const struct trial *t)
{
	return text_equal(t->split.rule_id, tickets_rule(t)) &&
	       t->split.rides == t->answer.order.period;
}

static void read_pool(struct trial *t, struct slice value)
{
	MUST(shape_from_cbor(&t->pool, &pool_shape, value));
	if (text_equal(t->pool.rule_id, tickets_rule(t)) && t->pool.rides == t->answer.order.period)
		trial_add_pool(t);
}

/* False: it goes on later, or is refused. */
static bool read_split(struct trial *t, struct slice value)
{
	int product;

	MUST(shape_from_cbor(&t->split, &ticket_split_shape, value));
	if (!is_asked_for(t))
		return true;
	product = product_index(t);
	if (product < 0) {
		fetch_product(t);
		return false;
	}
	if (trial_ticket(t, (uint16_t)product))
		return true;
	refuse(t, 503, "TOO_MUCH_TO_READ", "the month has more pools than a trial holds");
	return false;
}

static bool read_operator(struct trial *t, struct slice value)
{
	struct op_view view;

	if (t->operator_count == WHAT_IF_OPERATOR_COUNT_MAX) {
		refuse(t, 503, "TOO_MUCH_TO_READ", "there are more operators than a trial holds");
		return false;
	}
	MUST(shape_from_cbor(&view, &op_view_shape, value));
	mem_copy(t->operators[t->operator_count].operator_id, view.operator_id, ID_SIZE);
	t->operators[t->operator_count++].run_off = view.run_off;
	return true;
}

static bool read_item(struct trial *t, struct slice value)
{
	switch (t->step) {
	case TRY_OPERATORS:
		return read_operator(t, value);
	case TRY_DECLARED:
		if (t->declared_count < WHAT_IF_OPERATOR_COUNT_MAX)
			MUST(shape_from_cbor(&t->declared[t->declared_count++], &declared_shape,
					     value));
		return true;
	case TRY_POOLS:
		read_pool(t, value);
		return true;
	default:
		return read_split(t, value);
	}
}

static void read_page(struct trial *t)
{
	const struct store_page *page = &t->page;
	const struct store_item *last;

	for (; t->at < page->item_count; t->at++)
		if (!read_item(t, page->items[t->at].value))
			return;
	if (page->item_count < WHAT_IF_PAGE_COUNT && !page->full) {
		next_step(t);
		return;
	}
	MUST(page->item_count > 0);
	last = &page->items[page->item_count - 1];
	MUST(last->key.size + 2 <= sizeof(t->from));
	mem_copy(t->from, last->key.data, last->key.size);
	t->from[last->key.size] = '\x01'; /* Behind it. */
	t->from[last->key.size + 1] = '\0';
	next_page(t);
}

static void on_page(struct store_page *page, enum store_status status)
{
	struct trial *t = trial_of_page(page);

	if (status != STORE_OK)
		refuse(t, 503, "STORE_BUSY", "the store could not be read; ask again");
	else
		read_page(t);
}

/* ---- What is asked. ---- */

static void read_head(struct trial *t)
{
	struct period_view period = { 0 };

	if (t->items[0].version > 0)
		MUST(shape_from_cbor(&period, &period_view_shape, t->items[0].value));
	if (period.closed_at == 0) {
		refuse(t, 409, "PERIOD_OPEN",
		       "this month is not closed: there is nothing to compare");
		return;
	}
	if (t->items[1].version == 0) {
		refuse(t, 422, "UNKNOWN_RULE", "there is no such sharing rule");
		return;
	}
	MUST(shape_from_cbor(&t->rule, &rule_shape, t->items[1].value));
	next_step(t);
}

static void on_records(struct store_req *req, enum store_status status)
{
	struct trial *t = trial_of_req(req);

	if (status != STORE_OK) {
		refuse(t, 503, "STORE_BUSY", "the store could not be read; ask again");
		return;
	}
	if (t->step == TRY_HEAD) {
		read_head(t);
		return;
	}
	MUST(t->items[0].version > 0); /* A ticket of it was divided. */
	MUST(shape_from_cbor(&t->products[t->product_count++], &product_shape, t->items[0].value));
	t->step = TRY_SPLITS;
	read_page(t);
}

void what_if_job(struct http_job *job)
{
	const struct operators_room *room = job->room;
	const struct what_if_order *order = job->body;
	struct trial *t = calloc(1, sizeof(*t));
	char month[MONTH_TEXT_SIZE], version[6] = "/";
	uint8_t bytes[2] = { (uint8_t)(order->version >> 8), (uint8_t)order->version };

	MUST(t != NULL && arena_open(&t->arena, (size_t)64 << 20));
	t->job = job;
	t->store = room->store;
	t->answer.order = *order;
	month_encode(month, order->period);
	hex_encode(version + 1, sizeof(version) - 1, slice_of(bytes, 2));
	set_key(t->keys[0], "period/", month, "");
	set_key(t->keys[1], "rule/", order->rule_id, version);
	fetch(t, 2);
}
