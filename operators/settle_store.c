/* operators/settle_store.c - a month's divisions out of a store, onto a sheet. Without it an
 * operator could divide only what somebody else had written down for it.
 *
 * The records are read twice: kinds and operators stand before the tickets on a sheet.
 */
#include "operators/settle_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "fares/money.h"

enum {
	ARENA_SIZE = 64 * 1024 * 1024,
	ARENA_KEEP = 1024 * 1024,
	RULE_FILE_SIZE_MAX = 64 * 1024,
	PERIODS_BACK_MAX = 120, /* In which a ticket may have been divided before. */
};

bool settle_refuse(struct settle_store *s, const char *why)
{
	if (s->why[0] == '\0')
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
	return false;
}

/* ---- Reading. ---- */

bool settle_walk(struct settle_store *s, const char *prefix,
		 bool (*each)(struct settle_store *, void *to, struct slice value), void *to)
{
	char from[STORE_KEY_SIZE_MAX + 2], until[STORE_KEY_SIZE_MAX + 1];
	struct store_page page;

	(void)snprintf(from, sizeof(from), "%s", prefix);
	(void)snprintf(until, sizeof(until), "%s", prefix);
	MUST(until[strlen(until) - 1] == '/');
	until[strlen(until) - 1] = '/' + 1;
	do {
		const struct store_item *last;

		arena_reset(&s->page, ARENA_KEEP);
		page = (struct store_page){ .from = slice_text(from), .until = slice_text(until),
					    .item_count = STORE_PAGE_COUNT_MAX,
					    .arena = &s->page };
		if (store_scan_wait(s->store, &page) != STORE_OK)
			return settle_refuse(s, "the store cannot be read");
		for (uint32_t i = 0; i < page.item_count; i++)
			if (!each(s, to, page.items[i].value))
				return false;
		if (page.item_count == 0)
			break;
		last = &page.items[page.item_count - 1];
		(void)snprintf(from, sizeof(from), "%.*s\x01", (int)last->key.size,
			       (const char *)last->key.data);
	} while (page.full || page.item_count == STORE_PAGE_COUNT_MAX);
	return true;
}

/* All zero where there is none. */
bool settle_get(struct settle_store *s, void *out, const struct shape *shape, const char *key)
{
	struct store_item item = { .key = slice_text(key) };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &s->found };

	arena_reset(&s->found, ARENA_KEEP);
	mem_zero(out, shape->size);
	if (store_fetch_wait(s->store, &req) != STORE_OK)
		return settle_refuse(s, "the store cannot be read");
	return item.version == 0 || shape_from_cbor(out, shape, item.value) ||
	       settle_refuse(s, "a record cannot be read");
}

/* The ticket's latest division before this period. */
static bool get_before(struct settle_store *s)
{
	char key[STORE_KEY_SIZE_MAX + 1], month[MONTH_TEXT_SIZE], ticket[UUID_TEXT_SIZE];
	day_t period = s->order->period;

	uuid_encode(ticket, s->split.ticket_id);
	for (unsigned i = 0; i < PERIODS_BACK_MAX; i++) {
		period = month_of(period - 1);
		month_encode(month, period);
		(void)snprintf(key, sizeof(key), "split/%s/%s", month, ticket);
		if (!settle_get(s, &s->before, &ticket_split_shape, key))
			return false;
		if (s->before.period != 0)
			return true;
	}
	return settle_refuse(s, "a ticket was divided again, and nowhere before");
}

/* ---- Kinds and operators. ---- */

