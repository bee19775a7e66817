/* tests/scan_order_test.c - every two reasons to refuse a scan, both at once: the first in the list
 * is the answer. Without it an order that is promised to gate makers would hold where somebody
 * thought of it.
 */
#include "operators/scan.h"

#include "core/date.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

enum { AT_S = 1800000000 };
static const time_ms at = AT_S * SECOND_MS;

static struct world { /* A scan that nothing is wrong with. */
	struct operator operator;
	struct gate gate;
	struct product product;
	struct service service;
	struct ticket ticket;
	struct use use;
	struct scan scan;
	struct scan_place place;
	struct scan_input in;
} w;

static void name(char *out, const char *text)
{
	memcpy(out, text, strlen(text) + 1);
}

static void found(void)
{
	w = (struct world){ .operator = { .base_fare_yen = 200 }, .product = { .number = 1 } };
	w.product.modes = TICKET_MODES_ALL;
	w.product.operator_count = 1;
	w.product.zone_count = 2;
	name(w.operator.operator_id, "ours");
	name(w.gate.operator_id, "ours");
	name(w.gate.gate_id, "here");
	name(w.gate.zone, "city");
	name(w.product.operators[0].operator_id, "ours");
	name(w.product.zones[0].zone, "city");
	name(w.product.zones[1].zone, "sea");
	w.ticket = (struct ticket){ .exp_s = AT_S + 3600,
				    .has_device_key = true,
				    .riders = 1,
				    .modes = TICKET_MODES_ALL };
	w.scan = (struct scan){ .at = at,
				.riders = 1,
				.stop = "",
				.service_id = "",
				.dynamic = true,
				.proof_at = at,
				.proof = { { 1 } },
				.proof_past_s = 45,
				.proof_ahead_s = 15 };
	w.place = (struct scan_place){ .gate = &w.gate,
				       .operator = &w.operator,
				       .od_fare_yen = -1 };
	w.in = (struct scan_input){ .ticket = &w.ticket,
				    .product = &w.product,
				    .use = &w.use,
				    .place = &w.place,
				    .scan = &w.scan };
}

static void ride(enum fares_mode mode)
{
	w.use.inside = true;
	w.use.inside_mode = (uint8_t)mode;
	name(w.use.inside_operator, "ours");
	w.use.inside_since = at - 10 * MINUTE_MS;
}

static void stand(enum fares_mode mode, bool leaving)
{
	w.gate.mode = (uint8_t)mode;
	w.scan.kind = leaving ? SCAN_KIND_exit : SCAN_KIND_enter;
	if (leaving) {
		ride(mode);
		return;
	}
	w.service = (struct service){ .mode = (uint8_t)mode, .departs_at = at, .allotment = 5 };
	name(w.service.operator_id, "ours");
	w.place.service = &w.service;
	w.place.service_named = w.place.service_known = true;
}

/* --- What may be wrong --------------------------------------------------------------------- */
static void no_proof(void)
{
	w.scan.dynamic = false;
}

static void old_proof(void)
{
	w.scan.proof_at = at - MINUTE_MS;
}

static void no_product(void)
{
	w.in.product = NULL;
}

static void refunded(void)
{
	w.use.status = TICKET_REVOKED;
}

static void too_early(void)
{
	w.ticket.nbf_s = AT_S + 1;
}

static void too_late(void)
{
	w.use.first_used_at = 1;
	w.use.valid_until = at - 1;
}

static void other_operator(void)
{
	name(w.product.operators[0].operator_id, "theirs");
}

static void other_mode(void)
{
	w.ticket.modes = 0;
}

static void other_zone(void)
{
	w.ticket.zones = 2;
}

static void too_many(void)
{
	w.scan.riders = 2;
}

static void not_reserved(void)
{
	w.product.reserved_modes = TICKET_MODES_ALL;
}

static void gone(void)
{
	w.service.departs_at = at - DAY_MS;
}

static void full(void)
{
	w.service.taken = w.service.allotment;
}

static void never_entered(void)
{
	w.use.inside = false;
}

static void inside(void)
{
	ride(MODE_rail);
}

static void stayed_long(void)
{
	w.product.stay_max_min = 9;
}

static void backwards(void)
{
	w.place.backwards = true;
}

static void copied(void)
{
	w.use.proofs[0] =
	    (struct use_proof){ .id = w.scan.proof, .at = w.scan.proof_at, .told = 1 };
	name(w.use.proofs[0].gate, "here");
	w.use.proof_count = 1;
}

static void used_up(void)
{
	w.product.uses = 1;
	w.use.uses = 1;
}

enum { IN = 1, OUT = 2, BOTH = IN | OUT };
#define RAIL MODE_BIT(MODE_rail)
#define BUS MODE_BIT(MODE_bus)
#define FERRY MODE_BIT(MODE_ferry)
#define ANY (RAIL | BUS | FERRY | MODE_BIT(MODE_air) | MODE_BIT(MODE_venue))

