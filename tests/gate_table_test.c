/* tests/gate_table_test.c - the cases of tests/scan_table.txt asked of gates that know nothing but
 * their bundle and what they saw themselves. Without it an offline gate could have an opinion of
 * its own.
 *
 * A line is asked where a gate alone can know the answer: nobody else let this ticket through
 * before, and what stands around it is a thing that bundles carry.
 */
#include "core/date.h"
#include "tests/gate_world.h"
#include "tests/scan_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_LEAST = 180 };

static struct hitotsu_gate *gates[SCAN_GATES_MAX];
static int64_t bundle_number;
static uint32_t story;     /* One a ticket. */
static int let_through_by; /* Index of the gate; -1: none so far, -2: several. */
static bool unknowable;    /* What the line before set up no bundle tells. */
static int asked, passed_over;
static bool seen[SCAN_VERDICT_COUNT];

static int gate_named(const char *id)
{
	for (size_t i = 0; i < w.gate_count; i++)
		if (strcmp(w.gates[i].gate_id, id) == 0)
			return (int)i;
	unreadable(id);
	return -1;
}

static const struct service *service_of(const char *operator_id, const char *service_id)
{
	for (size_t i = 0; i < w.service_count; i++)
		if (strcmp(w.services[i].operator_id, operator_id) == 0 &&
		    strcmp(w.services[i].service_id, service_id) == 0)
			return &w.services[i];
	return NULL;
}

/* The bundle of this gate, now. */
static void load(struct hitotsu_gate *gate, const struct gate *place, uint16_t past, uint16_t ahead,
		 time_ms at)
{
	static struct service services[SCAN_SERVICES_MAX];
	struct booking bookings[USE_RESERVATION_COUNT_MAX];
	struct section_status status = { w.ticket.status_list, w.ticket.status_index,
					 w.use.status };
	struct gw_bundle said = { .number = ++bundle_number,
				  /* Of yesterday: it knows of no place given today. */
				  .made_at_s = at / SECOND_MS - 24 * 3600,
				  .gate = place,
				  .operator= operator_named(place->operator_id),
				  .products = &w.product,
				  .product_count = w.product_known,
				  .statuses = &status,
				  .status_count = w.use.status != TICKET_VALID,
				  .services = services,
				  .bookings = bookings,
				  .own_rules = true,
				  .proof_past_s = past,
				  .proof_ahead_s = ahead };
	struct slice bytes;

	for (size_t i = 0; i < w.service_count; i++)
		if (strcmp(w.services[i].operator_id, place->operator_id) == 0) {
			struct service *service = &services[said.service_count++];

			*service = w.services[i];
			strcpy(service->name_ja, "便");
			strcpy(service->name_en, "service");
		}
	for (size_t i = 0; i < w.use.reservation_count; i++) {
		struct booking *booking = &bookings[said.booking_count++];

		*booking = (struct booking){ .ticket_id = w.ticket.id,
					     .seats = w.use.reservations[i].seats };
		strcpy(booking->service_id, w.use.reservations[i].service_id);
	}
	bytes = gw_bundle(&said);
	assert_string_equal(hitotsu_gate_status_name(
				hitotsu_gate_load(gate, bytes.data, bytes.size, at)),
			    "OK");
}

/* Whether a bundle for this gate says all of the ticket's reservations, as they are. */
static bool reservations_are_known(const struct gate *gate)
{
	for (size_t i = 0; i < w.use.reservation_count; i++) {
		const struct use_reservation *held = &w.use.reservations[i];
		const struct service *service = service_of(held->operator_id, held->service_id);

		if (strcmp(held->operator_id, gate->operator_id) != 0 || service == NULL ||
		    service->mode != held->mode)
			return false;
	}
	return true;
}

struct line {
	struct hitotsu_gate_scan scan;
	int gate;
	time_ms proof_at;
	uint16_t past, ahead;
};

/* False: it says what no gate alone can know. */
static bool read_line(struct line *l, char **words, size_t count)
{
	const char *v;

	l->scan.at_ms = read_time(words[0]);
	l->scan.kind = (enum hitotsu_gate_kind)index_of(scan_kind_names, words[1]);
	l->gate = gate_named(words[2]);
	l->scan.riders = w.ticket.riders;
	for (size_t i = 3; i < count; i++) {
		if ((v = value_of(words[i], "riders")) != NULL)
			l->scan.riders = (unsigned)atoi(v);
		else if ((v = value_of(words[i], "stop")) != NULL)
			l->scan.stop = v;
		else if ((v = value_of(words[i], "service")) != NULL)
			l->scan.service = v;
		else if ((v = value_of(words[i], "proof")) != NULL)
			l->proof_at = read_time(v);
		else if ((v = value_of(words[i], "past")) != NULL)
			l->past = (uint16_t)atoi(v);
		else if ((v = value_of(words[i], "ahead")) != NULL)
			l->ahead = (uint16_t)atoi(v);
		else if (value_of(words[i], "feed_fare") == NULL)
			return false;
	}
	/* A stop that no feed has; a vehicle's route that the table means for a service. */
	if ((l->scan.stop != NULL && strlen(l->scan.stop) >= STOP_ID_SIZE) ||
	    (l->scan.service != NULL && w.gates[l->gate].mode != MODE_ferry &&
	     w.gates[l->gate].mode != MODE_air))
		return false;
	/* A gate never asks for nobody; a phone's proof needs a phone. */
	return l->scan.riders != 0 && (l->proof_at == 0 || w.ticket.has_device_key) &&
	       (l->proof_at % SECOND_MS) == 0;
}

