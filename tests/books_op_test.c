/* tests/books_op_test.c - the books as they are asked over HTTP: months closed, statements,
 * ledger, usage, participation.
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
#include "operators/identity.h"
#include "operators/line_state.h"
#include "operators/money_op.h"
#include "operators/statement.h"
#include "tests/books_rig.h"

enum { DAY = BOOKS_DAY, ANSWER_SIZE = 1 << 20, FLOW_COUNT = 4 };

static struct books_rig books;
static struct flows *flows;
static const struct operators_room room = { .offline_grace_h = BOOKS_GRACE_H };
static char answer[ANSWER_SIZE];
static unsigned asked;

/* ---- Asking. ---- */

static void put(const char *key, const struct shape *shape, const void *value)
{
	uint8_t bytes[4096];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item = { .key = slice_text(key), .intent = STORE_APPEND };
	struct store_req req = { .items = &item, .item_count = 1 };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	item.value = slice_of(bytes, to.used);
	MUST(store_commit_wait(books.rig.store, &req) == STORE_OK);
}

struct ask {
	struct flow_start start;
	struct request request;
	uint16_t status;
	char filename[64], type[64];
	bool done;
};

/* JSON is written with ' here, which needs no escape in C. */
static void swap_quotes(char *text, char from, char to)
{
	for (; *text != '\0'; text++)
		if (*text == from)
			*text = to;
}

static void answered(struct flow_start *start, const struct reply *reply)
{
	struct ask *ask = start->to;

	ask->status = reply->status;
	(void)snprintf(ask->filename, sizeof(ask->filename), "%s", reply->filename);
	(void)snprintf(ask->type, sizeof(ask->type), "%s",
		       reply->content_type == NULL ? "" : reply->content_type);
	MUST(reply->body.used < sizeof(answer));
	mem_copy(answer, reply->body.data, reply->body.used);
	answer[reply->body.used] = '\0';
	swap_quotes(answer, '"', '\'');
	ask->done = true;
}

struct asking {
	const struct flow_op *op;
	const char *query, *body; /* A body makes it a command. */
	const char *params[2];
	const char *operator_id; /* Who asks; NULL: the council. */
};

static struct ask ask(const struct asking *asking)
{
	struct token token = { .role = ROLE_council, .made_at = 1 };
	char text[TOKEN_TEXT_SIZE], token_at[TOKEN_KEY_SIZE], key[32], body[128];
	uint8_t random[32] = { 0 };
	struct ask ask = { 0 };
	bool command = asking->body != NULL;

	asked++;
	mem_copy(random, &asked, sizeof(asked));
	token_make(text, random);
	token_key(token_at, slice_text(text));
	if (asking->operator_id != NULL) {
		token.role = ROLE_operator;
		(void)snprintf(token.subject, sizeof(token.subject), "%s", asking->operator_id);
	}
	put(token_at, &token_shape, &token);
	(void)snprintf(key, sizeof(key), "\"%u\"", asked);
	ask.request = (struct request){ .method = command ? HTTP_POST : HTTP_GET,
					.path = SLICE("/v1/books"),
					.content_type = SLICE("application/json"),
					.idempotency_key = slice_text(key) };
	if (asking->query != NULL)
		ask.request.query = slice_text(asking->query);
	if (command) {
		MUST(text_set(body, sizeof(body), slice_text(asking->body)));
		swap_quotes(body, '\'', '"');
		ask.request.body = slice_text(body);
	}
	for (size_t i = 0; i < 2 && asking->params[i] != NULL; i++)
		ask.request.params[i] = slice_text(asking->params[i]);
	ask.start = (struct flow_start){ .op = asking->op,
					 .room = (void *)&room,
					 .request = &ask.request,
					 .naming = command ? FLOW_BY_KEY : FLOW_QUESTION,
					 .roles = ROLES(council) | ROLES(operator),
					 .token = slice_text(text),
					 .done = answered,
					 .to = &ask };
	MUST(flow_begin(flows, &ask.start));
	while (flows_active(flows) > 0)
		loop_turn(books.rig.loop);
	MUST(ask.done);
	return ask;
}

/* Its status; and the text must be in its answer. */
static void assert_says(const struct asking *asking, uint16_t status, const char *text)
{
	struct ask got = ask(asking);

	if (got.status != status || strstr(answer, text) == NULL)
		fail_msg("%u: %s\nwanted %u: %s", got.status, answer, status, text);
}

