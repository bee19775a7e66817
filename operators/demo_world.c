/* operators/demo_world.c - the demo's council at work: it registers operators and gates, publishes rules, products
 * and sailings. Without it there would be nothing to sell and nowhere to show it.
 */
#include "operators/demo_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/csv.h"

enum {
	CSV_SIZE_MAX = 256 * 1024,
	NOT_YET_JOINED = 4,
	TOUR_ALLOTMENT = 20, /* Of each day's sailing in the round trip. */
	FLIGHT_ALLOTMENT = 30,
	ROUND_RIDERS_MAX = 2,
};

const char *const demo_product_ids[] = { "kyushu-bus-3day", "city-day", "island-day", "sea-air-round" };
const char *const demo_partner_ids[] = { "app-hakata", "app-yufuin" };

/* --- Operators --- */

enum { COLUMN_ID, COLUMN_BUREAU, COLUMN_MODES, COLUMN_JA, COLUMN_EN, COLUMN_PREFECTURES, COLUMN_NUMBER,
       COLUMN_SCOPE, COLUMN_COUNT };

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
	static const yen base_yen[MODE_COUNT] = { [MODE_rail] = 210, [MODE_bus] = 200, [MODE_ferry] = 300,
						  [MODE_air] = 12000 };

	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		if ((modes & MODE_BIT(mode)) != 0)
			return base_yen[mode];
	return 0;
}

static bool take_row(void *to, const struct csv_row *row)
{
	struct demo *d = to;
	struct operator *operator = &d->operators[d->operator_count].is;
	bool fits;

	if (row->line == 1)
		return true;
	if (row->count != COLUMN_COUNT || d->operator_count + DEMO_FEED_MAX >= DEMO_OPERATOR_MAX)
		return false;
	d->operators[d->operator_count].feed = -1;
	*operator = (struct operator){ .modes = set_of(row->fields[COLUMN_MODES], fares_mode_names),
				       .prefectures = set_of(row->fields[COLUMN_PREFECTURES], prefecture_names),
				       .in_scope = slice_is(row->fields[COLUMN_SCOPE], "yes") };
	fits = text_set(operator->operator_id, ID_SIZE, row->fields[COLUMN_ID]) &&
	       text_set(operator->bureau, NAME_SIZE, row->fields[COLUMN_BUREAU]) &&
	       text_set(operator->name_ja, NAME_SIZE, row->fields[COLUMN_JA]) &&
	       text_set(operator->name_en, NAME_SIZE, row->fields[COLUMN_EN]) &&
	       text_set(operator->corporate_number, CORPORATE_NUMBER_SIZE, row->fields[COLUMN_NUMBER]);
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

/* Agreements from April to October; a few of those without whom the journey can be made have none yet. */
static void date_agreements(struct demo *d)
{
	day_t first = day_of_civil((struct civil){ 2026, 4, 1 }), last = day_of_civil((struct civil){ 2026, 10, 1 });
	unsigned waiting = 0;

	for (size_t i = d->operator_count; i-- > 0;) {
		struct operator *operator = &d->operators[i].is;

		operator->base_fare_yen = d->operators[i].feed < 0 ? base_of(operator->modes)
								   : d->feeds[d->operators[i].feed].lowest_yen;
		if (!operator->in_scope)
			continue;
		if (waiting < NOT_YET_JOINED && d->operators[i].feed < 0 &&
		    !text_equal(operator->operator_id, "orc")) {
			waiting++;
			continue;
		}
		operator->joined = first + (day_t)((last - first) * (day_t)i / (day_t)d->operator_count);
	}
}

static void put_set(struct json_out *out, const char *key, uint32_t set, const char *const *names)
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
		const struct operator *operator = &d->operators[i].is;
		struct json_out *out = demo_body(d);
		char date[DATE_TEXT_SIZE] = "";

		if (operator->joined != 0)
			date_encode(date, operator->joined);
		json_put_text(out, "operator_id", slice_text(operator->operator_id));
		json_put_text(out, "name_ja", slice_text(operator->name_ja));
		json_put_text(out, "name_en", slice_text(operator->name_en));
		put_set(out, "modes", operator->modes, fares_mode_names);
		put_set(out, "prefectures", operator->prefectures, prefecture_names);
		put_said(out, "corporate_number", operator->corporate_number);
		put_said(out, "bureau", operator->bureau);
		json_put_bool(out, "in_scope", operator->in_scope);
		put_said(out, "joined", date);
		put_said(out, "feed", operator->feed);
		json_put_int(out, "base_fare_yen", operator->base_fare_yen);
		if (demo_post(d, d->start->council_token, 201, "/v1/operators") == NULL)
			return false;
		demo_progress(d, "registering operators", i + 1, d->operator_count);
	}
	return true;
}

