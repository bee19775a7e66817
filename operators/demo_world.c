/* operators/demo_world.c - the demo's council at work: it registers operators and gates,
 * publishes rules, products and sailings. Without it there would be nothing to sell and nowhere
 * to show it.
 */
#include "operators/demo_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/csv.h"
#include "core/text.h"

enum {
	CSV_SIZE_MAX = 256 * 1024,
	NOT_YET_JOINED = 4,
	PIER_MIN =
	    10, /* A sailing leaves so long after its slot; the tour's and the small one later. */
	TOUR_MIN = 20,
	FLIGHT_MIN = 40,
	TOUR_ALLOTMENT = 20, /* Of each day's sailing in the round trip. */
	FLIGHT_ALLOTMENT = 30,
};

const char *const demo_product_ids[] = { "kyushu-bus-3day", "city-day", "island-day",
					 "sea-air-round" };
const char *const demo_partner_ids[] = { "app-hakata", "app-yufuin" };

/* --- Operators --- */

enum {
	COLUMN_ID,
	COLUMN_BUREAU,
	COLUMN_MODES,
	COLUMN_JA,
	COLUMN_EN,
	COLUMN_PREFECTURES,
	COLUMN_NUMBER,
	COLUMN_SCOPE,
	COLUMN_COUNT
};

static uint32_t set_of(struct slice text, const char *const *names)
{
	uint32_t set = 0;

	while (text.size > 0) {
		size_t size = 0;

		while (size < text.size && text.data[size] != ' ')
			size++;
		for (unsigned i = 0; names[i] != NULL; i++)
			if (slice_is(slice_of(text.data, size), names[i]))
				set |= 1u << i;
		size += size < text.size;
		text = slice_of(text.data + size, text.size - size);
	}
	return set;
}

/* What one ride is deemed where no feed says it, by the first of its modes. */
static yen base_of(uint32_t modes)
{
	static const yen base_yen[MODE_COUNT] = {
		[MODE_rail] = 210, [MODE_bus] = 200, [MODE_ferry] = 300, [MODE_air] = 12000
	};

	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		if ((modes & MODE_BIT(mode)) != 0)
			return base_yen[mode];
	return 0;
}

static bool take_row(void *to, const struct csv_row *row)
{
	struct demo *d = to;
	struct operator *who = &d->operators[d->operator_count].is;
	bool fits;

	if (row->line == 1)
		return true;
	if (row->count != COLUMN_COUNT || d->operator_count + DEMO_FEED_MAX >= DEMO_OPERATOR_MAX)
		return false;
	d->operators[d->operator_count].feed = -1;
	*who = (struct operator){ .modes = set_of(row->fields[COLUMN_MODES], fares_mode_names),
				  .prefectures =
				      set_of(row->fields[COLUMN_PREFECTURES], prefecture_names),
				  .in_scope = slice_is(row->fields[COLUMN_SCOPE], "yes") };
	fits = text_set(who->operator_id, ID_SIZE, row->fields[COLUMN_ID]) &&
	       text_set(who->bureau, NAME_SIZE, row->fields[COLUMN_BUREAU]) &&
	       text_set(who->name_ja, NAME_SIZE, row->fields[COLUMN_JA]) &&
	       text_set(who->name_en, NAME_SIZE, row->fields[COLUMN_EN]) &&
	       text_set(who->corporate_number, CORPORATE_NUMBER_SIZE, row->fields[COLUMN_NUMBER]);
	d->operator_count += fits;
	return fits;
}

static bool read_operators(struct demo *d)
{
	uint8_t *text = arena_alloc(&d->keep, CSV_SIZE_MAX);
	FILE *file = fopen(d->start->operators_csv, "rb");
	size_t size = file == NULL ? 0 : fread(text, 1, CSV_SIZE_MAX, file);
	enum csv_status status = CSV_STOPPED;
	uint32_t line = 0;

	if (file != NULL)
		fclose(file);
	if (size > 0 && size < CSV_SIZE_MAX)
		status = csv_read(slice_of(text, size), take_row, d, &line);
	if (status != CSV_OK)
		demo_fail(d, "%s, line %u: %s", d->start->operators_csv, line,
			  size == 0 ? "it cannot be read" : csv_status_text(status));
	return status == CSV_OK;
}

/* Agreements from April to October; a few of those without whom the journey can be made have
 * none yet. */
static void date_agreements(struct demo *d)
{
	day_t first = day_of_civil((struct civil){ 2026, 4, 1 }),
	      last = day_of_civil((struct civil){ 2026, 10, 1 });
	unsigned waiting = 0;

	for (size_t i = d->operator_count; i-- > 0;) {
		struct operator *who = &d->operators[i].is;

		who->base_fare_yen = d->operators[i].feed < 0
					 ? base_of(who->modes)
					 : d->feeds[d->operators[i].feed].lowest_yen;
		if (!who->in_scope)
			continue;
		if (waiting < NOT_YET_JOINED && d->operators[i].feed < 0 &&
		    !text_equal(who->operator_id, "orc")) {
			waiting++;
			continue;
		}
		who->joined = first + (day_t)((last - first) * (day_t)i / (day_t)d->operator_count);
	}
}

