/* tests/erasure_test.c - names are written down, and erased when their term is over: no event, no
 * sealed hash and no view changes by it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "core/token.h"
#include "operators/passenger_op.h"
#include "tests/books_rig.h"

enum { FLOW_COUNT = 4, ANSWER_SIZE = 1 << 22, DEPARTS_MIN = 10 * 60, MANY = 450 };
#define NAME "Yamada Hanako"
#define TOWN "Beppu-shi"

static struct books_rig books;
static struct flows *flows;
static const struct operators_room room;
static char answer[ANSWER_SIZE];
static unsigned asked;

/* ---- Records and commands. ---- */

static void put(const char *key, const struct shape *shape, const void *value)
{
	uint8_t bytes[STORE_VALUE_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item = { .key = slice_text(key), .intent = STORE_APPEND };
	struct store_req req = { .items = &item, .item_count = 1 };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	item.value = slice_of(bytes, to.used);
	MUST(store_commit_wait(books.rig.store, &req) == STORE_OK);
}

static const char *uuid_key(const char *kind, struct id128 id)
{
	static char key[64];
	char text[UUID_TEXT_SIZE];

	uuid_encode(text, id);
	(void)snprintf(key, sizeof(key), "%s/%s", kind, text);
	return key;
}

static void sell(uint32_t number)
{
	struct sale sale = { .ticket_id = books_ticket(number),
			     .product_id = "sea-pass",
			     .product_number = 7,
			     .product_version = 1,
			     .partner_id = "tabi",
			     .category = "adult",
			     .riders = 1,
			     .sold_at = books_at(BOOKS_DAY, 0),
			     .not_before = books_at(BOOKS_DAY, 0),
			     .not_after = books_at(BOOKS_DAY + 30, 0) - 1 };
	struct use use = { .status = TICKET_VALID, .n = 1 };

	put(uuid_key("ticket", sale.ticket_id), &sale_shape, &sale);
	put(uuid_key("use", sale.ticket_id), &use_shape, &use);
}

static void put_sea(void)
{
	struct product product = { .product_id = "sea-pass",
				   .number = 7,
				   .version = 1,
				   .validity = VALIDITY_DAYS,
				   .length = 3,
				   .operators = { { "ship" } },
				   .operator_count = 1,
				   .modes = MODE_BIT(MODE_ferry) };
	struct service service = { .operator_id = "ship",
				   .service_id = "morning",
				   .mode = MODE_ferry,
				   .departs_at = books_at(BOOKS_DAY, DEPARTS_MIN) };

	put("prodver/0007/0001", &product_shape, &product);
	put("service/ship/morning", &service_shape, &service);
}

struct ask {
	struct flow_start start;
	struct request request;
	uint16_t status;
	bool done;
};

static void answered(struct flow_start *start, const struct reply *reply)
{
	struct ask *ask = start->to;

	ask->status = reply->status;
	MUST(reply->body.used < sizeof(answer));
	mem_copy(answer, reply->body.data, reply->body.used);
	answer[reply->body.used] = '\0';
	ask->done = true;
}

/* body NULL: a question about the sailing. */
static uint16_t ask(const struct flow_op *op, enum call_role role, const char *body)
{
	struct token token = { .role = (uint8_t)role, .made_at = 1 };
	char text[TOKEN_TEXT_SIZE], token_at[TOKEN_KEY_SIZE], key[32];
	uint8_t random[32] = { 0 };
	struct ask ask = { 0 };

	asked++;
	mem_copy(random, &asked, sizeof(asked));
	token_make(text, random);
	token_key(token_at, slice_text(text));
	if (role == ROLE_partner)
		MUST(text_set(token.subject, sizeof(token.subject), SLICE("tabi")));
	put(token_at, &token_shape, &token);
	(void)snprintf(key, sizeof(key), "\"%u\"", asked);
	ask.request = (struct request){ .method = HTTP_POST,
					.path = SLICE("/v1/test"),
					.content_type = SLICE("application/json"),
					.idempotency_key = slice_text(key) };
	if (body == NULL) {
		ask.request.method = HTTP_GET;
		ask.request.params[0] = SLICE("ship");
		ask.request.params[1] = SLICE("morning");
	} else {
		ask.request.body = slice_text(body);
	}
	ask.start = (struct flow_start){ .op = op,
					 .room = (void *)&room,
					 .request = &ask.request,
					 .naming = body == NULL ? FLOW_QUESTION : FLOW_BY_KEY,
					 .roles = ROLES(council) | ROLES(partner),
					 .token = slice_text(text),
					 .done = answered,
					 .to = &ask };
	MUST(flow_begin(flows, &ask.start));
	while (flows_active(flows) > 0)
		loop_turn(books.rig.loop);
	MUST(ask.done);
	return ask.status;
}

static void list_passenger(uint32_t number)
{
	char uuid[UUID_TEXT_SIZE], body[512];

	uuid_encode(uuid, books_ticket(number));
	(void)snprintf(body, sizeof(body),
		       "{\"ticket_id\":\"%s\",\"operator_id\":\"ship\",\"service_id\":\"morning\","
		       "\"passengers\":[{\"name\":\"%s\",\"kind\":\"adult\",\"sex\":\"female\","
		       "\"municipality\":\"%s\"}]}",
		       uuid, NAME, TOWN);
	if (ask(&passenger_put_op, ROLE_partner, body) != 201)
		fail_msg("%s", answer);
}

static void assert_erased(day_t before, uint16_t status, const char *text)
{
	char date[DATE_TEXT_SIZE], body[64];

	date_encode(date, before);
	(void)snprintf(body, sizeof(body), "{\"before\":\"%s\"}", date);
	if (ask(&erasure_op, ROLE_council, body) != status || strstr(answer, text) == NULL)
		fail_msg("%s\nwanted %u: %s", answer, status, text);
}

/* ---- Looking. ---- */

static void fold_up_to_now(void)
{
	int64_t now = clock_now(&books.rig.clock) / SECOND_MS;

	rig_set_second(&books.rig, now + 1);
	rig_advance(&books.rig, books.seal);
	fold_kick(books.fold);
	while (fold_done_second(books.fold) < now)
		loop_turn(books.rig.loop);
	rig_fresh(&books.rig);
}

static void noon_of(day_t day)
{
	rig_set_second(&books.rig, books_at(day, 9 * 60) / SECOND_MS);
	rig_advance(&books.rig, books.seal);
}

/* Of events, or sealed hashes, up to a second: "<kind>/<shard>/<second>...". */
static void log_digest(uint8_t out[SHA256_SIZE], const char *kind, int64_t until)
{
	uint32_t count, told = 0;
	struct store_item *items = rig_records(&books.rig, &count, kind);

	mem_zero(out, SHA256_SIZE);
	for (uint32_t i = 0; i < count; i++) {
		const char *key = (const char *)items[i].key.data;
		char text[STORE_KEY_SIZE_MAX + 1];

		(void)snprintf(text, sizeof(text), "%.*s", (int)items[i].key.size, key);
		if (atoll(strchr(strchr(text, '/') + 1, '/') + 1) > until)
			continue;
		sha256_three(out, slice_of(out, SHA256_SIZE), items[i].key, items[i].value);
		told++;
	}
	assert_true(told > 0);
	rig_fresh(&books.rig);
}

static bool holds(struct slice value, const char *text)
{
	return memmem(value.data, value.size, text, text_size(text)) != NULL;
}

/* How many records of a kind hold what is personal. */
static uint32_t personal(const char *kind)
{
	uint32_t count, found = 0;
	struct store_item *items = rig_records(&books.rig, &count, kind);

	for (uint32_t i = 0; i < count; i++)
		found += holds(items[i].value, NAME) || holds(items[i].value, TOWN);
	rig_fresh(&books.rig);
	return found;
}

static void assert_personal(uint32_t lists)
{
	static const char *const others[] = { "ev", "sec", "idem", "erase", "use", "ticket" };

	assert_int_equal(personal("pax"), lists);
	assert_int_equal(books_count(&books, "pax"), lists);
	assert_int_equal(books_count(&books, "erase"), lists);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(personal(others[i]), 0);
}

static int begin(void **state)
{
	(void)state;
	books_open(&books, "sim:1");
	MUST(flows_open(&flows, books.rig.loop, books.rig.store, &books.rig.clock, NULL,
			FLOW_COUNT));
	put_sea();
	noon_of(BOOKS_DAY);
	return 0;
}

static int end(void **state)
{
	(void)state;
	flows_close(flows);
	books_close(&books);
	return 0;
}

/* ---- What happens. ---- */

static void erasing_changes_nothing_that_was_sealed(void **state)
{
	uint8_t events[2][SHA256_SIZE], hashes[2][SHA256_SIZE], views[2][SHA256_SIZE];
	int64_t until;

	(void)state;
	for (uint32_t number = 1; number <= 3; number++) {
		sell(number);
		list_passenger(number);
	}
	fold_up_to_now();
	until = clock_now(&books.rig.clock) / SECOND_MS - 1;
	assert_personal(3);
	log_digest(events[0], "ev", until);
	log_digest(hashes[0], "sec", until);
	noon_of(BOOKS_DAY + 366);
	assert_erased(BOOKS_DAY + 366, 200, "\"lists\":3,\"passengers\":3,\"more\":false");
	assert_personal(0);
	fold_up_to_now();
	log_digest(events[1], "ev", until);
	log_digest(hashes[1], "sec", until);
	assert_memory_equal(events[0], events[1], SHA256_SIZE);
	assert_memory_equal(hashes[0], hashes[1], SHA256_SIZE);
	books_digest(&books, views[0]);
	books_down(&books);
	books_forget(&books);
	books_up(&books);
	fold_up_to_now();
	books_digest(&books, views[1]);
	assert_memory_equal(views[0], views[1], SHA256_SIZE);
}

static void the_log_names_a_list_by_number_and_digest(void **state)
{
	uint32_t count, found = 0;
	struct store_item *lists, *events;
	struct fact fact;

	(void)state;
	sell(1);
	list_passenger(1);
	lists = rig_records(&books.rig, &count, "pax");
	assert_int_equal(count, 1);
	events = rig_records(&books.rig, &count, "ev");
	for (uint32_t i = 0; i < count; i++) {
		struct slice event = slice_of(events[i].value.data + SEAL_SALT_SIZE,
					      events[i].value.size - SEAL_SALT_SIZE);
		struct passenger_list list;
		uint8_t digest[SHA256_SIZE];

		assert_true(fact_read(&fact, event));
		if (fact.type != FACT_passengers_listed)
			continue;
		assert_true(shape_from_cbor(&list, &passenger_list_shape, lists[0].value));
		sha256(digest, lists[0].value);
		assert_memory_equal(fact.digest, digest, SHA256_SIZE);
		assert_true(id_equal(fact.list_id, list.list_id));
		assert_int_equal(fact.count, 1);
		found++;
	}
	assert_int_equal(found, 1);
	rig_fresh(&books.rig);
}

static void nothing_goes_before_its_time(void **state)
{
	(void)state;
	sell(1);
	list_passenger(1);
	assert_erased(BOOKS_DAY + 1, 422, "/before");
	noon_of(BOOKS_DAY + 365);
	assert_erased(BOOKS_DAY + 365, 200, "\"lists\":0,\"passengers\":0,\"more\":false");
	assert_erased(BOOKS_DAY + 366, 422, "OUT_OF_RANGE");
	assert_personal(1);
	noon_of(BOOKS_DAY + 366);
	assert_erased(BOOKS_DAY + 365, 200, "\"lists\":0");
	assert_erased(BOOKS_DAY + 366, 200, "\"lists\":1");
	assert_erased(BOOKS_DAY + 366, 200, "\"lists\":0");
}

static void a_later_list_takes_the_place_of_the_first(void **state)
{
	(void)state;
	sell(1);
	list_passenger(1);
	list_passenger(1);
	list_passenger(1);
	assert_personal(1);
}

static void many_are_erased_in_turns(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= MANY; number++) {
		sell(number);
		list_passenger(number);
		if (number % BOOKS_FACTS_A_SECOND == 0)
			fold_up_to_now();
	}
	assert_personal(MANY);
	noon_of(BOOKS_DAY + 400);
	assert_erased(BOOKS_DAY + 400, 200, "\"lists\":200,\"passengers\":200,\"more\":true");
	assert_personal(MANY - 200);
	assert_erased(BOOKS_DAY + 400, 200, "\"lists\":200,\"passengers\":200,\"more\":true");
	assert_erased(BOOKS_DAY + 400, 200, "\"lists\":50,\"passengers\":50,\"more\":false");
	assert_personal(0);
}