/* --- Rules and products --- */

static const char *const step_names[] = { "commission", "council_fee", "split" };
static const char *const by_names[] = { "boardings", "riders", "deemed_fare" };

static const struct rule rules[DEMO_RULE_COUNT] = {
	{ .rule_id = "kyushu-deemed",
	  .steps = { { .kind = STEP_COMMISSION, .basis_points = 500 },
		     { .kind = STEP_COUNCIL_FEE, .basis_points = 200 },
		     { .kind = STEP_SPLIT, .by = BY_DEEMED_FARE } },
	  .step_count = 3,
	  .unused_to = UNUSED_TO_COUNCIL },
	{ .rule_id = "kyushu-boardings",
	  .steps = { { .kind = STEP_COMMISSION, .basis_points = 500 }, { .kind = STEP_SPLIT, .by = BY_BOARDINGS } },
	  .step_count = 2,
	  .unused_to = UNUSED_TO_PARTNER },
};

static bool publish_rule(struct demo *d, const struct rule *rule)
{
	struct json_out *out = demo_body(d);

	json_put_text(out, "rule_id", slice_text(rule->rule_id));
	json_array(out, "steps");
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct rule_step *step = &rule->steps[i];

		json_object(out, NULL);
		json_put_text(out, "kind", slice_text(step_names[step->kind]));
		if (step->kind == STEP_SPLIT)
			json_put_text(out, "by", slice_text(by_names[step->by]));
		else
			json_put_int(out, "basis_points", step->basis_points);
		json_object_end(out);
	}
	json_array_end(out);
	json_put_text(out, "unused_to", rule->unused_to == UNUSED_TO_COUNCIL ? SLICE("council") : SLICE("partner"));
	return demo_post(d, d->start->council_token, 201, "/v1/rules") != NULL;
}

static void add_carrier(struct product *product, const struct operator *operator)
{
	if (product_covers_operator(product, operator->operator_id))
		return;
	MUST(product->operator_count < PRODUCT_OPERATOR_COUNT_MAX);
	mem_copy(product->operators[product->operator_count++].operator_id, operator->operator_id, ID_SIZE);
}

/* Modelled on passes that there are; names, prices and conditions are the demo's own. */
static void design_products(struct demo *d)
{
	const uint32_t ships = MODE_BIT(MODE_bus) | MODE_BIT(MODE_ferry);
	struct product *p = d->products;

	p[DEMO_BUS_PASS] = (struct product){ .name_ja = "九州バス・船3日乗車券", .name_en = "Kyushu Bus and Ship 3-Day Pass",
		.validity = VALIDITY_DAYS, .length = 3, .activation_days = 90, .modes = ships,
		.prices = { { "adult", 11000 }, { "child", 5500 } }, .riders_max = 5, .refundable = true,
		.refund_fee_yen = 500, .refund_fee_to = TO_PARTNER, .passback_s = 300, .rule_id = "kyushu-deemed" };
	p[DEMO_CITY] = (struct product){ .name_ja = "福岡市内1日乗車券", .name_en = "Fukuoka City 1-Day Pass",
		.validity = VALIDITY_DAYS, .length = 1, .activation_days = 30, .modes = MODE_BIT(MODE_rail),
		.zones = { { "fukuoka-city" } }, .zone_count = 1, .prices = { { "adult", 640 }, { "child", 320 } },
		.riders_max = 3, .passback_s = 300, .stay_max_min = DEMO_STAY_MAX_MIN, .rule_id = "kyushu-deemed" };
	p[DEMO_ISLAND] = (struct product){ .name_ja = "島めぐり1日乗車券", .name_en = "Island Hopper 24 Hours",
		.validity = VALIDITY_HOURS, .length = 24, .activation_days = 30, .modes = ships,
		.mode_uses = { { MODE_ferry, 4 } }, .mode_use_count = 1,
		.prices = { { "adult", 1800 }, { "child", 900 } }, .riders_max = 3, .passback_s = 300,
		.rule_id = "kyushu-boardings" };
	p[DEMO_ROUND] = (struct product){ .name_ja = "鉄道・船・飛行機の周遊券", .name_en = "Rail, Ship and Plane Round Trip",
		.validity = VALIDITY_DAYS, .length = 7, .activation_days = 30,
		.modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air),
		.reserved_modes = MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air),
		.mode_uses = { { MODE_rail, 2 }, { MODE_ferry, 1 }, { MODE_air, 1 } }, .mode_use_count = 3,
		.prices = { { "adult", 24800 }, { "child", 12400 } }, .riders_max = ROUND_RIDERS_MAX,
		.rule_id = "kyushu-deemed" };
	for (size_t i = 0; i < d->operator_count; i++)
		if (d->operators[i].is.joined != 0 && (d->operators[i].is.modes & ships) != 0)
			add_carrier(&p[DEMO_BUS_PASS], &d->operators[i].is);
	for (size_t i = 0; i < d->way_count; i++) {
		const struct demo_operator *operator = &d->operators[d->ways[i].operator];

		if (d->ways[i].in_city)
			add_carrier(&p[DEMO_CITY], &operator->is);
		if (operator->feed >= 0 && (MODE_BIT(d->ways[i].mode) & ships) != 0)
			add_carrier(&p[DEMO_ISLAND], &operator->is);
	}
	add_carrier(&p[DEMO_ISLAND], &d->operators[d->ways[d->small_ferry].operator].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_rail].operator].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_ferry].operator].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_air].operator].is);
}