static void assert_close(const char *month, uint16_t status, const char *text)
{
	char body[64];

	(void)snprintf(body, sizeof(body), "{'period':'%s'}", month);
	assert_says(&(struct asking){ .op = &settlement_close_op, .body = body }, status, text);
}

static void assert_settlement(const char *month, const char *text)
{
	assert_says(&(struct asking){ .op = &settlement_get_op, .params = { month } }, 200, text);
}

/* ---- A log, and time that passes. ---- */

static void put_operator(const char *operator_id)
{
	struct operator operator = { .name_ja = "交通", .name_en = "Transit", .version = 1 };
	char key[64];

	(void)snprintf(operator.operator_id, ID_SIZE, "%s", operator_id);
	(void)snprintf(key, sizeof(key), "operator/%s", operator_id);
	put(key, &operator_shape, &operator);
}

static int open_books(void **state)
{
	struct store_item items[8];
	size_t count;

	(void)state;
	books_open(&books, "sim:1");
	MUST(flows_open(&flows, books.rig.loop, books.rig.store, &books.rig.clock, NULL,
			FLOW_COUNT));
	count = operators_seed(items, COUNT_OF(items), &books.rig.arena);
	for (size_t i = 0; i < count; i++) {
		struct store_req req = { .items = &items[i], .item_count = 1 };

		MUST(store_commit_wait(books.rig.store, &req) == STORE_OK);
	}
	put_operator("bus");
	put_operator("rail");
	return 0;
}

static int close_books(void **state)
{
	(void)state;
	flows_close(flows);
	books_check(&books);
	books_close(&books);
	return 0;
}

/* Seals and folds all that is filed, with the clock at noon of the day. */
static void noon_of(day_t day)
{
	rig_set_second(&books.rig, books_at(day, 9 * 60) / SECOND_MS);
	rig_advance(&books.rig, books.seal);
}

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

static void close_day(uint16_t status, const char *text)
{
	assert_says(&(struct asking){ .op = &close_day_op, .body = "" }, status, text);
}

static void file_expired(day_t day)
{
	struct fact fact = books_ride(1, "rail", 0, day, day, 9);

	(void)snprintf(fact.verdict, sizeof(fact.verdict), "EXPIRED");
	books_file(&books, fact);
}

/* Three tickets of November, one of which is refunded. */
static void file_november(void)
{
	file_expired(DAY - 1);
	file_expired(DAY + 1);
	books_file(&books, books_sold(1, BOOKS_USUAL, 10000, DAY, DAY));
	books_file(&books, books_ride(1, "rail", 790, DAY, DAY, 2));
	books_file(&books, books_ride(1, "bus", 210, DAY, DAY, 3));
	books_file(&books, books_sold(2, BOOKS_PLAIN, 1001, DAY + 1, DAY + 1));
	books_file(&books, books_ride(2, "bus", 0, DAY + 1, DAY + 1, 2));
	books_file(&books, books_sold(3, BOOKS_USUAL, 5000, DAY, DAY));
	books_file(&books, books_refunded(3, BOOKS_USUAL, 4700, 300, DAY));
}

static const day_t december = 20788; /* 2026-12-01 */

/* ---- Months. ---- */

static void a_month_is_closed_once_it_is_over(void **state)
{
	(void)state;
	file_november();
	assert_close("2026-11", 409, "PERIOD_NOT_OVER");
	assert_close("2026-11", 409, "2026-12-04"); /* And says when it can be. */
	noon_of(december + 3);
	close_day(200, "'day':'2026-12-03'");
	fold_up_to_now();
	assert_close("2026-11", 409, "PERIOD_NOT_OVER");
	noon_of(december + 4);
	close_day(200, "'day':'2026-12-04'");
	close_day(409, "DAY_ALREADY_CLOSED");
	assert_close("2026-11", 503, "BOOKS_BEHIND");
	fold_up_to_now();
	assert_settlement("2026-11", "'state':'OPEN'");
	assert_close("2026-11", 202, "'state':'CLOSING'");
	assert_settlement("2026-11", "'state':'CLOSING'");
	assert_settlement("2026-10", "'state':'CLOSING'"); /* Together with the later one. */
	assert_close("2026-11", 409, "PERIOD_CLOSED");
	fold_up_to_now();
	assert_settlement("2026-11", "'state':'CLOSED','closed_at':'2026-12-05T12:00:01");
	assert_close("2026-11", 409, "PERIOD_CLOSED");
	assert_close("2026-10", 409, "PERIOD_CLOSED");
	assert_settlement("2026-10", "'state':'CLOSED'");
	assert_close("2026-12", 409, "PERIOD_NOT_OVER");
	assert_close("2026-13", 422, "/period");
}