static const struct fault {
	enum scan_verdict verdict;
	unsigned modes, ways; /* Where it is a fault. */
	void (*make)(void);
} faults[] = {
	{ SCAN_DEVICE_PROOF_MISSING, ANY, BOTH, no_proof },
	{ SCAN_DEVICE_PROOF_STALE, ANY, BOTH, old_proof },
	{ SCAN_UNKNOWN_PRODUCT, ANY, BOTH, no_product },
	{ SCAN_REVOKED, ANY, BOTH, refunded },
	{ SCAN_NOT_YET_VALID, ANY, IN, too_early },
	{ SCAN_EXPIRED, ANY, IN, too_late },
	{ SCAN_WRONG_OPERATOR, ANY, BOTH, other_operator },
	{ SCAN_WRONG_MODE, ANY, BOTH, other_mode },
	{ SCAN_WRONG_ZONE, ANY, BOTH, other_zone },
	{ SCAN_WRONG_RIDERS, ANY, BOTH, too_many },
	{ SCAN_NO_RESERVATION, ANY, IN, not_reserved },
	{ SCAN_WRONG_SERVICE, ANY, IN, gone },
	{ SCAN_FULL, FERRY, IN, full },
	{ SCAN_NO_ENTRY, ANY, OUT, never_entered },
	{ SCAN_ALREADY_INSIDE, RAIL | BUS, IN, inside },
	{ SCAN_OVERSTAYED, RAIL, OUT, stayed_long },
	{ SCAN_WRONG_ORDER, BUS, OUT, backwards },
	{ SCAN_PASSED_BACK, ANY, BOTH, copied },
	{ SCAN_USED_UP, ANY, IN, used_up },
};

static enum scan_verdict ask(enum fares_mode mode, bool leaving, const struct fault *a,
			     const struct fault *b)
{
	struct scan_outcome out;

	found();
	stand(mode, leaving);
	if (a != NULL)
		a->make();
	if (b != NULL)
		b->make();
	scan_decide(&out, &w.in);
	return out.verdict;
}

/* Elsewhere nobody is kept inside, and going out is NO_ENTRY by itself. */
static bool keeps_inside(enum fares_mode mode)
{
	return mode == MODE_rail || mode == MODE_bus;
}

static bool is_here(const struct fault *fault, enum fares_mode mode, bool leaving)
{
	return (!leaving || keeps_inside(mode)) && (fault->modes & MODE_BIT(mode)) != 0 &&
	       (fault->ways & (leaving ? OUT : IN)) != 0;
}

/* Somewhere, by some way: how often both could be wrong at once. */
static int ask_everywhere(const struct fault *a, const struct fault *b)
{
	int asked = 0;

	for (unsigned mode = 0; mode < MODE_COUNT; mode++)
		for (int leaving = 0; leaving < 2; leaving++) {
			enum scan_verdict got;

			if (!is_here(a, mode, leaving) || !is_here(b, mode, leaving))
				continue;
			got = ask(mode, leaving, a, b);
			if (got != a->verdict)
				fail_msg("%s, going %s: %s with %s is %s", fares_mode_names[mode],
					 leaving ? "out" : "in", scan_verdict_names[a->verdict],
					 scan_verdict_names[b->verdict], scan_verdict_names[got]);
			asked++;
		}
	return asked;
}

static void nothing_wrong_is_admitted(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		assert_int_equal(ask(mode, false, NULL, NULL), SCAN_ADMITTED);
		if (keeps_inside(mode))
			assert_int_equal(ask(mode, true, NULL, NULL), SCAN_ADMITTED);
	}
}

static void the_first_of_two_is_the_answer(void **state)
{
	int pairs = 0, asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		for (size_t k = i; k < COUNT_OF(faults); k++) {
			int here = ask_everywhere(&faults[i], &faults[k]);

			assert_true(i == 0 || faults[i - 1].verdict < faults[i].verdict);
			pairs += here > 0;
			asked += here;
		}
	print_message("%d pairs, %d scans\n", pairs, asked);
}

/* All but what is said of a code and its signatures, which are the shell's. */
static void every_reason_is_there(void **state)
{
	bool there[SCAN_VERDICT_COUNT] = { [SCAN_DEVICE_PROOF_FORGED] = true,
					   [SCAN_ADMITTED] = true };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		there[faults[i].verdict] = true;
	for (int i = SCAN_DEVICE_PROOF_MISSING; i < SCAN_VERDICT_COUNT; i++)
		if (!there[i])
			fail_msg("%s is in no pair", scan_verdict_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wrong_is_admitted),
		cmocka_unit_test(the_first_of_two_is_the_answer),
		cmocka_unit_test(every_reason_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
