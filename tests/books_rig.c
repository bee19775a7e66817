/* tests/books_rig.c - hands for the tests of the books; without them each would file its own
 * log. */
#include "tests/books_rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "operators/statement.h"

/* Its position, and all that it keeps. NULL: no more. */
static const char *kind_at(size_t k)
{
	return k == 0 ? "view" : bookkeeper_kinds[k - 1];
}

static const struct rule rules[] = {
	{ .rule_id = "usual",
	  .version = 3,
	  .steps = { { .kind = STEP_COMMISSION, .basis_points = 500 },
		     { .kind = STEP_COUNCIL_FEE, .base = BASE_LEFT, .basis_points = 300 },
		     { .kind = STEP_SPLIT, .base = BASE_LEFT, .by = BY_DEEMED_FARE } },
	  .step_count = 3,
	  .unused_to = UNUSED_TO_COUNCIL },
	{ .rule_id = "plain",
	  .version = 1,
	  .steps = { { .kind = STEP_SPLIT, .base = BASE_LEFT } },
	  .step_count = 1,
	  .unused_to = UNUSED_TO_PARTNER },
	{ .rule_id = "pooled",
	  .version = 2,
	  .steps = { { .kind = STEP_COMMISSION, .basis_points = 500 },
		     { .kind = STEP_FIXED_PER_BOARDING, .amount_yen = 10 },
		     { .kind = STEP_SPLIT, .by = BY_DEEMED_FARE } },
	  .step_count = 3,
	  .pooling = POOLING_MONTH,
	  .shares = { { .operator_id = "inn", .minimum_yen = 50 },
		      { .operator_id = "rail", .cap_yen = 4000 } },
	  .share_count = 2 },
	{ .rule_id = "fixed",
	  .version = 1,
	  .steps = { { .kind = STEP_SPLIT, .by = BY_FIXED_SHARES } },
	  .step_count = 1,
	  .shares = { { .operator_id = "bus", .weight = 5000 },
		      { .operator_id = "inn", .weight = 3000 },
		      { .operator_id = "rail", .weight = 2000 } },
	  .share_count = 3,
	  .unused_to = UNUSED_TO_OPERATORS },
	{ .rule_id = "said",
	  .version = 1,
	  .steps = { { .kind = STEP_SPLIT, .by = BY_DECLARED_COUNTS } },
	  .step_count = 1,
	  .pooling = POOLING_MONTH },
};

static void put(struct books_rig *books, const char *key, const struct shape *shape,
		const void *value)
{
	uint8_t bytes[STORE_VALUE_SIZE_MAX];
	struct writer to = { .data = bytes, .size = sizeof(bytes) };
	struct store_item item = { .key = slice_text(key), .intent = STORE_APPEND };
	struct store_req req = { .items = &item, .item_count = 1, .arena = &books->rig.arena };

	shape_to_cbor(&to, shape, value);
	MUST(!to.failed);
	item.value = slice_of(bytes, to.used);
	MUST(store_commit_wait(books->rig.store, &req) == STORE_OK);
}

static void put_products(struct books_rig *books)
{
	for (uint16_t number = 1; number <= COUNT_OF(rules); number++) {
		const struct rule *rule = &rules[number - 1];
		struct product product = { .number = number,
					   .version = 2,
					   .rule_version = rule->version,
					   .operators = { { "bus" }, { "ferry" }, { "rail" } },
					   .operator_count = 3 };
		struct arena *arena = &books->rig.arena;

		(void)snprintf(product.product_id, ID_SIZE, "pass-%u", number);
		mem_copy(product.rule_id, rule->rule_id, ID_SIZE);
		put(books, arena_text(arena, "rule/%s/%04x", rule->rule_id, rule->version),
		    &rule_shape, rule);
		for (; product.version > 0; product.version--)
			put(books, arena_text(arena, "prodver/%04x/%04x", number, product.version),
			    &product_shape, &product);
	}
}

void books_open(struct books_rig *books, const char *where)
{
	*books = (struct books_rig){ .room = { .boundary_min = DAY_BOUNDARY_MIN,
					  .offline_grace_h = BOOKS_GRACE_H,
					  .late_limit_days = BOOKS_LATE_DAYS } };
	rig_open(&books->rig, where, BOOKS_NOW);
	put_products(books);
	books_up(books);
}