static bool kind_fits(const struct line *l)
{
	static const char *const kinds[] = { "enter exit", "board alight", "check_in", "check_in",
					     "redeem" };

	return strstr(kinds[w.gates[l->gate].mode], scan_kind_names[l->scan.kind]) != NULL;
}

static void ask(char **words, size_t count)
{
	struct line l = { .past = 45, .ahead = 15 };
	struct hitotsu_gate_answer answer;
	const char *verdict;
	size_t arrow = 0;
	bool can;

	while (strcmp(words[arrow], "->") != 0)
		arrow++;
	MUST(arrow + 1 < count);
	can = read_line(&l, words, arrow);
	if (!can || unknowable || !kind_fits(&l) || !reservations_are_known(&w.gates[l.gate]) ||
	    (let_through_by != -1 && let_through_by != l.gate)) {
		passed_over++;
		if (strcmp(words[arrow + 1], "ADMITTED") == 0)
			let_through_by = -2;
		return;
	}
	if (gates[l.gate] == NULL)
		gates[l.gate] = gw_open(words[2]);
	load(gates[l.gate], &w.gates[l.gate], l.past, l.ahead, l.scan.at_ms);
	l.scan.code = l.proof_at != 0 ? gw_presented(&w.ticket, l.proof_at) : gw_code(&w.ticket);
	l.scan.code_size = strlen(l.scan.code);
	verdict = hitotsu_gate_status_name(hitotsu_gate_decide(&answer, gates[l.gate], &l.scan));
	if (strcmp(verdict, "OK") == 0)
		verdict = answer.verdict;
	if (strcmp(verdict, words[arrow + 1]) != 0) {
		w.wrong++;
		print_error("%s\n%d: %s\n    %s in the table, %s at the gate\n", w.heading, w.line,
			    w.text, words[arrow + 1], verdict);
	}
	asked++;
	seen[index_of(scan_verdict_names, words[arrow + 1])] = true;
	if (answer.admitted)
		let_through_by = l.gate;
	assert_int_equal(hitotsu_gate_queue_done(gates[l.gate], 64), HITOTSU_GATE_OK);
}

/* A ticket of its own in each story, for gates remember. */
static void begin_story(void)
{
	struct ticket named = gw_ticket(++story, 1);

	w.ticket.id = named.id;
	w.ticket.status_list = named.status_list;
	w.ticket.status_index = named.status_index;
	if (w.ticket.has_device_key)
		memcpy(w.ticket.device_key, gw.phone.public_key, sizeof(w.ticket.device_key));
	let_through_by = -1;
	unknowable = false;
}

static void take_line(char *line)
{
	char *words[SCAN_WORDS_MAX], *save;
	size_t count = 0;

	line[strcspn(line, "#\n")] = '\0';
	assert_true(text_set(w.text, sizeof(w.text), slice_text(line)));
	for (char *word = strtok_r(line, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	if (count == 0)
		return;
	if (strcmp(words[0], "==") == 0) {
		memcpy(w.heading, w.text, sizeof(w.heading));
	} else if (words[0][0] >= '0' && words[0][0] <= '9') {
		ask(words, count);
	} else {
		assert_true(set_up(words, count));
		if (strcmp(words[0], "ticket") == 0)
			begin_story();
		if (strcmp(words[0], "ridden") == 0)
			unknowable = true;
		if (strcmp(words[0], "operator") == 0) {
			struct operator* added = & w.operators[w.operator_count - 1];

			strcpy(added->name_ja, "社局");
			strcpy(added->name_en, "operator");
			added->modes = 31;
		}
		if (strcmp(words[0], "gate") == 0)
			strcpy(w.gates[w.gate_count - 1].name, "gate");
		strcpy(w.product.product_id, "p");
		strcpy(w.product.name_ja, "券");
		strcpy(w.product.name_en, "pass");
		strcpy(w.product.rule_id, "r");
	}
}

static void a_gate_alone_says_what_the_table_says(void **state)
{
	FILE *table = fopen("tests/scan_table.txt", "r");
	char line[SCAN_LINE_SIZE];

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof(line), table) != NULL) {
		w.line++;
		take_line(line);
	}
	fclose(table);
	for (size_t i = 0; i < SCAN_GATES_MAX; i++)
		if (gates[i] != NULL)
			gw_close(gates[i]);
	print_message("%d lines asked, %d passed over\n", asked, passed_over);
	assert_int_equal(w.wrong, 0);
	assert_true(asked >= ASKED_LEAST);
}

/* The others are of two gates, or of what no gate knows. */
static void most_verdicts_are_given_by_a_gate_alone(void **state)
{
	static const enum scan_verdict alone[] = {
		SCAN_DEVICE_PROOF_MISSING,
		SCAN_DEVICE_PROOF_STALE,
		SCAN_UNKNOWN_PRODUCT,
		SCAN_REVOKED,
		SCAN_NOT_YET_VALID,
		SCAN_EXPIRED,
		SCAN_WRONG_OPERATOR,
		SCAN_WRONG_MODE,
		SCAN_WRONG_ZONE,
		SCAN_WRONG_RIDERS,
		SCAN_NO_RESERVATION,
		SCAN_WRONG_SERVICE,
		SCAN_FULL,
		SCAN_NO_ENTRY,
		SCAN_ALREADY_INSIDE,
		SCAN_USED_UP,
		SCAN_ADMITTED,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(alone); i++)
		if (!seen[alone[i]])
			fail_msg("no gate alone said %s", scan_verdict_names[alone[i]]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_alone_says_what_the_table_says),
		cmocka_unit_test(most_verdicts_are_given_by_a_gate_alone),
	};

	return cmocka_run_group_tests(tests, gw_make, gw_remove);
}