static void months_are_closed_in_order(void **state)
{
	(void)state;
	file_november();
	books_file(&books, books_sold(4, BOOKS_PLAIN, 70, DAY - 30, DAY - 30)); /* October. */
	books_file(&books, books_ride(4, "rail", 0, DAY - 30, DAY - 30, 2));
	noon_of(december + 4);
	close_day(200, "2026-12-04");
	fold_up_to_now();
	assert_close("2026-11", 409, "EARLIER_PERIOD_OPEN");
	assert_close("2026-10", 202, "CLOSING");
	assert_close("2026-11", 202, "CLOSING"); /* The books need not have got to October. */
	fold_up_to_now();
	assert_settlement("2026-10", "'state':'CLOSED'");
	assert_settlement("2026-11", "'state':'CLOSED'");
}

static void close_november(void)
{
	file_november();
	noon_of(december + 4);
	close_day(200, "2026-12-04");
	fold_up_to_now();
	assert_close("2026-11", 202, "CLOSING");
	fold_up_to_now();
}

static void a_settlement_adds_up(void **state)
{
	(void)state;
	close_november();
	assert_settlement("2026-11", "'tickets':2,'earned_yen':11001,'operators_yen':10216,"
				     "'partners_yen':500,'council_yen':285,'adjusted_yen':0,"
				     "'lines':["
				     "{'operator_id':'bus','amount_yen':2936,'tickets':2,"
				     "'boardings':2},{'operator_id':'rail','amount_yen':7280,"
				     "'tickets':1,'boardings':1}]");
	assert_settlement("2027-01", "'earned_yen':0,'operators_yen':0,'partners_yen':0,"
				     "'council_yen':0,'adjusted_yen':0,'lines':[]");
	assert_says(&(struct asking){ .op = &settlement_get_op, .params = { "2026-1" } }, 404,
		    "PERIOD_UNKNOWN");
}

/* ---- Statements. ---- */

static void an_operator_sees_its_own_lines(void **state)
{
	static const struct {
		const char *who, *operator_id;
		uint16_t status;
		const char *text;
	} rows[] = {
		{ NULL, "bus", 200, "{'amount_yen':2936,'boardings':2,'commission_yen':105,"
				    "'deemed_fare_yen':210,'fee_yen':60,'gross_yen':3101,"
				    "'invoices':[{'classes':[{'tax_class':'standard10',"
				    "'tax_yen':9,'total_yen':105}],'issuer':'partner',"
				    "'partner_id':'tabi','supply':'commission','tax_yen':9,"
				    "'total_yen':105}" },
		{ "bus", "bus", 200, "{'amount_yen':1001,'boardings':1,'commission_yen':0,"
				     "'deemed_fare_yen':0,'fee_yen':0,'gross_yen':1001,"
				     "'kind':'rides','line_id':'bus.0002.0002.2026-11.0001.0',"
				     "'product_id':'pass-2','product_number':2,"
				     "'product_version':2,'riders':1,'rides':'2026-11',"
				     "'rule_id':'plain','rule_version':1,"
				     "'tax_class':'standard10','tickets':1}" },
		{ "rail", "bus", 404, "OPERATOR_UNKNOWN" },
		{ NULL, "tram", 404, "OPERATOR_UNKNOWN" },
		{ "bus", "tram", 404, "OPERATOR_UNKNOWN" },
	};

	(void)state;
	close_november();
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_says(&(struct asking){ .op = &statement_json_op,
					      .params = { "2026-11", rows[i].operator_id },
					      .operator_id = rows[i].who },
			    rows[i].status, rows[i].text);
	assert_says(&(struct asking){ .op = &statement_json_op, .params = { "2026-12", "bus" } },
		    200, "'state':'OPEN','tax_classes':[],'tickets':0}");
	assert_says(&(struct asking){ .op = &statement_list_op, .params = { "bus" },
				      .operator_id = "bus" },
		    200, "{'items':[{'operator_id':'bus','period':'2026-11',"
			 "'amount_yen':2936,'tickets':2,'boardings':2}],'next':null}");
	assert_says(&(struct asking){ .op = &statement_list_op, .params = { "bus" },
				      .operator_id = "rail" },
		    404, "OPERATOR_UNKNOWN");
}