/* Each text as long as it may be, so that the largest answer is seen to fit. */
static void list_many(uint32_t first, uint32_t count, uint16_t persons)
{
	struct passenger_list list = { .listed_at = 1, .erase_after = BOOKS_DAY + 365 };
	struct use use = { .status = TICKET_VALID, .n = 1 };
	char ticket[24], key[96];

	for (uint16_t i = 0; i < persons; i++) {
		struct passenger *passenger = &list.passengers[i];

		*passenger = (struct passenger){ .kind = PASSENGER_adult, .age = 99, .sex = 1,
						 .nationality = "KOR" };
		memset(passenger->name, 'N', NAME_SIZE - 1);
		memset(passenger->municipality, 'M', NAME_SIZE - 1);
		memset(passenger->passport_number, 'P', PASSENGER_PASSPORT_SIZE - 1);
	}
	list.passenger_count = persons;
	list.salt[0] = 1;
	for (uint32_t number = first; number < first + count; number++) {
		list.list_id = list.ticket_id = books_ticket(number);
		base64url_encode(ticket, sizeof(ticket), slice_of(list.ticket_id.bytes, 16));
		(void)snprintf(key, sizeof(key), "pax/ship/morning/%s", ticket);
		put(key, &passenger_list_shape, &list);
		put(uuid_key("use", list.ticket_id), &use_shape, &use);
	}
}