void books_up(struct books_rig *books)
{
	books->seal = rig_seal(&books->rig);
	MUST(fold_open(&books->fold, books->rig.loop, books->rig.store, books->seal, &bookkeeper_op,
		       &books->room));
}

void books_down(struct books_rig *books)
{
	fold_close(books->fold);
	seal_close(books->seal);
}

void books_close(struct books_rig *books)
{
	books_down(books);
	rig_close(&books->rig);
}

void books_file_as(struct books_rig *books, struct fact fact, uint32_t number)
{
	uint8_t bytes[SEAL_SALT_SIZE + 2048] = { 0 };
	struct writer to = { .data = bytes, .size = sizeof(bytes), .used = SEAL_SALT_SIZE };
	int64_t second = BOOKS_NOW + books->facts / BOOKS_FACTS_A_SECOND;
	char event_key[SEAL_KEY_TEXT_SIZE], fence_key[SEAL_KEY_TEXT_SIZE];
	struct store_item items[2];
	struct store_req req = { .items = items, .item_count = 2, .arena = &books->rig.arena };

	for (size_t i = 0; i < 4; i++)
		fact.id.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	fact.id.bytes[15] = 1;
	shape_to_cbor(&to, &fact_shape, &fact);
	MUST(!to.failed);
	seal_event_key(event_key, second, fact.id, 0);
	seal_open_key(fence_key, second);
	items[0] = (struct store_item){ .key = slice_text(event_key),
					.value = slice_of(bytes, to.used),
					.intent = STORE_APPEND };
	items[1] = (struct store_item){ .key = slice_text(fence_key),
					.version = 1,
					.intent = STORE_READ };
	MUST(store_commit_wait(books->rig.store, &req) == STORE_OK);
	books->facts++;
}

void books_file(struct books_rig *books, struct fact fact)
{
	books_file_as(books, fact, books->facts);
}

void books_next_second(struct books_rig *books)
{
	books->facts += BOOKS_FACTS_A_SECOND - books->facts % BOOKS_FACTS_A_SECOND;
}

int64_t books_last_second(const struct books_rig *books)
{
	return BOOKS_NOW + books->facts / BOOKS_FACTS_A_SECOND;
}

void books_seal(struct books_rig *books)
{
	rig_set_second(&books->rig, books_last_second(books) + 1);
	rig_advance(&books->rig, books->seal);
	books_next_second(books);
}

void books_fold(struct books_rig *books)
{
	int64_t until = books_last_second(books);

	books_seal(books);
	fold_kick(books->fold);
	for (int turns = 0; fold_done_second(books->fold) < until; turns++) {
		MUST(turns < RIG_TURNS_MAX);
		loop_turn(books->rig.loop);
	}
	rig_fresh(&books->rig);
}

time_ms books_at(day_t day, int minutes)
{
	return day_start(day, DAY_BOUNDARY_MIN) + minutes * MINUTE_MS;
}

struct id128 books_ticket(uint32_t number)
{
	struct id128 id = { { 0x01, 0x92 } };

	for (size_t i = 0; i < 4; i++)
		id.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
	return id;
}

static struct fact of_ticket(uint8_t type, uint32_t ticket, uint16_t product, day_t day)
{
	struct fact fact = { .type = type,
			     .at = books_at(day, 60),
			     .ticket_id = books_ticket(ticket),
			     .product_number = product,
			     .product_version = 2 };

	(void)snprintf(fact.partner_id, ID_SIZE, "tabi");
	return fact;
}

struct fact books_sold(uint32_t ticket, uint16_t product, yen price, day_t day, day_t last_day)
{
	struct fact fact = of_ticket(FACT_sold, ticket, product, day);

	fact.riders = 1;
	fact.yen_amount = price;
	fact.not_after = books_at(last_day + 1, 0) - 1;
	fact.n = 1;
	return fact;
}

struct fact books_refunded(uint32_t ticket, uint16_t product, yen given_back, yen fee, day_t day)
{
	struct fact fact = of_ticket(FACT_refunded, ticket, product, day);

	fact.yen_amount = given_back;
	fact.fee_yen = fee;
	fact.fee_to = TO_COUNCIL;
	fact.n = 2;
	return fact;
}

