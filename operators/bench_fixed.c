/* operators/bench_fixed.c - the few records that every scan of the bench meets: operators, gates
 * with their tokens, a product. Without it a million tickets would have nowhere to go.
 */
#include "operators/bench_inside.h"

#include <stdlib.h>

#include "core/date.h"
#include "core/store.h"
#include "fares/fares_op.h"
#include "operators/founding.h"
#include "operators/registry.h"

enum {
	FIXED_COUNT = BENCH_OPERATOR_COUNT + BENCH_GATE_COUNT + 3,
	VALID_DAYS_AHEAD = 365,
	VALID_DAYS_BEHIND = 10,
	BASE_FARE_YEN = 180,
	PRICE_YEN = 2500
};

struct fixed {
	struct store_item items[FIXED_COUNT];
	size_t count;
	struct arena *arena;
};

static void set(char *out, size_t size, const char *text)
{
	MUST(text_set(out, size, slice_text(text)));
}

static void make_operator(struct operator *o, unsigned n)
{
	*o = (struct operator){ .modes = MODE_BIT(MODE_bus),
				.prefectures = 1u << (n % PREFECTURE_COUNT),
				.in_scope = true,
				.joined = day_of_civil((struct civil){ 2026, 1, 1 }),
				.base_fare_yen = BASE_FARE_YEN,
				.version = 1 };
	snprintf(o->operator_id, sizeof(o->operator_id), "bench-operator-%u", n % 1000);
	set(o->name_ja, sizeof(o->name_ja), o->operator_id);
	set(o->name_en, sizeof(o->name_en), o->operator_id);
}

static void make_gate(struct gate *gate, unsigned n)
{
	*gate = (struct gate){ .mode = MODE_bus };
	snprintf(gate->gate_id, sizeof(gate->gate_id), "bench-gate-%02u", n % 100);
	snprintf(gate->operator_id, sizeof(gate->operator_id), "bench-operator-%u",
		 n % BENCH_OPERATOR_COUNT);
	snprintf(gate->name, sizeof(gate->name), "Bench stop %02u", n % 100);
	snprintf(gate->stop, sizeof(gate->stop), "stop-%02u", n % 100);
}

void bench_product(struct product *p, time_ms now)
{
	struct product_fault fault;
	day_t today = day_at(now);
	struct operator o;

	*p = (struct product){ .number = 1,
			       .version = 1,
			       .validity = VALIDITY_FIXED,
			       .valid_from = today - VALID_DAYS_BEHIND,
			       .valid_until = today + VALID_DAYS_AHEAD,
			       .modes = MODE_BIT(MODE_bus),
			       .riders_max = 1,
			       .rule_version = 1,
			       .published_at = now };
	set(p->product_id, sizeof(p->product_id), "bench-pass");
	set(p->name_ja, sizeof(p->name_ja), "bench-pass");
	set(p->name_en, sizeof(p->name_en), "bench-pass");
	set(p->rule_id, sizeof(p->rule_id), "bench-rule");
	for (; p->operator_count < BENCH_OPERATOR_COUNT; p->operator_count++) {
		make_operator(&o, p->operator_count);
		mem_copy(p->operators[p->operator_count].operator_id, o.operator_id, ID_SIZE);
	}
	p->price_count = 1;
	p->prices[0].price_yen = PRICE_YEN;
	set(p->prices[0].category, ID_SIZE, "adult");
	MUST(product_check(p, &fault));
}

static void put(struct fixed *fixed, const char *key, const struct shape *shape, const void *value)
{
	struct writer to = { .data = arena_alloc(fixed->arena, STORE_VALUE_SIZE_MAX),
			     .size = STORE_VALUE_SIZE_MAX };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed && fixed->count < FIXED_COUNT);
	fixed->items[fixed->count++] =
	    (struct store_item){ .key = arena_copy(fixed->arena, slice_text(key)),
				 .value = slice_of(to.data, to.used),
				 .intent = STORE_WRITE };
}

static void put_all(struct fixed *fixed, time_ms now)
{
	struct product_head head = { .number = 1, .version = 1 };
	struct partner partner = { .registered_at = now };
	struct product *product = arena_alloc(fixed->arena, sizeof(*product));
	struct arena *arena = fixed->arena;
	struct operator o;
	struct gate gate;

	for (unsigned i = 0; i < BENCH_OPERATOR_COUNT; i++) {
		make_operator(&o, i);
		put(fixed, arena_text(arena, "operator/%s", o.operator_id), &operator_shape, &o);
	}
	for (unsigned i = 0; i < BENCH_GATE_COUNT; i++) {
		make_gate(&gate, i);
		put(fixed, arena_text(arena, "gate/%s", gate.gate_id), &gate_shape, &gate);
	}
	bench_product(product, now);
	mem_copy(head.product_id, product->product_id, ID_SIZE);
	put(fixed, arena_text(arena, "product/%s", head.product_id), &product_head_shape, &head);
	put(fixed, "prodver/0001/0001", &product_shape, product);
	set(partner.partner_id, sizeof(partner.partner_id), "bench-partner");
	set(partner.name_ja, sizeof(partner.name_ja), "bench-partner");
	set(partner.name_en, sizeof(partner.name_en), "bench-partner");
	put(fixed, "partner/bench-partner", &partner_shape, &partner);
}

static int by_key(const void *a, const void *b)
{
	return slice_compare(((const struct store_item *)a)->key,
			     ((const struct store_item *)b)->key);
}

bool bench_found(struct bench_store *made, struct store *store, struct arena *arena, time_ms now)
{
	struct fixed *fixed = arena_alloc(arena, sizeof(*fixed));
	struct store_req req = { .items = fixed->items, .arena = arena };
	char council[TOKEN_TEXT_SIZE];
	struct gate gate;
	const char *why = founding_init(council, store, now, slice_of(NULL, 0), true, arena);

	if (why != NULL)
		return bench_fail(made->dir, why);
	fixed->arena = arena;
	put_all(fixed, now);
	qsort(fixed->items, fixed->count, sizeof(fixed->items[0]), by_key);
	req.item_count = (uint32_t)fixed->count;
	if (store_commit_wait(store, &req) != STORE_OK)
		return bench_fail(made->dir, "the store did not take the gates");
	for (unsigned i = 0; i < BENCH_GATE_COUNT; i++) {
		make_gate(&gate, i);
		if (!founding_token(made->tokens[i], store, now, ROLE_gate, gate.gate_id, arena))
			return bench_fail(made->dir, "the store did not take a token");
	}
	return true;
}