void demo_put_set(struct json_out *out, const char *key, uint32_t set, const char *const *names)
{
	json_array(out, key);
	for (unsigned i = 0; names[i] != NULL; i++)
		if ((set >> i & 1) != 0)
			json_put_text(out, NULL, slice_text(names[i]));
	json_array_end(out);
}

static void put_said(struct json_out *out, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_put_text(out, key, slice_text(text));
}

static bool register_operators(struct demo *d)
{
	for (size_t i = 0; i < d->operator_count; i++) {
		const struct operator *who = &d->operators[i].is;
		struct json_out *out = demo_body(d);
		char date[DATE_TEXT_SIZE] = "";

		if (who->joined != 0)
			date_encode(date, who->joined);
		json_put_text(out, "operator_id", slice_text(who->operator_id));
		json_put_text(out, "name_ja", slice_text(who->name_ja));
		json_put_text(out, "name_en", slice_text(who->name_en));
		demo_put_set(out, "modes", who->modes, fares_mode_names);
		demo_put_set(out, "prefectures", who->prefectures, prefecture_names);
		put_said(out, "corporate_number", who->corporate_number);
		put_said(out, "bureau", who->bureau);
		json_put_bool(out, "in_scope", who->in_scope);
		put_said(out, "joined", date);
		put_said(out, "feed", who->feed);
		json_put_int(out, "base_fare_yen", who->base_fare_yen);
		if (demo_post(d, d->start->council_token, 201, "/v1/operators") == NULL)
			return false;
		demo_progress(d, "registering operators", i + 1, d->operator_count);
	}
	return true;
}

/* --- Gates and partners --- */

static bool open_gates(struct demo *d)
{
	for (size_t i = 0; i < d->gate_count; i++) {
		struct demo_gate *gate = &d->gates[i];
		struct json_out *out = demo_body(d);

		json_put_text(out, "gate_id", slice_text(gate->is.gate_id));
		json_put_text(out, "operator_id", slice_text(gate->is.operator_id));
		json_put_text(out, "mode", slice_text(fares_mode_names[gate->is.mode]));
		json_put_text(out, "name", slice_text(gate->is.name));
		put_said(out, "stop", gate->is.stop);
		put_said(out, "zone", gate->is.zone);
		put_said(out, "route", gate->is.route);
		if (demo_post(d, d->start->council_token, 201, "/v1/gates") == NULL ||
		    !demo_token(d, gate->token, "gate", gate->is.gate_id))
			return false;
		demo_progress(d, "opening gates", i + 1, d->gate_count);
	}
	return true;
}

static bool add_partners(struct demo *d)
{
	static const char *const names_ja[] = { "博多アプリ", "由布院アプリ" },
				 *const names_en[] = { "Hakata App", "Yufuin App" };

	for (size_t i = 0; i < DEMO_PARTNER_COUNT; i++) {
		struct json_out *out = demo_body(d);

		json_put_text(out, "partner_id", slice_text(demo_partner_ids[i]));
		json_put_text(out, "name_ja", slice_text(names_ja[i]));
		json_put_text(out, "name_en", slice_text(names_en[i]));
		if (demo_post(d, d->start->council_token, 201, "/v1/partners") == NULL ||
		    !demo_token(d, d->partner_tokens[i], "partner", demo_partner_ids[i]))
			return false;
	}
	return true;
}

/* --- Sailings and flights --- */

struct sailing {
	const char *id;
	int way;
	time_ms departs_at;
	unsigned allotment;
};

static bool add_service(struct demo *d, const struct sailing *sailing)
{
	const struct demo_way *way = &d->ways[sailing->way];
	struct json_out *out = demo_body(d);
	char name[NAME_SIZE * 3], time[TIME_TEXT_SIZE];
	bool flies = way->mode == MODE_air;

	time_encode(time, sailing->departs_at);
	if (flies)
		snprintf(name, sizeof(name), "長崎 → 福江 OC75");
	else
		snprintf(name, sizeof(name), "%.50s%s%.50s %.5s", way->from_name,
			 way->from_name[0] == '\0' ? "" : " → ", way->to_name, time + 11);
	json_put_text(out, "operator_id", slice_text(demo_id(d, way->who)));
	json_put_text(out, "service_id", slice_text(sailing->id));
	json_put_text(out, "mode", slice_text(fares_mode_names[way->mode]));
	json_put_text(out, "name_ja", slice_of(name, text_utf8_prefix(slice_text(name))));
	json_put_text(out, "name_en", slice_text(sailing->id));
	put_said(out, "route_id", way->route);
	put_said(out, "from_stop", way->from);
	put_said(out, "to_stop", way->to);
	json_put_text(out, "departs_at", slice_text(time));
	json_put_int(out, "allotment", sailing->allotment);
	if (flies) {
		json_put_text(out, "carrier", SLICE("OC"));
		json_put_text(out, "flight", SLICE("75"));
	}
	return demo_post(d, d->start->council_token, 201, "/v1/services") != NULL;
}