struct fact books_ride(uint32_t ticket, const char *operator_id, yen deemed_fare, day_t day,
		       day_t last_day, uint32_t n)
{
	struct fact fact = of_ticket(FACT_scanned, ticket, 0, day);

	(void)snprintf(fact.operator_id, ID_SIZE, "%s", operator_id);
	(void)snprintf(fact.kind, sizeof(fact.kind), "board");
	(void)snprintf(fact.verdict, sizeof(fact.verdict), "ADMITTED");
	fact.mode = MODE_bus;
	fact.riders = 1;
	fact.boarding = true;
	fact.deemed_fare_yen = deemed_fare;
	fact.over_at = books_at(last_day + 1, 0) - 1;
	fact.n = n;
	return fact;
}

struct fact books_day_closed(day_t day)
{
	return (struct fact){ .type = FACT_day_closed, .at = books_at(day + 1, 0), .day = day };
}

struct fact books_period_closed(day_t day)
{
	return (struct fact){ .type = FACT_period_closed,
			      .at = books_at(month_next(month_of(day)) + 4, 0),
			      .day = month_of(day) };
}

bool books_read(struct books_rig *books, void *out, const struct shape *shape, const char *format,
		...)
{
	char key[STORE_KEY_SIZE_MAX + 1];
	struct store_item item;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(key, sizeof(key), format, args);
	va_end(args);
	item = rig_record(&books->rig, key);
	mem_zero(out, shape->size);
	if (item.version > 0)
		MUST(shape_from_cbor(out, shape, item.value));
	return item.version > 0;
}

yen books_net(struct books_rig *books, const char *account)
{
	struct balance balance;

	(void)books_read(books, &balance, &balance_shape, "bal/%s", account);
	return balance.credit_yen - balance.debit_yen;
}

uint32_t books_count(struct books_rig *books, const char *kind)
{
	uint32_t count;

	(void)rig_records(&books->rig, &count, kind);
	return count;
}

void books_digest(struct books_rig *books, uint8_t out[SHA256_SIZE])
{
	struct rig *rig = &books->rig;

	rig_fresh(rig);
	mem_zero(out, SHA256_SIZE);
	for (size_t k = 0; kind_at(k) != NULL; k++) {
		uint32_t count;
		struct store_item *items = rig_records(rig, &count, kind_at(k));

		for (uint32_t i = 0; i < count; i++)
			sha256_three(out, slice_of(out, SHA256_SIZE), items[i].key, items[i].value);
	}
	rig_fresh(rig);
}

void books_forget(struct books_rig *books)
{
	struct rig *rig = &books->rig;

	for (size_t k = 0; kind_at(k) != NULL; k++) {
		uint32_t count;
		struct store_item *items = rig_records(rig, &count, kind_at(k));

		for (uint32_t i = 0; i < count; i++) {
			struct store_req req = { .items = &items[i], .item_count = 1 };

			items[i].intent = STORE_REMOVE;
			MUST(store_commit_wait(rig->store, &req) == STORE_OK);
		}
	}
	rig_fresh(rig);
}

struct sums {
	yen debit, credit, owed, council, partners;
	yen lines, statements, periods, adjusted;
	yen sold, refunded, fees;
	yen commission; /* Of lines, less that of invoices. */
};

static void sum_accounts(struct books_rig *books, struct sums *sums)
{
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "bal");

	for (uint32_t i = 0; i < count; i++) {
		struct balance balance;

		MUST(shape_from_cbor(&balance, &balance_shape, items[i].value));
		sums->debit += balance.debit_yen;
		sums->credit += balance.credit_yen;
		if (strncmp(balance.account, "payable/operator/", 17) == 0)
			sums->owed += balance.credit_yen - balance.debit_yen;
		if (strncmp(balance.account, "payable/partner/", 16) == 0)
			sums->partners += balance.credit_yen - balance.debit_yen;
	}
	sums->council = books_net(books, ACCOUNT_INCOME_COUNCIL);
}