static void put_lists(struct json_out *out, const struct product *p)
{
	json_array(out, "operators");
	for (size_t i = 0; i < p->operator_count; i++) {
		json_object(out, NULL);
		json_put_text(out, "operator_id", slice_text(p->operators[i].operator_id));
		json_object_end(out);
	}
	json_array_end(out);
	json_array(out, "zones");
	for (size_t i = 0; i < p->zone_count; i++) {
		json_object(out, NULL);
		json_put_text(out, "zone", slice_text(p->zones[i].zone));
		json_object_end(out);
	}
	json_array_end(out);
	json_array(out, "mode_uses");
	for (size_t i = 0; i < p->mode_use_count; i++) {
		json_object(out, NULL);
		json_put_text(out, "mode", slice_text(fares_mode_names[p->mode_uses[i].mode]));
		json_put_int(out, "uses", p->mode_uses[i].uses);
		json_object_end(out);
	}
	json_array_end(out);
	json_array(out, "prices");
	for (size_t i = 0; i < p->price_count; i++) {
		json_object(out, NULL);
		json_put_text(out, "category", slice_text(p->prices[i].category));
		json_put_int(out, "price_yen", p->prices[i].price_yen);
		json_object_end(out);
	}
	json_array_end(out);
}

static bool publish_product(struct demo *d, struct product *p, const char *id)
{
	struct json_out *out = demo_body(d);
	const struct json *answer;

	p->price_count = 2;
	MUST(text_set(p->product_id, ID_SIZE, slice_text(id)));
	json_put_text(out, "product_id", slice_text(id));
	json_put_text(out, "name_ja", slice_text(p->name_ja));
	json_put_text(out, "name_en", slice_text(p->name_en));
	json_put_text(out, "validity", p->validity == VALIDITY_DAYS ? SLICE("days") : SLICE("hours"));
	json_put_int(out, "length", p->length);
	json_put_int(out, "activation_days", p->activation_days);
	put_set(out, "modes", p->modes, fares_mode_names);
	put_set(out, "reserved_modes", p->reserved_modes, fares_mode_names);
	put_lists(out, p);
	json_put_int(out, "riders_max", p->riders_max);
	json_put_bool(out, "refundable", p->refundable);
	json_put_int(out, "refund_fee_yen", p->refund_fee_yen);
	json_put_text(out, "refund_fee_to", p->refund_fee_to == TO_PARTNER ? SLICE("partner") : SLICE("council"));
	json_put_int(out, "passback_s", p->passback_s);
	json_put_int(out, "stay_max_min", p->stay_max_min);
	json_put_text(out, "rule_id", slice_text(p->rule_id));
	answer = demo_post(d, d->start->council_token, 201, "/v1/products");
	p->number = (uint16_t)demo_int(answer, "number");
	p->version = (uint16_t)demo_int(answer, "version");
	return answer != NULL;
}