static void a_full_ship_is_read_whole(void **state)
{
	(void)state;
	list_many(1, PASSENGER_SHEET_COUNT_MAX / PASSENGER_COUNT_MAX, PASSENGER_COUNT_MAX);
	assert_int_equal(ask(&passenger_json_op, ROLE_council, NULL), 200);
	assert_non_null(strstr(answer, "\"persons\":4086,"));
	assert_int_equal(ask(&passenger_csv_op, ROLE_council, NULL), 200);
	list_many(1000, PASSENGER_PARTY_COUNT_MAX -
				PASSENGER_SHEET_COUNT_MAX / PASSENGER_COUNT_MAX - 1, 0);
	assert_int_equal(ask(&passenger_json_op, ROLE_council, NULL), 200);
	list_many(2000, 1, 10);
	assert_int_equal(ask(&passenger_json_op, ROLE_council, NULL), 200);
	assert_non_null(strstr(answer, "\"persons\":4096,"));
	list_many(3000, 1, 1);
	assert_int_equal(ask(&passenger_json_op, ROLE_council, NULL), 503);
	assert_non_null(strstr(answer, "TOO_MUCH_TO_READ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(erasing_changes_nothing_that_was_sealed, begin,
						end),
		cmocka_unit_test_setup_teardown(the_log_names_a_list_by_number_and_digest, begin,
						end),
		cmocka_unit_test_setup_teardown(nothing_goes_before_its_time, begin, end),
		cmocka_unit_test_setup_teardown(a_later_list_takes_the_place_of_the_first, begin,
						end),
		cmocka_unit_test_setup_teardown(many_are_erased_in_turns, begin, end),
		cmocka_unit_test_setup_teardown(a_full_ship_is_read_whole, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
