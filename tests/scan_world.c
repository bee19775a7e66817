/* tests/scan_world.c - reads how tests/scan_table.txt sets up its world. Without it the table would
 * be code.
 */
#include "tests/scan_world.h"

#include "core/date.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan_world w;

void unreadable(const char *word)
{
	fail_msg("tests/scan_table.txt:%d: what is \"%s\"?", w.line, word);
}

/* --- words --------------------------------------------------------------------------------- */
time_ms read_time(const char *word)
{
	int day = 0, hour = 0, minute = 0, second = 0, ms = 0;

	if (sscanf(word, "%dT%d:%d:%d.%d", &day, &hour, &minute, &second, &ms) < 3)
		unreadable(word);
	return day_start(day_of_civil((struct civil){ 2026, 11, 1 }) + day - 1, 0) +
	       ((hour * 60 + minute) * 60 + second) * SECOND_MS + ms;
}

const char *time_word(time_ms at)
{
	static char text[40];
	long long left = at - day_start(day_of_civil((struct civil){ 2026, 11, 1 }), 0);

	if (at == 0)
		return "-";
	snprintf(text, sizeof(text), "%lldT%02lld:%02lld:%02lld.%03lld", left / DAY_MS + 1,
		 left / HOUR_MS % 24, left / MINUTE_MS % 60, left / SECOND_MS % 60,
		 left % SECOND_MS);
	return text;
}

const char *number_word(long long n)
{
	static char text[24];

	snprintf(text, sizeof(text), "%lld", n);
	return text;
}

int index_of(const char *const *names, const char *word)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	unreadable(word);
	return -1;
}

static void set(char *out, size_t size, const char *word)
{
	assert_true(text_set(out, size, slice_text(word)));
}

const char *value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

/* The next of "a,b,c"; false at the end. */
static bool next_item(const char **list, char item[ID_SIZE])
{
	size_t n = strcspn(*list, ",");

	if (n == 0)
		return false;
	assert_true(text_set(item, ID_SIZE, slice_of(*list, n)));
	*list += n + ((*list)[n] == ',');
	return true;
}

static uint32_t read_modes(const char *list)
{
	char item[ID_SIZE];
	uint32_t modes = 0;

	while (next_item(&list, item))
		modes |= MODE_BIT(index_of(fares_mode_names, item));
	return modes;
}

/* --- what the table sets up ---------------------------------------------------------------- */
static void set_operator(char **words, size_t count)
{
	struct operator *o = &w.operators[w.operator_count++];

	assert_true(w.operator_count <= SCAN_OPERATORS_MAX && count == 3);
	set(o->operator_id, sizeof(o->operator_id), words[1]);
	o->base_fare_yen = atoi(value_of(words[2], "base"));
}

const struct operator *operator_named(const char *id)
{
	for (size_t i = 0; i < w.operator_count; i++)
		if (strcmp(w.operators[i].operator_id, id) == 0)
			return &w.operators[i];
	unreadable(id);
	return NULL;
}

static void set_junction(char **words, size_t count)
{
	assert_true(w.junction_count < SCAN_JUNCTIONS_MAX && count == 3);
	w.junctions[w.junction_count++] =
		(struct scan_junction){ operator_named(words[1]), operator_named(words[2]) };
}

static void set_gate(char **words, size_t count)
{
	struct gate *gate = &w.gates[w.gate_count++];
	const char *v;

	assert_true(w.gate_count <= SCAN_GATES_MAX);
	set(gate->gate_id, sizeof(gate->gate_id), words[1]);
	for (size_t i = 2; i < count; i++) {
		if ((v = value_of(words[i], "operator")) != NULL)
			set(gate->operator_id, sizeof(gate->operator_id), v);
		else if ((v = value_of(words[i], "mode")) != NULL)
			gate->mode = (uint8_t)index_of(fares_mode_names, v);
		else if ((v = value_of(words[i], "stop")) != NULL)
			set(gate->stop, sizeof(gate->stop), v);
		else if ((v = value_of(words[i], "zone")) != NULL)
			set(gate->zone, sizeof(gate->zone), v);
		else if ((v = value_of(words[i], "route")) != NULL)
			set(gate->route, sizeof(gate->route), v);
		else
			unreadable(words[i]);
	}
}

