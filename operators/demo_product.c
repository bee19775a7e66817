/* operators/demo_product.c - what the demo's council sells, and how a sale is shared. Without it
 * there would be nothing to ride on.
 */
#include "operators/demo_inside.h"

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
	  .steps = { { .kind = STEP_COMMISSION, .basis_points = 500 },
		     { .kind = STEP_SPLIT, .by = BY_BOARDINGS } },
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
	json_put_text(out, "unused_to",
		      rule->unused_to == UNUSED_TO_COUNCIL ? SLICE("council") : SLICE("partner"));
	return demo_post(d, d->start->council_token, 201, "/v1/rules") != NULL;
}

static void add_carrier(struct product *product, const struct operator *who)
{
	if (product_covers_operator(product, who->operator_id))
		return;
	MUST(product->operator_count < PRODUCT_OPERATOR_COUNT_MAX);
	mem_copy(product->operators[product->operator_count++].operator_id, who->operator_id,
		 ID_SIZE);
}

/* Modelled on passes that there are; names, prices and conditions are the demo's own. */
static void design_products(struct demo *d)
{
	const uint32_t ships = MODE_BIT(MODE_bus) | MODE_BIT(MODE_ferry);
	struct product *p = d->products;

	p[DEMO_BUS_PASS] = (struct product){ .name_ja = "九州バス・船3日乗車券",
					     .name_en = "Kyushu Bus and Ship 3-Day Pass",
					     .validity = VALIDITY_DAYS,
					     .length = 3,
					     .activation_days = 90,
					     .modes = ships,
					     .prices = { { "adult", 11000 }, { "child", 5500 } },
					     .riders_max = 5,
					     .refundable = true,
					     .refund_fee_yen = 500,
					     .refund_fee_to = TO_PARTNER,
					     .passback_s = 300,
					     .rule_id = "kyushu-deemed" };
	p[DEMO_CITY] = (struct product){ .name_ja = "福岡市内1日乗車券",
					 .name_en = "Fukuoka City 1-Day Pass",
					 .validity = VALIDITY_DAYS,
					 .length = 1,
					 .activation_days = 30,
					 .modes = MODE_BIT(MODE_rail),
					 .zones = { { "fukuoka-city" } },
					 .zone_count = 1,
					 .prices = { { "adult", 640 }, { "child", 320 } },
					 .riders_max = 3,
					 .passback_s = 300,
					 .stay_max_min = DEMO_STAY_MAX_MIN,
					 .rule_id = "kyushu-deemed" };
	p[DEMO_ISLAND] = (struct product){ .name_ja = "島めぐり1日乗車券",
					   .name_en = "Island Hopper 24 Hours",
					   .validity = VALIDITY_HOURS,
					   .length = 24,
					   .activation_days = 30,
					   .modes = ships,
					   .mode_uses = { { MODE_ferry, 4 } },
					   .mode_use_count = 1,
					   .prices = { { "adult", 1800 }, { "child", 900 } },
					   .riders_max = 3,
					   .passback_s = 300,
					   .rule_id = "kyushu-boardings" };
	p[DEMO_ROUND] =
	    (struct product){ .name_ja = "鉄道・船・飛行機の周遊券",
			      .name_en = "Rail, Ship and Plane Round Trip",
			      .validity = VALIDITY_DAYS,
			      .length = 7,
			      .activation_days = 30,
			      .modes =
				  MODE_BIT(MODE_rail) | MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air),
			      .reserved_modes = MODE_BIT(MODE_ferry) | MODE_BIT(MODE_air),
			      .mode_uses = { { MODE_rail, 2 }, { MODE_ferry, 1 }, { MODE_air, 1 } },
			      .mode_use_count = 3,
			      .prices = { { "adult", 24800 }, { "child", 12400 } },
			      .riders_max = 2,
			      .rule_id = "kyushu-deemed" };
}

/* Who carries the holder of each. */
static void choose_carriers(struct demo *d)
{
	const uint32_t ships = MODE_BIT(MODE_bus) | MODE_BIT(MODE_ferry);
	struct product *p = d->products;

	for (size_t i = 0; i < d->operator_count; i++)
		if (d->operators[i].is.joined != 0 && (d->operators[i].is.modes & ships) != 0)
			add_carrier(&p[DEMO_BUS_PASS], &d->operators[i].is);
	for (size_t i = 0; i < d->way_count; i++) {
		const struct demo_operator *who = &d->operators[d->ways[i].who];

		if (d->ways[i].mode == MODE_rail && d->gates[d->ways[i].gate_on].is.zone[0] != '\0')
			add_carrier(&p[DEMO_CITY], &who->is);
		if (who->feed >= 0 && (MODE_BIT(d->ways[i].mode) & ships) != 0)
			add_carrier(&p[DEMO_ISLAND], &who->is);
	}
	add_carrier(&p[DEMO_ISLAND], &d->operators[d->ways[d->small_ferry].who].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_rail].who].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_ferry].who].is);
	add_carrier(&p[DEMO_ROUND], &d->operators[d->ways[d->round_air].who].is);
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
	json_put_text(out, "validity",
		      p->validity == VALIDITY_DAYS ? SLICE("days") : SLICE("hours"));
	json_put_int(out, "length", p->length);
	json_put_int(out, "activation_days", p->activation_days);
	demo_put_set(out, "modes", p->modes, fares_mode_names);
	demo_put_set(out, "reserved_modes", p->reserved_modes, fares_mode_names);
	put_lists(out, p);
	json_put_int(out, "riders_max", p->riders_max);
	json_put_bool(out, "refundable", p->refundable);
	json_put_int(out, "refund_fee_yen", p->refund_fee_yen);
	json_put_text(out, "refund_fee_to",
		      p->refund_fee_to == TO_PARTNER ? SLICE("partner") : SLICE("council"));
	json_put_int(out, "passback_s", p->passback_s);
	json_put_int(out, "stay_max_min", p->stay_max_min);
	json_put_text(out, "rule_id", slice_text(p->rule_id));
	answer = demo_post(d, d->start->council_token, 201, "/v1/products");
	p->number = (uint16_t)demo_int(answer, "number");
	p->version = (uint16_t)demo_int(answer, "version");
	return answer != NULL;
}

bool demo_products(struct demo *d)
{
	design_products(d);
	choose_carriers(d);
	for (size_t i = 0; i < DEMO_RULE_COUNT; i++) {
		d->rules[i] = rules[i];
		if (!publish_rule(d, &rules[i]))
			return false;
	}
	for (size_t i = 0; i < DEMO_PRODUCT_COUNT; i++)
		if (!publish_product(d, &d->products[i], demo_product_ids[i]))
			return false;
	return true;
}
