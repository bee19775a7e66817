/* operators/demo_refuse.c - whom the gates turn away. Without it the journey would only show
 * that doors open.
 */
#include "operators/demo_inside.h"

enum { COPY_AFTER_S = 20 };

static bool add_key(struct demo *d, const struct json *jwk)
{
	struct slice kid = slice_text(demo_text(jwk, "kid")), x = slice_text(demo_text(jwk, "x"));
	struct keyring_key key = { .not_before_s = demo_int(jwk, "nbf"),
				   .not_after_s = demo_int(jwk, "exp") };
	size_t used;

	while (key_use_names[key.use] != NULL &&
	       !text_equal(key_use_names[key.use], demo_text(jwk, "hitotsu_use")))
		key.use++;
	return key_use_names[key.use] != NULL && base64url_decode(key.kid, &used, KID_SIZE, kid) &&
	       used == KID_SIZE && base64url_decode(key.public_key, &used, SIGN_PUBLIC_SIZE, x) &&
	       used == SIGN_PUBLIC_SIZE && keyring_add(&d->keys, &key);
}

bool demo_keys(struct demo *d)
{
	const struct json *root = demo_get(d, NULL, "/v1/keys"), *keys;

	if (root == NULL)
		return false;
	keys = json_get(root, "keys");
	for (const struct json *jwk = keys == NULL ? NULL : json_first(keys); jwk != NULL;
	     jwk = json_next(jwk))
		if (!add_key(d, jwk))
			return demo_fail(d, "GET /v1/keys: a key that this program cannot read"),
			       false;
	return true;
}

/* --- Who and where --- */

/* Its first ticket that somebody may still use so. NULL: none. */
static struct demo_ticket *ticket_of(struct demo *d, enum demo_product product, enum demo_part part,
				     unsigned day)
{
	for (size_t i = 0; i < d->ticket_count; i++) {
		struct demo_ticket *t = &d->tickets[i];

		if (t->product == product && t->part == part && t->first_day == day)
			return t;
	}
	return NULL;
}

static int gate_of(const struct demo *d, enum fares_mode mode, int not_this)
{
	for (size_t i = 0; i < d->gate_count; i++)
		if (d->gates[i].is.mode == mode && (int)i != not_this)
			return (int)i;
	return -1;
}

static int city_gate(const struct demo *d)
{
	for (size_t i = 0; i < d->way_count; i++)
		if (d->ways[i].in_city)
			return d->ways[i].gate_on;
	return -1;
}

/* A bus whose operator the city pass does not cover. */
static int bus_of_another(const struct demo *d)
{
	for (size_t i = 0; i < d->gate_count; i++)
		if (d->gates[i].is.mode == MODE_bus &&
		    !product_covers_operator(&d->products[DEMO_CITY], d->gates[i].is.operator_id))
			return (int)i;
	return -1;
}

/* A station outside the city, of an operator that the city pass covers. */
static int station_outside(const struct demo *d)
{
	for (size_t i = 0; i < d->gate_count; i++)
		if (d->gates[i].is.mode == MODE_rail && d->gates[i].is.zone[0] == '\0' &&
		    product_covers_operator(&d->products[DEMO_CITY], d->gates[i].is.operator_id))
			return (int)i;
	return -1;
}

static void show(struct demo *d, const char *en, const char *ja, const struct demo_scanned *scanned,
		 enum scan_verdict expected)
{
	const char *got;

	if (scanned->gate < 0 || d->failed)
		return;
	got = demo_scan(d, scanned, expected);
	demo_line(d, "   %s  %s  %s %s", demo_left(scan_verdict_names[expected], 15),
		  demo_left(got, 15), demo_left(en, 42), ja);
}

/* The same code with one character changed such that only its signature is wrong. */
static bool forge(char out[CODE_TEXT_SIZE], const struct demo *d, const char *code)
{
	size_t size = text_size(code);
	struct ticket ticket;

	for (size_t i = size; i-- > sizeof(TICKET_CODE_PREFIX);)
		for (char c = '0'; c <= '9'; c++) {
			mem_copy(out, code, size + 1);
			out[i] = c;
			if (ticket_read(&ticket, slice_of(out, size), &d->keys) == TICKET_FORGED)
				return true;
		}
	return false;
}

/* --- The stories --- */