static void a_statement_opens_in_a_spreadsheet(void **state)
{
	static const char want[] =
		"\xef\xbb\xbf"
		"期間 Period,事業者 Operator,商品 Product,版 Version,配分規則 Rule,"
		"規則版 Rule version,利用月 Rides in,税区分 Tax class,枚数 Tickets,乗車 Boardings,"
		"人数 Riders,みなし運賃 Deemed fare (yen),総額 Gross (yen),"
		"販売手数料 Commission (yen),協議会手数料 Fee (yen),金額 Amount (yen)\r\n"
		"2026-11,bus,pass-1,2,usual,3,2026-11,standard10,1,1,1,210,2100,105,60,1935\r\n"
		"2026-11,bus,pass-2,2,plain,1,2026-11,standard10,1,1,1,0,1001,0,0,1001\r\n"
		"2026-11,bus,合計 Total,,,,,,2,2,2,210,3101,105,60,2936\r\n";
	struct ask got;

	(void)state;
	close_november();
	got = ask(&(struct asking){ .op = &statement_csv_op, .params = { "2026-11", "bus" } });
	assert_int_equal(got.status, 200);
	assert_string_equal(answer, want);
	assert_string_equal(got.filename, "statement-2026-11-bus.csv");
	assert_string_equal(got.type, "text/csv; charset=utf-8");
}

/* ---- Ledger and usage. ---- */

static void the_ledger_balances(void **state)
{
	(void)state;
	close_november();
	assert_says(&(struct asking){ .op = &ledger_balances_op }, 200,
		    "{'account':'unearned','debit_yen':16001,'credit_yen':16001,'postings':10}],"
		    "'total_debit_yen':32002,'total_credit_yen':32002}");
	assert_says(&(struct asking){ .op = &ledger_postings_op, .query = "limit=1" }, 200,
		    "{'items':[{'debit':'receivable/partner/tabi','credit':'unearned',"
		    "'amount_yen':10000,'why':'sold'");
	assert_null(strstr(answer, "'next':null"));
}

/* Page after page, each posting comes once. */
static void postings_come_in_pages(void **state)
{
	char query[256] = "limit=3";
	unsigned items = 0, pages = 0;

	(void)state;
	close_november();
	for (;; pages++) {
		const char *at = answer, *next;

		assert_true(pages < 10);
		assert_says(&(struct asking){ .op = &ledger_postings_op, .query = query }, 200,
			    "items");
		for (at = answer; (at = strstr(at, "'debit':")) != NULL; at++)
			items++;
		next = strstr(answer, "'next':'");
		if (next == NULL)
			break;
		(void)snprintf(query, sizeof(query), "limit=3&cursor=%.*s",
			       (int)strcspn(next + 8, "'"), next + 8);
	}
	assert_int_equal(items, books_count(&books, "post"));
	assert_int_equal(items, 10);
}

static void usage_is_summed_over_days(void **state)
{
	static const struct {
		const char *query;
		uint16_t status;
		const char *text;
	} rows[] = {
		{ "from=2026-11-01&until=2026-12-01", 200,
		  "'scans':[{'mode':'bus','verdict':'ADMITTED','scans':3,'riders':3},"
		  "{'mode':'bus','verdict':'EXPIRED','scans':2,'riders':2}],"
		  "'sales':[{'product_number':1,'product_id':'pass-1','tickets':2,'riders':2,"
		  "'sold_yen':15000,'refunds':1,'refunded_yen':4700,'fees_yen':300},"
		  "{'product_number':2,'product_id':'pass-2','tickets':1," },
		{ "from=2026-11-27&until=2026-11-28", 200, "'scans':1,'riders':1}]" },
		{ "from=2026-11-24&until=2026-11-25", 200, "'scans':[],'sales':[]" },
		{ "from=2026-11-01&until=2027-01-02", 200, "'until':'2027-01-02'" }, /* 62 days */
		{ "from=2026-11-01&until=2027-01-03", 400, "BAD_RANGE" },
		{ "from=2026-11-01&until=2026-11-01", 400, "BAD_RANGE" },
		{ "from=2026-11-01", 400, "BAD_RANGE" },
		{ "from=today&until=2026-12-01", 400, "BAD_RANGE" },
		{ "from=2026-11-01&until=2026-12-01&mode=bus", 400, "UNKNOWN_PARAMETER" },
	};

	(void)state;
	close_november();
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_says(&(struct asking){ .op = &usage_op, .query = rows[i].query },
			    rows[i].status, rows[i].text);
}

/* ---- Participation. ---- */