static void set_service(char **words, size_t count)
{
	struct service *service = &w.services[w.service_count++];
	const char *v;

	assert_true(w.service_count <= SCAN_SERVICES_MAX);
	*service = (struct service){ 0 };
	set(service->service_id, sizeof(service->service_id), words[1]);
	for (size_t i = 2; i < count; i++) {
		if ((v = value_of(words[i], "operator")) != NULL)
			set(service->operator_id, sizeof(service->operator_id), v);
		else if ((v = value_of(words[i], "mode")) != NULL)
			service->mode = (uint8_t)index_of(fares_mode_names, v);
		else if ((v = value_of(words[i], "leaves")) != NULL)
			service->departs_at = read_time(v);
		else if ((v = value_of(words[i], "places")) != NULL)
			service->allotment = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "taken")) != NULL)
			service->taken = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "fare")) != NULL)
			service->deemed_fare_yen = atoi(v);
		else
			unreadable(words[i]);
	}
}

static void set_lists(struct product *p, const char *operators, const char *zones)
{
	while (next_item(&operators, p->operators[p->operator_count].operator_id))
		p->operator_count++;
	while (next_item(&zones, p->zones[p->zone_count].zone))
		p->zone_count++;
}

static bool set_validity(struct product *p, const char *word)
{
	day_t october = day_of_civil((struct civil){ 2026, 10, 31 });
	const char *v;

	if ((v = value_of(word, "from")) != NULL)
		p->valid_from = october + atoi(v);
	else if ((v = value_of(word, "until")) != NULL)
		p->valid_until = october + atoi(v);
	else if ((v = value_of(word, "days")) != NULL)
		p->validity = VALIDITY_DAYS, p->length = (uint16_t)atoi(v);
	else if ((v = value_of(word, "hours")) != NULL)
		p->validity = VALIDITY_HOURS, p->length = (uint16_t)atoi(v);
	else if ((v = value_of(word, "begin_within")) != NULL)
		p->activation_days = (uint16_t)atoi(v);
	else
		return false;
	return true;
}

static void set_mode_uses(struct product *p, const char *list)
{
	char item[ID_SIZE];

	while (next_item(&list, item)) {
		char *colon = strchr(item, ':');

		*colon = '\0';
		p->mode_uses[p->mode_use_count++] = (struct product_mode_uses){
			(uint8_t)index_of(fares_mode_names, item), (uint16_t)atoi(colon + 1)
		};
	}
}

static void set_product(char **words, size_t count)
{
	struct product *p = &w.product;
	struct product_fault fault;
	const char *v;

	*p = (struct product){ .number = 1, .version = 1, .riders_max = PRODUCT_RIDERS_MAX };
	p->prices[p->price_count++] = (struct product_price){ "adult", 1000 };
	w.product_known = true;
	for (size_t i = 1; i < count; i++) {
		if (set_validity(p, words[i]))
			continue;
		if ((v = value_of(words[i], "operators")) != NULL)
			set_lists(p, v, "");
		else if ((v = value_of(words[i], "zones")) != NULL)
			set_lists(p, "", v);
		else if ((v = value_of(words[i], "modes")) != NULL)
			p->modes = read_modes(v);
		else if ((v = value_of(words[i], "uses")) != NULL)
			p->uses = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "mode_uses")) != NULL)
			set_mode_uses(p, v);
		else if ((v = value_of(words[i], "reserved")) != NULL)
			p->reserved_modes = read_modes(v);
		else if ((v = value_of(words[i], "passback")) != NULL)
			p->passback_s = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "stay")) != NULL)
			p->stay_max_min = (uint16_t)atoi(v);
		else
			unreadable(words[i]);
	}
	if (!product_check(p, &fault))
		fail_msg("tests/scan_table.txt:%d: %s %s", w.line, fault.pointer, fault.what);
}