static void sum_statements(struct books_rig *books, struct sums *sums)
{
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "line");
	struct statement_view statement;
	struct period_view period;
	struct line line;

	for (uint32_t i = 0; i < count; i++) {
		MUST(shape_from_cbor(&line, &line_shape, items[i].value));
		sums->lines += line.amount_yen;
		sums->commission += line.commission_yen;
		MUST(line.gross_yen - line.commission_yen - line.fee_yen == line.amount_yen);
	}
	items = rig_records(&books->rig, &count, "icom");
	for (uint32_t i = 0; i < count; i++) {
		struct commission_view view;

		MUST(shape_from_cbor(&view, &commission_view_shape, items[i].value));
		sums->commission -= view.commission_yen;
	}
	items = rig_records(&books->rig, &count, "stmt");
	for (uint32_t i = 0; i < count; i++) {
		MUST(shape_from_cbor(&statement, &statement_view_shape, items[i].value));
		sums->statements += statement.amount_yen;
	}
	items = rig_records(&books->rig, &count, "period");
	for (uint32_t i = 0; i < count; i++) {
		MUST(shape_from_cbor(&period, &period_view_shape, items[i].value));
		sums->periods += period.operators_yen;
		sums->adjusted += period.adjusted_yen;
		sums->partners -= period.partners_yen; /* What is left are fees. */
		sums->council -= period.council_yen;
	}
}

static void sum_sales(struct books_rig *books, struct sums *sums)
{
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "sales");

	for (uint32_t i = 0; i < count; i++) {
		struct sales_tally tally;

		MUST(shape_from_cbor(&tally, &sales_tally_shape, items[i].value));
		sums->sold += tally.sold_yen;
		sums->refunded += tally.refunded_yen;
		sums->fees += tally.fees_yen;
	}
}

static yen sum_earned(struct books_rig *books)
{
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "period");
	yen earned = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct period_view period;

		MUST(shape_from_cbor(&period, &period_view_shape, items[i].value));
		earned += period.operators_yen + period.partners_yen + period.council_yen;
	}
	return earned;
}

static void add_account(struct account_sums *accounts, const struct balance *balance)
{
	struct account_sums *sums = &accounts[account_kind_of(balance->account)];

	sums->debit_yen += balance->debit_yen;
	sums->credit_yen += balance->credit_yen;
	sums->uneven += balance->debit_yen != balance->credit_yen;
}

void books_identity(struct books_rig *books, struct identity *out)
{
	struct account_sums accounts[ACCOUNT_KIND_COUNT] = { { 0 } };
	struct book_sums sums;
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "bal");

	for (uint32_t i = 0; i < count; i++) {
		struct balance balance;

		MUST(shape_from_cbor(&balance, &balance_shape, items[i].value));
		add_account(accounts, &balance);
	}
	(void)books_read(books, &sums, &book_sums_shape, BOOKS_SUMS_KEY);
	(void)identity_check(out, &sums, accounts, sum_earned(books));
}

/* What its months say that it is owed. */
static yen sum_partner(struct books_rig *books, const char *partner_id)
{
	uint32_t count;
	struct store_item *items = rig_records(&books->rig, &count, "pstmt");
	yen due = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct partner_month month;

		MUST(shape_from_cbor(&month, &partner_month_shape, items[i].value));
		if (text_equal(month.partner_id, partner_id))
			due = partner_month_due(&month, due);
	}
	return -due;
}

void books_check(struct books_rig *books)
{
	struct identity identity;
	struct sums sums = { 0 };

	books_identity(books, &identity);
	if (identity.fault[0] != '\0')
		(void)fprintf(stderr, "identity: %s\n", identity.fault);
	MUST(identity.fault[0] == '\0');
	sum_accounts(books, &sums);
	sum_statements(books, &sums);
	sum_sales(books, &sums);
	MUST(sums.debit == sums.credit);
	MUST(sums.lines == sums.owed && sums.statements == sums.lines);
	MUST(sums.periods + sums.adjusted == sums.lines);
	MUST(sums.commission == 0 && sum_partner(books, "tabi") ==
					     books_net(books, "receivable/partner/tabi") +
						     books_net(books, "payable/partner/tabi"));
	MUST(sums.partners == 0 && sums.council == sums.fees);
	MUST(books_net(books, "receivable/partner/tabi") == sums.refunded - sums.sold);
	MUST(sums.sold == sums.refunded + sums.fees + sum_earned(books) +
				  books_net(books, ACCOUNT_UNEARNED));
	rig_fresh(&books->rig);
}