static void the_plan_is_counted_against_its_targets(void **state)
{
	struct fact fact = { .type = FACT_operator_changed,
			     .at = books_at(DAY, 0),
			     .operator_id = "rail",
			     .modes = MODE_BIT(MODE_rail) | MODE_BIT(MODE_bus),
			     .prefectures = 1,
			     .in_scope = true,
			     .joined = DAY,
			     .n = 1 };

	(void)state;
	books_file(&books, fact);
	fact.operator_id[0] = 'm'; /* Another one, which did not join. */
	fact.joined = 0;
	books_file(&books, fact);
	books_fold(&books);
	assert_says(&(struct asking){ .op = &participation_op, .query = "date=2026-11-26" }, 200,
		    "{'date':'2026-11-26','participants':1,'legal_entities':1,'unverified':1,"
		    "'in_scope_total':2,'share_bp':5000,'active_30_days':0,'by_mode':["
		    "{'mode':'rail','participants':1},{'mode':'bus','participants':1},"
		    "{'mode':'ferry','participants':0},{'mode':'air','participants':0}],"
		    "'by_prefecture':[{'prefecture':'40','participants':1},");
	assert_non_null(strstr(answer, "'targets':["
				       "{'by':'2027-12-31','operators':60,'reached':false},"
				       "{'by':'2030-12-31','operators':100,'reached':false}]"));
	assert_says(&(struct asking){ .op = &target_put_op,
				      .body = "{'by':'2027-12-31','operators':1}" },
		    201, "'operators':1");
	assert_says(&(struct asking){ .op = &target_put_op,
				      .body = "{'by':'2028-12-31','operators':2}" },
		    201, "'by':'2028-12-31'");
	assert_says(&(struct asking){ .op = &participation_op, .query = "date=2026-11-26" }, 200,
		    "{'by':'2027-12-31','operators':1,'reached':true},"
		    "{'by':'2028-12-31','operators':2,'reached':false}");
	assert_says(&(struct asking){ .op = &participation_op }, 200, /* Today: before it joined. */
		    "{'date':'2026-09-21','participants':0");
	assert_says(&(struct asking){ .op = &participation_op, .query = "date=2026-11" }, 400,
		    "BAD_DATE");
}

/* A refund whose sale the log does not have: no month is closed until it has. */
static void a_close_that_was_stopped_is_ordered_again(void **state)
{
	struct settle settle = { .period = 20758, .closed_at = 1 };

	(void)state;
	file_november();
	books_file(&books, books_refunded(9, BOOKS_PLAIN, 400, 100, DAY));
	books_file(&books, books_period_closed(DAY));
	put("settle/2026-11", &settle_shape, &settle);
	put("settle/last", &settle_shape, &settle);
	noon_of(december + 4);
	close_day(200, "'day':'2026-12-04'");
	fold_up_to_now();
	assert_settlement("2026-11", "'state':'FAILED','fault':'a ticket does not add up'");
	assert_says(&(struct asking){ .op = &close_note_op, .params = { "2026-11" } }, 500,
		    "IDENTITY_FAILED");
	assert_says(&(struct asking){ .op = &ledger_identity_op }, 200,
		    "'tickets_at_fault':1,'fault':'a ticket does not add up'");
	assert_close("2026-11", 500, "IDENTITY_FAILED");
	books.facts = (uint32_t)(clock_now(&books.rig.clock) / SECOND_MS - BOOKS_NOW) *
		      BOOKS_FACTS_A_SECOND;
	books_file(&books, books_sold(9, BOOKS_PLAIN, 500, DAY, DAY));
	fold_up_to_now();
	assert_close("2026-11", 202, "'state':'CLOSING'");
	fold_up_to_now();
	assert_settlement("2026-11", "'state':'CLOSED'");
	assert_close("2026-11", 409, "PERIOD_CLOSED");
	assert_says(&(struct asking){ .op = &close_note_op, .params = { "2026-11" } }, 200,
		    "hitotsu/close/v1\nperiod 2026-11\n");
}

#define BOOKS_TEST(name) cmocka_unit_test_setup_teardown(name, open_books, close_books)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOKS_TEST(a_month_is_closed_once_it_is_over),
		BOOKS_TEST(months_are_closed_in_order),
		BOOKS_TEST(a_close_that_was_stopped_is_ordered_again),
		BOOKS_TEST(a_settlement_adds_up),
		BOOKS_TEST(an_operator_sees_its_own_lines),
		BOOKS_TEST(a_statement_opens_in_a_spreadsheet),
		BOOKS_TEST(the_ledger_balances),
		BOOKS_TEST(postings_come_in_pages),
		BOOKS_TEST(usage_is_summed_over_days),
		BOOKS_TEST(the_plan_is_counted_against_its_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