static bool add_day(struct demo *d, unsigned day)
{
	char id[ID_SIZE];
	struct sailing tour = { id, d->round_ferry, demo_slot(day, 1) + TOUR_MIN * MINUTE_MS,
				TOUR_ALLOTMENT };
	struct sailing flight = { id, d->round_air, demo_slot(day, 2) + FLIGHT_MIN * MINUTE_MS,
				  FLIGHT_ALLOTMENT };
	struct sailing small = { id, d->small_ferry, demo_slot(day, 0) + TOUR_MIN * MINUTE_MS,
				 DEMO_SMALL_ALLOTMENT };

	for (unsigned slot = 0; slot < DEMO_SLOT_COUNT; slot++)
		for (size_t i = 0; i < d->way_count; i++) {
			struct sailing sailing = { id, (int)i,
						   demo_slot(day, slot) + PIER_MIN * MINUTE_MS, 0 };

			demo_service_id(id, (int)i, day, slot);
			if (d->ways[i].sails && !add_service(d, &sailing))
				return false;
		}
	demo_special_id(id, "tour", day);
	if (!add_service(d, &tour))
		return false;
	demo_special_id(id, "oc75", day);
	if (!add_service(d, &flight))
		return false;
	demo_special_id(id, "small", day);
	return add_service(d, &small);
}

void demo_service_id(char out[ID_SIZE], int way, unsigned day, unsigned slot)
{
	char time[TIME_TEXT_SIZE];

	time_encode(time, demo_slot(day, slot));
	snprintf(out, ID_SIZE, "%.2s%.2s-%.2s%.2s-w%d", time + 5, time + 8, time + 11, time + 14,
		 way & 1023);
}

void demo_special_id(char out[ID_SIZE], const char *what, unsigned day)
{
	char time[TIME_TEXT_SIZE];

	time_encode(time, demo_slot(day, 0));
	snprintf(out, ID_SIZE, "%.8s-%.2s%.2s", what, time + 5, time + 8);
}

/* 3 to 5 November 2026, at 8, 12 and 17. */
time_ms demo_slot(unsigned day, unsigned slot)
{
	static const uint8_t hours[DEMO_SLOT_COUNT] = { 8, 12, 17 };

	return day_start(day_of_civil((struct civil){ 2026, 11, 3 }) + (day_t)day,
			 (uint16_t)(hours[slot] * 60));
}

static void say_world(struct demo *d)
{
	size_t linked = 0, joined = 0, known = 0;

	for (size_t i = 0; i < d->operator_count; i++) {
		linked += d->operators[i].feed >= 0;
		joined += d->operators[i].is.joined != 0;
	}
	for (size_t i = 0; i < d->way_count; i++)
		known += d->ways[i].from[0] != '\0';
	demo_line(d, "   %zu operators, %zu with an agreement, %zu with a feed of their own",
		  d->operator_count, joined, linked);
	demo_line(d,
		  "   %zu gates, vehicles, piers and counters; %zu ways to ride between two stops",
		  d->gate_count, known);
	demo_line(d, "\n   %s  %s %s %s", demo_left("product", 32), demo_left("商品", 24),
		  demo_right("yen", 7), demo_right("operators", 10));
	for (size_t i = 0; i < DEMO_PRODUCT_COUNT; i++) {
		const struct product *p = &d->products[i];

		demo_line(d, "   %s  %s %s %s", demo_left(p->name_en, 32),
			  demo_left(p->name_ja, 24), demo_number(p->prices[0].price_yen, 7),
			  demo_number(p->operator_count, 10));
	}
}

bool demo_world(struct demo *d)
{
	demo_head(d, "2 Operators, products, gates", "社局・商品・改札の登録");
	if (!read_operators(d))
		return false;
	demo_feed_link(d);
	date_agreements(d);
	demo_ways(d);
	if (!register_operators(d) || !demo_products(d) || !add_partners(d) || !open_gates(d))
		return false;
	for (unsigned day = 0; day < DEMO_DAY_COUNT; day++) {
		demo_progress(d, "sailings and flights", day, DEMO_DAY_COUNT);
		if (!add_day(d, day))
			return false;
	}
	say_world(d);
	return true;
}
