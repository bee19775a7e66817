/* fares/gtfs_fare.c - fares and where they apply (fares v1). Without it a shared pass would be
 * divided by guesses instead of the fares that operators publish.
 */
#include "fares/gtfs_parse.h"

#include <stdlib.h>


/* --- fare_attributes.txt --- */

enum { FARE_ID, FARE_PRICE, FARE_CURRENCY, FARE_PAYMENT, FARE_TRANSFERS };
enum { TRANSFERS_MAX = 5 }; /* The standard has 0 to 2; feeds with 3 to 5 mean it. */

static const struct gtfs_column fare_columns[] = {
	[FARE_ID] = { "fare_id", NULL, true },
	[FARE_PRICE] = { "price", NULL, true },
	[FARE_CURRENCY] = { "currency_type", NULL, true },
	[FARE_PAYMENT] = { "payment_method", NULL, false },
	[FARE_TRANSFERS] = { "transfers", NULL, false },
	{ NULL, NULL, false },
};

static bool fare_terms(struct gtfs *g, struct gtfs_fare *fare, const struct gtfs_row *row)
{
	int64_t payment, transfers;

	if (!slice_is(row->fields[FARE_CURRENCY], "JPY"))
		return gtfs_refuse(g, GTFS_NOT_YEN, FARE_CURRENCY);
	if (!gtfs_take_yen(g, &fare->yen, FARE_PRICE) ||
	    !gtfs_take_int(g, &payment, FARE_PAYMENT, 0, 1, 0) ||
	    !gtfs_take_int(g, &transfers, FARE_TRANSFERS, 0, TRANSFERS_MAX, GTFS_TRANSFERS_ANY))
		return false;
	if (row->fields[FARE_PAYMENT].size == 0)
		gtfs_note_row(g, GTFS_NOTE_PAYMENT_METHOD_EMPTY, NULL);
	fare->payment_method = (uint8_t)payment;
	fare->transfers = (int8_t)transfers;
	return true;
}

static bool fare_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_fare fare = { 0 }, *kept;
	uint32_t *index;
	bool fresh;

	if (!gtfs_take_id(g, &fare.id, FARE_ID) || !fare_terms(g, &fare, row))
		return false;
	index = gtfs_map_put(g, &g->fare_ids, fare.id, &fresh);
	if (index == NULL)
		return false;
	if (!fresh)
		return gtfs_refuse(g, GTFS_DUPLICATE_ID, FARE_ID);
	*index = g->fares.count;
	kept = gtfs_list_add(g, &g->fares, sizeof(*kept));
	if (kept != NULL)
		*kept = fare;
	return kept != NULL;
}

const struct gtfs_table gtfs_fare_table = {
	.name = "fare_attributes.txt",
	.columns = fare_columns,
	.known = "agency_id transfer_duration",
	.row = fare_row,
};

/* --- fare_rules.txt --- */

enum { RULE_FARE, RULE_ROUTE, RULE_ORIGIN, RULE_DESTINATION, RULE_CONTAINS };

static const struct gtfs_column rule_columns[] = {
	[RULE_FARE] = { "fare_id", NULL, true },
	[RULE_ROUTE] = { "route_id", NULL, false },
	[RULE_ORIGIN] = { "origin_id", NULL, false },
	[RULE_DESTINATION] = { "destination_id", NULL, false },
	[RULE_CONTAINS] = { "contains_id", NULL, false },
	{ NULL, NULL, false },
};

static bool rule_zone(struct gtfs *g, struct slice *zone, int column)
{
	const struct gtfs_stop *stops = g->stops.items;
	uint32_t stop;

	if (!gtfs_check_id(g, zone, column))
		return false;
	if (zone->size == 0)
		return true;
	if (!gtfs_map_get(&g->zones, &stop, *zone))
		return gtfs_refuse(g, GTFS_UNKNOWN_ZONE, column);
	*zone = stops[stop].zone;
	return true;
}

static bool rule_route(struct gtfs *g, struct slice *id)
{
	const struct gtfs_route *routes = g->routes.items;
	uint32_t route;

	if (!gtfs_check_id(g, id, RULE_ROUTE))
		return false;
	if (id->size == 0)
		return true;
	if (!gtfs_map_get(&g->route_ids, &route, *id))
		return gtfs_refuse(g, GTFS_UNKNOWN_ROUTE, RULE_ROUTE);
	*id = routes[route].id;
	return true;
}