/* Sold by fares/sale, and then changed where the table says so. */
static void set_ticket(char **words, size_t count)
{
	struct sale_order order = { .category = "adult", .riders = 1 };
	time_ms sold_at = read_time("24T09:00");
	const char *v;

	for (size_t i = 1; i < count; i++) {
		if ((v = value_of(words[i], "sold")) != NULL)
			sold_at = read_time(v);
		else if ((v = value_of(words[i], "riders")) != NULL)
			order.riders = (uint8_t)atoi(v);
	}
	w.sale = (struct sale){ 0 };
	assert_int_equal(sale_decide(&w.sale, &w.product, &order, sold_at, DAY_BOUNDARY_MIN),
			 SALE_OK);
	sale_ticket(&w.ticket, &w.sale, &w.product, FARE_FULL);
	mem_zero(&w.use, sizeof(w.use));
	for (size_t i = 1; i < count; i++) {
		if (strcmp(words[i], "phone") == 0)
			w.ticket.has_device_key = true, w.ticket.flags = 0;
		else if (strcmp(words[i], "unprinted") == 0)
			w.ticket.flags = 0;
		else if (strcmp(words[i], "printed") == 0)
			w.ticket.flags = TICKET_FLAG_STATIC;
		else if ((v = value_of(words[i], "uses")) != NULL)
			w.ticket.uses = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "modes")) != NULL)
			w.ticket.modes = (uint8_t)read_modes(v);
		else if ((v = value_of(words[i], "zone_bits")) != NULL)
			w.ticket.zones = (uint32_t)atoi(v);
		else if (!value_of(words[i], "sold") && !value_of(words[i], "riders"))
			unreadable(words[i]);
	}
}

static void set_reservation(char **words, size_t count)
{
	struct use_reservation *held = &w.use.reservations[w.use.reservation_count++];

	assert_true(w.use.reservation_count <= USE_RESERVATION_COUNT_MAX && count == 4);
	held->seats = w.ticket.riders;
	held->mode = (uint8_t)index_of(fares_mode_names, words[1]);
	set(held->operator_id, sizeof(held->operator_id), words[2]);
	set(held->service_id, sizeof(held->service_id), words[3]);
}

/* Uses of a ticket so old that nobody wants to read them. */
static void set_ridden(char **words, size_t count)
{
	assert_int_equal(count, 2);
	w.use.uses = (uint16_t)atoi(words[1]);
	for (size_t i = 0; i < MODE_COUNT; i++)
		w.use.mode_uses[i] = w.use.uses;
}

bool set_up(char **words, size_t count)
{
	if (strcmp(words[0], "operator") == 0)
		set_operator(words, count);
	else if (strcmp(words[0], "gate") == 0)
		set_gate(words, count);
	else if (strcmp(words[0], "junction") == 0)
		set_junction(words, count);
	else if (strcmp(words[0], "service") == 0)
		set_service(words, count);
	else if (strcmp(words[0], "product") == 0 && strcmp(words[1], "unknown") == 0)
		w.product_known = false;
	else if (strcmp(words[0], "product") == 0)
		set_product(words, count);
	else if (strcmp(words[0], "ticket") == 0)
		set_ticket(words, count);
	else if (strcmp(words[0], "reserved") == 0)
		set_reservation(words, count);
	else if (strcmp(words[0], "given_back") == 0)
		w.use.reservation_count--;
	else if (strcmp(words[0], "ridden") == 0)
		set_ridden(words, count);
	else if (strcmp(words[0], "refunded") == 0)
		w.use.status = TICKET_REVOKED;
	else if (strcmp(words[0], "blocked") == 0)
		w.use.status = TICKET_BLOCKED;
	else
		return false;
	return true;
}