static size_t place_for(const struct settle_store *s, const char *operator_id, bool *found)
{
	size_t low = 0, high = s->operator_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = slice_compare(slice_text(s->operators[middle]),
					  slice_text(operator_id));

		*found = order == 0;
		if (*found)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

int settle_operator(const struct settle_store *s, const char *operator_id)
{
	bool found;
	size_t place = place_for(s, operator_id, &found);

	return found ? (int)place : -1;
}

static bool see_operator(struct settle_store *s, const char *operator_id)
{
	bool found;
	size_t place = place_for(s, operator_id, &found);

	if (found)
		return true;
	if (s->operator_count == SHEET_OPERATOR_COUNT_MAX)
		return settle_refuse(s, "more operators than a sheet may have");
	memmove(s->operators[place + 1], s->operators[place],
		(s->operator_count - place) * sizeof(s->operators[0]));
	s->operator_count++;
	return text_set(s->operators[place], ID_SIZE, slice_text(operator_id));
}

int settle_kind(const struct settle_store *s, day_t rides, uint16_t number, uint16_t version,
		const char *rule_id, uint16_t rule_version)
{
	for (size_t i = 0; i < s->kind_count; i++)
		if (s->kinds[i].rides == rides && s->kinds[i].product_number == number &&
		    s->kinds[i].product_version == version &&
		    s->rule_versions[i] == rule_version && text_equal(s->rule_ids[i], rule_id))
			return (int)i;
	return -1;
}

static bool see_kind(struct settle_store *s, day_t rides, uint16_t number, uint16_t version,
		     const char *rule_id, uint16_t rule_version)
{
	struct sheet_kind *kind = &s->kinds[s->kind_count];
	struct rule *rule;
	char key[STORE_KEY_SIZE_MAX + 1];

	if (settle_kind(s, rides, number, version, rule_id, rule_version) >= 0)
		return true;
	if (s->kind_count == SHEET_KIND_COUNT_MAX)
		return settle_refuse(s, "more products, versions and rules than a sheet may have");
	rule = malloc(sizeof(*rule));
	MUST(rule != NULL);
	s->rules[s->kind_count] = rule;
	(void)snprintf(key, sizeof(key), "rule/%s/%04x", rule_id, rule_version);
	if (!settle_get(s, rule, &rule_shape, key))
		return false;
	*kind = (struct sheet_kind){ .rides = rides, .product_number = number,
				     .product_version = version,
				     .flags = SHEET_NAMED | SHEET_POOL_APART };
	if (s->instead != NULL && text_equal(rule_id, s->instead->rule_id)) {
		*rule = *s->instead;
		kind->flags = 0;
		s->instead_met = true;
	}
	s->rule_versions[s->kind_count] = rule_version;
	mem_copy(s->rule_ids[s->kind_count++], rule_id, ID_SIZE);
	return rule->step_count > 0 || settle_refuse(s, "a sharing rule is not in the store");
}

static bool see_ticket(struct settle_store *s, const struct ticket_split *split)
{
	for (uint16_t i = 0; i < split->leg_count; i++)
		if (!see_operator(s, split->legs[i].operator_id))
			return false;
	return see_kind(s, split->rides, split->product_number, split->product_version,
			split->rule_id, split->rule_version);
}

static bool see_split(struct settle_store *s, void *to, struct slice value)
{
	(void)to;
	if (!shape_from_cbor(&s->split, &ticket_split_shape, value))
		return settle_refuse(s, "a division cannot be read");
	s->tickets++;
	if (!see_ticket(s, &s->split))
		return false;
	return !s->split.again || (get_before(s) && see_ticket(s, &s->before));
}

static bool see_pool(struct settle_store *s, void *to, struct slice value)
{
	const struct pool *pool = &s->pool;

	(void)to;
	if (!shape_from_cbor(&s->pool, &pool_shape, value))
		return settle_refuse(s, "a pool cannot be read");
	for (uint16_t i = 0; i < pool->leg_count; i++)
		if (!see_operator(s, pool->legs[i].operator_id))
			return false;
	return see_kind(s, pool->rides, pool->product_number, pool->product_version,
			pool->rule_id, pool->rule_version);
}

static bool see_line(struct settle_store *s, void *to, struct slice value)
{
	struct line line;

	(void)to;
	if (!shape_from_cbor(&line, &line_shape, value))
		return settle_refuse(s, "a line cannot be read");
	return line.kind != LINE_rides ||
	       (see_operator(s, line.operator_id) &&
		see_kind(s, line.rides, line.product_number, line.product_version, line.rule_id,
			 line.rule_version));
}

/* ---- Tickets. ---- */

static void take_off(struct settle_store *s, const struct ticket_split *before)
{
	int kind = settle_kind(s, before->rides, before->product_number, before->product_version,
			       before->rule_id, before->rule_version);
	struct recompute_whole *whole = &s->less_whole[kind];

	whole->commission_yen += before->sums.commission_yen;
	whole->payment_fee_yen += before->sums.payment_fee_yen;
	whole->council_fee_yen += before->sums.council_fee_yen;
	whole->unused_yen += before->sums.unused_yen;
	whole->pool_yen += before->sums.pool_yen;
	whole->tickets++;
	for (uint16_t i = 0; i < before->leg_count; i++) {
		const struct split_leg *leg = &before->legs[i];
		int place = settle_operator(s, leg->operator_id);
		struct recompute_sum *less = &s->less[(size_t)kind * s->operator_count +
						      (size_t)place];

		less->share_yen += leg->share_yen;
		less->tickets += split_leg_carried(leg);
		less->boardings += leg->boardings;
		less->riders += leg->riders;
		less->deemed_fare_yen += leg->deemed_fare_yen;
	}
}

static bool put_ride(struct settle_store *s, struct sheet_ride *ride, const struct split_leg *leg)
{
	*ride = (struct sheet_ride){ .operator = (uint16_t)settle_operator(s, leg->operator_id),
				     .boardings = (uint16_t)leg->boardings,
				     .riders = (uint32_t)leg->riders,
				     .deemed_fare_yen = (uint32_t)leg->deemed_fare_yen,
				     .distance_m = (uint32_t)leg->distance_m };
	return (leg->boardings <= UINT16_MAX && leg->riders <= UINT32_MAX &&
		leg->deemed_fare_yen <= UINT32_MAX && leg->distance_m <= UINT32_MAX) ||
	       settle_refuse(s, "a ticket has more rides than a sheet can say");
}

static bool put_split(struct settle_store *s, void *to, struct slice value)
{
	const struct ticket_split *split = &s->split;
	struct sheet_ride rides[SHARING_WEIGHT_COUNT_MAX];
	struct sheet_ticket ticket = { .riders = 1 };
	int kind;

	(void)to;
	MUST(shape_from_cbor(&s->split, &ticket_split_shape, value));
	kind = settle_kind(s, split->rides, split->product_number, split->product_version,
			   split->rule_id, split->rule_version);
	ticket.earned_yen = split->earned_yen;
	ticket.kind = (uint16_t)kind;
	ticket.riders = split->riders;
	for (uint16_t i = 0; i < split->leg_count; i++) {
		/* Who takes part without having carried: unless another rule decides anew. A leg
		 * that is only what was posted before takes no part. */
		bool named = (s->kinds[kind].flags & SHEET_NAMED) != 0 &&
			     (split->legs[i].weight > 0 || split->legs[i].minimum_yen > 0);

		if (!named && !split_leg_carried(&split->legs[i]))
			continue;
		if (!put_ride(s, &rides[ticket.ride_count++], &split->legs[i]))
			return false;
	}
	if (!sheet_put(&s->out, &ticket, rides))
		return settle_refuse(s, strerror(errno));
	if (!split->again)
		return true;
	if (!get_before(s))
		return false;
	take_off(s, &s->before);
	return true;
}

bool settle_store_write(struct settle_store *s, const char *sheet_path)
{
	char splits[STORE_KEY_SIZE_MAX], pools[STORE_KEY_SIZE_MAX], lines[STORE_KEY_SIZE_MAX];
	struct sheet_cover cover = { .period = s->order->period, .kinds = s->kinds,
				     .operators = (const char(*)[ID_SIZE])s->operators };
	bool good;

	(void)snprintf(splits, sizeof(splits), "split/%s/", s->month);
	(void)snprintf(pools, sizeof(pools), "pool/split/%s/", s->month);
	(void)snprintf(lines, sizeof(lines), "line/%s/", s->month);
	if (!settle_walk(s, splits, see_split, NULL) || !settle_walk(s, pools, see_pool, NULL) ||
	    !settle_walk(s, lines, see_line, NULL))
		return false;
	if (s->kind_count == 0)
		return settle_refuse(s, "nothing was divided in that month");
	if (s->instead != NULL && !s->instead_met)
		return settle_refuse(s, "no ticket of that month goes by this rule");
	s->less = calloc(s->kind_count * s->operator_count + 1, sizeof(*s->less));
	s->less_whole = calloc(s->kind_count, sizeof(*s->less_whole));
	MUST(s->less != NULL && s->less_whole != NULL);
	cover.rules = (const struct rule *const *)s->rules;
	cover.kind_count = s->kind_count;
	cover.operator_count = s->operator_count;
	good = sheet_create(&s->out, sheet_path, &cover) || settle_refuse(s, strerror(errno));
	good = good && settle_walk(s, splits, put_split, NULL);
	return (sheet_finish(&s->out) || settle_refuse(s, strerror(errno))) && good;
}

/* ---- Opening. ---- */

static bool read_rule(struct settle_store *s)
{
	static char text[RULE_FILE_SIZE_MAX];
	FILE *file = fopen(s->order->rule_path, "r");
	struct rule *rule = calloc(1, sizeof(*rule));
	struct shape_error error;
	struct rule_fault fault;
	struct json *json = NULL;
	size_t size, at;
	bool good;

	MUST(rule != NULL);
	s->instead = rule;
	if (file == NULL)
		return settle_refuse(s, strerror(errno));
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (json_parse(&json, &at, slice_of(text, size)) != JSON_OK)
		return settle_refuse(s, "--rule: the file is not JSON");
	good = shape_from_json(rule, &error, &rule_shape, json);
	json_free(json);
	if (!good) {
		(void)snprintf(s->why, sizeof(s->why), "--rule: %s %.64s: %.120s", error.code,
			       error.pointer, error.detail);
		return false;
	}
	rule_order(rule);
	if (!rule_check(rule, &fault)) {
		(void)snprintf(s->why, sizeof(s->why), "--rule: %s: %s", fault.pointer, fault.what);
		return false;
	}
	return true;
}

bool settle_store_open(struct settle_store *s, const struct settle_order *order)
{
	char url[4096], path[4096];
	struct config config;
	FILE *there;

	s->order = order;
	month_encode(s->month, order->period);
	config_default(&config);
	(void)snprintf(url, sizeof(url), "lmdb:%s", order->data);
	(void)snprintf(path, sizeof(path), "%s/data.mdb", order->data);
	there = fopen(path, "r"); /* Opening would make one. */
	if (there == NULL)
		return settle_refuse(s, strerror(errno));
	fclose(there);
	if (order->rule_path != NULL && !read_rule(s))
		return false;
	if (!arena_open(&s->page, ARENA_SIZE) || !arena_open(&s->found, ARENA_SIZE) ||
	    !loop_open(&s->loop))
		return settle_refuse(s, "the system gives no memory");
	return store_open(&s->store, s->loop, url, (uint64_t)config.store_map_mib << 20, s->why);
}

void settle_store_close(struct settle_store *s)
{
	if (s->store != NULL)
		store_close(s->store);
	if (s->loop != NULL)
		loop_close(s->loop);
	for (size_t i = 0; i < COUNT_OF(s->rules); i++)
		free(s->rules[i]);
	free(s->instead);
	free(s->less);
	free(s->less_whole);
	arena_close(&s->page);
	arena_close(&s->found);
}