static bool rule_row(struct gtfs *g, const struct gtfs_row *row)
{
	struct gtfs_fare *fares = g->fares.items;
	struct gtfs_rule rule = { 0 }, *kept;
	struct slice fare;

	if (!gtfs_check_id(g, &fare, RULE_FARE))
		return false;
	if (fare.size == 0)
		return gtfs_refuse(g, GTFS_MISSING_VALUE, RULE_FARE);
	if (!gtfs_map_get(&g->fare_ids, &rule.fare, fare))
		return gtfs_refuse(g, GTFS_UNKNOWN_FARE, RULE_FARE);
	if (row->fields[RULE_CONTAINS].size > 0)
		return gtfs_refuse(g, GTFS_CONTAINS_NOT_SUPPORTED, RULE_CONTAINS);
	if (!rule_route(g, &rule.route) || !rule_zone(g, &rule.origin, RULE_ORIGIN) ||
	    !rule_zone(g, &rule.destination, RULE_DESTINATION))
		return false;
	if (rule.origin.size == 0 && rule.destination.size == 0)
		gtfs_note_row(g, GTFS_NOTE_RULE_WITHOUT_PLACES, NULL);
	fares[rule.fare].used = true;
	kept = gtfs_list_add(g, &g->rules, sizeof(*kept));
	if (kept != NULL)
		*kept = rule;
	return kept != NULL;
}

const struct gtfs_table gtfs_rule_table = {
	.name = "fare_rules.txt",
	.columns = rule_columns,
	.known = "",
	.row = rule_row,
};

/* --- Both together --- */

static int compare_places(const struct gtfs_rule *a, const struct gtfs_rule *b)
{
	int order = slice_compare(a->route, b->route);

	if (order == 0)
		order = slice_compare(a->origin, b->origin);
	return order != 0 ? order : slice_compare(a->destination, b->destination);
}

struct priced_rule {
	struct gtfs_rule rule;
	const struct gtfs_fare *fare;
};

static int compare_rules(const void *left, const void *right)
{
	const struct priced_rule *a = left, *b = right;
	int order = compare_places(&a->rule, &b->rule);

	if (order == 0)
		order = (a->fare->yen > b->fare->yen) - (a->fare->yen < b->fare->yen);
	return order != 0 ? order : slice_compare(a->fare->id, b->fare->id);
}

/* Of the rules for the same places the lowest fare stays; the list ends up in their order. */
static bool merge_rules(struct gtfs *g)
{
	struct gtfs_rule *rules = g->rules.items;
	const struct gtfs_fare *fares = g->fares.items;
	struct gtfs_list priced = { 0 };
	uint32_t count = 0;

	for (uint32_t i = 0; i < g->rules.count; i++) {
		struct priced_rule *p = gtfs_list_add(g, &priced, sizeof(*p));

		if (p == NULL)
			return false;
		*p = (struct priced_rule){ rules[i], &fares[rules[i].fare] };
	}
	if (priced.count > 0)
		qsort(priced.items, priced.count, sizeof(struct priced_rule), compare_rules);
	for (uint32_t i = 0; i < priced.count; i++) {
		const struct gtfs_rule *rule = &((struct priced_rule *)priced.items)[i].rule;

		if (count > 0 && compare_places(&rules[count - 1], rule) == 0)
			gtfs_note(g, GTFS_NOTE_FARES_MERGED, "fare_rules.txt", 0, NULL);
		else
			rules[count++] = *rule;
	}
	g->rules.count = count;
	return true;
}

static bool add_rules_for_any_ride(struct gtfs *g)
{
	gtfs_note(g, GTFS_NOTE_FARES_WITHOUT_RULES, "fare_rules.txt", 0, NULL);
	for (uint32_t i = 0; i < g->fares.count; i++) {
		struct gtfs_rule *rule = gtfs_list_add(g, &g->rules, sizeof(*rule));

		if (rule == NULL)
			return false;
		*rule = (struct gtfs_rule){ .fare = i };
	}
	return true;
}

/* Whether the file gave rules, refused ones too: then a fare without one was not meant for any
 * ride. */
static bool has_rule_rows(const struct gtfs *g)
{
	for (uint16_t i = 0; i < g->report->file_count; i++)
		if (text_equal(g->report->files[i].file, "fare_rules.txt"))
			return g->report->files[i].rows > 0;
	return false;
}

bool gtfs_fares_end(struct gtfs *g)
{
	const struct gtfs_fare *fares = g->fares.items;

	g->file = "fare_rules.txt";
	if (g->fares.count == 0) {
		gtfs_note(g, GTFS_NOTE_NO_FARES, "fare_attributes.txt", 0, NULL);
		return true;
	}
	if (!has_rule_rows(g) && !add_rules_for_any_ride(g))
		return false;
	for (uint32_t i = 0; has_rule_rows(g) && i < g->fares.count; i++)
		if (!fares[i].used)
			gtfs_note(g, GTFS_NOTE_FARE_NOT_USED, "fare_attributes.txt", 0, NULL);
	return merge_rules(g);
}