static void first_morning(struct demo *d)
{
	struct demo_ticket *pass = ticket_of(d, DEMO_BUS_PASS, DEMO_RIDES, 0);
	struct demo_ticket *back = ticket_of(d, DEMO_BUS_PASS, DEMO_REFUNDED, 0);
	struct demo_ticket *city = ticket_of(d, DEMO_CITY, DEMO_RIDES, 1);
	char forged[CODE_TEXT_SIZE];
	struct demo_scanned bus = { "hello", gate_of(d, MODE_bus, -1), SCAN_KIND_board, "", "", 1 };
	struct demo_scanned rail = {
		city->code, city_gate(d), SCAN_KIND_exit, "", "", city->riders
	};

	demo_line(d, "   %s  %s  %s 改札が断るもの", demo_left("expected", 15),
		  demo_left("came", 15), demo_left("what was shown", 42));
	show(d, "\"hello\"", "ただの文字", &bus, SCAN_MALFORMED);
	if (forge(forged, d, pass->code)) {
		bus.code = forged;
		show(d, "a pass with one character changed", "1文字変えた券", &bus, SCAN_FORGED);
	}
	bus.code = back->code;
	bus.riders = back->riders;
	show(d, "a pass whose price was given back", "払い戻した券", &bus, SCAN_REVOKED);
	bus.code = city->code;
	bus.riders = city->riders;
	bus.gate = bus_of_another(d);
	show(d, "the city's rail pass on another's bus", "対象外の社局", &bus, SCAN_WRONG_OPERATOR);
	show(d, "out of a station without having gone in", "入場していない出場", &rail,
	     SCAN_NO_ENTRY);
	rail.kind = SCAN_KIND_enter;
	rail.gate = station_outside(d);
	show(d, "the city's pass at a station outside it", "市外の駅", &rail, SCAN_WRONG_ZONE);
}

/* A photograph of a code that has just been let through, on another bus. */
static bool photographed_copy(struct demo *d)
{
	for (size_t i = 0; i < d->ticket_count; i++) {
		struct demo_ticket *t = &d->tickets[i];
		struct demo_scanned scanned = { t->code, -1, SCAN_KIND_board, "", "", t->riders };

		if (t->product != DEMO_BUS_PASS || t->last_gate < 0)
			continue;
		scanned.gate = gate_of(d, MODE_bus, t->last_gate);
		if (!demo_clock(d, d->now + COPY_AFTER_S * SECOND_MS))
			return false;
		show(d, "a photograph of it, 20 s later, next bus", "撮影された写し", &scanned,
		     SCAN_PASSED_BACK);
		return true;
	}
	return true;
}

static void no_seat(struct demo *d)
{
	struct demo_ticket *t = ticket_of(d, DEMO_ROUND, DEMO_NO_SEAT, 0);
	char service[ID_SIZE];
	struct demo_scanned pier = {
		t->code, d->ways[d->round_ferry].gate_on, SCAN_KIND_check_in, "", service, t->riders
	};

	demo_special_id(service, "tour", 0);
	show(d, "a round trip that reserved no seat", "予約なし", &pier, SCAN_NO_RESERVATION);
}

/* Five places, and a sixth who wants one; the sixth takes the next boat. */
static void small_sailing(struct demo *d)
{
	unsigned aboard = 0, slot = DEMO_SLOT_COUNT + 1;
	char service[ID_SIZE];

	demo_special_id(service, "small", 1);
	for (size_t i = 0; i < d->ticket_count && !d->failed; i++) {
		struct demo_ticket *t = &d->tickets[i];
		struct demo_scanned pier = {
			t->code,  d->ways[d->small_ferry].gate_on, SCAN_KIND_check_in, "", service,
			t->riders
		};

		if (t->product != DEMO_ISLAND || t->part != DEMO_RIDES || t->first_day != 1 ||
		    t->riders != 1)
			continue;
		if (aboard == DEMO_SMALL_ALLOTMENT) {
			show(d, "the sixth rider of a boat with five places", "満席", &pier,
			     SCAN_FULL);
			return;
		}
		demo_get_on(d, t, d->small_ferry, service);
		t->busy_slot = slot;
		aboard++;
	}
}

static void second_morning(struct demo *d)
{
	struct demo_ticket *city = ticket_of(d, DEMO_CITY, DEMO_RIDES, 0);
	struct demo_scanned rail = {
		city->code, city_gate(d), SCAN_KIND_enter, "", "", city->riders
	};

	show(d, "a day pass of the 3rd, on the 4th", "前日の1日券", &rail, SCAN_EXPIRED);
	small_sailing(d);
}

bool demo_refuse_before(struct demo *d, unsigned day, unsigned slot)
{
	if (day == 0 && slot == 0)
		first_morning(d);
	else if (day == 0 && slot == 1)
		no_seat(d);
	else if (day == 1 && slot == 0)
		second_morning(d);
	return !d->failed;
}

bool demo_refuse_after(struct demo *d, unsigned day, unsigned slot)
{
	return (day == 0 && slot == 0 ? photographed_copy(d) : true) && !d->failed;
}
